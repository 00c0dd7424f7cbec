import { once } from 'node:events';
import * as net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PacketSocket } from '../../../lib/local-cloud/dla/packet-socket';
import { UnreadAnswers } from '../../../lib/local-cloud/dla/unread-answers';

/** More than a socket of the system takes without a reader. */
const ANSWER = Buffer.alloc(16 << 20);

describe('answers that their clients do not read', () => {
  const server = net.createServer();
  const clients: net.Socket[] = [];

  beforeEach(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });

  afterEach(async () => {
    clients.splice(0).forEach((client) => client.destroy());
    server.close();
    await once(server, 'close');
  });

  async function connect(
    unread?: UnreadAnswers,
    lingerMillis?: number,
  ): Promise<{ client: net.Socket; packets: PacketSocket }> {
    const { port } = server.address() as net.AddressInfo;
    const client = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).pause();
    clients.push(client.on('error', () => {}));
    const [socket] = (await once(server, 'connection')) as [net.Socket];
    socket.on('error', () => {});
    const receiver = { packet: () => {}, unreadable: () => {} };
    return { client, packets: new PacketSocket(socket, 1 << 20, receiver, unread, lingerMillis) };
  }

  it('close their connection after a time', async () => {
    const { packets } = await connect(new UnreadAnswers({ millis: 50, bytes: 1 << 30 }));
    await packets.send(ANSWER);
    expect(packets.destroyed).toBe(true);
  });

  it('give way to those of others where all together are too long, the one first that has waited longest', async () => {
    const unread = new UnreadAnswers({ millis: 600_000, bytes: 2.5 * ANSWER.length });
    const [first, second, third] = [await connect(unread), await connect(unread), await connect(unread)];
    const sent = [first, second].map(({ packets }) => packets.send(ANSWER));
    expect([first, second].map(({ packets }) => packets.destroyed)).toEqual([false, false]);
    const last = third.packets.send(ANSWER);
    await sent[0];
    expect([first, second, third].map(({ packets }) => packets.destroyed)).toEqual([true, false, false]);
    second.client.resume();
    third.client.resume();
    await Promise.all([sent[1], last]);
  });

  it('count no more once they were read', async () => {
    const unread = new UnreadAnswers({ millis: 600_000, bytes: 1.5 * ANSWER.length });
    const [slow, other] = [await connect(unread), await connect(unread)];
    const sent = slow.packets.send(ANSWER);
    slow.client.resume();
    await sent;
    const last = other.packets.send(ANSWER);
    other.client.resume();
    await last;
    expect([slow, other].map(({ packets }) => packets.destroyed)).toEqual([false, false]);
  });

  it('are waited for as long as their client goes on reading', async () => {
    const waits: number[] = [];
    class Counted extends UnreadAnswers {
      public override add(bytes: number, giveWay: () => void): () => void {
        waits.push(bytes);
        return super.add(bytes, giveWay);
      }
    }
    const { client, packets } = await connect(new Counted());
    client.resume();
    await packets.send(ANSWER);
    expect(waits.length).toBeGreaterThan(1);
    expect(packets.destroyed).toBe(false);
  });

  it('do not keep a connection that was ended, when its client stays', async () => {
    const { client, packets } = await connect(undefined, 50);
    await packets.end(Buffer.from('bye'));
    await once(client.resume(), 'end');
    await expect.poll(() => packets.destroyed).toBe(true);
  });
});
