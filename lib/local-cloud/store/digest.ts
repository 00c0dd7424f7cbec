import { createHash } from 'node:crypto';

/** What identifies a content. */
export interface Digest {
  readonly size: number;
  /** Upper-case hex MD5, which OSS uses as the ETag. */
  readonly md5: string;
  /** CRC-64 (ECMA-182), in decimal, which OSS's clients check. */
  readonly crc64: string;
}

/** Computes a digest piece by piece. */
export class Digester {
  private readonly hash = createHash('md5');
  private size = 0;
  // The 64 bits in two halves: BigInt would be some fifty times slower.
  private high = 0xffffffff;
  private low = 0xffffffff;

  public update(bytes: Uint8Array): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    let { high, low } = this;
    for (let at = 0; at < bytes.length; at += 1) {
      const index = (low ^ bytes[at]) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ TABLE_LOW[index];
      high = (high >>> 8) ^ TABLE_HIGH[index];
    }
    this.high = high;
    this.low = low;
  }

  public digest(): Digest {
    const crc64 = (BigInt(~this.high >>> 0) << 32n) | BigInt(~this.low >>> 0);
    return { size: this.size, md5: this.hash.digest('hex').toUpperCase(), crc64: String(crc64) };
  }
}

const POLYNOMIAL = 0xc96c5795d7870f42n;
const TABLE_HIGH = new Int32Array(256);
const TABLE_LOW = new Int32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let crc = BigInt(byte);
  for (let bit = 0; bit < 8; bit += 1) {
    crc = crc & 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
  }
  TABLE_HIGH[byte] = Number(crc >> 32n) | 0;
  TABLE_LOW[byte] = Number(crc & 0xffffffffn) | 0;
}
