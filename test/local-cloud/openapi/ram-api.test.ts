import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient, type RpcError } from './rpc-client';

const statement = (value: object) => JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', ...value }] });
const TRUST = statement({ Action: 'sts:AssumeRole', Principal: { Service: ['openanalytics.aliyuncs.com'] } });
const DOCUMENT = statement({ Action: ['oss:GetObject'], Resource: ['*'] });

let server: StartedHttpServer;
let client: RpcClient;

beforeAll(async () => {
  server = await startHttpServer();
  client = new RpcClient(server.endpoint, server.account.identity);
});
afterAll(() => server.stop());

const ram = (action: string, parameters: Record<string, unknown> = {}) => client.call('ram', action, parameters);

describe('roles', () => {
  it('are made, changed, tagged, listed and deleted', async () => {
    const { accountId } = server.account.identity;
    const { Role } = await ram('CreateRole', {
      RoleName: 'Worker',
      AssumeRolePolicyDocument: TRUST,
      Description: 'first',
      MaxSessionDuration: 7200,
      'Tag.1.Key': 'env',
      'Tag.1.Value': 'test',
    });
    expect(Role).toMatchObject({ Arn: `acs:ram::${accountId}:role/worker`, MaxSessionDuration: 7200 });
    await ram('UpdateRole', { RoleName: 'Worker', NewDescription: 'second', NewMaxSessionDuration: 3600 });
    expect((await ram('GetRole', { RoleName: 'worker' })).Role).toMatchObject({
      RoleName: 'Worker',
      Description: 'second',
      MaxSessionDuration: 3600,
      AssumeRolePolicyDocument: TRUST,
    });
    const names = { ResourceType: 'role', ResourceNames: '["Worker"]' };
    await ram('TagResources', { ...names, Tag: '[{"Key":"team","Value":"data"}]' });
    await ram('UntagResources', { ...names, TagKeys: '["env"]' });
    expect((await ram('ListTagResources', names)).TagResources).toEqual([
      { ResourceType: 'role', ResourceName: 'Worker', TagKey: 'team', TagValue: 'data' },
    ]);
    await ram('DeleteRole', { RoleName: 'Worker' });
    await expect(ram('GetRole', { RoleName: 'Worker' })).rejects.toMatchObject({
      code: 'EntityNotExist.Role',
      data: { statusCode: 404 },
    });
  });

  it('are listed page by page', async () => {
    for (let index = 0; index < 25; index += 1) {
      server.account.ram.createRole({ roleName: `page-${index}`, assumeRolePolicyDocument: TRUST });
    }
    const seen: string[] = [];
    let marker: string | undefined;
    do {
      const page = await ram('ListRoles', { MaxItems: 10, ...(marker && { Marker: marker }) });
      expect(page.Roles.Role.length).toBeLessThanOrEqual(10);
      seen.push(...page.Roles.Role.map(({ RoleName }: { RoleName: string }) => RoleName));
      expect(page.IsTruncated).toBe(page.Marker !== undefined);
      marker = page.Marker;
    } while (marker !== undefined);
    expect(seen.filter((name) => name.startsWith('page-'))).toHaveLength(25);
    expect(new Set(seen).size).toBe(seen.length);
  });
});

it('keeps versions of a policy, and tells to what it is attached', async () => {
  await ram('CreatePolicy', { PolicyName: 'versions', PolicyDocument: DOCUMENT });
  const second = statement({ Action: ['oss:PutObject'], Resource: ['*'] });
  const { PolicyVersion } = await ram('CreatePolicyVersion', {
    PolicyName: 'versions',
    PolicyDocument: second,
    SetAsDefault: true,
  });
  expect(PolicyVersion).toMatchObject({ VersionId: 'v2', IsDefaultVersion: true });
  server.account.ram.createRole({ roleName: 'attached', assumeRolePolicyDocument: TRUST });
  await ram('CreateUser', { UserName: 'attached', DisplayName: 'Somebody' });
  const policy = { PolicyType: 'Custom', PolicyName: 'versions' };
  await ram('AttachPolicyToRole', { ...policy, RoleName: 'attached' });
  await ram('AttachPolicyToUser', { ...policy, UserName: 'attached' });
  expect(await ram('GetPolicy', policy)).toMatchObject({
    Policy: { DefaultVersion: 'v2', AttachmentCount: 2 },
    DefaultPolicyVersion: { PolicyDocument: second },
  });
  expect(await ram('ListEntitiesForPolicy', policy)).toMatchObject({
    Roles: { Role: [{ RoleName: 'attached' }] },
    Users: { User: [{ UserName: 'attached' }] },
    Groups: { Group: [] },
  });
  expect((await ram('ListPoliciesForUser', { UserName: 'attached' })).Policies.Policy).toMatchObject([
    { PolicyName: 'versions', PolicyType: 'Custom' },
  ]);
  expect((await ram('ListPolicyVersions', policy)).PolicyVersions.PolicyVersion).toMatchObject([
    { VersionId: 'v1', IsDefaultVersion: false },
    { VersionId: 'v2', IsDefaultVersion: true },
  ]);
  for (const [kind, name] of [
    ['Role', { RoleName: 'attached' }],
    ['User', { UserName: 'attached' }],
  ] as const) {
    await expect(ram(`Delete${kind}`, name)).rejects.toMatchObject({ code: `DeleteConflict.${kind}.Policy` });
    await ram(`DetachPolicyFrom${kind}`, { ...policy, ...name });
    await ram(`Delete${kind}`, name);
  }
  await expect(ram('DeletePolicy', { PolicyName: 'versions' })).rejects.toMatchObject({
    code: 'DeleteConflict.Policy.Version',
  });
  await ram('DeletePolicyVersion', { PolicyName: 'versions', VersionId: 'v1' });
  await ram('DeletePolicy', { PolicyName: 'versions' });
});

it('deletes a policy with all its versions when asked to, but none that somebody has', async () => {
  await ram('CreatePolicy', { PolicyName: 'cascading', PolicyDocument: DOCUMENT });
  await ram('CreatePolicyVersion', { PolicyName: 'cascading', PolicyDocument: DOCUMENT, SetAsDefault: true });
  await ram('CreateUser', { UserName: 'cascading' });
  const attachment = { PolicyType: 'Custom', PolicyName: 'cascading', UserName: 'cascading' };
  await ram('AttachPolicyToUser', attachment);
  const deletion = { PolicyName: 'cascading', CascadingDelete: true };
  await expect(ram('DeletePolicy', deletion)).rejects.toMatchObject({ code: 'DeleteConflict.Policy.User' });
  await ram('DetachPolicyFromUser', attachment);
  await ram('DeletePolicy', deletion);
  await expect(ram('GetPolicy', { PolicyType: 'Custom', PolicyName: 'cascading' })).rejects.toMatchObject({
    code: 'EntityNotExist.Policy',
  });
});

it('lists the roles that carry tags', async () => {
  for (const team of ['data', 'web']) {
    const tag = { 'Tag.1.Key': 'team', 'Tag.1.Value': team };
    await ram('CreateRole', { RoleName: `tagged-${team}`, AssumeRolePolicyDocument: TRUST, ...tag });
  }
  const { Roles } = await ram('ListRoles', { Tag: '[{"Key":"team","Value":"data"}]' });
  expect(Roles.Role).toMatchObject([{ RoleName: 'tagged-data', Tags: { Tag: [{ Key: 'team', Value: 'data' }] } }]);
});

it('lets a client remove what users here never have', async () => {
  await ram('CreateUser', { UserName: 'bare' });
  expect((await ram('ListAccessKeys', { UserName: 'bare' })).AccessKeys.AccessKey).toEqual([]);
  expect((await ram('ListGroupsForUser', { UserName: 'bare' })).Groups.Group).toEqual([]);
  await expect(ram('CreateLoginProfile', { UserName: 'bare' })).rejects.toMatchObject({
    code: 'InvalidAction.NotFound',
    message: expect.stringContaining('login profiles are not served here'),
  });
  await expect(ram('DeleteLoginProfile', { UserName: 'bare' })).rejects.toMatchObject({
    code: 'EntityNotExist.User.LoginProfile',
  });
});

it.each<[string, number, string, Record<string, unknown>]>([
  ['MissingParameter', 400, 'CreateRole', { RoleName: 'x' }],
  ['MissingParameter', 400, 'GetRole', { RoleName: '' }],
  ['MalformedPolicyDocument', 400, 'CreateRole', { RoleName: 'x', AssumeRolePolicyDocument: '{' }],
  ['InvalidParameter.RoleName.InvalidChars', 400, 'CreateRole', { RoleName: 'a b', AssumeRolePolicyDocument: TRUST }],
  ['InvalidParameter.MaxItems', 400, 'ListRoles', { MaxItems: 1001 }],
  ['InvalidParameter.MaxItems', 400, 'ListRoles', { MaxItems: 'many' }],
  ['InvalidParameter.Marker', 400, 'ListRoles', { Marker: 'none' }],
  ['InvalidParameter.PolicyType', 400, 'GetPolicy', { PolicyType: 'Other', PolicyName: 'x' }],
  ['EntityNotExist.Policy', 404, 'GetPolicy', { PolicyType: 'System', PolicyName: 'x' }],
  ['EntityNotExist.User', 404, 'GetUser', { UserName: 'x' }],
  ['EntityNotExist.Role', 404, 'ListPoliciesForRole', { RoleName: 'x' }],
  ['InvalidParameter.ResourceType', 400, 'ListTagResources', { ResourceType: 'user', ResourceNames: '["x"]' }],
  ['InvalidParameter.ResourceNames', 400, 'ListTagResources', { ResourceType: 'role', ResourceNames: '{}' }],
])('answers %s (%i) to %s %o', async (code, statusCode, action, parameters) => {
  const error = await ram(action, parameters).then(
    () => undefined,
    (reason: RpcError) => reason,
  );
  expect(error).toMatchObject({ code, data: { statusCode } });
});

describe('a session of a role', () => {
  const account = () => server.account;

  async function session(roleName: string, document: string, policy?: string): Promise<RpcClient> {
    const { ram: model, identity } = account();
    const trust = statement({ Action: 'sts:AssumeRole', Principal: { RAM: [identity.accountId] } });
    model.createRole({ roleName, assumeRolePolicyDocument: trust });
    model.createPolicy({ policyName: roleName, document });
    model.attachPolicy('role', roleName, 'Custom', roleName);
    const userName = `assumes-${roleName}`;
    model.createUser({ userName });
    model.attachPolicy('user', userName, 'System', 'AliyunSTSAssumeRoleAccess');
    const user = new RpcClient(server.endpoint, model.accessKeys.create(userName));
    const { Credentials } = await user.call('sts', 'AssumeRole', {
      RoleArn: model.getRole(roleName).arn,
      RoleSessionName: 'test-session',
      ...(policy && { Policy: policy }),
    });
    return new RpcClient(server.endpoint, {
      accessKeyId: Credentials.AccessKeyId,
      accessKeySecret: Credentials.AccessKeySecret,
      securityToken: Credentials.SecurityToken,
    });
  }

  it('may do what its policies allow, on what they name', async () => {
    const own = 'acs:ram:*:*:role/session-own';
    const assumed = await session(
      'session-own',
      statement({ Action: ['ram:GetRole', 'sts:*'], Resource: [own, 'acs:sts:*'] }),
    );
    expect(await assumed.call('sts', 'GetCallerIdentity')).toMatchObject({
      IdentityType: 'AssumedRoleUser',
      Arn: `acs:ram::${account().identity.accountId}:assumed-role/session-own/test-session`,
    });
    expect((await assumed.call('ram', 'GetRole', { RoleName: 'session-own' })).Role.RoleName).toBe('session-own');
    const refusals = [
      assumed.call('ram', 'GetRole', { RoleName: 'attached' }),
      assumed.call('ram', 'DeleteRole', { RoleName: 'session-own' }),
      assumed.call('ons', 'OnsInstanceInServiceList'),
    ];
    for (const refusal of refusals) {
      await expect(refusal).rejects.toMatchObject({ code: 'NoPermission', data: { statusCode: 403 } });
    }
  });

  it('may not do more than its own policy and the policies of its role both allow', async () => {
    const only = statement({ Action: ['ram:GetRole', 'ram:ListRoles'], Resource: ['*'] });
    const assumed = await session('session-policy', statement({ Action: ['ram:Get*'], Resource: ['*'] }), only);
    await assumed.call('ram', 'GetRole', { RoleName: 'session-policy' });
    const { PolicyName, PolicyType } = { PolicyName: 'session-policy', PolicyType: 'Custom' };
    for (const refusal of [
      assumed.call('ram', 'GetPolicy', { PolicyName, PolicyType }),
      assumed.call('ram', 'ListRoles'),
    ]) {
      await expect(refusal).rejects.toMatchObject({ code: 'NoPermission' });
    }
  });

  it('may do what a policy calls by its name in RAM', async () => {
    const assumed = await session('session-names', statement({ Action: ['mq:CreateInstance'], Resource: ['*'] }));
    await assumed.call('ons', 'OnsInstanceCreate', { InstanceName: 'by-name' });
    await expect(assumed.call('ons', 'OnsInstanceInServiceList')).rejects.toMatchObject({ code: 'NoPermission' });
  });

  it('is nobody without its token, and over when it has expired', async () => {
    const { ram: model, sts } = account();
    const trust = statement({ Action: 'sts:AssumeRole', Principal: { RAM: [account().identity.accountId] } });
    model.createRole({ roleName: 'session-token', assumeRolePolicyDocument: trust });
    const { accessKeyId, accessKeySecret } = sts.assumeRole(model.getRole('session-token').arn, 'token');
    for (const version of [1, 3] as const) {
      const without = new RpcClient(server.endpoint, { accessKeyId, accessKeySecret }, version);
      await expect(without.call('sts', 'GetCallerIdentity')).rejects.toMatchObject({ code: 'MissingSecurityToken' });
      const wrong = new RpcClient(server.endpoint, { accessKeyId, accessKeySecret, securityToken: 'x' }, version);
      await expect(wrong.call('sts', 'GetCallerIdentity')).rejects.toMatchObject({
        code: 'InvalidSecurityToken.MismatchWithAccessKey',
      });
    }
    const gone = new RpcClient(server.endpoint, { accessKeyId: 'STS.none', accessKeySecret, securityToken: 'x' });
    await expect(gone.call('sts', 'GetCallerIdentity')).rejects.toMatchObject({ code: 'InvalidSecurityToken.Expired' });
  });
});
