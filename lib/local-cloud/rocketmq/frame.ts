/** One request or answer of RocketMQ's remoting protocol. */
export interface Frame {
  readonly code: number;
  /** Number by which the sender of a request finds its answer. */
  readonly opaque: number;
  readonly flag: number;
  readonly remark?: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Bits of a frame's flag. */
export const RESPONSE = 1;
export const ONEWAY = 2;

/** Largest frame that is read: a message of 4 MiB with all its properties fits. */
export const MAX_FRAME_BYTES = 5 << 20;
const MAX_HEADER_BYTES = 256 << 10;

/** First byte of the header word. */
const JSON_HEADER = 0;
const BINARY_HEADER = 1;

/** Bytes that are not a frame; where the next one would begin is not known. */
export class FrameError extends Error {}

/** Cuts the bytes of a connection into frames. */
export class FrameReader {
  private chunks: Buffer[] = [];
  private length = 0;

  /** Frames that are complete with these bytes. @throws FrameError */
  public *push(chunk: Buffer): Generator<Frame> {
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.length >= 4) {
      if (this.chunks[0].length < 4) {
        this.chunks = [Buffer.concat(this.chunks)];
      }
      const size = this.chunks[0].readInt32BE(0);
      if (size < 4 || size > MAX_FRAME_BYTES) {
        throw new FrameError(
          otherProtocol(this.chunks[0]) ?? `expected a frame of 4 to ${MAX_FRAME_BYTES} bytes, got ${size}`,
        );
      }
      if (this.length < 4 + size) {
        return;
      }
      const all = this.chunks.length === 1 ? this.chunks[0] : Buffer.concat(this.chunks);
      this.chunks = [all.subarray(4 + size)];
      this.length -= 4 + size;
      yield decode(all.subarray(4, 4 + size));
    }
  }
}

/** What clients that speak something else are told by the log of requests. */
function otherProtocol(bytes: Buffer): string | undefined {
  const start = bytes.toString('latin1', 0, 4);
  if (start === 'PRI ') {
    return 'HTTP/2 is not served: clients of RocketMQ 5.x speak gRPC, take one of 4.x, or one that speaks its protocol';
  }
  if (['GET ', 'POST', 'PUT ', 'HEAD', 'DELE'].includes(start)) {
    return 'HTTP is served at the HTTP port';
  }
  // The first record of a handshake, of version 3.x.
  return start.startsWith('\x16\x03') ? 'TLS is not served at this port' : undefined;
}

/** A frame without the length in front of it. @throws FrameError */
function decode(bytes: Buffer): Frame {
  const type = bytes.readUInt8(0);
  const headerLength = bytes.readUIntBE(1, 3);
  if (headerLength > MAX_HEADER_BYTES || headerLength > bytes.length - 4) {
    throw new FrameError(`expected a header of at most ${MAX_HEADER_BYTES} bytes in its frame, got ${headerLength}`);
  }
  const header = bytes.subarray(4, 4 + headerLength);
  const body = bytes.subarray(4 + headerLength);
  switch (type) {
    case JSON_HEADER:
      return { ...decodeJson(header), body };
    case BINARY_HEADER:
      return { ...decodeBinary(header), body };
    default:
      throw new FrameError(`expected a header of type 0 (JSON) or 1 (ROCKETMQ), got ${type}`);
  }
}

function decodeJson(bytes: Buffer): Omit<Frame, 'body'> {
  let header: Record<string, unknown> | null;
  try {
    header = JSON.parse(bytes.toString()) as Record<string, unknown> | null;
  } catch {
    throw new FrameError('expected a header in JSON, got something else');
  }
  const { code, opaque, flag, remark, extFields } = header ?? {};
  if (!isInt32(code) || !isInt32(opaque) || !isInt32(flag)) {
    throw new FrameError('expected code, opaque and flag as whole numbers');
  }
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(extFields ?? {})) {
    // The client for Node sends numbers and booleans as they are, and signs them as text.
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      fields.set(name, String(value));
    } else if (value !== null) {
      throw new FrameError(`expected the field ${name} as text, got ${typeof value}`);
    }
  }
  return { code, opaque, flag, ...(typeof remark === 'string' ? { remark } : {}), fields };
}

/** The other header, which a client sends when its user asks for it. Answers may be JSON all the same. */
function decodeBinary(bytes: Buffer): Omit<Frame, 'body'> {
  try {
    let at = 17 + bytes.readUInt32BE(13);
    const end = at + 4 + bytes.readUInt32BE(at);
    at += 4;
    const fields = new Map<string, string>();
    const text = (size: number) => {
      if (at + size > bytes.length) {
        throw new RangeError();
      }
      at += size;
      return bytes.toString('utf8', at - size, at);
    };
    while (at < end) {
      at += 2;
      const name = text(bytes.readUInt16BE(at - 2));
      at += 4;
      fields.set(name, text(bytes.readUInt32BE(at - 4)));
    }
    return { code: bytes.readInt16BE(0), opaque: bytes.readInt32BE(5), flag: bytes.readInt32BE(9), fields };
  } catch (error) {
    if (error instanceof RangeError) {
      throw new FrameError('expected a complete binary header, got a torn one');
    }
    throw error;
  }
}

function isInt32(value: unknown): value is number {
  return typeof value === 'number' && (value | 0) === value;
}

/** A frame with a JSON header, as it goes over the wire. */
export function encodeFrame(frame: Omit<Frame, 'fields' | 'body'> & Partial<Pick<Frame, 'fields' | 'body'>>): Buffer {
  const { code, opaque, flag, remark, fields, body = Buffer.alloc(0) } = frame;
  const header = Buffer.from(
    JSON.stringify({
      code,
      language: 'JAVA',
      // A version of the 4.x line that clients know to filter by tag.
      version: 399,
      opaque,
      flag,
      remark,
      // The client for Go drops an answer whose fields are not text.
      extFields: Object.fromEntries(fields ?? []),
    }),
  );
  const start = Buffer.alloc(8);
  start.writeInt32BE(4 + header.length + body.length, 0);
  start.writeUInt8(JSON_HEADER, 4);
  start.writeUIntBE(header.length, 5, 3);
  return Buffer.concat([start, header, body]);
}
