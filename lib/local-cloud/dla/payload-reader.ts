import { NULL_TEXT } from './packets';
import { SqlError } from './sql-error';

/** Reads what a client has sent in one packet, from its beginning to its end. */
export class PayloadReader {
  private at = 0;

  constructor(private readonly payload: Buffer) {}

  public get done(): boolean {
    return this.at >= this.payload.length;
  }

  public take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.payload.length) {
      throw new SqlError('ER_MALFORMED_PACKET', 'Malformed communication packet');
    }
    const taken = this.payload.subarray(this.at, end);
    this.at = end;
    return taken;
  }

  /** A number in as few bytes as it needs. */
  public length(): number {
    const [first] = this.take(1);
    switch (first) {
      case 0xfc:
        return this.take(2).readUInt16LE();
      case 0xfd:
        return this.take(3).readUIntLE(0, 3);
      case 0xfe:
        return Number(this.take(8).readBigUInt64LE());
      default:
        return first;
    }
  }

  /** A text with its length before it, or NULL. */
  public value(): string | null {
    if (this.payload[this.at] === NULL_TEXT) {
      this.at += 1;
      return null;
    }
    return this.take(this.length()).toString();
  }

  /** A text that ends in a zero, or with the packet. */
  public text(): string {
    const zero = this.payload.indexOf(0, this.at);
    const end = zero === -1 ? this.payload.length : zero;
    const text = this.payload.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }
}
