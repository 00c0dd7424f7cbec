import { type Clock } from './clock';

/** What one look at the awaited thing gave. */
export type Check<T> =
  | { readonly state: 'success' | 'failure'; readonly value: T }
  | {
      readonly state: 'retry';
      /** What was seen, for the list of observations. */
      readonly seen: string;
      /** The listed error that is worth another try. */
      readonly error?: string;
      /** Moment of the clock at which the next look is wanted at the latest. */
      readonly nextPollBy?: number;
    };

export interface WaitOptions<T> {
  readonly check: () => Promise<Check<T>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Moment of the clock at which the last look is taken. */
  readonly deadline: number;
  /** Longest pause between two looks. */
  readonly maxPauseMillis: number;
  /** Told before each pause. */
  readonly onPause?: (seen: string, pauseMillis: number) => void;
  /** @default Math.random */
  readonly random?: () => number;
}

/** Something that was seen, and how often. */
export interface Observation {
  /** What was seen, e.g. `status RUNNING, mq_status NULL`. */
  readonly seen: string;
  /** How often, one after the other. */
  readonly times: number;
}

export interface WaitResult<T> {
  readonly state: 'success' | 'failure' | 'timeout';
  /** Absent after a timeout. */
  readonly value?: T;
  readonly checks: number;
  readonly observations: readonly Observation[];
  readonly lastError?: string;
}

/** Shortest pause: a quick thing is met on average half of it late. */
const MIN_PAUSE_MILLIS = 140;
/** Share of the time waited so far that a pause takes at least: half of it, the usual lag, is below a tenth. */
const GROWTH = 0.165;

/** Pause before the next look: a fixed share of the time waited, which makes the moments of looking grow exponentially. */
export function pauseAfter(waitedMillis: number, maxPauseMillis: number): number {
  return Math.min(maxPauseMillis, Math.max(MIN_PAUSE_MILLIS, GROWTH * waitedMillis));
}

/**
 * Looks until the check succeeds or fails, or until the deadline: never sleeps past it, and looks once more at it.
 * An error that the check throws ends the wait; so does the signal, whose reason is thrown.
 */
export async function waitFor<T>(options: WaitOptions<T>): Promise<WaitResult<T>> {
  const { clock, signal, deadline, random = Math.random } = options;
  const started = clock.now();
  const seen = new Map<string, number>();
  let checks = 0;
  let lastError: string | undefined;
  const result = (state: WaitResult<T>['state'], value?: T): WaitResult<T> => ({
    state,
    value,
    checks,
    observations: [...seen].map(([name, times]) => ({ seen: name, times })),
    lastError,
  });
  for (;;) {
    signal.throwIfAborted();
    checks++;
    const poll = await options.check();
    if (poll.state !== 'retry') {
      return result(poll.state, poll.value);
    }
    seen.set(poll.seen, (seen.get(poll.seen) ?? 0) + 1);
    lastError = poll.error ?? lastError;
    const now = clock.now();
    if (now >= deadline) {
      return result('timeout');
    }
    const pause = Math.max(
      0,
      Math.min(
        // The first pause is cut short by chance: that moves all later looks, so that many testers do not call in step,
        // and no duration is met by the end of a pause each time.
        pauseAfter(now - started, options.maxPauseMillis) * (checks === 1 ? random() : 1),
        deadline - now,
        (poll.nextPollBy ?? Infinity) - now,
      ),
    );
    options.onPause?.(poll.seen, pause);
    try {
      await clock.sleep(pause, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  }
}
