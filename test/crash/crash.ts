import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../lib/cli/command-line';
import { readOptions } from '../../lib/cli/options';
import { check } from './check';
import { LocalProcess } from './local-process';
import { prepare } from './prepare';
import { newWorkers, type Worker } from './workers';
import { scratchFolder } from '../../scripts/scratch-folder';

const USAGE = `usage: npm run crash -- [--kills N]

Kills alicloud-local under load, and checks after each kill that all that was acknowledged is there.

  --kills N  how often it is killed; 200 unless given
  -h, --help shows this

  npm run crash -- --kills 20
`;
/** Changes before a kill. */
const CHANGES = [1, 150] as const;
const MAX_WAIT_MILLIS = 20_000;

/**
 * Kills `alicloud-local` while clients of every server change something, and checks after each kill that all that was
 * acknowledged is there, and nothing that was deleted.
 */
async function main(): Promise<void> {
  const { kills = '200', help } = readOptions(process.argv.slice(2), {
    kills: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  if (!/^[1-9]\d{0,5}$/.test(kills)) {
    throw new UsageError(`--kills: expected a whole number from 1, got ${JSON.stringify(kills)}; --help tells more`);
  }
  const folder = scratchFolder('crash');
  const workers = newWorkers();
  const instanceId = prepare(folder);
  for (let kill = 1; kill <= Number(kills); kill += 1) {
    const cloud = await LocalProcess.start(folder);
    let isKilled = false;
    const refused: unknown[] = [];
    const running = workers.map((worker) =>
      worker.run({ endpoints: cloud.endpoints, instanceId }).catch((error: unknown) => {
        // A client that lost its patience, on a machine that is busy, knows as little as one whose server was killed.
        if (!isKilled && (error as Error).name !== 'RequestTimeoutError') {
          refused.push(error);
        }
      }),
    );
    // In the middle of what goes on, some time after a number of changes.
    const enough = sum(workers) + randomInt(...CHANGES);
    const deadline = performance.now() + MAX_WAIT_MILLIS;
    // Every other time after each server has changed ten things, as some clients take long to connect.
    const before = workers.map(({ acknowledged }) => (kill % 2 === 0 ? acknowledged + 10 : 0));
    const isEnough = (): boolean =>
      sum(workers) >= enough && workers.every(({ acknowledged }, index) => acknowledged >= before[index]);
    while (!isEnough() && refused.length === 0 && performance.now() < deadline) {
      await sleep(5);
    }
    await sleep(randomInt(20));
    isKilled = true;
    await cloud.kill();
    await Promise.all(running);
    if (refused.length > 0) {
      throw refused[0];
    }
    check(folder, workers);
    if (kill % 20 === 0) {
      process.stdout.write(`${kill} kills: ${told(workers)}\n`);
    }
  }
  const idle = workers.filter(({ acknowledged }) => acknowledged === 0).map(({ name }) => name);
  if (idle.length > 0) {
    throw new Error(`nothing was acknowledged by ${idle.join(', ')}: a worker that does nothing shows nothing`);
  }
  process.stdout.write(`nothing was lost in ${kills} kills: ${told(workers)}\n`);
}

function told(workers: readonly Worker[]): string {
  return `${sum(workers)} acknowledged changes (${workers.map(({ name, acknowledged }) => `${name} ${acknowledged}`).join(', ')})`;
}

function sum(workers: readonly Worker[]): number {
  return workers.reduce((all, { acknowledged }) => all + acknowledged, 0);
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${process.env.DEBUG ? error.stack : error.message}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
