import { Readable } from 'node:stream';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { exportSnapshot, importSnapshot, resetAccount } from '../../../lib/local-cloud/account/snapshot';
import { RequestCode, ResponseCode } from '../../../lib/local-cloud/rocketmq/codes';
import type { Connection } from '../../../lib/local-cloud/rocketmq/connection';
import type { Frame } from '../../../lib/local-cloud/rocketmq/frame';
import { heartbeat } from '../../../lib/local-cloud/rocketmq/membership';
import { Caller, type Context, RocketMqRequest } from '../../../lib/local-cloud/rocketmq/request';
import { scratchFolder } from '../../scratch';
import { pulledMessages, RocketMqClient } from './rocketmq-client';
import { REGION, StartedServer } from './started-server';
import { eventually } from '../../eventually';

const CLOSING = Buffer.from('00000003', 'hex');

let server: StartedServer;
let folder: string;
let client: RocketMqClient;

beforeEach(async () => {
  folder = scratchFolder();
  server = await StartedServer.start(folder);
  client = await server.connect();
});
afterEach(() => server.stop());

function sendBy(model: StartedServer, body: string, tag = '', queueId = 0): string {
  const { account, instanceId } = model;
  return account.ons.sendMessage(REGION, {
    instanceId,
    topic: 'receipts',
    body,
    tag,
    key: 'the-key',
    queueId,
    producerId: 'GID_tcp',
  }).msgId;
}

function pull(fields: Record<string, string | number> = {}, by = client): Promise<Frame> {
  return by.request(RequestCode.PULL_MESSAGE, {
    consumerGroup: server.name('GID_tcp'),
    topic: server.name('receipts'),
    queueId: 0,
    queueOffset: 0,
    maxMsgNums: 32,
    sysFlag: 0,
    commitOffset: 0,
    suspendTimeoutMillis: 15_000,
    ...fields,
  });
}

const MAY_WAIT = { sysFlag: 2 };

function send(body: Buffer | string, fields: Record<string, string | number> = {}, by = client): Promise<Frame> {
  return by.request(
    RequestCode.SEND_MESSAGE_V2,
    {
      a: server.name('GID_tcp'),
      b: server.name('receipts'),
      e: 0,
      f: 0,
      g: 1_795_705_401_428,
      h: 0,
      i: 'KEYS\x01k1\x02TAGS\x01blue\x02UNIQ_KEY\x01AC13140925E468C4039C6FFCFD50001B\x02color\x01red\x02',
      j: 0,
      ...fields,
    },
    Buffer.from(body),
  );
}

function subscription(group: string, subString = '*', clientID = 'client-1'): object {
  return {
    clientID,
    producerDataSet: [{ groupName: 'CLIENT_INNER_PRODUCER' }],
    consumerDataSet: [
      {
        groupName: server.name(group),
        subscriptionDataSet: [
          { topic: server.name('receipts'), subString, expressionType: 'TAG' },
          { topic: `%RETRY%${server.name(group)}`, subString: '*', expressionType: 'TAG' },
        ],
      },
    ],
  };
}

const bodies = ({ body }: Frame) => pulledMessages(body).map((message) => message.body.toString());

describe('the route of a topic', () => {
  const route = async (topic: string) => client.request(RequestCode.GET_ROUTEINFO_BY_TOPIC, { topic });
  const queues = async (topic: string) =>
    (JSON.parse((await route(topic)).body.toString()) as { queueDatas: { readQueueNums: number }[] }).queueDatas[0]
      .readQueueNums;

  it('is the address that the client came to', async () => {
    const { code, body } = await route(server.name('receipts'));
    expect(code).toBe(ResponseCode.SUCCESS);
    expect(JSON.parse(body.toString())).toMatchObject({
      brokerDatas: [{ brokerAddrs: { 0: `127.0.0.1:${server.port}` } }],
      queueDatas: [{ perm: 6, readQueueNums: 4, writeQueueNums: 4 }],
    });
  });

  it('has one queue where all messages have one order, and for the retries of a TCP group', async () => {
    server.account.ons.createTopic(REGION, { instanceId: server.instanceId, topic: 'ordered', messageType: 2 });
    expect(await queues(server.name('ordered'))).toBe(1);
    expect(await queues(`%RETRY%${server.name('GID_tcp')}`)).toBe(1);
  });

  it('is not there for a topic, group or instance that is not', async () => {
    for (const topic of [
      server.name('absent'),
      `%RETRY%${server.name('GID_absent')}`,
      `%RETRY%${server.name('GID_http')}`,
      'MQ_INST_1_absent%receipts',
      'receipts',
      'TBW102',
    ]) {
      expect((await route(topic)).code, topic).toBe(ResponseCode.TOPIC_NOT_EXIST);
    }
    // What clients always ask for is not logged as refused.
    expect(server.requests.map(({ resource }) => resource)).not.toContain('TBW102');
    expect(server.requests.at(-1)!.message).toContain('namespace');
  });
});

describe('a pull', () => {
  it('brings messages with the id that the account knows them by', async () => {
    const ids = [sendBy(server, 'one', 'blue'), sendBy(server, 'two')];
    const answer = await pull();
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(Object.fromEntries(answer.fields)).toEqual({
      suggestWhichBrokerId: '0',
      nextBeginOffset: '2',
      minOffset: '0',
      maxOffset: '2',
    });
    expect(pulledMessages(answer.body)).toMatchObject([
      {
        queueOffset: 0,
        topic: server.name('receipts'),
        body: Buffer.from('one'),
        properties: { KEYS: 'the-key', TAGS: 'blue', UNIQ_KEY: ids[0] },
      },
      { queueOffset: 1, body: Buffer.from('two'), properties: { KEYS: 'the-key', UNIQ_KEY: ids[1] } },
    ]);
    expect(bodies(await pull({ queueOffset: 1 }))).toEqual(['two']);
    expect(bodies(await pull({ maxMsgNums: 1 }))).toEqual(['one']);
  });

  it('carries at most 32 messages, and 256 KiB of more than one', async () => {
    for (let index = 0; index < 40; index += 1) {
      sendBy(server, `${index}`);
    }
    expect(bodies(await pull({ maxMsgNums: 1000 }))).toHaveLength(32);
    for (let index = 0; index < 3; index += 1) {
      sendBy(server, 'x'.repeat(200 << 10), '', 1);
    }
    expect(bodies(await pull({ queueId: 1 }))).toHaveLength(1);
  });

  it('waits only where no thousand others of its connection do', async () => {
    const wait = { ...MAY_WAIT, suspendTimeoutMillis: 600_000 };
    const waiting = Array.from({ length: 1000 }, () => pull(wait));
    const more = await pull(wait);
    expect({ code: more.code, remark: more.remark }).toEqual({
      code: ResponseCode.SYSTEM_BUSY,
      remark: expect.stringContaining('1000 requests of this connection wait already') as string,
    });
    sendBy(server, 'one');
    for (const answer of await Promise.all(waiting)) {
      expect(answer.code).toBe(ResponseCode.SUCCESS);
    }
    expect((await pull(wait)).code).toBe(ResponseCode.SUCCESS);
  });

  it('may have the number of those that pull when they are asked', async () => {
    sendBy(server, 'lite');
    const fields = {
      consumerGroup: server.name('GID_tcp'),
      topic: server.name('receipts'),
      queueId: 0,
      queueOffset: 0,
    };
    expect(bodies(await client.request(RequestCode.LITE_PULL_MESSAGE, fields))).toEqual(['lite']);
    const none = await client.request(RequestCode.LITE_PULL_MESSAGE, { ...fields, queueOffset: 1, sysFlag: 0 });
    expect(none.code).toBe(ResponseCode.PULL_NOT_FOUND);
    // That there is nothing new is not logged as refused.
    expect(server.requests).toEqual([]);
  });

  it('passes over messages that the group does not want', async () => {
    await client.request(RequestCode.HEART_BEAT, {}, subscription('GID_tcp', 'blue || green'));
    sendBy(server, 'one', 'red');
    sendBy(server, 'two', 'green');
    sendBy(server, 'three');
    const answer = await pull();
    expect(bodies(answer)).toEqual(['two']);
    expect(answer.fields.get('nextBeginOffset')).toBe('3');
    const none = await pull({ queueOffset: 2 });
    expect(none.code).toBe(ResponseCode.PULL_RETRY_IMMEDIATELY);
    expect(none.fields.get('nextBeginOffset')).toBe('3');
    // The request's own subscription goes before the heartbeat's.
    expect(bodies(await pull({ sysFlag: 4, subscription: 'red' }))).toEqual(['one']);
  });

  it('is answered at once where it may not wait, otherwise when a message comes from anywhere', async () => {
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
    let answered = false;
    const waiting = pull(MAY_WAIT);
    void waiting.then(() => (answered = true));
    const elsewhere = sendBy(server, 'in another queue', '', 3);
    // An answer to a later request proves that the first had its chance.
    expect(pulledMessages((await pull({ queueId: 3 })).body)[0].properties.UNIQ_KEY).toBe(elsewhere);
    expect(answered).toBe(false);
    sendBy(server, 'here');
    expect(bodies(await waiting)).toEqual(['here']);
  });

  it('is answered when its time is over', async () => {
    const answer = await pull({ ...MAY_WAIT, suspendTimeoutMillis: 20 });
    expect(answer.code).toBe(ResponseCode.PULL_NOT_FOUND);
    expect(answer.fields.get('nextBeginOffset')).toBe('0');
  });

  it('from beyond the queue is told where to go on', async () => {
    sendBy(server, 'one');
    for (const [queueOffset, next] of [
      [-1, '0'],
      [2, '1'],
    ] as const) {
      const answer = await pull({ queueOffset });
      expect(answer.code).toBe(ResponseCode.PULL_OFFSET_MOVED);
      expect(answer.fields.get('nextBeginOffset')).toBe(next);
    }
  });

  it('that waits is refused when its group must not receive any more', async () => {
    const waiting = pull(MAY_WAIT);
    await pull();
    server.account.ons.enableGroup(REGION, server.instanceId, 'GID_tcp', false);
    sendBy(server, 'one');
    expect((await waiting).code).toBe(ResponseCode.NO_PERMISSION);
  });

  it('of a client that has left is forgotten', async () => {
    const other = await server.connect();
    void pull(MAY_WAIT, other);
    await pull({}, other);
    await other.close();
    sendBy(server, 'one');
    expect(bodies(await pull())).toEqual(['one']);
  });

  it.each<[string, () => Record<string, string | number>, number, RegExp]>([
    ['a topic that is not there', () => ({ topic: server.name('absent') }), 17, /topic "absent" does not exist/],
    ['a group that is not there', () => ({ consumerGroup: server.name('GID_absent') }), 26, /group "GID_absent"/],
    ['a group without an instance', () => ({ consumerGroup: 'GID_tcp' }), 26, /names no instance.*namespace/],
    ['a group of HTTP clients', () => ({ consumerGroup: server.name('GID_http') }), 16, /HTTP clients/],
    ['a queue that is not there', () => ({ queueId: 4 }), 1, /queue from 0 to 3, got 4/],
    ['no whole number', () => ({ queueOffset: '1.5' }), 1, /whole number as queueOffset/],
    ['SQL', () => ({ expressionType: 'SQL92', subscription: 'a > 1' }), 23, /by tag, .* got "SQL92"/],
  ])('with %s is refused', async (_name, fields, code, remark) => {
    const answer = await pull(fields());
    expect({ code: answer.code, remark: answer.remark }).toEqual({
      code,
      remark: expect.stringMatching(remark) as string,
    });
    expect(server.requests.at(-1)).toMatchObject({
      action: 'rocketmq.PULL_MESSAGE',
      status: code,
      message: answer.remark,
    });
  });

  it('with a topic of another instance, or the retries of another group, is refused', async () => {
    const { ons } = server.account;
    const { instanceId } = ons.createInstance(REGION, { instanceName: 'other' });
    ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
    ons.createGroup(REGION, { instanceId: server.instanceId, groupId: 'GID_other', groupType: 'tcp' });
    for (const topic of [`${instanceId}%receipts`, `%RETRY%${server.name('GID_other')}`]) {
      const answer = await pull({ topic });
      expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
      expect(answer.remark).toContain('valid resource owner failed');
    }
  });
});

describe('offsets', () => {
  const position = () => ({
    consumerGroup: server.name('GID_tcp'),
    topic: server.name('receipts'),
    queueId: 0,
  });
  const query = async () => (await client.request(RequestCode.QUERY_CONSUMER_OFFSET, position())).fields.get('offset');
  const commit = async (commitOffset: number) =>
    (await client.request(RequestCode.UPDATE_CONSUMER_OFFSET, { ...position(), commitOffset })).code;

  it('begin with the first message, and are kept over a restart', async () => {
    ['one', 'two', 'three'].forEach((body) => sendBy(server, body));
    expect(await query()).toBe('0');
    expect(await commit(2)).toBe(ResponseCode.SUCCESS);
    await server.stop();
    server = await StartedServer.start(folder);
    client = await server.connect();
    expect(await query()).toBe('2');
  });

  it('are told by a pull, too', async () => {
    sendBy(server, 'one');
    await pull({ queueOffset: 1, sysFlag: 1, commitOffset: 1 });
    expect(await query()).toBe('1');
    await pull({ queueOffset: 1, sysFlag: 0, commitOffset: 0 });
    expect(await query()).toBe('1');
  });

  it('below the first message tell nothing, and beyond the last are refused', async () => {
    sendBy(server, 'one');
    await commit(1);
    expect(await commit(-1)).toBe(ResponseCode.SUCCESS);
    expect(await commit(2)).toBe(ResponseCode.SYSTEM_ERROR);
    expect(await query()).toBe('1');
  });

  it('of a one-way request are stored and not answered', async () => {
    sendBy(server, 'one');
    client.send(RequestCode.UPDATE_CONSUMER_OFFSET, { ...position(), commitOffset: 1 });
    expect(await query()).toBe('1');
  });

  it('go with their topic or group', async () => {
    sendBy(server, 'one');
    const { ons } = server.account;
    await commit(1);
    void ons.deleteGroup(REGION, server.instanceId, 'GID_tcp');
    ons.createGroup(REGION, { instanceId: server.instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
    expect(await query()).toBe('0');
    await commit(1);
    void ons.deleteTopic(REGION, server.instanceId, 'receipts');
    ons.createTopic(REGION, { instanceId: server.instanceId, topic: 'receipts', messageType: 0 });
    expect(await query()).toBe('0');
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it('of a queue tell its ends, and are found by time', async () => {
    const now = vi.spyOn(Date, 'now');
    for (const time of [1000, 2000, 3000]) {
      now.mockReturnValue(time);
      sendBy(server, `at ${time}`);
    }
    now.mockRestore();
    const ask = async (code: number, fields = {}) =>
      (await client.request(code, { topic: server.name('receipts'), queueId: 0, ...fields })).fields.get('offset');
    expect(await ask(RequestCode.GET_MAX_OFFSET)).toBe('3');
    expect(await ask(RequestCode.GET_MIN_OFFSET)).toBe('0');
    expect(await ask(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, { timestamp: 1500 })).toBe('1');
    expect(await ask(RequestCode.SEARCH_OFFSET_BY_TIMESTAMP, { timestamp: 4000 })).toBe('3');
    for (const [queueId, timestamp] of [
      [0, '1000'],
      [1, '-1'],
    ] as const) {
      const fields = { topic: server.name('receipts'), queueId };
      const answer = await client.request(RequestCode.GET_EARLIEST_MSG_STORETIME, fields);
      expect(answer.fields.get('timestamp')).toBe(timestamp);
    }
  });
});

describe('a sent message', () => {
  it('is what the account, and so every other protocol, knows', async () => {
    const answer = await send('hello');
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    expect(Object.fromEntries(answer.fields)).toMatchObject({ queueId: '0', queueOffset: '0' });
    const message = server.account.ons.findMessage('AC13140925E468C4039C6FFCFD50001B')!;
    expect(message).toMatchObject({
      topic: 'receipts',
      body: 'hello',
      key: 'k1',
      tag: 'blue',
      properties: { color: 'red' },
      producerId: 'GID_tcp',
      bornTimestamp: 1_795_705_401_428,
    });
    const [pulled] = pulledMessages((await pull()).body);
    expect(pulled.properties).toEqual({
      KEYS: 'k1',
      TAGS: 'blue',
      UNIQ_KEY: 'AC13140925E468C4039C6FFCFD50001B',
      color: 'red',
    });
  });

  it('without an id of its own gets the one that is answered', async () => {
    const { fields } = await send('hello', { i: '' });
    expect(server.account.ons.findMessage(fields.get('msgId')!)!.body).toBe('hello');
    expect(fields.get('msgId')).toMatch(/^7F000001[0-9A-F]{24}$/);
  });

  it('with long names of fields is the same', async () => {
    const fields = {
      producerGroup: server.name('GID_tcp'),
      topic: server.name('receipts'),
      queueId: 2,
      sysFlag: 0,
      bornTimestamp: 1,
      flag: 7,
      properties: 'KEYS\x01k2',
      reconsumeTimes: 0,
    };
    const answer = await client.request(RequestCode.SEND_MESSAGE, fields, Buffer.from('hello'));
    expect(server.account.ons.findMessage(answer.fields.get('msgId')!)).toMatchObject({
      key: 'k2',
      flag: 7,
      queueId: 2,
    });
  });

  it('may be compressed, and is read by everybody all the same', async () => {
    for (const sysFlag of [1, 769]) {
      const { fields } = await send(deflateSync('a long text'), { f: sysFlag, i: '' });
      expect(server.account.ons.findMessage(fields.get('msgId')!)!.body).toBe('a long text');
    }
    for (const [body, sysFlag] of [
      [Buffer.from('no zlib'), 1],
      [deflateSync('LZ4, says the flag'), 257],
      [deflateSync(Buffer.alloc(5 << 20)), 1],
    ] as const) {
      expect((await send(body, { f: sysFlag })).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    }
  });

  it('may hold any bytes', async () => {
    const body = Buffer.from('00ff80fe0a', 'hex');
    await send(body);
    expect(pulledMessages((await pull()).body)[0].body).toEqual(body);
  });

  it('of a batch is one of many', async () => {
    const item = (body: string, properties: string) => {
      const bytes = Buffer.alloc(22 + body.length + properties.length);
      bytes.writeInt32BE(bytes.length, 0);
      bytes.writeInt32BE(body.length, 16);
      bytes.write(body, 20);
      bytes.writeInt16BE(properties.length, 20 + body.length);
      bytes.write(properties, 22 + body.length);
      return bytes;
    };
    const batch = (body: Buffer) =>
      client.request(
        RequestCode.SEND_BATCH_MESSAGE,
        { a: server.name('GID_tcp'), b: server.name('receipts'), e: 0, m: 'true' },
        body,
      );
    const answer = await batch(Buffer.concat([item('one', 'KEYS\x01a\x02'), item('two', '')]));
    const ids = answer.fields.get('msgId')!.split(',');
    expect(ids.map((id) => server.account.ons.findMessage(id)!.body)).toEqual(['one', 'two']);
    expect(bodies(await pull())).toEqual(['one', 'two']);
    for (const body of [Buffer.alloc(0), item('one', '').subarray(1)]) {
      expect((await batch(body)).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    }
  });

  it('that is delayed comes when its time has come', async () => {
    const waiting = pull(MAY_WAIT);
    const at = Date.now() + 100;
    const { fields } = await send('later', { i: `__STARTDELIVERTIME\x01${at}\x02` });
    expect(server.account.ons.messageCount(server.instanceId, 'receipts')).toBe(0);
    await send('now', { i: '' });
    expect(bodies(await waiting)).toEqual(['now']);
    expect(bodies(await pull({ ...MAY_WAIT, queueOffset: 1 }))).toEqual(['later']);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    expect(server.account.ons.findMessage(fields.get('msgId')!)!.body).toBe('later');
  });

  it.each([
    ['TIMER_DELAY_MS', '100'],
    ['TIMER_DELIVER_MS', String(Date.now() + 3_600_000)],
    ['TIMER_DELAY_SEC', '3600'],
  ])('may be delayed as clients of 5.x do, by %s', async (name, value) => {
    await send('later', { i: `${name}\x01${value}\x02` });
    expect(server.account.ons.messageCount(server.instanceId, 'receipts')).toBe(0);
    if (name === 'TIMER_DELAY_MS') {
      expect(bodies(await pull(MAY_WAIT))).toEqual(['later']);
    }
  });

  it('that is delayed is still delivered after a restart', async () => {
    const { fields } = await send('later', { i: `__STARTDELIVERTIME\x01${Date.now() + 200}\x02` });
    await server.stop();
    server = await StartedServer.start(folder);
    client = await server.connect();
    expect(bodies(await pull(MAY_WAIT))).toEqual(['later']);
    expect(server.account.ons.findMessage(fields.get('msgId')!)).toBeDefined();
  });

  it.each<[string, Record<string, string | number>, number, RegExp]>([
    ['to a queue that is not there', { e: 4 }, 1, /queue from 0 to 3/],
    ['at the end of a transaction', { f: 8 }, 13, /one prepared message/],
    [
      'with a time before questions that is none',
      { f: 4, i: 'CHECK_IMMUNITY_TIME_IN_SECONDS\x01-1\x02' },
      13,
      /whole number as CHECK/,
    ],
    ['that waits for a reply', { i: 'REPLY_TO_CLIENT\x01client-1\x02' }, 13, /replies to are not served/],
    ['with a time that is none', { i: '__STARTDELIVERTIME\x01soon\x02' }, 13, /whole number as __START/],
    ['with a delay that is none', { i: 'TIMER_DELAY_MS\x01-1\x02' }, 13, /whole number as TIMER_DELAY_MS/],
    ['far in the future', { i: '__STARTDELIVERTIME\x019999999999999\x02' }, 13, /within 40 days/],
    ['with long properties', { i: `a\x01${'x'.repeat(32_000)}\x02` }, 13, /properties of up to/],
    ['with an id that is none', { i: 'UNIQ_KEY\x01a\0b\x02' }, 13, /without the characters/],
  ])('%s is refused', async (_name, fields, code, remark) => {
    const answer = await send('hello', fields);
    expect({ code: answer.code, remark: answer.remark }).toEqual({
      code,
      remark: expect.stringMatching(remark) as string,
    });
    expect(server.account.ons.messageCount(server.instanceId, 'receipts')).toBe(0);
  });

  it('to a dead-letter queue, by a group of HTTP clients, or too long, is refused', async () => {
    expect((await send('hello', { b: `%DLQ%${server.name('GID_tcp')}` })).code).toBe(ResponseCode.SYSTEM_ERROR);
    expect((await send('hello', { a: server.name('GID_http') })).code).toBe(ResponseCode.NO_PERMISSION);
    expect((await send(Buffer.alloc((4 << 20) + 1))).code).toBe(ResponseCode.MESSAGE_ILLEGAL);
    expect((await send(Buffer.alloc(4 << 20, 'a'))).code).toBe(ResponseCode.SUCCESS);
  });
});

describe('a message of a transaction', () => {
  const PRODUCERS = { clientID: 'producer-1', producerDataSet: [{ groupName: 'GID_bare' }], consumerDataSet: [] };
  /** A half message, for whose outcome its producer is asked at once. */
  const prepare = async (body: string, properties = 'CHECK_IMMUNITY_TIME_IN_SECONDS\x010\x02'): Promise<string> => {
    const answer = await send(body, {
      a: 'GID_bare',
      f: 4,
      i: `TRAN_MSG\x01true\x02PGROUP\x01GID_bare\x02${properties}`,
    });
    expect(answer.code).toBe(ResponseCode.SUCCESS);
    return String(Number(BigInt(`0x${answer.fields.get('msgId')!.slice(16)}`)));
  };
  const end = (commitLogOffset: string, commitOrRollback: number, fields: Record<string, string> = {}, by = client) =>
    by.request(RequestCode.END_TRANSACTION, {
      producerGroup: 'GID_bare',
      commitLogOffset,
      commitOrRollback,
      ...fields,
    });

  it('is delivered once it is committed, and not when it is rolled back', async () => {
    const [committed, rolledBack] = [await prepare('committed'), await prepare('rolled back')];
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
    expect((await end(rolledBack, 12)).code).toBe(ResponseCode.SUCCESS);
    expect((await end(committed, 0)).code).toBe(ResponseCode.SUCCESS);
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
    const waiting = pull(MAY_WAIT);
    expect((await end(committed, 8)).code).toBe(ResponseCode.SUCCESS);
    const [message] = pulledMessages((await waiting).body);
    expect(message).toMatchObject({ body: Buffer.from('committed'), properties: { PGROUP: 'GID_bare' } });
    expect(message.properties).not.toHaveProperty('TRAN_MSG');
    expect((await end(committed, 8)).remark).toMatch(/no transaction open/);
    expect(server.account.ons.messageCount(server.instanceId, 'receipts')).toBe(1);
  });

  it('is asked for of a producer of whose heartbeats only the caller is kept', () => {
    const producers = new Map<string, Caller>();
    const connection = { producers } as unknown as Connection;
    const context = { account: server.account } as Context;
    const caller = new Caller(server.account, undefined);
    const frame: Frame = {
      code: 0,
      opaque: 0,
      flag: 0,
      fields: new Map(),
      body: Buffer.from(JSON.stringify(PRODUCERS)),
    };
    heartbeat(new RocketMqRequest(context, connection, frame, 0, caller));
    expect([...producers.keys()]).toEqual(['GID_bare']);
    // Not compared deeply: a request leads to all of the account.
    expect(producers.get('GID_bare') === caller).toBe(true);
  });

  it('is asked for of its producer until that tells, after a restart, too', async () => {
    const offset = await prepare('open');
    await server.stop();
    server = await StartedServer.start(folder);
    client = await server.connect();
    await client.request(RequestCode.HEART_BEAT, {}, PRODUCERS);
    const question = await eventually(() => {
      expect(client.notified).toHaveLength(1);
      return client.notified[0];
    });
    expect(question.code).toBe(RequestCode.CHECK_TRANSACTION_STATE);
    expect(question.fields.get('commitLogOffset')).toBe(offset);
    expect(pulledMessages(question.body)).toMatchObject([
      { topic: server.name('receipts'), body: Buffer.from('open'), properties: { PGROUP: 'GID_bare' } },
    ]);
    await end(question.fields.get('commitLogOffset')!, 8);
    expect(bodies(await pull(MAY_WAIT))).toEqual(['open']);
  });

  it('of many that nobody tells the outcome of is asked for in its turn', async () => {
    const offsets = await Promise.all(Array.from({ length: 150 }, (_, index) => prepare(String(index))));
    await client.request(RequestCode.HEART_BEAT, {}, PRODUCERS);
    await eventually(() => expect(client.notified).toHaveLength(150));
    expect(new Set(client.notified.map(({ fields }) => fields.get('commitLogOffset')))).toEqual(new Set(offsets));
  });

  it('is not shown to a producer that has much to read', async () => {
    for (let count = 0; count < 12; count += 1) {
      await prepare('x'.repeat(4 << 20));
    }
    const slow = await server.connect();
    await slow.request(RequestCode.HEART_BEAT, {}, PRODUCERS);
    slow.pause();
    await eventually(() => expect(server.account.ons.prepared.due()).toEqual([]));
    slow.resume();
    // What comes before the answer had been written before it.
    expect((await pull({}, slow)).code).toBe(ResponseCode.PULL_NOT_FOUND);
    expect(slow.notified.length).toBeGreaterThan(0);
    expect(slow.notified.length).toBeLessThan(12);
  });

  it('is shown and ended by nobody who may not publish, or is of another group', async () => {
    const offset = await prepare('secret');
    server.account.ram.createUser({ userName: 'stranger' });
    const stranger = await server.connect(server.account.ram.accessKeys.create('stranger'));
    await stranger.request(RequestCode.HEART_BEAT, {}, PRODUCERS);
    expect((await end(offset, 8, {}, stranger)).remark).toMatch(/valid permission failed: mq:PUB/);
    expect((await end(offset, 8, { producerGroup: 'GID_other' })).remark).toMatch(/no transaction open/);
    expect((await end(offset, 7)).remark).toMatch(/expected 0, 8, 12/);
    await client.request(RequestCode.HEART_BEAT, {}, PRODUCERS);
    await eventually(() => expect(client.notified).toHaveLength(1));
    expect(stranger.notified).toEqual([]);
    expect(server.account.ons.messageCount(server.instanceId, 'receipts')).toBe(0);
  });

  it('is of a topic, and goes with it', async () => {
    const retry = await send('x', { b: `%RETRY%${server.name('GID_tcp')}`, f: 4 });
    expect(retry.remark).toMatch(/one prepared message of a topic/);
    const offset = await prepare('gone');
    expect(server.account.ons.prepared.get(Number(offset))).toBeDefined();
    await server.account.ons.deleteTopic(REGION, server.instanceId, 'receipts');
    expect(server.account.ons.prepared.get(Number(offset))).toBeUndefined();
  });
});

describe('a look at messages', () => {
  const find = (fields: Record<string, string | number>, by = client) =>
    by.request(RequestCode.QUERY_MESSAGE, {
      topic: server.name('receipts'),
      maxNum: 32,
      beginTimestamp: 0,
      endTimestamp: '9223372036854775807',
      ...fields,
    });
  const view = (offset: number | string, by = client) => by.request(RequestCode.VIEW_MESSAGE_BY_ID, { offset });

  it('finds them by key, by id and by the offset that an id holds', async () => {
    const id = sendBy(server, 'first');
    sendBy(server, 'second');
    expect(bodies(await find({ key: 'the-key' }))).toEqual(['first', 'second']);
    expect(bodies(await find({ key: 'the-key', maxNum: 1 }))).toEqual(['second']);
    expect(bodies(await find({ key: id, _UNIQUE_KEY_QUERY: 'true' }))).toEqual(['first']);
    const { physicalOffset } = server.account.ons.findMessage(id)!;
    expect(pulledMessages((await view(physicalOffset)).body)).toMatchObject([{ properties: { UNIQ_KEY: id } }]);
    const nothing: Parameters<typeof find>[0][] = [
      { key: 'the' },
      { key: 'the-key', endTimestamp: 1 },
      { key: 'x', _UNIQUE_KEY_QUERY: 'true' },
    ];
    for (const fields of nothing) {
      expect(await find(fields)).toMatchObject({ code: ResponseCode.QUERY_NOT_FOUND });
    }
    expect(await view(99)).toMatchObject({ code: ResponseCode.SYSTEM_ERROR });
  });

  it('takes the right to consume', async () => {
    const { ram } = server.account;
    const { physicalOffset } = server.account.ons.findMessage(sendBy(server, 'secret'))!;
    ram.createUser({ userName: 'looker' });
    const looker = await server.connect(ram.accessKeys.create('looker'));
    const remark = expect.stringContaining('valid permission failed') as string;
    expect(await find({ key: 'the-key' }, looker)).toMatchObject({ remark });
    expect(await view(physicalOffset, looker)).toMatchObject({ remark });
    ram.attachPolicy('user', 'looker', 'System', 'AliyunMQSubOnlyAccess');
    expect(bodies(await find({ key: 'the-key' }, looker))).toEqual(['secret']);
    expect(bodies(await view(physicalOffset, looker))).toEqual(['secret']);
  });
});

describe('a message that is sent back', () => {
  const retries = (fields = {}) => pull({ topic: `%RETRY%${server.name('GID_tcp')}`, ...MAY_WAIT, ...fields });
  const sendBack = (offset: number, fields = {}) =>
    client.request(RequestCode.CONSUMER_SEND_MSG_BACK, {
      offset,
      group: server.name('GID_tcp'),
      originTopic: 'receipts',
      originMsgId: 'x',
      delayLevel: 0,
      maxReconsumeTimes: 2,
      ...fields,
    });

  it('comes again with its id, and ends as a dead letter', async () => {
    const id = sendBy(server, 'one', 'blue');
    const [first] = pulledMessages((await pull()).body);
    expect((await sendBack(first.physicalOffset)).code).toBe(ResponseCode.SUCCESS);
    const [second] = pulledMessages((await retries()).body);
    expect(second).toMatchObject({
      topic: `%RETRY%${server.name('GID_tcp')}`,
      reconsumeTimes: 1,
      body: Buffer.from('one'),
      properties: { UNIQ_KEY: id, TAGS: 'blue', RETRY_TOPIC: server.name('receipts') },
    });
    await sendBack(second.physicalOffset);
    const [third] = pulledMessages((await retries({ queueOffset: 1 })).body);
    expect(third).toMatchObject({
      reconsumeTimes: 2,
      properties: {
        UNIQ_KEY: id,
        RETRY_TOPIC: server.name('receipts'),
        ORIGIN_MESSAGE_ID: second.properties.ORIGIN_MESSAGE_ID,
      },
    });
    await sendBack(third.physicalOffset);
    const { ons } = server.account;
    expect(ons.messageCount(server.instanceId, '%RETRY%GID_tcp')).toBe(2);
    expect([...ons.messagesFrom(server.instanceId, '%DLQ%GID_tcp', 0)]).toMatchObject([{ msgId: id, body: 'one' }]);
    expect(ons.findMessage(id)!.topic).toBe('receipts');
  });

  it('goes with its group', async () => {
    sendBy(server, 'one');
    await sendBack(pulledMessages((await pull()).body)[0].physicalOffset);
    await retries();
    const { ons } = server.account;
    void ons.deleteGroup(REGION, server.instanceId, 'GID_tcp');
    expect(ons.messageCount(server.instanceId, '%RETRY%GID_tcp')).toBe(0);
  });

  it('must be there, on the instance of the group', async () => {
    const { ons } = server.account;
    const { instanceId } = ons.createInstance(REGION, { instanceName: 'other' });
    ons.createTopic(REGION, { instanceId, topic: 'topic', messageType: 0 });
    const { physicalOffset } = ons.sendMessage(REGION, { instanceId, topic: 'topic', body: 'x', producerId: '' });
    for (const offset of [physicalOffset, 99, -1]) {
      expect((await sendBack(offset)).code).toBe(ResponseCode.SYSTEM_ERROR);
    }
  });
});

describe('the members of a group', () => {
  const members = async (by = client) => {
    const { code, body } = await by.request(RequestCode.GET_CONSUMER_LIST_BY_GROUP, {
      consumerGroup: server.name('GID_tcp'),
    });
    return code === ResponseCode.SUCCESS
      ? (JSON.parse(body.toString()) as { consumerIdList: string[] }).consumerIdList
      : code;
  };
  const join = (by: RocketMqClient, clientId: string) =>
    by.request(RequestCode.HEART_BEAT, {}, subscription('GID_tcp', '*', clientId));

  it('are told when one comes, and when its connection ends', async () => {
    expect(await members()).toBe(ResponseCode.SYSTEM_ERROR);
    await join(client, 'b');
    await join(client, 'b');
    expect(client.notified).toHaveLength(1);
    const other = await server.connect();
    await join(other, 'a');
    expect(await members()).toEqual(['a', 'b']);
    expect(client.notified).toHaveLength(2);
    expect(client.notified[1]).toMatchObject({ code: RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, flag: 2 });
    expect(client.notified[1].fields.get('consumerGroup')).toBe(server.name('GID_tcp'));
    await other.close();
    await eventually(async () => expect(await members()).toEqual(['b']));
    expect(client.notified).toHaveLength(3);
  });

  it('can leave', async () => {
    await join(client, 'a');
    await client.request(RequestCode.UNREGISTER_CLIENT, { clientID: 'a', consumerGroup: server.name('GID_tcp') });
    expect(await members()).toBe(ResponseCode.SYSTEM_ERROR);
  });

  it('must be of a group and topics that are there, and may only want tags', async () => {
    const beat = async (body: object) => (await client.request(RequestCode.HEART_BEAT, {}, body)).code;
    expect(await beat(subscription('GID_absent'))).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    expect(await beat(subscription('GID_http'))).toBe(ResponseCode.NO_PERMISSION);
    const sql = JSON.parse(JSON.stringify(subscription('GID_tcp')).replace('"TAG"', '"SQL92"')) as object;
    expect(await beat(sql)).toBe(ResponseCode.SUBSCRIPTION_PARSE_FAILED);
    const check = { clientId: 'a', group: 'g', subscriptionData: { expressionType: 'SQL92' } };
    expect((await client.request(RequestCode.CHECK_CLIENT_CONFIG, {}, check)).code).toBe(
      ResponseCode.SUBSCRIPTION_PARSE_FAILED,
    );
  });

  it('lock queues against each other, until one unlocks or does not come back', async () => {
    const queue = { topic: server.name('receipts'), brokerName: 'local', queueId: 1 };
    const ask = async (code: number, clientId: string) => {
      const body = { consumerGroup: server.name('GID_tcp'), clientId, mqSet: [queue] };
      const answer = await client.request(code, {}, body);
      return answer.body.length === 0
        ? []
        : (JSON.parse(answer.body.toString()) as { lockOKMQSet: object[] }).lockOKMQSet;
    };
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'a')).toEqual([queue]);
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'a')).toEqual([queue]);
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'b')).toEqual([]);
    await ask(RequestCode.UNLOCK_BATCH_MQ, 'b');
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'b')).toEqual([]);
    await ask(RequestCode.UNLOCK_BATCH_MQ, 'a');
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'b')).toEqual([queue]);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 61_000);
    onTestFinished(() => clock.mockRestore());
    expect(await ask(RequestCode.LOCK_BATCH_MQ, 'a')).toEqual([queue]);
  });
});

describe('access', () => {
  const statement = (action: string, resource: string) =>
    JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] });

  function sessionOf(roleName: string, ...documents: string[]) {
    const { ram, sts, identity } = server.account;
    const trust = {
      Version: '1',
      Statement: [
        { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { RAM: [`acs:ram::${identity.accountId}:root`] } },
      ],
    };
    const { arn } = ram.createRole({ roleName, assumeRolePolicyDocument: JSON.stringify(trust) });
    documents.forEach((document, index) => {
      ram.createPolicy({ policyName: `${roleName}-${index}`, document });
      ram.attachPolicy('role', roleName, 'Custom', `${roleName}-${index}`);
    });
    return sts.assumeRole(arn, 'session');
  }

  it('takes keys that the account knows, and a signature that they make', async () => {
    const { identity } = server.account;
    const unsigned = await server.connect({ ...identity, accessKeyId: 'LTAIabsent' });
    const wrong = await server.connect({ ...identity, accessKeySecret: 'wrong' });
    for (const [by, text] of [
      [unsigned, /access key "LTAIabsent" does not exist/],
      [wrong, /the secret does not fit/],
    ] as const) {
      for (const answer of [await pull({}, by), await send('x', {}, by), await by.request(RequestCode.HEART_BEAT)]) {
        expect(answer.code).toBe(ResponseCode.SYSTEM_ERROR);
        expect(answer.remark).toMatch(/^AuthenticationException: signature validate failed/);
        expect(answer.remark).toMatch(text);
      }
    }
  });

  it('of a session follows the policies of its role', async () => {
    const { instanceId } = server;
    const reader = sessionOf(
      'reader',
      statement('mq:SUB', `acs:mq:*:*:${instanceId}%receipts`),
      statement('mq:SUB', `acs:mq:*:*:${instanceId}%GID_tcp`),
    );
    const reading = await server.connect(reader);
    expect((await reading.request(RequestCode.HEART_BEAT, {}, subscription('GID_tcp'))).code).toBe(
      ResponseCode.SUCCESS,
    );
    expect((await pull({}, reading)).code).toBe(ResponseCode.PULL_NOT_FOUND);
    expect(await send('x', {}, reading)).toMatchObject({
      code: ResponseCode.SYSTEM_ERROR,
      remark: expect.stringMatching(
        /valid permission failed: mq:PUB on acs:mq:cn-hangzhou:\d+:MQ_INST_\w+%receipts/,
      ) as string,
    });

    const writing = await server.connect(sessionOf('writer', statement('mq:PUB', `acs:mq:*:*:${instanceId}%receipts`)));
    expect((await send('x', {}, writing)).code).toBe(ResponseCode.SUCCESS);
    expect((await pull({}, writing)).code).toBe(ResponseCode.SYSTEM_ERROR);

    const half = await server.connect(sessionOf('half', statement('mq:SUB', `acs:mq:*:*:${instanceId}%receipts`)));
    expect((await pull({}, half)).remark).toMatch(/mq:SUB on .*%GID_tcp is not allowed/);
    const stolen = await server.connect({ ...reader, securityToken: 'other' });
    expect((await pull({}, stolen)).remark).toContain('security token');
  });
});

describe('the server', () => {
  it('answers a code that it does not serve, and goes on', async () => {
    const answer = await client.request(17, { topic: 'x' });
    expect(answer.code).toBe(ResponseCode.REQUEST_CODE_NOT_SUPPORTED);
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it.each<[string, number, Record<string, string>, string]>([
    ['a body that is no JSON', RequestCode.HEART_BEAT, {}, '{'],
    ['a body that is null', RequestCode.HEART_BEAT, {}, 'null'],
    ['a heartbeat without a client', RequestCode.HEART_BEAT, {}, '{}'],
    [
      'a group of producers whose name is too long to keep',
      RequestCode.HEART_BEAT,
      {},
      JSON.stringify({ clientID: 'a', producerDataSet: [{ groupName: 'g'.repeat(256) }] }),
    ],
    [
      'objects that are no text',
      RequestCode.HEART_BEAT,
      {},
      '{"clientID":"a","consumerDataSet":[{"groupName":{"toString":1}}]}',
    ],
    ['queues that are none', RequestCode.LOCK_BATCH_MQ, {}, '{"mqSet":[1,null,"x"]}'],
    ['a missing field', RequestCode.PULL_MESSAGE, {}, ''],
    ['a topic that is a prototype', RequestCode.SEND_MESSAGE_V2, { b: '__proto__' }, ''],
  ])('answers %s with an error, and goes on', async (_name, code, fields, body) => {
    expect((await client.request(code, fields, Buffer.from(body))).code).not.toBe(ResponseCode.SUCCESS);
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it('hangs up on bytes that are no frame, and says so', async () => {
    client.write(CLOSING);
    await client.closed();
    expect(server.requests.at(-1)).toMatchObject({
      action: 'rocketmq.FRAME',
      message: expect.stringContaining('frame') as string,
    });
    client = await server.connect();
    expect((await pull()).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });

  it.each([
    ['gRPC, as of 5.x', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /RocketMQ 5\.x speak gRPC, take one of 4\.x/],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', /HTTP is served at the HTTP port/],
    ['TLS', '\x16\x03\x01\x02\0\x01', /TLS is not served at this port/],
  ])('hangs up on %s, and says so', async (_name, text, message) => {
    client.write(Buffer.from(text, 'latin1'));
    await client.closed();
    expect(server.requests.at(-1)?.message).toMatch(message);
  });

  it('answers what waits with an error that clients ask again after, and hangs up', async () => {
    const waiting = pull(MAY_WAIT);
    await pull();
    await server.stop();
    expect((await waiting).code).toBe(ResponseCode.SERVICE_NOT_AVAILABLE);
    await client.closed();
    server = await StartedServer.start(folder);
  });

  it('lets go of what waits when the account is reset, and of an imported one delivers what is due', async () => {
    const { account, instanceId } = server;
    await send('later', { i: `__STARTDELIVERTIME\x01${Date.now() + 300}\x02` });
    const waiting = pull(MAY_WAIT);
    await pull();
    const { lines, release } = exportSnapshot(account);
    const snapshot = [...lines];
    release();
    resetAccount(account);
    expect((await waiting).code).toBe(ResponseCode.SERVICE_NOT_AVAILABLE);
    expect((await pull()).code).toBe(ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST);
    await importSnapshot(account, Readable.from(snapshot));
    expect(bodies(await pull(MAY_WAIT))).toEqual(['later']);
    expect(account.ons.messageCount(instanceId, 'receipts')).toBe(1);
  });

  it('takes so many connections and no more, and hangs up on those that say nothing', async () => {
    await server.stop();
    server = await StartedServer.start(folder, { limits: { connections: 2, idleMs: 200 } });
    const [first, second] = [await server.connect(), await server.connect()];
    await pull({}, first);
    await pull({}, second);
    const third = await server.connect();
    await third.closed();
    expect((await pull({}, first)).code).toBe(ResponseCode.PULL_NOT_FOUND);
    await Promise.all([first.closed(), second.closed()]);
  });

  it('serves those that ask however many connections ask for nothing', async () => {
    await server.stop();
    server = await StartedServer.start(folder, { limits: { connections: 2 } });
    const [first, second] = [await server.connect(), await server.connect()];
    expect((await pull({}, second)).code).toBe(ResponseCode.PULL_NOT_FOUND);
    const third = await server.connect();
    await first.closed();
    expect((await pull({}, third)).code).toBe(ResponseCode.PULL_NOT_FOUND);
    expect((await pull({}, second)).code).toBe(ResponseCode.PULL_NOT_FOUND);
  });
});

it('is served by the local cloud, which tells why it refused something', async () => {
  const refusals: string[] = [];
  const cloud = await LocalCloud.start({ onRefused: (reason) => refusals.push(reason) });
  try {
    const { rocketmq, environment } = cloud.endpoints;
    expect(environment.ROCKETMQ_NAMESRV).toBe(rocketmq);
    const unsigned = await RocketMqClient.connect(Number(rocketmq.split(':')[1]));
    const { code } = await unsigned.request(RequestCode.HEART_BEAT, {}, {});
    expect(code).toBe(ResponseCode.SYSTEM_ERROR);
    expect(refusals).toEqual([expect.stringMatching(/^rocketmq.HEART_BEAT was refused: .*give the client its keys/)]);
    expect(cloud.requests.list().at(-1)).toMatchObject({ action: 'rocketmq.HEART_BEAT', code: 'SYSTEM_ERROR' });
    await unsigned.close();
  } finally {
    await cloud.stop();
  }
});
