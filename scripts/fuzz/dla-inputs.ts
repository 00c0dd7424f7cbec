import * as fc from 'fast-check';
import { type Connection, createConnection } from 'mysql2/promise';
import { LISTED } from '../../lib/local-cloud/dla/show';
import { SYSTEM_TABLES } from '../../lib/local-cloud/dla/information-schema';
import { DELIMITERS, OPEN_CSV_SERDE, SERDE_PROPERTIES } from '../../lib/local-cloud/dla/table-format';
import { commandProperty } from './mysql-commands';
import { sqlQuery } from './sql-expressions';
import { BATCH, FAULT, type Fuzzer, type FuzzTarget, REGION, THERE } from './target';

const FRAGMENTS = (
  "select|*|from|where|(|)|,|;|'|\"|`|--|/*|*/|/*+ run_async=true */|/*+ mq-notify-by=ons */|1|null|'text'|create schema|" +
  'create external table|show|query_task|databases|tables|use|drop|insert into|values|set|@@version|copy|attach|install|' +
  "read_csv('/etc/passwd')|information_schema.tables|with recursive|union all|limit 1000000000|{|}|\u0000|💥|fuzz"
).split('|');

const some = (...values: readonly string[]) => fc.constantFrom(...values);
const text = (...parts: readonly (string | fc.Arbitrary<string>)[]) =>
  fc.tuple(...parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part))).map((all) => all.join(''));
const often = (value: string, other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: other });

const table = some('orders', 'lines', 'parts', 'made', 'none', '`a b`', 'view1');
const qualified = text(some(`${THERE.schema}.`, ''), table);
const value = some(
  '1',
  "'x'",
  'null',
  '1.5',
  "date '2020-01-01'",
  'array[1, 2]',
  "row(1, 'x')",
  "map(array['k'], array[1])",
);
const type = some(
  ...['int', 'bigint', 'string', 'double', 'date', 'timestamp', 'decimal(10,2)', 'boolean', 'tinyint', 'varchar(10)'],
  ...['binary', 'array<int>', 'map<string,int>', 'struct<a:int,b:array<string>>', 'char(3)', 'float', 'nope'],
);
const column = text(
  some('id ', 'name ', 'day ', '`x y` '),
  type,
  some('', '', ' not null', " comment 'c'", ' primary key'),
);

/** Text formats with their properties, by the tables of them. */
const format = fc.oneof(
  some('stored as textfile', 'stored as json', 'stored as parquet', 'stored as csv', 'stored as avro', ''),
  text(
    'row format delimited ',
    fc
      .array(text(some(...Object.values(DELIMITERS)), ' ', some("','", "'|'", "'\\\\t'", "'\\\\001'", "''", "'ab'")), {
        maxLength: 3,
      })
      .map((parts) => parts.join(' ')),
    some(' stored as textfile', ''),
  ),
  fc.constantFrom(...Object.entries(SERDE_PROPERTIES)).chain(([serde, names]) =>
    text(
      `row format serde '${serde}' with serdeproperties (`,
      fc
        .array(text("'", some('nope', ...names), "'='", some(',', '|', 'utf-8', 'gbk', '"', '\\\\'), "'"), {
          minLength: 1,
          maxLength: 3,
        })
        .map((parts) => parts.join(', ')),
      ') stored as textfile',
    ),
  ),
);
const properties = text(
  ' tblproperties (',
  some(
    "'skip.header.line.count'='1'",
    "'recursive.directories'='true'",
    "'auto.create.location'='true'",
    "'file.filter'='a*'",
    "'compression.type'='gzip'",
    "'nope'='x'",
  ),
  ')',
);
const location = text(
  ` location 'oss://${THERE.bucket}/`,
  some('orders/', 'lines/', 'parts/', 'made/', 'made', ''),
  "'",
);
const createTable = text(
  some('create external table ', 'create external table if not exists '),
  qualified,
  ' (',
  fc.array(column, { minLength: 1, maxLength: 3 }).map((columns) => columns.join(', ')),
  ') ',
  often('', some('partitioned by (day string) ', "comment 'a table' ")),
  format,
  location,
  often('', properties),
);
/** What makes most of the other statements meet something. */
const usual = some(
  `create external table ${THERE.schema}.orders (id int, name string) row format delimited fields terminated by ',' stored as textfile location 'oss://${THERE.bucket}/orders/'`,
  `create external table ${THERE.schema}.lines (id int, name string) stored as json location 'oss://${THERE.bucket}/lines/'`,
  `create external table ${THERE.schema}.parts (id int, name string) partitioned by (day string) row format serde '${OPEN_CSV_SERDE}' stored as textfile location 'oss://${THERE.bucket}/parts/'`,
  `create external table ${THERE.schema}.made (id int, name string) stored as parquet location 'oss://${THERE.bucket}/made/'`,
  `msck repair table ${THERE.schema}.parts`,
  `use ${THERE.schema}`,
);

const condition = some(
  '',
  ' where id > 1',
  " where name like '%n%e%'",
  " where name rlike '(a+)+$'",
  ' where id in (select id from fuzz.orders)',
  " where day = '1'",
);
const select = text(
  'select ',
  some('id', 'name', '*', 'count(*)', "concat(name, 'x')", 'id / 0', 'nope', 'id, name', '"$path"'),
  ' from ',
  qualified,
  condition,
  some('', ' limit 1', ' order by 1', ' group by 1'),
);

const partition = text('partition (day=', some("'1'", '2', "'3'"), ')');
const alter = text(
  'alter table ',
  qualified,
  ' ',
  fc.oneof(
    text('add ', some('', 'if not exists '), partition, often('', location)),
    text('drop ', some('', 'if exists '), partition),
    text('add ', some('column ', 'columns ('), column, some('', ')')),
    text('change ', some('column ', ''), some('id ', 'nope '), column),
  ),
);

const like = some('', " like '%a%a%a%a%a%b'", " like 'o_ders'", " like '%'", ' where 1 = 1', " where nope = 'x'");
const show = fc.oneof(
  text(
    'show ',
    some('', 'full '),
    some(...LISTED.split(', ')).map((words) => words.toLowerCase()),
    some('', '', ' from fuzz', ' from orders in fuzz', ' from none'),
    like,
  ),
  text('show ', some('partitions ', 'create table ', 'create view '), qualified),
  text(
    'show query_task',
    some('', " where id = 'x'", ' limit 1', " where status = 'SUCCESS' order by create_time desc"),
  ),
  text('show create table ', some('fuzz.orders', 'fuzz.lines', 'fuzz.parts')),
  text(some('describe ', 'desc formatted ', 'show create schema ', 'explain select * from '), qualified),
  some('show warnings', 'show errors', "show grants for 'x'", 'show create schema fuzz', 'show nothing'),
);
const informationSchema = text(
  'select ',
  some('*', 'count(*)', 'table_name', 'nope'),
  ' from information_schema.',
  some(...SYSTEM_TABLES, 'nope'),
  some('', " where table_schema = 'fuzz'", ' where nope', ' limit 2', ' order by 1'),
);
const session = fc.oneof(
  text(
    'set ',
    some('', 'session ', 'global ', '@@', '@@session.'),
    some(
      'sql_select_limit',
      'time_zone',
      'autocommit',
      'sql_mode',
      'character_set_results',
      'wait_timeout',
      'nope',
      '@x',
    ),
    ' = ',
    some('1', '0', 'default', "'+08:00'", "'Asia/Tokyo'", "'utf8mb4'", "'latin1'", '18446744073709551615', "''"),
  ),
  some(
    'set names utf8mb4',
    "set names 'gbk' collate x",
    'set character set utf8',
    'set transaction isolation level read committed',
  ),
  some(
    'select @@constructor, @@version',
    'select @@session.tx_isolation a, database()',
    'select user(), connection_id() limit 1',
  ),
  some(
    'begin',
    'commit',
    'rollback',
    'start transaction',
    'use none',
    'use fuzz',
    'kill query 1',
    'kill 99999',
    'show processlist',
  ),
);

/** Hints of queries that run after the answer, with receipts that reach somebody or nobody. */
function hintsOf({ account, instanceId }: FuzzTarget): fc.Arbitrary<string> {
  const [instance] = account.ons.listInstances(REGION).filter((one) => one.instanceId === instanceId);
  const endpoint = account.ons.endpointsOf(instance).tcp;
  const target = some(
    `mq-notify-by=mns, mq-queue=${THERE.queue}`,
    'mq-notify-by=mns, mq-queue=none',
    `mq-notify-by=ons, mq-topic=${THERE.topic}, mq-producer-id=${THERE.tcpGroup}, mq-endpoint=${endpoint}`,
    `mq-notify-by=ons, mq-topic=none, mq-producer-id=${THERE.httpGroup}, mq-endpoint=${endpoint}`,
    `mq-notify-by=ons, mq-topic=${THERE.topic}, mq-producer-id=${THERE.tcpGroup}, mq-endpoint=http://x:80`,
    'mq-notify-by=nobody',
    '',
  );
  return fc.oneof(
    text('/*+ run_async=true, ', target, ' */ '),
    text('/*+ run_async=true, max-running-time-sec=', some('1', '0', 'x', '99999999'), ' */ '),
    some('/*+ run_async=maybe */ ', '/*+ __proto__=1 */ ', '/*+ run_async=true */ '),
  );
}

/** Statements that make sense in most places, and one of a few words in the others. */
function statements(target: FuzzTarget): fc.Arbitrary<string> {
  const hint = hintsOf(target);
  return fc.oneof(
    { weight: 14, arbitrary: sqlQuery },
    { weight: 4, arbitrary: select },
    { weight: 3, arbitrary: usual },
    { weight: 3, arbitrary: createTable },
    { weight: 3, arbitrary: text(hint, fc.oneof(select, sqlQuery)) },
    {
      weight: 3,
      arbitrary: text(
        fc.oneof(hint, fc.constant('')),
        some('insert into ', 'insert overwrite ', 'insert into table '),
        qualified,
        often('', fc.oneof(some(' (id)', ' (id, name)', ' (nope)'), text(' ', partition))),
        ' ',
        fc.oneof(select, text('values (', value, ', ', value, ')'), text('select ', value, ', ', value), sqlQuery),
      ),
    },
    { weight: 2, arbitrary: alter },
    { weight: 4, arbitrary: show },
    { weight: 3, arbitrary: informationSchema },
    { weight: 2, arbitrary: session },
    {
      weight: 2,
      arbitrary: fc.oneof(
        text(some('drop table ', 'drop table if exists ', 'drop view ', 'drop view if exists '), qualified),
        text(
          some('create view ', 'create or replace view '),
          some('fuzz.view1', 'view1'),
          some('', ' (p)', ' (p, q)'),
          ' as ',
          fc.oneof(select, sqlQuery),
        ),
        text(
          'msck repair ',
          some('table ', 'database '),
          qualified,
          often('', some(' add partitions', ` sync_dir 'oss://${THERE.bucket}/parts/'`)),
        ),
        text(
          some('create schema ', 'create schema if not exists ', 'drop schema ', 'drop database if exists '),
          some('other', THERE.schema),
          some(
            '',
            ' cascade',
            ` with dbproperties (catalog='oss', location='oss://${THERE.bucket}/')`,
            " with dbproperties (catalog='mysql')",
          ),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...FRAGMENTS), { minLength: 1, maxLength: 12 })
        .map((parts) => parts.join(' ')),
    },
  );
}

/** Statements with places for values, and as many values; null for a statement without any. */
const PREPARED = [
  'select ?',
  'select ?, ?',
  "select concat(?, 'x')",
  'select * from fuzz.orders where id = ?',
  'select * from fuzz.orders order by ? limit ?',
  'insert into fuzz.orders values (?, ?)',
  'show tables like ?',
];
const parameter = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constant(null),
  fc.string(),
  fc.boolean(),
  fc.date({ noInvalidDate: true }),
);
const prepared = fc
  .constantFrom(...PREPARED)
  .chain((sql) =>
    fc.tuple(
      fc.constant(sql),
      fc.array(parameter, { minLength: sql.split('?').length - 1, maxLength: sql.split('?').length - 1 }),
    ),
  );

function statementProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(
    fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.tuple(statements(target), fc.constant(null)) },
        { weight: 1, arbitrary: fc.tuple(statements(target), fc.array(parameter, { maxLength: 0 })) },
        { weight: 1, arbitrary: prepared },
      ),
      { minLength: BATCH, maxLength: BATCH },
    ),
    async (batch) => {
      const connection: Connection = await createConnection({
        host: '127.0.0.1',
        port: target.dlaPort,
        user: target.dlaUser,
        password: target.dlaPassword,
      });
      try {
        for (const [one, values] of batch) {
          const asked = values ? connection.execute(one, values) : connection.query(one);
          await asked.catch((error: { fatal?: boolean } & Error) => {
            if (error.fatal || FAULT.test(error.message)) {
              throw new Error(`${JSON.stringify(one)}: ${error.message}`);
            }
          });
        }
      } finally {
        connection.destroy();
      }
    },
  );
}

export const DLA_FUZZERS: readonly Fuzzer[] = [
  { name: 'MySQL: commands', share: 3, property: commandProperty },
  { name: 'MySQL: statements', share: 20, property: statementProperty },
];
