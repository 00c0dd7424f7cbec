import { SqlError } from '../../sql-error';
import { quoteText } from '../../tokens';
import { wrongArguments } from '../overloads';
import { BIGINT, DOUBLE, TIMESTAMP, VARCHAR, fits, zoneOf } from '../types';
import type { Type } from '../types';
import { coerce, local, typed } from '../value';
import type { Value } from '../value';
import { now } from './session';
import { expectCount, isTextual, scalars, texts } from './special';

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
    return typed(at, { kind: 'timestamptz', zone, sessionZone: timeZone });
  }
  if (!isTextual(second)) {
    throw wrongArguments('from_unixtime', args, ['from_unixtime(double, varchar)']);
  }
  // DLA's page has a format there, Presto a time zone.
  const written = second.text;
  if (written !== undefined && !written.includes('%')) {
    const zone = tryZone(written);
    if (zone !== undefined) {
      return typed(at, { kind: 'timestamptz', zone, sessionZone: timeZone });
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

export const UNIX_TIMES = scalars({
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
});
