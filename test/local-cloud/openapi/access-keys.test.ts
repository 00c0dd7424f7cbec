import MNSClient from '@alicloud/mns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessKey } from '../../../lib/local-cloud/account/access-keys';
import { ossRequest } from '../oss-http/signed-request';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient } from './rpc-client';

let server: StartedHttpServer;
let root: RpcClient;

beforeAll(async () => {
  server = await startHttpServer();
  root = new RpcClient(server.endpoint, server.account.identity);
});
afterAll(() => server.stop());

const ram = (action: string, parameters: Record<string, unknown> = {}) => root.call('ram', action, parameters);

/** A user with a key, and with a policy that allows `actions` on `resources`. */
async function userWith(userName: string, actions?: string[], resources: string[] = ['*']): Promise<AccessKey> {
  await ram('CreateUser', { UserName: userName });
  if (actions) {
    const document = { Version: '1', Statement: [{ Effect: 'Allow', Action: actions, Resource: resources }] };
    await ram('CreatePolicy', { PolicyName: userName, PolicyDocument: JSON.stringify(document) });
    await ram('AttachPolicyToUser', { PolicyType: 'Custom', PolicyName: userName, UserName: userName });
  }
  const { AccessKey } = await ram('CreateAccessKey', { UserName: userName });
  return server.account.ram.accessKeys.find(AccessKey.AccessKeyId)!;
}

describe('access keys of users', () => {
  it('are made, told once, listed, switched off and on, and deleted', async () => {
    await ram('CreateUser', { UserName: 'keys' });
    const { AccessKey } = await ram('CreateAccessKey', { UserName: 'keys' });
    expect(AccessKey).toMatchObject({
      AccessKeyId: expect.stringMatching(/^LTAI\w{20}$/),
      AccessKeySecret: expect.stringMatching(/^\w{30}$/),
      Status: 'Active',
    });
    const { AccessKeyId, CreateDate } = AccessKey;
    const key = { UserName: 'keys', UserAccessKeyId: AccessKeyId };
    await ram('UpdateAccessKey', { ...key, Status: 'Inactive' });
    expect((await ram('ListAccessKeys', { UserName: 'keys' })).AccessKeys.AccessKey).toEqual([
      { AccessKeyId, CreateDate, Status: 'Inactive' },
    ]);
    await ram('DeleteAccessKey', key);
    expect((await ram('ListAccessKeys', { UserName: 'keys' })).AccessKeys.AccessKey).toEqual([]);
  });

  it('are two at the most, so that one can take the place of the other without a gap', async () => {
    const first = await userWith('rotating');
    const call = (key: AccessKey) => new RpcClient(server.endpoint, key).call('sts', 'GetCallerIdentity');
    const { AccessKey } = await ram('CreateAccessKey', { UserName: 'rotating' });
    await expect(ram('CreateAccessKey', { UserName: 'rotating' })).rejects.toMatchObject({
      code: 'LimitExceeded.User.AccessKey',
      data: { statusCode: 409 },
    });
    const second = server.account.ram.accessKeys.find(AccessKey.AccessKeyId)!;
    await call(first);
    const old = { UserName: 'rotating', UserAccessKeyId: first.accessKeyId };
    await ram('UpdateAccessKey', { ...old, Status: 'Inactive' });
    await expect(call(first)).rejects.toMatchObject({ code: 'InvalidAccessKeyId.Inactive' });
    await call(second);
    await ram('UpdateAccessKey', { ...old, Status: 'Active' });
    await call(first);
    await ram('DeleteAccessKey', old);
    await expect(call(first)).rejects.toMatchObject({ code: 'InvalidAccessKeyId.NotFound' });
    await call(second);
  });

  it('keep a user from being deleted, and follow him when he is renamed', async () => {
    const key = await userWith('named');
    await expect(ram('DeleteUser', { UserName: 'named' })).rejects.toMatchObject({
      code: 'DeleteConflict.User.AccessKey',
    });
    await ram('UpdateUser', { UserName: 'named', NewUserName: 'renamed' });
    const { accountId } = server.account.identity;
    expect(await new RpcClient(server.endpoint, key).call('sts', 'GetCallerIdentity')).toMatchObject({
      IdentityType: 'RAMUser',
      AccountId: accountId,
      UserId: server.account.ram.getUser('renamed').userId,
      Arn: `acs:ram::${accountId}:user/renamed`,
    });
    await ram('DeleteAccessKey', { UserName: 'renamed', UserAccessKeyId: key.accessKeyId });
    await ram('DeleteUser', { UserName: 'renamed' });
  });

  it.each<[string, string, Record<string, string>]>([
    ['EntityNotExist.User', 'CreateAccessKey', { UserName: 'none' }],
    ['MissingParameter', 'CreateAccessKey', {}],
    ['EntityNotExist.User.AccessKey', 'DeleteAccessKey', { UserName: 'wrong', UserAccessKeyId: 'LTAInone' }],
    ['InvalidParameter.Status', 'UpdateAccessKey', { UserName: 'wrong', UserAccessKeyId: 'x', Status: 'Off' }],
  ])('answer %s to %s %o', async (code, action, parameters) => {
    if (parameters.UserName === 'wrong') {
      await ram('CreateUser', { UserName: 'wrong' }).catch(() => undefined);
    }
    await expect(ram(action, parameters)).rejects.toMatchObject({ code });
  });

  it('of another user cannot be touched under one’s own name', async () => {
    const key = await userWith('victim');
    await userWith('thief');
    await expect(ram('DeleteAccessKey', { UserName: 'thief', UserAccessKeyId: key.accessKeyId })).rejects.toMatchObject(
      { code: 'EntityNotExist.User.AccessKey' },
    );
  });

  it('are managed by the user himself where a policy lets him', async () => {
    const own = 'acs:ram:*:*:user/self';
    const key = await userWith('self', ['ram:*AccessKey*'], [own]);
    const client = new RpcClient(server.endpoint, key);
    const { AccessKey } = await client.call('ram', 'CreateAccessKey');
    expect((await client.call('ram', 'ListAccessKeys')).AccessKeys.AccessKey).toHaveLength(2);
    await client.call('ram', 'DeleteAccessKey', { UserAccessKeyId: AccessKey.AccessKeyId });
    await expect(client.call('ram', 'ListAccessKeys', { UserName: 'thief' })).rejects.toMatchObject({
      code: 'NoPermission',
    });
  });
});

describe("a user's key", () => {
  it('does in RAM and MQ what the policies allow, and nothing else', async () => {
    const client = new RpcClient(server.endpoint, await userWith('mq-user', ['mq:CreateInstance', 'ram:GetUser']));
    await client.call('ons', 'OnsInstanceCreate', { InstanceName: 'by-user' });
    await client.call('ram', 'GetUser', { UserName: 'mq-user' });
    for (const [product, action] of [
      ['ons', 'OnsInstanceInServiceList'],
      ['ram', 'ListUsers'],
    ] as const) {
      await expect(client.call(product, action)).rejects.toMatchObject({ code: 'NoPermission' });
    }
  });

  it('does in OSS what the policies, or the bucket policy by his id, allow', async () => {
    const { account } = server;
    account.oss.createBucket(REGION, { name: 'user-bucket' });
    await ossRequest(server, { method: 'PUT', path: 'user-bucket/a.txt', body: 'a' });
    const key = await userWith('oss-user', ['oss:GetObject'], ['acs:oss:*:*:user-bucket/a*']);
    const get = (path: string) => ossRequest(server, { path }, key).then(({ status }) => status);
    expect(await get('user-bucket/a.txt')).toBe(200);
    expect(await get('user-bucket/b.txt')).toBe(403);
    expect((await ossRequest(server, { method: 'PUT', path: 'user-bucket/a.txt', body: 'b' }, key)).code).toBe(
      'AccessDenied',
    );
    const { userId } = account.ram.getUser('oss-user');
    const statement = {
      Effect: 'Allow',
      Principal: [userId],
      Action: ['oss:*'],
      Resource: ['acs:oss:*:*:user-bucket/b*'],
    };
    const policy = JSON.stringify({ Version: '1', Statement: [statement] });
    await ossRequest(server, { method: 'PUT', path: 'user-bucket', query: { policy: '' }, body: policy });
    expect(await get('user-bucket/b.txt')).toBe(404);
    account.ram.accessKeys.setStatus('oss-user', key.accessKeyId, 'Inactive');
    const refused = await ossRequest(server, { path: 'user-bucket/a.txt' }, key);
    expect(refused).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
      text: expect.stringContaining('disabled'),
    });
  });

  it('receives from a queue, and may not send to it', async () => {
    const { account } = server;
    account.mns.createQueue(REGION, { queueName: 'user-queue' });
    account.mns.sendMessage(REGION, 'user-queue', 'hello');
    const key = await userWith('mns-user', ['mns:ReceiveMessage'], ['acs:mns:*:*:/queues/user-queue/messages']);
    const client = new MNSClient(account.identity.accountId, {
      ...key,
      region: REGION,
      endpoint: `http://${server.endpoint}`,
    });
    expect((await client.receiveMessage('user-queue')).body).toMatchObject({ MessageBody: 'hello' });
    await expect(client.sendMessage('user-queue', { MessageBody: 'no' })).rejects.toThrow(/403/);
  });

  it('comes without a security token, as the account’s own does', async () => {
    const key = await userWith('no-token');
    for (const own of [key, server.account.identity]) {
      const client = new RpcClient(server.endpoint, { ...own, securityToken: 'x' });
      await expect(client.call('sts', 'GetCallerIdentity')).rejects.toMatchObject({
        code: 'InvalidSecurityToken.MismatchWithAccessKey',
      });
      const stolen = { ...own, stsToken: 'x' };
      expect((await ossRequest(server, {}, stolen)).code).toBe('InvalidAccessKeyId');
    }
  });
});
