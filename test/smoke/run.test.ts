import { spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Clock,
  type Progress,
  runSmokeTest,
  type SmokeChannel,
  type SmokeTestOptions,
  UsageError,
} from '../../lib/smoke';
import {
  type Act,
  FaultServer,
  hang,
  hangUp,
  noRow,
  PASSWORD,
  running,
  type Script,
  submitted,
  task,
  USER,
} from './fault-server';
import { eventually } from '../eventually';

const channel = (name: string): SmokeChannel => ({
  name,
  outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'r', queue: name, query: 'select 1' },
});

let server: FaultServer | undefined;
afterEach(async () => {
  await server?.stop();
});

async function run(script: Script, options: Partial<SmokeTestOptions> = {}) {
  server = await FaultServer.start(script);
  return runSmokeTest({
    channels: [channel('one')],
    env: { DLA_USER: USER, DLA_PASSWORD: PASSWORD },
    host: '127.0.0.1',
    port: server.port,
    ...options,
  });
}

/** Waiting takes no time and calls take none: long periods pass at once, and exactly. */
class SkippingClock implements Clock {
  private skipped = 0;

  public now(): number {
    return this.skipped;
  }

  public async sleep(millis: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.skipped += millis;
    await new Promise(setImmediate);
  }
}

describe('with a clock of its own', () => {
  const clock = () => new SkippingClock();

  it('waits ten minutes for a query that runs on', async () => {
    const report = await run({ poll: running() }, { clock: clock() });
    expect(report.outcome).toBe('timeout');
    expect(report.elapsedMillis).toBeGreaterThanOrEqual(600_000);
    expect(report.elapsedMillis).toBeLessThan(601_000);
    expect(report.channels[0].reason).toMatch(
      /^not known after 10m, at the step wait; seen: status RUNNING, mq_status NULL \(1\d\d ×\)$/,
    );
    expect(report.channels[0].attempts[0].polls).toBeGreaterThan(100);
  });

  it('gives a receipt half a minute', async () => {
    const report = await run({ poll: task({ mq_status: 'NULL' }) }, { clock: clock() });
    expect(report.channels[0]).toMatchObject({
      code: 'no-receipt',
      reason: 'no receipt: the query succeeded, but mq_status stays NULL, for 30s',
    });
    expect(report.elapsedMillis).toBeGreaterThanOrEqual(30_000);
    expect(report.elapsedMillis).toBeLessThan(31_000);
  });

  it('begins the grace anew when the query was seen running again', async () => {
    // More than half a grace period without a row, twice.
    const poll = [...Array<Act>(8).fill(noRow()), running(), ...Array<Act>(4).fill(noRow()), task()];
    const report = await run({ poll }, { clock: clock(), graceMillis: 1_300 });
    expect(report.outcome).toBe('pass');
    expect(report.elapsedMillis).toBeGreaterThan(1_300);
  });

  it('gives doubtful states that take turns one grace period, and tells how long the last of them was seen', async () => {
    const turns = Array(20).fill([task({ mq_status: 'NULL' }), task({ mq_status: 'ODD' })]);
    const report = await run(
      { poll: [task({ status: 'ODD' }), noRow(), ...turns.flat()] },
      { clock: clock(), graceMillis: 3_000 },
    );
    expect(report.channels[0].reason).toMatch(/^no receipt: .*, for 0ms; in doubt for 3s$/);
    expect(report.elapsedMillis).toBeLessThan(4_000);
  });

  it('counts a state from where it was seen first, through others of the connection', async () => {
    const poll = [noRow(), task({ mq_status: 'NULL' }), hangUp(), task({ mq_status: 'NULL' })];
    const { channels } = await run({ poll }, { clock: clock(), graceMillis: 60_000 });
    expect(channels[0].reason).toMatch(/mq_status stays NULL, for (59\.\d|1m|60)s?; in doubt for 1m$/);
  });

  it('tries a server that is gone for half a minute', async () => {
    const report = await run({ connect: hangUp() }, { clock: clock() });
    expect(report.channels[0]).toMatchObject({ code: 'unreachable', attempts: [] });
    expect(report.channels[0].reason).toMatch(/could not be reached for 30s: PROTOCOL_CONNECTION_LOST/);
    expect(report.elapsedMillis).toBeGreaterThanOrEqual(30_000);
    expect(report.elapsedMillis).toBeLessThan(31_000);
  });

  it('tries a server that is gone while polling for half a minute, counted from its last answer', async () => {
    const gone = Array(20).fill(hangUp());
    const report = await run({ poll: [...gone, running(), ...gone, running(), hangUp()] }, { clock: clock() });
    expect(report.channels[0].code).toBe('unreachable');
    expect(report.elapsedMillis).toBeGreaterThanOrEqual(32_000);
  });

  it('settles with growing pauses, at most 8 seconds, and a last query at the end of the time', async () => {
    const paused: number[] = [];
    const recorded = clock();
    const sleep = recorded.sleep.bind(recorded);
    recorded.sleep = (millis, signal) => (paused.push(Math.round(millis / 100) / 10), sleep(millis, signal));
    const report = await run({ poll: task({ mq_error_msg: 'no role' }) }, { clock: recorded, settleMillis: 30_000 });
    expect(paused.slice(0, 5)).toEqual([1, 2, 4, 8, 8]);
    expect(report.channels[0].attempts).toHaveLength(7);
    expect(report.elapsedMillis).toBeLessThan(31_000);
    expect(report.channels[0].code).toBe('receipt-failed');
  });
});

describe('several channels', () => {
  it('run in parallel, but not more than wanted, and are reported in their order', async () => {
    let [now, most] = [0, 0];
    const script: Script = {
      submit: (peer, sql) => {
        most = Math.max(most, ++now);
        setTimeout(
          () => {
            peer.sequenceId = 1;
            submitted()(peer, sql);
            peer.sequenceId = 0;
          },
          /queue=c0/.test(sql) ? 200 : 50,
        );
      },
      poll: (peer, sql) => (now--, task()(peer, sql)),
    };
    const names = Array.from({ length: 7 }, (_, index) => `c${index}`);
    const report = await run(script, { channels: names.map(channel), parallel: 3 });
    expect(report.channels.map((one) => one.channel)).toEqual(names);
    expect(report.outcome).toBe('pass');
    expect(most).toBe(3);
  });

  it('are four at a time unless told otherwise', async () => {
    const told: Progress[] = [];
    const channels = ['a', 'b', 'c', 'd', 'e'].map(channel);
    await run({}, { channels, onProgress: (progress) => told.push(progress) });
    const begun = told.findIndex(({ channel: name }) => name === 'e');
    expect(new Set(told.slice(0, begun).map(({ channel: name }) => name)).size).toBe(4);
    expect(told.slice(0, 4).map(({ step }) => step)).toEqual(['connect', 'connect', 'connect', 'connect']);
  });
});

it('tells its progress, without secrets', async () => {
  const told: string[] = [];
  await run(
    { poll: [task({ status: `odd ${PASSWORD}` }), task()] },
    { prepare: ['one'], onProgress: ({ channel: name, step, text }) => told.push(`${name} ${step} ${text}`) },
  );
  expect(told).toEqual([
    `one connect 127.0.0.1:${server!.port}`,
    'one prepare statement 1 of 1',
    'one submit submitting the query',
    'one wait query task q202611230000hztest0000000001',
    'one wait status odd ***, mq_status SUCCESS',
    'one check the receipt was sent: mq_message_id AC13140925E468C4039C6FFCFD50001B',
    'one done pass: the receipt was sent: mq_message_id AC13140925E468C4039C6FFCFD50001B',
  ]);
});

it('tells while it waits when it looks again', async () => {
  const told: Progress[] = [];
  await run({ poll: [running(), task()] }, { onProgress: (progress) => told.push(progress) });
  const pause = told.find(({ text }) => text.startsWith('status RUNNING'))!;
  expect(pause.nextPollMillis).toBeGreaterThan(0);
  expect(pause.nextLookMillis).toBe(pause.nextPollMillis);
  expect(pause.nextPollMillis).toBeLessThan(140);
});

it('refuses to run without a channel', async () => {
  await expect(runSmokeTest({ channels: [] })).rejects.toThrow(UsageError);
  await expect(runSmokeTest({ channels: [] })).rejects.toThrow('no channel is selected');
});

it.each([
  [undefined, 'expected an object with the options of the smoke test, got undefined'],
  [null, 'expected an object with the options of the smoke test, got null'],
  ['outputs.json', 'expected an object with the options of the smoke test, got outputs.json'],
  [
    { channels: [channel('one')], nosuch: 1, timeout: 2 },
    /^expected options of the smoke test \(channels, .*\), got nosuch, timeout$/,
  ],
  [{ toString: 1 }, /got toString$/],
] as [unknown, string | RegExp][])('is used wrongly with %j', async (options, message) => {
  const ended = runSmokeTest(options as SmokeTestOptions);
  await expect(ended).rejects.toThrow(UsageError);
  await expect(ended).rejects.toThrow(message);
});

it.each([
  [{ timeoutMillis: 30_500 }, 31, 32],
  [{ timeoutMillis: 5_000 }, 5, 6],
  [{ timeoutMillis: 86_400_000 }, 21_600, 21_600],
])('lets DLA end the query just above its own time: %j', async (options, min, max) => {
  await run({}, options);
  const submitted = server!.statements.find((sql) => sql.includes('run_async'))!;
  const seconds = Number(/, max-running-time-sec=(\d+) \*\//.exec(submitted)![1]);
  expect(seconds).toBeGreaterThanOrEqual(min - 5);
  expect(seconds).toBeLessThanOrEqual(max);
});

it('counts the time that is left for a later query', async () => {
  const clock = new SkippingClock();
  await run({ poll: task({ mq_error_msg: 'no role' }) }, { clock, settleMillis: 30_000, timeoutMillis: 60_000 });
  const seconds = server!.statements.flatMap((sql) => /max-running-time-sec=(\d+)/.exec(sql)?.[1] ?? []).map(Number);
  expect(seconds[0]).toBeGreaterThan(55);
  expect(seconds.at(-1)).toBeLessThan(40);
  expect(seconds.at(-1)).toBeGreaterThan(25);
});

it('reads the environment of the process when none is given', async () => {
  const before = process.env.DLA_USER;
  delete process.env.DLA_USER;
  try {
    await expect(run({}, { env: undefined })).rejects.toThrow('DLA_USER');
  } finally {
    if (before !== undefined) {
      process.env.DLA_USER = before;
    }
  }
});

it.each([
  [{ parallel: 0 }, 'parallel: expected a whole number from 1, got 0'],
  [{ parallel: NaN }, 'parallel: expected a whole number from 1, got NaN'],
  [{ timeoutMillis: Infinity }, 'timeoutMillis: expected a number of milliseconds from 0 to 86400000, got Infinity'],
  [{ intervalMillis: 9 }, 'intervalMillis: expected a number of milliseconds from 10 to 86400000, got 9'],
  [{ graceMillis: -1 }, 'graceMillis: expected a number of milliseconds from 0 to 86400000, got -1'],
  [{ expectRows: 1.5 }, 'expectRows: expected a whole number from 0, got 1.5'],
  [{ expectRows: 1, expectRowsAtLeast: 1 }, 'expected one of expectRows and expectRowsAtLeast, got both'],
  [{ timeoutMillis: 3e9 }, 'timeoutMillis: expected a number of milliseconds from 0 to 86400000, got 3000000000'],
  [{ timeoutMillis: '3000' as never }, 'timeoutMillis: expected a number of milliseconds from 0 to 86400000, got 3000'],
  [{ port: 70_000 }, 'port: expected a port from 1 to 65535, got "70000"'],
  [{ prepare: 'use db' as never }, 'prepare: expected a list of statements, got a string'],
  [{ prepare: ['use db', 5 as never] }, 'prepare[1]: expected a text that is not empty, got 5'],
  [{ prepare: [undefined as never] }, 'prepare[0]: expected a text that is not empty, got undefined'],
  [{ prepare: [''] }, 'prepare[0]: expected a text that is not empty, got ""'],
  [{ query: 5 as never }, 'query: expected a text that is not empty, got 5'],
  [{ query: ' ' }, 'query: expected a text that is not empty, got " "'],
  [{ host: '' }, 'host: expected a text that is not empty, got ""'],
  [{ ca: '' }, 'ca: expected certificates in PEM, got none'],
  [{ ca: 5 as never }, 'ca: expected certificates in PEM, got none'],
  [{ ca: 'PEM', tls: false }, 'tls: expected true where ca is given, got false'],
  [{ channels: [null as never] }, 'channels: channel undefined: expected an object, got undefined'],
  [{ channels: undefined }, 'no channel is selected'],
  [{ channels: [{ name: 'c' } as never] }, 'channels: channel c: expected an object, got undefined'],
  [
    { channels: [{ name: 'c', outputs: { kind: 'nope', region: 'cn-hangzhou', roleName: 'n' } }] },
    'channels: channel c: expected kind mq or mns, got "nope"',
  ],
])('refuses %j before anything is run', async (options, message) => {
  await expect(run({}, options)).rejects.toThrow(new UsageError(message));
  expect(server!.connections).toBe(0);
});

it('opens a new session for the query of the settling time, and prepares it as the first', async () => {
  const closeIdle: Act = (peer, sql) => {
    task({ mq_error_msg: 'no role' })(peer, sql);
    setTimeout(() => peer.stream.destroy(), 50);
  };
  const report = await run({ poll: [closeIdle, task()] }, { settleMillis: 5_000, prepare: ['use db'] });
  expect(report.outcome, JSON.stringify(report)).toBe('pass');
  expect(server!.statements.filter((sql) => sql === 'use db')).toHaveLength(2);
});

it('prepares again before it submits again, after growing pauses', async () => {
  const report = await run({ submit: [hangUp(), hangUp(), submitted()] }, { resubmit: true, prepare: ['use db'] });
  expect(report.outcome, JSON.stringify(report)).toBe('pass');
  expect(server!.statements.filter((sql) => sql === 'use db')).toHaveLength(3);
});

it('ends all channels when the caller throws at progress, and throws it on', async () => {
  const channels = ['one', 'two'].map(channel);
  const onProgress = ({ channel: name, step }: Progress): void => {
    if (name === 'one' && step === 'wait') {
      throw new Error('of the caller');
    }
  };
  await expect(run({ poll: running() }, { channels, onProgress })).rejects.toThrow(new Error('of the caller'));
  await eventually(() => expect(server!.open).toBe(0));
});

it('leaves no socket open to a server that refuses the log-in and does not hang up', async () => {
  const refuse: Act = (peer) => peer.writeError({ code: 1040, message: 'Too many connections' });
  const report = await run({ connect: refuse }, { connectTimeoutMillis: 300 });
  expect(report.channels[0]).toMatchObject({ code: 'unreachable' });
  await eventually(() => expect(server!.open).toBe(0));
});

it('keeps no handle to a server that takes connections and is stopped', async () => {
  const listen =
    "require('net').createServer().listen(0, '127.0.0.1', function () { console.log(this.address().port) })";
  const stopped = spawn(process.execPath, ['-e', listen]);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
  try {
    const port = Number(await new Promise((resolve) => stopped.stdout.once('data', resolve)));
    stopped.kill('SIGSTOP');
    const before = sockets();
    await run({}, { port, timeoutMillis: 300 });
    await eventually(() => expect(sockets()).toBe(before));
  } finally {
    stopped.kill('SIGKILL');
  }
});

it('tries no log-in longer than a server that cannot be reached is tried', async () => {
  const report = await run({ connect: hang() }, { connectTimeoutMillis: 200, timeoutMillis: 20_000 });
  expect(report.channels[0].reason).toMatch(/could not be reached for 200ms: no answer within \d{3} ms/);
});

it('tells causes in one line', async () => {
  const report = await run({ poll: task({ status: 'FAILURE', message: 'one\ntwo\u001b[2J' }) });
  const [{ reason, attempts }] = report.channels;
  expect([reason, attempts[0].reason]).toEqual(Array(2).fill('the query failed: one two\ufffd[2J'));
});
