import { afterEach, expect, it } from 'vitest';
import { type Environment, runSmokeTest, type SmokeTestOptions, UsageError } from '../../lib/smoke';
import { CloudServer, type Described } from './cloud-server';
import { FaultServer, PASSWORD, task, USER } from './fault-server';

let stop: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stop.map((end) => end()));
  stop = [];
});

const FILE = 'results/DLA_Result/2026/11/23/a task é/result.csv';

async function run(
  poll: Parameters<typeof task>[0],
  options: Partial<SmokeTestOptions>,
  account: Described = {},
  env: Environment = {},
): Promise<{ end: string; cloud: CloudServer }> {
  const server = await FaultServer.start({ poll: task(poll) });
  const cloud = await CloudServer.start(account);
  stop.push(
    () => server.stop(),
    () => cloud.stop(),
  );
  const report = await runSmokeTest({
    channels: [
      {
        name: 'stack/channel',
        outputs: { kind: 'mns', region: 'cn-hangzhou', roleName: 'r', queue: 'q', query: 'select 1' },
      },
    ],
    env: { ...cloud.env, DLA_USER: USER, DLA_PASSWORD: PASSWORD, ...env },
    host: '127.0.0.1',
    port: server.port,
    diagnose: false,
    ...options,
  });
  const { code, reason, step } = report.channels[0];
  expect(step).toBe('check');
  return { end: code === 'receipt-proved' ? 'pass' : `${code}: ${reason}`, cloud };
}

it.each([
  ['4', { expectRows: 4 }, 'pass'],
  ['5', { expectRows: 4 }, 'rows-not-expected: the receipt was sent, but row_count differs: expected 4, got 5'],
  ['3', { expectRows: 4 }, 'rows-not-expected: the receipt was sent, but row_count differs: expected 4, got 3'],
  ['4', { expectRowsAtLeast: 4 }, 'pass'],
  ['18446744073709551615', { expectRowsAtLeast: 4 }, 'pass'],
  [
    '3',
    { expectRowsAtLeast: 4 },
    'rows-not-expected: the receipt was sent, but row_count differs: expected at least 4, got 3',
  ],
  ['0', { expectRows: 0 }, 'pass'],
  ['NULL', { expectRows: 0 }, 'rows-not-expected: the receipt was sent, but row_count differs: expected 0, got NULL'],
  [
    undefined,
    { expectRowsAtLeast: 0 },
    'rows-not-expected: the receipt was sent, but row_count differs: expected at least 0, got NULL',
  ],
  [
    '4.5',
    { expectRowsAtLeast: 4 },
    'rows-not-expected: the receipt was sent, but row_count differs: expected at least 4, got 4.5',
  ],
])('row_count %s with %j', async (count, options, end) => {
  expect((await run({ row_count: count }, options)).end).toBe(end);
});

const found = { [FILE]: 12 };
it.each([
  [`oss://${FILE}`, found, 'pass'],
  [`oss://${FILE}`, {}, `result-file: the receipt was sent, but the result file oss://${FILE} does not exist`],
  [`oss://${FILE}`, { [FILE]: 0 }, `result-file: the receipt was sent, but the result file oss://${FILE} is empty`],
  [
    'NULL',
    found,
    'result-file: the receipt was sent, but the result file has no usable address: expected oss://bucket/key, got none',
  ],
  [
    'file:///etc/passwd',
    found,
    'result-file: the receipt was sent, but the result file has no usable address: expected oss://bucket/key, got "file:///etc/passwd"',
  ],
  [
    'oss://a.evil.example/x',
    found,
    'result-file: the receipt was sent, but the result file has no usable address: expected oss://bucket/key, got "oss://a.evil.example/x"',
  ],
  [
    'oss://results/',
    found,
    'result-file: the receipt was sent, but the result file has no usable address: expected oss://bucket/key, got "oss://results/"',
  ],
])('the result file %s in %j', async (url, objects, end) => {
  expect((await run({ result_file_oss_file: url }, { checkResultFile: true }, { objects })).end).toBe(end);
});

it('asks for the file alone', async () => {
  const { cloud } = await run({ result_file_oss_file: `oss://${FILE}` }, { checkResultFile: true }, { objects: found });
  expect(cloud.calls).toEqual([`OSS HEAD /${FILE}`]);
});

it('says that OSS refused', async () => {
  const refused = await run({}, { checkResultFile: true }, { ossError: 'AccessDenied' });
  expect(refused.end).toMatch(/^result-file: .*result\.csv could not be checked: HTTP 403$/);
});

it('does not know what an OSS has that cannot be reached', async () => {
  const { end } = await run({}, { checkResultFile: true, timeoutMillis: 500 }, {}, { OSS_ENDPOINT: '127.0.0.1:1' });
  expect(end).toMatch(/^deadline: not known after 500ms, at the step check.*; last error: connect ECONNREFUSED/);
});

it('asks an OSS again that is not available for the moment', async () => {
  const task = { result_file_oss_file: `oss://${FILE}` };
  const { end, cloud } = await run(task, { checkResultFile: true }, { ossBusy: 1, objects: found });
  expect(end).toBe('pass');
  expect(cloud.calls).toHaveLength(2);
});

it.each(['a b', '127.0.0.1:99999', 'oss.example:http'])(
  'refuses %s as the address of OSS, before anything is run',
  async (address) => {
    await expect(run({}, { checkResultFile: true }, {}, { OSS_ENDPOINT: address })).rejects.toThrow(
      new UsageError(`OSS_ENDPOINT: expected host or host:port, got ${JSON.stringify(address)}`),
    );
  },
);

it('waits for an OSS that is silent no longer than the test may take', async () => {
  const { end, cloud } = await run({}, { checkResultFile: true, timeoutMillis: 500 }, { silent: true });
  expect(end).toMatch(
    /^deadline: not known after 500ms, at the step check; seen: .*\(1 ×\); last error: no answer within [\d.]+ms$/,
  );
  expect(cloud.calls).toEqual(['not answered']);
});

it('says before the query that the file cannot be looked for without keys', async () => {
  const lack = run({}, { checkResultFile: true }, {}, { ALICLOUD_ACCESS_KEY: undefined });
  await expect(lack).rejects.toThrow(UsageError);
  await expect(lack).rejects.toThrow('the result file cannot be checked: ALICLOUD_ACCESS_KEY and');
});
