import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { startLocalCloud } from './http-client';
import { memoryOf, run, untilReady, untilSaid } from './processes';
import { report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const ROUNDS = 15;
/** They take seconds. */
const OTHER_ROUNDS = 5;
const ANY_PORTS = ['--http-port=0', '--dla-port=0', '--rocketmq-port=0'];
const MOST_MEGABYTES = 160;
/** After the last query; workers that nobody needs are ended within a minute. */
const REST_MILLIS = 65_000;

const BARE = `console.log(JSON.stringify({ dla: '127.0.0.1:10000' }) + '\\nReady.'); setInterval(() => {}, 1e6)`;

/** Time until a process that loads a module has ended. */
const load = (module: string) => () => run(process.execPath, ['-e', `require(${JSON.stringify(module)})`]);

const local = () => untilReady('dist/lib/local-cloud/server/cli.js', 'start', ...ANY_PORTS);

/** Compares with a server of another project, where it is installed. */
async function against(command: string, args: readonly string[], ready: RegExp, goal: number): Promise<void> {
  if (spawnSync(command, ['--help'], { stdio: 'ignore' }).error) {
    process.stdout.write(`skip  alicloud-local to Ready. against ${command}: ${command} is not on the PATH\n`);
    return;
  }
  const ratio = await timeRatio(OTHER_ROUNDS, local, () => untilSaid(command, args, ready));
  report(`alicloud-local to Ready. against ${command}`, ratio, goal);
}

/** What all processes have before a first client of DLA, and a minute after its last query. */
async function memory(): Promise<void> {
  const cloud = await startLocalCloud(...ANY_PORTS);
  try {
    const tell = (when: string) =>
      report(`memory of all processes ${when}, of ${MOST_MEGABYTES} MB`, memoryOf(cloud.pid) / MOST_MEGABYTES, 1);
    tell('before a client of DLA');
    const dla = await createConnection({
      host: '127.0.0.1',
      port: cloud.dlaPort,
      user: cloud.key.dlaUser,
      password: cloud.key.dlaPassword,
    });
    await dla.query('select 1');
    process.stdout.write(`      ${Math.round(memoryOf(cloud.pid))} MB after its first query\n`);
    await sleep(REST_MILLIS);
    tell('a minute after its last query');
    await dla.query('select 1');
    await dla.end();
  } finally {
    await cloud.stop();
  }
}

async function main(): Promise<void> {
  report(
    'alicloud-local to Ready. against a bare node that prints the same',
    await timeRatio(ROUNDS, local, () => untilReady('-e', BARE)),
    2,
  );
  await against('moto_server', ['-H', '127.0.0.1', '-p', '0'], /Running on http/, 0.7);
  const folder = scratchFolder('bench-start');
  const anyPorts = ['--blobPort', '0', '--queuePort', '0', '--tablePort', '0'];
  await against('azurite', ['--location', folder, ...anyPorts], /Table service is successfully listening/, 0.35);
  await memory();
  report(
    "require('cdktf-alicloud-dla') against require('cdktf')",
    await timeRatio(ROUNDS, load('cdktf-alicloud-dla'), load('cdktf')),
    1.2,
  );
  report(
    "require('cdktf-alicloud-dla/smoke') against require('mysql2')",
    await timeRatio(ROUNDS, load('cdktf-alicloud-dla/smoke'), load('mysql2')),
    1.3,
  );
}

void main();
