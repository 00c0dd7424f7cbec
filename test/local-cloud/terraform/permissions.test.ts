import { describe, expect, it } from 'vitest';
import { TYPES_WITH_CALLS } from '../../../lib/local-cloud/terraform/calls';
import { DATA_SOURCES, RESOURCES } from '../../../lib/local-cloud/terraform/provider';
import { DirectProvider, type Config } from './direct-provider';
import { openAccount } from './workspace';

const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['fc.aliyuncs.com'] } }],
});

const BUCKET_POLICY = JSON.stringify({
  Version: '1',
  Statement: [{ Effect: 'Allow', Principal: ['*'], Action: ['oss:GetObject'], Resource: ['acs:oss:*:*:new-bucket/*'] }],
});

/** A provider with the keys of a user who may do some things, and an account with something of each service. */
async function withUser(actions: readonly string[], resource = '*') {
  const statements = actions.length > 0 ? [{ Effect: 'Allow', Action: actions, Resource: resource }] : [];
  return withStatements(statements);
}

async function withStatements(statements: readonly object[]) {
  const account = openAccount();
  const { ram } = account;
  ram.createUser({ userName: 'ci' });
  if (statements.length > 0) {
    const document = { Version: '1', Statement: statements };
    ram.createPolicy({ policyName: 'ci', document: JSON.stringify(document) });
    ram.attachPolicy('user', 'ci', 'Custom', 'ci');
  }
  const { instanceId } = account.ons.createInstance('cn-hangzhou', { instanceName: 'parts' });
  account.oss.createBucket('cn-hangzhou', { name: 'data-bucket' });
  ram.createRole({ roleName: 'dla', assumeRolePolicyDocument: TRUST });
  const { accessKeyId, accessKeySecret } = ram.accessKeys.create('ci');
  const provider = new DirectProvider(account, { access_key: accessKeyId, secret_key: accessKeySecret });
  expect(await provider.configure()).toEqual([]);
  return { account, provider, instanceId };
}

/** What is made, and what a user needs for it. */
const CASES: readonly (readonly [type: string, config: Config, actions: readonly string[]])[] = [
  ['ram_role', { role_name: 'r', assume_role_policy_document: TRUST }, ['ram:CreateRole', 'ram:GetRole']],
  [
    'ram_policy',
    { policy_name: 'p', policy_document: TRUST.replace(/,"Principal".*/, ',"Resource":"*"}]}') },
    ['ram:CreatePolicy', 'ram:GetPolicy'],
  ],
  ['ram_user', { name: 'u' }, ['ram:CreateUser', 'ram:ListUsers']],
  [
    'ram_role_policy_attachment',
    { role_name: 'dla', policy_name: 'AliyunMQFullAccess', policy_type: 'System' },
    ['ram:AttachPolicyToRole', 'ram:ListPoliciesForRole'],
  ],
  ['ons_instance', { instance_name: 'mine' }, ['mq:CreateInstance', 'mq:QueryInstanceBaseInfo']],
  ['ons_topic', { topic_name: 'topic', message_type: 0 }, ['mq:CreateTopic', 'mq:ListTopic', 'mq:OnsTopicStatus']],
  ['ons_group', { group_name: 'GID_group' }, ['ons:OnsGroupCreate', 'ons:OnsGroupList']],
  ['message_service_queue', { queue_name: 'q' }, ['mns:CreateQueue', 'mns:GetQueueAttributes']],
  ['oss_bucket', { bucket: 'new-bucket' }, ['oss:PutBucket', 'oss:GetBucketInfo']],
  [
    'oss_bucket',
    { bucket: 'new-bucket', acl: 'public-read-write', policy: BUCKET_POLICY, tags: { a: '1' } },
    ['oss:PutBucket', 'oss:GetBucketInfo', 'oss:PutBucketAcl', 'oss:PutBucketPolicy', 'oss:PutBucketTagging'],
  ],
  ['message_service_service', {}, ['bss:CreateInstance', 'bssapi:QueryAvailableInstances']],
  ['oss_bucket_acl', { bucket: 'data-bucket', acl: 'private' }, ['oss:PutBucketAcl', 'oss:GetBucketAcl']],
  ['oss_bucket_object', { bucket: 'data-bucket', key: 'k', content: 'x' }, ['oss:PutObject', 'oss:GetObject']],
];

describe('the keys of a user', () => {
  it.each(CASES)('make alicloud_%s with the permissions for it, and none less', async (name, config, actions) => {
    const type = `alicloud_${name}`;
    const whole = (instanceId: string) =>
      /ons_(topic|group)/.test(type) ? { ...config, instance_id: instanceId } : config;
    const all = await withUser(actions);
    expect((await all.provider.apply(type, whole(all.instanceId))).errors).toEqual([]);
    for (const missing of actions) {
      const { provider, instanceId } = await withUser(actions.filter((one) => one !== missing));
      const { errors } = await provider.apply(type, whole(instanceId));
      expect(errors.join(), missing).toMatch(/(NoPermission|AccessDenied): You are not authorized to do/);
    }
  });

  it('reach what their policy names, and nothing beside it', async () => {
    const { provider } = await withUser(['oss:*'], 'acs:oss:*:*:my-*');
    expect((await provider.apply('alicloud_oss_bucket', { bucket: 'my-bucket' })).errors).toEqual([]);
    expect((await provider.apply('alicloud_oss_bucket', { bucket: 'your-bucket' })).errors.join()).toMatch(
      /AccessDenied: .* oss:PutBucket on acs:oss:oss-cn-hangzhou:\d+:your-bucket/,
    );
    await expect(provider.import('alicloud_oss_bucket', 'data-bucket')).rejects.toThrow('oss:GetBucketInfo');
  });

  it.each([
    ['role', 'dla', 'Role'],
    ['user', 'ci', 'User'],
  ])('attach to a %s with permission on it and the policy, and read with one on it alone', async (kind, name, of) => {
    const type = `alicloud_ram_${kind}_policy_attachment`;
    const principal = `acs:ram:*:*:${kind}/${name}`;
    const policy = 'acs:ram:*:system:policy/AliyunMQFullAccess';
    const allow = (actions: string[], Resource: string[]) => ({ Effect: 'Allow', Action: actions, Resource });
    const apply = async (attachTo: string[], detachFrom: string[]) => {
      const { provider } = await withStatements([
        allow([`ram:AttachPolicyTo${of}`], attachTo),
        allow([`ram:ListPoliciesFor${of}`], [principal]),
        ...(detachFrom.length > 0 ? [allow([`ram:DetachPolicyFrom${of}`], detachFrom)] : []),
      ]);
      const config = { [`${kind}_name`]: name, policy_name: 'AliyunMQFullAccess', policy_type: 'System' };
      const { errors, state } = await provider.apply(type, config);
      return { errors, destroy: () => provider.destroy(type, state!) };
    };
    const both = await apply([principal, policy], [principal, policy]);
    expect(both.errors).toEqual([]);
    expect(await both.destroy()).toEqual([]);
    expect((await apply([principal], [])).errors.join()).toContain(
      `NoPermission: You are not authorized to do ram:AttachPolicyTo${of} on acs:ram::system:policy/AliyunMQFullAccess`,
    );
    expect((await (await apply([principal, policy], [principal])).destroy()).join()).toContain(
      `ram:DetachPolicyFrom${of} on acs:ram::system:policy/AliyunMQFullAccess`,
    );
  });

  it('read a user with permission to list all', async () => {
    const own = 'acs:ram:*:*:user/u';
    const listed = (Resource: string) =>
      withStatements([
        { Effect: 'Allow', Action: ['ram:CreateUser'], Resource: own },
        { Effect: 'Allow', Action: ['ram:ListUsers'], Resource },
      ]);
    const apply = async (Resource: string) =>
      (await (await listed(Resource)).provider.apply('alicloud_ram_user', { name: 'u' })).errors.join();
    expect(await apply('*')).toBe('');
    expect(await apply(own)).toMatch(/NoPermission: .* ram:ListUsers on acs:ram::\d+:\*\.$/);
  });

  it('change of a bucket what they may, and take away with the permission for that', async () => {
    const { account, provider } = await withUser([
      ...['oss:PutBucket', 'oss:GetBucketInfo', 'oss:PutBucketPolicy', 'oss:PutBucketVersioning'],
    ]);
    const type = 'alicloud_oss_bucket';
    const config = { bucket: 'new-bucket', policy: BUCKET_POLICY };
    const { state, errors } = await provider.apply(type, config);
    expect(errors).toEqual([]);
    const versioned = await provider.apply(type, { ...config, versioning: [{ status: 'Enabled' }] }, state);
    expect(versioned.errors).toEqual([]);
    const denied = async (change: Config) =>
      (await provider.apply(type, { ...config, ...change }, state)).errors.join();
    expect(await denied({ acl: 'public-read' })).toContain('oss:PutBucketAcl');
    expect(await denied({ policy: undefined })).toContain('oss:DeleteBucketPolicy');
    expect(account.oss.getBucket('new-bucket')).toMatchObject({ acl: 'private', policy: BUCKET_POLICY });
  });

  it('destroy nothing without permission', async () => {
    const { account, provider } = await withUser(['oss:PutBucket', 'oss:GetBucketInfo']);
    const { state } = await provider.apply('alicloud_oss_bucket', { bucket: 'my-bucket' });
    expect((await provider.destroy('alicloud_oss_bucket', state!)).join()).toContain('oss:DeleteBucket');
    expect(account.oss.findBucket('my-bucket')).toBeDefined();
  });
});

it('is asked for permission whatever the type', () => {
  expect([...TYPES_WITH_CALLS].sort()).toEqual([...RESOURCES.keys(), ...DATA_SOURCES.keys()].sort());
});

describe('a role that a configuration assumes', () => {
  const trusting = (...RAM: string[]) =>
    JSON.stringify({ Version: '1', Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { RAM } }] });

  it.each([
    ['of another account', { access_key: 'LTAIwrong', secret_key: 'x' }, 'InvalidAccessKeyId.NotFound'],
    ['with another secret', { secret_key: 'x' }, 'SignatureDoesNotMatch'],
    ['of a user who may not', {}, 'NoPermission: You are not authorized to do sts:AssumeRole on acs:ram::'],
    ['of a user who is not trusted', {}, 'the role other does not trust the caller', 'other'],
    ['of a user who may', {}, '', 'deploy', true],
  ])('takes keys %s as the account does', async (_name, keys, error, roleName = 'deploy', mayAssume = false) => {
    const account = openAccount();
    const { ram, identity } = account;
    ram.createUser({ userName: 'ci' });
    ram.createUser({ userName: 'someone' });
    const user = (name: string) => `acs:ram::${identity.accountId}:user/${name}`;
    ram.createRole({ roleName: 'deploy', assumeRolePolicyDocument: trusting(user('ci')) });
    ram.createRole({ roleName: 'other', assumeRolePolicyDocument: trusting(user('someone')) });
    if (mayAssume || roleName === 'other') {
      ram.attachPolicy('user', 'ci', 'System', 'AliyunSTSAssumeRoleAccess');
    }
    const { accessKeyId, accessKeySecret } = ram.accessKeys.create('ci');
    const role_arn = `acs:ram::${identity.accountId}:role/${roleName}`;
    const config = { access_key: accessKeyId, secret_key: accessKeySecret, ...keys, assume_role: [{ role_arn }] };
    const said = (await new DirectProvider(account, config).configure()).join();
    expect(said).toContain(error);
    expect(said === '').toBe(error === '');
  });
});

it('reads a policy of everything but some actions', async () => {
  const policy_document = JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', NotAction: 'ram:*', Resource: '*' }],
  });
  const type = 'alicloud_ram_policy';
  const provider = new DirectProvider(openAccount());
  await provider.configure();
  const config = { policy_name: 'all-but-ram', policy_document };
  const { errors, state } = await provider.apply(type, config);
  expect(errors).toEqual([]);
  expect((await provider.plan(type, config, await provider.refresh(type, state!))).action).toBe('none');
});

it.each(['profile', 'shared_credentials_file', 'ecs_role_name', 'credentials_uri'])(
  'says that the local cloud does not take credentials by %s',
  async (name) => {
    const said = await new DirectProvider(openAccount(), { [name]: 'x' }).configure();
    expect(said).toEqual([
      `credentials are not read: ${name} has no effect on the local cloud, which takes its own keys`,
    ]);
  },
);

it('takes no role by OIDC for the account', async () => {
  const config = { assume_role_with_oidc: [{ role_arn: 'acs:ram::1:role/a' }] };
  expect((await new DirectProvider(openAccount(), config).configure()).join()).toContain(
    'the local cloud does not serve AssumeRoleWithOIDC',
  );
});
