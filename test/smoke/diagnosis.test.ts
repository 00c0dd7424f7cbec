import * as fs from 'node:fs';
import Ajv from 'ajv';
import { afterEach, describe, expect, it } from 'vitest';
import { type ReceiptChannelOutputs } from '../../lib/cloud/receipt-channel';
import { type DiagnosisItem, type Environment, type Progress } from '../../lib/smoke';
import { diagnose } from '../../lib/smoke/diagnosis/diagnose';
import { toJUnit, toText } from '../../lib/smoke/report-formats';
import { type SmokeTestOptions } from '../../lib/smoke/options';
import { runSmokeTest } from '../../lib/smoke/run';
import { CloudServer, type Described } from './cloud-server';
import { FaultServer, GOOD_TASK, PASSWORD, task, USER } from './fault-server';
import { eventually } from '../eventually';

const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const INSTANCE = 'MQ_INST_1234567890123456_B0000001';
const ENDPOINT = `http://${INSTANCE}.cn-hangzhou.mq-internal.aliyuncs.com:8080`;
const MESSAGE = GOOD_TASK.mq_message_id;

const TOPIC = `acs:mq:*:*:${INSTANCE}%a_topic`;

const MQ: ReceiptChannelOutputs = {
  kind: 'mq',
  region: 'cn-hangzhou',
  roleName: ROLE,
  instanceId: INSTANCE,
  topic: 'a_topic',
  producerId: 'GID_abc',
  endpoint: ENDPOINT,
};
const MNS: ReceiptChannelOutputs = {
  kind: 'mns',
  region: 'cn-hangzhou',
  roleName: 'AliyunOpenAnalyticsAccessingMNSRole',
  queue: 'a-queue',
};

const trust = (changes: object = {}): string =>
  JSON.stringify({
    Statement: [
      {
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: ['openanalytics.aliyuncs.com'] },
        ...changes,
      },
    ],
    Version: '1',
  });

const GOOD: Described = {
  role: trust(),
  policies: [{ PolicyName: 'AliyunMQFullAccess', PolicyType: 'System' }],
  instances: ['MQ_INST_other', INSTANCE],
  endpoints: { TcpEndpoint: ENDPOINT, HttpInternetEndpoint: 'http://1.mqrest.cn-hangzhou.aliyuncs.com' },
  topics: ['a_topic'],
  groups: { GID_abc: 'tcp' },
  messages: [MESSAGE],
  queues: ['a-queue'],
};

const ACTIONS = [
  'GetCallerIdentity',
  'GetRole',
  'ListPoliciesForRole',
  'OnsInstanceInServiceList',
  'OnsInstanceBaseInfo',
  'OnsTopicList',
  'OnsGroupList',
  'OnsMessageGetByMsgId',
];

const LIMITS = { millis: 10_000, signal: new AbortController().signal };

let cloud: CloudServer | undefined;
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
});

async function diagnosis(
  account: Described,
  outputs: ReceiptChannelOutputs = MQ,
  env: Environment = {},
  messageId: string | undefined = MESSAGE,
): Promise<readonly DiagnosisItem[]> {
  cloud = await CloudServer.start(account);
  return diagnose({ ...LIMITS, outputs, messageId, env: { ...cloud.env, ...env } });
}

const marks = (items: readonly DiagnosisItem[]): string[] => items.map(({ state, check }) => `${state} ${check}`);

describe('an account in order', () => {
  it('is told step by step, with calls that change nothing', async () => {
    expect(marks(await diagnosis(GOOD))).toEqual([
      'ok the keys are valid',
      'ok OSS is activated',
      `ok role ${ROLE} exists`,
      `ok role ${ROLE} trusts openanalytics.aliyuncs.com`,
      `ok role ${ROLE} has the policy AliyunMQFullAccess`,
      'ok MQ is activated',
      `ok instance ${INSTANCE} is in cn-hangzhou`,
      `ok endpoint ${ENDPOINT} belongs to instance ${INSTANCE}`,
      `ok topic a_topic is on instance ${INSTANCE}`,
      `ok group GID_abc is on instance ${INSTANCE}, for TCP`,
      `ok message ${MESSAGE} is on topic a_topic`,
    ]);
    expect([...cloud!.calls].sort()).toEqual([
      'GetCallerIdentity 2015-04-01',
      `GetRole 2015-05-01 RoleName=${ROLE}`,
      `ListPoliciesForRole 2015-05-01 RoleName=${ROLE}`,
      'OSS GET /',
      `OnsGroupList 2019-02-14 GroupId=GID_abc&InstanceId=${INSTANCE}`,
      `OnsInstanceBaseInfo 2019-02-14 InstanceId=${INSTANCE}`,
      'OnsInstanceInServiceList 2019-02-14',
      `OnsMessageGetByMsgId 2019-02-14 InstanceId=${INSTANCE}&MsgId=${MESSAGE}&Topic=a_topic`,
      `OnsTopicList 2019-02-14 InstanceId=${INSTANCE}&Topic=a_topic`,
    ]);
  });

  it('has no fix and names the account', async () => {
    const items = await diagnosis(GOOD);
    expect(items.map(({ fix }) => fix)).toEqual(items.map(() => null));
    expect(items[0].detail).toBe('account 1234567890123456');
    expect(new Set(items.slice(1).map(({ detail }) => detail))).toEqual(new Set(['it is', 'it does', 'it has']));
  });

  it.each([
    [MQ, 'mq:PUB', TOPIC],
    [MQ, 'mq:PUB', TOPIC.replace('*:*', '*:1234567890123456')],
    [MNS, 'mns:SendMessage', 'acs:mns:cn-hangzhou:*:/queues/a-queue/messages'],
  ])('may have less than the policy of the page: %j %s on %s', async (outputs, Action, Resource) => {
    const policies = [{ PolicyName: 'own', PolicyType: 'Custom', statement: { Effect: 'Allow', Action, Resource } }];
    const items = await diagnosis({ ...GOOD, policies }, outputs);
    expect(items[4]).toMatchObject({ state: 'ok', fix: null });
    expect(items[4].detail).toMatch(new RegExp(`^instead own allows ${Action} on acs:`));
    expect(cloud!.calls).toContain('GetPolicy 2015-05-01 PolicyName=own&PolicyType=Custom');
  });

  it('is judged at once whatever its policies say', { timeout: 5_000 }, async () => {
    const statement = { Effect: 'Allow', Action: '*', Resource: `*${'?*'.repeat(20)}#` };
    const policies = [...GOOD.policies!, { PolicyName: 'own', PolicyType: 'Custom', statement }];
    const topic = 'a_topic_with_a_name_as_long_as_MQ_allows_for_topics_64_char';
    expect((await diagnosis({ ...GOOD, policies }, { ...MQ, topic }))[4].state).toBe('ok');
  });

  it('of an MNS channel', async () => {
    const policies = [{ PolicyName: 'AliyunMNSFullAccess', PolicyType: 'System' }];
    expect(marks(await diagnosis({ ...GOOD, policies }, MNS))).toEqual([
      'ok the keys are valid',
      'ok OSS is activated',
      'ok role AliyunOpenAnalyticsAccessingMNSRole exists',
      'ok role AliyunOpenAnalyticsAccessingMNSRole trusts openanalytics.aliyuncs.com',
      'ok role AliyunOpenAnalyticsAccessingMNSRole has the policy AliyunMNSFullAccess',
      'ok SMQ (formerly MNS) is activated',
      'ok queue a-queue is in cn-hangzhou',
    ]);
    expect(cloud!.calls).toContain('GetQueueAttributes 2022-01-19 QueueName=a-queue');
  });

  it('is reached with a security token too', async () => {
    const items = await diagnosis(GOOD, MQ, { ALICLOUD_SECURITY_TOKEN: 'test-token' });
    expect(items.every(({ state }) => state === 'ok')).toBe(true);
  });

  it('finds the instance in the endpoint when the outputs do not tell it', async () => {
    const items = await diagnosis(GOOD, { ...MQ, instanceId: undefined });
    expect(items.every(({ state }) => state === 'ok')).toBe(true);
  });

  it('takes the public TCP endpoint too', async () => {
    const endpoint = `http://${INSTANCE}.mq.cn-hangzhou.aliyuncs.com:80`;
    const endpoints = { TcpEndpoint: ENDPOINT, TcpInternetEndpoint: endpoint };
    expect((await diagnosis({ ...GOOD, endpoints }, { ...MQ, endpoint }))[7].state).toBe('ok');
  });

  it('takes a group without a type for one of TCP, and an endpoint with a slash behind', async () => {
    const outputs = { ...MQ, endpoint: `${ENDPOINT}/` };
    const items = await diagnosis({ ...GOOD, groups: { GID_abc: undefined } }, outputs);
    expect(items.every(({ state }) => state === 'ok')).toBe(true);
  });

  it.each([
    [trust({ Action: ['sts:Other', 'sts:AssumeRole'] })],
    [trust({ Principal: { Service: 'openanalytics.aliyuncs.com' } })],
    [JSON.stringify({ Statement: JSON.parse(trust()).Statement[0] })],
  ])('may write the trust in another form: %s', async (role) => {
    expect((await diagnosis({ ...GOOD, role }))[3].state).toBe('ok');
  });
});

describe('a fault', () => {
  const at = (index: number, account: Described, outputs = MQ) =>
    diagnosis(account, outputs).then((items) => {
      expect(items.filter(({ state }) => state === 'fault')).toContain(items[index]);
      return `${items[index].detail} → ${items[index].fix}`;
    });
  const createRole = `aliyun ram CreateRole --RoleName ${ROLE} --AssumeRolePolicyDocument '${trust()}'`;
  const updateRole = `aliyun ram UpdateRole --RoleName ${ROLE} --NewAssumeRolePolicyDocument '${trust()}'`;
  const attach = `aliyun ram AttachPolicyToRole --PolicyType System --PolicyName AliyunMQFullAccess --RoleName ${ROLE}`;
  const createTopic = `aliyun ons OnsTopicCreate --region cn-hangzhou --InstanceId ${INSTANCE} --Topic a_topic --MessageType 0`;
  const TCP = '(DlaMqNotification: MqEndpoint.TCP)';
  const createGroup = `aliyun ons OnsGroupCreate --region cn-hangzhou --InstanceId ${INSTANCE} --GroupId GID_abc --GroupType tcp`;

  it.each([
    [
      'OSS not open',
      1,
      { ossError: 'UserDisable' },
      /^OSS answers UserDisable → open OSS: apply the data source alicloud_oss_service/,
    ],
    ['role absent', 2, { role: undefined }, `there is no such role → ${createRole}`],
    [
      'trust of another service',
      3,
      { role: trust({ Principal: { Service: ['ecs.aliyuncs.com'] } }) },
      `its trust policy does not let the service assume it → ${updateRole}`,
    ],
    ['trust denied', 3, { role: trust({ Effect: 'Deny' }) }, /^its trust policy does not/],
    ['trust of another action', 3, { role: trust({ Action: 'sts:Other' }) }, /^its trust policy does not/],
    [
      'trust of an account',
      3,
      { role: trust({ Principal: { RAM: ['acs:ram::1:root'] } }) },
      /^its trust policy does not/,
    ],
    ['trust that is no JSON', 3, { role: 'broken' }, /^its trust policy does not/],
    ['trust that is nothing', 3, { role: 'null' }, /^its trust policy does not/],
    ['policy detached', 4, { policies: [] }, `it is not attached → ${attach}`],
    [
      'policy of another name',
      4,
      { policies: [{ PolicyName: 'AliyunOSSFullAccess', PolicyType: 'System' }] },
      `it is not attached, and AliyunOSSFullAccess does not allow mq:PUB on ${TOPIC} → allow it, or: ${attach}`,
    ],
    [
      "policy of the same name that is the account's own",
      4,
      { policies: [{ PolicyName: 'AliyunMQFullAccess', PolicyType: 'Custom' }] },
      /^it is not attached, and AliyunMQFullAccess does not allow/,
    ],
    [
      'policy that denies',
      4,
      {
        policies: [
          ...GOOD.policies!,
          { PolicyName: 'no-mq', PolicyType: 'Custom', statement: { Effect: 'Deny', Action: 'mq:*', Resource: '*' } },
        ],
      },
      `no-mq denies mq:PUB on ${TOPIC} → take the Deny out, or detach its policy from the role`,
    ],
    [
      'no instance',
      6,
      { instances: [] },
      'cn-hangzhou has no instance → deploy the channel to an instance in cn-hangzhou, the region of DLA; only existing users ' +
        'of RocketMQ 4.x can make one, others take DlaMnsNotification',
    ],
    [
      'another instance',
      6,
      { instances: ['MQ_INST_1', 'MQ_INST_2'] },
      /^cn-hangzhou has MQ_INST_1, MQ_INST_2 → deploy/,
    ],
    [
      'instance without a TCP endpoint',
      7,
      { endpoints: { HttpInternetEndpoint: ENDPOINT, TcpEndpoint: '' } },
      `DLA needs a TCP endpoint, the instance has none → set mq-endpoint to a TCP endpoint of the instance ${TCP}`,
    ],
    [
      'endpoint of another instance',
      7,
      { endpoints: { TcpEndpoint: 'http://x:8080', TcpInternetEndpoint: 'http://y' } },
      /^DLA needs a TCP endpoint, the instance has http:\/\/x:8080, http:\/\/y → set mq-endpoint to http:\/\/x:8080 \(/,
    ],
    [
      'policies that are none',
      4,
      { answers: { ListPoliciesForRole: { Policies: { Policy: [null, 'text'] } } } },
      `it is not attached → ${attach}`,
    ],
    ['topic absent', 8, { topics: ['a_topic_2'] }, `there is no such topic → ${createTopic}`],
    ['group absent', 9, { groups: { GID_bcd: 'tcp' } }, `there is no such group → ${createGroup}`],
    [
      'HTTP group',
      9,
      { groups: { GID_abc: 'http' } },
      `its protocol is http, and groups of the two protocols are not shared → deploy a group with the protocol tcp under another id, or delete this one and run: ${createGroup}`,
    ],
    ['message absent', 10, { messages: [] }, /^there is no such message → compare topic and instance/],
    [
      'message refused as absent',
      10,
      { errors: { OnsMessageGetByMsgId: 'MSG_NOT_FOUND' } },
      /^there is no such message → /,
    ],
    [
      'topic refused as absent',
      8,
      { errors: { OnsTopicList: 'BIZ_TOPIC_NOT_FOUND' } },
      `there is no such topic → ${createTopic}`,
    ],
  ] as [string, number, Described, string | RegExp][])('%s', async (_, index, changes, expected) => {
    const text = await at(index, { ...GOOD, ...changes });
    if (typeof expected === 'string') {
      expect(text).toBe(expected);
    } else {
      expect(text).toMatch(expected);
    }
  });

  it('endpoint of another region', async () => {
    const endpoint = ENDPOINT.replace('cn-hangzhou', 'cn-shanghai');
    const text = await at(7, { ...GOOD, endpoints: { TcpEndpoint: endpoint } }, { ...MQ, endpoint });
    expect(text).toBe(`it is in cn-shanghai, DLA is in cn-hangzhou → set mq-endpoint to ${endpoint} ${TCP}`);
  });

  it('HTTP endpoint of the instance', async () => {
    const endpoint = GOOD.endpoints!.HttpInternetEndpoint;
    expect(await at(7, GOOD, { ...MQ, endpoint })).toBe(
      `DLA needs a TCP endpoint, the instance has ${ENDPOINT} → set mq-endpoint to ${ENDPOINT} ${TCP}`,
    );
  });

  it.each([
    ['MQ', MQ, 'alicloud_ons_service with enable = "On"'],
    ['SMQ (formerly MNS)', MNS, 'alicloud_message_service_service'],
  ] as const)('%s not open', async (service, outputs, opener) => {
    const code = `${service === 'MQ' ? 'ONS' : 'MNS'}_SERVICE_UNOPENED`;
    const actions = ['GetQueueAttributes', ...ACTIONS.filter((action) => action.startsWith('Ons'))];
    const errors = Object.fromEntries(actions.map((action) => [action, code]));
    const items = await diagnosis({ ...GOOD, errors }, outputs);
    expect(items[5]).toMatchObject({ check: `${service} is activated`, state: 'fault' });
    expect(items[5].detail).toMatch(new RegExp(`^${code}: `));
    expect(items[5].fix).toMatch(/^open .*: apply /);
    expect(items[5].fix).toContain(`open ${service}: apply `);
    expect(items[5].fix).toContain(`${opener} (activate: [${service === 'MQ' ? 'mq' : 'mns'}] `);
    const rest = items.slice(6).map(({ state, detail }) => `${state} ${detail}`);
    expect(new Set(rest)).toEqual(new Set(['unknown not checked: the service is not open']));
  });

  it('queue absent', async () => {
    expect(await at(6, { ...GOOD, queues: undefined }, MNS)).toBe(
      'there is no such queue → aliyun mns-open CreateQueue --region cn-hangzhou --QueueName a-queue',
    );
  });
});

describe('what cannot be checked', () => {
  it.each([
    ['role', [2], [3, 4], { role: undefined }],
    ['instance', [6], [7, 8, 9, 10], { instances: ['MQ_INST_other'], topics: [], groups: {}, messages: [] }],
    ['instance', [6], [7, 8, 9, 10], { errors: { OnsInstanceInServiceList: 'NOT_EXIST' }, endpoints: undefined }],
  ] as [string, number[], number[], Described][])(
    'is the rest of a %s that is absent',
    async (what, own, rest, changes) => {
      const items = await diagnosis({ ...GOOD, ...changes });
      expect(items.filter(({ state }) => state === 'fault')).toEqual(own.map((index) => items[index]));
      expect(rest.map((index) => items[index])).toEqual(
        rest.map((index) => ({
          check: items[index].check,
          state: 'unknown',
          detail: `not checked: there is no such ${what}`,
          fix: null,
        })),
      );
    },
  );

  it('is no topic of an instance that may be there', async () => {
    const errors = { OnsInstanceInServiceList: 'NoPermission' };
    expect((await diagnosis({ ...GOOD, errors, topics: [] }))[8].state).toBe('fault');
  });

  it('is a permission that a condition decides', async () => {
    const statement = {
      Effect: 'Allow',
      Action: 'mq:PUB',
      Resource: '*',
      Condition: { Bool: { 'acs:MFAPresent': 'true' } },
    };
    const policies = [{ PolicyName: 'publish-only', PolicyType: 'Custom', statement }];
    expect((await diagnosis({ ...GOOD, policies }))[4]).toMatchObject({
      state: 'unknown',
      detail: 'not checked: publish-only has a condition',
      fix: null,
    });
  });

  it('is a policy that may not be read', async () => {
    const policies = [{ PolicyName: 'publish-only', PolicyType: 'Custom' }];
    const items = await diagnosis({ ...GOOD, policies, errors: { GetPolicy: 'NoPermission' } });
    expect(items[4]).toMatchObject({ state: 'unknown', fix: null });
    expect(items[4].detail).toMatch(/^not checked: .*NoPermission/);
  });

  it('is a call that is refused', async () => {
    const items = await diagnosis({ ...GOOD, errors: { GetRole: 'NoPermission', GetCallerIdentity: 'Throttling' } });
    expect(items[0]).toMatchObject({ state: 'unknown', fix: null });
    expect(items[0].detail).toMatch(/^not checked: .*Throttling/);
    expect(items[2].detail).toMatch(/^not checked: .*NoPermission/);
    expect(items[3].detail).toMatch(/^not checked: .*NoPermission/);
    expect(items[4].state).toBe('ok');
  });

  it('is an answer that cannot be judged', async () => {
    const answers = { OnsInstanceInServiceList: { Data: { InstanceVO: [{ InstanceId: { toString: 1 } }] } } };
    expect((await diagnosis({ ...GOOD, answers }))[6]).toEqual({
      check: `instance ${INSTANCE} is in cn-hangzhou`,
      state: 'unknown',
      detail: 'not checked: the answer is not in the expected form',
      fix: null,
    });
  });

  it('is a trust that a condition decides', async () => {
    const role = trust({ Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } });
    expect((await diagnosis({ ...GOOD, role }))[3]).toMatchObject({
      state: 'unknown',
      detail: 'not checked: its trust policy decides by a condition',
      fix: null,
    });
  });

  it('is OSS with another error', async () => {
    expect((await diagnosis({ ...GOOD, ossError: 'AccessDenied' }))[1].detail).toBe(
      'not checked: OSS answered HTTP 403 AccessDenied',
    );
  });

  it('is a message whose id was not told, and an instance that nothing names', async () => {
    cloud = await CloudServer.start(GOOD);
    const outputs = { ...MQ, instanceId: undefined, endpoint: 'http://mq.internal:8080' };
    const items = await diagnose({ ...LIMITS, outputs, env: cloud.env });
    expect(items.at(-1)).toEqual({
      check: 'message (not told) is on topic a_topic',
      state: 'unknown',
      detail: 'not checked: DLA told no mq_message_id',
      fix: null,
    });
    expect(items.slice(7, 10).map(({ detail }) => detail)).toEqual(
      Array(3).fill("not checked: the instance's id is neither in the outputs nor in the endpoint"),
    );
  });

  it('is everything without keys', async () => {
    const items = await diagnosis(GOOD, MQ, { ALICLOUD_SECRET_KEY: '' });
    expect(new Set(items.map(({ state, detail }) => `${state} ${detail}`))).toEqual(
      new Set(['unknown not checked: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not set']),
    );
    expect(cloud!.calls).toEqual([]);
  });

  it('is everything when nothing answers, and tells no address of a request', async () => {
    const closed = '127.0.0.1:1';
    const items = await diagnosis(GOOD, MQ, {
      RAM_ENDPOINT: closed,
      STS_ENDPOINT: closed,
      ONS_ENDPOINT: closed,
      OSS_ENDPOINT: closed,
    });
    expect(new Set(items.map(({ state, detail }) => `${state} ${detail}`))).toEqual(
      new Set(['unknown not checked: connect ECONNREFUSED 127.0.0.1:1']),
    );
  });
});

describe('keys that the cloud refuses', () => {
  const everywhere = (code: string, ossError: string): Described => ({
    ...GOOD,
    errors: Object.fromEntries(ACTIONS.map((action) => [action, code])),
    ossError,
  });

  it.each([
    ['InvalidAccessKeyId.NotFound', 'InvalidAccessKeyId'],
    ['InvalidAccessKeyId.Inactive', 'InvalidAccessKeyId'],
    ['SignatureDoesNotMatch', 'SignatureDoesNotMatch'],
    ['InvalidSecurityToken.Expired', 'SecurityTokenExpired'],
  ])('with %s are the one fault, and nothing else could be checked', async (code, ossCode) => {
    const [keys, ...others] = await diagnosis(everywhere(code, ossCode));
    expect(keys).toMatchObject({ check: 'the keys are valid', state: 'fault' });
    expect(keys.detail).toContain(`${code}: told by the test`);
    expect(keys.fix).toMatch(/^set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY to an enabled key pair/);
    expect(others).toHaveLength(10);
    expect(new Set(others.map(({ state, detail }) => `${state} ${detail}`))).toEqual(
      new Set(['unknown not checked: the keys are refused']),
    );
  });

  it('are told by OSS where nothing else answers', async () => {
    const items = await diagnosis({ ...GOOD, ossError: 'InvalidAccessKeyId' }, MQ, { STS_ENDPOINT: '127.0.0.1:1' });
    expect(items[0]).toMatchObject({ state: 'fault', detail: 'OSS answered HTTP 403 InvalidAccessKeyId' });
    expect(items[1]).toMatchObject({ state: 'unknown', detail: 'not checked: the keys are refused' });
    expect(items[2].state).toBe('ok');
  });

  it('are told shortly, and no part of a secret is left where the text is cut', async () => {
    const secret = 'a-secret-that-the-service-echoes';
    const account = {
      ...everywhere('SignatureDoesNotMatch', 'SignatureDoesNotMatch'),
      errorText: `text ${secret}, `.repeat(30),
    };
    const [keys] = await diagnosis(account, MQ, { ALICLOUD_SECRET_KEY: secret });
    expect(keys.detail).toMatch(/^SignatureDoesNotMatch: text \*\*\*, text .*…$/);
    expect(keys.detail).toHaveLength(161);
    expect(keys.detail).not.toContain('a-secret');
  });
});

describe.each([
  ['never answers', true],
  ['never ends an answer', 'drips'],
] as const)('a cloud that takes calls and %s', (_, silent) => {
  const all = (items: readonly DiagnosisItem[]) => new Set(items.map(({ state, detail }) => `${state} ${detail}`));
  const begin = async (limits: Partial<typeof LIMITS>) => {
    cloud = await CloudServer.start({ silent });
    return { items: diagnose({ ...LIMITS, ...limits, outputs: MQ, messageId: MESSAGE, env: cloud.env }) };
  };
  const noneIsOpen = () => eventually(async () => expect(await cloud!.open()).toBe(0));

  it('is waited for as long as the diagnosis may take, and no socket is left', async () => {
    const { items } = await begin({ millis: 1_000 });
    expect(all(await items)).toEqual(new Set(['unknown not checked: no answer within 1s']));
    expect(cloud!.calls.length).toBeGreaterThan(0);
    await noneIsOpen();
  });

  it('is not waited for beyond an abort, and no socket is left', async () => {
    const abort = new AbortController();
    const { items } = await begin({ signal: abort.signal });
    await eventually(() => expect(cloud!.calls.length).toBeGreaterThan(0));
    abort.abort(new Error('stop'));
    expect(all(await items)).toEqual(new Set(['unknown not checked: stop']));
    await noneIsOpen();
  });

  it.each(['before', 'just after'])('is not called after an abort %s the start', async (when) => {
    const abort = new AbortController();
    const stop = () => abort.abort(new Error('stop'));
    if (when === 'before') {
      stop();
    }
    const { items } = await begin({ signal: abort.signal });
    stop();
    expect(all(await items)).toEqual(new Set(['unknown not checked: stop']));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(cloud!.calls).toEqual([]);
  });
});

describe('in a run', () => {
  const schema = JSON.parse(fs.readFileSync('schema/smoke-report.schema.json', 'utf8')) as object;

  async function run(
    poll: Parameters<typeof task>[0],
    { keys, account, ...options }: Partial<SmokeTestOptions> & { keys?: boolean; account?: Described },
  ) {
    const server = await FaultServer.start({ poll: task(poll) });
    cloud = await CloudServer.start(account ?? { ...GOOD, policies: [] });
    try {
      return await runSmokeTest({
        channels: [{ name: 'stack/channel', outputs: { ...MQ, query: 'select 1' } }],
        env: { ...(keys === false ? {} : cloud.env), DLA_USER: USER, DLA_PASSWORD: PASSWORD },
        host: '127.0.0.1',
        port: server.port,
        ...options,
      });
    } finally {
      await server.stop();
    }
  }
  const failed = { mq_error_msg: 'no permission', mq_message_id: null };

  it('follows a failure', async () => {
    const report = await run(failed, {});
    expect(report.channels[0].diagnosis!.filter(({ state }) => state === 'fault')).toHaveLength(1);
    expect(toText(report)).toContain(
      `    ✗ role ${ROLE} has the policy AliyunMQFullAccess: it is not attached\n` +
        '      fix: aliyun ram AttachPolicyToRole --PolicyType System',
    );
    expect(toText(report)).toContain(`    ✓ role ${ROLE} exists: it does\n`);
    expect(toText(report)).toContain('    ? message (not told) is on topic a_topic: not checked: ');
  });

  it.each([
    ['a pass', {}, {}],
    ['a failure when it is not wanted', failed, { diagnose: false }],
  ])('does not follow %s', async (_, poll, options) => {
    expect((await run(poll, options)).channels[0].diagnosis).toBeNull();
    expect(cloud!.calls).toEqual([]);
  });

  it('does not follow a failure without keys, and says so', async () => {
    const report = await run(failed, { keys: false });
    expect(toText(report)).toMatch(
      /diagnosis:\n {4}\? the set-up in the account: not checked: ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are not set\n$/,
    );
    expect(cloud!.calls).toEqual([]);
  });

  it('says without keys of each step that it could not be checked, when it is wanted', async () => {
    expect((await run(failed, { keys: false, diagnose: true })).channels[0].diagnosis).toHaveLength(11);
  });

  it('tells that it began, after the verdict', async () => {
    const told: Progress[] = [];
    await run(failed, { onProgress: (progress) => told.push(progress) });
    expect(told.slice(-2)).toMatchObject([
      { step: 'done', text: 'fail: the receipt was not sent: no permission' },
      { step: 'diagnose', text: 'looking at each step of the set-up in the account' },
    ]);
  });

  it.each([
    ['a timeout', { status: 'RUNNING' }, 'timeout'],
    ['a failure', { mq_error_msg: 'no role' }, 'fail'],
  ])('ends at the deadline of %s where the cloud is silent', { timeout: 9_000 }, async (_, poll, outcome) => {
    const report = await run(poll, { timeoutMillis: 500, account: { silent: true } });
    expect(report.outcome).toBe(outcome);
    expect(report.channels[0].diagnosis![1].detail).toMatch(/^not checked: no answer within/);
  });

  it('is given up at an abort, and the verdict stays', async () => {
    const abort = new AbortController();
    const onProgress = ({ step }: Progress): void => void (step === 'diagnose' && setTimeout(() => abort.abort(), 50));
    const report = await run(failed, { signal: abort.signal, onProgress, account: { silent: true } });
    expect(report.channels[0]).toMatchObject({ outcome: 'fail', code: 'receipt-failed', diagnosis: null });
  });

  it('that follows a pass and is given up leaves it unknown', async () => {
    const abort = new AbortController();
    const told: string[] = [];
    const onProgress = ({ step, text }: Progress): void => {
      told.push(`${step} ${text}`);
      if (step === 'diagnose') {
        setTimeout(() => abort.abort(), 50);
      }
    };
    const report = await run({}, { diagnose: true, signal: abort.signal, onProgress, account: { silent: true } });
    expect(report).toMatchObject({ outcome: 'interrupted', exitCode: 130 });
    expect(report.channels[0]).toMatchObject({ outcome: 'interrupted', code: 'interrupted', diagnosis: null });
    expect(told.at(-1)).toBe('done interrupted: interrupted at the step diagnose');
  });

  it.each([
    ['is not there', { messages: [] }, 'fail message-missing'],
    ['cannot be looked for', { messages: [], errors: { OnsMessageGetByMsgId: 'Throttling' } }, 'pass receipt-proved'],
    ['is there, whatever else is wrong', { topics: [], groups: {} }, 'pass receipt-proved'],
  ])('that follows a pass decides by the message: it %s', async (_, changes, expected) => {
    const report = await run({}, { diagnose: true, account: { ...GOOD, ...changes } });
    const [channel] = report.channels;
    expect(`${report.outcome} ${channel.code}`).toBe(expected);
    expect(report.exitCode).toBe(report.outcome === 'pass' ? 0 : 1);
    const missing = `DLA reports the receipt as sent, but message ${MESSAGE} is not on topic a_topic`;
    expect(channel.reason === missing).toBe(report.outcome === 'fail');
    expect(new Ajv({ allowUnionTypes: true }).validate(schema, report)).toBe(true);
    expect(toJUnit(report).includes('type="message-missing"')).toBe(report.outcome === 'fail');
  });

  it('that follows a failure leaves its cause', async () => {
    const report = await run({ mq_error_msg: 'no permission' }, { account: { ...GOOD, messages: [] } });
    expect(report.channels[0]).toMatchObject({ outcome: 'fail', code: 'receipt-failed' });
  });

  it('follows a pass when it is wanted, and finds the message', async () => {
    const report = await run({}, { diagnose: true });
    expect(report.outcome).toBe('pass');
    expect(report.channels[0].diagnosis!.at(-1)).toMatchObject({
      state: 'ok',
      check: `message ${MESSAGE} is on topic a_topic`,
    });
  });
});
