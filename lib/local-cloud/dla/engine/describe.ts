import { type CatalogEntry, compileQuery } from '../dialect/compile';
import { parseSelect } from '../dialect/parser/queries';
import { wireType } from '../dialect/types';
import type { TableName } from '../statement';
import { type EngineCatalog, findEntry, type ResultColumn } from './types';

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
