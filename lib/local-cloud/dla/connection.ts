import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { internalError } from '../account/internal-error';
import {
  authSwitch,
  greeting,
  isTlsRequest,
  type LogIn,
  NATIVE_PASSWORD,
  newScramble,
  readChangeUser,
  readLogIn,
} from './handshake';
import type { KillTarget } from './kill';
import { verifyNativePassword } from './native-password';
import type { ConnectionLimits } from './dla-server';
import { type ClientPacket, PacketSocket } from './packet-socket';
import { errorPacket, okPacket, packet } from './packets';
import { PreparedStatements } from './prepared-statements';
import {
  type AnswerFormat,
  endPacket,
  fetchedRows,
  fieldList,
  openedCursor,
  preparedStatement,
  resultSet,
} from './result-set';
import { DlaSession, type SessionContext, type StatementResult } from './session';
import { SERVER_VERSION } from './session-variables';
import { SqlError } from './sql-error';
import { SEVERAL_STATEMENTS } from './statement';
import { statementText } from './statement-text';

const COMMAND = {
  quit: 1,
  initDb: 2,
  query: 3,
  fieldList: 4,
  statistics: 9,
  processInfo: 10,
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

/** Bytes of a log-in, which tells of nothing long but the client's attributes. */
const MAX_LOG_IN = 64 << 10;

/** Commands that a client may send before their answers, and their bytes, in statements of the greatest length. */
const MAX_QUEUED = { commands: 64, statements: 4 };

/** Those that have no answer. */
const WITHOUT_ANSWER: readonly number[] = [COMMAND.stmtSendLongData, COMMAND.stmtClose];

/** Speaks the MySQL protocol with one client until it leaves. */
export function serveConnection(
  socket: Socket,
  context: SessionContext,
  limits: ConnectionLimits,
  secureContext: () => SecureContext | undefined,
): void {
  new ClientConnection(socket, context, limits, secureContext()).greet();
}

class ClientConnection implements KillTarget {
  private readonly id = randomInt(1, 2 ** 31);
  private readonly packets: PacketSocket;
  private readonly session: DlaSession;
  private readonly prepared: PreparedStatements;
  private readonly scramble = newScramble();
  /** Ends the statement that runs. */
  private running = new AbortController();
  /** What the next packet is. */
  private stage: 'log-in' | 'token' | 'command' | 'refused' = 'log-in';
  /** Number that the next packet has. */
  private sequenceId = 1;
  /** A log-in whose password is still to be proved. */
  private logIn?: LogIn;
  private isWithoutEof = false;
  private readonly queued = { commands: 0, bytes: 0 };
  private queue = Promise.resolve();

  constructor(
    socket: Socket,
    private readonly context: SessionContext,
    private readonly limits: ConnectionLimits,
    private readonly secureContext: SecureContext | undefined,
  ) {
    this.session = new DlaSession(context, this.id, secureContext !== undefined);
    this.prepared = new PreparedStatements(limits.queryBytes);
    this.packets = new PacketSocket(socket, MAX_LOG_IN, {
      packet: (received) => this.take(received),
      unreadable: (error) => this.leave(error),
    });
    const timer = setTimeout(() => this.stage !== 'command' && this.packets.destroy(), limits.handshakeMillis);
    context.connections.set(this.id, this);
    socket.once('close', () => {
      clearTimeout(timer);
      context.connections.delete(this.id);
      this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'the client has closed the connection'));
    });
  }

  public greet(): void {
    void this.packets.send(greeting(SERVER_VERSION, this.id, this.scramble, this.secureContext !== undefined));
  }

  public killQuery(): void {
    this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'Query execution was interrupted'));
  }

  public killConnection(): void {
    this.packets.destroy();
  }

  private get format(): AnswerFormat {
    return { status: this.session.status, isWithoutEof: this.isWithoutEof };
  }

  private take(received: ClientPacket): void {
    const { sequenceId, payload, compressedId } = received;
    if (this.stage === 'refused') {
      return;
    }
    // Compressed packets have numbers of their own.
    if (compressedId === undefined && sequenceId !== this.sequenceId) {
      this.leave(
        new SqlError(
          'ER_NET_PACKETS_OUT_OF_ORDER',
          `Got packets out of order: expected the number ${this.sequenceId}, got ${sequenceId}`,
        ),
        sequenceId,
      );
      return;
    }
    if (this.stage === 'command') {
      this.enqueue(received);
    } else if (!payload) {
      this.leave(new SqlError('ER_NET_PACKET_TOO_LARGE', `a log-in is longer than ${MAX_LOG_IN} bytes`), sequenceId);
    } else if (this.stage === 'token') {
      this.authenticate(() => ({ ...this.logIn!, token: payload, plugin: NATIVE_PASSWORD }), sequenceId, compressedId);
    } else if (isTlsRequest(payload)) {
      this.secure(sequenceId);
    } else {
      this.authenticate(() => readLogIn(payload), sequenceId);
    }
  }

  private secure(sequenceId: number): void {
    if (!this.secureContext || this.sequenceId !== 1) {
      this.leave(new SqlError('ER_HANDSHAKE_ERROR', 'TLS is not served on this connection'), sequenceId);
      return;
    }
    this.sequenceId = 2;
    this.packets.secure(this.secureContext);
  }

  /** Says why, and ends the connection. */
  private leave(error: SqlError, sequenceId = 0, compressedId?: number): void {
    this.stage = 'refused';
    void this.packets.end(errorPacket(sequenceId + 1, error), compressedId);
  }

  /** Lets a client in whose password is right, asks for another proof of it, or shows it out. */
  private authenticate(read: () => LogIn, sequenceId: number, compressedId?: number): void {
    try {
      const logIn = read();
      this.logIn = { ...this.logIn, ...logIn };
      if (logIn.plugin !== undefined && logIn.plugin !== NATIVE_PASSWORD) {
        this.stage = 'token';
        this.sequenceId = sequenceId + 2;
        void this.packets.send(authSwitch(sequenceId + 1, this.scramble), compressedId);
        return;
      }
      this.checkPassword(logIn);
      this.reset();
      this.session.use(logIn.database || undefined);
      this.stage = 'command';
      this.sequenceId = 0;
      this.isWithoutEof = this.logIn.isWithoutEof ?? false;
      this.packets.limit = this.limits.queryBytes;
      void this.packets.send(okPacket(sequenceId + 1, this.session.status), compressedId);
      if (this.logIn.isCompressed && !this.packets.isCompressed) {
        this.packets.compress();
      }
    } catch (error) {
      this.leave(asSqlError(error), sequenceId, compressedId);
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

  private enqueue(received: ClientPacket): void {
    const { queued, limits } = this;
    const { payload } = received;
    const bytes = payload?.length ?? 0;
    if (payload?.[0] === COMMAND.quit) {
      this.packets.stopReading();
      this.queue = this.queue.then(() => this.packets.end());
    } else if (
      queued.commands >= MAX_QUEUED.commands ||
      queued.bytes + bytes > MAX_QUEUED.statements * limits.queryBytes
    ) {
      this.stage = 'refused';
      void this.packets.end();
    } else if (queued.commands === 0 && payload && WITHOUT_ANSWER.includes(payload[0])) {
      // At once: drivers send any number of them.
      this.runWithoutAnswer(payload[0], payload.subarray(1));
    } else {
      queued.commands += 1;
      queued.bytes += bytes;
      this.queue = this.queue.then(async () => {
        await this.answer(received);
        queued.commands -= 1;
        queued.bytes -= bytes;
      });
    }
  }

  private async answer({ payload, lastSequenceId, compressedId }: ClientPacket): Promise<void> {
    // The password of another user has been wrong, or is still to come.
    if (this.stage !== 'command') {
      return;
    }
    let answer: Buffer | undefined;
    try {
      if (!payload) {
        const { queryBytes } = this.limits;
        throw new SqlError(
          'ER_NET_PACKET_TOO_LARGE',
          `the statement is longer than ${queryBytes} bytes, the most allowed`,
        );
      }
      const found = await this.run(payload[0], payload.subarray(1), compressedId);
      answer = found === 'ok' ? okPacket(1, this.session.status) : found;
    } catch (error) {
      // Those in compressed packets have no numbers that count.
      answer = errorPacket(compressedId === undefined ? lastSequenceId + 1 : 1, asSqlError(error));
    }
    if (answer) {
      await this.packets.send(answer, compressedId);
    }
  }

  private runWithoutAnswer(command: number, payload: Buffer): void {
    if (command === COMMAND.stmtClose) {
      this.prepared.close(payload);
    } else {
      this.prepared.addLongData(payload);
    }
  }

  /** Packets of the answer; undefined for a command that has none, or whose answer is on its way. */
  private async run(command: number, payload: Buffer, compressedId?: number): Promise<Buffer | 'ok' | undefined> {
    switch (command) {
      case COMMAND.query:
        return this.executeText(statementText(payload));
      case COMMAND.stmtPrepare:
        return this.prepare(statementText(payload));
      case COMMAND.stmtExecute:
        return this.executePrepared(payload);
      case COMMAND.stmtFetch: {
        const { isLast, ...rows } = this.prepared.fetch(payload);
        return fetchedRows(rows, isLast, this.format);
      }
      case COMMAND.stmtSendLongData:
      case COMMAND.stmtClose:
        this.runWithoutAnswer(command, payload);
        return undefined;
      case COMMAND.stmtReset:
        this.prepared.reset(payload);
        return 'ok';
      case COMMAND.changeUser:
        this.authenticate(() => readChangeUser(payload), 0, compressedId);
        return undefined;
      case COMMAND.fieldList: {
        const [table] = payload.toString().split('\0', 1);
        const sql = `select * from \`${table.replaceAll('`', '``')}\``;
        return fieldList(await this.session.describe(sql, this.begin()), this.format);
      }
      case COMMAND.processInfo:
        return this.executeText('show processlist');
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
          throw new SqlError('ER_NOT_SUPPORTED_YET', SEVERAL_STATEMENTS);
        }
        return endPacket(this.format);
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
    return result ? resultSet(result, 'text', this.format) : 'ok';
  }

  private async prepare(sql: string): Promise<Buffer> {
    const { id, parameters, described } = this.prepared.prepare(sql);
    // What is wrong with the statement is told when it is executed: values may make it right.
    const signal = this.begin();
    const columns = await this.session.describe(described, signal).catch(() => {
      if (signal.aborted) {
        this.prepared.forget(id);
      }
      signal.throwIfAborted();
      return [];
    });
    return preparedStatement(id, parameters, columns, this.format);
  }

  private async executePrepared(payload: Buffer): Promise<Buffer | 'ok'> {
    const result = await this.execute(this.prepared.bind(payload));
    if (!result || !this.prepared.wantsCursor(payload)) {
      return result ? resultSet(result, 'binary', this.format) : 'ok';
    }
    this.prepared.openCursor(payload, result);
    return openedCursor(result.columns, this.format);
  }

  private async execute(sql: string): Promise<StatementResult> {
    return this.session.execute(sql, this.begin());
  }

  /** The signal of the statement that is about to run. @throws SqlError when the client has gone */
  private begin(): AbortSignal {
    if (this.packets.destroyed) {
      this.running.signal.throwIfAborted();
    }
    this.running = new AbortController();
    return this.running.signal;
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

function asSqlError(error: unknown): SqlError {
  return error instanceof SqlError
    ? error
    : new SqlError('ER_UNKNOWN_ERROR', internalError('answering a statement', error));
}
