import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud/server/local-cloud';
import { FUZZERS } from '../../../scripts/fuzz/fuzzers';
import { BATCH, type FuzzTarget, internalErrors, prepareAccount, targetOf } from '../../../scripts/fuzz/target';
import { rawRequest } from './raw-request';

/** A few inputs for each percent of the whole; always the same ones, as others are for `npm run fuzz`. */
const INPUTS = 10;
const SEED = 1;

let cloud: LocalCloud;
let target: FuzzTarget;
const told = internalErrors();

beforeAll(async () => {
  cloud = await LocalCloud.start();
  target = targetOf(cloud.account, cloud.endpoints);
});
afterAll(() => cloud.stop());

// An error that escaped would end the run of the tests too.
it.each(FUZZERS)('$name never break the servers', async ({ property, share }) => {
  Object.assign(target, { instanceId: prepareAccount(cloud.account) });
  const numRuns = Math.ceil((INPUTS * share) / BATCH);
  await fc.assert(property(target), { numRuns, seed: SEED, endOnFailure: true, includeErrorInReport: true });
  expect(told).toEqual([]);
  expect((await rawRequest(target.httpPort, { target: '/_local/health' })).status).toBe(200);
});

it.each([
  [
    'HTTP: signed calls of OpenAPI',
    /500 to/,
    () => ({ ram: { listRoles: broken, getRole: broken, createRole: broken } }),
  ],
  ['RocketMQ: signed requests', /the request failed: broken on purpose/, () => ({ ons: { queueCount: broken } })],
  [
    'races: two clients at once',
    /expected one CreateRole to succeed/,
    () => ({ ram: { createRole: () => undefined } }),
  ],
] as const)('%s tells what they are for', async (name, told, faults) => {
  for (const [model, methods] of Object.entries(faults())) {
    Object.assign(cloud.account[model as 'ram'], methods);
  }
  const { property } = FUZZERS.find((one) => one.name === name)!;
  await expect(
    fc.assert(property(target), { numRuns: 100, seed: SEED, endOnFailure: true, includeErrorInReport: true }),
  ).rejects.toThrow(told);
});

function broken(): never {
  throw new TypeError('broken on purpose');
}
