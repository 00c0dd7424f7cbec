import { SqlError } from '../sql-error';
import { quoteText } from '../tokens';
import { arithmetic, divided } from './arithmetic';
import { compare } from './comparison';
import type { CompileInput } from './compile';
import type { ExpressionCompiler } from './expressions';
import { NO_MODIFIERS, fill, wrongArguments } from './overloads';
import type { Argument, Modifiers } from './overloads';
import type { Scope } from './scope';
import type { Call, Expr } from './syntax';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  INTEGER,
  TIMESTAMP,
  VARCHAR,
  arrayOf,
  commonType,
  decimal,
  display,
  duckdbType,
  fits,
  isInteger,
  isNumeric,
  isOrderable,
  isText,
  shownZone,
  zoneOf,
} from './types';
import type { Type } from './types';
import { NULL, cast, coerce, fail, local, text, toText, typed, instantOf } from './value';
import type { Value } from './value';
import { contains } from './walk';

interface Context {
  readonly scope: Scope;
  readonly modifiers: Modifiers;
  readonly call?: Call;
}

type Compile = (args: readonly Argument[], compiler: ExpressionCompiler, context: Context) => Value;

interface Special {
  readonly isAggregate?: boolean;
  readonly compile: Compile;
}

type ValueCompile = (args: readonly Value[], compiler: ExpressionCompiler, context: Context) => Value;

function withValues(name: string, compile: ValueCompile): Compile {
  return (args, compiler, context) =>
    compile(
      args.map((_, at) => valueAt(name, args, at)),
      compiler,
      context,
    );
}

function scalars(table: Readonly<Record<string, ValueCompile>>): Record<string, Special> {
  return Object.fromEntries(
    Object.entries(table).map(([name, compile]) => [name, { compile: withValues(name, compile) }]),
  );
}

function aggregates(table: Readonly<Record<string, ValueCompile>>): Record<string, Special> {
  return Object.fromEntries(
    Object.entries(table).map(([name, compile]) => [name, { isAggregate: true, compile: withValues(name, compile) }]),
  );
}

function valueAt(name: string, args: readonly Argument[], at: number): Value {
  const arg = args.at(at);
  if (arg === undefined || 'lambda' in arg) {
    throw wrongArguments(name, args, ['no lambda there']);
  }
  return arg;
}

function expectCount(name: string, args: readonly Value[], least: number, most: number): void {
  if (args.length < least || args.length > most) {
    const several = most === Infinity ? `${least} or more arguments` : `${least} to ${most} arguments`;
    throw wrongArguments(name, args, [least === most ? `${least} argument(s)` : several]);
  }
}

function isTextual({ type }: Value): boolean {
  return isText(type) || type.kind === 'unknown';
}

function isTexts({ type }: Value): boolean {
  return type.kind === 'array' && (isText(type.of) || type.of.kind === 'unknown');
}

/** The SQL of arguments that all have to be texts. */
function texts(name: string, args: readonly Value[], least: number, most: number): string[] {
  if (args.length < least || args.length > most || !args.every(isTextual)) {
    throw wrongArguments(name, args, [`${name}(${Array.from({ length: most }, () => 'varchar').join(', ')})`]);
  }
  return args.map((arg) => coerce(arg, VARCHAR).sql);
}

function withGroup(name: string, args: readonly Value[]): string[] {
  const group =
    args.length === 3 && fits(args[2].type, BIGINT) ? coerce(args[2], BIGINT).sql : args.length === 2 ? '0' : undefined;
  if (group === undefined) {
    throw wrongArguments(name, args, [`${name}(varchar, varchar[, bigint])`]);
  }
  return [...texts(name, args.slice(0, 2), 2, 2), group];
}

function longest(arrays: readonly Value[]): string {
  return `CAST(greatest(${arrays.map(({ sql }) => `len(${sql})`).join(', ')}) AS BIGINT)`;
}

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

function concat(args: readonly Value[], compiler: ExpressionCompiler): Value {
  if (args.length < 2) {
    throw wrongArguments('concat', args, ['two or more arguments']);
  }
  const list = args.find(({ type }) => type.kind === 'array');
  if (list) {
    const item = (value: Value): Value =>
      value.type.kind === 'array' ? value : typed(`[${value.sql}]`, arrayOf(value.type));
    const lists = args.map((arg) => (arg.isNull ? arg : item(arg)));
    const type = compiler.common(lists, 'concat');
    const values = lists.map((value) => coerce(value, type).sql);
    const isNull = values.map((sql) => `${sql} IS NULL`).join(' OR ');
    return typed(`CASE WHEN ${isNull} THEN NULL ELSE flatten([${values.join(', ')}]) END`, type);
  }
  if (
    args.some(({ type }) => type.kind === 'varbinary') &&
    args.every(({ type }) => type.kind === 'varbinary' || type.kind === 'unknown')
  ) {
    return typed(`(${args.map((arg) => coerce(arg, { kind: 'varbinary' }).sql).join(' || ')})`, { kind: 'varbinary' });
  }
  if (!args.every(isTextual)) {
    throw wrongArguments('concat', args, ['concat(varchar, varchar, …)', 'concat(array(T), array(T), …)']);
  }
  return typed(`(${args.map((arg) => coerce(arg, VARCHAR).sql).join(' || ')})`, VARCHAR);
}

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

function now({ now: at, timeZone }: { now: Date; timeZone: string }): Value {
  return typed(`CAST('${at.toISOString().replace('T', ' ').replace('Z', '+00')}' AS TIMESTAMPTZ)`, {
    kind: 'timestamptz',
    zone: timeZone,
  });
}

function timeOfDay(input: CompileInput): Value {
  return typed(`CAST(${local(now(input)).sql} AS TIME)`, { kind: 'time' });
}

function userName({ user }: CompileInput): Value {
  return typed(quoteText(user), VARCHAR);
}

function schemaName({ schema }: CompileInput): Value {
  return schema === undefined ? NULL : typed(quoteText(schema), VARCHAR);
}

/** Functions without arguments, which tell something about the session. */
function bare(table: Readonly<Record<string, (input: CompileInput) => Value>>): Record<string, ValueCompile> {
  return Object.fromEntries(
    Object.entries(table).map(([name, tell]) => [
      name,
      (args, { input }) => {
        expectCount(name, args, 0, 0);
        return tell(input);
      },
    ]),
  );
}

const DATE_UNITS = ['day', 'week', 'month', 'quarter', 'year'];
const TIME_UNITS = ['millisecond', 'second', 'minute', 'hour'];

function unitOf(name: string, unit: Value, of: Type): string {
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
function inWallClock(name: string, of: Value, apply: (sql: string) => string): Value {
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

/** A date that may be written as text, with or without dashes, as MySQL's functions take it. */
function dateOf(name: string, of: Value): Value {
  if (isText(of.type)) {
    return typed(`CAST(js_mysql_timestamp(${of.sql}, NULL) AS DATE)`, DATE);
  }
  if (!['date', 'timestamp', 'timestamptz', 'unknown'].includes(of.type.kind)) {
    throw wrongArguments(name, [of], [`${name}(date, …)`]);
  }
  return of.type.kind === 'unknown' ? coerce(of, DATE) : of;
}

/** A time that may be written as text. */
function momentOf(name: string, of: Value): Value {
  return isText(of.type) ? typed(`js_mysql_timestamp(${of.sql}, NULL)`, TIMESTAMP) : dateOf(name, of);
}

function timestampOf(name: string, of: Value | undefined): string {
  const wall = of && local(of);
  if (!wall || !fits(wall.type, TIMESTAMP)) {
    throw wrongArguments(name, of ? [of] : [], [`${name}(timestamp)`]);
  }
  return coerce(wall, TIMESTAMP).sql;
}

function dateDiff(args: readonly Value[]): Value {
  if (args.length === 2) {
    return SPECIAL.datediff.compile(args, undefined as never, undefined as never);
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
  const zoned: Type = type.kind === 'timestamptz' && from.type.kind === 'timestamptz' ? from.type : type;
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

function fromUnixtime(args: readonly Value[], timeZone: string): Value {
  expectCount('from_unixtime', args, 1, 3);
  const [of, second, third] = args;
  if (!fits(of.type, DOUBLE)) {
    throw wrongArguments('from_unixtime', args, [
      'from_unixtime(double)',
      'from_unixtime(double, varchar)',
      'from_unixtime(double, bigint, bigint)',
    ]);
  }
  const at = `make_timestamptz(js_unix_millis(${coerce(of, DOUBLE).sql}) * 1000)`;
  if (second === undefined) {
    return typed(at, { kind: 'timestamptz', zone: timeZone });
  }
  if (third !== undefined) {
    const [h, m] = [second, third].map(({ sql }) => Number(/^\(?(-?\d+)\)?$/.exec(sql)?.[1] ?? Number.NaN));
    if (!Number.isInteger(h) || !Number.isInteger(m)) {
      throw new SqlError(
        'ER_NOT_SUPPORTED_YET',
        'from_unixtime with an offset that is not written out is not supported',
      );
    }
    const minutes = Math.abs(h * 60 + m);
    const sign = h * 60 + m < 0 ? '-' : '+';
    const zone = `${sign}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    return typed(at, { kind: 'timestamptz', zone });
  }
  if (!isTextual(second)) {
    throw wrongArguments('from_unixtime', args, ['from_unixtime(double, varchar)']);
  }
  // DLA's page has a format there, Presto a time zone.
  const written = second.text;
  if (written !== undefined && !written.includes('%')) {
    const zone = tryZone(written);
    if (zone !== undefined) {
      return typed(at, { kind: 'timestamptz', zone });
    }
    const wall = local(typed(at, { kind: 'timestamptz', zone: timeZone })).sql;
    return typed(`js_format_datetime(${wall}, ${second.sql}, ${quoteText(timeZone)})`, VARCHAR);
  }
  const wall = local(typed(at, { kind: 'timestamptz', zone: timeZone })).sql;
  return typed(`js_date_format(${wall}, ${coerce(second, VARCHAR).sql})`, VARCHAR);
}

function tryZone(written: string): string | undefined {
  try {
    return zoneOf(written);
  } catch {
    return undefined;
  }
}

function offsetMinutes(name: string, args: readonly Value[], timeZone: string): string {
  expectCount(name, args, 1, 1);
  const zoned: Type = { kind: 'timestamptz', zone: timeZone };
  if (!fits(args[0].type, zoned)) {
    throw wrongArguments(name, args, [`${name}(timestamp with time zone)`]);
  }
  const of = coerce(args[0], args[0].type.kind === 'timestamptz' ? args[0].type : zoned);
  return `date_diff('minute', timezone('UTC', ${of.sql}), ${local(of).sql})`;
}

function offsetSql(of: Value): string {
  const minutes = offsetMinutes('to_iso8601', [of], 'UTC');
  return `CASE WHEN ${minutes} = 0 THEN 'Z' ELSE printf('%s%02d:%02d', CASE WHEN ${minutes} < 0 THEN '-' ELSE '+' END, abs(${minutes}) // 60, abs(${minutes}) % 60) END`;
}

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

/** The state and the next item travel in one struct: DuckDB's reduction knows one type. */
function reduce(args: readonly Argument[], compiler: ExpressionCompiler, { scope }: Context): Value {
  const expected = ['reduce(array(T), S, (S, T) -> S, S -> R)'];
  if (args.length !== 4) {
    throw wrongArguments('reduce', args, expected);
  }
  const [of, start] = [valueAt('reduce', args, 0), valueAt('reduce', args, 1)];
  if (of.type.kind !== 'array') {
    throw wrongArguments('reduce', args, expected);
  }
  const item = of.type.of;
  const [a, b] = [`"$a${scope.lambdaDepth}"`, `"$b${scope.lambdaDepth}"`];
  const step = (state: Type): Value =>
    compiler.lambdaBody(args[2], [typed(`${a}.s`, state), typed(`${b}.x`, item)], scope, 'reduce');
  // The state's type may have to hold what the lambda makes of it.
  const state = commonType(start.type, step(start.type).type);
  if (!state) {
    throw wrongArguments('reduce', args, expected);
  }
  const body = step(state);
  if (!fits(body.type, state)) {
    throw wrongArguments('reduce', args, expected);
  }
  const [s, x] = [duckdbType(state), duckdbType(item)];
  const items = `list_transform(${of.sql}, lambda e: struct_pack(s := CAST(NULL AS ${s}), x := e))`;
  const first = `struct_pack(s := CAST(${start.sql} AS ${s}), x := CAST(NULL AS ${x}))`;
  const next = `struct_pack(s := CAST(${body.sql} AS ${s}), x := ${b}.x)`;
  const result = `list_reduce(${items}, lambda ${a}, ${b}: ${next}, ${first}).s`;
  const output = compiler.lambdaBody(args[3], [typed(a, state)], scope, 'reduce');
  return typed(
    `CASE WHEN ${of.sql} IS NULL THEN NULL ELSE list_transform([${result}], lambda ${a}: ${output.sql})[1] END`,
    output.type,
  );
}

/** Each item is put behind those that the comparator does not find greater. */
function sortedBy(of: Value, comparator: Argument, compiler: ExpressionCompiler, scope: Scope): Value {
  const item = (of.type as Type & { kind: 'array' }).of;
  const [a, b, v] = ['a', 'b', 'c'].map((name) => `"$${name}${scope.lambdaDepth}"`);
  const compared = compiler.lambdaBody(comparator, [typed(v, item), typed(`${b}.x`, item)], scope, 'array_sort');
  if (!fits(compared.type, BIGINT)) {
    throw wrongArguments('array_sort', [of, comparator], ['array_sort(array(T), (T, T) -> integer)']);
  }
  const list = duckdbType(of.type);
  const items = `list_transform(${of.sql}, lambda e: struct_pack(s := CAST(NULL AS ${list}), x := e))`;
  const part = (op: string): string => `list_filter(${a}.s, lambda ${v}: ${compared.sql} ${op} 0)`;
  const next = `struct_pack(s := flatten([${part('<=')}, [${b}.x], ${part('>')}]), x := ${b}.x)`;
  const first = `struct_pack(s := CAST([] AS ${list}), x := CAST(NULL AS ${duckdbType(item)}))`;
  return typed(
    `CASE WHEN ${of.sql} IS NULL THEN NULL ELSE list_reduce(${items}, lambda ${a}, ${b}: ${next}, ${first}).s END`,
    of.type,
  );
}

function extremeBy(name: string, order: string, args: readonly Value[], modifiers: Modifiers): Value {
  expectCount(name, args, 2, 3);
  const [of, by, count] = args;
  if (!isOrderable(by.type) || (count && !fits(count.type, BIGINT))) {
    throw wrongArguments(name, args, [`${name}(T, O)`, `${name}(T, O, bigint)`]);
  }
  if (count === undefined) {
    const fn = name === 'max_by' ? 'arg_max_null' : 'arg_min_null';
    return typed(fill(`${fn}(@$1, $2)`, [of, by], modifiers), of.type);
  }
  const pairs = fill('list(@struct_pack(k := $2, v := $1))', [of, by], modifiers);
  const sorted = `list_sort(list_filter(${pairs}, lambda e: e.k IS NOT NULL), '${order}')`;
  const first = `list_slice(${sorted}, 1, ${fill('any_value(@$1)', [coerce(count, BIGINT)], { ...NO_MODIFIERS, suffix: modifiers.suffix })})`;
  return typed(`list_transform(${first}, lambda e: e.v)`, arrayOf(of.type));
}

/** The pairs that a map is made of: those without a key do not count. */
function entriesOf([key, value]: readonly Value[], modifiers: Modifiers): { entries: string } {
  const list = fill('list(@struct_pack(k := $1, v := $2))', [key, value], modifiers);
  return { entries: `list_filter(${list}, lambda x: x.k IS NOT NULL)` };
}

function approxPercentile(args: readonly Value[], modifiers: Modifiers): Value {
  expectCount('approx_percentile', args, 2, 4);
  const [of] = args;
  const weight = args.length > 2 ? args[1] : undefined;
  const percentage = args[weight ? 2 : 1];
  const isMany = percentage.type.kind === 'array';
  const wantedType = isMany ? arrayOf(DOUBLE) : DOUBLE;
  if (!fits(of.type, DOUBLE) || !fits(percentage.type, wantedType) || (weight && !fits(weight.type, BIGINT))) {
    throw wrongArguments('approx_percentile', args, [
      'approx_percentile(number, double)',
      'approx_percentile(number, array(double))',
      'approx_percentile(number, bigint, double)',
      'approx_percentile(number, bigint, array(double))',
    ]);
  }
  const value = isInteger(of.type) ? coerce(of, BIGINT) : of.type.kind === 'decimal' ? coerce(of, DOUBLE) : of;
  const weighed = `struct_pack(v := $1, w := ${weight ? '$2' : '1'})`;
  const items = weight ? [value, coerce(weight, BIGINT)] : [value];
  const sorted = weight
    ? fill(`list_sort(list_filter(list(@${weighed}), lambda e: e.v IS NOT NULL AND e.w > 0))`, items, modifiers)
    : fill('list_sort(list_filter(list(@$1), lambda e: e IS NOT NULL))', items, modifiers);
  const at = (p: string): string => {
    const found = weight
      ? `${sorted}[js_weighted_place(list_transform(${sorted}, lambda e: e.w), ${p})].v`
      : `${sorted}[CAST(least(floor(${p} * len(${sorted})) + 1, len(${sorted})) AS BIGINT)]`;
    return `CASE WHEN ${p} < 0 OR ${p} > 1 THEN ${fail('Percentile must be between 0 and 1')} ELSE ${found} END`;
  };
  const wanted = coerce(percentage, wantedType).sql;
  const result = isMany ? `list_transform(${wanted}, lambda p: ${at('p')})` : at(wanted);
  return typed(`CASE WHEN len(${sorted}) > 0 THEN ${result} END`, isMany ? arrayOf(value.type) : value.type);
}

/** DuckDB's decimals have room for a little more than 38 digits. */
function within38Digits(sum: string, type: Type & { kind: 'decimal' }): string {
  const nines = '9'.repeat(38);
  const most = `CAST('${nines.slice(type.scale)}.${nines.slice(38 - type.scale)}' AS ${duckdbType(type)})`;
  return `CASE WHEN ${sum} > ${most} OR ${sum} < -${most} THEN ${fail('Decimal overflow')} ELSE CAST(${sum} AS ${duckdbType(type)}) END`;
}

function firstOfTwo(name: string): ValueCompile {
  return (args, compiler) => {
    expectCount(name, args, 2, 2);
    const type = compiler.common(args, name);
    return typed(`coalesce(${args.map((arg) => coerce(arg, type).sql).join(', ')})`, type);
  };
}

/** Functions whose result or SQL depends on more than a template can say. */
export const SPECIAL: Readonly<Record<string, Special>> = {
  ...scalars({
    coalesce: (args, compiler) => {
      expectCount('coalesce', args, 2, Infinity);
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
    typeof: (args) => {
      expectCount('typeof', args, 1, 1);
      return text(display(args[0].type));
    },
    concat: (args, compiler) => concat(args, compiler),
    concat_ws: (args) => {
      const [separator, ...rest] = args;
      if (args.length < 2 || !isTextual(separator) || !rest.every((arg) => isTextual(arg) || isTexts(arg))) {
        throw wrongArguments('concat_ws', args, [
          'concat_ws(varchar, varchar, …)',
          'concat_ws(varchar, array(varchar))',
        ]);
      }
      const lists = rest.map((arg) => (isTexts(arg) ? arg.sql : `[${coerce(arg, VARCHAR).sql}]`));
      const all = lists.length === 1 ? lists[0] : `flatten([${lists.join(', ')}])`;
      const parts = `list_filter(${all}, lambda e: e IS NOT NULL)`;
      const sep = coerce(separator, VARCHAR).sql;
      return typed(
        `CASE WHEN ${sep} IS NULL THEN NULL ELSE coalesce(array_to_string(${parts}, ${sep}), '') END`,
        VARCHAR,
      );
    },
    mod: (args) => {
      expectCount('mod', args, 2, 2);
      return arithmetic('%', args[0], args[1]);
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
    regexp_like: (args) => {
      const [of, pattern] = texts('regexp_like', args, 2, 2);
      return typed(`js_regexp_like(${of}, ${pattern})`, BOOLEAN);
    },
    regexp_replace: (args) => {
      const [of, pattern, replacement = "''"] = texts('regexp_replace', args, 2, 3);
      return typed(`js_regexp_replace(${of}, ${pattern}, ${replacement})`, VARCHAR);
    },
    regexp_extract: (args) => {
      const [of, pattern, group] = withGroup('regexp_extract', args);
      return typed(`js_regexp_extract(${of}, ${pattern}, ${group})`, VARCHAR);
    },
    regexp_extract_all: (args) => {
      const [of, pattern, group] = withGroup('regexp_extract_all', args);
      return typed(`js_regexp_extract_all(${of}, ${pattern}, ${group})`, arrayOf(VARCHAR));
    },
    repeat: (args) => {
      expectCount('repeat', args, 2, 2);
      const [of, count] = args;
      if (!fits(count.type, BIGINT)) {
        throw wrongArguments('repeat', args, ['repeat(varchar, bigint)']);
      }
      const times = coerce(count, BIGINT).sql;
      if (isTextual(of)) {
        const sql = coerce(of, VARCHAR).sql;
        return typed(`repeat(${sql}, ${times})`, VARCHAR);
      }
      const list = `list_transform(range(${times}), lambda e: ${of.sql})`;
      return typed(
        `CASE WHEN ${times} > 10000 THEN ${fail('count argument of repeat function must be less than or equal to 10000')} ` +
          `WHEN ${times} < 0 THEN ${fail('count argument of repeat function must be greater than or equal to 0')} ELSE ${list} END`,
        arrayOf(of.type),
      );
    },
    reverse: (args) => {
      expectCount('reverse', args, 1, 1);
      const [of] = args;
      if (of.type.kind === 'array') {
        return typed(`list_reverse(${of.sql})`, of.type);
      }
      if (of.type.kind === 'varbinary') {
        return typed(`js_reverse_bytes(${of.sql})`, of.type);
      }
      if (of.type.kind === 'unknown') {
        throw wrongArguments('reverse', args, ['reverse(varchar)', 'reverse(varbinary)', 'reverse(array(T))']);
      }
      const [sql] = texts('reverse', args, 1, 1);
      return typed(`js_reverse(${sql})`, VARCHAR);
    },
    format: (args) => {
      if (args.length === 2 && isNumeric(args[0].type) && fits(args[1].type, BIGINT)) {
        const number =
          args[0].type.kind === 'decimal' || isInteger(args[0].type) ? args[0].sql : coerce(args[0], DOUBLE).sql;
        return typed(`js_format_number(CAST(${number} AS VARCHAR), ${coerce(args[1], BIGINT).sql})`, VARCHAR);
      }
      if (args.length < 2 || !isTextual(args[0])) {
        throw wrongArguments('format', args, ['format(number, integer)', 'format(varchar, …)']);
      }
      const kinds = args.slice(1).map(({ type }) => type.kind);
      const values = args.slice(1).map((arg) => {
        if (arg.type.kind === 'double' || arg.type.kind === 'real') {
          return `CAST(CAST(${arg.sql} AS DOUBLE) AS VARCHAR)`;
        }
        return cast(arg, VARCHAR).sql;
      });
      return typed(
        `js_format(${coerce(args[0], VARCHAR).sql}, ${quoteText(kinds.join(','))}, CAST([${values.join(', ')}] AS VARCHAR[]))`,
        VARCHAR,
      );
    },

    // Times.
    ...bare({
      now,
      current_timestamp: now,
      current_date: (input) => typed(`CAST(${local(now(input)).sql} AS DATE)`, DATE),
      current_time: timeOfDay,
      localtime: timeOfDay,
      localtimestamp: (input) => local(now(input)),
      current_timezone: (input) => text(shownZone(input.timeZone)),
      current_user: userName,
      user: userName,
      session_user: userName,
      system_user: userName,
      database: schemaName,
      schema: schemaName,
    }),
    date: (args) => {
      expectCount('date', args, 1, 1);
      return cast(args[0], DATE);
    },
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
    date_diff: (args) => dateDiff(args),
    datediff: (args) => {
      expectCount('datediff', args, 2, 2);
      const [a, b] = args.map((arg) => cast(dateOf('datediff', arg), DATE).sql);
      return typed(`CAST(date_diff('day', ${b}, ${a}) AS BIGINT)`, BIGINT);
    },
    // MySQL's, which tools write for a server that speaks its protocol.
    timestampdiff: (args) => {
      expectCount('timestampdiff', args, 3, 3);
      return dateDiff([args[0], ...args.slice(1).map((arg) => momentOf('timestampdiff', arg))]);
    },
    timestampadd: (args) => {
      expectCount('timestampadd', args, 3, 3);
      const [unit, amount, of] = args;
      return dateAdd([unit, amount, momentOf('timestampadd', of)]);
    },
    str_to_date: (args) => {
      const [of, pattern] = texts('str_to_date', args, 2, 2);
      const parsed = typed(`js_date_parse(${of}, ${pattern})`, TIMESTAMP);
      const isDate = args[1].text !== undefined && !/%[fHhIiklprSsT]/.test(args[1].text);
      return isDate ? cast(parsed, DATE) : parsed;
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
    time_to_sec: (args) => {
      expectCount('time_to_sec', args, 1, 1);
      const of = local(args[0]);
      if (!['time', 'timestamp'].includes(of.type.kind)) {
        throw wrongArguments('time_to_sec', args, ['time_to_sec(time)', 'time_to_sec(timestamp)']);
      }
      return typed(`(epoch_us(CAST(${of.sql} AS TIME)) // 1000000)`, BIGINT);
    },
    isnull: (args) => {
      expectCount('isnull', args, 1, 1);
      return typed(`(${args[0].sql} IS NULL)`, BOOLEAN);
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
    date_format: (args) => {
      expectCount('date_format', args, 2, 2);
      return typed(
        `js_date_format(${timestampOf('date_format', args[0])}, ${texts('date_format', [args[1]], 1, 1)[0]})`,
        VARCHAR,
      );
    },
    format_datetime: (args, { input }) => {
      expectCount('format_datetime', args, 2, 2);
      const zone = args[0].type.kind === 'timestamptz' ? args[0].type.zone : input.timeZone;
      const sql = timestampOf('format_datetime', args[0]);
      return typed(
        `js_format_datetime(${sql}, ${texts('format_datetime', [args[1]], 1, 1)[0]}, ${quoteText(zone)})`,
        VARCHAR,
      );
    },
    parse_datetime: (args, { input }) => {
      const [of, pattern] = texts('parse_datetime', args, 2, 2);
      const type: Type = { kind: 'timestamptz', zone: input.timeZone };
      return typed(instantOf(`js_parse_datetime(${of}, ${pattern})`, input.timeZone), type);
    },
    from_unixtime: (args, { input }) => fromUnixtime(args, input.timeZone),
    to_unixtime: (args, { input }) => {
      expectCount('to_unixtime', args, 1, 1);
      const type: Type = { kind: 'timestamptz', zone: input.timeZone };
      if (!fits(args[0].type, type)) {
        throw wrongArguments('to_unixtime', args, ['to_unixtime(timestamp)']);
      }
      return typed(`(epoch_us(${coerce(args[0], type).sql}) / 1000000)`, DOUBLE);
    },
    unix_timestamp: (args, { input }) => {
      expectCount('unix_timestamp', args, 0, 2);
      const type: Type = { kind: 'timestamptz', zone: input.timeZone };
      if (args.length === 0) {
        return typed(`CAST(epoch_us(${now(input).sql}) // 1000000 AS BIGINT)`, BIGINT);
      }
      const [of] = args;
      let at = of;
      if (isTextual(of)) {
        const written = coerce(of, VARCHAR).sql;
        const format = args[1] === undefined ? 'NULL' : texts('unix_timestamp', [args[1]], 1, 1)[0];
        at = typed(`js_mysql_timestamp(${written}, CAST(${format} AS VARCHAR))`, TIMESTAMP);
      }
      if (!fits(at.type, type)) {
        throw wrongArguments('unix_timestamp', args, [
          'unix_timestamp()',
          'unix_timestamp(timestamp)',
          'unix_timestamp(varchar)',
        ]);
      }
      return typed(`(epoch_ms(${coerce(at, type).sql}) // 1000)`, BIGINT);
    },
    at_timezone: (args, { input }) => {
      expectCount('at_timezone', args, 2, 2);
      const [of, zone] = args;
      if (zone.text === undefined) {
        throw new SqlError('ER_NOT_SUPPORTED_YET', 'a time zone that is not a string literal is not supported');
      }
      const type: Type = { kind: 'timestamptz', zone: zoneOf(zone.text) };
      if (of.type.kind === 'timestamptz') {
        return typed(of.sql, type);
      }
      if (of.type.kind === 'timestamp') {
        return typed(coerce(of, { kind: 'timestamptz', zone: input.timeZone }).sql, type);
      }
      throw wrongArguments('at_timezone', args, ['at_timezone(timestamp with time zone, varchar)']);
    },
    // MySQL's, which knows no zones: the wall clock of one becomes that of another, NULL where one is unknown.
    convert_tz: (args, { input }) => {
      expectCount('convert_tz', args, 3, 3);
      const at = timestampOf('convert_tz', momentOf('convert_tz', args[0]));
      const [from, to] = texts('convert_tz', args.slice(1), 2, 2);
      return typed(`js_convert_tz(${at}, ${from}, ${to}, ${quoteText(input.timeZone)})`, TIMESTAMP);
    },
    with_timezone: (args) => {
      expectCount('with_timezone', args, 2, 2);
      const [of, zone] = args;
      if (zone.text === undefined || !fits(of.type, TIMESTAMP)) {
        throw wrongArguments('with_timezone', args, ['with_timezone(timestamp, varchar)']);
      }
      const type: Type = { kind: 'timestamptz', zone: zoneOf(zone.text) };
      return coerce(coerce(of, TIMESTAMP), type);
    },
    from_iso8601_timestamp: (args, { input }) => {
      const [of] = texts('from_iso8601_timestamp', args, 1, 1);
      const offset = /T.*?([+-]\d\d(?::?\d\d)?|Z)$/.exec(args[0].text ?? '')?.[1];
      const zone = offset === undefined ? input.timeZone : zoneOf(offset.replace('Z', '+00'));
      return typed(`CAST(js_iso8601_timestamp(${of}, ${quoteText(input.timeZone)}) AS TIMESTAMPTZ)`, {
        kind: 'timestamptz',
        zone,
      });
    },
    to_iso8601: (args) => {
      expectCount('to_iso8601', args, 1, 1);
      const [of] = args;
      if (of.type.kind === 'date') {
        return typed(`CAST(${of.sql} AS VARCHAR)`, VARCHAR);
      }
      const wall = local(of);
      if (!fits(wall.type, TIMESTAMP)) {
        throw wrongArguments('to_iso8601', args, ['to_iso8601(date)', 'to_iso8601(timestamp)']);
      }
      const written = `strftime(${coerce(wall, TIMESTAMP).sql}, '%Y-%m-%dT%H:%M:%S.%g')`;
      return typed(of.type.kind === 'timestamptz' ? `(${written} || ${offsetSql(of)})` : written, VARCHAR);
    },
    timezone_hour: (args, { input }) =>
      typed(`CAST(trunc(${offsetMinutes('timezone_hour', args, input.timeZone)} / 60) AS BIGINT)`, BIGINT),
    timezone_minute: (args, { input }) =>
      typed(`CAST(${offsetMinutes('timezone_minute', args, input.timeZone)} % 60 AS BIGINT)`, BIGINT),
    last_day_of_month: (args) => {
      expectCount('last_day_of_month', args, 1, 1);
      return typed(`last_day(${timestampOf('last_day_of_month', args[0])})`, DATE);
    },
    dayname: (args) => typed(`dayname(${timestampOf('dayname', args[0])})`, VARCHAR),
    monthname: (args) => typed(`monthname(${timestampOf('monthname', args[0])})`, VARCHAR),
    dayofweek: (args) => typed(`(date_part('dow', ${timestampOf('dayofweek', args[0])}) + 1)`, BIGINT),
    weekday: (args) => typed(`(date_part('isodow', ${timestampOf('weekday', args[0])}) - 1)`, BIGINT),
    ...fields(),

    // Arrays, maps and rows.
    array_join: (args) => {
      expectCount('array_join', args, 2, 3);
      const [of, delimiter, instead] = args;
      if (of.type.kind !== 'array' || !isTextual(delimiter) || (instead && !isTextual(instead))) {
        throw wrongArguments('array_join', args, ['array_join(array(T), varchar[, varchar])']);
      }
      const item = of.type.of.kind === 'unknown' ? 'CAST(e AS VARCHAR)' : toText('e', of.type.of);
      if (item === undefined) {
        throw wrongArguments('array_join', args, ['array_join(array(T), varchar[, varchar])']);
      }
      const items = instead
        ? `list_transform(${of.sql}, lambda e: coalesce(${item}, ${coerce(instead, VARCHAR).sql}))`
        : `list_transform(list_filter(${of.sql}, lambda e: e IS NOT NULL), lambda e: ${item})`;
      const joined = `array_to_string(${items}, ${coerce(delimiter, VARCHAR).sql})`;
      return typed(
        `CASE WHEN ${[of, delimiter, ...(instead ? [instead] : [])].map(({ sql }) => `${sql} IS NULL`).join(' OR ')} THEN NULL ` +
          `WHEN len(${of.sql}) = 0 THEN '' ELSE coalesce(${joined}, '') END`,
        VARCHAR,
      );
    },
    map: (args) => {
      if (args.length === 0) {
        return typed('MAP()', { kind: 'map', key: NULL.type, value: NULL.type });
      }
      expectCount('map', args, 2, 2);
      const [keys, values] = args;
      if (keys.type.kind !== 'array' || values.type.kind !== 'array') {
        throw wrongArguments('map', args, ['map(array(K), array(V))']);
      }
      return typed(
        `CASE WHEN ${keys.sql} IS NULL OR ${values.sql} IS NULL THEN NULL ` +
          `WHEN len(${keys.sql}) <> len(${values.sql}) THEN ${fail('Key and value arrays must be the same length')} ` +
          `ELSE map(${keys.sql}, ${values.sql}) END`,
        { kind: 'map', key: keys.type.of, value: values.type.of },
      );
    },
    map_concat: (args, compiler) => {
      if (args.length > 0 && args.every(({ isNull }) => isNull)) {
        return NULL;
      }
      const type = compiler.common(args, 'map_concat');
      if (type.kind !== 'map' || args.length < 2) {
        throw wrongArguments('map_concat', args, ['map_concat(map(K, V), …)']);
      }
      const isNull = args.map(({ sql }) => `${sql} IS NULL`).join(' OR ');
      return typed(
        `CASE WHEN ${isNull} THEN NULL ELSE map_concat(${args.map((arg) => coerce(arg, type).sql).join(', ')}) END`,
        type,
      );
    },
    map_from_entries: (args) => {
      const [of] = args;
      if (args.length === 1 && of.isNull) {
        return NULL;
      }
      if (args.length === 1 && of.type.kind === 'array' && of.type.of.kind === 'unknown') {
        return typed('MAP()', { kind: 'map', key: NULL.type, value: NULL.type });
      }
      if (
        args.length !== 1 ||
        of.type.kind !== 'array' ||
        of.type.of.kind !== 'row' ||
        of.type.of.fields.length !== 2
      ) {
        throw wrongArguments('map_from_entries', args, ['map_from_entries(array(row(K, V)))']);
      }
      const [key, value] = of.type.of.fields;
      return typed(`CASE WHEN ${of.sql} IS NULL THEN NULL ELSE map_from_entries(${of.sql}) END`, {
        kind: 'map',
        key: key.type,
        value: value.type,
      });
    },
    zip: (args) => {
      if (args.length < 2 || !args.every(({ type }) => type.kind === 'array')) {
        throw wrongArguments('zip', args, ['zip(array(T), array(U), …)']);
      }
      const members = args.map(({ sql }, at) => `f${at} := ${sql}[e]`);
      const list = `list_transform(range(1, ${longest(args)} + 1), lambda e: struct_pack(${members.join(', ')}))`;
      return typed(`CASE WHEN ${args.map(({ sql }) => `${sql} IS NULL`).join(' OR ')} THEN NULL ELSE ${list} END`, {
        kind: 'array',
        of: { kind: 'row', fields: args.map(({ type }) => ({ type: (type as Type & { kind: 'array' }).of })) },
      });
    },
    random: (args) => random(args),
    arrays_overlap: (args, compiler) => {
      const type = compiler.common(args, 'arrays_overlap');
      if (args.length !== 2 || type.kind !== 'array') {
        throw wrongArguments('arrays_overlap', args, ['arrays_overlap(array(T), array(T))']);
      }
      const [a, b] = args.map((arg) => coerce(arg, type).sql);
      const known = (sql: string): string => `list_filter(${sql}, lambda e: e IS NOT NULL)`;
      return typed(
        `CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NULL WHEN len(${a}) = 0 OR len(${b}) = 0 THEN false ` +
          `WHEN list_has_any(${known(a)}, ${known(b)}) THEN true ` +
          `WHEN len(${known(a)}) < len(${a}) OR len(${known(b)}) < len(${b}) THEN NULL ELSE false END`,
        BOOLEAN,
      );
    },
    combinations: (args) => {
      expectCount('combinations', args, 2, 2);
      const [of, size] = args;
      if (of.type.kind !== 'array' || !fits(size.type, BIGINT)) {
        throw wrongArguments('combinations', args, ['combinations(array(T), bigint)']);
      }
      const indexes = `CAST(js_combinations(len(${of.sql}), ${coerce(size, BIGINT).sql}) AS BIGINT[][])`;
      return typed(`list_transform(${indexes}, lambda e: list_transform(e, lambda i: ${of.sql}[i]))`, arrayOf(of.type));
    },
  }),

  // Functions with lambdas of more than one parameter.
  reduce: { compile: (args, compiler, context) => reduce(args, compiler, context) },
  zip_with: {
    compile: (args, compiler, { scope }) => {
      const [a, b] = [valueAt('zip_with', args, 0), valueAt('zip_with', args, 1)];
      if (args.length !== 3 || a.type.kind !== 'array' || b.type.kind !== 'array') {
        throw wrongArguments('zip_with', args, ['zip_with(array(T), array(U), (T, U) -> R)']);
      }
      const at = `"$z${scope.lambdaDepth}"`;
      const body = compiler.lambdaBody(
        args[2],
        [typed(`${a.sql}[${at}]`, a.type.of), typed(`${b.sql}[${at}]`, b.type.of)],
        scope,
        'zip_with',
      );
      return typed(
        `CASE WHEN ${a.sql} IS NULL OR ${b.sql} IS NULL THEN NULL ELSE list_transform(range(1, ${longest([a, b])} + 1), lambda ${at}: ${body.sql}) END`,
        arrayOf(body.type),
      );
    },
  },
  map_zip_with: {
    compile: (args, compiler, { scope }) => {
      const [a, b] = [valueAt('map_zip_with', args, 0), valueAt('map_zip_with', args, 1)];
      const common = commonType(
        a.type.kind === 'map' ? a.type.key : NULL.type,
        b.type.kind === 'map' ? b.type.key : NULL.type,
      );
      if (args.length !== 3 || a.type.kind !== 'map' || b.type.kind !== 'map' || !common) {
        throw wrongArguments('map_zip_with', args, ['map_zip_with(map(K, V), map(K, W), (K, V, W) -> R)']);
      }
      const key = `"$z${scope.lambdaDepth}"`;
      const body = compiler.lambdaBody(
        args[2],
        [
          typed(key, common),
          typed(`map_extract_value(${a.sql}, ${key})`, a.type.value),
          typed(`map_extract_value(${b.sql}, ${key})`, b.type.value),
        ],
        scope,
        'map_zip_with',
      );
      const keys = `list_concat(map_keys(${a.sql}), list_filter(map_keys(${b.sql}), lambda e: NOT map_contains(${a.sql}, e)))`;
      return typed(`map(${keys}, list_transform(${keys}, lambda ${key}: ${body.sql}))`, {
        kind: 'map',
        key: common,
        value: body.type,
      });
    },
  },
  reduce_agg: {
    isAggregate: true,
    compile: (args, compiler, context) => {
      if (args.length !== 4) {
        throw wrongArguments('reduce_agg', args, ['reduce_agg(T, S, (S, T) -> S, (S, S) -> S)']);
      }
      const of = valueAt('reduce_agg', args, 0);
      const list = fill('list_filter(list(@$1), lambda e: e IS NOT NULL)', [of], context.modifiers);
      const body: Argument = { lambda: { is: 'lambda', params: ['s'], body: { is: 'column', names: ['s'] } } };
      return reduce([typed(list, arrayOf(of.type)), args[1], args[2], body], compiler, context);
    },
  },
  array_sort: {
    compile: (args, compiler, { scope }) => {
      const of = valueAt('array_sort', args, 0);
      if (args.length === 1 && of.isNull) {
        return of;
      }
      if (args.length > 2 || of.type.kind !== 'array') {
        throw wrongArguments('array_sort', args, ['array_sort(array(T))', 'array_sort(array(T), (T, T) -> integer)']);
      }
      return args.length === 1
        ? typed(`list_sort(${of.sql}, 'ASC', 'NULLS LAST')`, of.type)
        : sortedBy(of, args[1], compiler, scope);
    },
  },

  // Aggregates.
  ...aggregates({
    count: (args, _, { modifiers, call }) => {
      if (call?.star || args.length === 0) {
        return typed(fill('count(*)$SUFFIX', [], modifiers), BIGINT);
      }
      expectCount('count', args, 1, 1);
      return typed(fill('count(@$1)', args, modifiers), BIGINT);
    },
    sum: (args, _, { modifiers }) => {
      expectCount('sum', args, 1, 1);
      const { type } = args[0];
      switch (type.kind) {
        case 'decimal': {
          const result = { ...type, precision: 38 };
          return typed(within38Digits(fill('sum(@$1)', args, modifiers), result), result);
        }
        case 'real':
          return typed(fill('CAST(sum(@$1) AS FLOAT)', args, modifiers), type);
        case 'double':
        case 'interval day':
        case 'interval year':
          return typed(fill(`CAST(sum(@$1) AS ${duckdbType(type)})`, args, modifiers), type);
        case 'tinyint':
        case 'smallint':
        case 'integer':
        case 'bigint':
        case 'unknown':
          return typed(fill('CAST(sum(@$1) AS BIGINT)', args, modifiers), BIGINT);
        default:
          throw wrongArguments('sum', args, ['sum(bigint)', 'sum(double)', 'sum(real)', 'sum(decimal(p,s))']);
      }
    },
    avg: (args, _, { modifiers }) => {
      expectCount('avg', args, 1, 1);
      const { type } = args[0];
      if (type.kind === 'decimal') {
        return typed(
          divided(fill('sum(@$1)', args, modifiers), fill('nullif(count(@$1), 0)', args, modifiers), type),
          type,
        );
      }
      if (type.kind === 'real') {
        return typed(fill('CAST(avg(@$1) AS FLOAT)', args, modifiers), type);
      }
      if (type.kind.startsWith('interval')) {
        return typed(fill(`CAST(round(avg(@$1)) AS ${duckdbType(type)})`, args, modifiers), type);
      }
      if (!isNumeric(type) && type.kind !== 'unknown') {
        throw wrongArguments('avg', args, ['avg(bigint)', 'avg(double)', 'avg(real)', 'avg(decimal(p,s))']);
      }
      return typed(fill('avg(@$1)', [coerce(args[0], DOUBLE)], modifiers), DOUBLE);
    },
    approx_distinct: (args, _, { modifiers }) => {
      expectCount('approx_distinct', args, 1, 2);
      const [of, error] = args;
      if (error && !fits(error.type, DOUBLE)) {
        throw wrongArguments('approx_distinct', args, ['approx_distinct(T)', 'approx_distinct(T, double)']);
      }
      return typed(fill('count(@$1)', [of], { ...modifiers, distinct: true, order: '' }), BIGINT);
    },
    array_agg: (args, _, { modifiers }) => {
      expectCount('array_agg', args, 1, 1);
      return typed(fill('list(@$1)', args, modifiers), arrayOf(args[0].type));
    },
    set_agg: (args, _, { modifiers }) => {
      expectCount('set_agg', args, 1, 1);
      const list = fill('list(@$1)', args, modifiers);
      return typed(`list_filter(${list}, lambda e, i: list_position(${list}, e) = i)`, arrayOf(args[0].type));
    },
    max_by: (args, _, { modifiers }) => extremeBy('max_by', 'DESC', args, modifiers),
    min_by: (args, _, { modifiers }) => extremeBy('min_by', 'ASC', args, modifiers),
    map_agg: (args, _, { modifiers }) => {
      expectCount('map_agg', args, 2, 2);
      const { entries } = entriesOf(args, modifiers);
      const first = `list_filter(${entries}, lambda e, i: list_position(list_transform(${entries}, lambda x: x.k), e.k) = i)`;
      return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map_from_entries(${first}) END`, {
        kind: 'map',
        key: args[0].type,
        value: args[1].type,
      });
    },
    multimap_agg: (args, _, { modifiers }) => {
      expectCount('multimap_agg', args, 2, 2);
      const { entries } = entriesOf(args, modifiers);
      const all = `list_transform(${entries}, lambda x: x.k)`;
      const keys = `list_filter(${all}, lambda e, i: list_position(${all}, e) = i)`;
      const values = `list_transform(${keys}, lambda e: list_transform(list_filter(${entries}, lambda x: x.k = e), lambda x: x.v))`;
      return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map(${keys}, ${values}) END`, {
        kind: 'map',
        key: args[0].type,
        value: arrayOf(args[1].type),
      });
    },
    map_union: (args, _, { modifiers }) => {
      expectCount('map_union', args, 1, 1);
      if (args[0].isNull) {
        return NULL;
      }
      if (args[0].type.kind !== 'map') {
        throw wrongArguments('map_union', args, ['map_union(map(K, V))']);
      }
      const entries = `flatten(${fill('list(@map_entries($1))', args, modifiers)})`;
      const first = `list_filter(${entries}, lambda e, i: list_position(list_transform(${entries}, lambda x: x.key), e.key) = i)`;
      return typed(`CASE WHEN ${entries} IS NULL THEN NULL ELSE map_from_entries(${first}) END`, args[0].type);
    },
    histogram: (args, _, { modifiers }) => {
      expectCount('histogram', args, 1, 1);
      const type: Type = { kind: 'map', key: args[0].type, value: BIGINT };
      return typed(`CAST(${fill('histogram(@$1)', args, modifiers)} AS ${duckdbType(type)})`, type);
    },
    approx_percentile: (args, _, { modifiers }) => approxPercentile(args, modifiers),
    listagg: (args, _, { modifiers }) => {
      expectCount('listagg', args, 1, 2);
      const [of, separator] = texts('listagg', args, 1, 2);
      const sql = fill(`string_agg(@$1, $2)`, [typed(of, VARCHAR), typed(separator ?? "''", VARCHAR)], modifiers);
      return typed(sql, VARCHAR);
    },
    group_concat: (args, _, { modifiers }) => {
      const [of] = texts('group_concat', args, 1, 1);
      return typed(fill(`string_agg(@$1, ',')`, [typed(of, VARCHAR)], modifiers), VARCHAR);
    },
    grouping: (args) => typed(`CAST(GROUPING(${args.map(({ sql }) => sql).join(', ')}) AS INTEGER)`, INTEGER),
  }),
};
