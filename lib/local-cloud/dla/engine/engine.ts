import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { DlaColumn } from '../../account/dla-catalog';
import { admitSelect } from './select-guard';
import { readColumnType } from '../column-type';
import { Cursor } from '../cursor';
import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import { tokenize, quoteName, quoteText } from '../tokens';

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
}

/** What a query is run with. */
export interface EngineInput {
  readonly tables: readonly EngineTable[];
  readonly currentSchema?: string;
  /** Ends the query early. */
  readonly signal: AbortSignal;
}

/** What a query that was written to a file has read and written. */
export interface Written {
  readonly rowCount: number;
  readonly scannedRowCount: number;
  readonly scannedDataBytes: number;
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
  private parser?: Promise<Database>;
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly scratchFolder: string) {}

  /** @throws SqlError for what cannot be parsed or is not admitted */
  public async validateSelect(sql: string): Promise<AdmittedQuery> {
    this.parser ??= openLocked(this.scratchFolder, [], async () => {});
    const { connection } = await this.parser.catch((error: unknown) => {
      this.parser = undefined;
      throw error;
    });
    const reader = await connection
      .runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql])
      .catch((error: unknown) => {
        throw sqlErrorOf(error, []);
      });
    return { sql, tables: admitSelect(String(reader.getRows()[0][0])) };
  }

  /**
   * Runs the query and returns what `consume` makes of its rows.
   *
   * @throws SqlError for what the query does wrong
   */
  public async read<T>(
    query: AdmittedQuery,
    input: EngineInput,
    consume: (result: EngineResult) => Promise<T>,
  ): Promise<T> {
    return this.open(input, [], async (connection) => {
      const result = await connection.stream(query.sql);
      return consume({ columns: columnsOf(result), rows: rowsOf(result, input.signal) });
    });
  }

  /**
   * Runs the query and writes all its rows to a file.
   *
   * Assumption: CSV in UTF-8, the columns' names first, every value in double quotes, and nothing at all for NULL.
   *
   * @throws SqlError for what the query does wrong
   */
  public async writeCsv(query: AdmittedQuery, input: EngineInput, file: string): Promise<Written> {
    return this.open(input, [file], async (connection) => {
      const options = 'FORMAT csv, HEADER true, FORCE_QUOTE *, USE_TMP_FILE false';
      // The query was parsed as one whole SELECT, so it cannot reach beyond the parentheses.
      const { rowsChanged } = await connection.run(`COPY (${query.sql}) TO ${quoteText(file)} (${options})`);
      let scannedRowCount = 0;
      for (const table of input.tables) {
        input.signal.throwIfAborted();
        const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${viewOf(table)}`);
        scannedRowCount += Number(counted.getRows()[0][0]);
      }
      const scannedDataBytes = filesOf(input.tables).reduce((sum, { size }) => sum + size, 0);
      return { rowCount: rowsChanged, scannedRowCount, scannedDataBytes };
    });
  }

  public close(): void {
    this.parser?.then(
      ({ close }) => close(),
      () => {},
    );
  }

  /** Lends a locked database with the tables as views. */
  private async open<T>(
    { tables, currentSchema, signal }: EngineInput,
    writable: readonly string[],
    use: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const files = filesOf(tables);
    await this.take(signal);
    let database: Database | undefined;
    const interrupt = (): void => database?.connection.interrupt();
    signal.addEventListener('abort', interrupt);
    try {
      const paths = [...files.map((file) => file.path), ...writable];
      database = await openLocked(this.scratchFolder, paths, async (connection) => {
        for (const table of tables) {
          await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(table.schema)}`);
          await connection.run(`CREATE VIEW ${viewOf(table)} AS ${scanOf(table)}`);
        }
        if (writable.length > 0) {
          // With more threads DuckDB keeps much of a big result in memory to write it in order.
          await connection.run('SET threads = 1');
        }
        if (currentSchema !== undefined) {
          await connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(currentSchema)}`);
          await connection.run(`SET schema = ${quoteText(currentSchema)}`);
        }
      });
      signal.throwIfAborted();
      return await use(database.connection);
    } catch (error) {
      throw signal.aborted ? signal.reason : sqlErrorOf(error, files);
    } finally {
      signal.removeEventListener('abort', interrupt);
      database?.close();
      this.release();
    }
  }

  private async take(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.running >= MAX_RUNNING) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.waiting.push(wake);
        signal.addEventListener('abort', wake);
      });
    }
    signal.throwIfAborted();
    this.running += 1;
  }

  private release(): void {
    this.running -= 1;
    // All of them: the first in line takes the place, and who has been aborted meanwhile must not lose it for others.
    this.waiting.splice(0).forEach((wake) => wake());
  }
}

interface Database {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** A database that reads and writes the given files and nothing else, once `prepare` has made its views. */
async function openLocked(
  scratchFolder: string,
  paths: readonly string[],
  prepare: (connection: DuckDBConnection) => Promise<void>,
): Promise<Database> {
  fs.mkdirSync(scratchFolder, { recursive: true, mode: 0o700 });
  const options = { ...LIMITS, ...LOCKED, temp_directory: path.join(scratchFolder, 'duckdb') };
  const instance = await openInstance(options);
  const connection = await instance.connect();
  await connection.run(`SET max_expression_depth = ${MAX_EXPRESSION_DEPTH}`);
  await connection.run(`SET allowed_paths = [${paths.map(quoteText).join(', ')}]`);
  await connection.run('SET enable_external_access = false');
  await prepare(connection);
  await connection.run('SET lock_configuration = true');
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  return { connection, close };
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
    const { duckdb } = readColumnType(new Cursor(tokenize(type).tokens));
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

function filesOf(tables: readonly EngineTable[]): EngineFile[] {
  return tables.flatMap((table) => table.files);
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
}

async function* rowsOf(result: DuckDBResult, signal: AbortSignal): AsyncGenerator<readonly Row[]> {
  for await (const rows of result.yieldRows()) {
    signal.throwIfAborted();
    yield rows.map((row) => row.map(cellText));
  }
}

/** Assumption: values have MySQL's text form; arrays, maps and structs the engine's. */
function cellText(value: DuckDBValue): string | null {
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
