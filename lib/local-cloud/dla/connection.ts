import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { ResultColumn } from './engine/types';
import { verifyNativePassword } from './native-password';
import { type StatementResult, DlaSession, type SessionContext } from './session';
import { SERVER_VERSION } from './session-variables';
import { SqlError } from './sql-error';

/** What one connection may take. */
export interface ConnectionLimits {
  /** Time in which a client must have logged in. */
  readonly handshakeMillis: number;
  /** Longest statement, in bytes. */
  readonly queryBytes: number;
}

export const DEFAULT_LIMITS: ConnectionLimits = { handshakeMillis: 10_000, queryBytes: 128 << 10 };

/** The part of mysql2's connection that a server uses. */
interface ServerConnection {
  sequenceId: number;
  handlePacket(packet?: Packet): void;
  serverHandshake(options: object): void;
  writeOk(): void;
  writeColumns(columns: readonly object[]): void;
  writeTextRow(values: readonly (string | null)[]): void;
  writeEof(warnings: number, statusFlags: number): void;
  on(event: 'error', listener: () => void): void;
}

interface Packet {
  readonly sequenceId: number;
  readInt8(): number;
  readString(length: undefined, encoding: string): string;
}

interface LoginRequest {
  readonly user: string;
  readonly database?: string;
  readonly authPluginData1: Buffer;
  readonly authPluginData2: Buffer;
  readonly authToken: unknown;
}

const COMMAND = {
  quit: 1,
  initDb: 2,
  query: 3,
  ping: 14,
  stmtPrepare: 22,
  stmtSendLongData: 24,
  stmtClose: 25,
  reset: 31,
};

/**
 * LONG_PASSWORD, LONG_FLAG, CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION, PLUGIN_AUTH: neither TLS
 * nor compression, and results end as mysql2 writes them.
 */
const CAPABILITIES = 0x1 | 0x4 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000;
const STATUS_AUTOCOMMIT = 2;
const UTF8MB4 = 45;

/** Bytes beyond the longest statement that may be kept: what one read of the socket can bring. */
const READ_AHEAD = 64 << 10;

/** Commands that a client may send before their answers. */
const MAX_QUEUED = 64;

/** Bytes of a statement that is too long which are read and thrown away, so that its sender can read the refusal. */
const MAX_DISCARDED = 64 << 20;

/** Speaks the MySQL protocol with one client until it leaves. */
export function serveConnection(
  mysql2: typeof import('mysql2'),
  socket: Socket,
  context: SessionContext,
  limits: ConnectionLimits,
): void {
  const connectionId = randomInt(1, 2 ** 31);
  const session = new DlaSession(context, connectionId);
  const disconnected = new AbortController();
  let stage: 'greeted' | 'answered' | 'ready' = 'greeted';
  let received = 0;
  let queued = 0;
  let queue = Promise.resolve();

  const timer = setTimeout(() => stage !== 'ready' && socket.destroy(), limits.handshakeMillis);
  socket.once('close', () => {
    clearTimeout(timer);
    disconnected.abort(new SqlError('ER_QUERY_INTERRUPTED', 'the client has closed the connection'));
  });
  // Counted before mysql2 sees the bytes, which would keep any number of them.
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length;
    if (received > limits.queryBytes + READ_AHEAD) {
      discard(socket, tooLong(limits));
    }
  });
  const connection = mysql2.createConnection({ stream: socket, isServer: true }) as unknown as ServerConnection;
  connection.on('error', () => socket.destroy());

  const logIn = (request: LoginRequest): void => {
    const { dlaUser, dlaPassword } = context.account.identity;
    const scramble = Buffer.concat([request.authPluginData1, request.authPluginData2]);
    const answer = (): void => {
      if (request.user !== dlaUser || !verifyNativePassword(dlaPassword, scramble, request.authToken)) {
        const used = Buffer.isBuffer(request.authToken) && request.authToken.length > 0 ? 'YES' : 'NO';
        throw new SqlError(
          'ER_ACCESS_DENIED_ERROR',
          `Access denied for user '${request.user.slice(0, 80)}'@'127.0.0.1' (using password: ${used})`,
        );
      }
      if (request.database) {
        session.use(request.database);
      }
    };
    try {
      answer();
      stage = 'ready';
      connection.writeOk();
    } catch (error) {
      socket.end(errorPacket(connection.sequenceId, asSqlError(error)));
    }
  };

  const run = async (command: number, text: string): Promise<StatementResult> => {
    if (Buffer.byteLength(text) > limits.queryBytes) {
      throw tooLong(limits);
    }
    switch (command) {
      case COMMAND.query:
        return session.execute(text, disconnected.signal);
      case COMMAND.initDb:
        session.use(text);
        return undefined;
      case COMMAND.ping:
        return undefined;
      case COMMAND.reset:
        session.reset();
        return undefined;
      case COMMAND.stmtPrepare:
        throw new SqlError(
          'ER_UNSUPPORTED_PS',
          'prepared statements are not supported: send the statement as text (connection.query in mysql2)',
        );
      default:
        throw new SqlError('ER_UNKNOWN_COM_ERROR', `the command ${command} of the MySQL protocol is not supported`);
    }
  };

  const answer = async (command: number, text: string): Promise<void> => {
    try {
      const result = await run(command, text);
      connection.sequenceId = 1;
      writeAnswer(socket, connection, result);
    } catch (error) {
      socket.write(errorPacket(1, asSqlError(error)));
    }
    queued -= 1;
  };

  const toHandshake = connection.handlePacket.bind(connection);
  // mysql2's own dispatch goes on after a refused login, prints unknown commands, and counts packets across commands.
  connection.handlePacket = (packet) => {
    received = 0;
    if (packet === undefined) {
      toHandshake();
    } else if (stage === 'greeted') {
      stage = 'answered';
      connection.sequenceId = packet.sequenceId;
      toHandshake(packet);
    } else if (stage === 'ready') {
      const command = packet.readInt8();
      const text = packet.readString(undefined, 'utf8');
      queued += 1;
      if (command === COMMAND.quit || queued > MAX_QUEUED) {
        socket.end();
      } else if (command === COMMAND.stmtClose || command === COMMAND.stmtSendLongData) {
        queued -= 1; // The protocol has no answer to these.
      } else {
        queue = queue.then(() => answer(command, text));
      }
    }
  };
  connection.serverHandshake({
    protocolVersion: 10,
    serverVersion: SERVER_VERSION,
    connectionId,
    statusFlags: STATUS_AUTOCOMMIT,
    characterSet: UTF8MB4,
    capabilityFlags: CAPABILITIES,
    authCallback: logIn,
  });
}

/** An ERR packet with its SQL state, which mysql2's own leaves out. */
export function errorPacket(sequenceId: number, { errno, sqlState, message }: SqlError): Buffer {
  const payload = Buffer.from(`\xff..#${sqlState}`, 'latin1');
  payload.writeUInt16LE(errno, 1);
  const text = Buffer.from(message.slice(0, 4000));
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length + text.length, 0, 3);
  header[3] = sequenceId;
  return Buffer.concat([header, payload, text]);
}

function writeAnswer(socket: Socket, connection: ServerConnection, answer: StatementResult): void {
  if (!answer) {
    connection.writeOk();
    return;
  }
  socket.cork();
  connection.writeColumns(answer.columns.map(columnDefinition));
  answer.rows.forEach((row) => connection.writeTextRow(row));
  connection.writeEof(0, STATUS_AUTOCOMMIT);
  socket.uncork();
}

/** MySQL's numbers of column types, by DuckDB's names. */
const COLUMN_TYPES: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INTEGER: 3,
  FLOAT: 4,
  DOUBLE: 5,
  BIGINT: 8,
  DATE: 10,
  TIME: 11,
  TIMESTAMP: 12,
  DECIMAL: 246,
  HUGEINT: 246,
};
const VAR_STRING = 253;

function columnDefinition({ name, type }: ResultColumn): object {
  const [, base, scale] = /^(\w+)(?:\(\d+,(\d+)\))?$/.exec(type) ?? [];
  return {
    catalog: 'def',
    schema: '',
    table: '',
    orgTable: '',
    name,
    orgName: name,
    characterSet: UTF8MB4,
    columnLength: 65535,
    columnType: COLUMN_TYPES[base] ?? VAR_STRING,
    flags: 0,
    decimals: Number(scale ?? 0),
  };
}

function tooLong({ queryBytes }: ConnectionLimits): SqlError {
  return new SqlError('ER_NET_PACKET_TOO_LARGE', `the statement is longer than ${queryBytes} bytes, the most allowed`);
}

/** Ends a connection whose client is still sending. */
function discard(socket: Socket, reason: SqlError): void {
  let discarded = 0;
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > MAX_DISCARDED) {
      socket.destroy();
    }
  });
  socket.end(errorPacket(1, reason));
}

function asSqlError(error: unknown): SqlError {
  return error instanceof SqlError ? error : new SqlError('ER_UNKNOWN_ERROR', (error as Error).message);
}
