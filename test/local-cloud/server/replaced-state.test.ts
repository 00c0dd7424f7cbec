import * as fs from 'node:fs';
import * as http from 'node:http';
import MNSClient from '@alicloud/mns';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { ossRequest } from '../oss-http/signed-request';
import { REGION, startHttpServer, type StartedHttpServer } from './started-http-server';
import { eventually } from '../../eventually';

let server: StartedHttpServer;

beforeEach(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket(REGION, { name: 'data' });
});
afterEach(() => server.stop());

it('a long poll ends when the account is reset', async () => {
  const { account, endpoint } = server;
  account.mns.createQueue(REGION, { queueName: 'queue' });
  const client = new MNSClient(account.identity.accountId, {
    ...account.identity,
    region: REGION,
    endpoint: `http://${endpoint}`,
  });
  const receive = vi.spyOn(account.mns, 'receiveMessages');
  const polled = client.receiveMessage('queue', 30);
  await Promise.all([
    expect(polled).rejects.toThrow(/ServiceUnavailable|503/),
    eventually(() => expect(receive).toHaveBeenCalled()).then(() => resetAccount(account)),
  ]);
});

it('an upload that is under way when the account is replaced does not land in the next one', async () => {
  const { account, port } = server;
  account.oss.updateBucket('data', { acl: 'public-read-write' });
  const request = http.request({ port, method: 'PUT', path: '/data/late', headers: { 'content-length': 10 } });
  const ended = new Promise<string>((resolve) => {
    request.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    request.on('response', (response) => resolve(String(response.statusCode)));
  });
  request.write('first');
  const receiving = vi.spyOn(account.oss.blobs, 'scratch');
  await eventually(() => expect(receiving).toHaveBeenCalled());
  resetAccount(account);
  account.oss.createBucket(REGION, { name: 'data', acl: 'public-read-write' });
  request.end('later');
  expect(['ECONNRESET', '503']).toContain(await ended);
  expect([...account.oss.objects('data')]).toEqual([]);
});

it('an object that is read while it is overwritten is the old or the new one', async () => {
  const content = (letter: string) => letter.repeat(300_000);
  const put = (letter: string) => ossRequest(server, { method: 'PUT', path: 'data/key', body: content(letter) });
  await put('a');
  let isWriting = true;
  const write = async (): Promise<void> => {
    for (const letter of 'bcdefghijklmnopqrstuvwxyz') {
      expect((await put(letter)).status).toBe(200);
    }
    isWriting = false;
  };
  const read = async (): Promise<void> => {
    while (isWriting) {
      const { status, text } = await ossRequest(server, { path: 'data/key' });
      expect(status).toBe(200);
      expect(text === content(text[0])).toBe(true);
    }
  };
  await Promise.all([write(), read(), read(), read()]);
  const { blobs } = server.account.oss;
  expect(fs.readdirSync(blobs.folder).flatMap((shard) => fs.readdirSync(`${blobs.folder}/${shard}`))).toHaveLength(1);
});

it('a content that the folder has lost is an error at the call', async () => {
  const { blobs } = server.account.oss;
  const { blob } = server.account.oss.putObject('data', 'key', Buffer.from('content'));
  fs.truncateSync(blobs.pathOf(blob), 3);
  for (const headers of [{}, { range: 'bytes=0-1' }] as Record<string, string>[]) {
    const response = await ossRequest(server, { path: 'data/key', headers });
    expect({ status: response.status, code: response.code }).toEqual({ status: 500, code: 'InternalError' });
    expect(response.text).toContain(`blobs/${blob} has 3 bytes, expected 7 bytes`);
  }
});
