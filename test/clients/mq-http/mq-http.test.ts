import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { scratchFolder } from '../../scratch';
import { KillableCloud } from '../killable-cloud';
import { mavenCommand, Missing, pythonCommand } from '../runtimes';

const REGION = 'cn-hangzhou';
const GROUP = 'GID_http';
const here = (name: string) => path.join(__dirname, name);

const CLIENTS = [
  {
    name: 'mq-http-sdk for Python',
    prepare: () => pythonCommand(here('mq-http-client.py'), ['mq_http_sdk']),
  },
  {
    name: 'mq-http-sdk for Java',
    prepare: (folder: string) => mavenCommand(here('java-client'), folder, 'Client'),
  },
];

function createCloud(): KillableCloud {
  return new KillableCloud(scratchFolder(), 'http', ({ ons }) => {
    const { instanceId } = ons.createInstance(REGION, { instanceName: 'mq-http' });
    for (const messageType of [0, 1, 4, 5]) {
      ons.createTopic(REGION, { instanceId, topic: `topic-${messageType}`, messageType });
    }
    ons.createGroup(REGION, { instanceId, groupId: GROUP, groupType: 'http' });
    ons.createGroup(REGION, { instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
    return instanceId;
  });
}

interface Received {
  readonly id: string;
  readonly handle: string;
  readonly body: string;
  readonly tag: string;
  readonly key: string;
  readonly shard: string;
  readonly at: string;
  readonly color: string;
  readonly times: string;
}

/** A running client, which does one thing after another; killed when the test ends. */
class Program {
  private readonly lines: string[][] = [];
  private readonly exited: Promise<unknown>;
  private errors = '';

  private constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly instanceId: string,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) =>
      this.lines.push(line.split(' ').map(decodeURIComponent)),
    );
    child.stderr.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    child.stdin.on('error', () => undefined);
    this.exited = new Promise((resolve) => child.once('exit', resolve));
    onTestFinished(() => this.kill());
  }

  public static start([file, ...args]: readonly string[], cloud: KillableCloud): Program {
    const env = {
      ...process.env,
      ENDPOINT: `http://127.0.0.1:${cloud.port}`,
      ALICLOUD_ACCESS_KEY: cloud.identity.accessKeyId,
      ALICLOUD_SECRET_KEY: cloud.identity.accessKeySecret,
      PYTHONIOENCODING: 'utf-8',
    };
    return new Program(spawn(file, args, { env }), cloud.instanceId);
  }

  public async publish(topic: string, body: string, tag = '', properties: Record<string, string | number> = {}) {
    const described = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
    const [[what, id, handle]] = await this.ask('publish', topic, GROUP, [body, tag, ...described]);
    expect(what).toBe('sent');
    return { id, handle };
  }

  /** What came; empty for an empty poll. */
  public async receive(
    action: 'consume' | 'order' | 'half',
    topic: string,
    max = 16,
    seconds = 0,
  ): Promise<Received[]> {
    const lines = await this.ask(action, topic, GROUP, [String(max), String(seconds)]);
    if (lines[0][0] === 'none') {
      return [];
    }
    return lines.map(([what, id, handle, body, tag, key, shard, at, color, times]) => {
      expect([what, handle]).toEqual(['message', expect.anything()]);
      return { id, handle, body, tag, key, shard, at, color, times };
    });
  }

  /** Codes of the handles that failed. */
  public async tell(action: 'ack' | 'commit' | 'rollback', topic: string, ...handles: string[]): Promise<string[]> {
    return (await this.ask(action, topic, GROUP, handles)).map(([, code]) => code);
  }

  /** Lines that answer. */
  public async ask(action: string, topic: string, group: string, rest: readonly string[]): Promise<string[][]> {
    const before = this.lines.length;
    const parts = [action, this.instanceId, topic, group, ...rest];
    this.child.stdin.write(`${parts.map(encodeURIComponent).join(' ')}\n`);
    const isEnd = ([what]: string[]) => what === 'end';
    await vi.waitFor(() => expect(this.lines.slice(before).some(isEnd), this.errors).toBe(true), {
      timeout: 90_000,
      interval: 5,
    });
    return this.lines.slice(
      before,
      this.lines.findIndex((line, at) => at >= before && isEnd(line)),
    );
  }

  /** Ends it as a machine that fails would. */
  public async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

describe.each(CLIENTS)('$name', ({ prepare }) => {
  let folder: string;
  let command: string[];
  let missing = '';
  let cloud: KillableCloud;
  let client: Program;

  beforeAll(async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mq-http-client-'));
    try {
      command = await prepare(folder);
    } catch (error) {
      if (!(error instanceof Missing)) {
        throw error;
      }
      missing = error.message;
    }
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  beforeEach(async ({ skip }) => {
    skip(missing !== '', missing);
    cloud = createCloud();
    await cloud.start();
    onTestFinished(() => cloud.kill());
    client = Program.start(command, cloud);
  });

  it('sends, receives and acknowledges, and an empty poll is none', async () => {
    expect(await client.receive('consume', 'topic-0')).toEqual([]);
    const body = '中文 & <xml> "quoted"';
    const { id } = await client.publish('topic-0', body, 'tag', { KEY: 'the key', SHARD: 's', color: 'blü' });
    const [message] = await client.receive('consume', 'topic-0', 16, 10);
    expect(message).toMatchObject({ id, body, tag: 'tag', key: 'the key', shard: 's', color: 'blü', times: '1' });
    expect(await client.tell('ack', 'topic-0', message.handle)).toEqual([]);
    expect(await client.tell('ack', 'topic-0', message.handle, 'none-such')).toEqual([
      'ReceiptHandleError',
      'ReceiptHandleError',
    ]);
    expect(await client.receive('consume', 'topic-0')).toEqual([]);
  });

  it('sends a megabyte of what XML escapes', async () => {
    const body = '<"&>'.repeat(1 << 18);
    await client.publish('topic-0', body);
    const [message] = await client.receive('consume', 'topic-0');
    expect(message.body === body).toBe(true);
  });

  it('gets a timed message at its time', async () => {
    const at = Date.now() + 4000;
    await client.publish('topic-5', 'timed', '', { AT: at });
    expect(await client.receive('consume', 'topic-5', 1, 30)).toMatchObject([{ body: 'timed', at: String(at) }]);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
  });

  it('gets the messages of a key in order, the next batch once all is acknowledged', async () => {
    for (const body of ['a0', 'a1', 'a2']) {
      await client.publish('topic-1', body, '', { SHARD: 'a' });
    }
    const first = await client.receive('order', 'topic-1', 2);
    expect(first.map(({ body }) => body)).toEqual(['a0', 'a1']);
    await client.tell('ack', 'topic-1', first[1].handle);
    expect(await client.receive('order', 'topic-1')).toEqual([]);
    await client.tell('ack', 'topic-1', first[0].handle);
    expect(await client.receive('order', 'topic-1')).toMatchObject([{ body: 'a2', shard: 'a' }]);
  });

  it('commits, rolls back, and is asked for what it did not tell', async () => {
    const half = (body: string) => client.publish('topic-4', body, '', { CHECK: 10, color: body });
    const [committed, rolledBack, unknown] = [await half('yes'), await half('no'), await half('later')];
    expect(await client.receive('consume', 'topic-4')).toEqual([]);
    expect(await client.tell('commit', 'topic-4', committed.handle)).toEqual([]);
    expect(await client.tell('rollback', 'topic-4', rolledBack.handle)).toEqual([]);
    expect(await client.receive('consume', 'topic-4')).toMatchObject([{ id: committed.id, body: 'yes', color: 'yes' }]);
    // Its producer is killed, and another is asked.
    await client.kill();
    client = Program.start(command, cloud);
    const [asked] = await client.receive('half', 'topic-4', 1, 30);
    expect(asked).toMatchObject({ id: unknown.id, body: 'later', times: '1' });
    expect(await client.tell('commit', 'topic-4', unknown.handle)).toEqual(['MessageNotExist']);
    expect(await client.tell('commit', 'topic-4', asked.handle)).toEqual([]);
    expect(await client.receive('consume', 'topic-4')).toMatchObject([{ body: 'later' }]);
    expect(await client.receive('half', 'topic-4')).toEqual([]);
  });

  it('shares a group with another: each message comes to one of them', async () => {
    const bodies = Array.from({ length: 40 }, (_, at) => `message ${at}`);
    const other = Program.start(command, cloud);
    for (const body of bodies) {
      await client.publish('topic-0', body);
    }
    const got = await Promise.all(
      [client, other].map(async (one) => {
        const own: string[] = [];
        for (;;) {
          const messages = await one.receive('consume', 'topic-0', 3, 2);
          if (messages.length === 0) {
            return own;
          }
          own.push(...messages.map(({ body }) => body));
          expect(await one.tell('ack', 'topic-0', ...messages.map(({ handle }) => handle))).toEqual([]);
        }
      }),
    );
    expect(got.flat().sort()).toEqual([...bodies].sort());
    expect(got.every((own) => own.length > 0)).toBe(true);
  });

  it('goes on where it was after it or the server was killed', async () => {
    for (const body of ['0', '1', '2', '3']) {
      await client.publish('topic-0', body);
    }
    await client.publish('topic-5', 'timed', '', { AT: Date.now() + 3000 });
    const half = await client.publish('topic-4', 'half', '', { CHECK: 300 });
    const [first, second] = await client.receive('consume', 'topic-0', 2);
    await client.tell('ack', 'topic-0', first.handle);
    await client.kill();
    client = Program.start(command, cloud);
    expect(await client.receive('consume', 'topic-0', 1)).toMatchObject([{ body: '2' }]);
    await cloud.kill();
    await cloud.start();
    expect(await client.receive('consume', 'topic-0')).toMatchObject([{ body: '3' }]);
    // What was received before is still to be acknowledged, once.
    expect(await client.tell('ack', 'topic-0', second.handle)).toEqual([]);
    expect(await client.tell('ack', 'topic-0', first.handle)).toEqual(['ReceiptHandleError']);
    expect(await client.tell('commit', 'topic-4', half.handle)).toEqual([]);
    expect(await client.receive('consume', 'topic-4')).toMatchObject([{ body: 'half' }]);
    expect(await client.receive('consume', 'topic-5', 1, 30)).toMatchObject([{ body: 'timed' }]);
  });

  it('that is killed while it waits takes no message', async () => {
    const waiting = Program.start(command, cloud);
    await waiting.receive('consume', 'topic-0');
    waiting.receive('consume', 'topic-0', 16, 30).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await waiting.kill();
    await client.publish('topic-0', 'kept');
    expect(await client.receive('consume', 'topic-0')).toMatchObject([{ body: 'kept' }]);
  });

  it('is told why it is refused', async () => {
    const refused = async (topic: string, group: string, rest = ['1', '0']) =>
      client.ask('consume', topic, group, rest);
    expect(await refused('absent', GROUP)).toEqual([['error', 'TopicNotExist']]);
    expect(await refused('topic-0', 'GID_absent')).toEqual([['error', 'SubscriptionNotExist']]);
    expect(await refused('topic-0', 'GID_tcp')).toEqual([['error', 'SubscriptionNotExist']]);
    expect(await refused('topic-0', GROUP, ['17', '0'])).toEqual([['error', 'InvalidArgument']]);
    expect(await client.ask('publish', 'topic-4', GROUP, ['x', '', 'CHECK=5'])).toEqual([['error', 'InvalidArgument']]);
  });
});
