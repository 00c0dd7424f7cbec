import * as path from 'node:path';
import { EXIT, ExitError, UsageError } from '../../cli/command-line';
import { asCalled } from '../../cli/as-called';
import { ControlClient, type Health } from './control-client';
import { CLOUD_VARIABLE } from './environment';
import { DEFAULT_PORTS } from './local-cloud';
import { registered } from './registered-clouds';
import { readRunning } from './running-file';

/** Nobody waits longer for one that was not asked for. */
const LOOK_MILLIS = 2_000;

/** A local cloud that answers. */
export interface FoundCloud {
  readonly client: ControlClient;
  readonly health: Health;
}

/** There is no local cloud where one was looked for: it may still come. */
export class NoCloud extends ExitError {
  constructor(message: string) {
    super(message, EXIT.usage);
  }
}

/**
 * The local cloud that runs on a state folder, or else at the address that `ALICLOUD_LOCAL` names, or else the only one
 * that this user has started by the command, or that answers at the usual port.
 *
 * @throws NoCloud when there is none
 * @throws ExitError with the list when there are several
 */
export async function findCloud(
  state: string | undefined,
  environment = process.env,
  usualPort: number = DEFAULT_PORTS.http,
): Promise<FoundCloud> {
  const address = environment[CLOUD_VARIABLE];
  const start = `${asCalled('alicloud-local', environment)} start`;
  if (state !== undefined) {
    const found = await onState(path.resolve(state));
    if (!found) {
      const others = await othersThan(usualPort);
      throw new NoCloud(
        `--state: no local cloud runs on ${state}${others || `: ${start} --state ${state} starts one`}`,
      );
    }
    return found;
  }
  if (address) {
    const found = await at(hostAndPort(address));
    if (!found) {
      throw new NoCloud(
        `${CLOUD_VARIABLE}: no local cloud answers at ${address}: unset the variable, or set it anew${await othersThan(usualPort)}`,
      );
    }
    return found;
  }
  const all = await running(usualPort);
  if (all.length === 0) {
    throw new NoCloud(`no local cloud runs: ${start} starts one`);
  }
  if (all.length > 1) {
    const list = listOf(all);
    throw new ExitError(`several local clouds run, choose one by --state or ${CLOUD_VARIABLE}:\n${list}`, EXIT.usage);
  }
  return all[0];
}

/** The local cloud that runs on a state folder. */
export async function onState(state: string, timeoutMillis?: number): Promise<FoundCloud | undefined> {
  const entry = readRunning(state);
  const found = entry && (await at(entry.http, timeoutMillis));
  // Another one may have the port of one that was killed.
  return found?.health.id === entry?.id ? found : undefined;
}

async function at(address: string, timeoutMillis?: number): Promise<FoundCloud | undefined> {
  const client = new ControlClient(address);
  try {
    const health = await client.health(timeoutMillis);
    return typeof health.accountId === 'string' ? { client, health } : undefined;
  } catch {
    return undefined;
  }
}

/** @throws UsageError */
function hostAndPort(address: string): string {
  const match = /^(?:http:\/\/)?([a-z0-9.-]+:\d{1,5}|\[[0-9a-f:]+\]:\d{1,5})\/?$/i.exec(address);
  if (!match) {
    throw new UsageError(
      `${CLOUD_VARIABLE}: expected an address such as http://127.0.0.1:4600, got ${JSON.stringify(address)}`,
    );
  }
  return match[1];
}

async function running(usualPort: number): Promise<FoundCloud[]> {
  const found = await Promise.all([
    ...registered().map((state) => onState(state, LOOK_MILLIS)),
    at(`127.0.0.1:${usualPort}`, LOOK_MILLIS),
  ]);
  const byId = new Map(found.flatMap((one) => (one ? [[one.health.id ?? one.client.address, one] as const] : [])));
  return [...byId.values()].sort((a, b) => Date.parse(a.health.startedAt ?? '') - Date.parse(b.health.startedAt ?? ''));
}

async function othersThan(usualPort: number): Promise<string> {
  const all = await running(usualPort);
  return all.length === 0 ? '' : `; these run:\n${listOf(all)}`;
}

function listOf(found: readonly FoundCloud[]): string {
  return found.map(({ client, health }) => `  http://${client.address}  --state ${health.state}`).join('\n');
}
