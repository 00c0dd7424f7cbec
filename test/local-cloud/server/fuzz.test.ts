import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BATCH, FUZZERS } from '../../../scripts/fuzz-inputs';
import { rawRequest } from './raw-request';
import { startDoor, type StartedDoor } from './started-http-server';

const INPUTS = 200;

let door: StartedDoor;

beforeAll(async () => {
  door = await startDoor();
  door.account.oss.createBucket('cn-hangzhou', { name: 'fuzz-data' });
});
afterAll(() => door.stop());

// An error that escaped would end the run of the tests too.
it.each(FUZZERS.filter(({ name }) => name.startsWith('HTTP')))('$name never break the door', async ({ property }) => {
  const target = { ...door.account.identity, httpPort: door.port, dlaPort: 0, terraformPort: 0 };
  await fc.assert(property(target), { numRuns: INPUTS / BATCH, endOnFailure: true, includeErrorInReport: true });
  expect((await rawRequest(door.port, { target: '/_local/health' })).status).toBe(200);
});

it('tells an answer of 500', async () => {
  door.account.ram.listRoles = () => {
    throw new TypeError('broken on purpose');
  };
  const [{ property }] = FUZZERS;
  const target = { ...door.account.identity, httpPort: door.port, dlaPort: 0, terraformPort: 0 };
  await expect(
    fc.assert(property(target), { numRuns: 100, seed: 1, endOnFailure: true, includeErrorInReport: true }),
  ).rejects.toThrow(/500 to/);
});
