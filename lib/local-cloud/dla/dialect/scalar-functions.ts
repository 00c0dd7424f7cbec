import * as crypto from 'node:crypto';
import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { TextError, castTimestamp, formatJoda, formatMysql, parseJoda, parseMysql } from './date-text';
import { atPath, readJson, readPath, writeJson } from './json-text';
import type { Json } from './json-text';
import { divideDecimals, doubleText, realText, roundDecimal } from './number-text';
import { expand, groupCount, regexOf } from './regex';
import { FAILURE } from './failure';
import { convertTz } from './convert-tz';
import { xxhash64 } from './xxhash64';

/** A value as a function here gets it: a timestamp is its microseconds, binary data a Buffer. */
type Item = string | number | bigint | boolean | Buffer | null | readonly (string | number | bigint | null)[];

/**
 * Types in one letter: `s` varchar, `i` bigint, `d` double, `f` float, `b` boolean, `x` blob, `t` timestamp; in upper
 * case a list of them.
 */
interface ScalarFunction {
  readonly params: string;
  readonly result: string;
  readonly takesNull: boolean;
  // The types that `params` names; a table of functions of different types has no other type in common.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly call: (...args: any[]) => Item | undefined;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
const fn = (signature: string, call: (...args: any[]) => Item | undefined, takesNull = false): ScalarFunction => {
  const [params, result] = signature.split(':');
  return { params, result, takesNull, call };
};

const fail = (text: string): never => {
  throw new TextError(text);
};

const MAX_BIGINT = 9223372036854775807n;
const points = (text: string): string[] => [...text];

function integer(value: bigint): bigint {
  return value > MAX_BIGINT || value < -MAX_BIGINT - 1n ? fail(`Value out of range: ${value}`) : value;
}

const BASE64 = { usual: /^[A-Za-z0-9+/]*={0,2}$/, url: /^[A-Za-z0-9_-]*={0,2}$/ };

function fromBase64(text: string, alphabet: keyof typeof BASE64): Buffer {
  return BASE64[alphabet].test(text) && text.replace(/=+$/, '').length % 4 !== 1
    ? Buffer.from(text, 'base64')
    : fail(`'${text}' is not base64`);
}

/** The functions that DuckDB does not have, or not with Presto's answers. Written `js_NAME` in its SQL. */
const FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  // Numbers.
  double_text: fn('d:s', doubleText),
  real_text: fn('f:s', realText),
  divide: fn(
    'ssi:s',
    (a: string, b: string, scale: bigint) => divideDecimals(a, b, Number(scale)) ?? fail('Division by zero'),
  ),
  round_decimal: fn('si:s', (text: string, digits: bigint) => roundDecimal(text, Number(digits))),
  truncate_decimal: fn('si:s', (text: string, digits: bigint) => roundDecimal(text, Number(digits), true)),
  round: fn('di:d', (value: number, digits: bigint) => roundDouble(value, Number(digits), false)),
  truncate: fn('di:d', (value: number, digits: bigint) => roundDouble(value, Number(digits), true)),
  ln: fn('d:d', Math.log),
  log2: fn('d:d', (value: number) => Math.log(value) / Math.log(2)),
  log10: fn('d:d', Math.log10),
  log: fn('dd:d', (base: number, value: number) => Math.log(value) / Math.log(base)),
  pow: fn('dd:d', (base: number, exponent: number) => base ** exponent),
  sqrt: fn('d:d', Math.sqrt),
  sign: fn('d:d', (value: number) => (Object.is(value, -0) ? 0 : Math.sign(value))),
  acos: fn('d:d', Math.acos),
  asin: fn('d:d', Math.asin),
  sin: fn('d:d', Math.sin),
  cos: fn('d:d', Math.cos),
  tan: fn('d:d', Math.tan),
  cot: fn('d:d', (value: number) => 1 / Math.tan(value)),
  normal_cdf: fn('ddd:d', (mean: number, deviation: number, value: number) =>
    deviation > 0 ? normalCdf((value - mean) / deviation) : fail('standardDeviation must be > 0'),
  ),
  width_bucket: fn('dddi:i', widthBucket),
  from_base: fn('si:i', (text: string, radix: bigint) => fromBase(text, Number(radix))),
  to_base: fn('ii:s', (value: bigint, radix: bigint) =>
    radix < 2n || radix > 36n ? fail('Radix must be between 2 and 36') : value.toString(Number(radix)),
  ),
  radix: fn('ii:s', (value: bigint, radix: bigint) => BigInt.asUintN(64, value).toString(Number(radix)).toUpperCase()),
  left_shift: fn('iii:i', (value: bigint, shift: bigint, bits: bigint) =>
    shift < 0n ? fail('Shift must be non-negative') : shift >= bits ? 0n : BigInt.asIntN(Number(bits), value << shift),
  ),
  right_shift: fn('iii:i', (value: bigint, shift: bigint, bits: bigint) =>
    shift < 0n
      ? fail('Shift must be non-negative')
      : shift >= bits
        ? 0n
        : BigInt.asIntN(Number(bits), BigInt.asUintN(Number(bits), value) >> shift),
  ),
  right_shift_arithmetic: fn('iii:i', (value: bigint, shift: bigint) =>
    shift < 0n ? fail('Shift must be non-negative') : value >> (shift > 63n ? 63n : shift),
  ),
  bit_count: fn('ii:i', bitCount),
  crc32: fn('x:i', (data: Buffer) => BigInt(crc32(data))),
  combinations: fn('ii:s', combinations),
  skewness: fn('D:d', (values: (number | null)[]) => {
    const { n, moments } = momentsOf(values);
    return n < 3 ? null : (Math.sqrt(n) * moments[3]) / moments[2] ** 1.5;
  }),
  kurtosis: fn('D:d', (values: (number | null)[]) => {
    const { n, moments } = momentsOf(values);
    return n < 4
      ? null
      : ((n - 1) * n * (n + 1) * moments[4]) / ((n - 2) * (n - 3) * moments[2] ** 2) -
          (3 * (n - 1) ** 2) / ((n - 2) * (n - 3));
  }),
  entropy: fn('D:d', (values: (number | null)[]) => {
    const counts = values.filter((value): value is number => value !== null && value > 0);
    const sum = counts.reduce((total, value) => total + value, 0);
    return sum === 0 ? 0 : counts.reduce((total, value) => total - (value / sum) * Math.log2(value / sum), 0);
  }),
  weighted_place: fn('Id:i', (weights: bigint[], percentile: number) => {
    const wanted = percentile * Number(weights.reduce((sum, weight) => sum + weight, 0n));
    let sum = 0;
    const at = weights.findIndex((weight) => {
      sum += Number(weight);
      return sum > wanted;
    });
    return BigInt(at < 0 ? weights.length : at + 1);
  }),
  format_number: fn('si:s', (text: string, digits: bigint) => formatNumber(text, Number(digits))),
  format: fn('ssS:s', (pattern: string, kinds: string, values: (string | null)[]) =>
    printf(pattern, kinds.split(','), values),
  ),

  // Casts from text.
  double: fn('s:d', (text: string) => {
    const written = text.trim();
    const value = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[dfDF]?$/i.test(written)
      ? Number(written.replace(/[dfDF]$/, ''))
      : ({ NaN: Number.NaN, Infinity, '+Infinity': Infinity, '-Infinity': -Infinity } as Record<string, number>)[
          written
        ];
    return value ?? fail(`Cannot cast '${text}' to DOUBLE`);
  }),
  boolean: fn('s:b', (text: string) => {
    const written = text.toLowerCase();
    return ['t', 'true', '1'].includes(written)
      ? true
      : ['f', 'false', '0'].includes(written)
        ? false
        : fail(`Cannot cast '${text}' to BOOLEAN`);
  }),
  date: fn('s:s', (text: string) => {
    const micros = /^\s*[+-]?\d{1,6}-\d{1,2}-\d{1,2}\s*$/.test(text) ? castTimestamp(text) : undefined;
    return micros === undefined ? fail(`Value cannot be cast to date: ${text}`) : isoText(micros).slice(0, 10);
  }),
  timestamp: fn('s:s', (text: string) => {
    const micros = castTimestamp(text);
    return micros === undefined ? fail(`Value cannot be cast to timestamp: ${text}`) : isoText(toMillis(micros));
  }),
  timestamptz: fn('ss:s', (text: string, zone: string) => {
    const match = /^(.*?\d)\s*(?:([+-]\d{2}:?\d{2})|\s(UTC|[A-Z]\w+\/[\w/]+))?\s*$/.exec(text);
    const micros = match && castTimestamp(match[1]);
    return micros === undefined || micros === null
      ? fail(`Value cannot be cast to timestamp with time zone: ${text}`)
      : isoText(micros) +
          (match![2] ?? (match![3] === undefined && /^[+-]/.test(zone) ? zone : ` ${match![3] ?? zone}`));
  }),
  time: fn('s:s', (text: string) => {
    const match = /^\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d{1,12})?)?\s*$/.exec(text);
    const [h, m, s] = match ? match.slice(1, 4).map((part) => Number(part ?? 0)) : [99, 0, 0];
    return h > 23 || m > 59 || s > 59
      ? fail(`Value cannot be cast to time: ${text}`)
      : `${[h, m, s].map((part) => String(part).padStart(2, '0')).join(':')}${(match![4] ?? '').slice(0, 7)}`;
  }),
  interval_day_text: fn('i:s', (value: bigint) => {
    const n = value < 0n ? -value : value;
    const part = (unit: bigint, modulus: bigint, width: number): string =>
      String((n / unit) % modulus).padStart(width, '0');
    return `${value < 0n ? '-' : ''}${n / 86_400_000n} ${part(3_600_000n, 24n, 2)}:${part(60_000n, 60n, 2)}:${part(1000n, 60n, 2)}.${part(1n, 1000n, 3)}`;
  }),
  interval_year_text: fn('i:s', (value: bigint) => {
    const n = value < 0n ? -value : value;
    return `${value < 0n ? '-' : ''}${n / 12n}-${n % 12n}`;
  }),

  // Dates and times.
  date_format: fn('ts:s', formatMysql),
  date_parse: fn('ss:t', parseMysql),
  format_datetime: fn('tss:s', formatJoda),
  parse_datetime: fn('ss:t', parseJoda),
  from_iso8601: fn('s:s', (text: string) => {
    const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?|-W(\d{1,2})(?:-(\d))?|-(\d{3}))?$/.exec(text);
    if (!match) {
      return fail(`Invalid format: "${text}"`);
    }
    const [, year, month, day, week, weekday, yearDay] = match;
    const at = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)));
    if (yearDay !== undefined) {
      at.setUTCMonth(0, Number(yearDay));
    } else if (week !== undefined) {
      at.setUTCMonth(0, 4);
      at.setUTCDate(at.getUTCDate() - ((at.getUTCDay() || 7) - 1) + (Number(week) - 1) * 7 + Number(weekday ?? 1) - 1);
    } else if (at.getUTCMonth() !== Number(month ?? 1) - 1) {
      return fail(`Cannot parse "${text}": a value is out of its range`);
    }
    return at.toISOString().slice(0, 10);
  }),
  iso8601_timestamp: fn('ss:s', (text: string, zone: string) => {
    const match =
      /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}(?::\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/.exec(text);
    const clock =
      match?.[2] === undefined ? '00:00' : match[2].length === 2 ? `${match[2]}:00` : match[2].replace(',', '.');
    const micros = match ? castTimestamp(`${match[1]} ${clock}`) : undefined;
    const offset = match?.[3] === 'Z' ? '+00' : match?.[3];
    return micros === undefined
      ? fail(`Invalid format: "${text}"`)
      : isoText(micros) + (offset ?? (/^[+-]/.test(zone) ? zone : ` ${zone}`));
  }),
  mysql_timestamp: fn(
    'ss:t',
    (text: string | null, format: string | null) => {
      if (text === null) {
        return null;
      }
      if (format !== null) {
        return format.includes('%') ? parseMysql(text, format) : parseJoda(text, format);
      }
      const plain = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2}))?$/.exec(text.trim());
      const written = plain
        ? `${plain[1]}-${plain[2]}-${plain[3]} ${plain[4] ?? '00'}:${plain[5] ?? '00'}:${plain[6] ?? '00'}`
        : text;
      return castTimestamp(written) ?? fail(`'${text}' is not a date`);
    },
    true,
  ),
  convert_tz: fn('tsss:t', convertTz),
  unix_millis: fn('d:i', (seconds: number) =>
    Math.abs(seconds) > 9e12 ? fail(`Millis overflow: ${seconds}`) : BigInt(Math.round(seconds * 1000) || 0),
  ),
  human_readable_seconds: fn('d:s', humanReadableSeconds),
  parse_duration: fn('s:i', (text: string) => {
    const units: Record<string, number> = {
      ns: 1e-6,
      us: 1e-3,
      ms: 1,
      s: 1000,
      m: 60_000,
      h: 3_600_000,
      d: 86_400_000,
    };
    const match = /^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$/.exec(text);
    return match && Object.hasOwn(units, match[2])
      ? BigInt(Math.round(Number(match[1]) * units[match[2]]))
      : fail(`duration is not a valid data duration string: ${text}`);
  }),

  // Texts.
  upper: fn('s:s', (text: string) =>
    points(text)
      .map((char) => (char.toUpperCase().length === char.length ? char.toUpperCase() : char))
      .join(''),
  ),
  chr: fn('i:s', (code: bigint) =>
    code < 0n || code > 0x10ffffn || (code >= 0xd800n && code <= 0xdfffn)
      ? fail(`Not a valid Unicode code point: ${code}`)
      : String.fromCodePoint(Number(code)),
  ),
  char: fn('s:s', (list: string) =>
    Buffer.from(
      (JSON.parse(list.replaceAll('NULL', 'null')) as (number | null)[]).flatMap((code) =>
        code === null ? [] : bytesOf(code),
      ),
    ).toString('utf8'),
  ),
  codepoint: fn('s:i', (text: string) =>
    points(text).length === 1 ? BigInt(text.codePointAt(0)!) : fail(`Input string must be a single character string`),
  ),
  first_byte: fn('s:i', (text: string) => BigInt(Buffer.from(text)[0])),
  ord: fn('s:i', (text: string) =>
    Buffer.from(points(text)[0] ?? '').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n),
  ),
  replace: fn('sss:s', (text: string, search: string, by: string) =>
    search === ''
      ? by +
        points(text)
          .map((char) => char + by)
          .join('')
      : text.replaceAll(search, () => by),
  ),
  reverse: fn('s:s', (text: string) => points(text).reverse().join('')),
  translate: fn('sss:s', (text: string, from: string, to: string) => {
    const [a, b] = [points(from), points(to)];
    return points(text)
      .map((char) => (a.includes(char) ? (b[a.indexOf(char)] ?? '') : char))
      .join('');
  }),
  split: fn('ssi:S', (text: string, delimiter: string, limit: bigint) => {
    if (limit < 1n) {
      return fail('Limit must be positive');
    }
    if (delimiter === '') {
      return fail('The delimiter may not be the empty string');
    }
    const parts = text.split(delimiter);
    const count = Number(limit);
    return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join(delimiter)];
  }),
  split_part: fn('si:s', (text: string, index: bigint) => points(text)[Number(index) - 1] ?? null),
  split_to_map: fn('sss:s', (text: string, entryDelimiter: string, keyDelimiter: string) => {
    if (entryDelimiter === '' || keyDelimiter === '') {
      return fail('a delimiter is empty');
    }
    if (entryDelimiter === keyDelimiter) {
      return fail('entryDelimiter and keyValueDelimiter must not be the same');
    }
    const entries = new Map<string, string>();
    for (const entry of text.split(entryDelimiter)) {
      if (entry === '') {
        continue;
      }
      const parts = entry.split(keyDelimiter);
      if (parts.length !== 2) {
        return fail('Key-value delimiter must appear exactly once in each entry');
      }
      if (entries.has(parts[0])) {
        return fail(`Duplicate keys (${parts[0]}) are not allowed`);
      }
      entries.set(parts[0], parts[1]);
    }
    return `{${[...entries].map((pair) => pair.map((part) => JSON.stringify(part)).join(':')).join(',')}}`;
  }),
  strpos: fn('ssi:i', (text: string, part: string, instance: bigint) => {
    if (instance === 0n) {
      return fail("'instance' must be a positive or negative number.");
    }
    let at = instance > 0n ? -1 : text.length + 1;
    for (let left = instance > 0n ? instance : -instance; left > 0n; left -= 1n) {
      at = instance > 0n ? text.indexOf(part, at + 1) : at === 0 ? -1 : text.lastIndexOf(part, at - 1);
      if (at < 0) {
        return 0n;
      }
    }
    return BigInt(points(text.slice(0, at)).length + 1);
  }),
  locate: fn('ssi:i', (part: string, text: string, from: bigint) => {
    const chars = points(text.toLowerCase());
    if (from < 1n || from > BigInt(chars.length) + 1n) {
      return 0n;
    }
    const before = chars.slice(0, Number(from) - 1).length;
    const rest = chars.slice(before).join('');
    const at = rest.indexOf(part.toLowerCase());
    return at < 0 ? 0n : BigInt(before + points(rest.slice(0, at)).length + 1);
  }),
  normalize: fn('ss:s', (text: string, form: string) =>
    ['NFC', 'NFD', 'NFKC', 'NFKD'].includes(form)
      ? text.normalize(form)
      : fail(`Normalization form must be one of [NFD, NFC, NFKD, NFKC]`),
  ),
  hamming: fn('ss:i', (a: string, b: string) => {
    const [x, y] = [points(a), points(b)];
    return BigInt(x.filter((char, at) => char !== y[at]).length);
  }),
  soundex: fn('s:s', soundex),
  luhn_check: fn('s:b', (text: string) => {
    if (text === '') {
      return false;
    }
    if (!/^\d+$/.test(text)) {
      return fail(`Invalid argument: ${text}`);
    }
    const sum = [...text].reverse().reduce((total, digit, at) => {
      const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
    return sum % 10 === 0;
  }),
  export_set: fn('isssi:s', (bits: bigint, on: string, off: string, separator: string, count: bigint) => {
    const n = count < 0n || count > 64n ? 64 : Number(count);
    return Array.from({ length: n }, (_, at) => ((BigInt.asUintN(64, bits) >> BigInt(at)) & 1n ? on : off)).join(
      separator,
    );
  }),
  insert: fn('siis:s', (text: string, from: bigint, length: bigint, by: string) => {
    const chars = points(text);
    if (from < 1n || from > BigInt(chars.length)) {
      return text;
    }
    const at = Number(from) - 1;
    const end = length < 0n || BigInt(at) + length > BigInt(chars.length) ? chars.length : at + Number(length);
    return chars.slice(0, at).join('') + by + chars.slice(end).join('');
  }),
  substring_index: fn('ssi:s', (text: string, delimiter: string, count: bigint) => {
    if (delimiter === '' || count === 0n) {
      return '';
    }
    const parts = text.split(delimiter);
    const n = Number(count);
    return (n > 0 ? parts.slice(0, n) : parts.slice(n)).join(delimiter);
  }),
  initcap: fn('s:s', (text: string) =>
    text.toLowerCase().replace(/[\p{L}\p{N}]+/gu, (word) => word[0].toUpperCase() + word.slice(1)),
  ),
  like_escape: fn('sss:b', likeEscape),

  // Regular expressions.
  regexp_like: fn('ss:b', (text: string, pattern: string) => regexOf(pattern).test(text)),
  regexp_extract: fn('ssi:s', (text: string, pattern: string, group: bigint) => {
    const regex = withGroup(pattern, group);
    return regex.exec(text)?.[Number(group)] ?? null;
  }),
  regexp_extract_all: fn('ssi:S', (text: string, pattern: string, group: bigint) => {
    const regex = withGroup(pattern, group);
    return [...text.matchAll(regex)].map((match) => match[Number(group)] ?? null);
  }),
  regexp_replace: fn('sss:s', (text: string, pattern: string, replacement: string) => {
    let out = '';
    let at = 0;
    for (const match of text.matchAll(regexOf(pattern))) {
      out += text.slice(at, match.index) + expand(replacement, match);
      at = match.index + match[0].length;
    }
    return out + text.slice(at);
  }),
  regexp_split: fn('ss:S', (text: string, pattern: string) => {
    const parts: string[] = [];
    let at = 0;
    for (const match of text.matchAll(regexOf(pattern))) {
      parts.push(text.slice(at, match.index));
      at = match.index + match[0].length;
    }
    return [...parts, text.slice(at)];
  }),
  regexp_position: fn('ssii:i', (text: string, pattern: string, from: bigint, occurrence: bigint) => {
    if (from < 1n || occurrence < 1n) {
      return fail('start position and occurrence cannot be smaller than 1');
    }
    const start = points(text)
      .slice(0, Number(from) - 1)
      .join('').length;
    const match = nth(text, pattern, start, Number(occurrence));
    return match ? BigInt(points(text.slice(0, match.index)).length + 1) : -1n;
  }),
  regexp_substr: fn('ssii:s', (text: string, pattern: string, from: bigint, occurrence: bigint) => {
    if (from < 1n || occurrence < 1n) {
      return fail('position and occurrence cannot be smaller than 1');
    }
    const start = points(text)
      .slice(0, Number(from) - 1)
      .join('').length;
    return nth(text, pattern, start, Number(occurrence))?.[0] ?? null;
  }),

  // Binary data.
  reverse_bytes: fn('x:x', (data: Buffer) => Buffer.from(data).reverse()),
  subbytes: fn('xii:x', (data: Buffer, from: bigint, length: bigint) => {
    const start = from > 0n ? Number(from) - 1 : from < 0n ? data.length + Number(from) : data.length;
    return start < 0 || length <= 0n ? Buffer.alloc(0) : data.subarray(start, start + Number(length));
  }),
  from_utf8: fn('xs:s', (data: Buffer, instead: string) => {
    if (points(instead).length > 1) {
      return fail('Replacement character string must empty or a single character');
    }
    const text = data.toString('utf8');
    return instead === '�' ? text : text.replaceAll('�', instead);
  }),
  from_hex: fn('s:x', (text: string) =>
    /^([0-9a-fA-F]{2})*$/.test(text)
      ? Buffer.from(text, 'hex')
      : fail(`expected hexadecimal digits in pairs, got ${text}`),
  ),
  from_base64: fn('s:x', (text: string) => fromBase64(text, 'usual')),
  from_base64url: fn('s:x', (text: string) => fromBase64(text, 'url')),
  to_base64url: fn('x:s', (data: Buffer) => data.toString('base64').replaceAll('+', '-').replaceAll('/', '_')),
  hash: fn('xs:x', (data: Buffer, name: string) => crypto.createHash(name).update(data).digest()),
  hmac: fn('xxs:x', (data: Buffer, key: Buffer, name: string) => crypto.createHmac(name, key).update(data).digest()),
  xxhash64: fn('x:x', xxhash64),
  double_bytes: fn('d:x', (value: number) => {
    const data = Buffer.alloc(8);
    data.writeDoubleBE(value);
    return data;
  }),
  float_bytes: fn('f:x', (value: number) => {
    const data = Buffer.alloc(4);
    data.writeFloatBE(value);
    return data;
  }),
  bytes_double: fn('x:d', (data: Buffer) =>
    data.length === 8 ? data.readDoubleBE() : fail('Input floating-point value must be exactly 8 bytes long'),
  ),
  bytes_float: fn('x:f', (data: Buffer) =>
    data.length === 4 ? data.readFloatBE() : fail('Input floating-point value must be exactly 4 bytes long'),
  ),
  big_endian: fn('ii:x', (value: bigint, size: bigint) => {
    const data = Buffer.alloc(8);
    data.writeBigInt64BE(value);
    return data.subarray(8 - Number(size));
  }),
  from_big_endian: fn('xi:i', (data: Buffer, size: bigint) =>
    BigInt(data.length) === size
      ? BigInt.asIntN(Number(size) * 8, BigInt(`0x${data.toString('hex')}`))
      : fail(`expected ${size}-byte input, but got instead: ${data.length}`),
  ),

  // URLs.
  url: fn('ss:s', urlPart),
  url_parameter: fn('ss:s', (text: string, name: string) => {
    const query = urlPart(text, 'raw query');
    for (const pair of query?.split('&') ?? []) {
      const [key, ...value] = pair.split('=');
      if (key === name) {
        return decoded(value.join('='));
      }
    }
    return null;
  }),
  url_encode: fn('s:s', (text: string) =>
    encodeURIComponent(text)
      .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll('%20', '+'),
  ),
  url_decode: fn('s:s', (text: string) => decoded(text) ?? fail(`'${text}' is not encoded as part of a URL`)),

  // JSON.
  json_parse: fn('s:s', (text: string) => canonical(readJson(text) ?? fail(`Cannot convert value to JSON: '${text}'`))),
  json_quote: fn('s:s', (text: string) => JSON.stringify(text)),
  json_extract: fn('ss:s', (text: string, path: string) => {
    const found = inJson(text, path);
    return found ? writeJson(found, { isSorted: false }) : null;
  }),
  json_extract_scalar: fn('ss:s', (text: string, path: string) => {
    const found = inJson(text, path);
    return found ? scalarText(found) : null;
  }),
  json_array_length: fn('s:i', (text: string) => {
    const json = readJson(text);
    return json?.is === 'array' ? BigInt(json.items.length) : null;
  }),
  json_array_get: fn('si:s', (text: string, index: bigint) => {
    const json = readJson(text);
    const found = json?.is === 'array' ? json.items.at(Number(index)) : undefined;
    return !found || found.is === 'null' ? null : found.is === 'string' ? found.value : canonical(found);
  }),
  json_array_contains: fn('sss:b', (text: string, kind: string, value: string) => {
    const json = readJson(text);
    if (json?.is !== 'array') {
      return null;
    }
    return json.items.some((item) =>
      item.is === 'number'
        ? kind === (/[.e]/i.test(item.text) ? 'double' : 'bigint') && Number(item.text) === Number(value)
        : item.is === kind && scalarText(item) === value,
    );
  }),
  json_size: fn('ss:i', (text: string, path: string) => {
    const found = inJson(text, path);
    return found
      ? BigInt(found.is === 'array' ? found.items.length : found.is === 'object' ? found.members.size : 0)
      : null;
  }),
  is_json_scalar: fn('s:b', (text: string) => {
    const json = readJson(text) ?? fail(`Invalid JSON value: ${text}`);
    return json.is !== 'array' && json.is !== 'object';
  }),
  json_text: fn('s:s', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'array' || json.is === 'object' ? fail(`Cannot cast '${text}' to varchar`) : scalarText(json);
  }),
  json_scalar: fn('ss:s', jsonScalar),
  json_items: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'null'
      ? null
      : json.is === 'array'
        ? json.items.map((item) => canonical(item))
        : fail(`Cannot cast to array: ${text}`);
  }),
  json_keys: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'null'
      ? null
      : json.is === 'object'
        ? [...json.members.keys()]
        : fail(`Cannot cast to map: ${text}`);
  }),
  json_values: fn('s:S', (text: string) => {
    const json = readJson(text)!;
    return json.is === 'object' ? [...json.members.values()].map((item) => canonical(item)) : null;
  }),
  json_is_null: fn('s:b', (text: string | null) => text === null || readJson(text)?.is === 'null', true),
  json_member: fn('sis:s', (text: string, at: bigint, name: string) => {
    const json = readJson(text)!;
    const found =
      json.is === 'array'
        ? json.items[Number(at) - 1]
        : json.is === 'object'
          ? [...json.members].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1]
          : fail(`Cannot cast to row: ${text}`);
    return !found || found.is === 'null' ? null : canonical(found);
  }),
  json_array: fn('S:s', (items: (string | null)[]) => `[${items.map((item) => item ?? 'null').join(',')}]`),
  json_object: fn('SS:s', (keys: string[], values: (string | null)[]) => {
    const members = keys
      .map((key, at) => [key, values[at] ?? 'null'] as const)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  }),
};

/** Presto's timestamps have milliseconds. */
function toMillis(micros: bigint): bigint {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  return micros - rest + (rest >= 500n ? 1000n : 0n);
}

function isoText(micros: bigint): string {
  const seconds = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const fraction = micros - seconds * 1_000_000n;
  const at = new Date(Number(seconds) * 1000).toISOString();
  return `${at.slice(0, 10)} ${at.slice(11, 19)}.${String(fraction).padStart(6, '0')}`;
}

function roundDouble(value: number, digits: number, isTruncated: boolean): number {
  if (!Number.isFinite(value)) {
    return value;
  }
  const factor = 10 ** digits;
  const scaled = value * factor;
  if (!Number.isFinite(scaled)) {
    return value;
  }
  const rounded = isTruncated ? Math.trunc(scaled) : Math.sign(scaled) * Math.round(Math.abs(scaled));
  return rounded / factor;
}

function normalCdf(x: number): number {
  // Abramowitz and Stegun are not exact enough here: the series converges quickly where it matters.
  if (Math.abs(x) > 38) {
    return x > 0 ? 1 : 0;
  }
  let sum = x;
  let term = x;
  for (let i = 1; i < 500 && Math.abs(term) > 1e-18 * Math.abs(sum); i += 1) {
    term *= (x * x) / (2 * i + 1);
    sum += term;
  }
  return 0.5 + (sum / Math.sqrt(2 * Math.PI)) * Math.exp((-x * x) / 2);
}

function widthBucket(value: number, low: number, high: number, count: bigint): bigint {
  if (count <= 0n) {
    return fail('bucketCount must be greater than 0');
  }
  if (![value, low, high].every((bound) => !Number.isNaN(bound)) || !Number.isFinite(low) || !Number.isFinite(high)) {
    return fail('an operand is not finite');
  }
  if (low === high) {
    return fail('bounds cannot equal each other');
  }
  const [from, to] = [Math.min(low, high), Math.max(low, high)];
  const bucket =
    value < from
      ? 0n
      : value >= to
        ? count + 1n
        : BigInt(Math.floor((Number(count) * (value - from)) / (to - from))) + 1n;
  return low > high ? count + 1n - bucket : bucket;
}

function fromBase(text: string, radix: number): bigint {
  if (radix < 2 || radix > 36) {
    return fail('Radix must be between 2 and 36');
  }
  const match = /^([+-]?)([0-9a-z]+)$/i.exec(text);
  const digits = match ? [...match[2].toLowerCase()].map((digit) => Number.parseInt(digit, 36)) : [];
  if (!match || digits.some((digit) => digit >= radix)) {
    return fail(`Not a valid base-${radix} number: ${text}`);
  }
  const value = digits.reduce((sum, digit) => sum * BigInt(radix) + BigInt(digit), 0n);
  return integer(match[1] === '-' ? -value : value);
}

function bitCount(value: bigint, bits: bigint): bigint {
  if (bits < 2n || bits > 64n) {
    return fail('Bits specified in bit_count must be between 2 and 64');
  }
  if (BigInt.asIntN(Number(bits), value) !== value) {
    return fail(
      `Number must be representable with the bits specified. ${value} cannot be represented with ${bits} bits`,
    );
  }
  return BigInt(BigInt.asUintN(Number(bits), value).toString(2).replaceAll('0', '').length);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) {
    c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  }
  return c;
});

function crc32(data: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    crc = CRC_TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function combinations(length: bigint, size: bigint): string {
  if (size < 0n || size > 5n) {
    return fail('combination size must not be negative and not exceed 5');
  }
  const found: number[][] = [];
  const extend = (chosen: number[], from: number): void => {
    if (chosen.length === Number(size)) {
      found.push(chosen);
      return found.length > 100_000 ? fail('combinations exceed max size of 100000') : undefined;
    }
    for (let at = from; at <= Number(length); at += 1) {
      extend([...chosen, at], at + 1);
    }
  };
  extend([], 1);
  return JSON.stringify(found);
}

function momentsOf(values: readonly (number | null)[]): { n: number; moments: number[] } {
  const known = values.filter((value): value is number => value !== null);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const moments = [0, 1, 2, 3, 4].map((power) => known.reduce((sum, value) => sum + (value - mean) ** power, 0));
  return { n: known.length, moments };
}

function formatNumber(text: string, digits: number): string {
  const plain = /e/i.test(text) ? Number(text).toFixed(20) : text;
  const [whole, fraction = ''] = roundDecimal(plain, Math.max(0, digits)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return digits > 0 ? `${grouped}.${fraction.slice(0, digits).padEnd(digits, '0')}` : grouped;
}

/** Java's `String.format`, as far as `%s %d %f %e %x %%` with flags, width and precision go. */
/** As the engine writes them, and as Java does. */
const NOT_FINITE: Readonly<Record<string, string>> = { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' };

function printf(pattern: string, kinds: readonly string[], values: readonly (string | null)[]): string {
  let next = 0;
  return pattern.replace(
    /%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (whole, index, flags: string, width, precision, kind: string) => {
      if (kind === '%') {
        return '%';
      }
      if (kind === 'n') {
        return '\n';
      }
      const at = index === undefined ? next++ : Number(index) - 1;
      if (at >= values.length) {
        return fail(`Format specifier '${whole}'`);
      }
      const value = values[at];
      let text: string;
      if (value === null) {
        text = 'null';
      } else {
        switch (kind) {
          case 's':
          case 'S':
            text = precision === undefined ? value : value.slice(0, Number(precision));
            text = kind === 'S' ? text.toUpperCase() : text;
            break;
          case 'b':
            text = kinds[at] === 'boolean' ? value : 'true';
            break;
          case 'd':
          case 'x':
          case 'X':
            if (!['tinyint', 'smallint', 'integer', 'bigint'].includes(kinds[at])) {
              return fail(`Invalid format string: ${pattern} (IllegalFormatConversion: ${kind} != ${kinds[at]})`);
            }
            if (kind === 'd') {
              text = grouped(value, flags);
              break;
            }
            text = BigInt.asUintN(kinds[at] === 'integer' ? 32 : 64, BigInt(value)).toString(16);
            text = kind === 'X' ? text.toUpperCase() : text;
            break;
          case 'f':
          case 'e':
            if (!['double', 'real', 'decimal'].includes(kinds[at])) {
              return fail(`Invalid format string: ${pattern} (IllegalFormatConversion: ${kind} != ${kinds[at]})`);
            }
            text =
              NOT_FINITE[value] ??
              (kind === 'f'
                ? grouped(fixed(value, Number(precision ?? 6)), flags)
                : Number(value)
                    .toExponential(Number(precision ?? 6))
                    .replace(/e([+-])(\d)$/, 'e$10$2'));
            break;
          default:
            return fail(`Invalid format string: ${pattern}`);
        }
      }
      const isZero = flags.includes('0') && kind !== 's' && kind !== 'S';
      const length = Number(width ?? 0);
      if (isZero && text.length < length) {
        const sign = /^[+-]/.exec(text)?.[0] ?? '';
        return sign + text.slice(sign.length).padStart(length - sign.length, '0');
      }
      return flags.includes('-') ? text.padEnd(length) : text.padStart(length);
    },
  );
}

function fixed(text: string, digits: number): string {
  const plain = /e/i.test(text) ? Number(text).toFixed(20) : text;
  const [whole, fraction = ''] = roundDecimal(plain, digits).split('.');
  return digits === 0 ? whole : `${whole}.${fraction.slice(0, digits).padEnd(digits, '0')}`;
}

function grouped(text: string, flags: string): string {
  const [whole, fraction] = text.split('.');
  const separated = flags.includes(',') ? whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',') : whole;
  const sign = flags.includes('+') && !separated.startsWith('-') ? '+' : '';
  return sign + separated + (fraction === undefined ? '' : `.${fraction}`);
}

function humanReadableSeconds(value: number): string {
  if (!Number.isFinite(value)) {
    return fail(`Invalid argument found: ${value}`);
  }
  const seconds = BigInt(Math.round(Math.abs(value)));
  let rest = seconds > MAX_BIGINT ? MAX_BIGINT : seconds;
  const parts: string[] = [];
  for (const [name, size] of [
    ['week', 604_800n],
    ['day', 86_400n],
    ['hour', 3600n],
    ['minute', 60n],
  ] as const) {
    const count = rest / size;
    rest -= count * size;
    if (count > 0n) {
      parts.push(`${count} ${name}${count === 1n ? '' : 's'}`);
    }
  }
  if (rest > 0n || parts.length === 0) {
    parts.push(`${rest} second${rest === 1n ? '' : 's'}`);
  }
  return parts.join(', ');
}

function bytesOf(code: number): number[] {
  const bytes: number[] = [];
  for (let rest = code >>> 0; rest > 0; rest = Math.floor(rest / 256)) {
    bytes.unshift(rest % 256);
  }
  return bytes;
}

function soundex(text: string): string {
  const codes: Record<string, string> = {};
  for (const [digit, letters] of Object.entries({ 1: 'BFPV', 2: 'CGJKQSXZ', 3: 'DT', 4: 'L', 5: 'MN', 6: 'R' })) {
    for (const letter of letters) {
      codes[letter] = digit;
    }
  }
  const letters = text.toUpperCase().replace(/[^A-Z]/g, '');
  if (letters === '') {
    return '';
  }
  let out = letters[0];
  let last = codes[letters[0]] ?? '';
  for (const letter of letters.slice(1)) {
    const code = codes[letter] ?? '';
    if (code !== '' && code !== last) {
      out += code;
    }
    if (letter !== 'H' && letter !== 'W') {
      last = code;
    }
  }
  return out.slice(0, 4).padEnd(4, '0');
}

function likeEscape(text: string, pattern: string, escape: string): boolean {
  if (points(escape).length > 1) {
    return fail('Escape string must be a single character');
  }
  // Matched greedily from `%` to `%`, so that no pattern takes exponential time.
  const chars = points(text);
  const wanted: (string | { any: true } | { one: true })[] = [];
  const symbols = points(pattern);
  for (let at = 0; at < symbols.length; at += 1) {
    const symbol = symbols[at];
    if (symbol === escape) {
      at += 1;
      if (![escape, '%', '_'].includes(symbols[at])) {
        return fail(`Escape character must be followed by '%', '_' or the escape character itself`);
      }
      wanted.push(symbols[at]);
    } else {
      wanted.push(symbol === '%' ? { any: true } : symbol === '_' ? { one: true } : symbol);
    }
  }
  let [t, p, star, mark] = [0, 0, -1, 0];
  while (t < chars.length) {
    const one = wanted[p];
    if (one !== undefined && (one === chars[t] || (typeof one === 'object' && 'one' in one))) {
      t += 1;
      p += 1;
    } else if (typeof one === 'object' && 'any' in one) {
      star = p;
      mark = t;
      p += 1;
    } else if (star >= 0) {
      p = star + 1;
      mark += 1;
      t = mark;
    } else {
      return false;
    }
  }
  return wanted.slice(p).every((one) => typeof one === 'object' && 'any' in one);
}

function withGroup(pattern: string, group: bigint): RegExp {
  const regex = regexOf(pattern);
  if (group < 0n) {
    return fail('Group cannot be negative');
  }
  if (group > 0n && group > BigInt(groupCount(regex))) {
    return fail(`Pattern has ${groupCount(regex)} groups. Cannot access group ${group}`);
  }
  return regex;
}

function nth(text: string, pattern: string, start: number, occurrence: number): RegExpExecArray | undefined {
  const regex = regexOf(pattern);
  regex.lastIndex = start;
  let left = occurrence;
  for (let match = regex.exec(text); match !== null; match = regex.exec(text)) {
    left -= 1;
    if (left === 0) {
      return match;
    }
    if (match[0] === '') {
      regex.lastIndex += 1;
    }
  }
  return undefined;
}

/** The parts of a URL as java.net.URI splits it. */
function urlPart(text: string, part: string): string | null {
  const match = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/is.exec(text);
  if (!match || /[\s"<>\\^`{|}]|%(?![\da-f]{2})/i.test(text) || decoded(text) === null) {
    return null;
  }
  const [, scheme, authority, path, query, fragment] = match;
  const host = /^(?:[^@]*@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority ?? '');
  switch (part) {
    case 'protocol':
      return scheme ?? '';
    case 'host':
      return host && /^([a-z0-9.-]*|\[[0-9a-f:.]*\])$/i.test(host[1]) ? host[1] : '';
    case 'port':
      return host?.[2] ?? null;
    case 'path':
      return authority === undefined && scheme !== undefined && !path.startsWith('/') ? '' : decodeURIComponent(path);
    case 'query':
      return decodeURIComponent(query ?? '');
    case 'raw query':
      return query ?? '';
    default:
      return decodeURIComponent(fragment ?? '');
  }
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

const paths = new Map<string, (string | number)[]>();

function inJson(text: string, path: string): Json | undefined {
  let steps = paths.get(path);
  if (!steps) {
    steps = readPath(path) ?? fail(`Invalid JSON path: '${path}'`);
    if (steps.some((step) => typeof step === 'number' && step < 0)) {
      return fail(`Invalid JSON path: '${path}'`);
    }
    if (paths.size > 200) {
      paths.clear();
    }
    paths.set(path, steps);
  }
  const json = readJson(text);
  return json && atPath(json, steps);
}

function canonical(json: Json): string {
  return writeJson(json);
}

function scalarText(json: Json): string | null {
  switch (json.is) {
    case 'string':
      return json.value;
    case 'number':
      return json.text;
    case 'boolean':
      return String(json.value);
    default:
      return null;
  }
}

function jsonScalar(text: string, kind: string): string | null {
  const json = readJson(text)!;
  const bad = (): never => fail(`Cannot cast '${text}' to ${kind}`);
  switch (json.is) {
    case 'null':
      return null;
    case 'boolean':
      return kind === 'boolean' ? String(json.value) : json.value ? '1' : '0';
    case 'number':
      if (kind === 'boolean') {
        return String(Number(json.text) !== 0);
      }
      if (['tinyint', 'smallint', 'integer', 'bigint'].includes(kind)) {
        return /^-?\d+$/.test(json.text) ? json.text : String(Math.round(Number(json.text)));
      }
      return json.text;
    case 'string':
      if (kind === 'boolean') {
        return /^(true|false|t|f|1|0)$/i.test(json.value) ? json.value : bad();
      }
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(json.value) ? json.value : bad();
    default:
      return bad();
  }
}

/** The names of the functions here that the SQL may call. */
export function usedFunctions(sql: string): string[] {
  const names = new Set([...sql.matchAll(/\bjs_(\w+)\(/g)].map(([, name]) => name));
  return [...names].filter((name) => Object.hasOwn(FUNCTIONS, name));
}

/** Makes one of the functions known to the database. */
export function registerFunction(
  connection: DuckDBConnection,
  name: string,
  duckdb: typeof import('@duckdb/node-api'),
): void {
  const types: Readonly<Record<string, DuckDBType>> = {
    s: duckdb.VARCHAR,
    i: duckdb.BIGINT,
    d: duckdb.DOUBLE,
    f: duckdb.FLOAT,
    b: duckdb.BOOLEAN,
    x: duckdb.BLOB,
    t: duckdb.TIMESTAMP,
  };
  const typeOf = (letter: string): DuckDBType => types[letter] ?? duckdb.LIST(types[letter.toLowerCase()]);
  const { params, result, takesNull, call } = FUNCTIONS[name];
  connection.registerScalarFunction(
    duckdb.DuckDBScalarFunction.create({
      name: `js_${name}`,
      returnType: typeOf(result),
      parameterTypes: [...params].map(typeOf),
      specialHandling: takesNull,
      mainFunction: (info, input, output) => {
        const vectors = [...params].map((_, at) => input.getColumnVector(at));
        try {
          for (let row = 0; row < input.rowCount; row += 1) {
            const args = vectors.map((vector, at) => fromDuckdb(vector.getItem(row), params[at]));
            const value = !takesNull && args.includes(null) ? null : (call(...args) ?? null);
            output.setItem(row, toDuckdb(value, result, duckdb));
          }
          output.flush();
        } catch (error) {
          info.setError(error instanceof TextError ? FAILURE + error.message : String(error));
        }
      },
    }),
  );
}

function fromDuckdb(value: DuckDBValue, letter: string): Item {
  if (value === null) {
    return null;
  }
  switch (letter) {
    case 't':
      return (value as { micros: bigint }).micros;
    case 'x':
      return Buffer.from((value as { bytes: Uint8Array }).bytes);
    case 'S':
    case 'D':
    case 'I':
      return (value as { items: readonly (string | number | null)[] }).items;
    default:
      return value as string | number | bigint | boolean;
  }
}

function toDuckdb(value: Item, letter: string, duckdb: typeof import('@duckdb/node-api')): DuckDBValue {
  if (value === null) {
    return null;
  }
  switch (letter) {
    case 't':
      return new duckdb.DuckDBTimestampValue(value as bigint);
    case 'x':
      return new duckdb.DuckDBBlobValue(value as Buffer);
    case 'S':
      return duckdb.listValue(value as string[]);
    default:
      return value as string | number | bigint | boolean;
  }
}
