import { describe, expect, it } from 'vitest';
import { expectedInstead, type Rule, suggestionFor } from '../../lib/cloud/rule';

const CASES: readonly [rule: Rule, value: unknown, expected: string | undefined][] = [
  [{ type: 'string', allowed: ['a', 'b'] }, 'b', undefined],
  [{ type: 'string', allowed: ['a', 'b'] }, 'B', 'one of "a", "b"'],
  [{ type: 'string', allowed: ['a', 'b'], ignoreCase: true }, 'B', undefined],
  [{ type: 'number', allowed: [0, 2] }, 1, 'one of 0, 2'],
  [{ type: 'number', range: [0, 30] }, 31, 'a whole number from 0 to 30'],
  [{ type: 'number', range: [1, Infinity] }, 0, 'a whole number from 1'],
  [{ type: 'number', range: [1, Infinity] }, 1e9, undefined],
  [{ type: 'number' }, 1.5, 'a whole number'],
  [{ type: 'number' }, '1', 'a whole number'],
  [{ type: 'string' }, 1, 'text'],
  [{ type: 'string', length: [1, 3] }, 'abcd', 'text of 1 to 3 characters'],
  [{ type: 'string', length: [1, 3] }, '中文', 'text of 1 to 3 bytes in UTF-8'],
  [{ type: 'string', pattern: /^a$/ }, 'b', 'text that matches /^a$/'],
  [{ type: 'string', prefixes: ['a-', 'b-'] }, 'c', 'text that starts with "a-" or "b-"'],
  [
    { type: 'string', length: [1, 2], prefixes: ['a'] },
    'abc',
    'text of 1 to 2 characters and text that starts with "a"',
  ],
  [{ type: 'string', pattern: /^a$/, expected: 'an a' }, 'b', 'an a'],
  [{ type: ['map', 'string'] }, {}, undefined],
  [{ type: ['list', 'string'] }, [Symbol('unknown')], undefined],
  [{ type: 'bool' }, true, undefined],
];

describe('a rule', () => {
  it.each(CASES)('%#: %j', (rule, value, expected) => {
    expect(expectedInstead(rule, value)).toBe(expected);
  });

  it('suggests an allowed value that differs in case', () => {
    expect(suggestionFor({ type: 'string', allowed: ['KMS'] }, 'kms')).toBe('KMS');
    expect(suggestionFor({ type: 'string', allowed: ['KMS'] }, 'aes')).toBeUndefined();
    expect(suggestionFor({ type: 'number', allowed: [1] }, 1)).toBeUndefined();
  });
});
