import { compare } from '../comparison';
import type { ExpressionCompiler } from '../expressions';
import { wrongArguments } from '../overloads';
import { BIGINT, BOOLEAN, display, fits, isOrderable } from '../types';
import { NULL, coerce, text, typed } from '../value';
import type { Value } from '../value';
import { expectCount, scalars } from './special';
import type { ValueCompile } from './special';

function extreme(name: string, args: readonly Value[], compiler: ExpressionCompiler): Value {
  const type = compiler.common(args, name);
  if (args.length === 0 || !isOrderable(type)) {
    throw wrongArguments(name, args, [`${name}(T, …)`]);
  }
  const values = args.map((arg) => coerce(arg, type).sql);
  return typed(
    `CASE WHEN ${values.map((sql) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${name}(${values.join(', ')}) END`,
    type,
  );
}

function firstOfTwo(name: string): ValueCompile {
  return (given, compiler, { call }) => {
    expectCount(name, given, 2, 2);
    const args = compiler.withLiterals(given, call?.args);
    const type = compiler.common(args, name);
    return typed(`coalesce(${args.map((arg) => coerce(arg, type).sql).join(', ')})`, type);
  };
}

/** What to answer under a condition, and questions about values of any type. */
export const CONDITIONS = scalars({
  coalesce: (given, compiler, { call }) => {
    expectCount('coalesce', given, 2, Infinity);
    const args = compiler.withLiterals(given, call?.args);
    const type = compiler.common(args, 'COALESCE');
    return typed(`coalesce(${args.map((arg) => coerce(arg, type).sql).join(', ')})`, type);
  },
  nvl: firstOfTwo('nvl'),
  ifnull: firstOfTwo('ifnull'),
  nullif: (args) => {
    expectCount('nullif', args, 2, 2);
    const equal = compare('=', args[0], args[1]);
    return typed(`CASE WHEN ${equal.sql} THEN NULL ELSE ${args[0].sql} END`, args[0].type);
  },
  if: (args, compiler) => {
    expectCount('if', args, 2, 3);
    const [condition, then, otherwise = NULL] = args;
    if (!fits(condition.type, BOOLEAN)) {
      throw wrongArguments('if', args, ['if(boolean, T, T)']);
    }
    const type = compiler.common([then, otherwise], 'IF');
    return typed(
      `CASE WHEN ${coerce(condition, BOOLEAN).sql} THEN ${coerce(then, type).sql} ELSE ${coerce(otherwise, type).sql} END`,
      type,
    );
  },
  try: (args) => {
    expectCount('try', args, 1, 1);
    return typed(`TRY(${args[0].sql})`, args[0].type);
  },
  greatest: (args, compiler) => extreme('greatest', args, compiler),
  least: (args, compiler) => extreme('least', args, compiler),
  isnull: (args) => {
    expectCount('isnull', args, 1, 1);
    return typed(`(${args[0].sql} IS NULL)`, BOOLEAN);
  },
  elt: (args, compiler) => {
    expectCount('elt', args, 2, Infinity);
    const [at, ...rest] = args;
    const type = compiler.common(rest, 'elt');
    if (!fits(at.type, BIGINT)) {
      throw wrongArguments('elt', args, ['elt(bigint, T, …)']);
    }
    const n = coerce(at, BIGINT).sql;
    return typed(`CASE WHEN ${n} > 0 THEN [${rest.map((arg) => coerce(arg, type).sql).join(', ')}][${n}] END`, type);
  },
  field: (args, compiler) => {
    expectCount('field', args, 2, Infinity);
    const type = compiler.common(args, 'field');
    const [of, ...list] = args.map((arg) => coerce(arg, type).sql);
    return typed(`CAST(coalesce(list_position([${list.join(', ')}], ${of}), 0) AS BIGINT)`, BIGINT);
  },
  typeof: (args) => {
    expectCount('typeof', args, 1, 1);
    return text(display(args[0].type));
  },
});
