import { describe, expect, it } from 'vitest';
import { readChannels, selectChannels, type SmokeChannel, UsageError } from '../../lib/smoke';
import { parseMqEndpoint } from '../../lib/cloud/mq-endpoint';
import { fillPlaceholders } from '../../lib/smoke/channels';

it('keeps what it knows of a channel and nothing else', () => {
  const channel = {
    kind: 'mns',
    region: 'cn-hangzhou',
    roleName: 'n',
    queue: 'q',
    query: 'select 1',
    prepare: ['a'],
    topic: 't',
    other: 1,
  };
  expect(readChannels(JSON.stringify({ s: { receipt_channels: { c: channel } } }), 'it')).toEqual([
    {
      name: 's/c',
      outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q', query: 'select 1', prepare: ['a'] },
    },
  ]);
});

describe('what Terraform itself writes', () => {
  const outputs = { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q' };
  const type = ['object', { c: ['object', {}] }];
  const read = (value: unknown) => readChannels(JSON.stringify(value), 'it').map(({ name }) => name);

  it('is read in the form of terraform output -json', () => {
    const output = { sensitive: false, type, value: { c: outputs, d: outputs } };
    expect(read({ receipt_channels: output, other: { sensitive: true, type: 'string', value: 'x' } })).toEqual([
      'c',
      'd',
    ]);
  });

  it('is read in the form of terraform output -json receipt_channels', () => {
    expect(read({ c: outputs, d: outputs })).toEqual(['c', 'd']);
  });

  it('may lack the output', () => {
    expect(() => read({ other: { sensitive: false, type: 'string', value: 'x' } })).toThrow(
      'it has no receipt channel: expected a stack with an output receipt_channels that has a channel, got other',
    );
    expect(() => read({})).toThrow('got nothing');
  });

  it('is told from a stack of that name', () => {
    expect(read({ receipt_channels: { receipt_channels: { c: outputs } } })).toEqual(['receipt_channels/c']);
    expect(read({ s: { receipt_channels: { value: outputs }, type: 'x', value: 'y' } })).toEqual(['s/value']);
  });

  it('is selected by its id', () => {
    const channels = readChannels(JSON.stringify({ c: outputs, d: outputs }), 'it');
    expect(selectChannels(channels, ['d']).map(({ name }) => name)).toEqual(['d']);
  });
});

const endpointOf = (instance: string) => `http://${instance}.cn-hangzhou.mq-internal.aliyuncs.com:8080`;
it.each([
  ['MQ_INST_1_a', endpointOf('MQ_INST_1_a')],
  ['MQ_INST_1_a', endpointOf('MQ_INST_1_a').replace('http://', '')],
  ['MQ_INST_1_a', 'http://1.mqrest.cn-hangzhou.aliyuncs.com'],
  [undefined, endpointOf('MQ_INST_1_b')],
])('takes the instance %s with the endpoint %s', (instanceId, endpoint) => {
  const outputs = {
    kind: 'mq',
    region: 'cn-hangzhou',
    roleName: 'r',
    topic: 't',
    producerId: 'g',
    instanceId,
    endpoint,
  };
  expect(readChannels(JSON.stringify({ s: { receipt_channels: { c: outputs } } }), 'it')).toHaveLength(1);
});

it.each([endpointOf('MQ_INST_1_b'), endpointOf('MQ_INST_1_ab').replace('http://', '')])(
  'refuses the endpoint %s of another instance',
  (endpoint) => {
    const instanceId = 'MQ_INST_1_a';
    const outputs = {
      kind: 'mq',
      region: 'cn-hangzhou',
      roleName: 'r',
      topic: 't',
      producerId: 'g',
      instanceId,
      endpoint,
    };
    expect(() => readChannels(JSON.stringify({ s: { receipt_channels: { c: outputs } } }), 'it')).toThrow(
      new UsageError(
        `it: channel s/c: expected an endpoint of its instanceId "MQ_INST_1_a", got one of the instance ${parseMqEndpoint(endpoint)!.instanceId}`,
      ),
    );
  },
);

it('fills every placeholder, and only these', () => {
  const channel: SmokeChannel = { name: 's/c', outputs: { kind: 'mq', region: 'r', roleName: 'n', bucket: 'b' } };
  expect(fillPlaceholders('{bucket}/{region}/{bucket} {other} {}', channel)).toBe('b/r/b {other} {}');
});

it('reads a file that begins with a byte order mark', () => {
  const outputs = { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q' };
  expect(readChannels(`\ufeff${JSON.stringify({ s: { receipt_channels: { c: outputs } } })}`, 'it')).toHaveLength(1);
});

it('repeats nothing of a file that is not JSON: it may be a secret', () => {
  expect(() => readChannels('supersecretpassword123', 'pw.txt')).toThrow(
    new UsageError('pw.txt is not JSON: expected what cdktf deploy --outputs-file or terraform output -json writes'),
  );
});

it.each(['x\u001b[2J', 'Hangzhou', 'r'])('refuses the region %j', (region) => {
  const outputs = { kind: 'mns', region, roleName: 'n', queue: 'q' };
  expect(() => readChannels(JSON.stringify({ s: { receipt_channels: { c: outputs } } }), 'it')).toThrow(
    `it: channel s/c: expected a region such as "cn-hangzhou", got ${JSON.stringify(region)}`,
  );
});
