import { createHash, createHmac } from 'node:crypto';
import builtin, * as fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import * as net from 'node:net';
import * as path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { rawRequest } from '../server/raw-request';
import { ossClient } from './oss-client';
import { type OssCall, ossRequest } from './signed-request';

let server: StartedHttpServer;
let bucket: string;
let count = 0;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  count += 1;
  bucket = `objects-${count}`;
  server.account.oss.createBucket('cn-hangzhou', { name: bucket });
});

const call = (key: string, rest: Omit<OssCall, 'path'> = {}) =>
  ossRequest(server, { path: `${bucket}/${key}`, ...rest });
const put = (key: string, body = key) => server.account.oss.putObject(bucket, key, Buffer.from(body));

it('asks for the bucket before it asks who wants something of it', async () => {
  const stranger = { accessKeyId: 'nobody', accessKeySecret: 'nothing' };
  for (const path of ['objects-none', 'objects-none/key']) {
    expect((await ossRequest(server, { path }, stranger)).code).toBe('NoSuchBucket');
    expect((await ossRequest(server, { path }, null)).code).toBe('NoSuchBucket');
  }
  expect((await ossRequest(server, { path: bucket }, stranger)).code).toBe('InvalidAccessKeyId');
  expect((await ossRequest(server, { method: 'PUT', path: 'objects-none' }, stranger)).code).toBe('InvalidAccessKeyId');
});

it('tells the cause of what is not there as OSS numbers it, by HEAD too', async () => {
  const causeOf = async (answer: Promise<Awaited<ReturnType<typeof ossRequest>>>) => (await answer).headers['x-oss-ec'];
  expect((await call('none')).text).toContain('<EC>0026-00000001</EC>');
  expect(await causeOf(call('none', { method: 'HEAD' }))).toBe('0026-00000001');
  expect(await causeOf(ossRequest(server, { path: 'objects-none' }))).toBe('0015-00000101');
  expect(await causeOf(call('none', { query: { uploadId: 'A' } }))).toBe('0042-00000002');
});

it('tells no version of what is deleted where there never were any', async () => {
  put('plain');
  const { status, headers } = await call('plain', { method: 'DELETE', query: { versionId: 'null' } });
  expect([status, headers['x-oss-version-id']]).toEqual([204, undefined]);
});

it('takes no security token with a key that has none', async () => {
  const key = { ...server.account.identity, stsToken: 'invented' };
  expect((await ossRequest(server, { path: bucket }, key)).code).toBe('InvalidAccessKeyId');
});

it('tells what is not UTF-8 from what is not percent-encoded', async () => {
  const told = async (key: string) => (await rawRequest(server.port, { target: `/${bucket}/${key}` })).text;
  expect(await told('%d6%d0')).toContain('<Code>InvalidArgument</Code>');
  expect(await told('%d')).toContain('<Code>InvalidURI</Code>');
  // What is cut says so.
  expect(await told(`${'x'.repeat(500)}%d`)).toMatch(/<Message>&#34;[^&]*x…&#34; is not validly percent-encoded/);
});

it('misses a header that is signed and does not come', async () => {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const credential = `${server.account.identity.accessKeyId}/${date.slice(0, 8)}/cn-hangzhou/oss/aliyun_v4_request`;
  const authorization = `OSS4-HMAC-SHA256 Credential=${credential}, AdditionalHeaders=host;name, Signature=00`;
  const ask = (headers: Record<string, string>) =>
    rawRequest(server.port, { target: `/${bucket}`, headers: { ...headers, authorization, 'x-oss-date': date } });
  expect((await ask({})).text).toMatch(/InvalidArgument.*&#34;name&#34;/s);
  expect((await ask({ name: 'me' })).text).toContain('SignatureDoesNotMatch');
});

it('names the signature of version 2, which it does not take', async () => {
  const answers = [
    rawRequest(server.port, { target: `/${bucket}`, headers: { authorization: 'OSS2 AccessKeyId:a,Signature:b' } }),
    rawRequest(server.port, {
      target: `/${bucket}/k?x-oss-signature-version=OSS2&x-oss-signature=a&x-oss-access-key-id=b`,
    }),
  ];
  for (const { status, text } of await Promise.all(answers)) {
    expect(status).toBe(501);
    expect(text).toContain('version 2');
  }
});

it('keeps the language of a content, and its type where a copy tells none', async () => {
  const headers = { 'content-language': 'zh-CN', 'content-type': 'text/plain' };
  await call('language', { method: 'PUT', body: 'x', headers });
  expect((await call('language')).headers).toMatchObject(headers);
  const copy = { 'x-oss-copy-source': `/${bucket}/language`, 'x-oss-metadata-directive': 'REPLACE' };
  await call('copied', { method: 'PUT', headers: copy });
  const copied = (await call('copied', { method: 'HEAD' })).headers;
  expect(copied['content-type']).toBe('text/plain');
  expect(copied['content-language']).toBeUndefined();
});

it('tells the key that KMS encrypts with, also where none was chosen', async () => {
  const keyOf = async (headers: Record<string, string>) =>
    (await call('kms', { method: 'PUT', body: 'x', headers })).headers['x-oss-server-side-encryption-key-id'];
  expect(await keyOf({ 'x-oss-server-side-encryption': 'KMS' })).toMatch(/^[\da-f-]{36}$/);
  const chosen = { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'mine' };
  expect(await keyOf(chosen)).toBe('mine');
  expect(await keyOf({ 'x-oss-server-side-encryption': 'AES256' })).toBeUndefined();
});

describe('reading', () => {
  it.each([
    ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
    ['bytes=7-', 206, 'hij', 'bytes 7-9/10'],
    ['bytes=-4', 206, 'ghij', 'bytes 6-9/10'],
    ['bytes=8-100', 206, 'ij', 'bytes 8-9/10'],
    ['bytes=10-12', 200, 'abcdefghij', undefined],
    ['bytes=8-99999999999999999999', 206, 'ij', 'bytes 8-9/10'],
    ['bytes=5-2', 200, 'abcdefghij', undefined],
    ['bytes=a-b', 200, 'abcdefghij', undefined],
  ])('of the range %s answers %i', async (range, status, text, contentRange) => {
    put('ranged', 'abcdefghij');
    const response = await call('ranged', { headers: { range } });
    expect(response).toMatchObject({ status, text });
    expect(response.headers['content-range']).toBe(contentRange);
    expect(response.headers['content-length']).toBe(String(text.length));
  });

  it('of a range outside is refused when the standard is asked for', async () => {
    put('ranged', 'abc');
    const headers = { range: 'bytes=3-', 'x-oss-range-behavior': 'standard' };
    expect(await call('ranged', { headers })).toMatchObject({ status: 416, code: 'InvalidRange' });
  });

  it('depends on conditions', async () => {
    const { md5, lastModified } = put('conditional');
    const at = (seconds: number) => new Date(Date.parse(lastModified) + 1000 * seconds).toUTCString();
    const status = async (name: string, value: string) =>
      (await call('conditional', { headers: { [name]: value } })).status;
    expect(await status('if-match', `"${md5}"`)).toBe(200);
    expect(await status('if-match', '"other"')).toBe(412);
    expect(await status('if-none-match', `"other", "${md5}"`)).toBe(304);
    expect(await status('if-none-match', '*')).toBe(304);
    expect(await status('if-none-match', '"other"')).toBe(200);
    expect(await status('if-modified-since', at(60))).toBe(304);
    expect(await status('if-modified-since', at(-60))).toBe(200);
    expect(await status('if-unmodified-since', at(-60))).toBe(412);
    expect(await status('if-unmodified-since', at(60))).toBe(200);
  });

  it('of a part is of all where the client has parts of another object', async () => {
    const { md5, lastModified } = put('partial', 'abc');
    const status = async (condition: string) =>
      (await call('partial', { headers: { range: 'bytes=1-', 'if-range': condition } })).status;
    expect(await status(`"${md5}"`)).toBe(206);
    expect(await status(new Date(lastModified).toUTCString())).toBe(206);
    expect(await status('"other"')).toBe(200);
    expect(await status(new Date(0).toUTCString())).toBe(200);
  });

  it('of the meta data tells the error where there is no body', async () => {
    put('there', '12345');
    const meta = await call('there', { method: 'HEAD', query: { objectMeta: '' } });
    expect(meta).toMatchObject({ status: 200, headers: { 'content-length': '5' } });
    const byGet = await call('there', { query: { objectMeta: '' } });
    expect(byGet).toMatchObject({ status: 200, text: '', headers: { etag: meta.headers.etag, 'content-length': '0' } });
    const absent = await call('absent', { method: 'HEAD' });
    expect(absent.status).toBe(404);
    expect(Buffer.from(String(absent.headers['x-oss-err']), 'base64').toString()).toContain('<Code>NoSuchKey</Code>');
  });
});

describe('writing', () => {
  it('keeps headers, tags and encryption', async () => {
    const headers = {
      'content-type': 'text/csv',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment',
      'x-oss-meta-a': '1',
      'x-oss-tagging': 'env=test&team=data%20x',
      'x-oss-storage-class': 'IA',
      'x-oss-server-side-encryption': 'KMS',
      'x-oss-server-side-encryption-key-id': 'key-1',
      'x-oss-object-acl': 'public-read',
    };
    await call('kept', { method: 'PUT', headers, body: 'content' });
    expect((await call('kept')).headers).toMatchObject({
      'content-type': 'text/csv',
      'cache-control': 'no-cache',
      'content-disposition': 'attachment',
      'x-oss-meta-a': '1',
      'x-oss-tagging-count': '2',
      'x-oss-storage-class': 'IA',
      'x-oss-server-side-encryption': 'KMS',
      'x-oss-server-side-encryption-key-id': 'key-1',
    });
    expect((await call('kept', { query: { acl: '' } })).text).toContain('<Grant>public-read</Grant>');
    const tagging = { query: { tagging: '' } };
    expect((await call('kept', tagging)).text).toContain('<Key>team</Key><Value>data x</Value>');
    await call('kept', {
      ...tagging,
      method: 'PUT',
      body: '<Tagging><TagSet><Tag><Key>n</Key><Value>v</Value></Tag></TagSet></Tagging>',
    });
    expect(server.account.oss.getObject(bucket, 'kept').tags).toEqual({ n: 'v' });
    await call('kept', { ...tagging, method: 'DELETE' });
    expect(server.account.oss.getObject(bucket, 'kept').tags).toEqual({});
  });

  it('checks the MD5 that the client sends, and leaves nothing of what it refuses', async () => {
    const md5 = createHash('md5').update('right').digest('base64');
    expect((await call('sum', { method: 'PUT', headers: { 'content-md5': md5 }, body: 'right' })).status).toBe(200);
    const refused = await call('sum', { method: 'PUT', headers: { 'content-md5': md5 }, body: 'wrong' });
    expect(refused).toMatchObject({ status: 400, code: 'InvalidDigest' });
    expect((await call('sum')).text).toBe('right');
    const { blobs } = server.account.oss;
    const files = fs
      .readdirSync(blobs.folder)
      .flatMap((shard) => fs.readdirSync(path.join(blobs.folder, shard)).map((name) => path.join(shard, name)));
    const used = await server.account.oss.usedBlobs();
    expect(files.filter((file) => !used.has(file))).toEqual([]);
  });

  it('is kept from replacing an object when it must not', async () => {
    put('once');
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    expect(await call('once', { method: 'PUT', headers })).toMatchObject({ status: 409, code: 'FileAlreadyExists' });
    expect((await call('on', { method: 'PUT', headers })).status).toBe(200);
  });

  it.each(['if-match', 'if-none-match', 'if-unmodified-since'])('under the condition %s is refused', async (name) => {
    put('kept', 'kept');
    const headers = { [name]: '*' };
    for (const method of ['PUT', 'DELETE']) {
      const refusal = await call('kept', { method, headers });
      expect(refusal).toMatchObject({ status: 501, code: 'NotImplemented' });
      expect(refusal.text).toContain(`${name} on ${method}`);
    }
    expect((await call('kept')).text).toBe('kept');
  });

  it('copies with the settings of the source or with new ones, and no further than the caller may read', async () => {
    await call('source', { method: 'PUT', headers: { 'content-type': 'text/a', 'x-oss-meta-m': '1' }, body: 'text' });
    const source = { 'x-oss-copy-source': `/${bucket}/source` };
    await call('same', { method: 'PUT', headers: source });
    expect((await call('same')).headers).toMatchObject({ 'content-type': 'text/a', 'x-oss-meta-m': '1' });
    const replace = { ...source, 'x-oss-metadata-directive': 'REPLACE', 'content-type': 'text/b' };
    await call('other', { method: 'PUT', headers: replace });
    const { headers, text } = await call('other');
    expect(text).toBe('text');
    expect(headers).toMatchObject({ 'content-type': 'text/b' });
    expect(headers).not.toHaveProperty('x-oss-meta-m');
    await call('source', { method: 'DELETE' });
    expect((await call('same')).text).toBe('text');
    for (const [from, code] of [
      [`/${bucket}/none`, 'NoSuchKey'],
      ['/objects-none/key', 'NoSuchBucket'],
      ['nothing', 'InvalidArgument'],
    ]) {
      expect((await call('x', { method: 'PUT', headers: { 'x-oss-copy-source': from } })).code, from).toBe(code);
    }
  });
});

it('copies where a file has no second name, and keeps no hold on the source', async () => {
  const { blob } = put('linked', 'text');
  const link = vi.spyOn(builtin, 'linkSync').mockImplementation(() => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  });
  syncBuiltinESMExports();
  onTestFinished(() => {
    link.mockRestore();
    syncBuiltinESMExports();
  });
  const headers = { 'x-oss-copy-source': `/${bucket}/linked` };
  expect((await call('copied', { method: 'PUT', headers })).status).toBe(200);
  await call('linked', { method: 'DELETE' });
  expect(link).toHaveBeenCalledOnce();
  expect((await call('copied')).text).toBe('text');
  expect(fs.existsSync(server.account.oss.blobs.pathOf(blob))).toBe(false);
});

it('keeps versions, and removes them one by one', async () => {
  const { oss } = server.account;
  oss.updateBucket(bucket, { versioning: 'Enabled' });
  const first = (await call('k', { method: 'PUT', body: 'one' })).headers['x-oss-version-id'] as string;
  await call('k', { method: 'PUT', body: 'two' });
  const marker = (await call('k', { method: 'DELETE' })).headers;
  expect(marker['x-oss-delete-marker']).toBe('true');
  expect((await call('k')).code).toBe('NoSuchKey');
  expect((await call('k', { query: { versionId: first } })).text).toBe('one');
  const listed = (await ossRequest(server, { path: bucket, query: { versions: '' } })).text;
  expect(listed.match(/<Version>/g)).toHaveLength(2);
  expect(listed.match(/<DeleteMarker>/g)).toHaveLength(1);
  expect(await ossRequest(server, { method: 'DELETE', path: bucket })).toMatchObject({
    status: 409,
    code: 'BucketNotEmpty',
  });
  await call('k', { method: 'DELETE', query: { versionId: String(marker['x-oss-version-id']) } });
  expect((await call('k')).text).toBe('two');
});

describe('listing', () => {
  const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'f'];

  async function pages(query: Record<string, string>, next: (text: string) => Record<string, string> | undefined) {
    const found: string[] = [];
    let more: Record<string, string> | undefined = {};
    while (more) {
      const { text } = await ossRequest(server, { path: bucket, query: { ...query, ...more } });
      for (const [, key, prefix] of text.matchAll(/<Contents><Key>([^<]*)<|<CommonPrefixes><Prefix>([^<]*)</g)) {
        found.push(key ?? prefix);
      }
      more = next(text);
    }
    return found;
  }

  it.each(['1', '2', '3', '100'])('gives every key and prefix once in pages of %s', async (size) => {
    keys.forEach((key) => put(key));
    const expected = ['a', 'b/', 'd', 'e/', 'f'];
    const first = await pages({ 'max-keys': size, delimiter: '/' }, (text) => {
      const marker = /<NextMarker>(.*)<\/NextMarker>/.exec(text)?.[1];
      return marker === undefined ? undefined : { marker };
    });
    expect([...first].sort()).toEqual(expected);
    const second = await pages({ 'list-type': '2', 'max-keys': size, delimiter: '/' }, (text) => {
      const token = /<NextContinuationToken>(.*)<\/NextContinuationToken>/.exec(text)?.[1];
      return token === undefined ? undefined : { 'continuation-token': token };
    });
    expect([...second].sort()).toEqual(expected);
    expect(await pages({ prefix: 'b/', 'max-keys': '100' }, () => undefined)).toEqual(['b/1', 'b/2', 'b/c/3']);
    expect(await pages({ 'list-type': '2', 'start-after': 'd' }, () => undefined)).toEqual(['e/4', 'f']);
  });

  it('gives buckets page by page', async () => {
    const query = { prefix: 'paged-', 'max-keys': '2' };
    for (const name of ['paged-a', 'paged-b', 'paged-c']) {
      server.account.oss.createBucket('cn-hangzhou', { name });
    }
    const first = (await ossRequest(server, { query })).text;
    expect(first).toContain('<IsTruncated>true</IsTruncated><NextMarker>paged-b</NextMarker>');
    const second = (await ossRequest(server, { query: { ...query, marker: 'paged-b' } })).text;
    expect(second).toContain('<Name>paged-c</Name>');
    expect(second).not.toContain('<Name>paged-b</Name>');
  });
});

describe('the list of buckets', () => {
  const names = async (query: Record<string, string>, headers: Record<string, string> = {}) =>
    [...(await ossRequest(server, { query, headers })).text.matchAll(/<Name>([^<]*)</g)].map(([, name]) => name);

  it('is narrowed by a tag and by a resource group', async () => {
    const { oss } = server.account;
    oss.createBucket('cn-hangzhou', { name: `${bucket}-a`, tags: { team: 'x' }, resourceGroupId: `rg-${bucket}` });
    oss.createBucket('cn-hangzhou', { name: `${bucket}-b`, tags: { team: 'y' } });
    const prefix = { prefix: bucket };
    expect(await names(prefix)).toHaveLength(3);
    expect(await names({ ...prefix, 'tag-key': 'team' })).toEqual([`${bucket}-a`, `${bucket}-b`]);
    expect(await names({ ...prefix, 'tag-key': 'team', 'tag-value': 'y' })).toEqual([`${bucket}-b`]);
    expect(await names({ ...prefix, 'tag-key': 'other' })).toEqual([]);
    expect(await names(prefix, { 'x-oss-resource-group-id': `rg-${bucket}` })).toEqual([`${bucket}-a`]);
  });
});

it('makes a bucket that is there already once more, and changes its ACL then', async () => {
  const make = (headers: Record<string, string>, body = '') =>
    ossRequest(server, { method: 'PUT', path: bucket, headers, body });
  const { oss } = server.account;
  expect((await make({})).status).toBe(200);
  expect((await make({ 'x-oss-acl': 'public-read' })).status).toBe(200);
  expect(oss.getBucket(bucket).acl).toBe('public-read');
  expect((await make({})).status).toBe(200);
  expect(oss.getBucket(bucket).acl).toBe('public-read');
  const other = (text: string) => `<CreateBucketConfiguration>${text}</CreateBucketConfiguration>`;
  for (const text of ['<StorageClass>IA</StorageClass>', '<LocationConstraint>oss-cn-beijing</LocationConstraint>']) {
    expect(await make({}, other(text))).toMatchObject({ status: 409, code: 'BucketAlreadyExists' });
  }
});

it('keeps headers that are no ASCII, as they were sent', async () => {
  const raw = (text: string) => Buffer.from(text).toString('latin1');
  const name = '中 é';
  const headers = { 'x-oss-meta-name': raw(name), 'content-disposition': raw('attachment; filename="中.txt"') };
  const { accessKeyId, accessKeySecret } = server.account.identity;
  const date = new Date().toUTCString();
  const toSign = ['PUT', '', '', date, `x-oss-date:${date}`, `x-oss-meta-name:${name}`, `/${bucket}/k`].join('\n');
  const signature = createHmac('sha1', accessKeySecret).update(toSign).digest('base64');
  const authorization = `OSS ${accessKeyId}:${signature}`;
  const put = { method: 'PUT', path: `${bucket}/k`, headers: { ...headers, 'x-oss-date': date, authorization } };
  expect((await ossRequest(server, put, null)).status).toBe(200);
  expect(server.account.oss.getObject(bucket, 'k').meta).toEqual({ name });
  expect((await call('k')).headers).toMatchObject(headers);
  const query = { 'response-content-disposition': 'attachment; filename="中.txt"' };
  expect((await call('k', { query })).headers['content-disposition']).toBe(headers['content-disposition']);
});

it('compresses texts for clients that take it, and sends ranges and other types as they are', async () => {
  const text = 'text '.repeat(1000);
  const send = (key: string, type: string, body: string) =>
    call(key, { method: 'PUT', headers: { 'content-type': type }, body });
  await send('plain', 'text/plain; charset=utf-8', text);
  await send('small', 'text/plain', 'text');
  await send('table', 'text/csv', text);
  const get = (key: string, more: Record<string, string> = {}) =>
    call(key, { headers: { 'accept-encoding': 'gzip, deflate', ...more } });
  const { headers, body } = await get('plain');
  expect(headers).toMatchObject({ 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' });
  expect(headers).not.toHaveProperty('content-length');
  expect(headers).not.toHaveProperty('etag');
  expect(String(gunzipSync(body))).toBe(text);
  for (const response of [
    await get('small'),
    await get('table'),
    await get('plain', { range: 'bytes=0-4' }),
    await call('plain'),
  ]) {
    expect(response.headers).not.toHaveProperty('content-encoding');
    expect(response.headers).toHaveProperty('content-length');
  }
});

it('tells of a failure of its own as OSS does, without paths of the machine', async () => {
  const { oss } = server.account;
  const { blob } = put('lost');
  fs.rmSync(oss.blobs.pathOf(blob));
  const response = await call('lost');
  expect(response).toMatchObject({ status: 500, code: 'InternalError' });
  const copy = await call('copy', { method: 'PUT', headers: { 'x-oss-copy-source': `/${bucket}/lost` } });
  expect(copy).toMatchObject({ status: 500, code: 'InternalError' });
  expect(response.text + copy.text).not.toContain(oss.blobs.folder);
});

it('lists keys that XML cannot hold as they are', async () => {
  put('a\u0001\u0007b');
  expect((await ossRequest(server, { path: bucket })).text).toContain('<Key>a\u0001\u0007b</Key>');
});

it('refuses a body whose length nobody tells', async () => {
  server.account.oss.updateBucket(bucket, { acl: 'public-read-write' });
  const socket = net.connect(server.port, '127.0.0.1');
  socket.end(`PUT /${bucket}/k HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  const chunks = await socket.toArray();
  expect(String(Buffer.concat(chunks as Buffer[]))).toMatch(/^HTTP\/1.1 411 [^]*MissingContentLength/);
});

it.each<[string, number]>([
  ['TRUE', 409],
  ['True', 409],
  ['false', 200],
  ['yes', 400],
])('takes x-oss-forbid-overwrite: %s as clients write it', async (value, status) => {
  put('k');
  const headers = { 'x-oss-forbid-overwrite': value };
  expect((await call('k', { method: 'PUT', headers, body: 'new' })).status).toBe(status);
});

describe('a delete marker', () => {
  it('answers for the key and for its version with what it is', async () => {
    server.account.oss.updateBucket(bucket, { versioning: 'Enabled' });
    put('k');
    const { versionId } = server.account.oss.deleteObject(bucket, 'k')!;
    const marker = { 'x-oss-delete-marker': 'true', 'x-oss-version-id': versionId };
    expect(await call('k')).toMatchObject({ status: 404, code: 'NoSuchKey', headers: marker });
    expect(await call('k', { query: { versionId } })).toMatchObject({
      status: 405,
      code: 'MethodNotAllowed',
      headers: marker,
    });
    put('k');
    expect((await call('k')).status).toBe(200);
  });
});

it('does not read archived objects, nor copies them', async () => {
  for (const storageClass of ['Archive', 'ColdArchive', 'DeepColdArchive']) {
    await call('old', { method: 'PUT', headers: { 'x-oss-storage-class': storageClass }, body: 'x' });
    expect(await call('old')).toMatchObject({ status: 403, code: 'InvalidObjectState' });
    const headers = { 'x-oss-copy-source': `/${bucket}/old` };
    expect(await call('new', { method: 'PUT', headers })).toMatchObject({ status: 403, code: 'InvalidObjectState' });
    expect((await call('old', { method: 'HEAD' })).status).toBe(200);
  }
});

describe('uploads in parts', () => {
  const complete = (parts: [number, string][]) =>
    `<CompleteMultipartUpload>${parts.map(([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;

  async function started(key: string): Promise<string> {
    const { text } = await call(key, { method: 'POST', query: { uploads: '' } });
    return /<UploadId>(.*)<\/UploadId>/.exec(text)![1];
  }

  it('are chosen by a document or by x-oss-complete-all, and not by both', async () => {
    const uploadId = await started('all');
    await call('all', { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'x' });
    for (const listing of [
      await call('all', { query: { uploadId } }),
      await ossRequest(server, { path: bucket, query: { uploads: '' } }),
    ]) {
      expect(listing.text).toContain('<StorageClass>Standard</StorageClass>');
    }
    const finish = (body: string) =>
      call('all', { method: 'POST', query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' }, body });
    expect((await finish(complete([[1, '"00"']]))).code).toBe('InvalidArgument');
    expect((await finish('')).status).toBe(200);
    expect((await call('all')).text).toBe('x');
  });

  it('become an object of the ACL that comes with their end', async () => {
    const uploadId = await started('listed');
    await call('listed', { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'x' });
    const finish = (acl: string) =>
      call('listed', {
        ...{ method: 'POST', query: { uploadId } },
        headers: { 'x-oss-complete-all': 'yes', 'x-oss-object-acl': acl },
      });
    expect((await finish('nonsense')).code).toBe('InvalidArgument');
    expect((await finish('private')).status).toBe(200);
    expect((await call('listed', { query: { acl: '' } })).text).toContain('<Grant>private</Grant>');
  });

  it('are an empty object without parts', async () => {
    const uploadId = await started('empty');
    expect((await call('empty', { method: 'POST', query: { uploadId }, body: complete([]) })).status).toBe(200);
    expect(await call('empty')).toMatchObject({ status: 200, text: '', headers: { 'x-oss-object-type': 'Multipart' } });
  });

  it('neither begin nor end in another encoding of names', async () => {
    const query = { 'encoding-type': 'base64' };
    const count = () => server.account.oss.uploads.list(bucket).length;
    const before = count();
    expect((await call('encoded', { method: 'POST', query: { ...query, uploads: '' } })).code).toBe('InvalidArgument');
    expect(count()).toBe(before);
    const uploadId = await started('encoded');
    await call('encoded', { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'x' });
    const headers = { 'x-oss-complete-all': 'yes' };
    const ended = await call('encoded', { method: 'POST', query: { ...query, uploadId }, headers });
    expect(ended.code).toBe('InvalidArgument');
    expect((await call('encoded', { method: 'HEAD' })).status).toBe(404);
  });

  it('are not lost, nor is what the key has, by a list of none', async () => {
    put('kept');
    const before = (await call('kept')).text;
    const uploadId = await started('kept');
    await call('kept', { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'part' });
    const finish = async (body: string) => (await call('kept', { method: 'POST', query: { uploadId }, body })).code;
    expect(await finish(complete([]))).toBe('MalformedXML');
    expect((await call('kept')).text).toBe(before);
    expect((await call('kept', { query: { uploadId } })).text).toContain('<PartNumber>1</PartNumber>');
  });

  it.each(['/a', '\\a', 'x'.repeat(1024)])('do not begin for the name %j, which no object has', async (key) => {
    expect(() => server.account.oss.uploads.initiate(bucket, key, {})).toThrow(
      expect.objectContaining({ code: 'InvalidObjectName' }),
    );
    const headers = { 'x-oss-symlink-target': encodeURIComponent(key) };
    expect((await call('link', { method: 'PUT', query: { symlink: '' }, headers })).code).toBe('InvalidObjectName');
  });

  it('tell keys percent-encoded where that is asked for, for XML cannot hold all of them', async () => {
    const [key, query] = ['a\u0001/b', { 'encoding-type': 'url' }];
    const initiated = (await call(key, { method: 'POST', query: { uploads: '', ...query } })).text;
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(initiated)![1];
    const { etag } = (await call(key, { method: 'PUT', query: { partNumber: '1', uploadId }, body: 'x' })).headers;
    const listed = (await call(key, { query: { uploadId, ...query } })).text;
    const body = complete([[1, etag!]]);
    const completed = (await call(key, { method: 'POST', query: { uploadId, ...query }, body })).text;
    for (const text of [initiated, listed, completed]) {
      expect(text).toContain('<EncodingType>url</EncodingType>');
      expect(text).toContain('<Key>a%01/b</Key>');
    }
  });

  it('tell the MD5 of each part, and how the client encrypts them', async () => {
    const headers = { 'x-oss-meta-client-side-encryption-cek-alg': 'AES/CTR/NoPadding' };
    const { text } = await call('parts', { method: 'POST', query: { uploads: '' }, headers });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(text)![1];
    const query = { partNumber: '1', uploadId };
    const part = await call('parts', { method: 'PUT', query, body: 'x' });
    expect(part.headers['content-md5']).toBe(createHash('md5').update('x').digest('base64'));
    const listed = (await call('parts', { query: { uploadId } })).text;
    expect(listed).toContain('<ClientEncryptionCekAlg>AES/CTR/NoPadding</ClientEncryptionCekAlg>');
    const encrypted = { 'x-oss-server-side-encryption': 'AES256' };
    expect((await call('parts', { method: 'PUT', query, body: 'x', headers: encrypted })).code).toBe('InvalidArgument');
  });

  it('keep their parts until they are put together or given up', async () => {
    const uploadId = await started('parts');
    const part = (partNumber: number, body: string) =>
      call('parts', { method: 'PUT', query: { partNumber: String(partNumber), uploadId }, body });
    const one = 'a'.repeat(100 * 1024);
    const first = String((await part(1, one)).headers.etag);
    await part(2, 'replaced');
    const second = String((await part(2, 'b')).headers.etag);
    expect((await call('parts', { query: { uploadId } })).text.match(/<Part>/g)).toHaveLength(2);
    expect(await ossRequest(server, { method: 'DELETE', path: bucket })).toMatchObject({ code: 'BucketNotEmpty' });
    const finish = (body: string) => call('parts', { method: 'POST', query: { uploadId }, body });
    expect((await finish(complete([[1, '"00"']]))).code).toBe('InvalidPart');
    expect(
      (
        await finish(
          complete([
            [2, second],
            [1, first],
          ]),
        )
      ).code,
    ).toBe('InvalidPartOrder');
    expect(
      (
        await finish(
          complete([
            [1, first],
            [2, second],
          ]),
        )
      ).status,
    ).toBe(200);
    expect((await call('parts')).text).toBe(`${one}b`);
    expect((await finish(complete([[1, first]]))).code).toBe('NoSuchUpload');

    const abandoned = await started('parts');
    expect((await call('parts', { method: 'DELETE', query: { uploadId: abandoned } })).status).toBe(204);
    expect((await ossRequest(server, { path: bucket, query: { uploads: '' } })).text).not.toContain(abandoned);
    expect((await call('other', { query: { uploadId: abandoned } })).code).toBe('NoSuchUpload');
  });

  it('copy no part that its conditions do not want', async () => {
    const { etag, md5 } = put('source', 'text');
    const { uploadId } = server.account.oss.uploads.initiate(bucket, 'whole', {});
    const copyPart = (condition: Record<string, string>) =>
      call('whole', {
        method: 'PUT',
        query: { uploadId, partNumber: '1' },
        headers: { 'x-oss-copy-source': `/${bucket}/source`, ...condition },
      });
    const same = { 'x-oss-copy-source-if-none-match': `"${etag ?? md5}"` };
    expect((await copyPart(same)).status).toBe(304);
    expect(server.account.oss.uploads.list(bucket).flatMap((one) => server.account.oss.uploads.parts(one))).toEqual([]);
    expect((await copyPart({ 'x-oss-copy-source-if-none-match': '"other"' })).status).toBe(200);
  });

  it('refuse a part that is too small, and a number that is not allowed', async () => {
    const uploadId = await started('small');
    const etags: string[] = [];
    for (const partNumber of ['1', '2']) {
      etags.push(
        String((await call('small', { method: 'PUT', query: { partNumber, uploadId }, body: 'x' })).headers.etag),
      );
    }
    const body = complete([
      [1, etags[0]],
      [2, etags[1]],
    ]);
    expect((await call('small', { method: 'POST', query: { uploadId }, body })).code).toBe('EntityTooSmall');
    for (const partNumber of ['0', '10001', 'x']) {
      expect((await call('small', { method: 'PUT', query: { partNumber, uploadId } })).code).toBe('InvalidArgument');
    }
  });
});

describe('anybody', () => {
  const anonymous = (rest: OssCall) => ossRequest(server, { ...rest, path: `${bucket}${rest.path ?? ''}` }, null);
  const outcomes = async () => ({
    list: (await anonymous({})).status,
    read: (await anonymous({ path: '/key' })).status,
    write: (await anonymous({ path: '/written', method: 'PUT', body: 'x' })).status,
    settings: (await anonymous({ query: { acl: '' } })).status,
  });

  it.each([
    ['private', { list: 403, read: 403, write: 403, settings: 403 }],
    ['public-read', { list: 200, read: 200, write: 403, settings: 403 }],
    ['public-read-write', { list: 200, read: 200, write: 200, settings: 403 }],
  ])('may do with a bucket that is %s what it says, unless public access is blocked', async (acl, expected) => {
    put('key');
    server.account.oss.updateBucket(bucket, { acl });
    expect(await outcomes()).toEqual(expected);
    server.account.oss.updateBucket(bucket, { blockPublicAccess: true });
    expect(await outcomes()).toEqual({ list: 403, read: 403, write: 403, settings: 403 });
  });

  it('follows the ACL of an object before that of its bucket', async () => {
    const { oss } = server.account;
    oss.putObject(bucket, 'open', Buffer.from('x'), { acl: 'public-read' });
    expect((await anonymous({ path: '/open' })).status).toBe(200);
    oss.updateBucket(bucket, { acl: 'public-read' });
    oss.putObject(bucket, 'closed', Buffer.from('x'), { acl: 'private' });
    expect((await anonymous({ path: '/closed' })).status).toBe(403);
  });

  it('may do what the policy of the bucket allows, and nothing that it denies', async () => {
    const { oss } = server.account;
    put('key');
    const policy = (Effect: string) =>
      JSON.stringify({
        Version: '1',
        Statement: [{ Effect, Action: ['oss:GetObject'], Principal: ['*'], Resource: [`acs:oss:*:*:${bucket}/k*`] }],
      });
    oss.updateBucket(bucket, { policy: policy('Allow') });
    expect((await anonymous({ path: '/key' })).status).toBe(200);
    expect((await anonymous({ path: '/other' })).status).toBe(403);
    oss.updateBucket(bucket, { policy: policy('Deny'), acl: 'public-read' });
    expect((await anonymous({ path: '/key' })).status).toBe(403);
    expect(await call('key')).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect((await anonymous({ path: '/other' })).status).toBe(404);
  });

  it('may set no public policy or ACL where that is blocked, and those before it count for nobody', async () => {
    const { oss, ram } = server.account;
    const Action = ['oss:GetObject'];
    const statement = (Effect: string, Principal: string[], more: object = {}) => ({
      ...{ Effect, Action, Principal, Resource: [`acs:oss:*:*:${bucket}/*`], ...more },
    });
    const { userId } = ram.createUser({ userName: 'without-policies' });
    const own = ram.accessKeys.create('without-policies');
    const read = async (path: string) =>
      (await ossRequest(server, { method: 'GET', path: `${bucket}/${path}` }, own)).status;
    const policy = (...Statement: object[]) => JSON.stringify({ Version: '1', Statement });
    put('key');
    oss.updateBucket(bucket, { acl: 'public-read', policy: policy(statement('Allow', ['*'])) });
    expect(await read('key')).toBe(200);
    const on =
      '<PublicAccessBlockConfiguration><BlockPublicAccess>true</BlockPublicAccess></PublicAccessBlockConfiguration>';
    expect((await call('', { method: 'PUT', query: { publicAccessBlock: '' }, body: on })).status).toBe(200);
    expect([await read('key'), (await anonymous({ path: '/key' })).status]).toEqual([403, 403]);
    for (const [query, body, headers] of [
      ['policy', policy(statement('Deny', ['*']), statement('Allow', ['*'])), {}],
      ['acl', '', { 'x-oss-acl': 'public-read-write' }],
    ] as const) {
      const refused = await call('', { method: 'PUT', query: { [query]: '' }, body, headers });
      expect(refused).toMatchObject({ status: 403, code: 'AccessDenied' });
      expect(refused.text).toContain(`Put public bucket ${query} is not allowed`);
    }
    const named = policy(statement('Allow', [userId]));
    expect((await call('', { method: 'PUT', query: { policy: '' }, body: named })).status).toBe(200);
    expect(await read('key')).toBe(200);
  });

  it('gets no object that is public where that is blocked', async () => {
    server.account.oss.updateBucket(bucket, { blockPublicAccess: true });
    const headers = { 'x-oss-object-acl': 'public-read' };
    expect(await call('key', { method: 'PUT', headers })).toMatchObject({ status: 403, code: 'AccessDenied' });
  });
});

it('lets a session of a role do what its policies allow', async () => {
  const { ram, sts, identity } = server.account;
  const document = (value: object) => JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', ...value }] });
  const trust = document({ Action: 'sts:AssumeRole', Principal: { RAM: [identity.accountId] } });
  ram.createRole({ roleName: 'oss-reader', assumeRolePolicyDocument: trust });
  ram.createPolicy({
    policyName: 'oss-reader',
    document: document({ Action: ['oss:GetObject'], Resource: [`acs:oss:*:*:${bucket}/read/*`] }),
  });
  ram.attachPolicy('role', 'oss-reader', 'Custom', 'oss-reader');
  const session = sts.assumeRole(ram.getRole('oss-reader').arn, 'reader');
  put('read/a', 'allowed');
  put('b');
  for (const options of [{}, { authorizationV4: true }]) {
    const client = ossClient(server, { bucket, ...options }, { ...session, stsToken: session.securityToken });
    expect(String((await client.get('read/a')).content)).toBe('allowed');
    await expect(client.get('b')).rejects.toMatchObject({ code: 'AccessDenied' });
    await expect(client.put('read/a', Buffer.from('x'))).rejects.toMatchObject({ code: 'AccessDenied' });
    const without = ossClient(server, { bucket, ...options }, { ...session, stsToken: undefined });
    await expect(without.get('read/a')).rejects.toMatchObject({ code: 'InvalidSecurityToken' });
  }
});

it('lists as many versions as asked for, and goes on between the versions of a key', async () => {
  server.account.oss.updateBucket(bucket, { versioning: 'Enabled' });
  const stored = ['a', 'a', 'a', 'b/1', 'b/2', 'c'].map((key) => ({ key, id: put(key).versionId }));
  const newestFirst = [...stored.slice(0, 3).reverse(), ...stored.slice(3)].map(({ key, id }) => `${key} ${id}`);
  for (const delimiter of ['', '/']) {
    const seen: string[] = [];
    let [key, version] = ['', ''];
    for (;;) {
      const query = { versions: '', 'max-keys': '2', delimiter, 'key-marker': key, 'version-id-marker': version };
      const { text } = await ossRequest(server, { path: bucket, query });
      const part = [
        ...[...text.matchAll(/<Key>(.*?)<\/Key>.*?<VersionId>(.*?)<\/VersionId>/g)].map(([, k, v]) => `${k} ${v}`),
        ...[...text.matchAll(/<CommonPrefixes><Prefix>(.*?)</g)].map(([, prefix]) => prefix),
      ];
      expect(part.length).toBeLessThanOrEqual(2);
      seen.push(...part);
      [key, version] = ['NextKeyMarker', 'NextVersionIdMarker'].map(
        (name) => new RegExp(`<${name}>(.*?)</`).exec(text)?.[1] ?? '',
      );
      if (key === '') {
        break;
      }
    }
    const expected = delimiter === '' ? newestFirst : newestFirst.filter((entry) => !entry.startsWith('b/'));
    expect(seen.sort()).toEqual([...expected, ...(delimiter === '' ? [] : ['b/'])].sort());
  }
});

it('goes on between versions only where the prefix and delimiter would list the key', async () => {
  server.account.oss.updateBucket(bucket, { versioning: 'Enabled' });
  const [first] = ['a', 'a', 'b/1', 'b/1'].map((key) => put(key).versionId);
  const keys = async (marker: string, version: string, rest: object) => {
    const query = { versions: '', 'key-marker': marker, 'version-id-marker': version, ...rest };
    const { text } = await ossRequest(server, { path: bucket, query });
    return [...text.matchAll(/<(?:Key|CommonPrefixes><Prefix)>(.*?)</g)].map(([, key]) => key);
  };
  const newest = (key: string) => server.account.oss.findVersion(bucket, key)!.versionId;
  expect(await keys('a', newest('a'), {})).toEqual(['a', 'b/1', 'b/1']);
  expect(await keys('a', newest('a'), { prefix: 'b/' })).toEqual(['b/1', 'b/1']);
  expect(await keys('b/1', newest('b/1'), { delimiter: '/' })).toEqual([]);
  expect(await keys('a', first, { delimiter: '/' })).toEqual(['b/']);
});

it('encodes the keys that it deleted when asked to', async () => {
  put('100% a+b');
  const body = '<Delete><Object><Key>100% a+b</Key></Object></Delete>';
  const query = { delete: '', 'encoding-type': 'url' };
  const { text } = await ossRequest(server, { method: 'POST', path: bucket, query, body });
  expect(text).toContain('<Key>100%25%20a%2Bb</Key>');
});

describe('signatures', () => {
  it('in version 4 are accepted over the header Date, as it stands', async () => {
    const { accessKeyId, accessKeySecret } = server.account.identity;
    put('dated');
    const date = new Date().toUTCString();
    const day = new Date(date).toISOString().slice(0, 10).replaceAll('-', '');
    const scope = `${day}/cn-hangzhou/oss/aliyun_v4_request`;
    const headers = { date, 'x-oss-content-sha256': 'UNSIGNED-PAYLOAD' };
    const canonical = [
      ...['GET', `/${bucket}/dated`, ''],
      ...['x-oss-content-sha256:UNSIGNED-PAYLOAD', '', '', 'UNSIGNED-PAYLOAD'],
    ].join('\n');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const key = scope.split('/').reduce<string | Buffer>(hmac, `aliyun_v4${accessKeySecret}`);
    const digest = createHash('sha256').update(canonical).digest('hex');
    const signature = hmac(key, ['OSS4-HMAC-SHA256', date, scope, digest].join('\n')).toString('hex');
    const signed = (text: string) =>
      ossRequest(
        server,
        {
          path: `${bucket}/dated`,
          headers: {
            ...headers,
            authorization: `OSS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},Signature=${text}`,
          },
        },
        null,
      );
    expect(await signed(signature)).toMatchObject({ status: 200, text: 'dated' });
    expect(await signed(signature.replace(/^./, (c) => (c === '0' ? '1' : '0')))).toMatchObject({ status: 403 });
  });

  it('in version 1 are accepted from clients for Go, which do not sign the access monitor', async () => {
    const { accessKeyId, accessKeySecret } = server.account.identity;
    const date = new Date().toUTCString();
    const { default: signUtils } = await import('ali-oss/lib/common/signUtils');
    const put = (method: string) =>
      signUtils.authorization(
        accessKeyId,
        accessKeySecret,
        signUtils.buildCanonicalString(method, `/${bucket}/`, { headers: { 'x-oss-date': date }, parameters: {} }),
      );
    const send = (method: string, body = '') =>
      ossRequest(
        server,
        {
          ...{ method, path: `${bucket}/`, body, query: { accessmonitor: '' } },
          headers: { 'x-oss-date': date, authorization: put(method) },
        },
        null,
      );
    const body = '<AccessMonitorConfiguration><Status>Enabled</Status></AccessMonitorConfiguration>';
    expect((await send('PUT', body)).status).toBe(200);
    expect((await send('GET')).text).toContain('<Status>Enabled</Status>');
  });

  it('are refused when they are too old, expired or not understood', async () => {
    const { accessKeyId } = server.account.identity;
    const old = { 'x-oss-date': new Date(Date.now() - 16 * 60_000).toUTCString() };
    const headers = (authorization: string, more: Record<string, string> = {}) => ({ authorization, ...more });
    const attempt = async (rest: OssCall) => (await ossRequest(server, { path: `${bucket}/k`, ...rest }, null)).code;
    expect(await attempt({ headers: headers(`OSS ${accessKeyId}:x`, old) })).toBe('RequestTimeTooSkewed');
    expect(await attempt({ headers: headers(`OSS ${accessKeyId}:x`) })).toBe('AccessDenied');
    expect(await attempt({ headers: headers('OSS nothing') })).toBe('InvalidArgument');
    expect(await attempt({ headers: headers('Basic abc') })).toBe('InvalidArgument');
    const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    expect(await attempt({ headers: headers('OSS4-HMAC-SHA256 Credential=x', { 'x-oss-date': date }) })).toBe(
      'InvalidArgument',
    );
    expect(await attempt({ query: { OSSAccessKeyId: accessKeyId, Expires: '1', Signature: 'x' } })).toBe(
      'AccessDenied',
    );
    expect(await attempt({ query: { 'x-oss-signature': 'x' } })).toBe('InvalidArgument');
  });

  it('in version 4 are good for seven days at most, for no time to come, and for the region of the bucket', async () => {
    put('k');
    const signed = async (seconds: number, options: { at?: number; region?: string } = {}) => {
      const { accessKeyId, accessKeySecret } = server.account.identity;
      const date = new Date(options.at ?? Date.now()).toISOString().replace(/[-:]|\.\d+/g, '');
      const scope = [date.slice(0, 8), options.region ?? 'cn-hangzhou', 'oss', 'aliyun_v4_request'];
      const query: Record<string, string> = {
        'x-oss-credential': [accessKeyId, ...scope].join('/'),
        'x-oss-date': date,
        'x-oss-expires': String(seconds),
        'x-oss-signature-version': 'OSS4-HMAC-SHA256',
      };
      const canonical = Object.entries(query)
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&');
      const request = ['GET', `/${bucket}/k`, canonical, '', '', 'UNSIGNED-PAYLOAD'].join('\n');
      const hash = createHash('sha256').update(request).digest('hex');
      const key = scope.reduce<string | Buffer>(
        (secret, part) => createHmac('sha256', secret).update(part).digest(),
        `aliyun_v4${accessKeySecret}`,
      );
      const toSign = ['OSS4-HMAC-SHA256', date, scope.join('/'), hash].join('\n');
      query['x-oss-signature'] = createHmac('sha256', key).update(toSign).digest('hex');
      return ossRequest(server, { path: `${bucket}/k`, query }, null);
    };
    const week = 7 * 24 * 60 * 60;
    expect((await signed(week)).status).toBe(200);
    expect(await signed(week + 1)).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(await signed(0)).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect(await signed(week, { at: Date.now() + 60 * 60_000 })).toMatchObject({ status: 403, code: 'AccessDenied' });
    expect(await signed(60, { at: Date.now() - 120_000 })).toMatchObject({ status: 403, code: 'AccessDenied' });
    for (const region of ['cn-beijing', '']) {
      const { status, code, text, headers } = await signed(60, { region });
      expect([status, code, headers['x-oss-ec']], region).toEqual([400, 'InvalidArgument', '0002-00000226']);
      expect(text).toContain('<Message>The signing region in credential is invalid.</Message>');
      expect(text).toContain('<Region>cn-hangzhou</Region>');
    }
  });

  it('of S3 are refused by name', async () => {
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=x' };
    for (const rest of [{ headers }, { query: { 'X-Amz-Algorithm': 'AWS4-HMAC-SHA256' } }]) {
      const response = await ossRequest(server, { path: `${bucket}/k`, ...rest }, null);
      expect(response).toMatchObject({ status: 501, code: 'NotImplemented', text: expect.stringContaining('S3') });
    }
  });

  it('of another sub-resource are refused', async () => {
    const date = new Date().toUTCString();
    const recorded: Record<string, string> = {};
    const { accessKeyId, accessKeySecret } = server.account.identity;
    const { default: signUtils } = await import('ali-oss/lib/common/signUtils');
    const canonical = signUtils.buildCanonicalString('GET', `/${bucket}/`, {
      headers: { 'x-oss-date': date },
      parameters: {},
    });
    recorded.authorization = signUtils.authorization(accessKeyId, accessKeySecret, canonical);
    const headers = { ...recorded, 'x-oss-date': date };
    expect((await ossRequest(server, { path: `${bucket}/`, headers }, null)).status).toBe(200);
    const other = await ossRequest(server, { path: `${bucket}/`, headers, query: { policy: '' } }, null);
    expect(other).toMatchObject({ status: 403, code: 'SignatureDoesNotMatch' });
  });
});

function elevenTags(): string {
  return Array.from({ length: 11 }, (_, index) => `k${index}=v`).join('&');
}

it.each<[string, number, OssCall]>([
  ['InvalidBucketName', 400, { method: 'PUT', path: 'Bad_Name' }],
  ['NoSuchBucket', 404, { path: 'objects-none/key' }],
  ['NoSuchBucket', 404, { method: 'DELETE', path: 'objects-none' }],
  ['InvalidArgument', 400, { path: 'objects-1', query: { 'max-keys': '1001' } }],
  ['NotImplemented', 501, { method: 'POST', path: 'objects-1/key', query: { restore: '' } }],
  ['NotImplemented', 501, { path: 'objects-1/key', query: { 'x-oss-process': 'image/resize,w_1' } }],
  ['NotImplemented', 501, { method: 'PUT', path: 'objects-1/key', query: { 'x-oss-rename': '' } }],
  ['NotImplemented', 501, { path: 'objects-1/key', query: { 'x-oss-ac-source-ip': '10.0.0.1' } }],
  ['NotImplemented', 501, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-persistent-headers': 'a:Yg==' } }],
  ['NotImplemented', 501, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-callback': 'e30=' } }],
  ['InvalidArgument', 400, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-storage-class': 'Bogus' } }],
  ['InvalidArgument', 400, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-meta-a': 'x'.repeat(8 * 1024) } }],
  ['InvalidTag', 400, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-tagging': elevenTags() } }],
  ['InvalidTag', 400, { method: 'PUT', path: 'objects-1/key', headers: { 'x-oss-tagging': '=a&b=c' } }],
  ['InvalidArgument', 400, { path: 'objects-1/key', query: { versionId: '234' } }],
  ['InvalidArgument', 400, { path: 'objects-1', query: { prefix: 'a'.repeat(1025) } }],
  ['InvalidArgument', 400, { path: 'objects-1', query: { 'list-type': '2', 'continuation-token': 'err-token' } }],
  ['InvalidArgument', 400, { query: { 'tag-value': 'v' } }],
])('answers %s (%i) to %o', async (code, status, request) => {
  expect(await ossRequest(server, request)).toMatchObject({ status, code });
});

it.each([
  ['gzip;q=0', false],
  ['deflate, gzip ; q=0.000, br', false],
  ['gzip;q=0.5', true],
  ['GZIP', true],
])('compresses for a client that accepts %s: %s', async (accepted, isCompressed) => {
  await call('text', { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'text '.repeat(1000) });
  const { headers } = await call('text', { headers: { 'accept-encoding': accepted } });
  expect(headers['content-encoding']).toBe(isCompressed ? 'gzip' : undefined);
});

it('lets nobody write headers by a value for one', async () => {
  put('chosen');
  const query = { 'response-content-disposition': 'a\r\nset-cookie: b' };
  expect(await call('chosen', { query })).toMatchObject({ status: 400, code: 'InvalidArgument' });
});

it.each([{ origin: 'https://a' }, { 'access-control-request-method': 'GET' }, {}])(
  'takes no preflight with %j alone',
  async (headers) => {
    const asked = await call('k', { method: 'OPTIONS', headers: headers as Record<string, string> });
    expect(asked.status).toBe(400);
  },
);

it('deletes up to a thousand objects at once', async () => {
  const remove = (count: number) =>
    ossRequest(server, {
      method: 'POST',
      path: bucket,
      query: { delete: '' },
      body: `<Delete>${Array.from({ length: count }, (_, at) => `<Object><Key>gone-${at}</Key></Object>`).join('')}</Delete>`,
    });
  expect(await remove(1000)).toMatchObject({ status: 200 });
  for (const count of [0, 1001]) {
    expect(await remove(count)).toMatchObject({ status: 400, code: 'MalformedXML' });
  }
});
