import { SqlError } from './sql-error';

/** What a client has sent in one piece. */
export interface Frame {
  readonly sequenceId: number;
  /** Of the last piece. */
  readonly lastSequenceId: number;
  /** The rest of the header: empty, but for the length before compression of a compressed piece. */
  readonly header: Buffer;
  /** Absent where it was longer than the limit: it has been thrown away. */
  readonly payload?: Buffer;
}

/** Length and number, which every header begins with. */
export const HEADER_LENGTH = 4;

/** Longest payload of one packet: what is longer, or as long, goes on in another. */
export const MAX_PAYLOAD = 0xffffff;

/** Bytes beyond the limit that are read and thrown away, so that their sender can read the refusal. */
const MAX_DISCARDED = 64 << 20;

/** Puts packets together from what arrives, in whatever pieces. Never keeps more than the limit and one read. */
export class PacketReader {
  private buffer: Buffer = Buffer.alloc(0);
  private start = 0;
  private end = 0;
  /** The first piece of a packet that is too long, and what is still to come of the last one. */
  private tooLong?: Frame;
  private toDiscard = 0;
  private discarded = 0;
  private goesOn = false;

  /** @param headerLength - 4, and 7 for pieces that are compressed */
  constructor(
    public limit: number,
    private readonly headerLength = HEADER_LENGTH,
  ) {}

  public push(chunk: Buffer): void {
    if (this.start === this.end) {
      [this.buffer, this.start, this.end] = [chunk, 0, chunk.length];
      return;
    }
    const length = this.end - this.start;
    if (this.end + chunk.length > this.buffer.length) {
      // Never moved in place: packets that were handed out lie in the old one.
      const grown = Buffer.allocUnsafe((length + chunk.length) * 2);
      this.buffer.copy(grown, 0, this.start, this.end);
      [this.buffer, this.start, this.end] = [grown, 0, length];
    }
    chunk.copy(this.buffer, this.end);
    this.end += chunk.length;
  }

  /** @throws SqlError ER_NET_PACKET_TOO_LARGE for more than can be waited for */
  public next(): Frame | undefined {
    for (;;) {
      if (this.tooLong) {
        if (!this.discard()) {
          return undefined;
        }
        if (!this.goesOn) {
          const frame = this.tooLong;
          this.tooLong = undefined;
          this.discarded = 0;
          return frame;
        }
      }
      if (this.end - this.start < this.headerLength) {
        return undefined;
      }
      const from = this.start + this.headerLength;
      const head = this.buffer.subarray(this.start, from);
      const length = head.readUIntLE(0, 3);
      const frame = { sequenceId: head[3], lastSequenceId: head[3], header: head.subarray(HEADER_LENGTH) };
      if (this.tooLong || length > this.limit) {
        this.start = from;
        this.tooLong = { ...frame, sequenceId: (this.tooLong ?? frame).sequenceId };
        this.toDiscard = length;
        this.goesOn = length === MAX_PAYLOAD && this.headerLength === HEADER_LENGTH;
      } else if (this.end - from < length) {
        return undefined;
      } else {
        this.start = from + length;
        return { ...frame, payload: this.buffer.subarray(from, this.start) };
      }
    }
  }

  /** What has come after the last packet, of which the reader knows nothing any more. */
  public takeRest(): Buffer {
    const rest = this.buffer.subarray(this.start, this.end);
    this.start = this.end;
    return rest;
  }

  /** Whether all of the packet has been thrown away. */
  private discard(): boolean {
    const length = Math.min(this.toDiscard, this.end - this.start);
    this.start += length;
    this.toDiscard -= length;
    this.discarded += length;
    if (this.discarded > MAX_DISCARDED) {
      throw new SqlError('ER_NET_PACKET_TOO_LARGE', `more than ${MAX_DISCARDED} bytes have been sent beyond the limit`);
    }
    return this.toDiscard === 0;
  }
}
