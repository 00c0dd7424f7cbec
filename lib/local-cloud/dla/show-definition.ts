import type { Account } from '../account/account';
import { createSchemaText, createTableText, createViewText, mysqlTableText } from './create-text';
import type { Row } from './engine/types';
import type { SystemState } from './information-schema';
import { likeMatcher } from './like';
import { listed, type ShowList } from './show';
import { translated } from './sql-error';
import type { Statement, TableName } from './statement';
import { type StatementResult, texts } from './statement-result';
import { findRelation, findTable, partitionColumnsOf, partitionName } from './tables';

type Described = Extract<Statement, { kind: 'describe' }>;

export function showCreateSchema({ dla }: Account, region: string, given: string): StatementResult {
  const { name, location } = translated('ER_BAD_DB_ERROR', () => dla.getSchema(region, given));
  return texts(['Database', 'Create Database'], [[name, createSchemaText(name, location)]]);
}

/** Of a table or a view. */
export function showCreateTable(
  account: Account,
  region: string,
  { schema, name, isQuoted }: TableName & { readonly isQuoted: boolean },
): StatementResult {
  const found = findRelation(account, region, schema, name);
  if ('format' in found) {
    // Assumption: DLA answers one column; where a tool asks, what it reads in a MySQL's second one stands beside it.
    return isQuoted
      ? texts(['Result', 'Create Table'], [[createTableText(found), mysqlTableText(found)]])
      : texts(['Result'], [[createTableText(found)]]);
  }
  return texts(
    ['View', 'Create View', 'character_set_client', 'collation_connection'],
    [[found.name, createViewText(found), 'utf8', 'utf8_general_ci']],
  );
}

export function showPartitions(
  account: Account,
  region: string,
  schema: string | undefined,
  name: string,
): StatementResult {
  const table = findTable(account, region, schema, name);
  partitionColumnsOf(table);
  return texts(
    ['Result'],
    account.dla.listPartitions(table).map((partition) => [partitionName(table, partition)]),
  );
}

/** The columns of a table or a view. */
export function describeTable(account: Account, region: string, { schema, name, like }: Described): StatementResult {
  const fits = likeMatcher(like);
  const table = findRelation(account, region, schema, name);
  const partitionColumns = 'format' in table ? (table.partitionColumns ?? []) : [];
  return texts(
    ['Field', 'Type', 'Null', 'Key', 'Default', 'Extra'],
    [...table.columns, ...partitionColumns]
      .filter((column) => fits(column.name))
      .map((column) => [column.name, column.type, 'YES', '', null, '']),
  );
}

/** The columns of a table of information_schema. */
export function describeSystemTable({ schema, name, like }: Described, state: SystemState): StatementResult {
  const fits = likeMatcher(like);
  const show: ShowList = { kind: 'show-list', subject: 'columns', full: false, table: { schema, name } };
  const { columns, rows } = listed(show, state);
  return texts(
    columns,
    (rows as readonly Row[]).filter(([column]) => fits(column!)),
  );
}
