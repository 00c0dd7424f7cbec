import * as fs from 'node:fs';
import * as zlib from 'node:zlib';
import type { DlaColumn } from '../../account/dla-catalog';
import { type ColumnType, parseColumnType } from '../column-type';
import { LAZY_SIMPLE_SERDE, OPEN_CSV_SERDE, type TableFormat } from '../table-format';
import { fail } from '../dialect/value';
import { quoteName, quoteText } from '../tokens';
import { EMPTY_LINE_MARK, hasEmptyLine, hasText, inUtf8, withMarks } from './text-files';
import type { EngineFile, EngineTable } from './types';

/** What a partition column that is NULL has in place of a value, in the name of a folder. */
export const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__';

/** Hive's separators, one for each level of a nested value, where the table names no others. */
const SEPARATORS = ['\x01', '\x02', '\x03', '\x04', '\x05', '\x06', '\x07', '\x08', '\x0b', '\x0c'];

/** Of an object's beginning, to see how it spells its keys. */
const HEAD_BYTES = 64 << 10;

/** The same of one in gzip, which becomes at most a thousand times as long. */
const GZIP_HEAD_BYTES = 8 << 10;

/** Texts that no file holds. */
const NEVER = '\u{e000}';
const NEVER_EITHER = '\u{e001}';

/**
 * Text of a SELECT over the table's files with the declared columns.
 *
 * Assumption: values are cut to the length of a `varchar(n)`, and cut or filled with spaces to that of a `char(n)`, when
 * they are read, in every format.
 *
 * @param describe - tells the columns of a SELECT
 */
export async function scanOf(table: EngineTable, describe: Describe): Promise<string> {
  const types = new Map(table.columns.map(({ name, type }) => [name, parseColumnType(type)]));
  const selects: string[] = [];
  for (const { values, files } of table.parts) {
    const constants = table.partitionColumns.map((column, at) => constant(column, values[at]));
    for (const group of await groupsOf(table, files, describe)) {
      const columns = await columnsOf(table, types, group, describe);
      selects.push(`SELECT ${[...columns.values, ...constants].join(', ')} FROM ${columns.from}`);
    }
  }
  if (selects.length > 0) {
    const bounded = [...types].flatMap(([name, { text }]) => {
      const [, kind, length] = /^(char|varchar)\((\d+)\)$/.exec(text) ?? [];
      const column = quoteName(name);
      const value = kind === 'char' ? `rpad(${column}, ${length}, ' ')` : `substring(${column}, 1, ${length})`;
      return length === undefined ? [] : [`${value} AS ${column}`];
    });
    const all = selects.join(' UNION ALL ');
    if (table.ignoresCase) {
      const texts = table.columns.filter(({ type }) => type === 'varchar').map(({ name }) => quoteName(name));
      return `SELECT * REPLACE (${texts.map((name) => `${name} COLLATE NOCASE AS ${name}`).join(', ')}) FROM (${all})`;
    }
    return bounded.length === 0 ? all : `SELECT * REPLACE (${bounded.join(', ')}) FROM (${all})`;
  }
  const empty = [...table.columns, ...table.partitionColumns].map((column) => constant(column, null));
  return `SELECT ${empty.join(', ')} WHERE false`;
}

/** The value of a partition column; one that is not of its type is an error of the query that reads the partition. */
function constant({ name, type }: DlaColumn, value: string | null): string {
  const { duckdb } = parseColumnType(type);
  if (value === null || duckdb === 'VARCHAR') {
    return `CAST(${value === null ? 'NULL' : quoteText(value)} AS ${duckdb}) AS ${quoteName(name)}`;
  }
  const wrong = fail(`the partition ${name}=${value}: the value is not of the type ${type}`);
  const text = quoteText(value);
  return `CASE WHEN TRY_CAST(${text} AS ${duckdb}) IS NULL THEN CAST(${wrong} AS ${duckdb}) ELSE TRY_CAST(${text} AS ${duckdb}) END AS ${quoteName(name)}`;
}

/** Files that are read alike. */
interface FileGroup {
  readonly files: readonly EngineFile[];
  readonly compression: 'uncompressed' | 'gzip' | 'zstd';
  /** How the files spell the keys of JSON that are columns, where that is not as declared. */
  readonly keys: Readonly<Record<string, string>>;
  /** Empty lines are marked. */
  readonly isMarked: boolean;
  /** Files of OpenCSVSerde without a character that escapes: a quote is doubled there. */
  readonly hasEscapes: boolean;
}

/** Tells the columns of a SELECT. */
type Describe = (sql: string) => Promise<string[]>;

async function groupsOf(
  table: EngineTable,
  files: readonly EngineFile[],
  describe: Describe,
): Promise<readonly FileGroup[]> {
  const groups = new Map<string, { files: EngineFile[] } & Omit<FileGroup, 'files'>>();
  const isPlainText = table.format === 'TEXTFILE' && quotingOf(table) === undefined;
  for (const given of files) {
    const compression = compressionOf(table, given);
    const isText = compression === 'uncompressed' && (table.format === 'TEXTFILE' || table.format === 'CSV');
    const encoding =
      isText && table.serde === LAZY_SIMPLE_SERDE ? table.properties['serialization.encoding'] : undefined;
    const source = encoding === undefined || encoding === 'utf-8' ? given : inUtf8(given, encoding);
    const isMarked = isText && isPlainText && hasEmptyLine(source.path);
    const file = isMarked ? withMarks(source) : source;
    const hasEscapes =
      !isText || table.serde !== OPEN_CSV_SERDE || hasText(file.path, table.properties.escapechar ?? '\\');
    const keys = table.format === 'JSON' ? spelling(table, file, await keysOf(file, compression, describe)) : {};
    const key = JSON.stringify([compression, keys, isMarked, hasEscapes]);
    const group = groups.get(key) ?? { files: [], compression, keys, isMarked, hasEscapes };
    group.files.push(file);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function compressionOf({ format }: EngineTable, { url }: EngineFile): FileGroup['compression'] {
  const extension = format === 'PARQUET' ? undefined : /\.(gz|zst|snappy|bz2|deflate|lzo|lz4)$/i.exec(url)?.[1];
  switch (extension?.toLowerCase()) {
    case undefined:
      return 'uncompressed';
    case 'gz':
      return 'gzip';
    case 'zst':
      return 'zstd';
    default:
      throw new Error(`Unsupported Error: objects that end in .${extension} cannot be read here: ${url}`);
  }
}

/** Keys of the first JSON objects of a file, or, in one list, what DuckDB makes of them. */
async function keysOf(
  { path }: EngineFile,
  compression: FileGroup['compression'],
  describe: Describe,
): Promise<readonly string[][]> {
  if (compression === 'zstd') {
    // Node.js reads it from version 22 on only.
    return [
      await describe(
        `SELECT * FROM read_json(${quoteText(path)}, format = 'newline_delimited', compression = 'zstd', maximum_depth = 1)`,
      ),
    ];
  }
  return headOf(path, compression)
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((line) => {
      try {
        return Object.keys(JSON.parse(line) as object);
      } catch {
        // The last line is cut; what is not JSON is an error of the query.
        return [];
      }
    });
}

function headOf(path: string, compression: 'uncompressed' | 'gzip'): string {
  const isPlain = compression === 'uncompressed';
  const head = Buffer.alloc(isPlain ? HEAD_BYTES : GZIP_HEAD_BYTES);
  const fd = fs.openSync(path, 'r');
  try {
    const bytes = head.subarray(0, fs.readSync(fd, head));
    return String(isPlain ? bytes : zlib.gunzipSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH }));
  } catch (error) {
    // What is no gzip is an error of the query.
    if (isPlain) {
      throw error;
    }
    return '';
  } finally {
    fs.closeSync(fd);
  }
}

/** DLA does not tell letters' cases apart in keys, DuckDB does. */
function spelling({ columns }: EngineTable, { url }: EngineFile, lines: readonly string[][]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const keys of lines) {
    for (const { name } of columns) {
      const key = keys.includes(name) ? name : keys.find((one) => one.toLowerCase() === name.toLowerCase());
      if (key !== undefined && (found[name] ??= key) !== key) {
        throw new Error(
          `Unsupported Error: objects that spell a key in two ways, ${found[name]} and ${key}, cannot be read here: ${url}`,
        );
      }
    }
  }
  return Object.fromEntries(Object.entries(found).filter(([name, key]) => name !== key));
}

interface Scan {
  readonly from: string;
  readonly values: readonly string[];
}

async function columnsOf(
  table: EngineTable,
  types: ReadonlyMap<string, ColumnType>,
  group: FileGroup,
  describe: Describe,
): Promise<Scan> {
  switch (table.format) {
    case 'JSON':
      return jsonScan(types, group);
    case 'PARQUET':
      return parquetScan(types, group, describe);
    default:
      return textScan(table, types, group);
  }
}

function listOf(files: readonly EngineFile[]): string {
  return `[${files.map(({ path }) => quoteText(path)).join(', ')}]`;
}

function jsonScan(types: ReadonlyMap<string, ColumnType>, { files, compression, keys }: FileGroup): Scan {
  const declared = [...types].map(([name, { duckdb }]) => `${quoteText(keys[name] ?? name)}: ${quoteText(duckdb)}`);
  return {
    from:
      `read_json(${listOf(files)}, format = 'newline_delimited', records = true, ` +
      `compression = '${compression}', columns = {${declared.join(', ')}})`,
    values: [...types.keys()].map((name) => `${quoteName(keys[name] ?? name)} AS ${quoteName(name)}`),
  };
}

/** Columns are found by their names; those that no file has are NULL. */
async function parquetScan(
  types: ReadonlyMap<string, ColumnType>,
  { files }: FileGroup,
  describe: Describe,
): Promise<Scan> {
  const from = `read_parquet(${listOf(files)}, union_by_name = true, hive_partitioning = false)`;
  const present = await describe(`SELECT * FROM ${from}`);
  const values = [...types].map(([name, { duckdb }]) => {
    const found = present.find((one) => one.toLowerCase() === name.toLowerCase());
    return `CAST(${found === undefined ? 'NULL' : quoteName(found)} AS ${duckdb}) AS ${quoteName(name)}`;
  });
  return { from, values };
}

/**
 * Assumption: as in Hive, a value that is not of the column's type, and one that a line lacks, is NULL; what a line has
 * beyond the columns is ignored.
 */
function textScan(
  table: EngineTable,
  types: ReadonlyMap<string, ColumnType>,
  { files, compression, isMarked, hasEscapes }: FileGroup,
): Scan {
  const { properties } = table;
  const names = [...types.keys()];
  const raw = names.map((_name, at) => `c${at}`);
  const skip = `skip = ${Number(properties['skip.header.line.count'] ?? 0)}`;
  const read = (options: string, columns: readonly string[]): string =>
    `read_csv(${listOf(files)}, auto_detect = false, header = false, ` +
    `compression = '${compression}', null_padding = true, strict_mode = false, ${skip}, ${options}, ` +
    `columns = {${columns.map((column) => `${column}: 'VARCHAR'`).join(', ')}})`;
  const separators = separatorsOf(table);
  const nullText = properties['serialization.null.format'] ?? String.raw`\N`;
  const empty = nullText === '' ? 'NULL' : "''";
  const valuesFrom = ([first, ...others]: readonly string[]): string[] => {
    const cells = isMarked
      ? [`CASE WHEN ${first} = '${EMPTY_LINE_MARK}' THEN ${empty} ELSE ${first} END`, ...others]
      : [first, ...others];
    return [...types].map(([name, type], at) => `${converted(cells[at], type, separators, 1)} AS ${quoteName(name)}`);
  };

  const delimiter = `delim = ${quoteText(separators[0])}`;
  const quoting = quotingOf(table);
  if (quoting !== undefined) {
    const { quote } = quoting;
    const escape = hasEscapes ? quoting.escape : quote;
    const options = `quote = ${quoteText(quote)}, escape = ${quoteText(escape)}, nullstr = ${quoteText(quoting.nullText)}`;
    return { from: read(`${delimiter}, parallel = false, ${options}`, raw), values: valuesFrom(raw) };
  }
  const escape = properties['escape.delim'];
  if (escape === undefined) {
    const options = `${delimiter}, quote = '', escape = '', nullstr = ${quoteText(nullText)}`;
    return { from: read(options, raw), values: valuesFrom(raw) };
  }
  // The reader knows escapes within quotes only, so the line is split here.
  const [d, e] = [separators[0], escape].map(classed);
  const cell = `((?:[^${d}${e}]|${e}.)*)(?:${d}|$)`;
  const line = read(`delim = '${NEVER}', quote = '', escape = '', nullstr = '${NEVER_EITHER}'`, ['l']);
  const cells = names.map((_name, at) => {
    const text = `cells[${at + 1}]`;
    const plain = `regexp_replace(${text}, ${quoteText(`${e}(.)`)}, '\\1', 'g')`;
    return `CASE WHEN ${text} = ${quoteText(nullText)} THEN NULL ELSE ${plain} END`;
  });
  return {
    from: `(SELECT regexp_extract_all(l, ${quoteText(cell)}, 1) AS cells FROM ${line})`,
    values: valuesFrom(cells),
  };
}

/** The character as a part of a regular expression, within a class of characters too. */
export function classed(character: string): string {
  return `\\x{${character.codePointAt(0)!.toString(16)}}`;
}

/** Assumption: CSV is quoted and TEXTFILE is not; in CSV what is empty is NULL, with OpenCSVSerde it is empty. */
export function quotingOf({ format, serde, properties }: TableFormat): Quoting | undefined {
  if (serde === OPEN_CSV_SERDE) {
    return { quote: properties.quotechar ?? '"', escape: properties.escapechar ?? '\\', nullText: NEVER };
  }
  return format === 'CSV' ? { quote: '"', escape: '"', nullText: '' } : undefined;
}

interface Quoting {
  readonly quote: string;
  readonly escape: string;
  readonly nullText: string;
}

export function separatorsOf({ format, serde, properties }: TableFormat): string[] {
  const csv = format === 'CSV' || serde === OPEN_CSV_SERDE;
  const [fields, items, keys, ...deeper] = SEPARATORS;
  return [
    properties.separatorchar ?? properties['field.delim'] ?? (csv ? ',' : fields),
    properties['collection.delim'] ?? items,
    properties['mapkey.delim'] ?? keys,
    ...deeper,
  ];
}

/** Assumption: nested values are read by Hive's rules; each level of nesting has the next separator. */
function converted(text: string, { duckdb, inner }: ColumnType, separators: readonly string[], level: number): string {
  if (inner === undefined) {
    return scalar(text, duckdb);
  }
  const split = `string_split(${text}, ${quoteText(separators[level])})`;
  const item = `x${level}`;
  switch (inner.kind) {
    case 'array': {
      const items = `list_transform(${split}, ${item} -> ${converted(item, inner.types[0], separators, level + 1)})`;
      return `CASE WHEN ${text} = '' THEN [] ELSE ${items} END`;
    }
    case 'map': {
      const part = (at: number): string => `split_part(${item}, ${quoteText(separators[level + 1])}, ${at})`;
      const [key, value] = inner.types.map((type, at) => converted(part(at + 1), type, separators, level + 2));
      return `map_from_entries(list_transform(${split}, ${item} -> {'k': ${key}, 'v': ${value}}))`;
    }
    case 'struct': {
      const fields = inner.names!.map(
        (name, at) => `${quoteText(name)}: ${converted(`${split}[${at + 1}]`, inner.types[at], separators, level + 1)}`,
      );
      return `CASE WHEN ${text} IS NULL THEN NULL ELSE {${fields.join(', ')}} END`;
    }
  }
}

/** Assumption: whole numbers lose what stands behind a point, and dates and times have one form only, as in Hive. */
function scalar(text: string, duckdb: string): string {
  const value = `TRY_CAST(${text} AS ${duckdb})`;
  const matching = (pattern: string): string =>
    `CASE WHEN regexp_full_match(${text}, ${quoteText(pattern)}) THEN ${value} END`;
  switch (duckdb) {
    case 'VARCHAR':
      return text;
    case 'BOOLEAN':
      return `CASE lower(${text}) WHEN 'true' THEN true WHEN 'false' THEN false END`;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'BIGINT':
      return (
        `CASE WHEN translate(${text}, '0123456789', '') IN ('', '-', '+') THEN ${value} ` +
        `WHEN regexp_full_match(${text}, '[+-]?[0-9]+\\.[0-9]*') THEN TRY_CAST(split_part(${text}, '.', 1) AS ${duckdb}) END`
      );
    case 'DATE':
      return matching('[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}');
    case 'TIMESTAMP':
      return matching('[0-9]{4}-[0-9]{1,2}-[0-9]{1,2} [0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\\.[0-9]{1,9})?');
    default:
      return value;
  }
}
