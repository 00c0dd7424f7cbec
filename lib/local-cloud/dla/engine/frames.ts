/** What travels between a worker and the process that started it: a message, and rows as they go to the client. */
export interface Frame {
  readonly message: unknown;
  readonly rows: Buffer;
}

/** Lengths of the message, as JSON, and of the rows. */
const HEADER_LENGTH = 8;

const NO_ROWS = Buffer.alloc(0);

export function frameOf(message: unknown, rows: Buffer = NO_ROWS): Buffer {
  const json = JSON.stringify(message);
  const length = Buffer.byteLength(json);
  const frame = Buffer.allocUnsafe(HEADER_LENGTH + length + rows.length);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(rows.length, 4);
  frame.write(json, HEADER_LENGTH);
  frame.set(rows, HEADER_LENGTH + length);
  return frame;
}

/** Puts frames together from what arrives, in whatever pieces. */
export class FrameReader {
  private pieces: Buffer[] = [];
  private length = 0;
  /** Bytes without which there is nothing to read. */
  private needed = HEADER_LENGTH;

  /** The frames that the bytes complete. */
  public read(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    this.pieces.push(chunk);
    this.length += chunk.length;
    if (this.length >= this.needed) {
      let bytes = this.pieces.length === 1 ? chunk : Buffer.concat(this.pieces);
      for (this.needed = neededOf(bytes); bytes.length >= this.needed; this.needed = neededOf(bytes)) {
        frames.push(frameIn(bytes.subarray(0, this.needed)));
        bytes = bytes.subarray(this.needed);
      }
      this.pieces = [bytes];
      this.length = bytes.length;
    }
    // A copy: whoever reads may use the buffer again.
    this.pieces.push(Buffer.from(this.pieces.pop()!));
    return frames;
  }
}

function neededOf(bytes: Buffer): number {
  return bytes.length < HEADER_LENGTH ? HEADER_LENGTH : HEADER_LENGTH + bytes.readUInt32LE(0) + bytes.readUInt32LE(4);
}

function frameIn(bytes: Buffer): Frame {
  const end = HEADER_LENGTH + bytes.readUInt32LE(0);
  return { message: JSON.parse(bytes.toString('utf8', HEADER_LENGTH, end)), rows: Buffer.from(bytes.subarray(end)) };
}
