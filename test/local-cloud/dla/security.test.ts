import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DuckDBConnection } from '@duckdb/node-api';
import { Database } from '../../../lib/local-cloud/dla/engine/database';
import { FILES_FOLDER } from '../../../lib/local-cloud/dla/engine/messages';
import { scratchFolder } from '../../scratch';
import { BUCKET, DlaFixture } from './dla-fixture';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  dla.account.oss.putObject(BUCKET, 'secret/part-0.json', Buffer.from('{"id":7}\n'));
  await dla.createPeople();
  await dla.query(`create external table lake.secret (id int) stored as json location 'oss://${BUCKET}/secret/'`);
});

afterAll(() => dla.remove());

/** Tables without a schema are looked for in the selected one, `lake`. Asynchronous queries go through the same admission. */
const PREFIXES = ['', '/*+ run_async=true */ '];

describe('a query reads the named tables and nothing else', () => {
  it.each([
    ["select * from '/etc/passwd'", 1146],
    ["select * from 'https://example.com/x.json'", 1146],
    ["select * from read_text('/etc/passwd')", 1142],
    ["select * from read_blob('/etc/passwd')", 1142],
    ["select * from read_csv('/etc/passwd')", 1142],
    ["select * from read_json_auto('https://example.com/x.json')", 1142],
    ["select * from read_parquet('x')", 1142],
    ["select * from glob('/*')", 1142],
    ["select * from sniff_csv('/etc/passwd')", 1142],
    ["select * from query('select 1')", 1142],
    ["select * from query_table(['lake.people'])", 1142],
    ['select * from duckdb_settings()', 1142],
    ['select * from duckdb_views()', 1142],
    ["select * from pragma_table_info('lake.people')", 1142],
    ["select * from json_execute_serialized_sql('{}')", 1142],
    ['select * from checkpoint()', 1142],
    ['select * from range(1000000000)', 1142],
    ['select * from repeat(1, 1000000000)', 1142],
    ['select * from information_schema.duckdb_settings', 1109],
    ['select * from pg_catalog.pg_settings', 1146],
    ['select * from system.information_schema.tables', 1142],
    ['select * from sqlite_master', 1146],
    ['select * from duckdb_settings', 1146],
    ['select coalesce2(1, 2)', 1305],
    ["select mysql_dayofweek(date '2019-01-01')", 1305],
    ['select typeof_(1)', 1305],
    ["select `extract day`(date '2019-01-01')", 1305],
    ['select js_ln(1e0)', 1305],
    ["select current_setting('memory_limit')", 1142],
    ["select getenv('PATH')", 1142],
    ['select pg_get_viewdef(1)', 1142],
    ["select write_log('x')", 1142],
    ['select sleep_ms(1)', 1142],
    ['select pg_sleep(1)', 1142],
    ['select max(current_setting(name)) over () from lake.people', 1142],
    ["select (select id from read_json('/x'))", 1142],
    ["select * from lake.people where id in (select 1 from read_text('/etc/passwd'))", 1142],
    ["select * from lake.people order by (select content from read_text('/etc/passwd'))", 1142],
    ["select * from lake.people join read_text('/etc/passwd') on true", 1142],
    ["with x as (select * from read_text('/etc/passwd')) select * from x", 1142],
    ['with pg_settings as (select * from pg_settings) select * from pg_settings', 1146],
    ['select * from (with pg_settings as (select 1) select 1), pg_settings', 1146],
    ['with a as (select * from pg_settings), pg_settings as (select 1) select * from a', 1146],
    ['with recursive pg_settings as (select * from pg_settings union all select 1) select * from pg_settings', 1146],
    ['select 1 union all select count(*) from duckdb_tables()', 1142],
    ['select * from (describe lake.people)', 1142],
    ['select * from (summarize lake.people)', 1142],
    ['select * from (show tables)', 1142],
    ['select * from (pivot lake.people on name)', 1235],
    [`select ${'transform(array[1], x -> '.repeat(30)}1${')'.repeat(30)}`, 1235],
    [`select ${'not '.repeat(2000)} true`, 1064],
    ['select 1; select 2', 1235],
    ["select 1; copy lake.people to 'x'", 1235],
  ])('%s', async (sql, errno) => {
    for (const prefix of PREFIXES) {
      const outcome = await dla.query(prefix + sql, 'lake').then(
        async ([row]) => ('ASYNC_TASK_ID' in row ? dla.ended(String(row.ASYNC_TASK_ID)) : row),
        (error: { errno: number }) => error.errno,
      );
      // Tables are looked up when the query runs: an asynchronous one then ends in FAILURE.
      expect(typeof outcome === 'object' ? outcome : { errno: outcome }).toMatchObject(
        typeof outcome === 'object' ? { status: 'FAILURE', row_count: 0 } : { errno },
      );
    }
  });

  it.each([
    "copy lake.people to 'x.csv'",
    "copy (select 1) to 'x.csv'",
    "attach 'x.db'",
    'detach lake',
    'install httpfs',
    'load httpfs',
    'pragma database_list',
    'set memory_limit = 1',
    'set global enable_external_access = true',
    'reset memory_limit',
    'call pragma_version()',
    'execute x',
    "prepare x from 'select 1'",
    'explain analyze select 1',
    "explain select * from read_text('/etc/passwd')",
    'insert into lake.people values (1)',
    "insert into lake.people select content, content, content from read_text('/etc/passwd')",
    'update lake.people set id = 1',
    'delete from lake.people',
    'create table lake.x as select 1',
    "create view lake.x as select * from read_text('/etc/passwd')",
    'create view lake.x as select 1; select 2',
    'create macro x() as 1',
    "export database 'x'",
    "import database 'x'",
    'vacuum',
    'checkpoint',
    'alter table lake.people rename to lake.x',
    "load data infile '/etc/passwd' into table lake.people",
    "create external table lake.x (id int) stored as json location '/etc/'",
    "create external table lake.x (id int) stored as json location 'oss://../etc'",
    "create external table lake.x (id int) stored as json location 'file:///etc/'",
  ])('the statement is refused: %s', async (sql) => {
    await expect(dla.query(sql)).rejects.toMatchObject({
      errno: expect.toSatisfy((n) => [1064, 1136, 1142, 1193, 1227, 1235].includes(n)),
    });
  });

  it('a file name in a table name reaches no file', async () => {
    fs.writeFileSync(path.join(dla.folder, 'x.json'), '{"id":1}\n');
    await dla.query(
      `create external table lake.\`${dla.folder}/x.json\` (id int) stored as json location 'oss://${BUCKET}/none/' tblproperties ('auto.create.location' = 'true')`,
    );
    expect(await dla.query(`select * from lake.\`${dla.folder}/x.json\``)).toEqual([]);
  });

  it('quotes in names and values end where MySQL ends them', async () => {
    const [row] = await dla.query(
      "select 'it\\'s -- no comment' a, 'x''y' b, \"d'q\" c /* ' */ , `id` from lake.people limit 1",
    );
    expect(row).toEqual({ a: "it's -- no comment", b: "x'y", c: "d'q", id: 1 });
    await expect(
      dla.query("select '\\' union select content from read_text(\\'/etc/passwd\\') --'"),
    ).resolves.toHaveLength(1);
  });
});

describe('the engine is locked by itself, whatever is admitted', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'database-'));
  let database: Database;

  beforeAll(async () => {
    fs.mkdirSync(path.join(folder, FILES_FOLDER));
    database = await Database.open(folder, '100MB', { timeZone: 'UTC', threads: 1 }, __filename);
  });

  afterAll(() => {
    database.close();
    fs.rmSync(folder, { recursive: true });
  });

  const run = (sql: string) => (database as unknown as { connection: DuckDBConnection }).connection.runAndReadAll(sql);

  it.each([
    "select * from '/etc/passwd'",
    "select * from read_text('/etc/passwd')",
    "select * from glob('/etc/*')",
    "copy (select 1) to 'FOLDER/written.csv'",
    "attach 'FOLDER/attached.db'",
    'install httpfs',
    'load httpfs',
    "set memory_limit = '8GB'",
    'set enable_external_access = true',
    "set allowed_paths = ['/etc/passwd']",
    'set lock_configuration = false',
  ])('%s', async (sql) => {
    const outside = scratchFolder();
    await expect(run(sql.replace('FOLDER', outside))).rejects.toThrow(/disabled|locked|cannot|does not exist/i);
    expect(fs.readdirSync(outside)).toEqual([]);
  });

  it('reads the files of its own folder, and not one beside it', async () => {
    const [mine, other] = [path.join(folder, FILES_FOLDER, 'mine'), path.join(folder, 'other')];
    for (const file of [mine, other]) {
      fs.writeFileSync(file, '{"id":1}\n');
    }
    await expect(run(`select * from read_json('${mine}')`)).resolves.toMatchObject({});
    await expect(run(`select * from read_json('${other}')`)).rejects.toThrow(/disabled/);
    await expect(run(`select * from read_json('${path.dirname(mine)}/../other')`)).rejects.toThrow(/disabled/);
  });
});
