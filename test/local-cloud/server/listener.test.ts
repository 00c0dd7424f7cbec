import * as net from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Listener } from '../../../lib/local-cloud/server/listener';
import { eventually } from '../../eventually';

it('closes a connection that was ended with an answer, though its client goes on and nobody reads that', async () => {
  const ended: net.Socket[] = [];
  const server = {
    handle: (socket: net.Socket) => {
      ended.push(socket);
      socket.end('too many');
    },
    close: () => undefined,
  };
  const listener = await Listener.listen(server, 0, 'a test');
  onTestFinished(() => listener.close());
  const client = net.connect(listener.port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write(Buffer.alloc(200_000));
  const answer = await new Promise((resolve) => client.once('data', (bytes) => resolve(bytes.toString())));
  expect(answer).toBe('too many');
  client.destroy();
  await eventually(() => expect(ended.map(({ destroyed }) => destroyed)).toEqual([true]));
});
