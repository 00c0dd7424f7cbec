import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { internalError } from '../account/internal-error';
import {
  authSwitch,
  greeting,
  type LogIn,
  losesPreparedRows,
  NATIVE_PASSWORD,
  newScramble,
  readChangeUser,
  readLogIn,
} from './handshake';
import type { KillTarget } from './kill';
import { verifyNativePassword } from './native-password';
import type { ConnectionLimits } from './dla-server';
import { errorPacket, okPacket, packet } from './packets';
import { PreparedStatements } from './prepared-statements';
import { fetchedRows, openedCursor, preparedStatement, resultSet } from './result-set';
import { DlaSession, type SessionContext, type StatementResult } from './session';
import { SERVER_VERSION } from './session-variables';
import { SqlError } from './sql-error';
import { statementText } from './statement-text';

/** The part of mysql2's connection that a server uses. */
interface ServerConnection {
  /** Read when an answer is written. */
  serverConfig?: { readonly encoding: string };
  handlePacket(packet?: Packet): void;
  on(event: 'error', listener: () => void): void;
}

interface Packet {
  readonly sequenceId: number;
  readBuffer(): Buffer;
}

const COMMAND = {
  quit: 1,
  initDb: 2,
  query: 3,
  statistics: 9,
  processKill: 12,
  ping: 14,
  changeUser: 17,
  stmtPrepare: 22,
  stmtExecute: 23,
  stmtSendLongData: 24,
  stmtClose: 25,
  stmtReset: 26,
  setOption: 27,
  stmtFetch: 28,
  reset: 31,
};
const MULTI_STATEMENTS_OFF = 1;

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
  const connection = mysql2.createConnection({ stream: socket, isServer: true }) as unknown as ServerConnection;
  new ClientConnection(socket, connection, context, limits).greet();
}

class ClientConnection implements KillTarget {
  private readonly id = randomInt(1, 2 ** 31);
  private readonly session: DlaSession;
  private readonly prepared: PreparedStatements;
  private readonly scramble = newScramble();
  /** Ends the statement that runs. */
  private running = new AbortController();
  /** What the next packet is. */
  private stage: 'log-in' | 'token' | 'command' | 'refused' = 'log-in';
  /** A log-in whose password is still to be proved. */
  private logIn?: LogIn;
  private mayPrepare = true;
  private received = 0;
  private queued = 0;
  private queue = Promise.resolve();

  constructor(
    private readonly socket: Socket,
    connection: ServerConnection,
    private readonly context: SessionContext,
    private readonly limits: ConnectionLimits,
  ) {
    this.session = new DlaSession(context, this.id);
    this.prepared = new PreparedStatements(limits.queryBytes);
    const timer = setTimeout(() => this.stage !== 'command' && socket.destroy(), limits.handshakeMillis);
    context.connections.set(this.id, this);
    socket.once('close', () => {
      clearTimeout(timer);
      context.connections.delete(this.id);
      this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'the client has closed the connection'));
    });
    // Counted before mysql2 sees the bytes, which would keep any number of them.
    socket.prependListener('data', (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.received > limits.queryBytes + READ_AHEAD) {
        discard(socket, tooLong(limits));
      }
    });
    connection.serverConfig = { encoding: 'utf8' };
    connection.on('error', () => socket.destroy());
    // mysql2's own dispatch goes on after a refused login, prints unknown commands, and counts packets across commands.
    connection.handlePacket = (packet) => {
      this.received = 0;
      if (packet) {
        this.take(packet.sequenceId, packet.readBuffer());
      }
    };
  }

  public greet(): void {
    this.socket.write(greeting(SERVER_VERSION, this.id, this.scramble));
  }

  public killQuery(): void {
    this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'Query execution was interrupted'));
  }

  public killConnection(): void {
    this.socket.destroy();
  }

  private take(sequenceId: number, payload: Buffer): void {
    switch (this.stage) {
      case 'log-in':
        return this.authenticate(sequenceId, () => {
          const logIn = readLogIn(payload);
          this.mayPrepare = !losesPreparedRows(logIn);
          return logIn;
        });
      case 'token':
        return this.authenticate(sequenceId, () => ({ ...this.logIn!, token: payload, plugin: NATIVE_PASSWORD }));
      case 'command':
        return this.enqueue(payload);
      case 'refused':
        return undefined;
    }
  }

  /** Lets a client in whose password is right, asks for another proof of it, or shows it out. */
  private authenticate(sequenceId: number, read: () => LogIn): void {
    this.stage = 'refused';
    try {
      const logIn = read();
      if (logIn.plugin !== undefined && logIn.plugin !== NATIVE_PASSWORD) {
        this.logIn = logIn;
        this.stage = 'token';
        this.socket.write(authSwitch(sequenceId + 1, this.scramble));
        return;
      }
      this.checkPassword(logIn);
      this.reset();
      if (logIn.database) {
        this.session.use(logIn.database);
      }
      this.logIn = logIn;
      this.stage = 'command';
      this.socket.write(okPacket(sequenceId + 1, this.session.status));
    } catch (error) {
      this.socket.end(errorPacket(sequenceId + 1, asSqlError(error)));
    }
  }

  private checkPassword({ user, token }: LogIn): void {
    const { dlaUser, dlaPassword } = this.context.account.identity;
    // The documented form USER@CLUSTER binds a connection to a virtual cluster, of which there is one here.
    const [name] = user.split('@');
    if (name !== dlaUser || !verifyNativePassword(dlaPassword, this.scramble, token)) {
      throw new SqlError(
        'ER_ACCESS_DENIED_ERROR',
        `Access denied for user '${user.slice(0, 80)}'@'127.0.0.1' (using password: ${token.length > 0 ? 'YES' : 'NO'})`,
      );
    }
  }

  private enqueue(payload: Buffer): void {
    if (payload[0] === COMMAND.quit || this.queued >= MAX_QUEUED) {
      this.socket.end();
    } else {
      this.queued += 1;
      this.queue = this.queue.then(() => this.answer(payload[0], payload.subarray(1)));
    }
  }

  private async answer(command: number, payload: Buffer): Promise<void> {
    try {
      const answer = await this.run(command, payload);
      if (answer === 'ok') {
        this.socket.write(okPacket(1, this.session.status));
      } else if (answer) {
        this.socket.write(answer);
      }
    } catch (error) {
      this.socket.write(errorPacket(1, asSqlError(error)));
    }
    this.queued -= 1;
  }

  /** Packets of the answer; undefined for a command that has none, or whose answer is on its way. */
  private async run(command: number, payload: Buffer): Promise<Buffer | 'ok' | undefined> {
    switch (command) {
      case COMMAND.query:
        this.checkLength(payload);
        return this.executeText(statementText(payload));
      case COMMAND.stmtPrepare: {
        if (!this.mayPrepare) {
          // At which the client puts the values into the text itself, as it does by default.
          throw new SqlError(
            'ER_UNSUPPORTED_PS',
            'statements that the server prepares have no rows in this version of Connector/J: expected useServerPrepStmts=false',
          );
        }
        this.checkLength(payload);
        const { id, parameters } = this.prepared.prepare(statementText(payload));
        return preparedStatement(id, parameters, this.session.status);
      }
      case COMMAND.stmtExecute:
        return this.executePrepared(payload);
      case COMMAND.stmtFetch: {
        const { isLast, ...rows } = this.prepared.fetch(payload);
        return fetchedRows(rows, isLast, this.session.status);
      }
      case COMMAND.stmtSendLongData:
        this.prepared.addLongData(payload);
        return undefined;
      case COMMAND.stmtClose:
        this.prepared.close(payload);
        return undefined;
      case COMMAND.stmtReset:
        this.prepared.reset(payload);
        return 'ok';
      case COMMAND.changeUser:
        this.authenticate(0, () => readChangeUser(payload));
        return undefined;
      case COMMAND.statistics:
        return packet(1, [Buffer.from(this.statistics())]);
      case COMMAND.initDb:
        this.session.use(payload.toString());
        return 'ok';
      case COMMAND.processKill:
        this.session.kill({ connection: true, id: payload.length === 4 ? payload.readUInt32LE() : 0 });
        return 'ok';
      case COMMAND.setOption:
        if (payload[0] !== MULTI_STATEMENTS_OFF) {
          throw new SqlError('ER_NOT_SUPPORTED_YET', 'several statements in one request are not supported here');
        }
        return 'ok';
      case COMMAND.ping:
        return 'ok';
      case COMMAND.reset:
        this.reset();
        return 'ok';
      default:
        throw new SqlError('ER_UNKNOWN_COM_ERROR', `the command ${command} of the MySQL protocol is not supported`);
    }
  }

  private async executeText(sql: string): Promise<Buffer | 'ok'> {
    const result = await this.execute(sql);
    return result ? resultSet(result, 'text', this.session.status) : 'ok';
  }

  private async executePrepared(payload: Buffer): Promise<Buffer | 'ok'> {
    const result = await this.execute(this.prepared.bind(payload));
    if (!result || !this.prepared.wantsCursor(payload)) {
      return result ? resultSet(result, 'binary', this.session.status) : 'ok';
    }
    this.prepared.openCursor(payload, result);
    return openedCursor(result.columns, this.session.status);
  }

  private async execute(sql: string): Promise<StatementResult> {
    if (this.socket.destroyed) {
      this.running.signal.throwIfAborted();
    }
    this.running = new AbortController();
    return this.session.execute(sql, this.running.signal);
  }

  private checkLength({ length }: Buffer): void {
    if (length > this.limits.queryBytes) {
      throw tooLong(this.limits);
    }
  }

  private reset(): void {
    this.session.reset();
    this.prepared.closeAll();
  }

  private statistics(): string {
    const { size } = this.context.connections;
    return `Uptime: ${Math.floor(process.uptime())}  Threads: ${size}  Questions: 0  Slow queries: 0  Opens: 0`;
  }
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
  return error instanceof SqlError
    ? error
    : new SqlError('ER_UNKNOWN_ERROR', internalError('answering a statement', error));
}
