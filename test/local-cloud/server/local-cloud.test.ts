import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, it, vi } from 'vitest';
import { type LocalCloud, withLocalCloud } from '../../../lib/local-cloud';
import { ROOT } from '../../run-node';
import { scratchFolder } from '../../scratch';

it.each<[unknown, string]>([
  [{ sate: '/nowhere' }, 'expected an option of a local cloud, got "sate"; did you mean state?'],
  [{ region: 'cn-shanghai' }, 'got "region"; did you mean regions?'],
  [{ state: '' }, 'state: expected a text that is not empty, got ""'],
  [{ regions: 'cn-hangzhou' }, 'regions: expected a list of regions, got "cn-hangzhou"'],
  [{ httpPort: '4600' }, 'httpPort: expected a port from 0 to 65535, got "4600"'],
  [{ without: ['foo'] }, "without: expected a list of oss, mq, mns, rocketmq-4, got [ 'foo' ]"],
  [{ provider: 'x' }, 'provider: expected local or registry, got "x"'],
  [{ queryDelayMillis: NaN }, 'queryDelayMillis: expected milliseconds from 0, got NaN'],
  [{ queryDelayMillis: -1 }, 'queryDelayMillis: expected milliseconds from 0, got -1'],
  [null, 'expected the options of a local cloud, got object'],
])('starts with no wrong options: %j', async (options, message) => {
  await expect(withLocalCloud(options as never, () => undefined)).rejects.toThrow(message);
});

it('starts nothing where there is no work for it', async () => {
  await expect(withLocalCloud((() => undefined) as never, undefined as never)).rejects.toThrow(
    'withLocalCloud: expected options and a function, got undefined for the function',
  );
});

it('names all packages that are not installed when it starts', () => {
  const modules = path.join(scratchFolder(), 'node_modules');
  const own = path.join(modules, 'alicloud-local');
  fs.cpSync(path.join(ROOT, 'packages/alicloud-local'), own, { recursive: true });
  for (const name of ['mysql2', '@duckdb/node-api', '@grpc/proto-loader', '@msgpack/msgpack']) {
    const link = path.join(modules, name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), link);
  }
  const command = path.join(own, 'dist/lib/local-cloud/server/cli.js');
  const { status, stderr } = spawnSync(process.execPath, [command, 'start'], { encoding: 'utf8' });
  expect(stderr).toBe(
    'alicloud-local start: the local cloud needs packages that are not installed: npm install @grpc/grpc-js ' +
      'fast-xml-parser, or the package alicloud-local, which brings them all\n',
  );
  expect(status).toBe(1);
});

it('runs work with a cloud, and stops that also when the work fails', async () => {
  let stopped: LocalCloud | undefined;
  const failing = withLocalCloud({}, async (cloud) => {
    stopped = cloud;
    expect((await fetch(`http://${cloud.endpoints.http}/_local/health`)).status).toBe(200);
    throw new Error('of the work');
  });
  await expect(failing).rejects.toThrow('of the work');
  await stopped!.stopped;
  expect(fs.existsSync(stopped!.state)).toBe(false);
  await expect(fetch(`http://${stopped!.endpoints.http}/_local/health`)).rejects.toThrow();
  expect(await withLocalCloud({}, ({ endpoints }) => endpoints.accountId)).toMatch(/^\d{16}$/);
});

it('plays an account that lacks a service', async () => {
  await withLocalCloud({ without: ['mns', 'rocketmq-4'] }, ({ account }) => {
    expect(() => account.mns.listQueues('cn-hangzhou')).toThrow('SMQ (formerly MNS) is not activated');
    expect(() => account.ons.createInstance('cn-hangzhou', { instanceName: 'orders' })).toThrow('only existing users');
  });
});

it('gives variables to SDKs, to Terraform and to its own commands', async () => {
  await withLocalCloud({}, ({ endpoints: { accessKeyId, accessKeySecret, environment, http } }) => {
    expect(environment).toMatchObject({
      ALICLOUD_LOCAL: `http://${http}`,
      ALICLOUD_OSS_ENDPOINT: `http://${http}`,
      ALICLOUD_ACCESS_KEY: accessKeyId,
      ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId,
      OSS_ACCESS_KEY_SECRET: accessKeySecret,
    });
  });
});

it('keeps clients from asking a proxy for what is on this machine, beside what is asked directly anyway', async () => {
  vi.stubEnv('no_proxy', undefined);
  for (const [given, told] of [
    [undefined, '127.0.0.1,localhost'],
    ['.example.com', '.example.com,127.0.0.1,localhost'],
  ]) {
    vi.stubEnv('NO_PROXY', given);
    await withLocalCloud({}, ({ endpoints: { environment } }) => {
      expect(environment).toMatchObject({ NO_PROXY: told, no_proxy: told });
    });
  }
  vi.unstubAllEnvs();
});
