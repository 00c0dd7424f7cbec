import { execFileSync, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { check } from '../../crash/check';
import { LocalProcess } from '../../crash/local-process';
import { prepare } from '../../crash/prepare';
import { newWorkers, type Target, type Worker } from '../../crash/workers';
import { scratchFolder } from '../../scratch';
import { ENDLESS } from '../dla/dla-fixture';
import { RpcClient } from '../openapi/rpc-client';
import { ossRequest } from '../oss-http/signed-request';

/** Runs a command where a folder is a file system of 4 MB: a name space of mounts needs no root. */
const onSmallDisk = (folder: string, template = '') => [
  ...['unshare', '--user', '--map-root-user', '--mount'],
  ...[
    'sh',
    '-c',
    'mount -t tmpfs -o size=4m tmpfs "$0" && { [ -z "$1" ] || cp -a "$1/." "$0"; } && shift && exec "$@"',
    folder,
    template,
  ],
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
  it(
    'ends no server and loses nothing of any, and all go on when there is room again',
    { timeout: 240_000 },
    async () => {
      const [folder, template, copy] = [scratchFolder(), scratchFolder(), scratchFolder()];
      const instanceId = prepare(template);
      const cloud = await LocalProcess.start(folder, onSmallDisk(folder, template));
      onTestFinished(async () => void (await cloud.kill()));
      const onDisk = `/proc/${cloud.pid}/root${folder}`;
      const filler = `${onDisk}/filler`;
      const workers = newWorkers();
      const { endpoints } = cloud;
      const target = { endpoints, instanceId };
      const [host, port] = endpoints.dla['cn-hangzhou'].split(':');
      const { dlaUser: user, dlaPassword: password } = endpoints;
      const connection = await createConnection({ host, port: Number(port), user, password, connectTimeout: 60_000 });
      onTestFinished(() => connection.destroy());
      const [[{ ASYNC_TASK_ID: id }]] = await connection.query<RowDataPacket[]>(`/*+ run_async=true */ ${ENDLESS}`);
      const state = async () => {
        const [[task]] = await connection.query<RowDataPacket[]>(`show query_task where id = '${id}'`);
        return String(task.status);
      };

      // Each goes on until it is refused.
      let isRefused = false;
      const refusals = Promise.all(workers.map((worker) => untilRefused(worker, target)));
      void refusals.then(() => (isRefused = true));
      const haveAll = (above: readonly number[]) => () =>
        workers.forEach(({ acknowledged, name }, at) => expect(acknowledged, name).toBeGreaterThan(above[at]));
      await vi.waitFor(haveAll(workers.map(() => 0)), { timeout: 60_000, interval: 50 });
      await vi.waitFor(
        () => {
          fill(filler);
          expect(isRefused).toBe(true);
        },
        { timeout: 60_000, interval: 20 },
      );
      const refused = await refusals;
      refused.forEach((error) => expect(String(error)).not.toMatch(/ECONN|socket hang up|the server is gone/));
      // A query that ends now has nowhere to write that; nor has a state that is imported.
      await connection.query(`kill query '${id}'`).catch(() => undefined);
      const headers = { 'x-alicloud-local': '1' };
      const url = `http://${endpoints.http}/_local/state`;
      const exported = await (await fetch(url)).text();
      const imported = await fetch(url, { method: 'PUT', headers, body: exported });
      expect(imported.status).toBeGreaterThanOrEqual(500);

      fs.rmSync(filler);
      const before = workers.map(({ acknowledged }) => acknowledged);
      void Promise.all(workers.map((worker) => untilRefused(worker, target)));
      await vi.waitFor(haveAll(before), { timeout: 60_000, interval: 50 });
      // It fails by itself where it needed room on the disk before it was ended.
      await vi.waitFor(async () => expect(await state()).toMatch(/^(CANCELLED|FAILURE)$/), {
        timeout: 30_000,
        interval: 200,
      });
      // What is on the disk is gone with the process.
      process.kill(cloud.pid, 'SIGSTOP');
      execFileSync('cp', ['-a', `${onDisk}/.`, copy]);
      await cloud.kill();
      check(copy, workers);
    },
  );

  it('is told by a start, whatever it has no room for', { timeout: 60_000 }, async () => {
    const folder = scratchFolder();
    const state = `${folder}/state`;
    const full = onSmallDisk(folder).map((word) => word.replace('exec', 'head -c 8M /dev/zero > "$0/filler"; exec'));
    await expect(LocalProcess.start(state, full)).rejects.toThrow(
      /state folder \S+ cannot be read and written \(ENOSPC\): make room there, or give another folder/,
    );
    const cut = onSmallDisk(folder).map((word) =>
      word.replace('exec', 'head -c 8M /dev/zero > "$0/filler"; truncate -s -64K "$0/filler"; exec'),
    );
    await expect(LocalProcess.start(state, cut)).rejects.toThrow(/ENOSPC\): make room there/);
  });

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

/** Works until the server refuses something, however long a busy machine makes the client wait. */
async function untilRefused(worker: Worker, target: Target): Promise<unknown> {
  for (;;) {
    try {
      await worker.run(target);
    } catch (error) {
      if ((error as Error).name !== 'RequestTimeoutError') {
        return error;
      }
    }
  }
}

/** Takes what room there is. */
function fill(file: string): void {
  try {
    for (;;) {
      fs.appendFileSync(file, Buffer.alloc(4096));
    }
  } catch {
    // The disk is full.
  }
}

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
