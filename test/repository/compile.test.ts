import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

let folder: string;
const COMPILE = path.join(ROOT, 'scripts/compile.mjs');
/** The programs of ours that compile, as it names them. */
const STEPS = new Set(
  [...fs.readFileSync(COMPILE, 'utf8').matchAll(/'(scripts\/[\w-]+\.ts)'/g)].map(([, name]) => name),
);

/** A checkout whose compilers only write down that they ran, in the order of the steps. */
beforeEach(() => {
  folder = scratchFolder();
  const log = `require('fs').appendFileSync('${folder}/calls', process.argv.slice(2).join(' ') + '\\n');`;
  const files: Record<string, string> = {
    'node_modules/tsx/package.json': '{ "name": "tsx", "exports": { "./cli": "./cli.js" } }',
    'node_modules/tsx/cli.js': log,
    'node_modules/typescript/package.json': '{ "name": "typescript" }',
    'node_modules/typescript/bin/tsc': `${log} process.exitCode = require('fs').existsSync('${folder}/broken') ? 2 : 0;`,
    'package.json': '{ "bin": { "a": "./dist/stacks/script.js" } }',
    'dist/stacks/script.js': 'console.log("script", process.argv.slice(2).join(" "))',
    'lib/a.ts': '',
    'stacks/b.ts': '',
    'stacks/script.ts': '',
  };
  ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].forEach((name) => (files[name] = ''));
  STEPS.forEach((name) => (files[name] = ''));
  Object.entries(files).forEach(([name, text]) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  });
  ['compile.mjs', 'run-compiled.mjs'].forEach((name) =>
    fs.copyFileSync(path.join(ROOT, 'scripts', name), path.join(folder, 'scripts', name)),
  );
});

const ALL = [...STEPS, '-p tsconfig.build.json'].sort();

function run(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const log = fs.existsSync(path.join(folder, 'calls')) ? fs.readFileSync(path.join(folder, 'calls'), 'utf8') : '';
  fs.rmSync(path.join(folder, 'calls'), { force: true });
  return { status, stdout, stderr, calls: log.trim().split('\n').filter(Boolean).sort() };
}

const script = (...args: readonly string[]) => run('scripts/run-compiled.mjs', 'stacks/script.js', ...args);

it('compiles before a script what has changed, says so, and does not compile again', () => {
  expect(script('deploy')).toEqual({
    status: 0,
    stdout: 'script deploy\n',
    stderr: expect.stringMatching(/^(compiling: .*\n)+$/) as string,
    calls: ALL,
  });
  expect(script('deploy')).toEqual({ status: 0, stdout: 'script deploy\n', stderr: '', calls: [] });
  fs.writeFileSync(path.join(folder, 'lib/a.ts'), 'export {};');
  expect(script('deploy').calls).toEqual(ALL);
});

it('keeps nothing of sources that were renamed or removed, nor empty folders', () => {
  const write = (name: string) => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), '');
  };
  const kept = ['lib/a.js', 'lib/a.d.ts', 'lib/local-cloud/server/cli-parts/chunk-1.js', 'stacks/script.js'];
  ['lib/a.ts', 'lib/gone.ts', 'lib/was/b.ts'].forEach(write);
  [...kept, 'lib/gone.js', 'lib/gone.d.ts', 'lib/was/b.js', 'stacks/former.js'].forEach((name) =>
    write(`dist/${name}`),
  );
  expect(run('scripts/compile.mjs').status).toBe(0);
  expect(fs.existsSync(path.join(folder, 'dist/lib/gone.js'))).toBe(true);
  fs.rmSync(path.join(folder, 'lib/gone.ts'));
  fs.rmSync(path.join(folder, 'lib/was'), { recursive: true });
  expect(script().status).toBe(0);
  const left = fs
    .readdirSync(path.join(folder, 'dist'), { recursive: true, withFileTypes: true })
    .map((entry) => path.relative(path.join(folder, 'dist'), path.join(entry.parentPath, entry.name)))
    .filter((name) => name.includes(path.sep) && path.extname(name) !== '')
    .sort();
  expect(left).toEqual(kept.map((name) => path.normalize(name)).sort());
  expect(fs.existsSync(path.join(folder, 'dist/lib/was'))).toBe(false);
});

it('does not compile after a build, nor for --help', () => {
  expect(script('--help')).toEqual({ status: 0, stdout: 'script --help\n', stderr: '', calls: [] });
  expect(run('scripts/compile.mjs')).toEqual({ status: 0, stdout: '', stderr: '', calls: ALL });
  expect(script().calls).toEqual([]);
});

it('tells what it does without doing it', () => {
  fs.writeFileSync(path.join(folder, 'lib/a.ts'), 'export {};');
  const { stdout, ...rest } = run('scripts/compile.mjs', '--if-changed', '--help');
  expect(rest).toEqual({ status: 0, stderr: '', calls: [] });
  expect(stdout).toContain('npm run ready');
});

it.each(['SIGINT', 'SIGTERM'] as const)('says at %s that nothing was deployed, and compiles again', (signal) => {
  fs.writeFileSync(
    path.join(folder, 'node_modules/typescript/bin/tsc'),
    `process.kill(process.ppid, '${signal}'); setTimeout(() => {}, 60000);`,
  );
  const { status, stdout, stderr } = script();
  expect({ status, stdout }).toEqual({ status: signal === 'SIGINT' ? 130 : 143, stdout: '' });
  expect(stderr).toMatch(/interrupted while compiling: nothing was deployed, and the next run compiles again\n$/);
  expect(fs.existsSync(path.join(folder, 'dist/.compiled-from'))).toBe(false);
});

it('runs nothing that did not compile, and compiles it again', () => {
  fs.writeFileSync(path.join(folder, 'broken'), '');
  expect(script()).toMatchObject({ status: 2, stdout: '' });
  fs.rmSync(path.join(folder, 'broken'));
  expect(script()).toMatchObject({ status: 0, calls: ALL });
});

it('says in one line what cannot be written', () => {
  fs.mkdirSync(path.join(folder, 'dist/.compiled-from'));
  expect(script()).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^the package cannot be compiled: EISDIR: .*\n$/) as string,
  });
});

it('tells in one line what is missing: packages, those that compile, a newer Node', () => {
  const lacks = (...args: string[]) => {
    const { status, stdout, stderr, calls } = run(...args, 'scripts/run-compiled.mjs', 'stacks/script.js');
    expect({ status, stdout, calls }).toEqual({ status: 2, stdout: '', calls: [] });
    return stderr;
  };
  fs.writeFileSync(
    path.join(folder, 'old.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.8' } });",
  );
  fs.writeFileSync(path.join(folder, 'package.json'), '{ "bin": {}, "engines": { "node": ">=20.9.0" } }');
  expect(lacks('--require', './old.cjs')).toBe('expected node 20.9 or newer, got 18.20.8\n');
  fs.rmSync(path.join(folder, 'node_modules/tsx'), { recursive: true });
  expect(lacks()).toBe('what compiles the package is not installed: run npm ci, without --omit=dev\n');
  fs.rmSync(path.join(folder, 'node_modules'), { recursive: true });
  expect(lacks()).toBe('node_modules is missing: run npm ci first\n');
});
