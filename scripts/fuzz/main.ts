import childProcess from 'node:child_process';
import * as path from 'node:path';
import { UsageError } from '../../lib/cli/command-line';
import { readOptions } from '../../lib/cli/options';
import { ownPackage } from '../../lib/cli/own-version';
import * as fc from 'fast-check';
import { LocalCloud } from '../../lib/local-cloud/server/local-cloud';
import { FUZZERS } from './fuzzers';
import { BATCH, internalErrors, prepareAccount, targetOf } from './target';

const USAGE = `usage: npm run fuzz -- [--runs N] [--seed N]

Sends random inputs to every server of a local cloud, and fails when one does what none may do.

  --runs N   the number of inputs; 100000 unless given
  --seed N   sends the inputs of the run that told this seed again
  -h, --help shows this

  npm run fuzz -- --runs 20000 --seed 21
`;

function numberArgument(name: string, text: string, min: number): number {
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min)) {
    throw new UsageError(
      `--${name}: expected a whole number from ${min}, got ${JSON.stringify(text)}; --help tells more`,
    );
  }
  return value;
}

/** Has the processes that run queries write their coverage, and run from the files whose source is known. */
function countChildren(): void {
  const { spawn } = childProcess;
  const preload = path.join(__dirname, 'child-coverage.js');
  const here = (arg: string) => arg.replace(path.join(ownPackage(), 'dist/lib'), path.resolve(__dirname, '../../lib'));
  childProcess.spawn = ((file: string, args: readonly string[], options: childProcess.SpawnOptions) =>
    file === process.execPath
      ? spawn(file, ['--require', preload, ...args.map(here)], options)
      : spawn(file, args, options)) as typeof spawn;
}

/** Sends random inputs to every server of a local cloud and fails when one of them does what none may do. */
async function main(): Promise<void> {
  const { help, ...values } = readOptions(process.argv.slice(2), {
    runs: { type: 'string' },
    seed: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  });
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const runs = numberArgument('runs', values.runs ?? '100000', FUZZERS.length * BATCH);
  const seed = numberArgument('seed', values.seed ?? String(Date.now() % 2 ** 31), 0);
  const escaped: unknown[] = [];
  process.on('uncaughtException', (error) => escaped.push(error));
  process.on('unhandledRejection', (error) => escaped.push(error));

  const told = internalErrors();
  if (process.env.NODE_V8_COVERAGE) {
    countChildren();
  }
  const cloud = await LocalCloud.start();
  try {
    const target = targetOf(cloud.account, cloud.endpoints);
    for (const { name, share, property } of FUZZERS) {
      const numRuns = Math.ceil((runs * share) / 100 / BATCH);
      const started = performance.now();
      Object.assign(target, { instanceId: prepareAccount(cloud.account) });
      await fc.assert(property(target), { numRuns, seed, endOnFailure: true, includeErrorInReport: true });
      if (escaped.length > 0) {
        throw new Error(`an error escaped, and would have ended the process: ${(escaped[0] as Error)?.stack}`);
      }
      if (told.length > 0) {
        throw new Error(`${name}: ${told[0]}`);
      }
      const problem = cloud.account.store.problemOf([...cloud.account.store.rows()]);
      if (problem !== undefined) {
        throw new Error(`${name}: rows do not fit together: ${problem}`);
      }
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      process.stdout.write(`${name}: ${numRuns * BATCH} inputs in ${seconds} s\n`);
    }
  } catch (error) {
    throw new Error(`failed with --seed ${seed}: ${(error as Error).message}`, { cause: error });
  } finally {
    await cloud.stop();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${process.env.DEBUG ? error.stack : error.message}\n`);
    process.exit(error instanceof UsageError ? 2 : 1);
  },
);
