import { TextError, castTimestamp, firstDay } from './date-text';

/** Functions on times of day and on weeks that MySQL has and Presto does not. */

const DAY = 86_400_000;
/** What MySQL's TIME holds: 838:59:59. */
const MAX_TIME = 3_020_399_000_000n;

interface Moment {
  readonly micros: bigint;
  readonly isTime: boolean;
}

/** A time of day, of any number of hours, or a date with one; undefined for what is neither. */
function momentOf(text: string): Moment | undefined {
  const [, sign, hours, minutes, seconds, fraction] =
    /^\s*(-?)(\d{1,3}):(\d{2})(?::(\d{2})(?:\.(\d{1,6})\d*)?)?\s*$/.exec(text) ?? [];
  if (sign === undefined) {
    const micros = castTimestamp(text);
    return micros === undefined ? undefined : { micros, isTime: false };
  }
  if (Number(minutes) > 59 || Number(seconds ?? 0) > 59) {
    return undefined;
  }
  const whole = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
  const micros = BigInt(whole) * 1_000_000n + BigInt((fraction ?? '').padEnd(6, '0'));
  return { micros: sign === '-' ? -micros : micros, isTime: true };
}

/** `[-]hh:mm:ss[.ffffff]`; NULL, as in MySQL, for texts that are no times, and for a time and a date. */
export function timeDifference(first: string, second: string): string | null {
  const [a, b] = [momentOf(first), momentOf(second)];
  if (!a || !b || a.isTime !== b.isTime) {
    return null;
  }
  const micros = a.micros - b.micros;
  return clockText(micros > MAX_TIME ? MAX_TIME : micros < -MAX_TIME ? -MAX_TIME : micros);
}

function clockText(micros: bigint): string {
  const size = micros < 0n ? -micros : micros;
  const seconds = size / 1_000_000n;
  const parts = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map((part) => String(part).padStart(2, '0'));
  const fraction = size % 1_000_000n;
  return `${micros < 0n ? '-' : ''}${parts.join(':')}${fraction === 0n ? '' : `.${String(fraction).padStart(6, '0')}`}`;
}

/** @throws TextError for a letter of dates */
export function formatTime(text: string, pattern: string): string | null {
  const moment = momentOf(text);
  if (!moment) {
    return null;
  }
  const size = moment.micros < 0n ? -moment.micros : moment.micros;
  const seconds = moment.isTime ? size / 1_000_000n : (((moment.micros / 1_000_000n) % 86_400n) + 86_400n) % 86_400n;
  const [hours, minute, second] = [Number(seconds / 3600n), Number((seconds / 60n) % 60n), Number(seconds % 60n)];
  const two = (value: number): string => String(value).padStart(2, '0');
  const hour12 = hours % 12 || 12;
  const half = hours % 24 < 12 ? 'AM' : 'PM';
  const letters: Readonly<Record<string, string>> = {
    H: two(hours),
    k: String(hours),
    h: two(hour12),
    I: two(hour12),
    l: String(hour12),
    i: two(minute),
    s: two(second),
    S: two(second),
    f: String(size % 1_000_000n).padStart(6, '0'),
    p: half,
    T: `${two(hours)}:${two(minute)}:${two(second)}`,
    r: `${two(hour12)}:${two(minute)}:${two(second)} ${half}`,
  };
  const sign = moment.isTime && moment.micros < 0n ? '-' : '';
  return (
    sign +
    pattern.replace(/%(.?)/gsu, (_, letter: string) => {
      if (/^[a-zA-Z]$/.test(letter) && !Object.hasOwn(letters, letter)) {
        throw new TextError(`%${letter} has no place in a time format`);
      }
      return letters[letter] ?? letter;
    })
  );
}

function weekOf(micros: bigint, mode: number, ofOtherYears: boolean): { year: number; week: number } {
  const millis = Number(micros / 1000n);
  const day = Math.floor(millis / DAY);
  let year = new Date(millis).getUTCFullYear();
  if (ofOtherYears) {
    year += day >= firstDay(year + 1, mode) ? 1 : day < firstDay(year, mode) ? -1 : 0;
  }
  return { year, week: Math.max(0, Math.floor((day - firstDay(year, mode)) / 7) + 1) };
}

function expectMode(mode: bigint): number {
  if (mode < 0n || mode > 7n) {
    throw new TextError(`expected a mode of weeks from 0 to 7, got ${mode}`);
  }
  return Number(mode);
}

/** MySQL's `YEARWEEK(date, mode)`: `202001`. */
export function yearWeek(micros: bigint, mode: bigint): bigint {
  const { year, week } = weekOf(micros, expectMode(mode), true);
  return BigInt(year * 100 + week);
}

/** MySQL's `WEEK(date, mode)`: week 0 are the days before the first, in the modes without bit 2. */
export function weekByMode(micros: bigint, mode: bigint): bigint {
  const number = expectMode(mode);
  return BigInt(weekOf(micros, number, (number & 2) !== 0).week);
}
