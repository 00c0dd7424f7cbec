import * as fs from 'node:fs';
import * as http from 'node:http';
import * as os from 'node:os';
import * as path from 'node:path';
import { text } from 'node:stream/consumers';
import { MessageProperties, MQClient, type MQConsumer } from '@aliyunmq/mq-http-sdk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import { rawRequest } from '../server/raw-request';
import { RpcClient } from '../openapi/rpc-client';
import { headersOf, signedRequest } from './signed-request';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';

let server: StartedHttpServer;
let instanceId: string;

beforeEach(async () => {
  server = await startHttpServer();
  const { ons } = server.account;
  ({ instanceId } = ons.createInstance(REGION, { instanceName: 'receipts' }));
  ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

function client(key: { accessKeyId: string; accessKeySecret: string } = server.account.identity): MQClient {
  return new MQClient(`http://${server.endpoint}`, key.accessKeyId, key.accessKeySecret);
}

function send(body: string, tag = ''): string {
  return server.account.ons.sendMessage(REGION, { instanceId, topic: 'receipts', body, tag, producerId: 'GID_tcp' })
    .msgId;
}

async function bodies(consumer: MQConsumer, most = 16): Promise<string[]> {
  return (await consumer.consumeMessage(most)).body.map(({ MessageBody }) => MessageBody);
}

describe("MQ's client for Node.js", () => {
  it('receives what DLA sent, in order, each message once for each group', async () => {
    const ids = [send('one'), send('<two> & ]]> "more"'), send('three')];
    const consumer = client().getConsumer(instanceId, 'receipts', 'GID_http');
    const first = await consumer.consumeMessage(2);
    expect(first.body).toMatchObject([
      { MessageId: ids[0], MessageBody: 'one', ConsumedTimes: '1' },
      { MessageId: ids[1], MessageBody: '<two> & ]]> "more"' },
    ]);
    expect(await bodies(consumer)).toEqual(['three']);
    await expect(consumer.consumeMessage(1)).rejects.toMatchObject({ Code: 'MessageNotExist' });
    expect((await consumer.ackMessage(first.body.map(({ ReceiptHandle }) => ReceiptHandle))).code).toBe(204);

    server.account.ons.createGroup(REGION, { instanceId, groupId: 'GID_other', groupType: 'http' });
    expect(await bodies(client().getConsumer(instanceId, 'receipts', 'GID_other'))).toHaveLength(3);
  });

  it('publishes with a tag and a key, and receives by tag', async () => {
    const producer = client().getProducer(instanceId, 'receipts');
    const properties = new MessageProperties();
    properties.messageKey('the-key');
    const { body } = await producer.publishMessage('tagged', 'blue', properties);
    await producer.publishMessage('other', 'red');
    const consumer = client().getConsumer(instanceId, 'receipts', 'GID_http', 'blue||green');
    expect((await consumer.consumeMessage(16)).body).toMatchObject([
      { MessageId: body.MessageId, MessageBody: 'tagged', MessageTag: 'blue', MessageKey: 'the-key' },
    ]);
    expect(server.account.ons.findMessage(body.MessageId)).toMatchObject({ key: 'the-key', tag: 'blue' });
  });

  it('receives nothing while its group must not read', async () => {
    send('held back');
    const consumer = client().getConsumer(instanceId, 'receipts', 'GID_http');
    const rpc = new RpcClient(server.endpoint, server.account.identity);
    const group = { InstanceId: instanceId, GroupId: 'GID_http' };
    await rpc.call('ons', 'OnsGroupConsumerUpdate', { ...group, ReadEnable: false });
    await expect(consumer.consumeMessage(1)).rejects.toMatchObject({ Code: 'AccessDenied' });
    await rpc.call('ons', 'OnsGroupConsumerUpdate', { ...group, ReadEnable: true });
    expect(await bodies(consumer)).toEqual(['held back']);
  });

  it('waits for a message that comes later', async () => {
    const consumer = client().getConsumer(instanceId, 'receipts', 'GID_http');
    const waiting = consumer.consumeMessage(1, 30);
    setTimeout(() => send('late'), 100);
    expect((await waiting).body).toMatchObject([{ MessageBody: 'late' }]);
  });

  it('is refused without the right key, topic or kind of group', async () => {
    const { accessKeyId } = server.account.identity;
    const refusals: [string, Promise<unknown>][] = [
      [
        'SignatureDoesNotMatch',
        client({ accessKeyId, accessKeySecret: 'x' }).getConsumer(instanceId, 'receipts', 'GID_http').consumeMessage(1),
      ],
      ['TopicNotExist', client().getConsumer(instanceId, 'none', 'GID_http').consumeMessage(1)],
      ['TopicNotExist', client().getConsumer('MQ_INST_none', 'receipts', 'GID_http').consumeMessage(1)],
      ['SubscriptionNotExist', client().getConsumer(instanceId, 'receipts', 'GID_none').consumeMessage(1)],
      ['SubscriptionNotExist', client().getConsumer(instanceId, 'receipts', 'GID_tcp').consumeMessage(1)],
      ['InvalidArgument', client().getConsumer(instanceId, 'receipts', 'GID_http').consumeMessage(17)],
    ];
    for (const [code, refusal] of refusals) {
      await expect(refusal, code).rejects.toMatchObject({ Code: code });
    }
  });
});

it('gives again what was not acknowledged in time, and refuses its old handle', () => {
  vi.useFakeTimers();
  const { ons } = server.account;
  send('again');
  const subject = { instanceId, topic: 'receipts', groupId: 'GID_http' };
  const receive = () => ons.consumers.receive(subject, { queueCount: 4, max: 16, wants: () => true });
  const acknowledge = (handle: string) => ons.consumers.acknowledge(subject, [handle]);
  const [first] = receive();
  vi.setSystemTime(Date.now() - 3_600_000);
  vi.advanceTimersByTime(299_000);
  expect(receive()).toEqual([]);
  vi.advanceTimersByTime(2_000);
  expect(acknowledge(first.pending.receiptHandle)).toMatchObject({ acknowledged: 0 });
  const [second] = receive();
  expect(second).toMatchObject({ pending: { consumedTimes: 2 }, message: { body: 'again' } });
  expect(acknowledge(second.pending.receiptHandle)).toEqual({ acknowledged: 1, failed: [] });
  vi.advanceTimersByTime(600_000);
  expect(receive()).toEqual([]);
});

it.each([
  ['five minutes', false, 300_000],
  ['a minute, in order', true, 60_000],
])('makes a dead letter of what came again 288 times, after %s each', (_what, inOrder, millis) => {
  vi.useFakeTimers();
  const { ons } = server.account;
  const msgId = send('dead');
  const subject = { instanceId, topic: 'receipts', groupId: 'GID_http' };
  const receive = () => ons.consumers.receive(subject, { queueCount: 4, max: 16, wants: () => true, inOrder });
  for (let times = 1; times <= 289; times += 1) {
    expect(receive()).toMatchObject([{ message: { msgId }, pending: { consumedTimes: times } }]);
    vi.advanceTimersByTime(millis);
  }
  expect(receive()).toEqual([]);
  expect(ons.getDeadLetter(REGION, instanceId, 'GID_http', msgId)).toMatchObject({
    topic: '%DLQ%GID_http',
    body: 'dead',
    properties: { RETRY_TOPIC: `${instanceId}%receipts` },
  });
  vi.advanceTimersByTime(millis);
  expect(receive()).toEqual([]);
});

it('keeps the position of a group over a restart, and forgets it with the topic', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'positions-'));
  try {
    const open = <T>(work: (account: Account) => T): T => {
      const account = new Account(folder);
      try {
        return work(account);
      } finally {
        account.close();
      }
    };
    const { instanceId: id } = open(({ ons }) => ons.createInstance(REGION, { instanceName: 'durable' }));
    const subject = { instanceId: id, topic: 'topic', groupId: 'GID_http' };
    const count = ({ ons }: Account) =>
      ons.consumers.receive(subject, { queueCount: 4, max: 16, wants: () => true }).length;
    const fill = ({ ons }: Account) => {
      ons.createTopic(REGION, { instanceId: id, topic: 'topic', messageType: 0 });
      ons.sendMessage(REGION, { instanceId: id, topic: 'topic', body: 'x', producerId: '' });
    };
    open(fill);
    expect(open(count)).toBe(1);
    expect(open(count)).toBe(0);
    void open(({ ons }) => ons.deleteTopic(REGION, id, 'topic'));
    open(fill);
    expect(open(count)).toBe(1);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

describe('a request', () => {
  const refused = async (headers: Record<string, string> = {}, target = '/topics/receipts/messages') => {
    const host = `http://${server.account.identity.accountId}.mqrest.cn-hangzhou.aliyuncs.com`;
    const { status, text } = await rawRequest(server.port, { target: host + target, headers });
    return [status, /<Code>(\w+)<\/Code>/.exec(text)![1]];
  };
  const date = () => new Date().toUTCString();

  it('that is not signed as it should be is refused', async () => {
    const authorization = 'MQ x:y';
    expect(await refused()).toEqual([400, 'MissingAuthorizationHeader']);
    expect(await refused({ authorization })).toEqual([400, 'MissingDateHeader']);
    expect(await refused({ authorization: 'MNS x:y', date: date() })).toEqual([400, 'InvalidAuthorizationHeader']);
    expect(await refused({ authorization, date: 'today' })).toEqual([400, 'InvalidDateHeader']);
    expect(await refused({ authorization, date: new Date(0).toUTCString() })).toEqual([408, 'TimeExpired']);
    expect(await refused({ authorization, date: date() })).toEqual([403, 'InvalidAccessKeyId']);
  });

  it('of another path or method is refused', async () => {
    const signed = async (method: string, target: string) => {
      const answer = await signedRequest(server.port, server.account.identity, { method, target });
      return [answer.status, /<Code>(\w+)<\/Code>/.exec(answer.text)![1]];
    };
    expect(await signed('GET', '/topics/receipts')).toEqual([400, 'InvalidRequestURL']);
    expect(await signed('GET', '/topics/receipts/messages/more')).toEqual([400, 'InvalidRequestURL']);
    expect(await signed('PUT', '/topics/receipts/messages')).toEqual([405, 'InvalidRequestURL']);
    expect(await signed('POST', '/topics/receipts/messages?trans=pop')).toEqual([400, 'InvalidQueryString']);
    expect(await signed('GET', '/topics/receipts/messages?consumer=GID_http')).toEqual([404, 'TopicNotExist']);
  });
});

/** The answer to a request during whose body something else is done. */
async function interrupted(
  method: string,
  path: string,
  body: readonly [string, string],
  meanwhile: () => unknown,
): Promise<{ status?: number; code?: string }> {
  const { port, account } = server;
  const framing = { host: `127.0.0.1:${port}`, 'transfer-encoding': 'chunked' };
  const headers = { ...headersOf(account.identity, method, path), ...framing };
  const request = http.request({ port, method, path, headers, agent: false });
  const answer = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.on('response', resolve);
    request.on('error', reject);
  });
  const received = vi.spyOn(account.ons, 'findTopic');
  request.write(body[0]);
  await vi.waitFor(() => expect(received).toHaveBeenCalled(), 10_000);
  meanwhile();
  request.end(body[1]);
  const response = await answer;
  return { status: response.statusCode, code: /<Code>(\w+)<\/Code>/.exec(await text(response))?.[1] };
}

it.each(['', '<Properties>__TransCheckT:10|</Properties>'])(
  'a message is not stored on a topic that went while it came%s',
  async (properties) => {
    const { ons, store } = server.account;
    const body = ['<Message><MessageBody>text</MessageBody>', `${properties}</Message>`] as const;
    const remove = () => void ons.deleteTopic(REGION, instanceId, 'receipts');
    expect(await interrupted('POST', `/topics/receipts/messages?ns=${instanceId}`, body, remove)).toEqual({
      status: 404,
      code: 'TopicNotExist',
    });
    expect(store.problemOf([...store.rows()])).toBeUndefined();
  },
);

it.each<[string, string, string, () => unknown]>([
  [
    'a commit is not served of a topic',
    '&trans=commit',
    'TopicNotExist',
    () => server.account.ons.deleteTopic(REGION, instanceId, 'receipts'),
  ],
  [
    'an acknowledgement is not served of a group',
    '',
    'SubscriptionNotExist',
    () => server.account.ons.deleteGroup(REGION, instanceId, 'GID_http'),
  ],
])('%s that went while it came', async (_, query, code, remove) => {
  const path = `/topics/receipts/messages?consumer=GID_http&ns=${instanceId}${query}`;
  const body = ['<ReceiptHandles>', '<ReceiptHandle>x</ReceiptHandle></ReceiptHandles>'] as const;
  expect(await interrupted('DELETE', path, body, () => void remove())).toEqual({ status: 404, code });
});
