import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MQClient } from '@aliyunmq/mq-http-sdk';
import { RequestCode, ResponseCode } from '../../../lib/local-cloud/rocketmq/codes';
import { RocketMqServer } from '../../../lib/local-cloud/rocketmq/rocketmq-server';
import { Listener } from '../../../lib/local-cloud/server/listener';
import { RocketMqClient } from '../rocketmq/rocketmq-client';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient } from './rpc-client';
import { eventually } from '../../eventually';

let server: StartedHttpServer;
let listener: Listener;
let rpc: RpcClient;
let tcp: RocketMqClient;
let InstanceId: string;

beforeEach(async () => {
  server = await startHttpServer();
  const { account } = server;
  ({ instanceId: InstanceId } = account.ons.createInstance(REGION, { instanceName: 'monitored' }));
  account.ons.createTopic(REGION, { instanceId: InstanceId, topic: 'receipts', messageType: 0 });
  account.ons.createGroup(REGION, { instanceId: InstanceId, groupId: 'GID_http', groupType: 'http' });
  account.ons.createGroup(REGION, { instanceId: InstanceId, groupId: 'GID_tcp', groupType: 'tcp' });
  listener = await Listener.listen(new RocketMqServer(account, { log: () => undefined }), 0, 'RocketMQ');
  tcp = await RocketMqClient.connect(listener.port, account.identity);
  rpc = new RpcClient(server.endpoint, account.identity);
});
afterEach(async () => {
  vi.useRealTimers();
  await tcp.close();
  await listener.close();
  await server.stop();
});

const ask = (action: string, parameters: Record<string, unknown> = {}) =>
  rpc.call('ons', action, { InstanceId, ...parameters });
const accumulate = async (GroupId: string) =>
  (await ask('OnsConsumerAccumulate', { GroupId, Detail: true })).Data as {
    Online: boolean;
    ConsumeTps: number;
    TotalDiff: number;
    DelayTime: number;
    LastTimestamp: number;
    DetailInTopicList: { DetailInTopicDo: { Topic: string; TotalDiff: number }[] };
  };

function send(...bodies: string[]): void {
  server.account.ons.messages.send(
    4,
    bodies.map((body) => ({ instanceId: InstanceId, topic: 'receipts', body, producerId: '', queueId: 0 })),
  );
}

function httpConsumer(tag?: string) {
  const { accessKeyId, accessKeySecret } = server.account.identity;
  const client = new MQClient(`http://${server.endpoint}`, accessKeyId, accessKeySecret);
  return client.getConsumer(InstanceId, 'receipts', 'GID_http', tag);
}

const full = (name: string) => `${InstanceId}%${name}`;

function heartbeat(subString = '*', clientID = 'client-1', messageModel = 'CLUSTERING'): Promise<unknown> {
  return tcp.request(
    RequestCode.HEART_BEAT,
    {},
    {
      clientID,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: full('GID_tcp'),
          messageModel,
          subscriptionDataSet: [
            { topic: full('receipts'), subString, expressionType: 'TAG' },
            { topic: `%RETRY%${full('GID_tcp')}`, subString: '*', expressionType: 'TAG' },
          ],
        },
      ],
    },
  );
}

const queue = () => ({ consumerGroup: full('GID_tcp'), topic: full('receipts'), queueId: 0 });
const commit = (commitOffset: number) => tcp.request(RequestCode.UPDATE_CONSUMER_OFFSET, { ...queue(), commitOffset });
const stored = async () => Number((await tcp.request(RequestCode.QUERY_CONSUMER_OFFSET, queue())).fields.get('offset'));
const pull = (queueOffset: number) =>
  tcp.request(RequestCode.PULL_MESSAGE, {
    ...queue(),
    queueOffset,
    maxMsgNums: 32,
    sysFlag: 2,
    commitOffset: 0,
    suspendTimeoutMillis: 15_000,
  });

describe('the backlog', () => {
  it('of a group of HTTP is what it has not acknowledged', async () => {
    expect(await accumulate('GID_http')).toMatchObject({ Online: false, TotalDiff: 0, DelayTime: 0, LastTimestamp: 0 });
    send('one', 'two', 'three');
    const consumer = httpConsumer();
    const { body } = await consumer.consumeMessage(2);
    expect(await accumulate('GID_http')).toMatchObject({
      Online: true,
      TotalDiff: 3,
      ConsumeTps: 0,
      DetailInTopicList: { DetailInTopicDo: [{ Topic: 'receipts', TotalDiff: 3 }] },
    });
    await consumer.ackMessage([body[0].ReceiptHandle]);
    const after = await accumulate('GID_http');
    expect(after).toMatchObject({ TotalDiff: 2 });
    expect(after.ConsumeTps).toBeGreaterThan(0);
    expect(after.LastTimestamp).toBeGreaterThan(0);
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    vi.setSystemTime(Date.now() + 120_000);
    const later = await accumulate('GID_http');
    expect(later).toMatchObject({ Online: false, TotalDiff: 2, ConsumeTps: 0 });
    expect(later.DelayTime).toBeGreaterThanOrEqual(120_000);
    const brief = (await ask('OnsConsumerAccumulate', { GroupId: 'GID_http' })).Data;
    expect(brief.DetailInTopicList).toEqual({ DetailInTopicDo: [] });
  });

  it('of a group of TCP is what lies behind its offsets', async () => {
    send('one', 'two', 'three');
    await heartbeat();
    expect(await accumulate('GID_tcp')).toMatchObject({ Online: true, TotalDiff: 3 });
    await commit(2);
    const after = await accumulate('GID_tcp');
    expect(after).toMatchObject({
      TotalDiff: 1,
      DetailInTopicList: { DetailInTopicDo: [{ Topic: 'receipts', TotalDiff: 1 }] },
    });
    expect(after.ConsumeTps).toBeGreaterThan(0);
    await tcp.close();
    await eventually(async () => expect(await accumulate('GID_tcp')).toMatchObject({ Online: false, TotalDiff: 1 }));
  });

  it('of consumers that each get all is theirs alone', async () => {
    send('one');
    await heartbeat('*', 'client-1', 'BROADCASTING');
    expect(await accumulate('GID_tcp')).toMatchObject({ Online: true, TotalDiff: 0 });
    expect((await ask('OnsGroupSubDetail', { GroupId: 'GID_tcp' })).Data.MessageModel).toBe('BROADCASTING');
  });

  it('stands on the page', async () => {
    send('one', 'two');
    await heartbeat();
    const page = await (await fetch(`http://${server.endpoint}/?page=mq`)).text();
    expect(page).toMatch(/<td class="">receipts<\/td>\s*<td class="number">2<\/td>/);
  });
});

describe('what is told of consumers', () => {
  it('is who is there, and whether all want the same', async () => {
    expect((await ask('OnsConsumerStatus', { GroupId: 'GID_tcp' })).Data).toMatchObject({
      Online: false,
      RebalanceOK: false,
      ConnectionSet: { ConnectionDo: [] },
    });
    await heartbeat('blue||red');
    const { Data } = await ask('OnsConsumerStatus', { GroupId: 'GID_tcp', Detail: true });
    expect(Data).toMatchObject({
      InstanceId,
      Online: true,
      ConsumeModel: 'CLUSTERING',
      SubscriptionSame: true,
      RebalanceOK: true,
      ConnectionSet: { ConnectionDo: [{ ClientId: 'client-1', RemoteIP: '127.0.0.1' }] },
    });
    const [{ SubscriptionSet }] = Data.ConsumerConnectionInfoList.ConsumerConnectionInfoDo;
    expect(SubscriptionSet.SubscriptionData).toContainEqual({
      Topic: 'receipts',
      SubString: 'blue||red',
      TagsSet: { Tag: ['blue', 'red'] },
    });
    const other = await RocketMqClient.connect(listener.port, server.account.identity);
    try {
      const mine = tcp;
      tcp = other;
      await heartbeat('green', 'client-2');
      tcp = mine;
      expect((await ask('OnsConsumerStatus', { GroupId: 'GID_tcp' })).Data).toMatchObject({
        SubscriptionSame: false,
        RebalanceOK: false,
      });
    } finally {
      await other.close();
    }
  });

  it('is what each group subscribes to, also after its consumers have gone', async () => {
    await heartbeat('blue');
    await httpConsumer('red||green')
      .consumeMessage(1)
      .catch(() => undefined);
    expect((await ask('OnsGroupSubDetail', { GroupId: 'GID_tcp' })).Data).toEqual({
      GroupId: 'GID_tcp',
      Online: true,
      MessageModel: 'CLUSTERING',
      SubscriptionDataList: { SubscriptionDataList: [{ Topic: 'receipts', SubString: 'blue' }] },
    });
    await tcp.close();
    await eventually(async () =>
      expect((await ask('OnsTopicSubDetail', { Topic: 'receipts' })).Data).toEqual({
        Topic: 'receipts',
        SubscriptionDataList: {
          SubscriptionDataList: [
            { GroupId: 'GID_http', MessageModel: 'CLUSTERING', SubString: 'red||green', Online: true },
            { GroupId: 'GID_tcp', MessageModel: 'CLUSTERING', SubString: 'blue', Online: false },
          ],
        },
      }),
    );
    await ask('OnsGroupDelete', { GroupId: 'GID_tcp' });
    const { Data } = await ask('OnsTopicSubDetail', { Topic: 'receipts' });
    expect(Data.SubscriptionDataList.SubscriptionDataList).toHaveLength(1);
  });
});

describe('a reset', () => {
  const reset = (GroupId: string, parameters: Record<string, unknown>) =>
    ask('OnsConsumerResetOffset', { GroupId, Topic: 'receipts', ...parameters });

  it('of a group of HTTP passes over all, or goes back to a time', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    send('old');
    const between = Date.now() + 1000;
    vi.setSystemTime(between);
    send('new', 'newer');
    const consumer = httpConsumer();
    const [{ ReceiptHandle }] = (await consumer.consumeMessage(1)).body;
    await reset('GID_http', { Type: 0 });
    expect(await accumulate('GID_http')).toMatchObject({ TotalDiff: 0 });
    await expect(consumer.consumeMessage(16)).rejects.toMatchObject({ Code: 'MessageNotExist' });
    expect((await consumer.ackMessage([ReceiptHandle])).code).toBe(404);
    await reset('GID_http', { Type: 1, ResetTimestamp: between });
    expect((await consumer.consumeMessage(16)).body.map(({ MessageBody }) => MessageBody)).toEqual(['new', 'newer']);
  });

  it('wakes a consumer of HTTP who waits', async () => {
    send('again');
    const consumer = httpConsumer();
    await consumer.ackMessage((await consumer.consumeMessage(1)).body.map(({ ReceiptHandle }) => ReceiptHandle));
    const waiting = consumer.consumeMessage(1, 20);
    await eventually(async () => expect((await accumulate('GID_http')).Online).toBe(true));
    await reset('GID_http', { Type: 1, ResetTimestamp: 0 });
    expect((await waiting).body).toMatchObject([{ MessageBody: 'again' }]);
  });

  it('moves consumers of TCP that are under way, whose own offsets do not undo it', async () => {
    send('one', 'two', 'three');
    await heartbeat();
    await commit(3);
    const held = pull(3);
    await reset('GID_tcp', { Type: 1, ResetTimestamp: 0 });
    const moved = await held;
    expect([moved.code, moved.fields.get('nextBeginOffset')]).toEqual([ResponseCode.PULL_OFFSET_MOVED, '0']);
    await commit(3);
    expect(await stored()).toBe(0);
    expect((await pull(0)).code).toBe(ResponseCode.SUCCESS);
    await commit(2);
    expect(await stored()).toBe(2);
  });

  it('is not taken for heard of by an offset that was on its way before it', async () => {
    send('one', 'two', 'three');
    await heartbeat();
    await reset('GID_tcp', { Type: 1, ResetTimestamp: 0 });
    await commit(0);
    expect((await pull(3)).code).toBe(ResponseCode.PULL_OFFSET_MOVED);
    await commit(3);
    expect(await stored()).toBe(0);
  });

  it.each([
    ['of no type', { Type: 2 }, 'BIZ_FIELD_CHECK_INVALID'],
    ['without its type', {}, 'BIZ_FIELD_CHECK_INVALID'],
    ['to a time that is missing', { Type: 1 }, 'MissingParameter'],
    ['of a group that does not exist', { Type: 0, GroupId: 'GID_none' }, 'BIZ_SUBSCRIPTION_NOT_FOUND'],
    ['of a topic that does not exist', { Type: 0, Topic: 'none' }, 'BIZ_TOPIC_NOT_FOUND'],
  ])('%s is refused', async (_what, parameters, code) => {
    await expect(reset('GID_http', parameters)).rejects.toMatchObject({ code });
  });
});

it('tells nothing of groups and topics that do not exist, nor what it does not know', async () => {
  for (const action of ['OnsConsumerAccumulate', 'OnsConsumerStatus', 'OnsGroupSubDetail']) {
    await expect(ask(action, { GroupId: 'GID_none' }), action).rejects.toMatchObject({
      code: 'BIZ_SUBSCRIPTION_NOT_FOUND',
    });
  }
  await expect(ask('OnsTopicSubDetail', { Topic: 'none' })).rejects.toMatchObject({ code: 'BIZ_TOPIC_NOT_FOUND' });
  await expect(ask('OnsConsumerStatus', { GroupId: 'GID_tcp', NeedJstack: true })).rejects.toMatchObject({
    code: 'BIZ_FIELD_CHECK_INVALID',
  });
});

it('takes the right to ask, by the name that policies have for it', async () => {
  const { ram, identity } = server.account;
  ram.createUser({ userName: 'watcher' });
  const { accessKeyId, accessKeySecret } = ram.accessKeys.create('watcher');
  ram.createPolicy({
    policyName: 'watch',
    document: JSON.stringify({
      Version: '1',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'mq:QueryConsumerAccumulate',
          Resource: `acs:mq:*:${identity.accountId}:${InstanceId}%GID_http`,
        },
      ],
    }),
  });
  ram.attachPolicy('user', 'watcher', 'Custom', 'watch');
  rpc = new RpcClient(server.endpoint, { accessKeyId, accessKeySecret });
  expect(await accumulate('GID_http')).toMatchObject({ TotalDiff: 0 });
  await expect(accumulate('GID_tcp')).rejects.toMatchObject({ data: { statusCode: 403 } });
  await expect(ask('OnsConsumerStatus', { GroupId: 'GID_http' })).rejects.toMatchObject({ data: { statusCode: 403 } });
});
