import { FAILURE } from './failure';
import { SqlError } from '../sql-error';
import { quoteName, quoteText } from '../tokens';
import {
  UNKNOWN,
  VARCHAR,
  arrayOf,
  display,
  duckdbType,
  fieldName,
  isInteger,
  isNumeric,
  isText,
  sameType,
  shownZone,
} from './types';
import type { Type } from './types';

/** An expression in DuckDB's SQL, which can stand anywhere without further brackets, and its type in Presto. */
export interface Value {
  readonly sql: string;
  readonly type: Type;
  /** Of a string that is written out. */
  readonly text?: string;
  /** The function's parameters follow from its call: only its arguments' types are missing. */
  readonly isNull?: boolean;
}

/** The statement itself may have 1 MiB, most of it in a list. */
const MAX_SQL_LENGTH = 2_000_000;

export const NULL: Value = { sql: 'NULL', type: UNKNOWN, isNull: true };

/**
 * An expression of any type that ends the query with the text. DuckDB's `error()` cannot stand within TRY, and a CASE
 * that fails would already do so when the query is planned.
 */
export function fail(text: string): string {
  return failWith(quoteText(text));
}

export function failWith(textSql: string): string {
  return `[NULL][CAST(${quoteText(FAILURE)} || ${textSql} AS BIGINT)]`;
}

export function text(value: string): Value {
  return { sql: quoteText(value), type: { kind: 'varchar', length: [...value].length }, text: value };
}

/** @throws SqlError when arguments that are needed more than once have made the text too long */
export function typed(sql: string, type: Type): Value {
  if (sql.length > MAX_SQL_LENGTH) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      'the query is too complex: its expressions are nested too deeply, or its lists are too long',
    );
  }
  return { sql, type };
}

/** A member of a row. */
export function member(row: Value, at: number): Value {
  const type = row.type as Type & { kind: 'row' };
  return typed(`struct_extract(${row.sql}, ${quoteText(fieldName(type, at))})`, type.fields[at].type);
}

/** The value in the type, which it `fits`. */
export function coerce(value: Value, to: Type): Value {
  if (value.isNull) {
    return { sql: `CAST(NULL AS ${duckdbType(to)})`, type: to, isNull: true };
  }
  if (sameType(value.type, to)) {
    return value;
  }
  return { ...value, sql: convert(value.sql, value.type, to), type: to };
}

function convert(sql: string, from: Type, to: Type): string {
  if (isText(from) && isText(to)) {
    return to.kind === 'char' ? `rpad(${sql}, ${to.length}, ' ')` : sql;
  }
  if (from.kind === 'array' && to.kind === 'array') {
    if (duckdbType(from) === duckdbType(to)) {
      return sql;
    }
    return isCastAlike(from, to)
      ? `CAST(${sql} AS ${duckdbType(to)})`
      : `list_transform(${sql}, lambda e: ${convert('e', from.of, to.of)})`;
  }
  if (from.kind === 'map' && to.kind === 'map' && !isCastAlike(from, to)) {
    const [keys, values] = [
      convert(`map_keys(${sql})`, arrayOf(from.key), arrayOf(to.key)),
      convert(`map_values(${sql})`, arrayOf(from.value), arrayOf(to.value)),
    ];
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE map(${keys}, ${values}) END`;
  }
  if (from.kind === 'row' && to.kind === 'row') {
    if (duckdbType(from) === duckdbType(to)) {
      return sql;
    }
    const members = to.fields.map(({ type }, at) => {
      const member = `struct_extract(${sql}, ${quoteText(fieldName(from, at))})`;
      return `${quoteName(fieldName(to, at))} := ${convert(member, from.fields[at].type, type)}`;
    });
    return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
  }
  if (from.kind === 'date' && to.kind === 'timestamptz') {
    return instantOf(`CAST(${sql} AS TIMESTAMP)`, to.sessionZone ?? to.zone);
  }
  if (from.kind === 'timestamp' && to.kind === 'timestamptz') {
    return instantOf(sql, to.sessionZone ?? to.zone);
  }
  return duckdbType(from) === duckdbType(to) ? sql : `CAST(${sql} AS ${duckdbType(to)})`;
}

/** Whether DuckDB's CAST does it: that finds members of rows by name, and takes a zone of its own for times without one. */
function isCastAlike(from: Type, to: Type): boolean {
  if (from.kind === 'array' && to.kind === 'array') {
    return isCastAlike(from.of, to.of);
  }
  if (from.kind === 'map' && to.kind === 'map') {
    return isCastAlike(from.key, to.key) && isCastAlike(from.value, to.value);
  }
  return from.kind === 'unknown' || (to.kind !== 'row' && (to.kind !== 'timestamptz' || from.kind === to.kind));
}

/** Minutes to the east of Greenwich, of a zone that is written as an offset: DuckDB knows few of them. */
function offsetOf(zone: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d):(\d\d)$/.exec(zone) ?? [];
  return sign === undefined ? undefined : (Number(hours) * 60 + Number(minutes)) * (sign === '-' ? -1 : 1);
}

/** The instant at which a zone's clocks show a timestamp, the first of two where they are put back by an hour. */
export function instantOf(sql: string, zone: string): string {
  const offset = offsetOf(zone);
  if (offset !== undefined) {
    return `timezone('UTC', (${sql} - to_minutes(${offset})))`;
  }
  const instant = `timezone(${quoteText(zone)}, ${sql})`;
  const earlier = `(${instant} - to_hours(1))`;
  return zone === 'UTC' ? instant : `CASE WHEN ${clockOf(earlier, zone)} = ${sql} THEN ${earlier} ELSE ${instant} END`;
}

/** What a zone's clocks show at an instant. */
function clockOf(sql: string, zone: string): string {
  const offset = offsetOf(zone);
  return offset === undefined
    ? `timezone(${quoteText(zone)}, ${sql})`
    : `timezone('UTC', (${sql} + to_minutes(${offset})))`;
}

/** The wall clock of a `timestamp with time zone` in its zone. */
export function local(value: Value): Value {
  return value.type.kind === 'timestamptz' ? typed(clockOf(value.sql, value.type.zone), { kind: 'timestamp' }) : value;
}

/**
 * The value in the type that a CAST asks for.
 *
 * @throws SqlError for what Presto does not cast
 */
export function cast(value: Value, to: Type): Value {
  if (value.isNull) {
    return coerce(value, to);
  }
  const sql = castSql(value.sql, value.type, to);
  if (sql === undefined) {
    throw new SqlError('ER_WRONG_ARGUMENTS', `Cannot cast ${display(value.type)} to ${display(to)}`);
  }
  return { sql, type: to };
}

function castSql(sql: string, from: Type, to: Type): string | undefined {
  const plain = `CAST(${sql} AS ${duckdbType(to)})`;
  if (from.kind === 'unknown') {
    return plain;
  }
  if (to.kind === 'json') {
    return toJson(sql, from);
  }
  if (isText(to)) {
    const isCharFromOther = to.kind === 'char' && !isText(from);
    const written = isCharFromOther ? undefined : toText(sql, from);
    return written === undefined ? undefined : limited(written, from, to);
  }
  switch (from.kind) {
    case 'boolean':
      return to.kind === 'boolean' ? sql : isNumeric(to) ? plain : undefined;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'decimal':
      return isNumeric(to) ? plain : to.kind === 'boolean' ? `(${sql} <> 0)` : undefined;
    case 'real':
    case 'double':
      if (isInteger(to)) {
        return `CAST(round(${sql}) AS ${duckdbType(to)})`;
      }
      if (to.kind === 'decimal') {
        // From its digits: DuckDB rounds what it has multiplied.
        return `CAST(${toText(sql, from)} AS ${duckdbType(to)})`;
      }
      if (to.kind === 'real') {
        return from.kind === 'double' ? toReal(sql) : plain;
      }
      return isNumeric(to) ? plain : to.kind === 'boolean' ? `(${sql} <> 0)` : undefined;
    case 'varchar':
    case 'char':
      return fromText(sql, to);
    case 'date':
      if (to.kind === 'date' || to.kind === 'timestamp') {
        return plain;
      }
      return to.kind === 'timestamptz' ? convert(sql, from, to) : undefined;
    case 'timestamp':
      if (['timestamp', 'date', 'time'].includes(to.kind)) {
        return plain;
      }
      return to.kind === 'timestamptz' ? convert(sql, from, to) : undefined;
    case 'timestamptz': {
      const wall = local({ sql, type: from });
      return to.kind === 'timestamptz' ? sql : castSql(wall.sql, wall.type, to);
    }
    case 'time':
      return to.kind === 'time' ? sql : undefined;
    case 'json':
      return fromJson(sql, to);
    case 'array':
      if (to.kind !== 'array') {
        return undefined;
      }
      return each(sql, from.of, to.of, (inner) => `list_transform(${sql}, lambda e: ${inner})`);
    case 'map': {
      if (to.kind !== 'map') {
        return undefined;
      }
      const keys = each(
        `map_keys(${sql})`,
        from.key,
        to.key,
        (inner) => `list_transform(map_keys(${sql}), lambda e: ${inner})`,
      );
      const values = each(
        `map_values(${sql})`,
        from.value,
        to.value,
        (inner) => `list_transform(map_values(${sql}), lambda e: ${inner})`,
      );
      return keys && values && `CASE WHEN ${sql} IS NULL THEN NULL ELSE map(${keys}, ${values}) END`;
    }
    case 'row': {
      if (to.kind !== 'row' || to.fields.length !== from.fields.length) {
        return undefined;
      }
      const members: string[] = [];
      for (const [at, field] of to.fields.entries()) {
        const member = castSql(
          `struct_extract(${sql}, ${quoteText(fieldName(from, at))})`,
          from.fields[at].type,
          field.type,
        );
        if (member === undefined) {
          return undefined;
        }
        members.push(`${quoteName(fieldName(to, at))} := ${member}`);
      }
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
    }
    default:
      return from.kind === to.kind ? sql : undefined;
  }
}

/** What is too large for it becomes infinite, as in Java. */
function toReal(doubleSql: string): string {
  return `coalesce(TRY_CAST(${doubleSql} AS FLOAT), CAST(sign(${doubleSql}) * CAST('inf' AS DOUBLE) AS FLOAT))`;
}

function each(sql: string, from: Type, to: Type, wrap: (inner: string) => string): string | undefined {
  if (sameType(from, to)) {
    return sql;
  }
  const inner = castSql('e', from, to);
  return inner === undefined ? undefined : wrap(inner);
}

/** The value's text as Presto casts it, if it does. */
export function toText(sql: string, from: Type): string | undefined {
  switch (from.kind) {
    case 'varchar':
    case 'char':
      return sql;
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return `CAST(${sql} AS VARCHAR)`;
    case 'date':
      return dated(sql, 'DATE', `CAST(${sql} AS VARCHAR)`, '%Y-%m-%d');
    case 'decimal':
      // DuckDB leaves out a zero that has no place in the type.
      return from.precision === from.scale
        ? `regexp_replace(CAST(${sql} AS VARCHAR), '^(-?)\\.', '\\10.')`
        : `CAST(${sql} AS VARCHAR)`;
    case 'real':
      return `js_real_text(${sql})`;
    case 'double':
      return `js_double_text(${sql})`;
    case 'timestamp':
      return dated(sql, 'TIMESTAMP', `strftime(${sql}, '%Y-%m-%d %H:%M:%S.%g')`, '%Y-%m-%d %H:%M:%S.%g');
    case 'timestamptz':
      return `(${toText(local({ sql, type: from }).sql, { kind: 'timestamp' })} || ${quoteText(` ${shownZone(from.zone)}`)})`;
    case 'time':
      return `strftime(CAST('2000-01-01' AS DATE) + ${sql}, '%H:%M:%S.%g')`;
    case 'json':
      return `js_json_text(${sql})`;
    case 'interval day':
      return `js_interval_day_text(${sql})`;
    case 'interval year':
      return `js_interval_year_text(${sql})`;
    default:
      return undefined;
  }
}

/** DuckDB writes years before 1 with fewer digits, or as those before Christ. */
function dated(sql: string, type: string, text: string, format: string): string {
  return `CASE WHEN ${sql} < ${type} '0001-01-01' THEN js_ancient(strftime(${sql}, '${format}')) ELSE ${text} END`;
}

/** Text is cut to a length, and a number that does not fit is an error. */
function limited(sql: string, from: Type, to: Type): string {
  if (to.kind === 'char') {
    return `rpad(substring(${sql}, 1, ${to.length}), ${to.length}, ' ')`;
  }
  const length = to.kind === 'varchar' ? to.length : undefined;
  if (length === undefined) {
    return sql;
  }
  if (isText(from)) {
    return `substring(${sql}, 1, ${length})`;
  }
  const message = `'Value ' || ${sql} || ' cannot be represented as varchar(${length})'`;
  return `CASE WHEN length(${sql}) > ${length} THEN ${failWith(message)} ELSE ${sql} END`;
}

function fromText(sql: string, to: Type): string | undefined {
  const plain = `CAST(${sql} AS ${duckdbType(to)})`;
  const checked = (pattern: string, shown: string): string =>
    `CASE WHEN NOT regexp_full_match(${sql}, ${quoteText(pattern)}) THEN ${failWith(`'Cannot cast ''' || ${sql} || ''' to ${shown}'`)} ELSE ${plain} END`;
  switch (to.kind) {
    case 'boolean':
      return `js_boolean(${sql})`;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return checked('[+-]?[0-9]+', to.kind === 'integer' ? 'INT' : to.kind.toUpperCase());
    case 'decimal':
      return checked('\\s*[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?\\s*', display(to).toUpperCase());
    case 'real':
      return toReal(`js_double(${sql})`);
    case 'double':
      return `js_double(${sql})`;
    case 'date':
      return `CAST(js_date(${sql}) AS DATE)`;
    case 'timestamp':
      return `CAST(js_timestamp(${sql}) AS TIMESTAMP)`;
    case 'timestamptz':
      return `CAST(js_timestamptz(${sql}, ${quoteText(to.zone)}) AS TIMESTAMPTZ)`;
    case 'time':
      return `CAST(js_time(${sql}) AS TIME)`;
    case 'varbinary':
      return `encode(${sql})`;
    default:
      return undefined;
  }
}

function fromJson(sql: string, to: Type): string | undefined {
  switch (to.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'real':
    case 'double':
    case 'decimal':
      return `CAST(js_json_scalar(${sql}, '${to.kind}') AS ${duckdbType(to)})`;
    case 'array':
    case 'map':
    case 'row':
      return fromJsonNested(sql, to);
    case 'json':
      return sql;
    default:
      return undefined;
  }
}

function fromJsonNested(sql: string, to: Type): string | undefined {
  switch (to.kind) {
    case 'array': {
      const inner = castSql('e', { kind: 'json' }, to.of);
      return inner && `list_transform(js_json_items(${sql}), lambda e: ${inner})`;
    }
    case 'map': {
      const key = castSql('e', VARCHAR, to.key);
      const value = castSql('e', { kind: 'json' }, to.value);
      return (
        key &&
        value &&
        `CASE WHEN js_json_keys(${sql}) IS NULL THEN NULL ELSE map(list_transform(js_json_keys(${sql}), lambda e: ${key}), list_transform(js_json_values(${sql}), lambda e: ${value})) END`
      );
    }
    case 'row': {
      const members: string[] = [];
      for (const [at, field] of to.fields.entries()) {
        const member = castSql(
          `js_json_member(${sql}, ${at + 1}, ${quoteText(field.name ?? '')})`,
          { kind: 'json' },
          field.type,
        );
        if (member === undefined) {
          return undefined;
        }
        members.push(`${quoteName(fieldName(to, at))} := ${member}`);
      }
      return `CASE WHEN js_json_is_null(${sql}) THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
    }
    default:
      return undefined;
  }
}

/** The JSON text of a value, if Presto casts it. */
function toJson(sql: string, from: Type): string | undefined {
  switch (from.kind) {
    case 'json':
      return sql;
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return `CAST(${sql} AS VARCHAR)`;
    case 'decimal':
    case 'real':
    case 'double':
      return toText(sql, from);
    case 'varchar':
    case 'char':
      return `js_json_quote(${sql})`;
    case 'date':
    case 'timestamp':
    case 'timestamptz':
      return `js_json_quote(${toText(sql, from)})`;
    case 'array': {
      const inner = toJson('e', from.of);
      return inner && `js_json_array(list_transform(${sql}, lambda e: ${inner}))`;
    }
    case 'map': {
      const key = from.key.kind === 'json' ? undefined : toText('e', from.key);
      const value = toJson('e', from.value);
      return (
        key &&
        value &&
        `js_json_object(list_transform(map_keys(${sql}), lambda e: ${key}), list_transform(map_values(${sql}), lambda e: ${value}))`
      );
    }
    case 'row': {
      const items: string[] = [];
      for (const [at, field] of from.fields.entries()) {
        const item = toJson(`struct_extract(${sql}, ${quoteText(fieldName(from, at))})`, field.type);
        if (item === undefined) {
          return undefined;
        }
        items.push(item);
      }
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE js_json_array([${items.join(', ')}]) END`;
    }
    default:
      return undefined;
  }
}
