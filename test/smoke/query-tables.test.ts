import { expect, it } from 'vitest';
import { locationsIn, schemaOf, tablesOf } from '../../lib/smoke/diagnosis/query-tables';

it.each([
  ['select * from s.t', ['s.t']],
  ['SELECT a FROM `s`.`t` AS x WHERE a = "from y"', ['s.t']],
  ['select 1', []],
  ['select * from a, s.b c, (select * from d) e, f', ['a', 's.b', 'd', 'f']],
  ['select * from a join b on a.x = b.x, c where 1 in (select x from d)', ['a', 'b', 'c', 'd']],
  ['select * from a left outer join s.b using (x) cross join c', ['a', 's.b', 'c']],
  ['select * from (a join b on a.x = b.x) order by 1, 2', ['a', 'b']],
  ['select f(a, b), c from t group by 1, c having max(d) > 1', ['t']],
  ['select extract(year from d), trim(both x from y) from t', ['t']],
  ['with w as (select * from a), v as (select * from w) select * from w, v, b', ['a', 'b']],
  ['select * from a cross join unnest(array[1, 2]) as t (x)', ['a']],
  ["select 'from x' from a -- from y\n, b # from z\n/* from q */ union all select * from c", ['a', 'b', 'c']],
  ["select 'it''s from x', 'b\\' from y' from a", ['a']],
  ['insert into s.t select * from u', ['s.t', 'u']],
  ['insert overwrite table s.t (a, b) select a, b from u', ['s.t', 'u']],
  ['insert into t (a) values (1)', ['t']],
  ['select * from a, a where a.b = 1', ['a']],
  ['select * from 表', ['表']],
  ['select * from db.s.t limit 5', ['db.s.t']],
  ['select * from /* x */ a, -- y\n b', ['a', 'b']],
  ['select * from `a--b`, `c/*d`', ['a--b', 'c/*d']],
  ['select a as b from a', ['a']],
  ['select * from unnest(array[1]) as t (x)', []],
  ['select * from a, lateral (select * from b) c, d', ['a', 'b', 'd']],
  ['', []],
  [')', []],
  [') select * from a', ['a']],
  ['select * from', []],
  ['select * from s.', []],
  ['create schema if not exists s', []],
  ['use s', []],
])('the tables of %j', (sql, tables) => {
  expect(tablesOf(sql)).toEqual(tables);
});

it('reads long statements at once', { timeout: 5_000 }, () => {
  for (const part of ["'", '(', 'from ', '/*', '-- ', '`', "'\\", 'a.', 'select ', '"']) {
    tablesOf(part.repeat(50_000));
  }
});

it.each([
  [['use abc'], 'abc'],
  [['use a', 'select 1'], 'a'],
  [['x use b'], undefined],
  [['use a', 'select 1', ' USE `b-c` ;'], 'b-c'],
  [['select use', 'use a b'], undefined],
  [[], undefined],
])('the schema that %j choose', (statements, schema) => {
  expect(schemaOf(statements)).toBe(schema);
});

it.each([
  ["location 'oss://my-bucket/a/b/'", [{ bucket: 'my-bucket', key: 'a/b/' }]],
  ["LOCATION'oss://my-bucket'", [{ bucket: 'my-bucket', key: '' }]],
  [
    `x "oss://one-b/k" y 'OSS://two-b/'`,
    [
      { bucket: 'one-b', key: 'k' },
      { bucket: 'two-b', key: '' },
    ],
  ],
  ["'oss://acs:ram::1:role&name@my-bucket/t/'", [{ bucket: 'my-bucket', key: 't/' }]],
  ["'oss://NO/x' 'oss:///x' oss://bare-b/x 'http://b/x'", []],
])('the locations in %j', (text, locations) => {
  expect(locationsIn(text)).toEqual(locations);
});
