import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from 'mysql2/promise';
import { DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  connection = await dla.connect({ supportBigNumbers: true });
});

afterAll(() => dla.remove());

const VISITS = `(select cast(id as bigint) id, name, born, at, price, ok, cast('10:20:30' as time) clock
  from (values
    (1, 'Ann', date '1990-01-02', timestamp '2019-03-27 14:55:09', 1.50, true),
    (2, 'Bo', null, null, null, null),
    (3, 'Cy', date '2001-02-03', timestamp '2020-01-01 00:00:00', 2.25, false)) t(id, name, born, at, price, ok)) v`;

async function idsWhere(condition: string, value?: unknown, isPrepared = false): Promise<unknown> {
  const sql = `select id from ${VISITS} where ${condition} order by id`;
  const values = value === undefined ? [] : [value as string];
  const [rows] = isPrepared ? await connection.execute(sql, values) : await connection.query(sql, values);
  return (rows as { id: number }[]).map(({ id }) => id);
}

describe('literals beside columns', () => {
  it.each<[string, number[]]>([
    ["born = '1990-01-02'", [1]],
    ["'1990-01-02' = born", [1]],
    ["born = '1990-01-02 00:00:00'", [1]],
    ["born > '1990-01-02 00:00:00'", [3]],
    ["born in ('1990-01-02', '2001-02-03')", [1, 3]],
    ["born not between '1990-01-01' and '1999-01-01'", [3]],
    ["born is distinct from '1990-01-02'", [2, 3]],
    ["case born when '2001-02-03' then true else false end", [3]],
    ["at >= '2020-01-01'", [3]],
    ["at < '2019-03-27 14:55:09.001'", [1]],
    ["cast(at as date) = '2020-01-01'", [3]],
    ["date_trunc('month', born) = '1990-01-01'", [1]],
    ["clock = '10:20:30'", [1, 2, 3]],
    ['ok = 1', [1]],
    ['ok <> 1', [3]],
    ['ok is true', [1]],
    ['ok is not false', [1, 2]],
    ['ok is unknown', [2]],
    ['born <=> null', [2]],
    ["name regexp '^[AB]' and name not rlike 'o'", [1]],
  ])('%s', async (condition, expected) => {
    await expect(idsWhere(condition)).resolves.toEqual(expected);
  });

  it.each([
    ["born = 'soon'", "'soon' is not a valid date literal"],
    ["at = '2019-13-01'", "'2019-13-01' is not a valid timestamp literal"],
    ["id = '1'", 'cannot apply operator: bigint = varchar(1)'],
    ['ok = 2', 'cannot apply operator: boolean = integer'],
    ['born = name', 'cannot apply operator: date = varchar'],
    ["date '1990-01-02' = '1990-01-02'", 'cannot apply operator: date = varchar(10)'],
  ])('%s is refused', async (condition, message) => {
    await expect(idsWhere(condition)).rejects.toMatchObject({
      errno: 1210,
      sqlMessage: expect.stringContaining(message),
    });
  });

  it.each<[string, unknown, number[]]>([
    ['born = ?', new Date(1990, 0, 2), [1]],
    ['at = ?', new Date(2020, 0, 1), [3]],
    ['price = ?', 1.5, [1]],
    ['id = ?', 3, [3]],
    ['ok = ?', true, [1]],
    ['name = ?', 'Bo', [2]],
    ['name = ?', null, []],
  ])('%s with %s as a parameter, in the text and apart', async (condition, value, expected) => {
    await expect(idsWhere(condition, value)).resolves.toEqual(expected);
    await expect(idsWhere(condition, value, true)).resolves.toEqual(expected);
  });
});

describe("MySQL's dates, as tools write them", () => {
  const AT = "timestamp '2019-05-27 14:55:09'";
  it.each<[string, unknown]>([
    [`date(date_sub(${AT}, interval dayofmonth(${AT}) - 1 day))`, '2019-05-01'],
    [`date_add(date(${AT}), interval hour(${AT}) hour)`, '2019-05-27 14:00:00'],
    [`date_add(date(${AT}), interval (hour(${AT}) * 60 + minute(${AT})) minute)`, '2019-05-27 14:55:00'],
    [`makedate(year(${AT}), 1) + interval quarter(${AT}) quarter - interval 1 quarter`, '2019-04-01'],
    [`str_to_date(concat(date_format(${AT}, '%Y-%m'), '-01'), '%Y-%m-%d')`, '2019-05-01'],
    ["str_to_date('27.05.2019 10:00', '%d.%m.%Y %H:%i')", '2019-05-27 10:00:00'],
    ["timestampdiff(month, '2019-01-31', date '2019-03-01')", 1],
    ["timestampadd(day, 2, '2019-02-27')", '2019-03-01 00:00:00'],
    ["to_days('2007-10-07')", 733321],
    ["time_to_sec(time '22:23:00')", 80580],
    ['makedate(2019, 0)', null],
    ['7 div 2', 3],
    ['-7 div 2', -3],
    ['7.5 div 2', 3],
    ['7 mod 3', 1],
    ['isnull(null)', 1],
    ["elt(2, 'a', 'b')", 'b'],
    ["elt(3, 'a', 'b')", null],
    ["field('b', 'a', 'b')", 2],
    ["field('z', 'a', 'b')", 0],
  ])('%s', async (expression, expected) => {
    const [rows] = await connection.query({
      sql: `select ${expression} v`,
      typeCast: (field, next) => (/DATE|TIME/.test(field.type) ? field.string() : next()),
    });
    expect(rows).toEqual([{ v: expected }]);
  });

  it('leaves columns that are named like its words', async () => {
    const [rows] = await connection.query(
      'select interval + 1 a, mod, div from (values (1, 2, 3)) t(interval, mod, div)',
    );
    expect(rows).toEqual([{ a: 2, mod: 2, div: 3 }]);
  });
});
