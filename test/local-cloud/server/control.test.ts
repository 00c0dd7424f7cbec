import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { rawRequest } from './raw-request';
import { startHttpServer, type StartedHttpServer } from './started-http-server';
import { RpcClient } from '../openapi/rpc-client';
import { ossClient } from '../oss-http/oss-client';

const GUARD = { 'x-alicloud-local': '1' };
const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

let server: StartedHttpServer;
let client: RpcClient;

beforeEach(async () => {
  server = await startHttpServer();
  client = new RpcClient(server.endpoint, server.account.identity);
});
afterEach(() => server.stop());

async function call(method: string, name: string, body?: string, headers: Record<string, string> = GUARD) {
  const response = await rawRequest(server.port, { method, target: `/_local/${name}`, headers, body });
  return { ...response, json: () => JSON.parse(response.text) as Record<string, unknown> };
}

it('health has a line for each service', async () => {
  server.account.activation.deactivate('ons');
  expect((await call('GET', 'health')).json()).toMatchObject({
    accountId: server.account.identity.accountId,
    services: { ram: 'running', sts: 'running', oss: 'running', mns: 'running', ons: 'not activated' },
  });
});

it.each(['abc', '-1', '1.5', '', '9'.repeat(20)])('requests after %j are asked for by a number', async (after) => {
  expect((await call('GET', `requests?after=${after}`)).json()).toMatchObject({
    code: 'InvalidParameter',
    message: `after: expected the number of a request, got ${JSON.stringify(after)}`,
  });
});

it.each(['GET endpoints', 'POST stop', 'POST reset?init=1'])('%s waits for all servers to be up', async (key) => {
  server.account.ram.createRole({ roleName: 'kept', assumeRolePolicyDocument: TRUST });
  const [method, name] = key.split(' ');
  const response = await call(method, name);
  expect({ status: response.status, ...response.json() }).toEqual({
    status: 503,
    code: 'NotReady',
    message: 'the local cloud is not ready yet',
  });
  expect((await call('GET', 'health')).json()).toMatchObject({ ready: false });
  expect(server.account.ram.listRoles()).toHaveLength(1);
});

it('requests tells what was called, newest last, without secrets', async () => {
  await client.call('ram', 'CreateRole', { RoleName: 'first', AssumeRolePolicyDocument: TRUST });
  await client.call('ram', 'GetRole', { RoleName: 'second' }).catch(() => undefined);
  const response = await call('GET', 'requests');
  expect(response.json()).toMatchObject({
    requests: [
      { action: 'ram.CreateRole', resource: 'first', status: 200, code: '' },
      { action: 'ram.GetRole', status: 404, code: 'EntityNotExist.Role' },
    ],
  });
  expect(response.text).not.toContain(server.account.identity.accessKeySecret);
});

it('reset makes the account as new, but for who it is', async () => {
  await client.call('ram', 'CreateRole', { RoleName: 'gone', AssumeRolePolicyDocument: TRUST });
  server.account.oss.createBucket('cn-hangzhou', { name: 'gone' });
  server.account.oss.putObject('gone', 'key', Buffer.from('content'));
  expect((await call('POST', 'reset')).status).toBe(200);
  expect(server.account.ram.listRoles()).toEqual([]);
  expect(server.account.oss.listBuckets()).toEqual([]);
  expect((await call('GET', 'requests')).json()).toMatchObject({ requests: [] });
  expect(await client.call('sts', 'GetCallerIdentity')).toMatchObject({ AccountId: server.account.identity.accountId });
});

describe('calls that change something', () => {
  it.each(['POST reset', 'PUT faults', 'PUT state'])('%s needs the guard header', async (key) => {
    server.account.ram.createRole({ roleName: 'kept', assumeRolePolicyDocument: TRUST });
    const [method, name] = key.split(' ');
    const response = await call(method, name, '{}', {});
    expect({ status: response.status, code: response.json().code }).toEqual({ status: 403, code: 'GuardMissing' });
    expect(server.account.ram.listRoles()).toHaveLength(1);
  });

  it('are not found at the host of a bucket', async () => {
    const host = `_local.127.0.0.1:${server.port}`;
    expect((await call('POST', 'reset', '', { ...GUARD, host })).status).toBe(403);
    const response = await call('POST', 'reset', '', { ...GUARD, host: `data.127.0.0.1:${server.port}` });
    expect(response.text).toContain('<Error>');
  });

  it('that do not exist are named', async () => {
    const response = await call('POST', 'explode');
    expect(response.status).toBe(404);
    expect(response.json().message).toContain('POST explode');
  });
});

describe('a snapshot', () => {
  it('moves an account to another one, with contents, under its own id', async () => {
    const { account } = server;
    account.ram.createRole({ roleName: 'moved', assumeRolePolicyDocument: TRUST });
    const { instanceId } = account.ons.createInstance('cn-hangzhou', { instanceName: 'moved' });
    account.oss.createBucket('cn-hangzhou', { name: 'moved' });
    const content = Buffer.alloc(4 << 20, 'abc');
    account.oss.putObject('moved', 'large', content);
    account.oss.putObject('moved', 'empty', Buffer.alloc(0));
    const snapshot = await call('GET', 'state');
    expect(snapshot.text).not.toContain(account.identity.accessKeySecret);

    const other = await startHttpServer();
    try {
      other.account.ram.createRole({ roleName: 'replaced', assumeRolePolicyDocument: TRUST });
      const imported = await rawRequest(other.port, {
        method: 'PUT',
        target: '/_local/state',
        headers: GUARD,
        body: snapshot.body,
      });
      expect(imported).toMatchObject({ status: 200 });
      expect(other.account.ram.listRoles().map(({ roleName }) => roleName)).toEqual(['moved']);
      const [instance] = other.account.ons.listInstances('cn-hangzhou');
      expect(instance.instanceId).toBe(
        instanceId.replace(account.identity.accountId, other.account.identity.accountId),
      );
      const got = await ossClient(other, { bucket: 'moved' }).get('large');
      expect((got.content as Buffer).equals(content)).toBe(true);
    } finally {
      await other.stop();
    }
  });

  it('can be put back where it was taken', async () => {
    const { account } = server;
    account.oss.createBucket('cn-hangzhou', { name: 'kept' });
    account.oss.putObject('kept', 'key', Buffer.from('content'));
    const snapshot = await call('GET', 'state');
    account.oss.deleteObject('kept', 'key');
    account.oss.putObject('kept', 'later', Buffer.from('later'));
    const second = await call('GET', 'state');
    expect((await call('PUT', 'state', snapshot.text)).status).toBe(200);
    expect((await call('PUT', 'state', snapshot.text)).status).toBe(200);
    const client = ossClient(server, { bucket: 'kept' });
    expect(String((await client.get('key')).content)).toBe('content');
    await expect(client.get('later')).rejects.toMatchObject({ code: 'NoSuchKey' });
    expect((await call('PUT', 'state', second.text)).status).toBe(200);
    expect(String((await client.get('later')).content)).toBe('later');
  });

  const header = JSON.stringify({ snapshot: 1, accountId: '1234567890123456' });
  it.each([
    ['nothing', ''],
    ['no header', '[]\n{"end":true}\n'],
    ['a newer format', '{"snapshot":999,"accountId":"1234567890123456"}\n{"end":true}\n'],
    ['no end', `${header}\n[]\n`],
    ['a row that is none', `${header}\n[["ram-roles","x"]]\n{"end":true}\n`],
    ['an identity', `${header}\n[["account","identity",{}]]\n{"end":true}\n`],
    ['a content outside of the folder', `${header}\n{"blob":"../../../etc/x","content":"AA=="}\n{"end":true}\n`],
    [
      'an object outside of the folder',
      `${header}\n[["oss-objects","b\\u0000k",{"versions":[{"blob":"../x"}]}]]\n{"end":true}\n`,
    ],
    ['text', 'hello\n'],
  ])('with %s is refused and changes nothing', async (_label, body) => {
    server.account.ram.createRole({ roleName: 'kept', assumeRolePolicyDocument: TRUST });
    const response = await call('PUT', 'state', body);
    expect({ status: response.status, code: response.json().code }).toEqual({ status: 400, code: 'InvalidSnapshot' });
    expect(server.account.ram.listRoles()).toHaveLength(1);
  });

  it('is refused before a line has taken more memory than any of ours', async () => {
    const response = await call('PUT', 'state', `${header}\n${' '.repeat((64 << 20) + 1)}`);
    expect({ status: response.status, ...response.json() }).toEqual({
      status: 400,
      code: 'InvalidSnapshot',
      message: 'a line is longer than 67108864 bytes',
    });
  });

  it('has lines that can be imported, however large its rows are', async () => {
    const { account } = server;
    const { instanceId } = account.ons.createInstance('cn-hangzhou', { instanceName: 'large' });
    account.ons.createTopic('cn-hangzhou', { instanceId, topic: 'large', messageType: 0 });
    const body = 'x'.repeat(4 << 20);
    for (let sent = 0; sent < 17; sent += 1) {
      account.ons.sendMessage('cn-hangzhou', { instanceId, topic: 'large', producerId: 'GID_large', body });
    }
    const snapshot = await call('GET', 'state');
    resetAccount(account);
    const { status, text } = await call('PUT', 'state', snapshot.text);
    expect({ status, text }).toEqual({ status: 200, text: expect.stringContaining('"imported": true') as string });
    expect(account.ons.listInstances('cn-hangzhou')).toHaveLength(1);
  });
});

describe('faults', () => {
  const configure = (faults: object) => call('PUT', 'faults', JSON.stringify(faults));

  it('let an action fail a number of times', async () => {
    await configure({ errors: [{ action: 'ram.GetRole', code: 'ServiceUnavailable', status: 503, times: 2 }] });
    server.account.ram.createRole({ roleName: 'r', assumeRolePolicyDocument: TRUST });
    const get = () => client.call('ram', 'GetRole', { RoleName: 'r' });
    await expect(get()).rejects.toMatchObject({ code: 'ServiceUnavailable', data: { statusCode: 503 } });
    await client.call('ram', 'ListRoles');
    await expect(get()).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect((await get()).Role.RoleName).toBe('r');
  });

  it('reach OSS in its own words', async () => {
    await configure({ errors: [{ action: 'oss.ListBuckets', code: 'ServiceUnavailable', status: 503 }] });
    await expect(ossClient(server).listBuckets({}, {})).rejects.toMatchObject({
      code: 'ServiceUnavailable',
      status: 503,
    });
  });

  it('throttle a service, and no other', async () => {
    await configure({ callsPerSecond: 0 });
    await expect(client.call('ram', 'ListRoles')).rejects.toMatchObject({ code: 'Throttling.User' });
    await configure({});
    await client.call('ram', 'ListRoles');
  });

  it('let instances and topics start slowly', async () => {
    await configure({ instanceReads: 2, topicReads: 1 });
    const { instanceId } = server.account.ons.createInstance('cn-hangzhou', { instanceName: 'slow' });
    server.account.ons.createTopic('cn-hangzhou', { instanceId, topic: 'topic', messageType: 0 });
    const status = async () =>
      (await client.call('ons', 'OnsInstanceBaseInfo', { InstanceId: instanceId })).InstanceBaseInfo.InstanceStatus;
    expect([await status(), await status(), await status()]).toEqual([0, 0, 5]);
    const topic = async () =>
      (await client.call('ons', 'OnsTopicList', { InstanceId: instanceId })).Data.PublishInfoDo[0].ServiceStatus;
    expect([await topic(), await topic()]).toEqual([0, 1]);
  });

  it.each([
    ['no object', '[]'],
    ['no JSON', '{'],
    ['an unknown fault', '{"lightning":1}'],
    ['a negative latency', '{"latency":-1}'],
    ['a latency that no timer can wait', '{"latency":3000000000}'],
    ['an error without a code', '{"errors":[{"action":"ram.GetRole"}]}'],
    ['an error with a key that is not known', '{"errors":[{"action":"ram.GetRole","code":"x","count":2}]}'],
    ['errors that are no list', '{"errors":1}'],
    ['an error that is none', '{"errors":[null]}'],
  ])('with %s are refused', async (_label, body) => {
    const response = await call('PUT', 'faults', body);
    expect({ status: response.status, code: response.json().code }).toEqual({ status: 400, code: 'InvalidParameter' });
  });
});

it.each(['/_local', '/_local/', '/_local/helth'])('GET %s lists the calls that there are', async (target) => {
  const { status, text } = await rawRequest(server.port, { method: 'GET', target });
  expect({ status, ...(JSON.parse(text) as object) }).toEqual({
    status: 404,
    code: 'NotFound',
    message: expect.stringMatching(
      /^expected a control call \(GET health, .*, PUT state\), got GET( helth)?$/,
    ) as string,
  });
});
