import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, ExitError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import type { Health } from '../control-client';
import { findCloud } from '../find-cloud';
import { readRunning } from '../running-file';
import { WHICH } from './options';

const LOOK_MILLIS = 50;
const GONE_MILLIS = 10_000;

export const stop = command({
  summary: 'stop the running one',
  details: `It returns when the servers have ended. The folder of --state stays, a scratch folder is removed.

Example:
  alicloud-local stop --state .cloud`,
  options: WHICH,
  run: async ({ values }) => {
    const { client, health } = await findCloud(values.state);
    await client.post('stop').catch((error: NodeJS.ErrnoException) => {
      // It may be gone before its answer has been sent.
      if (error.code !== 'ECONNRESET') {
        throw error;
      }
    });
    const deadline = performance.now() + GONE_MILLIS;
    while ((await client.health(GONE_MILLIS).catch(() => undefined)) ?? hasFolder(health)) {
      if (performance.now() > deadline) {
        throw new ExitError(`the local cloud at http://${client.address} still answers`, EXIT.failed);
      }
      await sleep(LOOK_MILLIS);
    }
    return 0;
  },
});

/** Whether it has its state folder still, as far as this machine can tell. */
function hasFolder({ state, id }: Health): boolean {
  return state !== undefined && readRunning(state)?.id === id;
}
