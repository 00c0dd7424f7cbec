import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, CREATE_PEOPLE, DlaFixture, REGION } from './dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
});

beforeEach(() => dla.renew());

afterAll(() => dla.remove());

function put(key: string, text: string): void {
  dla.account.oss.putObject(BUCKET, key, Buffer.from(text));
}

describe('schemas and tables', () => {
  it('are created once, and again only with IF NOT EXISTS', async () => {
    await expect(dla.query(CREATE_PEOPLE[0].replace('IF NOT EXISTS', ''))).rejects.toMatchObject({ errno: 1007 });
    await expect(dla.query(CREATE_PEOPLE[1].replace('IF NOT EXISTS', ''))).rejects.toMatchObject({ errno: 1050 });
    await expect(dla.query(CREATE_PEOPLE[1])).resolves.toBeDefined();
    expect(dla.account.dla.listTables(REGION, 'lake')).toHaveLength(1);
  });

  it('are found whatever the case of their names', async () => {
    expect(await dla.query('select count(*) n from LAKE.People')).toEqual([{ n: 3 }]);
    expect(await dla.query('select count(*) n from people', 'LAKE')).toEqual([{ n: 3 }]);
  });

  it('are shown by a pattern on which others never end', async () => {
    const name = 'a'.repeat(64);
    await dla.query(`create database ${name} with dbproperties ('location' = 'oss://${BUCKET}/', CATALOG = 'oss')`);
    expect(await dla.query(`show databases like '${'%a'.repeat(14)}%b'`)).toEqual([]);
    expect(await dla.query(`show databases like '${'%A'.repeat(14)}%'`)).toEqual([{ TABLE_SCHEMA: name }]);
    await dla.query(`drop database ${name}`);
  });

  it.each(['constructor', '__proto__', 'tostring'])('know no variable %s', async (name) => {
    await expect(dla.query(`select @@${name}`)).rejects.toMatchObject({ errno: 1193 });
  });

  it('are shown', async () => {
    await dla.query(`create database other with dbproperties ('location' = 'oss://${BUCKET}/', CATALOG = 'oss')`);
    expect(await dla.query('show schemas')).toEqual([
      { TABLE_SCHEMA: 'lake' },
      { TABLE_SCHEMA: 'other' },
      { TABLE_SCHEMA: 'information_schema' },
    ]);
    expect(await dla.query("show databases like 'o%'")).toEqual([{ TABLE_SCHEMA: 'other' }]);
    expect(await dla.query('show tables from lake')).toEqual([{ TABLE_NAME: 'people' }]);
    expect(await dla.query("show tables like 'p_o%'", 'lake')).toEqual([{ TABLE_NAME: 'people' }]);
    expect(await dla.query("show tables like 'p.*'", 'lake')).toEqual([]);
    expect(await dla.query('describe people', 'lake')).toMatchObject([
      { Field: 'id', Type: 'bigint' },
      { Field: 'name', Type: 'string' },
      { Field: 'born', Type: 'date' },
    ]);
  });

  it('are dropped, a schema only when it is empty', async () => {
    await expect(dla.query('drop schema lake')).rejects.toMatchObject({
      errno: 18802,
      message: 'DropOperationFailedException:Can not drop non-empty database.',
    });
    await dla.query('drop table lake.people');
    await expect(dla.query('drop table lake.people')).rejects.toMatchObject({
      errno: 18807,
      message: "DropOperationFailedException:Table 'people' was not found.",
    });
    await dla.query('drop table if exists lake.people');
    await dla.query('drop schema lake');
    await expect(dla.query('drop database lake')).rejects.toMatchObject({ errno: 1008 });
    await dla.query('drop database if exists lake');
    expect(dla.account.oss.getObject(BUCKET, 'people/part-0.json').size).toBeGreaterThan(0);
  });

  it('can be made again from what SHOW CREATE TABLE shows', async () => {
    await dla.query(`create external table lake.\`odd \`\`name\` (
        id int comment 'the "id"', price decimal(10, 2), tags array<struct<k:string, \`v v\`:map<string,int>>>
      ) comment 'it''s odd' row format delimited fields terminated by '\\t' stored as textfile
      location 'oss://${BUCKET}/odd/' tblproperties ('skip.header.line.count' = '1', 'auto.create.location' = 'true')`);
    const before = dla.account.dla.getTable(REGION, 'lake', 'odd `name');
    expect(before).toMatchObject({
      columns: [
        { name: 'id', type: 'int' },
        { name: 'price', type: 'decimal(10,2)' },
        { name: 'tags', type: 'array<struct<`k`:string,`v v`:map<string,int>>>' },
      ],
      properties: { 'skip.header.line.count': '1', 'field.delim': '\t' },
    });
    const [row] = await dla.query('show create table lake.`odd ``name`');
    await dla.query('drop table lake.`odd ``name`');
    await dla.query(String(row.Result), 'lake');
    expect(dla.account.dla.getTable(REGION, 'lake', 'odd `name')).toEqual(before);
  });

  it.each([
    ['create schema x', 1064, /expected WITH DBPROPERTIES/],
    [
      "create schema x with dbproperties (catalog='mysql', location='oss://data-bucket/')",
      1235,
      /catalog: expected 'oss', got "mysql"/,
    ],
    ["create schema x with dbproperties (catalog='oss')", 1064, /location is missing/],
    ["create schema x with dbproperties (catalog='oss', location='s3://b/')", 1064, /expected oss:\/\/BUCKET/],
    [
      "create schema x with dbproperties (catalog='oss', location='oss://b-1/', user='u')",
      1235,
      /"user" is not supported/,
    ],
    ["create schema temp with dbproperties (catalog='oss', location='oss://b-1/')", 1007, /reserved/],
    [
      "create external table lake.t (id int) stored as orc location 'oss://b-1/'",
      1235,
      /STORED AS orc is not supported here, expected one of JSON, CSV, PARQUET, TEXTFILE/,
    ],
    [
      "create external table lake.t (id number) stored as json location 'oss://b-1/'",
      1064,
      /near "number": expected one of tinyint/,
    ],
    ...[
      ['decimal(50,2)', /the precision of a decimal: expected 1 to 38, got 50/],
      ['decimal(5,6)', /the scale of a decimal: expected 0 to 5, got 6/],
      ['varchar(0)', /the length of a varchar: expected 1 to 65535, got 0/],
      ['char(256)', /the length of a char: expected 1 to 255, got 256/],
      ['array<varchar(70000)>', /the length of a varchar/],
      ['char(3,1)', /near ",": expected \)/],
    ].map(([type, reason]): [string, number, RegExp] => [
      `create external table lake.t (id ${type}) stored as json location 'oss://b-1/'`,
      1064,
      reason as RegExp,
    ]),
    ['alter view lake.v as select 1', 1235, /ALTER VIEW is not supported here/],
    ['describe formatted lake.t', 1235, /DESCRIBE FORMATTED is not supported here/],
    [
      "create external table lake.t (id int, ID int) stored as json location 'oss://b-1/'",
      1064,
      /ID is declared twice/,
    ],
    [
      "create external table lake.t (id int) partitioned by (id string) stored as json location 'oss://b-1/'",
      1064,
      /id is declared twice/,
    ],
    [
      "create external table lake.t (id int) stored as json location 'oss://b-1/' tblproperties ('x'='y')",
      1235,
      /"x" is not supported/,
    ],
    [
      "create external table lake.t (id int) stored as csv location 'oss://b-1/' tblproperties ('skip.header.line.count'='x')",
      1064,
      /"x"/,
    ],
    [
      `create external table lake.t (id ${'array<'.repeat(20)}int${'>'.repeat(20)}) stored as json location 'oss://b-1/'`,
      1064,
      /nested at most/,
    ],
    ["create external table absent.t (id int) stored as json location 'oss://b-1/'", 1049, /absent does not exist/],
    ["create external table t (id int) stored as json location 'oss://b-1/'", 1046, /no schema is selected/],
    ['drop table lake.people, lake.x', 1064, /near ","/],
    ['use absent', 1049, /absent does not exist/],
    ['show create table lake.absent', 1146, /lake.absent does not exist/],
    ['show tables', 1046, /no schema is selected/],
    ['show binlogs', 1064, /near "binlogs": expected SCHEMAS, TABLE STATUS/],
    ['select * from people', 1046, /no schema is selected for the table people/],
    ["select 'open", 1064, /quote that starts at position 8/],
    ['select 1 /* open', 1064, /"\*\/" is missing/],
    [' ; ', 1065, /empty/],
    ['selec 1', 1064, /near "selec"/],
    ['update lake.people set id = 1', 1235, /starts with "update"/],
    ["copy people from 'x'", 1235, /starts with "copy"/],
    ["create user 'x'@'%' identified by 'y'", 1235, /^CREATE USER is not supported here/],
    ['create or replace function f() returns int return 1', 1235, /^CREATE FUNCTION is not supported here/],
    ['DROP INDEX i ON t', 1235, /^DROP INDEX is not supported here/],
    ['creat table t (a int)', 1064, /expected CREATE and DROP/],
    ["select 1 into outfile 'x'", 1235, /^SELECT … INTO OUTFILE is not supported here/],
    ['-- nothing', 1065, /empty/],
    ['/*+ run_async=true */ show schemas', 1235, /neither SELECT nor INSERT/],
    ['set nonsense = 1', 1193, /SET nonsense is not supported/],
    ['select @@nonsense', 1193, /nonsense is not known/],
  ])('refused: %s', async (sql, errno, reason) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno, message: expect.stringMatching(reason) });
  });
});

describe('what clients ask and set when they connect', () => {
  it.each([
    'SET NAMES utf8mb4',
    'set character_set_results = NULL',
    'SET SESSION TRANSACTION READ ONLY',
    'SET @@session.autocommit = ON',
    "set sql_mode='STRICT_TRANS_TABLES'",
    'START TRANSACTION',
    'begin',
    'COMMIT;',
    'rollback',
  ])('is taken: %s', async (sql) => {
    await expect(dla.query(sql)).resolves.toMatchObject({ affectedRows: 0 });
  });

  it.each([
    ['select @@version_comment limit 1', { '@@version_comment': expect.stringContaining('local') }],
    ['/* a driver */ SELECT @@session.autocommit AS a, @@global.wait_timeout w;', { a: 1, w: 28800 }],
    ['select database(), schema() s', { 'database()': 'lake', s: 'lake' }],
    ['select user() u', { u: 'local_dla@127.0.0.1' }],
    ['select connection_id() c, version() v', { c: expect.any(Number), v: expect.stringMatching(/^5\.7/) }],
    ["show variables like 'lower_case_t%'", { Variable_name: 'lower_case_table_names', Value: '1' }],
  ])('is answered: %s', async (sql, row) => {
    expect(await dla.query(sql, 'lake')).toEqual([row]);
  });

  it('a selected schema is used until another is', async () => {
    await dla.query(`create schema other with dbproperties (catalog='oss', location='oss://${BUCKET}/')`);
    const connection = await dla.connect();
    await connection.query('use lake');
    expect((await connection.query('select count(*) n from people'))[0]).toEqual([{ n: 3 }]);
    await connection.query('use other');
    await expect(connection.query('select count(*) n from people')).rejects.toMatchObject({ errno: 1146 });
  });
});

describe('the data of a table', () => {
  it('is every object in its folder, and no other', async () => {
    put('people/2024/part-1.json', '{"id":4}\n');
    put('people/', '');
    put('people/_SUCCESS', 'x');
    put('people-not/part.json', '{"id":5}\n');
    expect(await dla.query('select count(*) n, max(id) m from lake.people')).toEqual([{ n: 3, m: 3 }]);
    await dla.query(
      `create external table lake.one (id int) stored as json location 'oss://${BUCKET}/people/part-0.json'`,
    );
    await dla.query(`create external table lake.folder (id int) stored as json location 'oss://${BUCKET}/people'`);
    expect(await dla.query('select count(*) n from lake.one')).toEqual([{ n: 3 }]);
    expect(await dla.query('select count(*) n from lake.folder')).toEqual([{ n: 3 }]);
    await dla.query(`create external table lake.deep (id int) stored as json location 'oss://${BUCKET}/people/'
      tblproperties ('recursive.directories' = 'true')`);
    expect(await dla.query('select count(*) n from lake.deep')).toEqual([{ n: 4 }]);
    await dla.query(`create external table lake.filtered (id int) stored as json location 'oss://${BUCKET}/people/'
      tblproperties ('recursive.directories' = 'true', 'file.filter' = 'part-1.json')`);
    expect(await dla.query('select id from lake.filtered')).toEqual([{ id: 4 }]);
  });

  it('is what the bucket holds now', async () => {
    dla.account.oss.deleteObject(BUCKET, 'people/part-0.json');
    expect(await dla.query('select * from lake.people')).toEqual([]);
    put('people/part-1.json', '{"id":9,"name":"Zoe","more":true}\n');
    expect(await dla.query('select id, name from lake.people')).toEqual([{ id: 9, name: 'Zoe' }]);
  });

  it('can be nested JSON', async () => {
    put('nested/a.json', '{"tags":["a","b"],"pos":{"x":1.5,"y":[{"z":true}]},"m":{"k":2}}\n');
    await dla.query(`create external table lake.nested (
      tags array<string>, pos struct<x:double,y:array<struct<z:boolean>>>, m map<string,int>
    ) stored as json location 'oss://${BUCKET}/nested/'`);
    expect(await dla.query("select tags[2] t, pos.x x, pos.y[1].z z, m['k'] k from lake.nested")).toEqual([
      { t: 'b', x: 1.5, z: 1, k: 2 },
    ]);
    expect(await dla.query('select * from unnest(array[1], array[2]) with ordinality')).toEqual([
      { _col0: 1, _col1: 2, _col2: 1 },
    ]);
    expect(await dla.query('select u.tag from lake.nested, unnest(tags) u(tag) order by 1')).toEqual([
      { tag: 'a' },
      { tag: 'b' },
    ]);
  });

  it('can be CSV with a header, quotes and empty values', async () => {
    put('csv/a.csv', 'id,name\n1,"Ann ""A"", x"\n2,\n');
    put('csv/b.csv', 'id,name\n3,Bo\n');
    await dla.query(`create external table lake.c (id int, name string) stored as csv
      location 'oss://${BUCKET}/csv/' tblproperties ('skip.header.line.count' = '1')`);
    expect(await dla.query('select * from lake.c order by id')).toEqual([
      { id: 1, name: 'Ann "A", x' },
      { id: 2, name: null },
      { id: 3, name: 'Bo' },
    ]);
  });

  it('can be text with another delimiter, without quotes, and \\N for NULL', async () => {
    put('text/a', '1|"x"\n\\N|y\n');
    await dla.query(`create external table lake.t (id int, name varchar(10)) row format delimited fields terminated by '|'
      stored as textfile location 'oss://${BUCKET}/text/'`);
    expect(await dla.query('select * from lake.t order by name')).toEqual([
      { id: 1, name: '"x"' },
      { id: null, name: 'y' },
    ]);
  });

  it('cannot be in a bucket that does not exist, or of another region', async () => {
    for (const bucket of ['no-such-bucket', 'far-away']) {
      await dla.query(`create schema \`${bucket}\` with dbproperties (catalog='oss', location='oss://${bucket}/')`);
    }
    const create = (schema: string): string =>
      `create external table \`${schema}\`.t (id int) stored as json location 'oss://${schema}/x/'`;
    await expect(dla.query(create('no-such-bucket'))).rejects.toThrow('no-such-bucket does not exist');
    dla.account.oss.createBucket('cn-shanghai', { name: 'far-away' });
    await expect(dla.query(create('far-away'))).rejects.toThrow('far-away is in cn-shanghai, DLA is in cn-hangzhou');
    dla.account.oss.deleteObject(BUCKET, 'people/part-0.json');
    dla.account.oss.deleteBucket(BUCKET);
    await expect(dla.query('select * from lake.people')).rejects.toThrow(`${BUCKET} does not exist`);
  });
});

describe('a synchronous answer', () => {
  it('has at most 10,000 rows; the file of an asynchronous one has all', async () => {
    put('many/a.json', Array.from({ length: 10_001 }, (_, id) => `{"id":${id}}\n`).join(''));
    await dla.query(`create external table lake.many (id int) stored as json location 'oss://${BUCKET}/many/'`);
    expect(await dla.query('select * from lake.many')).toHaveLength(10_000);
    expect(await dla.run('/*+ run_async=true */ select * from lake.many')).toMatchObject({ row_count: 10_001 });
  });

  it('is refused when it is too long to be kept', async () => {
    await expect(dla.query('select repeat(name, 10000000) from lake.people')).rejects.toMatchObject({
      message: expect.stringContaining('run_async=true'),
    });
  });

  it('keeps columns of the same name apart from each other', async () => {
    const connection = await dla.connect();
    const [rows] = await connection.query({ sql: 'select 1 a, 2 a', rowsAsArray: true });
    expect(rows).toEqual([[1, 2]]);
  });
});

describe('a statement of thousands of words', () => {
  it('is read in a time that grows with its length alone', async () => {
    await dla.query(
      `create external table lake.many (n int, name string) stored as json location 'oss://${BUCKET}/many/'
       tblproperties ('auto.create.location' = 'true')`,
    );
    const values = Array.from({ length: 5000 }, (_, n) => `(${n}, 'value number ${n}')`).join(', ');
    expect(await dla.query(`insert into lake.many values ${values}`)).toEqual([{ rows: 5000 }]);
    expect(await dla.query('select count(*) n, sum(n) s from lake.many')).toEqual([{ n: 5000, s: 12_497_500 }]);
  });

  it('that is a chain too long is told so', async () => {
    await expect(dla.query(`select ${Array(20_000).fill('1').join('+')}`)).rejects.toMatchObject({ errno: 1064 });
  });
});

describe('what mysqldump sends', () => {
  it.each([
    'lock tables lake.people read /*!32311 local */',
    'unlock tables',
    'savepoint sp',
    'release savepoint sp',
    'rollback to savepoint sp',
  ])('%s is taken', async (sql) => {
    expect(await dla.query(sql)).toMatchObject({ affectedRows: 0 });
  });

  it('reads a table, and its columns in the words of MySQL', async () => {
    expect(await dla.query('select /*!40001 SQL_NO_CACHE */ `id` from lake.people where id = 1')).toEqual([{ id: 1 }]);
    const [quoted] = await dla.query('show create table `lake`.`people`');
    expect(quoted['Create Table']).toBe(
      'CREATE TABLE `people` (\n  `id` bigint(20) DEFAULT NULL,\n  `name` varchar(65535) DEFAULT NULL,\n' +
        '  `born` date DEFAULT NULL\n) ENGINE=JSON DEFAULT CHARSET=utf8mb4',
    );
    const [bare] = await dla.query('show create table lake.people');
    expect(Object.keys(bare)).toEqual(['Result']);
    expect(quoted.Result).toBe(bare.Result);
  });

  it.each([
    "SELECT LOGFILE_GROUP_NAME, FILE_NAME, TOTAL_EXTENTS, INITIAL_SIZE, ENGINE, EXTRA FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'UNDO LOG' AND FILE_NAME IS NOT NULL AND LOGFILE_GROUP_NAME IS NOT NULL GROUP BY LOGFILE_GROUP_NAME, FILE_NAME, ENGINE, TOTAL_EXTENTS, INITIAL_SIZE ORDER BY LOGFILE_GROUP_NAME",
    "SELECT DISTINCT TABLESPACE_NAME, FILE_NAME, LOGFILE_GROUP_NAME, EXTENT_SIZE, INITIAL_SIZE, ENGINE FROM INFORMATION_SCHEMA.FILES WHERE FILE_TYPE = 'DATAFILE' ORDER BY TABLESPACE_NAME, LOGFILE_GROUP_NAME",
  ])('asks for tablespaces, of which there are none: %s', async (sql) => {
    expect(await dla.query(sql)).toEqual([]);
  });

  it('groups the catalogue as MySQL does in its old way, and nothing else', async () => {
    expect(
      await dla.query(
        "select table_schema s, table_name n, count(*) c from information_schema.columns where table_schema = 'lake' and table_name = 'people' group by table_schema",
      ),
    ).toEqual([{ s: 'lake', n: 'people', c: 3 }]);
    await expect(dla.query('select id, name from lake.people group by id')).rejects.toMatchObject({ errno: 1140 });
  });

  it('is refused a lock for writing', async () => {
    await expect(dla.query('lock tables lake.people write')).rejects.toMatchObject({ errno: 1235 });
  });
});
