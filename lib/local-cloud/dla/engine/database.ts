import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type {
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBMaterializedResult,
  DuckDBPreparedStatement,
  DuckDBResult,
} from '@duckdb/node-api';
import { type CatalogEntry, type CompiledQuery, compileQuery } from '../dialect/compile';
import { parseSelect } from '../dialect/parser/queries';
import { render } from '../dialect/render';
import { registerFunction, usedFunctions } from '../dialect/scalar-functions';
import { wireType } from '../dialect/types';
import type { TableName } from '../statement';
import { checkSelect } from './select-guard';
import { type EngineCatalog, findEntry, NOTHING, type WrittenFile } from './types';
import {
  type Answers,
  type DatabaseOptions,
  FILES_FOLDER,
  QUERY_PLACE,
  type QueryRequest,
  type Request,
} from './messages';
import { scanOf } from './scan';
import type { DlaColumn } from '../../account/dla-catalog';
import { digestOf } from '../../store/digest';
import { PacketWriter } from '../packets';
import { quoteName, quoteText } from '../tokens';

const LOCKED = {
  autoinstall_known_extensions: 'false',
  autoload_known_extensions: 'false',
  allow_community_extensions: 'false',
  // Files are read once, and under names that never come again.
  enable_external_file_cache: 'false',
  max_temp_directory_size: '8GB',
  // Memory that is not used any more would otherwise stay with the process, where it counts against the limit.
  allocator_background_threads: 'true',
};

/** Of what the compiler makes of a query, whose own depth is limited. */
const MAX_EXPRESSION_DEPTH = 1000;

/** Shapes of statements whose admission is remembered: how many, and how long. */
const KEPT = { count: 1000, length: 4096 };

/** Names in quotes, texts and numbers. */
const QUOTED_OR_NUMBER = /"(?:[^"]|"")*"|'(?:[^']|'')*'|(?<![\w$])\d[\w.]*/g;

/** Functions of DuckDB that answer something else each time. */
const CHANCE = /\b(random|uuid)\s*\(/i;

interface PlannedQuery extends CompiledQuery {
  readonly isRepeatable: boolean;
}

/** What a table is called while it is read into memory; no table of a user can be called so. */
const LOADING = '\u{e000}loading';

/** Rows are sent in pieces of at least so many characters. */
const PIECE_LENGTH = 256 << 10;

/** An in-memory database that reads and writes files of one folder and nothing else, and whose settings are locked. */
export class Database {
  private catalogId = '0';
  private catalog: EngineCatalog = NOTHING;
  private schemas: string[] = [];
  /** Whether the tables are in memory, those that could be read. */
  private isLoaded = false;
  private readonly functions = new Set<string>();
  /** Shapes that have been found to read named tables and nothing else. */
  private readonly checkedShapes = new Set<string>();

  private constructor(
    private readonly instance: DuckDBInstance,
    private readonly connection: DuckDBConnection,
    /** Answers with the tree that DuckDB's parser makes of a text. */
    private readonly parser: DuckDBPreparedStatement,
    private readonly duckdb: typeof import('@duckdb/node-api'),
  ) {}

  /**
   * @param folder made by whoever starts this process, and not made anew when that has ended and the folder is removed
   * @param installedAs a file of the package, beside which DuckDB is installed
   */
  public static async open(
    folder: string,
    memoryLimit: string,
    options: DatabaseOptions,
    installedAs: string,
  ): Promise<Database> {
    const duckdb = createRequire(installedAs)('@duckdb/node-api') as typeof import('@duckdb/node-api');
    const files = path.join(folder, FILES_FOLDER);
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      ...LOCKED,
      memory_limit: memoryLimit,
      threads: String(options.threads),
      temp_directory: path.join(folder, 'temp'),
    });
    const connection = await instance.connect();
    for (const [name, value] of [
      // Offsets of minutes have no name there: whatever depends on the zone names it itself.
      ['TimeZone', quoteText(/^[+-]/.test(options.timeZone) ? 'UTC' : options.timeZone)],
      ['max_expression_depth', String(MAX_EXPRESSION_DEPTH)],
      ['allowed_directories', `[${quoteText(`${files}/`)}]`],
      ['enable_external_access', 'false'],
      ['lock_configuration', 'true'],
    ]) {
      await connection.run(`SET ${name} = ${value}`);
    }
    const parser = await connection.prepare('SELECT json_serialize_sql($1::VARCHAR)');
    return new Database(instance, connection, parser, duckdb);
  }

  public close(): void {
    this.parser.destroySync();
    this.connection.closeSync();
    this.instance.closeSync();
  }

  /** Compiles the query, and looks by DuckDB's own parser whether the result reads named tables and nothing else. */
  private async compile(
    { sql, currentSchema, user = '', database }: QueryRequest,
    into?: readonly DlaColumn[],
  ): Promise<PlannedQuery> {
    const find = (name: TableName): CatalogEntry => findEntry(this.catalog, name);
    const { timeZone } = database;
    let isTimeless = true;
    const at = new Date();
    const compiled = compileQuery(parseSelect(sql), {
      find,
      timeZone,
      user,
      schema: currentSchema,
      into,
      get now() {
        isTimeless = false;
        return at;
      },
    });
    const shape = shapeOf(compiled.sql);
    if (!this.checkedShapes.has(shape)) {
      this.parser.bindVarchar(1, compiled.sql);
      const [[tree]] = (await this.parser.run()).getChunk(0).getRows();
      checkSelect(String(tree));
      if (shape.length <= KEPT.length && this.checkedShapes.size < KEPT.count) {
        this.checkedShapes.add(shape);
      }
    }
    for (const name of usedFunctions(compiled.sql)) {
      if (!this.functions.has(name)) {
        registerFunction(this.connection, name, this.duckdb);
        this.functions.add(name);
      }
    }
    return { ...compiled, isRepeatable: isTimeless && !CHANCE.test(compiled.sql) };
  }

  /**
   * Makes the tables of the request the only ones, as views over their files. Small ones that are asked for a second
   * time are kept in memory: opening a file takes longer than what a small query does.
   */
  public async prepare(catalogId: string, catalog: EngineCatalog, isSmall: boolean): Promise<void> {
    const { tables } = catalog;
    if (catalogId === this.catalogId) {
      if (isSmall && !this.isLoaded) {
        this.isLoaded = true;
        await this.load(tables);
      }
      return;
    }
    this.catalogId = '';
    this.catalog = catalog;
    this.isLoaded = false;
    for (const schema of this.schemas.splice(0)) {
      await this.connection.run(`DROP SCHEMA IF EXISTS ${quoteName(schema)} CASCADE`);
    }
    for (const table of tables) {
      await this.createSchema(table.schema);
      await this.connection.run(`CREATE VIEW ${viewOf(table)} AS ${await scanOf(table, (sql) => this.describe(sql))}`);
    }
    this.catalogId = catalogId;
  }

  private async load(tables: EngineCatalog['tables']): Promise<void> {
    for (const table of tables) {
      const [name, loading] = [table, { ...table, name: LOADING }].map(viewOf);
      try {
        await this.connection.run(`CREATE TABLE ${loading} AS SELECT * FROM ${name}`);
      } catch {
        // What is wrong with a file is told by the query that reads it.
        continue;
      }
      await this.connection.run(`DROP VIEW ${name}`);
      await this.connection.run(`ALTER TABLE ${loading} RENAME TO ${quoteName(table.name)}`);
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
    request: Extract<Request, { kind: 'read' }>,
    send: (rows: Buffer) => void,
  ): Promise<Answers['read']> {
    const { maxRows, maxLength, isSmall } = request;
    const query = await this.compile(request);
    if (request.isExplained) {
      return this.explain(query, send);
    }
    // A small answer comes sooner in one piece.
    const running = isSmall ? this.connection.run(query.sql) : this.connection.stream(query.sql);
    const result = await running.catch(inUsersNames(query));
    const { isRepeatable } = query;
    const columns = query.columns.map(({ name, type }) => ({ name, type: wireType(type) }));
    const types = query.columns.map(({ type }) => type);
    let writer = new PacketWriter();
    let [rowCount, length, sent] = [0, 0, 0];
    const flush = (): void => {
      send(writer.take());
      writer = new PacketWriter();
      sent = length;
    };
    for await (const chunk of chunksOf(result)) {
      // By columns, which takes less time than by rows.
      const values = types.map((_type, at) => chunk.getColumnValues(at));
      const { rowCount: chunkRows } = chunk;
      for (let at = 0; at < chunkRows; at += 1) {
        writer.begin();
        for (let column = 0; column < types.length; column += 1) {
          const text = render(values[column][at], types[column]);
          length += text?.length ?? 0;
          if (length > maxLength) {
            return { columns, tooLong: true, length, isRepeatable };
          }
          writer.value(text);
        }
        writer.finish();
        rowCount += 1;
        if (rowCount === maxRows) {
          flush();
          return { columns, tooLong: false, length, isRepeatable };
        }
      }
      if (length - sent > PIECE_LENGTH) {
        flush();
      }
    }
    flush();
    return { columns, tooLong: false, length, isRepeatable };
  }

  private async explain(query: CompiledQuery, send: (rows: Buffer) => void): Promise<Answers['read']> {
    const plan = await this.connection.runAndReadAll(`EXPLAIN ${query.sql}`).catch(inUsersNames(query));
    const texts = plan.getRows().map((row) => query.explain(String(row.at(-1))));
    const writer = new PacketWriter();
    for (const text of texts) {
      writer.begin();
      writer.value(text);
      writer.finish();
    }
    send(writer.take());
    const length = texts.reduce((sum, text) => sum + text.length, 0);
    return { columns: [{ name: 'Query Plan', type: 'VARCHAR' }], tooLong: false, length, isRepeatable: true };
  }

  public async write(request: Extract<Request, { kind: 'write' }>): Promise<Answers['write']> {
    const { wrapped, target, options, into } = request;
    const query = await this.compile(request, into);
    const sql = wrapped === undefined ? query.sql : wrapped.split(QUERY_PLACE).join(query.sql);
    const { rowsChanged } = await this.connection
      .run(`COPY (${sql}) TO ${quoteText(target)} (${options})`)
      .catch(inUsersNames(query));
    let scannedRowCount = 0;
    for (const table of this.catalog.tables) {
      const counted = await this.connection.runAndReadAll(`SELECT count(*) FROM ${viewOf(table)}`);
      scannedRowCount += Number(counted.getRows()[0][0]);
    }
    return { rowCount: rowsChanged, scannedRowCount, files: filesAt(target) };
  }
}

/** A statement without its texts and numbers, which have no say in what it reads. */
function shapeOf(sql: string): string {
  return sql.replace(QUOTED_OR_NUMBER, (found) => (found.startsWith('"') ? found : '?'));
}

function chunksOf(
  result: DuckDBMaterializedResult | DuckDBResult,
): Iterable<DuckDBDataChunk> | AsyncIterable<DuckDBDataChunk> {
  return 'getChunk' in result ? Array.from({ length: result.chunkCount }, (_, at) => result.getChunk(at)) : result;
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

function inUsersNames({ explain }: CompiledQuery): (error: Error) => never {
  return (error) => {
    throw new Error(explain(error.message), { cause: error });
  };
}
