import { SqlError } from '../sql-error';
import { quoteName } from '../tokens';
import { beforeLambdas } from './before-lambdas';
import { BOOLEAN, commonType, display, fieldName, isOrderable } from './types';
import type { Type } from './types';
import { coerce, fail, member, typed } from './value';
import type { Value } from './value';

/**
 * `= <> < <= > >=` by the rules of Presto. DuckDB takes a NULL within an array, a map or a row for a value, and maps
 * whose entries are in another order for different ones.
 *
 * @throws SqlError for types that cannot be compared so
 */
export function compare(op: string, left: Value, right: Value): Value {
  const type = commonType(left.type, right.type);
  const isEquality = op === '=' || op === '<>';
  if (type === undefined || (!isEquality && !isOrderable(type))) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `cannot apply operator: ${display(left.type)} ${op} ${display(right.type)}`,
    );
  }
  const [a, b] = [coerce(left, type), coerce(right, type)];
  if (left.isNull || right.isNull || !isNested(type)) {
    return typed(plain(op, a, b), BOOLEAN);
  }
  const compared = (x: Value, y: Value): string => {
    if (isEquality) {
      return op === '=' ? equal(x, y, 0) : `(NOT ${equal(x, y, 0)})`;
    }
    return ordered(op, x, y, 0);
  };
  return typed(
    beforeLambdas([a, b], ([x, y]) => compared(x, y)),
    BOOLEAN,
  );
}

/** A comparison of plain values. To DuckDB, NaN is the largest number, and equal to itself. */
function plain(op: string, a: Value, b: Value): string {
  const sql = `(${a.sql} ${op} ${b.sql})`;
  if (!isFloating(a.type)) {
    return sql;
  }
  const [left, right] = [a, b].map((value, at) => {
    const known = isNumber([b, a][at]) ? '' : ` AND ${[b, a][at].sql} IS NOT NULL`;
    return isNumber(value) ? undefined : `(isnan(${value.sql})${known})`;
  });
  switch (op) {
    case '=':
      return left && right ? `(${sql} AND NOT ${left})` : sql;
    case '<>':
      return left && right ? `(${sql} OR (${left} AND ${right}))` : sql;
    case '<':
    case '<=':
      return right ? `(${sql} AND NOT ${right})` : sql;
    default:
      return left ? `(${sql} AND NOT ${left})` : sql;
  }
}

export function isFloating({ kind }: Type): boolean {
  return kind === 'double' || kind === 'real';
}

/** Whether it is written as a number, maybe within a CAST. */
export function isNumber({ sql }: Value): boolean {
  return /^\(?(CAST\()?'?-?\d[\d.e+-]*'?( AS \w+(\([\d,]+\))?\))?\)?$/i.test(sql);
}

export function isNested({ kind }: Type): boolean {
  return kind === 'array' || kind === 'map' || kind === 'row';
}

/** `=` of values of the same type: NULL where it depends on a NULL within them. */
function equal(a: Value, b: Value, depth: number): string {
  const { type } = a;
  const missing = `${a.sql} IS NULL OR ${b.sql} IS NULL`;
  switch (type.kind) {
    case 'row': {
      const members = type.fields.map((_, at) => equal(member(a, at), member(b, at), depth));
      return `(${members.join(' AND ')})`;
    }
    case 'array': {
      const i = `"$i${depth}"`;
      const item = equal(typed(`${a.sql}[${i}]`, type.of), typed(`${b.sql}[${i}]`, type.of), depth + 1);
      const items = `list_transform(range(1, len(${a.sql}) + 1), lambda ${i}: ${item})`;
      return `CASE WHEN ${missing} THEN NULL WHEN len(${a.sql}) <> len(${b.sql}) THEN false ELSE ${all(items, depth)} END`;
    }
    case 'map': {
      const k = `"$i${depth}"`;
      const of = (map: string): Value => typed(`map_extract_value(${map}, ${k})`, type.value);
      const item = `CASE WHEN map_contains(${b.sql}, ${k}) THEN ${equal(of(a.sql), of(b.sql), depth + 1)} ELSE false END`;
      const items = `list_transform(map_keys(${a.sql}), lambda ${k}: ${item})`;
      return `CASE WHEN ${missing} THEN NULL WHEN cardinality(${a.sql}) <> cardinality(${b.sql}) THEN false ELSE ${all(items, depth)} END`;
    }
    default:
      return plain('=', a, b);
  }
}

/** AND of all items of a list. */
function all(items: string, depth: number): string {
  const l = `"$l${depth}"`;
  return (
    `list_transform([${items}], lambda ${l}: coalesce(list_bool_and(${l}), true) AND ` +
    `CASE WHEN list_position(${l}, NULL) IS NOT NULL THEN NULL ELSE true END)[1]`
  );
}

/** `< <= > >=` of values of the same type: an error where it depends on a NULL within them. */
function ordered(op: string, a: Value, b: Value, depth: number): string {
  const { type } = a;
  const missing = `${a.sql} IS NULL OR ${b.sql} IS NULL`;
  const isSameEnough = op === '<=' || op === '>=';
  const noNulls = fail(`${type.kind.toUpperCase()} comparison depends on a NULL within the values`);
  const step = (x: Value, y: Value): string =>
    `WHEN ${x.sql} IS NULL OR ${y.sql} IS NULL THEN ${noNulls} ` +
    `WHEN NOT ${equal(x, y, depth + 1)} THEN ${ordered(op, x, y, depth + 1)}`;
  switch (type.kind) {
    case 'row': {
      const steps = type.fields.map((_, at) => step(member(a, at), member(b, at)));
      return `CASE WHEN ${missing} THEN NULL ${steps.join(' ')} ELSE ${isSameEnough} END`;
    }
    case 'array': {
      const i = `"$i${depth}"`;
      const of = ({ sql }: Value): Value => typed(`${sql}[${i}]`, type.of);
      const differs = `${of(a).sql} IS NULL OR ${of(b).sql} IS NULL OR NOT ${equal(of(a), of(b), depth + 1)}`;
      const places = `list_filter(range(1, least(len(${a.sql}), len(${b.sql})) + 1), lambda ${i}: ${differs})`;
      const decided = `CASE WHEN ${i} IS NULL THEN len(${a.sql}) ${op} len(${b.sql}) ${step(of(a), of(b))} END`;
      return `CASE WHEN ${missing} THEN NULL ELSE list_transform([${places}[1]], lambda ${i}: ${decided})[1] END`;
    }
    default:
      return plain(op, a, b);
  }
}

/** The value with the entries of its maps in order, for what compares values as DuckDB does: GROUP BY, DISTINCT, sets. */
export function canonical(value: Value): Value {
  return hasMap(value.type) ? { ...value, sql: canonicalSql(value, 0) } : value;
}

function hasMap(type: Type): boolean {
  switch (type.kind) {
    case 'map':
      return true;
    case 'array':
      return hasMap(type.of);
    case 'row':
      return type.fields.some((field) => hasMap(field.type));
    default:
      return false;
  }
}

function canonicalSql(value: Value, depth: number): string {
  const { sql, type } = value;
  const e = `"$c${depth}"`;
  if (!hasMap(type)) {
    return sql;
  }
  switch (type.kind) {
    case 'map': {
      const of = canonicalSql(typed(`${e}.value`, type.value), depth + 1);
      const entries = `list_transform(list_sort(map_entries(${sql})), lambda ${e}: struct_pack(k := ${e}.key, v := ${of}))`;
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE map_from_entries(${entries}) END`;
    }
    case 'array':
      return `list_transform(${sql}, lambda ${e}: ${canonicalSql(typed(e, type.of), depth + 1)})`;
    case 'row': {
      const members = type.fields.map(
        (_, at) => `${quoteName(fieldName(type, at))} := ${canonicalSql(member(value, at), depth)}`,
      );
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
    }
    default:
      return sql;
  }
}
