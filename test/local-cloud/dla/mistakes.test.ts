import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from 'mysql2/promise';
import { AGGREGATES, SCALARS, SYNONYMS, WINDOW_FUNCTIONS } from '../../../lib/local-cloud/dla/dialect/functions';
import { SPECIAL } from '../../../lib/local-cloud/dla/dialect/special-functions';
import { DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  connection = await dla.connect({ typeCast: (field) => field.string('utf8') });
});

afterAll(() => dla.remove());

/** Words of the engine that runs the queries, which its users do not know. */
const ENGINE_WORDS =
  /duckdb|binder|macro|catalog error|parser error|conversion error|input error|range error|internal|candidate|line \d|did you mean|js_|list_\w|struct_|\bINT\d|HUGEINT|BLOB|TIMESTAMPTZ|%\d|explicit type cast|\n/i;

async function mistake(sql: string): Promise<{ errno: number; sqlMessage: string } | undefined> {
  return connection.query(sql).then(
    () => undefined,
    (error: { errno: number; sqlMessage: string }) => error,
  );
}

const ROWS = "(values (1, 'a', date '2019-01-31', array[1, 2]), (null, null, null, null)) t(x, s, d, ar)";

const names = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => /^\w+/.exec(line)![0]);

const FUNCTIONS = [
  ...new Set([
    ...names(SCALARS),
    ...names(AGGREGATES),
    ...names(WINDOW_FUNCTIONS),
    ...Object.keys(SPECIAL).filter((name) => !name.includes(' ')),
    ...Object.keys(SYNONYMS),
  ]),
];

describe('a mistake', () => {
  it.each<[string, number, string]>([
    [`select sum(sum(x)) from ${ROWS}`, 1111, 'sum cannot be used here'],
    [`select x from ${ROWS} where sum(x) > 1`, 1111, 'sum cannot be used here'],
    [`select x from ${ROWS} group by sum(x)`, 1111, 'sum cannot be used here'],
    [`select transform(array[1], y -> sum(x)) from ${ROWS}`, 1111, 'sum cannot be used here'],
    [`select x from ${ROWS} where rank() over () = 1`, 3593, 'rank … OVER cannot be used here'],
    [`select sum(sum(x) over ()) over () from ${ROWS}`, 3593, 'sum … OVER cannot be used here'],
    [`select grouping(x) from ${ROWS}`, 1111, 'referenced by GROUP BY'],
    [`select x, count(*) from ${ROWS}`, 1140, "'x' must be an aggregate expression"],
    [`select x from ${ROWS} group by s`, 1140, "'x' must be an aggregate expression"],
    ["select sequence(date '0001-01-01', date '9999-12-31', interval '1' month)", 1105, 'more than 10000 entries'],
    [
      "select sequence(timestamp '9999-12-31 00:00:00', timestamp '0001-01-01 00:00:00', interval '-1' month)",
      1105,
      'more than 10000 entries',
    ],
    [`select x from ${ROWS} order by 2`, 1054, 'ORDER BY position 2'],
    [`select x from ${ROWS} order by -1`, 1054, 'ORDER BY position -1'],
    [`select x from ${ROWS} group by 3`, 1054, 'GROUP BY position 3'],
    [`select distinct x from ${ROWS} order by s`, 1210, 'must appear in the select list'],
    [`select map(array[x], array[x]) m from ${ROWS} order by m`, 1210, 'is not orderable'],
    [`select array_agg(distinct x order by s) from ${ROWS}`, 1210, 'must appear in its arguments'],
    [
      "select timestamp '2020-01-01 00:00:00' + interval 5 microsecond",
      1235,
      'INTERVAL … MICROSECOND is not supported',
    ],
    [
      'select 1 from (values 1) a(v) left join (values 1) b(v) on exists (select 1 from (values 1) c(id) where c.id = v)',
      1054,
      "column 'v' is ambiguous",
    ],
    [
      `select * from ${ROWS} left join (values 1) u(y) on t.x = u.y and exists (select 1 from (values 1) v(z) where z = x and z = y)`,
      1235,
      'a query in the ON of an outer join that reads columns of both sides is not supported',
    ],
    [
      `select * from ${ROWS} left join (values 1) u(y) on t.x = u.y and exists (select nope from (values 1) v(z))`,
      1054,
      "column 'nope' cannot be resolved",
    ],
    [
      `select count(*) from (values (1,2,3,4,5,6,7,8,9,10,11,12)) t(a,b,c,d,e,f,g,h,i,j,k,l) group by cube(a,b,c,d,e,f,g,h,i,j,k,l)`,
      1235,
      'GROUP BY has 4096 grouping sets but can contain at most 2048',
    ],
    [`select sum(distinct x) over () from ${ROWS}`, 1235, 'DISTINCT is not supported for window functions'],
    [`select sum(x) filter (where x > 1) over () from ${ROWS}`, 1235, 'FILTER is not supported for window functions'],
    [`select max(x) ignore nulls over (order by x) from ${ROWS}`, 1210, 'null treatment'],
    [`select lag(x) over () from ${ROWS}`, 1210, 'requires an ORDER BY'],
    [`select sum(x) over (order by x rows 'a' preceding) from ${ROWS}`, 1210, 'is a whole number, got varchar(1)'],
    [`select sum(x) over (order by x rows -1 preceding) from ${ROWS}`, 1105, 'must not be negative or null'],
    [`select sum(x) over (order by x range interval '1' day preceding) from ${ROWS}`, 1210, 'over integer cannot have'],
    [`select sum(x) over (rows unbounded following) from ${ROWS}`, 1210, 'cannot start with UNBOUNDED FOLLOWING'],
    [`select (select sum(x)) from ${ROWS}`, 1235, 'columns of an outer query alone'],
    [`select transform(ar, y -> (select y)) from ${ROWS}`, 1210, 'a lambda expression cannot contain a query'],
    [
      'select ' + 'transform(array[1], x -> '.repeat(5) + '1' + ')'.repeat(5),
      1235,
      'more than 4 lambdas within each other are not supported here',
    ],
    ["select date '2019-02-30'", 1210, "'2019-02-30' is not a valid date literal"],
    ['select 0x1F', 1235, 'literals such as 0x1F are not supported'],
    ['select 9223372036854775807 + 1', 1690, 'bigint addition overflow: 9223372036854775807 + 1'],
    ['select 2147483647 + 1', 1690, 'integer addition overflow: 2147483647 + 1'],
    ["select cast('99999999999' as integer)", 1105, "Cannot cast '99999999999' to integer"],
    ['select now(1, 2)', 1210, 'unexpected parameters (integer, integer) for function now'],
    ['select list_value(1)', 1305, 'function list_value does not exist'],
  ])('%s is told', async (sql, errno, message) => {
    const error = await mistake(sql);
    expect(error).toMatchObject({ errno, sqlMessage: expect.stringContaining(message) as string });
    expect(error!.sqlMessage.replace('list_value', '').replace(/select list/g, '')).not.toMatch(ENGINE_WORDS);
  });

  const ARGUMENTS = [
    [],
    ['null'],
    ["'a'"],
    ['1'],
    ['-1', '0'],
    ["'a'", "''", 'null'],
    ['array[null]', "map(array['k'], array[1])"],
    ["date '2019-03-27'", '1.5'],
    ['nan()', '9223372036854775807'],
    ['array[1, 2]', '(a, b) -> a', 'x -> null'],
    ["x'00ff'", "row(1, 'a')", "json '[1]'", "interval '1' day"],
  ].map((items) => items.join(', '));

  it('in a call of any function is told without a word of the engine', { timeout: 120_000 }, async () => {
    const told: string[] = [];
    for (const name of FUNCTIONS) {
      for (const items of ARGUMENTS) {
        const call = `${name}(${items})`;
        const { sqlMessage: text = '' } = (await mistake(`select ${call}`)) ?? {};
        // The function's own name and what it takes stand in the message.
        if (ENGINE_WORDS.test(text.replaceAll(name, ''))) {
          told.push(`${call}: ${text}`);
        }
      }
    }
    expect(told).toEqual([]);
  });
});

describe('within TRY', () => {
  it.each<[string, unknown[][]]>([
    [`select try(sum(x) / (count(*) - 2)) from ${ROWS}`, [[null]]],
    [
      `select x, try(cast(s as integer) + sum(x)) from ${ROWS} group by x, s order by 1`,
      [
        ['1', null],
        [null, null],
      ],
    ],
    [`select try((select max(x) from ${ROWS})), try(rand() < 2), try(1 in (select 1))`, [['1', '1', '1']]],
    [`select try_cast(max(s) as integer), try_cast(sum(x) as varchar) from ${ROWS}`, [[null, '1']]],
    [`select try(row_number() over (order by x) / 0) from ${ROWS}`, [[null], [null]]],
    ['select try(try(1 / 0)), try(transform(array[1, 0], z -> 1 / z))', [[null, null]]],
  ])('%s answers', async (sql, expected) => {
    const [rows] = await connection.query({ sql, rowsAsArray: true });
    expect(rows).toEqual(expected);
  });
});

it('a query has one time', async () => {
  const [rows] = await connection.query({
    sql: 'select now() union select now() union select current_timestamp',
    rowsAsArray: true,
  });
  expect(rows).toHaveLength(1);
});

it("takes a text that looks like the engine's own words for a text", async () => {
  const [rows] = await connection.query(
    "select max('GROUPING(a)') t, count_if(b = 'GROUPING(a)') n from (values 'x') v(b)",
  );
  expect(rows).toEqual([{ t: 'GROUPING(a)', n: '0' }]);
});
