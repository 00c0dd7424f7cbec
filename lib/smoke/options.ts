import { UsageError } from '../cli/command-line';
import { MAX_MILLIS } from '../cli/durations';
import { checkCertificates } from './certificates';
import { type Progress } from './channel-test';
import { type SmokeChannel } from './channels';
import { type Clock } from './clock';
import { type Environment, readPort } from './environment';
import { checkExpectations, type ResultExpectations } from './result-check';

/** What {@link runSmokeTest} tests and how long it waits. Times are in milliseconds. */
export interface SmokeTestOptions extends ResultExpectations {
  /** The channels to test, from `readChannels` or written by hand. */
  readonly channels: readonly SmokeChannel[];
  /**
   * Environment with the log-in to DLA (`DLA_USER` and `DLA_PASSWORD`, or those of the region, such as
   * `DLA_USER_CN_SHANGHAI` and `DLA_PASSWORD_CN_SHANGHAI`) and, for the diagnosis, the keys of the cloud account.
   *
   * @default process.env
   */
  readonly env?: Environment;
  /**
   * Host of DLA.
   *
   * @default - the region's entry of DLA_ENDPOINTS where that is set, else DLA_HOST, else the region's public host
   */
  readonly host?: string;
  /**
   * Port of DLA.
   *
   * @default - that of DLA_ENDPOINTS, else DLA_PORT, else 10000
   */
  readonly port?: number;
  /**
   * Whether the connection is encrypted; the server's certificate must then name the host.
   *
   * @default - whether `ca` is given
   */
  readonly tls?: boolean;
  /**
   * Certificates of the authorities that may sign the server's, in PEM.
   *
   * @default - those of the machine
   */
  readonly ca?: string;
  /**
   * Query without a hint; `{bucket}` and `{region}` are replaced by the channel's.
   *
   * @default - the channel's own
   */
  readonly query?: string;
  /**
   * Statements to run before the query, with the same placeholders; they must be idempotent.
   *
   * @default - the channel's own
   */
  readonly prepare?: readonly string[];
  /**
   * Time after which the test of a channel ends without an answer, from its own start.
   *
   * @default 600000
   */
  readonly timeoutMillis?: number;
  /**
   * Time for which a server that cannot be reached is tried.
   *
   * @default 30000
   */
  readonly connectTimeoutMillis?: number;
  /**
   * Longest pause between two looks at the query task, 10 at least.
   *
   * @default 5000
   */
  readonly intervalMillis?: number;
  /**
   * Time that a receipt has to come after the query's success, and a state that is not known to pass: one period for
   * all of these together, which begins anew only when the query was seen running in between.
   *
   * @default 30000
   */
  readonly graceMillis?: number;
  /**
   * Time within which a receipt that failed is tried again with a new query, because a new role needs a moment.
   *
   * @default 0, which means exactly one query
   */
  readonly settleMillis?: number;
  /**
   * Whether the query may be submitted again when the connection was lost before its task id came.
   *
   * @default false
   */
  readonly resubmit?: boolean;
  /**
   * Whether the account is diagnosed with read-only calls, for 10 seconds at most and until a second after the deadline:
   * always, or never. A pass whose message it does not find on the topic becomes a failure.
   *
   * @default - after a failure, when the keys of the cloud account are in the environment
   */
  readonly diagnose?: boolean;
  /**
   * Most channels that are tested at a time.
   *
   * @default 4
   */
  readonly parallel?: number;
  /** Ends the test; the report then says `interrupted`. */
  readonly signal?: AbortSignal;
  /**
   * Where the time comes from.
   *
   * @default - the machine's monotonic clock
   */
  readonly clock?: Clock;
  /** Told at every step and look. What it throws ends the test and is thrown by {@link runSmokeTest}. */
  readonly onProgress?: (progress: Progress) => void;
}

/** The defaults of the times, in milliseconds, and of the number of channels at a time. */
export const DEFAULTS = {
  timeoutMillis: 600_000,
  connectTimeoutMillis: 30_000,
  intervalMillis: 5_000,
  graceMillis: 30_000,
  settleMillis: 0,
  parallel: 4,
} as const;

/** Shorter pauses would flood the server. */
export const LEAST_INTERVAL_MILLIS = 10;

/** @throws UsageError for what is wrong with one of the options itself */
export function checkOptions(options: SmokeTestOptions): void {
  checkNames(options);
  checkNumbers(options);
  checkExpectations(options, options.env ?? process.env);
  checkTls(options);
  checkTexts(options);
}

const OPTION_NAMES: Readonly<Record<keyof SmokeTestOptions, true>> = {
  channels: true,
  env: true,
  host: true,
  port: true,
  tls: true,
  ca: true,
  query: true,
  prepare: true,
  timeoutMillis: true,
  connectTimeoutMillis: true,
  intervalMillis: true,
  graceMillis: true,
  settleMillis: true,
  resubmit: true,
  expectRows: true,
  expectRowsAtLeast: true,
  checkResultFile: true,
  diagnose: true,
  parallel: true,
  signal: true,
  clock: true,
  onProgress: true,
};

/** JavaScript checks no types. @throws UsageError */
function checkNames(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new UsageError(`expected an object with the options of the smoke test, got ${String(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(OPTION_NAMES, name));
  if (unknown.length > 0) {
    const known = Object.keys(OPTION_NAMES).join(', ');
    throw new UsageError(`expected options of the smoke test (${known}), got ${unknown.join(', ')}`);
  }
}

/** @throws UsageError for a number that would end the test before it began, or never */
function checkNumbers(options: SmokeTestOptions): void {
  const { timeoutMillis, connectTimeoutMillis, intervalMillis, graceMillis, settleMillis } = options;
  const times = { timeoutMillis, connectTimeoutMillis, intervalMillis, graceMillis, settleMillis };
  for (const [name, value] of Object.entries(times)) {
    const least = name === 'intervalMillis' ? LEAST_INTERVAL_MILLIS : 0;
    if (value !== undefined && !(typeof value === 'number' && value >= least && value <= MAX_MILLIS)) {
      throw new UsageError(`${name}: expected a number of milliseconds from ${least} to ${MAX_MILLIS}, got ${value}`);
    }
  }
  const { port, parallel, expectRows, expectRowsAtLeast } = options;
  if (port !== undefined) {
    readPort(String(port), 'port');
  }
  for (const [name, value, min] of [
    ['parallel', parallel, 1],
    ['expectRows', expectRows, 0],
    ['expectRowsAtLeast', expectRowsAtLeast, 0],
  ] as const) {
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= min)) {
      throw new UsageError(`${name}: expected a whole number from ${min}, got ${value}`);
    }
  }
}

function checkTexts({ host, query, prepare }: SmokeTestOptions): void {
  if (prepare !== undefined && !Array.isArray(prepare)) {
    throw new UsageError(`prepare: expected a list of statements, got a ${typeof prepare}`);
  }
  const given = Object.entries({ host, query }).filter(([, value]) => value !== undefined);
  const statements = (prepare ?? []).map((sql, index) => [`prepare[${index}]`, sql] as const);
  for (const [name, value] of [...given, ...statements]) {
    if (typeof value !== 'string' || value.trim() === '') {
      const got = typeof value === 'string' ? JSON.stringify(value) : String(value);
      throw new UsageError(`${name}: expected a text that is not empty, got ${got}`);
    }
  }
}

function checkTls({ tls, ca }: SmokeTestOptions): void {
  if (ca !== undefined) {
    if (tls === false) {
      throw new UsageError('tls: expected true where ca is given, got false');
    }
    checkCertificates(ca, 'ca');
  }
}
