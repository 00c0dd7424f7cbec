import * as net from 'node:net';
import { encodeFrame, type Frame, FrameReader, RESPONSE } from '../../../lib/local-cloud/rocketmq/frame';
import { signatureOf } from '../../../lib/local-cloud/rocketmq/signature';

/** Who signs. */
export interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
}

type Fields = Readonly<Record<string, string | number>>;

/** A client that sends one request after another, whatever they are. */
export class RocketMqClient {
  /** Requests that the server sent. */
  public readonly notified: Frame[] = [];
  private readonly waiting = new Map<number, (frame: Frame) => void>();
  private readonly ended: Promise<void>;
  private sent = 0;

  private constructor(
    private readonly socket: net.Socket,
    private readonly key: Key | undefined,
  ) {
    const reader = new FrameReader();
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) {
        if (frame.flag & RESPONSE) {
          this.waiting.get(frame.opaque)?.(frame);
        } else {
          this.notified.push(frame);
        }
      }
    });
    socket.on('error', () => undefined);
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  public static async connect(port: number, key?: Key): Promise<RocketMqClient> {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RocketMqClient(socket, key);
  }

  /** The answer to a request. */
  public request(code: number, fields: Fields = {}, body: Buffer | object = Buffer.alloc(0)): Promise<Frame> {
    const opaque = this.send(code, fields, body, 0);
    return new Promise((resolve) => this.waiting.set(opaque, resolve));
  }

  /** Sends a request without waiting for an answer; returns the number that an answer would have. */
  public send(code: number, fields: Fields, body: Buffer | object = Buffer.alloc(0), flag = 2): number {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const all = new Map(Object.entries(fields).map(([name, value]) => [name, String(value)]));
    if (this.key) {
      all.set('AccessKey', this.key.accessKeyId);
      if (this.key.securityToken !== undefined) {
        all.set('SecurityToken', this.key.securityToken);
      }
      all.set('Signature', signatureOf(all, bytes, this.key.accessKeySecret));
    }
    this.sent += 1;
    this.socket.write(encodeFrame({ code, opaque: this.sent, flag, fields: all, body: bytes }));
    return this.sent;
  }

  public write(bytes: Buffer): void {
    this.socket.write(bytes);
  }

  /** Reads nothing until `resume`. */
  public pause(): void {
    this.socket.pause();
  }

  public resume(): void {
    this.socket.resume();
  }

  /** Done when the server has hung up, or this client has. */
  public closed(): Promise<void> {
    return this.ended;
  }

  public close(): Promise<void> {
    this.socket.destroy();
    return this.ended;
  }
}

/** What a pull brought, as clients decode it. */
export interface PulledMessage {
  readonly queueOffset: number;
  readonly physicalOffset: number;
  readonly reconsumeTimes: number;
  readonly topic: string;
  readonly body: Buffer;
  readonly properties: Readonly<Record<string, string>>;
}

/** Reads the messages of an answer; written from the layout, not from the code that is tested. */
export function pulledMessages(bytes: Buffer): PulledMessage[] {
  const messages: PulledMessage[] = [];
  for (let start = 0; start < bytes.length; start += bytes.readInt32BE(start)) {
    const bodyLength = bytes.readInt32BE(start + 84);
    const topicStart = start + 88 + bodyLength + 1;
    const topicLength = bytes.readInt8(topicStart - 1);
    const propertiesStart = topicStart + topicLength + 2;
    const propertiesLength = bytes.readInt16BE(propertiesStart - 2);
    messages.push({
      queueOffset: Number(bytes.readBigInt64BE(start + 20)),
      physicalOffset: Number(bytes.readBigInt64BE(start + 28)),
      reconsumeTimes: bytes.readInt32BE(start + 72),
      topic: bytes.toString('utf8', topicStart, topicStart + topicLength),
      body: bytes.subarray(start + 88, start + 88 + bodyLength),
      properties: Object.fromEntries(
        bytes
          .toString('utf8', propertiesStart, propertiesStart + propertiesLength)
          .split('\x02')
          .filter((property) => property !== '')
          .map((property) => property.split('\x01') as [string, string]),
      ),
    });
  }
  return messages;
}
