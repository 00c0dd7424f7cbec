import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import type { EngineView, ResultColumn, Row, WrittenFile } from './types';
import { type Answers, type DatabaseOptions, FILES_FOLDER, type QueryRequest, type Request } from './messages';
import { scanOf } from './scan';
import { digestOf } from '../../store/digest';
import { quoteName, quoteText } from '../tokens';
import { cellText } from './values';

const LOCKED = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  // Files are read once, and under names that never come again.
  enable_external_file_cache: 'false',
  max_temp_directory_size: '8GB',
};

const MAX_EXPRESSION_DEPTH = 250;

/** Rows are sent in pieces of at least so many characters. */
const PIECE_LENGTH = 256 << 10;

/** An in-memory database that reads and writes files of one folder and nothing else, and whose settings are locked. */
export class Database {
  private catalogId = '0';
  private schemas: string[] = [];

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
  ) {}

  public static async open(folder: string, memoryLimit: string, options: DatabaseOptions): Promise<Database> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const files = path.join(folder, FILES_FOLDER);
    fs.mkdirSync(files, { recursive: true, mode: 0o700 });
    const instance = await DuckDBInstance.create(':memory:', {
      ...LOCKED,
      memory_limit: memoryLimit,
      threads: String(options.threads),
      temp_directory: path.join(folder, 'temp'),
    });
    const connection = await instance.connect();
    for (const [name, value] of [
      ['TimeZone', quoteText(options.timeZone)],
      ['max_expression_depth', String(MAX_EXPRESSION_DEPTH)],
      ['allowed_directories', `[${quoteText(`${files}/`)}]`],
      ['enable_external_access', 'false'],
      ['lock_configuration', 'true'],
    ]) {
      await connection.run(`SET ${name} = ${value}`);
    }
    return new Database(instance, connection);
  }

  public close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }

  public async parse(sql: string): Promise<Answers['parse']> {
    const reader = await this.connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [sql]);
    return { tree: String(reader.getRows()[0][0]) };
  }

  /** Makes the tables of the request the only ones, as views over their files. */
  public async prepare({ tables, views, catalogId, currentSchema }: QueryRequest): Promise<void> {
    await this.connection.run('SET schema = main');
    if (catalogId !== this.catalogId) {
      this.catalogId = '';
      for (const schema of this.schemas.splice(0)) {
        await this.connection.run(`DROP SCHEMA IF EXISTS ${quoteName(schema)} CASCADE`);
      }
      for (const table of tables) {
        await this.createSchema(table.schema);
        await this.connection.run(
          `CREATE VIEW ${viewOf(table)} AS ${await scanOf(table, (sql) => this.describe(sql))}`,
        );
      }
      for (const [at, view] of views.entries()) {
        await this.createView(view, at);
      }
      this.catalogId = catalogId;
    }
    await this.enter(currentSchema);
  }

  private async createView(
    { schema, name, columns, sql, currentSchema = schema }: EngineView,
    at: number,
  ): Promise<void> {
    await this.createSchema(schema);
    await this.enter(currentSchema);
    const list = columns.map(quoteName).join(', ');
    if (currentSchema.toLowerCase() === schema.toLowerCase()) {
      await this.connection.run(`CREATE VIEW ${viewOf({ schema, name })} (${list}) AS ${sql}`);
      return;
    }
    // DuckDB looks for the tables of a view in the schema of the view, DLA in the one that was selected.
    const beside = viewOf({ schema: currentSchema, name: `\u{e000}${at}` });
    await this.connection.run(`CREATE VIEW ${beside} (${list}) AS ${sql}`);
    await this.connection.run(`CREATE VIEW ${viewOf({ schema, name })} AS SELECT * FROM ${beside}`);
  }

  private async enter(schema: string | undefined): Promise<void> {
    if (schema !== undefined) {
      await this.createSchema(schema);
      await this.connection.run(`SET schema = ${quoteText(schema)}`);
    }
  }

  /** Names of the columns of a SELECT. */
  private async describe(sql: string): Promise<string[]> {
    return (await this.connection.runAndReadAll(`SELECT * FROM (${sql}) LIMIT 0`)).columnNames();
  }

  private async createSchema(name: string): Promise<void> {
    const folded = name.toLowerCase();
    if (!this.schemas.includes(folded)) {
      await this.connection.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(folded)}`);
      this.schemas.push(folded);
    }
  }

  public async read(
    { sql, maxRows, maxLength }: Extract<Request, { kind: 'read' }>,
    send: (rows: readonly Row[]) => void,
  ): Promise<Answers['read']> {
    const result = await this.connection.stream(sql);
    const columns = columnsOf(result);
    let piece: Row[] = [];
    let [rowCount, length, sent] = [0, 0, 0];
    const flush = (): void => {
      send(piece);
      piece = [];
      sent = length;
    };
    for await (const rows of result.yieldRows()) {
      for (const values of rows) {
        const row = values.map(cellText);
        length += row.reduce((sum, value) => sum + (value?.length ?? 0), 0);
        rowCount += 1;
        if (length > maxLength) {
          return { columns, tooLong: true };
        }
        piece.push(row);
        if (rowCount === maxRows) {
          flush();
          return { columns, tooLong: false };
        }
      }
      if (length - sent > PIECE_LENGTH) {
        flush();
      }
    }
    flush();
    return { columns, tooLong: false };
  }

  public async write(request: Extract<Request, { kind: 'write' }>): Promise<Answers['write']> {
    const { sql, source, target, options, columnCount, tables } = request;
    if (columnCount !== undefined) {
      const { length } = await this.describe(source);
      if (length !== columnCount) {
        throw new Error(`Column count Error: expected ${columnCount} columns, got ${length}`);
      }
    }
    // The query was parsed as one whole SELECT, so it cannot reach beyond the parentheses.
    const { rowsChanged } = await this.connection.run(`COPY (${sql}) TO ${quoteText(target)} (${options})`);
    let scannedRowCount = 0;
    for (const table of tables) {
      const counted = await this.connection.runAndReadAll(`SELECT count(*) FROM ${viewOf(table)}`);
      scannedRowCount += Number(counted.getRows()[0][0]);
    }
    return { rowCount: rowsChanged, scannedRowCount, files: filesAt(target) };
  }
}

/** The files are digested here: it takes a while, and the process with the account has others to serve. */
function filesAt(target: string): WrittenFile[] {
  if (!fs.existsSync(target)) {
    return [];
  }
  const paths = fs.statSync(target).isDirectory()
    ? fs
        .readdirSync(target, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    : [target];
  return paths.map((file) => ({ path: file, name: path.relative(target, file), digest: digestOf(file) }));
}

function viewOf(table: { readonly schema: string; readonly name: string }): string {
  return `${quoteName(table.schema)}.${quoteName(table.name)}`;
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
}
