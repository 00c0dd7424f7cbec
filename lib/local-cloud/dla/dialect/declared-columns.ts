import { tokenizeStandardSql } from '../tokens';
import { parseType } from './parser/types';
import type { Expr, Query } from './syntax';
import { fits, isNumeric, isText, typeOf } from './types';
import type { Type } from './types';

export interface DeclaredColumn {
  readonly name: string;
  /** As DLA writes it, e.g. `array<int>`. */
  readonly type: string;
}

/** The type that a column was declared with. */
export function declaredType(type: string, timeZone: string): Type {
  return typeOf(parseType(tokenizeStandardSql(type)), timeZone);
}

/** Whether a value may be of another type of numbers or texts, and so may the parts of an array, a map or a row. */
export function isAlike(from: Type, to: Type): boolean {
  if (from.kind === 'array' && to.kind === 'array') {
    return isAlike(from.of, to.of);
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return isAlike(from.key, to.key) && isAlike(from.value, to.value);
  }
  if (from.kind === 'row' && to.kind === 'row') {
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, at) => isAlike(field.type, to.fields[at].type))
    );
  }
  return fits(from, to) || (isNumeric(from) && isNumeric(to)) || (isText(from) && isText(to));
}

/** VALUES with their literals in the types of the columns, as drivers write dates, times and booleans. */
export function withLiterals(query: Query, into: readonly DeclaredColumn[], types: readonly Type[]): Query {
  const { body } = query;
  if (body.is !== 'values') {
    return query;
  }
  const cell = (expr: Expr, at: number): Expr => {
    const kind = types[at]?.kind;
    const isLiteral =
      kind === 'boolean'
        ? expr.is === 'number' && /^[01]$/.test(expr.text)
        : expr.is === 'string' && (kind === 'date' || kind === 'timestamp' || kind === 'time');
    return isLiteral
      ? { is: 'cast', of: expr, type: parseType(tokenizeStandardSql(into[at].type)), safe: false }
      : expr;
  };
  const rows = body.rows.map((row): Expr => (row.is === 'row' ? { ...row, items: row.items.map(cell) } : cell(row, 0)));
  return { ...query, body: { is: 'values', rows } };
}
