import { Testing } from 'cdktf';
import { expect, it } from 'vitest';
import { MessageServiceQueue } from '../../lib/provider-schema/gen/message-service-queue/index';
import { withReferences } from '../../lib/constructs/references';
import { OssBucket } from '../../lib/provider-schema/gen/oss-bucket/index';
import { resource, testStack } from '../synth';

it('a block that nobody gave is not made, and can be set, read and taken out', () => {
  const stack = testStack();
  const queue = new MessageServiceQueue(stack, 'queue', { queueName: 'receipts' });
  expect(queue.timeoutsInput).toBeUndefined();
  queue.putTimeouts({ create: '2m' });
  expect(queue.timeoutsInput).toEqual({ create: '2m' });
  expect(withReferences(stack, queue.timeouts.create)).toBe('${alicloud_message_service_queue.queue.timeouts.create}');
  expect(resource(stack, 'alicloud_message_service_queue')).toMatchObject({ timeouts: { create: '2m' } });
  queue.resetTimeouts();
  expect(queue.timeoutsInput).toBeUndefined();
  expect(resource(stack, 'alicloud_message_service_queue')).not.toHaveProperty('timeouts');
});

it('blocks within blocks are kept as they were given', () => {
  const stack = testStack();
  const lifecycleRule = [
    { id: 'a', enabled: true, prefix: 'a/', filter: { not: { prefix: 'a/b/', tag: { key: 'k', value: 'v' } } } },
  ];
  const bucket = new OssBucket(stack, 'bucket', { lifecycleRule, logging: { targetBucket: 'logs' } });
  expect(bucket.lifecycleRuleInput).toEqual(lifecycleRule);
  expect(resource(stack, 'alicloud_oss_bucket')).toMatchObject({
    lifecycle_rule: [{ id: 'a', filter: { not: { prefix: 'a/b/', tag: { key: 'k', value: 'v' } } } }],
    logging: { target_bucket: 'logs' },
  });
  bucket.lifecycleRule.get(0).filter.not.putTag({ key: 'other', value: 'v' });
  bucket.resetLogging();
  expect(Testing.synth(stack)).not.toContain('target_bucket');
});
