import { describe, expect, it } from 'vitest';
import { num, str, strings, type Block } from '../../../lib/provider-schema/table';
import { validateConfig } from '../../../lib/local-cloud/terraform/validate';
import { conform, UNKNOWN, type Container } from '../../../lib/local-cloud/terraform/values';

function detailsOf(container: Container, config: object): string[] {
  return validateConfig(container, conform(container, config)).map(({ detail }) => detail);
}

const attribute = (facts: object) => ({ attributes: { it: str({ optional: true, ...facts }) } });

describe('validateConfig', () => {
  it.each<[string, object, string, string]>([
    ['allowed', { allowed: ['a', 'b'] }, 'c', 'one of "a", "b"'],
    ['length, too short', { length: [2, 3] }, 'x', 'text of 2 to 3 characters'],
    ['length, in bytes', { length: [0, 3] }, '回执', 'text of 0 to 3 bytes in UTF-8'],
    ['prefixes', { prefixes: ['GID_', 'GID-'] }, 'gid_', 'text that starts with "GID_" or "GID-"'],
    ['pattern', { pattern: /^\w+$/ }, 'a b', 'text that matches /^\\w+$/'],
    ['date', { date: true }, '2026-1-1', 'a day, YYYY-MM-DD'],
    ['regex', { regex: true }, '(', 'a regular expression'],
    ['regex, as RE2 has none', { regex: true }, '(?=a)', 'a regular expression'],
    ['json', { json: true }, '{', 'a JSON document'],
  ])('holds a text against its %s', (_fact, facts, value, allowed) => {
    expect(detailsOf(attribute(facts), { it: value })).toEqual([
      `it: expected ${allowed}, got ${JSON.stringify(value)}`,
    ]);
  });

  it.each<[string, object, string]>([
    ['allowed', { allowed: ['a', 'b'] }, 'b'],
    ['case', { allowed: ['Domestic'], ignoreCase: true }, 'domestic'],
    ['length', { length: [2, 3] }, 'abc'],
    ['date', { date: true }, '2026-01-01'],
    ['regex', { regex: true }, '^a.*$'],
    ['json', { json: true }, '{}'],
  ])('accepts what its %s allows', (_fact, facts, value) => {
    expect(detailsOf(attribute(facts), { it: value })).toEqual([]);
  });

  it('holds a number against its range', () => {
    const container = { attributes: { n: num({ optional: true, range: [1, 5] }), m: num({ range: [1, Infinity] }) } };
    expect(detailsOf(container, { n: 0, m: 0 })).toEqual([
      'n: expected a whole number from 1 to 5, got 0',
      'm: expected a whole number from 1, got 0',
    ]);
    expect(detailsOf(container, { n: 2.5 })).toEqual(['n: expected a whole number from 1 to 5, got 2.5']);
    expect(detailsOf(container, { n: 5, m: 1e9 })).toEqual([]);
  });

  it('passes over what is not known yet', () => {
    const container = attribute({ allowed: ['a'], conflictsWith: ['other'] });
    expect(detailsOf(container, { it: UNKNOWN })).toEqual([]);
  });

  it('does not repeat a sensitive value', () => {
    expect(detailsOf(attribute({ sensitive: true, allowed: ['a'] }), { it: 'secret' })).toEqual([
      'it: expected one of "a", got a sensitive value',
    ]);
  });

  it('knows which arguments exclude or need each other', () => {
    const container = {
      attributes: {
        a: str({ optional: true, conflictsWith: ['b', 'rule'] }),
        b: str({ optional: true }),
        c: str({ optional: true, requiredWith: ['d'] }),
        d: str({ optional: true }),
      },
      blocks: { rule: { nesting: 'set', attributes: {} } as Block },
    };
    expect(detailsOf(container, { a: '1', b: '2', c: '3', rule: [{}] })).toEqual([
      'a and b cannot both be set',
      'a and rule cannot both be set',
      'c is set, so d must be set too',
    ]);
    expect(detailsOf(container, { a: '1', b: UNKNOWN, c: '3', d: UNKNOWN })).toEqual([]);
  });

  it('tells where in a block a value stands, as far as Terraform can point to it', () => {
    const block = (nesting: 'list' | 'set'): Block => ({
      nesting,
      attributes: { names: strings({}), n: num({ range: [1, 2] }) },
    });
    const container = { attributes: {}, blocks: { list: block('list'), set: block('set') } };
    const config = conform(container, { list: [{ n: 1 }, { n: 3 }], set: [{ n: 3 }] });
    expect(validateConfig(container, config).map(({ attribute: at }) => at!.steps)).toEqual([
      [{ attribute_name: 'list' }, { element_key_int: 1 }, { attribute_name: 'n' }],
      [{ attribute_name: 'set' }, { attribute_name: 'n' }],
    ]);
  });

  it('wants durations in timeouts', () => {
    const container = { attributes: {}, timeouts: { create: '5m', delete: '5m' } };
    expect(detailsOf(container, { timeouts: { create: '5 minutes', delete: '1h30m' } })).toEqual([
      'create: expected a duration like "5m", got "5 minutes"',
    ]);
  });

  it('warns of what is deprecated', () => {
    const container = attribute({ deprecated: true });
    expect(validateConfig(container, { it: 'x' })).toMatchObject([
      { severity: 2, detail: 'the provider will remove it' },
    ]);
  });
});
