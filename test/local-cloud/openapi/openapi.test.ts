import { createHash, randomUUID } from 'node:crypto';
import OpenApiUtil from '@alicloud/openapi-util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient, type RpcError } from './rpc-client';

const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});

let server: StartedHttpServer;
let client: RpcClient;

beforeAll(async () => {
  server = await startHttpServer();
  client = new RpcClient(server.endpoint, server.account.identity);
});
afterAll(() => server.stop());

async function refusal(call: Promise<unknown>): Promise<{ code: string; status: number }> {
  const error = await call.then(
    () => expect.fail('the call was accepted'),
    (reason: RpcError) => reason,
  );
  return { code: error.code, status: error.data?.statusCode };
}

describe.each([1, 3] as const)('signature version %i', (version) => {
  it('is accepted with the key of the account', async () => {
    const signed = new RpcClient(server.endpoint, server.account.identity, version);
    const { accountId } = server.account.identity;
    expect(await signed.call('sts', 'GetCallerIdentity')).toMatchObject({
      AccountId: accountId,
      Arn: `acs:ram::${accountId}:root`,
      IdentityType: 'Account',
    });
  });

  it('is verified over parameters that need encoding', async () => {
    const signed = new RpcClient(server.endpoint, server.account.identity, version);
    const name = `encoding-${version}`;
    const description = "a b+c&d=e*~'()!%é";
    await signed.call('ram', 'CreateRole', {
      RoleName: name,
      AssumeRolePolicyDocument: TRUST,
      Description: description,
    });
    expect((await signed.call('ram', 'GetRole', { RoleName: name })).Role.Description).toBe(description);
  });

  it('is refused with another secret, and with an unknown key', async () => {
    const { accessKeyId } = server.account.identity;
    const wrong = new RpcClient(server.endpoint, { accessKeyId, accessKeySecret: 'not-the-secret' }, version);
    expect(await refusal(wrong.call('sts', 'GetCallerIdentity'))).toEqual({
      code: 'SignatureDoesNotMatch',
      status: 400,
    });
    const unknown = new RpcClient(server.endpoint, { accessKeyId: 'nobody', accessKeySecret: 'x' }, version);
    expect(await refusal(unknown.call('sts', 'GetCallerIdentity'))).toEqual({
      code: 'InvalidAccessKeyId.NotFound',
      status: 404,
    });
  });
});

describe('a call by hand', () => {
  const signed = async (changes: (query: Record<string, string>) => void, version = '2015-04-01') => {
    const { accessKeyId, accessKeySecret } = server.account.identity;
    const query: Record<string, string> = {
      Action: 'GetCallerIdentity',
      Version: version,
      Format: 'JSON',
      AccessKeyId: accessKeyId,
      SignatureMethod: 'HMAC-SHA1',
      SignatureVersion: '1.0',
      SignatureNonce: randomUUID(),
      Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    };
    changes(query);
    query.Signature ??= OpenApiUtil.getRPCSignature(query, 'GET', accessKeySecret);
    const { status, text } = await rawRequest(server.port, { target: `/?${new URLSearchParams(query).toString()}` });
    return { status, text, code: /"Code":"([^"]+)"/.exec(text)?.[1] };
  };
  const dropFormat = (query: Record<string, string>) => delete query.Format;
  const minutesAgo = (minutes: number) => `${new Date(Date.now() - 60_000 * minutes).toISOString().slice(0, 19)}Z`;

  it('is answered as JSON when asked for, and else as XML', async () => {
    expect(await signed(() => undefined)).toMatchObject({ status: 200, text: expect.stringMatching(/^\{/) });
    for (const change of [(query: Record<string, string>) => (query.Format = 'XML'), dropFormat]) {
      expect((await signed(change)).text).toContain('<GetCallerIdentityResponse><RequestId>');
    }
    const error = await signed((query) => Object.assign(query, { Format: 'XML', Signature: 'x' }));
    expect(error.text).toContain('<Error><RequestId>');
  });

  it('may tell its time with milliseconds, as ali-oss does', async () => {
    const change = (query: Record<string, string>) => (query.Timestamp = new Date().toISOString());
    expect(await signed(change)).toMatchObject({ status: 200 });
  });

  it.each<[string, number, (query: Record<string, string>) => void, string?]>([
    ['InvalidTimeStamp.Expired', 400, (query) => (query.Timestamp = minutesAgo(16))],
    ['InvalidTimeStamp.Expired', 400, (query) => (query.Timestamp = minutesAgo(-16))],
    ['InvalidTimeStamp.Format', 400, (query) => (query.Timestamp = 'yesterday')],
    ['MissingParameter', 400, (query) => delete query.AccessKeyId],
    ['MissingParameter', 400, (query) => (query.Signature = '')],
    ['MissingParameter', 400, (query) => delete query.Timestamp],
    ['InvalidParameter.SignatureMethod', 400, (query) => (query.SignatureMethod = 'NONE')],
    ['SignatureDoesNotMatch', 400, (query) => (query.Signature = 'AAAA')],
    ['InvalidVersion', 400, () => undefined, '1999-01-01'],
  ])('answers %s (%i)', async (code, status, changes, version) => {
    expect(await signed(changes, version)).toMatchObject({ status, code });
  });

  it('of an action that is not served is told so, signed or not', async () => {
    const query = new URLSearchParams({ Action: 'AssumeRoleWithOIDC', Version: '2015-04-01', Format: 'JSON' });
    const { status, text } = await rawRequest(server.port, { target: `/?${query.toString()}` });
    expect({ status, code: /"Code":"([^"]+)"/.exec(text)?.[1] }).toEqual({
      status: 400,
      code: 'InvalidAction.NotFound',
    });
  });

  it('is not taken again, nor is another one with its nonce', async () => {
    const nonce = randomUUID();
    const call = (format: string) => signed((query) => Object.assign(query, { SignatureNonce: nonce, Format: format }));
    expect((await call('JSON')).status).toBe(200);
    expect(await call('JSON')).toMatchObject({ status: 400, code: 'SignatureNonceUsed' });
    expect((await call('XML')).text).toContain('SignatureNonceUsed');
  });

  it('is accepted within a quarter of an hour', async () => {
    expect((await signed((query) => (query.Timestamp = minutesAgo(14)))).status).toBe(200);
  });

  it('in version 3 must sign its host, action, time and body', async () => {
    const { accessKeyId, accessKeySecret } = server.account.identity;
    const send = async (signedHeaders: Record<string, string>, sent: Record<string, string>, body: string) => {
      const hash = createHash('sha256').update(body).digest('hex');
      const headers: Record<string, string> = { 'x-acs-content-sha256': hash, ...signedHeaders };
      const request = { method: 'POST', pathname: '/', query: {}, headers };
      headers.Authorization = OpenApiUtil.getAuthorization(
        request as Parameters<typeof OpenApiUtil.getAuthorization>[0],
        'ACS3-HMAC-SHA256',
        hash,
        accessKeyId,
        accessKeySecret,
      );
      const response = await rawRequest(server.port, {
        method: 'POST',
        headers: { ...headers, ...sent },
        body: sent.body ?? body,
      });
      return /"Code":"([^"]+)"/.exec(response.text)?.[1] ?? response.status;
    };
    const whole = {
      host: server.endpoint,
      'x-acs-action': 'GetCallerIdentity',
      'x-acs-version': '2015-04-01',
      'x-acs-date': minutesAgo(0),
    };
    expect(await send(whole, {}, '')).toBe(200);
    const { host, ...unhosted } = whole;
    expect(await send(unhosted, { host }, '')).toBe('IncompleteSignature');
    expect(await send({ ...whole, 'x-acs-date': minutesAgo(16) }, {}, '')).toBe('InvalidTimeStamp.Expired');
    expect(await send(whole, { 'x-acs-action': 'AssumeRole' }, '')).toBe('SignatureDoesNotMatch');
    expect(await send(whole, { body: 'other' }, 'body')).toBe('SignatureDoesNotMatch');
    expect(await send(whole, { Authorization: 'ACS3-HMAC-SHA256 nothing' }, '')).toBe('IncompleteSignature');
  });
});

it('names an action and a version that it does not know, and never answers 404 to them', async () => {
  const error = await client.call('ram', 'CreateCastle').catch((reason: RpcError) => reason);
  expect(error).toMatchObject({ code: 'InvalidAction.NotFound', data: { statusCode: 400 } });
  expect(error.message).toContain('CreateCastle');
  expect(await refusal(client.call('ram', 'constructor'))).toEqual({ code: 'InvalidAction.NotFound', status: 400 });
});

it('gives what the diagnosis of a smoke test asks for', async () => {
  const { account } = server;
  account.ram.createRole({ roleName: 'diagnosed', assumeRolePolicyDocument: TRUST });
  account.ram.attachPolicy('role', 'diagnosed', 'System', 'AliyunMQFullAccess');
  const { instanceId } = account.ons.createInstance('cn-hangzhou', { instanceName: 'diagnosed' });
  account.ons.createTopic('cn-hangzhou', { instanceId, topic: 'receipts', messageType: 0 });
  account.ons.createGroup('cn-hangzhou', { instanceId, groupId: 'GID_dla', groupType: 'tcp' });
  const { msgId } = account.ons.sendMessage('cn-hangzhou', {
    instanceId,
    topic: 'receipts',
    body: 'done',
    producerId: 'GID_dla',
  });
  account.mns.createQueue('cn-hangzhou', { queueName: 'receipts' });

  expect((await client.call('ram', 'GetRole', { RoleName: 'Diagnosed' })).Role.AssumeRolePolicyDocument).toBe(TRUST);
  expect((await client.call('ram', 'ListPoliciesForRole', { RoleName: 'diagnosed' })).Policies.Policy).toMatchObject([
    { PolicyName: 'AliyunMQFullAccess', PolicyType: 'System' },
  ]);
  expect((await client.call('ons', 'OnsInstanceInServiceList')).Data.InstanceVO).toMatchObject([
    { InstanceId: instanceId, InstanceStatus: 5, TopicCount: 1, GroupCount: 1 },
  ]);
  const base = await client.call('ons', 'OnsInstanceBaseInfo', { InstanceId: instanceId });
  expect(base.InstanceBaseInfo.Endpoints.TcpEndpoint).toContain(instanceId);
  expect(
    (await client.call('ons', 'OnsTopicList', { InstanceId: instanceId, Topic: 'receipts' })).Data.PublishInfoDo,
  ).toMatchObject([{ Topic: 'receipts', ServiceStatus: 1, Tags: { Tag: [] } }]);
  expect((await client.call('ons', 'OnsGroupList', { InstanceId: instanceId })).Data.SubscribeInfoDo).toMatchObject([
    { GroupId: 'GID_dla', GroupType: 'tcp' },
  ]);
  expect(
    (await client.call('ons', 'OnsMessageGetByMsgId', { InstanceId: instanceId, Topic: 'receipts', MsgId: msgId }))
      .Data,
  ).toMatchObject({ MsgId: msgId, Body: 'done' });
  expect((await client.call('mns', 'GetQueueAttributes', { QueueName: 'receipts' })).Data).toMatchObject({
    QueueName: 'receipts',
    VisibilityTimeout: 30,
  });
});

it.each(['2015-05-01', 'x'.repeat(100_000)])('echoes no action of any length', async (version) => {
  const body = `Version=${version}&Action=${'x'.repeat(900_000)}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { status, text } = await rawRequest(server.port, { method: 'POST', target: '/', headers, body });
  expect(status).toBe(400);
  expect(text.length).toBeLessThan(10_000);
});

it('takes up to a thousand parameters', async () => {
  const many = Array.from({ length: 1000 }, (_, index) => `p${index}=`).join('&');
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const send = (body: string) => rawRequest(server.port, { method: 'POST', target: '/', headers, body });
  expect((await send(`Format=JSON&${many}`)).text).toContain('expected up to 1000 parameters, got 1001');
  expect((await send(many)).text).not.toContain('parameters, got up to');
});
