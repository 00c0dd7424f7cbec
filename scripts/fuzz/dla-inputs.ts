import * as fc from 'fast-check';
import { type Connection, createConnection } from 'mysql2/promise';
import { BATCH, type Fuzzer, type FuzzTarget, THERE } from './target';

const FRAGMENTS = (
  "select|*|from|where|(|)|,|;|'|\"|`|--|/*|*/|/*+ run_async=true */|/*+ mq-notify-by=ons */|1|null|'text'|create schema|" +
  'create external table|show|query_task|databases|tables|use|drop|insert into|values|set|@@version|copy|attach|install|' +
  "read_csv('/etc/passwd')|information_schema.tables|with recursive|union all|limit 1000000000|{|}|\u0000|💥|fuzz"
).split('|');

/** Statements that make sense in most places, and one of a few words in the others. */
function statements(): fc.Arbitrary<string> {
  const name = fc.constantFrom('orders', 'lines', 'made', 'none', '`a b`');
  const column = fc.constantFrom('id', 'name', '*', 'count(*)', "concat(name, 'x')", 'id / 0', 'nope');
  const type = fc.constantFrom('int', 'bigint', 'string', 'double', 'date', 'timestamp', 'decimal(10,2)', 'nope');
  const format = fc.constantFrom(
    'stored as textfile',
    'stored as json',
    'stored as parquet',
    "row format delimited fields terminated by ','",
    'stored as avro',
  );
  const condition = fc.constantFrom(
    '',
    ' where id > 1',
    " where name like '%n%e%'",
    ' where id in (select id from fuzz.orders)',
  );
  const select = fc
    .tuple(column, name, condition, fc.constantFrom('', ' limit 1', ' order by 1', ' group by 1'))
    .map(([what, table, where, rest]) => `select ${what} from ${THERE.schema}.${table}${where}${rest}`);
  const hint = fc.constantFrom(
    '/*+ run_async=true */ ',
    `/*+ run_async=true, mq-notify-by=mns, mq-queue=${THERE.queue} */ `,
    '/*+ run_async=true, max-running-time-sec=1 */ ',
    '/*+ run_async=maybe */ ',
  );
  const like = fc.constantFrom('', " like '%a%a%a%a%a%b'", " like 'o_ders'");
  return fc.oneof(
    { weight: 4, arbitrary: select },
    { weight: 2, arbitrary: fc.tuple(hint, select).map((parts) => parts.join('')) },
    {
      weight: 3,
      arbitrary: fc
        .tuple(name, type, type, format, fc.constantFrom('', ' partitioned by (day string)'))
        .map(
          ([table, a, b, stored, partitions]) =>
            `create external table ${THERE.schema}.${table} (id ${a}, name ${b})${partitions} ${stored} ` +
            `location 'oss://${THERE.bucket}/${table.replace(/\W/g, '')}/'`,
        ),
    },
    { weight: 1, arbitrary: name.map((table) => `drop table if exists ${THERE.schema}.${table}`) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom('into', 'overwrite'), name, select)
        .map(([how, table, query]) => `insert ${how} ${THERE.schema}.${table} ${query}`),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            'show schemas',
            'show tables',
            'show query_task',
            'show variables',
            'show full tables',
            'show partitions fuzz.orders',
            'show create table fuzz.orders',
            'describe fuzz.orders',
            'select @@constructor, @@version',
            'select * from information_schema.columns',
            'use fuzz',
            'set names utf8mb4',
            'show processlist',
            'explain select 1',
            'kill query 1',
            'msck repair table fuzz.orders',
            'alter table fuzz.orders add partition (day=1)',
            'create view fuzz.made as select 1',
          ),
          like,
        )
        .map((parts) => parts.join('')),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.constantFrom(...FRAGMENTS), { minLength: 1, maxLength: 12 })
        .map((parts) => parts.join(' ')),
    },
  );
}

/** A fault of ours, or a file of this machine, has no place in an answer. */
const FAULT = /TypeError|Cannot read|is not a function|undefined|\/blobs\/|dla-scratch|\.ts:|\.js:/;

function statementProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(fc.array(statements(), { minLength: BATCH, maxLength: BATCH }), async (batch) => {
    const connection: Connection = await createConnection({
      host: '127.0.0.1',
      port: target.dlaPort,
      user: target.dlaUser,
      password: target.dlaPassword,
    });
    try {
      for (const one of batch) {
        await connection.query(one).catch((error: { fatal?: boolean } & Error) => {
          if (error.fatal || FAULT.test(error.message)) {
            throw new Error(`${JSON.stringify(one)}: ${error.message}`);
          }
        });
      }
    } finally {
      connection.destroy();
    }
  });
}

export const DLA_FUZZERS: readonly Fuzzer[] = [{ name: 'MySQL: statements', share: 4, property: statementProperty }];
