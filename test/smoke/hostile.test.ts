import { constants, generateKeyPairSync, privateDecrypt } from 'node:crypto';
import * as fs from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type ChannelReport, runSmokeTest } from '../../lib/smoke';
import { PASSWORD, USER } from './fault-server';
import { greeting, okPacket, packet } from './packets';
import { eventually } from '../eventually';

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  sockets.clear();
  await new Promise((resolve) => server?.close(resolve) ?? resolve(undefined));
});

/** Runs the smoke test against a server that does this with each connection. */
async function meet(onConnection: (socket: Socket) => void, timeoutMillis = 20_000): Promise<ChannelReport> {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const report = await runSmokeTest({
    channels: [
      { name: 'c', outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'n', queue: 'q', query: 'select it' } },
    ],
    env: { DLA_USER: USER, DLA_PASSWORD: PASSWORD },
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    connectTimeoutMillis: 500,
    timeoutMillis,
  });
  return report.channels[0];
}

describe('without TLS, a server that asks for the password in another way', () => {
  // Those that mysql2 has, also ones that a later version may bring, and some that it has not.
  const ours = fs.readdirSync('node_modules/mysql2/lib/auth_plugins').filter((name) => name.endsWith('.js'));
  const plugins = [
    ...ours
      .map((name) => path.basename(name, '.js'))
      .filter((name) => !['index', 'mysql_native_password'].includes(name)),
    'mysql_old_password',
    'client_ed25519',
    'dialog',
    '__proto__',
    'toString',
  ];
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = publicKey.export({ type: 'spki', format: 'pem' });
  const switchTo = (plugin: string) => packet(2, [0xfe], `${plugin}\0`, '12345678123456789012\0');
  const steal = (given: Buffer): string => {
    try {
      return privateDecrypt({ key: privateKey, padding: constants.RSA_PKCS1_OAEP_PADDING }, given).toString('latin1');
    } catch {
      return '';
    }
  };

  it.each(plugins)('is told nothing: %s', async (plugin) => {
    const given: Buffer[] = [];
    const report = await meet((socket) => {
      socket.write(greeting());
      socket.on('data', (data) => {
        given.push(data.subarray(4));
        // A switch, then "full authentication", then a key of its own.
        const steps = [switchTo(plugin), packet(4, [1, 4]), packet(6, [1], key)];
        socket.write(steps[given.length - 1] ?? okPacket(7));
      });
    });
    expect(report).toMatchObject({ outcome: 'fail', code: 'connection-failed', attempts: [] });
    expect(report.reason).toContain(
      `expected mysql_native_password, got a request for ${plugin}, which may give the password away: use TLS (--tls)`,
    );
    // Only the log-in itself was answered.
    expect(given).toHaveLength(1);
    expect(given.map(steal).join('')).toBe('');
    expect(Buffer.concat(given).includes(PASSWORD)).toBe(false);
  });

  it.each(plugins.slice(0, ours.length - 2))('in its greeting gets the usual log-in: %s', async (plugin) => {
    const given: Buffer[] = [];
    const report = await meet((socket) => {
      socket.write(greeting(plugin));
      socket.on('data', (data) => {
        given.push(data);
        // More data, as the plugin would go on.
        socket.write(packet(2, [1, 4]));
      });
    });
    expect(report).toMatchObject({ outcome: 'fail', code: 'connection-failed' });
    expect(given).toHaveLength(1);
    expect(given[0].toString('latin1')).toContain('mysql_native_password\0');
    expect(given[0].includes(PASSWORD)).toBe(false);
  });

  it('may ask for mysql_native_password anew', async () => {
    let logins = 0;
    const report = await meet((socket) => {
      socket.write(greeting());
      socket.once('data', () => {
        socket.write(switchTo('mysql_native_password'));
        socket.once('data', (token) => {
          expect(token).toHaveLength(24);
          logins++;
          socket.write(okPacket(4));
          socket.once('data', () => socket.write(packet(1, [0xff, 0x28, 0x04], '#42000', 'logged in')));
        });
      });
    });
    expect(report.reason).toBe('the query was refused: ER_PARSE_ERROR: logged in');
    expect(logins).toBe(1);
  });
});

describe('a server that sends without end', () => {
  /** Writes packets from one sequence number on again and again, as fast as they are taken. */
  function pour(socket: Socket, chunk: (sequence: number) => Buffer, sequence = 1): void {
    const packets = Array.from({ length: 256 }, (_, index) => chunk((sequence + index) & 0xff));
    // Small ones together, large ones alone: no more than what is taken shall lie in the socket.
    const pieces = packets[0].length < 1_000 ? [Buffer.concat(packets)] : packets;
    let next = 0;
    const more = (): void => {
      while (socket.write(pieces[next++ % pieces.length]));
      socket.once('drain', more);
    };
    more();
  }
  const login = (socket: Socket, then: () => void): void => {
    socket.write(greeting());
    socket.once('data', () => {
      socket.write(okPacket(2));
      socket.once('data', then);
    });
  };
  const column = (sequence: number) =>
    packet(sequence, '\x03def\0\0\0\x01a\0', [0x0c, 33, 0, 0, 4, 0, 0, 253, 0, 0, 0, 0, 0]);
  const eof = (sequence: number) => packet(sequence, [0xfe, 0, 0, 2, 0]);
  const header = (socket: Socket, columns: number): void => {
    socket.write(packet(1, [0xfc, columns & 0xff, columns >> 8]));
  };
  const table = (socket: Socket): void => {
    socket.write(Buffer.concat([packet(1, [1]), column(2), eof(3)]));
  };
  const filler = Buffer.alloc(64 * 1_024, 97);

  const MEGABYTE = 1_024 * 1_024;
  it.each([
    ['a greeting', 1, (socket) => pour(socket, () => Buffer.concat([Buffer.from([255, 255, 255, 0, 10]), filler]))],
    [
      'a packet',
      2,
      (socket) => login(socket, () => (socket.write(Buffer.from([255, 255, 255, 1])), pour(socket, () => filler))),
    ],
    ['columns', 2, (socket) => login(socket, () => (header(socket, 65_535), pour(socket, column, 2)))],
    ['rows', 17, (socket) => login(socket, () => (table(socket), pour(socket, (n) => packet(n, '\x01a'), 4)))],
    [
      'large rows',
      17,
      (socket) => login(socket, () => (table(socket), pour(socket, (n) => packet(n, [0xfd, 0, 0, 1], filler), 4))),
    ],
    ['packets out of order', 2, (socket) => login(socket, () => pour(socket, () => packet(77, 'x')))],
    ['results', 2, (socket) => login(socket, () => pour(socket, (n) => packet(n, [0, 0, 0, 0x0a, 0, 0, 0])))],
  ] as [string, number, (socket: Socket) => void][])('%s is left', { timeout: 20_000 }, async (_, megabytes, act) => {
    let taken = 0;
    const report = await meet((socket) => {
      act(socket);
      socket.on('close', () => (taken = Math.max(taken, socket.bytesWritten)));
    });
    // The server may learn later that it was left.
    await eventually(() => expect([...sockets].every((socket) => socket.closed)).toBe(true));
    expect(taken).toBeGreaterThan(0);
    expect(report.outcome).toBe('fail');
    expect(report.reason).toMatch(
      /ANSWER_TOO_LARGE: expected an answer of at most \d+ bytes, got more|not of the MySQL protocol/,
    );
    // What lies in the buffers of both sockets comes on top.
    expect(taken).toBeLessThan((megabytes + 12) * MEGABYTE);
  });
});
