import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeMessage,
  formatProperties,
  offsetIdOf,
  parseProperties,
  readBatch,
} from '../../../lib/local-cloud/rocketmq/wire-message';

const MESSAGE = {
  topic: 'T',
  queueId: 0,
  queueOffset: 0,
  physicalOffset: 0,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 0x1a2185fef56,
  storeTimestamp: 0x1a2185fef56,
  reconsumeTimes: 0,
  properties: new Map([
    ['KEYS', 'k1'],
    ['TAGS', 'tg'],
    ['UNIQ_KEY', 'AC13140925E468C4039C6FFCFD50001B'],
  ]),
  body: Buffer.from('{"a":1}'),
};

it('writes the bytes that the clients of four languages read', () => {
  const bytes =
    '0000009d daa320a7 561bacaf 00000000 00000000 0000000000000000 0000000000000000 00000000 000001a2185fef56 ' +
    '7f00000100000000 000001a2185fef56 7f00000100002694 00000000 0000000000000000 00000007 7b2261223a317d 01 54 003a ' +
    '4b455953016b31025441475301746702554e49515f4b455901414331333134303932354534363843343033394336464643464435303030314202';
  expect(encodeMessage(MESSAGE, 0x2694).toString('hex')).toBe(bytes.replaceAll(' ', ''));
});

it('names a message by where it is stored', () => {
  expect(offsetIdOf(0x2694, 256)).toBe('7F000001000026940000000000000100');
  expect(offsetIdOf(9876, Number.MAX_SAFE_INTEGER)).toBe('7F00000100002694001FFFFFFFFFFFFF');
});

describe('properties', () => {
  it('are read whether the last one is ended or not', () => {
    const properties = new Map([
      ['KEYS', 'a b'],
      ['INSTANCE_ID', ''],
      ['color', 'blue'],
    ]);
    const text = formatProperties(properties);
    expect(parseProperties(text)).toEqual(properties);
    expect(parseProperties(text.slice(0, -1))).toEqual(properties);
    expect(parseProperties('')).toEqual(new Map());
  });

  it('without a name or a value are left out', () => {
    expect(parseProperties('\x01x\x02y\x02z\x01\x02')).toEqual(new Map([['z', '']]));
  });
});

describe('a batch', () => {
  const item = (body: string, properties: string) => {
    const bytes = Buffer.alloc(22 + body.length + properties.length);
    bytes.writeInt32BE(bytes.length, 0);
    bytes.writeInt32BE(7, 12);
    bytes.writeInt32BE(body.length, 16);
    bytes.write(body, 20);
    bytes.writeInt16BE(properties.length, 20 + body.length);
    bytes.write(properties, 22 + body.length);
    return bytes;
  };

  it('is read message by message', () => {
    const batch = Buffer.concat([item('b1', ''), item('', 'KEYS\x01k\x02')]);
    expect(readBatch(batch)).toEqual([
      { flag: 7, body: Buffer.from('b1'), properties: '' },
      { flag: 7, body: Buffer.alloc(0), properties: 'KEYS\x01k\x02' },
    ]);
  });

  it('that is torn, or is not one, is told apart', () => {
    const batch = Buffer.concat([item('b1', 'KEYS\x01k\x02'), item('b2', '')]);
    for (let end = 1; end < batch.length; end += 1) {
      const whole = end === batch.length - item('b2', '').length;
      expect(readBatch(batch.subarray(0, end)), `${end} bytes`).toEqual(whole ? [expect.anything()] : undefined);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        readBatch(Buffer.from(bytes));
      }),
    );
  });
});
