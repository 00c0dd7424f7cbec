import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalCloud } from '../../lib/local-cloud';
import { ReceiptChannels } from '../receipt-channels';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';

let cloud: LocalCloud;
let channels: ReceiptChannels;

beforeEach(async () => {
  cloud = await LocalCloud.start();
  channels = new ReceiptChannels(cloud);
});
afterEach(() => cloud.stop());

/** Runs the example for TypeScript until it has printed a receipt. */
async function consumerService(...names: string[]): Promise<Record<string, unknown>> {
  const file = path.join(scratchFolder(), 'outputs.json');
  fs.writeFileSync(file, channels.outputs);
  const script = [
    path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'),
    path.join(ROOT, 'examples/consumer-service/main.ts'),
  ];
  const { stdout } = await promisify(execFile)(process.execPath, [...script, file, ...names], {
    env: { ...process.env, ...cloud.endpoints.environment },
    timeout: 25_000,
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

it.each(['mq', 'mns'])(
  'consumer-service prints the receipt of a query, sent before or while it waits, by %s',
  async (name) => {
    const { id: earlier } = await channels.smokeTest(name);
    expect(await consumerService(`stack/${name}`)).toMatchObject({ id: earlier, status: 'SUCCESS' });
    const waiting = consumerService(`stack/${name}`);
    const { id: later } = await channels.smokeTest(name);
    expect(await waiting).toMatchObject({ id: later, status: 'SUCCESS' });
  },
);

it('consumer-service leaves to the next run what it does not print', async () => {
  const ids = [await channels.smokeTest('mns'), await channels.smokeTest('mns')].map(({ id }) => id);
  const printed = [await consumerService('mns'), await consumerService('mns')];
  expect(printed.map(({ id }) => id).sort()).toEqual(ids.sort());
});

it('consumer-service tells what is missing', async () => {
  await expect(consumerService('absent')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('stack/mq'),
  });
});
