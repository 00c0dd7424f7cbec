import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tlsFiles } from '../../../lib/local-cloud/server/certificate';
import { DlaFixture } from '../../local-cloud/dla/dla-fixture';
import { javaLines } from './java-program';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'dla-tls-'));
const tls = tlsFiles(folder, {});

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start({ tls });
  await dla.createPeople();
});

afterAll(async () => {
  await dla.remove();
  fs.rmSync(folder, { recursive: true });
});

/** TLS stands in the first, which asks for nothing, and in the last ones. */
const MYSQL = [
  'useServerPrepStmts=true',
  'useSSL=false&useServerPrepStmts=true',
  'useSSL=false&useServerPrepStmts=true&useCursorFetch=true',
  'useSSL=false&useServerPrepStmts=true&useCompression=true',
  'useSSL=false&useServerPrepStmts=true&rewriteBatchedStatements=true&allowMultiQueries=true',
  'useSSL=true&requireSSL=true&verifyServerCertificate=false&useServerPrepStmts=true&useCursorFetch=true&useCompression=true',
];
/** Connector/J 5.1.46 asks for the metadata of a statement that it prepares itself with empty texts for its values. */
const CLIENT_PREPARED = ['useSSL=false'];
const MARIADB = [
  '',
  'useServerPrepStmts=true',
  'useServerPrepStmts=true&useCompression=true',
  'sslMode=trust&useServerPrepStmts=true',
  `sslMode=verify-ca&serverSslCert=${tls.certificate}`,
];

it.for([
  ['com.mysql', 'mysql-connector-j', '9.5.0', 'mysql', [...MYSQL, ...CLIENT_PREPARED]],
  ['com.mysql', 'mysql-connector-j', '9.2.0', 'mysql', [...MYSQL, ...CLIENT_PREPARED]],
  ['com.mysql', 'mysql-connector-j', '8.0.33', 'mysql', [...MYSQL, ...CLIENT_PREPARED]],
  ['mysql', 'mysql-connector-java', '5.1.46', 'mysql', MYSQL],
  ['org.mariadb.jdbc', 'mariadb-java-client', '2.7.12', 'mariadb', MARIADB],
  ['org.mariadb.jdbc', 'mariadb-java-client', '3.5.1', 'mariadb', MARIADB],
] as const)(
  '%s %s %s reads all rows, however it connects and fetches, and all metadata',
  async ([group, artifact, version, scheme, settings], { skip }) => {
    const args = settings.map((setting) => `jdbc:${scheme}://127.0.0.1:${dla.port}/lake?${setting}`);
    const driver = { group, artifact, version };
    const lines = await javaLines(dla, { folder: 'wire-client', mainClass: 'Wire', driver, args }, skip);
    const executions = scheme === 'mysql' ? 8 : 6;
    const expected = `${'1ab2ab3ab '.repeat(executions)}columns: 3 failed: []`;
    expect(lines).toEqual(settings.map(() => expected));
  },
);
