import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it, type TestContext } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { goCommand, mavenCommand, Missing, pythonCommand } from '../runtimes';

const run = promisify(execFile);
const SCHEMES = ['http', 'https'] as const;
const here = (name: string) => path.join(__dirname, name);

let cloud: LocalCloud;
let folder: string;

beforeEach(async () => {
  cloud = await LocalCloud.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'oss-clients-'));
  cloud.account.oss.createBucket('cn-hangzhou', { name: 'lake' });
});
afterEach(async () => {
  await cloud.stop();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** What a client's program prints; skips the test with the reason why it cannot be run here. */
async function output({ skip }: TestContext, prepare: () => Promise<string[]>, env: Record<string, string> = {}) {
  let command: string[];
  try {
    command = await prepare();
  } catch (error) {
    if (!(error instanceof Missing)) {
      throw error;
    }
    skip(error.message);
    throw error;
  }
  const { environment, http } = cloud.endpoints;
  const [file, ...args] = command;
  const { stdout } = await run(file, args, {
    cwd: folder,
    env: { ...process.env, ...environment, ENDPOINT: `http://${http}`, PYTHONIOENCODING: 'utf-8', ...env },
  });
  return stdout;
}

/** Lines `name: value`. */
function told(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes(': '))
      .map((line) => line.split(/: (.*)/s, 2)),
  ) as Record<string, string>;
}

it.for(['1', '4'])('oss2 for Python with signature %s', async (version, context) => {
  const text = await output(context, () => pythonCommand(here('oss2-client.py'), ['oss2']), { SIGNATURE: version });
  const keys = ['a b+c.txt', '中文/文件 %25.txt', 'folder/one', 'folder/two'];
  expect(JSON.parse(text)).toEqual({
    read: keys,
    meta: '值',
    listed: ['a b+c.txt', 'folder/one', 'folder/two', '中文/文件 %25.txt'],
    'listed v2': ['a b+c.txt', 'folder/', '中文/'],
    buckets: [`oss2-v${version}`],
    next: 6,
    log: 'onetwo',
    link: ['onetwo', 'log'],
    uploads: ['large'],
    completed: true,
    copied: true,
    tags: [{ of: 'first' }, {}],
    versions: [2, 1],
  });
});

it('ossfs for Python, with pandas and pyarrow', async (context) => {
  const modules = ['ossfs', 'pandas', 'pyarrow'];
  const text = await output(context, () => pythonCommand(here('ossfs-client.py'), modules));
  expect(JSON.parse(text)).toEqual({
    csv: true,
    parquet: true,
    partitions: [1, 2, 3].map((id) => `lake/parts/${id}/part-0.parquet`),
    rows: 3,
    large: true,
    there: [true, false, 0],
    listed: ['lake/copy.bin', 'lake/csv/', 'lake/empty', 'lake/large.bin', 'lake/parquet/', 'lake/parts/'],
    removed: false,
  });
});

it('alibabacloud-oss-v2 for Python', async (context) => {
  const text = await output(context, () => pythonCommand(here('oss-v2-client.py'), ['alibabacloud_oss_v2']));
  const keys = Array.from({ length: 12 }, (_, number) => `folder/${String(number).padStart(2, '0')}`);
  expect(JSON.parse(text)).toEqual({
    pages: [keys.slice(0, 5), keys.slice(5, 10), keys.slice(10)],
    log: 'onetwo',
    appended: 'onetwothree',
    link: 11,
    large: true,
    copy: 700 * 1024,
    presigned: 'onetwothree',
    refused: 'FileAlreadyExists',
  });
});

it('OpenDAL for Python, through the local cloud as its proxy', async (context) => {
  const proxy = { http_proxy: `http://${cloud.endpoints.http}`, no_proxy: '' };
  const text = await output(context, () => pythonCommand(here('opendal-client.py'), ['opendal']), proxy);
  expect(JSON.parse(text)).toEqual({
    read: 'read',
    log: 'onetwo',
    large: true,
    listed: ['a b+中.txt', 'folder/copy', 'large', 'log'],
    there: false,
  });
});

/** A trust store with the certificate beside nothing, and what makes Java use it. */
async function javaTrust(): Promise<string[]> {
  const store = path.join(folder, 'trust.p12');
  const certificate = cloud.endpoints.environment.ALICLOUD_LOCAL_CERTIFICATE;
  const to = ['-keystore', store, '-storepass', 'changeit', '-storetype', 'PKCS12'];
  await run('keytool', ['-importcert', '-noprompt', '-alias', 'alicloud-local', '-file', certificate, ...to]);
  return [`-Djavax.net.ssl.trustStore=${store}`, '-Djavax.net.ssl.trustStorePassword=changeit'];
}

it.for(SCHEMES)('aliyun-sdk-oss for Java over %s', async (scheme, context) => {
  const prepare = async () => {
    const [java, ...rest] = await mavenCommand(here('java-client'), path.join(folder, 'java'), 'Client');
    return [java, ...(await javaTrust()), ...rest];
  };
  const text = await output(context, prepare, { ENDPOINT: `${scheme}://${cloud.endpoints.http}` });
  expect(told(text)).toEqual({
    read: '中文/文件',
    keys: '[a b+c, folder/one, folder/two, 中文/文件]',
    refused: 'PositionNotEqualToLength',
    log: 'onetwo',
    link: 'onetwo log',
    copy: String(350 * 1024),
    tags: '{of=first}',
    'current tags': '{}',
    absent: 'false',
  });
});

it('hadoop-aliyun', async (context) => {
  const text = await output(context, () => mavenCommand(here('hadoop-client'), path.join(folder, 'hadoop'), 'Client'));
  expect(told(text)).toEqual({
    same: 'true',
    rename: 'true',
    files: '[/warehouse/renamed/large.bin, /warehouse/renamed/part=1/rows.csv]',
    deleted: 'true',
    there: 'false',
  });
});

it.for(SCHEMES)("Alibaba's two SDKs for Go over %s", async (scheme, context) => {
  const endpoint = { ENDPOINT: `${scheme}://${cloud.endpoints.http}` };
  const text = await output(context, () => goCommand(here('go-client'), path.join(folder, 'go')), endpoint);
  const keys = Array.from({ length: 12 }, (_, number) => `mp/${String(number).padStart(2, '0')}`);
  expect(told(text)).toEqual({
    'v1 log': 'onetwo',
    'v1 link': 'log',
    'v1 keys': 'a b+c|folder/one|folder/two|link|log|中文/文件',
    'v1 stat': expect.stringMatching(/^\d+ 6$/),
    'v2 uploads': keys.join('|'),
    'v2 large': 'true',
    'v2 log': 'onetwo',
    'v2 refused': 'true',
  });
});
