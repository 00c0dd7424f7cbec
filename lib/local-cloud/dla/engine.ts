import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { DlaColumn } from '../account/dla-catalog';
import { admitSelect } from './admit';
import { readColumnType } from './column-type';
import { Cursor } from './cursor';
import { SqlError } from './sql-error';
import type { TableName } from './statement';
import { lex, quoteName, quoteText } from './tokens';

/** A file that belongs to a table, and the name by which the user knows it. */
export interface EngineFile {
  readonly path: string;
  readonly url: string;
  readonly size: number;
}

export interface EngineTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  readonly format: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly files: readonly EngineFile[];
}

/** A SELECT that has been found to read named tables only. */
export interface AdmittedQuery {
  readonly sql: string;
  readonly tables: readonly TableName[];
}

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's type, e.g. `DECIMAL(10,2)`. */
  readonly type: string;
}

export type Row = readonly (string | null)[];

export interface EngineResult {
  readonly columns: readonly ResultColumn[];
  /** In pieces, as the engine makes them; not read further than the consumer does. */
  readonly rows: AsyncIterable<readonly Row[]>;
  /** What the tables' files hold; to be asked when the rows have been read. */
  scanned(): Promise<Scanned>;
}

export interface Scanned {
  readonly rowCount: number;
  readonly dataBytes: number;
}

/** Queries that run at the same time; others wait. */
const MAX_RUNNING = 2;

/** What one query may use; what does not fit is written to the scratch folder. */
const LIMITS = { threads: '2', memory_limit: '512MB', max_temp_directory_size: '8GB' };

const LOCKED = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
};

const MAX_EXPRESSION_DEPTH = 250;

/** Runs SELECT over files of named tables with DuckDB, one locked in-memory database for each query. */
export class Engine {
  private parser?: Promise<DuckDBConnection>;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly scratchFolder: string) {}

  /** @throws SqlError for what cannot be parsed or is not admitted */
  async admit(sql: string): Promise<AdmittedQuery> {
    this.parser ??= openLocked(this.scratchFolder, [], async () => {});
    const reader = await (
      await this.parser
    )
      .runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
      .catch((error: unknown) => {
        throw sqlErrorOf(error, []);
      });
    return { sql, tables: admitSelect(String(reader.getRows()[0][0])) };
  }

  /**
   * Runs the query and returns what `consume` makes of the result.
   *
   * @param signal ends the query early
   * @throws SqlError for what the query does wrong
   */
  async run<T>(
    query: AdmittedQuery,
    input: { tables: readonly EngineTable[]; currentSchema?: string; signal: AbortSignal },
    consume: (result: EngineResult) => Promise<T>,
  ): Promise<T> {
    const { tables, currentSchema, signal } = input;
    const files = tables.flatMap((table) => table.files);
    await this.take(signal);
    let connection: DuckDBConnection | undefined;
    const interrupt = (): void => connection?.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      const paths = files.map((file) => file.path);
      const open = await openLocked(this.scratchFolder, paths, async (setUp) => {
        for (const table of tables) {
          await setUp.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(table.schema)}`);
          await setUp.run(`CREATE VIEW ${viewOf(table)} AS ${scanOf(table)}`);
        }
        if (currentSchema !== undefined) {
          await setUp.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(currentSchema)}`);
          await setUp.run(`SET schema = ${quoteText(currentSchema)}`);
        }
      });
      connection = open;
      signal.throwIfAborted();
      const result = await open.stream(query.sql);
      return await consume({
        columns: columnsOf(result),
        rows: rowsOf(result, signal),
        scanned: async () => {
          let rowCount = 0;
          for (const table of tables) {
            const counted = await open.runAndReadAll(`SELECT count(*) FROM ${viewOf(table)}`);
            signal.throwIfAborted();
            rowCount += Number(counted.getRows()[0][0]);
          }
          return { rowCount, dataBytes: files.reduce((sum, file) => sum + file.size, 0) };
        },
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : sqlErrorOf(error, files);
    } finally {
      signal.removeEventListener('abort', interrupt);
      connection?.closeSync();
      this.release();
    }
  }

  async close(): Promise<void> {
    (await this.parser)?.closeSync();
  }

  private async take(signal: AbortSignal): Promise<void> {
    while (this.running >= MAX_RUNNING) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running += 1;
    if (signal.aborted) {
      this.release();
      throw signal.reason;
    }
  }

  private release(): void {
    this.running -= 1;
    this.waiting.shift()?.();
  }
}

/** A database that reads the given files and nothing else, once `prepare` has made its views. */
async function openLocked(
  scratchFolder: string,
  paths: readonly string[],
  prepare: (connection: DuckDBConnection) => Promise<void>,
): Promise<DuckDBConnection> {
  fs.mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
  const options = { ...LIMITS, ...LOCKED, temp_directory: path.join(scratchFolder, 'duckdb') };
  const instance = await openInstance(options);
  const connection = await instance.connect();
  await connection.run(`SET max_expression_depth = ${MAX_EXPRESSION_DEPTH}`);
  await connection.run(`SET allowed_paths = [${paths.map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await prepare(connection);
  await connection.run('SET lock_configuration = true');
  return connection;
}

async function openInstance(options: Record<string, string>): Promise<DuckDBInstance> {
  let duckdb: typeof import('@duckdb/node-api');
  try {
    // Loaded with the first query: it takes longer to load than everything else together.
    duckdb = await import('@duckdb/node-api');
  } catch (error) {
    throw new SqlError(
      'ER_UNKNOWN_ERROR',
      `queries need the package @duckdb/node-api, which cannot be loaded (${(error as NodeJS.ErrnoException).code}): ` +
        'npm install --save-dev @duckdb/node-api',
    );
  }
  return duckdb.DuckDBInstance.create(':memory:', options);
}

function viewOf(table: EngineTable): string {
  return `${quoteName(table.schema)}.${quoteName(table.name)}`;
}

/** Text of a SELECT over the table's files with the declared columns. */
function scanOf({ columns, format, properties, files }: EngineTable): string {
  const types = columns.map(({ name, type }) => {
    const { duckdb } = readColumnType(new Cursor(lex(type).tokens));
    return { name, duckdb };
  });
  if (files.length === 0) {
    const empty = types.map(({ name, duckdb }) => `CAST(NULL AS ${duckdb}) AS ${quoteName(name)}`);
    return `SELECT ${empty.join(', ')} WHERE false`;
  }
  const list = `[${files.map((file) => quoteText(file.path)).join(', ')}]`;
  const declared = `columns = {${types.map(({ name, duckdb }) => `${quoteText(name)}: ${quoteText(duckdb)}`).join(', ')}}`;
  if (format === 'JSON') {
    return `SELECT * FROM read_json(${list}, format = 'newline_delimited', records = true, compression = 'uncompressed', ${declared})`;
  }
  // Assumption: CSV is quoted and TEXTFILE is not, as in Hive; TEXTFILE without a delimiter has Hive's, \x01, and
  // writes NULL as \N.
  const delimiter = properties['field.delim'] ?? (format === 'CSV' ? ',' : '\x01');
  const dialect =
    format === 'CSV' ? String.raw`quote = '"', escape = '"'` : String.raw`quote = '', escape = '', nullstr = '\N'`;
  const skip = properties['skip.header.line.count'] ?? '0';
  return (
    `SELECT * FROM read_csv(${list}, auto_detect = false, header = false, compression = 'uncompressed', ` +
    `delim = ${quoteText(delimiter)}, ${dialect}, skip = ${skip}, ${declared})`
  );
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
}

async function* rowsOf(result: DuckDBResult, signal: AbortSignal): AsyncGenerator<readonly Row[]> {
  for await (const rows of result.yieldRows()) {
    signal.throwIfAborted();
    yield rows.map((row) => row.map(textOf));
  }
}

/** Assumption: values have MySQL's text form; arrays, maps and structs the engine's. */
function textOf(value: DuckDBValue): string | null {
  if (value === null) {
    return null;
  }
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}

/** DuckDB's message, with the objects' names in place of local paths. */
function sqlErrorOf(error: unknown, files: readonly EngineFile[]): unknown {
  if (error instanceof SqlError || !(error instanceof Error)) {
    return error;
  }
  const said = error.message.split('\n\nLINE ')[0].replace(/\s+/g, ' ');
  const message = files.reduce((text, file) => text.replaceAll(file.path, file.url), said);
  const kind = /(\w+) Error:/.exec(message)?.[1];
  switch (kind) {
    case 'Parser':
      return new SqlError('ER_PARSE_ERROR', message);
    case 'Binder':
      return new SqlError('ER_BAD_FIELD_ERROR', message);
    case 'Catalog':
      return new SqlError('ER_NO_SUCH_TABLE', message);
    case 'INTERRUPT':
      return new SqlError('ER_QUERY_INTERRUPTED', message);
    default:
      return new SqlError('ER_UNKNOWN_ERROR', message);
  }
}
