import { SqlError } from '../../sql-error';
import { quoteText } from '../../tokens';
import { wrongArguments } from '../overloads';
import { TIMESTAMP, fits, zoneOf } from '../types';
import type { Type } from '../types';
import { coerce, instantOf, local, typed } from '../value';
import type { Value } from '../value';
import { momentOf, timestampOf } from './date-arguments';
import { expectCount, scalars, texts } from './special';

export function offsetMinutes(name: string, args: readonly Value[], timeZone: string): string {
  expectCount(name, args, 1, 1);
  const zoned: Type = { kind: 'timestamptz', zone: timeZone };
  if (!fits(args[0].type, zoned)) {
    throw wrongArguments(name, args, [`${name}(timestamp with time zone)`]);
  }
  const of = coerce(args[0], args[0].type.kind === 'timestamptz' ? args[0].type : zoned);
  return `date_diff('minute', timezone('UTC', ${of.sql}), ${local(of).sql})`;
}

export const TIME_ZONES = scalars({
  at_timezone: (args, { input }) => {
    expectCount('at_timezone', args, 2, 2);
    const [of, zone] = args;
    if (zone.text === undefined) {
      throw new SqlError('ER_NOT_SUPPORTED_YET', 'a time zone that is not a string literal is not supported');
    }
    const type: Type = { kind: 'timestamptz', zone: zoneOf(zone.text), sessionZone: input.timeZone };
    if (of.type.kind === 'timestamptz') {
      return typed(of.sql, type);
    }
    if (of.type.kind === 'timestamp') {
      return typed(coerce(of, { kind: 'timestamptz', zone: input.timeZone }).sql, type);
    }
    throw wrongArguments('at_timezone', args, ['at_timezone(timestamp with time zone, varchar)']);
  },
  with_timezone: (args, { input }) => {
    expectCount('with_timezone', args, 2, 2);
    const [of, zone] = args;
    if (zone.text === undefined || !fits(of.type, TIMESTAMP)) {
      throw wrongArguments('with_timezone', args, ['with_timezone(timestamp, varchar)']);
    }
    const type: Type = { kind: 'timestamptz', zone: zoneOf(zone.text), sessionZone: input.timeZone };
    return typed(instantOf(coerce(of, TIMESTAMP).sql, type.zone), type);
  },
  // MySQL's, which knows no zones: the wall clock of one becomes that of another, NULL where one is unknown.
  convert_tz: (args, { input }) => {
    expectCount('convert_tz', args, 3, 3);
    const at = timestampOf('convert_tz', momentOf('convert_tz', args[0]));
    const [from, to] = texts('convert_tz', args.slice(1), 2, 2);
    return typed(`js_convert_tz(${at}, ${from}, ${to}, ${quoteText(input.timeZone)})`, TIMESTAMP);
  },
});
