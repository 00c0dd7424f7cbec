import { SqlError } from '../../sql-error';
import { wrongArguments } from '../overloads';
import { DATE, TIMESTAMP, fits, isText } from '../types';
import type { Type } from '../types';
import { coerce, instantOf, local, typed } from '../value';
import type { Value } from '../value';
import { isTextual } from './special';

const DATE_UNITS = ['day', 'week', 'month', 'quarter', 'year'];

export const TIME_UNITS = ['millisecond', 'second', 'minute', 'hour'];

export function unitOf(name: string, unit: Value, of: Type): string {
  if (unit.text === undefined) {
    if (!isTextual(unit)) {
      throw wrongArguments(name, [unit], [`${name}(varchar, …)`]);
    }
    throw new SqlError('ER_NOT_SUPPORTED_YET', `${name} with a unit that is not a string literal is not supported`);
  }
  const written = unit.text.toLowerCase();
  const allowed = of.kind === 'date' ? DATE_UNITS : of.kind === 'time' ? TIME_UNITS : [...TIME_UNITS, ...DATE_UNITS];
  if (!allowed.includes(written)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `'${unit.text}' is not a valid ${of.kind} field, expected one of ${allowed.join(', ')}`,
    );
  }
  return written;
}

/** Applies a function of DuckDB to the wall clock of a date or time, which keeps its type. */
export function inWallClock(name: string, of: Value, apply: (sql: string) => string): Value {
  switch (of.type.kind) {
    case 'date':
      return typed(`CAST(${apply(of.sql)} AS DATE)`, DATE);
    case 'timestamp':
      return typed(apply(of.sql), TIMESTAMP);
    case 'timestamptz':
      return typed(instantOf(apply(local(of).sql), of.type.zone), of.type);
    case 'time':
      return typed(`CAST(${apply(`(CAST('2000-01-01' AS DATE) + ${of.sql})`)} AS TIME)`, of.type);
    default:
      throw wrongArguments(name, [of], [`${name}(…, date, time or timestamp)`]);
  }
}

export function timestampOf(name: string, of: Value | undefined): string {
  const wall = of && local(of);
  if (!wall || !fits(wall.type, TIMESTAMP)) {
    throw wrongArguments(name, of ? [of] : [], [`${name}(timestamp)`]);
  }
  return coerce(wall, TIMESTAMP).sql;
}

/** A date that may be written as text, with or without dashes, as MySQL's functions take it. */
export function dateOf(name: string, of: Value): Value {
  if (isText(of.type)) {
    return typed(`CAST(js_mysql_timestamp(${of.sql}, NULL) AS DATE)`, DATE);
  }
  if (!['date', 'timestamp', 'timestamptz', 'unknown'].includes(of.type.kind)) {
    throw wrongArguments(name, [of], [`${name}(date, …)`]);
  }
  return of.type.kind === 'unknown' ? coerce(of, DATE) : of;
}

/** A time that may be written as text. */
export function momentOf(name: string, of: Value): Value {
  return isText(of.type) ? typed(`js_mysql_timestamp(${of.sql}, NULL)`, TIMESTAMP) : dateOf(name, of);
}
