import { roundDecimal, withoutExponent } from '../number-text';
import { MAX_BIGINT, fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

/** Numbers and other values written by a format. */
export const FORMATS: Functions = {
  format_number: fn('si:s', (text: string, digits: bigint) => formatNumber(text, Number(digits))),
  format: fn('ssS:s', (pattern: string, kinds: string, values: (string | null)[]) =>
    printf(pattern, kinds.split(','), values),
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
};

function formatNumber(text: string, digits: number): string {
  const [whole, fraction = ''] = roundDecimal(withoutExponent(text), Math.max(0, digits)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return digits > 0 ? `${grouped}.${fraction.slice(0, digits).padEnd(digits, '0')}` : grouped;
}

/** Java's `String.format`, as far as `%s %d %f %e %x %%` with flags, width and precision go. */
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
        text = 'null'.slice(0, precision === undefined ? undefined : Number(precision));
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
            text = /^-?Infinity$|^NaN$/.test(value)
              ? value
              : kind === 'f'
                ? grouped(fixed(value, Number(precision ?? 6)), flags)
                : Number(value)
                    .toExponential(Number(precision ?? 6))
                    .replace(/e([+-])(\d)$/, 'e$10$2');
            break;
          default:
            return fail(`Invalid format string: ${pattern}`);
        }
      }
      const isZero = flags.includes('0') && value !== null && kind !== 's' && kind !== 'S';
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
  const [whole, fraction = ''] = roundDecimal(withoutExponent(text), digits).split('.');
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
