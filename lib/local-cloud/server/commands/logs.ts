import { setTimeout as sleep } from 'node:timers/promises';
import { command } from '../../../cli/commands';
import type { LoggedRequest } from '../../http/request-log';
import type { ControlClient } from '../control-client';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

const LOOK_MILLIS = 300;

type Numbered = LoggedRequest & { readonly number: number };

export const logs = command({
  summary: 'tell what was called, the newest last',
  details: `Examples:
  alicloud-local logs -f
  alicloud-local logs --json > calls.ndjson`,
  options: {
    ...WHICH,
    follow: { type: 'boolean', short: 'f', help: 'go on until the local cloud stops' },
    json: { type: 'boolean', help: 'a line of JSON for each' },
  },
  run: async ({ values }) => {
    const { client, health } = await findCloud(values.state);
    let last = await tell(client, 0, values.json);
    while (values.follow) {
      await sleep(LOOK_MILLIS);
      try {
        // Another one may have its address by now.
        if ((await client.health()).id !== health.id) {
          break;
        }
        last = await tell(client, last, values.json);
      } catch (error) {
        if (['ECONNREFUSED', 'ECONNRESET'].includes((error as NodeJS.ErrnoException).code!)) {
          break;
        }
        throw error;
      }
    }
    return 0;
  },
});

/** @returns the number of the last one */
async function tell(client: ControlClient, after: number, json?: boolean): Promise<number> {
  const { requests, last } = await client.get<{ requests: Numbered[]; last: number }>(`requests?after=${after}`);
  for (const request of requests) {
    process.stdout.write(json ? `${JSON.stringify(request)}\n` : lineOf(request));
  }
  return last;
}

function lineOf({ time, action, resource, status, code, message, milliseconds }: LoggedRequest): string {
  const what = [action, resource].filter((part) => part !== '').join(' ');
  const problem = [code, message].filter(Boolean).join(': ');
  return `${time}  ${status}  ${what}  ${milliseconds} ms${problem === '' ? '' : `  ${problem}`}\n`;
}
