import { zoneClock } from './zone-clock';

/** What MySQL's TIMESTAMP holds: other times are left as they are. */
const [FIRST, LAST] = [1_000, 0x7f_ff_ff_ff * 1000];
const DAY = 86_400_000;
const QUARTER = 900_000;
const MAX_KEPT = 50_000;

/** Offsets by zone and quarter of an hour, in which no clock is changed: it takes long to ask for one. */
const offsets = new Map<string, number>();

/**
 * MySQL's CONVERT_TZ: a wall clock, in microseconds, of one zone as that of another.
 *
 * @returns undefined for a zone that MySQL does not know
 */
export function convertTz(micros: bigint, from: string, to: string, session: string): bigint | undefined {
  const [source, target] = [from, to].map((zone) =>
    zone.toUpperCase() === 'SYSTEM' ? offsetOf(session) : offsetOf(zone),
  );
  if (!source || !target) {
    return undefined;
  }
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const wall = Number((micros - rest) / 1000n);
  // No zone is a day away; beyond what a Date holds none can be asked.
  if (wall < FIRST - DAY || wall > LAST + DAY) {
    return micros;
  }
  const instant = instantOf(wall, source);
  if (instant < FIRST || instant > LAST) {
    return micros;
  }
  return BigInt(instant + target(instant)) * 1000n + (instant + source(instant) === wall ? rest : 0n);
}

type Offset = (instant: number) => number;

/** The first of two instants, and the moment of the change for what the clocks leave out. */
function instantOf(wall: number, offset: Offset): number {
  const [before, after] = [offset(wall - DAY), offset(wall + DAY)];
  const [first, second] = [wall - Math.max(before, after), wall - Math.min(before, after)];
  const found = [first, second].find((instant) => instant + offset(instant) === wall);
  if (found !== undefined) {
    return found;
  }
  let [low, high] = [first, second];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offset(middle) === before) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return high;
}

function offsetOf(zone: string): Offset | undefined {
  const match = /^([+-])(\d{1,2}):(\d\d)$/.exec(zone);
  if (match) {
    const minutes = (Number(match[2]) * 60 + Number(match[3])) * (match[1] === '-' ? -1 : 1);
    return Number(match[3]) < 60 && minutes > -840 && minutes <= 840 ? () => minutes * 60_000 : undefined;
  }
  try {
    zoneClock(0, zone);
  } catch {
    return undefined;
  }
  return /^[a-z]/i.test(zone) ? (instant) => namedOffset(instant, zone) : undefined;
}

function namedOffset(instant: number, zone: string): number {
  const quarter = Math.floor(instant / QUARTER);
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    if (offsets.size >= MAX_KEPT) {
      offsets.clear();
    }
    offset = zoneClock(quarter * QUARTER, zone) - quarter * QUARTER;
    offsets.set(key, offset);
  }
  return offset;
}
