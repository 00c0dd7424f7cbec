import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalCloud } from '../../lib/local-cloud';
import { type ChannelReport, runSmokeTest, type SmokeChannel } from '../../lib/smoke';
import { TRUST_POLICY } from '../../lib/cloud/dla-roles';

const REGION = 'cn-hangzhou';
const MQ_ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const MNS_ROLE = 'AliyunOpenAnalyticsAccessingMNSRole';

let cloud: LocalCloud;
let instanceId: string;
let channels: { readonly mq: SmokeChannel; readonly mns: SmokeChannel };

beforeAll(async () => {
  cloud = await LocalCloud.start({ regions: [REGION] });
  const { account } = cloud;
  ({ instanceId } = account.ons.createInstance(REGION, { instanceName: 'receipts' }));
  const endpoint = account.ons.endpointsOf(account.ons.getInstance(REGION, instanceId)).tcp;
  const query = 'select 1';
  channels = {
    mq: {
      name: 'stack/mq',
      outputs: {
        kind: 'mq',
        region: REGION,
        roleName: MQ_ROLE,
        topic: 'receipts',
        producerId: 'GID_receipts',
        endpoint,
        query,
      },
    },
    mns: { name: 'stack/mns', outputs: { kind: 'mns', region: REGION, roleName: MNS_ROLE, queue: 'receipts', query } },
  };
});

afterAll(() => cloud.stop());

async function run(channel: SmokeChannel): Promise<ChannelReport> {
  const env = cloud.endpoints.environment;
  const report = await runSmokeTest({ channels: [channel], env, diagnose: true, expectRows: 1, checkResultFile: true });
  return report.channels[0];
}

const faults = (report: ChannelReport): string[] =>
  report.diagnosis!.filter(({ state }) => state === 'fault').map(({ check }) => check);

it('finds in the account what a failed receipt lacks, until it passes', async () => {
  const { ram, ons, mns } = cloud.account;
  const bare = await run(channels.mq);
  expect(bare.code).toBe('receipt-failed');
  expect(faults(bare)).toEqual([
    `role ${MQ_ROLE} exists`,
    `topic receipts is on instance ${instanceId}`,
    `group GID_receipts is on instance ${instanceId}, for TCP`,
  ]);

  ram.createRole({ roleName: MQ_ROLE, assumeRolePolicyDocument: TRUST_POLICY.replace('openanalytics', 'ecs') });
  ram.attachPolicy('role', MQ_ROLE, 'System', 'AliyunMQFullAccess');
  ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_receipts', groupType: 'http' });
  expect(faults(await run(channels.mq))).toEqual([
    `role ${MQ_ROLE} trusts openanalytics.aliyuncs.com`,
    `group GID_receipts is on instance ${instanceId}, for TCP`,
  ]);

  ram.updateRole(MQ_ROLE, { assumeRolePolicyDocument: TRUST_POLICY });
  void ons.deleteGroup(REGION, instanceId, 'GID_receipts');
  ons.createGroup(REGION, { instanceId, groupId: 'GID_receipts', groupType: 'tcp' });
  const good = await run(channels.mq);
  expect(good.outcome).toBe('pass');
  expect(good.diagnosis!.map(({ state }) => state)).toEqual(Array(11).fill('ok'));
  expect(good.diagnosis!.at(-1)!.check).toBe(`message ${good.attempts[0].task.mq_message_id} is on topic receipts`);

  expect(faults(await run(channels.mns))).toEqual([`role ${MNS_ROLE} exists`, 'queue receipts is in cn-hangzhou']);
  ram.createRole({ roleName: MNS_ROLE, assumeRolePolicyDocument: TRUST_POLICY });
  ram.attachPolicy('role', MNS_ROLE, 'System', 'AliyunMNSFullAccess');
  mns.createQueue(REGION, { queueName: 'receipts' });
  const mnsReport = await run(channels.mns);
  expect(mnsReport.outcome).toBe('pass');
  expect(mnsReport.diagnosis!.map(({ state }) => state)).toEqual(Array(7).fill('ok'));
});

it('says that OSS is not open', async () => {
  cloud.account.activation.deactivate('oss');
  const report = await run(channels.mq).finally(() => cloud.account.activation.activate('oss'));
  expect(report.outcome).toBe('fail');
  expect(faults(report)).toContain('OSS is activated');
});

it.each([
  ['ALICLOUD_ACCESS_KEY', /^InvalidAccessKeyId\.NotFound: /],
  ['ALICLOUD_SECRET_KEY', /^SignatureDoesNotMatch: .*…$/s],
] as const)('says that %s is wrong, and blames nothing else', async (name, detail) => {
  const env = { ...cloud.endpoints.environment, [name]: 'a-wrong-one' };
  const report = await runSmokeTest({ channels: [channels.mq], env, diagnose: true });
  const { diagnosis } = report.channels[0];
  expect(diagnosis!.filter(({ state }) => state === 'fault')).toEqual([
    expect.objectContaining({ check: 'the keys are valid', detail: expect.stringMatching(detail) as string }),
  ]);
});

describe('after a query that failed', () => {
  const failed = async (query: string, prepare: readonly string[] = []): Promise<string[]> => {
    const channel = { name: 'stack/mns', outputs: { ...channels.mns.outputs, query, prepare } };
    const report = await runSmokeTest({ channels: [channel], env: cloud.endpoints.environment, diagnose: true });
    const { outcome, diagnosis } = report.channels[0];
    expect(outcome).toBe('fail');
    return diagnosis!.slice(7).map(({ state, check, detail }) => `${state} ${check}: ${detail}`);
  };
  const CREATE = [
    "create schema if not exists lake with dbproperties (catalog='oss', location='oss://lake-data/')",
    "create external table if not exists lake.t (a int) row format delimited fields terminated by ',' " +
      "stored as textfile location 'oss://lake-data/t/'",
  ];

  it('tells step by step what its tables and buckets lack', async () => {
    const { oss } = cloud.account;
    const query = 'select b from lake.t';
    expect(await failed(query)).toEqual(['fault table lake.t is in DLA: there is no such table']);
    oss.createBucket(REGION, { name: 'lake-data' });
    oss.putObject('lake-data', 't/x.csv', Buffer.from('1\n'));
    const [IS_THERE, BUCKET] = ['ok table lake.t is in DLA: it is', 'ok bucket lake-data exists: it does'];
    expect(await failed(query, CREATE)).toEqual([
      IS_THERE,
      BUCKET,
      'ok table lake.t has files in oss://lake-data/t/: it has',
    ]);
    oss.putObject('lake-data', 't/x.csv', Buffer.alloc(0));
    oss.putObject('lake-data', 'other/x.csv', Buffer.from('1\n'));
    expect(await failed(query)).toEqual([
      IS_THERE,
      BUCKET,
      'fault table lake.t has files in oss://lake-data/t/: there is no file with anything in it',
    ]);
    oss.deleteObject('lake-data', 't/x.csv');
    oss.deleteObject('lake-data', 'other/x.csv');
    oss.deleteBucket('lake-data');
    expect(await failed(query)).toEqual([
      IS_THERE,
      'fault bucket lake-data exists: there is no such bucket',
      'unknown table lake.t has files in oss://lake-data/t/: not checked: there is no such bucket',
    ]);
  });

  it('looks at the bucket of a statement of prepare that failed', async () => {
    expect(await failed('select 1', ["create nonsense location 'oss://no-such-bucket/x/'"])).toEqual([
      'fault bucket no-such-bucket exists: there is no such bucket',
    ]);
  });
});

describe('a user of DLA for each region', () => {
  let other: LocalCloud;
  beforeAll(async () => {
    other = await LocalCloud.start({ regions: ['cn-shanghai'] });
    other.account.ram.createRole({ roleName: MNS_ROLE, assumeRolePolicyDocument: TRUST_POLICY });
    other.account.ram.attachPolicy('role', MNS_ROLE, 'System', 'AliyunMNSFullAccess');
    other.account.mns.createQueue('cn-shanghai', { queueName: 'receipts' });
  });
  afterAll(() => other.stop());

  const inShanghai = () => ({
    name: 'stack/shanghai',
    outputs: { ...channels.mns.outputs, region: 'cn-shanghai' },
  });
  const both = () => {
    const [here, there] = [cloud.endpoints.environment, other.endpoints.environment];
    return { ...here, DLA_ENDPOINTS: `${here.DLA_ENDPOINTS},${there.DLA_ENDPOINTS}` };
  };

  it('logs in to its region, and the user for all regions to the rest', async () => {
    const { DLA_USER, DLA_PASSWORD } = other.endpoints.environment;
    const env = { ...both(), DLA_USER_CN_SHANGHAI: DLA_USER, DLA_PASSWORD_CN_SHANGHAI: DLA_PASSWORD };
    const report = await runSmokeTest({ channels: [channels.mns, inShanghai()], env, diagnose: false });
    // Here the receipt itself may fail.
    expect(report.channels[0].code).toMatch(/^receipt-/);
    expect(report.channels[1].code).toBe('receipt-proved');
  });

  it('is named where it is refused', async () => {
    const env = { ...both(), DLA_USER_CN_SHANGHAI: 'nobody', DLA_PASSWORD_CN_SHANGHAI: 'a-wrong-one' };
    const report = await runSmokeTest({ channels: [inShanghai()], env, diagnose: false });
    expect(report.channels[0].reason).toMatch(
      /^DLA refused the log-in \(DLA_USER_CN_SHANGHAI, DLA_PASSWORD_CN_SHANGHAI\): .* \(expected a user of DLA's own in cn-shanghai: the keys of RAM are none\)$/,
    );
  });
});
