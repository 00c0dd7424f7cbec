import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { StoredQueryTask } from '../account/dla-catalog';
import { hexId } from '../account/ids';
import { createTableText } from './create-table-text';
import type { DdlStatement } from './ddl';
import { Definitions } from './definitions';
import type { Engine } from './engine/engine';
import type { EngineCatalog, ResultColumn, Row } from './engine/types';
import { type Kill, killConnection, type KillTarget } from './kill';
import type { QueryTasks } from './query-tasks';
import { SERVER_VERSION, SESSION_VARIABLES } from './session-variables';
import { SqlError, type SqlErrorCode } from './sql-error';
import { parseStatement, type SessionValue, type Statement } from './statement';
import { type Insert, runInsert } from './insert';
import { catalogOf, findRelation, findTable, partitionName, sourcesOf } from './tables';
import { TASK_COLUMNS, taskRow } from './task-row';
import { withTimeLimit } from './time-limit';

/** Rows, or nothing to show. */
export type StatementResult = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] } | undefined;

/** What a synchronous answer may hold; DLA documents the number of rows. */
const ANSWER_LIMITS = { rows: 10_000, length: 16 << 20 };

const TASK_TABLE = 'query_task';

/** What the sessions of one server share. */
export interface SessionContext {
  readonly account: Account;
  readonly region: string;
  readonly engine: Engine;
  readonly tasks: QueryTasks;
  /** Those of all clients, by id. */
  readonly connections: Map<number, KillTarget>;
}

/** One client's session: its selected schema, and the statements it sends. */
export class DlaSession {
  private schema?: string;

  constructor(
    private readonly context: SessionContext,
    private readonly connectionId: number,
  ) {}

  /** @throws SqlError ER_BAD_DB_ERROR */
  public use(name: string): void {
    const { account, region } = this.context;
    this.schema = translated('ER_BAD_DB_ERROR', () => account.dla.getSchema(region, name)).name;
  }

  public reset(): void {
    this.schema = undefined;
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
    const statement = parseStatement(sql);
    switch (statement.kind) {
      case 'select':
        return statement.hints.runAsync ? this.submit(sql, statement) : this.select(statement, signal);
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
      default:
        return this.command(statement);
    }
  }

  private async select(
    { sql, hints }: Extract<Statement, { kind: 'select' }>,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const query = await engine.validateSelect(sql);
    const { schema: currentSchema } = this;
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const catalog = (): EngineCatalog => catalogOf(account, region, sources);
    return withTimeLimit(hints.maxRunningTimeSeconds, signal, (limited) =>
      engine.read(query, { catalog, currentSchema, signal: limited }, ANSWER_LIMITS),
    );
  }

  private async insert(statement: Insert, signal: AbortSignal): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const { rowCount } = await withTimeLimit(statement.hints.maxRunningTimeSeconds, signal, (limited) =>
      runInsert(account, region, engine, statement, this.schema, limited),
    );
    return { columns: [{ name: 'rows', type: 'BIGINT' }], rows: [[String(rowCount)]] };
  }

  /** Assumption: the plan is a text in one column; it is DuckDB's. */
  private async explain(sql: string, signal: AbortSignal): Promise<StatementResult> {
    const { account, region, engine } = this.context;
    const query = await engine.validateSelect(sql);
    const { schema: currentSchema } = this;
    const sources = await sourcesOf(account, region, engine, query, currentSchema);
    const explained = { ...query, isExplained: true };
    const input = { catalog: () => catalogOf(account, region, sources), currentSchema, signal };
    const { rows } = await engine.read(explained, input, ANSWER_LIMITS);
    return texts(
      ['Query Plan'],
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
    const id = this.context.tasks.submit({ command, statement, currentSchema, connectionId });
    return texts(['ASYNC_TASK_ID'], [[id]]);
  }

  private async define(statement: DdlStatement): Promise<void> {
    const { account, region, engine } = this.context;
    await new Definitions(account, region, engine).run(statement, this.schema);
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
    const file = path.join(engine.scratchFolder, `tasks-${hexId(16)}`);
    writeTasks(file, account.dla.listTasks(region));
    try {
      const files = [{ path: file, url: TASK_TABLE, size: fs.statSync(file).size }].filter(({ size }) => size > 0);
      const parts = [{ values: [], files }];
      const table = {
        schema: 'dla',
        name: TASK_TABLE,
        columns: TASK_COLUMNS,
        partitionColumns: [],
        format: 'JSON',
        properties: {},
        parts,
      };
      return await engine.read(
        query,
        { catalog: () => ({ tables: [table], views: [] }), currentSchema: 'dla', signal },
        ANSWER_LIMITS,
      );
    } finally {
      fs.rmSync(file, { force: true });
    }
  }

  private command(
    statement: Exclude<Statement, DdlStatement | { kind: 'select' | 'insert' | 'explain' | 'show-query-task' }>,
  ): StatementResult {
    const { account, region } = this.context;
    const { dla } = account;
    switch (statement.kind) {
      case 'use':
        this.use(statement.name);
        return undefined;
      case 'show-schemas':
        return texts(['Database'], filtered(dla.listSchemas(region), statement.like));
      case 'show-tables': {
        const schema = statement.schema ?? this.schemaOf({ name: 'SHOW TABLES' });
        const tables = translated('ER_BAD_DB_ERROR', () => dla.listTables(region, schema));
        return texts([`Tables_in_${schema}`], filtered(tables, statement.like));
      }
      case 'show-create-table': {
        const table = findTable(account, region, statement.schema ?? this.schema, statement.name);
        return texts(['Result'], [[createTableText(table)]]);
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
        const table = findRelation(account, region, statement.schema ?? this.schema, statement.name);
        const partitionColumns = 'format' in table ? (table.partitionColumns ?? []) : [];
        return texts(
          ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
          [...table.columns, ...partitionColumns].map(({ name, type }) => [name, type, 'YES', '', null, '']),
        );
      }
      case 'show-variables': {
        const names = Object.keys(SESSION_VARIABLES).map((name) => ({ name }));
        const rows = filtered(names, statement.like).map(([name]) => [name, SESSION_VARIABLES[name]]);
        return texts(['Variable_name', 'Value'], rows);
      }
      case 'kill':
        this.kill(statement.target);
        return undefined;
      case 'show-warnings':
        return texts(['Level', 'Code', 'Message'], []);
      case 'session-values':
        return texts(
          statement.values.map(({ column }) => column),
          [statement.values.map((value) => this.sessionValue(value))],
        );
      case 'accepted':
        return undefined;
    }
  }

  private schemaOf({ schema, name }: { schema?: string; name: string }): string {
    const found = schema ?? this.schema;
    if (found === undefined) {
      throw new SqlError('ER_NO_DB_ERROR', `no schema is selected for ${name}: write SCHEMA.NAME, or USE one`);
    }
    return found;
  }

  private sessionValue({ variable, name }: SessionValue): string | null {
    if (variable) {
      const value = SESSION_VARIABLES[name];
      if (value === undefined) {
        throw new SqlError('ER_UNKNOWN_SYSTEM_VARIABLE', `the variable ${name} is not known`);
      }
      return value;
    }
    switch (name) {
      case 'database':
      case 'schema':
        return this.schema ?? null;
      case 'version':
        return SERVER_VERSION;
      case 'connection_id':
        return String(this.connectionId);
      default:
        return `${this.context.account.identity.dlaUser}@127.0.0.1`;
    }
  }
}

/** Newest first, which is the order without ORDER BY. */
function writeTasks(file: string, tasks: readonly StoredQueryTask[]): void {
  const newestFirst = [...tasks].sort((a, b) => b.createTime - a.createTime);
  fs.writeFileSync(file, newestFirst.map((task) => `${JSON.stringify(taskRow(task))}\n`).join(''), { mode: 0o600 });
}

function texts(names: readonly string[], rows: readonly Row[]): StatementResult {
  return { columns: names.map((name) => ({ name, type: 'VARCHAR' })), rows };
}

/** Names that match a LIKE pattern, one a row. */
function filtered(named: readonly { name: string }[], like = '%'): string[][] {
  const source = like.replace(/\\?[\s\S]/g, (char) => {
    switch (char) {
      case '%':
        return '[\\s\\S]*';
      case '_':
        return '[\\s\\S]';
      default:
        return char.slice(-1).replace(/[.*+?^${}()|[\]\\]/, '\\$&');
    }
  });
  const pattern = new RegExp(`^${source}$`, 'i');
  return named.filter(({ name }) => pattern.test(name)).map(({ name }) => [name]);
}

/** Runs a call of the account's model; its refusal becomes the given MySQL error. */
function translated<T>(code: SqlErrorCode, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof CloudError ? new SqlError(code, error.message) : error;
  }
}
