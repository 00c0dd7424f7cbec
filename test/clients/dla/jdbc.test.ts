import { afterAll, beforeAll, expect, it } from 'vitest';
import { DlaFixture, ENDLESS } from '../../local-cloud/dla/dla-fixture';
import { javaLines } from './java-program';

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
    const args = [url.replace('PORT', String(dla.port)), ENDLESS];
    const driver = { group, artifact, version };
    const lines = await javaLines(dla, { folder: 'jdbc-client', mainClass: 'Client', driver, args }, skip);
    expect(lines).toEqual([
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
