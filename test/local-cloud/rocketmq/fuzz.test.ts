import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { brokenFrames, type RocketMqTarget, signedRequests } from './fuzz-inputs';
import { scratchFolder } from '../../scratch';
import { StartedServer } from './started-server';

const RUNS = { endOnFailure: true, includeErrorInReport: true };

let server: StartedServer;
let target: RocketMqTarget;

beforeEach(async () => {
  server = await StartedServer.start(scratchFolder());
  const names = ['receipts', 'GID_tcp', 'GID_http', 'absent'].map((name) => server.name(name));
  target = { ...server.account.identity, rocketmqPort: server.port, names };
});
afterEach(() => server.stop());

it('no signed request meets an error that was not expected', async () => {
  await fc.assert(signedRequests(target), { numRuns: 40, ...RUNS });
});

it('no bytes keep the server from serving others', async () => {
  await fc.assert(brokenFrames(target), { numRuns: 20, ...RUNS });
});

it('an error that was not expected is found', async () => {
  server.account.ons.queueCount = () => {
    throw new TypeError('broken on purpose');
  };
  await expect(fc.assert(signedRequests(target), { numRuns: 100, seed: 1, ...RUNS })).rejects.toThrow(
    /the request failed: broken on purpose/,
  );
});
