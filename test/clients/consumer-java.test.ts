import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { LocalCloud } from '../../lib/local-cloud';
import { ReceiptChannels } from '../receipt-channels';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';
import { mavenCommand, Missing } from './runtimes';

it('the example for Java prints the receipt of a query, sent before or while it waits', async ({ skip }) => {
  const folder = scratchFolder();
  const [file, ...args] = await mavenCommand(
    path.join(ROOT, 'examples/consumer-java'),
    path.join(folder, 'project'),
    'ReceiptConsumer',
  ).catch((error: Error) => {
    skip(error instanceof Missing, error.message);
    throw error;
  });
  const cloud = await LocalCloud.start();
  try {
    const channels = new ReceiptChannels(cloud);
    const outputs = path.join(folder, 'outputs.json');
    fs.writeFileSync(outputs, channels.outputs);
    const consume = async () => {
      const { stdout } = await promisify(execFile)(file, [...args, outputs], {
        env: { ...process.env, ...cloud.endpoints.environment },
        timeout: 60_000,
      });
      return JSON.parse(stdout) as Record<string, unknown>;
    };
    const earlier = [await channels.smokeTest(), await channels.smokeTest()].map(({ id }) => id);
    // What came with the first receipt is left to the next run.
    const printed = [await consume(), await consume()];
    expect(printed.map(({ id }) => id).sort()).toEqual(earlier.sort());
    const waiting = consume();
    const { id } = await channels.smokeTest();
    expect(await waiting).toMatchObject({ id, status: 'SUCCESS' });
  } finally {
    await cloud.stop();
  }
});
