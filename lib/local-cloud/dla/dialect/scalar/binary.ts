import * as crypto from 'node:crypto';
import { xxhash64 } from '../xxhash64';
import { fail, fn, points } from './scalar-function';
import type { Functions } from './scalar-function';

export const BINARY: Functions = {
  pad_bytes: fn('xixb:x', (data: Buffer, length: bigint, padding: Buffer, isLeft: boolean) => {
    if (length < 0n || length > 0x7fffffffn) {
      return fail('Target length must be in the range [0..2147483647]');
    }
    if (padding.length === 0) {
      return fail('Padding bytes must not be empty');
    }
    const size = Number(length);
    const filling = Buffer.alloc(Math.max(0, size - data.length), padding);
    return isLeft ? Buffer.concat([filling, data.subarray(0, size)]) : Buffer.concat([data.subarray(0, size), filling]);
  }),
  reverse_bytes: fn('x:x', (data: Buffer) => Buffer.from(data).reverse()),
  subbytes: fn('xii:x', (data: Buffer, from: bigint, length: bigint) => {
    const start = from > 0n ? Number(from) - 1 : from < 0n ? data.length + Number(from) : data.length;
    return start < 0 || length <= 0n ? Buffer.alloc(0) : data.subarray(start, start + Number(length));
  }),
  from_utf8: fn('xs:s', (data: Buffer, instead: string) => {
    if (points(instead).length > 1) {
      return fail('Replacement character string must empty or a single character');
    }
    const text = data.toString('utf8');
    return instead === '�' ? text : text.replaceAll('�', instead);
  }),
  from_hex: fn('s:x', (text: string) =>
    /^([0-9a-fA-F]{2})*$/.test(text)
      ? Buffer.from(text, 'hex')
      : fail(`expected hexadecimal digits in pairs, got ${text}`),
  ),
  from_base64: fn('s:x', (text: string) => fromBase64(text, 'usual')),
  from_base64url: fn('s:x', (text: string) => fromBase64(text, 'url')),
  to_base64url: fn('x:s', (data: Buffer) => data.toString('base64').replaceAll('+', '-').replaceAll('/', '_')),
  crc32: fn('x:i', (data: Buffer) => BigInt(crc32(data))),
  hash: fn('xs:x', (data: Buffer, name: string) => crypto.createHash(name).update(data).digest()),
  hmac: fn('xxs:x', (data: Buffer, key: Buffer, name: string) => crypto.createHmac(name, key).update(data).digest()),
  xxhash64: fn('x:x', xxhash64),
  double_bytes: fn('d:x', (value: number) => {
    const data = Buffer.alloc(8);
    data.writeDoubleBE(value);
    return data;
  }),
  float_bytes: fn('f:x', (value: number) => {
    const data = Buffer.alloc(4);
    data.writeFloatBE(value);
    return data;
  }),
  bytes_double: fn('x:d', (data: Buffer) =>
    data.length === 8 ? data.readDoubleBE() : fail('Input floating-point value must be exactly 8 bytes long'),
  ),
  bytes_float: fn('x:f', (data: Buffer) =>
    data.length === 4 ? data.readFloatBE() : fail('Input floating-point value must be exactly 4 bytes long'),
  ),
  big_endian: fn('ii:x', (value: bigint, size: bigint) => {
    const data = Buffer.alloc(8);
    data.writeBigInt64BE(value);
    return data.subarray(8 - Number(size));
  }),
  from_big_endian: fn('xi:i', (data: Buffer, size: bigint) =>
    BigInt(data.length) === size
      ? BigInt.asIntN(Number(size) * 8, BigInt(`0x${data.toString('hex')}`))
      : fail(`expected ${size}-byte input, but got instead: ${data.length}`),
  ),
};

const BASE64 = { usual: /^[A-Za-z0-9+/]*={0,2}$/, url: /^[A-Za-z0-9_-]*={0,2}$/ };

function fromBase64(text: string, alphabet: keyof typeof BASE64): Buffer {
  return BASE64[alphabet].test(text) && text.replace(/=+$/, '').length % 4 !== 1
    ? Buffer.from(text, 'base64')
    : fail(`'${text}' is not base64`);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) {
    c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  }
  return c;
});

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
