import { SqlError } from '../sql-error';
import type { Expr } from './syntax';
import { typed } from './value';
import type { Value } from './value';

const MILLISECONDS: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
};
const UNITS = ['day', 'hour', 'minute', 'second'];

/** The value of `INTERVAL '…' unit [TO unit]`: milliseconds, or months. */
export function parseInterval(expr: Extract<Expr, { is: 'interval' }>): Value {
  const amount = amountOf(expr) ?? bad(expr);
  const sign = expr.negative ? -1n : 1n;
  return expr.from === 'year' || expr.from === 'month'
    ? typed(`(${sign * amount})`, { kind: 'interval year' })
    : typed(`CAST(${sign * amount} AS BIGINT)`, { kind: 'interval day' });
}

function bad({ text, from, to }: Extract<Expr, { is: 'interval' }>): never {
  throw new SqlError('ER_WRONG_ARGUMENTS', `invalid interval '${text}' ${from}${to ? ` to ${to}` : ''}`);
}

function amountOf({ text, from, to }: Extract<Expr, { is: 'interval' }>): bigint | undefined {
  const written = text.trim();
  if (to === undefined) {
    if (from === 'second') {
      const match = /^([+-]?)(\d{1,15})(?:\.(\d{1,3})\d*)?$/.exec(written);
      const amount = match && BigInt(match[2]) * 1000n + BigInt((match[3] ?? '').padEnd(3, '0'));
      return match ? (match[1] === '-' ? -amount! : amount!) : undefined;
    }
    if (!/^[+-]?\d{1,15}$/.test(written)) {
      return undefined;
    }
    const amount = BigInt(written);
    return from === 'year' ? amount * 12n : from === 'month' ? amount : amount * BigInt(MILLISECONDS[from]);
  }
  if (from === 'year' && to === 'month') {
    const match = /^(-?)(\d{1,9})-(\d{1,9})$/.exec(written);
    return match
      ? BigInt(match[2] + '') * 12n * (match[1] ? -1n : 1n) + BigInt(match[3]) * (match[1] ? -1n : 1n)
      : undefined;
  }
  const units = UNITS.slice(UNITS.indexOf(from), UNITS.indexOf(to) + 1);
  const match = /^(-?)(\d{1,9})(?:[ :](\d{1,9}))?(?::(\d{1,9}))?(?::(\d{1,9}))?(?:\.(\d{1,3}))?$/.exec(written);
  const parts = match?.slice(2, 6).filter((part) => part !== undefined);
  if (!match || units.length < 2 || parts!.length > units.length) {
    return undefined;
  }
  let amount = BigInt((match[6] ?? '').padEnd(3, '0'));
  parts!.forEach((part, at) => {
    amount += BigInt(part) * BigInt(MILLISECONDS[units[at]]);
  });
  return match[1] ? -amount : amount;
}
