import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DlaFixture } from './dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.renew();
});

afterAll(() => dla.remove());

const many = (count: number, item: (n: number) => string, separator = ', '): string =>
  Array.from({ length: count }, (_, n) => item(n)).join(separator);

describe('a large statement, as tools write them', () => {
  it.each<[string, string, unknown]>([
    ['IN list of 20,000', `select count(*) n from lake.people where id in (${many(20_000, String)})`, 3],
    ['OR chain of 1,000', `select count(*) n from lake.people where ${many(1000, (n) => `id = ${n}`, ' or ')}`, 3],
    [
      'CASE of 1,000 arms',
      `select sum(case id ${many(1000, (n) => `when ${n} then 2`, ' ')} end) n from lake.people`,
      6,
    ],
    ['UNION ALL of 500', `select count(*) n from (${many(500, (n) => `select ${n}`, ' union all ')})`, 500],
    ['VALUES of 10,000', `select count(*) n from (values ${many(10_000, (n) => `(${n}, 'x')`)})`, 10_000],
    ['|| chain of 1,000', `select length(${many(1000, (n) => `'${n % 10}'`, ' || ')}) n`, 1000],
    ['|| chain with a NULL', `select count(${many(500, (n) => (n === 300 ? 'null' : "'a'"), ' || ')}) n`, 0],
    ['|| chain of arrays', `select cardinality(${many(300, (n) => `array[${n}]`, ' || ')}) n`, 300],
    ['|| chain of an array of arrays and arrays', `select cardinality(array[array[1]] || array[2] || array[3]) n`, 3],
    ['|| chain of arrays and an array of arrays', `select cardinality(array[1] || array[array[2]] || array[3]) n`, 3],
    ['concat of 2,000', `select length(concat(${many(2000, () => "'a'")})) n`, 2000],
    ['sum of 700 columns', `select sum(${many(700, () => 'id', ' + ')}) n from lake.people`, 4200],
    ['difference of 300 decimals', `select ${many(300, () => '1.5', ' - ')} n`, -447],
    ['chain of 400 of all operators', `select ${many(100, () => '7', ' * 2 / 2 % 100 + ')} n`, 700],
    ['chain of 200 intervals', `select day(date '2020-01-01' + ${many(200, () => "interval '1' day", ' + ')}) n`, 19],
    [
      'chain of 100 over columns of an outer query',
      `select count(*) n from lake.people p where exists (select 1 from (values 1) t(x) where ${many(100, () => 'p.id', ' + ')} = x * 200)`,
      1,
    ],
    ['casts 40 deep', `select ${'cast(cast('.repeat(20)}7${' as varchar) as bigint)'.repeat(20)} n`, 7],
    ['functions 30 deep', `select length(${'substr('.repeat(30)}'abc'${', 2)'.repeat(30)}) n`, 0],
    ['subscripts 10 deep', `select ${'array['.repeat(10)}7${']'.repeat(10)}${'[1]'.repeat(10)} n`, 7],
    ['nullif 30 deep', `select ${'nullif('.repeat(30)}id${', 2)'.repeat(30)} n from lake.people where id = 3`, 3],
    ['division 60 deep', `select ${'1/('.repeat(60)}1${')'.repeat(60)} n`, 1],
    ['59 subqueries in each other', `${'select n from ('.repeat(59)}select 7 n${') t'.repeat(59)}`, 7],
    ['parentheses 100 deep', `select ${'('.repeat(100)}7${')'.repeat(100)} n`, 7],
    ['string of 900,000 characters', `select length('${'x'.repeat(900_000)}') n`, 900_000],
    ['statement of spaces and comments', `select ${' '.repeat(400_000)}${'/* */'.repeat(100_000)} 7 n`, 7],
  ])('%s is answered', async (_what, sql, expected) => {
    expect((await dla.query<{ n: unknown }>(sql)).map(({ n }) => Number(n))).toEqual([expected]);
  });

  it('one is answered after others whose plans have taken much memory', async () => {
    for (const sql of [
      `select ${many(100, () => '7', ' * 2 / 2 % 100 + ')}`,
      `select ${'substr('.repeat(80)}'abc'${', 2)'.repeat(80)}`,
      `select ${'cast(cast('.repeat(40)}7${' as varchar) as bigint)'.repeat(40)}`,
    ]) {
      await dla.query(sql);
    }
    expect(await dla.query(`select length('${'x'.repeat(900_000)}') n`)).toEqual([{ n: 900_000 }]);
  });

  it('SHOW with a pattern of 900,000 characters is answered', async () => {
    expect(await dla.query(`show variables like '${'%a'.repeat(450_000)}'`)).toEqual([]);
  });

  it('2,000 columns are answered', async () => {
    const [row] = await dla.query(`select ${many(2000, (n) => `${n} as c${n}`)}`);
    expect(Object.keys(row)).toHaveLength(2000);
  });

  it.each([
    [
      'IN list beyond what fits',
      `select 1 from lake.people where id in (${many(100_000, String)})`,
      'lists are too long',
    ],
    ['UNION ALL of 5,000', many(5000, (n) => `select ${n}`, ' union all '), 'too long a chain of operators'],
    ['parentheses 500 deep', `select ${'('.repeat(500)}1${')'.repeat(500)}`, 'nested more than 120 times'],
    [
      '60 subqueries in each other',
      `${'select n from ('.repeat(60)}select 7 n${') t'.repeat(60)}`,
      'nested more than 120 times',
    ],
    [
      'table of 60,000 columns',
      `create external table lake.wide (${many(60_000, (n) => `c${n} int`)}) stored as csv location 'oss://data-bucket/wide/'`,
      'too many columns: expected at most 4096, got 60000',
    ],
    [
      'ALTER TABLE of 60,000 columns',
      `alter table lake.people add columns (${many(60_000, (n) => `c${n} int`)})`,
      /too many columns: expected at most 4096, got 600\d\d/,
    ],
    ['parentheses that nothing closes', `select ${'('.repeat(400_000)}`, 'nested more than 1000 times'],
    [
      'chain of 1,000 common table expressions',
      `with c0 as (select 1 x), ${many(999, (n) => `c${n + 1} as (select x from c${n})`)} select x from c999`,
      /nested too deeply, or the chain is too long$/,
    ],
  ])('%s is refused in a sentence', async (_what, sql, message) => {
    await expect(dla.query(sql)).rejects.toThrow(message);
    expect(await dla.query('select 1 n')).toEqual([{ n: 1 }]);
  });
});
