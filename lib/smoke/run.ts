import { setMaxListeners } from 'node:events';
import { confirmed, diagnosisOf } from './channel-diagnosis';
import { ChannelTest, type ChannelTestSettings, type Progress } from './channel-test';
import { systemClock } from './clock';
import { type Environment } from './environment';
import { checkOptions, DEFAULTS, type SmokeTestOptions } from './options';
import { type ChannelReport, EXIT_CODES, type SmokeReport, worstOf } from './report';
import { checkResult } from './result-check';
import { printable, redactorOf, withoutSecrets } from './secrets';
import { type Target, targetsOf } from './targets';

/** What the tests of all channels have in common. */
interface Run {
  readonly options: SmokeTestOptions;
  readonly env: Environment;
  readonly settings: ChannelTestSettings;
  /** As it is shown: in one line each, and without secrets. */
  readonly shown: (report: ChannelReport) => ChannelReport;
}

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
  checkOptions(options);
  const env = options.env ?? process.env;
  const clock = options.clock ?? systemClock;
  const redact = redactorOf(env);
  const targets = targetsOf(options, env);
  const abort = new AbortController();
  // Every call of every channel listens for itself.
  setMaxListeners(0, abort.signal);
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
  const run: Run = {
    options,
    env,
    settings: settingsOf(options, env, { clock, signal: abort.signal, onProgress }),
    shown: (report) => oneLine(withoutSecrets(report, redact)),
  };
  const channels = await inParallel(targets, options.parallel ?? DEFAULTS.parallel, (target) =>
    testChannel(target, run),
  ).finally(() => options.signal?.removeEventListener('abort', onAbort));
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

function settingsOf(
  options: SmokeTestOptions,
  env: Environment,
  shared: Pick<ChannelTestSettings, 'clock' | 'signal' | 'onProgress'>,
): ChannelTestSettings {
  const { signal } = shared;
  return {
    timeoutMillis: options.timeoutMillis ?? DEFAULTS.timeoutMillis,
    connectTimeoutMillis: options.connectTimeoutMillis ?? DEFAULTS.connectTimeoutMillis,
    intervalMillis: options.intervalMillis ?? DEFAULTS.intervalMillis,
    graceMillis: options.graceMillis ?? DEFAULTS.graceMillis,
    settleMillis: options.settleMillis ?? DEFAULTS.settleMillis,
    resubmit: options.resubmit ?? false,
    checkResult: (task, region, millis) => checkResult(task, options, { region, env, millis, signal }),
    ...shared,
  };
}

/** Tests one channel, and diagnoses it where that is wanted. */
async function testChannel(target: Target, { options, env, settings, shown }: Run): Promise<ChannelReport> {
  const { clock, signal, onProgress } = settings;
  const deadline = clock.now() + settings.timeoutMillis;
  const found = await new ChannelTest(target, settings).run();
  const passed = found.outcome === 'pass';
  const emit = ({ channel, elapsedMillis, outcome, reason }: ChannelReport): void =>
    onProgress({ channel, step: 'done', elapsedMillis, text: `${outcome}: ${reason}` });
  if (!passed) {
    // Before the diagnosis, whose services may be slow; it changes nothing but a pass.
    emit(shown(found));
  }
  const wanted = !signal.aborted && (options.diagnose ?? !passed);
  const limit = { clock, deadline, env, signal, onProgress };
  const diagnosis = wanted ? await diagnosisOf(found, target, options, limit) : null;
  const report = shown(confirmed({ ...found, diagnosis }, target.outputs, wanted));
  if (passed) {
    emit(report);
  }
  return report;
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
