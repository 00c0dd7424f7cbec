import * as http from 'node:http';
import * as net from 'node:net';
import * as fc from 'fast-check';
import { BATCH, type Fuzzer, type FuzzTarget, prepareAccount } from './target';

/** How long a server may take to hang up; gRPC's keeps a connection for as long as its client likes. */
const TIMEOUT_MILLIS = 2_000;
const GRPC_TIMEOUT_MILLIS = 20;
const ANSWER_MILLIS = 10_000;

// What is sent to the HTTP server

export const word = fc.oneof(
  fc.constantFrom(
    'data',
    'key',
    'a/b',
    'GID_a',
    'role',
    'x'.repeat(300),
    '..',
    '%',
    '%00',
    '\u0000',
    '💥',
    '-1',
    '{}',
    '[]',
    '',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
);
export const headerText = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});

const ROOTS = [
  'LifecycleConfiguration',
  'Tagging',
  'CORSConfiguration',
  'Delete',
  'VersioningConfiguration',
  'Message',
  'Queue',
];

export const xml = fc.letrec<{ node: string; tree: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('', '30', 'Enabled', '<![CDATA[x]]>', '&amp;', '&b;', '<a', '<!DOCTYPE a [<!ENTITY b "c">]>'),
    fc
      .tuple(
        fc.constantFrom('Rule', 'Tag', 'Key', 'Value', 'Object', 'Status', 'Days', 'MessageBody', '__proto__'),
        tie('node'),
      )
      .map(([name, content]) => `<${name}>${content}</${name}>`),
    fc.array(tie('node'), { maxLength: 3 }).map((nodes) => nodes.join('')),
  ),
  tree: fc.tuple(fc.constantFrom(...ROOTS), tie('node')).map(([root, content]) => `<${root}>${content}</${root}>`),
})).tree;
export const body = fc.oneof(
  fc.constant(''),
  xml,
  fc.json(),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

export interface HttpInput {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'];
export const method = fc.constantFrom(...METHODS);

export function encoded(parameters: Readonly<Record<string, string>>): string {
  return Object.entries(parameters)
    .map((pair) => pair.map((part) => encodeURIComponent(part)).join('='))
    .join('&');
}

/** A request that nobody signed, to any path, host and protocol of the server. */
const unsignedInput: fc.Arbitrary<HttpInput> = fc.record({
  method,
  target: fc
    .tuple(
      fc.constantFrom(
        '',
        'http://ram.aliyuncs.com',
        'http://oss-cn-hangzhou.aliyuncs.com',
        'http://evil.example',
        'http://',
      ),
      fc.constantFrom(
        '/',
        '/_local/state',
        '/_local/faults',
        '/_local/',
        '/queues/a/messages',
        '/topics/a/messages',
        '/%',
        '/%2e%2e/',
      ),
      fc.dictionary(
        fc.constantFrom('Action', 'mq_message_id', 'bucket', 'prefix', 'x-oss-signature', 'OSSAccessKeyId', 'Expires'),
        word,
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      ),
    )
    .map(([origin, path, query]) => `${origin}${path}?${encoded(query)}`),
  headers: fc.dictionary(
    fc.constantFrom(
      'authorization',
      'x-acs-action',
      'x-acs-version',
      'x-acs-date',
      'date',
      'x-alicloud-local',
      'content-type',
    ),
    fc.oneof(
      fc.constantFrom(
        'ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=00',
        'OSS a:b',
        'MQ a:b',
        'MNS a:b',
        'OSS4-HMAC-SHA256 Credential=a',
      ),
      headerText,
    ),
    { maxKeys: 4, noNullPrototype: true },
  ),
  body,
});

export function sendHttp(port: number, agent: http.Agent, input: HttpInput): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { host: '127.0.0.1', port, agent, method: input.method, path: input.target, headers: input.headers },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString('latin1', 0, 200)));
        response.on('error', () => resolve());
        response.on('end', () => {
          // An answer of 500 is an error that nobody thought of.
          if (response.statusCode === 500) {
            reject(new Error(`500 to ${JSON.stringify(input)}: ${text}`));
          } else {
            resolve();
          }
        });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) =>
      // Answered before the whole body was sent, or refused as no HTTP.
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') || error.message.startsWith('Parse Error')
        ? resolve()
        : reject(error),
    );
    request.setTimeout(ANSWER_MILLIS, () => {
      reject(new Error(`no answer to ${JSON.stringify(input)}`));
      request.destroy();
    });
    request.setHeader('content-length', Buffer.byteLength(input.body));
    request.end(input.body);
  });
}

export function httpProperty(inputOf: (target: FuzzTarget) => fc.Arbitrary<HttpInput>) {
  return (target: FuzzTarget) => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: BATCH });
    // Made anew each time, as an input may name what earlier ones made, and have deleted what the next ones name.
    const batch = fc.constant(null).chain(() => {
      Object.assign(target, { instanceId: prepareAccount(target.account) });
      return fc.array(inputOf(target), { minLength: BATCH, maxLength: BATCH });
    });
    return fc.asyncProperty(batch, async (inputs) => {
      await Promise.all(inputs.map((input) => sendHttp(target.httpPort, agent, input)));
    });
  };
}

// Bytes

/** Sends bytes, says that there are no more, and waits until the server hangs up. */
function sendBytes(port: number, bytes: Uint8Array, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(patience, () => socket.destroy());
    socket.on('data', () => undefined);
    socket.on('error', (error: NodeJS.ErrnoException) =>
      ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? undefined : reject(error),
    );
    socket.on('close', () => resolve());
  });
}

function bytesProperty(
  portOf: (target: FuzzTarget) => number,
  input: fc.Arbitrary<Uint8Array>,
  patience = TIMEOUT_MILLIS,
) {
  return (target: FuzzTarget) =>
    fc.asyncProperty(fc.array(input, { minLength: BATCH, maxLength: BATCH }), async (inputs) => {
      await Promise.all(inputs.map((bytes) => sendBytes(portOf(target), bytes, patience)));
    });
}

export const noise = fc.uint8Array({ maxLength: 400 });

const brokenHttp = fc
  .tuple(
    fc.constantFrom(
      'GET / HTTP/1.1',
      'PUT /fuzz-data/k HTTP/1.1',
      'CONNECT a:1 HTTP/1.1',
      'GET http://127.0.0.1/ HTTP/1.0',
      'PRI * HTTP/2.0',
      '',
    ),
    fc.array(
      fc.constantFrom(
        'Host: localhost',
        'Content-Length: 5',
        'Content-Length: -1',
        'Transfer-Encoding: chunked',
        'Expect: 100-continue',
        'Upgrade: h2c',
        'Connection: upgrade',
        ': x',
        'a\u0000b: c',
      ),
    ),
    noise,
  )
  .map(([line, headers, rest]) => Buffer.concat([Buffer.from(`${[line, ...headers].join('\r\n')}\r\n\r\n`), rest]));

/** Packets of the MySQL protocol: a length, a number and any content. */
const mysqlPackets = fc
  .array(fc.tuple(fc.option(fc.integer({ min: 0, max: 0xffffff })), fc.integer({ min: 0, max: 255 }), noise), {
    maxLength: 4,
  })
  .map((packets) =>
    Buffer.concat(
      packets.map(([length, number, content]) => {
        const head = Buffer.alloc(4);
        head.writeUIntLE(length ?? content.length, 0, 3);
        head[3] = number;
        return Buffer.concat([head, content]);
      }),
    ),
  );

/** Frames of HTTP/2, which gRPC speaks, after a good beginning. */
const http2Frames = fc
  .array(
    fc.tuple(
      fc.option(fc.integer({ min: 0, max: 0xffff })),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 0, max: 255 }),
      fc.integer({ min: 0, max: 5 }),
      noise,
    ),
    { maxLength: 4 },
  )
  .map((frames) =>
    Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
      ...frames.map(([length, type, flags, stream, content]) => {
        const head = Buffer.alloc(9);
        head.writeUIntBE(length ?? content.length, 0, 3);
        head[3] = type;
        head[4] = flags;
        head.writeUInt32BE(stream, 5);
        return Buffer.concat([head, content]);
      }),
    ]),
  );

/** Inputs that are no requests, or that nobody signed. */
export const HOSTILE_FUZZERS: readonly Fuzzer[] = [
  { name: 'HTTP: unsigned requests', share: 10, property: httpProperty(() => unsignedInput) },
  { name: 'HTTP: broken requests', share: 5, property: bytesProperty(({ httpPort }) => httpPort, brokenHttp) },
  { name: 'HTTP: noise', share: 3, property: bytesProperty(({ httpPort }) => httpPort, noise) },
  { name: 'MySQL: packets', share: 8, property: bytesProperty(({ dlaPort }) => dlaPort, mysqlPackets) },
  {
    name: 'gRPC: frames',
    share: 5,
    property: bytesProperty(({ terraformPort }) => terraformPort, http2Frames, GRPC_TIMEOUT_MILLIS),
  },
];
