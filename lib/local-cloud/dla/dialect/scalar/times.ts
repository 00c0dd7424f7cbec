import { convertTz } from '../convert-tz';
import { castTimestamp, formatJoda, formatMysql, parseJoda, parseMysql, strToDate, utcDay } from '../date-text';
import { formatTime, timeDifference, weekByMode, yearWeek } from '../mysql-times';
import { fail, fn } from './scalar-function';
import type { Functions } from './scalar-function';

export const TIMES: Functions = {
  date_format: fn('ts:s', formatMysql),
  date_parse: fn('ss:t', parseMysql),
  str_to_date: fn('ss:t', strToDate),
  time_difference: fn('ss:s', timeDifference),
  time_format: fn('ss:s', formatTime),
  year_week: fn('ti:i', yearWeek),
  week_by_mode: fn('ti:i', weekByMode),
  format_datetime: fn('tss:s', formatJoda),
  parse_datetime: fn('ss:t', parseJoda),
  from_iso8601: fn('s:s', (text: string) => {
    const match = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?|-W(\d{1,2})(?:-(\d))?|-(\d{3}))?$/.exec(text);
    if (!match) {
      return fail(`Invalid format: "${text}"`);
    }
    const [, year, month, day, week, weekday, yearDay] = match;
    const at = utcDay(Number(year), Number(month ?? 1) - 1, Number(day ?? 1));
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
  ancient: fn('s:s', (text: string) =>
    text.replace(/^(-?)(\d+)/, (_, sign: string, year: string) => sign + year.padStart(4, '0')),
  ),
  convert_tz: fn('tsss:t', convertTz),
  unix_millis: fn('d:i', (seconds: number) =>
    Math.abs(seconds) > 9e12 ? fail(`Millis overflow: ${seconds}`) : BigInt(Math.round(seconds * 1000) || 0),
  ),
};

/** In the form that DuckDB reads, which counts the years before 1 from that one. */
export function isoText(micros: bigint): string {
  const seconds = micros / 1_000_000n - (micros % 1_000_000n < 0n ? 1n : 0n);
  const fraction = String(micros - seconds * 1_000_000n).padStart(6, '0');
  const [, written, day, clock] = /^(.+?)(-\d\d-\d\d)T(.{8})/.exec(new Date(Number(seconds) * 1000).toISOString())!;
  const year = Number(written);
  const [shown, era] = year < 1 ? [1 - year, ' (BC)'] : [year, ''];
  return `${String(shown).padStart(4, '0')}${day}${era} ${clock}.${fraction}`;
}
