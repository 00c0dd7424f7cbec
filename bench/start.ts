import { run, untilReady } from './processes';
import { report, timeRatio } from './ratio';

const ROUNDS = 15;
const ANY_PORTS = ['--http-port=0', '--dla-port=0', '--rocketmq-port=0'];

/** Time until a process that loads a module has ended. */
const load = (module: string) => () => run(process.execPath, ['-e', `require(${JSON.stringify(module)})`]);

async function main(): Promise<void> {
  const bare = `console.log(JSON.stringify({ dla: '127.0.0.1:10000' }) + '\\nReady.'); setInterval(() => {}, 1e6)`;
  report(
    'alicloud-local to Ready. against a bare node that prints the same',
    await timeRatio(
      ROUNDS,
      () => untilReady('dist/lib/local-cloud/server/cli.js', 'start', ...ANY_PORTS),
      () => untilReady('-e', bare),
    ),
    2,
  );
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
