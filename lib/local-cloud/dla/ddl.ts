import type { DlaColumn } from '../account/dla-catalog';
import { readColumnType } from './column-type';
import type { Cursor } from './cursor';
import { parseOssLocation } from './oss-location';
import { readProperties } from './properties';
import { SqlError } from './sql-error';
import type { TableName } from './statement';
import { repeatedName, toStandardSql } from './tokens';
import { readTableFormat, type TableFormat } from './table-format';

/** Values of partition columns by their names, as text. */
export type PartitionValues = Readonly<Record<string, string>>;

/** A statement that changes the catalog; SELECT in it is standard SQL. */
export type DdlStatement =
  | {
      readonly kind: 'create-schema';
      readonly name: string;
      readonly ifNotExists: boolean;
      readonly catalog: string;
      readonly location: string;
    }
  | ({
      readonly kind: 'create-table';
      readonly ifNotExists: boolean;
      readonly columns: readonly DlaColumn[];
      readonly partitionColumns: readonly DlaColumn[];
      readonly location: string;
    } & TableName &
      TableFormat)
  | ({
      readonly kind: 'create-view';
      readonly orReplace: boolean;
      readonly columns?: readonly string[];
      /** The SELECT as it was sent, and in standard SQL. */
      readonly text: string;
      readonly sql: string;
    } & TableName)
  | { readonly kind: 'drop-schema'; readonly name: string; readonly ifExists: boolean; readonly cascade: boolean }
  | ({ readonly kind: 'drop-table'; readonly ifExists: boolean } & TableName)
  | ({ readonly kind: 'drop-view'; readonly ifExists: boolean } & TableName)
  | ({
      readonly kind: 'add-partitions';
      readonly ifNotExists: boolean;
      readonly partitions: readonly { readonly values: PartitionValues; readonly location?: string }[];
    } & TableName)
  | ({
      readonly kind: 'drop-partitions';
      readonly ifExists: boolean;
      readonly partitions: readonly PartitionValues[];
    } & TableName)
  | ({ readonly kind: 'add-columns'; readonly columns: readonly DlaColumn[] } & TableName)
  | ({ readonly kind: 'change-column'; readonly from: string; readonly column: DlaColumn } & TableName)
  | ({ readonly kind: 'repair-table'; readonly below?: string } & TableName)
  | { readonly kind: 'repair-schema'; readonly name: string };

/** Reads what follows CREATE. */
export function createStatement(cursor: Cursor, sql: string): DdlStatement {
  if (cursor.accept('SCHEMA') || cursor.accept('DATABASE')) {
    return createSchema(cursor);
  }
  const orReplace = cursor.accept('OR', 'REPLACE');
  if (orReplace || cursor.accept('VIEW')) {
    if (orReplace) {
      cursor.expect('VIEW');
    }
    return createView(cursor, sql, orReplace);
  }
  return createTable(cursor);
}

function createSchema(cursor: Cursor): DdlStatement {
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.name('a schema name');
  skipComment(cursor);
  cursor.expect('WITH', 'DBPROPERTIES');
  const { catalog, location, ...others } = readProperties(cursor);
  // Properties of a database need to be known only where there is one.
  if (!['oss', 'hive'].includes(catalog?.toLowerCase() ?? '')) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `catalog: expected 'oss', got ${JSON.stringify(catalog)}: other sources are not supported here`,
    );
  }
  const [unknown] = Object.keys(others).filter((key) => key !== 'comment');
  if (unknown !== undefined) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `the property ${JSON.stringify(unknown)} is not supported here, expected catalog and location`,
    );
  }
  skipComment(cursor);
  if (location === undefined) {
    throw new SqlError('ER_PARSE_ERROR', "DBPROPERTIES: location is missing, e.g. location='oss://BUCKET/FOLDER/'");
  }
  parseOssLocation(location);
  if (!location.endsWith('/')) {
    throw new SqlError(
      'ER_PARSE_ERROR',
      `the location of a schema: expected one that ends in "/", got ${JSON.stringify(location)}`,
    );
  }
  return { kind: 'create-schema', name, ifNotExists, catalog: 'oss', location };
}

function createTable(cursor: Cursor): DdlStatement {
  if (!cursor.accept('EXTERNAL', 'TABLE')) {
    if (cursor.accept('TABLE')) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        'CREATE TABLE without EXTERNAL is not supported here, expected CREATE EXTERNAL TABLE',
      );
    }
    throw cursor.error('SCHEMA, EXTERNAL TABLE or VIEW');
  }
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const table = cursor.qualifiedName('a table name');
  checkNoLike(cursor);
  const columns = cursor.peek()?.text === '(' ? readColumns(cursor) : [];
  skipComment(cursor);
  skipTableOptions(cursor);
  const partitionColumns = cursor.accept('PARTITIONED', 'BY') ? cursor.list(() => readColumn(cursor)) : [];
  const twice = repeatedName([...columns, ...partitionColumns]);
  if (twice !== undefined) {
    throw new SqlError('ER_PARSE_ERROR', `the column ${twice} is declared twice`);
  }
  skipComment(cursor);
  const readRest = readTableFormat(cursor);
  cursor.expect('LOCATION');
  const location = cursor.string('a location, e.g. oss://BUCKET/FOLDER/, in quotes');
  parseOssLocation(location);
  const format = readRest(cursor.accept('TBLPROPERTIES') ? readProperties(cursor) : {});
  checkNoLike(cursor);
  skipComment(cursor);
  if (columns.length === 0) {
    throw cursor.error('a list of columns before it');
  }
  return { kind: 'create-table', ...table, ifNotExists, columns, partitionColumns, location, ...format };
}

function checkNoLike(cursor: Cursor): void {
  if (cursor.accept('LIKE')) {
    const what = cursor.accept('MAPPING')
      ? 'LIKE MAPPING'
      : cursor.accept('SELECT') || cursor.accept('WITH')
        ? 'LIKE SELECT'
        : 'LIKE';
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `CREATE EXTERNAL TABLE … ${what} is not supported here: list the columns, and fill the table with INSERT`,
    );
  }
  if (cursor.accept('AS')) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      'CREATE TABLE … AS SELECT is not supported here: list the columns, and fill the table with INSERT',
    );
  }
}

/** `(column, …)`, with keys among them, which have no effect, and perhaps a comma at the end. */
function readColumns(cursor: Cursor): DlaColumn[] {
  const columns: DlaColumn[] = [];
  cursor.expect('(');
  do {
    if (cursor.accept('PRIMARY', 'KEY')) {
      cursor.list(() => cursor.name('a column'));
    } else if (isKey(cursor)) {
      cursor.accept('UNIQUE');
      cursor.accept('KEY');
      cursor.name('a key');
      cursor.list(() => cursor.name('a column'));
    } else if (cursor.peek()?.text !== ')' || columns.length === 0) {
      columns.push(readColumn(cursor));
    }
  } while (cursor.accept(','));
  cursor.expect(')');
  return columns;
}

/** `KEY name (…)`: a column may be called KEY, too. */
function isKey(cursor: Cursor): boolean {
  const [first, second, third] = [0, 1, 2].map((at) => cursor.peek(at));
  return (
    /^(key|unique)$/i.test(first?.text ?? '') &&
    first?.kind === 'word' &&
    ((third?.text === '(' && !/^(char|varchar|decimal)$/i.test(second?.text ?? '')) ||
      /^key$/i.test(second?.text ?? ''))
  );
}

function readColumn(cursor: Cursor): DlaColumn {
  const name = cursor.name('a column name');
  const { text } = readColumnType(cursor);
  let comment: string | undefined;
  for (;;) {
    if (cursor.accept('COMMENT')) {
      comment = cursor.text('a comment in quotes');
      // Keys and NOT NULL are not enforced in DLA.
    } else if (!(
      cursor.accept('NOT', 'NULL') ||
      cursor.accept('DEFAULT', 'NULL') ||
      cursor.accept('NULL') ||
      cursor.accept('PRIMARY', 'KEY')
    )) {
      return comment ? { name, type: text, comment } : { name, type: text };
    }
  }
}

/** MySQL's own, which generated statements carry. */
function skipTableOptions(cursor: Cursor): void {
  for (;;) {
    if (cursor.accept('ENGINE') || cursor.accept('CHARSET') || cursor.accept('DEFAULT', 'CHARSET')) {
      cursor.accept('=');
      cursor.name('a value');
    } else {
      return;
    }
  }
}

function skipComment(cursor: Cursor): void {
  if (cursor.accept('COMMENT')) {
    cursor.accept('=');
    cursor.text('a comment in quotes');
  }
}

function createView(cursor: Cursor, sql: string, orReplace: boolean): DdlStatement {
  const view = cursor.qualifiedName('a view');
  const columns = cursor.peek()?.text === '(' ? cursor.list(() => cursor.name('a column')) : undefined;
  skipComment(cursor);
  cursor.expect('AS');
  return { kind: 'create-view', orReplace, columns, ...view, ...restOf(cursor, sql, 'SELECT') };
}

/** What has not been read yet, without a semicolon at the end. */
export function restOf(cursor: Cursor, sql: string, expected: string): { text: string; sql: string } {
  if (cursor.done || cursor.peek()!.text === ';') {
    throw cursor.error(expected);
  }
  const all = cursor.takeRest();
  const rest = all.at(-1)!.text === ';' && all.at(-1)!.kind === 'symbol' ? all.slice(0, -1) : all;
  return { text: sql.slice(rest[0].start, rest.at(-1)!.end), sql: toStandardSql(sql, rest) };
}

/** Reads what follows DROP. */
export function dropStatement(cursor: Cursor): DdlStatement {
  if (cursor.accept('SCHEMA') || cursor.accept('DATABASE')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    const name = cursor.name('a schema');
    return { kind: 'drop-schema', name, ifExists, cascade: readCascade(cursor) };
  }
  if (cursor.accept('VIEW')) {
    return dropRelation('drop-view', cursor);
  }
  cursor.accept('EXTERNAL');
  if (!cursor.accept('TABLE')) {
    throw cursor.error('SCHEMA, TABLE or VIEW');
  }
  return dropRelation('drop-table', cursor);
}

function dropRelation(kind: 'drop-table' | 'drop-view', cursor: Cursor): DdlStatement {
  const ifExists = cursor.accept('IF', 'EXISTS');
  const name = cursor.qualifiedName('a name');
  // As in MySQL, neither word changes what is dropped: nothing hangs on a table or a view.
  readCascade(cursor);
  return { kind, ifExists, ...name };
}

function readCascade(cursor: Cursor): boolean {
  const isCascade = cursor.accept('CASCADE');
  if (!isCascade) {
    cursor.accept('RESTRICT');
  }
  return isCascade;
}

/** What Presto, Hive or MySQL change of a table, and no page of DLA tells of. */
const NOT_ALTERED = /^(alter|comment|convert|engine|execute|modify|order|rename|replace|set|touch|unset)$/i;

/** Reads what follows ALTER. */
export function alterStatement(cursor: Cursor): DdlStatement {
  const [, other] = /^(view|schema|database)$/i.exec(cursor.peek()?.text ?? '') ?? [];
  if (other !== undefined) {
    throw new SqlError('ER_NOT_SUPPORTED_YET', `ALTER ${other.toUpperCase()} is not supported here`);
  }
  cursor.expect('TABLE');
  const table = cursor.qualifiedName('a table');
  const [change = '', what = ''] = [cursor.peek()?.text, cursor.peek(1)?.text];
  if (NOT_ALTERED.test(change) || (/^drop$/i.test(change) && !/^(if|partition)$/i.test(what))) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `ALTER TABLE … ${`${change} ${what}`.trim().slice(0, 60).toUpperCase()} is not supported here`,
    );
  }
  if (cursor.accept('ADD', 'COLUMNS')) {
    return { kind: 'add-columns', ...table, columns: readColumns(cursor) };
  }
  if (cursor.accept('ADD', 'COLUMN')) {
    return { kind: 'add-columns', ...table, columns: [readColumn(cursor)] };
  }
  if (cursor.accept('CHANGE')) {
    cursor.accept('COLUMN');
    return { kind: 'change-column', ...table, from: cursor.name('a column'), column: readColumn(cursor) };
  }
  if (cursor.accept('ADD')) {
    const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
    const partitions = readPartitions(cursor, () => {
      const values = readPartitionValues(cursor);
      const location = cursor.accept('LOCATION') ? cursor.string('a location in quotes') : undefined;
      if (location !== undefined) {
        parseOssLocation(location);
      }
      return { values, location };
    });
    return { kind: 'add-partitions', ...table, ifNotExists, partitions };
  }
  if (cursor.accept('DROP')) {
    const ifExists = cursor.accept('IF', 'EXISTS');
    return {
      kind: 'drop-partitions',
      ...table,
      ifExists,
      partitions: readPartitions(cursor, () => readPartitionValues(cursor)),
    };
  }
  throw cursor.error('ADD COLUMNS, CHANGE COLUMN, ADD PARTITION or DROP PARTITION');
}

function readPartitions<T>(cursor: Cursor, read: () => T): T[] {
  const partitions: T[] = [];
  do {
    cursor.expect('PARTITION');
    partitions.push(read());
  } while (cursor.accept(',') || cursor.peek()?.text.toUpperCase() === 'PARTITION');
  return partitions;
}

/** `(y = '2018', m = 1)`. */
function readPartitionValues(cursor: Cursor): PartitionValues {
  const entries = cursor.list((): [string, string] => {
    const name = cursor.name('a partition column');
    cursor.expect('=');
    const token = cursor.peek();
    if (!token || token.kind === 'symbol' || token.text === '') {
      throw cursor.error('a value');
    }
    cursor.skip();
    return [name.toLowerCase(), token.text];
  });
  return Object.fromEntries(entries);
}

/** Reads what follows MSCK. */
export function repairStatement(cursor: Cursor): DdlStatement {
  cursor.accept('REPAIR');
  if (cursor.accept('DATABASE') || cursor.accept('SCHEMA')) {
    return { kind: 'repair-schema', name: cursor.name('a schema') };
  }
  cursor.expect('TABLE');
  const table = cursor.qualifiedName('a table');
  cursor.accept('ADD', 'PARTITIONS');
  const below = cursor.accept('SYNC_DIR') ? cursor.string('a location in quotes') : undefined;
  if (below !== undefined) {
    parseOssLocation(below);
  }
  return { kind: 'repair-table', ...table, below };
}
