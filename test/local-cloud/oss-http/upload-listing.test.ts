import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;
const KEYS = ['b/2', 'a', 'b/1', 'a', 'c d', 'a', 'b/3/x', 'd'];

beforeAll(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket('cn-hangzhou', { name: 'uploads' });
  KEYS.forEach((key) => server.account.oss.uploads.initiate('uploads', key, {}));
});
afterAll(() => server.stop());

const list = async (query: Record<string, string>) => {
  const { text } = await ossRequest(server, { path: 'uploads', query: { uploads: '', ...query } });
  const one = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
  return {
    text,
    keys: [...text.matchAll(/<Upload><Key>([^<]*)<\/Key>/g)].map(([, key]) => key),
    ids: [...text.matchAll(/<UploadId>([^<]*)<\/UploadId>/g)].map(([, id]) => id),
    prefixes: [...text.matchAll(/<CommonPrefixes><Prefix>([^<]*)</g)].map(([, prefix]) => prefix),
    next: [one('NextKeyMarker'), one('NextUploadIdMarker')] as const,
    truncated: one('IsTruncated') === 'true',
  };
};

it('orders uploads by key, those of one key by id, and names the markers on the last page too', async () => {
  const { keys, ids, next, text } = await list({});
  expect(keys).toEqual([...KEYS].sort());
  expect(ids.slice(0, 3)).toEqual([...ids.slice(0, 3)].sort());
  expect(next).toEqual(['', '']);
  expect(text).toMatch(/<Initiated>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z<\/Initiated>/);
});

it.each([1, 2, 3])('gives each upload and prefix once in pages of %i', async (size) => {
  const seen: string[] = [];
  let marker: Record<string, string> = {};
  for (let page = 0; page < 20; page += 1) {
    const found = await list({ delimiter: '/', 'max-uploads': String(size), ...marker });
    seen.push(...found.keys, ...found.prefixes);
    if (!found.truncated) {
      break;
    }
    marker = { 'key-marker': found.next[0]!, 'upload-id-marker': found.next[1]! };
  }
  expect(seen.sort()).toEqual(['a', 'a', 'a', 'b/', 'c d', 'd']);
});

it('goes on after the key of a marker, also when what it names is gone', async () => {
  expect((await list({ 'key-marker': 'b/1' })).keys).toEqual(['b/2', 'b/3/x', 'c d', 'd']);
  expect((await list({ 'key-marker': 'b/15', 'upload-id-marker': 'FF' })).keys).toEqual(['b/2', 'b/3/x', 'c d', 'd']);
  expect((await list({ 'upload-id-marker': 'FF' })).keys).toHaveLength(KEYS.length);
});

it('encodes keys when asked to', async () => {
  expect((await list({ prefix: 'c', 'encoding-type': 'url' })).keys).toEqual(['c%20d']);
  const other = await ossRequest(server, { path: 'uploads', query: { uploads: '', 'encoding-type': 'base64' } });
  expect(other.code).toBe('InvalidArgument');
});
