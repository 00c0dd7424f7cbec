import { createHash } from 'node:crypto';
import * as net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { DlaFixture } from './dla-fixture';

/** A client that sends what it likes. */
export class RawClient {
  private received = Buffer.alloc(0);
  private readonly socket: net.Socket;
  public readonly closed: Promise<void>;

  constructor(port: number) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.on('data', (chunk) => (this.received = Buffer.concat([this.received, chunk])));
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => this.socket.on('close', () => resolve()));
  }

  public send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  public packet(sequence: number, payload: Uint8Array): void {
    const header = Buffer.alloc(4);
    header.writeUIntLE(payload.length, 0, 3);
    header[3] = sequence;
    this.send(Buffer.concat([header, payload]));
  }

  /** The complete packets received so far. */
  public get frames(): { sequenceId: number; payload: Buffer }[] {
    const found: { sequenceId: number; payload: Buffer }[] = [];
    for (let at = 0; at + 4 <= this.received.length; at += 4 + this.received.readUIntLE(at, 3)) {
      const payload = this.received.subarray(at + 4, at + 4 + this.received.readUIntLE(at, 3));
      found.push({ sequenceId: this.received[at + 3], payload });
    }
    return found;
  }

  public get packets(): Buffer[] {
    return this.frames.map(({ payload }) => payload);
  }

  public async until(count: number): Promise<Buffer[]> {
    while (this.packets.length < count) {
      await sleep(5);
    }
    return this.packets;
  }

  public end(): void {
    this.socket.destroy();
  }
}

/** A login request of PROTOCOL_41 and SECURE_CONNECTION with the given token. */
export function login(user: string, token: Uint8Array, flags = 0): Buffer {
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(0x1 | 0x200 | 0x8000 | flags);
  fixed[8] = 45;
  return Buffer.concat([fixed, Buffer.from(`${user}\0`), Buffer.from([token.length]), token]);
}

export async function loggedIn(dla: DlaFixture, flags = 0): Promise<RawClient> {
  const client = new RawClient(dla.port);
  const { dlaUser, dlaPassword } = dla.account.identity;
  const [greeting] = await client.until(1);
  const version = greeting.indexOf(0, 1);
  const scramble = Buffer.concat([
    greeting.subarray(version + 5, version + 13),
    greeting.subarray(version + 32, version + 44),
  ]);
  client.packet(1, login(dlaUser, tokenOf(dlaPassword, scramble), flags));
  await client.until(2);
  return client;
}

export function errno(packet: Buffer): number {
  expect(packet[0]).toBe(0xff);
  return packet.readUInt16LE(1);
}

/** As MySQL's documentation tells a client to compute it. */
export function tokenOf(password: string, scramble: Uint8Array): Buffer {
  const sha1 = (data: Uint8Array | string): Buffer => createHash('sha1').update(data).digest();
  const stage1 = sha1(password);
  const stage2 = sha1(Buffer.concat([scramble, sha1(stage1)]));
  return Buffer.from(stage1.map((byte, at) => byte ^ stage2[at]));
}
