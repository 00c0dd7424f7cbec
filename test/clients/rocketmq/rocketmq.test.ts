import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LocalCloud } from '../../../lib/local-cloud';
import { readChannels, runSmokeTest } from '../../../lib/smoke';
import { Missing } from '../runtimes';
import { CLIENTS, Program } from './clients';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const trust = (principal: object) =>
  JSON.stringify({ Version: '1', Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: principal }] });

let cloud: LocalCloud;
let instanceId: string;
let env: Record<string, string>;

/** Commands of the clients that this machine can run, and why it cannot run others. */
const commands = new Map<string, string[]>();
const reasons = new Map<string, string>();
let folder: string;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'clients-'));
  for (const [index, { name, prepare }] of CLIENTS.entries()) {
    try {
      commands.set(name, await prepare(path.join(folder, String(index))));
    } catch (error) {
      if (!(error instanceof Missing)) {
        throw error;
      }
      reasons.set(name, error.message);
    }
  }
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

beforeEach(async () => {
  cloud = await LocalCloud.start();
  const { ram, ons } = cloud.account;
  ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: trust({ Service: ['openanalytics.aliyuncs.com'] }) });
  ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
  ({ instanceId } = ons.createInstance(REGION, { instanceName: 'receipts' }));
  ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_dla', groupType: 'tcp' });
  env = { ...cloud.endpoints.environment };
});
afterEach(() => cloud.stop());

/** Starts a client's program, or skips the test with the reason why it cannot be started here. */
function start({ skip }: TestContext, name: string, action: string, ...more: string[]): Promise<Program> {
  const reason = reasons.get(name);
  skip(reason !== undefined, reason);
  return Program.start(commands.get(name)!, action, [instanceId, 'receipts', 'GID_dla', ...more], env);
}

/** Runs the smoke test against the topic; the id of the receipt's message, as DLA tells it. */
async function smokeTest(): Promise<string> {
  const channel = {
    kind: 'mq',
    region: REGION,
    roleName: ROLE,
    instanceId,
    topic: 'receipts',
    producerId: 'GID_dla',
    endpoint: cloud.account.ons.endpointsOf(cloud.account.ons.findInstance(instanceId)!).tcp,
    query: 'select 1',
  };
  const channels = readChannels(JSON.stringify({ stack: { receipt_channels: { notification: channel } } }), 'test');
  const report = await runSmokeTest({ channels, env: { ...process.env, ...env }, intervalMillis: 50 });
  expect(report.outcome, JSON.stringify(report)).toBe('pass');
  return report.channels[0].attempts.at(-1)!.task.mq_message_id!;
}

describe.each(CLIENTS)('$name', ({ name, can }) => {
  it('receives the receipt of a query, and one that was sent while it was down', async (context) => {
    const first = await start(context, name, 'consume');
    const id = await smokeTest();
    const receipt = await first.until(({ msgId }) => msgId === id);
    expect(receipt).toMatchObject({ topic: 'receipts', reconsumeTimes: 0 });
    expect(JSON.parse(receipt.body)).toMatchObject({ id: receipt.key, status: 'SUCCESS' });
    await first.stop();

    const missed = await smokeTest();
    const second = await start(context, name, 'consume');
    await second.until(({ msgId }) => msgId === missed);
    expect(second.lines.map(({ msgId }) => msgId)).not.toContain(id);
    await second.stop();
  });

  it('sends what everybody sees, and receives by tag, late, and again after a failure', async (context) => {
    const producer = await start(context, name, 'produce');
    const { msgId } = await producer.send({ body: 'h€llo', tag: 'blue', key: 'k1', color: 'red' });
    expect(cloud.account.ons.findMessage(msgId)).toMatchObject({
      topic: 'receipts',
      body: 'h€llo',
      tag: 'blue',
      key: 'k1',
      properties: { color: 'red' },
    });
    const long = await producer.send({ body: 'x'.repeat(100_000), tag: 'blue' });
    expect(cloud.account.ons.findMessage(long.msgId)!.body).toHaveLength(100_000);
    await producer.send({ body: 'not wanted', tag: 'green' });
    const sent = Date.now();
    await producer.send({ body: 'timed', tag: 'blue', delayMillis: 3_000 });
    await producer.send({ body: 'fail once', tag: 'blue' });
    await producer.stop();

    const consumer = await start(context, name, 'consume', 'blue || yellow');
    expect(await consumer.until(({ body }) => body === 'h€llo')).toMatchObject({
      msgId,
      topic: 'receipts',
      tag: 'blue',
      key: 'k1',
      color: 'red',
    });
    const failed = await consumer.until(({ body }) => body === 'fail once');
    await consumer.until(({ body }) => body === 'timed');
    expect(Date.now() - sent).toBeGreaterThanOrEqual(2_900);
    const again = await consumer.until(({ reconsumeTimes }) => reconsumeTimes === 1);
    expect(again).toMatchObject({ msgId: failed.msgId, topic: 'receipts', body: 'fail once' });
    await consumer.until(({ body }) => body?.length === 100_000);
    expect(consumer.bodies).not.toContain('not wanted');
    await consumer.stop();
  });

  it('shares a group, and takes over what a member that is killed leaves', async (context) => {
    const [first, second] = [await start(context, name, 'consume'), await start(context, name, 'consume')];
    const sendAll = (text: string) => {
      const bodies = Array.from({ length: 40 }, (_, index) => `${text} ${index}`);
      bodies.forEach((body) =>
        cloud.account.ons.sendMessage(REGION, { instanceId, topic: 'receipts', body, producerId: '' }),
      );
      return bodies;
    };
    // Members divide the queues among themselves, some seconds after one has come.
    for (let round = 0; first.bodies.length === 0 || second.bodies.length === 0; round += 1) {
      const bodies = sendAll(`shared ${round}`);
      await first.until(() => {
        const received = [...first.bodies, ...second.bodies];
        return bodies.every((body) => received.includes(body));
      });
      expect(round).toBeLessThan(60);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    await second.kill();
    const left = sendAll('left');
    await first.until(() => left.every((body) => first.bodies.includes(body)));
    await first.stop();
  });

  it('is told what is wrong with its key', async (context) => {
    env.ALICLOUD_SECRET_KEY = 'wrong';
    const producer = await start(context, name, 'produce');
    const { error } = await producer.send({ body: 'x' });
    expect(error).toMatch(can.tellWhy ? /signature validate failed/ : /still failed/);
    expect(cloud.requests.list().at(-1)!.message).toMatch(/signature validate failed: the secret does not fit/);
    await producer.kill();
    expect(cloud.account.ons.messageCount(instanceId, 'receipts')).toBe(0);
  });

  it.runIf(can.useTokens)("works with a role's session, within its rights", async (context) => {
    const { ram, sts, identity } = cloud.account;
    const roleName = 'reader';
    const account = `acs:ram::${identity.accountId}:root`;
    const { arn } = ram.createRole({ roleName, assumeRolePolicyDocument: trust({ RAM: [account] }) });
    const resources = ['receipts', 'GID_dla'].map((one) => `acs:mq:*:*:${instanceId}%${one}`);
    const document = JSON.stringify({
      Version: '1',
      Statement: [{ Effect: 'Allow', Action: 'mq:SUB', Resource: resources }],
    });
    ram.createPolicy({ policyName: roleName, document });
    ram.attachPolicy('role', roleName, 'Custom', roleName);
    const session = sts.assumeRole(arn, 'session');
    env.ALICLOUD_ACCESS_KEY = session.accessKeyId;
    env.ALICLOUD_SECRET_KEY = session.accessKeySecret;
    env.ALICLOUD_SECURITY_TOKEN = session.securityToken;

    const consumer = await start(context, name, 'consume');
    cloud.account.ons.sendMessage(REGION, { instanceId, topic: 'receipts', body: 'allowed', producerId: '' });
    await consumer.until(({ body }) => body === 'allowed');
    await consumer.stop();
    const producer = await start(context, name, 'produce');
    expect((await producer.send({ body: 'x' })).error).toMatch(/valid permission failed: mq:PUB/);
    await producer.kill();
  });

  it.runIf(can.order)('keeps the order of each sharding key', async (context) => {
    const producer = await start(context, name, 'produce-orderly');
    for (let index = 0; index < 30; index += 1) {
      await producer.send({ body: `${index % 3} ${index}`, shardingKey: `key ${index % 3}` });
    }
    await producer.stop();
    const consumer = await start(context, name, 'consume-orderly');
    await consumer.until(() => consumer.bodies.length >= 30);
    for (const key of [0, 1, 2]) {
      const bodies = consumer.bodies.filter((body) => body.startsWith(`${key} `));
      expect(bodies).toEqual(Array.from({ length: 10 }, (_, index) => `${key} ${3 * index + key}`));
    }
    await consumer.stop();
  });
});

it('clients of all languages share one group', async (context) => {
  const programs: Program[] = [];
  for (const { name } of CLIENTS) {
    programs.push(await start(context, name, 'consume'));
  }
  const received = () => programs.flatMap(({ bodies }) => bodies);
  for (let round = 0; programs.some(({ bodies }) => bodies.length === 0); round += 1) {
    for (let index = 0; index < 4; index += 1) {
      const body = `${round} ${index}`;
      cloud.account.ons.sendMessage(REGION, { instanceId, topic: 'receipts', body, producerId: '' });
    }
    await programs[0].until(() => [0, 1, 2, 3].every((index) => received().includes(`${round} ${index}`)));
    expect(round).toBeLessThan(120);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await Promise.all(programs.map((program) => program.stop()));
});
