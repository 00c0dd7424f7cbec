import { execFile, execFileSync } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUCKET, DlaFixture } from './dla-fixture';

const run = promisify(execFile);
const TASK_ID = /^q\d{12}hz[0-9a-f]+$/;

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
});

afterAll(() => dla.remove());

/** The environment of a client's process: its search path, and where and as whom to log in. */
function environment(): NodeJS.ProcessEnv {
  const { dlaUser, dlaPassword } = dla.account.identity;
  return {
    PATH: process.env.PATH,
    DLA_PORT: String(dla.port),
    DLA_USER: dlaUser,
    DLA_PASSWORD: dlaPassword,
    MYSQL_PWD: dlaPassword,
  };
}

function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe('mysql2', () => {
  it('gets typed values, several answers on one connection, and a connection that outlives an error', async () => {
    const connection = await dla.connect({ database: 'lake' });
    const [rows] = await connection.query(
      'select id, name, born, id / 2e0 half, 1.50 price from people order by id limit 1',
    );
    expect(rows).toEqual([{ id: 1, name: 'Ann', born: new Date(1990, 0, 2), half: 0.5, price: '1.50' }]);
    await expect(connection.query('select nothing from people')).rejects.toMatchObject({
      code: 'ER_BAD_FIELD_ERROR',
      sqlState: '42S22',
    });
    await connection.ping();
  });

  it('changes its user, which forgets the schema, and is shut out with a wrong password', async () => {
    const connection = await dla.connect();
    const { dlaUser, dlaPassword } = dla.account.identity;
    await connection.query('use lake');
    await connection.changeUser({ user: dlaUser, password: dlaPassword });
    const [rows] = await connection.query('select database() name');
    expect(rows).toEqual([{ name: null }]);
    await expect(connection.changeUser({ user: dlaUser, password: 'wrong' })).rejects.toMatchObject({ errno: 1045 });
  });

  it('escapes values in a way that is understood', async () => {
    const connection = await dla.connect();
    const value = 'it\'s "quoted" \\ back\nline % 雲';
    const [rows] = await connection.query('select ? as echo, ?? from lake.people limit 1', [value, 'id']);
    expect(rows).toEqual([{ echo: value, id: 1 }]);
  });

  it('works through a pool, which resets and pings its connections', async () => {
    const { dlaUser, dlaPassword } = dla.account.identity;
    const pool = mysql.createPool({ host: '127.0.0.1', port: dla.port, user: dlaUser, password: dlaPassword });
    const answers = await Promise.all(
      [1, 2, 3, 4].map((n) => pool.query(`select count(*) n from lake.people where id <= ${n}`)),
    );
    expect(answers.map(([rows]) => (rows as { n: number }[])[0].n)).toEqual([1, 2, 3, 3]);
    await pool.end();
  });
});

describe.skipIf(!works('mariadb', '--version'))('the mariadb command line (skipped where it is not installed)', () => {
  const mariadb = async (sql: string): Promise<string> => {
    const args = ['--host=127.0.0.1', `--port=${dla.port}`, `--user=${dla.account.identity.dlaUser}`];
    const options = ['--no-defaults', ...args, '--comments', '--batch', '--database=lake', '--execute', sql];
    return (await run('mariadb', options, { env: environment() })).stdout;
  };

  it('creates, shows, selects and submits', async () => {
    const table = `create external table lake.cli (id int) stored as json location 'oss://${BUCKET}/people/'`;
    const out = await mariadb(
      `${table}; show tables like 'c%'; use lake; select sum(id) total from cli; drop table cli`,
    );
    expect(out.split('\n')).toEqual(['TABLE_NAME', 'cli', 'total', '6', '']);
    const [header, id] = (await mariadb('/*+ run_async=true */ select * from people')).split('\n');
    expect(header).toBe('ASYNC_TASK_ID');
    expect(id).toMatch(TASK_ID);
  });

  it('shows an error with its number and state, and fails', async () => {
    await expect(mariadb('selec 1')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('ERROR 1064 (42000)'),
    });
  });
});

/** PyMySQL is often installed for the system's Python only. */
const PYTHON = ['python3', '/usr/bin/python3'].find((python) => works(python, '-c', 'import pymysql'));

describe.skipIf(!PYTHON)('PyMySQL (skipped where it is not installed)', () => {
  it('selects with parameters, submits, and gets errors', async () => {
    const { stdout } = await run(PYTHON!, [path.join(__dirname, 'pymysql-client.py')], { env: environment() });
    expect(JSON.parse(stdout)).toEqual({
      rows: [{ id: 3, name: "O'Neil" }],
      task: expect.stringMatching(TASK_ID),
      error: 1054,
    });
  });
});
