import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import type { Row, ResultColumn } from './types';
import { type Answers, type DatabaseOptions, FILES_FOLDER, type QueryRequest, type Request } from './messages';
import { scanOf } from './scan';
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
  private tablesKey = '';
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
  public async prepare({ tables, tablesKey, currentSchema }: QueryRequest): Promise<void> {
    const { connection } = this;
    await connection.run('SET schema = main');
    if (tablesKey !== this.tablesKey) {
      this.tablesKey = '';
      for (const schema of this.schemas.splice(0)) {
        await connection.run(`DROP SCHEMA IF EXISTS ${quoteName(schema)} CASCADE`);
      }
      for (const table of tables) {
        await this.createSchema(table.schema);
        await connection.run(`CREATE VIEW ${viewOf(table)} AS ${scanOf(table)}`);
      }
      this.tablesKey = tablesKey;
    }
    if (currentSchema !== undefined) {
      await this.createSchema(currentSchema);
      await connection.run(`SET schema = ${quoteText(currentSchema)}`);
    }
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

  public async write({ sql, target, options, tables }: Extract<Request, { kind: 'write' }>): Promise<Answers['write']> {
    // The query was parsed as one whole SELECT, so it cannot reach beyond the parentheses.
    const { rowsChanged } = await this.connection.run(`COPY (${sql}) TO ${quoteText(target)} (${options})`);
    let scannedRowCount = 0;
    for (const table of tables) {
      const counted = await this.connection.runAndReadAll(`SELECT count(*) FROM ${viewOf(table)}`);
      scannedRowCount += Number(counted.getRows()[0][0]);
    }
    return { rowCount: rowsChanged, scannedRowCount };
  }
}

function viewOf(table: { readonly schema: string; readonly name: string }): string {
  return `${quoteName(table.schema)}.${quoteName(table.name)}`;
}

function columnsOf(result: DuckDBResult): ResultColumn[] {
  const types = result.columnTypes();
  return result.columnNames().map((name, at) => ({ name, type: String(types[at]) }));
}
