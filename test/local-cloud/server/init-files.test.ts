import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud, withLocalCloud } from '../../../lib/local-cloud';
import type { Health } from '../../../lib/local-cloud/server/control-client';
import { InitFiles, statementsOf } from '../../../lib/local-cloud/server/init-files';
import { runNode } from '../../run-node';
import { scratchFolder } from '../../scratch';

let folder: string;
beforeEach(() => {
  folder = scratchFolder();
});

function write(name: string, text: string, mode = 0o644): void {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
}

const health = async ({ endpoints }: LocalCloud): Promise<Health> =>
  (await (await fetch(`http://${endpoints.http}/_local/health`)).json()) as Health;
const post = (cloud: LocalCloud, call: string) =>
  fetch(`http://${cloud.endpoints.http}/_local/${call}`, { method: 'POST', headers: { 'x-alicloud-local': '1' } });

const PROVIDER = `terraform {
  required_providers {
    alicloud = { source = "aliyun/alicloud" }
  }
}`;
const TERRAFORM = (bucket: string) => `${PROVIDER}
resource "alicloud_oss_bucket" "made" { bucket = "${bucket}" }`;

it('splits a file of SQL at its semicolons, and not within texts and comments', () => {
  expect(statementsOf("select ';' ; -- one; two\n/*+ run_async=true */ select 2;\n\n; # end;")).toEqual([
    "select ';'",
    '-- one; two\n/*+ run_async=true */ select 2',
  ]);
});

it('runs files of every kind in the order of their names, and tells what became of each', async () => {
  write('10-bucket.tf', TERRAFORM('by-terraform'));
  write(
    '20-schema.sql',
    "create schema seeded with dbproperties (catalog = 'oss', location = 'oss://by-terraform/');\n-- the end\n",
  );
  write(
    '30-program.mjs',
    "import * as fs from 'node:fs'; fs.appendFileSync('order', process.env.DLA_USER + ' js\\n');",
  );
  write('40-script.sh', 'echo "$ALICLOUD_LOCAL sh" >> order');
  write('50-own.sh', `#!${process.execPath}\nrequire('fs').appendFileSync('order', 'shebang\\n');`, 0o755);
  write('60-python', `#!${process.execPath}\nrequire('fs').appendFileSync('order', 'any\\n');`, 0o755);
  write('README.md', 'not run', 0o755);
  write('ready.d/99-last.sh', 'echo last >> ../order');
  await withLocalCloud({ init: folder }, async (cloud) => {
    expect(fs.readFileSync(path.join(folder, 'order'), 'utf8')).toBe(
      `local_dla js\nhttp://${cloud.endpoints.http} sh\nshebang\nany\nlast\n`,
    );
    expect(cloud.account.oss.listBuckets().map(({ name }) => name)).toEqual(['by-terraform']);
    expect(cloud.account.dla.listSchemas('cn-hangzhou').map(({ name }) => name)).toContain('seeded');
    const { init, ready } = await health(cloud);
    expect(ready).toBe(true);
    expect(init!.map(({ file, status }) => `${file} ${status}`)).toEqual([
      '10-bucket.tf done',
      '20-schema.sql done',
      '30-program.mjs done',
      '40-script.sh done',
      '50-own.sh done',
      '60-python done',
      'README.md skipped',
      'ready.d/99-last.sh done',
    ]);
    expect((await post(cloud, 'reset')).status).toBe(200);
    expect(cloud.account.oss.listBuckets()).toEqual([]);
    expect((await post(cloud, 'reset?init=1')).status).toBe(200);
    expect(cloud.account.oss.listBuckets()).toHaveLength(1);
  });
}, 120_000);

it('runs a folder of Terraform files as one module', async () => {
  write('module/versions.tf', PROVIDER);
  write('module/main.tf', 'resource "alicloud_oss_bucket" "made" { bucket = var.name }');
  write('module/variables.tf', 'variable "name" { default = "of-a-module" }');
  await withLocalCloud({ init: folder }, ({ account }) => {
    expect(account.oss.listBuckets()).toHaveLength(1);
  });
  expect(fs.readdirSync(path.join(folder, 'module')).sort()).toEqual(['main.tf', 'variables.tf', 'versions.tf']);
}, 120_000);

it('keeps what Terraform made of files that have one name apart', async () => {
  write('main.tf', TERRAFORM('of-the-first'));
  write('ready.d/main.tf', TERRAFORM('of-the-second'));
  await withLocalCloud({ init: folder }, ({ account }) => {
    expect(account.oss.listBuckets().map(({ name }) => name)).toEqual(['of-the-first', 'of-the-second']);
  });
}, 120_000);

describe('the first one that fails', () => {
  it.each([
    ['a.sql', 'select 1;\nselect * from nowhere.table_1;', /a\.sql failed: statement 2: /],
    ['a.sh', 'echo why >&2; exit 3', /a\.sh failed: sh ended with 3: why$/],
    ['a.js', "throw new Error('of the program')", /a\.js failed: node ended with 1: [\s\S]*of the program/],
    ['a.tf', 'resource "nothing" {', /a\.tf failed: terraform ended with 1: /],
  ])('%s ends the start', async (name, text, message) => {
    write(name, text);
    write('b.sh', 'touch ran');
    await expect(LocalCloud.start({ init: folder })).rejects.toThrow(message);
    expect(fs.existsSync(path.join(folder, 'ran'))).toBe(false);
  });

  it('is told by the command, and by a reset that asked for it', async () => {
    write('a.sh', 'test ! -e fails');
    fs.writeFileSync(path.join(folder, 'fails'), '');
    const { code, stdout, stderr } = await runNode('lib/local-cloud/server/cli.js', ['start', '--init', folder]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(`alicloud-local start: ${path.join(folder, 'a.sh')} failed: sh ended with 1`);
    fs.rmSync(path.join(folder, 'fails'));
    await withLocalCloud({ init: folder }, async (cloud) => {
      fs.writeFileSync(path.join(folder, 'fails'), '');
      const answer = await post(cloud, 'reset?init=1');
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({
        status: 500,
        body: { code: 'InitFailed', message: expect.stringContaining('a.sh failed') },
      });
      expect(await health(cloud)).toMatchObject({ ready: false, init: [{ file: 'a.sh', status: 'failed' }, {}] });
    });
  });
});

it('a reset waits for nobody: while the files run it changes nothing, and says so', async () => {
  write('a.sh', 'until test -e go; do sleep 0.1; done');
  fs.writeFileSync(path.join(folder, 'go'), '');
  await withLocalCloud({ init: folder }, async (cloud) => {
    fs.rmSync(path.join(folder, 'go'));
    cloud.account.oss.createBucket('cn-hangzhou', { name: 'still-there' });
    const again = cloud.runInit();
    for (const call of ['reset', 'reset?init=1']) {
      const answer = await post(cloud, call);
      expect({ status: answer.status, body: await answer.json() }).toMatchObject({
        status: 409,
        body: { code: 'InitRunning' },
      });
    }
    expect(cloud.account.oss.findBucket('still-there')).toBeDefined();
    fs.writeFileSync(path.join(folder, 'go'), '');
    await again;
    expect((await post(cloud, 'reset')).status).toBe(200);
  });
});

it('a reset runs the files that are there then, and none that has gone keeps it from being ready', async () => {
  write('10-first.sh', 'echo first >> order');
  await withLocalCloud({ init: folder }, async (cloud) => {
    fs.rmSync(path.join(folder, '10-first.sh'));
    write('20-second.sh', 'echo second >> order; rm 30-third.sh');
    write('30-third.sh', 'echo third >> order');
    write('ready.d/40-last.sh', 'echo last >> ../order');
    expect((await post(cloud, 'reset?init=1')).status).toBe(200);
    expect(fs.readFileSync(path.join(folder, 'order'), 'utf8')).toBe('first\nsecond\nlast\n');
    const { init, ready } = await health(cloud);
    expect(init!.map(({ file, status }) => `${file} ${status}`)).toEqual([
      '20-second.sh done',
      '30-third.sh skipped',
      'order skipped',
      'ready.d/40-last.sh done',
    ]);
    expect(ready).toBe(true);
  });
});

it('says so when the interpreter of a script is not there', async () => {
  write('10-odd', '#!/bin/no-shell\necho here\n', 0o755);
  await expect(LocalCloud.start({ init: folder })).rejects.toThrow(
    'expected an interpreter of this machine in the first line, got "#!/bin/no-shell"',
  );
});

it.each([
  ['a.sh', '#!/bin/sh\r\necho made > made\r\n', 0o755, 'the file has line ends of Windows'],
  ['a.sh', 'echo made > made\r\n', 0o644, 'the file has line ends of Windows'],
  ['a.sh', '\uFEFFecho made > made\n', 0o644, 'the file begins with a byte order mark'],
  ['a', '\uFEFF#!/bin/sh\necho made > made\n', 0o755, 'the file begins with a byte order mark'],
])('does not run scripts as Windows writes them: %s, %j', async (name, text, mode, message) => {
  write(name, text, mode);
  await expect(LocalCloud.start({ init: folder })).rejects.toThrow(message);
  expect(fs.readdirSync(folder)).toEqual([name]);
});

it('tells what it does not run', async () => {
  write('a.csv', '1,2\n');
  fs.symlinkSync('nowhere', path.join(folder, 'b.sh'));
  const { code, stderr } = await runNode('lib/local-cloud/server/cli.js', ['run', '--init', folder, '--', 'true']);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('init: not run: a.csv, b.sh; expected .sql'),
  });
});

it('names a folder that is not there', async () => {
  await expect(LocalCloud.start({ init: path.join(folder, 'none') })).rejects.toThrow(
    `init: folder ${path.join(folder, 'none')} cannot be read (ENOENT)`,
  );
});

it('ends a program with all that it runs when the start is stopped', async () => {
  write('a.sh', 'sleep 1000 & echo $! > pid; echo up; wait');
  let told = false;
  const { code, stdout, stderr } = await runNode('lib/local-cloud/server/cli.js', ['start', '--init', folder], {
    onErrorOutput: (text, kill) => {
      if (text.includes('up') && !told) {
        told = true;
        kill('SIGTERM');
      }
    },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain('the local cloud was stopped');
  expect(stderr).not.toContain('failed');
  const pid = Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8'));
  await expect.poll(() => fs.existsSync(`/proc/${pid}`), { timeout: 10_000 }).toBe(false);
});

it('ends SQL that is about to connect to servers that have gone', async () => {
  write('a.sql', 'select 1;');
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  const uncaught = vi.fn();
  process.on('uncaughtException', uncaught);
  onTestFinished(() => void process.off('uncaughtException', uncaught));
  const endpoints = { dla: { 'cn-hangzhou': `127.0.0.1:${port}` } } as unknown as LocalCloud['endpoints'];
  const signal = AbortSignal.abort(new Error('stopped'));
  await expect(new InitFiles(folder).run({ endpoints, work: folder, signal })).rejects.toThrow('stopped');
  // What connects after it is refused after it.
  await once(net.connect(port, '127.0.0.1'), 'connect').catch(() => undefined);
  expect(uncaught).not.toHaveBeenCalled();
});

it('ends SQL that is running when the start is stopped', async () => {
  write('a.sh', 'echo "$ALICLOUD_LOCAL" > address');
  write('b.sql', 'select 1;\n'.repeat(20_000));
  const stop = new AbortController();
  const started = LocalCloud.start({ init: folder, signal: stop.signal });
  started.catch(() => undefined);
  const isRunning = async (): Promise<boolean> => {
    const address = fs.readFileSync(path.join(folder, 'address'), 'utf8').trim();
    const { init } = (await (await fetch(`${address}/_local/health`)).json()) as Health;
    return init!.some(({ file, status }) => file === 'b.sql' && status === 'running');
  };
  await expect.poll(() => isRunning().catch(() => false), { timeout: 60_000 }).toBe(true);
  stop.abort(new Error('the test stops it'));
  await expect(started).rejects.toThrow('the local cloud was stopped');
}, 60_000);
