import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { beforeEach, expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

let launcher: string;
let folder: string;

beforeEach(() => {
  folder = scratchFolder();
  launcher = path.join(scratchFolder(), 'launcher.js');
  buildSync({
    stdin: {
      contents: `require('./lib/cli/launch').launch(process.argv[2], process.argv[3] === 'keep');`,
      resolveDir: ROOT,
    },
    outfile: launcher,
    bundle: true,
    platform: 'node',
  });
  fs.writeFileSync(
    path.join(folder, 'program.js'),
    `exports.count = (exports.count ?? 0) + 1;
     const { again } = require('./part.js');
     console.log(__filename === module.filename, again(), module.exports.count);`,
  );
  fs.writeFileSync(path.join(folder, 'part.js'), `exports.again = () => require('./program.js').count;`);
});

const run = (...args: string[]): string =>
  execFileSync(process.execPath, [launcher, path.join(folder, 'program.js'), ...args], { encoding: 'utf8' });
const caches = (): string[] => fs.readdirSync(folder).filter((name) => name.endsWith('.cache'));

it('loads a file as require does, once for all that require it', () => {
  expect(run()).toBe('true 1 1\n');
  expect(caches()).toEqual([]);
});

it('keeps what was compiled where it is told to, and uses it', () => {
  expect(run('keep')).toBe('true 1 1\n');
  const [name] = caches();
  const file = path.join(folder, name);
  const { ino } = fs.statSync(file);
  expect(run('keep')).toBe('true 1 1\n');
  expect(fs.statSync(file).ino).toBe(ino);
  expect(caches()).toEqual([name]);
});

it.each([
  ['is cut off', (bytes: Buffer) => bytes.subarray(0, 100)],
  ['is none', () => Buffer.from('nonsense')],
  ['is empty', () => Buffer.alloc(0)],
])('does not use what %s, and makes it anew', (_what, spoil) => {
  run('keep');
  const file = path.join(folder, caches()[0]);
  const bytes = fs.readFileSync(file);
  fs.writeFileSync(file, spoil(bytes));
  expect(run('keep')).toBe('true 1 1\n');
  expect(fs.readFileSync(file).length).toBeGreaterThan(100);
});

it('does not use what was compiled of another source', () => {
  run('keep');
  fs.appendFileSync(path.join(folder, 'program.js'), `console.log('changed');`);
  expect(run('keep')).toBe('true 1 1\nchanged\n');
});

it('works where it cannot keep anything', () => {
  // A folder stands where the file would; permissions do not hold for root.
  fs.mkdirSync(path.join(folder, `program.js.${process.version}-${process.arch}.cache`, 'x'), { recursive: true });
  expect(run('keep')).toBe('true 1 1\n');
  expect(fs.readdirSync(folder).filter((name) => /\.\d+$/.test(name))).toEqual([]);
});

it('runs out of an archive, in which nothing can be written or removed', () => {
  const archive = path.join(scratchFolder(), 'archive.cjs');
  fs.writeFileSync(
    archive,
    `const fs = require('node:fs');
     for (const name of ['writeFileSync', 'renameSync', 'rmSync']) {
       fs[name] = () => { throw new Error('EROFS: read-only filesystem'); };
     }`,
  );
  const args = ['--require', archive, launcher, path.join(folder, 'program.js'), 'keep'];
  expect(execFileSync(process.execPath, args, { encoding: 'utf8' })).toBe('true 1 1\n');
  expect(caches()).toEqual([]);
});
