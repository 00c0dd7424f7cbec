import { expect, it } from 'vitest';
import { Faults } from '../../../lib/local-cloud/http/faults';

it.each([
  [{ errors: [{ action: 'rma.CreateRole', code: 'c' }] }, /got "rma\.CreateRole"; did you mean ram\?$/],
  [{ errors: [{ action: 'CreateRole', code: 'c' }] }, /expected "service\.Action" of ram, sts/],
  [{ errors: [{ action: 'ram.', code: 'c' }] }, /expected "service\.Action"/],
  [{ errors: [{ action: 'ram.CreateRoll', code: 'c' }] }, /ram has no "CreateRoll" here.*did you mean CreateRole\?$/],
  [{ errors: [{ action: 'oss.ListObjectsV2', code: 'c' }] }, /did you mean ListObjects\?$/],
  [{ errors: [{ action: 'mq.SendMessage', code: 'c' }] }, /mq has no "SendMessage"/],
  [
    { errors: [{ action: 'ram.CreateRole', code: 'c', statu: 500 }] },
    /unknown statu of an error.*did you mean status\?$/,
  ],
  [{ latancy: 5 }, /unknown fault latancy.*did you mean latency\?$/],
])('a misspelt name of a fault is an error with the one that was meant: %j', (faults, message) => {
  expect(() => new Faults(faults as never)).toThrow(message);
});

it.each(['*', 'ram.CreateRole', 'mq.PublishMessage', 'mns.SendMessage', 'mns-open.CreateQueue', 'oss.OptionObject'])(
  '%s is taken',
  (action) => {
    expect(new Faults({ errors: [{ action, code: 'c' }] }).configured.errors).toHaveLength(1);
  },
);
