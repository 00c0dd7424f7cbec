import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SmokeReport } from '../../lib/smoke';
import { CloudServer } from './cloud-server';
import {
  type Act,
  after,
  fail,
  FaultServer,
  greet,
  hang,
  ok,
  PASSWORD,
  running,
  type Script,
  submitted,
  task,
  USER,
} from './fault-server';
import { SPELLINGS } from './spellings';
import { eventually } from '../eventually';

const CLI = 'dist/lib/smoke/cli.js';
const SECRETS = {
  ALICLOUD_ACCESS_KEY: 'LTAI-key-id-of-the-tests',
  ALICLOUD_SECRET_KEY: `the-secret "key's"/of+the=t\\sts&<é>!*`,
};

let folder: string;

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-smoke-'));
  const channel = {
    kind: 'mq',
    region: 'cn-hangzhou',
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    topic: 'a_topic',
    producerId: 'GID_a',
    endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080',
    query: 'select 1',
    prepare: ['create it'],
  };
  fs.writeFileSync(
    path.join(folder, 'outputs.json'),
    JSON.stringify({ stack: { receipt_channels: { first: channel } } }),
  );
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true });
});

/** The environment that leads to a server. */
function envFor(server: FaultServer): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    DLA_USER: USER,
    DLA_PASSWORD: PASSWORD,
    DLA_ENDPOINTS: `cn-hangzhou=127.0.0.1:${server.port}`,
  };
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command against a server; `wrap` puts it into a shell's line as "$@". */
async function start(
  script: Script,
  options: { readonly argv?: readonly string[]; readonly env?: NodeJS.ProcessEnv; readonly wrap?: string } = {},
): Promise<{ server: FaultServer; child: ReturnType<typeof spawn>; ended: Promise<Ended> }> {
  const server = await FaultServer.start(script);
  const command = [process.execPath, CLI, '--outputs', path.join(folder, 'outputs.json'), ...(options.argv ?? [])];
  const words = options.wrap === undefined ? command : ['bash', '-c', options.wrap, 'bash', ...command];
  const child = spawn(words[0], words.slice(1), {
    env: { ...envFor(server), ...options.env },
  });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => void server.stop().then(() => resolve({ code, signal, out, err })));
  });
  return { server, child, ended };
}

const AT = [
  ['connect', { connect: hang() }],
  ['prepare', { prepare: hang() }],
  ['submit', { submit: hang() }],
  ['poll', { poll: hang() }],
] as const;

describe.concurrent('a signal', () => {
  it.each(
    (['SIGINT', 'SIGTERM'] as const).flatMap((signal) => AT.map(([step, script]) => [signal, step, script] as const)),
  )('%s at the step %s ends the command with its code', async (signal, step, script) => {
    const { server, child, ended } = await start(script);
    await eventually(() => expect(server.count(step)).toBe(1));
    child.kill(signal);
    const { code, out } = await ended;
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(out).toMatch(
      /^INTERRUPTED {2}stack\/first .*\n(.*\n)*? {2}cause: interrupted at the step \w+ \[interrupted\]\n$/,
    );
  });

  // A call that the signal does not end ends by itself after 10 seconds.
  const PROMPT = { timeout: 9_000 };

  it.each(['SIGINT', 'SIGTERM'] as const)('%s at the check ends the command with its code', PROMPT, async (signal) => {
    const { code, out } = await killAtCloud(signal, {}, ['--check-result-file']);
    expect(code).toBe(signal === 'SIGINT' ? 130 : 143);
    expect(out).toMatch(/^INTERRUPTED .*\n(.*\n)*? {2}cause: interrupted at the step check \[interrupted\]\n$/);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('%s at the diagnosis leaves the verdict', PROMPT, async (signal) => {
    const { code, out } = await killAtCloud(signal, { poll: task({ status: 'FAILURE' }) });
    expect(code).toBe(1);
    expect(out).toMatch(/^FAIL .*\n(.*\n)*? {2}cause: the query failed: .* \[query-failed\]\n$/);
  });

  it.each(['connect', 'prepare', 'submit', 'poll'] as const)('SIGPIPE at the step %s changes nothing', async (step) => {
    let sent = false;
    let kill = (): boolean => false;
    const at =
      (kind: string, act: Act): Act =>
      (peer, sql) => {
        sent ||= kind === step && kill();
        // Not at once: a signal takes its way.
        after(100, act)(peer, sql);
      };
    const started = await start({
      connect: at('connect', greet()),
      prepare: at('prepare', ok()),
      submit: at('submit', submitted()),
      poll: at('poll', task()),
    });
    kill = () => started.child.kill('SIGPIPE');
    const { code, out } = await started.ended;
    expect(sent).toBe(true);
    expect(code).toBe(0);
    expect(out).toMatch(/^PASS/);
  });
});

/** Sends the signal while a cloud is asked that never answers. */
async function killAtCloud(signal: NodeJS.Signals, script: Script, argv: readonly string[] = []): Promise<Ended> {
  const cloud = await CloudServer.start({ silent: true });
  const { child, ended } = await start(script, { argv, env: cloud.env });
  await eventually(() => expect(cloud.calls).not.toEqual([]));
  child.kill(signal);
  return ended.finally(() => cloud.stop());
}

describe.concurrent('a reader that goes away', () => {
  it.each([
    ['standard output', '"$@" | true; exit ${PIPESTATUS[0]}', task(), 0],
    ['standard output', '"$@" | true; exit ${PIPESTATUS[0]}', task({ status: 'FAILURE' }), 1],
    ['standard error', '"$@" 2> >(true)', task(), 0],
    ['the help', '"$@" --help | true; exit ${PIPESTATUS[0]}', task(), 0],
  ] as const)('from %s leaves the exit code (%s)', async (_, wrap, poll, expected) => {
    const { ended } = await start({ poll: [running(), running(), poll] }, { wrap });
    const { code, err } = await ended;
    expect(code).toBe(expected);
    expect(err).not.toMatch(/EPIPE/);
  });
});

describe.concurrent('a full disk behind standard output', () => {
  it.each([
    ['a pass', [], task(), 1],
    ['a failure', [], task({ status: 'FAILURE' }), 1],
    ['a timeout', ['--timeout', '300ms'], running(), 3],
    ['the help', ['--help'], task(), 1],
  ] as const)('fails %s', async (_, argv, poll, expected) => {
    const { ended } = await start({ poll }, { argv, wrap: '"$@" > /dev/full' });
    const { code, err } = await ended;
    expect(code).toBe(expected);
    expect(err).toMatch(/(^|\n)dla-smoke: standard output cannot be written \(ENOSPC\)\n$/);
  });
});

it.each(['/dev/stdout', '/dev/fd/3'])(
  'adds the report to the file behind %s, and keeps what is there',
  async (report) => {
    const log = path.join(fs.mkdtempSync(path.join(folder, 'log-')), 'ci.log');
    fs.writeFileSync(log, 'earlier\n');
    const wrap = `"$@" >> ${log} 3>> ${log}`;
    const { code } = await (await start({}, { argv: ['--report', report], wrap })).ended;
    expect(code).toBe(0);
    expect(fs.readFileSync(log, 'utf8')).toMatch(/^earlier\nPASS [^]*"outcome": "pass"/);
  },
);

it('fails when the disk is full for the report, and leaves no part of it', async () => {
  // A limit of no bytes for a file stands for the disk; the signal that comes with it is ignored.
  const report = path.join(folder, 'full.json');
  const { ended } = await start({}, { argv: ['--report', report], wrap: 'trap \'\' XFSZ; ulimit -f 0; exec "$@"' });
  const { code, out, err } = await ended;
  expect(code).toBe(1);
  expect(out).toMatch(/^PASS/);
  expect(err).toMatch(/\ndla-smoke: cannot write the report .*full\.json: EFBIG: .*\n$/);
  expect(fs.readdirSync(folder).filter((name) => name.startsWith('full'))).toEqual([]);
});

describe.concurrent('a pipe as the report', () => {
  const fifo = (): string => {
    const file = path.join(fs.mkdtempSync(path.join(folder, 'fifo-')), 'report');
    expect(spawnSync('mkfifo', [file]).status).toBe(0);
    return file;
  };

  it.each(['--report', '--junit'])('that nobody reads keeps nothing (%s)', async (option) => {
    const { code, out, err } = await (await start({}, { argv: [option, fifo()] })).ended;
    expect(code).toBe(1);
    expect(out).toMatch(/^PASS/);
    expect(err).toMatch(/\ndla-smoke: cannot write the report .*: ENXIO: nothing reads from it\n$/);
  });

  it('as the summary of GitHub only warns', async () => {
    const { code, err } = await (await start({}, { env: { GITHUB_STEP_SUMMARY: fifo() } })).ended;
    expect(code).toBe(0);
    expect(err).toContain('nothing reads from it');
  });

  /** Lets nothing more in until somebody has read from it. */
  function fill(pipe: string): { fd: number; bytes: number } {
    const fd = fs.openSync(pipe, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
    let bytes = 0;
    try {
      for (;;) {
        bytes += fs.writeSync(fd, ' '.repeat(4096));
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
    }
    return { fd, bytes };
  }

  const FAILS = task({ status: 'FAILURE', message: 'x'.repeat(3000) });

  async function untilFailed(child: ChildProcess): Promise<void> {
    let out = '';
    child.stdout!.on('data', (text: string) => (out += text));
    await eventually(() => expect(out).toMatch(/^FAIL/));
  }

  it('gets the whole report when somebody reads it slowly', async () => {
    const pipe = fifo();
    const read = `${pipe}.read`;
    const { fd, bytes } = fill(pipe);
    const wrap = `(sleep 1; cat) < ${pipe} > ${read} & "$@"; code=$?; wait; exit $code`;
    const { child, ended } = await start({ poll: FAILS }, { argv: ['--report', pipe], wrap });
    await untilFailed(child);
    fs.closeSync(fd);
    expect((await ended).code).toBe(1);
    const report = JSON.parse(fs.readFileSync(read, 'utf8').slice(bytes)) as SmokeReport;
    expect(report.channels[0].reason).toContain('x'.repeat(3000));
  });

  it('whose reader takes nothing is given up, and left at a signal at once', async () => {
    const pipe = fifo();
    const { fd } = fill(pipe);
    try {
      const [patient, interrupted] = await Promise.all(
        [0, 1].map(() => start({ poll: FAILS }, { argv: ['--report', pipe] })),
      );
      await untilFailed(interrupted.child);
      interrupted.child.kill('SIGINT');
      expect(await interrupted.ended).toMatchObject({ code: 1, signal: null });
      const { code, err } = await patient.ended;
      expect(code).toBe(1);
      expect(err).toMatch(/cannot write the report .*EAGAIN/);
    } finally {
      fs.closeSync(fd);
    }
  });
});

it('takes the outputs from standard input', async () => {
  const server = await FaultServer.start({});
  const child = spawn(process.execPath, [CLI, '--outputs', '-'], { env: envFor(server) });
  child.stdin.end(fs.readFileSync(path.join(folder, 'outputs.json')));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  await server.stop();
});

it('ends at a signal although nobody reads its output', async () => {
  const server = await FaultServer.start({ poll: [task({ status: 'x'.repeat(1_000_000) }), hang()] });
  // Its streams are never read.
  const child = spawn(process.execPath, [CLI, '--outputs', path.join(folder, 'outputs.json'), '--format', 'json'], {
    env: envFor(server),
  });
  await eventually(() => expect(server.count('poll')).toBe(2));
  child.kill('SIGINT');
  expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(130);
  await server.stop();
});

it('is over in time when nothing answers', async () => {
  const { ended } = await start({ poll: hang() }, { argv: ['--timeout', '500ms', '--format', 'json'] });
  expect((await ended).code).toBe(3);
});

describe.concurrent('secrets', () => {
  const echoes = [PASSWORD, ...Object.values(SECRETS)].flatMap((secret) =>
    Object.values(SPELLINGS).map((spell) => spell(secret)),
  );
  const echo = `you sent ${echoes.join(' and ')}`;
  // What is no usable id is not repeated.
  const id = `${PASSWORD} and ${SPELLINGS['Base64 behind a user'](PASSWORD)}`;
  it.each([
    ['in an error of the log-in', { login: [{ code: 1130, message: echo }] }],
    ['in an error of a statement', { prepare: fail(1064, echo) }],
    ['in a retried error', { login: [{ code: 1040, message: echo }], poll: fail(1064, echo) }],
    [
      'in the columns of the task',
      { poll: task({ status: 'FAILURE', message: echo, mq_message_id: echo, mq_error_msg: echo }) },
    ],
    ['as the status', { poll: task({ status: echo }) }],
    ['as the mq_status', { poll: task({ mq_status: echo }) }],
    ['as the task id', { submit: submitted(id), poll: task({ id, status: 'FAILURE' }) }],
    [
      'as a column',
      {
        submit: (peer) => (
          peer.writeColumns([
            {
              name: echo,
              catalog: 'def',
              schema: '',
              table: '',
              orgTable: '',
              orgName: '',
              characterSet: 33,
              columnLength: 9,
              columnType: 253,
              flags: 0,
              decimals: 0,
            },
          ]),
          peer.writeEof()
        ),
      },
    ],
  ] as [string, Script][])('that the server echoes %s appear nowhere', async (name, script) => {
    const own = fs.mkdtempSync(path.join(folder, 'secrets-'));
    const closed = '127.0.0.1:1';
    const { server, child, ended } = await start(script, {
      argv: ['--report', path.join(own, 'r.json'), '--junit', path.join(own, 'r.xml'), '--grace', '0s'],
      env: {
        ...SECRETS,
        DEBUG: '1',
        GITHUB_STEP_SUMMARY: path.join(own, 'summary.md'),
        RAM_ENDPOINT: closed,
        STS_ENDPOINT: closed,
        ONS_ENDPOINT: closed,
        OSS_ENDPOINT: closed,
      },
    });
    // Before anything else is awaited: the command may end at once.
    const commandLine = fs.readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    const { code, out, err } = await ended;
    expect(server.connections).toBeGreaterThan(0);
    expect(code, name).toBe(1);
    const files = fs.readdirSync(own).map((file) => fs.readFileSync(path.join(own, file), 'utf8'));
    expect(files).toHaveLength(3);
    for (const artefact of [out, err, commandLine, ...files]) {
      // The formats escape what they write, so that a part which none of them would change is looked for too.
      for (const secret of [...echoes, 'P4ss', 'LTAI', 'the-secret', Buffer.from('-secret').toString('base64')]) {
        expect(artefact).not.toContain(secret);
      }
    }
    expect(out).toContain('***');
  });
});

it('says what is wrong and where the help is, and no stack trace, for wrong usage', async () => {
  const { ended } = await start({}, { argv: ['--timeout', 'x'] });
  const { code, out, err } = await ended;
  expect(code).toBe(2);
  expect(out).toBe('');
  expect(err).toMatch(/^dla-smoke: --timeout: expected .*, got "x"\ndla-smoke --help tells more\n$/);
});

/** Runs a line of JavaScript and gives what it printed. */
async function evaluate(
  line: string,
  argv: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Omit<Ended, 'signal' | 'err'>> {
  const child = spawn(process.execPath, ['-e', line, '--', ...argv], { env: { PATH: process.env.PATH, ...env } });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out })));
}

it('runs as a step inside Terraform does', async () => {
  const server = await FaultServer.start({});
  const line = "require('cdktf-alicloud-dla/smoke').main(process.argv.slice(1))";
  const { code, out } = await evaluate(line, ['--settle', '1s'], {
    DLA_USER: USER,
    DLA_PASSWORD: PASSWORD,
    DLA_ENDPOINTS: `cn-hangzhou=127.0.0.1:${server.port}`,
    DLA_SMOKE_CHANNELS: fs.readFileSync(path.join(folder, 'outputs.json'), 'utf8'),
  });
  await server.stop();
  expect(code).toBe(0);
  expect(out).toMatch(/^PASS/);
});

it.each([
  ['a pass', task(), 0],
  ['a failure', task({ status: 'FAILURE' }), 1],
])('the code in the README tells %s', async (name, poll, expected) => {
  const code = /^```ts\n(import \{ readFileSync .*?)^```/ms.exec(fs.readFileSync('README.md', 'utf8'))![1];
  const own = path.join(folder, name);
  // A second try finds it.
  fs.rmSync(own, { recursive: true, force: true });
  fs.mkdirSync(path.join(own, 'node_modules'), { recursive: true });
  fs.symlinkSync(process.cwd(), path.join(own, 'node_modules/cdktf-alicloud-dla'));
  fs.cpSync(path.join(folder, 'outputs.json'), path.join(own, 'outputs.json'));
  fs.writeFileSync(path.join(own, 'test.mjs'), code);
  const server = await FaultServer.start({ poll });
  const ended = await evaluate(
    `process.chdir(${JSON.stringify(own)}); import(${JSON.stringify(path.join(own, 'test.mjs'))})`,
    [],
    {
      DLA_USER: USER,
      DLA_PASSWORD: PASSWORD,
      DLA_ENDPOINTS: `cn-hangzhou=127.0.0.1:${server.port}`,
    },
  );
  await server.stop();
  expect(ended.code, ended.out).toBe(expected);
  expect(ended.out).toContain(expected === 0 ? 'receipts arrive' : 'the query failed: DLA gives no message');
});

it('loads neither cdktf nor what only a diagnosis or the local cloud needs', async () => {
  const { out } = await evaluate("require('./dist/lib/smoke'); console.log(Object.keys(require.cache).join('\\n'))");
  expect(out).toContain('mysql2');
  expect(out).not.toMatch(
    /node_modules\/(cdktf|constructs|@alicloud|@duckdb|@grpc)|lib\/local-cloud|lib\/smoke\/(diagnosis|oss|http)\b/,
  );
});
