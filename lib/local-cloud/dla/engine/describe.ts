import { type CatalogEntry, compileQuery } from '../dialect/compile';
import { parseSelect } from '../dialect/parser/queries';
import { wireType } from '../dialect/types';
import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import { sameName } from '../tokens';
import type { EngineCatalog, ResultColumn } from './types';

/** A query whose columns are asked for, and what it may name. */
export interface DescribeRequest {
  readonly sql: string;
  readonly catalog: EngineCatalog;
  readonly timeZone: string;
  readonly currentSchema?: string;
  readonly user?: string;
}

/** The columns that a query would answer with: it is not run. @throws SqlError for what is wrong with it */
export function describe({ sql, catalog, timeZone, currentSchema, user = '' }: DescribeRequest): ResultColumn[] {
  const find = (name: TableName): CatalogEntry => findEntry(catalog, name);
  const input = { find, timeZone, user, schema: currentSchema, now: new Date() };
  return compileQuery(parseSelect(sql), input).columns.map(({ name, type }) => ({ name, type: wireType(type) }));
}

/** @throws SqlError ER_NO_SUCH_TABLE */
export function findEntry({ tables, views }: EngineCatalog, { schema, name }: TableName): CatalogEntry {
  const isMeant = (entry: { schema: string; name: string }): boolean =>
    sameName(entry.name, name) && sameName(entry.schema, schema ?? entry.schema);
  const view = views.find(isMeant);
  if (view) {
    return { ...view, view: view.sql };
  }
  const table = tables.find(isMeant);
  if (!table) {
    throw new SqlError(
      'ER_NO_SUCH_TABLE',
      `the table ${schema === undefined ? '' : `${schema}.`}${name} does not exist`,
    );
  }
  return { ...table, columns: [...table.columns, ...table.partitionColumns] };
}
