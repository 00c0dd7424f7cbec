import { Readable } from 'node:stream';
import { ACTIVATED_SERVICES } from '../account/activation';
import { CloudError } from '../account/cloud-error';
import { exportSnapshot, importSnapshot, resetAccount, type Snapshot } from '../account/snapshot';
import { type Exchange, header, readBody, type Reply } from '../http/request';
import type { FaultOptions } from '../http/faults';
import type { Handled, RunningCloud, Services } from '../http/services';
import { LocalCloudError } from '../store/local-cloud-error';
import { findResources } from './resources';
import { excerpt } from '../account/excerpt';

/** Where the control calls are; no bucket's name starts like it. */
const CONTROL_PATH = '/_local/';

/** No bucket has such a name. */
export const isControlPath = (rawPath: string): boolean => `${rawPath}/`.startsWith(CONTROL_PATH);

/** Needed for calls that change something: a page of another site cannot send it without being asked first. */
const GUARD_HEADER = 'x-alicloud-local';
const MAX_FAULTS_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 64 << 20;

type Control = (exchange: Exchange, services: Services) => Reply | Promise<Reply>;

/** Control calls by method and name. */
const CONTROLS: Readonly<Record<string, Control>> = {
  'GET health': (_exchange, services) => json(health(services)),
  'GET endpoints': (_exchange, services) => json(cloudOf(services).endpoints),
  'GET resources': ({ query }, { account }) =>
    json({ resources: findResources(account, query.get('kind') ?? '', query.get('name') ?? undefined) }),
  'GET requests': ({ query }, { requests }) => json(requests.after(numberOf(query.get('after') ?? '0'))),
  'GET faults': (_exchange, { faults }) => json(faults.configured),
  'PUT faults': async (exchange, { faults }) => {
    faults.configure(faultsOf(await readBody(exchange, MAX_FAULTS_BYTES)));
    return json(faults.configured);
  },
  'POST reset': async ({ query }, services) => {
    const { account, faults, requests } = services;
    if (services.cloud?.()?.isInitRunning) {
      throw new CloudError('InitRunning', 'the files of init are being run: wait until it is ready, then reset', 409);
    }
    const cloud = query.get('init') === '1' ? cloudOf(services) : undefined;
    resetAccount(account);
    faults.configure({});
    requests.clear();
    if (cloud) {
      await runInit(cloud);
    }
    return json({ reset: true });
  },
  'POST stop': (_exchange, services) => {
    const cloud = cloudOf(services);
    // After the answer, which it would take away.
    setImmediate(() => void cloud.stop());
    return json({ stopping: true });
  },
  'GET state': (_exchange, { account }) => ({
    status: 200,
    headers: { 'content-type': 'application/x-ndjson' },
    body: streamOf(exportSnapshot(account)),
  }),
  'PUT state': async (exchange, { account }) => {
    await importSnapshot(account, linesIn(exchange.body));
    return json({ imported: true });
  },
};

/** Calls to the local cloud itself, which Alibaba Cloud does not have. */
export async function control(exchange: Exchange, services: Services): Promise<Handled> {
  const name = exchange.rawPath.slice(CONTROL_PATH.length);
  const key = `${exchange.method} ${name}`;
  try {
    if (!Object.hasOwn(CONTROLS, key)) {
      const calls = Object.keys(CONTROLS).join(', ');
      throw new CloudError('NotFound', `expected a control call (${calls}), got ${key.trim()}`, 404);
    }
    if (exchange.method !== 'GET' && header(exchange, GUARD_HEADER) === undefined) {
      throw new CloudError('GuardMissing', `${key} changes something and needs the header ${GUARD_HEADER}: 1`, 403);
    }
    return { action: `local.${name}`, reply: await CONTROLS[key](exchange, services) };
  } catch (error) {
    if (!(error instanceof CloudError)) {
      throw error;
    }
    return {
      action: `local.${name}`,
      code: error.code,
      reply: json({ code: error.code, message: error.message }, error.httpStatus),
    };
  }
}

async function runInit(cloud: RunningCloud): Promise<void> {
  try {
    await cloud.runInit();
  } catch (error) {
    throw error instanceof LocalCloudError ? new CloudError('InitFailed', error.message, 500) : error;
  }
}

function numberOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new CloudError('InvalidParameter', `after: expected the number of a request, got ${excerpt(text)}`);
  }
  return Number(text);
}

/** @throws CloudError while not all servers are up */
function cloudOf({ cloud }: Services): RunningCloud {
  const running = cloud?.();
  if (!running) {
    throw new CloudError('NotReady', 'the local cloud is not ready yet', 503);
  }
  return running;
}

function health({ account, region, cloud }: Services) {
  const optional = ACTIVATED_SERVICES.map((service) => [
    service,
    account.activation.isActive(service) ? 'running' : 'not activated',
  ]);
  return {
    ...(cloud?.()?.describe() ?? { ready: false }),
    accountId: account.identity.accountId,
    region,
    services: { ram: 'running', sts: 'running', ...(Object.fromEntries(optional) as Record<string, string>) },
  };
}

function faultsOf(body: Buffer): FaultOptions {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CloudError('InvalidParameter', `expected faults as a JSON object, got ${excerpt(body.toString())}`);
  }
  return value;
}

/** The lines of a body, one at a time. @throws CloudError when one is longer than any of ours */
async function* linesIn(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', start)) {
      pieces.push(chunk.subarray(start, end));
      yield Buffer.concat(pieces.splice(0)).toString();
      length = 0;
      start = end + 1;
    }
    pieces.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES) {
      throw new CloudError('InvalidSnapshot', `a line is longer than ${MAX_LINE_BYTES} bytes`);
    }
  }
  if (length > 0) {
    yield Buffer.concat(pieces).toString();
  }
}

function streamOf({ lines, release }: Snapshot): Readable {
  function* terminated(): Generator<string> {
    for (const line of lines) {
      yield `${line}\n`;
    }
  }
  // Also where the client leaves before the first line.
  return Readable.from(terminated()).once('close', release);
}

function json(value: unknown, status = 200): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: `${JSON.stringify(value, null, 2)}\n`,
  };
}
