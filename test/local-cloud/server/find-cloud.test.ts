import * as fs from 'node:fs';
import * as path from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { findCloud } from '../../../lib/local-cloud/server/find-cloud';
import { register } from '../../../lib/local-cloud/server/registered-clouds';
import { scratchFolder } from '../../scratch';

/** A port at which nobody answers. */
const UNUSED = 1;

let tmp: string;

beforeEach(() => {
  tmp = scratchFolder();
  vi.stubEnv('TMPDIR', tmp);
  onTestFinished(() => void vi.unstubAllEnvs());
});

async function startCloud(state?: string): Promise<LocalCloud> {
  const cloud = await LocalCloud.start({ state });
  onTestFinished(() => cloud.stop());
  return cloud;
}

const find = (state?: string, environment = {}, port = UNUSED) => findCloud(state, environment, port);

it('finds one by its state folder, and not when it has stopped', async () => {
  const state = path.join(tmp, 'state');
  const cloud = await startCloud(state);
  expect((await find(state)).client.address).toBe(cloud.endpoints.http);
  await cloud.stop();
  await expect(find(state)).rejects.toThrow(`--state: no local cloud runs on ${state}`);
  expect(fs.existsSync(path.join(state, 'running.json'))).toBe(false);
});

it('takes no other one for one that was killed', async () => {
  const [killed, other] = [path.join(tmp, 'killed'), path.join(tmp, 'other')];
  const { endpoints } = await startCloud(other);
  fs.mkdirSync(killed);
  fs.writeFileSync(
    path.join(killed, 'running.json'),
    JSON.stringify({ id: 'of the killed one', http: endpoints.http, pid: 1 }),
  );
  await expect(find(killed)).rejects.toThrow(`--state: no local cloud runs on ${killed}`);
});

it.each(['{', '[]', 'null', '{"id":1,"http":2}'])('takes %s in a state folder for no cloud', async (text) => {
  fs.writeFileSync(path.join(tmp, 'running.json'), text);
  await expect(find(tmp)).rejects.toThrow('no local cloud runs on');
});

it('finds one by ALICLOUD_LOCAL, with a scheme and without', async () => {
  const { endpoints } = await startCloud();
  for (const address of [endpoints.http, `http://${endpoints.http}`, `http://${endpoints.http}/`]) {
    expect((await find(undefined, { ALICLOUD_LOCAL: address })).health.accountId).toBe(endpoints.accountId);
  }
  await expect(find(undefined, { ALICLOUD_LOCAL: `127.0.0.1:${UNUSED}` })).rejects.toThrow(
    `ALICLOUD_LOCAL: no local cloud answers at 127.0.0.1:${UNUSED}: unset the variable`,
  );
  await expect(find(undefined, { ALICLOUD_LOCAL: 'yes' })).rejects.toThrow('ALICLOUD_LOCAL: expected an address');
});

it('finds the only one that runs, and lists several', async () => {
  await expect(find()).rejects.toThrow('no local cloud runs: alicloud-local start starts one');
  // By npx it is in no PATH.
  await expect(find(undefined, { npm_command: 'exec' })).rejects.toThrow('runs: npx alicloud-local start starts one');
  const first = await startCloud();
  const unregister = register(first.state);
  expect((await find()).client.address).toBe(first.endpoints.http);
  const second = await startCloud(path.join(tmp, 'second'));
  const port = Number(second.endpoints.http.split(':')[1]);
  const list = [
    `several local clouds run, choose one by --state or ALICLOUD_LOCAL:`,
    `  http://${first.endpoints.http}  --state ${first.state}`,
    `  http://${second.endpoints.http}  --state ${second.state}`,
  ].join('\n');
  await expect(find(undefined, {}, port)).rejects.toThrow(list);
  register(second.state);
  await expect(find(undefined, {}, port)).rejects.toThrow('several local clouds run');
  await expect(find(path.join(tmp, 'none'))).rejects.toThrow(`; these run:\n  http://${first.endpoints.http}`);
  unregister();
  expect((await find()).client.address).toBe(second.endpoints.http);
});

it('trusts no registry that others can write, and forgets processes that are gone', async () => {
  const { state } = await startCloud();
  register(state);
  const registry = path.join(
    tmp,
    fs.readdirSync(tmp).find((name) => name.startsWith('alicloud-local.'))!,
  );
  fs.writeFileSync(path.join(registry, '4194305-of-no-process'), state);
  expect((await find()).health.state).toBe(state);
  expect(fs.readdirSync(registry)).toHaveLength(1);
  fs.chmodSync(registry, 0o777);
  await expect(find()).rejects.toThrow('no local cloud runs');
});
