import { spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { createConnection } from 'mysql2/promise';
import { expect, it, onTestFinished } from 'vitest';
import { BUCKET, CREATE_PEOPLE, PEOPLE, REGION } from '../../local-cloud/dla/dla-fixture';
import { scratchFolder } from '../../scratch';
import { KillableCloud } from '../killable-cloud';
import { goCommand, mavenCommand, Missing, npmCommand, pythonCommand } from '../runtimes';

const here = (name: string): string => path.join(__dirname, name);

async function startCloud(): Promise<KillableCloud> {
  const cloud = new KillableCloud(scratchFolder(), 'dla', ({ oss }) => {
    oss.createBucket(REGION, { name: BUCKET });
    oss.putObject(BUCKET, 'people/part-0.json', Buffer.from(PEOPLE));
    return '';
  });
  await cloud.start();
  onTestFinished(() => cloud.kill());
  const { dlaUser: user, dlaPassword: password } = cloud.identity;
  const connection = await createConnection({ host: '127.0.0.1', port: cloud.port, user, password });
  for (const statement of CREATE_PEOPLE) {
    await connection.query(statement);
  }
  connection.destroy();
  return cloud;
}

it.for([
  [
    "HikariCP's",
    {
      command: () => mavenCommand(here('jdbc-pools'), scratchFolder(), 'Restart'),
      args: (port: number) => [`jdbc:mysql://127.0.0.1:${port}/lake?useSSL=false`],
      answer: '6',
    },
  ],
  [
    "SQLAlchemy's",
    {
      command: () => pythonCommand(here('restart-client.py'), ['sqlalchemy', 'pymysql', 'mysql.connector']),
      args: () => [],
      answer: '6 6',
    },
  ],
  [
    "Node's",
    {
      command: () => npmCommand(here('node-client'), scratchFolder(), 'restart.cjs'),
      args: () => [],
      answer: '6 6 6',
    },
  ],
  [
    "Go's",
    {
      command: () => goCommand(here('go-client'), scratchFolder()),
      args: () => ['parseTime=true'],
      answer: 'pool: 6',
    },
  ],
] as const)(
  '%s pool goes on when the local cloud was stopped, or killed, and starts again',
  async ([, client], { skip }) => {
    const [file, ...rest] = await client.command().catch((error: Error) => {
      skip(error instanceof Missing, error.message);
      throw error;
    });
    const cloud = await startCloud();
    const { dlaUser, dlaPassword } = cloud.identity;
    const program = spawn(file, [...rest, ...client.args(cloud.port)], {
      env: { ...process.env, DLA_PORT: String(cloud.port), DLA_USER: dlaUser, DLA_PASSWORD: dlaPassword },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void program.kill('SIGKILL'));
    const lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
    const { answer } = client;
    expect(await lines.next()).toEqual({ value: answer, done: false });
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await cloud.kill(signal);
      await cloud.start();
      program.stdin.write('again\n');
      expect(await lines.next()).toEqual({ value: answer, done: false });
    }
    program.stdin.end();
    expect(await lines.next()).toEqual({ value: undefined, done: true });
  },
);
