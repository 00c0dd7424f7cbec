import { type ChildProcess, execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { mavenCommand, Missing, pythonCommand } from '../runtimes';

const REGION = 'cn-hangzhou';
const here = (name: string) => path.join(__dirname, name);

interface Client {
  readonly name: string;
  /** Makes the program in a folder. @throws Missing */
  readonly prepare: (folder: string) => Promise<string[]>;
  readonly told: Readonly<Record<string, unknown>>;
}

const BATCH = Array.from({ length: 16 }, (_, number) => `m${number}`);

const CLIENTS: readonly Client[] = [
  {
    name: 'aliyun-mns-sdk for Python',
    prepare: () => pythonCommand(here('mns-client.py'), ['mns']),
    told: {
      'no queues': [],
      'made again': 'QueueAlreadyExist',
      listed: ['python'],
      attributes: [50, false],
      peeked: ['中文 & <xml>', 0, true],
      received: ['中文 & <xml>', 1, 1],
      properties: ['wörter & <b>', '1.5'],
      bytes: [0, 255],
      empty: 'MessageNotExist',
      'old handle': 'MessageNotExist',
      deleted: 'MessageNotExist',
      'batch peeked': 16,
      batch: BATCH,
      'batch deleted': 'MessageNotExist',
      priority: 'InvalidArgument',
      delay: 'InvalidArgument',
      raw: '{"id": "raw"}',
      topic: 2048,
      web: 'EndpointInvalid',
      subscription: 'urgent',
      subscriptions: 3,
      'fanned out': 'to all',
      xml: [true, true],
      'no more of the tag': 'MessageNotExist',
      json: [Buffer.from('to all').toString('base64'), 'urgently'],
      'topic deleted': 'TopicNotExist',
      'dead letter': ['dead letter', 1, 'retried'],
      'not there': 'QueueNotExist',
    },
  },
  {
    name: 'aliyun-sdk-mns for Java',
    prepare: (folder) => mavenCommand(here('java-client'), folder, 'Client'),
    told: {
      'no queues': true,
      'made again': 'QueueAlreadyExist',
      listed: 1,
      attributes: 60,
      peeked: '中文 & <xml>',
      received: ['中文 & <xml>', 1, 1],
      properties: ['wörter & <b>', '1.5'],
      empty: true,
      'old handle': 'MessageNotExist',
      'batch peeked': 16,
      batch: BATCH,
      'batch deleted': 16,
      priority: 'InvalidArgument',
      delay: 'InvalidArgument',
      raw: '{"id": "raw"}',
      subscriptions: 2,
      mail: 'EndpointInvalid',
      'fanned out': 'to all',
      xml: true,
      'no more of the tag': true,
      'topic deleted': 'TopicNotExist',
      'dead letter': ['dead letter', 1, 'retried'],
      'not there': 'QueueNotExist',
      'version 4': 'signed by version 4',
    },
  },
];

interface Line {
  readonly name: string;
  readonly value: unknown;
}

let cloud: LocalCloud;

beforeEach(async () => {
  cloud = await LocalCloud.start();
});
afterEach(() => cloud.stop());

function environment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    ...cloud.endpoints.environment,
    ENDPOINT: `http://${cloud.endpoints.http}`,
    ACCOUNT_ID: cloud.account.identity.accountId,
    PYTHONIOENCODING: 'utf-8',
    PYTHONWARNINGS: 'ignore',
  };
}

/** A consumer that tells what it has received before it deletes it; killed when the test ends. */
class Consumer {
  public readonly bodies: string[] = [];
  public isReady = false;
  private errors = '';
  private readonly child: ChildProcess;

  constructor([file, ...args]: readonly string[], queue: string) {
    this.child = spawn(file, [...args, 'consume', queue], { env: environment() });
    this.child.stderr!.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    createInterface({ input: this.child.stdout! }).on('line', (text) => {
      const { name, value } = JSON.parse(text) as Line;
      if (name === 'ready') {
        this.isReady = true;
      } else {
        this.bodies.push(String(value));
      }
    });
    onTestFinished(() => this.kill());
  }

  public async waiting(queue: string, consumers: number): Promise<void> {
    const { arrivals } = cloud.account.mns.messages as unknown as { arrivals: NodeJS.EventEmitter };
    await vi.waitFor(
      () => {
        expect(this.isReady, this.errors).toBe(true);
        expect(arrivals.listenerCount(`${REGION}/${queue}`)).toBe(consumers);
      },
      { timeout: 60_000 },
    );
  }

  public kill(): void {
    this.child.kill('SIGKILL');
  }
}

describe.each(CLIENTS)('$name', ({ prepare, told }) => {
  let command: string[] | undefined;
  let reason = '';
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mns-client-'));

  beforeAll(async () => {
    try {
      command = await prepare(path.join(folder, 'client'));
    } catch (error) {
      if (!(error instanceof Missing)) {
        throw error;
      }
      reason = error.message;
    }
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  it('works with queues, topics and dead letters', async ({ skip }) => {
    skip(!command, reason);
    const { mns } = cloud.account;
    mns.createQueue(REGION, { queueName: 'dead' });
    const dlqPolicy = { enabled: true, deadLetterTargetQueue: 'dead', maxReceiveCount: 1 };
    mns.createQueue(REGION, { queueName: 'retried', visibilityTimeout: 1, dlqPolicy });
    const [file, ...args] = command!;
    const { stdout } = await promisify(execFile)(file, [...args, 'all'], { env: environment() });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(Object.fromEntries(lines.map(({ name, value }) => [name, value]))).toEqual(told);
  });

  it('is killed, started again, and shares a queue', async ({ skip }) => {
    skip(!command, reason);
    const queue = 'shared';
    const { mns } = cloud.account;
    mns.createQueue(REGION, { queueName: queue });
    const send = (...bodies: string[]) =>
      bodies.forEach((body) => mns.sendMessage(REGION, queue, Buffer.from(body).toString('base64')));
    const counts = () => mns.messageCounts(REGION, queue);

    const killed = new Consumer(command!, queue);
    await killed.waiting(queue, 1);
    killed.kill();
    // What waits for a client that was killed must take nothing.
    const { arrivals } = mns.messages as unknown as { arrivals: NodeJS.EventEmitter };
    await vi.waitFor(() => expect(arrivals.listenerCount(`${REGION}/${queue}`)).toBe(0), { timeout: 60_000 });
    send('while it was down');
    const first = new Consumer(command!, queue);
    await vi.waitFor(() => expect(first.bodies).toEqual(['while it was down']), { timeout: 60_000 });

    await first.waiting(queue, 1);
    const second = new Consumer(command!, queue);
    await second.waiting(queue, 2);
    const sent = Array.from({ length: 40 }, (_, index) => `shared ${index}`);
    send(...sent);
    await vi.waitFor(() => expect(first.bodies.length + second.bodies.length).toBe(41), { timeout: 60_000 });
    expect([...first.bodies.slice(1), ...second.bodies].sort()).toEqual([...sent].sort());
    expect(second.bodies.length).toBeGreaterThan(0);
    await vi.waitFor(() => expect(counts()).toEqual({ active: 0, inactive: 0, delayed: 0 }), { timeout: 60_000 });
  });
});
