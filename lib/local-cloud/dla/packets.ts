import { HEADER_LENGTH, MAX_PAYLOAD } from './packet-reader';
import type { SqlError } from './sql-error';

/** A packet of the MySQL protocol, of less than 16 MiB. */
export function packet(sequenceId: number, parts: readonly Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequenceId;
  return Buffer.concat([header, payload]);
}

/** An OK packet: no rows, with the status of the session. */
export function okPacket(sequenceId: number, status: number): Buffer {
  return packet(sequenceId, [Buffer.from([0, 0, 0, status & 0xff, status >> 8, 0, 0])]);
}

/** An ERR packet with its SQL state. */
export function errorPacket(sequenceId: number, { errno, sqlState, message }: SqlError): Buffer {
  const fixed = Buffer.from(`\xff..#${sqlState}`, 'latin1');
  fixed.writeUInt16LE(errno, 1);
  return packet(sequenceId, [fixed, Buffer.from(message.slice(0, 4000))]);
}

/** In the place of a text, NULL. */
export const NULL_TEXT = 0xfb;

/** Characters of a text that are written one by one. */
const SHORT_LENGTH = 32;

/** Packets of one answer, one after another in one piece of memory. */
export class PacketWriter {
  private buffer = Buffer.allocUnsafe(16 << 10);
  private end = 0;
  private start = 0;

  constructor(private sequenceId = 1) {}

  /** Begins a packet; `finish` ends it. */
  public begin(): void {
    this.start = this.end;
    this.reserve(HEADER_LENGTH);
    this.end += HEADER_LENGTH;
  }

  public finish(): void {
    const payload = this.end - this.start - HEADER_LENGTH;
    if (payload < MAX_PAYLOAD) {
      this.writeHeader(this.start, payload);
      return;
    }
    const long = Buffer.from(this.buffer.subarray(this.start + HEADER_LENGTH, this.end));
    this.end = this.start;
    // The last piece is shorter than the longest payload, though it be empty.
    for (let at = 0; at <= long.length; at += MAX_PAYLOAD) {
      const piece = long.subarray(at, at + MAX_PAYLOAD);
      const header = this.end;
      this.reserve(HEADER_LENGTH);
      this.end += HEADER_LENGTH;
      this.bytes(piece);
      this.writeHeader(header, piece.length);
    }
  }

  public bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** An unsigned number of up to 6 bytes. */
  public uint(value: number, length: number): void {
    this.reserve(length);
    this.end = this.buffer.writeUIntLE(value, this.end, length);
  }

  /** A signed or unsigned number of 8 bytes. */
  public int64(value: bigint): void {
    this.reserve(8);
    this.end = this.buffer.writeBigInt64LE(BigInt.asIntN(64, value), this.end);
  }

  public float(value: number): void {
    this.reserve(4);
    this.end = this.buffer.writeFloatLE(value, this.end);
  }

  public double(value: number): void {
    this.reserve(8);
    this.end = this.buffer.writeDoubleLE(value, this.end);
  }

  /** A text with its length before it. */
  public text(text: string): void {
    if (text.length <= SHORT_LENGTH && this.shortAscii(text)) {
      return;
    }
    // No character takes more than three bytes for each of its UTF-16 units.
    this.reserve(9 + text.length * 3);
    if (text.length < 84) {
      const length = this.buffer.write(text, this.end + 1);
      this.buffer[this.end] = length;
      this.end += 1 + length;
      return;
    }
    this.length(Buffer.byteLength(text));
    this.end += this.buffer.write(text, this.end);
  }

  /** Most texts of most answers: to write them here takes less time than to have them written. */
  private shortAscii(text: string): boolean {
    const { length } = text;
    this.reserve(1 + length);
    const { buffer, end } = this;
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) {
        return false;
      }
      buffer[end + 1 + at] = code;
    }
    buffer[end] = length;
    this.end = end + 1 + length;
    return true;
  }

  /** A text or NULL, as a row of texts has it. */
  public value(value: string | null): void {
    if (value === null) {
      this.uint(NULL_TEXT, 1);
    } else {
      this.text(value);
    }
  }

  /** Packets that another writer has made; their numbers go on from those here. */
  public packets(packets: Buffer): void {
    let at = this.end;
    this.bytes(packets);
    while (at < this.end) {
      const payload = this.buffer.readUIntLE(at, 3);
      this.writeHeader(at, payload);
      at += HEADER_LENGTH + payload;
    }
  }

  /** A number in as few bytes as it needs. */
  public length(value: number): void {
    if (value < 251) {
      this.uint(value, 1);
    } else if (value < 1 << 16) {
      this.uint(0xfc, 1);
      this.uint(value, 2);
    } else if (value < 1 << 24) {
      this.uint(0xfd, 1);
      this.uint(value, 3);
    } else {
      this.uint(0xfe, 1);
      this.int64(BigInt(value));
    }
  }

  public take(): Buffer {
    return this.buffer.subarray(0, this.end);
  }

  private writeHeader(at: number, payload: number): void {
    this.buffer.writeUIntLE(payload, at, 3);
    this.buffer[at + 3] = this.sequenceId;
    this.sequenceId = (this.sequenceId + 1) & 0xff;
  }

  private reserve(length: number): void {
    if (this.end + length > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.end + length));
      this.buffer.copy(grown, 0, 0, this.end);
      this.buffer = grown;
    }
  }
}

/** What stands in packets, where a long payload goes on in the next put together. */
export function payloadsOf(packets: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  let pieces: Buffer[] = [];
  for (let at = 0; at < packets.length;) {
    const start = at + HEADER_LENGTH;
    const length = packets.readUIntLE(at, 3);
    at = start + length;
    pieces.push(packets.subarray(start, at));
    if (length < MAX_PAYLOAD) {
      payloads.push(pieces.length === 1 ? pieces[0] : Buffer.concat(pieces));
      pieces = [];
    }
  }
  return payloads;
}
