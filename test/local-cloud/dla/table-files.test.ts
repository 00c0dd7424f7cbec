import * as fs from 'node:fs';
import * as zlib from 'node:zlib';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, DlaFixture } from './dla-fixture';

let dla: DlaFixture;
let count = 0;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.query(`create schema s with dbproperties (catalog='oss', location='oss://${BUCKET}/')`);
});

afterAll(() => dla.remove());

/** Makes a table of a folder of its own with the objects in it. */
async function table(columns: string, format: string, objects: Record<string, string> = {}): Promise<string> {
  count += 1;
  for (const [name, content] of Object.entries(objects)) {
    dla.account.oss.putObject(BUCKET, `t${count}/${name}`, Buffer.from(content));
  }
  await dla.query(
    `create external table s.t${count} (${columns}) ${format} location 'oss://${BUCKET}/t${count}/'
     tblproperties ('auto.create.location' = 'true')`,
  );
  return `s.t${count}`;
}

async function rowsOf(sql: string): Promise<unknown[]> {
  const connection = await dla.connect({ typeCast: (field) => field.string('utf8') });
  const [rows] = await connection.query<RowDataPacket[][]>({ sql, rowsAsArray: true });
  connection.destroy();
  return rows;
}

const BARS = "row format delimited fields terminated by '|'";
const OPEN_CSV = "row format serde 'org.apache.hadoop.hive.serde2.OpenCSVSerde'";

describe('a text file', () => {
  it.each([
    [
      'a|1\n\nb|2\n\n',
      [
        ['a', '1'],
        ['', null],
        ['b', '2'],
        ['', null],
      ],
    ],
    [
      '\na|1',
      [
        ['', null],
        ['a', '1'],
      ],
    ],
    [
      'a|1\r\n\r\nb|2\r\n',
      [
        ['a', '1'],
        ['', null],
        ['b', '2'],
      ],
    ],
    [
      '\ufeffa|1\r\nb|2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [`${'x|1\n'.repeat(300_000)}\n`, undefined],
  ])('has a row for each line, empty ones too (%#)', async (content, expected) => {
    const name = await table('s string, n int', BARS, { a: content });
    if (expected) {
      await expect(rowsOf(`select * from ${name}`)).resolves.toEqual(expected);
    } else {
      await expect(rowsOf(`select count(*), count(n) from ${name}`)).resolves.toEqual([['300001', '300000']]);
    }
  });

  it.each([
    ['int', ['5', '-5', '+5', '5.7', '5.'], ['5', '-5', '5', '5', '5']],
    ['int', ['x', ' 5', '0x1', '1e3', '1_0', '9999999999', ''], [null, null, null, null, null, null, null]],
    ['tinyint', ['127', '128', '-128'], ['127', null, '-128']],
    ['boolean', ['true', 'FALSE', '1', 't', 'yes'], ['1', '0', null, null, null]],
    ['date', ['2019-01-31', '2019-1-3', '20190131', '2019-01-31 10:00:00'], ['2019-01-31', '2019-01-03', null, null]],
    [
      'timestamp',
      ['2019-01-31 10:11:12', '2019-01-31 10:11:12.5', '2019-01-31', '2019-01-31T10:11:12', '1546300800'],
      ['2019-01-31 10:11:12', '2019-01-31 10:11:12.500', null, null, null],
    ],
    ['decimal(4,1)', ['12.34', '12.35', '99999'], ['12.3', '12.4', null]],
    ['varchar(3)', ['abcdef', 'ab'], ['abc', 'ab']],
    ['char(4)', ['x', 'abcdef'], ['x   ', 'abcd']],
  ])('has values of %s in the forms of Hive, or NULL', async (type, texts, expected) => {
    const lines = texts.map((text, at) => `${at}|${text}\n`).join('');
    const name = await table(`i int, v ${type}`, BARS, { a: lines });
    await expect(rowsOf(`select v from ${name} order by i`)).resolves.toEqual(expected.map((value) => [value]));
  });

  it.each([
    ["null defined as ''", null],
    ["null defined as 'x'", ''],
    ["escaped by '!' null defined as ''", null],
  ])('%s: has in the first column of an empty line what it has in other empty ones', async (clause, expected) => {
    const name = await table('s string, n int', `${BARS} ${clause}`, { a: 'a|1\n\n|2\n' });
    const rows = await rowsOf(`select s, n from ${name} where s is null or s = '' order by n`);
    expect(rows).toEqual([
      [expected, '2'],
      [expected, null],
    ]);
  });

  it('of OpenCSVSerde has a quote in it doubled, or behind a backslash', async () => {
    const name = await table('i int, v string', OPEN_CSV, {
      a: '1,"say ""hi"""\n',
      b: String.raw`2,"say \"ho\""`,
      c: '3,"a\nb"\n',
    });
    await expect(rowsOf(`select v from ${name} order by i`)).resolves.toEqual([['say "hi"'], ['say "ho"'], ['a\nb']]);
  });
});

describe('a JSON file', () => {
  it('may begin with a byte order mark', async () => {
    const name = await table('id int, v string', 'stored as json', { a: '\ufeff{"id":1,"V":"x"}\n{"id":2,"V":"y"}' });
    await expect(rowsOf(`select * from ${name} order by id`)).resolves.toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });

  it('has its keys found in any case, also in gzip, and however many files there are', async () => {
    const objects = Object.fromEntries(Array.from({ length: 520 }, (_, n) => [`a${n}.json`, `{"ID":${n}}\n`]));
    const name = await table('id int', 'stored as json', objects);
    dla.account.oss.putObject(BUCKET, `t${count}/b.json.gz`, zlib.gzipSync('{"Id":7}\n'.repeat(30_000)));
    await expect(rowsOf(`select count(*), count(id), max(id) from ${name}`)).resolves.toEqual([
      ['30520', '30520', '519'],
    ]);
  });

  it('of which the state folder has lost a part is an error, not a smaller table', async () => {
    const name = await table('id int', 'stored as json', { a: '{"id":1}\n{"id":2}\n' });
    const { blobs } = dla.account.oss;
    const { blob } = dla.account.oss.getObject(BUCKET, `t${count}/a`);
    fs.truncateSync(blobs.pathOf(blob), 9);
    const told = `the content of oss://${BUCKET}/t${count}/a has 9 bytes, expected 18 bytes`;
    await expect(dla.query(`select count(*) from ${name}`)).rejects.toThrow(told);
    fs.rmSync(blobs.pathOf(blob));
    await expect(dla.query(`select count(*) from ${name}`)).rejects.toThrow('is missing, expected 18 bytes');
  });

  it('that spells a key in two ways is told, not read in part', async () => {
    const name = await table('id int', 'stored as json', { a: '{"id":1}\n{"ID":2}\n' });
    await expect(dla.query(`select * from ${name}`)).rejects.toThrow(/spell a key in two ways, id and ID/);
  });
});

describe('partitions', () => {
  it('of an empty text are those of NULL', async () => {
    const name = await table('n int', 'partitioned by (p string) stored as json');
    await dla.query(`insert into ${name} values (1, ''), (2, null), (3, 'a/b=c %d中')`);
    await expect(rowsOf(`select n, p from ${name} order by n`)).resolves.toEqual([
      ['1', null],
      ['2', null],
      ['3', 'a/b=c %d中'],
    ]);
    await expect(rowsOf(`show partitions ${name}`)).resolves.toHaveLength(2);
    await dla.query(`insert overwrite ${name} values (4, '')`);
    await expect(rowsOf(`select n from ${name} order by n`)).resolves.toEqual([['3'], ['4']]);
  });

  it('whose value is not of its type are told', async () => {
    const name = await table('n int', 'partitioned by (d date, k int) stored as json');
    await dla.query(`insert into ${name} values (1, date '2019-01-31', -5)`);
    await expect(rowsOf(`select * from ${name}`)).resolves.toEqual([['1', '2019-01-31', '-5']]);
    const folder = name.slice('s.'.length);
    dla.account.oss.putObject(BUCKET, `${folder}/d=today/k=1/a.json`, Buffer.from('{"n":2}\n'));
    await dla.query(`msck repair table ${name}`);
    await expect(dla.query(`select * from ${name}`)).rejects.toThrow(
      'the partition d=today: the value is not of the type date',
    );
  });
});

describe('INSERT', () => {
  it.each([
    ['int', "'5'", undefined],
    ['int', 'true', undefined],
    ['int', "date '2019-01-01'", undefined],
    ['int', '5.7', '6'],
    ['int', '3000000000', undefined],
    ['smallint', '5', '5'],
    ['bigint', '1.5e0', '2'],
    ['string', '5', undefined],
    ['string', "date '2019-01-01'", undefined],
    ['varchar(3)', "'abcdef'", 'abc'],
    ['decimal(5,2)', '1.235', '1.24'],
    ['decimal(5,2)', '1000', undefined],
    ['double', '1.5', '1.5'],
    ['float', '1.1e0', '1.1'],
    ['date', "'2019-01-31'", '2019-01-31'],
    ['date', "'31/1/2019'", undefined],
    ['date', "timestamp '2019-01-31 10:00:00'", undefined],
    ['timestamp', "date '2019-01-31'", '2019-01-31 00:00:00'],
    ['timestamp', "'2019-01-31 10:00:00'", '2019-01-31 10:00:00'],
    ['boolean', '1', '1'],
    ['boolean', "'true'", undefined],
    ['array<int>', "array['a']", undefined],
    ['array<int>', 'array[1, null]', '[1, null]'],
    ['array<bigint>', 'array[1.5]', '[2]'],
    ['map<string,double>', "map(array['k'], array[1])", '{k=1.0}'],
    ['struct<x:int,y:string>', "row(row(1, 'a'))", '[1, a]'],
    ['struct<x:int,y:string>', "row(row('a', 1))", undefined],
    ['array<struct<k:string,v:array<double>>>', "array[row('k', array[1])]", '[[k, [1.0]]]'],
    ['int', 'null', null],
  ])('into %s of %s has the types of DLA', async (type, value, expected) => {
    const name = await table(`v ${type}`, 'stored as parquet');
    const inserted = dla.query(`insert into ${name} values (${value})`);
    if (expected === undefined) {
      await expect(inserted).rejects.toThrow();
      await expect(rowsOf(`select count(*) from ${name}`)).resolves.toEqual([['0']]);
    } else {
      await inserted;
      await expect(rowsOf(`select v from ${name}`)).resolves.toEqual([[expected]]);
    }
  });

  it('takes literals for dates in VALUES only, where drivers write them', async () => {
    const name = await table('d date', 'stored as json');
    await expect(dla.query(`insert into ${name} select '2019-01-31'`)).rejects.toThrow(
      'INSERT: the column d has the type date, the query has varchar(10) there',
    );
  });

  it.each(['json', 'parquet'])('keeps nested values and NULLs in %s', async (format) => {
    const name = await table('i int, a array<int>, m map<string,int>, r struct<x:int,y:string>', `stored as ${format}`);
    await dla.query(
      `insert into ${name} values (1, array[1, null], map(array['a', 'b'], array[1, null]), row(1, '')), (2, null, null, null), (3, array[], map(), row(null, 'q"\\n中'))`,
    );
    await dla.query(`insert into ${name} (r, i) select r, i + 10 from ${name} where i = 1`);
    await expect(rowsOf(`select i, a, m, r.x, r.y from ${name} order by i`)).resolves.toEqual([
      ['1', '[1, null]', '{a=1, b=null}', '1', ''],
      ['2', null, null, null, null],
      ['3', '[]', '{}', null, 'q"\n中'],
      ['11', null, null, '1', ''],
    ]);
  });
});
