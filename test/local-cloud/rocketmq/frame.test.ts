import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  type Frame,
  FrameError,
  FrameReader,
  MAX_FRAME_BYTES,
} from '../../../lib/local-cloud/rocketmq/frame';

/** A frame around a header that is given as bytes. */
function framed(type: number, header: Buffer, body: Buffer = Buffer.alloc(0)): Buffer {
  const start = Buffer.alloc(8);
  start.writeInt32BE(4 + header.length + body.length, 0);
  start.writeUInt32BE(type * 2 ** 24 + header.length, 4);
  return Buffer.concat([start, header, body]);
}

function json(header: unknown, body?: Buffer): Buffer {
  return framed(0, Buffer.from(JSON.stringify(header)), body);
}

function readAll(...chunks: Buffer[]): Frame[] {
  const reader = new FrameReader();
  return chunks.flatMap((chunk) => [...reader.push(chunk)]);
}

describe('reading frames', () => {
  it('takes what was written, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            code: fc.nat(),
            opaque: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
            flag: fc.nat(3),
            fields: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })),
            body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
          }),
          { maxLength: 5 },
        ),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (frames, sizes) => {
          const written = frames.map((frame) => ({ ...frame, fields: new Map(Object.entries(frame.fields)) }));
          const bytes = Buffer.concat(written.map((frame) => encodeFrame(frame)));
          const chunks: Buffer[] = [];
          for (let at = 0, index = 0; at < bytes.length; at += sizes[index % sizes.length], index += 1) {
            chunks.push(bytes.subarray(at, at + sizes[index % sizes.length]));
          }
          expect(readAll(...chunks)).toEqual(written);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes numbers and booleans of fields as text, and leaves out what is null or not known', () => {
    const extFields = { queueId: 0, batch: false, topic: 'T', gone: null };
    const [frame] = readAll(json({ code: 11, language: 'JAVA', opaque: 7, flag: 0, extFields, newer: {} }));
    expect(frame).toMatchObject({ code: 11, opaque: 7, flag: 0 });
    expect([...frame.fields]).toEqual([
      ['queueId', '0'],
      ['batch', 'false'],
      ['topic', 'T'],
    ]);
  });

  it('takes a header without fields', () => {
    expect(readAll(json({ code: 34, opaque: 1, flag: 0 }))[0].fields.size).toBe(0);
  });

  it('takes the binary header', () => {
    const text = (value: string, bytes: number) => {
      const length = Buffer.alloc(bytes);
      length.writeUIntBE(Buffer.byteLength(value), 0, bytes);
      return Buffer.concat([length, Buffer.from(value)]);
    };
    const start = Buffer.from('000b00019900000009000000020000000568656c6c6f', 'hex');
    const fields = Buffer.concat([text('topic', 2), text('T', 4), text('queueId', 2), text('3', 4)]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(fields.length);
    const header = Buffer.concat([start, length, fields]);
    const [frame] = readAll(framed(1, header, Buffer.from('body')));
    expect(frame).toEqual({
      code: 11,
      opaque: 9,
      flag: 2,
      fields: new Map([
        ['topic', 'T'],
        ['queueId', '3'],
      ]),
      body: Buffer.from('body'),
    });
    for (let end = 1; end < header.length; end += 1) {
      expect(() => readAll(framed(1, header.subarray(0, end))), `${end} bytes`).toThrow(FrameError);
    }
  });

  it('waits for the rest of a frame', () => {
    const reader = new FrameReader();
    const bytes = json({ code: 34, opaque: 1, flag: 0 });
    expect([...reader.push(bytes.subarray(0, bytes.length - 1))]).toEqual([]);
    expect([...reader.push(bytes.subarray(bytes.length - 1))]).toHaveLength(1);
  });

  it.each<[string, Buffer]>([
    ['a length below a header word', Buffer.from('00000003000000', 'hex')],
    ['a negative length', Buffer.from('ffffffff', 'hex')],
    ['a length above the limit', Buffer.from((MAX_FRAME_BYTES + 1).toString(16).padStart(8, '0'), 'hex')],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a TLS hello', Buffer.from('16030100a5010000a1', 'hex')],
    ['a header longer than its frame', Buffer.from('0000000400000001', 'hex')],
    ['a header of an unknown type', framed(2, Buffer.from('{}'))],
    ['a header that is no JSON', framed(0, Buffer.from('{'))],
    ['a header that is null', json(null)],
    ['a header that is a list', json([])],
    ['no code', json({ opaque: 1, flag: 0 })],
    ['a code that is a text', json({ code: '11', opaque: 1, flag: 0 })],
    ['an opaque above 32 bits', json({ code: 11, opaque: 2 ** 31, flag: 0 })],
    ['a field that is an object', json({ code: 11, opaque: 1, flag: 0, extFields: { topic: {} } })],
  ])('refuses %s', (_name, bytes) => {
    expect(() => readAll(bytes)).toThrow(FrameError);
  });

  it('throws nothing else for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(0, 1), (bytes, type) => {
        try {
          readAll(framed(type, Buffer.from(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });
});

it('writes the fields of answers as text, which the client for Go insists on', () => {
  const bytes = encodeFrame({ code: 0, opaque: 5, flag: 1, fields: new Map([['offset', '3']]) });
  const header = JSON.parse(bytes.subarray(8).toString()) as unknown;
  expect(header).toMatchObject({ code: 0, opaque: 5, flag: 1, language: 'JAVA', extFields: { offset: '3' } });
});
