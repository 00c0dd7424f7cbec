import { createHash } from 'node:crypto';
import * as net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { greeting, newScramble, readChangeUser, readLogIn } from '../../../lib/local-cloud/dla/handshake';
import { SqlError } from '../../../lib/local-cloud/dla/sql-error';
import { DlaFixture } from './dla-fixture';

describe('the salt', () => {
  it('is printable text of 20 characters, as drivers that read it as such expect', () => {
    for (let count = 0; count < 1000; count += 1) {
      expect(newScramble().toString('latin1')).toMatch(/^[\x21-\x7e]{20}$/);
    }
  });

  it('stands in the greeting in its two parts', () => {
    const scramble = newScramble();
    const bytes = greeting('5.7', 1, scramble, false);
    expect(bytes.readUIntLE(0, 3)).toBe(bytes.length - 4);
    expect(bytes.indexOf(scramble.subarray(0, 8))).toBeGreaterThan(0);
    expect(
      bytes.indexOf(Buffer.concat([scramble.subarray(8), Buffer.from('\0mysql_native_password\0')])),
    ).toBeGreaterThan(0);
  });
});

it.each([
  ['a log-in', readLogIn],
  ['COM_CHANGE_USER', readChangeUser],
])('takes any bytes for %s, or refuses them', (_, read) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        expect(typeof read(Buffer.from(bytes)).user).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(SqlError);
      }
    }),
  );
});

it('reads past what a client tells of itself, and tells how it wants to be answered', () => {
  const counted = (text: string | Buffer) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
  const logIn = Buffer.concat([
    // Protocol 4.1, compression, authentication by plug-in, attributes, and no EOF packets; utf8mb4.
    Buffer.from([0x20, 0x82, 0x18, 0x01, 0, 0, 0, 1, 45]),
    Buffer.alloc(23),
    Buffer.from('root\0'),
    counted('x'.repeat(20)),
    Buffer.from('mysql_native_password\0'),
    counted(Buffer.concat(['_client_name', 'libmysql'].map(counted))),
  ]);
  expect(readLogIn(logIn)).toMatchObject({
    user: 'root',
    plugin: 'mysql_native_password',
    isCompressed: true,
    isWithoutEof: true,
  });
});

it('takes USER@CLUSTER for the user', async () => {
  const dla = await DlaFixture.start();
  try {
    const connection = await dla.connect({ user: `${dla.account.identity.dlaUser}@public` });
    expect(await connection.query('select 1 one')).toMatchObject([[{ one: 1 }], {}]);
  } finally {
    await dla.remove();
  }
});

it('asks a client that proves its password in another way for ours', async () => {
  const dla = await DlaFixture.start();
  try {
    const { dlaUser, dlaPassword } = dla.account.identity;
    for (const [password, answer] of [
      [dlaPassword, 0x00],
      ['wrong', 0xff],
    ] as const) {
      expect(await logInOtherwise(dla.port, dlaUser, password)).toBe(answer);
    }
  } finally {
    await dla.remove();
  }
});

/** Logs in as a client whose own way is caching_sha2_password; gives the first byte of the last answer. */
async function logInOtherwise(port: number, user: string, password: string): Promise<number> {
  const sha1 = (...parts: (Buffer | string)[]) =>
    parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();
  const socket = net.connect(port, '127.0.0.1');
  const packets: Buffer[] = [];
  let received = Buffer.alloc(0);
  const wake: (() => void)[] = [];
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= 4 + received.readUIntLE(0, 3)) {
      packets.push(received.subarray(4, 4 + received.readUIntLE(0, 3)));
      received = received.subarray(4 + received.readUIntLE(0, 3));
    }
    wake.splice(0).forEach((resolve) => resolve());
  });
  const next = async (): Promise<Buffer> => {
    while (packets.length === 0) {
      await new Promise<void>((resolve) => wake.push(resolve));
    }
    return packets.shift()!;
  };
  const send = (sequence: number, payload: Buffer): void => {
    const header = Buffer.from([payload.length, 0, 0, sequence]);
    socket.write(Buffer.concat([header, payload]));
  };
  await next();
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(0x1 | 0x200 | 0x8000 | 0x80000);
  send(1, Buffer.concat([fixed, Buffer.from(`${user}\0\x03abccaching_sha2_password\0`)]));
  const request = await next();
  expect(request.toString('latin1')).toMatch(/^\xfemysql_native_password\0[\x21-\x7e]{20}\0$/);
  const scramble = request.subarray(-21, -1);
  const hash = sha1(password);
  const mask = sha1(scramble, sha1(hash));
  send(3, Buffer.from(hash.map((byte, at) => byte ^ mask[at])));
  const [first] = await next();
  socket.destroy();
  return first;
}
