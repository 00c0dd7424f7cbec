import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import * as path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCloud } from '../lib/local-cloud';
import { RequestCode } from '../lib/local-cloud/rocketmq/codes';
import { RocketMqClient } from '../test/local-cloud/rocketmq/rocketmq-client';
import { ROOT } from './processes';
import { median, report } from './ratio';

const REGION = 'cn-hangzhou';
const ROUNDS = 100;
const MESSAGES = 10_000;
const IDLE_CONSUMERS = 50;
const IDLE_MILLIS = 20_000;

/** What a receipt may take longer than an echo, and messages that one consumer must get in a second. */
const LATENCY_MILLIS = 20;
const MESSAGES_A_SECOND = 2_000;
/** Below this part of a processor nothing can be measured. */
const CPU_SHARE = 0.01;

const ECHO = "process.stdin.pipe(process.stdout); console.log('ready');";

/** A child process that writes lines. */
class Lines {
  public count = 0;
  private waiting: { wanted: (line: string) => boolean; found: () => void } | undefined;

  constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stderr.resume();
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.count += 1;
      if (this.waiting?.wanted(line)) {
        this.waiting.found();
      }
    });
  }

  public until(wanted: (line: string) => boolean): Promise<void> {
    return new Promise((found) => (this.waiting = { wanted, found }));
  }

  public write(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  public end(): void {
    this.child.kill('SIGKILL');
  }
}

async function main(): Promise<void> {
  const cloud = await LocalCloud.start();
  const { ons } = cloud.account;
  const { instanceId } = ons.createInstance(REGION, { instanceName: 'bench' });
  ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
  ons.createGroup(REGION, { instanceId, groupId: 'GID_bench', groupType: 'tcp' });
  const send = (body: string) => ons.sendMessage(REGION, { instanceId, topic: 'receipts', body, producerId: '' });

  const idle = await cpuShare();
  const clients = await idleConsumers(cloud, instanceId);
  const used = Math.max((await cpuShare()) - idle, 0);
  report(
    `the server's processor under ${IDLE_CONSUMERS} idle consumers, theirs included, against ${CPU_SHARE * 100} % of one`,
    used / CPU_SHARE,
    1,
  );
  await Promise.all(clients.map((client) => client.close()));

  const program = path.join(ROOT, 'test/clients/rocketmq/ali-ons-client.ts');
  const args = ['--import', 'tsx', program, 'consume', instanceId, 'receipts', 'GID_bench'];
  const consumer = new Lines(
    spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...cloud.endpoints.environment } }),
  );
  await consumer.until((line) => line.includes('"ready":true'));
  send('the first');
  await consumer.until((line) => line.includes('the first'));

  const echo = new Lines(spawn(process.execPath, ['-e', ECHO]));
  await echo.until((line) => line === 'ready');
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const body = `receipt ${round}.`;
    for (const [side, lines, act] of [
      [0, consumer, () => send(body)],
      [1, echo, () => echo.write(body)],
    ] as const) {
      const came = lines.until((line) => line.includes(body));
      const start = performance.now();
      act();
      await came;
      times[side].push(performance.now() - start);
    }
  }
  const more = median(times[0]) - median(times[1]);
  process.stdout.write(`      receipt ${median(times[0]).toFixed(1)} ms, echo ${median(times[1]).toFixed(1)} ms\n`);
  report(`a receipt to a waiting consumer, above an echo, against ${LATENCY_MILLIS} ms`, more / LATENCY_MILLIS, 1);

  const before = consumer.count;
  const start = performance.now();
  const all = consumer.until(() => consumer.count >= before + MESSAGES);
  for (let index = 0; index < MESSAGES; index += 1) {
    send(`${'x'.repeat(300)} ${index}`);
  }
  await all;
  const rate = (1000 * MESSAGES) / (performance.now() - start);
  process.stdout.write(`      ${Math.round(rate)} messages a second, sent and received\n`);
  report(`${MESSAGES_A_SECOND} messages a second against those that came`, MESSAGES_A_SECOND / rate, 1);

  consumer.end();
  echo.end();
  await cloud.stop();
}

/** What this process takes of one processor while nothing happens. */
async function cpuShare(): Promise<number> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await sleep(IDLE_MILLIS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - start);
}

/** Consumers that have read everything: each of their queues has a pull that waits. */
async function idleConsumers({ account, endpoints }: LocalCloud, instanceId: string): Promise<RocketMqClient[]> {
  const port = Number(endpoints.rocketmq.split(':')[1]);
  return Promise.all(
    Array.from({ length: IDLE_CONSUMERS }, async () => {
      const client = await RocketMqClient.connect(port, account.identity);
      const pull = (queueId: number): void => {
        const fields = {
          consumerGroup: `${instanceId}%GID_bench`,
          topic: `${instanceId}%receipts`,
          queueId,
          queueOffset: 0,
          sysFlag: 2,
          suspendTimeoutMillis: 15_000,
        };
        void client.request(RequestCode.PULL_MESSAGE, fields).then(() => pull(queueId));
      };
      [0, 1, 2, 3].forEach(pull);
      return client;
    }),
  );
}

void main();
