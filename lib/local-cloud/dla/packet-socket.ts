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
  /** Of its last piece, which an answer goes on from. */
  readonly lastSequenceId: number;
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

/** Bytes of an answer that a client reads at a time: one that goes on reading is waited for. */
const SLICE = 256 << 10;

/** How long a client may stay after its end. */
const LINGER_MILLIS = 10_000;

/** A client's connection as packets, whatever they are wrapped in: TLS, compression, or both. */
export class PacketSocket {
  private socket: Socket;
  private readonly reader: PacketReader;
  private compressedReader?: CompressedReader;
  private isReading = true;
  private unpacking = Promise.resolve();
  private sending = Promise.resolve();
  private readonly onData = (chunk: Buffer): void => this.receive(chunk);

  /** @param limit - bytes of one packet */
  constructor(
    private readonly raw: Socket,
    limit: number,
    private readonly receiver: Receiver,
    private readonly unread = UNREAD_ANSWERS,
    private readonly lingerMillis = LINGER_MILLIS,
  ) {
    this.socket = raw;
    this.reader = new PacketReader(limit);
    raw.on('data', this.onData);
  }

  public get isCompressed(): boolean {
    return this.compressedReader !== undefined;
  }

  public get tls(): { cipher: string; version: string } | undefined {
    const { socket } = this;
    return socket instanceof TLSSocket
      ? { cipher: socket.getCipher().name, version: socket.getProtocol() ?? '' }
      : undefined;
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

  /** Sends an answer behind those before it, and waits until the client has taken most of it. */
  public send(answer: Buffer, compressedId?: number): Promise<void> {
    // The answer to a log-in is still plain.
    const wrapped = this.wrap(answer, compressedId);
    this.sending = this.sending.then(async () => this.write(await wrapped));
    return this.sending;
  }

  /** Throws away what still comes. */
  public stopReading(): void {
    this.isReading = false;
    this.socket.off('data', this.onData);
    this.socket.resume();
  }

  /** Closes the connection when all answers were sent. */
  public async end(answer?: Buffer, compressedId?: number): Promise<void> {
    this.stopReading();
    if (answer) {
      void this.send(answer, compressedId);
    }
    await this.sending;
    this.socket.end();
    const timer = setTimeout(() => this.destroy(), this.lingerMillis).unref();
    this.raw.once('close', () => clearTimeout(timer));
  }

  private async write(bytes: Buffer): Promise<void> {
    const { socket } = this;
    for (let at = 0; at < bytes.length && !socket.destroyed; at += SLICE) {
      if (!socket.write(bytes.subarray(at, at + SLICE))) {
        await this.drained(bytes.length);
      }
    }
  }

  /** Waits until the client has read; not for ever, nor beside too many others. */
  private async drained(bytes: number): Promise<void> {
    const { socket } = this;
    const waiting = new AbortController();
    const { signal } = waiting;
    const read = this.unread.add(bytes, () => this.destroy());
    // A socket that is closed drains no more.
    await Promise.race([once(socket, 'drain', { signal }), once(socket, 'close', { signal })]).catch(() => {});
    read();
    waiting.abort();
  }

  private async wrap(answer: Buffer, compressedId = 0): Promise<Buffer> {
    return this.isCompressed ? compressed(answer, compressedId + 1) : answer;
  }

  private receive(chunk: Buffer): void {
    try {
      if (this.compressedReader) {
        this.unpack(this.compressedReader, chunk);
      } else {
        this.reader.push(chunk);
        this.takePackets();
      }
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** One chunk after another, and none is read meanwhile: few bytes may stand for many. */
  private unpack(reader: CompressedReader, chunk: Buffer): void {
    this.socket.pause();
    this.unpacking = this.unpacking
      .then(async () => {
        reader.push(chunk);
        for (let next = await reader.next(); next && this.isReading; next = await reader.next()) {
          this.reader.push(next.bytes);
          this.takePackets(next.sequenceId);
        }
      })
      .catch((error: unknown) => this.giveUp(error))
      .then(() => void this.socket.resume());
  }

  private giveUp(error: unknown): void {
    this.stopReading();
    this.receiver.unreadable(error as SqlError);
  }

  private takePackets(compressedId?: number): void {
    for (let frame = this.reader.next(); frame && this.isReading; frame = this.reader.next()) {
      const { sequenceId, lastSequenceId, payload } = frame;
      this.receiver.packet({ sequenceId, lastSequenceId, payload, compressedId });
    }
  }
}
