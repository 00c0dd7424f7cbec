import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, ExitError, UsageError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import { formatDuration, parseDuration } from '../../../cli/durations';
import { didYouMean, nearest } from '../../../cli/nearest';
import { ControlError } from '../control-client';
import { SERVICE_NAMES } from '../../account/activation';
import { findCloud, NoCloud } from '../find-cloud';
import { KINDS, type Kind, OPENED_FIRST, type Resource } from '../resources';
import { WHICH } from './options';

const DEFAULT_TIMEOUT = '1m';
const LOOK_MILLIS = 200;

export const wait = command({
  summary: 'wait until it is ready, or until something is there',
  details: `What may be waited for, each with =NAME for that one alone; one that is there already counts:
  receipt    the receipt of a query task was sent (NAME is the task's id); it fails when it could not be sent
  query      a query task has ended (NAME is its id); it fails when the query did
  ${KINDS.filter((kind) => kind !== 'receipt' && kind !== 'query').join(', ')}

What was found is printed as a line of JSON. Exit codes: 0 it is there, 1 it failed, 2 usage, 3 timeout.

Example:
  alicloud-local wait --for receipt --timeout 30s`,
  options: {
    ...WHICH,
    for: { type: 'string', value: 'WHAT', help: 'ready, or see below (default: ready)' },
    timeout: { type: 'string', value: 'TIME', help: `how long, e.g. 500ms, 5s, 10m (default: ${DEFAULT_TIMEOUT})` },
  },
  run: async ({ values }) => {
    const [kind, name] = whatOf(values.for ?? 'ready');
    const millis = millisOf(values.timeout ?? DEFAULT_TIMEOUT);
    const deadline = performance.now() + millis;
    for (;;) {
      const found = await look(values.state, kind, name);
      if (found) {
        const { failed, ...shown } = found;
        process.stdout.write(kind === 'ready' ? '' : `${JSON.stringify(shown)}\n`);
        if (failed !== undefined) {
          throw new ExitError(failed, EXIT.failed);
        }
        return EXIT.ok;
      }
      if (performance.now() > deadline) {
        const what =
          kind === 'ready' ? 'no local cloud was ready' : name === undefined ? `no ${kind}` : `no ${kind} ${name}`;
        const reason = kind === 'ready' ? '' : await notOpened(values.state, kind);
        throw new ExitError(`${what} within ${formatDuration(millis)}${reason}`, EXIT.timeout);
      }
      await sleep(LOOK_MILLIS);
    }
  },
});

/** @throws UsageError */
function whatOf(text: string): [kind: Kind | 'ready', name?: string] {
  const at = text.indexOf('=');
  const kind = at < 0 ? text : text.slice(0, at);
  const name = at < 0 ? undefined : text.slice(at + 1);
  if (kind === 'ready' ? name !== undefined : !(KINDS as readonly string[]).includes(kind) || name === '') {
    const suggestion = didYouMean(
      nearest(
        kind,
        KINDS.filter((one) => one !== kind),
      ),
    );
    throw new UsageError(
      `--for: expected ready, ${KINDS.join(', ')}, or one of them with =NAME, got ${JSON.stringify(text)}${suggestion}`,
    );
  }
  return [kind as Kind | 'ready', name];
}

function millisOf(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new UsageError(`--timeout: ${(error as Error).message}`);
  }
}

async function look(state: string | undefined, kind: Kind | 'ready', name?: string): Promise<Resource | undefined> {
  try {
    const { client, health } = await findCloud(state);
    if (kind === 'ready') {
      return health.ready === false ? undefined : { name: 'ready' };
    }
    const query = new URLSearchParams({ kind, ...(name === undefined ? {} : { name }) });
    return (await client.get<{ resources: Resource[] }>(`resources?${query.toString()}`)).resources.at(0);
  } catch (error) {
    // It may be about to start, or to be started again.
    if (error instanceof NoCloud || isConnectionError(error)) {
      return undefined;
    }
    throw error;
  }
}

/** Says that the service of a kind is not opened yet; empty otherwise. */
async function notOpened(state: string | undefined, kind: Kind): Promise<string> {
  const service = OPENED_FIRST[kind];
  const health = service && (await findCloud(state).catch(() => undefined))?.health;
  return service && health?.services[service] === 'not activated' ? `; ${SERVICE_NAMES[service]} is not activated` : '';
}

function isConnectionError(error: unknown): boolean {
  return !(error instanceof ControlError) && (error as NodeJS.ErrnoException).code !== undefined;
}
