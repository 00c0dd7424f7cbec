import * as net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REGION, startHttpServer, type StartedHttpServer } from '../server/started-http-server';
import { signedHeaders, signedRequest } from './signed-request';
import { eventually } from '../../eventually';

let server: StartedHttpServer;

beforeAll(async () => {
  server = await startHttpServer();
});
afterAll(() => server.stop());

function make(queueName: string, attributes = {}): void {
  server.account.mns.createQueue(REGION, { queueName, ...attributes });
}

function endpointOf(queueName: string): string {
  return `acs:mns:${REGION}:${server.account.identity.accountId}:queues/${queueName}`;
}

function field(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
}

const send = (queue: string, message: string) =>
  signedRequest(server, 'POST', `/queues/${queue}/messages`, `<Message>${message}</Message>`);

it('answers errors and documents in the namespace that SDKs bind to', async () => {
  const absent = await signedRequest(server, 'GET', '/queues/none');
  expect(absent.status).toBe(404);
  expect(absent.text).toContain('<Error xmlns="http://mns.aliyuncs.com/doc/v1"><Code>QueueNotExist</Code>');
  make('named');
  expect((await signedRequest(server, 'GET', '/queues/named')).text).toContain(
    '<Queue xmlns="http://mns.aliyuncs.com/doc/v1">',
  );
});

it('lists nothing where nothing matches, and attributes where they are wanted', async () => {
  const empty = await signedRequest(server, 'GET', '/queues', '', { 'x-mns-prefix': 'nothing-' });
  expect([empty.status, empty.text.split('\n')[1]]).toEqual([
    200,
    '<Queues xmlns="http://mns.aliyuncs.com/doc/v1"></Queues>',
  ]);
  make('listed', { visibilityTimeout: 77 });
  const own = { 'x-mns-prefix': 'listed', 'x-mns-with-meta': 'true' };
  const { text } = await signedRequest(server, 'GET', '/queues', '', own);
  expect(text).toMatch(/<Queue><QueueURL>[^<]*\/queues\/listed<\/QueueURL>.*<VisibilityTimeout>77</);
  for (const number of ['0', '1001', '1.5', 'x']) {
    const { status } = await signedRequest(server, 'GET', '/queues', '', { 'x-mns-ret-number': number });
    expect([number, status]).toEqual([number, 400]);
  }
});

it.each([
  ['ReceiptHandle', 'VisibilityTimeout'],
  ['receiptHandle', 'visibilityTimeout'],
])('takes %s and %s', async (handle, timeout) => {
  make(handle);
  await send(handle, '<MessageBody>x</MessageBody>');
  const received = await signedRequest(server, 'GET', `/queues/${handle}/messages`);
  const path = `/queues/${handle}/messages?${handle}=${field(received.text, 'ReceiptHandle')}`;
  const changed = await signedRequest(server, 'PUT', `${path}&${timeout}=100`);
  expect(changed.status).toBe(200);
  expect(Number(field(changed.text, 'NextVisibleTime')) - Date.now()).toBeGreaterThan(50_000);
});

it.each([
  ['MissingVisibilityTimeout', '?ReceiptHandle=8-x'],
  ['MissingReceiptHandle', '?VisibilityTimeout=1'],
  ['InvalidArgument', '?ReceiptHandle=8-x&VisibilityTimeout=43201'],
  ['InvalidArgument', '?ReceiptHandle=8-x&VisibilityTimeout=-1'],
  ['MessageNotExist', '?ReceiptHandle=8-x&VisibilityTimeout=1'],
])('answers %s to a change of visibility with %s', async (code, query) => {
  if (!server.account.mns.findQueue(REGION, 'changed')) {
    make('changed');
  }
  const { text } = await signedRequest(server, 'PUT', `/queues/changed/messages${query}`);
  expect(field(text, 'Code')).toBe(code);
});

it.each(['queues', 'topics'])('makes none of the %s that keep an order as one that keeps none', async (kind) => {
  const [element, type] = kind === 'queues' ? ['Queue', 'QueueType'] : ['Topic', 'TopicType'];
  const make = (value: string) =>
    signedRequest(server, 'PUT', `/${kind}/in-order`, `<${element}><${type}>${value}</${type}></${element}>`);
  const fifo = await make('fifo');
  expect([fifo.status, field(fifo.text, 'Code')]).toEqual([400, 'InvalidArgument']);
  expect(fifo.text).toContain('FIFO queues and topics are not served here');
  expect((await make('normal')).status).toBe(201);
});

describe('a message', () => {
  const property = (name: string, type: string, value: string) =>
    `<UserProperties><PropertyValue><Name>${name}</Name><Value>${value}</Value><Type>${type}</Type></PropertyValue></UserProperties>`;
  const system =
    '<SystemProperties><SystemPropertyValue><Name>traceparent</Name><Value>00-1</Value><Type>STRING</Type></SystemPropertyValue></SystemProperties>';

  beforeAll(() => make('messages'));

  it('keeps its properties, also where it is looked at only', async () => {
    const user = property('a &amp; b', 'NUMBER', '-1.5e3');
    await send('messages', `<MessageBody>x</MessageBody>${user}${system}`);
    for (const query of ['?peekonly=true', '?numOfMessages=16']) {
      const { text } = await signedRequest(server, 'GET', `/queues/messages/messages${query}`);
      expect(text).toContain('<Name>a &#38; b</Name><Value>-1.5e3</Value><Type>NUMBER</Type>');
      expect(text).toContain('<SystemPropertyValue><Name>traceparent</Name>');
    }
  });

  it('keeps a body to the character', async () => {
    make('bodies');
    const bodies = ['  two spaces ', 'tab\tand\r\nlines', '<![CDATA[]]>', '😀 中文', 'ZGF0YQ==', '{"a":"<b> & c"}'];
    for (const body of bodies) {
      const escaped = body.replace(/[&<>\r]/g, (character) => `&#${character.charCodeAt(0)};`);
      expect([body, (await send('bodies', `<MessageBody>${escaped}</MessageBody>`)).status]).toEqual([body, 201]);
    }
    await send('bodies', '<MessageBody><![CDATA[<Messages> in CDATA]]></MessageBody>');
    const kept = server.account.mns.allMessages(REGION, 'bodies').map(({ body }) => body);
    expect(kept).toEqual([...bodies, '<Messages> in CDATA']);
  });

  it.each([
    ['InvalidArgument', '<MessageBody>x</MessageBody><Priority>0</Priority>'],
    ['InvalidArgument', '<MessageBody>x</MessageBody><Priority>17</Priority>'],
    ['InvalidArgument', '<MessageBody>x</MessageBody><DelaySeconds>604801</DelaySeconds>'],
    ['InvalidArgument', '<MessageBody>x</MessageBody><DelaySeconds>-1</DelaySeconds>'],
    ['InvalidArgument', '<MessageBody>x</MessageBody><MessageGroupId>g</MessageGroupId>'],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('a', 'NUMBER', 'one')}`],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('a', 'BOOLEAN', 'yes')}`],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('a', 'BINARY', 'not Base64')}`],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('a', 'OTHER', '1')}`],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('', 'STRING', '1')}`],
    ['InvalidArgument', `<MessageBody>${'x'.repeat(65_537)}</MessageBody>`],
    ['InvalidArgument', `<MessageBody>x</MessageBody>${property('a', 'STRING', 'x'.repeat(65_537))}`],
    ['MalformedXML', '<MessageBody>&#1;</MessageBody>'],
    ['MalformedXML', '<MessageBody></MessageBody>'],
    ['MalformedXML', '<Priority>1</Priority>'],
  ])('is answered %s when it is %s', async (code, message) => {
    make('strict', {});
    try {
      expect(field((await send('strict', message)).text, 'Code')).toBe(code);
      expect(server.account.mns.allMessages(REGION, 'strict')).toEqual([]);
    } finally {
      void server.account.mns.deleteQueue(REGION, 'strict');
    }
  });

  it('of a batch is sent with all the others, or none is', async () => {
    make('batch');
    const batch = (...messages: string[]) =>
      signedRequest(
        server,
        'POST',
        '/queues/batch/messages',
        `<Messages>${messages.map((one) => `<Message>${one}</Message>`).join('')}</Messages>`,
      );
    const good = '<MessageBody>good</MessageBody>';
    expect((await batch(good, `${good}<Priority>99</Priority>`)).status).toBe(400);
    const half = `<MessageBody>${'x'.repeat(40_000)}</MessageBody>`;
    expect((await batch(half, half)).status).toBe(400);
    expect((await batch(...Array.from({ length: 17 }, () => good))).status).toBe(400);
    expect(server.account.mns.allMessages(REGION, 'batch')).toEqual([]);
    expect((await batch(good)).text).toMatch(/<Messages [^>]*><Message><MessageId>/);
  });
});

it('answers what is not served by its path and method', async () => {
  const bad: [string, string, number][] = [
    ['GET', '/other', 400],
    ['GET', '/queues//messages', 400],
    ['GET', '/topics/t/messages', 405],
    ['PUT', '/queues', 405],
    ['POST', '/topics/t/subscriptions/s', 405],
    ['GET', '/queues/q/messages/m', 400],
  ];
  for (const [method, target, status] of bad) {
    const { status: got, text } = await signedRequest(server, method, target);
    expect([method, target, got, field(text, 'Code')]).toEqual([method, target, status, 'InvalidRequestURL']);
  }
});

describe('topics', () => {
  const subscribe = (topic: string, name: string, fields: string) =>
    signedRequest(server, 'PUT', `/topics/${topic}/subscriptions/${name}`, `<Subscription>${fields}</Subscription>`);
  const publish = (topic: string, fields: string) =>
    signedRequest(server, 'POST', `/topics/${topic}/messages`, `<Message>${fields}</Message>`);
  const bodies = (queue: string) => server.account.mns.allMessages(REGION, queue).map(({ body }) => body);

  it('fan a message out to their queues, with its properties and by its tag', async () => {
    const formats = ['XML', 'JSON', 'SIMPLIFIED'];
    expect((await signedRequest(server, 'PUT', '/topics/fan')).status).toBe(201);
    for (const format of formats) {
      make(format);
      const fields = `<Endpoint>${endpointOf(format)}</Endpoint><NotifyContentFormat>${format}</NotifyContentFormat>`;
      const tag = format === 'JSON' ? '<FilterTag>urgent</FilterTag>' : '';
      const created = await subscribe('fan', format, fields + tag);
      expect([created.status, created.headers.location]).toEqual([
        201,
        expect.stringMatching(/topics\/fan\/subscriptions\//),
      ]);
      expect((await subscribe('fan', format, fields + tag)).status).toBe(204);
    }
    const property =
      '<UserProperties><PropertyValue><Name>a</Name><Value>1</Value><Type>STRING</Type></PropertyValue></UserProperties>';
    const published = await publish('fan', `<MessageBody>a &lt; b</MessageBody>${property}`);
    expect(published.status).toBe(201);
    await publish('fan', '<MessageBody>c</MessageBody><MessageTag>urgent</MessageTag>');
    expect(bodies('SIMPLIFIED')).toEqual(['a < b', 'c']);
    const [first] = server.account.mns.allMessages(REGION, 'SIMPLIFIED');
    expect(first.userProperties).toEqual([{ name: 'a', type: 'STRING', value: '1' }]);
    expect(bodies('JSON').map((body) => JSON.parse(body) as object)).toMatchObject([
      {
        TopicName: 'fan',
        SubscriptionName: 'JSON',
        Message: 'c',
        MessageTag: 'urgent',
        MessageMD5: '4A8A08F09D37B73795649038408B5F33',
      },
    ]);
    const [xml] = bodies('XML');
    expect([field(xml, 'Message'), field(xml, 'MessageId'), field(xml, 'MessageTag')]).toEqual([
      'a &#60; b',
      field(published.text, 'MessageId'),
      undefined,
    ]);
  });

  it.each([
    ['an HTTP server', 'http://127.0.0.1/receive'],
    ['an e-mail address', 'mail:directmail:a@example.com'],
    ['a telephone', 'sms:directsms:anonymous'],
    ['a mobile application', 'push:12345'],
    ['expected a queue', 'queues/q'],
    ['expected a queue', ''],
    ['of the account', `acs:mns:${REGION}:1234567890123456:queues/q`],
  ])('refuse %s, %s', async (words, endpoint) => {
    await signedRequest(server, 'PUT', '/topics/kinds');
    const { status, text } = await subscribe('kinds', 'one', `<Endpoint>${endpoint}</Endpoint>`);
    expect([status, field(text, 'Code')]).toEqual([400, 'EndpointInvalid']);
    expect(text).toContain(words);
  });

  it.each([
    ['QueueNotExist', 'subscriptions/s', () => `<Endpoint>${endpointOf('none')}</Endpoint>`],
    [
      'InvalidArgument',
      'subscriptions/s',
      () => `<Endpoint>${endpointOf('kept')}</Endpoint><FilterTag>${'x'.repeat(17)}</FilterTag>`,
    ],
    [
      'InvalidArgument',
      'subscriptions/s',
      () => `<Endpoint>${endpointOf('kept')}</Endpoint><NotifyStrategy>NEVER</NotifyStrategy>`,
    ],
    ['SubscriptionNameInvalid', 'subscriptions/_', () => `<Endpoint>${endpointOf('kept')}</Endpoint>`],
  ])('answer %s to %s', async (code, path, fields) => {
    if (!server.account.mns.findQueue(REGION, 'kept')) {
      make('kept');
    }
    await signedRequest(server, 'PUT', '/topics/strict');
    const { text } = await subscribe('strict', path.split('/')[1], fields());
    expect(field(text, 'Code')).toBe(code);
  });

  it.each([REGION, '0'])('take the endpoint that SDKs make of the local address and the region %s', async (region) => {
    if (!server.account.mns.findQueue(REGION, 'local')) {
      make('local');
    }
    await signedRequest(server, 'PUT', '/topics/local');
    await subscribe('local', `of-${region}`, `<Endpoint>acs:mns:${region}:127:queues/local</Endpoint>`);
    const { text } = await signedRequest(server, 'GET', `/topics/local/subscriptions/of-${region}`);
    expect(field(text, 'Endpoint')).toBe(endpointOf('local'));
  });

  it('change, and go with their subscriptions', async () => {
    make('gone-queue');
    await signedRequest(server, 'PUT', '/topics/gone', '<Topic><MaximumMessageSize>2048</MaximumMessageSize></Topic>');
    const again = await signedRequest(
      server,
      'PUT',
      '/topics/gone',
      '<Topic><MaximumMessageSize>4096</MaximumMessageSize></Topic>',
    );
    expect(field(again.text, 'Code')).toBe('TopicAlreadyExist');
    await signedRequest(
      server,
      'PUT',
      '/topics/gone?metaoverride=true',
      '<Topic><LoggingEnabled>true</LoggingEnabled></Topic>',
    );
    const { text } = await signedRequest(server, 'GET', '/topics/gone');
    expect([field(text, 'MaximumMessageSize'), field(text, 'LoggingEnabled')]).toEqual(['2048', 'True']);
    expect((await publish('gone', `<MessageBody>${'x'.repeat(2049)}</MessageBody>`)).status).toBe(400);
    await subscribe('gone', 's', `<Endpoint>${endpointOf('gone-queue')}</Endpoint>`);
    const path = '/topics/gone/subscriptions/s';
    await signedRequest(
      server,
      'PUT',
      `${path}?metaoverride=true`,
      '<Subscription><NotifyStrategy>EXPONENTIAL_DECAY_RETRY</NotifyStrategy></Subscription>',
    );
    expect(field((await signedRequest(server, 'GET', path)).text, 'NotifyStrategy')).toBe('EXPONENTIAL_DECAY_RETRY');
    void server.account.mns.deleteQueue(REGION, 'gone-queue');
    expect((await publish('gone', '<MessageBody>x</MessageBody>')).status).toBe(201);
    expect((await signedRequest(server, 'DELETE', '/topics/gone')).status).toBe(204);
    expect((await signedRequest(server, 'DELETE', '/topics/gone')).status).toBe(204);
    await signedRequest(server, 'PUT', '/topics/gone');
    expect(server.account.mns.topics.listSubscriptions(REGION, 'gone')).toEqual([]);
    expect(field((await publish('none', '<MessageBody>x</MessageBody>')).text, 'Code')).toBe('TopicNotExist');
  });
});

describe('a long poll', () => {
  const listeners = (queue: string) => server.account.mns.messages['arrivals'].listenerCount(`${REGION}/${queue}`);

  const waiting = (queue: string, polls: number) => eventually(() => expect(listeners(queue)).toBe(polls));

  it('ends when a message comes, is shown again, or its queue goes', async () => {
    make('awaited', { visibilityTimeout: 1 });
    const poll = () => signedRequest(server, 'GET', '/queues/awaited/messages?waitseconds=30');
    const first = poll();
    await waiting('awaited', 1);
    server.account.mns.sendMessage(REGION, 'awaited', 'came');
    expect(field((await first).text, 'DequeueCount')).toBe('1');
    const second = await poll();
    expect([field(second.text, 'MessageBody'), field(second.text, 'DequeueCount')]).toEqual(['came', '2']);
    server.account.mns.deleteMessage(REGION, 'awaited', field(second.text, 'ReceiptHandle')!);
    server.account.mns.sendMessages(REGION, 'awaited', [{ body: 'delayed', delaySeconds: 1 }]);
    expect(field((await poll()).text, 'MessageBody')).toBe('delayed');
    void server.account.mns.deleteQueue(REGION, 'awaited');
    make('awaited');
    const last = poll();
    await waiting('awaited', 1);
    void server.account.mns.deleteQueue(REGION, 'awaited');
    expect(field((await last).text, 'Code')).toBe('QueueNotExist');
  });

  it.each(['end', 'destroy', 'resetAndDestroy'] as const)(
    'takes no message when its client has left by %s',
    async (leave) => {
      const queue = `left-${leave}`;
      make(queue);
      const target = `/queues/${queue}/messages?waitseconds=30`;
      const socket = net.connect(server.port, '127.0.0.1');
      const headers = Object.entries(signedHeaders(server, 'GET', target)).map(([name, value]) => `${name}: ${value}`);
      socket.write([`GET ${target} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
      await waiting(queue, 1);
      socket[leave]();
      await waiting(queue, 0);
      server.account.mns.sendMessage(REGION, queue, 'for another');
      const { text } = await signedRequest(server, 'GET', `/queues/${queue}/messages`);
      expect([field(text, 'MessageBody'), field(text, 'DequeueCount')]).toEqual(['for another', '1']);
      socket.destroy();
    },
  );

  it('that waits with others takes each message once', async () => {
    make('shared');
    const polls = Array.from({ length: 20 }, () =>
      signedRequest(server, 'GET', '/queues/shared/messages?waitseconds=30'),
    );
    await waiting('shared', 20);
    const sent = polls.map((_, index) => server.account.mns.sendMessage(REGION, 'shared', String(index)).messageId);
    const received = (await Promise.all(polls)).map(({ text }) => field(text, 'MessageId'));
    expect(received.sort()).toEqual(sent.sort());
    expect(listeners('shared')).toBe(0);
  });

  it('ends with the account that it was for', async () => {
    make('replaced');
    const poll = signedRequest(server, 'GET', '/queues/replaced/messages?waitseconds=30');
    await waiting('replaced', 1);
    server.account.replace([]);
    expect((await poll).status).toBe(503);
    expect(listeners('replaced')).toBe(0);
  });
});
