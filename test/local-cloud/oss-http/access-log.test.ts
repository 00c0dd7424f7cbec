import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  const { oss } = server.account;
  oss.createBucket('cn-hangzhou', { name: 'logs' });
  oss.createBucket('cn-hangzhou', { name: 'watched' });
  oss.createBucket('cn-hangzhou', { name: 'other' });
  oss.updateBucket('watched', { logging: { targetBucket: 'logs', targetPrefix: 'access/' } });
});
afterAll(() => server.stop());

it('tells of each request to the bucket, in the bucket that was named', async () => {
  const { oss, identity } = server.account;
  await ossRequest(server, { method: 'PUT', path: 'watched/a b', body: '12345' });
  await ossRequest(server, { path: 'watched/none', headers: { 'user-agent': 'x"y', referer: 'https://r' } });
  await ossRequest(
    server,
    { path: 'watched/a b', query: { OSSAccessKeyId: 'x', Expires: '1', Signature: 's3cret' } },
    null,
  );
  await ossRequest(server, { path: 'other' });
  oss.accessLog.flush();

  const [log, ...more] = [...oss.objects('logs')];
  expect(more).toEqual([]);
  expect(log.key).toMatch(/^access\/watched\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-\w+$/);
  const { text } = await ossRequest(server, { path: `logs/${log.key}` });
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  const start = String.raw`^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] `;
  expect(lines[0]).toMatch(new RegExp(`${start}"PUT /watched/a%20b HTTP/1.1" 200 0 \\d+ "-" "-" "127.0.0.1:`));
  expect(lines[0]).toContain(` "true" "${identity.accountId}" "PutObject" "watched" "a%20b" 5 `);
  expect(lines[1]).toMatch(new RegExp(`${start}"GET /watched/none HTTP/1.1" 404 \\d+ \\d+ "https://r" "x%22y" `));
  expect(lines[1]).toContain('"GetObject" "watched" "none" - ');
  expect(lines[1]).toContain(' "NoSuchKey" ');
  expect(lines[2]).toContain('"GET /watched/a%20b?OSSAccessKeyId=x&Expires=1&Signature=- HTTP/1.1" 403 ');
  expect(text).not.toContain('s3cret');
});

it('tells of a user who went while it uploaded, and changes no answer', async () => {
  const { ram, oss } = server.account;
  ram.createUser({ userName: 'leaving' });
  const document = { Version: '1', Statement: [{ Effect: 'Allow', Action: 'oss:*', Resource: '*' }] };
  ram.createPolicy({ policyName: 'oss', document: JSON.stringify(document) });
  ram.attachPolicy('user', 'leaving', 'Custom', 'oss');
  const key = ram.accessKeys.create('leaving');
  const wasAsked = vi.spyOn(oss, 'checkAbsent').mockImplementationOnce(() => {
    // The request was let in, and its body is still to come.
    ram.detachPolicy('user', 'leaving', 'Custom', 'oss');
    ram.accessKeys.delete('leaving', key.accessKeyId);
    ram.deleteUser('leaving');
  });
  const headers = { 'x-oss-forbid-overwrite': 'true' };
  const put = await ossRequest(server, { method: 'PUT', path: 'watched/late', headers, body: '1' }, key);
  expect(put).toMatchObject({ status: 200, code: '' });
  expect(wasAsked).toHaveBeenCalled();
});

it('does no harm where its bucket is gone', async () => {
  const { oss } = server.account;
  for (const { key } of [...oss.objects('logs')]) {
    oss.deleteObject('logs', key);
  }
  oss.deleteBucket('logs');
  expect((await ossRequest(server, { path: 'watched/a b' })).status).toBe(200);
  oss.accessLog.flush();
});
