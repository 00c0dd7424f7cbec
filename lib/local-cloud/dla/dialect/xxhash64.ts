const PRIME_1 = 0x9e3779b185ebca87n;
const PRIME_2 = 0xc2b2ae3d27d4eb4fn;
const PRIME_3 = 0x165667b19e3779f9n;
const PRIME_4 = 0x85ebca77c2b2ae63n;
const PRIME_5 = 0x27d4eb2f165667c5n;

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => wrap((value << bits) | (value >> (64n - bits)));
const round = (sum: bigint, input: bigint): bigint => wrap(rotate(wrap(sum + input * PRIME_2), 31n) * PRIME_1);

/** xxHash of 64 bits with the seed 0, whose bytes are those of the number from the first to the last. */
export function xxhash64(data: Buffer): Buffer {
  let at = 0;
  let hash: bigint;
  if (data.length >= 32) {
    const sums = [wrap(PRIME_1 + PRIME_2), PRIME_2, 0n, wrap(-PRIME_1)];
    for (; at + 32 <= data.length; at += 32) {
      sums.forEach((sum, lane) => {
        sums[lane] = round(sum, data.readBigUInt64LE(at + 8 * lane));
      });
    }
    hash = wrap(rotate(sums[0], 1n) + rotate(sums[1], 7n) + rotate(sums[2], 12n) + rotate(sums[3], 18n));
    for (const sum of sums) {
      hash = wrap((hash ^ round(0n, sum)) * PRIME_1 + PRIME_4);
    }
  } else {
    hash = PRIME_5;
  }
  hash = wrap(hash + BigInt(data.length));
  for (; at + 8 <= data.length; at += 8) {
    hash = wrap(rotate(hash ^ round(0n, data.readBigUInt64LE(at)), 27n) * PRIME_1 + PRIME_4);
  }
  if (at + 4 <= data.length) {
    hash = wrap(rotate(hash ^ wrap(BigInt(data.readUInt32LE(at)) * PRIME_1), 23n) * PRIME_2 + PRIME_3);
    at += 4;
  }
  for (; at < data.length; at += 1) {
    hash = wrap(rotate(hash ^ wrap(BigInt(data[at]) * PRIME_5), 11n) * PRIME_1);
  }
  hash = wrap((hash ^ (hash >> 33n)) * PRIME_2);
  hash = wrap((hash ^ (hash >> 29n)) * PRIME_3);
  hash ^= hash >> 32n;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(hash);
  return bytes;
}
