import * as fs from 'node:fs';
import { ossArn } from '../../cloud/arn';
import { DLA_OSS_ROLE } from '../../cloud/dla-roles';
import type { Account } from '../account/account';
import type { DlaColumn, DlaTable } from '../account/dla-catalog';
import type { ObjectVersion } from '../account/oss-types';
import type { Digest } from '../store/digest';
import { takeOver } from '../store/take-over';
import { parseColumnType } from './column-type';
import { byValues, folderOf, keyOf, unescapedValue } from './ddl-executor';
import type { Engine, EngineInput, Written, WriteTarget } from './engine/engine';
import { NULL_PARTITION, classed, quotingOf, separatorsOf } from './engine/scan';
import type { WrittenFile } from './engine/types';
import { hexId } from '../account/ids';
import { localTime } from './local-time';
import { parseOssLocation } from './oss-location';
import { SqlError, translated } from './sql-error';
import type { Statement } from './statement';
import { catalogOf, checkBucket, findTable, objectsIn, partitionName, sourcesOf } from './tables';
import { OPEN_CSV_SERDE } from './table-format';
import { quoteName, quoteText, repeatedName } from './tokens';

export type Insert = Extract<Statement, { kind: 'insert' }>;

/**
 * Runs the query of an INSERT and puts its rows into the table's folder as new objects, or in place of those that are
 * there.
 *
 * Assumption: OVERWRITE replaces the partitions that it writes, and all of a table without partitions.
 *
 * @throws SqlError; the reason of the signal
 */
export async function runInsert(
  account: Account,
  region: string,
  engine: Engine,
  { schema, name, columns, sql, overwrite }: Insert,
  session: Omit<EngineInput, 'catalog'>,
): Promise<Written> {
  const { currentSchema, signal } = session;
  const table = findTable(account, region, schema ?? currentSchema, name);
  const all = [...table.columns, ...(table.partitionColumns ?? [])];
  const target = writeTarget(table, all, sourceColumns(table, all, columns));
  checkRights(account, table, overwrite);
  const query = await engine.validateSelect(sql);
  const sources = await sourcesOf(account, region, engine, query, currentSchema);
  const input = { ...session, catalog: () => catalogOf(account, region, sources) };
  return engine.write(query, input, target, (written) => {
    signal.throwIfAborted();
    // The table may have changed meanwhile.
    store(account, findTable(account, region, table.schema, table.name), written.files, overwrite);
    return written;
  });
}

/** Names of the columns that the query's columns go to, in their order. */
function sourceColumns(
  { schema, name }: DlaTable,
  all: readonly DlaColumn[],
  listed: readonly string[] | undefined,
): readonly string[] {
  if (!listed) {
    return all.map((column) => column.name);
  }
  const names = new Map(all.map((column) => [column.name.toLowerCase(), column.name]));
  const sources = listed.map((one) => {
    const found = names.get(one.toLowerCase());
    if (found === undefined) {
      throw new SqlError('ER_BAD_FIELD_ERROR', `the table ${schema}.${name} has no column ${one}`);
    }
    return found;
  });
  const twice = repeatedName(sources.map((source) => ({ name: source })));
  if (twice !== undefined) {
    throw new SqlError('ER_DUP_FIELDNAME', `the column ${twice} is there twice`);
  }
  return sources;
}

function writeTarget(table: DlaTable, all: readonly DlaColumn[], sources: readonly string[]): WriteTarget {
  const { partitionColumns = [] } = table;
  const partitionBy =
    partitionColumns.length > 0
      ? `, PARTITION_BY (${partitionColumns.map(({ name }) => quoteName(name)).join(', ')})`
      : '';
  const text = textOf(table);
  const valueOf = ({ name, type }: DlaColumn): string => {
    const at = sources.indexOf(name);
    return text(`CAST(${at < 0 ? 'NULL' : `c${at}`} AS ${parseColumnType(type).duckdb})`, type);
  };
  const named = (column: DlaColumn): string => `${valueOf(column)} AS ${quoteName(column.name)}`;
  // DuckDB writes JSON in folders only as text.
  const values =
    table.format === 'JSON'
      ? [
          `to_json({${table.columns.map((column) => `${quoteText(column.name)}: ${valueOf(column)}`).join(', ')}}) AS json`,
          ...partitionColumns.map(named),
        ]
      : all.map(named);
  const list = sources.map((_source, at) => `c${at}`).join(', ');
  return {
    wrap: (sql) => `SELECT ${values.join(', ')} FROM (${sql}) AS q(${list})`,
    into: sources.map((source) => all.find(({ name }) => name === source)!),
    options: `${optionsOf(table)}${partitionBy}`,
    isFolder: partitionColumns.length > 0,
  };
}

/** Assumption: text is written without compression unless compression.type is gzip. */
function optionsOf(table: DlaTable): string {
  const { format, properties } = table;
  const compression = properties['compression.type']?.toLowerCase();
  const gzip = compression === 'gzip' ? ', COMPRESSION gzip' : '';
  switch (format) {
    case 'PARQUET':
      return `FORMAT parquet, COMPRESSION ${compression === 'none' ? 'uncompressed' : (compression ?? 'snappy')}`;
    case 'JSON':
      return `FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIM '\x01'${gzip}`;
    default: {
      const quoting = quotingOf(table);
      const header = Number(properties['skip.header.line.count'] ?? 0);
      if (header > 1) {
        throw notWritable(table, `with ${header} lines skipped`);
      }
      const nullText = quoting ? '' : (properties['serialization.null.format'] ?? String.raw`\N`);
      const { quote, escape } = quoting ?? { quote: '', escape: '' };
      const dialect =
        `QUOTE ${quoteText(quote)}, ESCAPE ${quoteText(escape)}, NULLSTR ${quoteText(nullText)}` +
        (table.serde === OPEN_CSV_SERDE ? ', FORCE_QUOTE *' : '');
      return `FORMAT csv, HEADER ${header === 1}, DELIM ${quoteText(separatorsOf(table)[0])}, ${dialect}${gzip}`;
    }
  }
}

/** How a value is written by the table's format. */
function textOf(table: DlaTable): (value: string, type: string) => string {
  const { format, properties } = table;
  if (format === 'PARQUET' || format === 'JSON') {
    return (value) => value;
  }
  if (properties['serialization.encoding'] !== undefined && properties['serialization.encoding'] !== 'utf-8') {
    throw notWritable(table, `in ${properties['serialization.encoding']}`);
  }
  const escape = properties['escape.delim'];
  return (value, type) => {
    const { inner, duckdb } = parseColumnType(type);
    if (inner) {
      throw notWritable(table, `with a column of the type ${type}`);
    }
    if (escape === undefined || duckdb !== 'VARCHAR') {
      return value;
    }
    const special = `([${classed(separatorsOf(table)[0])}${classed(escape)}])`;
    return `regexp_replace(${value}, ${quoteText(special)}, ${quoteText(`${escape === '\\' ? '\\\\' : escape}\\1`)}, 'g')`;
  };
}

function notWritable({ schema, name, format }: DlaTable, what: string): SqlError {
  return new SqlError(
    'ER_NOT_SUPPORTED_YET',
    `INSERT into ${schema}.${name} is not supported here: ${format} ${what} can only be read`,
  );
}

/**
 * Assumption: an account without the role is one whose DLA may read and write all buckets, as when it is activated by
 * hand; where there is a role, its policies decide.
 */
function checkRights(account: Account, { region, location }: DlaTable, overwrite: boolean): void {
  const { bucket, prefix } = parseOssLocation(location);
  checkBucket(account, region, bucket);
  if (!account.ram.listRoles().some(({ roleName }) => roleName === DLA_OSS_ROLE)) {
    return;
  }
  const resource = ossArn(`${bucket}/${prefix}*`, account.identity.accountId);
  for (const action of ['oss:PutObject', ...(overwrite ? ['oss:DeleteObject'] : [])]) {
    if (!account.ram.allows('role', DLA_OSS_ROLE, action, resource)) {
      throw new SqlError(
        'ER_TABLEACCESS_DENIED_ERROR',
        `the policies of the role ${DLA_OSS_ROLE} do not allow ${action} on ${resource}`,
      );
    }
  }
}

/** In one step: who reads the table beside it sees all of it or nothing. */
function store(account: Account, table: DlaTable, files: readonly WrittenFile[], overwrite: boolean): void {
  checkRights(account, table, overwrite);
  const { dla, oss } = account;
  const { partitionColumns } = table;
  const present = byValues(dla.listPartitions(table));
  const added: { values: readonly string[]; location: string }[] = [];
  const folders = new Map<string, WrittenFile[]>();
  for (const file of files) {
    const values = (partitionColumns ?? []).map((_column, at) => decodedValue(file.name.split('/')[at]));
    const known = present.get(keyOf(values));
    const location = partitionColumns
      ? (known?.location ?? `${folderOf(table.location)}${partitionName(table, { values })}/`)
      : table.location;
    if (partitionColumns && !known && !folders.has(location)) {
      added.push({ values, location });
    }
    folders.set(location, [...(folders.get(location) ?? []), file]);
  }
  if (overwrite && !partitionColumns && folders.size === 0) {
    folders.set(table.location, []);
  }
  const put: { bucket: string; key: string; content: { file: string; digest: Digest } }[] = [];
  const deleted: ObjectVersion[] = [];
  const taken: string[] = [];
  takeOver(taken, () => {
    for (const [location, written] of folders) {
      const { bucket, prefix } = parseOssLocation(folderOf(location));
      checkBucket(account, table.region, bucket);
      if (overwrite) {
        deleted.push(...objectsIn(account, table, location));
      }
      for (const { path, digest } of written) {
        const file = oss.blobs.scratch();
        fs.renameSync(path, file);
        taken.push(file);
        put.push({ bucket, key: `${prefix}${objectName(table)}`, content: { file, digest } });
      }
    }
    oss.changeObjects(
      put,
      deleted,
      translated('ER_UNKNOWN_ERROR', () => dla.additionOf(table, added)),
    );
  });
}

/** Assumption: objects are named as Presto names them, by the time and a number of their own. */
function objectName({ format, properties }: DlaTable): string {
  const gzip = format !== 'PARQUET' && properties['compression.type']?.toLowerCase() === 'gzip';
  return `${localTime(Date.now()).replace(/[-:]/g, '').replace(' ', '_')}_${hexId(32)}${gzip ? '.gz' : ''}`;
}

/**
 * DuckDB writes `name=value` in the way of URLs.
 *
 * Assumption: an empty text is in the partition of NULL, as in Hive.
 */
function decodedValue(folder: string): string {
  const text = folder.slice(folder.indexOf('=') + 1);
  if (text === '') {
    return NULL_PARTITION;
  }
  try {
    return decodeURIComponent(text);
  } catch {
    return unescapedValue(text);
  }
}
