import { afterEach, expect, it } from 'vitest';
import type { ReceiptChannelOutputs } from '../../lib/cloud/receipt-channel';
import { diagnose } from '../../lib/smoke/diagnosis/diagnose';
import { CloudServer, type Described } from './cloud-server';
import { type Act, fail, FaultServer, hangUp, ok, PASSWORD, rows, USER } from './fault-server';
import { eventually } from '../eventually';

const OUTPUTS: ReceiptChannelOutputs = { kind: 'mns', region: 'cn-hangzhou', roleName: 'r', queue: 'q' };

let cloud: CloudServer | undefined;
let dla: FaultServer | undefined;
afterEach(async () => {
  await Promise.all([cloud?.stop(), dla?.stop()]);
});

const table = (location: string): Act => rows(['Result'], [`CREATE EXTERNAL TABLE t (a int) LOCATION '${location}'`]);

/** What is found of the tables and buckets of statements, in an account and with a DLA that answers so, by table. */
async function found(
  statements: readonly string[],
  account: Described,
  answers: Readonly<Record<string, Act>>,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  cloud = await CloudServer.start(account);
  dla = await FaultServer.start({
    prepare: (peer, sql) => (answers[/^show create table (.*)$/.exec(sql)![1]] ?? fail(1146, 'none'))(peer, sql),
  });
  const items = await diagnose({
    outputs: OUTPUTS,
    failed: {
      server: { host: '127.0.0.1', port: dla.port, user: USER, password: PASSWORD },
      statements,
    },
    env: { ...cloud.env, ...env },
    millis: 10_000,
    signal: new AbortController().signal,
  });
  return items.slice(7).map(({ state, check, detail, fix }) => `${state} ${check}: ${detail}${fix ? ` → ${fix}` : ''}`);
}

it('asks DLA for each table once, in the schema that is used, and OSS for its bucket and files', async () => {
  const account = { buckets: { 'bucket-a': { 'a/': 0, 'a/x.csv': 7 }, 'bucket-b': { 'b/': 0, 'other/x.csv': 1 } } };
  const answers = {
    '`s`.`a`': table('oss://bucket-a/a/'),
    '`t`.`b`': table('oss://bucket-b/b/'),
    '`s`.`view`': rows(['View', 'Create View'], ['view', 'select 1']),
  };
  expect(
    await found(
      ['use s', 'select * from a, t.b join s.a on 1 = 1 join view on 2 = 2 join none on 3 = 3'],
      account,
      answers,
    ),
  ).toEqual([
    'ok table s.a is in DLA: it is',
    'ok table t.b is in DLA: it is',
    'ok table s.view is in DLA: it is',
    'fault table s.none is in DLA: there is no such table → create it before the query, e.g. with a statement of --prepare (smokePrepare of the channel)',
    'ok bucket bucket-a exists: it does',
    'ok bucket bucket-b exists: it does',
    'ok table s.a has files in oss://bucket-a/a/: it has',
    "fault table t.b has files in oss://bucket-b/b/: there is no file with anything in it → put the table's files there, or correct the location of the table",
  ]);
  expect(cloud!.calls.filter((call) => call.startsWith('OSS GET /b')).sort()).toEqual([
    'OSS GET /bucket-a/?max-keys=100&prefix',
    'OSS GET /bucket-a/?max-keys=100&prefix=a/',
    'OSS GET /bucket-b/?max-keys=100&prefix',
    'OSS GET /bucket-b/?max-keys=100&prefix=b/',
  ]);
  expect(dla!.connections).toBe(1);
  await eventually(() => expect(dla!.open).toBe(0));
});

it('tells of buckets that are not there, those of statements too', async () => {
  const statements = ["create schema s with dbproperties (location = 'oss://none-b/')", 'select * from s.a'];
  expect(await found(statements, {}, { '`s`.`a`': table('oss://none-a/a/') })).toEqual([
    'ok table s.a is in DLA: it is',
    'fault bucket none-b exists: there is no such bucket → aliyun oss mb oss://none-b --region cn-hangzhou, or correct the location that names it',
    'fault bucket none-a exists: there is no such bucket → aliyun oss mb oss://none-a --region cn-hangzhou, or correct the location that names it',
    'unknown table s.a has files in oss://none-a/a/: not checked: there is no such bucket',
  ]);
});

it.each([
  ['schema', 1049],
  ['table', 1051],
  ['table', 1109],
])('takes the error of a missing %s, %d, for one', async (_, code) => {
  expect((await found(['select * from s.a'], {}, { '`s`.`a`': fail(code, 'gone') }))[0]).toMatch(
    /^fault table s\.a is in DLA: there is no such table/,
  );
});

it('says what it could not check, without secrets', async () => {
  const answers = { '`a`': fail(1064, `syntax, ${PASSWORD}`), '`b`': table('oss://bucket-b/b/') };
  const items = await found(['select * from a, b'], { ossError: 'AccessDenied' }, answers, { DLA_PASSWORD: PASSWORD });
  expect(items).toEqual([
    'unknown table a is in DLA: not checked: ER_PARSE_ERROR: syntax, ***',
    'ok table b is in DLA: it is',
    'unknown bucket bucket-b exists: not checked: OSS answered HTTP 403 AccessDenied',
    'unknown table b has files in oss://bucket-b/b/: not checked: OSS answered HTTP 403 AccessDenied',
  ]);
});

it('says of every table that DLA cannot be asked', async () => {
  expect(await found(['select * from a, b'], {}, { '`a`': ok(), '`b`': hangUp() })).toEqual(
    ['a', 'b'].map(
      (name) =>
        `unknown table ${name} is in DLA: not checked: PROTOCOL_CONNECTION_LOST: Connection lost: The server closed the connection.`,
    ),
  );
});

it('looks at the first ten tables and buckets, and asks nobody for none', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `t${index}`);
  const answers = Object.fromEntries(names.map((name) => [`\`${name}\``, table(`oss://bucket-${name}/`)]));
  const statements = [`select * from ${names.join(', ')}`, "create x location 'oss://bucket-x/'"];
  const items = await found(statements, {}, answers);
  expect(items.filter((item) => item.includes(' is in DLA: '))).toHaveLength(10);
  expect(items.filter((item) => item.includes(' exists: '))).toHaveLength(10);
  await Promise.all([cloud!.stop(), dla!.stop()]);

  expect(await found(['select 1'], {}, {})).toEqual([]);
  expect(dla!.connections).toBe(0);
});
