import { describe, expect, it } from 'vitest';
import type { QueryTask } from '../../lib/smoke/query-task';
import { type PollResult, NOT_POLLED, type PollState, pollTask } from '../../lib/smoke/task-poll';

const LIMITS = { graceMillis: 100, connectTimeoutMillis: 50 };
const LOST: PollResult = { lost: 'the connection was reset', error: 'ECONNRESET: it was', unreachable: 'h:1 is away' };
const NO_ROW: PollResult = { task: undefined };

const look = (changes: Partial<QueryTask>): PollResult => ({
  task: { status: 'SUCCESS', mqStatus: 'SUCCESS', mqErrorMsg: null, ...changes } as QueryTask,
});
const RUNNING = look({ status: 'RUNNING', mqStatus: null });
const NO_RECEIPT = look({ mqStatus: null });
const ODD_RECEIPT = look({ mqStatus: 'ODD' });

/** The state after looks at these moments, and what the last one said. */
function after(...looks: readonly (readonly [now: number, look: PollResult])[]) {
  let step: ReturnType<typeof pollTask> | undefined;
  let state: PollState = NOT_POLLED;
  for (const [now, seen] of looks) {
    step = pollTask(state, seen, now, LIMITS);
    state = step.state;
  }
  return step!;
}

const reasonOf = ({ check }: ReturnType<typeof pollTask>): string | undefined =>
  check.state === 'retry' ? undefined : check.value.reason;

describe('a look at a query task', () => {
  it('ends the wait at once when the verdict is sure', () => {
    expect(after([0, look({})]).check).toMatchObject({ state: 'success', value: { code: 'receipt-proved' } });
    expect(after([0, look({ status: 'FAILURE' })]).check).toMatchObject({
      state: 'failure',
      value: { code: 'query-failed' },
    });
  });

  it('goes on without a limit of its own while the query runs', () => {
    expect(after([0, RUNNING], [1_000_000, RUNNING]).check).toEqual({
      state: 'retry',
      seen: 'status RUNNING, mq_status NULL',
    });
  });

  it('changes nothing of the state before it', () => {
    const before = Object.freeze({ seen: false });
    expect(pollTask(before, RUNNING, 5, LIMITS).state).toEqual({
      seen: true,
      verdict: { reason: 'the query is running', since: 5 },
      doubtSince: undefined,
    });
    expect(before).toEqual({ seen: false });
  });
});

describe('in doubt', () => {
  it('goes on until the grace is over, and asks for a look then', () => {
    expect(after([10, NO_RECEIPT]).check).toEqual({
      state: 'retry',
      seen: 'status SUCCESS, mq_status NULL',
      nextPollBy: 110,
    });
    expect(after([10, NO_RECEIPT], [109, NO_RECEIPT]).check).toMatchObject({ state: 'retry', nextPollBy: 110 });
    const end = after([10, NO_RECEIPT], [110, NO_RECEIPT]);
    expect(end.check).toMatchObject({ state: 'failure', value: { outcome: 'grace', code: 'no-receipt' } });
    expect(reasonOf(end)).toBe('no receipt: the query succeeded, but mq_status stays NULL, for 100ms');
  });

  it('counts the grace over all doubtful states, and tells how long the last was seen', () => {
    const end = after([10, NO_RECEIPT], [70, ODD_RECEIPT], [110, ODD_RECEIPT]);
    expect(reasonOf(end)).toMatch(/got "ODD", for 40ms; in doubt for 100ms$/);
  });

  it('begins anew when the query was seen running in between', () => {
    expect(after([0, NO_RECEIPT], [60, RUNNING], [100, NO_RECEIPT]).check).toMatchObject({ nextPollBy: 200 });
  });

  it('goes through a lost connection, which is no sign of life', () => {
    const end = after([0, NO_RECEIPT], [60, LOST], [100, NO_RECEIPT]);
    expect(reasonOf(end)).toMatch(/mq_status stays NULL, for 100ms$/);
  });

  it('knows a row that never came from one that is gone', () => {
    expect(after([0, NO_ROW], [100, NO_ROW]).check).toMatchObject({ value: { code: 'task-never-appeared' } });
    expect(after([0, RUNNING], [10, NO_ROW], [110, NO_ROW]).check).toMatchObject({ value: { code: 'task-vanished' } });
    expect(after([0, NO_ROW], [10, LOST], [20, NO_ROW]).check).toMatchObject({ state: 'retry', seen: 'no row' });
  });
});

describe('without an answer', () => {
  it('goes on until the server has been away for long, and asks for a look then', () => {
    expect(after([0, RUNNING], [10, LOST]).check).toEqual({
      state: 'retry',
      seen: 'the connection was reset',
      error: 'ECONNRESET: it was',
      nextPollBy: 60,
    });
    expect(after([10, LOST], [59, LOST]).check).toMatchObject({ state: 'retry', nextPollBy: 60 });
    expect(after([10, LOST], [60, LOST]).check).toEqual({
      state: 'failure',
      value: { outcome: 'fail', code: 'unreachable', reason: 'h:1 is away' },
    });
  });

  it('ends at the moment that it asked for, whatever numbers can hold of it', () => {
    for (let lost = 0.1; lost < 100; lost *= 1.01) {
      const by = after([lost, LOST]).check;
      expect(after([lost, LOST], [by.state === 'retry' ? by.nextPollBy! : 0, LOST]).check.state).toBe('failure');
    }
  });

  it('counts from the last answer', () => {
    expect(after([0, LOST], [40, RUNNING], [50, LOST]).check).toMatchObject({ state: 'retry', nextPollBy: 100 });
  });
});
