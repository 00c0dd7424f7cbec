/**
 * SELECT over about 1 GB of JSON in a bucket of the local cloud: time, and peak memory of this process and of those that
 * run queries, together. What they have in common (programs and libraries) counts once.
 *
 * Usage: tsx bench/select.ts [--megabytes 1024]
 */
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readOptions } from '../lib/cli/options';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { Account } from '../lib/local-cloud/account/account';
import { DlaServer } from '../lib/local-cloud/dla/dla-server';
import { Engine } from '../lib/local-cloud/dla/engine/engine';
import { scratchFolder } from '../scripts/scratch-folder';

const REGION = 'cn-hangzhou';
const FILES = 4;

const QUERIES: readonly (readonly [what: string, sql: string])[] = [
  ['count', 'select count(*) from lake.events'],
  ['filter and group', "select kind, count(*), avg(amount) from lake.events where note like '%7%' group by kind"],
  ['all rows, to result.csv', '/*+ run_async=true */ select * from lake.events'],
  ['all rows in order, to result.csv', '/*+ run_async=true */ select * from lake.events order by note, id'],
];

async function writeFile(file: string, bytes: number, start: number): Promise<void> {
  const out = fs.createWriteStream(file);
  for (let written = 0, id = start; written < bytes;) {
    const lines = Array.from({ length: 2000 }, () => {
      id += 1;
      return `{"id":${id},"kind":"kind-${id % 17}","amount":${(id % 1000) / 8},"note":"note ${(id * 7919) % 1000003} of the event"}\n`;
    }).join('');
    written += lines.length;
    if (!out.write(lines)) {
      await once(out, 'drain');
    }
  }
  out.end();
  await once(out, 'close');
}

async function finished(connection: Connection, id: string): Promise<RowDataPacket> {
  for (;;) {
    const [[task]] = await connection.query<RowDataPacket[]>(`show query_task where id = '${id}'`);
    if (task.status !== 'RUNNING') {
      return task;
    }
    await sleep(50);
  }
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MB`;

/** Bytes that the processes have each for itself, and the largest part that they share. */
function memory(pids: readonly number[]): number {
  const found = pids.map((pid) => {
    try {
      const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
      return ['RssAnon', 'RssFile'].map((name) => 1024 * Number(new RegExp(`${name}:\\s*(\\d+)`).exec(status)?.[1]));
    } catch {
      // It has just ended.
      return [0, 0];
    }
  });
  return found.reduce((sum, [own]) => sum + own, 0) + Math.max(...found.map(([, shared]) => shared));
}

async function main(): Promise<void> {
  const values = readOptions(process.argv.slice(2), { megabytes: { type: 'string' } });
  const size = Number(values.megabytes ?? '1024') * 2 ** 20;
  const folder = scratchFolder('bench-select');
  const account = new Account(folder);
  account.oss.createBucket(REGION, { name: 'data-bucket' });
  for (let at = 0; at < FILES; at += 1) {
    const file = account.oss.blobs.scratch();
    await writeFile(file, size / FILES, at * 100_000_000);
    account.oss.putObject('data-bucket', `events/part-${at}.json`, { file });
  }
  const engine = new Engine(path.join(folder, 'dla-scratch'));
  const dla = new DlaServer(account, engine, { region: REGION });
  const server = net.createServer((socket) => dla.handle(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { dlaUser: user, dlaPassword: password } = account.identity;
  const { port } = server.address() as net.AddressInfo;
  const connection = await createConnection({ host: '127.0.0.1', port, user, password });
  await connection.query(`create schema lake with dbproperties (catalog='oss', location='oss://data-bucket/')`);
  await connection.query(
    `create external table lake.events (id bigint, kind string, amount double, note string)
     stored as json location 'oss://data-bucket/events/'`,
  );
  const used = (): number => memory([process.pid, ...engine.pids]);
  console.log(`data: ${megabytes(size)} in ${FILES} objects; memory before the first query: ${megabytes(used())}`);
  for (const [what, sql] of QUERIES) {
    let peak = 0;
    const watch = setInterval(() => {
      peak = Math.max(peak, used());
    }, 20);
    const started = performance.now();
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    const id = rows[0].ASYNC_TASK_ID as string | undefined;
    const task = id === undefined ? undefined : await finished(connection, id);
    const outcome = task
      ? `${task.status}, ${task.row_count} rows${task.message && `, ${task.message}`}`
      : `${rows.length} rows`;
    console.log(
      `${what}: ${outcome}, ${((performance.now() - started) / 1000).toFixed(1)} s, peak memory ${megabytes(peak)}`,
    );
    clearInterval(watch);
  }
  connection.destroy();
  server.close();
  await dla.close();
  await engine.close();
  account.close();
}

void main();
