import { setTimeout as sleep } from 'node:timers/promises';
import { didYouMean, nearest } from '../../cli/nearest';
import { CloudError } from '../account/cloud-error';
import { ACTION_NAMES } from './action-names';

/** An answer that an action gives instead of its own, a number of times. */
export interface ErrorFault {
  /** `ram.CreateRole`, `oss.PutBucket` …, or `*` for any. */
  readonly action: string;
  /** Code of the error that the action answers, e.g. `ServiceUnavailable`. */
  readonly code: string;
  /** @default 400 */
  readonly status?: number;
  /** @default - the code */
  readonly message?: string;
  /** How often. @default 1 */
  readonly times?: number;
}

/** Disturbances that a cloud has and a laptop has not. */
export interface FaultOptions {
  /** Added to every call, in milliseconds. @default 0 */
  readonly latency?: number;
  /** @default - none */
  readonly errors?: readonly ErrorFault[];
  /** Calls a second of one service before it answers `Throttling.User`. @default - no limit */
  readonly callsPerSecond?: number;
  /** Reads during which a new MQ instance is still in deployment. @default 0 */
  readonly instanceReads?: number;
  /** Reads during which a new MQ topic is not ready. @default 0 */
  readonly topicReads?: number;
}

/** A timer of Node cannot wait longer. */
const MAX_LATENCY_MILLIS = 2 ** 31 - 1;
const STATUSES = new Set(Array.from({ length: 200 }, (_, index) => 400 + index));
const ERROR_KEYS = ['action', 'code', 'status', 'message', 'times'];
const SERVICES = Object.keys(ACTION_NAMES);
const NUMBERS = ['latency', 'callsPerSecond', 'instanceReads', 'topicReads'] as const;

/** Faults as configured, by code or by `/_local/faults`. */
export class Faults {
  private options!: FaultOptions;
  private errorsLeft!: { fault: ErrorFault; left: number }[];
  private readonly windows = new Map<string, { second: number; calls: number }>();
  private readonly readsLeft = new Map<string, number>();

  constructor(options: FaultOptions = {}) {
    this.configure(options);
  }

  /** Replaces every fault. @throws CloudError InvalidParameter */
  public configure(options: FaultOptions): void {
    for (const name of NUMBERS) {
      const value: unknown = options[name];
      if (value !== undefined && !(typeof value === 'number' && Number.isFinite(value) && value >= 0)) {
        throw new CloudError('InvalidParameter', `${name}: expected a number from 0, got ${JSON.stringify(value)}`);
      }
    }
    if ((options.latency ?? 0) > MAX_LATENCY_MILLIS) {
      throw new CloudError(
        'InvalidParameter',
        `latency: expected milliseconds up to ${MAX_LATENCY_MILLIS}, got ${options.latency}`,
      );
    }
    const unknown = Object.keys(options).find(
      (name) => name !== 'errors' && !(NUMBERS as readonly string[]).includes(name),
    );
    if (unknown !== undefined) {
      throw new CloudError(
        'InvalidParameter',
        `unknown fault ${unknown}, expected errors, ${NUMBERS.join(', ')}${meant(unknown, ['errors', ...NUMBERS])}`,
      );
    }
    const { errors = [] } = options;
    if (!Array.isArray(errors)) {
      throw new CloudError('InvalidParameter', `errors: expected a list, got ${JSON.stringify(errors)}`);
    }
    this.errorsLeft = (errors as readonly ErrorFault[]).map((fault) => {
      const { action, code, status = 400, times = 1 } = Object(fault) as ErrorFault;
      if (typeof action !== 'string' || typeof code !== 'string' || !STATUSES.has(status) || !(times >= 0)) {
        throw new CloudError(
          'InvalidParameter',
          'errors: expected an action, a code, a status from 400 to 599 and a count from 0, got ' +
            JSON.stringify(fault),
        );
      }
      const unknownKey = Object.keys(fault).find((name) => !ERROR_KEYS.includes(name));
      if (unknownKey !== undefined) {
        throw new CloudError(
          'InvalidParameter',
          `unknown ${unknownKey} of an error, expected ${ERROR_KEYS.join(', ')}${meant(unknownKey, ERROR_KEYS)}`,
        );
      }
      checkAction(action);
      return { fault, left: times };
    });
    this.options = options;
    this.windows.clear();
    this.readsLeft.clear();
  }

  public get configured(): FaultOptions {
    return this.options;
  }

  /** Waits, and throws the error that is due for `action` of `service`, if any. */
  public async apply(service: string, action: string): Promise<void> {
    if (this.options.latency) {
      await sleep(this.options.latency);
    }
    const name = `${service}.${action}`;
    const due = this.errorsLeft.find(({ fault, left }) => left > 0 && (fault.action === name || fault.action === '*'));
    if (due) {
      due.left -= 1;
      const { code, status, message } = due.fault;
      throw new CloudError(code, message ?? code, status);
    }
    this.throttle(service);
  }

  /** Whether a thing is still becoming ready; each call counts as one read of it. */
  public countRead(kind: 'instance' | 'topic', id: string): boolean {
    const reads = kind === 'instance' ? this.options.instanceReads : this.options.topicReads;
    if (!reads) {
      return false;
    }
    const key = `${kind} ${id}`;
    const left = this.readsLeft.get(key) ?? reads;
    this.readsLeft.set(key, Math.max(left - 1, 0));
    return left > 0;
  }

  private throttle(service: string): void {
    const { callsPerSecond } = this.options;
    if (callsPerSecond === undefined) {
      return;
    }
    const second = Math.floor(Date.now() / 1000);
    const window = this.windows.get(service);
    const calls = window?.second === second ? window.calls + 1 : 1;
    this.windows.set(service, { second, calls });
    if (calls > callsPerSecond) {
      throw new CloudError('Throttling.User', 'Request was denied due to user flow control.');
    }
  }
}

/** @throws CloudError for an action that no call can have */
function checkAction(action: string): void {
  const [service, name] = action.split('.', 2);
  if (action !== '*' && (!SERVICES.includes(service) || !name)) {
    throw new CloudError(
      'InvalidParameter',
      `action: expected "service.Action" of ${SERVICES.join(', ')}, or "*", got ` +
        JSON.stringify(action) +
        meant(service, SERVICES),
    );
  }
  if (action !== '*' && !ACTION_NAMES[service].includes(name)) {
    throw new CloudError(
      'InvalidParameter',
      `action: ${service} has no ${JSON.stringify(name)} here, expected one of docs/served.md` +
        meant(name, ACTION_NAMES[service]),
    );
  }
}

function meant(word: string, known: readonly string[]): string {
  return didYouMean(known.includes(word) ? undefined : nearest(word, known));
}
