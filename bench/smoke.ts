import { LocalCloud } from '../lib/local-cloud';
import { TRUST_POLICY } from '../lib/smoke/diagnosis';
import { type Clock, runSmokeTest, type SmokeChannel, systemClock } from '../lib/smoke';
import { median, report } from './ratio';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMNSRole';
const QUEUE = 'receipts';
const SAMPLES = 5;
const SHORT_MILLIS = 2_000;

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

/** A cloud whose queries take that long, with a queue that receipts go to. */
async function start(queryDelayMs: number): Promise<LocalCloud> {
  const cloud = await LocalCloud.start({ regions: [REGION], queryDelayMs });
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

/** All strategies at once on one cloud: runs by strategy. */
async function measure(durationMillis: number): Promise<readonly (readonly Run[])[]> {
  const cloud = await start(durationMillis);
  try {
    return await Promise.all(
      Object.values(STRATEGIES).map((clock) =>
        Promise.all(Array.from({ length: SAMPLES }, () => follow(cloud, clock))),
      ),
    );
  } finally {
    await cloud.stop();
  }
}

async function main(): Promise<void> {
  const measured: (readonly (readonly Run[])[])[] = [];
  // Short queries one after the other, so that the machine is theirs; long ones at once, for they mostly wait.
  for (const duration of DURATIONS.filter((millis) => millis < SHORT_MILLIS)) {
    measured.push(await measure(duration));
  }
  measured.push(...(await Promise.all(DURATIONS.filter((millis) => millis >= SHORT_MILLIS).map(measure))));

  const cell = (text: string) => text.padStart(14);
  process.stdout.write(`lag in ms and polls, medians of ${SAMPLES}\n`);
  process.stdout.write(`${['query ms', ...Object.keys(STRATEGIES)].map(cell).join('')}\n`);
  for (const [index, runs] of measured.entries()) {
    const cells = runs.map(
      (one) => `${median(one.map(({ lagMillis }) => lagMillis))} / ${median(one.map(({ polls }) => polls))}`,
    );
    process.stdout.write(`${[String(DURATIONS[index]), ...cells].map(cell).join('')}\n`);
  }

  const allowed = (index: number) => Math.max(100, DURATIONS[index] / 10);
  report(
    'median lag of dla-smoke against the larger of 100 ms and a tenth of the query',
    median(measured.flatMap(([own], index) => own.map(({ lagMillis }) => lagMillis / allowed(index)))),
    1,
  );
  const polls = (strategy: number) =>
    measured.flatMap((runs) => runs[strategy]).reduce((sum, run) => sum + run.polls, 0);
  report('polls of dla-smoke against one every second', polls(0) / polls(1), 1);
}

void main();
