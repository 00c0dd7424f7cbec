import { expect, it } from 'vitest';
import { matchesRegex } from '../../../lib/local-cloud/terraform/name-regex';

it.each([
  [undefined, 'any', true],
  ['', 'any', true],
  ['^receipts', 'receipts-dev', true],
  ['receipts$', 'receipts-dev', false],
  ['(?i)RECEIPTS', 'my receipts', true],
])('%s in %s: %s', (expression, text, expected) => {
  expect(matchesRegex(expression, text)).toBe(expected);
});

it('takes no longer for an expression on which others never end', () => {
  expect(matchesRegex('^(a+)+$', `${'a'.repeat(5000)}-`)).toBe(false);
  expect(matchesRegex('(a*)*(b*)*c', 'ab'.repeat(5000))).toBe(false);
});
