import type { Argument } from './overloads';
import { UNKNOWN } from './types';
import type { Type } from './types';
import { typed } from './value';
import type { Value } from './value';

/** What DuckDB does not take within a lambda. */
export const NOT_IN_LAMBDAS = /\b(SELECT|OVER)\b/;

/** SQL that has the values within lambdas: queries and window functions are computed before it. */
export function beforeLambdas(values: readonly Value[], compile: (values: readonly Value[]) => string): string {
  if (!values.some(({ sql }) => NOT_IN_LAMBDAS.test(sql))) {
    return compile(values);
  }
  const members = values.map(({ sql }, at) => `a${at} := ${sql}`);
  const inner = values.map(({ type }, at) => typed(`"$p".a${at}`, type));
  return `list_transform([struct_pack(${members.join(', ')})], lambda "$p": ${compile(inner)})[1]`;
}

/** The call of a function whose SQL has its arguments within lambdas. */
export function callBeforeLambdas(args: readonly Argument[], call: (args: readonly Argument[]) => Value): Value {
  let type: Type = UNKNOWN;
  const sql = beforeLambdas(
    args.flatMap((arg) => ('lambda' in arg ? [] : [arg])),
    (values) => {
      const rest = [...values];
      const called = call(args.map((arg) => ('lambda' in arg ? arg : { ...arg, sql: rest.shift()!.sql })));
      ({ type } = called);
      return called.sql;
    },
  );
  return typed(sql, type);
}
