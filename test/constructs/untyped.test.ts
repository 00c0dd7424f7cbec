import { Lazy, TerraformVariable, type TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  ConstructError,
  DlaMnsNotification,
  DlaMqNotification,
  type DlaMnsNotificationProps,
  type DlaMqNotificationProps,
  MnsQueue,
  type MnsQueueProps,
  OpenAnalyticsMqRole,
  OssBucket,
  type OssBucketProps,
} from '../../lib/index';
import { RamRole as RamRoleResource } from '../../lib/provider-schema/gen/ram-role/index';
import { synth, testStack } from '../synth';

const mq = (props: unknown) => (stack: TerraformStack) =>
  new DlaMqNotification(stack, 'n', { smokeQuery: 'select 1', ...(props as DlaMqNotificationProps) });
const mns = (props: unknown) => (stack: TerraformStack) =>
  new DlaMnsNotification(stack, 'n', props as DlaMnsNotificationProps);
const bucket = (props: unknown) => (stack: TerraformStack) => new OssBucket(stack, 'b', props as OssBucketProps);
const queue = (props: unknown) => (stack: TerraformStack) => new MnsQueue(stack, 'q', props as MnsQueueProps);

describe('what a program without types gives in place of a value is told by name', () => {
  it.each<[string, (stack: TerraformStack) => unknown]>([
    ['smokeQuery: expected a query, got 1', mq({ smokeQuery: 1 })],
    ['smokePrepare: expected a list, got "use x"', mq({ smokePrepare: 'use x' })],
    ['smokePrepare[1]: expected a value, got undefined', mq({ smokePrepare: ['use x', undefined] })],
    ['topic: expected a construct, e.g. MqTopic.fromTopicAttributes', mq({ topic: 'orders' })],
    ['group: expected a construct, e.g. MqGroup.fromGroupAttributes', mq({ group: 'GID_orders' })],
    ['instance: expected a construct, e.g. MqInstance.fromInstanceId', mq({ instance: 'MQ_INST_1' })],
    ['bucket: expected a construct, e.g. OssBucket.fromBucketName', mq({ bucket: 'tables' })],
    ['role: expected a construct, e.g. ', mq({ role: null })],
    ['queue: expected a construct, e.g. MnsQueue.fromQueueName', mns({ queue: 'receipts' })],
    [
      'deadLetterPolicy.queue: expected a construct',
      queue({ deadLetterPolicy: { queue: 'dead', maxReceiveCount: 3 } }),
    ],
    ['tags: expected an object of texts, e.g. { team: "data" }, got [', queue({ tags: [{ key: 'a', value: 'b' }] })],
    ['tags: expected an object of texts, e.g. { team: "data" }, got null', bucket({ tags: null })],
    ['logging.bucket: expected a construct, e.g. OssBucket.fromBucketName', bucket({ logging: { bucket: 'logs' } })],
    ['lifecycleRules: expected a list, got { prefix', bucket({ lifecycleRules: { prefix: 'tmp/' } })],
    ['lifecycleRules[0]: expected a value, got null', bucket({ lifecycleRules: [null] })],
    ['lifecycleRules[0].prefix: expected text, got 1', bucket({ lifecycleRules: [{ prefix: 1, expireAfterDays: 3 }] })],
    ['lifecycleRules[0].transitions[0]: expected a value', bucket({ lifecycleRules: [{ transitions: [null] }] })],
    [
      'corsRules[0].allowedMethods: expected a list',
      bucket({ corsRules: [{ allowedOrigins: ['*'], allowedMethods: 'GET' }] }),
    ],
    [
      'trustedServices: expected a list, got "fc.aliyuncs.com"',
      (stack) => new OpenAnalyticsMqRole(stack, 'role', { trustedServices: 'fc.aliyuncs.com' as never }),
    ],
    ['grantee: expected a role or user', (stack) => new OssBucket(stack, 'b').grantRead('reader' as never)],
    [
      'got the construct receipts/reader',
      (stack) => {
        const role = new RamRoleResource(stack, 'reader', { roleName: 'reader', assumeRolePolicyDocument: '{}' });
        new OssBucket(stack, 'b').grantRead(role as never);
      },
    ],
    ['id: expected text, got undefined', (stack) => new OssBucket(stack, undefined as never)],
    ['scope: expected a construct in a TerraformStack, got undefined', () => new OssBucket(undefined as never, 'b')],
  ])('%s', (message, make) => {
    let error: unknown;
    try {
      make(testStack());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ConstructError);
    expect((error as Error).message).toContain(message);
  });
});

it('lists that Terraform, or cdktf, knows later go through as they are', () => {
  const stack = testStack();
  const methods = new TerraformVariable(stack, 'methods', { type: 'list(string)' });
  const origins = Lazy.anyValue({ produce: () => ['https://example.com'] }) as never;
  new OssBucket(stack, 'b', { corsRules: [{ allowedMethods: methods.listValue, allowedOrigins: origins }] });
  new DlaMnsNotification(stack, 'n', {
    smokeQuery: 'select 1',
    smokePrepare: Lazy.anyValue({ produce: () => ['use oss_schema'] }) as never,
  });
  const { resource, output } = synth(stack);
  expect(Object.values(resource!.alicloud_oss_bucket)).toContainEqual(
    expect.objectContaining({
      cors_rule: [{ allowed_methods: '${var.methods}', allowed_origins: ['https://example.com'] }],
    }),
  );
  expect(output!.receipt_channels.value).toMatchObject({ n: { prepare: ['use oss_schema'] } });
});

it('two channels of one provider may be given equal roleProps', () => {
  const stack = testStack();
  const [provider] = stack.allProviders();
  for (const id of ['orders', 'reports']) {
    new DlaMqNotification(stack, id, { provider, roleProps: { tags: { team: 'data' }, force: true } });
  }
  expect(Object.values(synth(stack).resource!.alicloud_ram_role).filter((one) => !('count' in one))).toHaveLength(1);
  expect(() => new DlaMqNotification(stack, 'other', { provider, roleProps: { force: false } })).toThrow(
    /roleProps\.force: expected true, because receipts\/AliyunOpenAnalyticsAccessingMQRole makes the role already/,
  );
  expect(Testing.synth(stack)).toBeTruthy();
});
