import * as path from 'node:path';
import { type TerraformStack, Testing } from 'cdktf';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import {
  BucketEncryption,
  BucketRedundancy,
  GroupProtocol,
  MessageType,
  MnsQueue,
  MqGroup,
  type MqGroupProps,
  MqInstance,
  type MqInstanceProps,
  MqTopic,
  type MqTopicProps,
  OpenAnalyticsMqRole,
  OssBucket,
  type OssBucketProps,
  StorageClass,
} from '../../lib/index';
import { LocalCloud } from '../../lib/local-cloud';
import { Workspace } from '../local-cloud/terraform/workspace';
import { scratchFolder } from '../scratch';
import { testStack } from '../synth';
import { pointProviders, withEachProvider } from '../terraform-providers';

type Build = (stack: TerraformStack) => unknown;

/** A property before and after, and what a plan says of it: `update`, `replace`, or nothing. */
interface Transition {
  readonly name: string;
  readonly from: Build;
  readonly to: Build;
  readonly changes: readonly string[];
}

const bucket =
  (props: OssBucketProps): Build =>
  (stack) =>
    new OssBucket(stack, 'bucket', props);
const instance =
  (props: MqInstanceProps): Build =>
  (stack) =>
    new MqInstance(stack, 'instance', props);
const withInstance =
  (of: (stack: TerraformStack, one: MqInstance) => unknown): Build =>
  (stack) =>
    of(stack, new MqInstance(stack, 'instance', { instanceName: 'transitions' }));
const topic = (props: Omit<MqTopicProps, 'instance'>): Build =>
  withInstance((stack, one) => new MqTopic(stack, 'topic', { topicName: 'changing', ...props, instance: one }));
const group = (props: Omit<MqGroupProps, 'instance'>): Build =>
  withInstance((stack, one) => new MqGroup(stack, 'group', { groupId: 'GID_changing', ...props, instance: one }));

const EXPIRE = { prefix: 'logs/', expireAfterDays: 30 };
const ARCHIVE = { prefix: 'data/', transitions: [{ storageClass: StorageClass.ARCHIVE, afterDays: 60 }] };

const TRANSITIONS: readonly Transition[] = [
  ...(
    [
      ['tags of a bucket that are added', {}, { tags: { team: 'data' } }, 'update'],
      ['tags of a bucket that are removed', { tags: { team: 'data' } }, {}, 'update'],
      ['lifecycle rules that begin', {}, { lifecycleRules: [EXPIRE] }, 'update'],
      ['lifecycle rules that end', { lifecycleRules: [EXPIRE] }, {}, 'update'],
      [
        'lifecycle rules in another order',
        { lifecycleRules: [EXPIRE, ARCHIVE] },
        { lifecycleRules: [ARCHIVE, EXPIRE] },
        'update',
      ],
      ['versions that are suspended', { versioned: true }, { versioned: false }, 'update'],
      [
        'a key of KMS',
        { encryption: BucketEncryption.KMS },
        { encryption: BucketEncryption.KMS, kmsKeyId: 'key-hzz65f1e2d3c4b5a69788' },
        'update',
      ],
      ['the destruction of objects', {}, { forceDestroy: true }, 'update'],
      ['the storage class', {}, { storageClass: StorageClass.ARCHIVE }, 'replace'],
      ['the redundancy', {}, { redundancy: BucketRedundancy.ZONE }, 'replace'],
    ] as const
  ).map(([name, from, to, action]) => ({
    name,
    from: bucket({ bucketName: 'transitions', ...(from as OssBucketProps) }),
    to: bucket({ bucketName: 'transitions', ...(to as OssBucketProps) }),
    changes: [
      `oss_bucket: ${action}`,
      // Gone with the former bucket, whose name the next one has.
      ...(action === 'replace' ? ['oss_bucket_acl: replace', 'oss_bucket_public_access_block: replace'] : []),
    ],
  })),
  {
    name: 'the name of an instance',
    from: instance({ instanceName: 'transitions' }),
    to: instance({ instanceName: 'transitions-renamed' }),
    changes: ['ons_instance: update'],
  },
  {
    name: 'the remark of an instance',
    from: instance({ instanceName: 'transitions', remark: 'one' }),
    to: instance({ instanceName: 'transitions', remark: 'another' }),
    changes: ['ons_instance: update'],
  },
  { name: 'tags of a topic', from: topic({}), to: topic({ tags: { team: 'data' } }), changes: ['ons_topic: update'] },
  {
    name: 'the remark of a topic',
    from: topic({ remark: 'one' }),
    to: topic({ remark: 'two' }),
    changes: ['ons_topic: replace'],
  },
  {
    name: 'the type of the messages of a topic',
    from: topic({}),
    to: topic({ messageType: MessageType.PARTITION_ORDERED }),
    changes: ['ons_topic: replace'],
  },
  {
    name: 'the protocol of a group',
    from: group({ protocol: GroupProtocol.TCP }),
    to: group({ protocol: GroupProtocol.HTTP }),
    changes: ['ons_group: replace'],
  },
  {
    name: 'the times of a queue',
    from: (stack) => new MnsQueue(stack, 'queue', { queueName: 'transitions', visibilityTimeoutSeconds: 30 }),
    to: (stack) =>
      new MnsQueue(stack, 'queue', { queueName: 'transitions', retentionSeconds: 600, pollingWaitSeconds: 5 }),
    changes: ['message_service_queue: update'],
  },
  {
    name: 'how long a session of a role lasts',
    from: (stack) => new OpenAnalyticsMqRole(stack, 'role'),
    to: (stack) => new OpenAnalyticsMqRole(stack, 'role', { maxSessionDurationSeconds: 7200 }),
    changes: ['ram_role: update'],
  },
];

withEachProvider('a property that changes', (tested) => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await LocalCloud.start({ provider: tested.provider });
  });
  afterAll(() => cloud.stop());

  it.for(TRANSITIONS)('$name is planned, applied and then no difference', async ({ from, to, changes }) => {
    const environment = { ...cloud.endpoints.environment, ...tested.environment };
    const workspace = new Workspace(cloud.account, scratchFolder(), environment);
    const write = (build: Build): void => {
      const stack = testStack();
      build(stack);
      workspace.writeJson(JSON.parse(Testing.synth(stack, true)) as object);
      if (tested.provider === 'registry') {
        pointProviders(path.join(workspace.folder, 'main.tf.json'), cloud);
      }
    };
    onTestFinished(async () => expect((await workspace.destroy()).errors).toEqual([]));
    write(from);
    expect((await workspace.terraform('init')).code).toBe(0);
    expect((await workspace.apply()).errors).toEqual([]);
    write(to);
    const changed = await workspace.apply();
    expect(changed.errors).toEqual([]);
    expect(
      changed.changes
        .filter((one) => !one.endsWith(': read'))
        .map((one) => one.replace(/^alicloud_(\w+)\.[^:]*/, '$1')),
    ).toEqual(changes);
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
  });
});
