import {
  MessageProperties,
  MQClient,
  type MQConsumer,
  type MQProducer,
  type MQTransProducer,
} from '@aliyunmq/mq-http-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { openRequest, signedRequest } from './signed-request';
import { eventually } from '../../eventually';

const NORMAL = 0;
const PARTITIONED = 1;
const GLOBALLY_ORDERED = 2;
const TRANSACTIONAL = 4;
const TIMED = 5;

let server: StartedHttpServer;
let instanceId: string;
let client: MQClient;

beforeEach(async () => {
  server = await startHttpServer();
  const { ons, identity } = server.account;
  ({ instanceId } = ons.createInstance(REGION, { instanceName: 'types' }));
  ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
  client = new MQClient(`http://${server.endpoint}`, identity.accessKeyId, identity.accessKeySecret);
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

function topicOf(messageType: number): { producer: MQProducer; consumer: MQConsumer; name: string } {
  const name = `topic-${messageType}`;
  server.account.ons.createTopic(REGION, { instanceId, topic: name, messageType });
  return {
    name,
    producer: client.getProducer(instanceId, name),
    consumer: client.getConsumer(instanceId, name, 'GID_http'),
  };
}

function properties(set: (properties: MessageProperties) => void): MessageProperties {
  const made = new MessageProperties();
  set(made);
  return made;
}

const sharded = (key: string) => properties((one) => one.shardingKey(key));
const half = (seconds = 10) => properties((one) => one.transCheckImmunityTime(seconds));

/** The clock of signatures, deadlines and the account alike. */
function passTime(millis: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
  vi.setSystemTime(now + millis);
}

async function nothing(receive: Promise<unknown>): Promise<void> {
  await expect(receive).rejects.toMatchObject({ Code: 'MessageNotExist' });
}

async function received(consumer: MQConsumer, most = 16): Promise<string[]> {
  return (await consumer.consumeMessage(most)).body.map(({ MessageBody }) => MessageBody);
}

async function inOrder(consumer: MQConsumer, most = 16) {
  const { body } = await consumer.consumeMessageOrderly(most);
  return {
    bodies: body.map(({ MessageBody }) => MessageBody),
    handles: body.map(({ ReceiptHandle }) => ReceiptHandle),
  };
}

describe('properties', () => {
  it('come back as they were sent, and TCP clients get them too', async () => {
    const { producer, consumer } = topicOf(NORMAL);
    const sent = properties((one) => {
      one.messageKey('the-key');
      one.shardingKey('shard');
      one.putProperty('a', '1');
      one.putProperty('名', ' 值 ');
      one.putProperty('__proto__', 'x');
    });
    const { MessageId } = (await producer.publishMessage('body', 'tag', sent)).body;
    const [message] = (await consumer.consumeMessage(1)).body;
    expect(message).toMatchObject({ MessageKey: 'the-key', ShardingKey: 'shard' });
    expect(message.Properties.a).toBe('1');
    expect(message.Properties['名']).toBe(' 值 ');
    expect(server.account.ons.findMessage(MessageId)).toMatchObject({
      key: 'the-key',
      tag: 'tag',
      properties: { a: '1', 名: ' 值 ', __SHARDINGKEY: 'shard' },
    });
  });

  it('of TCP clients come over HTTP, whatever characters they have', async () => {
    const { consumer, name } = topicOf(NORMAL);
    server.account.ons.sendMessage(REGION, {
      instanceId,
      topic: name,
      body: 'body',
      key: 'k',
      properties: { url: 'http://a|b', plain: 'p', empty: '' },
      producerId: 'GID_tcp',
    });
    const [message] = (await consumer.consumeMessage(1)).body;
    expect(message).toMatchObject({ MessageKey: 'k', Properties: { url: 'http%3A//a%7Cb', plain: 'p' } });
  });

  it.each([
    ['without a name', ':x'],
    ['without a value', 'alone'],
    ['of a name that is the service’s own', 'a:1|UNIQ_KEY:x'],
    ['with a time that is none', '__STARTDELIVERTIME:soon'],
    ['with a time beyond 40 days', `__STARTDELIVERTIME:${Date.now() + 41 * 86_400_000}`],
    ['with a check that comes too early', '__TransCheckT:9'],
    ['with a check that comes too late', '__TransCheckT:301'],
    ['with a character that parts those of TCP', 'a:\x01'],
  ])('%s are refused', async (_what, text) => {
    const { name } = topicOf(NORMAL);
    const { status, text: answer } = await signedRequest(server.port, server.account.identity, {
      method: 'POST',
      target: `/topics/${name}/messages?ns=${instanceId}`,
      body: `<Message><MessageBody>x</MessageBody><Properties>${text}</Properties></Message>`,
    });
    expect([status, answer]).toEqual([400, expect.stringContaining('<Code>InvalidArgument</Code>')]);
    expect(server.account.ons.messageCount(instanceId, name)).toBe(0);
  });
});

describe('a timed message', () => {
  it.each([TIMED, NORMAL])('wakes who waits for it at its time, on a topic of type %i', async (type) => {
    const { producer, consumer } = topicOf(type);
    const timed = (body: string, at: number) =>
      producer.publishMessage(
        body,
        '',
        properties((one) => one.startDeliverTime(at)),
      );
    await timed('far', Date.now() + 3_600_000);
    const at = Date.now() + 1500;
    await timed('near', at);
    const [message] = (await consumer.consumeMessage(1, 30)).body;
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    expect(message).toMatchObject({ MessageBody: 'near', StartDeliverTime: at });
    await nothing(consumer.consumeMessage(1));
  });

  it('whose time is over comes at once', async () => {
    const { producer, consumer } = topicOf(TIMED);
    await producer.publishMessage(
      'past',
      '',
      properties((one) => one.startDeliverTime(Date.now() - 1000)),
    );
    expect(await received(consumer)).toEqual(['past']);
  });
});

describe('a transaction', () => {
  let producer: MQTransProducer;
  let consumer: MQConsumer;
  let name: string;

  beforeEach(() => {
    ({ consumer, name } = topicOf(TRANSACTIONAL));
    producer = client.getTransProducer(instanceId, name, 'GID_http');
  });

  it('gives its message to consumers once it is committed', async () => {
    const { MessageId, ReceiptHandle } = (await producer.publishMessage('half', 'tag', half())).body;
    await nothing(consumer.consumeMessage(1));
    expect(server.account.ons.findMessage(MessageId)).toBeUndefined();
    expect((await producer.commit(ReceiptHandle!)).code).toBe(204);
    expect((await consumer.consumeMessage(1)).body).toMatchObject([{ MessageId, MessageBody: 'half' }]);
    // Only once, and not to be undone.
    expect(await producer.commit(ReceiptHandle!)).toMatchObject({
      code: 404,
      body: [{ ErrorCode: 'ReceiptHandleError' }],
    });
    expect((await producer.rollback(ReceiptHandle!)).code).toBe(404);
    await nothing(consumer.consumeMessage(1));
  });

  it('that is rolled back never shows', async () => {
    const { ReceiptHandle } = (await producer.publishMessage('half', '', half())).body;
    expect((await producer.rollback(ReceiptHandle!)).code).toBe(204);
    passTime(3_600_000);
    await nothing(producer.consumeHalfMessage(16));
    await nothing(consumer.consumeMessage(1));
  });

  it('is asked for after its time and then every ten seconds, and for a day only', async () => {
    const { ReceiptHandle, MessageId } = (await producer.publishMessage('half', '', half(30))).body;
    passTime(29_000);
    await nothing(producer.consumeHalfMessage(1));
    passTime(2_000);
    const [first] = (await producer.consumeHalfMessage(1)).body;
    expect(first).toMatchObject({ MessageId, MessageBody: 'half', ConsumedTimes: '1' });
    await nothing(producer.consumeHalfMessage(1));
    passTime(11_000);
    for (const handle of [ReceiptHandle!, first.ReceiptHandle]) {
      expect(await producer.commit(handle)).toMatchObject({ code: 404, body: [{ ErrorCode: 'MessageNotExist' }] });
    }
    const [second] = (await producer.consumeHalfMessage(1)).body;
    expect(second).toMatchObject({ MessageId, ConsumedTimes: '2' });
    expect((await producer.commit(second.ReceiptHandle)).code).toBe(204);
    expect(await received(consumer)).toEqual(['half']);

    await producer.publishMessage('old', '', half());
    passTime(86_400_000);
    await nothing(producer.consumeHalfMessage(16));
  });

  it('wakes its producer, who waits to be asked', async () => {
    const { ons } = server.account;
    const message = { instanceId, topic: name, body: 'half', key: '', tag: '', properties: {}, producerId: '' };
    const waits = vi.spyOn(ons.messages, 'onArrival');
    const waiting = producer.consumeHalfMessage(1, 20);
    await eventually(() => expect(waits).toHaveBeenCalled());
    ons.transactions.begin(message, 300);
    expect((await waiting).body).toMatchObject([{ MessageBody: 'half' }]);
  });

  it('is of its topic, of groups of HTTP, and gone with the topic', async () => {
    const { ReceiptHandle } = (await producer.publishMessage('half', '', half())).body;
    server.account.ons.createTopic(REGION, { instanceId, topic: 'other', messageType: TRANSACTIONAL });
    expect((await client.getTransProducer(instanceId, 'other', 'GID_http').commit(ReceiptHandle!)).code).toBe(404);
    const refused = client.getTransProducer(instanceId, name, 'GID_tcp').commit(ReceiptHandle!);
    await expect(refused).rejects.toMatchObject({ Code: 'SubscriptionNotExist' });
    void server.account.ons.deleteTopic(REGION, instanceId, name);
    server.account.ons.createTopic(REGION, { instanceId, topic: name, messageType: TRANSACTIONAL });
    expect((await producer.commit(ReceiptHandle!)).code).toBe(404);
  });

  it('may be timed: it waits for both', async () => {
    const at = Date.now() + 1000;
    const both = half();
    both.startDeliverTime(at);
    const { ReceiptHandle } = (await producer.publishMessage('both', '', both)).body;
    await producer.commit(ReceiptHandle!);
    expect((await consumer.consumeMessage(1, 30)).body).toMatchObject([{ MessageBody: 'both' }]);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
  });
});

describe('consuming in order', () => {
  it('gives the next of a queue once all before is acknowledged, and other queues meanwhile', async () => {
    const { producer, consumer } = topicOf(PARTITIONED);
    for (const body of ['a0', 'a1', 'a2', 'a3']) {
      await producer.publishMessage(body, '', sharded('a'));
    }
    await producer.publishMessage('b0', '', sharded('b'));
    const first = await inOrder(consumer, 2);
    expect(first.bodies).toEqual(['a0', 'a1']);
    const second = await inOrder(consumer);
    expect(second.bodies).toEqual(['b0']);
    await nothing(consumer.consumeMessageOrderly(16));
    await consumer.ackMessage([first.handles[1]]);
    await nothing(consumer.consumeMessageOrderly(16));
    // Who waits goes on as soon as the rest is acknowledged.
    const waits = vi.spyOn(server.account.ons.consumers, 'onAcknowledge');
    const waiting = consumer.consumeMessageOrderly(16, 20);
    await eventually(() => expect(waits).toHaveBeenCalled());
    await consumer.ackMessage([first.handles[0]]);
    expect((await waiting).body.map(({ MessageBody }) => MessageBody)).toEqual(['a2', 'a3']);
  });

  it('gives again, in order, what was not acknowledged in its minute', async () => {
    const { producer, consumer } = topicOf(GLOBALLY_ORDERED);
    for (const body of ['0', '1', '2', '3']) {
      await producer.publishMessage(body, '', sharded('any'));
    }
    const first = await inOrder(consumer, 3);
    expect(first.bodies).toEqual(['0', '1', '2']);
    await consumer.ackMessage([first.handles[1]]);
    passTime(59_000);
    await nothing(consumer.consumeMessageOrderly(16));
    passTime(2_000);
    expect(await consumer.ackMessage([first.handles[0]])).toMatchObject({
      code: 404,
      body: [{ ErrorCode: 'MessageNotExist' }],
    });
    // One by one: what is left of the batch stays before what is new.
    const again = await inOrder(consumer, 1);
    expect(again.bodies).toEqual(['0']);
    await nothing(consumer.consumeMessageOrderly(16));
    await consumer.ackMessage(again.handles);
    const rest = await inOrder(consumer);
    expect(rest.bodies).toEqual(['2']);
    await consumer.ackMessage(rest.handles);
    expect((await inOrder(consumer)).bodies).toEqual(['3']);
  });

  it('keeps keys together, in the queue that the TCP client for Java would take', async () => {
    const { producer, name } = topicOf(PARTITIONED);
    for (const key of ['order-1', 'order-2', '中文', 'order-1']) {
      await producer.publishMessage(key, '', sharded(key));
    }
    const queues = [...server.account.ons.messagesFrom(instanceId, name, 0)].map(({ queueId }) => queueId);
    // Math.abs(key.hashCode()) % 4, computed by Java.
    expect(queues).toEqual([2, 1, 2, 2]);
  });

  it('gives each message to one of two consumers, and none twice', async () => {
    const { producer, name } = topicOf(PARTITIONED);
    const keys = ['a', 'b', 'c', 'd'];
    for (let at = 0; at < 24; at += 1) {
      await producer.publishMessage(`${keys[at % 4]}${at}`, '', sharded(keys[at % 4]));
    }
    const got: string[] = [];
    const run = async () => {
      const consumer = client.getConsumer(instanceId, name, 'GID_http');
      while (got.length < 24) {
        const batch = await inOrder(consumer, 3).catch(() => ({ bodies: [], handles: [] }));
        got.push(...batch.bodies);
        if (batch.handles.length > 0) {
          await consumer.ackMessage(batch.handles);
        }
      }
    };
    await Promise.all([run(), run()]);
    expect(new Set(got).size).toBe(24);
    for (const key of keys) {
      const own = got.filter((body) => body.startsWith(key)).map((body) => Number(body.slice(1)));
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it('shares what is read with consuming without order', async () => {
    const { producer, consumer } = topicOf(PARTITIONED);
    for (const body of ['0', '1', '2']) {
      await producer.publishMessage(body, '', sharded('a'));
    }
    expect(await received(consumer, 1)).toEqual(['0']);
    await nothing(consumer.consumeMessageOrderly(16));
    expect(await received(consumer, 1)).toEqual(['1']);
    passTime(301_000);
    expect((await inOrder(consumer)).bodies).toEqual(['0', '1']);
  });
});

describe('a body', () => {
  /** By a request of its own, for the client gives up after three seconds. */
  const send = async (name: string, body: string) =>
    (
      await signedRequest(server.port, server.account.identity, {
        method: 'POST',
        target: `/topics/${name}/messages?ns=${instanceId}`,
        body,
      })
    ).text;

  it('may have 4 MB, and characters that XML has to escape', async () => {
    const { consumer, name } = topicOf(NORMAL);
    const bodies = ['x'.repeat(4 << 20), '"&<'.repeat(1 << 14), '<!DOCTYPE html><p>&amp;</p>\n\t]]>', '€'.repeat(1000)];
    const message = (body: string) =>
      `<Message><MessageBody>${body.replaceAll('&', '&amp;').replaceAll('<', '&#x3C;')}</MessageBody></Message>`;
    for (const body of bodies) {
      expect(await send(name, message(body))).toContain('<MessageId>');
    }
    const got = await received(consumer);
    expect(got.map((body, at) => body === bodies[at])).toEqual(bodies.map(() => true));
    expect(await send(name, message('x'.repeat((4 << 20) + 1)))).toContain('<Code>InvalidArgument</Code>');
  });

  it('that stands in CDATA may hold a document type, and is no document type outside', async () => {
    const { name, consumer } = topicOf(NORMAL);
    const wrapped = '<Message><MessageBody><![CDATA[<!DOCTYPE html>&lt;]]></MessageBody></Message>';
    expect(await send(name, wrapped)).toContain('<MessageId>');
    expect(await received(consumer)).toEqual(['<!DOCTYPE html>&lt;']);
    const declared = '<!DOCTYPE x [<!ENTITY y "z">]><Message><MessageBody>&y;</MessageBody></Message>';
    expect(await send(name, declared)).toContain('<Code>MalformedXML</Code>');
  });

  it('that a TCP client sent and XML cannot hold comes in Base64', async () => {
    const { name, consumer } = topicOf(NORMAL);
    for (const body of [Buffer.from([0xff, 0]), 'a\0b']) {
      server.account.ons.sendMessage(REGION, { instanceId, topic: name, body, producerId: '' });
    }
    expect(await received(consumer)).toEqual(['/wA=', Buffer.from('a\0b').toString('base64')]);
  });
});

describe('a request', () => {
  it('is answered in the namespace that Java’s SDK reads errors in', async () => {
    const { name } = topicOf(NORMAL);
    const get = (query: string) =>
      signedRequest(server.port, server.account.identity, {
        method: 'GET',
        target: `/topics/${name}/messages?ns=${instanceId}&${query}`,
      });
    const root = '<Error xmlns="http://mq.aliyuncs.com/doc/v1"><Code>';
    expect((await get('consumer=GID_http&numOfMessages=1')).text).toContain(`${root}MessageNotExist<`);
    expect((await get('consumer=GID_none&numOfMessages=1')).text).toContain(`${root}SubscriptionNotExist<`);
    expect((await get('consumer=GID_http&trans=commit')).text).toContain(`${root}InvalidQueryString<`);
  });

  it('without a handle, or with too many, is refused', async () => {
    const { name } = topicOf(NORMAL);
    const acknowledge = async (count: number) =>
      (
        await signedRequest(server.port, server.account.identity, {
          method: 'DELETE',
          target: `/topics/${name}/messages?ns=${instanceId}&consumer=GID_http`,
          body: `<ReceiptHandles>${'<ReceiptHandle>x-y</ReceiptHandle>'.repeat(count)}</ReceiptHandles>`,
        })
      ).text;
    expect(await acknowledge(0)).toContain('<Code>MissingReceiptHandle</Code>');
    expect(await acknowledge(17)).toContain('<Code>InvalidArgument</Code>');
    expect(await acknowledge(2)).toContain('<ErrorCode>ReceiptHandleError</ErrorCode>');
  });

  it('that waits is told when its group goes, and leaves nothing of it behind', async () => {
    const { name, producer, consumer } = topicOf(NORMAL);
    const { ons } = server.account;
    const waiting = consumer.consumeMessage(1, 30);
    const refused = expect(waiting).rejects.toMatchObject({ Code: 'SubscriptionNotExist' });
    await eventually(() => expect(ons.polls.clients(instanceId, 'GID_http')).toHaveLength(1));
    void ons.deleteGroup(REGION, instanceId, 'GID_http');
    await producer.publishMessage('for nobody');
    await refused;
    ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
    expect(ons.polls.clients(instanceId, 'GID_http')).toEqual([]);
    expect(await received(client.getConsumer(instanceId, name, 'GID_http'))).toEqual(['for nobody']);
  });

  it('that waits is told when its topic goes, and gets nothing of what is left of it', async () => {
    const { name, consumer } = topicOf(NORMAL);
    const { ons, store } = server.account;
    const fill = (count: number) =>
      ons.messages.send(4, Array(count).fill({ instanceId, topic: name, body: 'x', producerId: '' }));
    fill(1200);
    const consumption = { instanceId, topic: name, groupId: 'GID_http' };
    ons.consumers.receive(consumption, { queueCount: 4, max: 1200, wants: () => true });
    const producer = client.getTransProducer(instanceId, name, 'GID_http');
    const waits = vi.spyOn(ons.messages, 'onArrival');
    const refused = [consumer.consumeMessage(16, 30), producer.consumeHalfMessage(16, 30)].map((waiting) =>
      expect(waiting).rejects.toMatchObject({ Code: 'TopicNotExist' }),
    );
    await eventually(() => expect(waits).toHaveBeenCalledTimes(2));
    const removed = ons.deleteTopic(REGION, instanceId, name);
    const half = { instanceId, topic: name, body: 'half', key: '', tag: '', properties: {}, producerId: '' };
    ons.transactions.begin(half, 0);
    await Promise.all([...refused, removed]);
    expect(store.problemOf([...store.rows()])).toBeUndefined();
    ons.createTopic(REGION, { instanceId, topic: name, messageType: NORMAL });
    fill(16);
    expect(await received(consumer)).toHaveLength(16);
  });

  it('whose time is over leaves nothing of a group that went meanwhile', async () => {
    const { consumer } = topicOf(NORMAL);
    const { ons } = server.account;
    const waiting = nothing(consumer.consumeMessage(1, 1));
    await eventually(() => expect(ons.polls.clients(instanceId, 'GID_http')).toHaveLength(1));
    void ons.deleteGroup(REGION, instanceId, 'GID_http');
    await waiting;
    ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
    expect(ons.polls.clients(instanceId, 'GID_http')).toEqual([]);
  });

  it('that ends a transaction is served of a group that must not receive', async () => {
    const { name, consumer } = topicOf(TRANSACTIONAL);
    const producer = client.getTransProducer(instanceId, name, 'GID_http');
    const { ReceiptHandle } = (await producer.publishMessage('half', '', half())).body;
    server.account.ons.enableGroup(REGION, instanceId, 'GID_http', false);
    expect((await producer.commit(ReceiptHandle!)).code).toBe(204);
    await expect(consumer.consumeMessage(1)).rejects.toMatchObject({ Code: 'AccessDenied' });
  });

  it('whose client has left while it waited takes no message', async () => {
    const { name, producer, consumer } = topicOf(NORMAL);
    const target = `/topics/${name}/messages?ns=${instanceId}&consumer=GID_http&numOfMessages=16&waitseconds=30`;
    const waits = vi.spyOn(server.account.ons.messages, 'onArrival');
    const left = Array.from({ length: 20 }, () => openRequest(server.port, server.account.identity, target));
    await eventually(() => expect(waits).toHaveBeenCalledTimes(20));
    left.forEach((request) => request.destroy());
    await producer.publishMessage('kept');
    expect(await received(consumer)).toEqual(['kept']);
  });
});
