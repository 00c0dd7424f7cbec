import type { DuckDBValue } from '@duckdb/node-api';
import { doubleText, realText } from './number-text';
import { SqlError } from '../sql-error';
import type { Type } from './types';
import { zoneClock } from './zone-clock';

/**
 * A value as text of MySQL's protocol.
 *
 * Assumption: numbers, dates and times have MySQL's form, a `timestamp with time zone` is the wall clock of its zone, and
 * arrays, maps, rows and binary data (in hexadecimal digits) are written as Presto's own clients write them.
 *
 * @throws SqlError for a double that is no number, which MySQL's protocol does not have
 */
export function render(value: DuckDBValue, type: Type): string | null {
  if (value === null) {
    return null;
  }
  if ((type.kind === 'double' || type.kind === 'real') && !Number.isFinite(value)) {
    throw new SqlError(
      'ER_DATA_OUT_OF_RANGE',
      `the value ${doubleText(value as number)} of a column of the type ${type.kind} is out of range: cast it to varchar`,
    );
  }
  return written(value, type);
}

/** A value within another. */
function inner(item: DuckDBValue, of: Type): string {
  return item === null ? 'null' : of.kind === 'boolean' ? String(item) : written(item, of);
}

function written(value: NonNullable<DuckDBValue>, type: Type): string {
  switch (type.kind) {
    case 'boolean':
      return String(Number(value));
    case 'decimal':
      return String(value).replace(/^(-?)\./, '$10.');
    case 'double':
      return doubleText(value as number);
    case 'real':
      return realText(value as number);
    case 'date':
      return String(value).replace(/^(\d+)(.*) \(BC\)$/, (_, year, day) => yearText(1 - Number(year)) + day);
    case 'timestamp':
      return clock((value as { micros: bigint }).micros);
    case 'timestamptz':
      return zoned((value as { micros: bigint }).micros, type.zone);
    case 'time':
      return clock((value as { micros: bigint }).micros).slice(11);
    case 'interval day': {
      const n = BigInt(value as bigint);
      const [sign, rest] = n < 0n ? ['-', -n] : ['', n];
      return `${sign}${rest / 86_400_000n} ${clock((rest % 86_400_000n) * 1000n, true).slice(11)}`;
    }
    case 'interval year': {
      const n = Number(value);
      return `${n < 0 ? '-' : ''}${Math.floor(Math.abs(n) / 12)}-${Math.abs(n) % 12}`;
    }
    case 'varbinary':
      return hexadecimal((value as { bytes: Uint8Array }).bytes);
    case 'array':
      return `[${(value as { items: readonly DuckDBValue[] }).items.map((item) => inner(item, type.of)).join(', ')}]`;
    case 'map':
      return `{${(value as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] }).entries
        .map((entry) => `${inner(entry.key, type.key)}=${inner(entry.value, type.value)}`)
        .join(', ')}}`;
    case 'row':
      return `[${Object.values((value as { entries: Readonly<Record<string, DuckDBValue>> }).entries)
        .map((item, at) => inner(item, type.fields[at].type))
        .join(', ')}]`;
    default:
      return String(value);
  }
}

/** In groups of 8 bytes, of which 4 are in a line. */
function hexadecimal(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'));
  const joined = (items: readonly string[], size: number, separator: string): string[] =>
    Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
      items.slice(at * size, (at + 1) * size).join(separator),
    );
  return joined(joined(digits, 8, ' '), 4, '   ').join('\n');
}

/** A fraction of a second in three or six digits, where there is one. */
function clock(micros: bigint, isAlwaysPrecise = false): string {
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const rest = micros - millis * 1000n;
  const iso = new Date(Number(millis)).toISOString().replace('T', ' ').slice(0, -1);
  const text = iso.replace(/^[+-]\d+/, (year) => yearText(Number(year)));
  const [seconds, fraction] = text.split('.');
  if (rest !== 0n) {
    return `${text}${String(rest).padStart(3, '0')}`;
  }
  return fraction === '000' && !isAlwaysPrecise ? seconds : text;
}

function yearText(year: number): string {
  return (year < 0 ? '-' : '') + String(Math.abs(year)).padStart(4, '0');
}

function zoned(micros: bigint, zone: string): string {
  const offset = /^([+-])(\d\d):(\d\d)$/.exec(zone);
  if (offset) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
    return clock(micros + BigInt(minutes) * 60_000_000n);
  }
  const millis = micros / 1000n - (micros % 1000n < 0n ? 1n : 0n);
  const wall = zoneClock(Number(millis), zone);
  return clock(BigInt(wall) * 1000n + (micros - (millis - (((millis % 1000n) + 1000n) % 1000n)) * 1000n));
}
