import { fork, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../../../../lib/local-cloud/dla/engine/engine';
import { type EngineResult, NOTHING } from '../../../../lib/local-cloud/dla/engine/types';
import { scratchFolder } from '../../../scratch';
import { ENDLESS } from '../dla-fixture';

/** DuckDB looks at no interrupt within one function. */
const DEAF = "select levenshtein_distance(repeat('a', 300000), repeat('b', 300000))";

/** 50 million texts. */
const MANY = "split(repeat('a,', 50000000), ',')";

let engine: Engine;

beforeEach(() => {
  engine = new Engine(fs.mkdtempSync(path.join(os.tmpdir(), 'engine-')), 1000);
});

afterEach(() => engine.close());

async function run(
  sql: string,
  signal = new AbortController().signal,
  waitMillis?: number,
): Promise<EngineResult['rows']> {
  const query = await engine.validateSelect(sql);
  const input = { catalog: () => NOTHING, signal, waitMillis };
  return (await engine.read(query, input, { rows: 100, length: 1 << 20 })).rows;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function isRunning(pid: number): boolean {
  try {
    // A process that has ended and that nobody has asked about is still there, as a zombie.
    return !fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Two queries that keep both places, and what ends them. */
async function occupy(sql: string): Promise<() => Promise<void>> {
  const controller = new AbortController();
  const queries = [1, 2].map(() => run(sql, controller.signal).catch((error: unknown) => error));
  await until(() => engine.pids.length >= 2);
  return async () => {
    controller.abort(new Error('enough'));
    await Promise.all(queries);
  };
}

describe('a query that needs too much memory ends alone', () => {
  it.each([
    `select cardinality(${MANY})`,
    "select length(repeat(repeat('a', 100000), 10000))",
    "select repeat('a', 500000000)",
  ])('%s', { timeout: 120_000 }, async (sql) => {
    await expect(run(sql)).rejects.toMatchObject({
      code: 'ER_OUT_OF_RESOURCES',
      message: expect.stringMatching(/needs more than \d+ MB of memory/),
    });
    expect(await run('select 1')).toEqual([['1']]);
    expect(await run('select cardinality(sequence(1, 3))')).toEqual([['3']]);
  });
});

describe('a query that is in a function which nothing interrupts', () => {
  it('ends with its signal, and its folder with it', async () => {
    const controller = new AbortController();
    const query = run(DEAF, controller.signal);
    query.catch(() => {});
    await until(() => engine.pids.length > 0);
    controller.abort(new Error('the client has left'));
    await expect(query).rejects.toThrow('the client has left');
    await until(() => fs.readdirSync(engine.scratchFolder).length === engine.pids.length);
  });

  it('does not outlive the engine', async () => {
    const query = run(DEAF);
    query.catch(() => {});
    await until(() => engine.pids.length > 0);
    const { pids } = engine;
    await engine.close();
    await expect(query).rejects.toThrow('the local cloud was stopped');
    expect(pids.filter(isRunning)).toEqual([]);
    expect(fs.existsSync(engine.scratchFolder)).toBe(false);
  });
});

it('a query that looked light and needs more memory than those may is run where it may have more', async () => {
  const sql =
    'select a, b, c, d, e, f, count(*) n from (values (1, 2, 3, 4, 5, 6)) t(a, b, c, d, e, f) group by cube(a, b, c, d, e, f)';
  expect((await engine.validateSelect(sql)).light).toBe(true);
  await run('select 1');
  const front = engine.pids;
  const rows = await run(sql);
  // Only a worker of the large ones is new: the query has failed in the one of the light ones.
  expect(engine.pids.filter((pid) => !front.includes(pid))).toHaveLength(1);
  expect(rows).toHaveLength(64);
  expect(rows).toContainEqual(['1', null, null, null, null, '6', '1']);
});

describe('a light query whose worker does not answer is run among the large ones', () => {
  it('when it has ended', async () => {
    await run('select 1');
    const [front] = engine.pids;
    process.kill(front, 'SIGSTOP');
    const query = run('select 2');
    // Nothing else is awaited until the worker has the request.
    await nextTurn();
    process.kill(front, 'SIGKILL');
    expect(await query).toEqual([['2']]);
  });

  it('when it takes too long, and so are those that wait for it', async () => {
    await engine.close();
    engine = new Engine(scratchFolder(), 60_000, 500);
    engine.warm();
    const [front] = engine.pids;
    process.kill(front, 'SIGSTOP');
    const sent = [2, 3, 4].map((number) => run(`select ${number}`));
    expect(await Promise.all(sent)).toEqual([[['2']], [['3']], [['4']]]);
  });
});

describe('while as many queries run as may', () => {
  it('what does little is answered, and the next one is told after a time that it waits', async () => {
    const release = await occupy(ENDLESS);
    expect(await run('select 1')).toEqual([['1']]);
    const patient = run('select cardinality(sequence(1, 5))', undefined, 600_000);
    await expect(run('select cardinality(sequence(1, 3))')).rejects.toMatchObject({
      code: 'ER_TOO_MANY_CONCURRENT',
      message: expect.stringContaining('has waited 1 s for its turn: 2 queries run at the same time'),
    });
    expect(await run("select 1 + 1, now() is null, case when 'a' like '%b' then 1 end")).toEqual([['2', '0', null]]);
    await release();
    expect(await patient).toEqual([['5']]);
    expect(await run('select cardinality(sequence(1, 3))')).toEqual([['3']]);
  });

  it('a query that is given up while it waits leaves its turn to others', async () => {
    const release = await occupy(ENDLESS);
    const controller = new AbortController();
    const first = run('select cardinality(sequence(1, 3))', controller.signal);
    const second = run('select cardinality(sequence(1, 4))');
    controller.abort(new Error('changed my mind'));
    await expect(first).rejects.toThrow('changed my mind');
    await release();
    expect(await second).toEqual([['4']]);
  });
});

it('two sorts that spill at the same time are both right, and leave nothing', { timeout: 120_000 }, async () => {
  const sorted = (letter: string): string =>
    `select count(*), sum(rn) from (select h, row_number() over (order by h) rn from (
       select '${letter}' || lpad(cast(a.id * 1000 + b.id as varchar), 8, '0') || repeat('x', 150) h
       from unnest(sequence(1, 1500)) a(id), unnest(sequence(1, 1000)) b(id)))`;
  const expected = [['1500000', String((1_500_000 * 1_500_001) / 2)]];
  expect(await Promise.all([run(sorted('a')), run(sorted('b'))])).toEqual([expected, expected]);
  const spilled = fs
    .readdirSync(engine.scratchFolder, { recursive: true })
    .filter((name) => /storage/.test(String(name)));
  expect(spilled).toEqual([]);
});

it('a process that dies takes one query with it', async () => {
  const query = run(ENDLESS);
  query.catch(() => {});
  await until(() => engine.pids.length > 0);
  engine.pids.forEach((pid) => process.kill(pid, 'SIGKILL'));
  await expect(query).rejects.toThrow('has ended the process that ran it');
  expect(await run('select 1')).toEqual([['1']]);
  expect(await run('select cardinality(sequence(1, 3))')).toEqual([['3']]);
});

it('no process outlives the one that started it, however that ends', async () => {
  const script = path.join(scratchFolder(), 'owner.cjs');
  fs.writeFileSync(
    script,
    `const { Engine } = require(${JSON.stringify(path.resolve('dist/lib/local-cloud/dla/engine/engine.js'))});
     const engine = new Engine(${JSON.stringify(path.join(path.dirname(script), 'scratch'))});
     engine.validateSelect(${JSON.stringify(DEAF)}).then((query) => {
       engine.read(query, { catalog: () => ({ tables: [], views: [] }), signal: new AbortController().signal }, { rows: 1, length: 1 });
       setTimeout(() => process.send(engine.pids), 300);
     });`,
  );
  const owner: ChildProcess = fork(script, { execArgv: [] });
  const pids = await new Promise<number[]>((resolve) =>
    owner.once('message', (message) => resolve(message as number[])),
  );
  expect(pids.length).toBeGreaterThan(0);
  owner.kill('SIGKILL');
  await until(() => !pids.some(isRunning));
});
