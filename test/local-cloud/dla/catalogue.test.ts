import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { likeMatcher } from '../../../lib/local-cloud/dla/like';
import { DEFAULT_LIMITS } from '../../../lib/local-cloud/dla/limits';
import { eventually } from '../../eventually';
import { BUCKET, DlaFixture, ENDLESS } from './dla-fixture';
import { RawClient } from './raw-client';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  await dla.query(
    `create external table lake.sales (amount decimal(10,2) comment 'in yuan', at timestamp) partitioned by (y string) stored as parquet location 'oss://${BUCKET}/sales/' tblproperties ('auto.create.location'='true')`,
  );
  await dla.query('create view lake.adults as select id, name from lake.people');
  await dla.query(`create schema other with dbproperties (catalog='oss', location='oss://${BUCKET}/other/')`);
});

afterAll(() => dla.remove());

describe('SHOW', () => {
  it.each([
    ['show schemas', 'TABLE_SCHEMA', ['lake', 'other', 'information_schema']],
    ["show databases like 'LA%'", 'TABLE_SCHEMA', ['lake']],
    ["show schemas where table_schema = 'other'", 'TABLE_SCHEMA', ['other']],
    ['show tables from lake', 'TABLE_NAME', ['adults', 'people', 'sales']],
    ["show full tables in lake like '%s'", 'TABLE_NAME', ['adults', 'sales']],
    ["show full tables from lake where Table_type <> 'VIEW'", 'TABLE_NAME', ['people', 'sales']],
    ['show columns from lake.people', 'Field', ['id', 'name', 'born']],
    ["show full columns from people from lake like 'n%'", 'Field', ['name']],
    ['show fields in sales in lake', 'Field', ['amount', 'at', 'y']],
    [
      "show variables where variable_name in ('max_allowed_packet', 'time_zone')",
      'Variable_name',
      ['max_allowed_packet', 'time_zone'],
    ],
    ["show session variables like 'version\\_comm%'", 'Variable_name', ['version_comment']],
    ['show table status from lake', 'Name', ['adults', 'people', 'sales']],
    ['show index from lake.people', 'Table', []],
    ['show keys from people from lake where 1 = 1', 'Table', []],
    ['show character set', 'Charset', ['utf8', 'utf8mb4', 'binary']],
    ["show collation where Charset = 'utf8' and Id < 90", 'Collation', ['utf8_general_ci', 'utf8_bin']],
    ['show engines', 'Engine', ['OSS']],
    ['show function status', 'Name', []],
    ['show triggers from lake', 'Trigger', []],
    ['show warnings', 'Level', []],
  ])('%s', async (sql, column, expected) => {
    const rows = await dla.query(sql);
    expect(rows.map((row) => row[column])).toEqual(expected);
  });

  it('tells of columns as MySQL does', async () => {
    const [amount, at, y] = await dla.query('show full columns from lake.sales');
    expect(amount).toMatchObject({ Field: 'amount', Type: 'decimal(10,2)', Null: 'YES', Comment: 'in yuan' });
    expect(at).toMatchObject({ Type: 'timestamp' });
    expect(y).toMatchObject({ Type: 'varchar(65535)', Collation: 'utf8mb4_general_ci' });
  });

  it('gives the owner of each schema with EXTRA', async () => {
    expect(await dla.query("show schemas like 'lake' extra")).toEqual([]);
    expect(await dla.query('show schemas extra')).toMatchObject([
      { CATALOG_NAME: 'hive', TABLE_SCHEMA: 'lake', CREATOR_ID: 'local_dla' },
      { TABLE_SCHEMA: 'other' },
    ]);
  });

  it('shows the statements that make a view and a schema', async () => {
    expect(await dla.query('show create view lake.adults')).toMatchObject([
      { View: 'adults', 'Create View': expect.stringContaining('select id, name from lake.people') as string },
    ]);
    const [{ 'Create Database': text }] = await dla.query<{ 'Create Database': string }>('show create schema other');
    expect(text).toContain(`oss://${BUCKET}/other/`);
  });

  it('lists the connections, which KILL can end', async () => {
    const connection = await dla.connect();
    const ids = (await dla.query('show full processlist')).map(({ Id }) => Number(Id));
    expect(ids).toContain(connection.threadId);
  });

  it('tells what each connection does', async () => {
    const [busy, idle] = [await dla.connect({ database: 'lake' }), await dla.connect()];
    const endless = `${ENDLESS} /* ${'x'.repeat(200)} */`;
    void busy.query(endless).catch(() => {});
    const list = async (sql: string) => (await idle.query<RowDataPacket[]>(sql))[0];
    const of = async (sql: string, { threadId }: { threadId: number | null }) =>
      (await list(sql)).find(({ Id }) => Number(Id) === threadId);
    await eventually(async () => {
      expect(await of('show full processlist', busy)).toMatchObject({
        User: 'local_dla',
        Host: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
        db: 'lake',
        Command: 'Query',
        State: 'executing',
        Info: endless,
      });
    });
    expect(await of('show processlist', busy)).toMatchObject({ Info: endless.slice(0, 100) });
    expect(await of('show processlist', idle)).toMatchObject({ db: null, Command: 'Query', Info: 'show processlist' });
    const raw = new RawClient(dla.port);
    await raw.until(1);
    expect(await list("show processlist where command = 'Connect'")).toMatchObject([{ User: 'unauthenticated user' }]);
    raw.end();
    await idle.query(`kill query ${busy.threadId}`);
    await eventually(async () =>
      expect(await of('show processlist', busy)).toMatchObject({ Command: 'Sleep', State: '', Info: null }),
    );
  });

  it.each([
    ['show tables', 1046],
    ['show tables from absent', 1049],
    ['show columns from lake.absent', 1146],
    ['show columns', 1064],
    ['show tables from lake where', 1064],
    ['show nothing', 1064],
  ])('refuses %s', async (sql, errno) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno });
  });
});

describe('information_schema', () => {
  it('tells of tables, columns and views', async () => {
    const sql = `select table_name as t, table_type as k from information_schema.tables where table_schema = 'lake' order by 1`;
    expect(await dla.query(sql)).toEqual([
      { t: 'adults', k: 'VIEW' },
      { t: 'people', k: 'BASE TABLE' },
      { t: 'sales', k: 'BASE TABLE' },
    ]);
    const columns = await dla.query(
      "select * from INFORMATION_SCHEMA.COLUMNS where TABLE_SCHEMA = 'lake' and TABLE_NAME = 'people' order by ORDINAL_POSITION",
    );
    expect(columns.map((row) => [row.COLUMN_NAME, row.DATA_TYPE, row.ORDINAL_POSITION])).toEqual([
      ['id', 'bigint', 1],
      ['name', 'varchar', 2],
      ['born', 'date', 3],
    ]);
    expect(await dla.query('select * from `information_schema`.`views`')).toMatchObject([{ TABLE_NAME: 'adults' }]);
  });

  it('can be joined with itself, and be the selected schema', async () => {
    const rows = await dla.query(
      'select s.schema_name n, count(t.table_name) c from schemata s left join tables t on t.table_schema = s.schema_name ' +
        "where s.schema_name <> 'information_schema' group by s.schema_name order by n",
      'information_schema',
    );
    expect(rows).toEqual([
      { n: 'lake', c: 3 },
      { n: 'other', c: 0 },
    ]);
  });

  it.each([
    ['select * from information_schema.absent', 1109],
    ['select * from information_schema.tables, lake.people', 1235],
    ["create schema information_schema with dbproperties (catalog='oss', location='oss://some-bucket/')", 1007],
  ])('refuses %s', async (sql, errno) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno });
  });
});

const FOUR_TIMES = ['a', 'b', 'c', 'd'].map((name) => `information_schema.collations ${name}`).join(', ');
const LONG = `(with recursive r(n) as (select 1 union all select n + 1 from r where n < 9000) select count(*) total, max(a.collation_name) name from ${FOUR_TIMES}, r e, r f, r g)`;

describe('a SELECT over information_schema that takes long', () => {
  it('is prepared without being run', async () => {
    const connection = await dla.connect();
    const { statement } = (await connection.prepare(`select total, name from ${LONG} t`)) as unknown as {
      statement: { columns: { name: string; columnType: number }[] };
    };
    expect(statement.columns.map(({ name, columnType }) => [name, columnType])).toEqual([
      ['total', 8],
      ['name', 253],
    ]);
  });

  it('ends after the time that its hint allows', async () => {
    await expect(dla.query(`/*+ max-running-time-sec=1 */ select total from ${LONG} t`)).rejects.toMatchObject({
      errno: 3024,
    });
  });
});

it("a text 'information_schema' lets no collation of a user's column through", async () => {
  const sql = "select id from lake.people where name collate utf8_general_ci = 'ANN'";
  for (const rest of ['', " and 'information_schema' <> ''"]) {
    await expect(dla.query(sql + rest)).rejects.toMatchObject({ errno: 1235 });
  }
});

describe('a session', () => {
  it('tells that TLS is off where there is no certificate', async () => {
    const connection = await dla.connect();
    const off = [{ a: 'DISABLED', b: 'DISABLED' }];
    const [first] = await connection.query('select @@have_ssl a, @@have_openssl b');
    await connection.reset();
    const [second] = await connection.query('select @@have_ssl a, @@have_openssl b');
    expect([first, second]).toEqual([off, off]);
  });

  it('knows its values beside other columns', async () => {
    const connection = await dla.connect({ database: 'lake' });
    const [rows] = await connection.query('select database() d, 1 + 1 two, @@max_allowed_packet p, connection_id() c');
    expect(rows).toEqual([{ d: 'lake', two: 2, p: DEFAULT_LIMITS.queryBytes, c: connection.threadId }]);
  });

  it.each([
    ['select 1 one from dual', [{ one: 1 }]],
    ["select cast('7' as signed integer) one", [{ one: 7 }]],
    ["select convert('7', unsigned) one", [{ one: 7 }]],
    ['/*!40101 select 2 one */', [{ one: 2 }]],
    ["select '@@version user() from dual' one", [{ one: '@@version user() from dual' }]],
  ])('answers %s', async (sql, rows) => {
    expect(await dla.query(sql)).toEqual(rows);
  });

  it.each([
    ['/*!40101 SET NAMES utf8mb4 */'],
    ['/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */'],
    ["SET @@session.sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"],
    ['SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'],
    ['set autocommit=1, names utf8mb4'],
    ['START TRANSACTION READ ONLY'],
    ["set autocommit=1, sql_mode='STRICT_TRANS_TABLES', character_set_results = NULL"],
    ['rollback'],
  ])('takes %s', async (sql) => {
    await dla.query(sql);
  });

  it('ends a SELECT after max_execution_time', async () => {
    const connection = await dla.connect();
    await connection.query('set max_execution_time = 4294967295');
    expect((await connection.query('select 1'))[0]).toEqual([{ _col0: 1 }]);
    await connection.query('set max_execution_time = 300');
    await expect(connection.query(ENDLESS)).rejects.toMatchObject({
      errno: 3024,
      message: expect.stringContaining('longer than max_execution_time=300'),
    });
    await connection.query('set max_execution_time = default');
    expect((await connection.query('select @@max_execution_time t'))[0]).toEqual([{ t: 0 }]);
  });

  it('acts on sql_select_limit and shows what was set', async () => {
    const connection = await dla.connect({ database: 'lake' });
    await connection.query('set SQL_SELECT_LIMIT=1, autocommit=0');
    expect((await connection.query('select * from people'))[0]).toHaveLength(1);
    expect((await connection.query('select * from people limit 2'))[0]).toHaveLength(2);
    expect((await connection.query('select * from people limit 1, 5'))[0]).toHaveLength(2);
    expect((await connection.query('select * from (select * from people limit 2)'))[0]).toHaveLength(1);
    expect((await connection.query('select @@autocommit a'))[0]).toEqual([{ a: 0 }]);
    await connection.query('set sql_select_limit=default');
    expect((await connection.query('select * from people'))[0]).toHaveLength(3);
  });

  it.each([
    ['set names gbk', 1115],
    ["set character_set_client = 'latin1'", 1115],
    ["set time_zone = 'Mars'", 1231],
    ["set time_zone = '-14:00'", 1231],
    ["set time_zone = '+14:01'", 1231],
    ["set time_zone = '+05:60'", 1231],
    [`select ${'@a, '.repeat(5000)}1`, 1117],
    ['explain select * from information_schema.tables', 1235],
    ['set sql_select_limit = -1', 1231],
    ['set max_execution_time = -1', 1231],
    ['set max_execution_time = 4294967296', 1231],
    ["set max_execution_time = 'long'", 1231],
    ['set nonsense = 1', 1193],
    ['set autocommit', 1064],
    ['select @@constructor', 1193],
    ['select @@__proto__', 1193],
  ])('refuses %s', async (sql, errno) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno });
  });
});

it.each([
  ['-12:00', '1969-12-31 12:00:00.000 -12:00', 43200],
  ['+14:00', '1970-01-01 14:00:00.000 +14:00', -50400],
  ['-0:00', '1970-01-01 00:00:00.000 UTC', 0],
  ['+5:30', '1970-01-01 05:30:00.000 +05:30', -19800],
  ['-03:30', '1969-12-31 20:30:00.000 -03:30', 12600],
  ['-13:00', '1969-12-31 11:00:00.000 -13:00', 46800],
])('runs queries in the time zone %s', async (zone, epoch, local) => {
  const connection = await dla.connect();
  await connection.query(`set time_zone = '${zone}'`);
  const sql =
    "select cast(from_unixtime(0) as varchar) a, to_unixtime(timestamp '1970-01-01 00:00:00') b, " +
    "date_diff('second', cast(localtimestamp as timestamp with time zone), now()) c, " +
    "unix_timestamp('1970-01-01 00:00:00') d, cast(now() as date) = current_date e";
  expect((await connection.query(sql))[0]).toEqual([{ a: epoch, b: local, c: 0, d: local, e: 1 }]);
});

it('shows a schema and a view with quotes as statements that make them', async () => {
  const location = `oss://${BUCKET}/it''s/`;
  await dla.query("create schema `a``b` with dbproperties (catalog='oss', location='" + location + "')");
  const [shown] = await dla.query<{ 'Create Database': string }>('show create schema `a``b`');
  await dla.query('drop schema `a``b`');
  await dla.query(shown['Create Database']);
  expect(await dla.query('show create schema `a``b`')).toEqual([shown]);
  await dla.query('create view lake.`v``w` as select 1 x');
  const [view] = await dla.query<{ 'Create View': string }>('show create view lake.`v``w`');
  expect(view['Create View']).toBe('CREATE VIEW `v``w` AS select 1 x');
  await dla.query('drop view lake.`v``w`');
  await dla.query('drop schema `a``b`');
});

describe('LIKE', () => {
  it.each([
    ['%', '', true],
    ['a%c', 'ABBC', true],
    ['a_c', 'abc', true],
    ['a_c', 'ac', false],
    ['a\\_c', 'a_c', true],
    ['a\\_c', 'abc', false],
    ['%b', 'abab', true],
    ['', 'a', false],
  ])('%s fits %s: %s', (pattern, text, expected) => {
    expect(likeMatcher(pattern)(text)).toBe(expected);
  });

  it('does not take for ever', () => {
    expect(likeMatcher('%a'.repeat(5000) + 'b')('a'.repeat(10_000))).toBe(false);
  });
});
