import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DlaFixture } from '../../local-cloud/dla/dla-fixture';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';
import { mavenCommand, Missing } from '../runtimes';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
});

afterAll(() => dla.remove());

it('serves Java’s frameworks, and refuses what would change tables', async ({ skip }) => {
  await dla.query('create view lake.adults as select id, name from lake.people');
  const project = path.join(ROOT, 'test/clients/dla/jdbc-frameworks');
  const [file, ...args] = await mavenCommand(project, scratchFolder(), 'Frameworks').catch((error: Error) => {
    skip(error instanceof Missing, error.message);
    throw error;
  });
  const { dlaUser, dlaPassword } = dla.account.identity;
  const url = `jdbc:mysql://127.0.0.1:${dla.port}/lake?useSSL=false`;
  const { stdout } = await promisify(execFile)(file, [...args, url], {
    env: { ...process.env, DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
    timeout: 180_000,
    maxBuffer: 16 << 20,
  });
  const lines = stdout
    .split('\n')
    .filter((line) => /^(spring|mybatis|hibernate|hibernate 8|jooq|jdbi|liquibase): /.test(line));
  expect(lines).toEqual([
    'spring: [Ann, Bo] 2 bad grammar',
    'mybatis: Bo [1, 3] Bo',
    'hibernate: Ann 1990-01-02 [Bo] 1',
    'hibernate 8: Ann 1990-01-02 [Bo] 1',
    "jooq: [Bo, O'Neil] true true true",
    'jdbi: [Ann, Bo]',
    'liquibase: error: CREATE TABLE without EXTERNAL is not supported here, expected CREATE EXTERNAL TABLE',
  ]);
});
