import { expect, it } from 'vitest';
import { list, tags } from '../../../lib/local-cloud/openapi/parameters';

const numbered = (count: number, part = '') =>
  new Map(Array.from({ length: count }, (_, index) => [`Name.${index + 1}${part}`, `value-${index}`]));
const json = (value: unknown) => new Map([['Name', JSON.stringify(value)]]);

it('takes lists of up to 100 members, in either form', () => {
  expect(list('Name', numbered(100))).toHaveLength(100);
  expect(list('Name', json(Array(100).fill('x')))).toHaveLength(100);
  expect(Object.keys(tags('Name', numbered(100, '.Key')))).toHaveLength(100);
});

it.each([
  ['a list of numbered members', () => list('Name', numbered(101)), 'Name: expected up to 100 members, got 101'],
  ['numbered tags', () => tags('Name', numbered(101, '.Key')), 'Name: expected up to 100 members, got 101'],
  [
    'a JSON list',
    () => list('Name', json(Array(101).fill('x'))),
    'Name: expected a JSON list of up to 100 members, got 101 members',
  ],
  ['JSON that is no list', () => list('Name', json({})), 'Name: expected a JSON list of up to 100 members, got "{}"'],
  [
    'a long text',
    () => list('Name', new Map([['Name', 'x'.repeat(300)]])),
    `Name: expected a JSON list of up to 100 members, got "${'x'.repeat(200)}…"`,
  ],
])('refuses %s beyond that', (_case, read, message) => {
  expect(read).toThrow(expect.objectContaining({ code: 'InvalidParameter.Name', message }));
});
