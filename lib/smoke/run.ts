import { UsageError } from '../cli/command-line';
import { setMaxListeners } from 'node:events';
import { type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import { checkCertificates } from './certificates';
import { type ChannelTarget, ChannelTest, type ChannelTestSettings, type Progress } from './channel-test';
import { fillPlaceholders, hintOf, readChannel, type SmokeChannel } from './channels';
import { type Clock, systemClock } from './clock';
import { MAX_MILLIS } from '../cli/durations';
import { addressOf, cloudCredentials, dlaLogin, type Environment, NO_CLOUD_CREDENTIALS, readPort } from './environment';
import { type ReasonCode } from './failure';
import { type ChannelReport, type DiagnosisItem, EXIT_CODES, messageCheck, type SmokeReport, worstOf } from './report';
import { checkExpectations, checkResult, type ResultExpectations } from './result-check';
import { printable, redactorOf, withoutSecrets } from './secrets';

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

/**
 * Proves that receipts work: runs one asynchronous query for each channel and follows it until its `mq_status` is known.
 *
 * @example
 * const channels = readChannels(readFileSync('outputs.json', 'utf8'), 'outputs.json');
 * const report = await runSmokeTest({ channels, timeoutMillis: 60_000 });
 * assert.equal(report.outcome, 'pass');
 * @throws UsageError when something is missing or wrong before anything was run; what happens later is in the report
 */
export async function runSmokeTest(options: SmokeTestOptions): Promise<SmokeReport> {
  checkNames(options);
  const env = options.env ?? process.env;
  const clock = options.clock ?? systemClock;
  const redact = redactorOf(env);
  checkNumbers(options);
  checkExpectations(options, env);
  checkTls(options);
  checkTexts(options);
  const targets = targetsOf(options, env);
  const abort = new AbortController();
  const { signal } = abort;
  // Every call of every channel listens for itself.
  setMaxListeners(0, signal);
  const onAbort = (): void => abort.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort);
  if (options.signal?.aborted) {
    onAbort();
  }
  const startedAt = new Date().toISOString();
  const started = clock.now();
  let thrown: { readonly error: unknown } | undefined;
  const onProgress = (progress: Progress): void => {
    try {
      options.onProgress?.({ ...progress, text: redact(progress.text) });
    } catch (error) {
      thrown ??= { error };
      abort.abort(error);
    }
  };
  const settings: ChannelTestSettings = {
    timeoutMillis: options.timeoutMillis ?? DEFAULTS.timeoutMillis,
    connectTimeoutMillis: options.connectTimeoutMillis ?? DEFAULTS.connectTimeoutMillis,
    intervalMillis: options.intervalMillis ?? DEFAULTS.intervalMillis,
    graceMillis: options.graceMillis ?? DEFAULTS.graceMillis,
    settleMillis: options.settleMillis ?? DEFAULTS.settleMillis,
    resubmit: options.resubmit ?? false,
    clock,
    signal,
    checkResult: (task, region, millis) => checkResult(task, options, { region, env, millis, signal }),
    onProgress,
  };
  const channels = await inParallel(targets, options.parallel ?? DEFAULTS.parallel, async (target) => {
    const deadline = clock.now() + settings.timeoutMillis;
    const found = await new ChannelTest(target, settings).run();
    const passed = found.outcome === 'pass';
    const emit = ({ channel, elapsedMillis, outcome, reason }: ChannelReport) =>
      onProgress({ channel, step: 'done', elapsedMillis, text: `${outcome}: ${reason}` });
    if (!passed) {
      // Before the diagnosis, whose services may be slow; it changes nothing but a pass.
      emit(oneLine(withoutSecrets(found, redact)));
    }
    const wanted = !signal.aborted && (options.diagnose ?? !passed);
    const limit = { clock, deadline, env, signal, onProgress };
    const diagnosis = wanted ? await diagnosisOf(found, target, options, limit) : null;
    const report = oneLine(withoutSecrets(confirmed({ ...found, diagnosis }, target.outputs, wanted), redact));
    if (passed) {
      emit(report);
    }
    return report;
  }).finally(() => options.signal?.removeEventListener('abort', onAbort));
  if (thrown) {
    throw thrown.error;
  }
  const outcome = worstOf(channels.map((channel) => channel.outcome));
  return {
    version: 1,
    outcome,
    exitCode: EXIT_CODES[outcome],
    startedAt,
    elapsedMillis: Math.round(clock.now() - started),
    channels,
  };
}

/** A pass stays one only if the diagnosis does not find that the message is missing. Its other faults are information. */
function confirmed(report: ChannelReport, { topic }: ReceiptChannelOutputs, wanted: boolean): ChannelReport {
  if (report.outcome !== 'pass' || !wanted) {
    return report;
  }
  if (report.diagnosis === null) {
    return { ...report, outcome: 'interrupted', code: 'interrupted', reason: 'interrupted at the step diagnose' };
  }
  const messageId = messageIdOf(report);
  const missing = report.diagnosis.some(
    ({ check, state }) => check === messageCheck(messageId, topic) && state === 'fault',
  );
  return missing
    ? {
        ...report,
        outcome: 'fail',
        code: 'message-missing',
        reason: `DLA reports the receipt as sent, but message ${messageId} is not on topic ${topic}`,
      }
    : report;
}

function messageIdOf(report: ChannelReport): string | undefined {
  return report.attempts.at(-1)?.task.mq_message_id ?? undefined;
}

/** A server may send megabytes of text. */
const MAX_TEXT_LENGTH = 4_000;

/** What was found in one line each, whatever a server sent. */
function oneLine(report: ChannelReport): ChannelReport {
  const attempts = report.attempts.map((attempt) => ({ ...attempt, reason: lineOf(attempt.reason) }));
  const diagnosis =
    report.diagnosis?.map((item) => ({
      ...item,
      check: lineOf(item.check),
      detail: lineOf(item.detail),
      fix: item.fix === null ? null : lineOf(item.fix),
    })) ?? null;
  return { ...report, reason: lineOf(report.reason), attempts, diagnosis };
}

function lineOf(text: string): string {
  const line = printable(text);
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH)}…` : line;
}

/** Longest time for the calls of a diagnosis, and how far beyond the channel's deadline they may go. */
const DIAGNOSIS_MILLIS = 10_000;
const BEYOND_DEADLINE_MILLIS = 1_000;

type DiagnosisLimit = Pick<ChannelTestSettings, 'clock' | 'signal' | 'onProgress'> & {
  readonly deadline: number;
  readonly env: Environment;
};

/** Where DLA could not run the statements, they may name what is not there. */
const STATEMENTS_FAILED: readonly ReasonCode[] = ['prepare-failed', 'submit-failed', 'query-failed'];

async function diagnosisOf(
  report: ChannelReport,
  { outputs, server, prepare, query }: Target,
  options: SmokeTestOptions,
  { clock, deadline, env, signal, onProgress }: DiagnosisLimit,
): Promise<readonly DiagnosisItem[] | null> {
  if (options.diagnose === undefined && cloudCredentials(env) === undefined) {
    const detail = `not checked: ${NO_CLOUD_CREDENTIALS}`;
    return [{ check: 'the set-up in the account', state: 'unknown', detail, fix: null }];
  }
  onProgress({
    channel: report.channel,
    step: 'diagnose',
    elapsedMillis: report.elapsedMillis,
    text: 'looking at each step of the set-up in the account',
  });
  // Only now: most runs pass, and must not pay for what the diagnosis loads.
  const { diagnose } = await import('./diagnosis/diagnose.js');
  const messageId = messageIdOf(report);
  const millis = Math.min(DIAGNOSIS_MILLIS, Math.max(0, deadline + BEYOND_DEADLINE_MILLIS - clock.now()));
  const failed = STATEMENTS_FAILED.includes(report.code) ? { server, statements: [...prepare, query] } : undefined;
  const items = await diagnose({ outputs, messageId, failed, env, millis, signal });
  return signal.aborted ? null : items;
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

/** A channel's test, with what its diagnosis needs. */
interface Target extends ChannelTarget {
  readonly outputs: ReceiptChannelOutputs;
  /** Without its hint. */
  readonly query: string;
}

function targetsOf(options: SmokeTestOptions, env: Environment): Target[] {
  if (!Array.isArray(options.channels) || options.channels.length === 0) {
    throw new UsageError('no channel is selected');
  }
  return options.channels.map((given: SmokeChannel | null | undefined) => {
    const channel = readChannel(String(given?.name), given?.outputs, 'channels');
    const query = options.query ?? channel.outputs.query;
    if (query === undefined) {
      throw new UsageError(
        `channel ${channel.name} has no query: give one with --query, or set it where the channel is deployed`,
      );
    }
    const sql = fillPlaceholders(query, channel);
    // Checked before anything runs.
    hintOf(channel, 1);
    const { user, password, variables } = dlaLogin(channel.outputs.region, env);
    return {
      name: channel.name,
      outputs: channel.outputs,
      kind: channel.outputs.kind,
      region: channel.outputs.region,
      server: {
        ...addressOf(channel.outputs.region, options, env),
        user,
        password,
        tls: (options.tls ?? options.ca !== undefined) ? { ca: options.ca } : undefined,
      },
      prepare: (options.prepare ?? channel.outputs.prepare ?? []).map((sql) => fillPlaceholders(sql, channel)),
      loginVariables: variables,
      query: sql,
      statement: (maxRunningTimeSeconds: number) => hintOf(channel, maxRunningTimeSeconds).applyTo(sql),
    };
  });
}

/** Runs the work on every item, on some at a time; the results keep the items' order. An error waits for the others. */
async function inParallel<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(limit, items.length) }, async () => {
      for (const [index, item] of queue) {
        results[index] = await work(item);
      }
    }),
  );
  for (const end of ends) {
    if (end.status === 'rejected') {
      throw end.reason;
    }
  }
  return results;
}
