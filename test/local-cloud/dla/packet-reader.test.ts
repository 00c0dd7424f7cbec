import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PacketReader } from '../../../lib/local-cloud/dla/packet-reader';

const LIMIT = 100;

function packet(sequenceId: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(4);
  header.writeUIntLE(payload.length, 0, 3);
  header[3] = sequenceId;
  return Buffer.concat([header, payload]);
}

it('gives the packets whole, however they were cut, and of those that are too long only the number', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 2 * LIMIT }), { maxLength: 8 });
  fc.assert(
    fc.property(payloads, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (sent, cuts) => {
      const reader = new PacketReader(LIMIT);
      const bytes = Buffer.concat(sent.map((payload, at) => packet(at, payload)));
      const found: unknown[] = [];
      for (let at = 0, cut = 0; at < bytes.length; at += cuts[cut++ % cuts.length]) {
        reader.push(Buffer.from(bytes.subarray(at, at + cuts[cut % cuts.length])));
        for (let frame = reader.next(); frame; frame = reader.next()) {
          found.push([frame.sequenceId, frame.payload?.toString('hex')]);
        }
      }
      expect(found).toEqual(
        sent.map((payload, at) => [at, payload.length > LIMIT ? undefined : Buffer.from(payload).toString('hex')]),
      );
    }),
  );
});

it('throws away a packet of 16 MB and what it goes on in, and reads the next', () => {
  const reader = new PacketReader(LIMIT);
  const piece = Buffer.alloc(1 << 20);
  reader.push(Buffer.from([0xff, 0xff, 0xff, 0]));
  for (let sent = 0; sent < 0xffffff; sent += piece.length) {
    reader.push(piece.subarray(0, 0xffffff - sent));
    expect(reader.next()).toBeUndefined();
  }
  reader.push(Buffer.concat([packet(1, Buffer.alloc(0)), packet(0, Buffer.from('next'))]));
  expect(reader.next()).toMatchObject({ sequenceId: 0, lastSequenceId: 1 });
  expect(reader.next()).toMatchObject({ sequenceId: 0, payload: Buffer.from('next') });
});

it('gives up on a client that sends without an end', () => {
  const reader = new PacketReader(LIMIT);
  const piece = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0]), Buffer.alloc(0xffffff)]);
  expect(() => {
    for (let sent = 0; sent < 8; sent += 1) {
      reader.push(piece);
      reader.next();
    }
  }).toThrow(/beyond the limit/);
});
