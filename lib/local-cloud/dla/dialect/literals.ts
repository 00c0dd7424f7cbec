import { SqlError } from '../sql-error';
import { quoteText } from '../tokens';
import { castTimestamp, isOnClock } from './date-text';
import type { Expr } from './syntax';
import { BIGINT, BOOLEAN, TIMESTAMP, VARBINARY, decimal, duckdbType, typeOf, zoneOf } from './types';
import type { Type } from './types';
import { cast, instantOf, text, typed } from './value';
import type { Value } from './value';

export const TAKES_LITERALS: ReadonlySet<string> = new Set([
  ...['boolean', 'date', 'time', 'timestamp', 'timestamptz', 'varbinary'],
]);
const DATE_TEXT = /^\s*[+-]?\d+-\d{1,2}-\d{1,2}\s*$/;
const CLOCK = /^\s*\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?\s*$/;

/** A literal with its type before it: `date '2020-01-01'`. */
export function typedLiteral(expr: Extract<Expr, { is: 'typed' }>, timeZone: string): Value {
  const { type, text: written } = expr;
  if (type.name === 'decimal') {
    return decimalNumber(written.replace(/^([+-]?)\./, '$10.'));
  }
  if (type.name === 'json') {
    return typed(`js_json_parse(${quoteText(written)})`, { kind: 'json' });
  }
  if (type.name === 'timestamp' && /[a-z]|[+-]\d{1,2}(:?\d\d)?$/i.test(written.trim().slice(10))) {
    return zonedLiteral(written.trim(), timeZone);
  }
  const to = typeOf(type, timeZone);
  if (to.kind === 'timestamp') {
    // With all its digits, which a cast would round.
    const micros = castTimestamp(written);
    if (micros === undefined) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid timestamp literal`);
    }
    return typed(`make_timestamp(${micros})`, to);
  }
  if (to.kind === 'date' && (!DATE_TEXT.test(written) || castTimestamp(written) === undefined)) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid date literal`);
  }
  return { ...cast(text(written), to), text: undefined };
}

/** `timestamp '2019-03-27 14:55:09 Asia/Shanghai'` */
function zonedLiteral(written: string, timeZone: string): Value {
  const match = /^(.*?)\s*([a-z][\w/+-]*|[+-]\d{1,2}(?::?\d\d)?)$/i.exec(written);
  if (!match) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a valid timestamp literal`);
  }
  const zone = zoneOf(match[2]);
  const wall = typedLiteral(
    { is: 'typed', type: { name: 'timestamp', lengths: [], of: [] }, text: match[1] },
    timeZone,
  );
  if (!isOnClock(castTimestamp(match[1])!, zone)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `'${written}' is not a valid timestamp literal: its zone's clocks are put forward then`,
    );
  }
  return typed(instantOf(wall.sql, zone), { kind: 'timestamptz', zone, sessionZone: timeZone });
}

/** A literal as a value of a column's type, where it can be one. */
export function literalOf(value: Value, expr: Expr, of: Type): Value {
  if (of.kind === 'boolean') {
    const isBit = expr.is === 'number' && /^[01]$/.test(expr.text);
    return isBit ? typed(String(expr.text === '1'), BOOLEAN) : value;
  }
  if (value.text === undefined) {
    return value;
  }
  if (of.kind === 'varbinary') {
    return typed(`encode(${quoteText(value.text)})`, VARBINARY);
  }
  const isDate = of.kind === 'date' && DATE_TEXT.test(value.text);
  const to: Type = of.kind === 'time' || isDate ? of : TIMESTAMP;
  if (of.kind === 'time' ? !CLOCK.test(value.text) : castTimestamp(value.text) === undefined) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `'${value.text}' is not a valid ${of.kind} literal`);
  }
  return { ...cast(value, to), text: undefined };
}

export function number(written: string): Value {
  if (/^\d+$/.test(written)) {
    const value = BigInt(written);
    if (value > 9223372036854775807n) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `invalid numeric literal: ${written}`);
    }
    return value <= 2147483647n ? typed(String(value), { kind: 'integer' }) : typed(`CAST(${value} AS BIGINT)`, BIGINT);
  }
  if (/e/i.test(written)) {
    if (!Number.isFinite(Number(written))) {
      throw new SqlError('ER_WRONG_ARGUMENTS', `the number ${written} is beyond the range of double`);
    }
    return typed(`CAST('${written}' AS DOUBLE)`, { kind: 'double' });
  }
  return decimalNumber(written);
}

function decimalNumber(written: string): Value {
  const match = /^([+-]?)(\d*)\.?(\d*)$/.exec(written);
  if (!match || match[2] + match[3] === '') {
    throw new SqlError('ER_WRONG_ARGUMENTS', `invalid decimal literal: ${written}`);
  }
  const whole = match[2].replace(/^0+/, '');
  const precision = Math.max(whole.length + match[3].length, 1);
  if (precision > 38) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `invalid decimal literal: ${written} has more than 38 digits`);
  }
  const type = decimal(precision, match[3].length);
  return typed(`CAST('${match[1]}${whole || '0'}.${match[3]}' AS ${duckdbType(type)})`, type);
}
