import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerStatus } from '../../../lib/local-cloud/dla/server-status';
import { BUCKET, DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  await dla.query('create view lake.adults as select id, name from lake.people');
  await dla.query(
    `create external table lake.sales (amount decimal(10,2), at timestamp) partitioned by (y string) stored as parquet location 'oss://${BUCKET}/sales/' tblproperties ('auto.create.location'='true')`,
  );
  connection = await dla.connect({ database: 'lake', dateStrings: true });
});

afterAll(() => dla.remove());

const rowsOf = async (sql: string): Promise<unknown> => (await connection.query({ sql, rowsAsArray: true }))[0];

/** Statements of the kind that each tool sends when it connects, browses and reads. */
describe('what tools send', () => {
  it.each<[string, string, unknown]>([
    ['DBeaver', 'SELECT @@GLOBAL.character_set_server,@@GLOBAL.collation_server', [['utf8mb4', 'utf8mb4_general_ci']]],
    ['DBeaver', 'SHOW FULL TRIGGERS FROM `lake`', []],
    [
      'DBeaver',
      "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_NAME LIKE '%PEO%' AND TABLE_SCHEMA='lake' ORDER BY TABLE_NAME LIMIT 10",
      [['people']],
    ],
    ['DBeaver', 'SELECT x.* FROM lake.people x WHERE id = 2 LIMIT 0, 200', [[2, 'Bo', null]]],
    [
      'DataGrip',
      "select table_name from information_schema.tables where table_schema collate utf8_general_ci = 'information_schema' and table_name collate utf8_general_ci = 'parameters'",
      [['PARAMETERS']],
    ],
    [
      'DataGrip',
      "select collation_name, is_default collate utf8_general_ci = 'yes' as is_default from information_schema.collations where character_set_name = 'UTF8MB4' order by collation_name",
      [
        ['utf8mb4_bin', 0],
        ['utf8mb4_general_ci', 1],
        ['utf8mb4_unicode_ci', 0],
      ],
    ],
    ['MySQL Workbench', "SHOW LOCAL VARIABLES LIKE 'lower_case_table_names'", [['lower_case_table_names', '1']]],
    ['MySQL Workbench', 'SHOW COUNT(*) WARNINGS', [[0]]],
    ['MySQL Workbench', 'SELECT QUERY_ID, SUM(DURATION) FROM INFORMATION_SCHEMA.PROFILING GROUP BY QUERY_ID', []],
    [
      'phpMyAdmin',
      "SELECT `TABLE_SCHEMA` AS `Db`, `TABLE_NAME` AS `Name` FROM `information_schema`.`TABLES` t WHERE `TABLE_SCHEMA` COLLATE utf8_bin IN ('lake') AND t.`TABLE_NAME` COLLATE utf8_bin = 'people' ORDER BY Name ASC",
      [['lake', 'people']],
    ],
    [
      'phpMyAdmin',
      'SELECT CAST(n AS CHAR CHARACTER SET utf8) FROM (SELECT BINARY s.SCHEMA_NAME AS n FROM `information_schema`.SCHEMATA s GROUP BY BINARY s.SCHEMA_NAME ORDER BY BINARY `SCHEMA_NAME` ASC) a',
      [['information_schema'], ['lake']],
    ],
    ['phpMyAdmin', 'SHOW INDEXES FROM `lake`.`people` WHERE (Non_unique = 0)', []],
    ['HeidiSQL', 'SHOW OPEN TABLES FROM `lake` WHERE in_use!=0', []],
    ['HeidiSQL', "SHOW FUNCTION STATUS WHERE LOWER(Db) = LOWER('lake')", []],
    ['Navicat', "SHOW COLLATION WHERE charset = 'BINARY'", [['binary', 'binary', 63, 'Yes', 'Yes', 1]]],
    [
      'Navicat',
      "SELECT COUNT(*) FROM information_schema.triggers WHERE BINARY event_object_schema = 'lake' AND BINARY event_object_table = 'people'",
      [[0]],
    ],
    [
      'Tableau',
      "SELECT COLUMN_NAME, IF(IS_NULLABLE = 'yes', 1, 0) FROM information_schema.COLUMNS WHERE TABLE_NAME LIKE BINARY 'people' AND TABLE_SCHEMA = DATABASE() ORDER BY ORDINAL_POSITION LIMIT 1",
      [['id', 1]],
    ],
    [
      'Power BI',
      'select `rows`.`name`, sum(`rows`.`id`) as `a0` from (select `_`.`id`, `_`.`name` from `lake`.`people` `_` where `_`.`id` > 2) `rows` group by `name` limit 1000001',
      [["O'Neil", 3]],
    ],
    [
      'Grafana',
      "SELECT table_name, (SELECT column_name FROM information_schema.columns c WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name AND c.data_type IN ('timestamp', 'datetime', 'date') ORDER BY ordinal_position LIMIT 1) AS time_column FROM information_schema.tables t WHERE t.table_schema = database() ORDER BY table_name",
      [
        ['adults', null],
        ['people', 'born'],
        ['sales', 'at'],
      ],
    ],
    [
      'Grafana',
      'SELECT UNIX_TIMESTAMP(born) DIV 300 * 300 AS time, avg(id) FROM people WHERE born BETWEEN FROM_UNIXTIME(600000000) AND FROM_UNIXTIME(700000000) GROUP BY 1 ORDER BY 1',
      [[631209600, 1]],
    ],
    [
      'Metabase',
      "select `c`.`column_name`, `c`.`ordinal_position` - 1, upper(`c`.`data_type`), `column_key` = 'PRI' from `information_schema`.`columns` as `c` where `c`.`table_schema` = 'lake' and `c`.`table_name` = 'adults' order by 2",
      [
        ['id', 0, 'BIGINT', 0],
        ['name', 1, 'VARCHAR', 0],
      ],
    ],
    ['DataX, Sqoop', 'SELECT MIN(id), MAX(id) FROM people WHERE (1=1 AND id IS NOT NULL)', [[1, 3]]],
    [
      'Spark',
      'SELECT `id` FROM (SELECT * FROM people) SPARK_GEN_SUBQ_0 WHERE (`id` IS NOT NULL) AND (`id` < 3 or `id` is null) ORDER BY 1',
      [[1], [2]],
    ],
    ['Spark', 'SELECT * FROM (select * from people) SPARK_GEN_SUBQ_1 WHERE 1=0', []],
    [
      'dbt',
      "select distinct table_schema as `schema`, case when table_type = 'BASE TABLE' then 'table' when table_type = 'VIEW' then 'view' end as t from information_schema.tables where table_schema = 'LAKE' order by 2",
      [
        ['lake', 'table'],
        ['lake', 'view'],
      ],
    ],
  ])('%s: %s', async (_, sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows);
  });
});

describe('MySQL’s ways to ask', () => {
  it.each<[string, unknown]>([
    ["SHOW TABLES WHERE Tables_in_lake LIKE 'p%'", [['people']]],
    ["SHOW FULL TABLES FROM lake WHERE `Tables_in_lake` = 'ADULTS'", [['adults', 'VIEW']]],
    ["SHOW DATABASES WHERE `Database` = 'lake'", [['lake']]],
    ['DESC people NAME', [['name', 'string', 'YES', '', null, '']]],
    ["EXPLAIN lake.people 'b%'", [['born', 'date', 'YES', '', null, '']]],
    ['DESC people absent', []],
    ["DESCRIBE information_schema.engines 'XA'", [['XA', 'varchar(65535)', 'YES', '', null, '']]],
    ["SHOW GLOBAL VARIABLES WHERE variable_name = 'PORT'", [['port', '10000']]],
    ["SELECT variable_value FROM information_schema.global_status WHERE variable_name = 'threads_connected'", [['1']]],
    ['SELECT LAST_INSERT_ID(), @@identity', [[0, 0]]],
    ['SELECT @@warning_count, @@secure_file_priv, @@log_bin', [[0, null, 0]]],
    ['SELECT DISTINCT SQL_NO_CACHE SQL_BIG_RESULT id FROM people WHERE id = 1', [[1]]],
    ["select time_format(timediff(now(), convert_tz(now(), '+08:00', '+00:00')), '%H:%i')", [['08:00']]],
    ['select timediff(now(), utc_timestamp()), date_add(now(6), interval -30 day) < now()', [['08:00:00', 1]]],
    // By the day of UTC or the next one, as the time of day is now.
    ["select timediff(curtime(), utc_time()) in ('08:00:00', '-16:00:00')", [[1]]],
    [
      "select str_to_date(concat(year(born), '-', (quarter(born) * 3) - 2, '-01'), '%Y-%m-%d') from people where id = 1",
      [['1990-01-01']],
    ],
    ["select str_to_date(concat(yearweek(born), ' Sunday'), '%X%V %W') from people where id = 1", [['1989-12-31']]],
    ["select group_concat(name order by id separator ', ') from people", [["Ann, Bo, O'Neil"]]],
    [
      'select k.constraint_name from information_schema.key_column_usage k join information_schema.table_constraints t using (constraint_schema, constraint_name)',
      [],
    ],
    [
      "select a.table_name, table_schema, b.table_schema, count(*) from information_schema.tables a join information_schema.columns b using (table_schema, table_name) where a.table_schema = 'lake' and b.table_name = 'people' group by a.table_name, table_schema, b.table_schema",
      [['people', 'lake', 'lake', 3]],
    ],
    ['select id from people where 1 and id = 1', [[1]]],
    ['select id from people where true = 1 and not 0 order by 1', [[1], [2], [3]]],
    ['select a.id from people a join people b on 1 where b.id = 2 and a.id = 1', [[1]]],
    ['select table_name from information_schema.files group by table_name, engine, extra having 1', []],
    ["select id from people where name like binary '%n%'", [[1]]],
    [
      "select coalesce(born, '2000-01-01'), ifnull(born, '2001-01-01') from people where id < 3 order by id",
      [
        ['1990-01-02', '1990-01-02'],
        ['2000-01-01', '2001-01-01'],
      ],
    ],
    [
      "select concat_ws('', name, '-', id), concat(id, ':', born, ':', id = 1, ':', 1.50) from people where id = 1",
      [['Ann-1', '1:1990-01-02:1:1.50']],
    ],
    [
      "select regexp_like(name, '^A', 'c'), regexp_like(name, '^a', 'i'), regexp_like(name, '^a', 'ic'), regexp_like(concat('x', chr(10), name), '^a', 'im') from people where id = 1",
      [[1, 1, 0, 1]],
    ],
  ])('%s', async (sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows);
  });

  it('tells apart the letters of rows as everywhere, for only information_schema ignores them', async () => {
    expect(await rowsOf("select count(*) from people where name = 'ANN'")).toEqual([[0]]);
  });

  it('lists numbers as numbers, with a condition and without', async () => {
    const [plain] = await connection.query("show collation like 'utf8_bin'");
    const [filtered] = await connection.query("show collation where Collation = 'utf8_bin'");
    expect(plain).toEqual([expect.objectContaining({ Id: 83, Sortlen: 1 })]);
    expect(filtered).toEqual(plain);
  });
});

it('counts connections and statements for mycli and mysqladmin', async () => {
  const status = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      ((await rowsOf('SHOW GLOBAL STATUS')) as string[][]).map(([name, value]) => [name, Number(value)]),
    );
  const before = await status();
  await dla.query('select 1');
  const after = await status();
  expect(after).toMatchObject({ Threads_running: 1, Slow_queries: 0, Opened_tables: 0, Open_tables: 0 });
  expect(after.Connections).toBe(before.Connections + 1);
  expect(after.Queries).toBe(before.Queries + 2);
  expect(after.Uptime).toBeGreaterThanOrEqual(before.Uptime);
});

it('calls a statement slow that takes longer than long_query_time', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    const status = new ServerStatus();
    const taking = (seconds: number): Promise<void> =>
      status.measure(async () => {
        vi.advanceTimersByTime(1000 * seconds);
        return Promise.resolve();
      });
    await taking(9);
    await taking(11);
    expect(status.told(1)).toMatchObject({ Queries: 2, Slow_queries: 1, Threads_running: 0, Uptime: 20 });
    expect(await rowsOf('select @@long_query_time')).toEqual([['10.000000']]);
  } finally {
    vi.useRealTimers();
  }
});

it('takes CASCADE and RESTRICT of DROP TABLE and VIEW, which change nothing', async () => {
  await connection.query('create view passing as select 1 as one');
  await connection.query('drop view if exists lake.passing restrict');
  await connection.query('drop view if exists passing cascade');
  await connection.query('drop table if exists lake.absent cascade');
  await expect(connection.query('drop view passing cascade')).rejects.toMatchObject({ errno: 1051 });
  expect(await rowsOf("show tables like 'p%'")).toEqual([['people']]);
});

it.each([
  ['EXPLAIN FORMAT=JSON SELECT 1', 1235],
  ['ALTER TABLE people RENAME TO persons', 1235],
  ['ALTER TABLE people DROP COLUMN name', 1235],
  ['ALTER TABLE people MODIFY id int', 1235],
  ['ALTER TABLE people RENAMED TO persons', 1064],
  ['RENAME TABLE people TO persons', 1235],
  ['DROP VIEW adults CASCADE RESTRICT', 1064],
  ['EXPLAIN INSERT INTO people SELECT * FROM people', 1235],
  ['SHOW MASTER STATUS', 1235],
  ["SET GLOBAL time_zone = '+00:00'", 1227],
  ["SET @@global.sql_mode = ''", 1227],
  ['SHOW ENGINE INNODB STATUS', 1235],
  ['SHOW CREATE PROCEDURE lake.f', 1305],
  ['SHOW NOTHING', 1064],
  ['SELECT * FROM information_schema.innodb_trx', 1109],
  ['select a.id from people a join people b using (id)', 1054],
  ["select concat(1, 'a')", 1210],
  ["select regexp_like(name, '^A', 'z') from people", 1210],
  ["select time_format('10:00', '%Y')", 1105],
  ["select yearweek('2020-01-01', 8)", 1105],
  ['select found_rows()', 1235],
  ["select get_lock('a', 1)", 1235],
])('%s is an error that says what is the matter', async (sql, errno) => {
  await expect(connection.query(sql)).rejects.toMatchObject({ errno });
});
