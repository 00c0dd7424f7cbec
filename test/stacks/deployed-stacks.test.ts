import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { otherDeployedStacks } from '../../stacks/deployed-stacks';
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
