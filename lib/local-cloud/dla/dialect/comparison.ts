import { SqlError } from '../sql-error';
import { quoteName } from '../tokens';
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
    return typed(`(${a.sql} ${op} ${b.sql})`, BOOLEAN);
  }
  const compared = (x: Value, y: Value): string => {
    if (isEquality) {
      return op === '=' ? equal(x, y, 0) : `(NOT ${equal(x, y, 0)})`;
    }
    return ordered(op, x, y, 0);
  };
  if (!NOT_IN_LAMBDAS.test(a.sql + b.sql)) {
    return typed(compared(a, b), BOOLEAN);
  }
  const [x, y] = [typed('"$p".a', type), typed('"$p".b', type)];
  return typed(
    `list_transform([struct_pack(a := ${a.sql}, b := ${b.sql})], lambda "$p": ${compared(x, y)})[1]`,
    BOOLEAN,
  );
}

/** What DuckDB does not take within a lambda. */
const NOT_IN_LAMBDAS = /\b(SELECT|OVER)\b/;

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
      return `(${a.sql} = ${b.sql})`;
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
      return `(${a.sql} ${op} ${b.sql})`;
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
