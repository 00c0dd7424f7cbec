import { expect, it, onTestFinished } from 'vitest';
import { Lane } from '../../../../lib/local-cloud/dla/engine/lane';
import { scratchFolder } from '../../../scratch';
import { ENDLESS } from '../dla-fixture';

const LIMITS = { memory: 200 << 20, duckdbMemory: '100MB', threads: 1, nice: 0 };

function newLane(idleMillis: number): Lane {
  const lane = new Lane(scratchFolder(), { workers: 1, limits: LIMITS, idleMillis });
  onTestFinished(() => lane.close());
  return lane;
}

const use = (lane: Lane): Promise<number> =>
  lane.use({ signal: new AbortController().signal, waitMillis: 10_000 }, (worker) =>
    worker.request<'parse'>({ kind: 'parse', sql: 'select 1' }).then(() => worker.pid),
  );

async function untilNone(lane: Lane): Promise<void> {
  while (lane.pids.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it('ends a worker that nobody needs any more, however it was started', async () => {
  const lane = newLane(50);
  lane.warm();
  expect(lane.pids).toHaveLength(1);
  await untilNone(lane);
  // Of a client that was there already: nothing warms it.
  expect(await use(lane)).toBeGreaterThan(0);
  await untilNone(lane);
  expect(await use(lane)).toBeGreaterThan(0);
});

it('keeps a worker that is needed again and again', async () => {
  const lane = newLane(10_000);
  const pids = [await use(lane), await use(lane), await use(lane)];
  expect(new Set(pids).size).toBe(1);
});

it('ends a query that runs longer than it may, and goes on with the next', async () => {
  const lane = newLane(10_000);
  const endless = lane.use({ waitMillis: 10_000, runMillis: 500 }, (worker) =>
    worker.request<'read'>({
      kind: 'read',
      sql: ENDLESS,
      isSmall: false,
      database: { timeZone: 'UTC', threads: 1 },
      catalogId: worker.held.id,
      catalog: worker.catalogToSend(),
      maxRows: 1,
      maxLength: 1,
    }),
  );
  await expect(endless).rejects.toMatchObject({ code: 'ER_QUERY_TIMEOUT' });
  expect(await use(lane)).toBeGreaterThan(0);
});
