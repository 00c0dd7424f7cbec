import { arithmetic } from '../arithmetic';
import { wrongArguments } from '../overloads';
import { BIGINT, DOUBLE, INTEGER, commonType, decimal, duckdbType, fits, isInteger, isNumeric } from '../types';
import type { Type } from '../types';
import { NULL, cast, coerce, fail, typed } from '../value';
import type { Value } from '../value';
import { expectCount, scalars } from './special';

function round(args: readonly Value[]): Value {
  expectCount('round', args, 1, 2);
  const [of, digits] = args;
  if (!isNumeric(of.type) && of.type.kind !== 'unknown') {
    throw wrongArguments('round', args, ['round(number)', 'round(number, integer)']);
  }
  if (digits && !fits(digits.type, INTEGER)) {
    throw wrongArguments('round', args, ['round(number, integer)']);
  }
  const n = digits && coerce(digits, INTEGER).sql;
  if (of.type.kind === 'decimal') {
    const { precision, scale } = of.type;
    if (n === undefined) {
      const type = decimal(precision - scale + Math.min(scale, 1), 0);
      return typed(
        `CAST(round(CAST(${of.sql} AS ${duckdbType(decimal(precision + 1, scale))})) AS ${duckdbType(type)})`,
        type,
      );
    }
    const type = decimal(precision + 1, scale);
    return typed(`CAST(js_round_decimal(CAST(${of.sql} AS VARCHAR), ${n}) AS ${duckdbType(type)})`, type);
  }
  if (of.type.kind === 'unknown') {
    return coerce(NULL, BIGINT);
  }
  if (isInteger(of.type)) {
    return n === undefined
      ? of
      : typed(`CAST(js_round_decimal(CAST(${of.sql} AS VARCHAR), ${n}) AS ${duckdbType(of.type)})`, of.type);
  }
  const sql = coerce(of, DOUBLE).sql;
  return typed(`CAST(js_round(${sql}, ${n ?? '0'}) AS ${duckdbType(of.type)})`, of.type);
}

function truncate(args: readonly Value[]): Value {
  expectCount('truncate', args, 1, 2);
  const [given, digits] = args;
  const of = given.type.kind === 'unknown' ? coerce(given, DOUBLE) : given;
  if (!isNumeric(of.type) || (digits && !fits(digits.type, INTEGER))) {
    throw wrongArguments('truncate', args, ['truncate(double)', 'truncate(decimal(p,s))', 'truncate(number, integer)']);
  }
  const n = digits ? coerce(digits, INTEGER).sql : '0';
  if (of.type.kind === 'decimal') {
    const type = digits ? of.type : decimal(Math.max(of.type.precision - of.type.scale, 1), 0);
    return typed(`CAST(js_truncate_decimal(CAST(${of.sql} AS VARCHAR), ${n}) AS ${duckdbType(type)})`, type);
  }
  const type: Type = of.type.kind === 'real' ? of.type : DOUBLE;
  return typed(`CAST(js_truncate(${coerce(of, DOUBLE).sql}, ${n}) AS ${duckdbType(type)})`, type);
}

function whole(name: 'ceil' | 'floor', args: readonly Value[]): Value {
  expectCount(name, args, 1, 1);
  const [of] = args;
  if (isInteger(of.type)) {
    return of;
  }
  if (of.type.kind === 'decimal') {
    const { precision, scale } = of.type;
    const type = decimal(precision - scale + Math.min(scale, 1), 0);
    return typed(`CAST(${name}(${of.sql}) AS ${duckdbType(type)})`, type);
  }
  if (of.type.kind === 'real') {
    return typed(`${name}(${of.sql})`, of.type);
  }
  if (!fits(of.type, DOUBLE)) {
    throw wrongArguments(name, args, [`${name}(number)`]);
  }
  return typed(`${name}(${coerce(of, DOUBLE).sql})`, DOUBLE);
}

function random(args: readonly Value[]): Value {
  expectCount('random', args, 0, 2);
  if (args.length === 0) {
    return typed('random()', DOUBLE);
  }
  if (!args.every(({ type }) => isInteger(type))) {
    throw wrongArguments('random', args, ['random()', 'random(bigint)', 'random(bigint, bigint)']);
  }
  const type = args.reduce<Type>((common, arg) => commonType(common, arg.type)!, args[0].type);
  const [low, high] = args.length === 1 ? ['0', args[0].sql] : [args[0].sql, args[1].sql];
  return typed(
    `CASE WHEN ${high} <= ${low} THEN ${fail('bound must be positive')} ELSE CAST(${low} + floor(random() * (${high} - ${low})) AS ${duckdbType(type)}) END`,
    type,
  );
}

export const NUMBERS = scalars({
  mod: (args) => {
    expectCount('mod', args, 2, 2);
    return arithmetic('%', args[0], args[1]);
  },
  div: (args) => {
    expectCount('div', args, 2, 2);
    const [a, b] = args;
    if (!isNumeric(a.type) || !isNumeric(b.type)) {
      throw wrongArguments('div', args, ['number DIV number']);
    }
    const result = arithmetic('/', a, b);
    return isInteger(result.type) ? result : cast(typed(`trunc(${result.sql})`, result.type), BIGINT);
  },
  // Decimals: the templates have the other numbers.
  round: (args) => round(args),
  truncate: (args) => truncate(args),
  sign: (args) => {
    expectCount('sign', args, 1, 1);
    const { type, sql } = args[0];
    const result: Type = type.kind === 'decimal' ? decimal(1, 0) : isInteger(type) ? type : DOUBLE;
    if (type.kind === 'decimal' || isInteger(type)) {
      return typed(`CAST(sign(${sql}) AS ${duckdbType(result)})`, result);
    }
    if (!fits(type, DOUBLE)) {
      throw wrongArguments('sign', args, ['sign(number)']);
    }
    return typed(`js_sign(${coerce(args[0], DOUBLE).sql})`, result);
  },
  ceil: (args) => whole('ceil', args),
  floor: (args) => whole('floor', args),
  rand: (args) => random(args),
  random: (args) => random(args),
});
