import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { otherDeployedStacks, stacksOfAccount, stacksOfOtherSettingsInOss } from '../../stacks/deployed-stacks';
import { scratchFolder } from '../scratch';

const DEPLOYED = '{"version":4,"resources":[{}]}';
const EMPTY = '{"version":4,"resources":[]}';

const servers: http.Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close().closeAllConnections()));

/** Looks through states in a bucket; undefined: one that may not be read. */
async function look(
  states: Readonly<Record<string, string | undefined>>,
  { isTruncated = false, signal = new AbortController().signal, onState = () => {} } = {},
): Promise<string[]> {
  const server = http.createServer((request, response) => {
    const name = /\/([\w-]+)\.tfstate$/.exec(request.url!)?.[1];
    if (name === undefined) {
      const keys = Object.keys(states).map((one) => `<Contents><Key>settings/${one}.tfstate</Key></Contents>`);
      response.end(`<ListBucketResult>${keys.join('')}<IsTruncated>${isTruncated}</IsTruncated></ListBucketResult>`);
      return;
    }
    onState();
    response.statusCode = states[name] === undefined ? 403 : 200;
    response.end(states[name]);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const found = await otherDeployedStacks(['account'], {
    state: { backend: 'oss', bucket: 'states', region: 'cn-hangzhou', prefix: '' },
    folder: `${scratchFolder()}/settings`,
    env: {
      ALICLOUD_ACCESS_KEY: 'id',
      ALICLOUD_SECRET_KEY: 'secret',
      OSS_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
    signal,
  });
  return found.map(({ name }) => name);
}

it('are those in the bucket that have resources, are no state, or cannot be read', async () => {
  const states = { account: DEPLOYED, old: DEPLOYED, gone: EMPTY, broken: '{"vers', secret: undefined };
  expect(await look(states)).toEqual(['old', 'broken', 'secret']);
});

it('are not known where the bucket lists a part of its states', async () => {
  await expect(look({ old: EMPTY }, { isTruncated: true })).rejects.toThrow('expected at most 1000 states, got more');
});

it('are not known after an interruption', async () => {
  const controller = new AbortController();
  const onState = () => controller.abort(new Error('interrupted'));
  await expect(look({ old: EMPTY }, { signal: controller.signal, onState })).rejects.toThrow('interrupted');
});

describe('stacks of other settings files', () => {
  const OWNER = (account: string) =>
    `{"version":4,"resources":[{"mode":"managed","type":"terraform_data","name":"state-owner_1","instances":[{"attributes":{"output":{"value":{"account_id":"${account}"}}}}]}]}`;

  /** Buckets with states by their keys; undefined: one that may not be read. */
  async function serve(
    buckets: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
  ): Promise<string> {
    const server = http.createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url!, 'http://host');
      const [, bucket, key] = /^\/([^/]+)\/(.*)$/.exec(decodeURIComponent(pathname))!;
      const states = buckets[bucket];
      if (states === undefined) {
        response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
        return;
      }
      if (key === '') {
        const keys = Object.keys(states).filter((one) => one.startsWith(searchParams.get('prefix')!));
        const contents = keys.map((one) => `<Contents><Key>${one}</Key></Contents>`);
        const isTruncated = contents.length > 5;
        response.end(
          `<ListBucketResult>${contents.join('')}<IsTruncated>${isTruncated}</IsTruncated></ListBucketResult>`,
        );
        return;
      }
      response.statusCode = !(key in states) ? 404 : states[key] === undefined ? 403 : 200;
      response.end(states[key] ?? `<Error><Code>${key in states ? 'AccessDenied' : 'NoSuchKey'}</Code></Error>`);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** @param synthesised backends of the stacks of other deployments of the checkout */
  async function others(
    backend: 'oss' | 'local',
    endpoint: string,
    synthesised: Readonly<Record<string, object | string>> = {},
    env: NodeJS.ProcessEnv = { ALICLOUD_ACCESS_KEY: 'id', ALICLOUD_SECRET_KEY: 'secret' },
  ) {
    const deployments = scratchFolder();
    fs.mkdirSync(path.join(deployments, 'settings'));
    for (const [name, oss] of Object.entries(synthesised)) {
      const folder = path.join(deployments, name, 'cdktf.out/stacks/account');
      fs.mkdirSync(folder, { recursive: true });
      const text = typeof oss === 'string' ? oss : JSON.stringify({ terraform: { backend: { oss } } });
      fs.writeFileSync(path.join(folder, 'cdk.tf.json'), text);
    }
    return stacksOfOtherSettingsInOss({
      state: backend === 'local' ? { backend } : { backend, bucket: 'states', region: 'cn-hangzhou', prefix: 'dla' },
      folder: path.join(deployments, 'settings'),
      env: { ...env, OSS_ENDPOINT: endpoint },
      signal: new AbortController().signal,
    });
  }

  it('are those below the same prefix of the bucket, but for its own', async () => {
    const endpoint = await serve({
      states: {
        'dla/settings/account.tfstate': DEPLOYED,
        'dla/prod/account.tfstate': DEPLOYED,
        'dla/prod/old.tfstate': EMPTY,
        'dla/prod/secret.tfstate': undefined,
        'dla/notes.txt': undefined,
        'other/prod/account.tfstate': DEPLOYED,
      },
    });
    expect((await others('oss', endpoint)).map(({ name }) => name)).toEqual(['prod/account', 'prod/secret']);
    expect(await others('local', endpoint)).toEqual([]);
  });

  it('are those of the same checkout, wherever their states are', async () => {
    const endpoint = await serve({ far: { 'p/prod/account.tfstate': DEPLOYED }, states: {} });
    const place = (deployment: string) => ({
      ...{ bucket: 'far', region: 'cn-shanghai', prefix: 'p', key: `${deployment}/account.tfstate` },
    });
    const synthesised = { prod: place('prod'), destroyed: place('destroyed') };
    for (const backend of ['local', 'oss'] as const) {
      expect((await others(backend, endpoint, synthesised)).map(({ name }) => name)).toEqual(['prod/account']);
    }
    await expect(others('local', endpoint, synthesised, {})).rejects.toThrow('ALICLOUD_ACCESS_KEY');
  });

  it('are not known in one place, and compared in the others', async () => {
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`dla/${index}/a.tfstate`, DEPLOYED]));
    const endpoint = await serve({
      ...{ far: { 'p/prod/account.tfstate': DEPLOYED, 'env:/account.tfstate': DEPLOYED }, states: many },
    });
    const place = { bucket: 'far', region: 'cn-shanghai', prefix: 'p', key: 'prod/account.tfstate' };
    const found = await others('oss', endpoint, {
      damaged: '{"terra',
      deleted: { ...place, bucket: 'deleted', key: 'deleted/account.tfstate' },
      nowhere: { ...place, bucket: undefined },
      plain: { ...place, prefix: undefined, key: 'account.tfstate' },
      prod: place,
      strange: { ...place, prefix: 1 },
    });
    expect(found.map(({ name, state }) => `${name}: ${state === undefined ? 'unknown' : 'read'}`).sort()).toEqual([
      'damaged/account: unknown',
      'deleted/account: unknown',
      'env:/account: read',
      'nowhere/account: unknown',
      'oss://states/dla/: unknown',
      'prod/account: read',
      'strange/account: unknown',
    ]);
  });

  it('are left out where their states are of another account', async () => {
    const endpoint = await serve({
      states: { 'dla/one/account.tfstate': OWNER('1'), 'dla/two/account.tfstate': OWNER('2'), 'dla/x/a.tfstate': '{' },
    });
    const all = await others('oss', endpoint);
    expect(stacksOfAccount(all, '1').map(({ name }) => name)).toEqual(['one/account', 'x/a']);
    expect(stacksOfAccount(all, undefined)).toHaveLength(3);
  });
});
