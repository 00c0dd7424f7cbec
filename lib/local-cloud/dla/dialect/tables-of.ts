import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import type { Query } from './syntax';

/**
 * Each table that a query names, once.
 *
 * @throws SqlError for a name of more than two parts
 */
export function tablesOf(query: Query): TableName[] {
  const tables = new Map<string, TableName>();
  visit(query, new Set(), tables);
  return [...tables.values()];
}

/** @param scope - names of common table expressions that can be seen from here, in lower case */
function visit(value: unknown, scope: ReadonlySet<string>, tables: Map<string, TableName>): void {
  if (Array.isArray(value)) {
    value.forEach((item) => visit(item, scope, tables));
    return;
  }
  if (typeof value !== 'object' || value === null || value instanceof Map) {
    if (value instanceof Map) {
      visit([...value.values()], scope, tables);
    }
    return;
  }
  if ('body' in value && 'with' in value) {
    const { with: ctes, ...rest } = value as Query;
    const inner = new Set(scope);
    for (const { name, query } of ctes) {
      // It sees those before it, and itself only when it is recursive.
      visit(query, rest.recursive ? new Set([...inner, name.toLowerCase()]) : inner, tables);
      inner.add(name.toLowerCase());
    }
    visit(Object.values(rest), inner, tables);
    return;
  }
  if ('is' in value && value.is === 'table') {
    add((value as unknown as { name: readonly string[] }).name, scope, tables);
    return;
  }
  visit(Object.values(value), scope, tables);
}

function add(name: readonly string[], scope: ReadonlySet<string>, tables: Map<string, TableName>): void {
  if (name.length > 2) {
    throw new SqlError(
      'ER_TABLEACCESS_DENIED_ERROR',
      `the table ${name.join('.')} is not allowed: a query reads tables of its schemas only`,
    );
  }
  const folded = name.join('\0').toLowerCase();
  if (name.length === 1 && (scope.has(folded) || folded === 'dual')) {
    return;
  }
  tables.set(folded, name.length === 1 ? { name: name[0] } : { schema: name[0], name: name[1] });
}
