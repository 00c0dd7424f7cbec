import { expect, it } from 'vitest';
import { nearest } from '../../lib/cli/nearest';

it.each([
  ['timout', 'timeout'],
  ['time', 'timeout'],
  ['timeouts', 'timeout'],
  ['TIMEOUT', 'timeout'],
  ['cn-hagnzhou', 'cn-hangzhou'],
  ['cn-hangzhu', 'cn-hangzhou'],
  ['xyz', undefined],
  ['t', undefined],
  ['x'.repeat(1_000_000), undefined],
])('%s: %s', (word, expected) => {
  expect(nearest(word.slice(0, 2_000_000), ['host', 'timeout', 'cn-hangzhou', 'cn-shanghai'])).toBe(expected);
});
