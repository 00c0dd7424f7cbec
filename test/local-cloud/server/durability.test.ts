import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { ROOT } from '../../run-node';
import { RpcClient } from '../openapi/rpc-client';
import { ossRequest } from '../oss-http/signed-request';

const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

let folder: string;
let child: ChildProcess | undefined;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'durability-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  fs.rmSync(folder, { recursive: true, force: true });
});

function serve(): Promise<number> {
  const script = path.join(__dirname, 'served-http-server.ts');
  const served = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child = served;
  return new Promise((resolve, reject) => {
    served.stdout.once('data', (line: Buffer) => resolve(Number(line.toString())));
    served.once('error', reject);
  });
}

it('keeps every change that was acknowledged before the process was killed', async () => {
  const first = new Account(folder);
  const { identity } = first;
  first.oss.createBucket('cn-hangzhou', { name: 'durable' });
  first.close();

  const roles: string[] = [];
  const objects: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const port = await serve();
    const client = new RpcClient(`127.0.0.1:${port}`, identity);
    const server = { port, account: { identity } } as Parameters<typeof ossRequest>[0];
    const gone = new Promise((resolve) => child!.once('exit', resolve));
    // In the middle of what goes on, some time after enough has been acknowledged.
    const enough = roles.length + objects.length + randomInt(5, 50);
    const acknowledged = (all: string[], name: string) => {
      all.push(name);
      if (roles.length + objects.length === enough) {
        setTimeout(() => child!.kill('SIGKILL'), randomInt(0, 20));
      }
    };
    const makeRoles = async () => {
      for (let index = 0; ; index += 1) {
        const name = `role-${round}-${index}`;
        await client.call('ram', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: TRUST });
        acknowledged(roles, name);
      }
    };
    const putObjects = async () => {
      for (let index = 0; ; index += 1) {
        const key = `key-${round}-${index}`;
        await ossRequest(server, { method: 'PUT', path: `durable/${key}`, body: key });
        acknowledged(objects, key);
      }
    };
    // Each goes on until the server is gone.
    await Promise.allSettled([makeRoles(), putObjects()]);
    await gone;
  }

  expect(roles.length + objects.length).toBeGreaterThan(15);
  const account = new Account(folder);
  try {
    for (const name of roles) {
      expect(account.ram.getRole(name).roleName).toBe(name);
    }
    for (const key of objects) {
      const { blob } = account.oss.getObject('durable', key);
      expect(fs.readFileSync(account.oss.blobs.pathOf(blob), 'utf8')).toBe(key);
    }
  } finally {
    account.close();
  }
});
