import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BATCH, FUZZERS } from '../../../scripts/fuzz-inputs';
import { rawRequest } from './raw-request';
import { startHttpServer, type StartedHttpServer } from './started-http-server';

const INPUTS = 200;

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
  server.account.oss.createBucket('cn-hangzhou', { name: 'fuzz-data' });
});
afterAll(() => server.stop());

// An error that escaped would end the run of the tests too.
it.each(FUZZERS.filter(({ name }) => name.startsWith('HTTP')))('$name never break the server', async ({ property }) => {
  const target = { ...server.account.identity, httpPort: server.port, dlaPort: 0, terraformPort: 0 };
  await fc.assert(property(target), { numRuns: INPUTS / BATCH, endOnFailure: true, includeErrorInReport: true });
  expect((await rawRequest(server.port, { target: '/_local/health' })).status).toBe(200);
});

it('tells an answer of 500', async () => {
  server.account.ram.listRoles = () => {
    throw new TypeError('broken on purpose');
  };
  const [{ property }] = FUZZERS;
  const target = { ...server.account.identity, httpPort: server.port, dlaPort: 0, terraformPort: 0 };
  await expect(
    fc.assert(property(target), { numRuns: 100, seed: 1, endOnFailure: true, includeErrorInReport: true }),
  ).rejects.toThrow(/500 to/);
});
