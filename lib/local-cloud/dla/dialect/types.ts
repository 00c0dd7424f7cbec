import { SqlError } from '../sql-error';
import { quoteName } from '../tokens';
import type { TypeName } from './syntax';

/** A type of Presto. Intervals are kept as numbers: of milliseconds (`interval day`) and of months (`interval year`). */
export type Type =
  | { readonly kind: Plain }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'varchar'; readonly length?: number }
  | { readonly kind: 'char'; readonly length: number }
  /**
   * The zone is known when the query is compiled, or it is not supported. Where it is not the session's, that stands
   * beside it: in it are read the times without a zone that become one of the type.
   */
  | { readonly kind: 'timestamptz'; readonly zone: string; readonly sessionZone?: string }
  | { readonly kind: 'array'; readonly of: Type }
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type }
  | { readonly kind: 'row'; readonly fields: readonly Field[] };

export interface Field {
  readonly name?: string;
  readonly type: Type;
}

type Plain =
  | 'unknown'
  | 'boolean'
  | 'tinyint'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'double'
  | 'varbinary'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'json'
  | 'interval day'
  | 'interval year';

export const UNKNOWN: Type = { kind: 'unknown' };
export const BOOLEAN: Type = { kind: 'boolean' };
export const INTEGER: Type = { kind: 'integer' };
export const BIGINT: Type = { kind: 'bigint' };
export const DOUBLE: Type = { kind: 'double' };
export const VARCHAR: Type = { kind: 'varchar' };
export const DATE: Type = { kind: 'date' };
export const TIMESTAMP: Type = { kind: 'timestamp' };
export const VARBINARY: Type = { kind: 'varbinary' };

export const INTEGERS: readonly string[] = ['tinyint', 'smallint', 'integer', 'bigint'];
/** Each may become any that stands after it, without a word. */
const NUMBERS: readonly string[] = [...INTEGERS, 'decimal', 'real', 'double'];
const INTEGER_DIGITS: Readonly<Record<string, number>> = { tinyint: 3, smallint: 5, integer: 10, bigint: 19 };
const MAX_PRECISION = 38;

const PLAIN: Readonly<Record<string, Plain>> = {
  boolean: 'boolean',
  tinyint: 'tinyint',
  smallint: 'smallint',
  int: 'integer',
  integer: 'integer',
  bigint: 'bigint',
  real: 'real',
  float: 'real',
  double: 'double',
  varbinary: 'varbinary',
  binary: 'varbinary',
  date: 'date',
  time: 'time',
  timestamp: 'timestamp',
  datetime: 'timestamp',
  json: 'json',
  unknown: 'unknown',
  'interval day to second': 'interval day',
  'interval year to month': 'interval year',
};

const DUCKDB: Readonly<Record<Plain, string>> = {
  unknown: 'INTEGER',
  boolean: 'BOOLEAN',
  tinyint: 'TINYINT',
  smallint: 'SMALLINT',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  real: 'FLOAT',
  double: 'DOUBLE',
  varbinary: 'BLOB',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  json: 'VARCHAR',
  'interval day': 'BIGINT',
  'interval year': 'INTEGER',
};

export function isNumeric(type: Type): boolean {
  return NUMBERS.includes(type.kind);
}

export function isInteger(type: Type): boolean {
  return INTEGERS.includes(type.kind);
}

export function isText(type: Type): boolean {
  return type.kind === 'varchar' || type.kind === 'char';
}

export function decimal(precision: number, scale: number): Type {
  return { kind: 'decimal', precision: Math.max(1, Math.min(MAX_PRECISION, precision)), scale };
}

/** Whether values of the type can be sorted. */
export function isOrderable(type: Type): boolean {
  switch (type.kind) {
    case 'map':
    case 'json':
      return false;
    case 'array':
      return isOrderable(type.of);
    case 'row':
      return type.fields.every((field) => isOrderable(field.type));
    default:
      return true;
  }
}

export function arrayOf(of: Type): Type {
  return { kind: 'array', of };
}

/** The number as a decimal that holds all of its values. */
export function asDecimal(type: Type): { precision: number; scale: number } {
  return type.kind === 'decimal' ? type : { precision: INTEGER_DIGITS[type.kind], scale: 0 };
}

/** @throws SqlError for a type that Presto does not have or that is not supported here */
export function typeOf(written: TypeName, zone: string): Type {
  const { name, lengths, of } = written;
  const [first, second] = lengths;
  const bad = (): SqlError => new SqlError('ER_PARSE_ERROR', `unknown type: ${nameOf(written)}`);
  switch (name) {
    case 'decimal':
    case 'dec':
    case 'numeric': {
      const precision = first ?? MAX_PRECISION;
      if (precision < 1 || precision > MAX_PRECISION || (second ?? 0) > precision) {
        throw new SqlError(
          'ER_PARSE_ERROR',
          `a decimal has a precision of 1 to ${MAX_PRECISION} and a scale of at most that, got ${nameOf(written)}`,
        );
      }
      return { kind: 'decimal', precision, scale: second ?? 0 };
    }
    case 'varchar':
    case 'string':
      return first === undefined ? VARCHAR : { kind: 'varchar', length: first };
    case 'char':
      return { kind: 'char', length: first ?? 1 };
    case 'timestamp with time zone':
      return { kind: 'timestamptz', zone };
    case 'array':
      if (of.length !== 1) {
        throw bad();
      }
      return arrayOf(typeOf(of[0].type, zone));
    case 'map':
      if (of.length !== 2) {
        throw bad();
      }
      return { kind: 'map', key: typeOf(of[0].type, zone), value: typeOf(of[1].type, zone) };
    case 'row':
    case 'struct':
      return {
        kind: 'row',
        fields: of.map((field) => ({ name: field.name?.toLowerCase(), type: typeOf(field.type, zone) })),
      };
    default: {
      const kind = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
      if (kind === undefined || of.length > 0) {
        throw bad();
      }
      return { kind };
    }
  }
}

function nameOf({ name, lengths, of }: TypeName): string {
  const inner = [...lengths, ...of.map((field) => nameOf(field.type))];
  return inner.length === 0 ? name : `${name}(${inner.join(', ')})`;
}

/** As Presto spells it, which is what `typeof` answers. */
export function display(type: Type): string {
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`;
    case 'varchar':
      return type.length === undefined ? 'varchar' : `varchar(${type.length})`;
    case 'char':
      return `char(${type.length})`;
    case 'timestamptz':
      return 'timestamp with time zone';
    case 'array':
      return `array(${display(type.of)})`;
    case 'map':
      return `map(${display(type.key)}, ${display(type.value)})`;
    case 'row':
      return `row(${type.fields.map(({ name, type: of }) => (name === undefined ? '' : `${name} `) + display(of)).join(', ')})`;
    case 'interval day':
      return 'interval day to second';
    case 'interval year':
      return 'interval year to month';
    default:
      return type.kind;
  }
}

/** DuckDB's type for its values. */
export function duckdbType(type: Type): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'varchar':
    case 'char':
      return 'VARCHAR';
    case 'timestamptz':
      return 'TIMESTAMPTZ';
    case 'array':
      return `${duckdbType(type.of)}[]`;
    case 'map':
      return `MAP(${duckdbType(type.key)}, ${duckdbType(type.value)})`;
    case 'row':
      return `STRUCT(${type.fields.map((field, at) => `${quoteName(fieldName(type, at))} ${duckdbType(field.type)}`).join(', ')})`;
    default:
      return DUCKDB[type.kind];
  }
}

/** DuckDB's type for what is sent to a client: what MySQL has no type for is text. */
export function wireType(type: Type): string {
  switch (type.kind) {
    case 'timestamptz':
      return 'TIMESTAMP';
    case 'array':
    case 'map':
    case 'row':
    case 'json':
    case 'interval day':
    case 'interval year':
      return 'VARCHAR';
    default:
      return duckdbType(type);
  }
}

/** The name of a member in DuckDB's struct: rows of Presto need none, and may have the same one twice. */
export function fieldName(row: Type & { kind: 'row' }, at: number): string {
  const { name } = row.fields[at];
  const isUnique = name !== undefined && row.fields.filter((field) => field.name === name).length === 1;
  return isUnique ? name : `f${at}`;
}

export function sameType(a: Type, b: Type): boolean {
  return duckdbType(a) === duckdbType(b) && display(a) === display(b);
}

/** The type that both can become without a word, if there is one. */
export function commonType(a: Type, b: Type): Type | undefined {
  if (a.kind === 'unknown' || b.kind === 'unknown') {
    return a.kind === 'unknown' ? b : a;
  }
  if (isNumeric(a) && isNumeric(b)) {
    return commonNumber(a, b);
  }
  if (a.kind === 'varchar' && b.kind === 'varchar') {
    const unbounded = a.length === undefined || b.length === undefined;
    return unbounded ? VARCHAR : { kind: 'varchar', length: Math.max(a.length, b.length) };
  }
  if (isText(a) && isText(b)) {
    const length = Math.max((a as { length?: number }).length ?? 0, (b as { length?: number }).length ?? 0);
    return { kind: 'char', length };
  }
  if (a.kind === 'array' && b.kind === 'array') {
    const of = commonType(a.of, b.of);
    return of && arrayOf(of);
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonType(a.key, b.key);
    const value = commonType(a.value, b.value);
    return key && value && { kind: 'map', key, value };
  }
  if (a.kind === 'row' && b.kind === 'row' && a.fields.length === b.fields.length) {
    const fields: Field[] = [];
    for (const [at, field] of a.fields.entries()) {
      const type = commonType(field.type, b.fields[at].type);
      if (!type) {
        return undefined;
      }
      fields.push({ name: field.name === b.fields[at].name ? field.name : undefined, type });
    }
    return { kind: 'row', fields };
  }
  if (a.kind === 'timestamptz' && b.kind === 'timestamptz') {
    return a;
  }
  if (a.kind === b.kind) {
    return a;
  }
  const times = ['date', 'timestamp', 'timestamptz'];
  if (times.includes(a.kind) && times.includes(b.kind)) {
    return times.indexOf(a.kind) > times.indexOf(b.kind) ? a : b;
  }
  return undefined;
}

function commonNumber(a: Type, b: Type): Type {
  if (isInteger(a) && isInteger(b)) {
    return INTEGERS.indexOf(a.kind) > INTEGERS.indexOf(b.kind) ? a : b;
  }
  for (const kind of ['double', 'real'] as const) {
    if (a.kind === kind || b.kind === kind) {
      return { kind };
    }
  }
  const [x, y] = [asDecimal(a), asDecimal(b)];
  const scale = Math.max(x.scale, y.scale);
  return decimal(Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale);
}

/** Whether a value of the one type is taken where the other is expected. */
export function fits(from: Type, to: Type): boolean {
  if (from.kind === 'char' && to.kind === 'varchar') {
    return true;
  }
  const common = commonType(from, to);
  if (common === undefined) {
    return false;
  }
  if (to.kind === 'varchar' && to.length !== undefined) {
    return common.kind === 'varchar' && common.length === to.length;
  }
  return to.kind === 'decimal'
    ? sameType(common, to)
    : common.kind === to.kind && duckdbType(common) === duckdbType(to);
}

/** A zone as it is written, in the form that DuckDB knows. */
export function zoneOf(written: string): string {
  const offset = /^([+-])(\d{1,2})(?::?(\d\d))?$/.exec(written);
  if (offset) {
    return `${offset[1]}${offset[2].padStart(2, '0')}:${offset[3] ?? '00'}`;
  }
  try {
    new Intl.DateTimeFormat('en', { timeZone: written });
    return written;
  } catch {
    throw new SqlError('ER_WRONG_ARGUMENTS', `'${written}' is not a time zone`);
  }
}

/** A zone as Presto shows it: DuckDB knows a session's offset by a name with the other sign. */
export function shownZone(zone: string): string {
  const [, sign, hours] = /^Etc\/GMT([+-])(\d+)$/.exec(zone) ?? [];
  return sign === undefined ? zone : `${sign === '+' ? '-' : '+'}${hours.padStart(2, '0')}:00`;
}
