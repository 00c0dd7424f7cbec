import { describe, expect, it } from 'vitest';
import { frameOf, FrameReader } from '../../../../lib/local-cloud/dla/engine/frames';

describe('what travels between a worker and the process that started it', () => {
  const frames = [
    { message: { sql: "select '查询\n'" }, rows: Buffer.alloc(0) },
    { message: { kind: 'done' }, rows: Buffer.from('\0\n😀') },
    { message: 'x'.repeat(1000), rows: Buffer.alloc(1000, 7) },
  ];
  const bytes = Buffer.concat(frames.map(({ message, rows }) => frameOf(message, rows)));

  it.each([1, 2, 3, 7, 1500, bytes.length])(
    'arrives whole in pieces of %i bytes, also from a buffer that is used again',
    (size) => {
      const reader = new FrameReader();
      const buffer = Buffer.alloc(size);
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        read.push(...reader.read(buffer.subarray(0, bytes.copy(buffer, 0, at))));
      }
      expect(read).toEqual(frames);
    },
  );
});
