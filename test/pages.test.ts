import * as fs from 'node:fs';
import * as path from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DEFAULT_PORTS } from '../lib/local-cloud/server/local-cloud';
import { DEFAULT_LIMITS, MAX_CONNECTIONS } from '../lib/local-cloud/dla/limits';
import { env } from '../lib/local-cloud/server/commands/env';
import { logs } from '../lib/local-cloud/server/commands/logs';
import { reset } from '../lib/local-cloud/server/commands/reset';
import { run } from '../lib/local-cloud/server/commands/run';
import { snapshot } from '../lib/local-cloud/server/commands/snapshot';
import { start } from '../lib/local-cloud/server/commands/start';
import { status } from '../lib/local-cloud/server/commands/status';
import { stop } from '../lib/local-cloud/server/commands/stop';
import { wait } from '../lib/local-cloud/server/commands/wait';
import { HELP as CHECK_PLAN_HELP } from '../lib/check-plan/main';
import { HELP } from '../lib/smoke/arguments';
import { EXIT_CODES, USAGE_EXIT_CODE } from '../lib/smoke/report';
import { ROOT } from './run-node';

const ALICLOUD_LOCAL = { env, logs, reset, run, snapshot, start, status, stop, wait };

/** What the pages of the documentation name is there: files, members, scripts, options, variables. */

const read = (file: string) => fs.readFileSync(path.join(ROOT, file), 'utf8');

const PAGES = [
  ...['README.md', 'README.zh-CN.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'examples/README.md'],
  'packages/alicloud-local/README.md',
  ...fs
    .readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
/** Pages for those who work on this repository. */
const INSIDE = ['CONTRIBUTING.md', 'docs/architecture.md'];
/** Pages for those who use it. */
const OUTSIDE = PAGES.filter((page) => ![...INSIDE, 'docs/served.md', 'docs/assumptions.md'].includes(page));

const FOLDERS = ['.ci', '.github', 'container', 'docs', 'examples', 'lib', 'packages', 'schema', 'scripts', 'stacks'];
const ENTRIES = [
  ...fs.readdirSync(ROOT),
  ...[...FOLDERS, 'test', 'bench'].flatMap((folder) => [
    folder,
    ...fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => !/(^|\/)(node_modules|dist)(\/|$)/.test(name))
      .map((name) => path.posix.join(folder, name)),
  ]),
];
const SOURCES = ENTRIES.filter((name) => /^(lib|stacks)\/.*\.ts$/.test(name)).map(read);

/** What stands between backticks in the text of a page. */
const inlineCode = (page: string) =>
  [
    ...read(page)
      .replace(/^```.*?^```/gms, '')
      .matchAll(/`([^`\n]+)`/g),
  ].map(([, code]) => code);

/** The lines of a page's commands. */
const commandLines = (page: string) => [
  ...inlineCode(page),
  ...[...read(page).matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block]) =>
    block
      .replaceAll('\\\n', ' ')
      .replace(/ +# .*$/gm, '')
      .split('\n'),
  ),
];

/** The anchors that GitHub gives the headings of a page. */
const anchorsOf = (text: string) =>
  [...text.replace(/^```.*?^```/gms, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(PAGES)('%s links only to files and headings that there are', (page) => {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) {
      return false;
    }
    const [file, anchor] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    return (
      !fs.existsSync(path.join(ROOT, target)) || (anchor !== undefined && !anchorsOf(read(target)).includes(anchor))
    );
  });
  expect(broken).toEqual([]);
});

it.each(PAGES)('%s names only scripts that there are', (page) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = [...read(page).matchAll(/npm (?:run )?(?:run )?((?:test|deploy|destroy)\b[\w:]*|(?<=run )[\w:]+)/g)];
  expect(named.map(([, name]) => name).filter((name) => !(name in scripts))).toEqual([]);
});

it('CONTRIBUTING.md tells of every script but those that others run', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const told = INSIDE.concat('README.md').map(read).join('\n');
  const within = ['build', 'dependencies', 'prepack', 'pretest', 'ready'];
  const untold = Object.keys(scripts).filter((name) => !new RegExp(`npm (run )?${name}\\b`).test(told));
  expect(untold.sort()).toEqual(within);
});

it('the architecture and CONTRIBUTING.md name every folder of lib', () => {
  const text = ['docs/architecture.md', 'CONTRIBUTING.md'].map(read).join('\n');
  const folders = ENTRIES.filter(
    (name) => /^lib\/[^/]+(\/[^/]+)?$/.test(name) && fs.statSync(path.join(ROOT, name)).isDirectory(),
  ).filter((name) => name !== 'lib/provider-schema/gen');
  const unnamed = folders.filter((name) => !new RegExp(`[\`/]${path.basename(name)}[\`/]`).test(text));
  expect(folders.length).toBeGreaterThan(20);
  expect(unnamed).toEqual([]);
});

describe.each(INSIDE)('%s', (page) => {
  const code = inlineCode(page);

  it('names only files and folders that there are, by the end of their paths', () => {
    const isThere = (name: string) => ENTRIES.some((entry) => `/${entry}`.endsWith(`/${name.replace(/\/$/, '')}`));
    const paths = code.filter((text) => /^[\w.-]+(\/[\w.-]+)*(\/|\.(ts|mts|mjs|cjs|json|md|yml|yaml))$/.test(text));
    // Those of the local cloud's own folder, and what a user's is called.
    const elsewhere = ['blobs/', 'owner/', 'dla-scratch/', 'tls/', 'init/', 'running.json', 'schema.json'];
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((name) => !elsewhere.includes(name) && !isThere(name))).toEqual([]);
  });

  it('names only members that their classes have', () => {
    const members = code.flatMap((text) => /^[A-Z]\w+\.(?!md$)[a-z]\w+$/.exec(text)?.[0] ?? []);
    const missing = members.filter((member) => {
      const [type, name] = member.split('.');
      const declares = new RegExp(`\\b(?:class|interface) ${type}\\b[^]*?\\n  (?:[a-z]+ )*(?:get )?${name}\\b`);
      return !SOURCES.some((source) => declares.test(source));
    });
    expect(missing).toEqual([]);
  });
});

describe('help', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

  it.each(Object.entries(ALICLOUD_LOCAL))('of alicloud-local %s has an example', (verb, { details }) => {
    expect(details).toMatch(new RegExp(`^Examples?:\\n(?: .*\\n)* {2}.*\\balicloud-local ${verb}\\b`, 'm'));
  });

  it.each(['ready', 'fuzz', 'crash', 'test:node', 'sql:differential', 'schema:check', 'api', 'served'])(
    'of npm run %s has an example behind its usage',
    (name) => {
      const file = /[\w/-]+\/[\w-]+\.(?:ts|mjs)/.exec(scripts[name])![0];
      const [, text] = /const (?:HELP|USAGE) = `([^`]*)`/.exec(read(file))!;
      expect(text.split(`npm run ${name}`).length).toBeGreaterThan(2);
    },
  );

  it('of commands that a script may run tells the exit codes', () => {
    const scripted = ['deploy', 'deploy-local'].map((name) => read(`stacks/${name}.ts`));
    for (const text of [HELP, read('lib/check-plan/main.ts'), read('lib/local-cloud/server/cli.ts'), ...scripted]) {
      expect(text).toMatch(/^exit codes: /im);
    }
  });
});

/** The options that a text of help tells of. */
const optionsIn = (help: string) => new Set(help.match(/--[a-z][\w-]*/g));

describe('options', () => {
  const helpIn = (file: string) => optionsIn(/const HELP = `([^`]*)`/.exec(read(file))![1]);
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  /** A script's file writes its usage down in a constant. */
  const helpOfScript = (name: string) => {
    const file = /\S+\/\S+\.(?:ts|mjs)/.exec(scripts[name])![0];
    return optionsIn(`--help ${/const (?:HELP|USAGE) = `([^`]*)`/.exec(read(file))![1]}`);
  };
  const known = new Map<string, Set<string>>([
    ...Object.entries(ALICLOUD_LOCAL).map(([verb, { options }]): [string, Set<string>] => [
      `alicloud-local ${verb}`,
      new Set(['--help', ...Object.keys(options).map((name) => `--${name}`)]),
    ]),
    ['dla-smoke', optionsIn(HELP)],
    ['dla-check-plan', optionsIn(CHECK_PLAN_HELP)],
    ...['ready', 'fuzz', 'crash', 'test:node', 'sql:differential'].map((name): [string, Set<string>] => [
      `npm run ${name}`,
      helpOfScript(name),
    ]),
    ...['deploy', 'diff', 'destroy'].map((verb): [string, Set<string>] => [
      `npm run ${verb}`,
      helpIn('stacks/deploy.ts'),
    ]),
    ...['deploy', 'destroy'].map((verb): [string, Set<string>] => [
      `npm run ${verb}:local`,
      helpIn('stacks/deploy-local.ts'),
    ]),
  ]);

  it.each(OUTSIDE)('%s gives commands only options that they have', (page) => {
    const wrong = commandLines(page).flatMap((line) =>
      [
        ...line.matchAll(
          /(alicloud-local [a-z]+|dla-smoke|dla-check-plan|npm run [a-z:]+(?= --))(?: --(?= ))?(.*?)(?= -- | && |[|;)]|$)/g,
        ),
      ].flatMap(([, command, words]) => {
        const options = known.get(command);
        const given = words.match(/(?<=\s)--[a-z][\w-]*/g) ?? [];
        return given.filter((option) => !options?.has(option)).map((option) => `${command} ${option}`);
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each(OUTSIDE)('%s names only options that a command has', (page) => {
    const all = new Set([...known.values()].flatMap((options) => [...options]));
    // Of mysql and mysqldump.
    const others = ['--ssl-ca', '--comments', '--no-tablespaces'];
    const named = inlineCode(page).flatMap((text) => /^(--[a-z][\w-]*)(?:[ =]\S+)?$/.exec(text)?.[1] ?? []);
    expect(named.filter((option) => !all.has(option) && !others.includes(option))).toEqual([]);
  });
});

it.each(OUTSIDE)('%s names only variables that the code knows', (page) => {
  const code = [...SOURCES, ...['container/Dockerfile', 'lib/cli/launch.ts'].map(read)].join('\n');
  const named = inlineCode(page).filter((text) => /^[A-Z][A-Z0-9]+(_[A-Z0-9]+)+$/.test(text));
  expect([...new Set(named)].filter((name) => !new RegExp(`\\b${name}\\b`).test(code))).toEqual([]);
});

/** The number that stands behind a text of the code, which may be a product or a power of two. */
function figure(file: string, before: string): number {
  const [, behind] = read(file).split(before);
  const expression = /^ (\d[\d_]*(?: (?:\*|<<) \d[\d_]*)*)/.exec(behind ?? '')?.[1];
  if (expression === undefined) {
    throw new Error(`expected a number behind ${before} in ${file}, got none`);
  }
  return runInNewContext(expression) as number;
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}
const manifest = (file: string) => JSON.parse(read(file)) as Manifest;

describe('figures', () => {
  const SERVER = 'lib/local-cloud/server';
  const DLA = 'lib/local-cloud/dla';
  const { http, dla, rocketmq } = DEFAULT_PORTS;
  const [, node] = /^>=(\d+\.\d+)\.0$/.exec(manifest('package.json').engines.node)!;
  const [, terraform] = /LEAST_TERRAFORM = '(\d+\.\d+)\.0'/.exec(read('lib/cli/requirements.ts'))!;
  const { cdktf } = manifest('package.json').devDependencies;
  const { cdktn, constructs } = manifest('test/cdktn/package.json').dependencies;
  const minor = (version: string) => version.replace(/\.\d+$/, '');
  const [, provider] = /VERSION_CONSTRAINT = '~> ([\d.]+)'/.exec(read('scripts/generate-bindings.ts'))!;
  const memory = figure(`${DLA}/engine/engine.ts`, 'idleMillis: 10_000,\n    limits: { memory:');
  const EXIT = [EXIT_CODES.fail, USAGE_EXIT_CODE, EXIT_CODES.timeout, EXIT_CODES.interrupted];

  it('both packages need the same Node', () => {
    expect(manifest('packages/alicloud-local/package.json').engines).toEqual(manifest('package.json').engines);
  });

  it.each<[string, RegExp, (string | number)[]]>([
    ['README.md', /Node ≥ ([\d.]+) and Terraform ≥ ([\d.]+)/, [node, terraform]],
    ['README.zh-CN.md', /Node ≥ ([\d.]+) 与 Terraform ≥ ([\d.]+)/, [node, terraform]],
    ['docs/local-cloud.md', /Node ≥ ([\d.]+\d)/, [node]],
    ['packages/alicloud-local/README.md', /Node ≥ ([\d.]+\d)/, [node]],
    [
      'README.md',
      /Node ([\d.]+) to 26, Terraform ≥ ([\d.]+) or OpenTofu, cdktf ([\d.]+) or cdktn ([\d.]+), the provider `aliyun\/alicloud` from ([\d.]+\d)/,
      [node, terraform, minor(cdktf), minor(cdktn), provider],
    ],
    [
      'README.zh-CN.md',
      /Node ([\d.]+) 至 26，Terraform ≥ ([\d.]+) 或 OpenTofu，cdktf ([\d.]+) 或 cdktn ([\d.]+)，provider `aliyun\/alicloud` ([\d.]+\d)/,
      [node, terraform, minor(cdktf), minor(cdktn), provider],
    ],
    [
      'README.md',
      /cdktf ([\d.]+\d); those of .* run on cdktn ([\d.]+) with constructs ([\d.]+\d)/,
      [cdktf, cdktn, constructs],
    ],
    ['README.zh-CN.md', /cdktf ([\d.]+) 上运行，.*cdktn ([\d.]+)（constructs ([\d.]+)）/, [cdktf, cdktn, constructs]],
    ['README.md', /console (\d+), DLA (\d+), RocketMQ (\d+)/, [http, dla, rocketmq]],
    ['README.zh-CN.md', /控制台 (\d+)，DLA (\d+)，RocketMQ (\d+)/, [http, dla, rocketmq]],
    ['docs/local-cloud.md', /HTTP (\d+), DLA (\d+) and RocketMQ (\d+)/, [http, dla, rocketmq]],
    ['container/Dockerfile', /EXPOSE (\d+) (\d+) (\d+)/, [http, dla, rocketmq]],
    ['README.md', /0 pass, (\d+) failed, (\d+) usage, (\d+) timeout, (\d+) interrupted/, EXIT],
    ['README.zh-CN.md', /0 通过，(\d+) 失败，(\d+) 用法错误，(\d+) 超时，(\d+) 被中断/, EXIT],
    ['docs/local-cloud.md', /0 done, (\d+) failed, (\d+) usage \([^)]*\), (\d+) timeout, (\d+) interrupted/, EXIT],
    [
      'docs/local-cloud.md',
      /the last ([\d,]+) requests/,
      [figure('lib/local-cloud/http/request-log.ts', 'const KEPT =')],
    ],
    [
      'docs/local-cloud.md',
      /take ([\d,]+) HTTP connections and ([\d,]+) sessions/,
      [figure(`${SERVER}/http-listener.ts`, 'const MAX_CONNECTIONS ='), MAX_CONNECTIONS],
    ],
    ['docs/local-cloud.md', /may use (\d+) MB of memory/, [memory]],
    ['docs/assumptions.md', /with (\d+) MB of memory each/, [memory]],
    [
      'docs/local-cloud.md',
      /nested (\d+) times \([^)]*\), be (\d+) MiB long and become (\d+) million/,
      [
        figure(`${DLA}/dialect/parser/token-reader.ts`, 'const MAX_DEPTH ='),
        DEFAULT_LIMITS.queryBytes / 2 ** 20,
        figure(`${DLA}/dialect/value.ts`, 'const MAX_SQL_LENGTH =') / 1e6,
      ],
    ],
    [
      'docs/assumptions.md',
      /others wait, for (\d+) s, asynchronous ones for (\d+) min/,
      [
        figure(`${DLA}/engine/engine.ts`, 'const MAX_WAIT_MILLIS =') / 1000,
        figure(`${DLA}/query-tasks.ts`, 'const MAX_WAIT_MILLIS =') / 60_000,
      ],
    ],
    [
      'docs/assumptions.md',
      /(\d+) connections, (\d+) s to log in, (\d+) MiB for a statement .* (\d+) Mi characters for a synchronous answer/,
      [
        MAX_CONNECTIONS,
        DEFAULT_LIMITS.handshakeMillis / 1000,
        DEFAULT_LIMITS.queryBytes / 2 ** 20,
        figure(`${DLA}/statement-result.ts`, 'rows: 10_000, length:') / 2 ** 20,
      ],
    ],
    [
      'docs/assumptions.md',
      /([\d,]+) a connection, of (\d+) Mi characters together; cursors are forward only, with (\d+) Mi characters/,
      [
        figure(`${DLA}/prepared-statements.ts`, 'const MAX_STATEMENTS ='),
        figure(`${DLA}/prepared-statements.ts`, 'const MAX_TEXT =') / 2 ** 20,
        figure(`${DLA}/prepared-statements.ts`, 'const MAX_WAITING =') / 2 ** 20,
      ],
    ],
  ])('%s %s', (page, pattern, values) => {
    const found = pattern.exec(read(page).replace(/\s+/g, ' '));
    expect(found?.slice(1).map((text) => text.replaceAll(',', ''))).toEqual(values.map(String));
  });
});
