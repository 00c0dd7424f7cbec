import { createHash } from 'node:crypto';
import * as net from 'node:net';
import * as fc from 'fast-check';
import { BATCH, FAULT, type FuzzTarget } from './target';

/** Numbers of MySQL's types that a parameter may have, and some that none has. */
const TYPES = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 99, 245, 246, 249, 252, 253, 254, 255];
const PATIENCE_MILLIS = 60_000;

const QUIT = Buffer.from([1]);
const bytes = fc.uint8Array({ maxLength: 24 }).map((all) => Buffer.from(all));
const id = fc.constantFrom(1, 2, 99).map((value) => Buffer.from([value, 0, 0, 0]));
const named = (...texts: readonly string[]) => fc.constantFrom(...texts).map((text) => Buffer.from(text));

/** A value that begins with its length, as texts and times do, or has any bytes. */
const value = fc.oneof(
  bytes,
  named('1.5', '-2', 'x', "a'b").map((text) => Buffer.concat([Buffer.from([text.length]), text])),
  bytes.map((all) => Buffer.concat([Buffer.from([all.length]), all])),
);

/** A command of the protocol after the log-in: its number, and what may stand behind it. */
function command(number: number, ...parts: readonly fc.Arbitrary<Buffer>[]): fc.Arbitrary<Buffer> {
  return fc.tuple(...parts).map((all) => Buffer.concat([Buffer.from([number]), ...all]));
}

const execute = fc
  .tuple(id, fc.nat(3), fc.boolean(), fc.constantFrom(...TYPES), fc.constantFrom(...TYPES), fc.boolean(), value, value)
  .map(([statement, nulls, sent, first, second, unsigned, ...values]) => {
    const flags = unsigned ? 0x80 : 0;
    const types = sent ? [first, flags, second, flags] : [];
    const head = Buffer.from([0, 1, 0, 0, 0, nulls, sent ? 1 : 0, ...types]);
    return Buffer.concat([Buffer.from([0x17]), statement, head, ...values]);
  });

const commands = fc.oneof(
  { weight: 3, arbitrary: command(0x16, named('select ?, ?', 'select ?', 'select 1 limit ?', "select '?")) },
  { weight: 6, arbitrary: execute },
  command(0x18, id, fc.constant(Buffer.from([0, 0])), bytes),
  command(0x1a, id),
  command(0x19, id),
  command(0x1c, id, bytes),
  command(0x02, named('fuzz', 'none', '')),
  command(0x04, named('orders\0', 'none\0%')),
  command(0x0e),
  command(0x09),
  command(0x1b, named('\0\0', '\x01\0')),
  command(0x1f),
  command(0x11, bytes),
  fc.nat(255).chain((number) => command(number, bytes)),
);

const sha1 = (...parts: readonly (string | Buffer)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest();

function packet(sequence: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([payload.length, 0, 0, sequence]), payload]);
}

/** What a client with the right password sends first, for a greeting. */
function logIn({ dlaUser, dlaPassword }: FuzzTarget, greeting: Buffer): Buffer {
  const at = greeting.indexOf(0, 5) + 5;
  const scramble = Buffer.concat([greeting.subarray(at, at + 8), greeting.subarray(at + 27, at + 39)]);
  const hash = sha1(dlaPassword);
  const mask = sha1(scramble, sha1(hash));
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(0x1 | 0x200 | 0x8000);
  fixed[8] = 45;
  return Buffer.concat([fixed, Buffer.from(`${dlaUser}\0\x14`), Buffer.from(hash.map((byte, i) => byte ^ mask[i]))]);
}

/** All that the server sends to a client that logs in, sends commands without waiting, and leaves. */
function conversation(target: FuzzTarget, sent: readonly Buffer[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(target.dlaPort, '127.0.0.1');
    const timer = setTimeout(() => socket.destroy(new Error('the commands were not answered')), PATIENCE_MILLIS);
    let received = '';
    socket.once('data', (greeting) => {
      socket.write(packet(1, logIn(target, greeting)));
      [...sent, QUIT].forEach((payload) => socket.write(packet(0, payload)));
      socket.on('data', (more) => (received += more.toString('latin1')));
    });
    socket.on('error', (error: NodeJS.ErrnoException) => error.code === undefined && reject(error));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(received);
    });
  });
}

/** Commands below those that drivers send: every one is answered, and the log-in is right. */
export function commandProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(fc.array(commands, { minLength: BATCH, maxLength: BATCH }), async (batch) => {
    const answer = await conversation(target, batch);
    if (FAULT.test(answer) || answer.includes('Access denied for user')) {
      throw new Error(`${batch.map((one) => one.toString('hex')).join(' ')}: ${JSON.stringify(answer.slice(-500))}`);
    }
  });
}
