import { beforeEach, describe, expect, it } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import { RESOURCES } from '../../../lib/local-cloud/terraform/provider';
import type { Values } from '../../../lib/local-cloud/terraform/values';
import { type Config, DirectProvider } from './direct-provider';
import { openAccount } from './workspace';

// What the provider sees of a change that somebody else made, and what it does not: source of terraform-provider-alicloud.

const REGION = 'cn-hangzhou';
const trust = (service: string) =>
  JSON.stringify({
    Version: '1',
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [service] } }],
  });
const grant = (action: string) =>
  JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const bucketPolicy = (effect: string, bucket: string) =>
  JSON.stringify({
    Version: '1',
    Statement: [{ Effect: effect, Action: ['oss:GetObject'], Principal: ['*'], Resource: [`acs:oss:*:*:${bucket}/*`] }],
  });
const RULE = { id: 'logs', enabled: true, prefix: 'logs/', expiration: [{ days: 30 }] };

/** A configuration of each type, all of whose arguments are set. */
const CONFIGS: Readonly<Record<string, Config>> = {
  alicloud_ram_role: {
    role_name: 'worker',
    assume_role_policy_document: trust('fc.aliyuncs.com'),
    description: 'works',
    max_session_duration: 7200,
    tags: { team: 'data' },
  },
  alicloud_ram_policy: {
    policy_name: 'read',
    policy_document: grant('oss:GetObject'),
    description: 'reads',
    tags: { team: 'data' },
  },
  alicloud_ram_user: { name: 'ann', display_name: 'Ann', email: 'a@example.com', mobile: '86-1', comments: 'x' },
  alicloud_ram_role_policy_attachment: { role_name: 'dla', policy_name: 'AliyunMQFullAccess', policy_type: 'System' },
  alicloud_ram_user_policy_attachment: { user_name: 'bob', policy_name: 'AliyunMQFullAccess', policy_type: 'System' },
  alicloud_ons_instance: { instance_name: 'receipts', remark: 'one', tags: { team: 'data' } },
  alicloud_ons_topic: { instance_id: '', topic_name: 'receipts', message_type: 0, tags: { team: 'data' } },
  alicloud_ons_group: { instance_id: '', group_name: 'GID_receipts', read_enable: true, tags: { team: 'data' } },
  alicloud_message_service_queue: {
    queue_name: 'receipts',
    delay_seconds: 5,
    logging_enabled: true,
    maximum_message_size: 2048,
    message_retention_period: 3600,
    polling_wait_seconds: 10,
    visibility_timeout: 60,
    dlq_policy: [{ enabled: true, dead_letter_target_queue: 'dead', max_receive_count: 3 }],
    tags: { team: 'data' },
  },
  alicloud_message_service_service: {},
  alicloud_oss_bucket: {
    bucket: 'my-bucket',
    acl: 'private',
    tags: { team: 'data' },
    policy: bucketPolicy('Deny', 'my-bucket'),
    versioning: [{ status: 'Enabled' }],
    server_side_encryption_rule: [{ sse_algorithm: 'AES256' }],
    logging: [{ target_bucket: 'data-bucket', target_prefix: 'log/' }],
    referer_config: [{ allow_empty: false, referers: ['https://example.com'] }],
    cors_rule: [{ allowed_origins: ['*'], allowed_methods: ['GET'] }],
    lifecycle_rule: [RULE],
    transfer_acceleration: [{ enabled: true }],
    access_monitor: [{ status: 'Enabled' }],
  },
  alicloud_oss_bucket_acl: { bucket: 'data-bucket', acl: 'public-read' },
  alicloud_oss_bucket_policy: { bucket: 'data-bucket', policy: bucketPolicy('Deny', 'data-bucket') },
  alicloud_oss_bucket_public_access_block: { bucket: 'data-bucket', block_public_access: true },
  alicloud_oss_bucket_object: {
    bucket: 'data-bucket',
    key: 'rows.json',
    content: '{}',
    content_type: 'application/json',
    cache_control: 'no-cache',
    acl: 'public-read',
  },
};

let account: Account;
let provider: DirectProvider;
let instanceId: string;

beforeEach(async () => {
  account = openAccount();
  provider = new DirectProvider(account);
  expect(await provider.configure()).toEqual([]);
  instanceId = account.ons.createInstance(REGION, { instanceName: 'parts' }).instanceId;
  account.ram.createRole({ roleName: 'dla', assumeRolePolicyDocument: trust('openanalytics.aliyuncs.com') });
  account.ram.createUser({ userName: 'bob' });
  account.oss.createBucket(REGION, { name: 'data-bucket' });
  account.mns.createQueue(REGION, { queueName: 'dead' });
});

function configOf(type: string): Config {
  const config = CONFIGS[type];
  return 'instance_id' in config ? { ...config, instance_id: instanceId } : config;
}

async function make(type: string): Promise<Values> {
  const { state, errors } = await provider.apply(type, configOf(type));
  expect(errors).toEqual([]);
  return state!;
}

describe('every type', () => {
  it('is among the configurations below', () => {
    expect(Object.keys(CONFIGS).sort()).toEqual([...RESOURCES.keys()].sort());
  });

  it.each(Object.keys(CONFIGS))('%s is made, then nothing is left to do, by a refresh neither', async (type) => {
    const state = await make(type);
    expect(await provider.plan(type, configOf(type), state)).toMatchObject({ action: 'none' });
    expect(await provider.refresh(type, state)).toEqual(state);
  });

  it.each(Object.keys(CONFIGS).filter((type) => RESOURCES.get(type)!.table.importable))(
    '%s is imported by the id that it has, and is what was made',
    async (type) => {
      const state = await make(type);
      const imported = (await provider.import(type, state.id as string))!;
      const { planned } = await provider.plan(type, configOf(type), imported);
      // What the provider does not read back is all that an import lacks.
      const notRead = ['read_enable', 'lifecycle_rule_allow_same_action_overlap', 'force_destroy', 'version'];
      const others = Object.keys(state).filter((name) => !notRead.includes(name));
      expect(Object.fromEntries(others.map((name) => [name, planned[name]]))).toEqual(
        Object.fromEntries(others.map((name) => [name, state[name]])),
      );
    },
  );

  it.each(Object.keys(CONFIGS).filter((type) => type !== 'alicloud_message_service_service'))(
    '%s is destroyed',
    async (type) => {
      const state = await make(type);
      expect(await provider.destroy(type, state)).toEqual([]);
      // A bucket always has an ACL and a block, which the provider leaves or resets.
      const stays = /_(acl|public_access_block)$/.test(type);
      expect((await provider.refresh(type, state)) === null).toBe(!stays);
    },
  );
});

type Change = (account: Account) => unknown;

/** A change by hand, the argument in the state afterwards, and what a plan makes of it. */
const DRIFT: readonly (readonly [type: string, what: string, change: Change, action: string])[] = [
  [
    'ram_role',
    'trusts another',
    ({ ram }) => ram.updateRole('worker', { assumeRolePolicyDocument: trust('ecs.aliyuncs.com') }),
    'update',
  ],
  ['ram_role', 'has another description', ({ ram }) => ram.updateRole('worker', { description: 'other' }), 'update'],
  ['ram_role', 'has no description', ({ ram }) => ram.updateRole('worker', { description: '' }), 'update'],
  ['ram_role', 'has other sessions', ({ ram }) => ram.updateRole('worker', { maxSessionDuration: 3600 }), 'update'],
  ['ram_role', 'has no tags', ({ ram }) => ram.updateRole('worker', { tags: {} }), 'update'],
  ['ram_role', 'has another tag', ({ ram }) => ram.updateRole('worker', { tags: { team: 'data', a: 'b' } }), 'update'],
  ['ram_role', 'is gone', ({ ram }) => ram.deleteRole('worker'), 'create'],
  [
    'ram_policy',
    'has another version',
    ({ ram }) => ram.createPolicyVersion('read', grant('oss:*'), true, false),
    'update',
  ],
  [
    'ram_policy',
    'has a version that is not used',
    ({ ram }) => ram.createPolicyVersion('read', grant('oss:*'), false, false),
    'none',
  ],
  ['ram_policy', 'has another description', ({ ram }) => ram.updatePolicy('read', { description: 'other' }), 'update'],
  ['ram_policy', 'has no tags', ({ ram }) => ram.updatePolicy('read', { tags: {} }), 'update'],
  ['ram_policy', 'is gone', ({ ram }) => ram.deletePolicy('read', true), 'create'],
  ['ram_user', 'has another name', ({ ram }) => ram.updateUser('ann', { userName: 'anna' }), 'update'],
  ['ram_user', 'has another address', ({ ram }) => ram.updateUser('ann', { email: 'b@example.com' }), 'update'],
  ['ram_user', 'has no comment', ({ ram }) => ram.updateUser('ann', { comments: '' }), 'update'],
  ['ram_user', 'is gone', ({ ram }) => ram.deleteUser('ann'), 'create'],
  [
    'ram_role_policy_attachment',
    'is gone',
    ({ ram }) => ram.detachPolicy('role', 'dla', 'System', 'AliyunMQFullAccess'),
    'create',
  ],
  [
    'ram_user_policy_attachment',
    'is gone',
    ({ ram }) => ram.detachPolicy('user', 'bob', 'System', 'AliyunMQFullAccess'),
    'create',
  ],
  [
    'ons_instance',
    'has another name',
    ({ ons }) => ons.updateInstance(REGION, ownInstance(), { instanceName: 'other' }),
    'update',
  ],
  ['ons_instance', 'has no remark', ({ ons }) => ons.updateInstance(REGION, ownInstance(), { remark: '' }), 'update'],
  ['ons_instance', 'has no tags', ({ ons }) => ons.updateInstance(REGION, ownInstance(), { tags: {} }), 'update'],
  ['ons_instance', 'is gone', ({ ons }) => ons.deleteInstance(REGION, ownInstance()), 'create'],
  ['ons_topic', 'has other tags', ({ ons }) => ons.tagTopic(REGION, instanceId, 'receipts', { a: 'b' }), 'update'],
  ['ons_topic', 'is gone', ({ ons }) => ons.deleteTopic(REGION, instanceId, 'receipts'), 'create'],
  ['ons_group', 'has other tags', ({ ons }) => ons.tagGroup(REGION, instanceId, 'GID_receipts', {}), 'update'],
  ['ons_group', 'may not read', ({ ons }) => ons.enableGroup(REGION, instanceId, 'GID_receipts', false), 'none'],
  ['ons_group', 'is gone', ({ ons }) => ons.deleteGroup(REGION, instanceId, 'GID_receipts'), 'create'],
  ...(
    [
      ['another delay', { delaySeconds: 0 }],
      ['no logging', { loggingEnabled: false }],
      ['another size of messages', { maximumMessageSize: 4096 }],
      ['another retention', { messageRetentionPeriod: 7200 }],
      ['no polling', { pollingWaitSeconds: 0 }],
      ['another visibility', { visibilityTimeout: 30 }],
      ['no dead letters', { dlqPolicy: { enabled: false, deadLetterTargetQueue: '', maxReceiveCount: 0 } }],
      ['no tags', { tags: {} }],
    ] as const
  ).map(
    ([what, patch]) =>
      [
        'message_service_queue',
        `has ${what}`,
        ({ mns }: Account) => mns.updateQueue(REGION, 'receipts', patch),
        'update',
      ] as const,
  ),
  ['message_service_queue', 'is gone', ({ mns }) => mns.deleteQueue(REGION, 'receipts'), 'create'],
  ...(
    [
      ['has another ACL', { acl: 'public-read' }, 'update'],
      ['has no tags', { tags: {} }, 'update'],
      ['has another policy', { policy: bucketPolicy('Allow', 'my-bucket') }, 'update'],
      ['has no policy', { policy: undefined }, 'update'],
      ['keeps no more versions', { versioning: 'Suspended' }, 'update'],
      ['is encrypted otherwise', { encryption: { sseAlgorithm: 'KMS' } }, 'update'],
      // The provider reads what is there, and leaves in the state what is not.
      ['is not encrypted', { encryption: undefined }, 'none'],
      ['lets all referers in', { referer: undefined }, 'none'],
      ['lets another referer in', { referer: { allowEmpty: true, referers: ['https://other.example'] } }, 'update'],
      ['has no log', { logging: undefined }, 'update'],
      ['has no CORS rules', { corsRules: [] }, 'update'],
      ['has no lifecycle rules', { lifecycleRules: [] }, 'update'],
      ['has overlapping rules', { allowSameActionOverlap: true }, 'none'],
      ['is no longer accelerated', { transferAcceleration: false }, 'update'],
      ['is no longer monitored', { accessMonitor: 'Disabled' }, 'update'],
    ] as const
  ).map(
    ([what, patch, action]) =>
      ['oss_bucket', what, ({ oss }: Account) => oss.updateBucket('my-bucket', patch), action] as const,
  ),
  ['oss_bucket', 'is gone', ({ oss }) => oss.deleteBucket('my-bucket'), 'create'],
  ['oss_bucket_acl', 'is another', ({ oss }) => oss.updateBucket('data-bucket', { acl: 'private' }), 'update'],
  [
    'oss_bucket_acl',
    'is lost with its bucket, which was made again',
    ({ oss }) => {
      oss.deleteBucket('data-bucket');
      oss.createBucket(REGION, { name: 'data-bucket' });
    },
    'update',
  ],
  [
    'oss_bucket_policy',
    'is another',
    ({ oss }) => oss.updateBucket('data-bucket', { policy: bucketPolicy('Allow', 'data-bucket') }),
    'update',
  ],
  ['oss_bucket_policy', 'is gone', ({ oss }) => oss.updateBucket('data-bucket', { policy: undefined }), 'create'],
  [
    'oss_bucket_public_access_block',
    'is lifted',
    ({ oss }) => oss.updateBucket('data-bucket', { blockPublicAccess: false }),
    'update',
  ],
  [
    'oss_bucket_object',
    'has another content',
    ({ oss }) =>
      oss.putObject('data-bucket', 'rows.json', Buffer.from('[]'), {
        contentType: 'application/json',
        cacheControl: 'no-cache',
      }),
    'none',
  ],
  [
    'oss_bucket_object',
    'has another type',
    ({ oss }) =>
      oss.putObject('data-bucket', 'rows.json', Buffer.from('{}'), {
        contentType: 'text/plain',
        cacheControl: 'no-cache',
      }),
    'update',
  ],
  [
    'oss_bucket_object',
    'has another ACL',
    ({ oss }) => oss.updateObject('data-bucket', 'rows.json', { acl: 'private' }),
    'none',
  ],
  ['oss_bucket_object', 'is gone', ({ oss }) => oss.deleteObject('data-bucket', 'rows.json'), 'create'],
];

function ownInstance(): string {
  return account.ons.listInstances(REGION).find((one) => one.instanceId !== instanceId)!.instanceId;
}

describe('behind the back of Terraform', () => {
  it.each(DRIFT)('alicloud_%s that %s is found so, and repaired', async (name, _what, change, action) => {
    const type = `alicloud_${name}`;
    const state = await make(type);
    change(account);
    const found = await provider.refresh(type, state);
    expect((await provider.plan(type, configOf(type), found)).action).toBe(action);
    const { state: repaired, errors } = await provider.apply(type, configOf(type), found);
    expect(errors).toEqual([]);
    expect((await provider.plan(type, configOf(type), await provider.refresh(type, repaired!))).action).toBe('none');
  });

  it.each(Object.keys(CONFIGS).filter((type) => !/service_service|_acl$|access_block$/.test(type)))(
    '%s that is gone is no error to a destroy',
    async (type) => {
      const state = await make(type);
      expect(await provider.destroy(type, state)).toEqual([]);
      expect(await provider.destroy(type, state)).toEqual([]);
    },
  );
});
