import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { trustPolicy } from '../../lib/cloud/dla-roles';
import { LocalCloud } from '../../lib/local-cloud';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');
const page = read('examples/README.md');

function managedResources(stateFile: string): readonly unknown[] {
  const state = JSON.parse(fs.readFileSync(stateFile, 'utf8')) as { resources: readonly { mode: string }[] };
  return state.resources.filter(({ mode }) => mode === 'managed');
}

it('the commands of the page deploy an example, ask for a receipt and destroy it', async () => {
  const [, example, commands] = /^```sh\ncd examples\/(\S+)\n(.*?)^```/ms.exec(page)!;
  // Below the repository, where npx finds this package's commands as it does for a reader of the page.
  const folder = scratchFolder(path.join(ROOT, 'dist'));
  fs.cpSync(path.join(ROOT, 'examples', example), folder, { recursive: true });
  const { stdout } = await promisify(execFile)('sh', ['-ec', commands], { cwd: folder });
  expect(stdout).toMatch(/^PASS /m);
  // cdktf may lose Terraform's last lines: the states tell. The backup is the state before the destroy.
  expect(managedResources(path.join(folder, `terraform.${example}.tfstate.backup`))).toHaveLength(8);
  expect(managedResources(path.join(folder, `terraform.${example}.tfstate`))).toEqual([]);
}, 120_000);

it('the code of the README asks for receipts from code, and fails when none comes', async () => {
  const [code] = [...read('README.md').matchAll(/^```ts\n(.*?)^```/gms)]
    .map(([, block]) => block)
    .filter((block) => block.includes('runSmokeTest'));
  const folder = scratchFolder(path.join(ROOT, 'dist'));
  // As a CommonJS module, which most apps are, and as an ES module.
  ['smoke.ts', 'smoke.mts'].forEach((name) => fs.writeFileSync(path.join(folder, name), code));
  const cloud = await LocalCloud.start();
  try {
    const { account } = cloud;
    const [roleName, queue] = ['AliyunOpenAnalyticsAccessingMNSRole', 'receipts'];
    account.mns.createQueue('cn-hangzhou', { queueName: queue });
    account.ram.createRole({ roleName, assumeRolePolicyDocument: trustPolicy() });
    account.ram.attachPolicy('role', roleName, 'System', 'AliyunMNSFullAccess');
    const notification = { kind: 'mns', region: 'cn-hangzhou', queue, roleName, query: 'select 1' };
    fs.writeFileSync(
      path.join(folder, 'outputs.json'),
      JSON.stringify({ stack: { receipt_channels: { notification } } }),
    );
    const run = (name: string, env: NodeJS.ProcessEnv = {}) =>
      promisify(execFile)(process.execPath, [path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), name], {
        cwd: folder,
        env: { ...process.env, ...cloud.endpoints.environment, ...env },
      });
    await run('smoke.ts');
    await run('smoke.mts');
    await expect(run('smoke.ts', { DLA_PASSWORD: 'wrong' })).rejects.toMatchObject({ code: 1 });
  } finally {
    await cloud.stop();
  }
}, 120_000);

it('the page lists every example', () => {
  const entries = fs.readdirSync(path.join(ROOT, 'examples'), { withFileTypes: true });
  const listed = [...page.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);
  expect(listed.sort()).toEqual(
    entries
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort(),
  );
});
