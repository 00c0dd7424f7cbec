import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StoredQueryTask } from '../../../lib/local-cloud/account/dla-catalog';
import { rawRequest, type RawResponse } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { fillAccount } from './filled-account';

const HOSTILE = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>"'&`;

let server: StartedHttpServer;
let filled: ReturnType<typeof fillAccount>;
let instance: string;

beforeAll(async () => {
  server = await startHttpServer();
  filled = fillAccount(server.account, 250);
  const { ons, ram, oss, mns } = server.account;
  instance = ons.listInstances('cn-hangzhou')[0].instanceId;
  ram.updateRole('seen-role', { description: HOSTILE });
  ons.sendMessage('cn-hangzhou', { instanceId: instance, topic: 'receipts', body: HOSTILE, producerId: 'GID_seen' });
  mns.sendMessage('cn-hangzhou', 'seen-queue', HOSTILE);
  mns.sendMessage('cn-hangzhou', 'seen-queue', Buffer.from('读得懂 <b>').toString('base64'));
  oss.putObject('seen-bucket', `folder/${HOSTILE}`, Buffer.from(HOSTILE), { meta: { note: HOSTILE } });
  oss.putObject('seen-bucket', 'binary', Buffer.from([0, 1, 2, 255]));
});
afterAll(() => server.stop());

/** Port of another one, with one task that is so. */
async function serverWith(task: Partial<StoredQueryTask>): Promise<number> {
  const own = await startHttpServer();
  onTestFinished(() => own.stop());
  fillAccount(own.account, 1);
  own.account.dla.putTask({ ...own.account.dla.listTasks('cn-hangzhou')[0], ...task });
  return own.port;
}

function page(parameters: Readonly<Record<string, string>> = {}, port = server.port): Promise<RawResponse> {
  return rawRequest(port, { target: `/?${new URLSearchParams(parameters).toString()}` });
}

const all = (): Record<string, Record<string, string>> => ({
  overview: {},
  queries: { page: 'queries' },
  query: { page: 'query', region: 'cn-hangzhou', id: filled.taskIds[0] },
  tables: { page: 'tables' },
  mq: { page: 'mq' },
  topic: { page: 'topic', instance, name: 'receipts' },
  message: { page: 'message', id: filled.msgIds[0] },
  smq: { page: 'smq' },
  queue: { page: 'queue', region: 'cn-hangzhou', name: 'seen-queue' },
  oss: { page: 'oss' },
  bucket: { page: 'bucket', name: 'seen-bucket', prefix: 'folder/' },
  object: { page: 'object', bucket: 'seen-bucket', key: `folder/${HOSTILE}` },
  ram: { page: 'ram' },
  requests: { page: 'requests', text: HOSTILE },
  find: { page: 'find', q: HOSTILE },
});

it.each([
  'overview',
  'queries',
  'query',
  'tables',
  'mq',
  'topic',
  'message',
  'smq',
  'queue',
  'oss',
  'bucket',
  'object',
  'ram',
  'requests',
  'find',
])('shows %s escaped, without a secret, under a policy that runs one script of ours', async (name) => {
  const { status, headers, text } = await page(all()[name]);
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; .*script-src 'sha256-[^ ]+';/);
  expect(text).not.toContain('<img');
  expect(text.match(/<script/g)).toHaveLength(1);
  expect(text).not.toContain(server.account.identity.accessKeySecret);
  expect(text).not.toContain(server.account.identity.dlaPassword);
});

describe('what a page tells', () => {
  it.each([
    ['overview', ['query tasks', '250', 'SUCCESS', 'FAILURE', 'MQ (RocketMQ 4.x)']],
    ['queries', ['1 to 100 of 250', 'Older', '20.5 kB', '1.2 s', 'SELECT count(*)']],
    ['query', ['SELECT count(*) FROM orders WHERE id &#62; 0', 'ünï', 'download', 'GID_seen']],
    ['tables', ['sales', 'orders', 'id bigint', 'oss://seen-bucket/sales/orders/']],
    ['mq', ['seen-instance', 'receipts', '251', 'GID_seen', 'no subscription yet']],
    ['topic', ['1 to 100 of 251', '&#34;status&#34;: &#34;SUCCESS&#34;']],
    ['smq', ['seen-queue']],
    ['queue', ['读得懂 &#60;b&#62;']],
    ['ram', ['seen-role', 'Service: openanalytics.aliyuncs.com', 'AliyunMQFullAccess', 'Allow']],
  ])('%s', async (name, words) => {
    const { text } = await page(all()[name]);
    words.forEach((word) => expect(text).toContain(word));
  });

  it('messages of a topic, each once, over all its parts', async () => {
    const seen = new Set<string>();
    for (const from of ['0', '100', '200']) {
      const { text } = await page({ page: 'topic', instance, name: 'receipts', from });
      [...text.matchAll(/page=message[^"]*id=([0-9A-F]+)/g)].forEach(([, id]) => seen.add(id));
    }
    expect(seen.size).toBe(251);
  });

  it('tasks of one status', async () => {
    const { text } = await page({ page: 'queries', status: 'FAILURE' });
    expect(text).toContain(filled.taskIds[1]);
    expect(text).not.toContain(filled.taskIds[0]);
  });

  it('the way back to a folder whose name is empty', async () => {
    const { text } = await page({ page: 'bucket', name: 'seen-bucket', prefix: 'folder//' });
    expect(text).toMatch(/prefix=folder%2F%2F"\s*>\/<\/a/);
  });

  it('the beginning of a long statement', async () => {
    const command = `SELECT '${'x'.repeat(1 << 20)}'`;
    const port = await serverWith({ id: 'q-long', command });
    const { text } = await page({ page: 'query', region: 'cn-hangzhou', id: 'q-long' }, port);
    expect(text.length).toBeLessThan(100_000);
    expect(text).toContain(`The first 65536 of ${command.length} characters.`);
  });

  it('folders of a bucket, and the objects below one', async () => {
    const { text } = await page({ page: 'bucket', name: 'seen-bucket' });
    expect(text).toContain('prefix=results%2F');
    expect(text).not.toContain('q1.csv');
    const below = await page({ page: 'bucket', name: 'seen-bucket', prefix: 'results/' });
    expect(below.text).toContain('q1.csv');
  });

  it('no content that is not text', async () => {
    const { text } = await page({ page: 'object', bucket: 'seen-bucket', key: 'binary' });
    expect(text).toContain('Not text.');
  });
});

describe('find', () => {
  it.each([
    ['a task by its id', () => filled.taskIds[3], () => filled.taskIds[3]],
    ['a message by its id in small letters', () => filled.msgIds[3].toLowerCase(), () => filled.msgIds[3]],
    ['the task of a message', () => filled.msgIds[3], () => filled.taskIds[3]],
    ['a bucket', () => 'seen-buck', () => 'page=bucket&#38;name=seen-bucket'],
    ['a topic', () => 'receipts', () => 'page=topic'],
    ['a text of a statement', () => 'id > 249', () => filled.taskIds[249]],
    ['a text of an error', () => "'id_148'", () => filled.taskIds[148]],
    ['a text of a message', () => `"${'q2026112600000200'}"`, () => filled.msgIds[200]],
  ])('finds %s', async (_what, wanted, expected) => {
    const { text } = await page({ page: 'find', q: wanted() });
    expect(text).toContain(expected());
  });

  it('finds the task whose message went to SMQ, which may have been received since', async () => {
    const port = await serverWith({ id: 'q-of-smq', mqProduct: 'mns', mqMessageId: 'FEEDC0FFEE' });
    expect((await page({ page: 'find', q: 'feedc0ffee' }, port)).text).toContain('q-of-smq');
  });

  it('says that it finds nothing', async () => {
    expect((await page({ page: 'find', q: 'nowhere' })).text).toContain('Nothing has nowhere');
    expect((await page({ page: 'find', q: ' ' })).text).toContain('Expected an id');
  });
});

it.each([
  { page: 'nothing' },
  { page: 'toString' },
  { page: 'query', region: 'cn-hangzhou', id: 'q0' },
  { page: 'topic', instance: 'x', name: 'y' },
  { page: 'message', id: 'x' },
  { page: 'queue', region: 'cn-hangzhou', name: 'x' },
  { page: 'bucket', name: 'not-there' },
  { page: 'object', bucket: 'seen-bucket', key: 'not-there' },
  { page: 'download', bucket: 'seen-bucket', key: 'not-there' },
] as Readonly<Record<string, string>>[])('answers 404 to %o', async (parameters) => {
  const { status, text } = await page(parameters);
  expect(status).toBe(404);
  expect(text).toContain('Not found');
});

it('lets an object be saved, and never shown as a page', async () => {
  const { status, headers, text } = await page({ page: 'download', bucket: 'seen-bucket', key: `folder/${HOSTILE}` });
  expect([status, text]).toEqual([200, HOSTILE]);
  expect(headers['content-disposition']).toMatch(/^attachment; filename\*=UTF-8''/);
  expect(headers['content-type']).toBe('application/octet-stream');
});

it.each(['x', '-1', '1e9', '99999'])('begins with the first row for from=%s', async (from) => {
  expect((await page({ page: 'queries', from })).text).toContain('1 to 100 of 250');
});

it('reloads itself without scripts when it is live, and its links stay live', async () => {
  const { text } = await page({ page: 'mq', live: '1' });
  expect(text).toMatch(/<noscript>\s*<meta http-equiv="refresh"/);
  expect(text).toContain('page=queries&#38;live=1');
  expect((await page({ page: 'mq' })).text).not.toContain('http-equiv="refresh"');
});

it('is for loopback alone, and only where nobody signed', async () => {
  const proxied = await rawRequest(server.port, { target: 'http://oss-cn-hangzhou.aliyuncs.com/' });
  expect(proxied.text).toContain('AccessDenied');
  const bucket = await rawRequest(server.port, { headers: { host: 'seen-bucket.localhost' } });
  expect(bucket.text).toContain('Code>AccessDenied');
});

it('shows an account without anything', async () => {
  const empty = await startHttpServer();
  try {
    for (const name of ['', 'queries', 'tables', 'mq', 'smq', 'oss', 'ram', 'requests']) {
      const { status, text } = await rawRequest(empty.port, { target: `/?page=${name}` });
      expect(status).toBe(200);
      expect(text).toMatch(/yet|not activated/);
    }
  } finally {
    await empty.stop();
  }
});

it('shows what there is where no service is activated', async () => {
  const other = await startHttpServer();
  try {
    (['oss', 'ons', 'mns'] as const).forEach((service) => other.account.activation.deactivate(service));
    for (const page of ['', 'mq', 'smq', 'oss', 'ram', 'tables', 'queries', 'requests', 'find']) {
      const { status, text } = await rawRequest(other.port, { target: `/?page=${page}&q=x` });
      expect([page, status]).toEqual([page, 200]);
      expect(text).toContain('</html>');
    }
  } finally {
    await other.stop();
  }
});
