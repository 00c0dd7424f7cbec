import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChannelReport, runSmokeTest, UsageError } from '../../lib/smoke';
import { FaultServer, hangUp, PASSWORD, running, type Script, task, USER } from './fault-server';

const openssl = spawnSync('openssl', ['version']).status === 0;

/** A packet of the MySQL protocol. */
const packet = (sequence: number, ...parts: readonly (Buffer | string | readonly number[])[]): Buffer => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as Buffer)));
  return Buffer.concat([Buffer.from([body.length & 0xff, body.length >> 8, 0, sequence]), body]);
};

// Version 10, connection 1, a scramble, PROTOCOL_41, SSL, SECURE_CONNECTION and PLUGIN_AUTH among the capabilities.
const GREETING = packet(
  0,
  [10],
  '5.7.0-tls\0',
  [1, 0, 0, 0],
  '12345678\0',
  [0x01, 0x8a, 33, 2, 0, 0x08, 0, 21],
  Buffer.alloc(10),
  '123456789012\0',
  'mysql_native_password\0',
);

const BROKEN = '-----BEGIN CERTIFICATE-----\nnope\n-----END CERTIFICATE-----\n';

const SSL_REQUEST_BYTES = 36;

// `skipIf` tells in the list of tests that openssl is missing.
describe.skipIf(!openssl)('TLS (needs openssl to make a certificate)', () => {
  let folder: string;
  let server: Server;
  let plain: string;
  let secret: string;
  const sockets: Socket[] = [];
  const pem = (name: string): string => fs.readFileSync(path.join(folder, name), 'utf8');

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-smoke-'));
    for (const name of ['own', 'other']) {
      const files = ['-keyout', path.join(folder, `${name}.key`), '-out', path.join(folder, `${name}.crt`)];
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'];
      const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      expect(spawnSync('openssl', ['req', '-x509', ...curve, ...names, ...files]).status).toBe(0);
    }
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(GREETING);
      socket.once('readable', () => {
        // The request for TLS is of fixed length; what follows it is TLS already.
        plain += (socket.read(SSL_REQUEST_BYTES) as Buffer).toString('latin1');
        const secure = new TLSSocket(socket, { isServer: true, key: pem('own.key'), cert: pem('own.crt') });
        secure.on('error', () => undefined);
        secure.once('data', (login) => {
          secret += login.toString('latin1');
          secure.write(packet(3, [0, 0, 0, 2, 0, 0, 0]));
          secure.once('data', (query) => {
            secret += query.toString('latin1');
            // 1064 with its state: enough to show that a statement came through.
            secure.write(packet(1, [0xff, 0x28, 0x04], '#42000', 'read in secret'));
          });
        });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  });

  afterAll(async () => {
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
    fs.rmSync(folder, { recursive: true });
  });

  async function run(
    ca: string | undefined,
    host = 'localhost',
    { port } = server.address() as AddressInfo,
  ): Promise<ChannelReport> {
    plain = secret = '';
    const report = await runSmokeTest({
      channels: [
        { name: 'c', outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q', query: 'select it' } },
      ],
      env: { DLA_USER: USER, DLA_PASSWORD: PASSWORD },
      host,
      port,
      // Authorities ask for TLS by themselves.
      tls: ca === undefined ? true : undefined,
      ca,
      timeoutMillis: 10_000,
    });
    return report.channels[0];
  }

  it('carries log-in and statements', async () => {
    const report = await run(pem('own.crt'));
    expect(report.reason).toBe('the query was refused: ER_PARSE_ERROR: read in secret');
    expect(secret).toContain(USER);
    expect(secret).toContain('select it');
    expect(plain).not.toContain(USER);
  });

  it.each([
    ['the authorities of the machine do not know', undefined],
    ['another authority signed', 'other.crt'],
  ])('is refused, before the log-in, with a certificate that %s', async (_, ca) => {
    const report = await run(ca && pem(ca));
    expect(report).toMatchObject({ outcome: 'fail', code: 'connection-failed' });
    expect(report.reason).toMatch(
      /(self-signed certificate|unable to (get|verify)).*: --ca FILE names the certificates to trust/,
    );
    expect(secret).toBe('');
  });

  it.each([
    ['a private key', 'ca: expected certificates in PEM, got none', () => pem('own.key')],
    ['half a certificate', /^ca: certificate 1 is broken: ERR_OSSL/, () => pem('own.crt').slice(0, 200)],
    ['a broken one behind a sound one', /^ca: certificate 2 is broken: ERR_OSSL/, () => pem('own.crt') + BROKEN],
  ])('is not begun with %s for the authorities', async (_, message, ca) => {
    const ended = run(ca());
    await expect(ended).rejects.toThrow(UsageError);
    await expect(ended).rejects.toThrow(message);
  });

  it('takes authorities with text between them', async () => {
    expect((await run(`of us\n${pem('own.crt')}of others\n${pem('other.crt')}`)).code).toBe('submit-failed');
  });

  /** Ends of a connection after the request for TLS; undefined goes on. */
  type Cut = 'reset' | 'end' | undefined;

  /** Runs against a fault server with TLS before it, which cuts its first, second, … connection. */
  async function runCut(cuts: readonly Cut[], script: Script): Promise<[ChannelReport, FaultServer]> {
    const behind = await FaultServer.start(script);
    let connections = 0;
    const front = createServer((socket) => {
      const cut = cuts[connections++];
      const onward = connect(behind.port, '127.0.0.1').on('error', () => undefined);
      sockets.push(
        socket.on('error', () => undefined),
        onward,
      );
      onward.once('data', (greeting) => {
        // SSL among the capabilities, which stand behind the version, the connection and half of the scramble.
        greeting[greeting.indexOf(0, 5) + 1 + 4 + 8 + 1 + 1] |= 0x08;
        socket.write(greeting);
        socket.once('readable', () => {
          socket.read(SSL_REQUEST_BYTES);
          if (cut !== undefined) {
            void (cut === 'reset' ? socket.resetAndDestroy() : socket.end());
            return;
          }
          const secure = new TLSSocket(socket, { isServer: true, key: pem('own.key'), cert: pem('own.crt') });
          secure.on('error', () => undefined);
          onward.on('close', () => secure.destroy());
          // The request for TLS was a packet that the server behind does not know of.
          secure.once('data', (login) => (login.writeUInt8(1, 3), onward.write(login), secure.pipe(onward)));
          onward.once('data', (welcome) => (welcome.writeUInt8(3, 3), secure.write(welcome), onward.pipe(secure)));
        });
      });
    });
    await new Promise<void>((resolve) => front.listen(0, 'localhost', resolve));
    try {
      return [await run(pem('own.crt'), 'localhost', front.address() as AddressInfo), behind];
    } finally {
      sockets.forEach((socket) => socket.destroy());
      await new Promise((resolve) => front.close(resolve));
      await behind.stop();
    }
  }

  it.each([
    ['reset', 'at connect', ['reset'], {}],
    ['closed', 'at connect', ['end'], {}],
    ['reset', 'while polling', [undefined, 'reset'], { poll: [running(), hangUp(), task()] }],
    ['closed', 'while polling', [undefined, 'end'], { poll: [running(), hangUp(), task()] }],
  ] as [string, string, Cut[], Script][])(
    'that is %s within its handshake %s is tried again',
    async (_, __, ...how) => {
      const [report, behind] = await runCut(...how);
      expect(report).toMatchObject({ outcome: 'pass', lastError: expect.stringMatching(/ECONNRESET/) as string });
      expect(behind.count('submit')).toBe(1);
    },
  );

  it('is refused, before the log-in, with a certificate of another host', async () => {
    const { address } = server.address() as AddressInfo;
    const certificate = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '1',
    ];
    const files = ['-keyout', path.join(folder, 'own.key'), '-out', path.join(folder, 'own.crt')];
    const names = ['-subj', '/CN=elsewhere.example', '-addext', 'subjectAltName=DNS:elsewhere.example'];
    expect(spawnSync('openssl', [...certificate, ...names, ...files]).status).toBe(0);
    for (const host of ['localhost', address]) {
      const report = await run(pem('own.crt'), host);
      expect(report).toMatchObject({ outcome: 'fail', code: 'connection-failed' });
      expect(report.reason).toContain("does not match certificate's altnames");
      expect(secret).toBe('');
    }
  });
});
