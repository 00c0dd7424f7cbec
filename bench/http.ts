import { type ChildProcess, spawn } from 'node:child_process';
import * as http from 'node:http';
import * as net from 'node:net';
import OpenApiUtil from '@alicloud/openapi-util';
import signUtils from 'ali-oss/lib/common/signUtils';
import { ROOT } from './processes';
import { report } from './ratio';

const CONCURRENCY = 16;
const CALLS = 3_000;
const ENTITIES = 10_000;
const FEW = 500;

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Server {
  readonly port: number;
  readonly stop: () => void;
}

/** Calls a second that a server answers, with as many at once as a busy client makes. */
async function callsPerSecond(port: number, calls: number, callOf: (index: number) => Call): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  let next = 0;
  const start = performance.now();
  const client = async () => {
    while (next < calls) {
      const index = next;
      next += 1;
      await send(agent, port, callOf(index));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  agent.destroy();
  return (1000 * calls) / (performance.now() - start);
}

function send(agent: http.Agent, port: number, { method, path, headers = {}, body = '' }: Call): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () =>
        response.statusCode! < 300 ? resolve() : reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)),
      );
    });
    request.on('error', reject);
    request.setHeader('content-length', Buffer.byteLength(body));
    request.end(body);
  });
}

interface Key {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
}

function rpc(version: string, action: string, parameters: Readonly<Record<string, string>>, key: Key): Call {
  const query: Record<string, string> = {
    Action: action,
    Version: version,
    Format: 'JSON',
    AccessKeyId: key.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: 'nonce',
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ...parameters,
  };
  query.Signature = OpenApiUtil.getRPCSignature(query, 'GET', key.accessKeySecret);
  return { method: 'GET', path: `/?${new URLSearchParams(query).toString()}` };
}

function oss(method: string, path: string, key: Key, body = ''): Call {
  const headers: Record<string, string> = { 'x-oss-date': new Date().toUTCString() };
  const canonical = signUtils.buildCanonicalString(method, path, { headers, parameters: {} });
  headers.authorization = signUtils.authorization(key.accessKeyId, key.accessKeySecret, canonical);
  return { method, path, headers, body };
}

async function ours(): Promise<Server & { key: Key }> {
  const child = spawn(process.execPath, ['dist/lib/local-cloud/server/cli.js', 'start'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes('Ready.')) {
        resolve(text.split('\n')[0]);
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`alicloud-local ended with ${code}: build it first`)));
  });
  const endpoints = JSON.parse(line) as Key & { http: string };
  child.removeAllListeners('exit');
  return { port: Number(endpoints.http.split(':')[1]), key: endpoints, stop: () => child.kill('SIGTERM') };
}

/** A server of another project, when it is installed. */
async function other(command: string, argsOf: (port: number) => readonly string[]): Promise<Server | undefined> {
  const port = await freePort();
  const child: ChildProcess = spawn(command, argsOf(port), { stdio: 'ignore' });
  const absent = new Promise<boolean>((resolve) => child.once('error', () => resolve(true)));
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const up = await Promise.race([absent.then(() => undefined), isOpen(port)]);
    if (up === undefined) {
      return undefined;
    }
    if (up) {
      return { port, stop: () => child.kill('SIGKILL') };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  child.kill('SIGKILL');
  throw new Error(`${command} did not open port ${port}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

const TRUST =
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x"]}}]}';

/** How much slower a read is among many than among few. */
async function growth(port: number, key: Key): Promise<void> {
  await send(new http.Agent(), port, oss('PUT', '/growth/', key));
  const kinds: [name: string, make: (index: number) => Call, read: (index: number) => Call][] = [
    [
      'roles',
      (index) => rpc('2015-05-01', 'CreateRole', { RoleName: `role-${index}`, AssumeRolePolicyDocument: TRUST }, key),
      (index) => rpc('2015-05-01', 'GetRole', { RoleName: `role-${index}` }, key),
    ],
    [
      'objects',
      (index) => oss('PUT', `/growth/key-${index}`, key, 'content'),
      (index) => oss('GET', `/growth/key-${index}`, key),
    ],
  ];
  for (const [name, make, read] of kinds) {
    const rate = (from: number, callOf: (index: number) => Call) =>
      callsPerSecond(port, FEW, (index) => callOf(from + index));
    const makeFew = await rate(0, make);
    const readFew = await rate(0, read);
    await callsPerSecond(port, ENTITIES - 2 * FEW, (index) => make(FEW + index));
    const makeMany = await rate(ENTITIES - FEW, make);
    const readMany = await rate(ENTITIES - FEW, read);
    report(`making ${name} among ${ENTITIES} against among ${FEW}`, makeFew / makeMany, 1.5);
    report(`reading ${name} among ${ENTITIES} against among ${FEW}`, readFew / readMany, 1.5);
  }
}

async function main(): Promise<void> {
  const local = await ours();
  const moto = await other('moto_server', (port) => ['-H', '127.0.0.1', '-p', String(port)]);
  try {
    const { port, key } = local;
    const identity = rpc('2015-04-01', 'GetCallerIdentity', {}, key);
    const signed = await callsPerSecond(port, CALLS, () => identity);
    await send(new http.Agent(), port, oss('PUT', '/speed/', key));
    const put = await callsPerSecond(port, CALLS, (index) => oss('PUT', `/speed/key-${index}`, key, 'content'));
    process.stdout.write(`alicloud-local: ${signed.toFixed(0)} API calls/s, ${put.toFixed(0)} objects stored/s\n`);
    if (moto) {
      const whoAmI = {
        method: 'GET',
        path: '/?Action=GetCallerIdentity&Version=2011-06-15',
        headers: { host: 'sts.amazonaws.com' },
      };
      const theirs = await callsPerSecond(moto.port, CALLS / 10, () => whoAmI);
      await send(new http.Agent(), moto.port, { method: 'PUT', path: '/speed' });
      const stored = await callsPerSecond(moto.port, CALLS / 10, (index) => ({
        method: 'PUT',
        path: `/speed/key-${index}`,
        body: 'content',
      }));
      process.stdout.write(`moto: ${theirs.toFixed(0)} API calls/s, ${stored.toFixed(0)} objects stored/s\n`);
      report("time of an API call against moto's", theirs / signed, 1 / 5);
      report("time to store an object against moto's", stored / put, 1 / 5);
    } else {
      process.stdout.write('moto_server is not installed: not compared\n');
    }
    await growth(port, key);
  } finally {
    local.stop();
    moto?.stop();
  }
}

void main();
