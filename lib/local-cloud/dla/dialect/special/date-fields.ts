import { wrongArguments } from '../overloads';
import { BIGINT, DATE, VARCHAR } from '../types';
import { NULL, coerce, local, typed } from '../value';
import type { Value } from '../value';
import { timestampOf } from './date-arguments';
import { weekByMode } from './mysql-times';
import { expectCount, scalars } from './special';
import type { ValueCompile } from './special';
import { offsetMinutes } from './time-zones';

/** `year(x)`, `extract(year FROM x)` and their like: Presto's name and DuckDB's. */
const FIELDS: Readonly<Record<string, string>> = {
  year: 'year',
  quarter: 'quarter',
  month: 'month',
  week: 'week',
  day: 'day',
  day_of_month: 'day',
  day_of_week: 'isodow',
  dow: 'isodow',
  day_of_year: 'doy',
  doy: 'doy',
  year_of_week: 'isoyear',
  yow: 'isoyear',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  millisecond: 'millisecond',
};

const TIME_FIELDS = new Set(['hour', 'minute', 'second', 'millisecond']);

function fields(): Record<string, ValueCompile> {
  const table: Record<string, ValueCompile> = {};
  for (const [name, part] of Object.entries(FIELDS)) {
    const compile: ValueCompile = (args) => {
      expectCount(name, args, 1, 1);
      const [of] = args;
      const interval = intervalField(name, of);
      if (interval !== undefined) {
        return typed(interval, BIGINT);
      }
      const wall = local(of);
      const { kind } = wall.type;
      const isDatePart = !TIME_FIELDS.has(name);
      if (kind === 'unknown') {
        return coerce(NULL, BIGINT);
      }
      if (kind !== 'timestamp' && kind !== 'date' && !(kind === 'time' && !isDatePart)) {
        throw wrongArguments(name, args, [`${name}(${isDatePart ? 'date' : 'time'})`, `${name}(timestamp)`]);
      }
      const value = `date_part('${part}', ${kind === 'date' ? `CAST(${wall.sql} AS TIMESTAMP)` : wall.sql})`;
      return typed(name === 'millisecond' ? `CAST(${value} % 1000 AS BIGINT)` : `CAST(${value} AS BIGINT)`, BIGINT);
    };
    table[name] = compile;
    table[`extract ${name}`] = compile;
  }
  for (const name of ['timezone_hour', 'timezone_minute'] as const) {
    const per = name === 'timezone_hour' ? '// 60' : '% 60';
    table[`extract ${name}`] = (args, { input }) =>
      typed(`CAST(${offsetMinutes(name, args, input.timeZone)} ${per} AS BIGINT)`, BIGINT);
  }
  return table;
}

function intervalField(name: string, { sql, type }: Value): string | undefined {
  if (type.kind === 'interval day') {
    const parts: Readonly<Record<string, string>> = {
      day: `(${sql} // 86400000)`,
      hour: `(${sql} // 3600000 % 24)`,
      minute: `(${sql} // 60000 % 60)`,
      second: `(${sql} // 1000 % 60)`,
      millisecond: `(${sql} % 1000)`,
    };
    return parts[name];
  }
  if (type.kind === 'interval year') {
    const parts: Readonly<Record<string, string>> = {
      year: `CAST(${sql} // 12 AS BIGINT)`,
      month: `CAST(${sql} % 12 AS BIGINT)`,
    };
    return parts[name];
  }
  return undefined;
}

const TABLE = fields();

export const DATE_FIELDS = scalars({
  ...TABLE,
  week: (args, compiler, context) =>
    args.length === 2 ? weekByMode('week', 'js_week_by_mode', args) : TABLE.week(args, compiler, context),
  dayname: (args) => typed(`dayname(${timestampOf('dayname', args[0])})`, VARCHAR),
  monthname: (args) => typed(`monthname(${timestampOf('monthname', args[0])})`, VARCHAR),
  dayofweek: (args) => typed(`(date_part('dow', ${timestampOf('dayofweek', args[0])}) + 1)`, BIGINT),
  weekday: (args) => typed(`(date_part('isodow', ${timestampOf('weekday', args[0])}) - 1)`, BIGINT),
  last_day_of_month: (args) => {
    expectCount('last_day_of_month', args, 1, 1);
    return typed(`last_day(${timestampOf('last_day_of_month', args[0])})`, DATE);
  },
  time_to_sec: (args) => {
    expectCount('time_to_sec', args, 1, 1);
    const of = local(args[0]);
    if (!['time', 'timestamp'].includes(of.type.kind)) {
      throw wrongArguments('time_to_sec', args, ['time_to_sec(time)', 'time_to_sec(timestamp)']);
    }
    return typed(`(epoch_us(CAST(${of.sql} AS TIME)) // 1000000)`, BIGINT);
  },
  timezone_hour: (args, { input }) =>
    typed(`CAST(trunc(${offsetMinutes('timezone_hour', args, input.timeZone)} / 60) AS BIGINT)`, BIGINT),
  timezone_minute: (args, { input }) =>
    typed(`CAST(${offsetMinutes('timezone_minute', args, input.timeZone)} % 60 AS BIGINT)`, BIGINT),
});
