import { execFile } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { type Snippet, snippet, snippetsOf } from '../../snippets';
import { goCommand, mavenCommand, Missing, pythonCommand } from '../runtimes';

const PAGE = 'docs/local-cloud.md';
const run = promisify(execFile);
const all = snippetsOf(PAGE);

let project: string;
let environment: NodeJS.ProcessEnv;

/** A project that has the package installed. */
beforeEach(() => {
  project = scratchFolder();
  const modules = path.join(project, 'node_modules');
  fs.mkdirSync(path.join(modules, '.bin'), { recursive: true });
  for (const name of ['ali-oss', 'mysql2', '@alicloud', '@aliyunmq']) {
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(modules, name));
  }
  fs.symlinkSync(path.join(ROOT, 'packages/alicloud-local'), path.join(modules, 'alicloud-local'));
  const command = path.join(ROOT, 'packages/alicloud-local/dist/lib/local-cloud/server/cli.js');
  fs.symlinkSync(command, path.join(modules, '.bin/alicloud-local'));
  fs.writeFileSync(path.join(project, 'package.json'), '{ "private": true }');
  // Temporary files of its own, by which no other local cloud of this machine is found.
  const tmp = scratchFolder();
  const kept = Object.entries(process.env).filter(([name]) => !/^(VITEST|TEST|NODE_ENV|ALICLOUD_)/.test(name));
  environment = { ...Object.fromEntries(kept), TMPDIR: tmp, npm_config_offline: 'true' };
});

async function output(file: string, ...args: string[]): Promise<string> {
  try {
    return (await run(file, args, { cwd: project, env: environment, maxBuffer: 16 << 20 })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${file} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

const withCloud = (command: readonly string[]) => output('npx', 'alicloud-local', 'run', '--', ...command);

function write(name: string, text: string): string {
  const file = path.join(project, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return port;
}

/** Skips a test with the reason why it cannot be run here. */
async function orSkip<T>({ skip }: TestContext, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof Missing) {
      skip(error.message);
    }
    throw error;
  }
}

it('every piece of code has a test here, or in test/packaging where it needs a runner', () => {
  const packaging = fs.readFileSync(path.join(ROOT, 'test/packaging/alicloud-local.test.ts'), 'utf8');
  const own = fs.readFileSync(__filename, 'utf8');
  for (const { language, title } of all) {
    const isTested = ['sh', 'hcl'].includes(language) || own.includes(`'${title}'`) || packaging.includes(`'${title}'`);
    expect({ title, isTested }).toEqual({ title, isTested: true });
  }
});

const shell = all.filter(({ language }) => language === 'sh');

it.each(shell.map(({ text }, index): [string, Snippet] => [text.split('\n')[0], shell[index]]))(
  'sh: %s',
  async (_line, { text }) => {
    all.filter(({ language }) => language === 'hcl').forEach(({ text: module }) => write('main.tf', module));
    // test/packaging installs it; and another local cloud of this machine may have the usual port.
    const port = await freePort();
    environment.ALICLOUD_LOCAL = `http://127.0.0.1:${port}`;
    const background = `--background --http-port=${port}`;
    const script = text
      .replace('npm install alicloud-local\n', '')
      .replaceAll('--background', background)
      // An answer that is an error ends it.
      .replaceAll('curl -s ', 'curl -sf ');
    const begin = script.startsWith('eval ') ? `npx alicloud-local start ${background}` : '';
    const end = 'npx alicloud-local stop >/dev/null 2>&1 || true';
    await output('bash', '-euo', 'pipefail', '-c', `trap '${end}' EXIT\n${begin}\n${script}`);
  },
);

describe('Node', () => {
  it.each([
    ['npm install ali-oss', 'hello\n'],
    ['npm install mysql2', '42\n'],
    ['npm install @alicloud/openapi-client', /IdentityType: 'Account'/],
    ['npm install @aliyunmq/mq-http-sdk @alicloud/openapi-client', 'hello\n'],
    ['npm install @alicloud/mns', 'hello\n'],
  ])('%s', async (title, printed) => {
    expect(await withCloud(['node', write('client.cjs', snippet(PAGE, title).text)])).toMatch(printed);
  });

  it('node --test', async () => {
    const file = write('cloud.test.cjs', snippet(PAGE, 'node --test; jest, vitest and mocha alike').text);
    expect(await output('node', '--test', file)).toContain('# pass 1\n');
  });
});

it('the README of alicloud-local shows a test that runs', async () => {
  const [{ text }] = snippetsOf('packages/alicloud-local/README.md').filter(({ language }) => language === 'js');
  expect(await output('node', '--test', write('readme.test.cjs', text))).toContain('# pass 1\n');
});

it('the README of alicloud-local shows commands that run', async () => {
  const [{ text }] = snippetsOf('packages/alicloud-local/README.md').filter(({ language }) => language === 'sh');
  const [start, ...others] = text.trim().split('\n');
  const state = path.join(project, 'state');
  const script = others.join('\n').replace('alicloud-local env', `alicloud-local env --state ${state}`);
  expect(script).toContain(state);
  // The first terminal, and what is typed in the second one.
  const command = `${start.split(' #')[0].trim()} --state ${state} --http-port=0 --dla-port=0 --rocketmq-port=0`;
  const end = `npx alicloud-local stop --state ${state}`;
  const printed = script.replace('-- pytest ', '-- printenv ALICLOUD_LOCAL ');
  expect(printed).not.toBe(script);
  const lines = [`trap '${end}' EXIT`, `${command} >start.out &`, `npx alicloud-local wait --state ${state}`];
  const said = await output('bash', '-euo', 'pipefail', '-c', [...lines, 'unset ALICLOUD_LOCAL', printed].join('\n'));
  const { http } = JSON.parse(fs.readFileSync(path.join(project, 'start.out'), 'utf8').split('\n')[0]) as {
    http: string;
  };
  // The second is a local cloud of its own.
  expect(said).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
  expect(said).not.toContain(http);
});

describe('Python', () => {
  it.for([
    ['pip install oss2', 'hello\n'],
    ['pip install alibabacloud-oss-v2', 'hello\n'],
    ['pip install PyMySQL', '42\n'],
    ['pip install aliyun-python-sdk-core', /"IdentityType": ?"Account"/],
    ['pip install mq-http-sdk aliyun-python-sdk-core', 'hello\n'],
    ['pip install aliyun-mns-sdk', 'hello\n'],
  ] as const)('%s', async ([title, printed], context) => {
    const { text } = snippet(PAGE, title);
    const modules = [...text.matchAll(/^(?:import|from) (\w+)/gm)].map(([, name]) => name);
    const command = await orSkip(context, () => pythonCommand(write('client.py', text), modules));
    expect(await withCloud(command)).toMatch(printed);
  });

  it('pytest', async (context) => {
    write('conftest.py', snippet(PAGE, 'conftest.py, for pytest').text);
    write('test_cloud.py', 'def test_cloud(cloud):\n    assert len(cloud["accountId"]) == 16\n');
    await orSkip(context, () => pythonCommand(path.join(project, 'conftest.py'), ['pytest']));
    expect(await output('python3', '-m', 'pytest', '-q', '-p', 'no:cacheprovider')).toContain('1 passed');
  });
});

describe('Java', () => {
  it.for([
    ['com.aliyun.oss:aliyun-sdk-oss', '5\n'],
    ['com.mysql:mysql-connector-j', '42\n'],
    ['com.aliyun:aliyun-java-sdk-core', '"IdentityType":"Account"'],
    ['com.aliyun.mq:mq-http-sdk, com.aliyun:aliyun-java-sdk-core', 'hello\n'],
    ['com.aliyun.mns:aliyun-sdk-mns', 'hello\n'],
  ] as const)('%s', async ([title, printed], context) => {
    write('java/pom.xml', fs.readFileSync(path.join(__dirname, 'java-pom.xml'), 'utf8'));
    write('java/src/main/java/Client.java', snippet(PAGE, title).text);
    const prepare = () => mavenCommand(path.join(project, 'java'), path.join(project, 'compiled'), 'Client');
    expect(await withCloud(await orSkip(context, prepare))).toContain(printed);
  });

  it('JUnit', async (context) => {
    write('pom.xml', fs.readFileSync(path.join(__dirname, 'junit-pom.xml'), 'utf8'));
    write('src/test/java/CloudTest.java', snippet(PAGE, 'JUnit 5: alicloud-local run -- mvn test').text);
    const resolve = ['-q', '-B', 'test', '-DskipTests'];
    await orSkip(context, () =>
      run('mvn', resolve, { cwd: project }).catch((error: Error & { stdout?: string }) => {
        throw new Missing(`Maven cannot get JUnit: ${error.stdout ?? error.message}`.slice(0, 300));
      }),
    );
    expect(await withCloud(['mvn', '-B', 'test'])).toMatch(/Tests run: 1, Failures: 0, Errors: 0, Skipped: 0/);
  });
});

describe('Go', () => {
  it.for([
    ['github.com/aliyun/alibabacloud-oss-go-sdk-v2', 'stored\n'],
    ['github.com/go-sql-driver/mysql', '42\n'],
    ['github.com/aliyun/alibaba-cloud-sdk-go', '"IdentityType":"Account"'],
    ['github.com/apache/rocketmq-client-go/v2, github.com/aliyun/alibaba-cloud-sdk-go', 'hello\n'],
  ] as const)('%s', async ([title, printed], context) => {
    fs.cpSync(path.join(__dirname, 'go'), path.join(project, 'go'), { recursive: true });
    write('go/main.go', snippet(PAGE, title).text);
    const prepare = () => goCommand(path.join(project, 'go'), path.join(project, 'compiled'));
    expect(await withCloud(await orSkip(context, prepare))).toContain(printed);
  });

  it('go test', async (context) => {
    write('go.mod', 'module cloud\n\ngo 1.20\n');
    write('cloud_test.go', snippet(PAGE, 'cloud_test.go').text);
    await orSkip(context, () =>
      run('go', ['version']).catch(() => {
        throw new Missing('go is not installed');
      }),
    );
    expect(await output('go', 'test', './...')).toMatch(/^ok\s+cloud/);
  });
});
