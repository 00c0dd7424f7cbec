// Compiles the package: all of it, or with --if-changed only when a source has changed since. Plain JavaScript, for it runs
// before anything is compiled.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as os from 'node:os';
import * as path from 'node:path';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { resolve } = createRequire(import.meta.url);
/** Beside what was compiled, so that it goes with it. */
const STAMP = path.join(ROOT, 'dist', '.compiled-from');
const SOURCES = [
  ...['lib', 'stacks', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
  ...['scripts/compile.mjs', 'scripts/generate-bindings.ts', 'scripts/bundle-libraries.ts'],
  'scripts/bundle-command.ts',
  'scripts/stage-local-cloud.ts',
];
const GENERATED = path.join(ROOT, 'lib', 'provider-schema', 'gen');
const SILENCE_MILLIS = 2500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const HELP = `Compiles the package where a source has changed since the last time, as each script does before it runs.

Usage:
  npm run ready

Example:
  npm run ready && npx alicloud-local start
`;

/** Written by a step of its own, which begins by removing it. */
const PARTS_OF_COMMAND = path.join('lib', 'local-cloud', 'server', 'cli-parts');

const STEPS = [
  ['bindings of the provider', 'tsx/cli', 'scripts/generate-bindings.ts'],
  ['TypeScript', 'typescript/bin/tsc', '-p', 'tsconfig.build.json'],
  ['nothing of former sources', removeLeftovers],
  ['bundled libraries', 'tsx/cli', 'scripts/bundle-libraries.ts'],
  ['command alicloud-local', 'tsx/cli', 'scripts/bundle-command.ts'],
  ['package alicloud-local', 'tsx/cli', 'scripts/stage-local-cloud.ts'],
];

/** Compiles when a source has changed since the last time, and says so on standard error. Returns an exit code. */
export async function compileIfChanged() {
  return withUsage(async () => {
    const inputs = fingerprint();
    if (fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === inputs) {
      return 0;
    }
    return compile((text) => process.stderr.write(`${text}\n`));
  });
}

/** Tells in one line what of the checkout cannot be read or written. */
async function withUsage(work) {
  try {
    return await work();
  } catch (error) {
    if (error.syscall === undefined) {
      throw error;
    }
    process.stderr.write(`the package cannot be compiled: ${error.message}\n`);
    return 2;
  }
}

/** What this machine lacks to compile, in one line. */
function missingRequirement() {
  const { engines } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  const [major, minor] = /\d+\.\d+/.exec(engines?.node ?? '0.0')[0].split('.');
  const [ownMajor, ownMinor] = process.versions.node.split('.');
  if ((ownMajor - major || ownMinor - minor) < 0) {
    return `expected node ${major}.${minor} or newer, got ${process.versions.node}`;
  }
  if (!fs.existsSync(path.join(ROOT, 'node_modules'))) {
    return 'node_modules is missing: run npm ci first';
  }
  try {
    STEPS.forEach(([, program]) => typeof program === 'function' || resolve(program));
    return undefined;
  } catch {
    return 'what compiles the package is not installed: run npm ci, without --omit=dev';
  }
}

async function compile(tell) {
  const missing = missingRequirement();
  if (missing !== undefined) {
    process.stderr.write(`${missing}\n`);
    return 2;
  }
  // Taken first: what changes meanwhile is compiled the next time.
  const inputs = fingerprint();
  const begun = Date.now();
  fs.rmSync(STAMP, { force: true });
  for (const [what, program, ...args] of STEPS) {
    tell(`compiling: ${what}`);
    const reminder = setInterval(
      () => tell(`  ${Math.round((Date.now() - begun) / 1000)} s: still compiling`),
      SILENCE_MILLIS,
    );
    const code = typeof program === 'function' ? program() : await run(program, args);
    clearInterval(reminder);
    if (code !== 0) {
      return code;
    }
  }
  const { bin } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  Object.values(bin).forEach((file) => fs.chmodSync(path.join(ROOT, file), 0o755));
  fs.writeFileSync(STAMP, inputs);
  return 0;
}

/** Removes what was compiled from sources that are gone, which would be packed and run as if they were there. */
function removeLeftovers() {
  const clean = (folder) => {
    for (const entry of fs.readdirSync(path.join(ROOT, 'dist', folder), { withFileTypes: true })) {
      const name = path.join(folder, entry.name);
      const output = path.join(ROOT, 'dist', name);
      if (!entry.isDirectory()) {
        const source = path.join(ROOT, name.replace(/(\.d\.ts|\.js)$/, '.ts'));
        if (!fs.existsSync(source)) {
          fs.rmSync(output);
        }
      } else if (name !== PARTS_OF_COMMAND) {
        clean(name);
        if (fs.readdirSync(output).length === 0) {
          fs.rmdirSync(output);
        }
      }
    }
  };
  ['lib', 'stacks'].filter((folder) => fs.existsSync(path.join(ROOT, 'dist', folder))).forEach(clean);
  return 0;
}

/** Paths, sizes and times of all sources, as one digest. */
function fingerprint() {
  const digest = createHash('sha256');
  const add = (file) => {
    const stat = fs.statSync(file);
    if (!stat.isDirectory()) {
      digest.update(`${file} ${stat.size} ${stat.mtimeMs}\n`);
    } else if (file !== GENERATED) {
      fs.readdirSync(file)
        .sort()
        .forEach((name) => add(path.join(file, name)));
    }
  };
  SOURCES.forEach((name) => add(path.join(ROOT, name)));
  return digest.digest('hex');
}

async function run(program, args) {
  const child = spawn(process.execPath, [resolve(program), ...args], { cwd: ROOT, stdio: 'inherit' });
  const stop = (signal) => {
    process.stderr.write('interrupted while compiling: nothing was deployed, and the next run compiles again\n');
    child.kill(signal);
    process.exit(128 + os.constants.signals[signal]);
  };
  SIGNALS.forEach((signal) => process.once(signal, stop));
  try {
    return await new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code) => done(code ?? 1));
    });
  } finally {
    SIGNALS.forEach((signal) => process.off(signal, stop));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--help')) {
    process.stdout.write(HELP);
  } else {
    process.exitCode = await (process.argv.includes('--if-changed')
      ? compileIfChanged()
      : withUsage(() => compile(() => undefined)));
  }
}
