import { arithmetic } from '../arithmetic';
import { wrongArguments } from '../overloads';
import type { Call, Expr } from '../syntax';
import { BIGINT, DATE, TIMESTAMP, commonType, fits } from '../types';
import type { Type } from '../types';
import { cast, coerce, local, typed } from '../value';
import type { Value } from '../value';
import { contains } from '../walk';
import { TIME_UNITS, dateOf, inWallClock, momentOf, unitOf } from './date-arguments';
import { expectCount, scalars } from './special';

const STEPS: Readonly<Record<string, (n: string) => string>> = {
  millisecond: (n) => `to_milliseconds(${n})`,
  second: (n) => `to_seconds(${n})`,
  minute: (n) => `to_minutes(${n})`,
  hour: (n) => `to_hours(${n})`,
  day: (n) => `to_days(CAST(${n} AS INTEGER))`,
  week: (n) => `to_days(CAST(${n} * 7 AS INTEGER))`,
  month: (n) => `to_months(CAST(${n} AS INTEGER))`,
  quarter: (n) => `to_months(CAST(${n} * 3 AS INTEGER))`,
  year: (n) => `to_years(CAST(${n} AS INTEGER))`,
};

function dateAdd(args: readonly Value[], call?: Call): Value {
  if (args.length === 2) {
    return dateAddDays('date_add', args, '+', call);
  }
  expectCount('date_add', args, 2, 3);
  const [unit, amount, of] = args;
  if (!fits(amount.type, BIGINT)) {
    throw wrongArguments('date_add', args, ['date_add(varchar, bigint, date, time or timestamp)']);
  }
  const part = unitOf('date_add', unit, of.type);
  const step = STEPS[part](coerce(amount, BIGINT).sql);
  if (of.type.kind === 'timestamptz' && TIME_UNITS.includes(part)) {
    return typed(`(${of.sql} + ${step})`, of.type);
  }
  return inWallClock('date_add', of, (sql) => `(${sql} + ${step})`);
}

function isTimeOfDay(expr: Expr): boolean {
  return expr.is === 'interval' && ['hour', 'minute', 'second'].includes(expr.to ?? expr.from);
}

/** MySQL's form: days, or an interval, whose hours make a time of a date. */
function dateAddDays(name: string, args: readonly Value[], op: '+' | '-', call?: Call): Value {
  expectCount(name, args, 2, 2);
  const [of, amount] = args;
  if (amount.type.kind.startsWith('interval')) {
    const date = dateOf(name, of);
    const asTime = call !== undefined && contains(call, isTimeOfDay);
    return arithmetic(op, asTime && date.type.kind === 'date' ? coerce(date, TIMESTAMP) : date, amount);
  }
  if (!fits(amount.type, BIGINT)) {
    throw wrongArguments(name, args, [`${name}(date, bigint)`, `${name}(date, interval)`]);
  }
  return inWallClock(
    name,
    dateOf(name, of),
    (sql) => `(${sql} ${op} to_days(CAST(${coerce(amount, BIGINT).sql} AS INTEGER)))`,
  );
}

function dateDiff(args: readonly Value[], timeZone: string): Value {
  if (args.length === 2) {
    return daysBetween(args);
  }
  expectCount('date_diff', args, 3, 3);
  const [unit, from, to] = args;
  const type = commonType(from.type, to.type);
  if (!type || !['date', 'time', 'timestamp', 'timestamptz', 'unknown'].includes(type.kind)) {
    throw wrongArguments('date_diff', args, [
      'date_diff(varchar, date, date)',
      'date_diff(varchar, timestamp, timestamp)',
    ]);
  }
  const part = unitOf('date_diff', unit, type);
  // The zone of the first one counts for both, and none where there is no day in it.
  const isZoned = from.type.kind === 'timestamptz';
  const zoned: Type = type.kind !== 'timestamptz' ? type : isZoned ? from.type : { ...type, zone: timeZone };
  const [a, b] = [from, to].map((value) => {
    const moment = coerce(value, type.kind === 'unknown' ? TIMESTAMP : type).sql;
    const isInstant = zoned.kind === 'timestamptz' && TIME_UNITS.includes(part);
    return isInstant
      ? `timezone('UTC', ${moment})`
      : local(typed(moment, zoned.kind === 'unknown' ? TIMESTAMP : zoned)).sql;
  });
  return typed(`CAST(${whole_units(part, a, b)} AS BIGINT)`, BIGINT);
}

function whole_units(part: string, from: string, to: string): string {
  return `date_sub('${part}', ${from}, ${to})`;
}

function daysBetween(args: readonly Value[]): Value {
  expectCount('datediff', args, 2, 2);
  const [a, b] = args.map((arg) => cast(dateOf('datediff', arg), DATE).sql);
  return typed(`CAST(date_diff('day', ${b}, ${a}) AS BIGINT)`, BIGINT);
}

/** Presto's, and MySQL's, which tools write for a server that speaks its protocol. */
export const DATE_ARITHMETIC = scalars({
  date_trunc: (args) => {
    expectCount('date_trunc', args, 2, 2);
    const unit = unitOf('date_trunc', args[0], args[1].type);
    const truncated = (sql: string): string => `date_trunc('${unit}', ${sql})`;
    if (args[1].type.kind === 'timestamptz' && TIME_UNITS.includes(unit)) {
      const wall = local(args[1]).sql;
      return typed(`(${args[1].sql} - (${wall} - ${truncated(wall)}))`, args[1].type);
    }
    return inWallClock('date_trunc', args[1], truncated);
  },
  date_add: (args, _, { call }) => dateAdd(args, call),
  date_sub: (args, _, { call }) => dateAddDays('date_sub', args, '-', call),
  adddate: (args, _, { call }) => dateAddDays('adddate', args, '+', call),
  subdate: (args, _, { call }) => dateAddDays('subdate', args, '-', call),
  date_diff: (args, { input }) => dateDiff(args, input.timeZone),
  datediff: (args) => daysBetween(args),
  timestampdiff: (args, { input }) => {
    expectCount('timestampdiff', args, 3, 3);
    return dateDiff([args[0], ...args.slice(1).map((arg) => momentOf('timestampdiff', arg))], input.timeZone);
  },
  timestampadd: (args) => {
    expectCount('timestampadd', args, 3, 3);
    const [unit, amount, of] = args;
    return dateAdd([unit, amount, momentOf('timestampadd', of)]);
  },
  makedate: (args) => {
    expectCount('makedate', args, 2, 2);
    if (!args.every(({ type }) => fits(type, BIGINT))) {
      throw wrongArguments('makedate', args, ['makedate(bigint, bigint)']);
    }
    const [year, day] = args.map((arg) => coerce(arg, BIGINT).sql);
    return typed(
      `CASE WHEN ${day} > 0 THEN CAST(make_date(${year}, 1, 1) + to_days(CAST(${day} - 1 AS INTEGER)) AS DATE) END`,
      DATE,
    );
  },
  to_days: (args) => {
    expectCount('to_days', args, 1, 1);
    return typed(
      `(date_diff('day', DATE '1970-01-01', ${cast(dateOf('to_days', args[0]), DATE).sql}) + 719528)`,
      BIGINT,
    );
  },
});
