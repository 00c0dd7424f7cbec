import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
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
  bucket = `subresources-${count}`;
  server.account.oss.createBucket('cn-hangzhou', { name: bucket });
});

const call = (key: string, rest: Omit<OssCall, 'path'> = {}) =>
  ossRequest(server, { path: `${bucket}/${key}`, ...rest });

describe('of one version', () => {
  let first: string;
  let second: string;
  const tagging = '<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>';

  beforeEach(() => {
    const { oss } = server.account;
    oss.updateBucket(bucket, { versioning: 'Enabled' });
    first = oss.putObject(bucket, 'k', Buffer.from('1')).versionId;
    second = oss.putObject(bucket, 'k', Buffer.from('2')).versionId;
  });

  const tagsOf = async (versionId: string) =>
    (await call('k', { query: { tagging: '', versionId } })).text.includes('<Key>k</Key>');

  it('tags are set and removed, the others stay', async () => {
    const query = { tagging: '', versionId: first };
    const put = await call('k', { method: 'PUT', query, body: tagging });
    expect(put).toMatchObject({ status: 200, headers: { 'x-oss-version-id': first } });
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([true, false]);
    await call('k', { method: 'PUT', query: { tagging: '' }, body: tagging });
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([true, true]);
    expect((await call('k', { method: 'DELETE', query })).status).toBe(204);
    expect([await tagsOf(first), await tagsOf(second)]).toEqual([false, true]);
  });

  it('the ACL is set, and decides who may read that version', async () => {
    const headers = { 'x-oss-object-acl': 'public-read' };
    await call('k', { method: 'PUT', query: { acl: '', versionId: first }, headers });
    const acl = async (versionId: string) => (await call('k', { query: { acl: '', versionId } })).text;
    expect(await acl(first)).toContain('<Grant>public-read</Grant>');
    expect(await acl(second)).toContain('<Grant>default</Grant>');
    const anonymous = (query: Record<string, string>) => ossRequest(server, { path: `${bucket}/k`, query }, null);
    expect((await anonymous({})).status).toBe(403);
    expect((await anonymous({ versionId: second })).status).toBe(403);
    expect((await anonymous({ versionId: first })).text).toBe('1');
  });

  it('that is not there is told', async () => {
    const versionId = `CAEQ${'0'.repeat(40)}`;
    for (const [method, subresource] of [
      ['PUT', 'tagging'],
      ['GET', 'tagging'],
      ['DELETE', 'tagging'],
      ['GET', 'acl'],
      ['PUT', 'acl'],
    ]) {
      const headers = { 'x-oss-object-acl': 'private' };
      const query = { [subresource]: '', versionId };
      const response = await call('k', { method, query, body: method === 'PUT' ? tagging : '', headers });
      expect(response).toMatchObject({ status: 404, code: 'NoSuchVersion' });
    }
  });
});

it('keys in headers are encoded as in a form', async () => {
  server.account.oss.putObject(bucket, 'a b+c', Buffer.from('content'));
  const copy = { 'x-oss-copy-source': `/${bucket}/a+b%2Bc` };
  expect(await call('copy', { method: 'PUT', headers: copy })).toMatchObject({ status: 200 });
  const link = { 'x-oss-symlink-target': 'a+b%2Bc' };
  expect(await call('link', { method: 'PUT', query: { symlink: '' }, headers: link })).toMatchObject({ status: 200 });
  expect(await call('link')).toMatchObject({ text: 'content' });
});

describe('a symlink', () => {
  const link = (key: string, target: string, headers: Record<string, string> = {}) =>
    call(key, {
      method: 'PUT',
      query: { symlink: '' },
      headers: { 'x-oss-symlink-target': encodeURIComponent(target), ...headers },
    });

  it('reads as what it stands for, with metadata and time of its own', async () => {
    server.account.oss.putObject(bucket, '目标', Buffer.from('content'), { contentType: 'text/csv' });
    expect((await link('link', '目标', { 'x-oss-meta-a': '1' })).status).toBe(200);
    const { text, headers } = await call('link');
    expect(text).toBe('content');
    const { md5 } = server.account.oss.getObject(bucket, '目标');
    expect(headers).toMatchObject({
      'x-oss-object-type': 'Symlink',
      'x-oss-meta-a': '1',
      'content-type': 'text/csv',
      'content-length': '7',
      etag: `"${md5}"`,
    });
    const got = await call('link', { query: { symlink: '' } });
    expect(got.headers['x-oss-symlink-target']).toBe(encodeURIComponent('目标'));
    expect((await call('link', { headers: { range: 'bytes=1-3' } })).text).toBe('ont');
    const listed = await ossRequest(server, { path: bucket, query: { prefix: 'link' } });
    expect(listed.text).toContain('<Type>Symlink</Type><Size>0</Size>');
  });

  it('is copied as a symlink', async () => {
    server.account.oss.putObject(bucket, 'target', Buffer.from('content'));
    await link('link', 'target');
    await call('copy', { method: 'PUT', headers: { 'x-oss-copy-source': `/${bucket}/link` } });
    expect((await call('copy', { query: { symlink: '' } })).headers['x-oss-symlink-target']).toBe('target');
    expect((await call('copy')).text).toBe('content');
  });

  it('to nothing, or to another symlink, is told when it is read', async () => {
    await link('one', 'none');
    await link('two', 'one');
    expect(await call('one')).toMatchObject({ status: 404, code: 'SymlinkTargetNotExist' });
    expect(await call('two')).toMatchObject({ status: 400, code: 'InvalidTargetType' });
    expect((await call('two', { method: 'HEAD' })).status).toBe(400);
  });

  it('needs a target, and is told from an object', async () => {
    expect((await call('link', { method: 'PUT', query: { symlink: '' } })).code).toBe('InvalidArgument');
    server.account.oss.putObject(bucket, 'plain', Buffer.from('x'));
    expect((await call('plain', { query: { symlink: '' } })).code).toBe('NotSymlink');
    expect(await call('none', { query: { symlink: '' } })).toMatchObject({ status: 404, code: 'NoSuchKey' });
  });

  it('shows nobody what he may not read', async () => {
    server.account.oss.putObject(bucket, 'secret', Buffer.from('content'));
    await link('public', 'secret', { 'x-oss-object-acl': 'public-read' });
    expect((await ossRequest(server, { path: `${bucket}/public` }, null)).status).toBe(403);
    server.account.oss.updateObject(bucket, 'secret', { acl: 'public-read' });
    expect((await ossRequest(server, { path: `${bucket}/public` }, null)).text).toBe('content');
  });
});
