import fc from 'fast-check';
import { expect, it } from 'vitest';
import { wildcardFits } from '../../lib/cloud/wildcard';

const few = (...characters: string[]) => fc.string({ unit: fc.constantFrom(...characters), maxLength: 8 });

it('fits as a regular expression would', () => {
  fc.assert(
    fc.property(few('a', 'b', '*', '?'), few('a', 'b', '\n'), (pattern, text) => {
      const expression = new RegExp(`^${pattern.replace(/\*+/g, '.*').replaceAll('?', '.')}$`, 's');
      expect(wildcardFits(pattern, text, false)).toBe(expression.test(text));
    }),
    { numRuns: 2_000 },
  );
});

it.each([
  ['acs:mq:*:*:ID%a_topic', 'acs:mq:*:1:ID%a_topic', true],
  ['sts.AssumeRole', 'sts:AssumeRole', false],
  ['*', '', true],
  ['?', '', false],
  ['*aab', 'aaaab', true],
])('%j fits %j: %s', (pattern, text, expected) => {
  expect(wildcardFits(pattern, text, false)).toBe(expected);
});

it('minds the case of letters unless told not to', () => {
  expect(wildcardFits('STS:assume?ole', 'sts:AssumeRole', true)).toBe(true);
  expect(wildcardFits('STS:assume?ole', 'sts:AssumeRole', false)).toBe(false);
});

it('takes no time for a pattern on which a regular expression hangs', () => {
  expect(wildcardFits(`*${'?*'.repeat(20)}#`, 'acs:mq:*:1234567890123456:MQ_INST_1_a%a_topic'.repeat(5), false)).toBe(
    false,
  );
});
