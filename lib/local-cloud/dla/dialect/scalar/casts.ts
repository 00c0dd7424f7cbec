import { castTimestamp } from '../date-text';
import { fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';
import { isoText } from './times';

/** Casts from text, and of intervals to text. */
export const CASTS: Functions = {
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
    return micros === undefined ? fail(`Value cannot be cast to date: ${text}`) : isoText(micros).slice(0, -16);
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
};

/** Presto's timestamps have milliseconds. */
function toMillis(micros: bigint): bigint {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  return micros - rest + (rest >= 500n ? 1000n : 0n);
}
