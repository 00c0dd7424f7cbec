import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  connection = await dla.connect();
});

afterAll(async () => {
  await connection.end();
  await dla.remove();
});

const answered = async (expression: string, zone: string): Promise<unknown> => {
  await connection.query(`set time_zone = '${zone}'`);
  const sql = `select ${expression} n from (values (timestamp '2020-01-01 00:00:00', date '2020-01-01')) t(x, d)`;
  const [rows] = await connection.query(sql);
  return (rows as { n: unknown }[])[0].n;
};

const Z = 'cast(x as timestamp with time zone)';

describe.each(['+08:00', '+05:30', '-03:30', '+00:00'])('a timestamp beside one with a time zone, in %s', (zone) => {
  it.each([
    `array[x] = array[${Z}]`,
    `array[d] = array[${Z}]`,
    `to_unixtime((array[x] || array[${Z}])[1]) = to_unixtime(${Z})`,
    `to_unixtime((array[${Z}] || array[null] || array[d])[3]) = to_unixtime(${Z})`,
    `array[array[x]] = array[array[${Z}]]`,
    `array[row(1, d)] = array[row(2 - 1, ${Z})]`,
    `row(1, array[x]) = row(1, array[${Z}])`,
    `map(array['a'], array[x]) = map(array['a'], array[${Z}])`,
    `map(array[d], array[array[x]]) = map(array[${Z}], array[array[${Z}]])`,
    `array[map(array['a'], array[x])] = array[map(array['a'], array[${Z}])]`,
    `map(array['a'], array[row(d)]) = map(array['a'], array[row(${Z})])`,
    `coalesce(if(x is null, map(array['a'], array[x])), map(array['a'], array[${Z}]))['a'] = ${Z}`,
    `x in (select ${Z})`,
  ])('%s', async (expression) => {
    expect(await answered(expression, zone)).toBe(1);
  });
});

describe("a timestamp beside one with another zone than the session's is read in the session's", () => {
  const utc = "timestamp '2019-12-31 16:00:00 UTC'";
  it.each([
    `timestamp '2020-01-01 00:00:00' = ${utc}`,
    `${utc} = x`,
    `d = ${utc}`,
    `array[x] = array[${utc}]`,
    `x in (${utc})`,
    `x between ${utc} and ${utc}`,
    `x = ${utc} at time zone 'America/New_York'`,
    `x = at_timezone(x, 'America/New_York')`,
    `x = with_timezone(timestamp '2019-12-31 16:00:00', 'UTC')`,
    `x = from_unixtime(1577808000, 'UTC') and x = from_unixtime(1577808000, 5, 30)`,
    `x = from_iso8601_timestamp('2019-12-31T16:00:00Z')`,
    `hour(coalesce(${utc}, x)) = 16`,
    `x - ${utc} = interval '0' day`,
    `date_diff('hour', x, ${utc}) = 0`,
    `date_diff('month', x, timestamp '2020-01-31 16:00:00 UTC') = 1`,
    `date_diff('month', x, timestamp '2020-01-31 15:59:59 UTC') = 0`,
  ])('%s', async (expression) => {
    expect(await answered(expression, '+08:00')).toBe(1);
  });
});
