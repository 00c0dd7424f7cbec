import type { Account } from '../account/account';
import type { DlaTable } from '../account/dla-catalog';
import type { AdmittedQuery, EngineFile, EngineTable } from './engine/types';
import { parseOssLocation } from './oss-location';
import { SqlError } from './sql-error';

/**
 * The tables of a query with the files that their data is in now.
 *
 * @throws SqlError for a table that does not exist, CloudError for a bucket that does not
 */
export function tablesOf(
  account: Account,
  region: string,
  query: AdmittedQuery,
  currentSchema: string | undefined,
): EngineTable[] {
  const tables = query.tables.map(({ schema, name }) => findTable(account, region, schema ?? currentSchema, name));
  return [...new Set(tables)].map((table) => ({ ...table, files: filesOf(account, table) }));
}

/** @throws SqlError ER_NO_DB_ERROR or ER_NO_SUCH_TABLE */
export function findTable(account: Account, region: string, schema: string | undefined, name: string): DlaTable {
  if (schema === undefined) {
    throw new SqlError(
      'ER_NO_DB_ERROR',
      `no schema is selected for the table ${name}: write SCHEMA.${name}, or USE one`,
    );
  }
  try {
    return account.dla.getTable(region, schema, name);
  } catch (error) {
    throw new SqlError('ER_NO_SUCH_TABLE', (error as Error).message);
  }
}

/** Assumption: every object below the location belongs to the table, those in deeper folders too. */
function filesOf(account: Account, table: DlaTable): EngineFile[] {
  const { bucket, prefix } = parseOssLocation(table.location);
  const { region } = account.oss.getBucket(bucket);
  if (region !== table.region) {
    throw new SqlError('ER_UNKNOWN_ERROR', `the bucket ${bucket} is in ${region}, DLA is in ${table.region}`);
  }
  const folder = prefix === '' || prefix.endsWith('/');
  return [...account.oss.objects(bucket, prefix)]
    .filter(({ key, size }) => size > 0 && (folder || key === prefix || key.startsWith(`${prefix}/`)))
    .map(({ key, blob, size }) => ({ path: account.oss.blobs.pathOf(blob), url: `oss://${bucket}/${key}`, size }));
}
