/** The console's overview of an account with 10,000 query tasks and messages, against the time that a person waits. */
import { Account } from '../lib/local-cloud/account/account';
import { LocalCloud } from '../lib/local-cloud';
import { fillAccount } from '../test/local-cloud/console/filled-account';
import { median, report } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const GOAL_MILLIS = 50;
const ROUNDS = 31;

async function main(): Promise<void> {
  const state = scratchFolder('bench-console');
  const account = new Account(state);
  fillAccount(account, 10_000);
  account.close();
  const cloud = await LocalCloud.start({ state });
  try {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      await (await fetch(`http://${cloud.endpoints.http}/`)).text();
      times.push(performance.now() - start);
    }
    report(`overview of 10,000 tasks and messages, of ${GOAL_MILLIS} ms`, median(times) / GOAL_MILLIS, 1);
  } finally {
    await cloud.stop();
  }
}

void main();
