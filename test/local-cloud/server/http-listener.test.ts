import * as net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Faults } from '../../../lib/local-cloud/http/faults';
import { Nonces } from '../../../lib/local-cloud/http/nonces';
import { RequestLog } from '../../../lib/local-cloud/http/request-log';
import { HttpListener } from '../../../lib/local-cloud/server/http-listener';
import { scratchAccount } from '../account/scratch-account';
import { rawRequest } from './raw-request';
import { REGION } from './started-http-server';
import { eventually } from '../../eventually';

async function listen(headersMillis?: number, idleMillis?: number): Promise<number> {
  const services = { account: scratchAccount(), region: REGION, faults: new Faults(), requests: new RequestLog() };
  const listener = new HttpListener({ ...services, nonces: new Nonces() }, { headersMillis, idleMillis });
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    listener.accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    await listener.close();
    server.close();
  });
  return (server.address() as net.AddressInfo).port;
}

function connect(port: number): { socket: net.Socket; received: () => string; closed: Promise<string> } {
  const socket = net.connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (bytes) => (received += bytes.toString()));
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(received)));
  return { socket, received: () => received, closed };
}

it('cuts headers that do not come to an end', async () => {
  const { socket, closed } = connect(await listen(200));
  socket.write('GET / HTTP/1.1\r\n');
  const drip = setInterval(() => socket.write('x: y\r\n'), 20);
  onTestFinished(() => clearInterval(drip));
  expect(await closed).toContain('HTTP/1.1 400');
});

it('tells what it cannot read', async () => {
  const { socket, closed } = connect(await listen());
  socket.write('GET /bucket/中 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  expect(await closed).toMatch(
    /^HTTP\/1.1 400 .*<Code>InvalidRequest<\/Code><Message>the request cannot be read as HTTP/s,
  );
});

it('names HTTP/2', async () => {
  const { socket, closed } = connect(await listen());
  socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  expect(await closed).toContain('HTTP/2 is not served, expected HTTP/1.1');
});

it('refuses codings of a body that it would store as they come', async () => {
  const { socket, closed } = connect(await listen());
  socket.write(
    'PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  );
  expect(await closed).toMatch(/^HTTP\/1\.1 501 [^]*expected chunked, got &#34;gzip, chunked&#34;/);
});

it('answers what a connection sends at once one after the other', async () => {
  const { socket, closed } = connect(await listen());
  const body = JSON.stringify({ instanceReads: 7 });
  const read = 'GET /_local/faults HTTP/1.1\r\nHost: localhost\r\n';
  const reads = 500;
  socket.write(`${head(body.length)}${body}${`${read}\r\n`.repeat(reads)}${read}Connection: close\r\n\r\n`);
  const answers = (await closed).split('HTTP/1.1 200 OK').slice(1);
  expect(answers).toHaveLength(reads + 2);
  expect(answers.filter((answer) => !answer.includes('"instanceReads": 7'))).toEqual([]);
});

it('waits for its own work however long that takes, and for clients only so long', async () => {
  const port = await listen(undefined, 200);
  const body = JSON.stringify({ latency: 600 });
  const faults = { method: 'PUT', target: '/_local/faults', headers: { 'x-alicloud-local': '1' }, body };
  // A machine that is busy may look at what a client has sent after that time only.
  await eventually(async () => expect((await rawRequest(port, faults)).status).toBe(200));
  await eventually(async () => expect((await rawRequest(port, { target: '/bucket/key?acl' })).status).toBe(404));
  await eventually(async () => {
    const { socket, closed } = connect(port);
    socket.write('GET /_local/faults HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await closed).toMatch(/^HTTP\/1\.1 200/);
  });
  const slow = connect(port);
  slow.socket.write(`${head(100)}{`);
  expect(await slow.closed).toBe('');
  expect(await connect(port).closed).toBe('');
});

it('cuts a body that goes on long after its answer', async () => {
  const { socket, closed } = connect(await listen(200));
  socket.write('PUT /_local/absent HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
  const drip = setInterval(() => socket.write('x'), 20);
  onTestFinished(() => clearInterval(drip));
  expect(await closed).toContain('HTTP/1.1 404');
});

it('serves others however many connections ask for nothing', async () => {
  const port = await listen();
  const idle = Array.from({ length: 1000 }, () => connect(port));
  idle.forEach(({ socket }) => socket.write('GET /_local/health HTTP/1.1\r\n'));
  await eventually(async () => {
    expect((await rawRequest(port, { target: '/_local/health' })).status).toBe(200);
    expect(idle.some(({ socket }) => socket.destroyed)).toBe(true);
  });
});

const head = (length: number): string =>
  `PUT /_local/faults HTTP/1.1\r\nHost: localhost\r\nx-alicloud-local: 1\r\nContent-Length: ${length}\r\n\r\n`;

it('serves others however many bodies come slowly', async () => {
  const port = await listen();
  const slow = Array.from({ length: 1000 }, () => connect(port));
  slow.forEach(({ socket }) => socket.write(`${head(60_000)}{`));
  // Until then there are connections that have asked for nothing yet.
  await eventually(async () => {
    expect((await rawRequest(port, { target: '/_local/health' })).status).toBe(200);
    expect(slow.some(({ socket }) => socket.destroyed)).toBe(true);
  });
  const drip = setInterval(() => slow.forEach(({ socket }) => socket.writable && socket.write(' ')), 50);
  onTestFinished(() => clearInterval(drip));
  // One in two steps is not among the slow ones, whoever comes in between.
  const { socket, closed } = connect(port);
  socket.write(`${head(2)}{`);
  for (let times = 0; times < 20; times++) {
    expect((await rawRequest(port, { target: '/_local/health' })).status).toBe(200);
  }
  socket.end('}');
  expect(await closed).toMatch(/^HTTP\/1\.1 200/);
});

it.each([
  'GET / HTTP/1.1\r\nHost: localhost\r\nHost: 127.0.0.1\r\n\r\n',
  'GET / HTTP/1.1\r\nhost: a\r\nHOST: a\r\n\r\n',
])('refuses two Host headers', async (request) => {
  const { socket, closed } = connect(await listen());
  socket.end(request);
  expect(await closed).toMatch(/^HTTP\/1\.1 400 [^]*expected one Host header, got 2/);
});

it('asks a client that waits for its body only when that is read', async () => {
  const port = await listen();
  const head = (target: string) =>
    `PUT ${target} HTTP/1.1\r\nHost: localhost\r\nx-alicloud-local: 1\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n`;
  const refused = connect(port);
  refused.socket.write(head('/absent/key'));
  await eventually(() =>
    expect(refused.received()).toMatch(/^HTTP\/1\.1 404 [^]*connection: close\r\n[^]*<\/Error>$/i),
  );

  const asked = connect(port);
  asked.socket.write(head('/_local/faults'));
  await eventually(() => expect(asked.received()).toBe('HTTP/1.1 100 Continue\r\n\r\n'));
  asked.socket.write('{"instanceReads": 7}');
  await eventually(() => expect(asked.received()).toMatch(/HTTP\/1\.1 200 OK\r\n/));
});

it('ends a connection whose client tells the length of a body with GET, for none may follow', async () => {
  const { socket, received } = connect(await listen());
  socket.write('GET /_local/health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n');
  await eventually(() => expect(received()).toMatch(/^HTTP\/1\.1 200 [^]*connection: close\r\n/i));
});
