import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Readable } from 'node:stream';
import type OSS from 'ali-oss';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../server/raw-request';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossClient } from './oss-client';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());

const CLIENTS = [
  { label: 'V1, bucket in the host', options: {} },
  { label: 'V1, bucket in the path', options: { sldEnable: true } },
  { label: 'V4, bucket in the host', options: { authorizationV4: true } },
  { label: 'V4, bucket in the path', options: { authorizationV4: true, sldEnable: true } },
];

describe.each(CLIENTS)('ali-oss with signature $label', ({ label, options }) => {
  const bucket = `client-${label.replace(/\W+/g, '-').toLowerCase()}`;
  let client: OSS;

  beforeAll(async () => {
    client = ossClient(server, options);
    await client.putBucket(bucket);
    client.useBucket(bucket);
  });

  it('stores, reads, copies, lists and deletes objects whose names need encoding', async () => {
    const key = "folder/a b+c&d=e~'()!%é中.txt";
    const put = await client.put(key, Buffer.from('hello\n'), {
      mime: 'text/plain',
      headers: { 'x-oss-meta-origin': 'test' },
    });
    expect(put.res.headers).toMatchObject({
      etag: '"B1946AC92492D2347C6235B4D2611184"',
      'x-oss-hash-crc64ecma': '16212385353172476069',
    });
    const got = await client.get(key);
    expect(String(got.content)).toBe('hello\n');
    expect(got.res.headers).toMatchObject({ 'content-type': 'text/plain', 'x-oss-meta-origin': 'test' });
    expect((await client.head(key)).res.headers).toMatchObject({
      'content-length': '6',
      'x-oss-object-type': 'Normal',
    });

    await client.copy('copied.txt', key);
    expect(String((await client.get('copied.txt')).content)).toBe('hello\n');

    const listed = await client.list({ prefix: '', delimiter: '/', 'max-keys': 100 }, {});
    expect(listed.objects.map(({ name }) => name)).toEqual(['copied.txt']);
    expect(listed.prefixes).toEqual(['folder/']);

    await client.delete(key);
    await expect(client.get(key)).rejects.toMatchObject({ code: 'NoSuchKey', status: 404 });
    await client.delete('copied.txt');
  });

  it('gives an address that anybody can read from until it expires', async () => {
    await client.put('signed.txt', Buffer.from('signed'));
    const url = options.authorizationV4
      ? await (client as unknown as { signatureUrlV4(...args: unknown[]): Promise<string> }).signatureUrlV4(
          'GET',
          60,
          {},
          'signed.txt',
        )
      : client.signatureUrl('signed.txt', { expires: 60, response: { 'content-type': 'text/x-chosen' } });
    const { hostname, pathname, search, host } = new URL(url);
    expect(hostname.endsWith('localhost')).toBe(true);
    const address = `http://127.0.0.1:${server.port}${pathname}${search}`;
    const response = await getWithHost(address, host);
    expect(response).toMatchObject({ status: 200, text: 'signed' });
    const tampered = await getWithHost(address.replace('signed.txt', 'other.txt'), host);
    expect(tampered).toMatchObject({ status: 403, text: expect.stringContaining('SignatureDoesNotMatch') });
    await client.delete('signed.txt');
  });

  it('uploads in parts', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parts-'));
    const content = randomBytes(350 * 1024);
    const file = path.join(folder, 'large.bin');
    fs.writeFileSync(file, content);
    try {
      await client.multipartUpload('large.bin', file, { partSize: 120 * 1024, parallel: 2 });
      const got = await client.get('large.bin');
      expect((got.content as Buffer).equals(content)).toBe(true);
      expect((got.res.headers as Record<string, string>).etag).toMatch(/^"[0-9A-F]{32}-3"$/);
      await client.putStream('streamed.bin', Readable.from([content]));
      expect(((await client.get('streamed.bin')).content as Buffer).equals(content)).toBe(true);
      await client.deleteMulti(['large.bin', 'streamed.bin']);
      expect((await client.list({ 'max-keys': 100 }, {})).objects ?? []).toEqual([]);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  it('is refused with another secret', async () => {
    const { accessKeyId } = server.account.identity;
    const wrong = ossClient(server, { ...options, bucket }, { accessKeyId, accessKeySecret: 'not-the-secret' });
    await expect(wrong.put('x', Buffer.from('x'))).rejects.toMatchObject({
      code: 'SignatureDoesNotMatch',
      status: 403,
    });
    const unknown = ossClient(server, { ...options, bucket }, { accessKeyId: 'nobody', accessKeySecret: 'x' });
    await expect(unknown.get('x')).rejects.toMatchObject({ code: 'InvalidAccessKeyId', status: 403 });
  });
});

describe('ali-oss with the address that is printed', () => {
  const endpoint = () => ({ endpoint: `http://127.0.0.1:${server.port}` });

  it.each([{ authorizationV4: false }, { authorizationV4: true }])(
    'lists buckets, which are named by no host (%j)',
    async (options) => {
      const client = ossClient(server, { ...endpoint(), ...options });
      await client.putBucket('by-address');
      const { buckets } = (await client.listBuckets({})) as unknown as { buckets: { name: string }[] };
      expect(buckets.map(({ name }) => name)).toContain('by-address');
    },
  );

  it('assumes a role', async () => {
    const { default: Client } = await import('ali-oss');
    const { account } = server;
    const { accountId } = account.identity;
    const trust = { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { RAM: [`acs:ram::${accountId}:root`] } };
    account.ram.createRole({
      roleName: 'by-ali-oss',
      assumeRolePolicyDocument: JSON.stringify({ Version: '1', Statement: [trust] }),
    });
    account.ram.createUser({ userName: 'assumes' });
    account.ram.attachPolicy('user', 'assumes', 'System', 'AliyunSTSAssumeRoleAccess');
    const sts = new Client.STS({ ...account.ram.accessKeys.create('assumes'), ...endpoint() });
    const { credentials } = await sts.assumeRole(`acs:ram::${accountId}:role/by-ali-oss`, '', 900, 'session');
    expect(credentials.AccessKeyId).toMatch(/^STS\./);
  });
});

async function getWithHost(address: string, host: string): Promise<{ status: number; text: string }> {
  const { port, pathname, search } = new URL(address);
  return rawRequest(Number(port), { target: pathname + search, headers: { host } });
}
