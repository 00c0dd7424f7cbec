import Ajv from 'ajv';
import { XMLValidator } from 'fast-xml-parser';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main, type SmokeReport } from '../../lib/smoke';
import { fail, FaultServer, hang, PASSWORD, running, type Script, task, USER } from './fault-server';
import { eventually } from '../eventually';

const CHANNEL = {
  kind: 'mq',
  region: 'cn-hangzhou',
  roleName: 'AliyunOpenAnalyticsAccessingMQRole',
  instanceId: 'MQ_INST_1_a',
  topic: 'a_topic',
  producerId: 'GID_a',
  endpoint: 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080',
  queue: null,
  bucket: 'a-bucket',
  query: 'select 1',
  prepare: ["create schema if not exists s with dbproperties (location='oss://{bucket}/')"],
};
const OUTPUTS = { stack: { receipt_channels: { first: CHANNEL } } };

let folder: string;
let server: FaultServer | undefined;
let out: string;
let err: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-smoke-'));
  out = err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.stubEnv('DLA_USER', USER);
  vi.stubEnv('DLA_PASSWORD', PASSWORD);
  for (const name of ['DLA_HOST', 'DLA_PORT', 'DLA_ENDPOINTS', 'DLA_SMOKE_CHANNELS', 'GITHUB_STEP_SUMMARY', 'DEBUG']) {
    vi.stubEnv(name, undefined);
  }
  for (const name of ['ALICLOUD_ACCESS_KEY', 'ALIBABA_CLOUD_ACCESS_KEY_ID', 'ALIBABACLOUD_ACCESS_KEY_ID']) {
    vi.stubEnv(name, undefined);
  }
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.exitCode = undefined;
  await server?.stop();
  server = undefined;
  fs.rmSync(folder, { recursive: true });
});

/** Starts a server and puts its address into the environment. */
async function serve(script: Script = {}): Promise<FaultServer> {
  server = await FaultServer.start(script);
  vi.stubEnv('DLA_ENDPOINTS', `cn-shanghai=127.0.0.1:1,cn-hangzhou=127.0.0.1:${server.port}`);
  return server;
}

function file(content: unknown = OUTPUTS, name = 'outputs.json'): string {
  const location = path.join(folder, name);
  fs.writeFileSync(location, typeof content === 'string' ? content : JSON.stringify(content));
  return location;
}

/** A device behind a link. */
function device(name: 'full' | 'null'): string {
  const location = path.join(folder, name);
  fs.symlinkSync(`/dev/${name}`, location);
  return location;
}

async function run(...argv: string[]): Promise<number | string | undefined> {
  process.exitCode = undefined;
  await main(argv);
  return process.exitCode;
}

describe('a run', () => {
  it('ends with a short table', async () => {
    await serve();
    expect(await run('--outputs', file(), '--timeout', '7h')).toBe(0);
    expect(out.replace(/\(.*?\)/, '(time)')).toBe(
      [
        'PASS  stack/first  (time)',
        '  task id             q202611230000hztest0000000001',
        '  status              SUCCESS',
        '  row_count           4',
        '  scanned_data_bytes  230',
        '  result file         oss://results/DLA_Result/2026/11/23/task/result.csv',
        '  mq_status           SUCCESS',
        '  mq_message_id       AC13140925E468C4039C6FFCFD50001B',
        '  mq_total_time       307',
        '',
      ].join('\n'),
    );
    expect(server!.statements.slice(0, 2)).toEqual([
      "create schema if not exists s with dbproperties (location='oss://a-bucket/')",
      `/*+ run_async=true, mq-notify-by=ons, mq-topic=a_topic, mq-producer-id=GID_a, mq-endpoint=${CHANNEL.endpoint}, max-running-time-sec=21600 */ select 1`,
    ]);
    expect(err).toMatch(/^stack\/first {2}connect {2}\d+ms {2}127\.0\.0\.1:\d+\n/);
    expect(err).toContain('query task q2026');
  });

  it('takes the channels from the environment', async () => {
    await serve();
    vi.stubEnv('DLA_SMOKE_CHANNELS', JSON.stringify(OUTPUTS));
    expect(await run('--query', 'select 2', '--prepare', 'one', '--prepare', 'two')).toBe(0);
    expect(server!.statements.slice(0, 2)).toEqual(['one', 'two']);
    expect(server!.statements[2]).toMatch(/ select 2$/);
  });

  it('takes an MQ channel by hand, its region from the endpoint', async () => {
    await serve();
    const argv = ['--topic', 't', '--group', 'GID_g', '--endpoint', CHANNEL.endpoint, '--query', 'select 3'];
    expect(await run(...argv, '--timeout', '7h')).toBe(0);
    expect(out).toMatch(/^PASS {2}t /);
    expect(server!.statements[0]).toBe(
      `/*+ run_async=true, mq-notify-by=ons, mq-topic=t, mq-producer-id=GID_g, mq-endpoint=${CHANNEL.endpoint}, max-running-time-sec=21600 */ select 3`,
    );
  });

  it('takes an MNS channel by hand', async () => {
    await serve();
    expect(await run('--queue', 'q', '--region', 'cn-hangzhou', '--query', 'select 4', '--timeout', '7h')).toBe(0);
    expect(server!.statements[0]).toBe(
      '/*+ run_async=true, mq-notify-by=mns, mq-queue=q, max-running-time-sec=21600 */ select 4',
    );
  });

  it.each([
    ['--host and --port', () => ['--host', '127.0.0.1', '--port', String(server!.port)]],
    [
      'DLA_HOST and DLA_PORT',
      () => (vi.stubEnv('DLA_HOST', '127.0.0.1'), vi.stubEnv('DLA_PORT', String(server!.port)), []),
    ],
  ])('finds the server by %s', async (_, options) => {
    await serve();
    vi.stubEnv('DLA_ENDPOINTS', undefined);
    expect(await run('--outputs', file(), ...options())).toBe(0);
  });

  it('writes JSON, JUnit and the summary of GitHub, and nothing else', async () => {
    await serve({ poll: task({ mq_status: 'FAILED', mq_error_msg: 'no <role> | "yet"' }) });
    const summary = file('# before\n', 'summary.md');
    vi.stubEnv('GITHUB_STEP_SUMMARY', summary);
    const [json, junit] = [path.join(folder, 'report.json'), path.join(folder, 'report.xml')];
    expect(await run('--outputs', file(), '--format', 'json', '--report', json, '--junit', junit)).toBe(1);

    const report = JSON.parse(out) as SmokeReport;
    const validate = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(fs.readFileSync('schema/smoke-report.schema.json', 'utf8')) as object,
    );
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
    expect(JSON.parse(fs.readFileSync(json, 'utf8'))).toEqual(report);
    const xml = fs.readFileSync(junit, 'utf8');
    expect(XMLValidator.validate(xml)).toBe(true);
    expect(xml).toContain('tests="1" failures="1" errors="0"');
    expect(xml).toContain('message="the receipt was not sent: no &#60;role&#62; | &#34;yet&#34;"');
    expect(fs.readFileSync(summary, 'utf8')).toMatch(/^# before\n### DLA smoke test: fail\n/);
    expect(fs.readFileSync(summary, 'utf8')).toContain('no &#60;role&#62; &#124; "yet"');
    expect(fs.readdirSync(folder).sort()).toEqual(['outputs.json', 'report.json', 'report.xml', 'summary.md']);
  });

  it('says why a channel failed', async () => {
    await serve({ poll: task({ mq_error_msg: 'role is missing', mq_message_id: null }) });
    expect(await run('--outputs', file())).toBe(1);
    expect(out).toContain('  cause: the receipt was not sent: role is missing [receipt-failed]\n');
    expect(out).toContain('  mq_message_id       NULL\n');
  });

  it('ends with 3 at the deadline', async () => {
    await serve({ poll: running() });
    expect(await run('--outputs', file(), '--timeout', '300ms')).toBe(3);
    expect(out).toMatch(/^TIMEOUT {2}stack\/first/);
  });

  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends with the code of %s and a report', async (signal, code) => {
    await serve({ poll: hang() });
    const json = path.join(folder, 'report.json');
    const done = run('--outputs', file(), '--report', json);
    await eventually(() => expect(server!.count('poll')).toBe(1));
    process.emit(signal, signal);
    expect(await done).toBe(code);
    expect(out).toContain('cause: interrupted at the step wait');
    expect((JSON.parse(fs.readFileSync(json, 'utf8')) as SmokeReport).outcome).toBe('interrupted');
    expect(process.listenerCount(signal)).toBe(0);
  });

  it.each(['--report', '--junit'])(
    'fails when the disk is full for %s, and shows the verdict all the same',
    async (option) => {
      await serve();
      expect(await run('--outputs', file(), option, device('full'))).toBe(1);
      expect(out).toMatch(/^PASS/);
      expect(err).toMatch(/dla-smoke: cannot write the report .*\/full: ENOSPC: .*\n$/);
    },
  );

  it('writes to a device', async () => {
    await serve();
    expect(await run('--outputs', file(), '--report', device('null'))).toBe(0);
  });

  it('only warns when the summary of GitHub cannot be written, which nobody asked for by name', async () => {
    await serve();
    vi.stubEnv('GITHUB_STEP_SUMMARY', path.join(folder, 'absent', 'summary.md'));
    expect(await run('--outputs', file())).toBe(0);
    expect(err).toContain('cannot write the report');
  });

  it.runIf(fs.existsSync('/dev/shm'))('takes a report in shared memory for the file that it is', async () => {
    const memory = fs.mkdtempSync('/dev/shm/dla-smoke-');
    try {
      const earlier = path.join(memory, 'earlier');
      fs.writeFileSync(earlier, 'pass');
      expect(await run('--outputs', path.join(folder, 'absent.json'), '--report', earlier)).toBe(2);
      expect(fs.existsSync(earlier)).toBe(false);
    } finally {
      fs.rmSync(memory, { recursive: true });
    }
  });

  it.each(['--report', '--junit'])('takes the %s of an earlier run away, however it ends', async (option) => {
    const earlier = path.join(folder, 'earlier');
    fs.writeFileSync(earlier, 'pass');
    expect(await run('--outputs', path.join(folder, 'absent.json'), option, earlier)).toBe(2);
    expect(fs.existsSync(earlier)).toBe(false);
  });

  it.each([
    ['another option is wrong', ['--timeout', '5']],
    ['there is a word too many', ['stray']],
    ['the other report cannot be written', ['--junit', '/nowhere/report.xml']],
    ['an option lacks its value', ['--junit']],
  ])('takes the report of an earlier run away where %s', async (_, argv) => {
    const earlier = file('pass', 'earlier');
    expect(await run('--outputs', file(), '--report', earlier, ...argv)).toBe(2);
    expect(fs.existsSync(earlier)).toBe(false);
  });

  it('takes nothing away where the command line is wrong and the report is the file of another option', async () => {
    const outputs = file();
    expect(await run('--timeout', '5', '--outputs', outputs, '--report', outputs)).toBe(2);
    expect(err).toMatch(/^dla-smoke: --timeout: .*, got "5"/);
    expect(fs.existsSync(outputs)).toBe(true);
  });

  it('takes the place of a report that another run wrote meanwhile', async () => {
    const json = path.join(folder, 'report.json');
    await serve({ poll: (peer, sql) => (fs.writeFileSync(json, '{"of": "another run"}'), task()(peer, sql)) });
    expect(await run('--outputs', file(), '--report', json)).toBe(0);
    expect((JSON.parse(fs.readFileSync(json, 'utf8')) as SmokeReport).outcome).toBe('pass');
  });

  it('never takes the outputs away, whatever path leads to them', async () => {
    const outputs = file();
    fs.symlinkSync(folder, path.join(folder, 'link'));
    for (const report of [outputs, path.join(folder, 'link', 'outputs.json')]) {
      expect(await run('--outputs', outputs, '--report', report)).toBe(2);
      expect(err).toContain('which is the file of --outputs');
      expect(fs.existsSync(outputs)).toBe(true);
    }
  });

  it('tells by its option of an outputs file that is a link to itself', async () => {
    const loop = path.join(folder, 'loop');
    fs.symlinkSync(loop, loop);
    expect(await run('--outputs', loop)).toBe(2);
    expect(err).toMatch(/--outputs: cannot read .*loop: ELOOP/);
  });

  it('shows the name of a channel in one line that moves no cursor', async () => {
    await serve();
    const name = 'x\n\u001b[32mPASS';
    expect(await run('--outputs', file({ stack: { receipt_channels: { [name]: CHANNEL } } }))).toBe(0);
    expect(out).toMatch(/^PASS {2}stack\/x\ufffd\ufffd\[32mPASS {2}\(/);
  });

  it('says that the folder of the report went away', async () => {
    const reports = path.join(folder, 'reports');
    fs.mkdirSync(reports);
    await serve({
      poll: (peer, sql) => {
        fs.rmSync(reports, { recursive: true });
        task()(peer, sql);
      },
    });
    expect(await run('--outputs', file(), '--report', path.join(reports, 'report.json'))).toBe(1);
    expect(err).toMatch(/cannot write the report .*report\.json: ENOENT/);
  });
});

describe('several channels', () => {
  const TWO = {
    one: { receipt_channels: { a: CHANNEL, b: { ...CHANNEL, query: 'select b' } } },
    two: { receipt_channels: { a: { ...CHANNEL, query: 'select c' } }, other: 1 },
    three: { unrelated: 'text' },
  };

  it('are all tested, and the worst outcome wins', async () => {
    await serve({
      submit: (peer, sql) => (/select b/.test(sql) ? fail(1064, 'syntax')(peer, sql) : task({})(peer, sql)),
    });
    const json = path.join(folder, 'report.json');
    expect(await run('--outputs', file(TWO), '--report', json, '--parallel', '1')).toBe(1);
    const report = JSON.parse(fs.readFileSync(json, 'utf8')) as SmokeReport;
    expect(report.channels.map(({ channel, code }) => `${channel} ${code}`)).toEqual([
      'one/a not-asynchronous',
      'one/b submit-failed',
      'two/a not-asynchronous',
    ]);
  });

  it.each([
    [['--channel', 'b'], ['one/b']],
    [
      ['--channel', 'two/a', '--channel', 'one/a'],
      ['two/a', 'one/a'],
    ],
    [['--channel', 'b', '--channel', 'one/b'], ['one/b']],
  ])('are selected by %j', async (argv, names) => {
    await serve();
    expect(await run('--outputs', file(TWO), '--format', 'json', ...argv)).toBe(0);
    expect((JSON.parse(out) as SmokeReport).channels.map(({ channel }) => channel)).toEqual(names);
  });

  it.each([
    [['--channel', 'a'], 'channel "a" is ambiguous, it may be one/a, two/a'],
    [['--channel', 'c'], 'expected one of the channels one/a, one/b, two/a, got "c"'],
  ])('are refused for %j', async (argv, message) => {
    await serve();
    expect(await run('--outputs', file(TWO), ...argv)).toBe(2);
    expect(err).toBe(`dla-smoke: ${message}\n`);
    expect(server!.connections).toBe(0);
  });
});

describe('wrong usage', () => {
  const mq = ['--topic', 't', '--group', 'GID_g', '--endpoint', CHANNEL.endpoint];
  it.each([
    [
      [],
      /^no channel to test: give --outputs FILE, or --topic, --group and --endpoint, or --queue; --help tells more$/,
    ],
    [
      ['--outputs', '/nowhere/outputs.json'],
      /^--outputs: cannot read \/nowhere\/outputs\.json: ENOENT: no such file.*; npm run deploy, cdktf deploy --outputs-file FILE and terraform output -json write one$/,
    ],
    [
      ['--outputs', 'package.json'],
      /^package\.json has no receipt channel: expected a stack with an output receipt_channels that has a channel, got name, version, .*$/,
    ],
    [['--outputs', 'README.md', '--outputs', 'x'], /^--outputs: expected once, got it several times$/],
    [['--outputs', 'x', '--topic', 't'], /^--outputs and --topic exclude each other/],
    [['--outputs', 'x', '--region', 'r'], /^--outputs and --region exclude each other/],
    [
      ['--queue', 'q', '--topic', 't'],
      /^--queue and --topic exclude each other: a channel is one of SMQ \(formerly MNS\) or one of MQ$/,
    ],
    ...['my_queue', '-q', 'a,b', 'q'.repeat(121)].map((queue): [string[], RegExp] => [
      ['--queue', queue, '--region', 'cn-hangzhou', '--query', 'select 1'],
      new RegExp(`^--queue: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got "${queue}"$`),
    ]),
    [['--queue', 'q', '--query', 'select 1'], /^--queue needs --region beside it$/],
    [['--region', 'cn-hangzhou'], /^--region needs --queue, or --topic, --group and --endpoint, beside it$/],
    [['--topic', 't'], /^--topic needs --group and --endpoint beside it$/],
    [['--group', 'g', '--endpoint', 'e'], /^--group needs --topic beside it$/],
    [['--channel', 'c', ...mq], /^--channel and --topic exclude each other/],
    [
      [...mq.slice(0, -1), 'http://10.0.0.1:8080', '--query', 'q'],
      /^--region is missing, and the endpoint "http:\/\/10\.0\.0\.1:8080" names none in its host, as http:\/\/MQ_INST_\S+ does$/,
    ],
    [
      [...mq, '--host', '127.0.0.1:10000'],
      /^--host: expected a host without a scheme and a port, got "127\.0\.0\.1:10000"/,
    ],
    [[...mq, '--host', 'http://dla'], /^--host: expected a host without a scheme and a port, got "http:\/\/dla"/],
    [['-outputs', 'x'], /^there is no option -outputs; did you mean --outputs\?$/],
    [mq, /^channel t has no query: give one with --query, or set it where the channel is deployed$/],
    [[...mq, '--query', 'select {bucket}'], /^channel t has no bucket for \{bucket\} in "select \{bucket\}"$/],
    [
      ['--topic', 'a,b', ...mq.slice(2), '--query', 'q'],
      /^channel a,b: receipt hint is not valid: {3}- mq-topic: expected .*, got "a,b"/,
    ],
    [[...mq, '--timeout', '10'], /^--timeout: expected a duration .*, got "10"; did you mean 10s\?$/],
    [[...mq, '--interval', 'soon'], /^--interval: .*, got "soon"$/],
    [[...mq, '--grace', '-1s'], /^--grace needs a value$|^--grace: .*, got "-1s"$/],
    [[...mq, '--settle', '1d'], /^--settle: .*, got "1d"$/],
    [[...mq, '--connect-timeout', 'x'], /^--connect-timeout: .*, got "x"$/],
    [[...mq, '--port', '0'], /^--port: expected a port from 1 to 65535, got "0"$/],
    [[...mq, '--port', '65536'], /^--port: .*, got "65536"$/],
    [[...mq, '--parallel', '0'], /^--parallel: expected a whole number from 1 to 99, got "0"$/],
    [[...mq, '--expect-rows', '-'], /^--expect-rows: expected a whole number from 0 to 9007199254740991, got "-"$/],
    [[...mq, '--expect-rows-at-least', '1.5'], /^--expect-rows-at-least: .*, got "1.5"$/],
    [
      [...mq, '--expect-rows', '1', '--expect-rows-at-least', '1'],
      /^--expect-rows and --expect-rows-at-least exclude each other$/,
    ],
    [[...mq, '--diagnose', '--no-diagnose'], /^--diagnose and --no-diagnose exclude each other$/],
    [
      [...mq, '--query', 'q', '--check-result-file'],
      /^the result file cannot be checked: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not set/,
    ],
    [[...mq, '--format', 'xml'], /^--format: expected text or json, got "xml"$/],
    [[...mq, '--ca', '/nowhere/ca.pem'], /^--ca: cannot read \/nowhere\/ca\.pem: ENOENT/],
    [[...mq, '--ca', 'README.md'], /^--ca: README\.md: expected certificates in PEM, got none$/],
    [[...mq, '--report', '/nowhere/report.json'], /^--report: cannot write \/nowhere\/report\.json: ENOENT/],
    [[...mq, '--report', 'lib'], /^--report: cannot write lib: EISDIR: /],
    [[...mq, '--junit', '/nowhere/report.xml'], /^--junit: cannot write \/nowhere\/report\.xml: ENOENT/],
    [['--outputs'], /^--outputs needs a value$/],
    [['--outputs='], /^--outputs needs a value$/],
    [['--tls=yes'], /^--tls takes no value$/],
    [['--output', 'x'], /^there is no option --output; did you mean --outputs\?$/],
    [['--frobnicate'], /^there is no option --frobnicate; --help lists them$/],
    [['-x'], /^there is no option -x; --help lists them$/],
    [
      ['--password', 'hunter2'],
      /^there is no option --password; the log-in comes from the environment variables DLA_USER and DLA_PASSWORD only$/,
    ],
    [['--password=hunter2'], /^there is no option --password; /],
    [['hunter2'], /^a word that belongs to no option is not allowed; every value follows its --option$/],
  ])('%j', async (argv, message) => {
    await serve();
    expect(await run(...argv)).toBe(2);
    const [first, ...more] = err.trimEnd().split('\n');
    expect(first).toMatch(/^dla-smoke: /);
    expect(first.slice('dla-smoke: '.length)).toMatch(message);
    // Of the command line itself its help says more.
    expect(more.filter((line) => line !== 'dla-smoke --help tells more')).toEqual([]);
    expect(err).not.toContain('hunter2');
    expect(out).toBe('');
    expect(server!.connections).toBe(0);
  });

  it('reads outputs in UTF-8 alone, which Windows PowerShell does not write unasked', async () => {
    const outputs = path.join(folder, 'utf16.json');
    fs.writeFileSync(outputs, Buffer.from('\ufeff{}', 'utf16le'));
    expect(await run('--outputs', outputs)).toBe(2);
    expect(err).toContain(`--outputs: ${outputs} is not text in UTF-8: save it in that encoding`);
  });

  it.each([
    ['', /^.*outputs\.json is not JSON: /],
    ['[]', /: expected an object \{stack: \{output: value\}\}, got a list$/],
    ['null', /: expected .*, got null$/],
    ['3', /: expected .*, got a number$/],
    ['{}', /has no receipt channel: .*, got nothing$/],
    [{ s: { receipt_channels: {} } }, /has no receipt channel: .*, got s$/],
    [{ s: { receipt_channels: [] } }, /: expected an object in s\/receipt_channels, got a list$/],
    [{ s: { receipt_channels: { c: 'x' } } }, /: channel s\/c: expected an object, got a string$/],
    [{ s: { receipt_channels: { c: { kind: 'sms' } } } }, /: channel s\/c: expected kind mq or mns, got "sms"$/],
    [{ s: { receipt_channels: { c: {} } } }, /: channel s\/c: expected kind mq or mns, got none$/],
    [{ s: { receipt_channels: { c: { ...CHANNEL, kind: 'toString' } } } }, /got "toString"$/],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, topic: null } } } },
      /: channel s\/c: expected a text for topic, got none$/,
    ],
    [{ s: { receipt_channels: { c: { ...CHANNEL, region: '' } } } }, /expected a text for region, got ""$/],
    [{ s: { receipt_channels: { c: { ...CHANNEL, bucket: 3 } } } }, /expected a text for bucket, got 3$/],
    [{ s: { receipt_channels: { c: { ...CHANNEL, kind: 'mns' } } } }, /expected a text for queue, got none$/],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, prepare: 'x' } } } },
      /expected a list of texts for prepare, got a string$/,
    ],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, prepare: [1] } } } },
      /expected a list of texts for prepare, got \[1\]$/,
    ],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, prepare: [1] } } } },
      /expected a list of texts for prepare, got \[1\]$/,
    ],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, prepare: ['select 1', ' '] } } } },
      /expected a list of texts for prepare, got \["select 1"," "\]$/,
    ],
    [{ s: { receipt_channels: { c: { ...CHANNEL, query: ' ' } } } }, /expected a text for query, got " "$/],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, bucket: null } } } },
      /^channel s\/c has no bucket for \{bucket\} in "create schema/,
    ],
    [
      { s: { receipt_channels: { c: { ...CHANNEL, query: null } } } },
      /^channel s\/c has no query: give one with --query/,
    ],
  ])('outputs file %j', async (content, message) => {
    await serve();
    expect(await run('--outputs', file(content))).toBe(2);
    expect(err.slice('dla-smoke: '.length, -1)).toMatch(message);
    expect(server!.connections).toBe(0);
  });

  it.each([
    ['DLA_PASSWORD', undefined, /^DLA_PASSWORD is not set: .*environment variables DLA_USER and DLA_PASSWORD$/],
    ['DLA_USER', '', /^DLA_USER is not set: /],
    [
      'DLA_ENDPOINTS',
      'cn-hangzhou:3',
      /^DLA_ENDPOINTS: expected region=host:port, several separated by commas, got "cn-hangzhou:3"$/,
    ],
    ['DLA_ENDPOINTS', 'cn-hangzhou=h:99999', /^DLA_ENDPOINTS: expected a port from 1 to 65535, got "99999"$/],
  ])('environment %s=%s', async (name, value, message) => {
    await serve();
    vi.stubEnv(name, value);
    expect(await run('--outputs', file())).toBe(2);
    expect(err.slice('dla-smoke: '.length, -1)).toMatch(message);
    expect(server!.connections).toBe(0);
  });

  it('shows a stack trace only when DEBUG is set', async () => {
    await run('--frobnicate');
    expect(err).not.toContain('    at ');
    vi.stubEnv('DEBUG', '1');
    await run('--frobnicate');
    expect(err).toContain('    at ');
  });
});

it('tells its usage and its version', async () => {
  expect(await run('--help')).toBeUndefined();
  expect(out).toContain('example:\n  cdktf deploy --outputs-file outputs.json && dla-smoke');
  expect(out).toContain(
    '--timeout TIME          give up on a channel without an answer; each has its own (default: 10m)',
  );
  out = '';
  expect(await run('--version')).toBeUndefined();
  expect(out).toBe(`${(JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string }).version}\n`);
});

it('refuses one file for two things, before the test', async () => {
  await serve();
  const outputs = file();
  expect(await run('--outputs', outputs, '--report', outputs)).toBe(2);
  expect(err).toContain(`--report: expected a file of its own, got ${outputs}, which is the file of --outputs`);
  expect(server!.connections).toBe(0);
});

describe('a report that is a link', () => {
  it.each(['there', 'not there yet'])('stays one, and the file behind it, %s, is written', async (state) => {
    await serve();
    fs.mkdirSync(path.join(folder, 'behind'));
    const [target, second, link] = ['behind/report.json', 'second.json', 'link.json'].map((name) =>
      path.join(folder, name),
    );
    if (state === 'there') {
      fs.writeFileSync(target, 'before');
    }
    fs.symlinkSync('behind/report.json', second);
    fs.symlinkSync(second, link);
    // The half report lies beside the file, not beside the link, which may be on another disk.
    fs.mkdirSync(`${link}.${process.pid}.part`);
    expect(await run('--outputs', file(), '--report', link)).toBe(0);
    expect([link, second].map((path) => fs.lstatSync(path).isSymbolicLink())).toEqual([true, true]);
    expect((JSON.parse(fs.readFileSync(target, 'utf8')) as SmokeReport).outcome).toBe('pass');
    expect(fs.readdirSync(path.join(folder, 'behind'))).toEqual(['report.json']);
  });

  it('leads from where it really is, when its folder is a link too', async () => {
    await serve();
    fs.mkdirSync(path.join(folder, 'a/b'), { recursive: true });
    fs.symlinkSync('a/b', path.join(folder, 'short'));
    fs.symlinkSync('../report.json', path.join(folder, 'a/b/link.json'));
    expect(await run('--outputs', file(), '--report', path.join(folder, 'short/link.json'))).toBe(0);
    expect(fs.readdirSync(path.join(folder, 'a')).sort()).toEqual(['b', 'report.json']);
  });

  it('is refused when it leads to the outputs', async () => {
    const link = path.join(folder, 'link.json');
    fs.symlinkSync('outputs.json', link);
    expect(await run('--outputs', file(), '--report', link)).toBe(2);
    expect(err).toContain(`--report: expected a file of its own, got ${link}, which is the file of --outputs`);
  });

  it('is refused when it leads into a folder that is not there', async () => {
    const link = path.join(folder, 'link.json');
    fs.symlinkSync('nowhere/report.json', link);
    expect(await run('--outputs', file(), '--report', link)).toBe(2);
    expect(err).toMatch(/--report: cannot write .*link\.json: ENOENT/);
  });

  it('is refused when it leads to itself', async () => {
    const link = path.join(folder, 'link.json');
    fs.symlinkSync('link.json', link);
    expect(await run('--outputs', file(), '--report', link)).toBe(2);
    expect(err).toMatch(/--report: cannot write .*link\.json: ELOOP/);
  });
});
