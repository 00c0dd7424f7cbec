import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, DlaFixture, ENDLESS, REGION } from './dla-fixture';
import { errno, loggedIn } from './raw-client';

function packetOf(payload: string): Buffer {
  return Buffer.concat([Buffer.from([payload.length, 0, 0, 0]), Buffer.from(payload, 'latin1')]);
}

function compressedPacket(bytes: Buffer): Buffer {
  const payload = deflateSync(bytes);
  const header = Buffer.alloc(7);
  header.writeUIntLE(payload.length, 0, 3);
  header.writeUIntLE(bytes.length, 4, 3);
  return Buffer.concat([header, payload]);
}

const QUIT = packetOf('\x01');
const CREATE = packetOf(`\x03create schema late with dbproperties (catalog='oss', location='oss://${BUCKET}/late/')`);

describe('a client of DLA', () => {
  let dla: DlaFixture;

  beforeAll(async () => {
    dla = await DlaFixture.start({ limits: { queryBytes: 1 << 20 } });
  });

  afterAll(() => dla.remove());

  /** What was made; after a moment in which another client's statement runs. */
  async function schemas(): Promise<string[]> {
    await dla.query('select count(*) from (values (1))');
    return dla.account.dla.listSchemas(REGION).map(({ name }) => name);
  }

  it('that stays makes what the others below must not', async () => {
    const client = await loggedIn(dla);
    client.send(Buffer.concat([packetOf('\x03select 1'), CREATE]));
    await client.until(2 + 5 + 1);
    client.end();
    expect(await schemas()).toEqual(['late']);
    await dla.query('drop schema late');
  });

  it('that leaves gets the answers to what it asked before, and nothing that it sends after runs', async () => {
    const client = await loggedIn(dla);
    client.send(Buffer.concat([packetOf('\x03select 1'), QUIT, CREATE]));
    await client.closed;
    expect(client.packets.length).toBe(2 + 5);
    expect(await schemas()).toEqual([]);
  });

  it('that leaves in the middle of a query is let go, and the query ends', async () => {
    const client = await loggedIn(dla);
    client.send(packetOf(`\x03${ENDLESS}`));
    client.send(QUIT);
    client.end();
    await client.closed;
    await expect(dla.query('select count(*) n from (values (1), (2))')).resolves.toEqual([{ n: 2 }]);
  });

  it('whose change of user is refused runs nothing of what it has sent after', async () => {
    const client = await loggedIn(dla);
    const user = packetOf('\x11nobody\x00\x14aaaaaaaaaaaaaaaaaaaa\x00\x2d\x00mysql_native_password\x00');
    client.send(Buffer.concat([packetOf('\x03select 1'), user, CREATE]));
    await client.closed;
    expect(errno(client.packets.at(-1)!)).toBe(1045);
    expect(await schemas()).toEqual([]);
  });

  it('whose few bytes stand for very many packets is let go', async () => {
    const client = await loggedIn(dla, 0x20);
    const bomb = compressedPacket(Buffer.alloc(1 << 20));
    expect(bomb.length).toBeLessThan(2000);
    client.send(Buffer.concat(Array.from({ length: 16 }, () => bomb)));
    client.send(compressedPacket(CREATE));
    await client.closed;
    expect(await schemas()).toEqual([]);
  });

  it('that sends a statement of more than 16 MB reads why not under the number that it expects', async () => {
    const client = await loggedIn(dla);
    client.packet(0, Buffer.alloc(0xffffff, ' '));
    client.packet(1, Buffer.from('select 1'));
    await client.until(3);
    const [answer] = client.frames.slice(2);
    expect([answer.sequenceId, errno(answer.payload)]).toEqual([2, 1153]);
    client.end();
  });
});
