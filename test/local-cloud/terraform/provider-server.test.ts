import * as grpc from '@grpc/grpc-js';
import { decode } from '@msgpack/msgpack';
import { randomBytes } from 'node:crypto';
import * as net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { resourceTables } from '../../../lib/provider-schema/index';
import { ProviderServer } from '../../../lib/local-cloud/terraform/provider-server';
import { reattachProviders } from '../../../lib/local-cloud/terraform/reattach';
import { type RpcCall, SERVICE } from '../../../lib/local-cloud/terraform/wire';
import { connectProvider, packed, type ProviderClient } from './provider-client';
import { openAccount, openProviderServer } from './workspace';

/** A client that says what Terraform never would. */
function connect(port: number): ProviderClient['call'] {
  const { call, close } = connectProvider(port);
  onTestFinished(close);
  return call;
}

describe('ProviderServer', () => {
  it('describes every type of the tables', async () => {
    const call = connect(await openProviderServer(openAccount()));
    const { resource_schemas } = (await call('GetSchema', {})) as unknown as {
      resource_schemas: Record<string, { block: { attributes: { name: string; type: Buffer }[] } }>;
    };
    expect(Object.keys(resource_schemas).sort()).toEqual(resourceTables.map(({ name }) => name).sort());
    const { attributes } = resource_schemas.alicloud_ons_topic.block;
    expect(attributes.find(({ name }) => name === 'tags')!.type.toString()).toBe('["map","string"]');
  });

  it.each<[string, RpcCall, object, string, string]>([
    [
      'a resource type that it does not have',
      'ReadResource',
      { type_name: 'alicloud_vpc', current_state: packed({}) },
      'unknown resource type',
      'the local cloud does not have alicloud_vpc, it has alicloud_',
    ],
    [
      'a data source that it does not have',
      'ReadDataSource',
      { type_name: 'alicloud_regions', config: packed({}) },
      'unknown data source type',
      'does not have alicloud_regions',
    ],
    [
      'bytes that are no value',
      'PlanResourceChange',
      { type_name: 'alicloud_ram_user', prior_state: { msgpack: Buffer.from([0xc1]) }, config: packed(null) },
      'malformed value',
      'the value is not MessagePack',
    ],
    [
      'a value that is missing',
      'ValidateResourceTypeConfig',
      { type_name: 'alicloud_ram_user', config: packed(null) },
      'malformed value',
      'the value: expected an object, got null',
    ],
    [
      'a value of another shape',
      'ReadResource',
      { type_name: 'alicloud_ram_user', current_state: packed(['x']) },
      'malformed value',
      'the value: expected an object, got a list',
    ],
    [
      'an attribute of another type',
      'ValidateResourceTypeConfig',
      { type_name: 'alicloud_ram_user', config: packed({ name: { deep: true } }) },
      'malformed value',
      'name: expected text, got a value of type object',
    ],
    [
      'blocks that are no list',
      'ValidateResourceTypeConfig',
      { type_name: 'alicloud_oss_bucket', config: packed({ versioning: 'x' }) },
      'malformed value',
      'versioning: expected a list of blocks, got a value of type string',
    ],
    [
      'a state that is not JSON',
      'UpgradeResourceState',
      { type_name: 'alicloud_ram_user', raw_state: { json: Buffer.from('{') } },
      'malformed value',
      'expected an object',
    ],
    [
      'a call before the configuration',
      'ReadResource',
      { type_name: 'alicloud_ram_user', current_state: packed({ id: '1' }) },
      'provider is not configured',
      'called before its configuration',
    ],
  ])('answers %s with an error', async (_what, name, request, summary, detail) => {
    const call = connect(await openProviderServer(openAccount()));
    const { diagnostics } = await call(name, request);
    expect(diagnostics).toMatchObject([{ severity: 1, summary, detail: expect.stringContaining(detail) }]);
  });

  it.each(['2019-13-45', '2019-02-30', '2019-2-3', '2024', '2024-01', 'tomorrow'])('takes no day %s', async (day) => {
    const call = connect(await openProviderServer(openAccount()));
    const { diagnostics } = await call('ValidateResourceTypeConfig', {
      type_name: 'alicloud_oss_bucket',
      config: packed({ lifecycle_rule: [{ enabled: true, expiration: [{ date: day }] }] }),
    });
    expect(diagnostics).toMatchObject([{ detail: expect.stringContaining('a day, YYYY-MM-DD') }]);
  });

  it('points to the argument that is wrong', async () => {
    const call = connect(await openProviderServer(openAccount()));
    const { diagnostics } = await call('ValidateResourceTypeConfig', {
      type_name: 'alicloud_oss_bucket',
      config: packed({ lifecycle_rule: [{ enabled: true, id: 'x'.repeat(256) }] }),
    });
    expect(diagnostics[0].attribute!.steps).toMatchObject([
      { attribute_name: 'lifecycle_rule' },
      { element_key_int: 0 },
      { attribute_name: 'id' },
    ]);
  });

  it('keeps a state that an older release wrote, whatever it lacks', async () => {
    const call = connect(await openProviderServer(openAccount()));
    const { upgraded_state } = (await call('UpgradeResourceState', {
      type_name: 'alicloud_ram_user',
      raw_state: { json: Buffer.from('{"id":"1","name":"reader","gone":true}') },
    })) as unknown as { upgraded_state: { msgpack: Uint8Array } };
    expect(decode(upgraded_state.msgpack)).toEqual({
      id: '1',
      name: 'reader',
      comments: null,
      display_name: null,
      email: null,
      force: null,
      mobile: null,
      timeouts: null,
    });
  });

  it('keeps the state when a change fails', async () => {
    const call = connect(await openProviderServer(openAccount()));
    await call('PrepareProviderConfig', { config: packed({}) });
    await call('Configure', { config: packed({}) });
    const prior = packed({ id: 'MQ_INST_1', instance_name: 'receipts' });
    const answer = await call('ApplyResourceChange', {
      type_name: 'alicloud_ons_instance',
      prior_state: prior,
      planned_state: packed({ id: 'MQ_INST_1', instance_name: 'renamed' }),
    });
    expect(answer.diagnostics[0].summary).toBe('cannot update alicloud_ons_instance: INSTANCE_NOT_FOUND');
    expect(Buffer.from((answer.new_state as { msgpack: Uint8Array }).msgpack)).toEqual(Buffer.from(prior.msgpack));
  });

  it('takes the deletion of what is gone for done', async () => {
    const call = connect(await openProviderServer(openAccount()));
    await call('Configure', { config: packed({}) });
    const answer = await call('ApplyResourceChange', {
      type_name: 'alicloud_ons_instance',
      prior_state: packed({ id: 'MQ_INST_1', instance_name: 'receipts' }),
      planned_state: packed(null),
    });
    expect(answer.diagnostics).toEqual([]);
    expect(decode((answer.new_state as { msgpack: Uint8Array }).msgpack)).toBeNull();
  });

  it('survives connections that speak another language', async () => {
    const port = await openProviderServer(openAccount());
    const send = (bytes: Buffer) =>
      new Promise<void>((resolve) => {
        const socket = net.connect(port, '127.0.0.1', () => socket.end(bytes));
        socket.on('error', () => {}).on('close', () => resolve());
        socket.resume();
        setTimeout(() => socket.destroy(), 200);
      });
    await Promise.all([
      send(Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')),
      send(Buffer.alloc(0)),
      send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + 'x'.repeat(100))),
      ...Array.from({ length: 20 }, () => send(randomBytes(300))),
    ]);
    expect(await connect(port)('GetSchema', {})).toMatchObject({ diagnostics: [] });
  });

  it.each([
    [
      'a call of a later protocol',
      'GetFunctions',
      Buffer.alloc(0),
      /^12 .*does not implement .*\/tfplugin5\.Provider\/GetFunctions/,
    ],
    ['a message that is none', 'ReadResource', randomBytes(6).fill(0xff), /^13 .*deserializing/],
    ['a message beyond its limit', 'ReadResource', Buffer.alloc((64 << 20) + 1), /^8 .*larger than max/],
  ])('answers %s by an error, and goes on', async (_what, name, bytes, expected) => {
    const port = await openProviderServer(openAccount());
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    onTestFinished(() => client.close());
    const error = await new Promise<grpc.ServiceError | null>((resolve) =>
      client.makeUnaryRequest(`/${SERVICE}/${name}`, Buffer.from, Buffer.from, bytes, resolve),
    );
    expect(`${error?.code} ${error?.details}`).toMatch(expected);
    expect(await connect(port)('GetSchema', {})).toMatchObject({ diagnostics: [] });
  });

  it.each(['PrepareProviderConfig', 'Configure'] as const)('tells that %s lacks its configuration', async (name) => {
    const { diagnostics } = await connect(await openProviderServer(openAccount()))(name, {});
    expect(diagnostics).toMatchObject([{ detail: 'expected a value in MessagePack, got none' }]);
  });

  it('ends its connections when it closes', async () => {
    const account = openAccount();
    const served = new ProviderServer(account, { region: 'cn-hangzhou' });
    const server = net.createServer((socket) => served.handle(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const call = connect((server.address() as net.AddressInfo).port);
    await call('GetSchema', {});
    served.close();
    await new Promise((resolve) => server.close(resolve));
    await expect(call('GetSchema', {})).rejects.toThrow();
  });
});

describe('reattachProviders', () => {
  it('names the provider for Terraform and OpenTofu, on the loopback only', () => {
    const provider = {
      Protocol: 'grpc',
      ProtocolVersion: 5,
      Pid: process.pid,
      Test: true,
      Addr: { Network: 'tcp', String: '127.0.0.1:4321' },
    };
    expect(JSON.parse(reattachProviders(4321))).toEqual({
      'registry.terraform.io/aliyun/alicloud': provider,
      'registry.terraform.io/hashicorp/alicloud': provider,
      'registry.opentofu.org/aliyun/alicloud': provider,
      'registry.opentofu.org/hashicorp/alicloud': provider,
    });
  });
});
