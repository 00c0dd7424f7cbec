import { TerraformOutput, type TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  ConstructError,
  DlaMnsNotification,
  DlaMqNotification,
  type MqInstance,
  type OpenAnalyticsMqRole,
  OssBucket,
} from '../../lib/index';
import { messageOf, resource, synth, testStack } from '../synth';

/** Addresses that a stack refers to, and those that it makes or reads. */
function references(stack: TerraformStack): { used: Set<string>; made: Set<string> } {
  const { resource = {}, data = {}, ...rest } = synth(stack);
  const made = [resource, data].flatMap((types, index) =>
    Object.entries(types).flatMap(([type, names]) =>
      Object.keys(names).map((name) => `${index === 0 ? '' : 'data.'}${type}.${name}`),
    ),
  );
  const text = JSON.stringify([resource, data, rest.output]).replace(/"\/\/":\{.*?\}\}/g, '');
  const used = text.match(/(?:data\.)?alicloud_\w+\.\w+(?=[.[}"])/g) ?? [];
  return { used: new Set(used), made: new Set(made) };
}

describe('overrideLogicalId', () => {
  it('of what others refer to is followed by all of them', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'n', { smokeQuery: 'select 1' });
    channel.addChannel('orders');
    const bucket = channel.bucket as OssBucket;
    const instance = channel.instance as MqInstance;
    const role = channel.role as OpenAnalyticsMqRole;
    bucket.resource.overrideLogicalId('our_bucket');
    instance.resource.overrideLogicalId('our_instance');
    role.resource.overrideLogicalId('our_role');
    channel.smokeTest();
    const { used, made } = references(stack);
    for (const name of ['oss_bucket.our_bucket', 'ons_instance.our_instance', 'ram_role.our_role']) {
      expect(made).toContain(`alicloud_${name}`);
      expect(used).toContain(`alicloud_${name}`);
    }
    expect([...used].filter((one) => !made.has(one))).toEqual([]);
  });

  it('is told where it comes too late', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'n', { smokeQuery: 'select 1' });
    channel.smokeTest();
    const bucket = channel.bucket as OssBucket;
    expect(() => bucket.resource.overrideLogicalId('our_bucket')).toThrow(
      'overrideLogicalId: expected a call before anything refers to the resource, right after it is made, ' +
        'got one after its bucket was read',
    );
  });

  it('of a bucket is followed by the policy that asks for TLS', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'b', { enforceTls: true });
    bucket.resource.overrideLogicalId('our_bucket');
    const policy = resource(stack, 'alicloud_oss_bucket_policy');
    expect(policy.bucket).toBe('${alicloud_oss_bucket.our_bucket.id}');
    expect(policy.policy).toContain(':${alicloud_oss_bucket.our_bucket.id}/*"');
  });

  it('may be taken back', () => {
    const stack = testStack();
    const before = references(stack).made;
    const bucket = new OssBucket(stack, 'b');
    bucket.resource.overrideLogicalId('our_bucket');
    bucket.resource.resetOverrideLogicalId();
    const { used, made } = references(stack);
    expect(before.size).toBe(0);
    expect([...used].filter((one) => !made.has(one))).toEqual([]);
    expect([...made].join()).not.toContain('our_bucket');
  });
});

describe('the output of the channels', () => {
  it('goes with the last of them', () => {
    const stack = testStack();
    new DlaMnsNotification(stack, 'a');
    new DlaMnsNotification(stack, 'b');
    stack.node.tryRemoveChild('a');
    stack.node.tryRemoveChild('b');
    expect(synth(stack).output).toBeUndefined();
  });

  it("is told where an output of the stack's own has its name", () => {
    const stack = testStack();
    new TerraformOutput(stack, 'receipt_channels', { value: 1 });
    expect(() => new DlaMnsNotification(stack, 'n')).toThrow(ConstructError);
    expect(messageOf(() => new DlaMnsNotification(stack, 'm'))).toContain(
      "output: expected another name than receipt_channels, which has the channels of the stack for dla-smoke, got one of the stack's own",
    );

    const other = testStack();
    new DlaMnsNotification(other, 'n');
    new TerraformOutput(other, 'mine', { value: 1 }).overrideLogicalId('receipt_channels');
    expect(messageOf(() => synth(other))).toContain(
      'output receipts/mine: expected another name than receipt_channels',
    );
  });
});

it('stacks that would each come after the other are told', () => {
  const app = Testing.app();
  const [one, two] = [testStack('one', app), testStack('two', app)];
  const bucket = new OssBucket(one, 'data', { bucketName: 'tables-of-a-team' });
  one.addDependency(two);
  const message = messageOf(() => new DlaMnsNotification(two, 'n', { bucket }));
  expect(message).toContain('two/n is not valid');
  expect(message).toContain('expected nothing needed of a stack that comes after two');
  expect(message).toContain('got one, which has one/data and comes after it');
});
