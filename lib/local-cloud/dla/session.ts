import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { DlaTable, StoredQueryTask } from '../account/dla-catalog';
import { hexId } from '../account/ids';
import type { Engine } from './engine/engine';
import type { EngineTable, ResultColumn, Row } from './engine/types';
import type { QueryTasks } from './query-tasks';
import { SERVER_VERSION, SESSION_VARIABLES } from './session-variables';
import { SqlError, type SqlErrorCode } from './sql-error';
import { parseStatement, type SessionValue, type Statement } from './statement';
import { findTable, tablesOf } from './tables';
import { TASK_COLUMNS, taskRow } from './task-row';
import { withTimeLimit } from './time-limit';

/** Rows, or nothing to show. */
export type StatementResult = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] } | undefined;

/** What a synchronous answer may hold; DLA documents the number of rows. */
const ANSWER_LIMITS = { rows: 10_000, length: 16 << 20 };

/** Names that the engine keeps for itself. */
const RESERVED_SCHEMAS = ['information_schema', 'main', 'memory', 'mysql', 'pg_catalog', 'system', 'temp'];

const TASK_TABLE = 'query_task';

/** What the sessions of one server share. */
export interface SessionContext {
  readonly account: Account;
  readonly region: string;
  readonly engine: Engine;
  readonly tasks: QueryTasks;
  readonly scratchFolder: string;
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

  /**
   * @param signal ends a synchronous query when the client has gone
   * @throws SqlError
   */
  public async execute(sql: string, signal: AbortSignal): Promise<StatementResult> {
    const statement = parseStatement(sql);
    switch (statement.kind) {
      case 'select':
        return statement.hints.runAsync ? this.submit(sql, statement) : this.select(statement, signal);
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
    const tables = (): EngineTable[] =>
      translated('ER_UNKNOWN_ERROR', () => tablesOf(account, region, query, currentSchema));
    return withTimeLimit(hints.maxRunningTimeSeconds, signal, (limited) =>
      engine.read(query, { tables, currentSchema, signal: limited }, ANSWER_LIMITS),
    );
  }

  private async submit(
    command: string,
    { sql, hints }: Extract<Statement, { kind: 'select' }>,
  ): Promise<StatementResult> {
    const query = await this.context.engine.validateSelect(sql);
    const { schema: currentSchema, connectionId } = this;
    return texts(
      ['ASYNC_TASK_ID'],
      [[this.context.tasks.submit({ command, query, hints, currentSchema, connectionId })]],
    );
  }

  private async showQueryTask(
    { sql, id }: Extract<Statement, { kind: 'show-query-task' }>,
    signal: AbortSignal,
  ): Promise<StatementResult> {
    const { account, region, engine, scratchFolder } = this.context;
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
    const file = path.join(scratchFolder, `tasks-${hexId(16)}`);
    writeTasks(file, account.dla.listTasks(region));
    try {
      const files = [{ path: file, url: TASK_TABLE, size: fs.statSync(file).size }].filter(({ size }) => size > 0);
      const table = { schema: 'dla', name: TASK_TABLE, columns: TASK_COLUMNS, format: 'JSON', properties: {}, files };
      return await engine.read(query, { tables: () => [table], currentSchema: 'dla', signal }, ANSWER_LIMITS);
    } finally {
      fs.rmSync(file, { force: true });
    }
  }

  private command(statement: Exclude<Statement, { kind: 'select' | 'show-query-task' }>): StatementResult {
    const { account, region } = this.context;
    const { dla } = account;
    switch (statement.kind) {
      case 'create-schema': {
        if (RESERVED_SCHEMAS.includes(statement.name.toLowerCase())) {
          throw new SqlError('ER_DB_CREATE_EXISTS', `the schema name ${statement.name} is reserved, choose another`);
        }
        const exists = dla.listSchemas(region).some(({ name }) => sameName(name, statement.name));
        if (!(exists && statement.ifNotExists)) {
          const { name, catalog, location } = statement;
          translated('ER_DB_CREATE_EXISTS', () => dla.createSchema({ region, name, catalog, location }));
        }
        return undefined;
      }
      case 'create-table': {
        const schema = this.schemaOf(statement);
        const tables = translated('ER_BAD_DB_ERROR', () => dla.listTables(region, schema));
        if (!(tables.some(({ name }) => sameName(name, statement.name)) && statement.ifNotExists)) {
          const { name, columns, format, location, properties } = statement;
          const table: DlaTable = { region, schema, name, columns, format, location, properties };
          translated('ER_TABLE_EXISTS_ERROR', () => dla.createTable(table));
        }
        return undefined;
      }
      case 'drop-schema': {
        const exists = dla.listSchemas(region).some(({ name }) => sameName(name, statement.name));
        if (exists || !statement.ifExists) {
          translated('ER_DB_DROP_EXISTS', () => dla.deleteSchema(region, statement.name));
        }
        return undefined;
      }
      case 'drop-table': {
        const schema = this.schemaOf(statement);
        const tables = translated('ER_BAD_DB_ERROR', () => dla.listTables(region, schema));
        if (tables.some(({ name }) => sameName(name, statement.name)) || !statement.ifExists) {
          translated('ER_BAD_TABLE_ERROR', () => dla.deleteTable(region, schema, statement.name));
        }
        return undefined;
      }
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
        return texts(['Table', 'Create Table'], [[table.name, createTableText(table)]]);
      }
      case 'describe': {
        const table = findTable(account, region, statement.schema ?? this.schema, statement.name);
        return texts(
          ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
          table.columns.map(({ name, type }) => [name, type, 'YES', '', null, '']),
        );
      }
      case 'show-variables': {
        const names = Object.keys(SESSION_VARIABLES).map((name) => ({ name }));
        const rows = filtered(names, statement.like).map(([name]) => [name, SESSION_VARIABLES[name]]);
        return texts(['Variable_name', 'Value'], rows);
      }
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

function createTableText({ schema, name, columns, format, location, properties }: DlaTable): string {
  const { 'field.delim': delimiter, ...others } = properties;
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const named = (text: string): string => `\`${text.replaceAll('`', '``')}\``;
  const lines = [
    `CREATE EXTERNAL TABLE ${named(schema)}.${named(name)} (`,
    columns.map((column) => `  ${named(column.name)} ${column.type}`).join(',\n'),
    ')',
    ...(delimiter === undefined ? [] : [`ROW FORMAT DELIMITED FIELDS TERMINATED BY ${quoted(delimiter)}`]),
    `STORED AS ${format}`,
    `LOCATION ${quoted(location)}`,
    ...Object.entries(others).map(([key, value]) => `TBLPROPERTIES (${quoted(key)} = ${quoted(value)})`),
  ];
  return lines.join('\n');
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

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Runs a call of the account's model; its refusal becomes the given MySQL error. */
function translated<T>(code: SqlErrorCode, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof CloudError ? new SqlError(code, error.message) : error;
  }
}
