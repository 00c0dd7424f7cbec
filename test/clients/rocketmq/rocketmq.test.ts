import { afterEach, beforeAll, beforeEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { ReceiptChannels } from '../../receipt-channels';
import { CLIENTS, commandOf, prepareClients, Program } from './clients';

const REGION = 'cn-hangzhou';
const trust = (principal: object) =>
  JSON.stringify({ Version: '1', Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: principal }] });

let cloud: LocalCloud;
let channels: ReceiptChannels;
let instanceId: string;
let env: Record<string, string>;

beforeAll(prepareClients);

beforeEach(async () => {
  cloud = await LocalCloud.start();
  channels = new ReceiptChannels(cloud);
  ({ instanceId } = channels);
  env = { ...cloud.endpoints.environment };
});
afterEach(() => cloud.stop());

/** Starts a client's program, or skips the test with the reason why it cannot be started here. */
function start(context: TestContext, name: string, action: string, ...more: string[]): Promise<Program> {
  return Program.start(commandOf(context, name), action, [instanceId, 'receipts', 'GID_dla', ...more], env);
}

describe.each(CLIENTS)('$name', ({ name, can }) => {
  it('receives the receipt of a query, and one that was sent while it was down', async (context) => {
    const first = await start(context, name, 'consume');
    const { mq_message_id: id } = await channels.smokeTest();
    const receipt = await first.until(({ msgId }) => msgId === id);
    expect(receipt).toMatchObject({ topic: 'receipts', reconsumeTimes: 0 });
    expect(JSON.parse(receipt.body)).toMatchObject({ id: receipt.key, status: 'SUCCESS' });
    await first.stop();

    const { mq_message_id: missed } = await channels.smokeTest();
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

  it('goes back to where its group is moved while it consumes', async (context) => {
    const { ons } = cloud.account;
    const consumer = await start(context, name, 'consume');
    const bodies = ['one', 'two', 'three'];
    bodies.forEach((body) => ons.sendMessage(REGION, { instanceId, topic: 'receipts', body, producerId: '' }));
    const times = (body: string) => consumer.bodies.filter((one) => one === body).length;
    await consumer.until(() => bodies.every((body) => times(body) === 1));
    ons.resetOffset(REGION, instanceId, 'GID_dla', 'receipts', 0);
    await consumer.until(() => bodies.every((body) => times(body) === 2), 90_000);
    // Offsets are stored every few seconds: those from before the reset must not be.
    await vi.waitFor(() => expect(ons.progress.of(instanceId, 'GID_dla')).toMatchObject([{ backlog: 0 }]), 60_000);
    await consumer.stop();
    await vi.waitFor(() => expect(ons.subscriptions.clients(instanceId, 'GID_dla')).toEqual([]), 10_000);
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
