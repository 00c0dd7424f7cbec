import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../run-node';
import { snippetsOf } from '../snippets';
import { compile, CONSUMERS, pack, runOrExplain, synthOf, writeConsumers } from './packed';

interface Bins {
  readonly bin: Readonly<Record<string, string>>;
}

let folder: string;
let tarball: string;
let files: string[];

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(process.env.TMPDIR!, 'packaging-'));
  ({ tarball, files } = await pack(folder));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

describe('the tarball', () => {
  it('holds compiled code, declarations and the texts for readers, and nothing else', () => {
    const others = files.filter((file) => !/^dist\/lib\/.+\.(js|d\.ts)$/.test(file));
    expect(others.sort()).toEqual([
      'API.md',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'README.zh-CN.md',
      'package.json',
      'schema/smoke-report.schema.json',
    ]);
  });

  it('has no script that runs when a consumer installs it', () => {
    const { scripts } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  });

  it('holds every file that package.json points at', () => {
    const { exports, bin, main, types } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
      exports: Record<string, { types: string; default: string } | string>;
      bin: Record<string, string>;
      main: string;
      types: string;
    };
    const entries = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : [entry.types, entry.default],
    );
    for (const file of [...entries, ...Object.values(bin), main, types]) {
      expect(files).toContain(file.replace('./', '').replace('*', 'oss-bucket'));
    }
  });
});

describe('without a registry', () => {
  beforeAll(async () => {
    writeConsumers(folder);
    const modules = path.join(folder, 'node_modules');
    fs.mkdirSync(path.join(modules, 'cdktf-alicloud-dla'), { recursive: true });
    await runOrExplain(
      'tar',
      ['-xzf', tarball, '--strip-components=1', '-C', path.join(modules, 'cdktf-alicloud-dla')],
      {},
    );
    ['cdktf', 'constructs', 'mysql2'].forEach((name) =>
      fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name)),
    );
  });

  it('serves CommonJS and ES modules, with the same stack', async () => {
    const first = await synthOf(folder, 'consumer.cjs');
    expect(await synthOf(folder, 'consumer.mjs')).toEqual(first);
    expect(first).toMatchObject({ resource: { alicloud_ons_topic: {}, alicloud_message_service_queue: {} } });
  }, 60_000);

  it.each(['dla-smoke', 'dla-check-plan', 'alicloud-local'])(
    'runs the command %s',
    async (name) => {
      const { bin } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as Bins;
      const script = path.join('node_modules/cdktf-alicloud-dla', bin[name]);
      const said = await runOrExplain(process.execPath, [script, '--help'], { cwd: folder });
      expect(said).toContain(`${name}: `);
    },
    60_000,
  );
});

const PNPM = 'pnpm@9.15.9';
const YARN = 'yarn@1.22.22';
const CDKTN = { cdktf: 'npm:cdktn@0.24.0', constructs: '10.6.0' };
const CDKTF = { cdktf: '0.21.0', constructs: '10.4.5' };

/** Package managers with what installs a project; the registry is whatever the machine is set up with. */
const INSTALLS: [client: string, install: [string, string[]], peers: Record<string, string>][] = [
  ['npm, cdktf 0.21', ['npm', ['install', '--no-audit', '--no-fund']], CDKTF],
  ['npm, cdktn 0.24', ['npm', ['install', '--no-audit', '--no-fund']], CDKTN],
  ['pnpm, cdktf 0.21', ['npx', ['--yes', PNPM, 'install', '--ignore-workspace']], CDKTF],
  // Yarn's own cache knows a tarball by its name, and would go on giving an older one.
  ['yarn, cdktf 0.21', ['npx', ['--yes', YARN, 'install', '--no-lockfile', '--cache-folder', '.cache']], CDKTF],
];

/** Downloads cdktf several times over: `npm run test:packaging`, not `npm test`. */
const reason = 'set PACKAGING=registry to install from the registry';

describe.skipIf(process.env.PACKAGING !== 'registry')(`installed from the registry (${reason})`, () => {
  const stacks: unknown[] = [];

  it.each(INSTALLS)(
    'works with %s',
    async (client, [command, args], peers) => {
      const project = path.join(folder, client.replace(/\W+/g, '-'));
      fs.mkdirSync(project);
      writeConsumers(project);
      const dependencies = {
        ...peers,
        'cdktf-alicloud-dla': `file:${tarball}`,
        typescript: '5.9.3',
        '@types/node': '20.19.0',
      };
      fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true, dependencies }));
      await runOrExplain(command, args, { cwd: project, env: { ...process.env, NODE_ENV: undefined } });
      await compile(project);
      for (const consumer of Object.keys(CONSUMERS)) {
        stacks.push(await synthOf(project, consumer.replace(/^(.*)\.ts$/, 'compiled/$1.js')));
      }
      stacks.forEach((stack) => expect(stack).toEqual(stacks[0]));
      const installed = fs.readdirSync(path.join(project, 'node_modules'));
      expect(installed).toContain('cdktf-alicloud-dla');
      for (const optional of ['@duckdb', '@grpc', '@msgpack', 'fast-xml-parser']) {
        expect(installed).not.toContain(optional);
      }
      fs.rmSync(project, { recursive: true });
    },
    300_000,
  );

  it.each(['cdktf ', 'cdktf@npm:cdktn@'])(
    'an app of its own with %s is deployed, tested and destroyed as the README tells',
    async (line) => {
      const project = path.join(folder, 'own-app');
      fs.mkdirSync(project);
      const snippets = snippetsOf('README.md');
      const textWith = (part: string) => snippets.find(({ text }) => text.includes(part))!.text;
      fs.writeFileSync(path.join(project, 'main.ts'), textWith("new TerraformStack(app, 'minimal')"));
      fs.writeFileSync(path.join(project, 'package.json'), textWith('"overrides"'));
      const checked = textWith('npx dla-check-plan &&').split('\n')[0].split(' && ');
      checked[checked.length - 1] += ' --auto-approve --skip-provider-lock';
      const commands = [
        textWith(`npm install cdktf-alicloud-dla ${line}`).split('\n')[0].replace('cdktf-alicloud-dla', tarball),
        textWith('> cdktf.json').split('\n')[1],
        textWith("npx cdktf destroy '*'").replace(
          /^(.*) npx dla-smoke .*$/m,
          // The line of the README, in the local cloud; it may not fetch the provider to lock it.
          (line, within: string) => [line, ...checked.map((command) => `${within} ${command}`)].join('\n'),
        ),
      ];
      const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_ENV)/.test(name)));
      const said = await runOrExplain('sh', ['-ec', commands.join('\n')], { cwd: project, env });
      expect(said).toMatch(/^PASS /m);
      expect(said).toContain('Nothing that is in use is destroyed by minimal.');
      const state = fs.readFileSync(path.join(project, 'terraform.minimal.tfstate'), 'utf8');
      expect((JSON.parse(state) as { resources: unknown[] }).resources).toEqual([]);
      fs.rmSync(project, { recursive: true });
    },
    300_000,
  );

  it('tells code that imports from cdktn what to install, and works then', async () => {
    const project = path.join(folder, 'imports-cdktn');
    fs.mkdirSync(project);
    const npm = (...args: string[]) => runOrExplain('npm', [...args, '--no-audit', '--no-fund'], { cwd: project });
    fs.writeFileSync(path.join(project, 'package.json'), JSON.stringify({ private: true }));
    const main = CONSUMERS['consumer.cjs'].replace("require('cdktf')", "require('cdktn')");
    fs.writeFileSync(path.join(project, 'consumer.cjs'), main);
    await npm('install', 'cdktn@0.24.0', 'constructs@10.6.0', tarball);
    const said = await synthOf(project, 'consumer.cjs').catch((error: Error) => error.message);
    const command = /npm (install \S+)/.exec(String(said));
    expect(command?.[1]).toBe('install cdktf@npm:cdktn@0.24.0');
    await npm(...command![1].split(' '));
    expect(await synthOf(project, 'consumer.cjs')).toEqual(stacks[0]);
    fs.rmSync(project, { recursive: true });
  }, 300_000);
});
