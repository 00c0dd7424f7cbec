import { formatDuration } from '../cli/durations';
import type { QueryTask } from './query-task';
import { judge, summarise, type Verdict } from './verdict';
import type { Check } from './waiter';

/** What one look at a query task gave. */
export type PollResult =
  /** The task's row, or that there is none. */
  | { readonly task: QueryTask | undefined }
  /** No answer, for a reason that is worth another try; and the verdict on a server that stays away. */
  | { readonly lost: string; readonly error: string; readonly unreachable: string };

/** What the looks so far add up to. Moments are the clock's. */
export interface PollState {
  /** Whether a look found the task's row. */
  readonly seen: boolean;
  /** What the last verdict said, and since when all said so. */
  readonly verdict?: { readonly reason: string; readonly since: number };
  /** Since when no verdict was sure. */
  readonly doubtSince?: number;
  /** Since when no answer came. */
  readonly lostSince?: number;
}

/** Before the first look. */
export const NOT_POLLED: PollState = { seen: false };

export interface PollLimits {
  /** How long doubtful verdicts are borne. */
  readonly graceMillis: number;
  /** How long a server may stay away. */
  readonly connectTimeoutMillis: number;
}

/** The state after one more look, and whether it ends the wait. */
export function pollTask(
  state: PollState,
  polled: PollResult,
  now: number,
  { graceMillis, connectTimeoutMillis }: PollLimits,
): { readonly state: PollState; readonly check: Check<Verdict> } {
  if ('lost' in polled) {
    const lostSince = state.lostSince ?? now;
    const lastPollBy = lostSince + connectTimeoutMillis;
    const check: Check<Verdict> =
      // Not by the difference, which may stay below the limit by a bit that no pause adds.
      now >= lastPollBy
        ? { state: 'failure', value: { outcome: 'fail', code: 'unreachable', reason: polled.unreachable } }
        : { state: 'retry', seen: polled.lost, error: polled.error, nextPollBy: lastPollBy };
    return { state: { ...state, lostSince }, check };
  }
  const verdict = judge(polled.task, state.seen);
  const since = state.verdict?.reason === verdict.reason ? state.verdict.since : now;
  const next: PollState = {
    seen: state.seen || polled.task !== undefined,
    verdict: { reason: verdict.reason, since },
    doubtSince: verdict.outcome === 'grace' ? (state.doubtSince ?? now) : undefined,
  };
  return { state: next, check: checkOf(verdict, next, polled.task, now, graceMillis) };
}

function checkOf(
  verdict: Verdict,
  { verdict: said, doubtSince }: PollState,
  task: QueryTask | undefined,
  now: number,
  graceMillis: number,
): Check<Verdict> {
  switch (verdict.outcome) {
    case 'pass':
      return { state: 'success', value: verdict };
    case 'fail':
      return { state: 'failure', value: verdict };
    case 'wait':
      return { state: 'retry', seen: summarise(task) };
    case 'grace': {
      if (now < doubtSince! + graceMillis) {
        return { state: 'retry', seen: summarise(task), nextPollBy: doubtSince! + graceMillis };
      }
      const doubt = said!.since > doubtSince! ? `; in doubt for ${formatDuration(now - doubtSince!)}` : '';
      const reason = `${verdict.reason}, for ${formatDuration(now - said!.since)}${doubt}`;
      return { state: 'failure', value: { ...verdict, reason } };
    }
  }
}
