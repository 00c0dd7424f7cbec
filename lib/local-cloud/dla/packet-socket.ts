import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type SecureContext, TLSSocket } from 'node:tls';
import { compressed, CompressedReader } from './compressed';
import { PacketReader } from './packet-reader';
import { type SqlError } from './sql-error';
import { UNREAD_ANSWERS } from './unread-answers';

/** A packet of a client. */
export interface ClientPacket {
  readonly sequenceId: number;
  /** Absent where it was longer than the limit. */
  readonly payload?: Buffer;
  /** Number of the compressed packet that it came in. */
  readonly compressedId?: number;
}

interface Receiver {
  readonly packet: (packet: ClientPacket) => void;
  /** What has come is no packet, or too much to wait for its end. */
  readonly unreadable: (error: SqlError) => void;
}

/** Beyond the limit of a statement, for what stands around it. */
const COMPRESSED_SLACK = 64 << 10;

/** A client's connection as packets, whatever they are wrapped in: TLS, compression, or both. */
export class PacketSocket {
  private socket: Socket;
  private readonly reader: PacketReader;
  private compressedReader?: CompressedReader;
  private readonly onData = (chunk: Buffer): void => this.receive(chunk);

  /** @param limit - bytes of one packet */
  constructor(
    private readonly raw: Socket,
    limit: number,
    private readonly receiver: Receiver,
    private readonly unread = UNREAD_ANSWERS,
  ) {
    this.socket = raw;
    this.reader = new PacketReader(limit);
    raw.on('data', this.onData);
  }

  public get isCompressed(): boolean {
    return this.compressedReader !== undefined;
  }

  public get destroyed(): boolean {
    return this.raw.destroyed;
  }

  public set limit(bytes: number) {
    this.reader.limit = bytes;
  }

  public destroy(): void {
    this.socket.destroy();
    this.raw.destroy();
  }

  /** Goes on in TLS, which the client has begun already. */
  public secure(secureContext: SecureContext): void {
    const { raw } = this;
    raw.off('data', this.onData);
    raw.pause();
    raw.unshift(this.reader.takeRest());
    const secured = new TLSSocket(raw, { isServer: true, secureContext });
    secured.on('error', () => this.destroy());
    secured.once('close', () => raw.destroy());
    secured.on('data', this.onData);
    this.socket = secured;
  }

  /** From the next packet on, in both directions. */
  public compress(): void {
    this.compressedReader = new CompressedReader(this.reader.limit + COMPRESSED_SLACK);
  }

  /** Sends an answer, and waits until the client has taken most of it. */
  public async send(answer: Buffer, compressedId?: number): Promise<void> {
    const bytes = await this.wrap(answer, compressedId);
    const { socket } = this;
    if (socket.destroyed || socket.write(bytes)) {
      return;
    }
    const waiting = new AbortController();
    const { signal } = waiting;
    const read = this.unread.add(bytes.length, () => this.destroy());
    // A socket that is closed drains no more.
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
    read();
    waiting.abort();
  }

  public async end(answer?: Buffer, compressedId?: number): Promise<void> {
    if (answer) {
      this.socket.write(await this.wrap(answer, compressedId));
    }
    this.socket.end();
  }

  private async wrap(answer: Buffer, compressedId = 0): Promise<Buffer> {
    return this.isCompressed ? compressed(answer, compressedId + 1) : answer;
  }

  private receive(chunk: Buffer): void {
    try {
      if (!this.compressedReader) {
        this.reader.push(chunk);
        this.takePackets();
        return;
      }
      this.compressedReader.push(chunk);
      for (let next = this.compressedReader.next(); next; next = this.compressedReader.next()) {
        this.reader.push(next.bytes);
        this.takePackets(next.sequenceId);
      }
    } catch (error) {
      this.socket.off('data', this.onData);
      this.socket.resume();
      this.receiver.unreadable(error as SqlError);
    }
  }

  private takePackets(compressedId?: number): void {
    for (let frame = this.reader.next(); frame; frame = this.reader.next()) {
      this.receiver.packet({ sequenceId: frame.sequenceId, payload: frame.payload, compressedId });
    }
  }
}
