import { randomUUID } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import * as http from 'node:http';
import * as net from 'node:net';
import OpenApiUtil from '@alicloud/openapi-util';
import { type Call, type Key, oss, send, type Server, startLocalCloud } from './http-client';
import { report } from './ratio';

const CONCURRENCY = 16;
const CALLS = 3_000;
const ENTITIES = 10_000;
const FEW = 500;

/** Calls a second that a server answers, with as many at once as a busy client makes. */
async function callsPerSecond(port: number, calls: number, callOf: (index: number) => Call): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: CONCURRENCY });
  // Signing is the client's work.
  const prepared = Array.from({ length: calls }, (_, index) => callOf(index));
  let next = 0;
  const start = performance.now();
  const client = async () => {
    while (next < calls) {
      const index = next;
      next += 1;
      await send(agent, port, prepared[index]);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, client));
  agent.destroy();
  return (1000 * calls) / (performance.now() - start);
}

function rpc(version: string, action: string, parameters: Readonly<Record<string, string>>, key: Key): Call {
  const query: Record<string, string> = {
    Action: action,
    Version: version,
    Format: 'JSON',
    AccessKeyId: key.accessKeyId,
    SignatureMethod: 'HMAC-SHA1',
    SignatureVersion: '1.0',
    SignatureNonce: randomUUID(),
    Timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    ...parameters,
  };
  query.Signature = OpenApiUtil.getRPCSignature(query, 'GET', key.accessKeySecret);
  return { method: 'GET', path: `/?${new URLSearchParams(query).toString()}` };
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
      (index) => oss('PUT', `/growth/key-${index}`, key, { body: 'content' }),
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
  const local = await startLocalCloud();
  const moto = await other('moto_server', (port) => ['-H', '127.0.0.1', '-p', String(port)]);
  try {
    const { port, key } = local;
    const signed = await callsPerSecond(port, CALLS, () => rpc('2015-04-01', 'GetCallerIdentity', {}, key));
    await send(new http.Agent(), port, oss('PUT', '/speed/', key));
    const put = await callsPerSecond(port, CALLS, (index) =>
      oss('PUT', `/speed/key-${index}`, key, { body: 'content' }),
    );
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
      report("time of an API call against moto's", theirs / signed, 0.05);
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
