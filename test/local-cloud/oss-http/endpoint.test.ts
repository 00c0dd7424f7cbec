import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  const { oss } = server.account;
  oss.createBucket('cn-shanghai', { name: 'far-data', acl: 'public-read' });
  oss.createBucket('cn-hangzhou', { name: 'near-data' });
  oss.putObject('far-data', 'key', Buffer.from('text'));
});
afterAll(() => server.stop());

const at = (host: string, path: string, query: Record<string, string> = {}, method = 'GET', body = '') =>
  ossRequest(server, { method, path, query, body, headers: { host } });

/** As a proxy gets it, by anybody. */
const proxied = (url: string, method = 'GET') => rawRequest(server.port, { method, target: url });

it.each(['oss-cn-shanghai.aliyuncs.com', 'oss-cn-shanghai-internal.aliyuncs.com', '127.0.0.1', 'localhost'])(
  'serves a bucket at %s',
  async (host) => {
    expect(await at(host, 'far-data/key')).toMatchObject({ status: 200, text: 'text' });
    expect((await at(host, 'far-data', { bucketInfo: '' })).status).toBe(200);
  },
);

it.each([
  ['reading', 'far-data/key', {}, 'GET', ''],
  ['writing', 'far-data/new', {}, 'PUT', 'x'],
  ['settings', 'far-data', { bucketInfo: '' }, 'GET', ''],
  ['the list of objects', 'far-data', { 'list-type': '2' }, 'GET', ''],
  ['deleting', 'far-data', {}, 'DELETE', ''],
] as const)('tells the endpoint of a bucket to who asks another region: %s', async (_, path, query, method, body) => {
  for (const host of ['oss-cn-hangzhou.aliyuncs.com', 'oss-cn-hangzhou-internal.aliyuncs.com']) {
    const { status, code, text } = await at(host, path, query, method, body);
    expect([status, code]).toEqual([403, 'AccessDenied']);
    expect(text).toContain('must be addressed using the specified endpoint');
    expect(text).toContain('<Bucket>far-data</Bucket><Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>');
  }
});

it('tells so without a body, too, and whoever asks', async () => {
  const head = await at('oss-cn-hangzhou.aliyuncs.com', 'far-data/key', {}, 'HEAD');
  expect(Buffer.from(head.headers['x-oss-err'] as string, 'base64').toString()).toContain(
    '<Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>',
  );
  const anonymous = await proxied('http://far-data.oss-cn-beijing.aliyuncs.com/key');
  expect(anonymous.text).toContain('<Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>');
});

it.each([
  ['127.0.0.1', 'oss-mars-1', 'expected a region of OSS, got &#34;mars-1&#34;'],
  ['127.0.0.1', 'oss-cn-hangzou', 'did you mean cn-hangzhou?'],
  ['oss-cn-beijing.aliyuncs.com', 'oss-cn-shanghai', 'expected oss-cn-beijing, as the host, got &#34;cn-shanghai&#34;'],
])('makes no bucket at %s in %s', async (host, location, message) => {
  const body = `<CreateBucketConfiguration><LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`;
  const made = await at(host, 'made-nowhere', {}, 'PUT', body);
  expect([made.status, made.code]).toEqual([400, 'InvalidLocationConstraint']);
  expect(made.text).toContain(message);
  expect(server.account.oss.findBucket('made-nowhere')).toBeUndefined();
});

it('makes no bucket at the host of a region that does not exist', async () => {
  const made = await at('oss-cn-hangzou.aliyuncs.com', 'made-nowhere', {}, 'PUT');
  expect(made.code).toBe('InvalidLocationConstraint');
  expect(server.account.oss.findBucket('made-nowhere')).toBeUndefined();
});

it('makes a bucket in the region of the host, and finds all from any', async () => {
  expect((await at('oss-cn-beijing.aliyuncs.com', 'made-there', {}, 'PUT')).status).toBe(200);
  expect(server.account.oss.getBucket('made-there').region).toBe('cn-beijing');
  expect((await at('oss-cn-hangzhou.aliyuncs.com', '')).text).toContain('made-there');
});

it('serves at an acceleration endpoint what is accelerated', async () => {
  const { oss } = server.account;
  const url = 'http://far-data.oss-accelerate.aliyuncs.com/key';
  expect((await proxied(url)).text).toContain('<Endpoint>oss-cn-shanghai.aliyuncs.com</Endpoint>');
  oss.updateBucket('far-data', { transferAcceleration: true });
  expect(await proxied(url)).toMatchObject({ status: 200, text: 'text' });
  expect((await proxied(url.replace('accelerate', 'accelerate-overseas'))).status).toBe(200);
  expect((await proxied('http://far-data.oss-cn-beijing.aliyuncs.com/key')).status).toBe(403);
});
