import type { ConnectionActivity } from './kill';
import type { ResultColumn } from './engine/types';
import { packet } from './packets';
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
import { statisticsText } from './server-status';
import { DlaSession, type SessionContext } from './session';
import type { StatementResult } from './statement-result';
import { SqlError } from './sql-error';
import { SEVERAL_STATEMENTS } from './statement';
import { statementText } from './statement-text';

export const COMMAND = {
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

/** Those that have no answer. */
export const WITHOUT_ANSWER: readonly number[] = [COMMAND.stmtSendLongData, COMMAND.stmtClose];

/** Carries out the commands of a client that has logged in. */
export class ClientCommands {
  /** Whether the client expects answers without EOF packets. */
  public isWithoutEof = false;
  private readonly session: DlaSession;
  private readonly prepared: PreparedStatements;
  /** Ends the statement that runs. */
  private running = new AbortController();
  private hasLeft = false;
  private doing: Pick<ConnectionActivity, 'command' | 'statement'> = { command: 'Sleep' };
  private since = performance.now();

  constructor(
    private readonly context: SessionContext,
    connectionId: number,
    hasTls: boolean,
    queryBytes: number,
  ) {
    this.session = new DlaSession(context, connectionId, hasTls);
    this.prepared = new PreparedStatements(queryBytes);
  }

  /** Bits that go with each answer. */
  public get status(): number {
    return this.session.status;
  }

  public get activity(): Omit<ConnectionActivity, 'host' | 'tls'> {
    return { ...this.doing, schema: this.session.selectedSchema, millis: performance.now() - this.since };
  }

  /** Ends the statement that runs. */
  public interrupt(): void {
    this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'Query execution was interrupted'));
  }

  /** Ends the statement that runs, and all to come. */
  public leave(): void {
    this.hasLeft = true;
    this.running.abort(new SqlError('ER_QUERY_INTERRUPTED', 'the client has closed the connection'));
  }

  /** A session as it is after a log-in, in this schema. @throws SqlError ER_BAD_DB_ERROR */
  public begin(schema: string | undefined): void {
    this.reset();
    this.session.use(schema);
  }

  public runWithoutAnswer(command: number, payload: Buffer): void {
    if (command === COMMAND.stmtClose) {
      this.prepared.close(payload);
    } else {
      this.prepared.addLongData(payload);
    }
  }

  /** Packets of the answer; undefined for a command that has none. @throws SqlError */
  public async run(command: number, payload: Buffer): Promise<Buffer | 'ok' | undefined> {
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
      case COMMAND.fieldList: {
        const [table] = payload.toString().split('\0', 1);
        const sql = `select * from \`${table.replaceAll('`', '``')}\``;
        return fieldList(await this.session.describe(sql, this.newSignal()), this.format);
      }
      case COMMAND.processInfo:
        return this.executeText('show processlist');
      case COMMAND.statistics:
        return packet(1, [Buffer.from(statisticsText(this.context))]);
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
    const result = await this.execute('Query', sql);
    return result ? resultSet(result, 'text', this.format) : 'ok';
  }

  private async prepare(sql: string): Promise<Buffer> {
    const { id, parameters, described } = this.prepared.prepare(sql);
    // What is wrong with the statement is told when it is executed: values may make it right.
    const signal = this.newSignal();
    const describe = (): Promise<readonly ResultColumn[]> => this.session.describe(described, signal);
    const columns = await this.during('Prepare', described, describe).catch(() => {
      if (signal.aborted) {
        this.prepared.forget(id);
      }
      signal.throwIfAborted();
      return [];
    });
    return preparedStatement(id, parameters, columns, this.format);
  }

  private async executePrepared(payload: Buffer): Promise<Buffer | 'ok'> {
    const result = await this.execute('Execute', this.prepared.bind(payload));
    if (!result || !this.prepared.wantsCursor(payload)) {
      return result ? resultSet(result, 'binary', this.format) : 'ok';
    }
    const { columns, rows } = result;
    this.prepared.openCursor(payload, { columns, rows });
    return openedCursor(columns, this.format);
  }

  private async execute(command: ConnectionActivity['command'], sql: string): Promise<StatementResult> {
    return this.context.status.measure(() =>
      this.during(command, sql, () => this.session.execute(sql, this.newSignal())),
    );
  }

  /** Tells others what this connection does meanwhile. */
  private async during<T>(
    command: ConnectionActivity['command'],
    statement: string,
    run: () => Promise<T>,
  ): Promise<T> {
    this.doing = { command, statement };
    this.since = performance.now();
    try {
      return await run();
    } finally {
      this.doing = { command: 'Sleep' };
      this.since = performance.now();
    }
  }

  /** The signal of the statement that is about to run. @throws SqlError when the client has gone */
  private newSignal(): AbortSignal {
    if (this.hasLeft) {
      this.running.signal.throwIfAborted();
    }
    this.running = new AbortController();
    return this.running.signal;
  }

  private get format(): AnswerFormat {
    return { status: this.session.status, isWithoutEof: this.isWithoutEof };
  }

  private reset(): void {
    this.session.reset();
    this.prepared.closeAll();
  }
}
