import { wrongArguments } from '../overloads';
import { BIGINT, DATE, TIMESTAMP, VARCHAR, fits, isText } from '../types';
import { coerce, local, toText, typed } from '../value';
import type { Value } from '../value';
import { dateOf } from './date-arguments';
import { now } from './session';
import { expectCount, scalars, texts } from './special';
import type { ValueCompile } from './special';

/** A time of day, or a date with one, as text. */
function clockText(name: string, of: Value): string {
  if (isText(of.type) || of.type.kind === 'unknown') {
    return coerce(of, VARCHAR).sql;
  }
  const wall = local(of.type.kind === 'date' ? coerce(of, TIMESTAMP) : of);
  if (wall.type.kind !== 'time' && wall.type.kind !== 'timestamp') {
    throw wrongArguments(name, [of], [`${name}(time or timestamp, …)`]);
  }
  return toText(wall.sql, wall.type)!;
}

/** A week by one of MySQL's modes. */
export function weekByMode(name: string, scalar: string, args: readonly Value[]): Value {
  expectCount(name, args, 1, 2);
  const [of, mode] = args;
  if (mode && !fits(mode.type, BIGINT)) {
    throw wrongArguments(name, args, [`${name}(date, bigint)`]);
  }
  const at = coerce(local(dateOf(name, of)), TIMESTAMP).sql;
  return typed(`${scalar}(${at}, ${mode ? coerce(mode, BIGINT).sql : '0'})`, BIGINT);
}

const utc: ValueCompile = (args, { input }) => {
  expectCount('utc_timestamp', args, 0, 1);
  return local(now({ now: input.now, timeZone: '+00:00' }));
};

/**
 * What BI tools ask MySQL of times.
 *
 * Assumption: a difference of times is a text, for a TIME of Presto is a time of a day; it has a fraction of a second
 * where there is one.
 */
export const MYSQL_TIMES = scalars({
  timediff: (args) => {
    expectCount('timediff', args, 2, 2);
    return typed(`js_time_difference(${args.map((arg) => clockText('timediff', arg)).join(', ')})`, VARCHAR);
  },
  time_format: (args) => {
    expectCount('time_format', args, 2, 2);
    const [pattern] = texts('time_format', [args[1]], 1, 1);
    return typed(`js_time_format(${clockText('time_format', args[0])}, ${pattern})`, VARCHAR);
  },
  yearweek: (args) => weekByMode('yearweek', 'js_year_week', args),
  utc_timestamp: utc,
  utc_date: (args, compiler, context) => typed(`CAST(${utc(args, compiler, context).sql} AS DATE)`, DATE),
  utc_time: (args, compiler, context) => typed(`CAST(${utc(args, compiler, context).sql} AS TIME)`, { kind: 'time' }),
});
