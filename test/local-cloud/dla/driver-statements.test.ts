import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementText } from '../../../lib/local-cloud/dla/statement-text';
import { BUCKET, DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let connection: Connection;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  dla.account.oss.putObject(BUCKET, 'bytes/a.csv', Buffer.from('1,abc\n'));
  await dla.query(
    `create external table lake.bytes (id bigint, b binary) stored as csv location 'oss://${BUCKET}/bytes/'`,
  );
  connection = await dla.connect({ database: 'lake', dateStrings: true, supportBigNumbers: true });
});

afterAll(() => dla.remove());

const rowsOf = async (sql: string): Promise<unknown> => (await connection.query({ sql, rowsAsArray: true }))[0];

describe('what drivers and tools write for MySQL', () => {
  it.each([
    ["select _binary'x', _utf8mb4 'y', N'z', _binary X'616263' = X'616263'", [['x', 'y', 'z', 1]]],
    ["select n 'label' from (values 1) t(n)", [[1]]],
    [
      "select {d '2020-01-02'}, {ts '2020-01-02 03:04:05'}, {t '03:04:05'}, {fn ucase({fn concat('a', 'b')})}",
      [['2020-01-02', '2020-01-02 03:04:05', '03:04:05', 'AB']],
    ],
    ['select a.id from {oj people a left outer join people b on a.id = b.id} where a.id = 1', [[1]]],
    ["select count(*) from bytes where b = 'abc'", [[1]]],
    [
      "select case data_type when 'bigint' then @dt:=(-5) else @dt:=if(data_type = 'date', 91, 12) end as d, column_name, " +
        "@n:=@dt + 1, cast(case @dt when 91 then 1 else @n end as signed) from INFORMATION_SCHEMA.columns where table_name = 'people'",
      [
        [-5, 'id', -4, -4],
        [12, 'name', 13, 13],
        [91, 'born', 92, 1],
      ],
    ],
    ["describe people 'na%'", [['name', 'string', 'YES', '', null, '']]],
    ['describe lake.people ID', [['id', 'bigint', 'YES', '', null, '']]],
    ["select count(*) from bytes where b in (_binary'abc', 'x')", [[1]]],
    ['select id from people order by id limit 1, 18446744073709551615', [[2], [3]]],
    [
      "select table_name as t from information_schema.tables where table_schema = 'lake' having t like 'p%'",
      [['people']],
    ],
    [
      "select data_type from information_schema.columns where table_schema = 'information_schema' and table_name = 'COLUMNS' and column_name = 'ORDINAL_POSITION'",
      [['bigint']],
    ],
  ])('is understood: %s', async (sql, rows) => {
    expect(await rowsOf(sql)).toEqual(rows);
  });

  it.each([
    "select host, db, table_name, grantor, user, table_priv from mysql.tables_priv where db like 'lake' and table_name like '%'",
    'select c.host, t.grantor, c.column_name from mysql.columns_priv c, mysql.tables_priv t where c.host = t.host and c.db = t.db',
  ])('asks for privileges, of which there are none: %s', async (sql) => {
    expect(await rowsOf(sql)).toEqual([]);
  });

  it('describes a table of information_schema by its own name', async () => {
    await expect(rowsOf('describe information_schema.schemata')).resolves.toContainEqual([
      ...['SCHEMA_NAME', 'varchar(65535)', 'YES', '', null, ''],
    ]);
    await expect(rowsOf('describe information_schema.absent')).rejects.toMatchObject({
      errno: 1146,
      message: expect.stringContaining("'information_schema.absent'"),
    });
  });

  it('names a column of a session value as it is written', async () => {
    const [rows] = await connection.query('select Version(), @@session.autocommit, database ( )');
    expect(Object.keys((rows as object[])[0])).toEqual(['Version()', '@@session.autocommit', 'database ( )']);
  });

  it('keeps variables of the user, and gives variables of the system their types', async () => {
    await connection.query("set @n = -5, @t = '5', @old = @@autocommit");
    await connection.query('set @copy = @n');
    expect(await rowsOf('select @n, @t, @old, @copy, @absent')).toEqual([[-5, '5', 1, -5, null]]);
    expect(await rowsOf('select @n + 1, @t || @t')).toEqual([[-4, '55']]);
    expect(await rowsOf('select @@max_join_size, @@wait_timeout, @@version_comment')).toEqual([
      ['18446744073709551615', 28800, expect.any(String)],
    ]);
    await expect(connection.query('set @n = 1 + 1')).rejects.toMatchObject({ errno: 1235 });
    expect(await rowsOf("show variables like 'autocommit'")).toEqual([['autocommit', 'ON']]);
  });

  it('takes double quotes for names with ANSI_QUOTES, and refuses to give up backslashes', async () => {
    const other = await dla.connect({ database: 'lake' });
    await other.query("set session sql_mode = 'STRICT_TRANS_TABLES,ANSI_QUOTES'");
    expect((await other.query('select "id" from "people" where "name" = \'Bo\''))[0]).toEqual([{ id: 2 }]);
    expect((await other.query('show columns from "people" from "lake"'))[0]).toHaveLength(3);
    await other.query("set sql_mode = ''");
    expect((await other.query('select "id" a'))[0]).toEqual([{ a: 'id' }]);
    await expect(other.query("set sql_mode = 'NO_BACKSLASH_ESCAPES'")).rejects.toMatchObject({ errno: 1231 });
  });
});

describe('bytes in a statement', () => {
  it.each([
    [Buffer.from("select '雲'"), "select '雲'"],
    [Buffer.from("select 'a\0b', '雲'"), "select X'610062', '雲'"],
    [
      Buffer.concat([Buffer.from("select '雲', '"), Buffer.from([0xff, 0x5c, 0x27]), Buffer.from("'")]),
      "select '雲', X'ff27'",
    ],
  ])('become hexadecimal where they are no text: %s', (bytes, text) => {
    expect(statementText(bytes)).toBe(text);
  });

  it('are a literal of bytes where they are marked as such', async () => {
    expect(await rowsOf("select _binary'a\\0b' = X'610062', length(_binary'\\0')")).toEqual([[1, 1]]);
  });

  it('are a text where a NUL is escaped', async () => {
    expect(
      await rowsOf(
        "select 'a\\0b', upper('é\\0'), length('\\0\\0'), 'a\\0b' = 'a', 'a\\0b' like 'a_b', 'a\\0' || '\\0\\'' , " +
          "replace('a\\0b', '\\0', '-'), typeof('a\\0b'), json_extract_scalar('{\"a\":1}', '$.\\0'), regexp_like('\\0', '\\0')",
      ),
    ).toEqual([['a\0b', 'É\0', 2, 0, 1, "a\0\0'", 'a-b', 'varchar(3)', null, 1]]);
    const [[row]] = await connection.execute<RowDataPacket[]>("select ? x, concat(?, 'z') y", ['a\0b', '\0']);
    expect(row).toEqual({ x: 'a\0b', y: '\0z' });
    expect(await rowsOf("select name from lake.people where name = 'Ann\\0'")).toEqual([]);
    await expect(connection.query('select \0 1')).rejects.toMatchObject({ errno: 1064 });
    await expect(connection.query('select 1 `a\0b`')).rejects.toMatchObject({ errno: 1064 });
  });
});

it.each(['select 0x41', 'select 0b01', "select b'01'", 'select id from people where name = 0xe9'])(
  'says by a name of its own that %s is not supported',
  async (sql) => {
    await expect(connection.query(sql)).rejects.toMatchObject({
      errno: 1235,
      message: expect.stringMatching(/^literals .* are not supported/) as string,
    });
  },
);

describe('the status of a session', () => {
  /** Bits of the status that came with the answer. */
  const status = async (sql: string): Promise<number> => {
    const [header] = await connection.query(sql);
    return (header as { serverStatus: number }).serverStatus;
  };

  it('tells autocommit and whether a transaction has begun', async () => {
    expect(await status('set autocommit = 1')).toBe(2);
    expect(await status('set autocommit = 0')).toBe(0);
    expect(await status('set autocommit = on')).toBe(2);
    expect(await status('start transaction read only')).toBe(3);
    expect(await status('savepoint a')).toBe(3);
    expect(await status('rollback to a')).toBe(3);
    expect(await status('commit')).toBe(2);
  });
});

it('refuses a client that would send another character set than UTF-8', async () => {
  await expect(dla.connect({ charset: 'GBK_CHINESE_CI' })).rejects.toMatchObject({ errno: 1115 });
  await expect(dla.connect({ charset: 'LATIN1_SWEDISH_CI' })).resolves.toBeTruthy();
});

it('tells of a number in a JSON file that is too large without advice of the engine', async () => {
  dla.account.oss.putObject(BUCKET, 'large/a.json', Buffer.from('{"id":9223372036854775808}\n'));
  await dla.query(`create external table lake.large (id bigint) stored as json location 'oss://${BUCKET}/large/'`);
  const failed = connection.query('select id from large').catch(({ message }: Error) => message);
  expect(await failed).toMatch(/oss:\/\/data-bucket\/large\/a\.json.*9223372036854775808$/);
});

it.each([
  ["select case data_type when 'a' then @x:=1 else 2 end, @x from information_schema.columns", 1235],
  ["select case data_type when 'a' then @x:=1 end, @x from information_schema.columns", 1235],
  ['select 1 + (@x:=1), @x from information_schema.columns', 1235],
  ['select @x:=id, @x from people', 1064],
  // Each doubles the text of the one before.
  [
    `select @a0:='x', ${Array.from({ length: 40 }, (_, n) => `@a${n + 1}:=concat(@a${n},@a${n})`).join(', ')} from information_schema.tables`,
    1235,
  ],
])('has an error for an assignment that would not be followed: %s', async (sql, errno) => {
  await expect(connection.query(sql)).rejects.toMatchObject({ errno });
});
