import { crc32 } from '../store/crc32';

/** A message as a pull carries it. */
export interface WireMessage {
  /** Full name, with the instance. */
  readonly topic: string;
  readonly queueId: number;
  /** Position in the queue; rises by one from message to message. */
  readonly queueOffset: number;
  /** Number over all topics, by which a client speaks of the message. */
  readonly physicalOffset: number;
  readonly flag: number;
  readonly sysFlag: number;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
  readonly reconsumeTimes: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Bits of a message's sysFlag. */
export const COMPRESSED = 1;
const TRANSACTION_MASK = 0b1100;
/** What a message's sysFlag, and the end of a transaction, tell of it. */
export const TRANSACTION = { UNKNOWN: 0, COMMIT: 8, ROLLBACK: 12 } as const;
export const PREPARED = 4;
export const transactionOf = (sysFlag: number): number => sysFlag & TRANSACTION_MASK;
/** Which way a compressed body was compressed: 0 and 3 are zlib. */
export const compressionKind = (sysFlag: number): number => (sysFlag >> 8) & 7;

const MAGIC = 0xdaa320a7;
const NAME_END = '\x01';
const PROPERTY_END = '\x02';
const LOOPBACK = 0x7f000001;

/** A message in the layout of pull answers. `storePort`: port of the server, a part of the id that clients compute. */
export function encodeMessage(message: WireMessage, storePort: number): Buffer {
  const topic = Buffer.from(message.topic);
  const properties = Buffer.from(formatProperties(message.properties));
  const { body } = message;
  const bytes = Buffer.alloc(91 + body.length + topic.length + properties.length);
  let at = bytes.writeInt32BE(bytes.length, 0);
  at = bytes.writeUInt32BE(MAGIC, at);
  at = bytes.writeUInt32BE(crc32(body) & 0x7fffffff, at);
  at = bytes.writeInt32BE(message.queueId, at);
  at = bytes.writeInt32BE(message.flag, at);
  at = bytes.writeBigInt64BE(BigInt(message.queueOffset), at);
  at = bytes.writeBigInt64BE(BigInt(message.physicalOffset), at);
  at = bytes.writeInt32BE(message.sysFlag, at);
  at = bytes.writeBigInt64BE(BigInt(message.bornTimestamp), at);
  at = bytes.writeUInt32BE(LOOPBACK, at);
  at = bytes.writeInt32BE(0, at);
  at = bytes.writeBigInt64BE(BigInt(message.storeTimestamp), at);
  at = bytes.writeUInt32BE(LOOPBACK, at);
  at = bytes.writeInt32BE(storePort, at);
  at = bytes.writeInt32BE(message.reconsumeTimes, at);
  at = bytes.writeBigInt64BE(0n, at);
  at = bytes.writeInt32BE(body.length, at);
  at += body.copy(bytes, at);
  at = bytes.writeInt8(topic.length, at);
  at += topic.copy(bytes, at);
  at = bytes.writeInt16BE(properties.length, at);
  properties.copy(bytes, at);
  return bytes;
}

/** The id that clients compute from where a message is stored. */
export function offsetIdOf(storePort: number, physicalOffset: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(LOOPBACK, 0);
  bytes.writeInt32BE(storePort, 4);
  bytes.writeBigInt64BE(BigInt(physicalOffset), 8);
  return bytes.toString('hex').toUpperCase();
}

/** Properties as text; some clients end the last one, some do not. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const property of text.split(PROPERTY_END)) {
    const end = property.indexOf(NAME_END);
    if (end > 0) {
      properties.set(property.slice(0, end), property.slice(end + 1));
    }
  }
  return properties;
}

export function formatProperties(properties: ReadonlyMap<string, string>): string {
  return [...properties].map(([name, value]) => `${name}${NAME_END}${value}${PROPERTY_END}`).join('');
}

/** One message of a batch. */
export interface BatchItem {
  readonly flag: number;
  readonly properties: string;
  readonly body: Buffer;
}

/** The messages of a batch, or undefined when the bytes are not one. */
export function readBatch(bytes: Buffer): BatchItem[] | undefined {
  const items: BatchItem[] = [];
  try {
    for (let at = 0; at < bytes.length;) {
      const end = at + bytes.readInt32BE(at);
      const bodyStart = at + 20;
      const bodyEnd = bodyStart + bytes.readUInt32BE(at + 16);
      const propertiesStart = bodyEnd + 2;
      if (propertiesStart + bytes.readUInt16BE(bodyEnd) !== end || end > bytes.length) {
        return undefined;
      }
      items.push({
        flag: bytes.readInt32BE(at + 12),
        body: bytes.subarray(bodyStart, bodyEnd),
        properties: bytes.toString('utf8', propertiesStart, end),
      });
      at = end;
    }
  } catch (error) {
    if (error instanceof RangeError) {
      return undefined;
    }
    throw error;
  }
  return items;
}
