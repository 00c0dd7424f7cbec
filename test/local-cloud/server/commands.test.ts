import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as util from 'node:util';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { ROOT, runNode } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { runOnTerminal } from '../../terminal';
import { fillAccount } from '../console/filled-account';

const CLI = path.join(ROOT, 'dist/lib/local-cloud/server/cli.js');

let cloud: LocalCloud;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  cloud = await LocalCloud.start();
  const running = cloud;
  onTestFinished(() => running.stop());
  environment = { ...process.env, ALICLOUD_LOCAL: cloud.endpoints.http };
});

const local = (...args: string[]) => runNode('lib/local-cloud/server/cli.js', args, { env: environment });

describe('env', () => {
  it('gives a shell every variable, and takes away what would stand in their way', async () => {
    const { stdout } = await local('env');
    const script = `${stdout}\nexec "$0" -p "JSON.stringify(process.env)"`;
    const shell = spawn('sh', ['-c', script, process.execPath], {
      env: { ALICLOUD_SECURITY_TOKEN: 'of another account' },
    });
    const chunks: Buffer[] = [];
    shell.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(shell, 'close');
    const seen = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
    expect(seen).toMatchObject(cloud.endpoints.environment);
    expect(seen).not.toHaveProperty('ALICLOUD_SECURITY_TOKEN');
  });

  it("takes away a region's own log-in to DLA, which would go before that of the local cloud", async () => {
    const [user, password] = ['DLA_USER_CN_HANGZHOU', 'DLA_PASSWORD_CN_HANGZHOU'];
    Object.assign(environment, { [user]: 'somebody', [password]: 'of a real account' });
    expect((await local('env')).stdout).toMatch(new RegExp(`^unset .* ${user} ${password}$`, 'm'));
    const print = `process.env.${user} ?? process.env.${password} ?? 'none'`;
    expect((await local('run', '--', process.execPath, '-p', print)).stdout).toBe('none\n');
  });

  it('gives JSON, and lines of an .env file', async () => {
    expect(JSON.parse((await local('env', '--json')).stdout)).toEqual(cloud.endpoints.environment);
    const { stdout } = await local('env', '--dotenv');
    const values = stdout
      .trim()
      .split('\n')
      .map((line) => /^(\w+)=(?:'(.*)'|(.*))$/.exec(line)!)
      .map(([, name, quoted, plain]) => [name, quoted ?? plain]);
    expect(Object.fromEntries(values)).toEqual(cloud.endpoints.environment);
  });
});

it('writes lines of an .env file that need no quotes taken off, as GitHub and docker --env-file read them', async () => {
  const { stdout } = await local('env', '--dotenv');
  const raw = stdout
    .trim()
    .split('\n')
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
  expect(Object.fromEntries(raw)).toEqual(cloud.endpoints.environment);
  // Node has it since 20.12.
  if ('parseEnv' in util) {
    expect(util.parseEnv(stdout)).toEqual(cloud.endpoints.environment);
  }
});

it('run asks for a command that has a name', async () => {
  expect(await local('run', '--', '')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('alicloud-local run: expected a command after --, got an empty word\n'),
  });
});

it('quotes what an .env file cannot escape', async () => {
  const other = await LocalCloud.start({ state: path.join(scratchFolder(), "it's here") });
  onTestFinished(() => other.stop());
  environment.ALICLOUD_LOCAL = other.endpoints.http;
  const { stdout } = await local('env', '--dotenv');
  expect(stdout).toContain(`\nALICLOUD_LOCAL_CERTIFICATE="${other.endpoints.certificate}"\n`);
});

describe('wait', () => {
  it('returns at once when it is ready, or what is waited for is there', async () => {
    expect(await local('wait')).toEqual({ code: 0, stdout: '', stderr: '' });
    cloud.account.oss.createBucket('cn-hangzhou', { name: 'there' });
    const { code, stdout } = await local('wait', '--for', 'bucket=there');
    expect({ code, found: JSON.parse(stdout) }).toEqual({ code: 0, found: { name: 'there', region: 'cn-hangzhou' } });
  });

  it('waits for what comes', async () => {
    const waiting = local('wait', '--for', 'bucket');
    setTimeout(() => cloud.account.oss.createBucket('cn-hangzhou', { name: 'late' }), 500);
    expect((await waiting).stdout).toContain('"late"');
  });

  it.each([
    ['bucket', 'oss', 'OSS'],
    ['topic', 'ons', 'MQ'],
    ['group', 'ons', 'MQ'],
    ['queue', 'mns', 'SMQ (formerly MNS)'],
  ] as const)('waits for a %s until its service is activated, and says that it is not', async (kind, service, name) => {
    cloud.account.activation.deactivate(service);
    expect(await local('wait', '--for', kind, '--timeout', '100ms')).toEqual({
      code: 3,
      stdout: '',
      stderr: `alicloud-local wait: no ${kind} within 100ms; ${name} is not activated\n`,
    });
  });

  it('keeps its exit code though nobody reads what it prints', async () => {
    const { taskIds } = fillAccount(cloud.account, 2);
    const cli = path.join(ROOT, 'dist/lib/local-cloud/server/cli.js');
    const child = spawn(process.execPath, [cli, 'wait', '--for', `query=${taskIds[1]}`], {
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  it('gives up with exit code 3', async () => {
    expect(await local('wait', '--for', 'queue=none', '--timeout', '300ms')).toEqual({
      code: 3,
      stdout: '',
      stderr: 'alicloud-local wait: no queue none within 300ms\n',
    });
    environment.ALICLOUD_LOCAL = '127.0.0.1:1';
    expect((await local('wait', '--timeout', '300ms')).code).toBe(3);
  });
});

it('status tells where it is', async () => {
  const { code, stdout } = await local('status');
  expect(code).toBe(0);
  expect(stdout).toContain(`http://${cloud.endpoints.http}/\n`);
  expect(stdout).toMatch(/^oss +running$/m);
  expect(JSON.parse((await local('status', '--json')).stdout)).toMatchObject({ state: cloud.state, ready: true });
});

it('stop stops it, and returns when it has', async () => {
  expect(await local('stop')).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(fs.existsSync(cloud.state)).toBe(false);
  expect((await local('stop')).code).toBe(2);
});

it('reset and snapshots change the account', async () => {
  const dir = scratchFolder();
  const snapshot = (...args: string[]) => local('snapshot', ...args, '--dir', dir);
  cloud.account.oss.createBucket('cn-hangzhou', { name: 'kept' });
  const file = path.join(scratchFolder(), 'a-file');
  fs.writeFileSync(file, '');
  const nowhere = await local('snapshot', 'save', 'one', '--dir', path.join(file, 'x'));
  expect(nowhere.stderr).toMatch(/save: ENOTDIR: .*; --dir names another folder$/m);
  expect((await snapshot('save', 'one')).code).toBe(0);
  expect((await snapshot('save', 'one')).stderr).toContain('exists; --replace saves over it');
  // As a killed save leaves one, and one that goes on: no process has a number that high.
  const drafts = ['one.ndjson.99999999.part', `one.ndjson.${process.pid}.part`].map((name) => path.join(dir, name));
  drafts.forEach((draft) => fs.writeFileSync(draft, 'half'));
  expect((await snapshot('save', 'one', '--replace')).code).toBe(0);
  expect(drafts.map((draft) => fs.existsSync(draft))).toEqual([false, true]);
  fs.rmSync(drafts[1]);
  expect(fs.statSync(path.join(dir, 'one.ndjson')).mode & 0o777).toBe(0o600);
  expect((await local('reset')).code).toBe(0);
  expect(cloud.account.oss.listBuckets()).toEqual([]);
  expect((await snapshot('load', 'one')).code).toBe(0);
  expect(cloud.account.oss.listBuckets()).toHaveLength(1);
  expect((await snapshot('list')).stdout).toMatch(/^one {2}\d{4}-\S+ {2}\d+ bytes\n$/);
  fs.writeFileSync(path.join(dir, 'bad.ndjson'), 'nothing that is one\n');
  const bad = await snapshot('load', 'bad');
  expect(bad.code).toBe(1);
  expect(bad.stderr).toMatch(/^alicloud-local snapshot: .+/);
  expect(fs.readdirSync(dir).sort()).toEqual(['bad.ndjson', 'one.ndjson']);
});

it('logs tells what was called, follows it, and ends with the cloud', async () => {
  const call = (bucket: string) => fetch(`http://${cloud.endpoints.http}/${bucket}`);
  await call('first');
  expect((await local('logs')).stdout).toMatch(/^\S+ {2}40\d {2}oss\.\w+ first {2}\d+ ms {2}\w+/);
  const script = path.join(ROOT, 'dist/lib/local-cloud/server/cli.js');
  const child = spawn(process.execPath, [script, 'logs', '-f', '--json'], { env: environment });
  let [lines, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  await once(child.stdout, 'data');
  await call('second');
  while (!lines.includes('second')) {
    await once(child.stdout, 'data');
  }
  expect(lines.match(/first/g)).toHaveLength(1);
  await cloud.stop();
  const [code] = (await once(child, 'exit')) as [number];
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
});

describe('in the background', () => {
  it('is ready whatever is said right after', async () => {
    const tmp = scratchFolder();
    const talker = path.join(tmp, 'talker.cjs');
    const write = 'process.stdout.write.bind(process.stdout)';
    const tell = "text.endsWith('Ready.\\n') && process.stderr.write('said since\\n')";
    fs.writeFileSync(
      talker,
      `const write = ${write}; process.stdout.write = (text, ...rest) => { const told = write(text, ...rest); ${tell}; return told; };`,
    );
    const options = `${process.env.NODE_OPTIONS ?? ''} --require ${talker}`;
    environment = { ...process.env, TMPDIR: tmp, ALICLOUD_LOCAL: undefined, NODE_OPTIONS: options };
    const state = path.join(tmp, 'state');
    const { code, stdout } = await local('start', '--background', '--state', state);
    expect({ code, ready: stdout.split('\n').slice(1) }).toEqual({ code: 0, ready: ['Ready.', ''] });
    expect((await local('stop', '--state', state)).code).toBe(0);
  });

  it('tells on a terminal how to go on, in words that can be typed again', async () => {
    const state = path.join(scratchFolder(), 'state');
    const command = `${process.execPath} ${CLI} start --background --state ${state}`;
    const env = { ...process.env, ALICLOUD_LOCAL: undefined, npm_command: 'exec' };
    const { code, output } = await runOnTerminal(command, { cwd: ROOT, env });
    expect((await local('stop', '--state', state)).code).toBe(0);
    expect(code).toBe(0);
    expect(output).toContain('eval "$(npx alicloud-local env)"');
    // Ctrl-C would end nothing: it runs in the background.
    expect(output).toMatch(/^npx alicloud-local stop ends it\.\r\nReady\.\r\n$/m);
  });

  it('tells what others said apart from its own error', async () => {
    const init = scratchFolder();
    fs.writeFileSync(path.join(init, 'a.sh'), 'echo said before; exit 3\n');
    const { code, stderr } = await local('start', '--background', '--init', init);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^said before\nalicloud-local start: \S+a\.sh failed: sh ended with 3.*\n$/m,
      ) as string,
    });
  });

  it('runs until it is stopped, and leaves no log', async () => {
    const tmp = scratchFolder();
    const state = path.join(tmp, 'state');
    environment = { ...process.env, TMPDIR: tmp, ALICLOUD_LOCAL: undefined };
    const { code, stdout, stderr } = await local('start', '--background', '--state', state);
    expect({ code, ready: stdout.split('\n').slice(1) }).toEqual({ code: 0, ready: ['Ready.', ''] });
    const log = /log (.+)\n/.exec(stderr)![1];
    expect(fs.readFileSync(log, 'utf8')).toContain('Ready.');
    expect((await local('status', '--state', state)).stdout).toContain(log);
    const again = await local('start', '--background', '--state', state);
    expect(again.code).toBe(1);
    expect(again.stderr).toMatch(/^alicloud-local start: state folder \S+ is in use by process/m);
    const run = await local('run', '--state', state, '--', process.execPath, '-p', 'process.env.ALICLOUD_LOCAL');
    expect(run.stdout).toBe(`http://${(JSON.parse(stdout.split('\n')[0]) as { http: string }).http}\n`);
    expect((await local('run', '--state', state, '--region', 'cn-beijing', '--', 'true')).code).toBe(2);
    expect((await local('stop', '--state', state)).code).toBe(0);
    const left = (): string[] => fs.readdirSync(tmp).filter((name) => name !== 'state');
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
  });
});
