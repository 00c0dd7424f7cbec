import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { ReceiptChannels } from '../../receipt-channels';
import { scratchFolder } from '../../scratch';
import { mavenCommand, Missing } from '../runtimes';
import * as path from 'node:path';

let cloud: LocalCloud;

beforeEach(async () => {
  cloud = await LocalCloud.start();
});
afterEach(() => cloud.stop());

it('rocketmq-client 5.3 for Java looks at messages, sends in transactions, and pulls when it is asked', async ({
  skip,
}) => {
  const { instanceId } = new ReceiptChannels(cloud);
  let command: string[] = [];
  try {
    command = await mavenCommand(path.join(__dirname, 'pull-client'), scratchFolder(), 'Client');
  } catch (error) {
    skip(error instanceof Missing, (error as Error).message);
    throw error;
  }
  const [file, ...args] = command;
  const { stdout } = await promisify(execFile)(file, [...args, instanceId, 'receipts', 'GID_dla'], {
    env: { ...process.env, ...cloud.endpoints.environment },
  });
  const told = stdout.split('\n').filter((line) => /^[a-z ]+: /.test(line));
  expect(told).toEqual([
    'viewed: at once',
    'by offset id: at once',
    'by key: at once',
    'earliest: true',
    'pulled: [COMMIT_MESSAGE, UNKNOW, at once, later]',
    'waited: true',
  ]);
});
