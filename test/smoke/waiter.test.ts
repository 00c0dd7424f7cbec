import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../lib/smoke';
import { type Check, pauseAfter, waitFor, type WaitOptions } from '../../lib/smoke/waiter';

/** Sleeping takes no time: it moves the clock. */
class SkippingClock implements Clock {
  public time = 1_000;
  public readonly sleeps: number[] = [];

  public now(): number {
    return this.time;
  }

  public async sleep(millis: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.sleeps.push(millis);
    this.time += millis;
  }
}

const retry = (seen = 'nothing', more: object = {}): Check<string> => ({ state: 'retry', seen, ...more });

function wait(
  looks: readonly (Check<string> | Error)[],
  options: Partial<WaitOptions<string>> = {},
  clock = new SkippingClock(),
) {
  let look = 0;
  return waitFor<string>({
    check: () => {
      const next = looks[Math.min(look++, looks.length - 1)];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
    clock,
    signal: new AbortController().signal,
    deadline: 11_000,
    maxPauseMillis: 2_000,
    random: () => 0.5,
    ...options,
  });
}

it.each([
  [0, 140],
  [800, 140],
  [1_000, 165],
  [5_000, 825],
  [10_000, 1_650],
  [12_500, 2_000],
  [100_000, 2_000],
])('the pause after %d ms is %d ms', (waited, pause) => {
  expect(pauseAfter(waited, 2_000)).toBe(pause);
});

describe('a wait', () => {
  it.each(['success', 'failure'] as const)('ends with %s', async (state) => {
    const clock = new SkippingClock();
    const result = await wait([retry(), retry(), { state, value: 'it' }], {}, clock);
    expect(result).toEqual({
      state,
      value: 'it',
      checks: 3,
      observations: [{ seen: 'nothing', times: 2 }],
      lastError: undefined,
    });
    expect(clock.sleeps).toEqual([70, 140]);
  });

  it('looks at the deadline for the last time, and never sleeps past it', async () => {
    const clock = new SkippingClock();
    const result = await wait([retry()], {}, clock);
    expect(result.state).toBe('timeout');
    expect(result.value).toBeUndefined();
    expect(clock.time).toBe(11_000);
    expect(result.checks).toBe(clock.sleeps.length + 1);
  });

  it('looks once when the deadline is there from the beginning', async () => {
    const clock = new SkippingClock();
    expect(await wait([retry()], { deadline: 1_000 }, clock)).toMatchObject({ state: 'timeout', checks: 1 });
    expect(clock.sleeps).toEqual([]);
    expect(await wait([{ state: 'success', value: 'it' }], { deadline: 0 })).toMatchObject({ state: 'success' });
  });

  it('looks by the moment that the check asks for, but not sooner than now', async () => {
    const clock = new SkippingClock();
    const looks = [
      retry('a', { nextPollBy: 1_050 }),
      retry('a', { nextPollBy: 900 }),
      retry('a', { nextPollBy: 99_000 }),
    ];
    await wait([...looks, { state: 'success', value: 'it' }], {}, clock);
    expect(clock.sleeps).toEqual([50, 0, 140]);
  });

  it('lists what was seen in order of appearance, and keeps the last error', async () => {
    const looks = [retry('a'), retry('b', { error: 'first' }), retry('a'), retry('b', { error: 'second' }), retry('a')];
    expect(await wait([...looks, { state: 'failure', value: 'it' }])).toMatchObject({
      checks: 6,
      observations: [
        { seen: 'a', times: 3 },
        { seen: 'b', times: 2 },
      ],
      lastError: 'second',
    });
  });

  it('tells each pause', async () => {
    const told: [string, number][] = [];
    const looks = [retry('a'), retry('b'), { state: 'success', value: 'it' } as const];
    await wait(looks, { onPause: (...pause) => told.push(pause) });
    expect(told).toEqual([
      ['a', 70],
      ['b', 140],
    ]);
  });

  it('ends with what the check throws', async () => {
    await expect(wait([retry(), new Error('not listed')])).rejects.toThrow('not listed');
  });

  it('ends with the reason of the signal, before a look or in a pause', async () => {
    await expect(wait([retry()], { signal: AbortSignal.abort(new Error('stop')) })).rejects.toThrow('stop');
    const abort = new AbortController();
    const looks: Check<string>[] = [];
    const check = (): Promise<Check<string>> => {
      looks.push(retry());
      return Promise.resolve(retry());
    };
    const ended = wait([], { check, clock: systemClock, deadline: Infinity, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('stop')), 20);
    await expect(ended).rejects.toThrow('stop');
    expect(looks).toHaveLength(1);
  });

  it('ends with the fault of a clock that cannot sleep', async () => {
    const clock = { now: () => 0, sleep: () => Promise.reject(new Error('broken clock')) };
    await expect(wait([retry()], { clock })).rejects.toThrow('broken clock');
  });

  it('begins at a moment of chance unless told otherwise', async () => {
    const first = async (): Promise<number | undefined> => {
      const clock = new SkippingClock();
      await wait([retry()], { random: undefined }, clock);
      return clock.sleeps[0];
    };
    expect(await first()).not.toBe(await first());
  });
});

describe('the lag', () => {
  /** The lags of what takes that long, with first pauses of every length, and the looks at it. */
  async function lags(durationMillis: number): Promise<{ lag: number; looks: number }[]> {
    const shares = Array.from({ length: 101 }, (_, index) => index / 100);
    return Promise.all(
      shares.map(async (share) => {
        const clock = new SkippingClock();
        const end = clock.time + durationMillis;
        const check = (): Promise<Check<string>> =>
          Promise.resolve(clock.time < end ? retry() : { state: 'success', value: 'it' });
        const options = { check, deadline: Infinity, maxPauseMillis: 5_000, random: () => share };
        const { checks } = await wait([], options, clock);
        return { lag: clock.time - end, looks: checks };
      }),
    );
  }
  const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];

  it.each([1, 50, 120, 300, 700, 1_500, 3_500, 7_500, 15_500, 30_500, 60_000, 600_000])(
    'of %d ms is half of the time at most a tenth, or 80 ms',
    async (duration) => {
      expect(median((await lags(duration)).map(({ lag }) => lag))).toBeLessThan(Math.max(80, duration / 10));
    },
  );

  it.each([30_500, 60_000, 600_000])('of %d ms takes fewer looks than one a second', async (duration) => {
    const oneASecond = Math.ceil(duration / 1_000) + 1;
    expect(median((await lags(duration)).map(({ looks }) => looks))).toBeLessThan(oneASecond);
  });
});

it('takes its time from a clock that does not go back, and can be stopped', async () => {
  const before = systemClock.now();
  await systemClock.sleep(5, new AbortController().signal);
  expect(systemClock.now()).toBeGreaterThan(before);
  await expect(systemClock.sleep(60_000, AbortSignal.abort())).rejects.toThrow('abort');
});
