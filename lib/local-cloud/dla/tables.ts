import type { Account } from '../account/account';
import type { DlaColumn, DlaPartition, DlaTable, DlaView } from '../account/dla-catalog';
import { isArchived, type ObjectVersion } from '../account/oss-types';
import { CloudError } from '../account/cloud-error';
import type { Engine } from './engine/engine';
import { NULL_PARTITION } from './engine/scan';
import type { EngineCatalog, EngineFile, EnginePart, EngineView } from './engine/types';
import { parseOssLocation } from './oss-location';
import { SqlError } from './sql-error';
import type { TableName } from './statement';

/** Views within views within …: more is a circle, or might as well be. */
const MAX_VIEW_DEPTH = 16;

/** Tables that a query reads, its own and those of its views. */
export interface Sources {
  readonly tables: readonly { readonly schema: string; readonly name: string }[];
  /** Each after those that it reads. */
  readonly views: readonly EngineView[];
}

/**
 * Finds what the names of a query stand for.
 *
 * @throws SqlError for a table that does not exist, and for a view whose SELECT is not valid any more
 */
export async function sourcesOf(
  account: Account,
  region: string,
  engine: Engine,
  query: { readonly tables: readonly TableName[] },
  currentSchema: string | undefined,
): Promise<Sources> {
  const tables = new Map<string, { schema: string; name: string }>();
  const views = new Map<string, EngineView>();
  const visit = async (names: readonly TableName[], selected: string | undefined, depth: number): Promise<void> => {
    for (const { schema: given, name } of names) {
      const schema = given ?? selected;
      const view = schema === undefined ? undefined : account.dla.findView(region, schema, name);
      if (!view) {
        const table = findTable(account, region, schema, name);
        tables.set(keyOf(table), table);
      } else if (!views.has(keyOf(view))) {
        if (depth > MAX_VIEW_DEPTH) {
          throw new SqlError(
            'ER_VIEW_RECURSIVE',
            `the view ${view.schema}.${view.name} reads itself, or too many others`,
          );
        }
        const { sql, tables: inner } = await engine.validateSelect(view.sql);
        await visit(inner, view.currentSchema, depth + 1);
        const columns = view.columns.map((column) => column.name);
        views.set(keyOf(view), {
          schema: view.schema,
          name: view.name,
          columns,
          sql,
          currentSchema: view.currentSchema,
        });
      }
    }
  };
  await visit(query.tables, currentSchema, 0);
  return { tables: [...tables.values()], views: [...views.values()] };
}

function keyOf({ schema, name }: { schema: string; name: string }): string {
  return `${schema}\0${name}`.toLowerCase();
}

/**
 * The tables with the files that their data is in now.
 *
 * @throws SqlError for a table or a bucket that does not exist
 */
export function catalogOf(account: Account, region: string, { tables, views }: Sources): EngineCatalog {
  return {
    tables: tables.map(({ schema, name }) => {
      const table = findTable(account, region, schema, name);
      const { partitionColumns = [] } = table;
      return { ...table, partitionColumns, parts: partsOf(account, table) };
    }),
    views,
  };
}

/** @throws SqlError ER_NO_DB_ERROR or ER_NO_SUCH_TABLE */
export function findTable(account: Account, region: string, schema: string | undefined, name: string): DlaTable {
  const found = findRelation(account, region, schema, name);
  if (!('format' in found)) {
    throw new SqlError('ER_WRONG_OBJECT', `${found.schema}.${found.name} is a view, expected a table`);
  }
  return found;
}

/** @throws SqlError ER_NO_DB_ERROR or ER_NO_SUCH_TABLE */
export function findRelation(
  account: Account,
  region: string,
  schema: string | undefined,
  name: string,
): DlaTable | DlaView {
  if (schema === undefined) {
    throw new SqlError(
      'ER_NO_DB_ERROR',
      `no schema is selected for the table ${name}: write SCHEMA.${name}, or USE one`,
    );
  }
  const view = account.dla.findView(region, schema, name);
  if (view) {
    return view;
  }
  try {
    return account.dla.getTable(region, schema, name);
  } catch (error) {
    throw error instanceof CloudError ? new SqlError('ER_NO_SUCH_TABLE', error.message) : error;
  }
}

/**
 * Objects of a table or of one of its partitions: those in the folder, and below it where the table says so.
 *
 * Assumption: as with Presto, objects whose names begin with `_` or `.` are not read.
 *
 * @throws SqlError for a bucket that does not exist, or is of another region
 */
export function* objectsIn(account: Account, table: DlaTable, location: string): Generator<ObjectVersion> {
  const { bucket, prefix } = parseOssLocation(location);
  checkBucket(account, table.region, bucket);
  const recursive = table.properties['recursive.directories']?.toLowerCase() === 'true';
  const filter = table.properties['file.filter'];
  const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  for (const object of account.oss.objects(bucket, prefix)) {
    const isFile = object.key === prefix;
    const rest = isFile ? object.key.slice(object.key.lastIndexOf('/') + 1) : object.key.slice(folder.length);
    const [name] = rest.split('/').slice(-1);
    if (
      (object.size > 0 || object.symlinkTarget !== undefined) &&
      (isFile || (object.key.startsWith(folder) && (recursive || !rest.includes('/')))) &&
      !/(^|\/)[_.]/.test(rest) &&
      (filter === undefined || name === filter)
    ) {
      yield object;
    }
  }
}

/** @throws SqlError for a bucket that does not exist, or is of another region */
export function checkBucket(account: Account, region: string, bucket: string): void {
  let found: string;
  try {
    found = account.oss.getBucket(bucket).region;
  } catch (error) {
    const isAbsent = error instanceof CloudError && error.code === 'NoSuchBucket';
    throw isAbsent ? new SqlError('ER_UNKNOWN_ERROR', `the bucket ${bucket} does not exist`) : error;
  }
  if (found !== region) {
    throw new SqlError('ER_UNKNOWN_ERROR', `the bucket ${bucket} is in ${found}, DLA is in ${region}`);
  }
}

function partsOf(account: Account, table: DlaTable): EnginePart[] {
  if (table.partitionColumns === undefined) {
    return [{ values: [], files: filesIn(account, table, table.location) }];
  }
  return account.dla.listPartitions(table).map(({ values, location }) => ({
    values: values.map((value) => (value === NULL_PARTITION ? null : value)),
    files: filesIn(account, table, location),
  }));
}

function filesIn(account: Account, table: DlaTable, location: string): EngineFile[] {
  return [...objectsIn(account, table, location)].map((object) => {
    const url = `oss://${object.bucket}/${object.key}`;
    const { blob, size } = readable(account, object, url);
    return { path: account.oss.blobs.pathOf(blob), url, size };
  });
}

/**
 * The object whose content is read: what a symlink stands for.
 *
 * Assumption: DLA follows symlinks as OSS's GetObject does, and reads nothing that has to be restored first.
 *
 * @throws SqlError
 */
function readable(account: Account, object: ObjectVersion, url: string): ObjectVersion {
  let found: ObjectVersion;
  try {
    found = account.oss.followSymlink(object);
  } catch (error) {
    throw error instanceof CloudError
      ? new SqlError(
          'ER_UNKNOWN_ERROR',
          `the symlink ${url} to ${object.symlinkTarget} cannot be read: ${error.message}`,
        )
      : error;
  }
  if (isArchived(found)) {
    throw new SqlError(
      'ER_UNKNOWN_ERROR',
      `the object ${url} cannot be read: it is in the storage class ${found.storageClass} and not restored`,
    );
  }
  return found;
}

/** @throws SqlError for a table without partitions */
export function partitionColumnsOf({ schema, name, partitionColumns }: DlaTable): readonly DlaColumn[] {
  if (!partitionColumns) {
    throw new SqlError('ER_PARTITION_MGMT_ON_NONPARTITIONED', `the table ${schema}.${name} has no partitions`);
  }
  return partitionColumns;
}

/** `y=2018/m=12`, as the folders are called and as SHOW PARTITIONS shows it. */
export function partitionName({ partitionColumns = [] }: DlaTable, { values }: Pick<DlaPartition, 'values'>): string {
  return partitionColumns.map(({ name }, at) => `${name}=${escapedValue(values[at])}`).join('/');
}

/** Hive writes characters that a file system may not take as `%` and two digits. */
function escapedValue(value: string): string {
  return [...value]
    .map((char) => (char < ' ' || '"#%\'*/:=?\\\x7f{[]^'.includes(char) ? `%${hexOf(char)}` : char))
    .join('');
}

function hexOf(char: string): string {
  return char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0');
}
