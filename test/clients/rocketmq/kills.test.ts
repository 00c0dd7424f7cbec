import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { RequestCode, ResponseCode } from '../../../lib/local-cloud/rocketmq/codes';
import { RocketMqClient } from '../../local-cloud/rocketmq/rocketmq-client';
import { scratchFolder } from '../../scratch';
import { KillableCloud } from '../killable-cloud';
import { CLIENTS, commandOf, prepareClients, Program } from './clients';

const REGION = 'cn-hangzhou';
const GROUP = { groupId: 'GID_dla', topic: 'receipts' };
const QUEUES = [0, 1, 2, 3];
/** How often each client and its server are killed, in turn; more for a longer look. */
const KILLS = Number(process.env.KILLS ?? 2);

function createCloud(): KillableCloud {
  return new KillableCloud(scratchFolder(), 'rocketmq', ({ ons }) => {
    const { instanceId } = ons.createInstance(REGION, { instanceName: 'receipts' });
    ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
    ons.createGroup(REGION, { instanceId, groupId: 'GID_dla', groupType: 'tcp' });
    return instanceId;
  });
}

/** Sends messages, each again until its answer has come. */
class Producer {
  public readonly acknowledged: string[] = [];
  private client: RocketMqClient | undefined;

  constructor(private readonly cloud: KillableCloud) {}

  public async send(): Promise<void> {
    const body = `message ${this.acknowledged.length}`;
    const { instanceId, identity } = this.cloud;
    for (;;) {
      try {
        this.client ??= await RocketMqClient.connect(this.cloud.port, identity);
        const answer = await Promise.race([
          this.client.request(
            RequestCode.SEND_MESSAGE,
            { producerGroup: `${instanceId}%GID_dla`, topic: `${instanceId}%receipts`, queueId: -1, sysFlag: 0 },
            Buffer.from(body),
          ),
          this.client.closed(),
        ]);
        if (answer?.code === ResponseCode.SUCCESS) {
          this.acknowledged.push(body);
          return;
        }
      } catch {
        // Not there again yet.
      }
      await this.client?.close();
      this.client = undefined;
      await sleep(50);
    }
  }
}

beforeAll(prepareClients);

it.for(CLIENTS)(
  '$name loses nothing when it or its server is killed, and gets nothing again whose offset was stored',
  { timeout: 60_000 + 90_000 * KILLS },
  async ({ name }, context) => {
    const command = commandOf(context, name);
    const cloud = createCloud();
    await cloud.start();
    onTestFinished(() => cloud.kill());
    const producer = new Producer(cloud);
    const consume = () =>
      Program.start(command, 'consume', [cloud.instanceId, 'receipts', 'GID_dla'], {
        ROCKETMQ_NAMESRV: `127.0.0.1:${cloud.port}`,
        ALICLOUD_ACCESS_KEY: cloud.identity.accessKeyId,
        ALICLOUD_SECRET_KEY: cloud.identity.accessKeySecret,
      });
    let consumer = await consume();
    /** Bodies that came before the first kill, between it and the second, and so on. */
    const received: string[][] = [];
    /** Offsets that were stored at each kill. */
    const stored: number[][] = [];

    for (let kill = 0; kill < KILLS; kill += 1) {
      const killsServer = kill % 2 === 0;
      const earlier = received.flat().length;
      for (let index = 0; index < 20; index += 1) {
        await producer.send();
      }
      await consumer.until(() => earlier + consumer.bodies.length > earlier);
      // So that offsets are stored at some of the kills, which clients do every five seconds.
      await sleep(randomInt(0, 8_000));
      const sending = Promise.all([producer.send(), sleep(randomInt(0, 20))]);
      if (!killsServer) {
        await consumer.kill();
      }
      await cloud.kill();
      stored.push(offsetsOf(cloud));
      // What the client had on its way to us, and whose offsets are stored.
      const consumed = bodiesBefore(cloud, stored.at(-1)!);
      const earlierBodies = new Set(received.flat());
      await consumer.until(() => {
        const bodies = new Set(consumer.bodies);
        return consumed.every((body) => earlierBodies.has(body) || bodies.has(body));
      });
      received.push(consumer.bodies);
      consumer.lines.length = 0;
      await cloud.start();
      if (!killsServer) {
        consumer = await consume();
      }
      await sending;
    }
    await producer.send();
    const all = () => new Set([...received.flat(), ...consumer.bodies]);
    await consumer.until(() => producer.acknowledged.every((body) => all().has(body)), 120_000);
    received.push(consumer.bodies);
    await consumer.stop();
    await cloud.kill();

    stored.forEach((offsets, kill) => {
      const after = new Set(received.slice(kill + 1).flat());
      const again = bodiesBefore(cloud, offsets).filter((body) => after.has(body));
      expect(again, `after kill ${kill + 1}`).toEqual([]);
    });
    console.log(
      `${name}: ${KILLS} kills, ${producer.acknowledged.length} messages sent, ${received.flat().length} received`,
    );
  },
);

function offsetsOf(cloud: KillableCloud): number[] {
  return cloud.look(({ ons }) =>
    QUEUES.map((queueId) => ons.offsets.get({ instanceId: cloud.instanceId, ...GROUP, queueId }) ?? 0),
  );
}

/** Bodies of the messages that the group has consumed whose offsets these are. */
function bodiesBefore(cloud: KillableCloud, offsets: readonly number[]): string[] {
  return cloud.look(({ ons }) =>
    [...ons.messagesFrom(cloud.instanceId, 'receipts', 0)]
      .filter(({ queueId, queueOffset }) => queueOffset < offsets[queueId])
      .map(({ body }) => body),
  );
}
