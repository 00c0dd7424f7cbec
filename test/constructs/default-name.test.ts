import { Construct } from 'constructs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultName } from '../../lib/constructs/default-name';
import { DlaMnsNotification, DlaMqNotification } from '../../lib/index';
import { resource, testStack } from '../synth';

const id = fc.string({ minLength: 1, maxLength: 100 }).filter((text) => !text.includes('/'));

it('is readable and the same every time', () => {
  const name = () => defaultName(new Construct(testStack('dev'), 'orders.v2'), 'dla_receipt_', '_', 64);
  expect(name()).toMatch(/^dla_receipt_dev_orders_v2_[0-9a-f]{8}$/);
  expect(name()).toBe(name());
});

it('keeps to the limit and differs for every path', () => {
  fc.assert(
    fc.property(fc.uniqueArray(id, { minLength: 2, maxLength: 5 }), (ids) => {
      const stack = testStack();
      const names = ids.map((one) => defaultName(new Construct(stack, `x${one}`), 'GID_', '_', 64));
      expect(new Set(names).size).toBe(ids.length);
      names.forEach((name) => expect(name).toMatch(/^GID_\w{9,60}$/));
    }),
    { numRuns: 50 },
  );
});

it('is allowed by the provider, however deep or odd the path', () => {
  fc.assert(
    fc.property(fc.array(id, { minLength: 1, maxLength: 4 }), (ids) => {
      const stack = testStack();
      const scope = ids.reduce<Construct>((parent, one) => new Construct(parent, `x${one}`), stack);
      new DlaMqNotification(scope, 'mq');
      new DlaMnsNotification(scope, 'mns');
      expect(resource(stack, 'alicloud_ons_topic').topic_name).toMatch(/^dla_receipt_\w{1,52}$/);
      expect(resource(stack, 'alicloud_ons_group').group_name).toMatch(/^GID_\w{3,60}$/);
      expect(resource(stack, 'alicloud_ons_instance').instance_name).toMatch(/^[A-Za-z0-9-]{3,64}$/);
      expect(resource(stack, 'alicloud_message_service_queue').queue_name).toMatch(/^[a-z][A-Za-z0-9-]{0,119}$/);
    }),
    { numRuns: 10 },
  );
});
