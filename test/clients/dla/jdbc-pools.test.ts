import { afterAll, beforeAll, expect, it } from 'vitest';
import { DlaFixture } from '../../local-cloud/dla/dla-fixture';
import { javaLines } from './java-program';

let dla: DlaFixture;

beforeAll(async () => {
  dla = await DlaFixture.start();
  await dla.createPeople();
});

afterAll(() => dla.remove());

it('serves Java’s pools of connections, before and after one is killed', async ({ skip }) => {
  const url = `jdbc:mysql://127.0.0.1:${dla.port}/lake?useSSL=false`;
  const lines = await javaLines(dla, { folder: 'jdbc-pools', mainClass: 'Pools', args: [url] }, skip);
  const answers = (pool: string): string[] => [`${pool}: [Ann, Bo, O'Neil] 20`, `${pool} after KILL: Ann`];
  expect(lines).toEqual([
    ...answers('hikari'),
    ...answers('druid'),
    'druid wall: true',
    ...answers('dbcp2'),
    ...answers('c3p0'),
    ...answers('tomcat'),
  ]);
});
