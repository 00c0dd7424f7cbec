import { expect, it } from 'vitest';
import { computedOnce } from '../../../lib/local-cloud/dla/dialect/computed-once';
import { text, typed } from '../../../lib/local-cloud/dla/dialect/value';

const long = typed(`(${Array.from({ length: 1000 }, () => '1').join(' + ')})`, { kind: 'integer' });

it.each(['%Y SELECT', 'OVER', 'plain'])(
  'a literal beside a long value that is written twice keeps its text: %s',
  (written) => {
    const texts: (string | undefined)[] = [];
    const { sql } = computedOnce([long, text(written)], ([value, literal]) => {
      texts.push(literal.text);
      return typed(`(${value.sql} + ${value.sql})`, value.type);
    });
    expect(new Set(texts)).toEqual(new Set([written]));
    expect(sql.split(long.sql)).toHaveLength(2);
  },
);
