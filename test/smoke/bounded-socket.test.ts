import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { BoundedSocket } from '../../lib/smoke/bounded-socket';
import { eventually } from '../eventually';

let server: Server;
let socket: BoundedSocket;
afterEach(async () => {
  socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Connects to a server that does this, and gathers what comes and what happens. */
async function connect(act: (peer: Socket) => void, bytes: number) {
  server = createServer((peer) => act(peer.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  socket = new BoundedSocket('127.0.0.1', (server.address() as AddressInfo).port);
  socket.allow(bytes);
  const seen = { text: '', events: [] as string[] };
  socket.on('data', (chunk: Buffer) => (seen.text += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => seen.events.push(`error ${error.code}: ${error.message}`));
  socket.on('end', () => seen.events.push('end')).on('close', () => seen.events.push('close'));
  return seen;
}

it('takes as many bytes as are allowed, and not one more', async () => {
  const seen = await connect((peer) => peer.once('data', () => peer.write('!')).write('x'.repeat(10)), 10);
  await eventually(() => expect(seen.text).toBe('x'.repeat(10)));
  expect(seen.events).toEqual([]);
  socket.write('more');
  await eventually(() => expect(seen.events).toContain('close'));
  expect(seen).toEqual({
    text: 'x'.repeat(10),
    events: ['error ANSWER_TOO_LARGE: expected an answer of at most 10 bytes, got more', 'close'],
  });
});

it('begins to count anew where more is allowed', async () => {
  const seen = await connect((peer) => peer.once('data', (data) => peer.end(data)).write('12345'), 5);
  await eventually(() => expect(seen.text).toBe('12345'));
  socket.allow(5);
  socket.write('67890');
  await eventually(() => expect(seen).toEqual({ text: '1234567890', events: ['end', 'close'] }));
});

it('tells of a reset', async () => {
  const seen = await connect((peer) => peer.resetAndDestroy(), 5);
  await eventually(() => expect(seen.events).toEqual([expect.stringMatching(/^error ECONNRESET: /), 'close']));
});

it('stops reading while nobody takes what came, and goes on after', async () => {
  const seen = await connect((peer) => peer.end('x'.repeat(5_000_000)), 10_000_000);
  socket.pause();
  await eventually(() => expect(socket.readableLength).toBeGreaterThan(0));
  expect(socket.readableLength).toBeLessThan(1_000_000);
  socket.resume();
  await eventually(() => expect(seen.events).toEqual(['end', 'close']));
  expect(seen.text).toHaveLength(5_000_000);
});

it('closes the connection that it ends', async () => {
  let closed = false;
  const seen = await connect((peer) => peer.on('close', () => (closed = true)).write('x'), 5);
  await eventually(() => expect(seen.text).toBe('x'));
  socket.end();
  await eventually(() => expect(closed).toBe(true));
});
