import * as net from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawRequest } from './raw-request';
import { startHttpServer, type StartedHttpServer } from './started-http-server';

/** More than the buffers of both sides hold, so that a client is still sending when it is answered. */
const BYTES = 16 << 20;
const HEADER = '{"snapshot":2,"accountId":"1234567890123456"}';

let server: StartedHttpServer;
beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());

/** Sends all before it reads, as most clients do; returns the answer, or throws what broke the connection. */
function sendAll(head: readonly string[], body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(server.port, '127.0.0.1');
    socket.pause();
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => (text += bytes.toString()));
    socket.on('end', () => resolve(text));
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(body, () => {
      socket.resume();
      socket.end();
    });
  });
}

it.each([
  ['a snapshot without a header', 'PUT /_local/state', 400, `x\n${'y'.repeat(BYTES)}`],
  [
    'a snapshot of a newer format',
    'PUT /_local/state',
    400,
    `{"snapshot":99,"accountId":"1234567890123456"}\n${'y'.repeat(BYTES)}`,
  ],
  ['a snapshot with rows that are none', 'PUT /_local/state', 400, `${HEADER}\n[1]\n${`[]\n`.repeat(BYTES / 3)}`],
  ['faults that are too large', 'PUT /_local/faults', 413, 'x'.repeat(BYTES)],
  ['a form that is too large', 'POST /?Action=GetRole', 413, 'x'.repeat(BYTES)],
  ['an object in no bucket', 'PUT /absent/key', 404, 'x'.repeat(BYTES)],
  ['a call without the guard', 'PUT /_local/absent', 404, 'x'.repeat(BYTES)],
  ['a head that cannot be read', 'PUT /_local/state\tx', 400, 'x'.repeat(BYTES)],
])('a client that is still sending %s reads the answer', async (_label, line, status, body) => {
  for (const connection of ['close', 'keep-alive']) {
    const head = [`${line} HTTP/1.1`, 'Host: localhost', 'x-alicloud-local: 1', `Connection: ${connection}`];
    const answer = await sendAll([...head, `Content-Length: ${Buffer.byteLength(body)}`], body);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  }
  expect((await rawRequest(server.port, { target: '/_local/health' })).status).toBe(200);
});

it('a connection goes on after a body that was refused early', async () => {
  const body = 'x'.repeat(BYTES);
  const head = ['PUT /_local/faults HTTP/1.1', 'Host: localhost', 'x-alicloud-local: 1'];
  const next = 'GET /_local/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  const answers = await sendAll([...head, `Content-Length: ${body.length}`], `${body}${next}`);
  expect(answers.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
});
