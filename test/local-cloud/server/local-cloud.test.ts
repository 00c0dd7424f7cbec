import Module from 'node:module';
import * as fs from 'node:fs';
import { expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud, withLocalCloud } from '../../../lib/local-cloud';

it('names all packages that are not installed when it starts', async () => {
  const resolver = Module as unknown as { _resolveFilename: (name: string, ...rest: unknown[]) => string };
  const original = resolver._resolveFilename;
  const spy = vi.spyOn(resolver, '_resolveFilename').mockImplementation((name, ...rest) => {
    if (name === '@grpc/grpc-js' || name === 'fast-xml-parser') {
      throw new Error(`Cannot find module '${name}'`);
    }
    return original(name, ...rest);
  });
  onTestFinished(() => spy.mockRestore());
  await expect(LocalCloud.start()).rejects.toThrow(
    'the local cloud needs packages that are not installed: npm install @grpc/grpc-js fast-xml-parser, ' +
      'or the package alicloud-local, which brings them all',
  );
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
    expect(() => account.mns.listQueues('cn-hangzhou')).toThrow('MNS is not activated');
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
