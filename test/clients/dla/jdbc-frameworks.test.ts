import { afterAll, beforeAll, expect, it } from 'vitest';
import { DlaFixture } from '../../local-cloud/dla/dla-fixture';
import { javaLines } from './java-program';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
});

afterAll(() => dla.remove());

it('serves Java’s frameworks, and refuses what would change tables', async ({ skip }) => {
  await dla.query('create view lake.adults as select id, name from lake.people');
  const url = `jdbc:mysql://127.0.0.1:${dla.port}/lake?useSSL=false`;
  const program = { folder: 'jdbc-frameworks', mainClass: 'Frameworks', args: [url] };
  const lines = (await javaLines(dla, program, skip)).filter((line) =>
    /^(spring|mybatis|hibernate|hibernate 8|jooq|jdbi|liquibase): /.test(line),
  );
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
