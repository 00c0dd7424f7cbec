import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRUST_POLICY } from '../../lib/cloud/dla-roles';
import { LocalCloud } from '../../lib/local-cloud';
import { runSmokeTest } from '../../lib/smoke/run';

const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';

const OUTPUTS = {
  kind: 'mq',
  region: 'cn-hangzhou',
  roleName: ROLE,
  topic: 'a_topic',
  producerId: 'GID_abc',
  query: 'select 1',
} as const;

describe('the local cloud judges the same way', () => {
  let local: LocalCloud;
  let instanceId: string;
  beforeAll(async () => {
    local = await LocalCloud.start({ regions: ['cn-hangzhou'] });
    const { ons, ram } = local.account;
    ({ instanceId } = ons.createInstance('cn-hangzhou', { instanceName: 'receipts' }));
    ons.createTopic('cn-hangzhou', { instanceId, topic: 'a_topic', messageType: 0 });
    ons.createGroup('cn-hangzhou', { instanceId, groupId: 'GID_abc', groupType: 'tcp' });
    ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: TRUST_POLICY });
    ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
  });
  afterAll(() => local.stop());

  const run = (endpoint: string) =>
    runSmokeTest({
      channels: [{ name: 'stack/channel', outputs: { ...OUTPUTS, instanceId, endpoint } }],
      env: local.endpoints.environment,
      diagnose: true,
    });

  it.each([
    ['http://ID.cn-hangzhou.mq-internal.aliyuncs.com:8080', 'pass'],
    ['http://ID.cn-hangzhou.mq-internal.aliyuncs.com:80', 'pass'],
    ['https://ID.cn-hangzhou.mqinternal.aliyuncs.com', 'pass'],
    ['http://ID.cn-hangzhou.mq-vpc.aliyuncs.com:8080/', 'pass'],
    ['http://ID.mq.cn-hangzhou.aliyuncs.com', 'pass'],
    ['http://ID.cn-hangzhou.mq-other.aliyuncs.com:8080', 'fail'],
    ['http://ID.cn-shanghai.mqinternal.aliyuncs.com:8080', 'fail'],
    ['ID.cn-hangzhou.mqinternal.aliyuncs.com:8080', 'fail'],
    ['http://1234567890123456.mqrest.cn-hangzhou.aliyuncs.com', 'fail'],
    ['http://1234567890123456.mqrest.cn-hangzhou-internal.aliyuncs.com', 'fail'],
  ])('endpoint %s: %s', async (pattern, outcome) => {
    const endpoint = pattern.replace('ID', instanceId);
    const report = await run(endpoint);
    expect(report.outcome).toBe(outcome);
    expect(report.channels[0].diagnosis![7]).toMatchObject({
      check: `endpoint ${endpoint} belongs to instance ${instanceId}`,
      state: outcome === 'pass' ? 'ok' : 'fault',
    });
  });

  it('MQ that is not open: fail', async () => {
    local.account.activation.deactivate('ons');
    const [channel] = (await run(`http://${instanceId}.mq.cn-hangzhou.aliyuncs.com`)).channels;
    local.account.activation.activate('ons');
    const faults = channel.diagnosis!.filter(({ state }) => state === 'fault');
    expect([channel.outcome, ...faults.map(({ check }) => check)]).toEqual(['fail', 'MQ is activated']);
  });

  const ALLOW = JSON.parse(TRUST_POLICY).Statement[0];
  const conditional = { Condition: { StringEquals: { 'acs:SourceVpc': 'vpc-1' } } };
  it.each([
    [[{ ...ALLOW, Action: 'sts:*' }], 'pass ok'],
    [[{ ...ALLOW, Action: ['*'] }], 'pass ok'],
    [[{ ...ALLOW, Action: 'STS:assume?ole' }], 'pass ok'],
    [[{ ...ALLOW, Action: 'sts:AssumeRol.' }], 'fail fault'],
    [[{ ...ALLOW, Action: undefined, NotAction: 'sts:Get*' }], 'pass ok'],
    [[{ ...ALLOW, Action: undefined, NotAction: 'sts:*' }], 'fail fault'],
    [[{ ...ALLOW, Principal: { Service: '*.aliyuncs.com' } }], 'pass ok'],
    [[ALLOW, { ...ALLOW, Effect: 'Deny' }], 'fail fault'],
    [[ALLOW, { ...ALLOW, Effect: 'Deny', Action: '*' }], 'fail fault'],
    [[ALLOW, { ...ALLOW, Effect: 'Deny', Principal: { Service: 'ecs.aliyuncs.com' } }], 'pass ok'],
    [[ALLOW, { ...ALLOW, Effect: 'Deny', ...conditional }], 'fail unknown'],
    [[{ ...ALLOW, ...conditional }], 'fail unknown'],
    [[{ ...ALLOW, Condition: {} }], 'pass ok'],
    [[ALLOW, { ...ALLOW, ...conditional }], 'pass ok'],
    [[{ ...ALLOW, Effect: 'Deny', ...conditional }], 'fail fault'],
  ])('trust policy %j: %s', async (statements, expected) => {
    const document = JSON.stringify({ Version: '1', Statement: statements });
    local.account.ram.updateRole(ROLE, { assumeRolePolicyDocument: document });
    const report = await run(`http://${instanceId}.mq.cn-hangzhou.aliyuncs.com`);
    local.account.ram.updateRole(ROLE, { assumeRolePolicyDocument: TRUST_POLICY });
    expect(`${report.outcome} ${report.channels[0].diagnosis![3].state}`).toBe(expected);
  });

  const PUBLISH = { Effect: 'Allow', Action: 'mq:PUB', Resource: 'acs:mq:*:*:ID%a_topic' };
  const FULL = 'AliyunMQFullAccess';
  it.each([
    [[], [PUBLISH], 'pass ok'],
    [[], [{ ...PUBLISH, Action: ['mq:SUB', 'mq:P*'] }], 'pass ok'],
    [[], [{ ...PUBLISH, Resource: ['acs:mq:*:*:other', 'acs:mq:*:*:ID%*'] }], 'pass ok'],
    [[], [{ ...PUBLISH, Resource: 'acs:mq:*:ACCOUNT:ID%a_topic' }], 'pass ok'],
    [[], [{ ...PUBLISH, Resource: 'acs:mq:*:*:ID%A_TOPIC' }], 'fail fault'],
    [[], [{ ...PUBLISH, Action: 'mq:SUB' }], 'fail fault'],
    [[], [PUBLISH, { ...PUBLISH, Effect: 'Deny', Resource: '*' }], 'fail fault'],
    [[], [PUBLISH, { ...PUBLISH, Effect: 'Deny', Resource: 'acs:mq:*:*:ID%other' }], 'pass ok'],
    [[], [{ ...PUBLISH, Resource: 'acs:mq:*:9999999999999999:ID%a_topic' }], 'fail fault'],
    [[FULL], [{ ...PUBLISH, Effect: 'Deny', Resource: 'acs:mq:*:9999999999999999:ID%a_topic' }], 'pass ok'],
    [[FULL], [{ ...PUBLISH, Effect: 'Deny' }], 'fail fault'],
    [[FULL], [{ ...PUBLISH, Effect: 'Deny', ...conditional }], 'fail unknown'],
    [[FULL], [{ ...PUBLISH, ...conditional }], 'pass ok'],
    [['AliyunMQPubOnlyAccess'], [{ ...PUBLISH, Action: 'mq:SUB' }], 'pass ok'],
    [['AliyunMQSubOnlyAccess'], [{ ...PUBLISH, Action: 'mq:SUB' }], 'fail fault'],
  ])('system policies %j beside %j: %s', async (system, statements, expected) => {
    const { ram, identity } = local.account;
    const text = JSON.stringify({ Version: '1', Statement: statements });
    const document = text.replaceAll('ID%', `${instanceId}%`).replaceAll('ACCOUNT', identity.accountId);
    ram.createPolicy({ policyName: 'own', document });
    ram.detachPolicy('role', ROLE, 'System', FULL);
    system.forEach((name) => ram.attachPolicy('role', ROLE, 'System', name));
    ram.attachPolicy('role', ROLE, 'Custom', 'own');
    const report = await run(`http://${instanceId}.mq.cn-hangzhou.aliyuncs.com`);
    ram.detachPolicy('role', ROLE, 'Custom', 'own');
    system.forEach((name) => ram.detachPolicy('role', ROLE, 'System', name));
    ram.attachPolicy('role', ROLE, 'System', FULL);
    ram.deletePolicy('own', false);
    expect(`${report.outcome} ${report.channels[0].diagnosis![4].state}`).toBe(expected);
  });
});
