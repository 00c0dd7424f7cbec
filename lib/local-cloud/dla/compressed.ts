import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { type Frame, PacketReader } from './packet-reader';
import { SqlError } from './sql-error';

/** What is shorter becomes no smaller. */
const MIN_LENGTH = 50;

/** Of one compressed packet, before compression. */
const MAX_LENGTH = 0xffffff;

const HEADER_LENGTH = 7;

// Not in this thread, which has others to serve.
const deflated = promisify(deflate);
const inflated = promisify(inflate);

/** Reads what a client sends in compressed packets (CLIENT_COMPRESS). */
export class CompressedReader {
  private readonly reader: PacketReader;

  /** @param limit - bytes of one of them, on their way and unpacked */
  constructor(private readonly limit: number) {
    this.reader = new PacketReader(limit, HEADER_LENGTH);
  }

  public push(chunk: Buffer): void {
    this.reader.push(chunk);
  }

  /** @throws SqlError for what is too long and for what is not compressed */
  public async next(): Promise<{ sequenceId: number; bytes: Buffer } | undefined> {
    const frame = this.reader.next();
    return frame && { sequenceId: frame.sequenceId, bytes: await this.unpack(frame) };
  }

  private async unpack({ header, payload }: Frame): Promise<Buffer> {
    const length = header.readUIntLE(0, 3);
    if (!payload || length > this.limit) {
      throw new SqlError(
        'ER_NET_PACKET_TOO_LARGE',
        `a compressed packet is longer than ${this.limit} bytes, the most allowed`,
      );
    }
    if (length === 0) {
      return payload;
    }
    try {
      const bytes = await inflated(payload, { maxOutputLength: length });
      if (bytes.length === length) {
        return bytes;
      }
    } catch {
      // Told below.
    }
    throw new SqlError('ER_NET_UNCOMPRESS_ERROR', "Couldn't uncompress communication packet");
  }
}

/** The compressed packets of an answer, the first with the given number. */
export async function compressed(answer: Buffer, sequenceId: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = 0, id = sequenceId; at < answer.length; at += MAX_LENGTH, id += 1) {
    const piece = answer.subarray(at, at + MAX_LENGTH);
    const small = piece.length < MIN_LENGTH ? piece : await deflated(piece, { level: 1 });
    const isSmaller = small.length < piece.length;
    const header = Buffer.alloc(HEADER_LENGTH);
    const payload = isSmaller ? small : piece;
    header.writeUIntLE(payload.length, 0, 3);
    header[3] = id & 0xff;
    header.writeUIntLE(isSmaller ? piece.length : 0, 4, 3);
    parts.push(header, payload);
  }
  return Buffer.concat(parts);
}
