import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Digester } from '../../../lib/local-cloud/store/digest';
import { startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { ossRequest } from './signed-request';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket('cn-hangzhou', { name: 'appended' });
  server.account.oss.createBucket('cn-hangzhou', { name: 'versioned' });
  server.account.oss.updateBucket('versioned', { versioning: 'Enabled' });
});
afterAll(() => server.stop());

const append = (path: string, position: number | string, body: string, headers: Record<string, string> = {}) =>
  ossRequest(server, { method: 'POST', path, query: { append: '', position: String(position) }, body, headers });
const read = (path: string) => ossRequest(server, { path });

describe('an append', () => {
  it('makes the object, then lengthens it, and tells where the next one goes', async () => {
    const first = await append('appended/log', 0, 'one', { 'x-oss-meta-a': '1', 'content-type': 'text/csv' });
    expect(first.headers).toMatchObject({ 'x-oss-next-append-position': '3' });
    const second = await append('appended/log', 3, 'two', { 'x-oss-meta-a': '2' });
    const digester = new Digester();
    digester.update(Buffer.from('onetwo'));
    const md5 = (text: string) => `"${createHash('md5').update(text).digest('hex').toUpperCase()}"`;
    expect(first.headers.etag).toBe(md5('one'));
    expect(second.headers.etag).not.toBe(md5('onetwo'));
    expect(second.headers).toMatchObject({
      'x-oss-next-append-position': '6',
      'x-oss-hash-crc64ecma': digester.digest().crc64,
    });
    const { text, headers } = await read('appended/log');
    expect(text).toBe('onetwo');
    expect(headers).toMatchObject({
      'x-oss-object-type': 'Appendable',
      'x-oss-next-append-position': '6',
      'x-oss-meta-a': '1',
      'content-type': 'text/csv',
      etag: second.headers.etag,
    });
    expect(headers).not.toHaveProperty('content-md5');
    const listed = await ossRequest(server, { path: 'appended', query: { prefix: 'log' } });
    expect(listed.text).toContain('<Type>Appendable</Type><Size>6</Size>');
  });

  it('elsewhere than at the end is refused, and tells where the end is', async () => {
    await append('appended/end', 0, '12345');
    for (const position of [0, 4, 6]) {
      expect(await append('appended/end', position, 'x')).toMatchObject({
        status: 409,
        code: 'PositionNotEqualToLength',
        headers: { 'x-oss-next-append-position': '5' },
      });
    }
    expect(await append('appended/none', 1, 'x')).toMatchObject({ status: 409, code: 'PositionNotEqualToLength' });
    expect(await append('appended/end', 'x', 'x')).toMatchObject({ status: 400, code: 'InvalidArgument' });
    expect((await read('appended/end')).text).toBe('12345');
  });

  it('to what was not made by one is refused', async () => {
    server.account.oss.putObject('appended', 'put', Buffer.from('put'));
    for (const position of [0, 3]) {
      expect(await append('appended/put', position, 'x')).toMatchObject({ status: 409, code: 'ObjectNotAppendable' });
    }
    await ossRequest(server, {
      method: 'PUT',
      path: 'appended/copy',
      headers: { 'x-oss-copy-source': '/appended/log' },
    });
    expect(await append('appended/copy', 6, 'x')).toMatchObject({ status: 409, code: 'ObjectNotAppendable' });
  });

  it('whose body is not what its MD5 says leaves the object as it was, and nothing in the folder', async () => {
    await append('appended/md5', 0, 'kept');
    const files = () =>
      (fs.readdirSync(server.account.oss.blobs.folder, { recursive: true }) as string[]).filter((name) =>
        fs.statSync(path.join(server.account.oss.blobs.folder, name)).isFile(),
      ).length;
    const before = files();
    expect((await append('appended/md5', 4, 'lost', { 'content-md5': md5('other') })).code).toBe('InvalidDigest');
    expect((await read('appended/md5')).text).toBe('kept');
    expect(files()).toBe(before);
    expect((await append('appended/md5', 4, 'more', { 'content-md5': md5('more') })).status).toBe(200);
    expect(files()).toBe(before);
  });

  it('keeps the version that it lengthens', async () => {
    const { headers } = await append('versioned/log', 0, 'one');
    expect(headers['x-oss-version-id']).toMatch(/^CAEQ/);
    const next = await append('versioned/log', 3, 'two');
    expect(next.headers['x-oss-version-id']).toBe(headers['x-oss-version-id']);
    expect(server.account.oss.objectVersions('versioned', 'log')).toHaveLength(1);
    server.account.oss.deleteObject('versioned', 'log');
    expect(await append('versioned/log', 0, 'x')).toMatchObject({ status: 409, code: 'ObjectNotAppendable' });
  });

  it('at one position is won by one of many, and no content is lost or mixed', async () => {
    let content = '';
    for (let round = 0; round < 5; round += 1) {
      const bodies = Array.from({ length: 8 }, (_, index) => `${round}-${index};`);
      const answers = await Promise.all(bodies.map((body) => append('appended/race', content.length, body)));
      const won = bodies.filter((_, index) => answers[index].status === 200);
      expect(won).toHaveLength(1);
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['', 'PositionNotEqualToLength']));
      content += won[0];
    }
    expect((await read('appended/race')).text).toBe(content);
  });

  it('is refused where the object was replaced meanwhile by one of the same length', async () => {
    const { oss } = server.account;
    await append('appended/replaced', 0, 'old');
    const after = oss.appendTarget('appended', 'replaced', 3);
    oss.deleteObject('appended', 'replaced');
    await append('appended/replaced', 0, 'new');
    const file = oss.blobs.scratch();
    fs.writeFileSync(file, 'oldmore');
    const digest = { size: 7, md5: '', crc64: '0' };
    expect(() => oss.appendObject('appended', 'replaced', { position: 3, after, file, digest }, {})).toThrow(
      /replaced/,
    );
    expect((await read('appended/replaced')).text).toBe('new');
  });
});

function md5(text: string): string {
  return createHash('md5').update(text).digest('base64');
}
