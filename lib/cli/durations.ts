import { didYouMean } from './nearest';

const MILLIS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Longest duration that an option takes. DLA ends a query after six hours, and timers end at 24 days. */
const MAX_HOURS = 24;
export const MAX_MILLIS = MAX_HOURS * MILLIS.h;

/**
 * Milliseconds of a duration such as `500ms`, `5s`, `10m` or `1h`.
 *
 * @throws Error that tells what was expected
 */
export function parseDuration(text: string, minMillis = 0): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text);
  const millis = match ? Number(match[1]) * MILLIS[match[2] as keyof typeof MILLIS] : NaN;
  if (!(millis >= minMillis && millis <= MAX_MILLIS)) {
    const min = minMillis === 0 ? '' : `from ${formatDuration(minMillis)} `;
    const unit = didYouMean(/^\d+$/.test(text) ? `${text}s` : undefined);
    throw new Error(
      `expected a duration such as 500ms, 5s, 10m or 1h, ${min}up to ${MAX_HOURS}h, got ${JSON.stringify(text)}${unit}`,
    );
  }
  return millis;
}

/** A duration for people, in its largest fitting unit with at most one decimal: `350ms`, `2.5s`, `10m`. */
export function formatDuration(millis: number): string {
  const unit = millis < MILLIS.s ? 'ms' : millis < MILLIS.m ? 's' : millis < MILLIS.h ? 'm' : 'h';
  return `${Math.round((millis / MILLIS[unit]) * 10) / 10}${unit}`;
}
