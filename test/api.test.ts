import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from './run-node';
import { scratchFolder } from './scratch';

it('API.md says what the code says; `npm run api` brings it up to date', async () => {
  const folder = scratchFolder();
  const typedoc = join(ROOT, 'node_modules/typedoc/bin/typedoc');
  await promisify(execFile)(process.execPath, [typedoc, '--out', folder], { cwd: ROOT });
  expect(readFileSync(join(ROOT, 'API.md'), 'utf8')).toBe(readFileSync(join(folder, 'API.md'), 'utf8'));
}, 120_000);
