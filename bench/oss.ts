import * as path from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import { Account } from '../lib/local-cloud/account/account';
import { type Call, oss, send, type Server, startLocalCloud } from './http-client';
import { ended } from './processes';
import { report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const FEW = 1_000;
const MANY = 100_000;
const ROUNDS = 15;
const LARGE = Buffer.alloc(100 << 20, 'large ');

/** A state with buckets of few and of many keys, and of few and of many versions of some keys. */
function fill(folder: string): void {
  const account = new Account(folder);
  for (const [name, count] of [
    ['few', FEW],
    ['many', MANY],
  ] as const) {
    account.oss.createBucket('cn-hangzhou', { name });
    account.oss.createBucket('cn-hangzhou', { name: `${name}-versions` });
    account.oss.updateBucket(`${name}-versions`, { versioning: 'Enabled' });
    for (let index = 0; index < count; index += 1) {
      account.oss.putObject(name, `key-${String(index).padStart(6, '0')}`, Buffer.from('x'));
      account.oss.putObject(`${name}-versions`, `key-${index % 10}`, Buffer.from('x'));
    }
  }
  account.close();
}

async function bareServer(folder: string): Promise<Server> {
  const program = ['--import', 'tsx', path.join(__dirname, 'bare-server.ts'), path.join(folder, 'bare')];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { port: Number(line.toString()), stop: () => ended(child, 'SIGKILL') };
}

async function main(): Promise<void> {
  const folder = scratchFolder('bench-oss');
  fill(folder);
  const local = await startLocalCloud('--state', folder);
  const bare = await bareServer(folder);
  const agent = new http.Agent({ keepAlive: true });
  try {
    const { port, key } = local;
    const list = (bucket: string, query: string, resource = '') =>
      send(agent, port, oss('GET', `/${bucket}/`, key, { query, resource }));
    const keys = await timeRatio(
      ROUNDS,
      () => list('many', 'marker=key-050000&max-keys=1000'),
      () => list('few', 'max-keys=1000'),
    );
    report(`listing 1000 of ${MANY} keys against 1000 of ${FEW}`, keys, 1.5);
    const versions = await timeRatio(
      ROUNDS,
      () => list('many-versions', 'versions&max-keys=1000', '?versions'),
      () => list('few-versions', 'versions&max-keys=1000', '?versions'),
    );
    report(`listing 1000 of ${MANY} versions against 1000 of ${FEW}`, versions, 1.5);

    await send(agent, port, oss('PUT', '/large/', key));
    const up = (to: number, call: Call) => send(agent, to, { ...call, body: LARGE });
    const transfer = await timeRatio(
      3,
      async () => {
        await up(port, oss('PUT', '/large/object', key));
        await send(agent, port, oss('GET', '/large/object', key));
      },
      async () => {
        await up(bare.port, { method: 'PUT', path: '/' });
        await send(agent, bare.port, { method: 'GET', path: '/' });
      },
    );
    report("100 MB up and down against a bare server's time", transfer, 2);
  } finally {
    agent.destroy();
    await local.stop();
    await bare.stop();
  }
}

void main();
