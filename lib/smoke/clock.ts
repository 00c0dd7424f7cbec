import { setTimeout as sleep } from 'node:timers/promises';

/** Where the smoke test takes its time from and how it waits between two looks; a test can put its own here. */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. */
  now(): number;
  /** Resolves after that many milliseconds, or rejects when the signal is aborted. */
  sleep(millis: number, signal: AbortSignal): Promise<void>;
}

/** The machine's monotonic clock: a change of the wall clock moves no deadline. */
export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: (millis, signal) => sleep(millis, undefined, { signal }),
};
