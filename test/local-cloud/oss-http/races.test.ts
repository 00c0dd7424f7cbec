import * as http from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket('cn-hangzhou', { name: 'race' });
});
afterAll(() => server.stop());

const MANY = 10;
const times = <T>(make: (index: number) => T): T[] => Array.from({ length: MANY }, (_, index) => make(index));
const PART = 'p'.repeat(100 * 1024);

describe('what forbids to overwrite', () => {
  const headers = { 'x-oss-forbid-overwrite': 'true' };

  it('is stored by one of many', async () => {
    const puts = times((index) =>
      ossRequest(server, { method: 'PUT', path: 'race/put', headers, body: String(index) }),
    );
    const answers = await Promise.all(puts);
    const won = answers.findIndex(({ status }) => status === 200);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ code }) => code === 'FileAlreadyExists')).toHaveLength(MANY - 1);
    expect((await ossRequest(server, { path: 'race/put' })).text).toBe(String(won));
  });

  it('is stored by one of many whose bodies come later than their headers', async () => {
    const answers = await Promise.all(times(() => slowPut('race/slow')));
    expect(answers.sort()).toEqual([200, ...Array<number>(MANY - 1).fill(409)]);
  });

  it('is completed by one of many uploads', async () => {
    const { uploads } = server.account.oss;
    const answers = await Promise.all(
      times(async () => {
        const { uploadId } = uploads.initiate('race', 'completed', {});
        await ossRequest(server, {
          method: 'PUT',
          path: 'race/completed',
          query: { uploadId, partNumber: '1' },
          body: 'x',
        });
        return ossRequest(server, {
          method: 'POST',
          path: 'race/completed',
          query: { uploadId },
          headers: { ...headers, 'x-oss-complete-all': 'yes' },
        });
      }),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['', 'FileAlreadyExists']));
    uploads.list('race').forEach((upload) => uploads.abort(upload));
  });

  it('replaces nothing in a bucket with versions, and is not asked there', async () => {
    server.account.oss.createBucket('cn-hangzhou', { name: 'race-versions' });
    server.account.oss.updateBucket('race-versions', { versioning: 'Enabled' });
    const puts = times(() => ossRequest(server, { method: 'PUT', path: 'race-versions/k', headers, body: 'x' }));
    expect((await Promise.all(puts)).map(({ status }) => status)).toEqual(times(() => 200));
  });

  /** Signed, but the body comes when the others' headers are there. */
  function slowPut(path: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const { oss } = server.account;
      oss.updateBucket('race', { acl: 'public-read-write' });
      const request = http.request(
        {
          host: '127.0.0.1',
          port: server.port,
          method: 'PUT',
          path: `/${path}`,
          headers: { ...headers, 'content-length': 4 },
        },
        (response) => response.resume().on('end', () => resolve(response.statusCode!)),
      );
      request.on('error', reject);
      request.flushHeaders();
      waiting.push(() => request.end('body'));
      if (waiting.length === MANY) {
        setTimeout(() => waiting.splice(0).forEach((end) => end()), 50);
      }
    });
  }
  const waiting: (() => void)[] = [];
});

describe('completing an upload', () => {
  it('against giving it up has one winner, and errors that are the service’s', async () => {
    const { oss } = server.account;
    for (let round = 0; round < 10; round += 1) {
      const key = `ended-${round}`;
      const { uploadId } = oss.uploads.initiate('race', key, {});
      for (const partNumber of ['1', '2', '3']) {
        await ossRequest(server, { method: 'PUT', path: `race/${key}`, query: { uploadId, partNumber }, body: PART });
      }
      const complete = ossRequest(server, {
        method: 'POST',
        path: `race/${key}`,
        query: { uploadId },
        headers: { 'x-oss-complete-all': 'yes' },
      });
      const abort = ossRequest(server, { method: 'DELETE', path: `race/${key}`, query: { uploadId } });
      const part = ossRequest(server, {
        method: 'PUT',
        path: `race/${key}`,
        query: { uploadId, partNumber: '4' },
        body: PART,
      });
      const answers = await Promise.all([complete, abort, part]);
      const [completed, aborted] = answers.map(({ status }) => status);
      expect([completed, aborted].filter((status) => status < 300)).toHaveLength(1);
      for (const { status, code, text } of answers) {
        expect(status < 300 || ['NoSuchUpload', 'InvalidPart'].includes(code), text).toBe(true);
      }
      expect(oss.uploads.list('race')).toEqual([]);
    }
    // No part is left behind by what lost.
    expect([...oss.uploads.allParts()]).toEqual([]);
  });
});

it('reads the old or the new object beside an overwrite, never an error and no mixture', async () => {
  const contents = ['a', 'b'].map((letter) => letter.repeat(300 * 1024));
  const put = (index: number) => ossRequest(server, { method: 'PUT', path: 'race/read', body: contents[index % 2] });
  await put(0);
  const reads = Array.from({ length: 40 }, () => ossRequest(server, { path: 'race/read' }));
  const writes = Array.from({ length: 20 }, (_, index) => put(index));
  for (const { status, text } of await Promise.all(reads)) {
    expect(status).toBe(200);
    expect(contents.includes(text)).toBe(true);
  }
  await Promise.all(writes);
});
