import * as net from 'node:net';
import * as fc from 'fast-check';
import { encodeFrame, FrameReader } from '../../lib/local-cloud/rocketmq/frame';
import { OPERATIONS } from '../../lib/local-cloud/rocketmq/operations';
import { signatureOf } from '../../lib/local-cloud/rocketmq/signature';
import { BATCH, type Fuzzer, type FuzzTarget, THERE } from './target';

const TIMEOUT_MILLIS = 5_000;
const number = fc.constantFrom('0', '1', '2', '3', '-1', '32', '4', '1e3', '2147483648', '9007199254740993', 'x', '');

/** What the body of a frame, or a field, may hold. */
const text = (names: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...names, ...names.map((name) => `%RETRY%${name}`), ...names.map((name) => `%DLQ%${name}`)),
    fc.constantFrom('', '__proto__', '%', 'TAG', 'SQL92', '*', 'a||b'),
    number,
    fc.string({ unit: 'binary', maxLength: 40 }),
  );

const properties = fc
  .array(
    fc.constantFrom(
      'KEYS\x01k',
      'TAGS\x01a',
      'DELAY\x013',
      'DELAY\x0199',
      '__STARTDELIVERTIME\x01-',
      `__STARTDELIVERTIME\x01${Date.now() + 100}`,
      'UNIQ_KEY\x01\0',
      'UNIQ_KEY\x010123456789ABCDEF0123456789ABCDEF',
      'TRAN_MSG\x01true',
      '\x01',
      'WAIT\x01true',
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map((pair) => `${pair}\x02`).join(''));

/** Fields of requests with what they may well be; the letters are those of a message that is sent. */
function fieldsOf(names: readonly string[]): fc.Arbitrary<Partial<Record<string, string>>> {
  const [topic, group] = names;
  const likely = {
    ...Object.fromEntries(
      ['topic', 'b', 'originTopic'].map((name) => [name, fc.constantFrom(topic, `%RETRY%${group}`)]),
    ),
    ...Object.fromEntries(['consumerGroup', 'producerGroup', 'group', 'a'].map((name) => [name, fc.constant(group)])),
    ...Object.fromEntries(
      (
        'queueId queueOffset maxMsgNums sysFlag commitOffset subVersion offset delayLevel maxReconsumeTimes timestamp ' +
        'd e f g h j k l'
      )
        .split(' ')
        .map((name) => [name, number]),
    ),
    subscription: fc.constantFrom('*', 'a||b', 'a'),
    expressionType: fc.constantFrom('TAG', 'SQL92'),
    properties,
    i: properties,
    m: fc.constantFrom('true', 'false'),
    c: fc.constant('TBW102'),
    clientID: fc.constantFrom('c', 'd'),
  };
  const all = Object.entries(likely).map(([name, value]): [string, fc.Arbitrary<string>] => [
    name,
    fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: text(names) }),
  ]);
  return fc.oneof(
    { weight: 3, arbitrary: fc.record(Object.fromEntries(all)) },
    { weight: 1, arbitrary: fc.record(Object.fromEntries(all), { requiredKeys: [] }) },
  );
}

const body = (names: readonly string[]) =>
  fc.oneof(
    fc.constant(
      Buffer.from(
        JSON.stringify({
          clientID: 'c',
          clientId: 'c',
          producerDataSet: [{ groupName: names[1] }],
          consumerDataSet: [{ groupName: names[1], subscriptionDataSet: [{ topic: names[0], subString: '*' }] }],
          consumerGroup: names[1],
          mqSet: [{ topic: names[0], brokerName: 'b', queueId: 0 }],
        }),
      ),
    ),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json({ maxDepth: 4 }).map((json) => Buffer.from(json)),
    fc
      .record({
        clientID: fc.oneof(text(names), fc.jsonValue()),
        clientId: fc.oneof(text(names), fc.jsonValue()),
        consumerGroup: fc.oneof(text(names), fc.jsonValue()),
        mqSet: fc.array(fc.oneof(fc.record({ topic: text(names), queueId: fc.integer() }), fc.jsonValue())),
        consumerDataSet: fc.array(
          fc.oneof(
            fc.record({
              groupName: fc.oneof(text(names), fc.jsonValue()),
              subscriptionDataSet: fc.array(
                fc.record({
                  topic: fc.oneof(text(names), fc.jsonValue()),
                  subString: fc.oneof(text(names), fc.jsonValue()),
                }),
              ),
            }),
            fc.jsonValue(),
          ),
        ),
      })
      .map((value) => Buffer.from(JSON.stringify(value))),
  );

/** Signed requests of every kind, whose answers must not tell of an error that nobody expected. */
function signedRequests(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  const { accessKeyId, accessKeySecret, instanceId } = target;
  const names = [THERE.topic, THERE.tcpGroup, THERE.httpGroup, 'absent'].map((name) => `${instanceId}%${name}`);
  const request = fc
    .record({
      code: fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...OPERATIONS.keys()) },
        { weight: 1, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
      ),
      flag: fc.constantFrom(0, 0, 0, 1, 2, 3),
      fields: fieldsOf(names),
      body: body(names),
    })
    .map(({ fields, ...others }) => {
      // What waits for messages would keep the fuzzer waiting, too.
      const given = { ...(fields as Record<string, string>), AccessKey: accessKeyId, suspendTimeoutMillis: '1' };
      const all = new Map(Object.entries(given));
      all.set('Signature', signatureOf(all, others.body, accessKeySecret));
      return { ...others, fields: all };
    });
  return fc.asyncProperty(fc.array(request, { minLength: BATCH, maxLength: BATCH }), async (requests) => {
    const last = requests.length;
    const frames = requests.map((one, opaque) => encodeFrame({ ...one, opaque }));
    const ping = encodeFrame({ code: 0, flag: 0, opaque: last });
    const answers = await exchange(target.rocketmqPort, Buffer.concat([...frames, ping]), last);
    const unexpected = answers.find(({ remark }) => remark?.startsWith('the request failed'));
    if (unexpected) {
      const { code, fields } = requests[unexpected.opaque];
      throw new Error(`${unexpected.remark} answers ${code} ${JSON.stringify([...fields])}`);
    }
  });
}

/** Bytes that are no frames, or almost; the server hangs up, or waits for the rest, and serves others. */
function brokenFrames({ rocketmqPort }: FuzzTarget): fc.IAsyncProperty<unknown> {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.tuple(fc.nat(1), fc.nat(300), fc.uint8Array({ maxLength: 300 })).map(([type, headerLength, rest]) => {
      const start = Buffer.alloc(8);
      start.writeInt32BE(4 + rest.length, 0);
      start.writeUInt32BE(type * 2 ** 24 + headerLength, 4);
      return Buffer.concat([start, rest]);
    }),
  );
  return fc.asyncProperty(fc.array(bytes, { minLength: BATCH, maxLength: BATCH }), async (inputs) => {
    const sockets = inputs.map((input) => {
      const socket = net.connect(rocketmqPort, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(input);
      return socket;
    });
    await exchange(rocketmqPort, encodeFrame({ code: 0, flag: 0, opaque: 1 }), 1);
    sockets.forEach((socket) => socket.destroy());
  });
}

interface Answered {
  readonly opaque: number;
  readonly remark?: string;
}

/** Answers up to the one to request `last`. */
function exchange(port: number, bytes: Buffer, last: number): Promise<Answered[]> {
  return new Promise((resolve, reject) => {
    const answers: Answered[] = [];
    const reader = new FrameReader();
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
    const timer = setTimeout(() => socket.destroy(new Error('the server did not answer')), TIMEOUT_MILLIS);
    socket.on('data', (chunk) => {
      for (const frame of reader.push(chunk)) {
        answers.push(frame);
        if (frame.opaque === last && (frame.flag & 1) === 1) {
          socket.destroy();
          resolve(answers);
        }
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(timer);
      reject(new Error('the server hung up'));
    });
  });
}

export const ROCKETMQ_FUZZERS: readonly Fuzzer[] = [
  { name: 'RocketMQ: signed requests', share: 8, property: signedRequests },
  { name: 'RocketMQ: broken frames', share: 3, property: brokenFrames },
];
