import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BUCKET, DlaFixture, QUEUE, REGION, trustOf } from './dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
});

beforeEach(() => dla.renew());

afterAll(() => dla.remove());

function put(key: string, content: string | Buffer): void {
  dla.account.oss.putObject(BUCKET, key, Buffer.from(content));
}

const AUTO = "tblproperties ('auto.create.location' = 'true')";

it('the statements of the documentation are taken as they are', async () => {
  put('dla/t/a.json', '{"a":1}\n');
  put('dla/t1/a', '1\tx\n');
  put('dla/g/a.csv', Buffer.from([0xd6, 0xd0, 0x0a]));
  put('dla/p/y=2018/m=12/.keep', '');
  const connection = await dla.connect();
  const run = async (sql: string): Promise<unknown> => (await connection.query(sql))[0];
  const b = BUCKET;
  await run(`CREATE SCHEMA s0 WITH DBPROPERTIES (catalog = 'oss', location 'oss://${b}/dla/');`);
  await run(
    `create database if not exists \`s\` with dbproperties(LOCATION = 'oss://${b}/dla/', CATALOG = 'oss') COMMENT '';`,
  );
  await run('use s');
  await run(`CREATE EXTERNAL TABLE IF NOT EXISTS \`s\`.\`t\`(\`a\` int, \`b\` binary, ) STORED AS JSON LOCATION 'oss://${b}/dla/t/' TBLPROPERTIES (
'skip.header.line.count'='0',
'recursive.directories'='true');`);
  await run(
    `CREATE EXTERNAL TABLE t1 (id bigint NOT NULL COMMENT '', v varchar(20) DEFAULT NULL, PRIMARY KEY (id)) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' STORED AS TEXTFILE LOCATION 'oss://${b}/dla/t1/';`,
  );
  for (const table of ['p', 'p2']) {
    await run(
      `CREATE EXTERNAL TABLE ${table} (n string, c bigint) PARTITIONED BY (y string, m string) STORED AS \`PARQUET\` LOCATION 'oss://${b}/dla/${table}/' TBLPROPERTIES ('auto.create.location' = 'true');`,
    );
  }
  await run(
    `CREATE EXTERNAL TABLE g (r string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe' WITH SERDEPROPERTIES ('serialization.encoding'='gbk', 'field.delim'=',') STORED AS TEXTFILE LOCATION 'oss://${b}/dla/g/';`,
  );
  expect(await run('select * from g')).toEqual([{ r: '中' }]);
  await expect(
    run(
      `CREATE EXTERNAL TABLE q STORED AS PARQUET LOCATION 'oss://${b}/dla/q/' TBLPROPERTIES ('auto.create.location' = 'true') LIKE SELECT * FROM t;`,
    ),
  ).rejects.toMatchObject({ errno: 1235, message: expect.stringContaining('LIKE SELECT is not supported here') });
  expect(await run('MSCK REPAIR TABLE p;')).toEqual([{ Result: null }]);
  expect(await run('SHOW PARTITIONS p;')).toEqual([{ Result: 'y=2018/m=12' }]);
  await run(`ALTER TABLE p ADD IF NOT EXISTS PARTITION (y='2018', m='1') LOCATION 'oss://${b}/dla/other/';`);
  await run(`ALTER TABLE p DROP IF EXISTS PARTITION (y='2018', m='1');`);
  await run('ALTER TABLE t ADD COLUMNS (x string);');
  await run(`ALTER TABLE t CHANGE a a1 INT COMMENT 'c';`);
  expect(await run('insert into p values ("x", 10, "2019", "3");')).toEqual([{ rows: 1 }]);
  await run('insert into p2 select * from p');
  expect(await run('INSERT OVERWRITE p SELECT n, c, y, m FROM p2;')).toEqual([{ rows: 1 }]);
  const [{ ASYNC_TASK_ID: id }] = (await run(
    `/*+ run_async=true, mq-notify-by=mns, mq-queue=${QUEUE} */ INSERT INTO p SELECT * FROM p2;`,
  )) as { ASYNC_TASK_ID: string }[];
  expect(await dla.ended(id)).toMatchObject({
    status: 'SUCCESS',
    task_name: 'INSERT',
    row_count: 1,
    mq_status: 'SUCCESS',
  });
  expect(await run('select * from p')).toEqual(Array(2).fill({ n: 'x', c: 10, y: '2019', m: '3' }));
  expect(await run('select count(0) n from (select * from t) limit 1;')).toEqual([{ n: 1 }]);
  await run('CREATE OR REPLACE VIEW v AS SELECT * FROM t;');
  expect(await run('select a1 from v')).toEqual([{ a1: null }]);
  await run('DROP TABLE IF EXISTS t;');
  await run('DROP SCHEMA IF EXISTS s CASCADE;');
  expect(dla.account.dla.listSchemas(REGION).map(({ name }) => name)).toEqual(['lake', 's0']);
});

describe('a location', () => {
  it.each([
    [
      "create schema x with dbproperties (catalog='oss', location='oss://data-bucket/sub')",
      /expected one that ends in "\/"/,
    ],
    ["create external table lake.t (id int) stored as json location 'oss://data-bucket/none/'", /does not exist/],
    ["create external table lake.t (id int) stored as json location 'oss://data-bucket/'", /got the bucket/],
  ])('is refused: %s', async (sql, reason) => {
    await expect(dla.query(sql)).rejects.toThrow(reason);
  });

  it('of a table lies below that of its schema', async () => {
    await dla.query(`create schema below with dbproperties (catalog='oss', location='oss://${BUCKET}/sub/')`);
    await expect(
      dla.query(`create external table below.t (id int) stored as json location 'oss://${BUCKET}/people/'`),
    ).rejects.toThrow(`expected one below its schema's, oss://${BUCKET}/sub/`);
    await dla.query(`create external table below.t (id int) stored as json location 'oss://${BUCKET}/sub/t/' ${AUTO}`);
    expect(await dla.query('select * from below.t')).toEqual([]);
  });
});

describe('what DLA reads and the local cloud does not is refused by name', () => {
  it.each([
    ["(id int) stored as orc location 'oss://data-bucket/people/'", /STORED AS orc/],
    ["(id int) stored as avro location 'oss://data-bucket/people/'", /STORED AS avro/],
    ["(id int) stored as rcfile location 'oss://data-bucket/people/'", /STORED AS rcfile/],
    [
      "(id string) row format serde 'org.apache.hadoop.hive.serde2.RegexSerDe' with serdeproperties ('input.regex'='(.*)') stored as textfile location 'oss://data-bucket/people/'",
      /RegexSerDe is not supported here/,
    ],
    ["like mapping('x')", /LIKE MAPPING/],
    [
      "(id int) stored as json location 'oss://data-bucket/people/' tblproperties ('projection.enabled'='true')",
      /projection.enabled/,
    ],
    ["(id uniontype<int,string>) stored as json location 'oss://data-bucket/people/'", /uniontype/],
  ])('%s', async (rest, reason) => {
    await expect(dla.query(`create external table lake.t ${rest}`)).rejects.toMatchObject({
      message: expect.stringMatching(reason),
      errno: expect.toSatisfy((n) => [1064, 1235].includes(n)),
    });
  });
});

describe('partitions', () => {
  const create = (format = 'json'): string =>
    `create external table lake.p (n int) partitioned by (y string, m int) stored as ${format} location 'oss://${BUCKET}/p/' ${AUTO}`;

  it('have values of the types of their columns', async () => {
    await dla.query(create());
    await expect(dla.query("alter table lake.p add partition (y='a', m='x')")).rejects.toMatchObject({
      errno: 1210,
      message: expect.stringContaining('the partition column m has the type int, got x'),
    });
    await dla.query("alter table lake.p add partition (y='a', m='02')");
    expect(await dla.query('show partitions lake.p')).toEqual([{ Result: 'y=a/m=02' }]);
  });

  it('are those that MSCK finds, and follow the folders', async () => {
    put('p/y=2018/m=1/a.json', '{"n":1}\n');
    put('p/y=2018/m=2/a.json', '{"n":2}\n');
    put('p/y=a%2Fb/m=3/a.json', '{"n":3}\n');
    put('p/other/m=3/a.json', '{"n":9}\n');
    put('p/y=2018/a.json', '{"n":9}\n');
    await dla.query(create());
    expect(await dla.query('select * from lake.p')).toEqual([]);
    await dla.query('msck repair table lake.p');
    expect(await dla.query('show partitions lake.p')).toEqual(
      ['y=2018/m=1', 'y=2018/m=2', 'y=a%2Fb/m=3'].map((Result) => ({ Result })),
    );
    expect(await dla.query('select * from lake.p order by n')).toEqual([
      { n: 1, y: '2018', m: 1 },
      { n: 2, y: '2018', m: 2 },
      { n: 3, y: 'a/b', m: 3 },
    ]);
    expect(await dla.query("select cast(sum(n) as bigint) n from lake.p where y = '2018' and m > 1")).toEqual([
      { n: 2 },
    ]);
    dla.account.oss.deleteObject(BUCKET, 'p/y=2018/m=1/a.json');
    put('p/y=2019/m=1/a.json', '{"n":4}\n');
    await dla.query(`msck repair table lake.p sync_dir 'oss://${BUCKET}/p/y=2019/'`);
    expect(await dla.query('show partitions lake.p')).toHaveLength(4);
    await dla.query('msck repair database lake');
    expect(await dla.query('show partitions lake.p')).toHaveLength(3);
  });

  it('can be added anywhere, and taken away', async () => {
    put('elsewhere/a.json', '{"n":7}\n');
    await dla.query(create());
    await dla.query(`alter table lake.p add partition (y='2018', m=1) location 'oss://${BUCKET}/elsewhere/'`);
    expect(await dla.query('select * from lake.p')).toEqual([{ n: 7, y: '2018', m: 1 }]);
    await expect(dla.query("alter table lake.p add partition (y='2018', m=1)")).rejects.toMatchObject({ errno: 1050 });
    await expect(dla.query("alter table lake.p add partition (y='2018')")).rejects.toThrow('no value for m');
    await expect(dla.query("alter table lake.p drop partition (y='2020')")).rejects.toMatchObject({ errno: 1735 });
    await expect(dla.query("alter table lake.p drop partition (z='2020')")).rejects.toMatchObject({ errno: 1054 });
    await expect(dla.query('msck repair table lake.people')).rejects.toMatchObject({ errno: 1505 });
    await dla.query("alter table lake.p drop partition (y='2018')");
    expect(await dla.query('select * from lake.p')).toEqual([]);
  });

  it('go with their table', async () => {
    put('p/y=2018/m=1/a.json', '{"n":1}\n');
    await dla.query(create());
    await dla.query('msck repair table lake.p');
    await dla.query('drop table lake.p');
    await dla.query(create());
    expect(await dla.query('show partitions lake.p')).toEqual([]);
  });

  it.each(['json', 'parquet', 'textfile', 'csv'])('are made by INSERT: %s', async (format) => {
    await dla.query(create(format));
    expect(await dla.query("insert into lake.p values (1, 'a/b c', 1), (2, '2019', 2), (3, '2019', 2)")).toEqual([
      { rows: 3 },
    ]);
    expect(await dla.query('show partitions lake.p')).toEqual(
      ['y=2019/m=2', 'y=a%2Fb c/m=1'].map((Result) => ({ Result })),
    );
    expect(await dla.query("insert overwrite lake.p select 9, '2019', 2")).toEqual([{ rows: 1 }]);
    const rows = [
      { n: 1, y: 'a/b c', m: 1 },
      { n: 9, y: '2019', m: 2 },
    ];
    expect(await dla.query('select * from lake.p order by n')).toEqual(rows);
    await dla.query('msck repair table lake.p');
    expect(await dla.query('select * from lake.p order by n')).toEqual(rows);
  });
});

describe('INSERT', () => {
  const create = (name: string, rest: string): string =>
    `create external table lake.${name} (id int, name string, d date, t timestamp, price decimal(10,2), ok boolean) ${rest} location 'oss://${BUCKET}/${name}/' ${AUTO}`;

  it.each([
    ['stored as json'],
    ['stored as parquet'],
    ['stored as textfile'],
    ["row format delimited fields terminated by '|' escaped by '\\\\'"],
    ["row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"],
    ['stored as csv'],
  ])('writes what is then read: %s', async (rest) => {
    await dla.query(create('t', rest));
    const values = [1, 'a|b\\c "q", 张', '2020-01-02', '2020-01-02 03:04:05.000', '1.50', 'true'];
    const literals = [1, '\'a|b\\\\c "q", 张\'', "date '2020-01-02'", "timestamp '2020-01-02 03:04:05'", '1.5', 'true'];
    expect(await dla.query(`insert into lake.t values (${literals.join(', ')})`)).toEqual([{ rows: 1 }]);
    expect(await dla.query('insert into lake.t (name, id) select name, id from lake.people where id = 3')).toEqual([
      { rows: 1 },
    ]);
    const rows = await dla.query(
      'select id, name, cast(d as varchar) d, cast(t as varchar) t, cast(price as varchar) p, cast(ok as varchar) ok from lake.t order by id',
    );
    expect(rows.map((row) => Object.values(row))).toEqual([values, [3, "O'Neil", null, null, null, null]]);
  });

  it('adds objects and leaves those that are there, OVERWRITE replaces them', async () => {
    await dla.query(`insert into lake.people select 4, 'Cy', null`);
    expect(await dla.query('select count(*) n from lake.people')).toEqual([{ n: 4 }]);
    expect([...dla.account.oss.objects(BUCKET, 'people/')]).toHaveLength(2);
    expect(await dla.query('insert overwrite table lake.people select * from lake.people where id > 3')).toEqual([
      { rows: 1 },
    ]);
    expect(await dla.query('select id, name from lake.people')).toEqual([{ id: 4, name: 'Cy' }]);
  });

  it.each([
    ['insert into lake.people values (1)', 1136],
    ["insert into lake.people (id, nosuch) values (1, 'x')", 1054],
    ["insert into lake.people values ('x', 'y', null)", 1210],
    ['insert into lake.absent values (1)', 1146],
    ['insert into lake.people select * from lake.absent', 1146],
    ["insert into lake.people partition (y='1') select 1", 1235],
    ['insert lake.people values (1)', 1064],
  ])('fails, and leaves nothing behind: %s', async (sql, errno) => {
    await expect(dla.query(sql)).rejects.toMatchObject({ errno });
    expect(await dla.query('select count(*) n from lake.people')).toEqual([{ n: 3 }]);
  });

  it("needs the rights of DLA's role, where there is one", async () => {
    const roleName = 'AliyunOpenAnalyticsAccessingOSSRole';
    dla.account.ram.createRole({ roleName, assumeRolePolicyDocument: trustOf('openanalytics.aliyuncs.com') });
    const insert = 'insert overwrite lake.people select * from lake.people';
    await expect(dla.query(insert)).rejects.toMatchObject({
      errno: 1142,
      message: expect.stringContaining('do not allow oss:PutObject'),
    });
    dla.account.ram.createPolicy({
      policyName: 'write',
      document: '{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:PutObject","Resource":"*"}]}',
    });
    dla.account.ram.attachPolicy('role', roleName, 'Custom', 'write');
    await expect(dla.query(insert)).rejects.toThrow('do not allow oss:DeleteObject');
    await dla.query(insert.replace('overwrite', 'into'));
    dla.account.ram.attachPolicy('role', roleName, 'System', 'AliyunOSSFullAccess');
    expect(await dla.query(insert)).toEqual([{ rows: 6 }]);
    expect(await dla.query('select count(*) n from lake.people')).toEqual([{ n: 6 }]);
    dla.account.ram.detachPolicy('role', roleName, 'Custom', 'write');
    dla.account.ram.detachPolicy('role', roleName, 'System', 'AliyunOSSFullAccess');
    dla.account.ram.deleteRole(roleName);
  });
});

describe('views', () => {
  it('are read as tables are, from any schema, and say what they are', async () => {
    await dla.query('create view v (a, b) as select id, name from people where id < 3', 'lake');
    await dla.query(`create schema other with dbproperties (catalog='oss', location='oss://${BUCKET}/')`);
    await dla.query('create view other.w as select count(*) n from v', 'lake');
    expect(await dla.query('select * from lake.v order by a')).toEqual([
      { a: 1, b: 'Ann' },
      { a: 2, b: 'Bo' },
    ]);
    expect(await dla.query('select * from w', 'other')).toEqual([{ n: 2 }]);
    expect(await dla.query('describe other.w')).toMatchObject([{ Field: 'n', Type: 'bigint' }]);
    await expect(dla.query('insert into lake.v values (1)')).rejects.toMatchObject({ errno: 1347 });
    await expect(dla.query('create view lake.v as select 1')).rejects.toMatchObject({ errno: 1050 });
    await expect(dla.query('create view lake.people as select 1')).rejects.toMatchObject({ errno: 1050 });
    await expect(dla.query('create or replace view v as select * from v', 'lake')).rejects.toMatchObject({
      errno: 1462,
    });
    await dla.query('drop view lake.v');
    await expect(dla.query('select * from other.w')).rejects.toMatchObject({ errno: 1146 });
    await expect(dla.query('drop view lake.v')).rejects.toMatchObject({ errno: 1051 });
    await dla.query('drop view if exists lake.v');
  });
});

describe('text files', () => {
  const create = (columns: string, rest = ''): string =>
    `create external table lake.t (${columns}) ${rest} location 'oss://${BUCKET}/t/'`;

  it('are read by Hive’s rules: a bad value is NULL, a short line is filled, a long one is cut', async () => {
    put('t/a', '1|a|x|\n2|b\n\\N|c|z|9|8\nbad|d|1\n');
    await dla.query(create('a int, b string, c string', "row format delimited fields terminated by '|'"));
    expect(await dla.query('select * from lake.t order by b')).toEqual([
      { a: 1, b: 'a', c: 'x' },
      { a: 2, b: 'b', c: null },
      { a: null, b: 'c', c: 'z' },
      { a: null, b: 'd', c: '1' },
    ]);
  });

  it('can hold lists, maps and structs', async () => {
    put('t/a', '1,x;y,k:1;l:2,7;z\n');
    await dla.query(
      create(
        'a int, l array<string>, m map<string,int>, s struct<n:int, v:string>',
        "row format delimited fields terminated by ',' collection items terminated by ';' map keys terminated by ':'",
      ),
    );
    expect(await dla.query("select l[2] l, m['l'] m, s.n n, s.v v from lake.t")).toEqual([
      { l: 'y', m: 2, n: 7, v: 'z' },
    ]);
  });

  it('can be quoted, with a header, and compressed', async () => {
    const { gzipSync } = await import('node:zlib');
    put('t/a.csv.gz', gzipSync('id,name\n"1","a ""b"", c"\n"2","x\\"y"\n'));
    await dla.query(
      `create external table lake.t (id int, name string) row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
       with serdeproperties ('separatorChar' = ',', 'quoteChar' = '"', 'escapeChar' = '\\\\')
       location 'oss://${BUCKET}/t/' tblproperties ('skip.header.line.count' = '1')`,
    );
    expect((await dla.query('select * from lake.t')).at(1)).toEqual({ id: 2, name: 'x"y' });
  });

  it('that are compressed in another way are refused by name', async () => {
    put('t/a.json.snappy', 'x');
    await dla.query(`create external table lake.t (id int) stored as json location 'oss://${BUCKET}/t/'`);
    await expect(dla.query('select * from lake.t')).rejects.toMatchObject({
      errno: 1235,
      message: expect.stringContaining(`oss://${BUCKET}/t/a.json.snappy`),
    });
  });
});

it('keys of JSON are found in any case', async () => {
  put('j/a.json', '{"ID":1,"Name":"a"}\n');
  put('j/b.json', '{"id":2,"name":"b"}\n');
  await dla.query(`create external table lake.j (id int, name string) stored as json location 'oss://${BUCKET}/j/'`);
  expect(await dla.query('select * from lake.j order by id')).toEqual([
    { id: 1, name: 'a' },
    { id: 2, name: 'b' },
  ]);
});
