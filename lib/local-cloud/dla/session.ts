import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Account } from '../account/account';
import type { DlaColumn } from '../account/dla-catalog';
import { hexId } from '../account/ids';
import { createSchemaText, createTableText, createViewText, mysqlTableText } from './create-text';
import type { DdlStatement } from './ddl';
import { DdlExecutor } from './ddl-executor';
import type { Engine, EngineInput } from './engine/engine';
import type { ValidatedQuery, EngineCatalog, EngineTable, ResultColumn, Row } from './engine/types';
import {
  grantsTable,
  INFORMATION_SCHEMA,
  MYSQL_SCHEMA,
  NUMERIC_COLUMN,
  type Relation,
  systemTable,
  type SystemState,
} from './information-schema';
import { type Kill, killConnection, type KillTarget } from './kill';
import { likeMatcher } from './like';
import type { QueryTasks } from './query-tasks';
import { STATUS } from './result-set';
import type { ServerStatus } from './server-status';
import { SERVER_VERSION, SessionVariables } from './session-variables';
import { filterSql, listed, type ShowList, withNamesOfMysql } from './show';
import { SqlError, translated } from './sql-error';
import { type KnownValue, parseStatement, type SessionValue, type Statement } from './statement';
import { type Insert, runInsert } from './insert';
import { catalogOf, findRelation, findTable, partitionName, sourcesOf } from './tables';
import { SYSTEM_SCHEMA } from './system-schema';
import { TASK_COLUMNS, taskRow } from './task-row';
import { withTimeLimit } from './time-limit';
import { sameName } from './tokens';

/** Rows, or nothing to show. */
export type StatementResult = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] } | undefined;

/** What a synchronous answer may hold; DLA documents the number of rows. */
const ANSWER_LIMITS = { rows: 10_000, length: 16 << 20 };

/** Columns of what is not a SELECT that runs at once. */
const PLAN = ['Query Plan'];
const TASK_ID: readonly ResultColumn[] = [{ name: 'ASYNC_TASK_ID', type: 'VARCHAR' }];
const ROW_COUNT: readonly ResultColumn[] = [{ name: 'rows', type: 'BIGINT' }];

const TASK_TABLE = 'query_task';
const LISTED_TABLE = 'listed';

/** What the sessions of one server share. */
export interface SessionContext {
  readonly account: Account;
  readonly region: string;
  readonly engine: Engine;
  readonly tasks: QueryTasks;
  readonly status: ServerStatus;
  /** Those of all clients, by id. */
  readonly connections: Map<number, KillTarget>;
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
        return this.showQueryTask(statement, signal);
      case 'show-list':
        return this.showList(statement, signal);
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
      const tables = this.systemRelations(names).map(({ schema, name, relation }) =>
        tableWithoutRows(schema, name, typedColumns(relation)),
      );
      return engine.describe(query, systemInput(SYSTEM_SCHEMA, tables));
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
      return this.readSystem(query, names, signal, hints.maxRunningTimeSeconds);
    }
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const catalog = (): EngineCatalog => catalogOf(account, region, sources);
    return engine.read(
      query,
      { ...this.engineInput, catalog, signal, maxSeconds: hints.maxRunningTimeSeconds },
      limits,
    );
  }

  /** A SELECT over tables of information_schema. */
  private readSystem(
    query: ValidatedQuery,
    names: readonly { schema?: string; name: string }[],
    signal: AbortSignal,
    maxSeconds: number | undefined,
  ): Promise<StatementResult> {
    const { scratchFolder } = this.context.engine;
    const tables = this.systemRelations(names).map(({ schema, name, relation }) =>
      relationTable(scratchFolder, schema, name, relation),
    );
    return this.readTables(query, SYSTEM_SCHEMA, tables, signal, maxSeconds);
  }

  private systemRelations(
    names: readonly { schema?: string; name: string }[],
  ): { schema: string; name: string; relation: Relation }[] {
    const other = names.find((name) => !isSystemTable(name));
    if (other) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        `${INFORMATION_SCHEMA} cannot be read together with other tables here, got ${other.name}`,
      );
    }
    const state = this.systemState();
    const relations = new Map(
      names.map(({ schema, name }) => {
        const grants = grantsTable({ schema, name });
        const relation = grants ?? systemTable(name, state);
        if (!relation) {
          throw new SqlError('ER_UNKNOWN_TABLE', `Unknown table '${name}' in ${INFORMATION_SCHEMA}`);
        }
        return [name, { relation, schema: grants ? MYSQL_SCHEMA : SYSTEM_SCHEMA }];
      }),
    );
    return [...relations].map(([name, found]) => ({ name, ...found }));
  }

  private async showList(show: ShowList, signal: AbortSignal): Promise<StatementResult> {
    const state = this.systemState();
    const { columns, rows: all } = listed(show, state);
    const { like } = show;
    const fits = like === undefined ? () => true : likeMatcher(like);
    const rows = all.filter(([first]) => fits(String(first ?? '')));
    if (show.where === undefined) {
      return shown({ columns, rows });
    }
    const { engine } = this.context;
    const query = await engine.validateSelect(filterSql(LISTED_TABLE, columns, show));
    const filtered = withNamesOfMysql({ columns, rows }, show, state);
    const table = relationTable(engine.scratchFolder, 'dla', LISTED_TABLE, filtered);
    return this.readTables(query, 'dla', [table], signal);
  }

  /** Runs a SELECT over rows that were made for it. */
  private async readTables(
    query: ValidatedQuery,
    schema: string,
    tables: readonly EngineTable[],
    signal: AbortSignal,
    maxSeconds?: number,
  ): Promise<StatementResult> {
    const input = { ...systemInput(schema, tables), signal, maxSeconds };
    try {
      return await this.context.engine.read(query, input, ANSWER_LIMITS);
    } finally {
      tables.flatMap(({ parts }) => parts[0].files).forEach((file) => fs.rmSync(file.path, { force: true }));
    }
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
      connections: [...connections.keys()],
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

  private async showQueryTask(
    { sql, id }: Extract<Statement, { kind: 'show-query-task' }>,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    if (id !== undefined) {
      const task = account.dla.getTask(region, id);
      return {
        columns: TASK_COLUMNS.map(({ name, type }) => ({ name, type: type === 'bigint' ? 'BIGINT' : 'VARCHAR' })),
        rows: task ? [Object.values(taskRow(task)).map((value) => (value === null ? null : String(value)))] : [],
      };
    }
    const query = await engine.validateSelect(sql);
    const other = query.tables.find(({ schema, name }) => schema !== undefined || name.toLowerCase() !== TASK_TABLE);
    if (other) {
      throw new SqlError('ER_NO_SUCH_TABLE', `the table ${other.name} cannot be used in SHOW QUERY_TASK`);
    }
    // Newest first, which is the order without ORDER BY.
    const tasks = [...account.dla.listTasks(region)].sort((a, b) => b.createTime - a.createTime);
    return this.readTables(
      query,
      'dla',
      [engineTable(engine.scratchFolder, 'dla', TASK_TABLE, TASK_COLUMNS, tasks.map(taskRow))],
      signal,
    );
  }

  private command(
    statement: Exclude<
      Statement,
      DdlStatement | { kind: 'select' | 'insert' | 'explain' | 'show-query-task' | 'show-list' }
    >,
  ): StatementResult {
    const { account, region } = this.context;
    const { dla } = account;
    switch (statement.kind) {
      case 'use':
        this.use(statement.name);
        return undefined;
      case 'set':
        this.variables.assign(statement.settings);
        return undefined;
      case 'show-create-schema': {
        const { name, location } = translated('ER_BAD_DB_ERROR', () => dla.getSchema(region, statement.name));
        return texts(['Database', 'Create Database'], [[name, createSchemaText(name, location)]]);
      }
      case 'show-create-table': {
        const found = findRelation(account, region, statement.schema ?? this.schema, statement.name);
        if ('format' in found) {
          // Assumption: DLA answers one column; where a tool asks, what it reads in a MySQL's second one stands beside it.
          return statement.isQuoted
            ? texts(['Result', 'Create Table'], [[createTableText(found), mysqlTableText(found)]])
            : texts(['Result'], [[createTableText(found)]]);
        }
        return texts(
          ['View', 'Create View', 'character_set_client', 'collation_connection'],
          [[found.name, createViewText(found), 'utf8', 'utf8_general_ci']],
        );
      }
      case 'show-partitions': {
        const table = findTable(account, region, statement.schema ?? this.schema, statement.name);
        if (!table.partitionColumns) {
          throw new SqlError(
            'ER_PARTITION_MGMT_ON_NONPARTITIONED',
            `the table ${table.schema}.${table.name} has no partitions`,
          );
        }
        return texts(
          ['Result'],
          dla.listPartitions(table).map((partition) => [partitionName(table, partition)]),
        );
      }
      case 'describe': {
        const { like } = statement;
        const isAsked = like === undefined ? () => true : likeMatcher(like);
        if (sameName(statement.schema ?? this.schema ?? '', INFORMATION_SCHEMA)) {
          const { schema, name } = statement;
          const system: ShowList = { kind: 'show-list', subject: 'columns', full: false, table: { schema, name } };
          const { columns, rows } = listed(system, this.systemState());
          return texts(
            columns,
            (rows as readonly Row[]).filter(([column]) => isAsked(column!)),
          );
        }
        const table = findRelation(account, region, statement.schema ?? this.schema, statement.name);
        const partitionColumns = 'format' in table ? (table.partitionColumns ?? []) : [];
        return texts(
          ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
          [...table.columns, ...partitionColumns]
            .filter(({ name }) => isAsked(name))
            .map(({ name, type }) => [name, type, 'YES', '', null, '']),
        );
      }
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

function isSystemTable(table: { readonly schema?: string; readonly name: string }): boolean {
  return table.schema === SYSTEM_SCHEMA || grantsTable(table) !== undefined;
}

function texts(names: readonly string[], rows: readonly Row[]): StatementResult {
  return { columns: columnsOf(names), rows };
}

function columnsOf(names: readonly string[]): ResultColumn[] {
  return names.map((name) => ({ name, type: 'VARCHAR' }));
}

/** A relation as an answer. */
function shown(relation: Relation): StatementResult {
  return {
    columns: typedColumns(relation).map(({ name, type }) => ({ name, type: type.toUpperCase() })),
    rows: relation.rows.map((row) => row.map((value) => (value === null ? null : String(value)))),
  };
}

function typedColumns({ columns, rows }: Relation): DlaColumn[] {
  return columns.map((name, at) => ({
    name,
    type: NUMERIC_COLUMN.test(name) || rows.some((row) => typeof row[at] === 'number') ? 'bigint' : 'varchar',
  }));
}

function systemInput(currentSchema: string, tables: readonly EngineTable[]): Omit<EngineInput, 'signal'> {
  return { catalog: () => ({ tables, views: [] }), currentSchema };
}

function tableWithoutRows(schema: string, name: string, columns: readonly DlaColumn[]): EngineTable {
  return { schema, name, columns, partitionColumns: [], format: 'JSON', properties: {}, parts: [] };
}

/** The rows of a table, in a file that the engine can read. */
function engineTable(
  folder: string,
  schema: string,
  name: string,
  columns: readonly DlaColumn[],
  rows: readonly object[],
): EngineTable {
  const file = path.join(folder, `rows-${hexId(16)}`);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (text !== '') {
    fs.writeFileSync(file, text, { mode: 0o600 });
  }
  const files = text === '' ? [] : [{ path: file, url: name, size: Buffer.byteLength(text) }];
  return { ...tableWithoutRows(schema, name, columns), parts: [{ values: [], files }] };
}

/**
 * A relation, likewise.
 *
 * Assumption: its texts are compared as MySQL compares those of information_schema, whatever the case of letters.
 */
function relationTable(folder: string, schema: string, name: string, relation: Relation): EngineTable {
  const { columns, rows } = relation;
  const records = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
  return { ...engineTable(folder, schema, name, typedColumns(relation), records), ignoresCase: true };
}
