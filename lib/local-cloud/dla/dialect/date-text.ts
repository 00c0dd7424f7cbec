import { zoneClock } from './zone-clock';

/** Dates and times as text, by the patterns of MySQL (`%Y-%m-%d`) and of Joda (`yyyy-MM-dd`). All at UTC. */

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** A mistake in the query's text or pattern, which goes to the user. */
export class TextError extends Error {}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** Midnight of a day; `Date.UTC` takes the years 0 to 99 for those of the last century. */
export function utcDay(year: number, month: number, day: number): Date {
  const at = new Date(0);
  at.setUTCFullYear(year, month, day);
  return at;
}

/**
 * The day with which the weeks of a year begin, by MySQL's modes: with bit 1 on Mondays, otherwise on Sundays; the first
 * week is the first with four days in the year in modes 1, 3, 4 and 6, otherwise the first that is whole.
 */
export function firstDay(year: number, mode: number): number {
  const first = utcDay(year, 0, 1);
  const before = (first.getUTCDay() + 7 - (mode & 1)) % 7;
  const isWhole = (mode & 1) === ((mode >> 2) & 1);
  const isInYear = isWhole ? before === 0 : before < 4;
  return first.getTime() / 86_400_000 + (isInYear ? -before : 7 - before);
}

function dayOfYear(at: Date): number {
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate()];
  return (utcDay(year, month, day).getTime() - utcDay(year, 0, 1).getTime()) / 86_400_000 + 1;
}

function isoWeek(at: Date): { week: number; year: number } {
  const day = utcDay(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate());
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  return { year, week: Math.ceil(((day.getTime() - utcDay(year, 0, 1).getTime()) / 86_400_000 + 1) / 7) };
}

const hour12 = (at: Date): number => at.getUTCHours() % 12 || 12;
const half = (at: Date): string => (at.getUTCHours() < 12 ? 'AM' : 'PM');

const MYSQL: Readonly<Record<string, (at: Date, micros: number) => string>> = {
  a: (at) => DAYS[at.getUTCDay()].slice(0, 3),
  b: (at) => MONTHS[at.getUTCMonth()].slice(0, 3),
  c: (at) => String(at.getUTCMonth() + 1),
  d: (at) => pad(at.getUTCDate()),
  e: (at) => String(at.getUTCDate()),
  f: (_, micros) => pad(micros, 6),
  H: (at) => pad(at.getUTCHours()),
  h: (at) => pad(hour12(at)),
  I: (at) => pad(hour12(at)),
  i: (at) => pad(at.getUTCMinutes()),
  j: (at) => pad(dayOfYear(at), 3),
  k: (at) => String(at.getUTCHours()),
  l: (at) => String(hour12(at)),
  M: (at) => MONTHS[at.getUTCMonth()],
  m: (at) => pad(at.getUTCMonth() + 1),
  p: half,
  r: (at) => `${pad(hour12(at))}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())} ${half(at)}`,
  S: (at) => pad(at.getUTCSeconds()),
  s: (at) => pad(at.getUTCSeconds()),
  T: (at) => `${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())}:${pad(at.getUTCSeconds())}`,
  v: (at) => pad(isoWeek(at).week),
  W: (at) => DAYS[at.getUTCDay()],
  x: (at) => pad(isoWeek(at).year, 4),
  Y: (at) => pad(at.getUTCFullYear(), 4),
  y: (at) => pad(at.getUTCFullYear() % 100),
};

export function formatMysql(micros: bigint, pattern: string): string {
  const at = new Date(Number(floorDivide(micros, 1000n)));
  const fraction = Number(((micros % 1_000_000n) + 1_000_000n) % 1_000_000n);
  return pattern.replace(/%(.?)/gsu, (_, letter: string) => {
    if ('DUuVwX'.includes(letter) && letter !== '') {
      throw new TextError(`%${letter} has no place in a date format`);
    }
    return Object.hasOwn(MYSQL, letter) ? MYSQL[letter](at, fraction) : letter;
  });
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b < 0n ? 1n : 0n);
}

/** What has been read of a date; missing parts are those of 1970-01-01 00:00:00. */
interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  isAfternoon?: boolean;
  isHalfDay?: boolean;
  dayOfYear?: number;
  /** By one of MySQL's modes. */
  week?: { number: number; mode: number };
  /** 0 is Sunday. */
  weekday?: number;
}

type Step = (text: string, parts: Parts) => string | undefined;

function digits(most: number, set: (parts: Parts, value: number, width: number) => void, least = 1): Step {
  const pattern = new RegExp(`^\\d{${least},${most}}`);
  return (text, parts) => {
    const found = pattern.exec(text)?.[0];
    if (found === undefined) {
      return undefined;
    }
    set(parts, Number(found), found.length);
    return text.slice(found.length);
  };
}

function name(names: readonly string[], set: (parts: Parts, at: number) => void): Step {
  return (text, parts) => {
    const lower = text.toLowerCase();
    for (const [at, one] of names.entries()) {
      for (const written of [one.toLowerCase(), one.slice(0, 3).toLowerCase()]) {
        if (lower.startsWith(written)) {
          set(parts, at);
          return text.slice(written.length);
        }
      }
    }
    return undefined;
  };
}

const halfDay: Step = (text, parts) => {
  const found = /^(am|pm)/i.exec(text)?.[0];
  if (found === undefined) {
    return undefined;
  }
  parts.isAfternoon = found.toLowerCase() === 'pm';
  return text.slice(2);
};

const year4 = digits(4, (parts, value) => (parts.year = value));
const year2 = digits(2, (parts, value) => (parts.year = value + (value < 70 ? 2000 : 1900)), 2);
const month = digits(2, (parts, value) => (parts.month = value));
const day = digits(2, (parts, value) => (parts.day = value));
const hour = digits(2, (parts, value) => (parts.hour = value));
const halfHour = digits(2, (parts, value) => {
  parts.hour = value;
  parts.isHalfDay = true;
});
const minute = digits(2, (parts, value) => (parts.minute = value));
const second = digits(2, (parts, value) => (parts.second = value));
const fraction = digits(9, (parts, value, width) => (parts.micros = Math.floor(value * 10 ** (6 - width))));
const yearDay = digits(3, (parts, value) => (parts.dayOfYear = value));

const MYSQL_STEPS: Readonly<Record<string, readonly (Step | string)[]>> = {
  a: [name(DAYS, () => {})],
  b: [name(MONTHS, (parts, at) => (parts.month = at + 1))],
  c: [month],
  d: [day],
  e: [day],
  f: [fraction],
  H: [hour],
  h: [halfHour],
  I: [halfHour],
  i: [minute],
  j: [yearDay],
  k: [hour],
  l: [halfHour],
  M: [name(MONTHS, (parts, at) => (parts.month = at + 1))],
  m: [month],
  p: [halfDay],
  r: [halfHour, ':', minute, ':', second, ' ', halfDay],
  S: [second],
  s: [second],
  T: [hour, ':', minute, ':', second],
  W: [name(DAYS, () => {})],
  Y: [year4],
  y: [year2],
};

/** Weeks and their days, which MySQL's `str_to_date` reads, and Presto's `date_parse` does not. */
const WEEK_STEPS: typeof MYSQL_STEPS = {
  a: [name(DAYS, (parts, at) => (parts.weekday = at))],
  W: [name(DAYS, (parts, at) => (parts.weekday = at))],
  V: [digits(2, (parts, value) => (parts.week = { number: value, mode: 2 }))],
  v: [digits(2, (parts, value) => (parts.week = { number: value, mode: 3 }))],
  X: [year4],
  x: [year4],
};

/** MySQL's `str_to_date`: a day by the week, too (`%X%V %W`). */
export function strToDate(text: string, pattern: string): bigint {
  return parseMysql(text, pattern, { ...MYSQL_STEPS, ...WEEK_STEPS });
}

/** Microseconds since 1970. */
export function parseMysql(text: string, pattern: string, known = MYSQL_STEPS): bigint {
  const steps: (Step | string)[] = [];
  for (const [, letter, literal] of pattern.matchAll(/%(.)|([^%]|%$)/gsu)) {
    if (letter === undefined) {
      steps.push(literal);
    } else if (Object.hasOwn(known, letter)) {
      steps.push(...known[letter]);
    } else if ('DUuVwXvx'.includes(letter)) {
      throw new TextError(`%${letter} has no place in a date format`);
    } else {
      steps.push(letter);
    }
  }
  return parse(text, steps);
}

function parse(text: string, steps: readonly (Step | string)[]): bigint {
  const parts: Parts = { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0 };
  let rest = text;
  for (const step of steps) {
    const after =
      typeof step === 'string' ? (rest.startsWith(step) ? rest.slice(step.length) : undefined) : step(rest, parts);
    if (after === undefined) {
      throw malformed(text, rest);
    }
    rest = after;
  }
  if (rest !== '') {
    throw malformed(text, rest);
  }
  return microsOf(parts, text);
}

function malformed(text: string, rest: string): TextError {
  return new TextError(
    rest === '' ? `Invalid format: "${text}" is too short` : `Invalid format: "${text}" is malformed at "${rest}"`,
  );
}

function microsOf(parts: Parts, text: string): bigint {
  let { hour: hours } = parts;
  if (parts.isHalfDay) {
    if (hours < 1 || hours > 12) {
      throw new TextError(`Cannot parse "${text}": value ${hours} for hour must be in the range [1,12]`);
    }
    hours = (hours % 12) + (parts.isAfternoon ? 12 : 0);
  }
  if (parts.week && parts.weekday !== undefined) {
    const { number, mode } = parts.week;
    if (number < 1 || number > 53) {
      throw new TextError(`Cannot parse "${text}": a week is from 1 to 53`);
    }
    const at = firstDay(parts.year, mode) + (number - 1) * 7 + ((parts.weekday + 7 - (mode & 1)) % 7);
    const day = new Date(at * 86_400_000);
    Object.assign(parts, { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate() });
  }
  const months = parts.dayOfYear === undefined ? parts.month - 1 : 0;
  const days = parts.dayOfYear ?? parts.day;
  const at = new Date(0);
  at.setUTCFullYear(parts.year, months, days);
  at.setUTCHours(hours, parts.minute, parts.second);
  const isReal =
    at.getUTCFullYear() === parts.year &&
    (parts.dayOfYear !== undefined || (at.getUTCMonth() === months && at.getUTCDate() === days)) &&
    hours < 24 &&
    parts.minute < 60 &&
    parts.second < 60;
  if (!isReal) {
    throw new TextError(`Cannot parse "${text}": a value is out of its range`);
  }
  return BigInt(at.getTime()) * 1000n + BigInt(parts.micros);
}

function letters(pattern: string): { text?: string; letter?: string; count: number }[] {
  const found: { text?: string; letter?: string; count: number }[] = [];
  for (const match of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+/g)) {
    const [whole, quoted, letter] = match;
    if (letter !== undefined) {
      found.push({ letter, count: whole.length });
    } else {
      found.push({ text: quoted === undefined ? whole : quoted === '' ? "'" : quoted.replaceAll("''", "'"), count: 0 });
    }
  }
  return found;
}

/** Joda's patterns, of `format_datetime`. */
export function formatJoda(micros: bigint, pattern: string, zone: string): string {
  const at = new Date(Number(floorDivide(micros, 1000n)));
  return letters(pattern)
    .map(({ text, letter, count }) => {
      switch (letter) {
        case undefined:
          return text!;
        case 'y':
        case 'Y':
          return count === 2 ? pad(at.getUTCFullYear() % 100) : pad(at.getUTCFullYear(), count);
        case 'x':
          return count === 2 ? pad(isoWeek(at).year % 100) : pad(isoWeek(at).year, count);
        case 'w':
          return pad(isoWeek(at).week, count);
        case 'M': {
          const long = MONTHS[at.getUTCMonth()];
          return count >= 4 ? long : count === 3 ? long.slice(0, 3) : pad(at.getUTCMonth() + 1, count);
        }
        case 'd':
          return pad(at.getUTCDate(), count);
        case 'D':
          return pad(dayOfYear(at), count);
        case 'E':
          return count >= 4 ? DAYS[at.getUTCDay()] : DAYS[at.getUTCDay()].slice(0, 3);
        case 'e':
          return pad(at.getUTCDay() || 7, count);
        case 'H':
          return pad(at.getUTCHours(), count);
        case 'k':
          return pad(at.getUTCHours() || 24, count);
        case 'h':
          return pad(hour12(at), count);
        case 'K':
          return pad(at.getUTCHours() % 12, count);
        case 'm':
          return pad(at.getUTCMinutes(), count);
        case 's':
          return pad(at.getUTCSeconds(), count);
        case 'S':
          return pad(at.getUTCMilliseconds(), 3).slice(0, count).padEnd(count, '0');
        case 'a':
          return half(at);
        case 'G':
          return 'AD';
        case 'C':
          return pad(Math.floor(at.getUTCFullYear() / 100), count);
        case 'Z':
          return count >= 3 ? zone : zoneOffset(zone, at, count === 2);
        default:
          throw new TextError(`Illegal pattern component: ${letter}`);
      }
    })
    .join('');
}

function zoneOffset(zone: string, wall: Date, hasColon: boolean): string {
  const fixed = /^[+-]\d\d:\d\d$/.test(zone) ? zone : namedOffset(zone, wall);
  return hasColon ? fixed : fixed.replace(':', '');
}

function namedOffset(zone: string, wall: Date): string {
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(wall);
  const written = parts.find(({ type }) => type === 'timeZoneName')!.value.slice(3);
  return written === '' ? '+00:00' : written;
}

const JODA_STEPS: Readonly<Record<string, (count: number) => Step>> = {
  y: (count) => (count === 2 ? year2 : year4),
  Y: (count) => (count === 2 ? year2 : year4),
  M: (count) => (count >= 3 ? name(MONTHS, (parts, at) => (parts.month = at + 1)) : month),
  d: () => day,
  D: () => yearDay,
  E: () => name(DAYS, () => {}),
  H: () => hour,
  h: () => halfHour,
  m: () => minute,
  s: () => second,
  S: (count) => digits(count, (parts, value, width) => (parts.micros = Math.floor(value * 10 ** (6 - width)))),
  a: () => halfDay,
};

export function parseJoda(text: string, pattern: string): bigint {
  return parse(
    text,
    letters(pattern).map(({ text: literal, letter, count }) => {
      if (letter === undefined) {
        return literal!;
      }
      if (!Object.hasOwn(JODA_STEPS, letter)) {
        throw new TextError(`the pattern letter ${letter} is not supported`);
      }
      return JODA_STEPS[letter](count);
    }),
  );
}

const TIMESTAMP = /^\s*([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?\s*$/;

/** A timestamp as Presto casts it from text; undefined for what is none. */
export function castTimestamp(text: string): bigint | undefined {
  const match = TIMESTAMP.exec(text);
  if (!match) {
    return undefined;
  }
  const [, year, monthText, dayText, h = '0', m = '0', s = '0', rest = ''] = match;
  try {
    return microsOf(
      {
        year: Number(year),
        month: Number(monthText),
        day: Number(dayText),
        hour: Number(h),
        minute: Number(m),
        second: Number(s),
        micros: Number(rest.slice(0, 6).padEnd(6, '0')),
      },
      text,
    );
  } catch {
    return undefined;
  }
}

/** Whether a zone's clocks show a time, which they do not while they are put forward. */
export function isOnClock(micros: bigint, zone: string): boolean {
  const millis = Number(floorDivide(micros, 1000n));
  if (/^[+-]/.test(zone) || new Date(millis).getUTCFullYear() < 1800) {
    return true;
  }
  const seconds = Math.floor(millis / 1000) * 1000;
  // The offsets of the day before and of the day after are those that there can be.
  return [-1, 1].some((days) => {
    const near = seconds + days * 86_400_000;
    return zoneClock(seconds - (zoneClock(near, zone) - near), zone) === seconds;
  });
}
