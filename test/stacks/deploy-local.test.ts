import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { ROOT, runNode } from '../run-node';
import { FakeTerraform } from './fake-terraform';

const SCRIPT = path.join(ROOT, 'dist/stacks/deploy-local.js');

let terraform: FakeTerraform;
beforeEach(() => {
  terraform = new FakeTerraform();
  const settings = terraform.file('stacks/settings/local.yaml');
  fs.mkdirSync(path.dirname(settings), { recursive: true });
  fs.copyFileSync(terraform.file('settings.yaml'), settings);
});

it('a destroy lets no second run begin before all is removed', async () => {
  const second = terraform.file('second');
  const preload = terraform.file('preload.cjs');
  fs.writeFileSync(
    preload,
    `const fs = require('node:fs');
const folder = ${JSON.stringify(terraform.file('.deploy/local'))};
for (const name of ['rmSync', 'renameSync']) {
  const original = fs[name];
  fs[name] = (one, ...others) => {
    if ([folder, folder + '/cloud'].includes(one) && !fs.existsSync(${JSON.stringify(second)})) {
      const options = { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '' } };
      const run = require('node:child_process').spawnSync(process.execPath, ['${SCRIPT}', 'destroy'], options);
      fs.writeFileSync(${JSON.stringify(second)}, run.status + ' ' + run.stderr);
    }
    return original(one, ...others);
  };
}`,
  );
  const { code, stdout, stderr } = await runNode('stacks/deploy-local.js', ['destroy'], {
    cwd: terraform.folder,
    env: { ...terraform.env, NODE_OPTIONS: `--require ${preload}` },
  });
  expect(code, stderr).toBe(0);
  expect(fs.readFileSync(second, 'utf8')).toMatch(/^1 \.deploy\/local is in use by /);
  expect(stdout).toContain("removed .deploy/local, with the local cloud's account\n");
  expect(fs.readdirSync(terraform.file('.deploy'))).toEqual(['plugin-cache']);
});

it('a destroy that was killed while it removed all leaves nothing to the next run', async () => {
  const preload = terraform.file('kill.cjs');
  fs.writeFileSync(
    preload,
    `const fs = require('node:fs');
const original = fs.rmSync;
fs.rmSync = (one, ...others) => {
  if (String(one).includes('local.removed-')) {
    process.kill(process.pid, 'SIGKILL');
  }
  return original(one, ...others);
};`,
  );
  const run = (options: string) =>
    runNode('stacks/deploy-local.js', ['destroy'], {
      cwd: terraform.folder,
      env: { ...terraform.env, NODE_OPTIONS: options },
    });
  await run(`--require ${preload}`);
  expect(fs.readdirSync(terraform.file('.deploy'))).toContainEqual(expect.stringMatching(/^local\.removed-/));
  const { code, stderr } = await run('');
  expect(code, stderr).toBe(0);
  expect(fs.readdirSync(terraform.file('.deploy'))).toEqual(['plugin-cache']);
});
