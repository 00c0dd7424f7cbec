import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest';
import { DlaFixture, ENDLESS } from '../../local-cloud/dla/dla-fixture';
import { scratchFolder } from '../../scratch';
import { goCommand, Missing, npmCommand, pythonCommand, systemCommand } from '../runtimes';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  await dla.query('create view lake.adults as select id, name from lake.people');
});

afterAll(() => dla.remove());

const here = (name: string): string => path.join(__dirname, name);

/** What a client's program prints; skips the test with the reason why it cannot be run here. */
async function output(
  { skip }: TestContext,
  prepare: () => Promise<string[]>,
  ...args: readonly string[]
): Promise<string> {
  const [file, ...before] = await prepare().catch((error: Error) => {
    skip(error instanceof Missing, error.message);
    throw error;
  });
  const { dlaUser, dlaPassword } = dla.account.identity;
  const { stdout } = await promisify(execFile)(file, [...before, ...args], {
    env: { ...process.env, DLA_PORT: String(dla.port), DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
    timeout: 120_000,
  });
  return stdout;
}

it.for(['parseTime=true', 'parseTime=true&interpolateParams=true&maxAllowedPacket=0'])(
  "Go's driver with %s reads, prepares, pools and leaves",
  async (options, context) => {
    const text = await output(context, () => goCommand(here('go-client'), scratchFolder()), options, ENDLESS);
    expect(text.trim().split('\n')).toEqual([
      'ping: <nil>',
      'types: id BIGINT, name VARCHAR, born DATE',
      'row: 1 Ann 1990-01-02 <nil>',
      "statement: Ann, Bo, O'Neil",
      'transaction: 3 <nil> <nil>',
      'error: true',
      'pool: 0',
      'left: true',
      'ping: <nil>',
    ]);
  },
);

it.for(['pymysql', 'mysqlconnector'])('SQLAlchemy with %s reflects and reads', async (driver, context) => {
  const modules = ['sqlalchemy', 'pandas', driver === 'pymysql' ? driver : 'mysql.connector'];
  const text = await output(context, () => pythonCommand(here('sqlalchemy-client.py'), modules), driver);
  expect(JSON.parse(text)).toEqual({
    schemas: ['lake', 'information_schema'],
    tables: ['people'],
    views: ['adults'],
    columns: { id: 'BIGINT', name: 'VARCHAR(65535)', born: 'DATE' },
    view: ['id', 'name'],
    keys: [[], []],
    has: [true, false],
    text: [["O'Neil"]],
    core: [['2', 'None']],
    like: [['3']],
    pandas: ['Ann', 'Bo', "O'Neil"],
    pool: ['0', '1', '2', '3', '4'],
  });
});

it("Node's drivers, knex and sequelize read the catalogue and rows", async (context) => {
  const text = await output(context, () => npmCommand(here('node-client'), scratchFolder(), 'client.cjs'));
  const knex = {
    has: [true, false, true],
    types: ['bigint', 'varchar', 'date'],
    rows: [{ id: 2 }],
    count: { n: 3 },
    transaction: { n: 3 },
  };
  expect(JSON.parse(text)).toEqual({
    mysql: { rows: [{ id: 3, name: "O'Neil" }], error: 'ER_BAD_FIELD_ERROR', pool: [1, 2, 3, 3, 3] },
    mariadb: {
      rows: [{ id: 3, name: "O'Neil" }],
      prepared: [{ id: 1, name: 'Ann' }],
      batch: [{ n: 1 }, { n: 2 }],
      streamed: [1, 2, 3],
      pool: [1, 2, 3, 4, 5],
    },
    mysql2: { pool: [1, 2, 3, 4, 5].map((n) => [n, String(n)]) },
    'knex mysql': knex,
    'knex mysql2': knex,
    sequelize: {
      tables: ['people'],
      types: ['id BIGINT(20)', 'name VARCHAR(65535)', 'born DATE'],
      exists: [true, false],
      indexes: [],
      rows: [{ id: 2, name: 'Bo' }],
      count: 3,
      transaction: 'Ann',
    },
  });
});

it('PHP prepares, buffers and does not, and changes its user', async (context) => {
  const check = ['-r', "exit(extension_loaded('mysqli') && extension_loaded('pdo_mysql') ? 0 : 1);"];
  const text = await output(context, () => systemCommand('php', check, here('php-client.php')));
  const rows = [
    [1, 'Ann', '1990-01-02'],
    [2, 'Bo', null],
    [3, "O'Neil", null],
  ];
  const pdo = {
    rows: rows.slice(0, 1),
    limit: [2],
    error: '42S02',
    after: 1,
    types: ['LONGLONG', 'VAR_STRING', 'DATE'],
  };
  expect(JSON.parse(text)).toEqual({
    bound: rows,
    unbuffered: 3,
    stored: [3, 3],
    user: ['lake'],
    async: ['5'],
    error: [1146, '42S02'],
    login: [1045, 1049],
    'pdo emulated': { ...pdo, rows: rows.slice(0, 1) },
    'pdo prepared': pdo,
  });
});

it("Ruby's driver streams, prepares and gives values their types", async (context) => {
  const text = await output(context, () => systemCommand('ruby', ['-e', "require 'mysql2'"], here('ruby-client.rb')));
  expect(JSON.parse(text)).toEqual({
    rows: [
      [1, 'Ann', '1990-01-02', 'Date'],
      [2, 'Bo', '', 'NilClass'],
    ],
    prepared: [[3, "O'Neil"]],
    streamed: [1, 2, 3],
    decimal: 'BigDecimal 1.1',
    error: [1054, '42S22'],
  });
});

it("Perl's DBI lists tables and columns, and reads", async (context) => {
  const text = await output(context, () => systemCommand('perl', ['-MDBD::mysql', '-e', '1'], here('perl-client.pl')));
  expect(text.trim().split('\n')).toEqual([
    'tables: `lake`.`people`',
    'columns: id BIGINT, name STRING, born DATE',
    'one column: name',
    'keys: ',
    "rows: 2 Bo NULL, 3 O'Neil NULL",
    'error: 1146 42S02',
  ]);
});

it("MariaDB's commands show, source and dump", async (context) => {
  const text = await output(context, () =>
    systemCommand('sh', ['-c', 'mysql --version && mysqldump --version'], here('commands.sh')),
  );
  expect(text).toContain('id\tname\tborn\n1\tAnn\t1990-01-02\n2\tBo\tNULL');
  expect(text).toContain('Current database:\tlake');
  expect(text).toContain('<field name="born" xsi:nil="true" />');
  expect(text).toContain("(3,'O\\'Neil',NULL);");
  expect(text).toContain('CREATE VIEW `adults`');
  expect(text).toMatch(/\| born +\| date /);
  expect(text).toContain('mysqld is alive');
});

it('mycli shows rows, tables and its status', async (context) => {
  const text = await output(context, () => systemCommand('sh', ['-c', 'mycli --version'], here('mycli.sh')));
  expect(text).toContain('"id","name","born"\n"1","Ann","1990-01-02"\n"2","Bo",""\n"3","O\'Neil",""');
  expect(text).toContain('TABLE_NAME\nadults\npeople\n');
  expect(text).toContain('born\tdate\tYES');
  expect(text).toMatch(/Connections: 1 .*Queries: \d+ .*Slow queries: 0/);
});

it('ibis reads the catalogue, filters, groups and joins', async (context) => {
  const text = await output(context, () => pythonCommand(here('ibis-client.py'), ['ibis', 'MySQLdb', 'pyarrow']));
  expect(JSON.parse(text)).toEqual({
    tables: ['adults', 'people'],
    schema: { id: 'int64', name: 'string', born: 'date' },
    rows: ["O'Neil", 'Bo', 'Ann'],
    mean: 2,
    years: [
      { year: 1990, n: 1 },
      { year: null, n: 2 },
    ],
    joined: 3,
    sql: [{ answer: 42 }],
  });
});

it('ODBC lists tables, columns and keys, and binds values', async (context) => {
  const check = ['-c', "import pyodbc; assert 'MariaDB Unicode' in pyodbc.drivers(), 'no driver of MariaDB'"];
  const text = await output(context, () => systemCommand('python3', check, here('odbc-client.py')));
  expect(JSON.parse(text)).toEqual({
    tables: [
      ['adults', 'VIEW'],
      ['people', 'TABLE'],
    ],
    columns: [
      ['id', -5, 'BIGINT', 19],
      ['name', -9, 'VARCHAR', 65535],
      ['born', 91, 'DATE', 10],
    ],
    keys: [[], [], []],
    rows: [
      [1, 'Ann', '1990-01-02'],
      [2, 'Bo', null],
    ],
    values: ['int', 'str', 'date'],
    errors: ['42S02', '42S22'],
  });
});

it('connectorx, which polars reads with, knows the columns before the rows and reads in parts', async (context) => {
  const text = await output(context, () => pythonCommand(here('connectorx-client.py'), ['connectorx', 'pyarrow']));
  const people = { id: [1, 2, 3], name: ['Ann', 'Bo', "O'Neil"], born: ['1990-01-02', null, null] };
  expect(JSON.parse(text)).toEqual({ binary: people, text: people, parts: [1, 2, 3], error: true });
});
