/**
 * What small statements meet while heavy queries run: two sorts that spill, functions that run for minutes, values of a
 * gigabyte, clients that leave and queries that are killed. Each figure is a share of what is allowed.
 *
 * Usage: tsx bench/load.ts [--seconds 30]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { readOptions } from '../lib/cli/options';
import { type StartedLocalCloud, startLocalCloud } from './http-client';
import { memoryOf } from './processes';
import { report } from './ratio';

const ALLOWED = { millis: 1000, megabytes: 1500, stopMillis: 2000 };

const SORT = `select count(*) from (
  select x, row_number() over (order by s desc) place from (
    select x, concat(cast(x * 7919 % 1000003 as varchar), repeat('z', 20)) s
    from unnest(sequence(1, 10000)) a(y) cross join unnest(sequence(1, 400)) b(x)))
  where place > 5`;
const MINUTES = `select levenshtein_distance(repeat('a', 300000), repeat('b', 300000))`;
const GIGABYTE = `select length(repeat(repeat('a', 100000), 10000))`;

class Load {
  private running = true;
  private readonly loops: Promise<void>[] = [];
  /** How often each kind of query has ended, so that a load that does nothing is seen. */
  public readonly ends = new Map<string, number>();

  constructor(private readonly cloud: StartedLocalCloud) {}

  public open(): Promise<Connection> {
    const { dlaUser: user, dlaPassword: password } = this.cloud.key;
    return createConnection({ host: '127.0.0.1', port: this.cloud.dlaPort, user, password });
  }

  /** Repeats a step on a connection of its own, with a moment between, until the load ends. */
  public repeat(name: string, step: (connection: Connection) => Promise<unknown>): void {
    const loop = async (): Promise<void> => {
      const connection = await this.open();
      while (this.running) {
        await step(connection);
        this.ends.set(name, (this.ends.get(name) ?? 0) + 1);
        await sleep(30);
      }
      connection.destroy();
    };
    this.loops.push(loop());
  }

  /** Ends with an error as soon as a step has one. */
  public all(): Promise<unknown> {
    return Promise.all(this.loops);
  }

  /** Lets each loop end its step, whose query may fail: its server is about to stop. */
  public end(): Promise<unknown> {
    this.running = false;
    return Promise.allSettled(this.loops);
  }
}

/** These queries are there to be ended by a limit, a KILL or a stop. */
const toItsEnd = (connection: Connection, sql: string): Promise<unknown> =>
  connection.query(sql).catch(() => undefined);

async function killAsynchronous(connection: Connection): Promise<void> {
  const [rows] = await connection.query<RowDataPacket[]>(`/*+ run_async=true */ ${MINUTES}`);
  await sleep(2000);
  await connection.query(`kill query "${rows[0].ASYNC_TASK_ID}"`);
}

async function timed(statement: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await statement;
  return performance.now() - begun;
}

async function main(): Promise<void> {
  const { seconds } = readOptions(process.argv.slice(2), { seconds: { type: 'string', default: '30' } });
  const cloud = await startLocalCloud('--http-port=0', '--dla-port=0', '--rocketmq-port=0');
  const load = new Load(cloud);
  const worst = { select: 0, task: 0, megabytes: 0 };
  load.repeat('sort', (connection) => toItsEnd(connection, SORT));
  load.repeat('sort', (connection) => toItsEnd(connection, SORT));
  load.repeat('gigabyte', (connection) => toItsEnd(connection, GIGABYTE));
  load.repeat('minutes', (connection) => toItsEnd(connection, `/*+ max-running-time-sec=6 */ ${MINUTES}`));
  load.repeat('killed', killAsynchronous);
  load.repeat('left', async () => {
    const connection = await load.open();
    // mysql2 never tells the end of a query whose connection was destroyed.
    void toItsEnd(connection, MINUTES);
    await sleep(1500);
    connection.destroy();
  });
  load.repeat('select 1', async (connection) => {
    worst.select = Math.max(worst.select, await timed(connection.query('select 1')));
  });
  load.repeat('show query_task', async (connection) => {
    worst.task = Math.max(worst.task, await timed(connection.query('show query_task')));
  });
  const watch = async (): Promise<void> => {
    for (const end = Date.now() + Number(seconds) * 1000; Date.now() < end; await sleep(200)) {
      worst.megabytes = Math.max(worst.megabytes, memoryOf(cloud.pid));
    }
  };
  let stopMillis = 0;
  try {
    await Promise.race([watch(), load.all()]);
  } finally {
    const ended = load.end();
    stopMillis = await timed(cloud.stop());
    await ended;
  }
  process.stdout.write(`ended: ${[...load.ends].map(([name, times]) => `${name} ${times}`).join(', ')}\n`);
  report('the slowest select 1 under heavy queries, of a second', worst.select / ALLOWED.millis, 1);
  report('the slowest show query_task under heavy queries, of a second', worst.task / ALLOWED.millis, 1);
  report('memory of all processes at its peak, of 1.5 GB', worst.megabytes / ALLOWED.megabytes, 1);
  report('stop in the middle of heavy queries, of two seconds', stopMillis / ALLOWED.stopMillis, 1);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
