import { SqlError } from '../sql-error';
import { BIGINT, VARCHAR, display } from './types';
import type { Type } from './types';
import { cast, coerce, fail, local, toText, typed } from './value';
import type { Value } from './value';

/**
 * `CAST(x AS CHAR)` and `CAST(x AS CHAR(n))`: a text of any length, or cut to n characters.
 *
 * Assumption: as in MySQL, whose drivers and mappers send it; the text is the one that a client sees of a column: 1 and 0
 * for booleans, a fraction of a second only where there is one.
 */
export function castMysqlChar(of: Value, length?: number): Value {
  const to: Type = length === undefined ? VARCHAR : { kind: 'varchar', length };
  if (of.isNull) {
    return coerce(of, to);
  }
  const sql = shown(local(of));
  if (sql === undefined) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `Cannot cast ${display(of.type)} to char`);
  }
  return typed(length === undefined ? sql : `substring(${sql}, 1, ${length})`, to);
}

function shown({ sql, type }: Value): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return `CAST(CAST(${sql} AS INTEGER) AS VARCHAR)`;
    case 'timestamp':
    case 'time':
      return `regexp_replace(${toText(sql, type)}, '\\.000$', '')`;
    default:
      return toText(sql, type);
  }
}

/** Assumption: a BIGINT; what is negative, of which MySQL makes a number of 20 digits, is an error. */
export function castUnsigned(of: Value): Value {
  const number = cast(of, BIGINT);
  return typed(
    `CASE WHEN ${number.sql} < 0 THEN ${fail('a negative number cannot be cast to unsigned')} ELSE ${number.sql} END`,
    BIGINT,
  );
}
