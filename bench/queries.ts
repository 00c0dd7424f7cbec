/**
 * DLA's engine against DuckDB in this process: the least statement, a small table, and eight large queries at once.
 */
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { createConnection, type Connection } from 'mysql2/promise';
import { Account } from '../lib/local-cloud/account/account';
import { DlaServer } from '../lib/local-cloud/dla/dla-server';
import { Engine } from '../lib/local-cloud/dla/engine/engine';
import { report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const REGION = 'cn-hangzhou';
const BUCKET = 'data-bucket';
const ROUNDS = 300;
const LARGE_BYTES = 100 << 20;
const AT_ONCE = 8;
const LARGE = "select kind, count(*), avg(amount) from %s where note like '%7%' group by kind";

/** What a query cost when each had a database of its own. */
async function selectInDatabaseOfItsOwn(): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' });
  const connection = await instance.connect();
  await connection.run('SET max_expression_depth = 250');
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  await connection.runAndReadAll('select 1');
  connection.closeSync();
  instance.closeSync();
}

function line(id: number): string {
  return `{"id":${id},"kind":"kind-${id % 17}","amount":${(id % 1000) / 8},"note":"note ${(id * 7919) % 1000003} of it"}\n`;
}

function writeLines(file: string, bytes: number): void {
  const fd = fs.openSync(file, 'w');
  for (let written = 0, id = 0; written < bytes; id += 2000) {
    written += fs.writeSync(fd, Array.from({ length: 2000 }, (_, at) => line(id + at)).join(''));
  }
  fs.closeSync(fd);
}

async function main(): Promise<void> {
  const folder = scratchFolder('bench-queries');
  const account = new Account(folder);
  const engine = new Engine(path.join(folder, 'dla-scratch'));
  const dla = new DlaServer(account, engine, { region: REGION });
  const server = net.createServer((socket) => dla.handle(socket)).listen(0, '127.0.0.1');
  const connections: Connection[] = [];
  try {
    await once(server, 'listening');
    account.oss.createBucket(REGION, { name: BUCKET });
    account.oss.putObject(
      BUCKET,
      'small/a.json',
      Buffer.from(Array.from({ length: 100 }, (_, id) => line(id)).join('')),
    );
    const large = account.oss.blobs.scratch();
    writeLines(large, LARGE_BYTES);
    account.oss.putObject(BUCKET, 'large/a.json', { file: large });
    const { dlaUser: user, dlaPassword: password } = account.identity;
    const { port } = server.address() as net.AddressInfo;
    for (let at = 0; at < AT_ONCE; at += 1) {
      connections.push(await createConnection({ host: '127.0.0.1', port, user, password }));
    }
    const [connection] = connections;
    await connection.query(`create schema lake with dbproperties (catalog='oss', location='oss://${BUCKET}/')`);
    const instance = await DuckDBInstance.create(':memory:', { threads: '2', memory_limit: '512MB' });
    const inProcess: DuckDBConnection = await instance.connect();
    for (const name of ['small', 'large']) {
      await connection.query(
        `create external table lake.${name} (id bigint, kind string, amount double, note string)
         stored as json location 'oss://${BUCKET}/${name}/'`,
      );
      const { blob } = account.oss.getObject(BUCKET, `${name}/a.json`);
      await inProcess.run(
        `create view ${name} as select * from read_json(['${account.oss.blobs.pathOf(blob)}'], format = 'newline_delimited',
         columns = {id: 'BIGINT', kind: 'VARCHAR', amount: 'DOUBLE', note: 'VARCHAR'})`,
      );
    }
    const select = (sql: string): Promise<unknown> => connection.query(sql);
    // Both sides end with an object for each row.
    const selectInProcess = async (sql: string): Promise<unknown> =>
      (await inProcess.runAndReadAll(sql)).getRowObjectsJS();
    await select('select * from lake.small');

    const one = await timeRatio(ROUNDS, () => select('select 1'), selectInDatabaseOfItsOwn);
    report('select 1 over the protocol, against a database for each query', one, 0.5);
    const small = await timeRatio(
      ROUNDS,
      () => select('select * from lake.small'),
      () => selectInProcess('select * from small'),
    );
    report('a small SELECT over a table, sent again and again, against DuckDB in process', small, 1.5);
    let [asked, askedInProcess] = [0, 0];
    const others = await timeRatio(
      ROUNDS,
      () => select(`select * from lake.small where id > ${-(asked += 1)}`),
      () => selectInProcess(`select * from small where id > ${-(askedInProcess += 1)}`),
    );
    report('small SELECTs over a table, each another, against DuckDB in process', others, 1.5);
    const eight = await timeRatio(
      3,
      () => Promise.all(connections.map((each) => each.query(LARGE.replace('%s', 'lake.large')))),
      async () => {
        for (let at = 0; at < AT_ONCE; at += 1) {
          await inProcess.runAndReadAll(LARGE.replace('%s', 'large'));
        }
      },
    );
    report('eight SELECTs over 100 MB at once, against one after another', eight, 1.3);
    inProcess.closeSync();
    instance.closeSync();
  } finally {
    connections.forEach((connection) => connection.destroy());
    server.close();
    await dla.close();
    await engine.close();
    account.close();
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
