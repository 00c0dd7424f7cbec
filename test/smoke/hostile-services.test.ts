import * as fs from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import Ajv from 'ajv';
import { afterEach, describe, expect, it } from 'vitest';
import { type ChannelReport, runSmokeTest, type SmokeReport } from '../../lib/smoke';
import { tlsFiles } from '../../lib/local-cloud/server/certificate';
import { toJson, toJUnit, toText } from '../../lib/smoke/report-formats';
import { FaultServer, GOOD_TASK, PASSWORD, task, USER } from './fault-server';

const SECRET = 'a-secret-of-the-account';
const TOKEN = 'a-token-of-the-session';
const MEGABYTE = 1_024 * 1_024;
const schema = JSON.parse(fs.readFileSync('schema/smoke-report.schema.json', 'utf8')) as object;

let services: Server | ReturnType<typeof createSocketServer> | undefined;
const sockets = new Set<Socket>();
let dla: FaultServer | undefined;
afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  sockets.clear();
  await new Promise<void>((resolve) => services?.close(() => resolve()) ?? resolve());
  await dla?.stop();
  services = dla = undefined;
});

interface Met {
  readonly report: SmokeReport;
  readonly channel: ChannelReport;
  /** Every text that people or programs are given. */
  readonly written: string;
}

/** A pass of DLA that is diagnosed with services at this address. */
async function meet(
  host: string,
  kind: 'mq' | 'mns' = 'mq',
  timeoutMillis = 20_000,
  env: Record<string, string> = {},
): Promise<Met> {
  dla = await FaultServer.start({ poll: task(GOOD_TASK) });
  const outputs =
    kind === 'mq'
      ? {
          kind,
          instanceId: 'i',
          topic: 't',
          producerId: 'GID_g',
          endpoint: 'http://i.cn-hangzhou.mq.aliyuncs.com:8080',
        }
      : { kind, queue: 'q' };
  const report = await runSmokeTest({
    channels: [{ name: 'c', outputs: { region: 'cn-hangzhou', roleName: 'n', query: 'select it', ...outputs } }],
    host: '127.0.0.1',
    port: dla.port,
    diagnose: true,
    timeoutMillis,
    env: {
      DLA_USER: USER,
      DLA_PASSWORD: PASSWORD,
      ALICLOUD_ACCESS_KEY: 'an-id-of-a-key',
      ALICLOUD_SECRET_KEY: SECRET,
      ALICLOUD_SECURITY_TOKEN: TOKEN,
      ...Object.fromEntries(['RAM', 'STS', 'ONS', 'MNS', 'OSS'].map((name) => [`${name}_ENDPOINT`, host])),
      ...env,
    },
  });
  expect(new Ajv({ allowUnionTypes: true }).validate(schema, JSON.parse(toJson(report)))).toBe(true);
  return { report, channel: report.channels[0], written: toJson(report) + toText(report) + toJUnit(report) };
}

async function listen(server: Server | ReturnType<typeof createSocketServer>): Promise<string> {
  services = server;
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const told = ({ channel }: Met): Set<string> =>
  new Set(channel.diagnosis!.map(({ state, detail }) => `${state} ${detail}`));

const JSON_TYPE = { 'content-type': 'application/json' };
const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
/** Only what expands entities sees a list of OSS in it, and never comes to an end with the last one. */
const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY list "&#60;ListAllMyBucketsResult/&#62;"><!ENTITY a "${'a'.repeat(1_000)}">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "${`&${i ? `b${i - 1}` : 'a'};`.repeat(10)}">`).join('')}]><a>&list;&b19;</a>`;

/** Endless, in pieces that are as fast as they are taken. */
const pour =
  (piece: Buffer): RequestListener =>
  (_, response) => {
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  };

const NOT_JSON = 'expected JSON, got something else';
const NOT_IN_FORM = 'the answer is not in the expected form';
/** Node tells it by where the answer was. */
const LEFT = /^ECONNRESET: (socket hang up|aborted|read ECONNRESET)$/;
const answered = (told: string): string[] => [`the service answered with ${told}`, `OSS answered ${told}`];

describe.each(['mq', 'mns'] as const)('services of an %s channel that', (kind) => {
  it.each<[string, RequestListener, readonly (string | RegExp)[]]>([
    [
      'send without end',
      pour(Buffer.alloc(64 * 1_024, 'a')),
      ['expected an answer of at most 1048576 bytes, got more'],
    ],
    ['answer with a page', (_, response) => response.end('<html>log in</html>'), [NOT_JSON, NOT_IN_FORM]],
    ['answer with nothing', (_, response) => response.end(), [NOT_JSON, NOT_IN_FORM]],
    [
      'answer in bytes that are no text',
      (_, response) => response.end(Buffer.from([255, 0, 254, 1])),
      [NOT_JSON, NOT_IN_FORM],
    ],
    ['answer with null', (_, response) => response.end('null'), [NOT_IN_FORM]],
    ['answer with a list', (_, response) => response.end('[]'), [NOT_IN_FORM]],
    ['answer with no facts', (_, response) => response.end('{"RequestId":"1"}'), [NOT_IN_FORM]],
    ['nest deeply', (_, response) => response.writeHead(200, JSON_TYPE).end(deep), [NOT_IN_FORM]],
    [
      'expand entities',
      (_, response) => response.writeHead(200, { 'content-type': 'text/xml' }).end(bomb),
      [NOT_JSON, NOT_IN_FORM],
    ],
    [
      'have an error behind HTTP 200',
      (_, response) => response.end('{"Code":"InternalError","Message":"oh dear","Data":{}}'),
      ['InternalError: oh dear', NOT_IN_FORM],
    ],
    [
      'have no success behind HTTP 200',
      (_, response) => response.end('{"Success":false,"Message":"oh dear","Data":{}}'),
      ['oh dear', NOT_IN_FORM],
    ],
    [
      'lead elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://elsewhere.example/' }).end(),
      answered('HTTP 302 to http://elsewhere.example/, where no keys are sent'),
    ],
    ['are not modified', (_, response) => response.writeHead(304).end(), answered('HTTP 304')],
    [
      'have no time',
      (_, response) =>
        response.writeHead(503, { 'retry-after': '86400' }).end('{"Code":"Throttling.User","Message":"later"}'),
      ['Throttling.User: later', 'OSS answered HTTP 503'],
    ],
    [
      'promise more than they send',
      (_, response) => (response.writeHead(200, { 'content-length': 100 }).write('{'), response.destroy()),
      [LEFT],
    ],
    ['leave at once', (request) => request.socket.destroy(), [LEFT]],
  ])('%s are told, and prove nothing missing', async (_, listener, expected) => {
    const met = await meet(await listen(createServer(listener)), kind);
    // DLA has told that the receipt was sent, and nobody has told otherwise.
    expect(met.report).toMatchObject({ outcome: 'pass', exitCode: 0 });
    expect(met.channel.diagnosis!.map(({ state }) => state)).not.toContain('fault');
    expect(met.channel.diagnosis!.length).toBeGreaterThan(5);
    const details = [...told(met)].map((detail) => detail.replace('unknown not checked: ', ''));
    for (const text of expected) {
      expect(details).toContainEqual(typeof text === 'string' ? text : expect.stringMatching(text));
    }
    for (const detail of details) {
      expect(
        expected.some((text) => (typeof text === 'string' ? detail === text : text.test(detail))),
        detail,
      ).toBe(true);
    }
  });

  it('speak no HTTP are told', async () => {
    const garbage = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('220 mail.example ESMTP\r\n');
    });
    const met = await meet(await listen(garbage), kind);
    expect(met.report.exitCode).toBe(0);
    expect([...told(met)].join()).toContain('Parse Error: Expected HTTP/');
  });

  it('send headers without end are left', async () => {
    const met = await meet(
      await listen(
        createSocketServer((socket) => {
          socket.on('error', () => undefined);
          socket.write('HTTP/1.1 200 OK\r\n');
          const header = `X-A: ${'a'.repeat(1_000)}\r\n`.repeat(50);
          const more = (): void => void (socket.writable && socket.write(header));
          socket.on('drain', more);
          more();
        }),
      ),
      kind,
    );
    expect(met.report.exitCode).toBe(0);
    expect([...told(met)].join()).toContain('Header overflow');
  });
});

it('keeps a few bytes of an answer, however small its pieces are', { timeout: 60_000 }, async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const live = (): number => {
    collectGarbage();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const chunk = Buffer.from('1\r\n \r\n'.repeat(32_768));
  const before = live();
  let peak = 0;
  const host = await listen(
    createSocketServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', (request) => {
        // One such answer is enough for a machine that is busy.
        if (!/x-acs-action: GetRole\r/i.test(request.toString())) {
          socket.destroy();
          return;
        }
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n');
        const more = (): void => {
          peak = Math.max(peak, live() - before);
          while (socket.writable && socket.write(chunk));
        };
        socket.on('drain', more);
        more();
      });
    }),
  );
  const met = await meet(host);
  expect([...told(met)].join()).toContain('at most 1048576 bytes, got more');
  // A million pieces would take a hundred bytes each.
  expect(peak).toBeLessThan(50 * MEGABYTE);
});

describe('what services tell', () => {
  const answering =
    (bodies: Readonly<Record<string, unknown>>): RequestListener =>
    (request, response) => {
      const action = String(request.headers['x-acs-action']);
      response.end(JSON.stringify(bodies[action] ?? bodies.all ?? {}));
    };
  const INSTANCES = { Data: { InstanceVO: [{ InstanceId: 'i' }] } };

  it.each([
    ['another message', { MsgId: 'another' }, 'pass'],
    ['the message in other letters', { MsgId: GOOD_TASK.mq_message_id.toLowerCase() }, 'pass'],
    ['no message', {}, 'fail'],
  ])('of a message counts when it is about it: %s', async (_, Data, outcome) => {
    const bodies = { OnsInstanceInServiceList: INSTANCES, OnsMessageGetByMsgId: { Data } };
    const met = await meet(await listen(createServer(answering(bodies))));
    expect(met.report).toMatchObject({ outcome });
  });

  it('of a queue counts when it is about it', async () => {
    const met = await meet(await listen(createServer(answering({ all: { Data: { QueueName: 'other' } } }))), 'mns');
    expect(met.channel.diagnosis!.at(-1)).toMatchObject({
      state: 'unknown',
      detail: 'not checked: the answer is about "other"',
    });
  });

  it('of a role with thousands of policies is not asked for one by one', async () => {
    let calls = 0;
    const Policy = Array.from({ length: 5_000 }, (_, index) => ({ PolicyName: `p${index}`, PolicyType: 'Custom' }));
    const list = answering({ ListPoliciesForRole: { Policies: { Policy } } });
    const met = await meet(await listen(createServer((...call) => (calls++, list(...call)))));
    expect(calls).toBeLessThan(20);
    expect([...told(met)]).toContain('unknown not checked: expected at most 50 policies of a role, got 5000');
  });

  it('in megabytes, with codes for terminals, is cut and made visible', async () => {
    const name = `\u001b[2J${'\u202e long'.repeat(100_000)}`;
    const all = { AccountId: name, Data: { InstanceVO: [{ InstanceId: name }], PublishInfoDo: [] } };
    const met = await meet(await listen(createServer(answering({ all }))));
    expect(met.written.length).toBeLessThan(50_000);
    // eslint-disable-next-line no-control-regex -- these are the ones to be found
    expect(met.written).not.toMatch(/[\u001b\u202e]/);
  });

  it('may repeat all that was sent, and no secret is written', async () => {
    const sent: IncomingMessage[] = [];
    const met = await meet(
      await listen(
        createServer((request, response) => {
          sent.push(request);
          const all = `${SECRET} ${TOKEN} ${PASSWORD} ${JSON.stringify(request.rawHeaders)}`;
          response.writeHead(400, all.length % 2 ? {} : { location: `http://e.example/${TOKEN}` });
          response.end(JSON.stringify({ Code: `Oh.${SECRET}`, Message: `${'x'.repeat(130)}${all}` }));
        }),
      ),
    );
    expect(sent.length).toBeGreaterThan(8);
    expect(sent.every(({ rawHeaders }) => !rawHeaders.join().includes(SECRET))).toBe(true);
    // Also what is left of one that was cut.
    for (const secret of [SECRET, TOKEN, PASSWORD]) {
      expect(met.written).not.toContain(secret.slice(0, 8));
    }
  });

  it.each(['InvalidTimeStamp.Expired', 'IllegalTimestamp', 'InvalidTimeStamp.Format'])(
    'of a clock that is wrong names the clock: %s',
    async (Code) => {
      const host = await listen(
        createServer((_, response) => response.writeHead(400).end(JSON.stringify({ Code, Message: 'too old' }))),
      );
      const [first] = (await meet(host)).channel.diagnosis!;
      expect(first).toMatchObject({ state: 'fault', detail: `${Code}: too old` });
      expect(first.fix).toMatch(/^set this machine's clock/);
    },
  );
});

describe('a connection that does not come about says what helps', () => {
  const first = ({ channel }: Met): string => channel.diagnosis![0].detail;

  it('with a certificate that nobody trusts', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificate-'));
    const { key, certificate } = tlsFiles(folder, {});
    const server = createSecureServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate) });
    fs.rmSync(folder, { recursive: true });
    expect(first(await meet(`https://${await listen(server)}`))).toContain(
      'NODE_EXTRA_CA_CERTS names further authorities to trust',
    );
  });

  it('without TLS, where it is expected', async () => {
    const host = await listen(createServer());
    expect(first(await meet(`https://${host}`))).toBe(
      'not checked: EPROTO: expected TLS from 127.0.0.1, got something else: see to the scheme of its endpoint',
    );
  });

  it('with a name that nobody knows', async () => {
    // Too long for a name, so that no resolver is asked.
    expect(first(await meet(`${'a'.repeat(64)}.invalid`))).toContain('ENOTFOUND');
  });

  it('with a proxy that is not used', async () => {
    const env = { HTTP_PROXY: `http://user:${PASSWORD}@proxy.example` };
    const met = await meet('127.0.0.1:9', 'mq', undefined, env);
    expect(first(met)).toMatch(
      /ECONNREFUSED.*; HTTP_PROXY is not used: from Node 24 on, NODE_USE_ENV_PROXY=1 has it used$/,
    );
    expect(met.written).not.toContain('proxy.example');
    expect(first(await meet('127.0.0.1:9', 'mq', undefined, { ...env, NODE_USE_ENV_PROXY: '1' }))).not.toContain(
      'PROXY is not',
    );
  });
});
