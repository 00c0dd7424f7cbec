import { expect, it } from 'vitest';
import { readChannels, SmokeChannel, UsageError } from '../../lib/smoke';
import { fillPlaceholders, regionOfEndpoint } from '../../lib/smoke/channels';

it.each([
  ['http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080', 'cn-hangzhou'],
  ['http://MQ_INST_1_a.mq.cn-hangzhou.aliyuncs.com:80', 'cn-hangzhou'],
  ['https://1.mqrest.ap-southeast-1.aliyuncs.com', 'ap-southeast-1'],
  ['MQ_INST_1_a.ap-southeast-1.mq-vpc.aliyuncs.com', 'ap-southeast-1'],
  ['http://1.mqrest.cn-hangzhou-internal.aliyuncs.com', 'cn-hangzhou'],
  ['http://127.0.0.1:8080', undefined],
  ['', undefined],
])('the region of %s is %s', (endpoint, region) => {
  expect(regionOfEndpoint(endpoint)).toBe(region);
});

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
    new UsageError('pw.txt is not JSON: expected is what cdktf deploy --outputs-file writes'),
  );
});

it.each(['x\u001b[2J', 'Hangzhou', 'r'])('refuses the region %j', (region) => {
  const outputs = { kind: 'mns', region, roleName: 'n', queue: 'q' };
  expect(() => readChannels(JSON.stringify({ s: { receipt_channels: { c: outputs } } }), 'it')).toThrow(
    `it: channel s/c has region ${JSON.stringify(region)}, expected is one such as "cn-hangzhou"`,
  );
});
