import { NOT_IN_LAMBDAS } from './before-lambdas';
import { typed } from './value';
import type { Value } from './value';

/** A value whose SQL is longer is computed once: written again by each function around it, it would grow without end. */
const MAX_REPEATED = 2000;

const VARIABLE = '"$o"';

/** Whether functions may look at how the value is written. */
function isPlain({ isNull, text }: Value): boolean {
  return isNull === true || text !== undefined;
}

/** What `compile` makes of the values, which are computed before it: DuckDB's expression is no deeper than what it makes. */
export function computedFirst(
  values: readonly Value[],
  compile: (values: readonly Value[]) => Value,
  isFirst: (value: Value) => boolean = (value) => !isPlain(value),
): Value {
  const { inner, members } = withPlaces(values, isFirst);
  if (members.length === 0) {
    return compile(values);
  }
  const { sql, type } = compile(inner);
  return typed(`list_transform([struct_pack(${members.join(', ')})], lambda ${VARIABLE}: ${sql})[1]`, type);
}

/** What `compile` makes of the values, where no long one is written more than once. */
export function computedOnce(values: readonly Value[], compile: (values: readonly Value[]) => Value): Value {
  const isLong = (value: Value): boolean => !isPlain(value) && value.sql.length > MAX_REPEATED;
  if (!values.some(isLong)) {
    return compile(values);
  }
  // What stands in a lambda must not name the variable of another one, nor be what DuckDB takes in none.
  const isFirst = (value: Value): boolean =>
    !isPlain(value) && (isLong(value) || value.sql.includes(VARIABLE) || NOT_IN_LAMBDAS.test(value.sql));
  const { inner, places } = withPlaces(values, isFirst);
  const { sql } = compile(inner);
  return places.some((place) => sql.split(place).length > 2)
    ? computedFirst(values, compile, isFirst)
    : compile(values);
}

function withPlaces(
  values: readonly Value[],
  isFirst: (value: Value) => boolean,
): { inner: readonly Value[]; members: readonly string[]; places: readonly string[] } {
  const members: string[] = [];
  const places: string[] = [];
  const inner = values.map((value, at) => {
    if (!isFirst(value)) {
      return value;
    }
    members.push(`"a${at}" := ${value.sql}`);
    places.push(`${VARIABLE}."a${at}"`);
    return typed(places.at(-1)!, value.type);
  });
  return { inner, members, places };
}
