import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ROOT } from '../run-node';
import { snippet } from '../snippets';
import { pack, runOrExplain } from './packed';

interface Manifest {
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly exports: Record<string, string | { types: string; default: string }>;
  readonly bin: string;
}

const SOURCE = 'packages/alicloud-local';
const manifestOf = (folder: string): Manifest =>
  JSON.parse(fs.readFileSync(path.join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
const OWN = manifestOf(SOURCE);
const MAIN = manifestOf('.');

let folder: string;
let tarball: string;
let files: string[];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(process.env.TMPDIR!, 'packaging-'));
  ({ tarball, files } = await pack(folder, SOURCE));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('the package alicloud-local', () => {
  it.skipIf(!fs.existsSync(path.join(ROOT, '.git')))('is a manifest and a README in git', () => {
    const tracked = execFileSync('git', ['ls-files', SOURCE], { cwd: ROOT, encoding: 'utf8' });
    expect(tracked.trim().split('\n').sort()).toEqual([`${SOURCE}/README.md`, `${SOURCE}/package.json`]);
  });

  it('has the version of the main package', () => expect(OWN.version).toBe(MAIN.version));

  it('depends on what the local cloud was tested with: what is optional in the main package, and its own', () => {
    const optional = Object.keys(MAIN.peerDependencies).filter((name) => !['cdktf', 'constructs'].includes(name));
    const expected = Object.fromEntries(optional.map((name) => [name, MAIN.devDependencies[name]]));
    expect(OWN.dependencies).toEqual({ ...expected, ...MAIN.dependencies });
  });

  it('holds the compiled local cloud, and nothing that is for cdktf', () => {
    const others = files.filter((file) => !/^dist\/lib\/(bundled|cli|cloud|local-cloud|provider-schema)\//.test(file));
    expect(others.sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    expect(files.filter((file) => file.includes('/gen/'))).toEqual([]);
    const entries = Object.values(OWN.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    );
    for (const file of [...entries, OWN.bin]) {
      expect(files).toContain(file.replace('./', ''));
    }
  });

  it('loads nothing by import(), which jest has not', () => {
    const compiled = files.filter((file) => file.endsWith('.js') && !file.includes('/bundled/'));
    expect(compiled.length).toBeGreaterThan(100);
    for (const file of compiled) {
      const text = fs.readFileSync(path.join(ROOT, SOURCE, file), 'utf8');
      expect(text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''), file).not.toMatch(/\bimport\(/);
    }
  });
});

/** What each test does in each runner. With HANG it never ends. */
const BODY = `
const assert = require('node:assert');
const { withLocalCloud } = require('alicloud-local');
const { createConnection } = require('mysql2');
exports.works = () => withLocalCloud({}, async ({ endpoints }) => {
  const health = await (await fetch('http://' + endpoints.http + '/_local/health')).json();
  assert.equal(health.accountId, endpoints.accountId);
  const [host, port] = endpoints.dla['cn-hangzhou'].split(':');
  const { dlaUser: user, dlaPassword: password } = endpoints;
  const connection = createConnection({ host, port: Number(port), user, password });
  const rows = await new Promise((resolve, reject) =>
    connection.query('select 40 + 2 as answer', (error, found) => (error ? reject(error) : resolve(found))));
  assert.equal(rows[0].answer, 42);
  connection.destroy();
  if (process.env.HANG) {
    require('node:fs').writeFileSync(process.env.HANG, '');
    await new Promise(() => {});
  }
});`;
const IMPORT =
  "import { createRequire } from 'node:module';\nconst { works } = createRequire(import.meta.url)('../body.cjs');";
const REQUIRE = "const { works } = require('../body.cjs');";
const SHARED = `
test('the shared one', async () => {
  expect(await (await fetch(process.env.ALICLOUD_LOCAL + '/_local/health')).json()).toMatchObject({ ready: true });
});`;

const RUNNERS: Record<string, { command: string[]; files: Record<string, string> }> = {
  jest: {
    command: [
      'node_modules/jest/bin/jest.js',
      '--rootDir',
      '.',
      '--testMatch',
      '**/jest/*.js',
      '--cacheDirectory',
      '.jest',
    ],
    files: {
      'jest/a.js': `${REQUIRE} test('works', works, 60000);`,
      'jest/b.js': `${REQUIRE} test('works', works, 60000);`,
    },
  },
  'jest with the global set-up': {
    command: ['node_modules/jest/bin/jest.js', '--config', 'jest-shared.config.js', '--cacheDirectory', '.jest'],
    files: {
      'jest-shared.config.js': snippet('docs/local-cloud.md', 'jest.config.js').text,
      'shared.test.js': SHARED,
    },
  },
  vitest: {
    command: ['node_modules/vitest/vitest.mjs', 'run'],
    files: {
      'vitest.config.mjs': "export default { test: { include: ['vitest/*.mjs'] } };",
      'vitest/a.mjs': `import { test } from 'vitest';\n${IMPORT}\ntest('works', works, 60000);`,
      'vitest/b.mjs': `import { test } from 'vitest';\n${IMPORT}\ntest('works', works, 60000);`,
    },
  },
  'vitest with the global set-up': {
    command: ['node_modules/vitest/vitest.mjs', 'run', '--globals', '--config', 'vitest-shared.config.mjs', 'shared'],
    files: { 'vitest-shared.config.mjs': snippet('docs/local-cloud.md', 'vitest.config.mjs').text },
  },
  mocha: {
    command: ['node_modules/mocha/bin/mocha.js', 'mocha/*.cjs'],
    files: { 'mocha/a.cjs': `${REQUIRE} it('works', works).timeout(60000);` },
  },
  'mocha --parallel': {
    command: ['node_modules/mocha/bin/mocha.js', '--parallel', 'mocha/*.cjs'],
    files: { 'mocha/b.cjs': `${REQUIRE} it('works', works).timeout(60000);` },
  },
  'node --test': {
    command: ['--test', 'node/a.cjs', 'node/b.cjs'],
    files: {
      'node/a.cjs': `${REQUIRE} require('node:test').test('works', works);`,
      'node/b.cjs': `${REQUIRE} require('node:test').test('works', works);`,
    },
  },
};

const PNPM = 'pnpm@9.15.9';
const YARN = 'yarn@1.22.22';
const BERRY = '@yarnpkg/cli-dist@4.10.3';
const reason = 'set PACKAGING=registry to install from the registry';

/** An environment without what the runner of these tests tells its own processes. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV|TEST|MODE|NODE_OPTIONS)/.test(name));
  return Object.fromEntries(kept);
}

async function install(name: string, [command, args]: [string, string[]], more: object = {}): Promise<string> {
  const project = path.join(folder, name);
  fs.mkdirSync(project, { recursive: true });
  const dependencies = { 'alicloud-local': `file:${tarball}`, ...more };
  fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await runOrExplain(command, args, { cwd: project, env: cleanEnvironment() });
  return project;
}

const NPM: [string, string[]] = ['npm', ['install', '--no-audit', '--no-fund']];

it.each(['.', SOURCE])(
  'npm would publish %s',
  async (source) => {
    const args = ['publish', '--dry-run', '--ignore-scripts', '--access', 'public', '--tag', 'dry-run'];
    await runOrExplain('npm', args, { cwd: path.join(ROOT, source), env: cleanEnvironment() });
  },
  60_000,
);

describe.skipIf(process.env.PACKAGING !== 'registry')(`installed from the registry (${reason})`, () => {
  it.each<[string, [string, string[]]]>([
    ['npm', NPM],
    ['pnpm', ['npx', ['--yes', PNPM, 'install', '--ignore-workspace']]],
    ['yarn', ['npx', ['--yes', YARN, 'install', '--no-lockfile', '--cache-folder', '.cache']]],
  ])(
    'works with %s, without cdktf and offline',
    async (client, how) => {
      const project = await install(client, how, { typescript: '5.9.3', '@types/node': '20.19.0' });
      expect(fs.readdirSync(path.join(project, 'node_modules'))).not.toContain('cdktf');
      const script = `
      const { LocalCloud, withLocalCloud } = require('alicloud-local');
      fetch(process.env.ALICLOUD_LOCAL + '/').then(async (page) => console.log(page.status, typeof withLocalCloud));`;
      const run = ['--offline', 'alicloud-local', 'run', '--', process.execPath, '-e', script];
      expect(await runOrExplain('npx', run, { cwd: project, env: cleanEnvironment() })).toContain('200 function');
      fs.writeFileSync(
        path.join(project, 'consumer.ts'),
        "import { type LocalCloud, withLocalCloud } from 'alicloud-local';\n" +
          "export { default as setup } from 'alicloud-local/setup';\n" +
          "export { default as teardown } from 'alicloud-local/teardown';\n" +
          'export const id = withLocalCloud({ regions: [] }, (cloud: LocalCloud) => cloud.endpoints.accountId);\n',
      );
      for (const modules of [
        ['--module', 'node16'],
        ['--module', 'commonjs', '--moduleResolution', 'node', '--esModuleInterop', '--target', 'es2022'],
      ]) {
        const flags = ['--noEmit', '--strict', ...modules, '--types', 'node', 'consumer.ts'];
        await runOrExplain(process.execPath, ['node_modules/typescript/bin/tsc', ...flags], { cwd: project });
      }
      fs.rmSync(project, { recursive: true });
    },
    300_000,
  );

  it("runs queries from Yarn's archives, where there is no node_modules", async () => {
    // Where CI is set, Yarn writes no lockfile unless it is told to.
    const project = await install(
      'plug-n-play',
      ['sh', ['-c', `touch yarn.lock && npx --yes ${BERRY} install --no-immutable`]],
      {
        mysql2: '3',
      },
    );
    expect(fs.readdirSync(project)).not.toContain('node_modules');
    fs.writeFileSync(path.join(project, 'query.cjs'), snippet('docs/local-cloud.md', 'npm install mysql2').text);
    const run = ['--yes', BERRY, 'alicloud-local', 'run', '--', 'node', 'query.cjs'];
    expect(await runOrExplain('npx', run, { cwd: project, env: cleanEnvironment() })).toBe('42\n');
    fs.rmSync(project, { recursive: true });
  }, 300_000);

  describe('with test runners', () => {
    let project: string;
    beforeAll(async () => {
      project = await install('runners', NPM, { jest: '30', vitest: '3', mocha: '11', mysql2: '3' });
      fs.writeFileSync(path.join(project, 'body.cjs'), BODY);
      for (const { files: own } of Object.values(RUNNERS)) {
        for (const [name, text] of Object.entries(own)) {
          fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
          fs.writeFileSync(path.join(project, name), text);
        }
      }
    }, 300_000);

    it.each(Object.entries(RUNNERS))(
      'works in %s',
      async (_name, { command }) => {
        await runOrExplain(process.execPath, command, { cwd: project, env: cleanEnvironment() });
      },
      120_000,
    );

    const hanging = Object.entries(RUNNERS).filter(([name]) => !name.includes('set-up'));
    it.each(hanging)(
      'leaves nothing behind when %s is killed',
      async (name, { command }) => {
        const tmp = path.join(folder, `killed-${name.replace(/\W+/g, '-')}`);
        fs.mkdirSync(tmp);
        const up = path.join(tmp, 'up');
        const runner = spawn(process.execPath, command, {
          cwd: project,
          env: { ...cleanEnvironment(), TMPDIR: tmp, HANG: up },
          stdio: 'ignore',
          // A group of its own, so that a failure here can end what is left.
          detached: true,
        });
        onTestFinished(() => {
          try {
            process.kill(-runner.pid!, 'SIGKILL');
          } catch {
            // All of it has ended.
          }
        });
        await expect.poll(() => fs.existsSync(up), { timeout: 60_000 }).toBe(true);
        expect(left(tmp).length).toBeGreaterThan(1);
        runner.kill('SIGKILL');
        await expect.poll(() => left(tmp), { timeout: 30_000, interval: 500 }).toEqual([]);
      },
      120_000,
    );
  });
});

/** Folders of local clouds, and processes that know the temporary folder. */
function left(tmp: string): string[] {
  const folders = fs.readdirSync(tmp).filter((name) => name.startsWith('alicloud-local'));
  const processes = fs.readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && textOf(pid).includes(tmp));
  return [...folders, ...processes.map((pid) => textOf(pid).slice(0, 200))];
}

function textOf(pid: string): string {
  try {
    const files = ['cmdline', 'environ'].map((name) => fs.readFileSync(`/proc/${pid}/${name}`, 'utf8'));
    return files.join(' ').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
