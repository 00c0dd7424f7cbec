import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DlaFixture, ENDLESS } from '../../local-cloud/dla/dla-fixture';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { mavenCommand, Missing } from '../runtimes';

const PROJECT = path.join(ROOT, 'test/clients/dla/jdbc-client');

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
  await dla.query('create view lake.adults as select id, name from lake.people');
});

afterAll(() => dla.remove());

const MYSQL = 'jdbc:mysql://127.0.0.1:PORT/lake?useSSL=false&useUnicode=true&characterEncoding=UTF-8';
const PREPARED = '&useServerPrepStmts=true&useCursorFetch=true';
const MARIADB = 'jdbc:mariadb://127.0.0.1:PORT/lake';

it.for([
  ['MySQL Connector/J 5.1', 'mysql', 'mysql-connector-java', '5.1.49', MYSQL],
  ['MySQL Connector/J 8.0', 'com.mysql', 'mysql-connector-j', '8.0.33', MYSQL],
  ['MySQL Connector/J 9.1', 'com.mysql', 'mysql-connector-j', '9.1.0', MYSQL],
  [
    'MySQL Connector/J 8.0 with statements prepared by the server',
    'com.mysql',
    'mysql-connector-j',
    '8.0.33',
    `${MYSQL}${PREPARED}`,
  ],
  [
    'MySQL Connector/J 9.5 with statements prepared by the server',
    'com.mysql',
    'mysql-connector-j',
    '9.5.0',
    `${MYSQL}${PREPARED}`,
  ],
  ['MariaDB Connector/J 2.7', 'org.mariadb.jdbc', 'mariadb-java-client', '2.7.12', MARIADB],
  ['MariaDB Connector/J 3.5', 'org.mariadb.jdbc', 'mariadb-java-client', '3.5.1', MARIADB],
  [
    'MariaDB Connector/J 3.5 with statements prepared by the server',
    'org.mariadb.jdbc',
    'mariadb-java-client',
    '3.5.1',
    `${MARIADB}?useServerPrepStmts=true`,
  ],
] as const)(
  '%s logs in, reads the catalogue and rows, limits and cancels',
  async ([, group, artifact, version, url], { skip }) => {
    const folder = scratchFolder();
    const project = path.join(folder, 'template');
    fs.cpSync(PROJECT, project, { recursive: true });
    const pom = path.join(project, 'pom.xml');
    const text = fs
      .readFileSync(pom, 'utf8')
      .replace('DRIVER_GROUP', group)
      .replace('DRIVER_ARTIFACT', artifact)
      .replace('DRIVER_VERSION', version);
    fs.writeFileSync(pom, text);
    const [file, ...args] = await mavenCommand(project, path.join(folder, 'project'), 'Client').catch(
      (error: Error) => {
        skip(error instanceof Missing, error.message);
        throw error;
      },
    );
    const { dlaUser, dlaPassword } = dla.account.identity;
    const { stdout } = await promisify(execFile)(file, [...args, url.replace('PORT', String(dla.port)), ENDLESS], {
      env: { ...process.env, DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
      timeout: 120_000,
    });
    expect(stdout.trim().split('\n')).toEqual([
      'valid: true',
      'catalogs: true',
      'tables: [people, adults]',
      'views: [adults]',
      'columns: [id, name, born]',
      'types: [-5, 12, 91]',
      'primary keys: []',
      'indexes: []',
      'functions: []',
      'row: 1 Ann 1990-01-02',
      'task: true',
      'max rows: 2',
      'all rows: 3',
      'cancel: ended',
      'after cancel: true',
      'catalog: lake',
      'pool: [1, 2, 3, 3, 3, 3, 3, 3]',
      'wrong password: 1045',
    ]);
  },
);
