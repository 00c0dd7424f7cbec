import { randomInt } from 'node:crypto';
import { packet } from './packets';
import { PayloadReader } from './payload-reader';
import { STATUS } from './result-set';
import { SqlError } from './sql-error';

/** The only way in which a password is proved here. */
export const NATIVE_PASSWORD = 'mysql_native_password';

const SCRAMBLE_LENGTH = 20;

/** The collation utf8_general_ci, which drivers of MySQL 5.0 know, too. */
const UTF8 = 33;

/** Collations whose bytes would be read as something else: big5, gbk, gb2312, gb18030, those of Japan and Korea, UTF-16 and 32. */
const NOT_UTF8 = new Set([
  ...[1, 84, 28, 87, 24, 86, 248, 249, 250, 12, 91, 13, 88, 19, 85, 95, 96, 97, 98],
  ...[35, 90, 54, 55, 56, 62, 60, 61],
]);
const FLAG = {
  connectWithDb: 0x8,
  compress: 0x20,
  protocol41: 0x200,
  ssl: 0x800,
  secureConnection: 0x8000,
  pluginAuth: 0x80000,
  connectAttributes: 0x100000,
  deprecateEof: 0x1000000,
};

/** LONG_PASSWORD, LONG_FLAG and TRANSACTIONS beside those that are read here. */
const CAPABILITIES = Object.values(FLAG).reduce((all, flag) => all | flag, 0x1 | 0x4 | 0x2000);

/** Bytes of a log-in up to the user's name, which are all that a client sends before it goes on in TLS. */
const FIXED_LENGTH = 32;

/** What a client says to log in. */
export interface LogIn {
  readonly user: string;
  readonly database?: string;
  /** Proof of the password, by `plugin`. */
  readonly token: Buffer;
  /** @default - none: mysql_native_password */
  readonly plugin?: string;
  /** Whether the packets that follow are compressed. */
  readonly isCompressed?: boolean;
  /** Whether no packets of their own tell where columns and rows end (CLIENT_DEPRECATE_EOF). */
  readonly isWithoutEof?: boolean;
}

/**
 * Random bytes for the proof of a password. Printable, as servers of MySQL send them: Connector/J reads them as a text
 * of 7 bits, which ends at a zero.
 */
export function newScramble(): Buffer {
  return Buffer.from(Array.from({ length: SCRAMBLE_LENGTH }, () => randomInt(0x21, 0x7f)));
}

/** What the server says first. */
export function greeting(serverVersion: string, connectionId: number, scramble: Buffer, hasTls: boolean): Buffer {
  const capabilities = hasTls ? CAPABILITIES : CAPABILITIES & ~FLAG.ssl;
  const fixed = Buffer.alloc(31);
  scramble.copy(fixed, 4, 0, 8);
  fixed.writeUInt32LE(connectionId, 0);
  fixed.writeUInt16LE(capabilities & 0xffff, 13);
  fixed.writeUInt8(UTF8, 15);
  fixed.writeUInt16LE(STATUS.autocommit, 16);
  fixed.writeUInt16LE(capabilities >>> 16, 18);
  fixed.writeUInt8(SCRAMBLE_LENGTH + 1, 20);
  return packet(0, [
    Buffer.from([10]),
    Buffer.from(`${serverVersion}\0`),
    fixed,
    scramble.subarray(8),
    Buffer.from(`\0${NATIVE_PASSWORD}\0`),
  ]);
}

/** Asks a client that proved its password in another way to do it in ours. */
export function authSwitch(sequenceId: number, scramble: Buffer): Buffer {
  return packet(sequenceId, [Buffer.from(`\xfe${NATIVE_PASSWORD}\0`, 'latin1'), scramble, Buffer.from([0])]);
}

/** Whether it is what a client sends before it goes on in TLS. */
export function isTlsRequest(payload: Buffer): boolean {
  return payload.length === FIXED_LENGTH && (payload.readUInt32LE() & FLAG.ssl) !== 0;
}

/** @throws SqlError ER_HANDSHAKE_ERROR, and ER_UNKNOWN_CHARACTER_SET for one that is not served */
export function readLogIn(payload: Buffer): LogIn {
  const reader = new PayloadReader(payload);
  const flags = reader.take(4).readUInt32LE();
  if (!(flags & FLAG.protocol41)) {
    throw new SqlError('ER_HANDSHAKE_ERROR', 'expected a client of the MySQL protocol 4.1 or later');
  }
  const [collation] = reader.take(FIXED_LENGTH - 4).subarray(4);
  expectUtf8(collation);
  const user = reader.text();
  const token = flags & FLAG.secureConnection ? reader.take(reader.take(1)[0]) : Buffer.from(reader.text());
  const database = flags & FLAG.connectWithDb ? reader.text() : '';
  const plugin = flags & FLAG.pluginAuth && !reader.done ? reader.text() : undefined;
  if (flags & FLAG.connectAttributes && !reader.done) {
    readAttributes(reader);
  }
  return {
    user,
    token,
    plugin,
    database: database || undefined,
    isCompressed: (flags & FLAG.compress) !== 0,
    isWithoutEof: (flags & FLAG.deprecateEof) !== 0,
  };
}

/** What a client tells of itself, such as `_client_name`: nothing here goes by it. */
function readAttributes(reader: PayloadReader): void {
  const attributes = new PayloadReader(reader.take(reader.length()));
  while (!attributes.done) {
    attributes.take(attributes.length());
  }
}

/**
 * Reads COM_CHANGE_USER, without the number of the command.
 *
 * @throws SqlError ER_HANDSHAKE_ERROR
 */
export function readChangeUser(payload: Buffer): LogIn {
  const reader = new PayloadReader(payload);
  const user = reader.text();
  const token = reader.take(reader.take(1)[0]);
  const database = reader.text();
  if (!reader.done) {
    expectUtf8(reader.take(2).readUInt16LE());
  }
  const plugin = reader.done ? undefined : reader.text();
  return { user, token, plugin, database: database || undefined };
}

function expectUtf8(collation: number): void {
  if (NOT_UTF8.has(collation)) {
    throw new SqlError(
      'ER_UNKNOWN_CHARACTER_SET',
      `expected a connection in the character set utf8mb4 or utf8, got the collation ${collation}`,
    );
  }
}
