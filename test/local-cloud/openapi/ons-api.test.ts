import { afterAll, beforeAll, expect, it } from 'vitest';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { RpcClient } from './rpc-client';

let server: StartedHttpServer;
let client: RpcClient;
let InstanceId: string;

beforeAll(async () => {
  server = await startHttpServer();
  client = new RpcClient(server.endpoint, server.account.identity);
  ({ InstanceId } = (await ons('OnsInstanceCreate', { InstanceName: 'shared', Remark: 'first' })).Data);
});
afterAll(() => server.stop());

function ons(action: string, parameters: Record<string, unknown> = {}) {
  return client.call('ons', action, parameters);
}

it('makes, changes, tags and deletes an instance with its topics and groups', async () => {
  const made = (await ons('OnsInstanceCreate', { InstanceName: 'whole' })).Data.InstanceId as string;
  await ons('OnsInstanceUpdate', { InstanceId: made, InstanceName: 'renamed', Remark: 'second' });
  expect((await ons('OnsInstanceBaseInfo', { InstanceId: made })).InstanceBaseInfo).toMatchObject({
    InstanceName: 'renamed',
    Remark: 'second',
  });
  await ons('OnsTopicCreate', { InstanceId: made, Topic: 'topic', MessageType: 2, Remark: 'r' });
  await ons('OnsGroupCreate', { InstanceId: made, GroupId: 'GID_group', GroupType: 'http' });
  const resources: [string, Record<string, string>][] = [
    ['INSTANCE', { 'ResourceId.1': made }],
    ['TOPIC', { 'ResourceId.1': 'topic', InstanceId: made }],
    ['GROUP', { 'ResourceId.1': 'GID_group', InstanceId: made }],
  ];
  for (const [ResourceType, ids] of resources) {
    const tags = { 'Tag.1.Key': 'env', 'Tag.1.Value': 'test', 'Tag.2.Key': 'team', 'Tag.2.Value': 'data' };
    await ons('TagResources', { ResourceType, ...ids, ...tags });
    await ons('UntagResources', { ResourceType, ...ids, 'TagKey.1': 'env' });
    expect((await ons('ListTagResources', { ResourceType, ...ids })).TagResources).toMatchObject([
      { TagKey: 'team', TagValue: 'data', ResourceId: ids['ResourceId.1'] },
    ]);
  }
  expect((await ons('OnsTopicList', { InstanceId: made })).Data.PublishInfoDo).toMatchObject([
    { Topic: 'topic', MessageType: 2, Tags: { Tag: [{ Key: 'team', Value: 'data' }] } },
  ]);
  expect((await ons('OnsGroupList', { InstanceId: made, GroupType: 'tcp' })).Data.SubscribeInfoDo).toEqual([]);
  expect((await ons('OnsGroupList', { InstanceId: made, GroupType: 'all' })).Data.SubscribeInfoDo).toHaveLength(1);
  await expect(ons('OnsInstanceDelete', { InstanceId: made })).rejects.toMatchObject({ code: 'INSTANCE_NOT_EMPTY' });
  await ons('OnsTopicDelete', { InstanceId: made, Topic: 'topic' });
  await ons('OnsGroupDelete', { InstanceId: made, GroupId: 'GID_group' });
  await ons('OnsInstanceDelete', { InstanceId: made });
  await expect(ons('OnsInstanceBaseInfo', { InstanceId: made })).rejects.toMatchObject({
    code: 'INSTANCE_NOT_FOUND',
    data: { statusCode: 404 },
  });
});

it('calls a topic or group that is gone not the caller’s when it is deleted, and not found when it is read', async () => {
  const { InstanceId } = (await ons('OnsInstanceCreate', { InstanceName: 'gone' })).Data;
  for (const [kind, names] of Object.entries({ Topic: { Topic: 'none' }, Group: { GroupId: 'GID_none' } })) {
    await expect(ons(`Ons${kind}Delete`, { InstanceId, ...names })).rejects.toMatchObject({
      code: 'AUTH_RESOURCE_OWNER_ERROR',
      data: { statusCode: 400 },
    });
  }
  await expect(ons('OnsTopicStatus', { InstanceId, Topic: 'none' })).rejects.toMatchObject({
    code: 'BIZ_TOPIC_NOT_FOUND',
  });
});

it('makes nothing in a region that does not exist', async () => {
  await expect(ons('OnsInstanceCreate', { InstanceName: 'lost', RegionId: 'cn-hangzou' })).rejects.toMatchObject({
    code: 'InvalidRegionId',
    message: expect.stringContaining('did you mean cn-hangzhou?'),
  });
  expect((await ons('OnsInstanceInServiceList', { RegionId: 'cn-hangzou' })).Data.InstanceVO).toEqual([]);
});

it('knows an instance in its own region only', async () => {
  const elsewhere = { InstanceId, RegionId: 'cn-shanghai' };
  await expect(ons('OnsInstanceBaseInfo', elsewhere)).rejects.toMatchObject({ code: 'INSTANCE_NOT_FOUND' });
  expect((await ons('OnsInstanceInServiceList', { RegionId: 'cn-shanghai' })).Data.InstanceVO).toEqual([]);
});

it('finds messages by id, by key and page by page', async () => {
  const subject = { InstanceId, Topic: 'searched' };
  await ons('OnsTopicCreate', { ...subject, MessageType: 0 });
  const begin = Date.now();
  for (let index = 0; index < 12; index += 1) {
    await ons('OnsMessageSend', { ...subject, Message: `body ${index}`, Key: `key-${index % 2}`, Tag: 'tag' });
  }
  const { OnsRestMessageDo } = (await ons('OnsMessageGetByKey', { ...subject, Key: 'key-1' })).Data;
  expect(OnsRestMessageDo).toHaveLength(6);
  const { MsgId } = OnsRestMessageDo[0];
  expect((await ons('OnsMessageGetByMsgId', { ...subject, MsgId })).Data).toMatchObject({
    Body: 'body 1',
    PropertyList: {
      MessageProperty: expect.arrayContaining([
        { Name: 'KEYS', Value: 'key-1' },
        { Name: 'TAGS', Value: 'tag' },
      ]),
    },
  });
  const page = async (CurrentPage: number) =>
    (
      await ons('OnsMessagePageQueryByTopic', {
        ...subject,
        BeginTime: begin,
        EndTime: Date.now(),
        CurrentPage,
        PageSize: 5,
      })
    ).MsgFoundDo;
  expect(await page(1)).toMatchObject({ MaxPageCount: 3, CurrentPage: 1 });
  expect((await page(3)).MsgFoundList.OnsRestMessageDo).toMatchObject([{ Body: 'body 10' }, { Body: 'body 11' }]);
  expect((await ons('OnsTopicStatus', subject)).Data).toMatchObject({ TotalCount: 12, Perm: 6 });
  expect(server.account.ons.messageCount(InstanceId, 'searched')).toBe(12);
});

it('finds a message by any of its keys', async () => {
  const subject = { InstanceId, Topic: 'keyed' };
  await ons('OnsTopicCreate', { ...subject, MessageType: 0 });
  await ons('OnsMessageSend', { ...subject, Message: 'both', Key: 'first second' });
  for (const [Key, found] of Object.entries({ first: 1, second: 1, 'first second': 0, sec: 0 })) {
    expect((await ons('OnsMessageGetByKey', { ...subject, Key })).Data.OnsRestMessageDo, Key).toHaveLength(found);
  }
});

it('finds the dead letters of a group', async () => {
  const group = { InstanceId, GroupId: 'GID_dead' };
  await ons('OnsGroupCreate', group);
  const begin = Date.now();
  const [{ msgId: MsgId }] = server.account.ons.messages.send(1, [
    { instanceId: InstanceId, topic: '%DLQ%GID_dead', body: 'dead', reconsumeTimes: 16, producerId: '' },
  ]);
  const found = { MsgId, Body: 'dead', Topic: '%DLQ%GID_dead', ReconsumeTimes: 16 };
  expect((await ons('OnsDLQMessageGetById', { ...group, MsgId })).Data).toMatchObject(found);
  const page = { ...group, BeginTime: begin, EndTime: Date.now() + 1000, CurrentPage: 1 };
  expect((await ons('OnsDLQMessagePageQueryByGroupId', page)).MsgFoundDo).toMatchObject({
    MaxPageCount: 1,
    MsgFoundList: { OnsRestMessageDo: [found] },
  });
  await expect(ons('OnsDLQMessageGetById', { ...group, MsgId: 'none' })).rejects.toMatchObject({
    code: 'MSG_NOT_FOUND',
  });
  await expect(ons('OnsDLQMessageGetById', { ...group, GroupId: 'GID_none', MsgId })).rejects.toMatchObject({
    code: 'BIZ_SUBSCRIPTION_NOT_FOUND',
  });
});

it('shows what a TCP producer said of its message', async () => {
  await ons('OnsTopicCreate', { InstanceId, Topic: 'tcp', MessageType: 0 });
  const [{ msgId }] = server.account.ons.messages.send(4, [
    {
      instanceId: InstanceId,
      topic: 'tcp',
      body: Buffer.from('00ff', 'hex'),
      properties: { color: 'blue', INSTANCE_ID: '' },
      reconsumeTimes: 2,
      producerId: 'GID_a',
    },
  ]);
  const { Data } = await ons('OnsMessageGetByMsgId', { InstanceId, Topic: 'tcp', MsgId: msgId });
  expect(Data).toMatchObject({ StoreSize: 2, ReconsumeTimes: 2 });
  expect(Data.PropertyList.MessageProperty).toEqual([
    { Name: 'color', Value: 'blue' },
    { Name: 'INSTANCE_ID', Value: InstanceId },
    { Name: 'PGROUP', Value: 'GID_a' },
    { Name: 'UNIQ_KEY', Value: msgId },
  ]);
});

it('opens a service once', async () => {
  server.account.activation.deactivate('ons');
  server.account.activation.deactivate('mns');
  await expect(ons('OnsInstanceInServiceList')).rejects.toMatchObject({ code: 'ONS_SERVICE_UNOPENED' });
  expect((await ons('OpenOnsService')).OrderId).toMatch(/^\d+$/);
  await expect(ons('OpenOnsService')).rejects.toMatchObject({ code: 'OrderOpend', data: { statusCode: 400 } });
  await expect(client.call('oss-open', 'OpenOssService')).rejects.toMatchObject({ code: 'ORDER.OPEND' });

  const query = () =>
    client.call('bss', 'QueryAvailableInstances', { ProductCode: 'mns', SubscriptionType: 'PayAsYouGo' });
  expect((await query()).Data.InstanceList).toEqual([]);
  await client.call('bss', 'CreateInstance', { ProductCode: 'mns', SubscriptionType: 'PayAsYouGo' });
  expect((await query()).Data.InstanceList).toMatchObject([{ ProductCode: 'mns', Status: 'Normal' }]);
  // The provider orders without a look, and takes any error for a failure.
  await client.call('bss', 'CreateInstance', { ProductCode: 'mns', SubscriptionType: 'PayAsYouGo' });
  await expect(
    client.call('bss', 'CreateInstance', { ProductCode: 'ecs', SubscriptionType: 'PayAsYouGo' }),
  ).rejects.toMatchObject({ code: 'InvalidParameter.ProductCode' });
});

it('keeps the attributes and tags of an MNS queue', async () => {
  const queue = { QueueName: 'attributes' };
  const deadLetters = { QueueName: 'dead' };
  await client.call('mns', 'CreateQueue', deadLetters);
  const made = { ...queue, DelaySeconds: 5, 'Tag.1.Key': 'env', 'Tag.1.Value': 'test' };
  const { Data } = await client.call('mns', 'CreateQueue', made);
  for (const again of [made, queue]) {
    expect(await client.call('mns', 'CreateQueue', again)).toMatchObject({ Success: true, Data });
  }
  for (const other of [{ DelaySeconds: 6 }, { 'Tag.1.Key': 'env', 'Tag.1.Value': 'prod' }]) {
    await expect(client.call('mns', 'CreateQueue', { ...made, ...other })).rejects.toMatchObject({
      code: 'QueueAlreadyExist',
      data: { statusCode: 409 },
    });
  }
  await client.call('mns', 'SetQueueAttributes', {
    ...queue,
    VisibilityTimeout: 60,
    EnableLogging: true,
    'DlqPolicy.Enabled': true,
    'DlqPolicy.DeadLetterTargetQueue': 'dead',
    'DlqPolicy.MaxReceiveCount': 3,
  });
  const tagged = { ResourceType: 'queue', 'ResourceId.1': 'attributes' };
  await client.call('mns', 'TagResources', { ...tagged, 'Tag.1.Key': 'team', 'Tag.1.Value': 'data' });
  await client.call('mns', 'UntagResources', { ...tagged, 'TagKey.1': 'env' });
  server.account.mns.sendMessage(REGION, 'attributes', 'delayed');
  expect((await client.call('mns', 'GetQueueAttributes', queue)).Data).toMatchObject({
    DelaySeconds: 5,
    VisibilityTimeout: 60,
    LoggingEnabled: true,
    DlqPolicy: { Enabled: true, DeadLetterTargetQueue: 'dead', MaxReceiveCount: '3' },
    ActiveMessages: 0,
    DelayMessages: 1,
    Tags: [{ TagKey: 'team', TagValue: 'data' }],
  });
  expect((await client.call('mns', 'ListQueue', { PageSize: 1 })).Data).toMatchObject({ Total: 2, Size: 1 });
  await client.call('mns', 'DeleteQueue', queue);
  await client.call('mns', 'DeleteQueue', deadLetters);
  await expect(client.call('mns', 'GetQueueAttributes', queue)).rejects.toMatchObject({
    code: 'QueueNotExist',
    data: { statusCode: 404 },
  });
});

it('keeps topics of SMQ and their subscriptions', async () => {
  await client.call('mns', 'CreateQueue', { QueueName: 'fan' });
  const topic = { TopicName: 'receipts' };
  await client.call('mns', 'CreateTopic', {
    ...topic,
    MaxMessageSize: 2048,
    'Tag.1.Key': 'env',
    'Tag.1.Value': 'test',
  });
  await client.call('mns', 'CreateTopic', { ...topic, MaxMessageSize: 2048 });
  await expect(client.call('mns', 'CreateTopic', { ...topic, MaxMessageSize: 4096 })).rejects.toMatchObject({
    code: 'TopicAlreadyExist',
  });
  await client.call('mns', 'SetTopicAttributes', { ...topic, EnableLogging: true });
  expect((await client.call('mns', 'GetTopicAttributes', topic)).Data).toMatchObject({
    MaxMessageSize: 2048,
    LoggingEnabled: true,
    Tags: [{ TagKey: 'env', TagValue: 'test' }],
  });
  expect((await client.call('mns', 'ListTopic', { TopicName: 'rec' })).Data).toMatchObject({ Total: 1, Size: 1 });
  const subscription = { ...topic, SubscriptionName: 'queue' };
  const given = { ...subscription, Endpoint: 'fan', PushType: 'queue', NotifyContentFormat: 'SIMPLIFIED' };
  await client.call('mns', 'Subscribe', { ...given, MessageTag: 'urgent' });
  await client.call('mns', 'Subscribe', { ...given, MessageTag: 'urgent' });
  await client.call('mns', 'SetSubscriptionAttributes', { ...subscription, NotifyStrategy: 'EXPONENTIAL_DECAY_RETRY' });
  expect((await client.call('mns', 'GetSubscriptionAttributes', subscription)).Data).toMatchObject({
    Endpoint: `acs:mns:${REGION}:${server.account.identity.accountId}:queues/fan`,
    FilterTag: 'urgent',
    NotifyStrategy: 'EXPONENTIAL_DECAY_RETRY',
    NotifyContentFormat: 'SIMPLIFIED',
  });
  expect((await client.call('mns', 'ListSubscriptionByTopic', topic)).Data).toMatchObject({ Total: 1 });
  const refused: [string, Record<string, unknown>][] = [
    ['EndpointInvalid', { ...given, SubscriptionName: 'web', PushType: 'http', Endpoint: 'http://127.0.0.1/x' }],
    ['EndpointInvalid', { ...given, SubscriptionName: 'odd', Endpoint: 'http://127.0.0.1/x' }],
    ['InvalidArgument', { ...given, SubscriptionName: 'dead', 'DlqPolicy.Enabled': true }],
    ['InvalidArgument', { ...given, SubscriptionName: 'never', NotifyStrategy: 'NEVER' }],
    ['QueueNotExist', { ...given, SubscriptionName: 'none', Endpoint: 'none' }],
    ['SubscriptionAlreadyExist', given],
  ];
  for (const [code, parameters] of refused) {
    await expect(client.call('mns', 'Subscribe', parameters)).rejects.toMatchObject({ code });
  }
  await client.call('mns', 'Unsubscribe', subscription);
  await expect(client.call('mns', 'GetSubscriptionAttributes', subscription)).rejects.toMatchObject({
    code: 'SubscriptionNotExist',
  });
  await client.call('mns', 'DeleteTopic', topic);
  await expect(client.call('mns', 'GetTopicAttributes', topic)).rejects.toMatchObject({ code: 'TopicNotExist' });
  await expect(client.call('mns', 'CreateTopic', { ...topic, TopicType: 'fifo' })).rejects.toMatchObject({
    code: 'InvalidArgument',
  });
});

it.each<[string, string, Record<string, unknown>]>([
  ['MissingParameter', 'OnsTopicCreate', { Topic: 'topic' }],
  ['BIZ_FIELD_CHECK_INVALID', 'OnsTopicCreate', { Topic: 'topic', MessageType: 3 }],
  ['BIZ_FIELD_CHECK_INVALID', 'OnsTopicCreate', { Topic: 'GID_t' }],
  ['BIZ_FIELD_CHECK_INVALID', 'OnsGroupCreate', { GroupId: 'group' }],
  ['BIZ_FIELD_CHECK_INVALID', 'TagResources', { ResourceType: 'CLUSTER', 'ResourceId.1': 'x' }],
  ['BIZ_FIELD_CHECK_INVALID', 'OnsMessagePageQueryByTopic', { Topic: 'topic', BeginTime: 2, EndTime: 1 }],
  ['BIZ_TOPIC_NOT_FOUND', 'OnsTopicStatus', { Topic: 'none' }],
  ['BIZ_TOPIC_NOT_FOUND', 'OnsMessageGetByMsgId', { Topic: 'none', MsgId: 'x' }],
  ['AUTH_RESOURCE_OWNER_ERROR', 'OnsGroupDelete', { GroupId: 'GID_none' }],
  ['InvalidParameter.MessageType', 'OnsTopicCreate', { Topic: 'topic', MessageType: 'many' }],
])('answers %s to %s %o', async (code, action, parameters) => {
  const given = action === 'OnsTopicCreate' && code === 'MissingParameter' ? parameters : { InstanceId, ...parameters };
  await expect(ons(action, given)).rejects.toMatchObject({ code });
});
