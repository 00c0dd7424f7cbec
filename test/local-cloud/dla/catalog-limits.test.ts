import { expect, it } from 'vitest';
import type { Account } from '../../../lib/local-cloud/account/account';
import type { DlaColumn, DlaTable } from '../../../lib/local-cloud/account/dla-catalog';
import type { DdlStatement } from '../../../lib/local-cloud/dla/ddl';
import { DdlExecutor } from '../../../lib/local-cloud/dla/ddl-executor';
import type { Engine } from '../../../lib/local-cloud/dla/engine/engine';
import { scratchAccount } from '../account/scratch-account';
import { BUCKET, REGION } from './dla-fixture';

const SCHEMA = { region: REGION, catalog: 'oss', location: `oss://${BUCKET}/` };
const TABLE: DlaTable = {
  region: REGION,
  schema: 'lake',
  name: 'people',
  columns: columnsOf(1),
  format: 'JSON',
  location: `oss://${BUCKET}/people/`,
  properties: {},
};

function columnsOf(count: number, prefix = 'c'): DlaColumn[] {
  return Array.from({ length: count }, (_, at) => ({ name: `${prefix}${at}`, type: 'int' }));
}

/** An account with a bucket and a schema, and what runs statements on it. */
function catalog(): { account: Account; run: (statement: DdlStatement) => Promise<void> } {
  const account = scratchAccount();
  account.oss.createBucket(REGION, { name: BUCKET });
  account.oss.putObject(BUCKET, 'people/a.json', Buffer.from('{}'));
  account.dla.createSchema({ ...SCHEMA, name: 'lake' });
  // None of these statements has a query in it.
  const executor = new DdlExecutor(account, REGION, undefined as unknown as Engine);
  return { account, run: (statement) => executor.run(statement, 'lake') };
}

const createTable = (patch: Partial<DlaTable> = {}): DdlStatement => ({
  kind: 'create-table',
  ifNotExists: false,
  partitionColumns: [],
  ...TABLE,
  ...patch,
});

it('a region has up to 4096 schemas', async () => {
  const { account, run } = catalog();
  const create = (name: string, ifNotExists = false) =>
    run({ kind: 'create-schema', ifNotExists, name, catalog: 'oss', location: SCHEMA.location });
  for (let at = 1; at < 4095; at += 1) {
    account.dla.createSchema({ ...SCHEMA, name: `s${at}` });
  }
  await create('last');
  await expect(create('more')).rejects.toThrow('too many schemas: expected at most 4096, got 4097');
  await create('last', true);
  expect(account.dla.listSchemas(REGION)).toHaveLength(4096);
});

it('a schema has up to 4096 tables', async () => {
  const { account, run } = catalog();
  for (let at = 1; at < 4096; at += 1) {
    account.dla.createTable({ ...TABLE, name: `t${at}` });
  }
  await run(createTable({ name: 'last' }));
  await expect(run(createTable({ name: 'more' }))).rejects.toThrow('too many tables: expected at most 4096, got 4097');
  expect(account.dla.listTables(REGION, 'lake')).toHaveLength(4096);
});

it('a table has up to 4096 columns, those of partitions among them', async () => {
  const { account, run } = catalog();
  await expect(run(createTable({ columns: columnsOf(4096), partitionColumns: columnsOf(1, 'p') }))).rejects.toThrow(
    'too many columns: expected at most 4096, got 4097',
  );
  await run(createTable({ columns: columnsOf(4095), partitionColumns: columnsOf(1, 'p') }));
  const add: DdlStatement = { kind: 'add-columns', name: 'people', columns: columnsOf(1, 'more') };
  await expect(run(add)).rejects.toThrow('too many columns: expected at most 4096, got 4097');
  expect(account.dla.getTable(REGION, 'lake', 'people').columns).toHaveLength(4095);
});

it('a table has up to 60,000 partitions, however they come', async () => {
  const { account, run } = catalog();
  await run(createTable({ partitionColumns: [{ name: 'p0', type: 'string' }] }));
  const table = account.dla.getTable(REGION, 'lake', 'people');
  const location = `oss://${BUCKET}/elsewhere/`;
  account.dla.changePartitions(
    table,
    Array.from({ length: 59_999 }, (_, at) => ({ values: [String(at)], location })),
  );
  const partitionOf = (p0: string, ifNotExists = false): DdlStatement => ({
    kind: 'add-partitions',
    name: 'people',
    ifNotExists,
    partitions: [{ values: { p0 } }],
  });
  account.oss.putObject(BUCKET, 'people/p0=a/x.json', Buffer.from('{}'));
  account.oss.putObject(BUCKET, 'people/p0=b/x.json', Buffer.from('{}'));
  const tooMany = 'too many partitions: expected at most 60000, got 60001';
  await expect(run({ kind: 'repair-table', name: 'people' })).rejects.toThrow(tooMany);
  await run(partitionOf('last'));
  await expect(run(partitionOf('more'))).rejects.toThrow(tooMany);
  expect(account.dla.listPartitions(table)).toHaveLength(60_000);
  // Those that are there already are no more of them.
  await run(partitionOf('last', true));
});
