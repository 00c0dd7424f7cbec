import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../lib/cli/durations';

it.each([
  ['500ms', 500],
  ['5s', 5_000],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['1.25s', 1_250],
  ['1h', 3_600_000],
  ['0s', 0],
  ['24h', 86_400_000],
])('reads %s', (text, millis) => {
  expect(parseDuration(text)).toBe(millis);
});

it.each(['', '5', 's', '5 s', '-5s', '5S', '1d', '.5s', '5s5', '25h', '1e3s', 'NaNs'])('refuses %j', (text) => {
  expect(() => parseDuration(text)).toThrow('expected a duration such as 500ms');
});

it('suggests a unit for a bare number', () => {
  expect(() => parseDuration('30')).toThrow('up to 24h, got "30"; did you mean 30s?');
  for (const text of ['30x', 'x30']) {
    expect(() => parseDuration(text)).toThrow(/up to 24h, got "\w+"$/);
  }
});

it.each([
  [0, '0ms'],
  [350.44, '350.4ms'],
  [1_000, '1s'],
  [2_540, '2.5s'],
  [60_000, '1m'],
  [600_000, '10m'],
  [3_600_000, '1h'],
  [5_400_000, '1.5h'],
])('writes %d', (millis, text) => {
  expect(formatDuration(millis)).toBe(text);
});
