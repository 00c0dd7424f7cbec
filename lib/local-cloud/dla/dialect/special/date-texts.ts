import { quoteText } from '../../tokens';
import { wrongArguments } from '../overloads';
import { DATE, TIMESTAMP, VARCHAR, fits, zoneOf } from '../types';
import type { Type } from '../types';
import { cast, coerce, instantOf, local, typed } from '../value';
import type { Value } from '../value';
import { timestampOf } from './date-arguments';
import { expectCount, scalars, texts } from './special';
import { offsetMinutes } from './time-zones';

function offsetSql(of: Value): string {
  const minutes = offsetMinutes('to_iso8601', [of], 'UTC');
  return `CASE WHEN ${minutes} = 0 THEN 'Z' ELSE printf('%s%02d:%02d', CASE WHEN ${minutes} < 0 THEN '-' ELSE '+' END, abs(${minutes}) // 60, abs(${minutes}) % 60) END`;
}

/** Dates and times from texts, and texts of them. */
export const DATE_TEXTS = scalars({
  date: (args) => {
    expectCount('date', args, 1, 1);
    return cast(args[0], DATE);
  },
  str_to_date: (args) => {
    const [of, pattern] = texts('str_to_date', args, 2, 2);
    const parsed = typed(`js_str_to_date(${of}, ${pattern})`, TIMESTAMP);
    const isDate = args[1].text !== undefined && !/%[fHhIiklprSsT]/.test(args[1].text);
    return isDate ? cast(parsed, DATE) : parsed;
  },
  date_format: (args) => {
    expectCount('date_format', args, 2, 2);
    return typed(
      `js_date_format(${timestampOf('date_format', args[0])}, ${texts('date_format', [args[1]], 1, 1)[0]})`,
      VARCHAR,
    );
  },
  parse_datetime: (args, { input }) => {
    const [of, pattern] = texts('parse_datetime', args, 2, 2);
    const type: Type = { kind: 'timestamptz', zone: input.timeZone };
    return typed(instantOf(`js_parse_datetime(${of}, ${pattern})`, input.timeZone), type);
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
  from_iso8601_timestamp: (args, { input }) => {
    const [of] = texts('from_iso8601_timestamp', args, 1, 1);
    const offset = /T.*?([+-]\d\d(?::?\d\d)?|Z)$/.exec(args[0].text ?? '')?.[1];
    const zone = offset === undefined ? input.timeZone : zoneOf(offset.replace('Z', '+00'));
    return typed(`CAST(js_iso8601_timestamp(${of}, ${quoteText(input.timeZone)}) AS TIMESTAMPTZ)`, {
      kind: 'timestamptz',
      zone,
      sessionZone: input.timeZone,
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
});
