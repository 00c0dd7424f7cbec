import type { Account } from '../account/account';
import type { DdlStatement } from './ddl';
import { DdlExecutor } from './ddl-executor';
import type { Engine, EngineInput } from './engine/engine';
import type { EngineCatalog, ResultColumn } from './engine/types';
import { INFORMATION_SCHEMA, type SystemState } from './information-schema';
import { type Insert, runInsert } from './insert';
import { type Kill, killConnection, type ClientConnection } from './kill';
import type { QueryTasks } from './query-tasks';
import { STATUS } from './result-set';
import type { ServerStatus } from './server-status';
import { SERVER_VERSION, SessionVariables } from './session-variables';
import {
  describeSystemTable,
  describeTable,
  showCreateSchema,
  showCreateTable,
  showPartitions,
} from './show-definition';
import { SqlError, translated } from './sql-error';
import { type KnownValue, parseStatement, type SessionValue, type Statement } from './statement';
import { ANSWER_LIMITS, columnsOf, type StatementResult, texts } from './statement-result';
import { describeSystem, isSystemTable, readSystem, showList, showQueryTask } from './system-queries';
import { SYSTEM_SCHEMA } from './system-schema';
import { catalogOf, sourcesOf } from './tables';
import { withTimeLimit } from './time-limit';
import { sameName } from './tokens';

/** Columns of what is not a SELECT that runs at once. */
const PLAN = ['Query Plan'];
const TASK_ID: readonly ResultColumn[] = [{ name: 'ASYNC_TASK_ID', type: 'VARCHAR' }];
const ROW_COUNT: readonly ResultColumn[] = [{ name: 'rows', type: 'BIGINT' }];

/** What the sessions of one server share. */
export interface SessionContext {
  readonly account: Account;
  readonly region: string;
  readonly engine: Engine;
  readonly tasks: QueryTasks;
  readonly status: ServerStatus;
  /** Those of all clients, by id. */
  readonly connections: Map<number, ClientConnection>;
}

/** One client's session: its selected schema, and the statements it sends. */
export class DlaSession {
  private schema?: string;
  private readonly variables: SessionVariables;
  private isInTransaction = false;

  constructor(
    private readonly context: SessionContext,
    private readonly connectionId: number,
    hasTls: boolean,
  ) {
    this.variables = new SessionVariables(hasTls);
  }

  public get selectedSchema(): string | undefined {
    return this.schema;
  }

  /** @throws SqlError ER_BAD_DB_ERROR */
  public use(name: string | undefined): void {
    const { account, region } = this.context;
    if (name === undefined) {
      this.schema = undefined;
      return;
    }
    if (sameName(name, INFORMATION_SCHEMA)) {
      this.schema = INFORMATION_SCHEMA;
      return;
    }
    this.schema = translated('ER_BAD_DB_ERROR', () => account.dla.getSchema(region, name)).name;
  }

  /** Bits that go with each answer. */
  public get status(): number {
    return (this.variables.isAutocommit ? STATUS.autocommit : 0) | (this.isInTransaction ? STATUS.inTransaction : 0);
  }

  /** The schema stays selected, as MySQL keeps it: pools that reset a connection go on in it. */
  public reset(): void {
    this.isInTransaction = false;
    this.variables.reset();
  }

  /** @throws SqlError ER_NO_SUCH_THREAD */
  public kill(target: Kill): void {
    const { connections, tasks } = this.context;
    if ('id' in target) {
      killConnection(connections, target);
    } else if (!tasks.cancel(target.taskId)) {
      throw new SqlError('ER_NO_SUCH_THREAD', `no query task with the id ${target.taskId} is running`);
    }
  }

  /**
   * @param signal ends a synchronous query when the client has gone
   * @throws SqlError
   */
  public async execute(sql: string, signal: AbortSignal): Promise<StatementResult> {
    const { hasAnsiQuotes } = this.variables;
    const statement = parseStatement(sql, { valueOf: (value) => this.sessionValue(value), hasAnsiQuotes });
    switch (statement.kind) {
      case 'select':
        return statement.hints.runAsync ? this.submit(sql, statement) : this.selectInTime(statement, signal);
      case 'insert':
        return statement.hints.runAsync ? this.submit(sql, statement) : this.insert(statement, signal);
      case 'explain':
        return this.explain(statement.sql, signal);
      case 'create-schema':
      case 'create-table':
      case 'create-view':
      case 'drop-schema':
      case 'drop-table':
      case 'drop-view':
      case 'add-partitions':
      case 'drop-partitions':
      case 'add-columns':
      case 'change-column':
        await this.define(statement);
        return undefined;
      case 'repair-table':
      case 'repair-schema':
        await this.define(statement);
        return texts(['Result'], [[null]]);
      case 'show-query-task':
        return showQueryTask(this.context, statement, signal);
      case 'show-list':
        return showList(this.context.engine, statement, this.systemState(), signal);
      default:
        return this.command(statement);
    }
  }

  /**
   * The columns that a statement's rows will have, without running one that changes anything or reads what users have;
   * none for one that has no rows.
   *
   * @param signal ends it as it ends `execute`
   * @throws SqlError
   */
  public async describe(sql: string, signal: AbortSignal): Promise<readonly ResultColumn[]> {
    const { hasAnsiQuotes } = this.variables;
    const statement = parseStatement(sql, { valueOf: (value) => this.sessionValue(value), hasAnsiQuotes });
    switch (statement.kind) {
      case 'select':
        return statement.hints.runAsync ? TASK_ID : this.describeSelect(statement);
      case 'insert':
        return statement.hints.runAsync ? TASK_ID : ROW_COUNT;
      case 'explain':
        return columnsOf(PLAN);
      case 'repair-table':
      case 'repair-schema':
        return columnsOf(['Result']);
      case 'show-query-task':
      case 'show-list':
      case 'describe':
      case 'session-values':
      case 'show-warnings':
      case 'show-partitions':
      case 'show-create-schema':
      case 'show-create-table':
        // They change nothing; a condition of SHOW may take its time, which the signal ends.
        return (await this.execute(sql, signal))?.columns ?? [];
      default:
        return [];
    }
  }

  private async describeSelect(statement: Extract<Statement, { kind: 'select' }>): Promise<readonly ResultColumn[]> {
    const { account, region, engine } = this.context;
    const query = await engine.validateSelect(statement.sql);
    const names = query.tables.map(({ schema = this.currentSchema, name }) => ({ schema, name }));
    if (names.some(isSystemTable)) {
      return describeSystem(engine, query, names, this.systemState());
    }
    const sources = await sourcesOf(account, region, engine, query, this.currentSchema);
    return engine.describe(query, { ...this.engineInput, catalog: () => catalogOf(account, region, sources) });
  }

  private selectInTime(
    statement: Extract<Statement, { kind: 'select' }>,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { maxExecutionMillis: millis } = this.variables;
    const seconds = millis === undefined ? undefined : millis / 1000;
    const run = (limited: AbortSignal): Promise<StatementResult> => this.select(statement, limited);
    return withTimeLimit(seconds, signal, run, `max_execution_time=${millis}`);
  }

  private async select(
    { sql, hints }: Extract<Statement, { kind: 'select' }>,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const query = await engine.validateSelect(sql);
    const { currentSchema } = this;
    const { selectLimit } = this.variables;
    const limits = { ...ANSWER_LIMITS, rows: Math.min(ANSWER_LIMITS.rows, query.isLimited ? Infinity : selectLimit) };
    const names = query.tables.map(({ schema = currentSchema, name }) => ({ schema, name }));
    if (names.some(isSystemTable)) {
      const limit = { signal, maxSeconds: hints.maxRunningTimeSeconds };
      return readSystem(engine, query, names, this.systemState(), limit);
    }
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const catalog = (): EngineCatalog => catalogOf(account, region, sources);
    return engine.read(
      query,
      { ...this.engineInput, catalog, signal, maxSeconds: hints.maxRunningTimeSeconds },
      limits,
    );
  }

  private get currentSchema(): string | undefined {
    return this.schema === INFORMATION_SCHEMA ? SYSTEM_SCHEMA : this.schema;
  }

  private get engineInput(): Omit<EngineInput, 'catalog' | 'signal'> {
    const { timeZone } = this.variables;
    return { currentSchema: this.currentSchema, timeZone, user: this.context.account.identity.dlaUser };
  }

  private systemState(): SystemState {
    const { account, region, status, connections } = this.context;
    return {
      account,
      region,
      status,
      variables: this.variables.shown,
      connections: [...connections].map(([id, { activity }]) => ({ id, ...activity })),
      connectionId: this.connectionId,
      user: account.identity.dlaUser,
      schema: this.schema,
    };
  }

  private async insert(statement: Insert, signal: AbortSignal): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const { rowCount } = await withTimeLimit(statement.hints.maxRunningTimeSeconds, signal, (limited) =>
      runInsert(account, region, engine, statement, { ...this.engineInput, signal: limited }),
    );
    return { columns: ROW_COUNT, rows: [[String(rowCount)]] };
  }

  /** Assumption: the plan is a text in one column; it is DuckDB's. */
  private async explain(sql: string, signal: AbortSignal): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const query = await engine.validateSelect(sql);
    const { currentSchema } = this;
    if (query.tables.some(({ schema = currentSchema, name }) => isSystemTable({ schema, name }))) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', `EXPLAIN of a query over ${INFORMATION_SCHEMA} is not supported here`);
    }
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const explained = { ...query, isExplained: true };
    const input = { ...this.engineInput, catalog: () => catalogOf(account, region, sources), signal };
    const { rows } = await engine.read(explained, input, ANSWER_LIMITS);
    return texts(
      PLAN,
      rows.map((row) => row.slice(-1)),
    );
  }

  private async submit(
    command: string,
    statement: Extract<Statement, { kind: 'select' | 'insert' }>,
  ): Promise<StatementResult> {
    // What cannot be parsed is refused at once; what it names is looked for when it runs.
    await this.context.engine.validateSelect(statement.sql);
    const { schema: currentSchema, connectionId } = this;
    const { timeZone } = this.variables;
    const id = this.context.tasks.submit({ command, statement, currentSchema, timeZone, connectionId });
    return { columns: TASK_ID, rows: [[id]] };
  }

  private async define(statement: DdlStatement): Promise<void> {
    const { account, region, engine } = this.context;
    await new DdlExecutor(account, region, engine).run(statement, this.schema);
  }

  private command(
    statement: Exclude<
      Statement,
      DdlStatement | { kind: 'select' | 'insert' | 'explain' | 'show-query-task' | 'show-list' }
    >,
  ): StatementResult {
    const { account, region } = this.context;
    switch (statement.kind) {
      case 'use':
        this.use(statement.name);
        return undefined;
      case 'set':
        this.variables.assign(statement.settings);
        return undefined;
      case 'show-create-schema':
        return showCreateSchema(account, region, statement.name);
      case 'show-create-table':
        return showCreateTable(account, region, { ...statement, schema: statement.schema ?? this.schema });
      case 'show-partitions':
        return showPartitions(account, region, statement.schema ?? this.schema, statement.name);
      case 'describe':
        return sameName(statement.schema ?? this.schema ?? '', INFORMATION_SCHEMA)
          ? describeSystemTable(statement, this.systemState())
          : describeTable(account, region, { ...statement, schema: statement.schema ?? this.schema });
      case 'kill':
        this.kill(statement.target);
        return undefined;
      case 'show-warnings':
        return texts(['Level', 'Code', 'Message'], []);
      case 'session-values': {
        const values = statement.values.map((value) => ({ ...value, ...this.sessionValue(value) }));
        return {
          columns: values.map(({ column, text, isNumber }) => ({
            name: column,
            type: isNumber ? numberType(text) : 'VARCHAR',
          })),
          rows: [values.map(({ text }) => text)],
        };
      }
      case 'accepted':
        this.isInTransaction =
          statement.transaction === 'begun' || (statement.transaction === undefined && this.isInTransaction);
        return undefined;
    }
  }

  private sessionValue({ kind, name }: SessionValue): KnownValue {
    switch (kind) {
      case 'variable':
        return this.variables.get(name);
      case 'user-variable':
        return this.variables.getUsers(name);
      case 'function':
        return { text: this.functionValue(name), isNumber: /_id$/.test(name) };
    }
  }

  private functionValue(name: string): string | null {
    switch (name) {
      case 'database':
      case 'schema':
        return this.schema ?? null;
      case 'version':
        return SERVER_VERSION;
      case 'last_insert_id':
        // No column counts up by itself.
        return '0';
      case 'connection_id':
        return String(this.connectionId);
      default:
        return `${this.context.account.identity.dlaUser}@127.0.0.1`;
    }
  }
}

/** Numbers of variables go up to 2^64 - 1; those of users may have a sign or a point. */
function numberType(text: string | null): string {
  if (/^-?\d{1,18}$/.test(text ?? '')) {
    return 'BIGINT';
  }
  return /^\d{19,20}$/.test(text ?? '') ? 'UBIGINT' : 'DECIMAL';
}
