import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { WorkerPool } from '../../../../lib/local-cloud/dla/engine/worker-pool';
import type { EngineCatalog } from '../../../../lib/local-cloud/dla/engine/types';
import { scratchFolder } from '../../../scratch';
import { ENDLESS } from '../dla-fixture';

const LIMITS = { memory: 200 << 20, duckdbMemory: '100MB', threads: 1, nice: 0 };

function newPool(idleMillis: number, folder = scratchFolder()): WorkerPool {
  const pool = new WorkerPool(folder, { workers: 1, limits: LIMITS, idleMillis });
  onTestFinished(() => pool.close());
  return pool;
}

const use = (pool: WorkerPool): Promise<number> =>
  pool.use({ signal: new AbortController().signal, waitMillis: 10_000 }, (worker) =>
    worker.request<'parse'>({ kind: 'parse', sql: 'select 1' }).then(() => worker.pid),
  );

async function untilNone(pool: WorkerPool): Promise<void> {
  while (pool.pids.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

it('ends a worker that nobody needs any more, however it was started', async () => {
  const pool = newPool(50);
  pool.warm();
  expect(pool.pids).toHaveLength(1);
  await untilNone(pool);
  // Of a client that was there already: nothing warms it.
  expect(await use(pool)).toBeGreaterThan(0);
  await untilNone(pool);
  expect(await use(pool)).toBeGreaterThan(0);
});

it('tells a query of a scratch folder that went, and goes on when it is back', async () => {
  const folder = path.join(scratchFolder(), 'scratch');
  fs.mkdirSync(folder);
  const pool = newPool(10_000, folder);
  fs.rmdirSync(folder);
  fs.writeFileSync(folder, '');
  pool.warm();
  for (let time = 0; time < 3; time += 1) {
    await expect(use(pool)).rejects.toMatchObject({
      code: 'ER_OUT_OF_RESOURCES',
      message: expect.stringMatching(/^a process for queries cannot be started \(ENOTDIR\): /) as string,
    });
  }
  fs.rmSync(folder);
  fs.mkdirSync(folder);
  expect(await use(pool)).toBeGreaterThan(0);
});

it('holds nothing where a file is missing, and then the next tables', async () => {
  const file = path.join(scratchFolder(), 'a.json');
  fs.writeFileSync(file, '{}');
  const catalogOf = (from: string): EngineCatalog => ({
    tables: [
      {
        schema: 's',
        name: 't',
        columns: [],
        format: 'JSON',
        parts: [{ values: [], files: [{ path: from, size: 2 }] }],
      },
    ] as unknown as EngineCatalog['tables'],
    views: [],
  });
  const pool = newPool(10_000);
  await pool.use({ waitMillis: 10_000 }, async (worker) => {
    worker.hold('a', catalogOf(file));
    expect(() => worker.hold('b', catalogOf(`${file}.gone`))).toThrow('is missing');
    const [{ parts }] = worker.hold('a', catalogOf(file)).tables;
    expect(fs.existsSync(parts[0].files[0].path)).toBe(true);
    await worker.ready;
  });
});

it('keeps a worker that is needed again and again', async () => {
  const pool = newPool(10_000);
  const pids = [await use(pool), await use(pool), await use(pool)];
  expect(new Set(pids).size).toBe(1);
});

it('ends a query that runs longer than it may, and goes on with the next', async () => {
  const pool = newPool(10_000);
  const endless = pool.use({ waitMillis: 10_000, runMillis: 500 }, (worker) =>
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
  expect(await use(pool)).toBeGreaterThan(0);
});

it('lets 200 queries wait for a worker, and refuses the next at once', async () => {
  const pool = newPool(10_000);
  let free = (): void => {};
  const first = pool.use({ waitMillis: 10_000 }, () => new Promise<void>((resolve) => (free = resolve)));
  const leave = new AbortController();
  const waiting = Array.from({ length: 200 }, (_, at) =>
    pool.use({ waitMillis: 10_000, signal: at === 0 ? leave.signal : undefined }, () => Promise.resolve('done')),
  );
  await expect(use(pool)).rejects.toMatchObject({
    code: 'ER_TOO_MANY_CONCURRENT',
    message: '200 queries wait for their turn already: try again later',
  });
  leave.abort(new Error('left'));
  await expect(waiting[0]).rejects.toThrow('left');
  const another = use(pool);
  free();
  await first;
  expect(await Promise.all(waiting.slice(1))).toEqual(Array(199).fill('done'));
  expect(await another).toBeGreaterThan(0);
});
