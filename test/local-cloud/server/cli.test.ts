import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { createConnection } from 'mysql2/promise';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LocalCloudEndpoints } from '../../../lib/local-cloud/server/local-cloud-options';
import { FolderLock } from '../../../lib/local-cloud/store/folder-lock';
import { ROOT, runNode, type RunOptions } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { eventually } from '../../eventually';

const CLI = path.join(ROOT, 'dist/lib/local-cloud/server/cli.js');

const local = (args: readonly string[], options?: RunOptions) =>
  runNode('lib/local-cloud/server/cli.js', args, options);

/** Starts it, and stops it by a signal once it is ready. */
const startAndStop = (args: readonly string[], signal: NodeJS.Signals = 'SIGTERM') =>
  local(['start', ...args], { onOutput: (output, kill) => output.endsWith('Ready.\n') && kill(signal) });

describe('alicloud-local start', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints one line of JSON and "Ready.", and ends cleanly on %s',
    async (signal) => {
      const state = path.join(scratchFolder(), 'state');
      const { code, stdout, stderr } = await startAndStop(['--state', state, '--region', 'cn-shanghai'], signal);
      expect(code).toBe(0);
      // A usual port may be taken on this machine.
      expect(stderr.replace(/^alicloud-local: port \d+ is taken, .*\n/gm, '')).toBe('');
      const [line, ready, ...rest] = stdout.split('\n');
      expect([ready, ...rest]).toEqual(['Ready.', '']);
      const endpoints = JSON.parse(line) as LocalCloudEndpoints;
      expect(endpoints.dla['cn-shanghai']).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(endpoints.environment.TF_REATTACH_PROVIDERS).toContain('registry.terraform.io/aliyun/alicloud');
      expect(endpoints.environment.DLA_ENDPOINTS).toBe(`cn-shanghai=${endpoints.dla['cn-shanghai']}`);
      expect(fs.readdirSync(state).sort()).toEqual(['blobs', 'journal.jsonl', 'owner', 'tls']);
    },
  );

  it('has loaded all of itself soon, as another build or release takes its files away', async () => {
    const folder = scratchFolder();
    fs.cpSync(path.join(ROOT, 'dist/lib'), path.join(folder, 'dist/lib'), { recursive: true });
    fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(folder, 'package.json'));
    fs.symlinkSync(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    const cli = path.join(folder, path.relative(ROOT, CLI));
    const parts = fs.readdirSync(path.join(path.dirname(cli), 'cli-parts')).filter((name) => /-\w+\.js$/.test(name));
    expect(parts.length).toBeGreaterThan(5);
    const child = spawn(process.execPath, [cli, 'start'], { env: { ...process.env, NODE_DEBUG: 'module' } });
    onTestFinished(() => void child.kill('SIGKILL'));
    let [said, told] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (said += text.toString()));
    child.stderr.on('data', (text: Buffer) => (told += text.toString()));
    await eventually(() => {
      expect([...parts, 'fast-xml-parser'].filter((name) => !told.includes(name))).toEqual([]);
      expect(said).toContain('Ready.');
    });
    fs.rmSync(path.join(folder, 'dist'), { recursive: true });
    const { DLA_HOST, DLA_PORT, DLA_USER, DLA_PASSWORD } = (JSON.parse(said.split('\n')[0]) as LocalCloudEndpoints)
      .environment;
    const connection = await createConnection({
      host: DLA_HOST,
      port: Number(DLA_PORT),
      user: DLA_USER,
      password: DLA_PASSWORD,
    });
    // A process that is started now answers.
    expect((await connection.query("select upper('a') || cast(1 as varchar) a"))[0]).toEqual([{ a: 'A1' }]);
    connection.destroy();
    child.kill('SIGTERM');
    expect((await once(child, 'exit'))[0]).toBe(0);
  });

  it('is the same account when it starts again on the same folder', async () => {
    const args = ['--state', scratchFolder()];
    const identity = async () =>
      (JSON.parse((await startAndStop(args)).stdout.split('\n')[0]) as LocalCloudEndpoints).accountId;
    expect(await identity()).toBe(await identity());
  });

  it('leaves nothing behind without a folder', async () => {
    const tmp = scratchFolder();
    const { code } = await local(['start'], {
      env: { ...process.env, TMPDIR: tmp },
      onOutput: (output, kill) => output.endsWith('Ready.\n') && kill('SIGTERM'),
    });
    expect({ code, left: fs.readdirSync(tmp) }).toEqual({ code: 0, left: [] });
  });

  it.each([
    ['gone', (state: string) => fs.rmSync(state, { recursive: true })],
    ['read-only', (state: string) => fs.chmodSync(state, 0o500)],
  ])('ends cleanly although its folder is %s', async (_label, change) => {
    const state = path.join(scratchFolder(), 'state');
    const { code, stderr } = await local(['start', '--state', state], {
      onOutput: (output, kill) => {
        if (output.endsWith('Ready.\n')) {
          change(state);
          kill('SIGTERM');
        }
      },
    });
    expect({ code, stderr: stderr.replace(/^.* is taken, .*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  });

  it('refuses a port that is taken, leaving the folder free', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as net.AddressInfo;
    const state = scratchFolder();
    expect(await local(['start', '--state', state, '--dla-port', String(port)])).toEqual({
      code: 1,
      stdout: '',
      stderr: `alicloud-local start: port ${port} for DLA in cn-hangzhou is taken: give another, or 0 for any free one\n`,
    });
    expect((await startAndStop(['--state', state])).code).toBe(0);
  });

  it('refuses a folder that another process uses', async () => {
    const state = scratchFolder();
    const lock = await FolderLock.take(state);
    onTestFinished(() => lock.release());
    const { code, stderr } = await local(['start', '--state', state]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `alicloud-local start: state folder ${state} is in use by process ${process.pid} on ${os.hostname()}: stop it (alicloud-local stop --state ${state}), or give another state folder\n`,
    });
  });

  it.each([
    [[], 'alicloud-local: expected a command (start, env, run, '],
    [['begin'], 'alicloud-local: expected a command (start, env, run, '],
    [['strat'], 'snapshot, logs), got "strat"; did you mean start?'],
    [['--port'], 'alicloud-local: there is no option --port'],
    [['start', '--port', '1'], 'alicloud-local start: there is no option --port'],
    [['start', '--htp-port', '1'], 'alicloud-local start: there is no option --htp-port; did you mean --http-port?'],
    [['--state', 'x', 'start'], 'no option --state: options follow the command, as in alicloud-local start --state'],
    [['start', '-state', 'x'], 'alicloud-local start: there is no option -state; did you mean --state?'],
    [['start', '--without', 'rocketmq'], 'got "rocketmq"; did you mean rocketmq-4?'],
    [['wait', '--for', 'bukket=x'], 'got "bukket=x"; did you mean bucket?'],
    [['snapshot', 'laod', 'x'], 'got "laod"; did you mean load?'],
    [['start', '--dla-port', 'x'], '--dla-port: expected a whole number from 0 to 65535, got "x"'],
    [['start', '--dla-port', '70000'], '--dla-port: expected a whole number from 0 to 65535, got "70000"'],
    [['start', '--region', 'cn-hangzou'], 'got "cn-hangzou"; did you mean cn-hangzhou?'],
    [['start', '--region', 'nowhere'], '--region: expected one of cn-hangzhou, '],
    [['start', '--region', 'cn-beijing', '--region', 'cn-beijing'], '--region: expected each region once'],
    [['start', '--log', 'x'], '--log: expected --background beside it'],
    [['start', '--', 'true'], 'it runs no command: see run'],
    [['start', 'here'], 'a word that belongs to no option'],
    [['run'], 'expected a command after --, got none'],
    [['run', '--state', 'x', 'ls'], 'run: expected -- before the command that it runs'],
    [['run', 'ls', '--', 'ls'], 'run: expected -- before the command that it runs'],
    [['env', '--json', '--dotenv'], 'expected one format, got --json and --dotenv'],
    [['wait', '--for', 'godot'], '--for: expected ready, receipt, query, bucket, '],
    [['wait', '--timeout', '5'], '--timeout: expected a duration such as 500ms'],
    [['snapshot'], 'expected save, load or list, got none'],
    [['snapshot', 'save', '../x'], 'save: expected a name of up to 100 letters'],
    [['snapshot', 'load', '--dir', '/nowhere', 'x'], 'load: there is no /nowhere/x.ndjson'],
    [['snapshot', 'list', 'x'], 'list: expected no name'],
    [['snapshot', 'list', '--dir', '/nowhere'], 'list: expected a folder, got /nowhere (ENOENT)'],
    [['help', 'begin'], 'alicloud-local: expected a command (start, env, run, '],
    [['start', '--init', '/nowhere'], '--init: expected a folder, got /nowhere, which is not there'],
    [
      ['run', '--init', __filename, '--', 'true'],
      `--init: expected a folder, got ${__filename}, which is not a folder`,
    ],
    [
      ['start', '--background', '--log', '/nowhere/log'],
      '--log: expected a file that can be written, got /nowhere/log',
    ],
  ])('%j is a usage error: %s', async (args, message) => {
    const { code, stdout, stderr } = await local(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    const [verb] = args;
    const known = ['start', 'run', 'env', 'wait', 'snapshot'].includes(verb);
    expect(stderr.trim().split('\n').at(-1)).toBe(`alicloud-local${known ? ` ${verb}` : ''} --help tells more`);
    expect(stderr.match(/--help/g)).toHaveLength(1);
    expect(stderr).not.toContain('    at ');
  });

  it('says how one is started where none runs, instead of where the help is', async () => {
    expect(
      await local(['status', '--state', '/nowhere'], {
        env: { ...process.env, ALICLOUD_LOCAL: undefined, npm_command: undefined },
      }),
    ).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^alicloud-local status: --state: no local cloud runs on \/nowhere(: alicloud-local start --state \/nowhere starts one|; these run:\n.*)\n$/s,
      ) as string,
    });
  });

  it.runIf(process.platform === 'linux')('fails where a file system takes no folder', async () => {
    const { code, stderr } = await local(['start', '--state', '/proc/none']);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        'alicloud-local start: state folder /proc/none cannot be locked and written (ENOENT): give another state folder\n',
    });
  });

  it.each([
    [['start'], 'a state folder'],
    [['start', '--background'], 'a file with --log'],
  ])('%j tells that there is no place for scratch folders', async (args, instead) => {
    const { code, stderr } = await local(args, { env: { ...process.env, TMPDIR: '/nowhere' } });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `alicloud-local start: no folder can be made in /nowhere (ENOENT): set TMPDIR, or give ${instead}\n`,
    });
  });

  it.runIf(process.platform === 'linux')('fails when what it prints is lost', async () => {
    const full = fs.openSync('/dev/full', 'w');
    onTestFinished(() => fs.closeSync(full));
    const child = spawn(process.execPath, [CLI, '--help'], { stdio: ['ignore', full, 'pipe'] });
    let errors = '';
    child.stderr!.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect({ code, errors }).toEqual({
      code: 1,
      errors: 'alicloud-local: standard output cannot be written (ENOSPC)\n',
    });
  });

  it('takes the usual ports where they are free, and says so where they are not', async () => {
    const { stdout, stderr } = await startAndStop([]);
    const { http, rocketmq } = JSON.parse(stdout.split('\n')[0]) as LocalCloudEndpoints;
    for (const [what, address, usual] of [
      ['HTTP', http, 4600],
      ['RocketMQ', rocketmq, 9876],
    ] as const) {
      const taken = `alicloud-local: port ${usual} is taken, ${what} is at ${address}\n`;
      expect(stderr.includes(taken)).toBe(address !== `127.0.0.1:${usual}`);
    }
  });

  it('goes on when nobody reads what it prints', async () => {
    const child = spawn(process.execPath, [CLI, 'start', '--state', scratchFolder()], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    child.stdout.destroy();
    const { http } = JSON.parse(line.toString().split('\n')[0]) as LocalCloudEndpoints;
    expect((await fetch(`http://${http}/_local/health`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('stops with --until-eof when standard input ends', async () => {
    const child = spawn(process.execPath, [CLI, 'start', '--until-eof'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    expect(child.exitCode).toBeNull();
    child.stdin.end();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('leaves nothing behind when it is killed', async () => {
    const tmp = scratchFolder();
    const { code } = await local(['start'], {
      env: { ...process.env, TMPDIR: tmp },
      onOutput: (output, kill) => output.endsWith('Ready.\n') && kill('SIGKILL'),
    });
    expect(code).toBeNull();
    const scratch = (): string[] => fs.readdirSync(tmp).filter((name) => name.startsWith('alicloud-local-'));
    await eventually(() => expect(scratch()).toEqual([]));
  });

  it('explains itself, and each of its commands', async () => {
    const { code, stdout } = await local(['--help']);
    expect({ code, example: stdout.includes('Examples:\n  alicloud-local start') }).toEqual({ code: 0, example: true });
    for (const [, name] of stdout.matchAll(/^ {2}(\w+) {2,}\w/gm)) {
      expect((await local([name, '--help'])).stdout).toContain(`usage: alicloud-local ${name} `);
    }
    expect((await local(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('alicloud-local run', () => {
  const node = (script: string) => ['run', '--', process.execPath, '-e', script];

  it('gives the command the environment, and exits with its code', async () => {
    const { code, stdout } = await local(
      node('console.log(process.env.DLA_PORT > 0, process.env.DLA_USER); process.exit(7)'),
    );
    expect({ code, stdout }).toEqual({ code: 7, stdout: 'true local_dla\n' });
  });

  it('passes a signal on, and lets the command end in its own time', async () => {
    const { code, stdout } = await local(
      node(
        "process.on('SIGTERM', () => { console.log('told'); process.exit(5); }); setInterval(() => {}, 1000); console.log('up')",
      ),
      { onOutput: (output, kill) => output === 'up\n' && kill('SIGTERM') },
    );
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'up\ntold\n' });
  });

  it('exits with 128 + N when a signal N ended the command', async () => {
    expect((await local(node("process.kill(process.pid, 'SIGKILL')"))).code).toBe(137);
  });

  it('plays no account that lacks something unknown', async () => {
    const { code, stderr } = await local(['run', '--without', 'kms', '--', 'true']);
    expect({ code, line: stderr.split('\n')[0] }).toEqual({
      code: 2,
      line: 'alicloud-local run: --without: expected one of oss, mq, mns, rocketmq-4, got "kms"',
    });
  });

  it('says so when the command does not exist', async () => {
    const { code, stderr } = await local(['run', '--', 'no-such-command']);
    expect({ code, stderr }).toEqual({
      code: 127,
      stderr: 'alicloud-local run: command no-such-command cannot be run (ENOENT): is it installed and on PATH?\n',
    });
  });

  it('leaves the command its own --help', async () => {
    expect((await local(['run', '--', process.execPath, '--help'])).stdout).toContain('Usage: node');
  });
});
