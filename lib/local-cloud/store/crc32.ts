import * as zlib from 'node:zlib';

/** CRC-32 (IEEE) of bytes that follow others with the CRC `previous`; Node's own where it has one (from 20.15 on). */
export const crc32: (bytes: Uint8Array, previous?: number) => number = zlib.crc32 ?? computed;

function computed(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous;
  for (const byte of bytes) {
    crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff];
  }
  return ~crc >>> 0;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return crc;
});
