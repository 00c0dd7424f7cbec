import * as net from 'node:net';
import * as fc from 'fast-check';
import { OPERATIONS } from '../../../lib/local-cloud/rocketmq/operations';
import { encodeFrame, FrameReader } from '../../../lib/local-cloud/rocketmq/frame';
import { signatureOf } from '../../../lib/local-cloud/rocketmq/signature';

/** Where the server is, with the key that signs, and names that exist. */
export interface RocketMqTarget {
  readonly rocketmqPort: number;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  /** Full names of topics and groups. */
  readonly names: readonly string[];
}

const TIMEOUT_MILLIS = 5_000;
const FIELDS = [
  'topic',
  'consumerGroup',
  'group',
  'queueId',
  'queueOffset',
  'commitOffset',
  'maxMsgNums',
  'sysFlag',
  'subscription',
  'expressionType',
  'offset',
  'timestamp',
  'delayLevel',
  'maxReconsumeTimes',
  'producerGroup',
  'properties',
  'clientID',
  ...'abcdefghijklm',
];

/** What the body of a frame, or a field, may hold. */
const text = (names: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...names, ...names.map((name) => `%RETRY%${name}`), ...names.map((name) => `%DLQ%${name}`)),
    fc.constantFrom('', '0', '1', '-1', '4', '2147483648', '9007199254740993', '1e3', '__proto__', '%', 'TAG', 'SQL92'),
    fc.constantFrom(
      'KEYS\x01k\x02',
      'DELAY\x0199\x02',
      '__STARTDELIVERTIME\x01-\x02',
      'UNIQ_KEY\x01\0\x02',
      '\x02\x01',
    ),
    fc.string({ unit: 'binary', maxLength: 40 }),
  );

const body = (names: readonly string[]) =>
  fc.oneof(
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
export function signedRequests(target: RocketMqTarget): fc.IAsyncProperty<unknown> {
  const { accessKeyId, accessKeySecret, names } = target;
  const request = fc
    .record({
      code: fc.oneof(fc.constantFrom(...OPERATIONS.keys()), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
      flag: fc.constantFrom(0, 0, 0, 1, 2, 3),
      fields: fc.dictionary(fc.constantFrom(...FIELDS), text(names)),
      body: body(names),
    })
    .map(({ fields, ...others }) => {
      // What waits for messages would keep the fuzzer waiting, too.
      const all = new Map(Object.entries({ ...fields, AccessKey: accessKeyId, suspendTimeoutMillis: '1' }));
      all.set('Signature', signatureOf(all, others.body, accessKeySecret));
      return { ...others, fields: all };
    });
  return fc.asyncProperty(fc.array(request, { minLength: 10, maxLength: 10 }), async (requests) => {
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
export function brokenFrames({ rocketmqPort }: RocketMqTarget): fc.IAsyncProperty<unknown> {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.tuple(fc.nat(1), fc.nat(300), fc.uint8Array({ maxLength: 300 })).map(([type, headerLength, rest]) => {
      const start = Buffer.alloc(8);
      start.writeInt32BE(4 + rest.length, 0);
      start.writeUInt32BE(type * 2 ** 24 + headerLength, 4);
      return Buffer.concat([start, rest]);
    }),
  );
  return fc.asyncProperty(fc.array(bytes, { minLength: 10, maxLength: 10 }), async (inputs) => {
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
