import { spawnSync } from 'node:child_process';
import * as os from 'node:os';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { LocalProcess } from '../../crash/local-process';
import { scratchFolder } from '../../scratch';
import { RpcClient } from '../openapi/rpc-client';
import { ossRequest } from '../oss-http/signed-request';

/** Runs a command where a folder is a file system of 4 MB: a name space of mounts needs no root. */
const onSmallDisk = (folder: string) => [
  ...['unshare', '--user', '--map-root-user', '--mount'],
  ...['sh', '-c', 'mount -t tmpfs -o size=4m tmpfs "$0" && exec "$@"', folder],
];
/** Runs a command that may not write a file beyond a size. */
const withLimit = (bytes: number) => ['prlimit', `--fsize=${bytes}`];

const works = ([program, ...args]: readonly string[]): boolean =>
  spawnSync(program, [...args, 'true'], { stdio: 'ignore' }).status === 0;

async function started(folder: string, within: readonly string[] = []) {
  const cloud = await LocalProcess.start(folder, within);
  onTestFinished(async () => void (await cloud.kill()));
  const { endpoints } = cloud;
  const server = {
    port: Number(endpoints.http.split(':')[1]),
    account: { identity: endpoints },
  } as unknown as Parameters<typeof ossRequest>[0];
  const oss = (method: string, path: string, body: string | Buffer = '', headers: Record<string, string> = {}) =>
    ossRequest(server, { method, path, body, headers });
  return { cloud, endpoints, oss, ram: new RpcClient(endpoints.http, endpoints) };
}

const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

// Skipped where no name space can be made, e.g. in a container without the right to.
describe.runIf(works(onSmallDisk(os.tmpdir())))('a full disk', () => {
  it('is an answer of each service, and goes on when there is room again', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const { cloud, endpoints, oss, ram } = await started(folder, onSmallDisk(folder));
    expect((await oss('PUT', 'data')).status).toBe(200);
    const [host, port] = endpoints.dla['cn-hangzhou'].split(':');
    const { dlaUser: user, dlaPassword: password } = endpoints;
    const connection = await createConnection({ host, port: Number(port), user, password });
    onTestFinished(() => connection.destroy());
    await connection.query('select 1');

    const stored: string[] = [];
    let refused = await oss('PUT', 'data/0', Buffer.alloc(100_000));
    for (let number = 1; refused.status === 200; number += 1) {
      stored.push(String(number - 1));
      refused = await oss('PUT', `data/${number}`, Buffer.alloc(100_000));
    }
    expect(refused).toMatchObject({ status: 500, code: 'InternalError' });
    expect(refused.text).not.toContain(folder);
    // What is left goes too, down to where a row cannot be written.
    for (let size = 50_000; size > 0; size = Math.floor(size / 2)) {
      while ((await oss('PUT', `data/${stored.length}`, Buffer.alloc(size))).status === 200) {
        stored.push(String(stored.length));
      }
    }
    const roles: string[] = [];
    const failed = await fillWithRoles(ram, roles);
    expect(failed.code).toMatch(/InternalError|ServiceUnavailable/);
    // A query that ends while nothing can be written takes nobody with it.
    await connection.query('/*+ run_async=true */ select 1').catch(() => undefined);
    expect((await oss('GET', 'data/0')).status).toBe(200);
    const [rows] = await connection.query<RowDataPacket[]>('select 2 as two');
    expect(String(rows[0].two)).toBe('2');

    // A deletion writes a line as well, so there may be no room for the first.
    await vi
      .waitFor(async () => expect((await oss('DELETE', 'data/0')).status).toBe(204), 10_000)
      .catch(() => undefined);
    const listed = await oss('GET', 'data');
    expect(listed.status).toBe(200);
    expect(await cloud.kill('SIGTERM')).toBe(0);
  });
});

async function fillWithRoles(ram: RpcClient, made: string[]): Promise<{ code?: string }> {
  for (;;) {
    try {
      const RoleName = `role-${made.length}`;
      const Description = 'x'.repeat(1_000);
      await ram.call('ram', 'CreateRole', { RoleName, Description, AssumeRolePolicyDocument: TRUST });
      made.push(RoleName);
    } catch (error) {
      return error as { code?: string };
    }
  }
}

// Skipped where there is no prlimit.
describe.runIf(works(withLimit(1_000_000)))('a journal that may not grow', () => {
  it('keeps what was acknowledged, and nothing that was refused', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    new Account(folder).close();
    const { cloud, oss } = await started(folder, withLimit(2_000_000));
    await oss('PUT', 'data');
    const headers = { 'x-oss-meta-large': 'x'.repeat(7_000) };
    const stored: string[] = [];
    let answer = await oss('PUT', 'data/first', 'content', headers);
    while (answer.status === 200) {
      stored.push(answer.text);
      answer = await oss('PUT', `data/${stored.length}`, 'content', headers);
    }
    expect(answer).toMatchObject({ status: 500, code: 'InternalError' });
    expect(stored.length).toBeGreaterThan(100);
    expect(await cloud.kill('SIGTERM')).toBe(0);

    const again = await started(folder);
    expect((await again.oss('PUT', 'data/after')).status).toBe(200);
    expect(await again.cloud.kill('SIGTERM')).toBe(0);
    const account = new Account(folder);
    onTestFinished(() => account.close());
    const keys = ['after', 'first', ...stored.slice(1).map((_, index) => String(index + 1))];
    expect(account.oss.objectVersions('data').map(({ key }) => key)).toEqual(keys.sort());
  });
});
