import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MAX_CONNECTIONS } from '../../../lib/local-cloud/dla/limits';
import { verifyNativePassword } from '../../../lib/local-cloud/dla/native-password';
import { tlsFiles } from '../../../lib/local-cloud/server/certificate';
import { eventually } from '../../eventually';
import { CREATE_PEOPLE, DlaFixture, ENDLESS } from './dla-fixture';
import { errno, loggedIn, login, RawClient, tokenOf } from './raw-client';

describe('the MySQL protocol', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start({ limits: { queryBytes: 2000 } });
  });

  afterEach(() => dla.remove());

  it.each([
    ['a wrong password', { password: 'wrong' }],
    ['an empty password', { password: '' }],
    ['another user', { user: 'root' }],
  ])('refuses %s', async (_, credentials) => {
    await expect(dla.connect(credentials)).rejects.toMatchObject({
      code: 'ER_ACCESS_DENIED_ERROR',
      errno: 1045,
      sqlState: '28000',
    });
  });

  it('refuses a login into a schema that does not exist', async () => {
    await expect(dla.connect({ database: 'absent' })).rejects.toMatchObject({ errno: 1049 });
  });

  it('does nothing for a client that goes on after a refused login', async () => {
    const client = new RawClient(dla.port);
    await client.until(1);
    client.packet(1, login('root', Buffer.alloc(20)));
    client.packet(0, Buffer.concat([Buffer.from([3]), Buffer.from(CREATE_PEOPLE[0])]));
    await client.closed;
    expect(client.packets.slice(1).map(errno)).toEqual([1045]);
    expect(dla.account.dla.listSchemas('cn-hangzhou')).toEqual([]);
  });

  it('answers commands that are sent before the last answer, in order', async () => {
    const client = await loggedIn(dla);
    for (const sql of ['use absent', 'select oops', 'drop x']) {
      client.packet(0, Buffer.concat([Buffer.from([3]), Buffer.from(sql)]));
    }
    client.packet(0, Buffer.from([14]));
    client.packet(0, Buffer.from([99]));
    const [, ok, ...answers] = await client.until(7);
    expect(ok[0]).toBe(0);
    expect(answers.map((packet) => (packet[0] === 0 ? 'ok' : errno(packet)))).toEqual([1049, 1054, 1064, 'ok', 1047]);
    client.end();
  });

  it('lets go of a client that sends on and on without waiting for answers', async () => {
    const client = await loggedIn(dla);
    const ping = Buffer.from([1, 0, 0, 0, 14]);
    client.send(Buffer.concat(Array.from({ length: 1000 }, () => ping)));
    await client.closed;
    expect(client.packets.length).toBeLessThan(100);
  });

  it('refuses a statement that is too long, and the connection lives on', async () => {
    const connection = await dla.connect();
    await expect(connection.query(`select '${'x'.repeat(2000)}'`)).rejects.toMatchObject({ errno: 1153 });
    await expect(connection.query(`select '${'x'.repeat(1900)}' x`)).resolves.toBeDefined();
  });

  it('does not keep a statement that is far too long', async () => {
    const connection = await dla.connect();
    await expect(connection.query(`select '${'x'.repeat(8 << 20)}'`)).rejects.toMatchObject({ errno: 1153 });
    await expect(dla.query('select 1 one')).resolves.toEqual([{ one: 1 }]);
  });

  it('refuses more connections than it can serve, and takes one again when another has left', async () => {
    const clients = Array.from({ length: MAX_CONNECTIONS }, () => new RawClient(dla.port));
    await Promise.all(clients.map((client) => client.until(1)));
    await expect(dla.connect()).rejects.toMatchObject({ errno: 1040 });
    clients.forEach((client) => client.end());
    await Promise.all(clients.map(({ closed }) => closed));
    await expect.poll(() => dla.query('select 1 one').catch((error: Error) => error.message)).toEqual([{ one: 1 }]);
  });

  it('ends the queries of clients that have gone, so that others get their turn', async () => {
    const clients = await Promise.all([1, 2, 3].map(() => dla.connect()));
    clients.forEach((client) => void client.query(ENDLESS).catch(() => {}));
    const watcher = await dla.connect();
    await eventually(async () => {
      const [rows] = await watcher.query<RowDataPacket[]>('show full processlist');
      expect(rows.filter(({ Info }) => Info === ENDLESS)).toHaveLength(3);
    });
    clients.forEach((client) => client.destroy());
    await expect(dla.query('select count(*) n from (values (1), (2))')).resolves.toEqual([{ n: 2 }]);
  });

  it('survives any bytes, before and after a login', async () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const asPackets = fc.array(fc.tuple(fc.integer({ min: 0, max: 255 }), bytes), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(bytes, asPackets, async (noise, packets) => {
        const client = new RawClient(dla.port);
        await client.until(1);
        packets.forEach(([sequence, payload]) => client.packet(sequence, payload));
        client.send(noise);
        await sleep(1);
        client.end();
        await client.closed;
      }),
      { numRuns: 100 },
    );
    await expect(dla.query('select 1 one')).resolves.toEqual([{ one: 1 }]);
  });

  it('survives any statement', async () => {
    const connection = await dla.connect();
    const word = fc.constantFrom(
      'select',
      '(',
      ')',
      ',',
      "'",
      '"',
      '`',
      '/*',
      '*/',
      '--',
      '#',
      '\\',
      '$$',
      '@@',
      ';',
      'from',
      '1',
      'x',
      '*',
      '雲',
      '\0',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 12 }), async (words) => {
        await connection
          .query(words.join(' '))
          .catch((error: { errno?: number }) => expect(error.errno).toBeGreaterThan(1000));
      }),
      { numRuns: 200 },
    );
    await expect(connection.query('select 1 one')).resolves.toMatchObject([[{ one: 1 }], {}]);
  });
});

describe('a client that cannot be served', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start();
  });

  afterEach(() => dla.remove());

  it('leaves nothing behind when it has left before the server was loaded', async () => {
    vi.resetModules();
    dla.server.once('connection', (socket) => socket.destroy());
    await new RawClient(dla.port).closed;
    expect(await dla.query('show processlist')).toHaveLength(1);
  });

  it('is let go, and the reason told on standard error', async () => {
    const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      dla.server.once('connection', (socket) => {
        const on = vi.spyOn(socket, 'on').mockImplementationOnce(() => {
          on.mockRestore();
          throw new Error('broken');
        });
      });
      await new RawClient(dla.port).closed;
      expect(told.mock.calls.join()).toContain('a client of DLA cannot be served: Error: broken');
    } finally {
      told.mockRestore();
    }
  });
});

describe('what a client may ask for beside plain packets', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-tls-'));
  const tls = tlsFiles(folder, {});
  let dla: DlaFixture;

  beforeAll(async () => {
    dla = await DlaFixture.start({ tls, limits: { queryBytes: 100_000 } });
    await dla.createPeople();
  });

  afterAll(async () => {
    await dla.remove();
    fs.rmSync(folder, { recursive: true });
  });

  it.each([
    ['TLS', () => ({ ssl: { ca: fs.readFileSync(tls.certificate) } })],
    ['compression', () => ({ compress: true })],
    ['both', () => ({ compress: true, ssl: { ca: fs.readFileSync(tls.certificate) } })],
  ])('%s', async (_, options) => {
    const connection = await dla.connect(options());
    const [rows] = await connection.query(`select repeat('long ', 20000) text, id from lake.people order by id`);
    expect((rows as { text: string; id: number }[]).map(({ text, id }) => [text.length, id])).toEqual(
      [1, 2, 3].map((id) => [100_000, id]),
    );
    await expect(connection.query('drop x')).rejects.toMatchObject({ errno: 1064 });
    await expect(connection.query(`select '${'x'.repeat(120_000)}'`)).rejects.toMatchObject({ errno: 1153 });
    await expect(connection.execute('select ? one', ['1'])).resolves.toMatchObject([[{ one: '1' }], {}]);
  });

  it('TLS, which the variables tell', async () => {
    expect(await dla.query('select @@have_ssl a, @@have_openssl b')).toEqual([{ a: 'YES', b: 'YES' }]);
  });

  it('TLS, whose cipher the status of a session tells', async () => {
    const statusOf = async (options: object) =>
      (await (await dla.connect(options)).query("show status like 'Ssl\\_%'"))[0];
    const secured = await statusOf({ ssl: { ca: fs.readFileSync(tls.certificate) } });
    expect(secured).toEqual([
      { Variable_name: 'Ssl_cipher', Value: expect.stringMatching(/^(TLS|ECDHE)/) as string },
      { Variable_name: 'Ssl_version', Value: expect.stringMatching(/^TLSv1\.[23]$/) as string },
    ]);
    expect((await statusOf({})) as object[]).toMatchObject([{ Value: '' }, { Value: '' }]);
  });

  it('TLS, and lets go of a client that stops in the middle of its handshake', async () => {
    const impatient = await DlaFixture.start({ tls, limits: { handshakeMillis: 1000 } });
    const client = new RawClient(impatient.port);
    await client.until(1);
    const request = Buffer.alloc(32);
    request.writeUInt32LE(0x200 | 0x800 | 0x8000);
    client.packet(1, request);
    client.send(Buffer.from([0x16, 3, 1, 2, 0]));
    await client.closed;
    await impatient.remove();
  });

  it('TLS, which is not told where there is no certificate', async () => {
    const other = await DlaFixture.start();
    const connection = other.connect({ ssl: { rejectUnauthorized: false } });
    await expect(connection).rejects.toMatchObject({ code: 'HANDSHAKE_NO_SSL_SUPPORT' });
    const client = new RawClient(other.port);
    await client.until(1);
    const request = Buffer.alloc(32);
    request.writeUInt32LE(0x200 | 0x800 | 0x8000);
    client.packet(1, request);
    await client.closed;
    expect(errno(client.packets[1])).toBe(1043);
    await other.remove();
  });

  it('no EOF packets: the end of rows is an OK packet that begins like one', async () => {
    const client = await loggedIn(dla, 0x1000000);
    client.packet(0, Buffer.from('\x03select id from lake.people where id = 1'));
    const answer = (await client.until(6)).slice(2);
    expect(answer.map((one) => one[0])).toEqual([1, 3, 1, 0xfe]);
    expect(answer[3]).toEqual(Buffer.from([0xfe, 0, 0, 2, 0, 0, 0]));
    client.end();
  });

  it('the columns of a statement when it is prepared', async () => {
    const client = await loggedIn(dla);
    client.packet(0, Buffer.from('\x16select id, name from lake.people where id > ? limit ?'));
    const [prepared] = (await client.until(3)).slice(2);
    expect([prepared.readUInt16LE(5), prepared.readUInt16LE(7)]).toEqual([2, 2]);
    // Two parameters and two columns, and an EOF after each.
    await client.until(9);
    client.end();
  });

  it('bytes of binary columns as they are', async () => {
    const connection = await dla.connect();
    const sql = "select X'00ff10' few, cast(repeat('ab', 40) as varbinary) many";
    const bytes = { few: Buffer.from('00ff10', 'hex'), many: Buffer.from('ab'.repeat(40)) };
    await expect(connection.query(sql)).resolves.toMatchObject([[bytes], {}]);
    await expect(connection.execute(sql)).resolves.toMatchObject([[bytes], {}]);
  });

  it('several statements in one request, of which none is run', async () => {
    const connection = await dla.connect({ multipleStatements: true });
    await expect(connection.query("create schema half with dbproperties (catalog='oss'); select 1")).rejects.toThrow(
      /several statements/,
    );
    await expect(connection.query('select 1 one;;')).resolves.toMatchObject([[{ one: 1 }], {}]);
    expect(dla.account.dla.listSchemas('cn-hangzhou').map(({ name }) => name)).toEqual(['lake']);
  });

  it('the columns of a table, the processes, and options', async () => {
    const client = await loggedIn(dla);
    client.packet(0, Buffer.from('\x1b\x00\x00', 'latin1'));
    expect(errno((await client.until(3))[2])).toBe(1235);
    client.packet(0, Buffer.from('\x1b\x01\x00', 'latin1'));
    expect((await client.until(4))[3][0]).toBe(0xfe);
    client.packet(0, Buffer.from('\x02lake'));
    expect((await client.until(5))[4][0]).toBe(0);
    client.packet(0, Buffer.from('\x04people\0'));
    const fields = (await client.until(9)).slice(5);
    expect(fields.map((one) => one[0])).toEqual([3, 3, 3, 0xfe]);
    client.packet(0, Buffer.from([10]));
    expect((await client.until(10))[9][0]).toBe(8);
    client.end();
  });

  it('packets out of order, which ends the connection', async () => {
    const client = await loggedIn(dla);
    client.packet(7, Buffer.from([14]));
    await client.closed;
    expect(errno(client.packets[2])).toBe(1156);
  });

  it('compression of what is no compressed packet, which ends the connection', async () => {
    const client = await loggedIn(dla, 0x20);
    expect(client.packets[1][0]).toBe(0);
    client.send(Buffer.from([4, 0, 0, 0, 100, 0, 0, 1, 2, 3, 4]));
    await client.closed;
    // Behind the header of a compressed packet comes that of the packet in it.
    expect(errno(client.packets[2].subarray(3 + 4))).toBe(1157);
  });
});

it('a client that does not log in is let go', async () => {
  const dla = await DlaFixture.start({ limits: { handshakeMillis: 20 } });
  await new RawClient(dla.port).closed;
  await dla.remove();
});

it('a client that asks to log in otherwise, and then says nothing, is let go', async () => {
  const dla = await DlaFixture.start({ limits: { handshakeMillis: 1000 } });
  const client = new RawClient(dla.port);
  await client.until(1);
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(0x1 | 0x200 | 0x8000 | 0x80000);
  client.packet(1, Buffer.concat([fixed, Buffer.from('user\0\x03abccaching_sha2_password\0')]));
  await client.closed;
  await dla.remove();
});

describe('mysql_native_password', () => {
  it('takes the token of the password and no other', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }),
        fc.string(),
        fc.uint8Array({ minLength: 20, maxLength: 20 }),
        (password, other, scramble) => {
          const token = tokenOf(password, scramble);
          expect(verifyNativePassword(password, scramble, token)).toBe(true);
          expect(verifyNativePassword(other, scramble, token)).toBe(other === password);
          expect(verifyNativePassword(password, scramble, token.subarray(1))).toBe(false);
          expect(verifyNativePassword(password, scramble, Buffer.alloc(0))).toBe(false);
        },
      ),
    );
  });
});
