import { randomUUID } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import * as http from 'node:http';
import * as net from 'node:net';
import OpenApiUtil from '@alicloud/openapi-util';
import { type Call, type Key, oss, send, type Server, startLocalCloud } from './http-client';
import { ended } from './processes';
import { median, report } from './ratio';

const CONCURRENCY = 16;
const CALLS = 1_000;
const ROUNDS = 7;
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
      return { port, stop: () => ended(child, 'SIGKILL') };
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
  '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":["x.aliyuncs.com"]}}]}';

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

/** Compares by turns, so that both meet the same machine. */
async function compare(
  what: string,
  ours: () => Promise<number>,
  theirs: () => Promise<number>,
  goal: number,
): Promise<void> {
  const rates: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    rates[0].push(await ours());
    rates[1].push(await theirs());
  }
  const [our, their] = rates.map(median);
  process.stdout.write(`${what}: alicloud-local ${our.toFixed(0)}/s, moto ${their.toFixed(0)}/s\n`);
  report(`time of ${what} against moto's`, their / our, goal);
}

async function main(): Promise<void> {
  const local = await startLocalCloud();
  const moto = await other('moto_server', (port) => ['-H', '127.0.0.1', '-p', String(port)]);
  try {
    const { port, key } = local;
    await send(new http.Agent(), port, oss('PUT', '/speed/', key));
    let made = 0;
    const name = (): string => `key-${(made += 1)}`;
    const call = () => callsPerSecond(port, CALLS, () => rpc('2015-04-01', 'GetCallerIdentity', {}, key));
    const store = () => callsPerSecond(port, CALLS, () => oss('PUT', `/speed/${name()}`, key, { body: 'content' }));
    if (moto) {
      const whoAmI = {
        method: 'GET',
        path: '/?Action=GetCallerIdentity&Version=2011-06-15',
        headers: { host: 'sts.amazonaws.com' },
      };
      await send(new http.Agent(), moto.port, { method: 'PUT', path: '/speed' });
      const theirCall = () => callsPerSecond(moto.port, CALLS / 10, () => whoAmI);
      const theirStore = () =>
        callsPerSecond(moto.port, CALLS / 10, () => ({ method: 'PUT', path: `/speed/${name()}`, body: 'content' }));
      await compare('an API call', call, theirCall, 0.05);
      await compare('storing an object', store, theirStore, 1 / 5);
    } else {
      process.stdout.write('moto_server is not installed: not compared\n');
    }
    await growth(port, key);
  } finally {
    await local.stop();
    await moto?.stop();
  }
}

void main();
