import * as net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Listener } from '../../../lib/local-cloud/server/listener';
import { eventually } from '../../eventually';

/** Ends each connection with an answer. */
async function listen(lingerMillis?: number) {
  const ended: net.Socket[] = [];
  const server = {
    handle: (socket: net.Socket) => {
      ended.push(socket);
      socket.end('too many');
    },
    close: () => undefined,
  };
  const listener = await Listener.listen(server, 0, 'a test', { lingerMillis });
  onTestFinished(() => listener.close());
  return { port: listener.port, areClosed: () => ended.map(({ destroyed }) => destroyed) };
}

it('closes a connection that was ended with an answer, though its client goes on and nobody reads that', async () => {
  const { port, areClosed } = await listen();
  const client = net.connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write(Buffer.alloc(200_000));
  const answer = await new Promise((resolve) => client.once('data', (bytes) => resolve(bytes.toString())));
  expect(answer).toBe('too many');
  client.destroy();
  await eventually(() => expect(areClosed()).toEqual([true]));
});

it('cuts a connection that was ended, though its client never leaves', async () => {
  const { port, areClosed } = await listen(100);
  const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  client.on('error', () => undefined);
  onTestFinished(() => void client.destroy());
  const answer = await new Promise((resolve) => client.once('data', (bytes) => resolve(bytes.toString())));
  expect(answer).toBe('too many');
  await eventually(() => expect(areClosed()).toEqual([true]));
});
