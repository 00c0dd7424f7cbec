import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { byCodeUnit, SortedKeys } from '../../../lib/local-cloud/store/sorted-keys';

const key = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }).map(String),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', '\0', '\uffff', '💥', '\ud800'),
);
const inOrder = (keys: Iterable<string>) => [...new Set(keys)].sort(byCodeUnit);

function keysOf(keys: Iterable<string>): SortedKeys {
  const sorted = new SortedKeys();
  new Set(keys).forEach((one) => sorted.add(one));
  return sorted;
}

it('holds what a sorted list would, whatever is added, loaded and removed', () => {
  const steps = fc.array(
    fc.record({ kind: fc.constantFrom('add', 'load', 'remove'), keys: fc.array(key, { maxLength: 1_500 }) }),
    { maxLength: 8, size: 'max' },
  );
  fc.assert(
    fc.property(steps, key, (changes, start) => {
      const sorted = new SortedKeys();
      const expected = new Set<string>();
      for (const { kind, keys } of changes) {
        for (const one of keys) {
          if (kind === 'remove') {
            sorted.remove(one);
            expected.delete(one);
          } else if (!expected.has(one)) {
            sorted[kind](one);
            expected.add(one);
          }
        }
        expect(sorted.size).toBe(expected.size);
      }
      expect([...sorted.from(start)]).toEqual(inOrder(expected).filter((one) => one >= start));
      expect([...sorted.from('')]).toEqual(inOrder(expected));
    }),
    { numRuns: 50 },
  );
});

it('is read while it changes: what stays is read once, in order, and what comes behind as well', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { minLength: 1, maxLength: 2_000, size: 'max' }), fc.nat(5), (keys, every) => {
      const sorted = keysOf(keys);
      const read: string[] = [];
      for (const one of sorted.from('')) {
        read.push(one);
        if (read.length % (every + 1) === 0) {
          sorted.remove(one);
          if (!one.endsWith(' behind')) {
            sorted.add(`${one} behind`);
          }
        }
      }
      expect(read).toEqual(inOrder([...read, ...keys]));
    }),
    { numRuns: 30 },
  );
});

it('finds the next place from any', () => {
  const sorted = keysOf(Array.from({ length: 2_000 }, (_, index) => String(index).padStart(4, '0')));
  const cursor = sorted.cursor('0500');
  cursor.seek('1500x');
  expect(cursor.key).toBe('1501');
  cursor.next();
  cursor.seek('0000');
  expect(cursor.key).toBe('0000');
  cursor.seek('3');
  expect(cursor.key).toBeUndefined();
});
