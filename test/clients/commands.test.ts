import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, type TestContext } from 'vitest';
import { LocalCloud } from '../../lib/local-cloud';
import { ROOT } from '../run-node';
import { commandEnvironment } from '../../lib/local-cloud/server/environment';

const run = promisify(execFile);

let cloud: LocalCloud;
let home: string;

beforeEach(async () => {
  cloud = await LocalCloud.start();
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'commands-'));
});
afterEach(async () => {
  await cloud.stop();
  fs.rmSync(home, { recursive: true, force: true });
});

/** What a command of Alibaba Cloud prints with the variables of the local cloud; skips the test where it is missing. */
function commandOf(name: string, { skip }: TestContext): (...args: string[]) => Promise<string> {
  return async (...args) => {
    try {
      const env = { ...commandEnvironment(process.env, cloud.endpoints), HOME: home };
      return (await run(name, args, { cwd: home, env })).stdout;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        skip(`${name} is not installed`);
      }
      throw error;
    }
  };
}

/** Shells with the options that make them run a script of theirs. */
const SHELLS: Readonly<Record<string, readonly string[]>> = {
  dash: ['dash', '-euc'],
  bash: ['bash', '-euc'],
  busybox: ['busybox', 'sh', '-euc'],
  zsh: ['zsh', '-fuc'],
  mksh: ['mksh', '-euc'],
  ksh: ['ksh93', '-euc'],
  yash: ['yash', '-euc'],
  fish: ['fish', '--no-config', '-c'],
};

it.for(Object.entries(SHELLS))('%s gets the variables of env', async ([name, [file, ...options]], { skip }) => {
  const command = path.join(ROOT, 'dist/lib/local-cloud/server/cli.js');
  const local = `'${process.execPath}' '${command}' env`;
  const take = name === 'fish' ? `${local} --fish | source` : `eval "$(${local})"`;
  const script = `${take}; exec '${process.execPath}' -p 'JSON.stringify(process.env)'`;
  const theirs = { ALICLOUD_PROFILE: 'a', DLA_USER_CN_HANGZHOU: 'b', ALIBABA_CLOUD_ENDPOINT_RAM: 'c' };
  const env = { PATH: process.env.PATH, ALICLOUD_LOCAL: cloud.endpoints.http, ...theirs, HOME: home };
  let stdout: string;
  try {
    ({ stdout } = await run(file, [...options, script], { cwd: home, env }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      skip(`${file} is not installed`);
    }
    throw error;
  }
  const seen = JSON.parse(stdout) as Record<string, string>;
  expect(seen).toMatchObject(cloud.endpoints.environment);
  expect(Object.keys(theirs).filter((name) => name in seen)).toEqual([]);
});

it("aliyun takes the local cloud's keys before those of its configuration", async (context) => {
  const aliyun = commandOf('aliyun', context);
  const theirs = {
    name: 'default',
    mode: 'AK',
    access_key_id: 'theirs',
    access_key_secret: 's',
    region_id: 'cn-beijing',
  };
  fs.mkdirSync(path.join(home, '.aliyun'));
  fs.writeFileSync(
    path.join(home, '.aliyun/config.json'),
    JSON.stringify({ current: 'default', profiles: [theirs], meta_path: '' }),
  );
  const { accountId } = cloud.endpoints;
  expect(JSON.parse(await aliyun('sts', 'GetCallerIdentity'))).toMatchObject({ AccountId: accountId });
  await aliyun('ram', 'CreateUser', '--UserName', 'someone');
  expect(JSON.parse(await aliyun('ram', 'ListUsers'))).toMatchObject({ Users: { User: [{ UserName: 'someone' }] } });
  const made = await aliyun('ons', 'OnsInstanceCreate', '--InstanceName', 'instance');
  expect(JSON.parse(made)).toMatchObject({ Data: { InstanceType: 1 } });
  await aliyun('oss', 'mb', 'oss://by-aliyun');
  expect(cloud.account.oss.findBucket('by-aliyun')?.region).toBe('cn-hangzhou');
});

it('ossutil copies folders with every kind of name', async (context) => {
  const { accessKeyId, accessKeySecret, http } = cloud.endpoints;
  const key = ['-e', `http://${http}`, '-i', accessKeyId, '-k', accessKeySecret];
  const ossutil = (...args: string[]) => commandOf('ossutil', context)(...args, ...key);
  const names = ['a b+c.txt', 'sub/中文 %25.txt'];
  names.forEach((name) => {
    fs.mkdirSync(path.dirname(path.join(home, 'tree', name)), { recursive: true });
    fs.writeFileSync(path.join(home, 'tree', name), name);
  });
  await ossutil('mb', 'oss://tools');
  await ossutil('cp', '-r', 'tree', 'oss://tools/one/');
  await ossutil('cp', '-r', 'oss://tools/one/', 'oss://tools/two/');
  await ossutil('create-symlink', 'oss://tools/a link', 'oss://tools/two/a b+c.txt');
  await ossutil('cp', '-r', 'oss://tools/two/', 'back');
  expect(names.map((name) => fs.readFileSync(path.join(home, 'back', name), 'utf8'))).toEqual(names);
  expect(await ossutil('cat', 'oss://tools/a link')).toContain('a b+c.txt');
});
