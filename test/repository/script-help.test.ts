import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../run-node';

it.concurrent.each([
  'bench/all.ts',
  'scripts/check-schema.ts',
  'scripts/fuzz/main.ts',
  'scripts/sql-differential.ts',
  'scripts/test-node.ts',
  'test/crash/crash.ts',
])('%s tells its usage for --help, and does nothing else', async (script) => {
  const args = [path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), path.join(ROOT, script), '--help'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
  expect(stdout).toMatch(/^usage: npm run [a-z:]+/);
  expect(stderr).toBe('');
});
