import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { AddressInfo, createServer, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChannelReport, runSmokeTest } from '../../lib/smoke';
import { PASSWORD, USER } from './fault-server';

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

const SSL_REQUEST_BYTES = 36;

// `skipIf` tells in the list of tests that openssl is missing.
describe.skipIf(!openssl)('TLS (needs openssl to make a certificate)', () => {
  let folder: string;
  let server: Server;
  let plain: string;
  let secret: string;
  const sockets: Socket[] = [];
  const pem = (name: string): string => readFileSync(join(folder, name), 'utf8');

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'dla-smoke-'));
    for (const name of ['own', 'other']) {
      const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)];
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
    rmSync(folder, { recursive: true });
  });

  async function run(ca: string | undefined, host = 'localhost'): Promise<ChannelReport> {
    plain = secret = '';
    const report = await runSmokeTest({
      channels: [
        { name: 'c', outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q', query: 'select it' } },
      ],
      env: { DLA_USER: USER, DLA_PASSWORD: PASSWORD },
      host,
      port: (server.address() as AddressInfo).port,
      tls: true,
      ca,
      timeoutMillis: 10_000,
    });
    return report.channels[0]!;
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
    expect(report.reason).toMatch(/self-signed certificate|unable to (get|verify)/);
    expect(secret).toBe('');
  });

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
    const files = ['-keyout', join(folder, 'own.key'), '-out', join(folder, 'own.crt')];
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
