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

it('serves Java’s pools of connections, before and after one is killed', async ({ skip }) => {
  const project = path.join(ROOT, 'test/clients/dla/jdbc-pools');
  const [file, ...args] = await mavenCommand(project, scratchFolder(), 'Pools').catch((error: Error) => {
    skip(error instanceof Missing, error.message);
    throw error;
  });
  const { dlaUser, dlaPassword } = dla.account.identity;
  const url = `jdbc:mysql://127.0.0.1:${dla.port}/lake?useSSL=false`;
  const { stdout } = await promisify(execFile)(file, [...args, url], {
    env: { ...process.env, DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
    timeout: 120_000,
  });
  const answers = (pool: string): string[] => [`${pool}: [Ann, Bo, O'Neil] 20`, `${pool} after KILL: Ann`];
  expect(stdout.trim().split('\n')).toEqual([
    ...answers('hikari'),
    ...answers('druid'),
    'druid wall: true',
    ...answers('dbcp2'),
    ...answers('c3p0'),
    ...answers('tomcat'),
  ]);
});
