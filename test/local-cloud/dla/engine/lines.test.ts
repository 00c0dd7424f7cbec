import { describe, expect, it } from 'vitest';
import { lineOf, LineReader } from '../../../../lib/local-cloud/dla/engine/lines';

describe('messages between a worker and the process that started it', () => {
  const messages = [{ sql: "select '查询\n'" }, { rows: [[null, '😀']] }, 'x'.repeat(1000)];
  const bytes = Buffer.from(messages.map(lineOf).join(''));

  it.each([1, 2, 3, 7, bytes.length])(
    'arrive whole in pieces of %i bytes, also from a buffer that is used again',
    (size) => {
      const reader = new LineReader();
      const buffer = Buffer.alloc(size);
      const read: unknown[] = [];
      for (let at = 0; at < bytes.length; at += size) {
        read.push(...reader.read(buffer.subarray(0, bytes.copy(buffer, 0, at))));
      }
      expect(read).toEqual(messages);
    },
  );
});
