import * as http from 'node:http';
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import signUtils from 'ali-oss/lib/common/signUtils';
import OpenApiUtil from '@alicloud/openapi-util';
import { encoded } from './hostile-inputs';
import { type Fuzzer, type FuzzTarget, REGION, THERE, TRUST } from './target';

interface Answered {
  readonly status: number;
  readonly text: string;
}

function send(
  { httpPort }: FuzzTarget,
  method: string,
  path: string,
  headers: Record<string, string>,
  body = '',
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port: httpPort, method, path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString() }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

function oss(
  target: FuzzTarget,
  method: string,
  key: string,
  {
    query = {},
    headers = {},
    body = '',
  }: { query?: Record<string, string>; headers?: Record<string, string>; body?: string } = {},
): Promise<Answered> {
  const all: Record<string, string> = { ...headers, 'x-oss-date': new Date().toUTCString() };
  const canonical = signUtils.buildCanonicalString(method, `/${THERE.bucket}/${key}`, {
    headers: all,
    parameters: query,
  });
  all.authorization = signUtils.authorization(target.accessKeyId, target.accessKeySecret, canonical);
  return send(target, method, `/${THERE.bucket}/${key}?${encoded(query)}`, all, body);
}

function rpc(target: FuzzTarget, version: string, parameters: Record<string, string>): Promise<Answered> {
  const query: Record<string, string> = {
    ...parameters,
    Version: version,
    Format: 'JSON',
    AccessKeyId: target.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: createHash('md5').update(`${Math.random()}`).digest('hex'),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
  };
  query.Signature = OpenApiUtil.getRPCSignature(query, 'GET', target.accessKeySecret);
  return send(target, 'GET', `/?${encoded(query)}`, {});
}

function expectThat(holds: boolean, what: string, answers: readonly unknown[]): void {
  if (!holds) {
    throw new Error(`${what}: ${JSON.stringify(answers)}`);
  }
}

const statuses = (answers: readonly Answered[]) => answers.map(({ status }) => status);
const winners = (answers: readonly Answered[]) => answers.filter(({ status }) => status < 300).length;
const content = (index: number, size: number) => String.fromCharCode(97 + index).repeat(size);

let made = 0;
const nextName = (prefix: string) => `${prefix}-${(made += 1)}`;

/** What several clients do at once to one thing, and what must come of it. */
const RACES: Readonly<Record<string, (target: FuzzTarget, clients: number, size: number) => Promise<void>>> = {
  'one of several creates a role': async (target, clients) => {
    const RoleName = nextName('race');
    const call = { Action: 'CreateRole', RoleName, AssumeRolePolicyDocument: TRUST };
    const answers = await Promise.all(Array.from({ length: clients }, () => rpc(target, '2015-05-01', call)));
    expectThat(winners(answers) === 1, 'expected one CreateRole to succeed', statuses(answers));
    target.account.ram.deleteRole(RoleName);
  },
  'one of several makes an object that must not be overwritten': async (target, clients, size) => {
    const key = nextName('race');
    const headers = { 'x-oss-forbid-overwrite': 'true' };
    const answers = await Promise.all(
      Array.from({ length: clients }, (_, index) => oss(target, 'PUT', key, { headers, body: content(index, size) })),
    );
    expectThat(winners(answers) === 1, 'expected one PutObject to succeed', statuses(answers));
    const winner = answers.findIndex(({ status }) => status === 200);
    const { text } = await oss(target, 'GET', key);
    expectThat(text === content(winner, size), 'expected the content of the winner', [text.slice(0, 20)]);
    await oss(target, 'DELETE', key);
  },
  'an object is whole while it is overwritten': async (target, clients, size) => {
    const key = nextName('race');
    await oss(target, 'PUT', key, { body: content(0, size) });
    const [gets] = await Promise.all([
      Promise.all(Array.from({ length: clients }, () => oss(target, 'GET', key))),
      Promise.all(
        Array.from({ length: clients }, (_, index) => oss(target, 'PUT', key, { body: content(index, size) })),
      ),
    ]);
    for (const { status, text } of gets) {
      expectThat(status === 200 && text === text[0].repeat(size), 'expected a whole object', [
        status,
        text.slice(0, 20),
      ]);
    }
    await oss(target, 'DELETE', key);
  },
  'one of several appends at a position': async (target, clients, size) => {
    const key = nextName('race');
    const answers = await Promise.all(
      Array.from({ length: clients }, (_, index) =>
        oss(target, 'POST', key, { query: { append: '', position: '0' }, body: content(index, size) }),
      ),
    );
    expectThat(winners(answers) === 1, 'expected one AppendObject to succeed', statuses(answers));
    await oss(target, 'DELETE', key);
  },
  'an upload is completed or given up, not both': async (target, _clients, size) => {
    const key = nextName('race');
    const started = await oss(target, 'POST', key, { query: { uploads: '' } });
    const uploadId = /<UploadId>(\w+)</.exec(started.text)![1];
    await oss(target, 'PUT', key, { query: { uploadId, partNumber: '1' }, body: content(0, size) });
    const complete = () => oss(target, 'POST', key, { query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } });
    const answers = await Promise.all([
      complete(),
      oss(target, 'DELETE', key, { query: { uploadId } }),
      oss(target, 'PUT', key, { query: { uploadId, partNumber: '1' }, body: content(1, size) }),
      complete(),
    ]);
    expectThat(
      answers.every(({ status }) => status < 500),
      'expected no answer of 5xx',
      answers,
    );
    const { status, text } = await oss(target, 'GET', key);
    const isWhole = status === 404 || [content(0, size), content(1, size)].includes(text);
    expectThat(isWhole, 'expected a whole object or none', [status, text.slice(0, 20)]);
    const completed = answers[0].status === 200 || answers[3].status === 200;
    expectThat(completed === (status === 200), 'expected an object where a completion succeeded', [
      ...statuses(answers),
      status,
    ]);
    await oss(target, 'DELETE', key);
  },
  'a message goes to one of several receivers': async ({ account }, clients) => {
    const queueName = nextName('race');
    account.mns.createQueue(REGION, { queueName });
    const sent = Array.from({ length: clients }, () => account.mns.sendMessage(REGION, queueName, 'text').messageId);
    const received = await Promise.all(
      Array.from({ length: 2 * clients }, async () => {
        await Promise.resolve();
        return account.mns.receiveMessages(REGION, queueName, 1).map(({ messageId }) => messageId);
      }),
    );
    expectThat(received.flat().sort().join() === sent.sort().join(), 'expected each message once', received);
    await account.mns.deleteQueue(REGION, queueName);
  },
  'one of several creates a queue': async (target, clients) => {
    const QueueName = nextName('race');
    const answers = await Promise.all(
      Array.from({ length: clients }, () => rpc(target, '2022-01-19', { Action: 'CreateQueue', QueueName })),
    );
    expectThat(
      target.account.mns.listQueues(REGION).filter(({ queueName }) => queueName === QueueName).length === 1,
      'expected one queue',
      statuses(answers),
    );
    await target.account.mns.deleteQueue(REGION, QueueName);
  },
};

function raceProperty(target: FuzzTarget): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(
    fc.constantFrom(...Object.keys(RACES)),
    fc.integer({ min: 2, max: 8 }),
    fc.constantFrom(1, 1000, 200_000),
    async (name, clients, size) => {
      target.account.activation.activate('oss');
      target.account.activation.activate('mns');
      if (!target.account.oss.findBucket(THERE.bucket)) {
        target.account.oss.createBucket(REGION, { name: THERE.bucket });
      }
      await RACES[name](target, clients, size);
    },
  );
}

export const RACE_FUZZERS: readonly Fuzzer[] = [
  { name: 'races: two clients at once', share: 5, property: raceProperty },
];
