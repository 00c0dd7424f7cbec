import { Lazy, TerraformElement, type TerraformStack, TerraformVariable, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  Baseline,
  BucketEncryption,
  BucketRedundancy,
  ConstructError,
  DlaMnsNotification,
  DlaMqNotification,
  GroupProtocol,
  MessageType,
  MnsQueue,
  MqEndpoint,
  MqGroup,
  MqInstance,
  MqTopic,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OpenAnalyticsRole,
  OssBucket,
  QueryResultBucket,
  RamRole,
  RamUser,
  ReceiptChannel,
  RolePermission,
  SmokeTest,
  StorageClass,
} from '../../lib/index';
import { RamRole as RamRoleResource } from '../../lib/provider-schema/gen/ram-role/index';
import { RamUser as RamUserResource } from '../../lib/provider-schema/gen/ram-user/index';
import { testStack } from '../synth';

/* eslint-disable @typescript-eslint/no-explicit-any -- what programs without types may write */

const nothing: any = undefined;

/** What no argument takes. */
const NEVER: [string, () => unknown][] = [
  ['a function', () => () => 1],
  ['a symbol', () => Symbol('x')],
];

/** What some arguments take, so that only the kind of the error is looked at. */
const SOMETIMES: [string, (stack: TerraformStack) => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a fraction', () => 1.5],
  ['a text', () => 'x y'],
  ['true', () => true],
  ['an empty list', () => []],
  ['a list with holes', () => [undefined, null]],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['a stack', (stack) => stack],
  ['a reference to text', (stack) => new TerraformVariable(stack, 'text', {}).stringValue],
  ['a reference to a list', (stack) => new TerraformVariable(stack, 'list', {}).listValue],
  ['a reference to anything', () => Lazy.anyValue({ produce: () => 'x' })],
];

const TAGS = { team: 'data' };
const BUCKET_OPTIONS = {
  bucketName: 'tables-of-a-team',
  encryption: BucketEncryption.KMS,
  kmsKeyId: '1234abcd-12ab-34cd-56ef-1234567890ab',
  versioned: true,
  lifecycleRules: [
    {
      prefix: 'tmp/',
      expireAfterDays: 100,
      transitions: [{ storageClass: StorageClass.ARCHIVE, afterDays: 60 }],
      oldVersionTransitions: [{ storageClass: StorageClass.ARCHIVE, afterDays: 60 }],
      expireOldVersionsAfterDays: 90,
      abortIncompleteUploadsAfterDays: 7,
    },
  ],
  storageClass: StorageClass.STANDARD,
  redundancy: BucketRedundancy.LOCAL,
  corsRules: [
    { allowedOrigins: ['*'], allowedMethods: ['GET'], allowedHeaders: ['a'], exposeHeaders: ['b'], maxAgeSeconds: 1 },
  ],
  resourceGroupId: 'rg-acfmxazb4ph6aiy',
  enforceTls: true,
  forceDestroy: true,
  tags: TAGS,
};
const ROLE_OPTIONS = {
  permission: RolePermission.FULL,
  adopt: true,
  destroyAdopted: true,
  adoptAttachment: true,
  trustedServices: ['fc.aliyuncs.com'],
  maxSessionDurationSeconds: 3600,
  force: true,
  description: 'of DLA',
  tags: TAGS,
};
const QUEUE_OPTIONS = {
  queueName: 'receipts',
  retentionSeconds: 60,
  visibilityTimeoutSeconds: 60,
  pollingWaitSeconds: 1,
  delaySeconds: 1,
  maximumMessageBytes: 1024,
  tags: TAGS,
};
const TOPIC_OPTIONS = { topicName: 'orders', messageType: MessageType.NORMAL, remark: 'x', tags: TAGS };
const GROUP_OPTIONS = { groupId: 'GID_orders', protocol: GroupProtocol.TCP, remark: 'x', tags: TAGS };
const INSTANCE_OPTIONS = { instanceName: 'receipts', remark: 'x', tags: TAGS };
const ENDPOINTS = { tcp: 'http://MQ_INST_1_a.mq-internet-access.mq-internet.aliyuncs.com:80' };
const SMOKE = { smokeQuery: 'select 1', smokePrepare: ['use x'] };
const MNS_OUTPUTS = {
  kind: 'mns',
  region: 'cn-hangzhou',
  roleName: OpenAnalyticsMnsRole.ROLE_NAME,
  queue: 'receipts',
  bucket: 'tables-of-a-team',
  query: 'select 1',
  prepare: ['use x'],
};
const MQ_OUTPUTS = {
  region: 'cn-hangzhou',
  bucket: 'tables-of-a-team',
  query: 'select 1',
  prepare: ['use x'],
  kind: 'mq',
  roleName: OpenAnalyticsMqRole.ROLE_NAME,
  instanceId: 'MQ_INST_1_a',
  topic: 'orders',
  producerId: 'GID_orders',
  endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq.aliyuncs.com:80',
};

const provider = (stack: TerraformStack) => stack.allProviders()[0];
const instanceOf = (stack: TerraformStack) =>
  MqInstance.fromInstanceAttributes(stack, 'its-instance', { instanceId: 'MQ_INST_1_a', endpoints: {} });
const bucketOf = (stack: TerraformStack) => OssBucket.fromBucketName(stack, 'its-bucket', 'logs-of-a-team');
const userOf = (stack: TerraformStack) => RamUser.fromUserName(stack, 'its-user', 'reader');
const mq = (stack: TerraformStack) => new DlaMqNotification(stack, 'its-channel', { smokeQuery: 'select 1' });
const mns = (stack: TerraformStack) => new DlaMnsNotification(stack, 'its-queue-channel', { smokeQuery: 'select 1' });

type Target = [
  name: string,
  call: (stack: TerraformStack, ...all: any[]) => unknown,
  args: (stack: TerraformStack) => unknown[],
];

/** Every constructor, factory and method, with all that it takes. */
const TARGETS: Target[] = [
  [
    'new OssBucket',
    (_, ...all) => new OssBucket(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      { ...BUCKET_OPTIONS, provider: provider(stack), logging: { bucket: bucketOf(stack), prefix: 'a/' } },
    ],
  ],
  [
    'new QueryResultBucket',
    (_, ...all) => new QueryResultBucket(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      {
        bucketName: 'aliyun-oa-query-results-1',
        adopt: true,
        lifecycleRules: BUCKET_OPTIONS.lifecycleRules,
        encryption: BucketEncryption.AES256,
        tags: TAGS,
        provider: provider(stack),
      },
    ],
  ],
  [
    'OssBucket.fromBucketName',
    (_, ...all) => OssBucket.fromBucketName(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', 'tables', { provider: provider(stack) }],
  ],
  [
    'new MnsQueue',
    (_, ...all) => new MnsQueue(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      {
        ...QUEUE_OPTIONS,
        provider: provider(stack),
        deadLetterPolicy: { queue: MnsQueue.fromQueueName(stack, 'dead', 'dead'), maxReceiveCount: 3 },
      },
    ],
  ],
  [
    'MnsQueue.fromQueueName',
    (_, ...all) => MnsQueue.fromQueueName(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', 'receipts', { region: 'cn-hangzhou', provider: provider(stack) }],
  ],
  [
    'new MqInstance',
    (_, ...all) => new MqInstance(...(all as [any, any, any])),
    (stack) => [stack, 'x', { ...INSTANCE_OPTIONS, provider: provider(stack) }],
  ],
  [
    'MqInstance.fromInstanceId',
    (_, ...all) => MqInstance.fromInstanceId(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', 'MQ_INST_1_a', { provider: provider(stack) }],
  ],
  [
    'MqInstance.fromInstanceAttributes',
    (_, ...all) => MqInstance.fromInstanceAttributes(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      { instanceId: 'MQ_INST_1_a', endpoints: ENDPOINTS, region: 'cn-hangzhou', provider: provider(stack) },
    ],
  ],
  [
    'new MqTopic',
    (_, ...all) => new MqTopic(...(all as [any, any, any])),
    (stack) => [stack, 'x', { ...TOPIC_OPTIONS, instance: instanceOf(stack), provider: provider(stack) }],
  ],
  [
    'MqTopic.fromTopicAttributes',
    (_, ...all) => MqTopic.fromTopicAttributes(...(all as [any, any, any])),
    (stack) => [stack, 'x', { topicName: 'orders', instance: instanceOf(stack), provider: provider(stack) }],
  ],
  [
    'new MqGroup',
    (_, ...all) => new MqGroup(...(all as [any, any, any])),
    (stack) => [stack, 'x', { ...GROUP_OPTIONS, instance: instanceOf(stack), provider: provider(stack) }],
  ],
  [
    'MqGroup.fromGroupAttributes',
    (_, ...all) => MqGroup.fromGroupAttributes(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      { groupId: 'GID_orders', protocol: GroupProtocol.TCP, instance: instanceOf(stack), provider: provider(stack) },
    ],
  ],
  [
    'MqInstance.addTopic',
    (stack, ...all) => new MqInstance(stack, 'mq').addTopic(...(all as [any, any])),
    () => ['x', TOPIC_OPTIONS],
  ],
  [
    'MqInstance.addGroup',
    (stack, ...all) => new MqInstance(stack, 'mq').addGroup(...(all as [any, any])),
    () => ['x', GROUP_OPTIONS],
  ],
  [
    'new OpenAnalyticsMqRole',
    (_, ...all) => new OpenAnalyticsMqRole(...(all as [any, any, any])),
    (stack) => [stack, 'x', { ...ROLE_OPTIONS, provider: provider(stack) }],
  ],
  [
    'OpenAnalyticsMqRole.fromRoleName',
    (_, ...all) => OpenAnalyticsMqRole.fromRoleName(...(all as [any, any, any])),
    (stack) => [stack, 'x', { permission: RolePermission.FULL, lookUp: true, provider: provider(stack) }],
  ],
  [
    'OpenAnalyticsMqRole.forget',
    (_, ...all) => OpenAnalyticsMqRole.forget(...(all as [any, any, any])),
    (stack) => [stack, 'x', { permission: RolePermission.FULL, lookUp: true, provider: provider(stack) }],
  ],
  [
    'OpenAnalyticsMqRole.ofAccount',
    (_, ...all) => OpenAnalyticsMqRole.ofAccount(...(all as [any, any, any])),
    (stack) => [mns(stack), provider(stack), ROLE_OPTIONS],
  ],
  [
    'new OpenAnalyticsMnsRole',
    (_, ...all) => new OpenAnalyticsMnsRole(...(all as [any, any, any])),
    (stack) => [stack, 'x', ROLE_OPTIONS],
  ],
  [
    'OpenAnalyticsMnsRole.fromRoleName',
    (_, ...all) => OpenAnalyticsMnsRole.fromRoleName(...(all as [any, any, any])),
    (stack) => [stack, 'x', {}],
  ],
  [
    'OpenAnalyticsMnsRole.forget',
    (_, ...all) => OpenAnalyticsMnsRole.forget(...(all as [any, any, any])),
    (stack) => [stack, 'x', {}],
  ],
  [
    'RamRole.fromRoleName',
    (_, ...all) => RamRole.fromRoleName(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', 'reader', { mutable: true, provider: provider(stack) }],
  ],
  [
    'RamRole.fromResource',
    (_, ...all) => RamRole.fromResource(...(all as [any, any, any, any])),
    (stack) => [
      stack,
      'x',
      new RamRoleResource(stack, 'reader', { roleName: 'reader', assumeRolePolicyDocument: '{}' }),
      { mutable: true, provider: provider(stack) },
    ],
  ],
  [
    'RamUser.fromUserName',
    (_, ...all) => RamUser.fromUserName(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', 'reader', { mutable: true, provider: provider(stack) }],
  ],
  [
    'RamUser.fromResource',
    (_, ...all) => RamUser.fromResource(...(all as [any, any, any, any])),
    (stack) => [
      stack,
      'x',
      new RamUserResource(stack, 'reader', { name: 'reader' }),
      { mutable: true, provider: provider(stack) },
    ],
  ],
  [
    'new DlaMqNotification',
    (_, ...all) => new DlaMqNotification(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      {
        ...SMOKE,
        region: 'cn-hangzhou',
        endpoint: MqEndpoint.TCP,
        provider: provider(stack),
        bucketProps: { versioned: true },
        roleProps: { force: true },
        instanceProps: { remark: 'x' },
        topicProps: { remark: 'x' },
        groupProps: { remark: 'x' },
        bucket: nothing,
        role: nothing,
        instance: nothing,
        topic: nothing,
        group: nothing,
      },
    ],
  ],
  [
    'DlaMqNotification.fromOutputs',
    (_, ...all) => DlaMqNotification.fromOutputs(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', MQ_OUTPUTS, { provider: provider(stack) }],
  ],
  [
    'DlaMqNotification.addChannel',
    (stack, ...all) => mq(stack).addChannel(...(all as [any, any])),
    () => ['x', { ...SMOKE, topicProps: TOPIC_OPTIONS, groupProps: GROUP_OPTIONS, topic: nothing, group: nothing }],
  ],
  [
    'new DlaMnsNotification',
    (_, ...all) => new DlaMnsNotification(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      {
        ...SMOKE,
        region: 'cn-hangzhou',
        provider: provider(stack),
        bucketProps: { versioned: true },
        roleProps: { force: true },
        queueProps: { delaySeconds: 1 },
        bucket: nothing,
        role: nothing,
        queue: nothing,
      },
    ],
  ],
  [
    'DlaMnsNotification.fromOutputs',
    (_, ...all) => DlaMnsNotification.fromOutputs(...(all as [any, any, any, any])),
    (stack) => [stack, 'x', MNS_OUTPUTS, { provider: provider(stack) }],
  ],
  [
    'DlaMnsNotification.addChannel',
    (stack, ...all) => mns(stack).addChannel(...(all as [any, any])),
    () => ['x', { ...SMOKE, queueProps: QUEUE_OPTIONS, queue: nothing }],
  ],
  ['hint', (stack, ...all) => mq(stack).hint(...(all as [any])), () => [{ maxRunningTimeSeconds: 60 }]],
  [
    'applyTo',
    (stack, ...all) => mns(stack).applyTo(...(all as [any, any])),
    () => ['select 1', { maxRunningTimeSeconds: 60 }],
  ],
  ['grantConsume', (stack, ...all) => mq(stack).grantConsume(...(all as [any])), (stack) => [userOf(stack)]],
  ['grantReadWrite', (stack, ...all) => bucketOf(stack).grantReadWrite(...(all as [any])), (stack) => [userOf(stack)]],
  ['grantSend', (stack, ...all) => mns(stack).queue.grantSend(...(all as [any])), (stack) => [userOf(stack)]],
  [
    'smokeTest',
    (stack, ...all) => mq(stack).smokeTest(...(all as [any])),
    () => [{ timeoutSeconds: 60, settleSeconds: 60, reportFile: 'report.json', dependsOn: [] }],
  ],
  [
    'new SmokeTest',
    (_, ...all) => new SmokeTest(...(all as [any, any, any])),
    (stack) => [
      stack,
      'x',
      { channel: mq(stack), timeoutSeconds: 60, settleSeconds: 60, reportFile: 'report.json', dependsOn: [] },
    ],
  ],
  [
    'Baseline.apply',
    (_, ...all) => Baseline.apply(...(all as [any, any])),
    (stack) => [stack, { logBucket: bucketOf(stack), kmsKeyId: 'key-1', enforceTls: true, detachFullAccess: false }],
  ],
];

function replaced(list: readonly unknown[], index: number, value: unknown): unknown[] {
  return list.map((one, at) => (at === index ? value : one));
}

/** Each argument in turn, and each member of those that are objects, replaced by another value. */
function* mutations(args: unknown[], value: unknown): Generator<[string, unknown[]]> {
  for (const [index, arg] of args.entries()) {
    yield [`argument ${index + 1}`, replaced(args, index, value)];
    for (const [path, changed] of membersChanged(arg, value)) {
      yield [`${index + 1}${path}`, replaced(args, index, changed)];
    }
  }
}

function* membersChanged(object: unknown, value: unknown): Generator<[string, unknown]> {
  const isPlain = typeof object === 'object' && object !== null && Object.getPrototypeOf(object) === Object.prototype;
  if (!isPlain && !Array.isArray(object)) {
    return;
  }
  const set = (key: string, one: unknown): unknown =>
    Array.isArray(object) ? replaced(object, Number(key), one) : { ...object, [key]: one };
  for (const [key, member] of Object.entries(object)) {
    yield [`.${key}`, set(key, value)];
    for (const [path, changed] of membersChanged(member, value)) {
      yield [`.${key}${path}`, set(key, changed)];
    }
  }
}

/** What a call with a changed argument came to, with the synth after it. */
function outcome(call: Target[1], stack: TerraformStack, args: unknown[]): Error | undefined {
  try {
    call(stack, ...args);
    // Without cdktf's own validations, some of which ask Terraform for its version.
    stack.node
      .findAll()
      .filter((one) => !TerraformElement.isTerraformElement(one))
      .forEach((one) => one.node.validate());
    Testing.synth(stack);
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** An error that tells what was expected and where. */
function isTold(error: Error): boolean {
  return error instanceof ConstructError && /^.+ is not valid:(\n {2}- .+: expected .+, got .+)+$/s.test(error.message);
}

describe.each(TARGETS)('%s', (_name, call, argsOf) => {
  it('is right as it is', () => {
    const stack = testStack();
    expect(outcome(call, stack, argsOf(stack))).toBeUndefined();
  });

  it('tells what is wrong in place of an argument, and of each member', () => {
    const raw: string[] = [];
    for (const [what, make] of [...NEVER, ...SOMETIMES]) {
      const isNever = NEVER.some(([one]) => one === what);
      const count = [...mutations(argsOf(testStack()), 0)].length;
      for (let index = 0; index < count; index += 1) {
        const stack = testStack();
        const [place, args] = [...mutations(argsOf(stack), make(stack))][index];
        const error = outcome(call, stack, args);
        if (error ? !isTold(error) : isNever) {
          raw.push(`${place} ${what}: ${error ? error.stack?.split('\n').slice(0, 3).join(' ') : 'accepted'}`);
        }
      }
    }
    expect(raw).toEqual([]);
  }, 120_000);
});

it('asks anything what it is', () => {
  const stack = testStack();
  const asks = [
    (x: any) => OssBucket.isOssBucket(x),
    (x: any) => QueryResultBucket.isQueryResultBucket(x),
    (x: any) => MnsQueue.isMnsQueue(x),
    (x: any) => MqInstance.isMqInstance(x),
    (x: any) => MqTopic.isMqTopic(x),
    (x: any) => MqGroup.isMqGroup(x),
    (x: any) => OpenAnalyticsRole.isOpenAnalyticsRole(x),
    (x: any) => OpenAnalyticsMqRole.isOpenAnalyticsMqRole(x),
    (x: any) => OpenAnalyticsMnsRole.isOpenAnalyticsMnsRole(x),
    (x: any) => RamRole.isRamRole(x),
    (x: any) => RamUser.isRamUser(x),
    (x: any) => ReceiptChannel.isReceiptChannel(x),
    (x: any) => DlaMqNotification.isDlaMqNotification(x),
    (x: any) => DlaMnsNotification.isDlaMnsNotification(x),
    (x: any) => SmokeTest.isSmokeTest(x),
  ];
  for (const [, make] of [...NEVER, ...SOMETIMES]) {
    const value = make(stack);
    expect(asks.map((ask) => ask(value))).toEqual(asks.map(() => false));
    stack.node.tryRemoveChild('text');
    stack.node.tryRemoveChild('list');
  }
});
