import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize, toStandardSql } from '../../../lib/local-cloud/dla/tokens';

const standard = (sql: string): string => toStandardSql(sql, tokenize(sql).tokens);

describe('the lexer', () => {
  it.each([
    ['select `a``b` from `t`', 'select "a`b" from "t"'],
    ['select `a"b`', 'select "a""b"'],
    [`select 'it''s', 'it\\'s', "it's"`, `select 'it''s', 'it''s', 'it''s'`],
    [String.raw`select '\n\t\\'`, "select '\n\t\\'"],
    [String.raw`like '10\%\_'`, String.raw`like '10\%\_'`],
    ['select 1 -- one\n + 2 # two\n /* three */ + 3', 'select 1 + 2 + 3'],
    ['select 1--1', 'select 1- -1'],
    ['select a.b, c>=1e5', 'select a.b, c>=1e5'],
  ])('%s', (sql, expected) => {
    expect(standard(sql)).toBe(expected);
  });

  it('keeps any text in quotes as it is', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('\0')),
        (text) => {
          const escaped = text.replaceAll('\\', '\\\\');
          for (const quote of ["'", '"']) {
            const [token] = tokenize(`${quote}${escaped.replaceAll(quote, quote + quote)}${quote}`).tokens;
            expect(token).toMatchObject({ kind: 'string', text });
          }
          expect(tokenize(`\`${text.replaceAll('`', '``')}\``).tokens[0]).toMatchObject({ kind: 'name', text });
        },
      ),
    );
  });

  it('leaves no quote open: what comes out has as many as it needs', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("'", '"', '`', '\\', 'a', ' ', '--', '/*', '*/', '#', '\n')), (parts) => {
        let sql: string;
        try {
          sql = standard(parts.join(''));
        } catch {
          return;
        }
        // Not by nothing: what stands at both sides of a text would come together.
        const rest = sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"/g, 'x');
        expect(rest).not.toMatch(/['"`#]|\/\*|--/);
      }),
    );
  });

  it('takes hints only before the statement', () => {
    expect(tokenize('/*+ a=1 */ /* no */ /*+ b=2 */ select /*+ c=3 */ 1').hints).toEqual([' a=1 ', ' b=2 ']);
  });

  it.each([
    ["select 'x", /position 8/],
    ['select `x', /position 8/],
    ['/* x', /"\*\/" is missing/],
    ['select \0', /NUL/],
  ])('refuses %j', (sql, reason) => {
    expect(() => tokenize(sql)).toThrow(reason);
  });
});
