import { createHmac } from 'node:crypto';
import * as fs from 'node:fs';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalCloud } from '../lib/local-cloud';
import { Account } from '../lib/local-cloud/account/account';
import { median, report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const REGION = 'cn-hangzhou';
const MANY = 10_000;
const FEW = 100;
const UNACKNOWLEDGED = 3_000;
const IDLE_POLLS = 50;
const IDLE_MILLIS = 10_000;
const ROUNDS = 100;
const BODY = 'x'.repeat(300);

/** Below this part of a processor nothing can be measured. */
const CPU_SHARE = 0.01;

async function main(): Promise<void> {
  await lengthOfQueues();
  await unacknowledged();
  await longPolls();
}

/** A message costs the same in a long queue as in a short one. */
async function lengthOfQueues(): Promise<void> {
  await withAccount(async ({ mns }) => {
    for (const [queueName, count] of [
      ['many', MANY],
      ['few', FEW],
    ] as const) {
      mns.createQueue(REGION, { queueName });
      for (let index = 0; index < count; index += 1) {
        mns.sendMessage(REGION, queueName, BODY);
      }
    }
    const cycle = (queueName: string) => () => {
      for (let index = 0; index < 50; index += 1) {
        mns.sendMessage(REGION, queueName, BODY);
        const [{ receiptHandle }] = mns.receiveMessages(REGION, queueName, 1);
        mns.deleteMessage(REGION, queueName, receiptHandle);
      }
      return Promise.resolve();
    };
    const ratio = await timeRatio(ROUNDS, cycle('many'), cycle('few'));
    report(`send, receive and delete among ${MANY} messages against ${FEW}`, ratio, 1.5);
  });
}

/** What was received and not deleted takes room once, however much there is of it. */
async function unacknowledged(): Promise<void> {
  await withAccount(({ mns }, folder) => {
    mns.createQueue(REGION, { queueName: 'held', visibilityTimeout: 43_200 });
    for (let index = 0; index < UNACKNOWLEDGED; index += 1) {
      mns.sendMessage(REGION, 'held', BODY);
    }
    const journal = () => fs.statSync(path.join(folder, 'journal.jsonl')).size;
    const before = journal();
    const times = Array.from({ length: UNACKNOWLEDGED }, () => {
      const start = performance.now();
      mns.receiveMessages(REGION, 'held', 1);
      return performance.now() - start;
    });
    report(`journal of ${UNACKNOWLEDGED} receives against that of their messages`, (journal() - before) / before, 1);
    const [first, last] = [times.slice(0, 500), times.slice(-500)].map(median);
    report(`the last of ${UNACKNOWLEDGED} receives that are not deleted against the first`, last / first, 2);
    return Promise.resolve();
  });
}

/** Long polls cost nothing while they wait, and end when a message comes. */
async function longPolls(): Promise<void> {
  const cloud = await LocalCloud.start();
  const { mns } = cloud.account;
  for (const queueName of ['idle', 'woken']) {
    mns.createQueue(REGION, { queueName });
  }
  const idle = await cpuShare();
  const ended = Array.from({ length: IDLE_POLLS }, () => poll(cloud, 'idle'));
  await sleep(500);
  const used = Math.max((await cpuShare()) - idle, 0);
  report(`the processor under ${IDLE_POLLS} long polls, against ${CPU_SHARE * 100} % of one`, used / CPU_SHARE, 1);
  await mns.deleteQueue(REGION, 'idle');
  await Promise.all(ended);

  const echo = http.createServer((request, response) => request.pipe(response));
  await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
  const { port } = echo.address() as AddressInfo;
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const came = poll(cloud, 'woken');
    await sleep(20);
    const start = performance.now();
    mns.sendMessage(REGION, 'woken', BODY);
    await came;
    const middle = performance.now();
    await request(port, { path: '/', method: 'POST' }, BODY);
    times[0].push(middle - start);
    times[1].push(performance.now() - middle);
  }
  report('a message to a long poll against an echo of HTTP', median(times[0]) / median(times[1]), 1.5);
  echo.close();
  echo.closeAllConnections();
  await cloud.stop();
}

function poll(cloud: LocalCloud, queue: string): Promise<void> {
  const { accessKeyId, accessKeySecret } = cloud.account.identity;
  const target = `/queues/${queue}/messages?waitseconds=30`;
  const date = new Date().toUTCString();
  const signature = createHmac('sha1', accessKeySecret)
    .update(['GET', '', '', date, target].join('\n'))
    .digest('base64');
  const port = Number(cloud.endpoints.http.split(':')[1]);
  const headers = { date, authorization: `MNS ${accessKeyId}:${signature}` };
  return request(port, { path: target, method: 'GET', headers });
}

function request(port: number, options: http.RequestOptions, body = ''): Promise<void> {
  return new Promise((resolve, reject) => {
    http
      .request({ host: '127.0.0.1', port, agent: false, ...options }, (response) => {
        response.resume().on('end', resolve);
      })
      .on('error', reject)
      .end(body);
  });
}

/** What this process takes of one processor while nothing happens. */
async function cpuShare(): Promise<number> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await sleep(IDLE_MILLIS);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - start);
}

async function withAccount(work: (account: Account, folder: string) => Promise<void>): Promise<void> {
  const folder = scratchFolder('bench-mns');
  const account = new Account(folder);
  try {
    await work(account, folder);
  } finally {
    account.close();
  }
}

void main();
