import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

it('API.md says what the code says of every entry point; `npm run api` brings it up to date', async () => {
  const file = path.join(scratchFolder(), 'API.md');
  await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/write-api.ts', file], { cwd: ROOT });
  expect(fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8')).toBe(fs.readFileSync(file, 'utf8'));
});

it('API.md has each of the entry points that the package exports', () => {
  const { exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, unknown>;
  };
  const page = fs.readFileSync(path.join(ROOT, 'API.md'), 'utf8');
  const documented = [...page.matchAll(/^# `(.+)`$/gm)].map(([, specifier]) => specifier);
  const code = Object.keys(exports).filter((subpath) => !/\.json$|\*/.test(subpath));
  expect(documented.sort()).toEqual(code.map((subpath) => `cdktf-alicloud-dla${subpath.slice(1)}`).sort());
});
