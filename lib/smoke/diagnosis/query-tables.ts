import { type OssLocation, parseOssLocation } from '../../cloud/oss-location';

/** Comments, texts, names in backticks, words, and all other characters one by one; what is not closed goes to the end. */
const TOKEN =
  /--[^\n]*|#[^\n]*|\/\*[^]*?(?:\*\/|$)|'(?:[^'\\]|\\(?:[^]|$)|'')*(?:'|$)|"(?:[^"\\]|\\(?:[^]|$)|"")*(?:"|$)|`[^`]*(?:`|$)|[\p{L}\p{N}_$]+|[^\s]/gu;

const NAME = /^(`[^`]+`|[\p{L}_$][\p{L}\p{N}_$]*)$/u;

/** Words after which a list of tables is over; not ON, behind whose condition it may go on. */
const LIST_ENDS = new Set([
  'where',
  'group',
  'having',
  'order',
  'limit',
  'union',
  'intersect',
  'except',
  'select',
  'set',
]);

/**
 * The tables that a statement reads or fills, as it names them (`schema.table` or `table`), without those of its own
 * WITH. No parser of SQL: what it does not see is not looked at.
 */
export function tablesOf(sql: string): string[] {
  const tokens = (sql.match(TOKEN) ?? []).filter((token) => !/^(--|#|\/\*)/.test(token));
  const word = (index: number): string => tokens[index]?.toLowerCase() ?? '';
  const own = new Set<string>();
  const tables = new Set<string>();
  // What is open at each depth of parentheses: a SELECT, and its list of tables.
  const depths = [{ select: false, list: false }];
  let expected = false;
  let fills = false;
  for (let index = 0; index < tokens.length; index++) {
    const here = depths.at(-1)!;
    switch (word(index)) {
      case '(':
        depths.push({ select: false, list: expected });
        continue;
      case ')':
        if (depths.length > 1) {
          depths.pop();
        }
        expected = false;
        continue;
      case ',':
        expected = here.list;
        continue;
      case 'from':
        // Not that of extract(year from …).
        expected = here.list = here.select;
        continue;
      case 'join':
        expected = true;
        continue;
      case 'into':
      case 'overwrite':
        expected = fills = true;
        continue;
      case 'table':
        continue;
      case 'as':
        if (word(index + 1) === '(' && NAME.test(tokens[index - 1] ?? '')) {
          own.add(unquoted(tokens[index - 1]));
        }
        continue;
    }
    if (LIST_ENDS.has(word(index))) {
      here.select ||= word(index) === 'select';
      here.list = expected = false;
    } else if (expected) {
      expected = false;
      const parts = [tokens[index]];
      while (word(index + 1) === '.') {
        parts.push(tokens[index + 2] ?? '');
        index += 2;
      }
      // A function, such as unnest, is no table; a table that is filled may have a list of columns.
      if (parts.every((part) => NAME.test(part)) && (fills || word(index + 1) !== '(')) {
        tables.add(parts.map(unquoted).join('.'));
      }
      fills = false;
    }
  }
  return [...tables].filter((table) => !own.has(table));
}

/** The schema that the last USE among the statements chooses. */
export function schemaOf(statements: readonly string[]): string | undefined {
  const names = statements.map((sql) => /^\s*use\s+(`[^`]+`|[\w$]+)\s*;?\s*$/i.exec(sql)?.[1]);
  const last = names.filter((name) => name !== undefined).at(-1);
  return last === undefined ? undefined : unquoted(last);
}

/** The places in OSS that a text names, in quotes. */
export function locationsIn(text: string): OssLocation[] {
  // 2018's SHOW CREATE TABLE puts a role before the bucket.
  return [...text.matchAll(/(['"])oss:\/\/(?:[^'"@/]*@)?([^'"]+)\1/gi)].flatMap(
    ([, , location]) => parseOssLocation(`oss://${location}`) ?? [],
  );
}

function unquoted(name: string): string {
  return name.replace(/`/g, '');
}
