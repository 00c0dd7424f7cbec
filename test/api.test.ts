import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from './run-node';
import { scratchFolder } from './scratch';

it('API.md says what the code says; `npm run api` brings it up to date', async () => {
  const folder = scratchFolder();
  const typedoc = path.join(ROOT, 'node_modules/typedoc/bin/typedoc');
  await promisify(execFile)(process.execPath, [typedoc, '--out', folder], { cwd: ROOT });
  expect(fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8')).toBe(fs.readFileSync(path.join(folder, 'API.md'), 'utf8'));
}, 120_000);
