import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DlaFixture, GROUP, MNS_ROLE, MQ_ROLE, QUEUE, REGION, TOPIC, trustOf } from './dla-fixture';

const SELECT = 'select * from lake.people';

/** What is broken in the account, and the reason that the task must then name. */
type Sabotage = readonly [broken: string, breakIt: (dla: DlaFixture) => void, reason: RegExp];

function custom(dla: DlaFixture, role: string, statement: object): void {
  dla.account.ram.createPolicy({
    policyName: 'custom',
    document: JSON.stringify({ Version: '1', Statement: [statement] }),
  });
  dla.account.ram.attachPolicy('role', role, 'Custom', 'custom');
}

function dropRole(dla: DlaFixture, role: string, policy: string): void {
  dla.account.ram.detachPolicy('role', role, 'System', policy);
  dla.account.ram.deleteRole(role);
}

const MQ_SABOTAGES: readonly Sabotage[] = [
  [
    'the role is missing',
    (dla) => dropRole(dla, MQ_ROLE, 'AliyunMQFullAccess'),
    /^the role AliyunOpen\w+MQRole does not exist$/,
  ],
  [
    'the role trusts another service',
    ({ account }) => account.ram.updateRole(MQ_ROLE, { assumeRolePolicyDocument: trustOf('ecs.aliyuncs.com') }),
    /trust policy .* openanalytics\.aliyuncs\.com/,
  ],
  ['MQ is not activated', ({ account }) => account.activation.deactivate('ons'), /MQ is not activated/],
  [
    'the policy is detached',
    ({ account }) => account.ram.detachPolicy('role', MQ_ROLE, 'System', 'AliyunMQFullAccess'),
    /do not allow mq:PUB on acs:mq:\*:\d+:MQ_INST_\w+%receipts$/,
  ],
  [
    'another policy denies it',
    (dla) => custom(dla, MQ_ROLE, { Effect: 'Deny', Action: 'mq:PUB', Resource: `acs:mq:*:*:*%${TOPIC}` }),
    /do not allow mq:PUB/,
  ],
  [
    'the topic is missing',
    ({ account, instanceId }) => account.ons.deleteTopic(REGION, instanceId, TOPIC),
    /^the topic receipts does not exist/,
  ],
  [
    'the group is missing',
    ({ account, instanceId }) => account.ons.deleteGroup(REGION, instanceId, GROUP),
    /^the group GID_receipts does not exist/,
  ],
  [
    'the group is an HTTP group',
    ({ account, instanceId }) => {
      void account.ons.deleteGroup(REGION, instanceId, GROUP);
      account.ons.createGroup(REGION, { instanceId, groupId: GROUP, groupType: 'http' });
    },
    /^the group GID_receipts is of type http/,
  ],
];

describe('the receipt on MQ', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start();
    await dla.createPeople();
  });

  afterEach(() => dla.remove());

  it.each(MQ_SABOTAGES)('is not sent when %s, and says so', async (_, breakIt, reason) => {
    breakIt(dla);
    const task = await dla.run(`${dla.mqHint()} ${SELECT}`);
    expect(task).toMatchObject({ status: 'SUCCESS', mq_status: 'FAILED', mq_message_id: null });
    expect(task.mq_error_msg).toMatch(reason);
    dla.account.activation.activate('ons');
    expect(dla.account.ons.messageCount(dla.instanceId, TOPIC)).toBe(0);
  });

  it('is not sent when OSS is not activated, and the query fails too, for want of a place for its result', async () => {
    dla.account.activation.deactivate('oss');
    expect(await dla.run(`${dla.mqHint()} ${SELECT}`)).toMatchObject({
      status: 'FAILURE',
      message: 'OSS is not activated for this account',
      mq_status: 'FAILED',
      mq_error_msg: 'OSS is not activated for this account',
    });
  });

  it('names the first thing missing when more than one is', async () => {
    void dla.account.ons.deleteGroup(REGION, dla.instanceId, GROUP);
    void dla.account.ons.deleteTopic(REGION, dla.instanceId, TOPIC);
    dla.account.ram.detachPolicy('role', MQ_ROLE, 'System', 'AliyunMQFullAccess');
    expect((await dla.run(`${dla.mqHint()} ${SELECT}`)).mq_error_msg).toContain('mq:PUB');
  });

  it.each([
    [
      'of another region',
      'http://MQ_INST_1_abc.cn-shanghai.mq-internal.aliyuncs.com:8080',
      /is in cn-shanghai, DLA is in cn-hangzhou/,
    ],
    [
      'of an instance that does not exist',
      'http://MQ_INST_1_abc.cn-hangzhou.mq-internal.aliyuncs.com:8080',
      /MQ_INST_1_abc does not exist/,
    ],
    ['for HTTP', 'http://123.mqrest.cn-hangzhou-internal.aliyuncs.com', /is an HTTP endpoint/],
    ['of nothing', 'http://example.com:8080', /is not a TCP endpoint/],
    [
      'that only looks like one',
      'http://MQ_INST_1_abc.cn-hangzhou.mq-internal.aliyuncs.com.evil.example',
      /is not a TCP endpoint/,
    ],
  ])('is not sent to an endpoint %s', async (_, endpoint, reason) => {
    const task = await dla.run(`${dla.mqHint({ 'mq-endpoint': endpoint })} ${SELECT}`);
    expect(task).toMatchObject({ status: 'SUCCESS', mq_status: 'FAILED', mq_endpoint: endpoint });
    expect(task.mq_error_msg).toMatch(reason);
  });

  it.each(['mq-internal', 'mqinternal', 'mq-vpc'])('is sent to an endpoint with the host %s', async (host) => {
    const endpoint = dla.endpoint.replace('mq-internal', host);
    expect((await dla.run(`${dla.mqHint({ 'mq-endpoint': endpoint })} ${SELECT}`)).mq_status).toBe('SUCCESS');
  });

  it('is sent to the public TCP endpoint', async () => {
    const { tcpInternet } = dla.account.ons.endpointsOf(dla.account.ons.getInstance(REGION, dla.instanceId));
    expect((await dla.run(`${dla.mqHint({ 'mq-endpoint': tcpInternet })} ${SELECT}`)).mq_status).toBe('SUCCESS');
  });

  it('needs no more than permission to publish on the one topic', async () => {
    dla.account.ram.detachPolicy('role', MQ_ROLE, 'System', 'AliyunMQFullAccess');
    const resource = `acs:mq:*:${dla.account.identity.accountId}:${dla.instanceId}%${TOPIC}`;
    custom(dla, MQ_ROLE, { Effect: 'Allow', Action: 'mq:PUB', Resource: resource });
    expect((await dla.run(`${dla.mqHint()} ${SELECT}`)).mq_status).toBe('SUCCESS');
  });

  it('is sent for a query that fails, and tells why it failed', async () => {
    const task = await dla.run(`${dla.mqHint()} select * from lake.absent`);
    expect(task).toMatchObject({ status: 'FAILURE', mq_status: 'SUCCESS' });
    const { body } = dla.account.ons.findMessage(String(task.mq_message_id))!;
    expect(JSON.parse(body)).toMatchObject({ status: 'FAILURE', message: 'the table lake.absent does not exist' });
  });

  it('is found where its row says after a change back: the same query then succeeds', async () => {
    void dla.account.ons.deleteTopic(REGION, dla.instanceId, TOPIC);
    expect((await dla.run(`${dla.mqHint()} ${SELECT}`)).mq_status).toBe('FAILED');
    dla.account.ons.createTopic(REGION, { instanceId: dla.instanceId, topic: TOPIC, messageType: 0 });
    const task = await dla.run(`${dla.mqHint()} ${SELECT}`);
    expect(task.mq_message_id).toMatch(/^[0-9A-F]{32}$/);
    expect(dla.account.ons.messageCount(dla.instanceId, TOPIC)).toBe(1);
  });
});

const MNS_HINT = `/*+ run_async=true, mq-notify-by=mns, mq-queue=${QUEUE} */`;

const MNS_SABOTAGES: readonly Sabotage[] = [
  [
    'the role is missing',
    (dla) => dropRole(dla, MNS_ROLE, 'AliyunMNSFullAccess'),
    /^the role AliyunOpen\w+MNSRole does not exist$/,
  ],
  [
    'the role trusts another service',
    ({ account }) => account.ram.updateRole(MNS_ROLE, { assumeRolePolicyDocument: trustOf('ecs.aliyuncs.com') }),
    /trust policy of the role \w+MNSRole/,
  ],
  ['SMQ is not activated', ({ account }) => account.activation.deactivate('mns'), /\(formerly MNS\) is not activated/],
  [
    'the policy is detached',
    ({ account }) => account.ram.detachPolicy('role', MNS_ROLE, 'System', 'AliyunMNSFullAccess'),
    /do not allow mns:SendMessage on acs:mns:cn-hangzhou:\d+:\/queues\/receipts\/messages$/,
  ],
  [
    'the queue is missing',
    ({ account }) => account.mns.deleteQueue(REGION, QUEUE),
    /^the queue receipts does not exist/,
  ],
];

describe('the receipt on MNS', () => {
  let dla: DlaFixture;

  beforeEach(async () => {
    dla = await DlaFixture.start();
    await dla.createPeople();
  });

  afterEach(() => dla.remove());

  it('is sent to the queue, under the id that the row tells', async () => {
    const task = await dla.run(`${MNS_HINT} ${SELECT}`);
    expect(task).toMatchObject({ status: 'SUCCESS', mq_status: 'SUCCESS', mq_queue: QUEUE, mq_topic: null });
    const [message] = dla.account.mns.allMessages(REGION, QUEUE);
    expect(message.messageId).toBe(task.mq_message_id);
    expect(JSON.parse(message.body)).toMatchObject({ id: task.id, row_count: 3 });
  });

  it.each(MNS_SABOTAGES)('is not sent when %s, and says so', async (_, breakIt, reason) => {
    breakIt(dla);
    const task = await dla.run(`${MNS_HINT} ${SELECT}`);
    expect(task).toMatchObject({ status: 'SUCCESS', mq_status: 'FAILED', mq_message_id: null });
    expect(task.mq_error_msg).toMatch(reason);
  });
});
