import { afterAll, beforeAll, expect, it } from 'vitest';
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
  return report.channels[0]!;
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
  ons.deleteGroup(REGION, instanceId, 'GID_receipts');
  ons.createGroup(REGION, { instanceId, groupId: 'GID_receipts', groupType: 'tcp' });
  const good = await run(channels.mq);
  expect(good.outcome).toBe('pass');
  expect(good.diagnosis!.map(({ state }) => state)).toEqual(Array(11).fill('ok'));
  expect(good.diagnosis!.at(-1)!.check).toBe(`message ${good.attempts[0]!.task.mq_message_id} is on topic receipts`);

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
  const report = await run(channels.mq);
  expect(report.outcome).toBe('fail');
  expect(faults(report)).toContain('OSS is activated');
});

it.each([
  ['ALICLOUD_ACCESS_KEY', /^InvalidAccessKeyId\.NotFound: /],
  ['ALICLOUD_SECRET_KEY', /^SignatureDoesNotMatch: .*…$/s],
] as const)('says that %s is wrong, and blames nothing else', async (name, detail) => {
  const env = { ...cloud.endpoints.environment, [name]: 'a-wrong-one' };
  const report = await runSmokeTest({ channels: [channels.mq], env, diagnose: true });
  const { diagnosis } = report.channels[0]!;
  expect(diagnosis!.filter(({ state }) => state === 'fault')).toEqual([
    expect.objectContaining({ check: 'the keys are valid', detail: expect.stringMatching(detail) as string }),
  ]);
});
