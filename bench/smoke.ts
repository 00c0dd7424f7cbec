import { AsyncLocalStorage } from 'node:async_hooks';
import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCloud } from '../lib/local-cloud';
import { TRUST_POLICY } from '../lib/cloud/dla-roles';
import { type Clock, runSmokeTest, type SmokeChannel, systemClock } from '../lib/smoke';
import { ROOT } from './processes';
import { median, report } from './ratio';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMNSRole';
const QUEUE = 'receipts';
const SAMPLES = 25;
/** Samples do not start at once, so that a short query has the machine for itself. */
const STAGGER_MILLIS = 60;
/** Samples of the command as a process, for each short query. */
const COMMAND_SAMPLES = 7;
const SHORT_MILLIS = 2_000;

/**
 * From here on fewer looks than one a second are possible: whoever does not know the duration, and wants half of the
 * lags below a tenth, needs 5 looks in the first second and one for each further 20 %.
 */
const LONG_MILLIS = 20_000;

/** Durations of queries from 50 ms to 60 s, of which few are a whole number of seconds: that would favour one side. */
const DURATIONS = [50, 120, 300, 700, 1_500, 3_500, 7_500, 15_500, 30_500, 60_000];

/** The smoke test as it is, and the same one with pauses of one length. */
const STRATEGIES: Readonly<Record<string, Clock>> = {
  'dla-smoke': systemClock,
  'every 1 s': fixed(1_000),
  'every 5 s': fixed(5_000),
};

function fixed(millis: number): Clock {
  return { now: systemClock.now, sleep: (_, signal) => systemClock.sleep(millis, signal) };
}

interface Run {
  readonly lagMillis: number;
  readonly polls: number;
}

const channel: SmokeChannel = {
  name: QUEUE,
  outputs: { kind: 'mns', region: REGION, roleName: ROLE, queue: QUEUE, query: 'select 1' },
};

const CHANNELS = JSON.stringify({ bench: { receipt_channels: { [QUEUE]: channel.outputs } } });

/** A cloud whose queries take that long, with a queue that receipts go to. */
async function start(queryDelayMillis: number): Promise<LocalCloud> {
  const cloud = await LocalCloud.start({ regions: [REGION], queryDelayMillis });
  const { account } = cloud;
  account.ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: TRUST_POLICY });
  account.ram.attachPolicy('role', ROLE, 'System', 'AliyunMNSFullAccess');
  account.mns.createQueue(REGION, { queueName: QUEUE });
  // DuckDB loads with the first query.
  await follow(cloud, systemClock);
  return cloud;
}

/** One smoke test: the time from the receipt being there to its end, and the looks that it took. */
async function follow(cloud: LocalCloud, clock: Clock): Promise<Run> {
  const { outcome, channels } = await runSmokeTest({ channels: [channel], env: cloud.endpoints.environment, clock });
  const end = Date.now();
  if (outcome !== 'pass') {
    throw new Error(channels[0].reason);
  }
  const [{ task, polls }] = channels[0].attempts;
  const { updateTime } = cloud.account.dla.listTasks(REGION).find(({ id }) => id === task.id)!;
  return { lagMillis: end - updateTime, polls };
}

/** The command as a process: the time from the receipt being there to its exit. */
async function command(cloud: LocalCloud, phase: number): Promise<number> {
  const fixedPhase = `data:text/javascript,Math.random=()=>${phase}`;
  const child = spawn(process.execPath, ['--import', fixedPhase, path.join(ROOT, 'dist/lib/smoke/cli.js')], {
    env: { ...process.env, ...cloud.endpoints.environment, DLA_SMOKE_CHANNELS: CHANNELS },
    stdio: 'ignore',
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const end = Date.now();
  if (code !== 0) {
    throw new Error(`dla-smoke ended with ${String(code)}`);
  }
  return end - Math.max(...cloud.account.dla.listTasks(REGION).map(({ updateTime }) => updateTime));
}

interface Measured {
  readonly durationMillis: number;
  /** By strategy. */
  readonly runs: readonly (readonly Run[])[];
  /** Lags of the command, for short queries. */
  readonly commandLags: readonly number[];
}

/** All strategies on one cloud. */
async function measure(durationMillis: number): Promise<Measured> {
  const cloud = await start(durationMillis);
  try {
    const commandLags: number[] = [];
    while (durationMillis < SHORT_MILLIS && commandLags.length < COMMAND_SAMPLES) {
      commandLags.push(await command(cloud, (commandLags.length + 0.5) / COMMAND_SAMPLES));
    }
    const sample = async (clock: Clock, index: number): Promise<Run> => {
      await sleep(index * STAGGER_MILLIS);
      return phases.run((index + 0.5) / SAMPLES, () => follow(cloud, clock));
    };
    const runs = await Promise.all(
      Object.values(STRATEGIES).map((clock) =>
        Promise.all(Array.from({ length: SAMPLES }, (_, index) => sample(clock, index))),
      ),
    );
    return { durationMillis, runs, commandLags };
  } finally {
    await cloud.stop();
  }
}

/** Where a sample's looks begin, spread evenly instead of by chance: few samples then tell the median of many. */
const phases = new AsyncLocalStorage<number>();

async function main(): Promise<void> {
  Math.random = () => phases.getStore() ?? 0.5;

  const measured: Measured[] = [];
  // Short queries one after the other, so that the machine is theirs; long ones at once, for they mostly wait.
  for (const duration of DURATIONS.filter((millis) => millis < SHORT_MILLIS)) {
    measured.push(await measure(duration));
  }
  measured.push(...(await Promise.all(DURATIONS.filter((millis) => millis >= SHORT_MILLIS).map(measure))));

  const cell = (text: string | number) => String(text).padStart(14);
  process.stdout.write(`lag in ms / polls, medians of ${SAMPLES}\n`);
  process.stdout.write(`${['query ms', 'goal ms', ...Object.keys(STRATEGIES)].map(cell).join('')}\n`);
  for (const { durationMillis, runs } of measured) {
    const cells = runs.map((one) => `${lagOf(one)} / ${pollsOf(one)}`);
    process.stdout.write(`${[durationMillis, goalOf(durationMillis), ...cells].map(cell).join('')}\n`);
  }

  for (const { durationMillis, runs } of measured) {
    const goal = goalOf(durationMillis);
    report(`median lag of dla-smoke at ${durationMillis} ms against ${goal} ms`, lagOf(runs[0]) / goal, 1);
  }
  const commands = measured.flatMap(({ durationMillis, commandLags }) =>
    commandLags.map((lag) => lag / goalOf(durationMillis)),
  );
  report('the same, of the command to the exit of its process, short queries together', median(commands), 1);
  process.stdout.write(`below ${LONG_MILLIS} ms the lag costs more polls than one a second, see above\n`);
  for (const { durationMillis, runs } of measured.filter((one) => one.durationMillis >= LONG_MILLIS)) {
    report(`polls of dla-smoke at ${durationMillis} ms against one a second`, pollsOf(runs[0]) / pollsOf(runs[1]), 1);
  }
}

const goalOf = (durationMillis: number): number => Math.max(100, durationMillis / 10);
const lagOf = (runs: readonly Run[]): number => median(runs.map(({ lagMillis }) => lagMillis));
const pollsOf = (runs: readonly Run[]): number => median(runs.map(({ polls }) => polls));

void main();
