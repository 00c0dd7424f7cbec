import { UsageError } from '../cli/command-line';
import { type Options, readOptions, valuesOf } from '../cli/options';
import { formatDuration, parseDuration } from '../cli/durations';
import { readHost, readPort } from './environment';
import { DEFAULTS, LEAST_INTERVAL_MILLIS, type SmokeTestOptions } from './options';

const OPTIONS = {
  outputs: { type: 'string' },
  channel: { type: 'string', multiple: true },
  topic: { type: 'string' },
  group: { type: 'string' },
  endpoint: { type: 'string' },
  queue: { type: 'string' },
  region: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  tls: { type: 'boolean' },
  ca: { type: 'string' },
  query: { type: 'string' },
  prepare: { type: 'string', multiple: true },
  timeout: { type: 'string' },
  'connect-timeout': { type: 'string' },
  interval: { type: 'string' },
  grace: { type: 'string' },
  settle: { type: 'string' },
  resubmit: { type: 'boolean' },
  parallel: { type: 'string' },
  'expect-rows': { type: 'string' },
  'expect-rows-at-least': { type: 'string' },
  'check-result-file': { type: 'boolean' },
  diagnose: { type: 'boolean' },
  'no-diagnose': { type: 'boolean' },
  format: { type: 'string' },
  report: { type: 'string' },
  junit: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies Options;

/** The text of `--help`. */
export const HELP = `dla-smoke: prove that receipts of asynchronous DLA queries arrive

usage: dla-smoke --outputs FILE [--channel NAME]…
       dla-smoke --topic TOPIC --group GID_… --endpoint http://… --query SQL
       dla-smoke --queue QUEUE --region REGION --query SQL

  what to test
    --outputs FILE          what \`cdktf deploy --outputs-file FILE\` or \`terraform output -json\` wrote, - for
                            standard input (default: the JSON in DLA_SMOKE_CHANNELS)
    --channel NAME          only this channel, <stack>/<id> or <id>; may be repeated (default: all)
    --topic, --group, --endpoint   an MQ channel without an outputs file
    --queue QUEUE           an SMQ (formerly MNS) channel without an outputs file
    --region REGION         region of that channel (default: the one in the endpoint's host)
    --query SQL             query to run, without a hint; {bucket} and {region} are the channel's
    --prepare SQL           statement to run before it; may be repeated
  where DLA is
    --host HOST, --port N   (default: DLA_ENDPOINTS, DLA_HOST and DLA_PORT, or the region's public host)
    --tls, --ca FILE        encrypt, for a host that its certificate names; trust those in FILE (PEM)
  how long to wait (500ms, 5s, 10m, 1h)
    --timeout TIME          give up on a channel without an answer; each has its own (default: ${formatDuration(DEFAULTS.timeoutMillis)})
    --connect-timeout TIME  try to reach the server (default: ${formatDuration(DEFAULTS.connectTimeoutMillis)})
    --interval TIME         longest pause between two looks (default: ${formatDuration(DEFAULTS.intervalMillis)})
    --grace TIME            let the receipt come after the query's success (default: ${formatDuration(DEFAULTS.graceMillis)})
    --settle TIME           try a failed receipt again with a new query, for a new role (default: 0s, one query)
    --resubmit              submit again when the connection is lost before the task id comes
    --parallel N            channels tested at a time (default: ${DEFAULTS.parallel})
  what to check beside the receipt
    --expect-rows N, --expect-rows-at-least N    the query's row_count
    --check-result-file     the result file is in OSS and not empty (needs the keys of the account)
    --diagnose, --no-diagnose   look at each step of the set-up in the account, always or never
                            (default: after a failure, when ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY are set);
                            it takes 10s at most, and ends within 1s after the timeout
  what to tell
    --format text|json      on standard output (default: text)
    --report FILE           write the report as JSON; one of an earlier run is removed first
    --junit FILE            write the report as JUnit XML, likewise
    --help, --version

DLA_USER and DLA_PASSWORD in the environment are the log-in to DLA; there is no option for them. A region with a user of
its own has DLA_USER_<REGION> and DLA_PASSWORD_<REGION>, e.g. DLA_USER_CN_SHANGHAI and DLA_PASSWORD_CN_SHANGHAI.
Without --tls only mysql_native_password is spoken, for which the password does not leave this machine.

exit codes: 0 pass, 1 failed, 2 wrong usage or configuration, 3 timeout, 130 interrupted (143 by SIGTERM, 129 by SIGHUP);
of several channels the highest

example:
  cdktf deploy --outputs-file outputs.json && dla-smoke --outputs outputs.json --settle 60s
`;

/** The command line, checked. */
export interface Arguments {
  /** A file, or `-` for standard input. */
  readonly outputs?: string;
  /** Names of channels to select. */
  readonly channels: readonly string[];
  /** The one channel that the command line itself describes. */
  readonly topic?: string;
  readonly group?: string;
  readonly endpoint?: string;
  readonly queue?: string;
  readonly region?: string;
  /** File with certificates of authorities. */
  readonly caFile?: string;
  readonly format: 'text' | 'json';
  readonly report?: string;
  readonly junit?: string;
  /** What goes to the test as it is. */
  readonly test: Omit<SmokeTestOptions, 'channels' | 'env' | 'ca' | 'signal' | 'clock' | 'onProgress'>;
}

/**
 * Reads the command line.
 *
 * @throws UsageError that never repeats a word that belongs to no option: it might be a secret
 */
export function parseArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const given = readOptions(argv, OPTIONS, (name) =>
    /pass|user|secret/i.test(name)
      ? '; the log-in comes from the environment variables DLA_USER and DLA_PASSWORD only'
      : undefined,
  );
  if (given.help) {
    return 'help';
  }
  if (given.version) {
    return 'version';
  }
  checkTogether(given);
  if (given.format !== undefined && given.format !== 'text' && given.format !== 'json') {
    throw new UsageError(`--format: expected text or json, got ${JSON.stringify(given.format)}`);
  }
  const duration = (
    name: 'timeout' | 'connect-timeout' | 'interval' | 'grace' | 'settle',
    minMillis?: number,
  ): number | undefined => {
    try {
      return given[name] === undefined ? undefined : parseDuration(given[name], minMillis);
    } catch (error) {
      throw new UsageError(`--${name}: ${(error as Error).message}`);
    }
  };
  return {
    outputs: given.outputs,
    channels: given.channel ?? [],
    topic: given.topic,
    group: given.group,
    endpoint: given.endpoint,
    queue: given.queue,
    region: given.region,
    caFile: given.ca,
    format: given.format ?? 'text',
    report: given.report,
    junit: given.junit,
    test: {
      host: given.host === undefined ? undefined : readHost(given.host, '--host'),
      port: given.port === undefined ? undefined : readPort(given.port, '--port'),
      tls: Boolean(given.tls) || given.ca !== undefined,
      query: given.query,
      prepare: given.prepare,
      timeoutMillis: duration('timeout'),
      connectTimeoutMillis: duration('connect-timeout'),
      intervalMillis: duration('interval', LEAST_INTERVAL_MILLIS),
      graceMillis: duration('grace'),
      settleMillis: duration('settle'),
      resubmit: Boolean(given.resubmit),
      parallel: readCount(given.parallel, '--parallel', 1, 99),
      expectRows: readCount(given['expect-rows'], '--expect-rows', 0, Number.MAX_SAFE_INTEGER),
      expectRowsAtLeast: readCount(given['expect-rows-at-least'], '--expect-rows-at-least', 0, Number.MAX_SAFE_INTEGER),
      checkResultFile: Boolean(given['check-result-file']),
      diagnose: given.diagnose ? true : given['no-diagnose'] ? false : undefined,
    },
  };
}

/** The files that a command line reads or writes, with their options, as far as it is well-formed. */
export function filesOf(argv: readonly string[]): (readonly [option: string, path: string])[] {
  return valuesOf(argv, OPTIONS, ['outputs', 'ca', 'report', 'junit']).map(
    ([name, path]) => [`--${name}`, path] as const,
  );
}

const EXCLUSIVE = [
  ['diagnose', 'no-diagnose'],
  ['expect-rows', 'expect-rows-at-least'],
] as const;

const BY_HAND = ['topic', 'group', 'endpoint', 'queue', 'region'] as const;

function checkTogether(given: { [name in keyof typeof OPTIONS]?: unknown }): void {
  for (const [one, other] of EXCLUSIVE) {
    if (given[one] !== undefined && given[other] !== undefined) {
      throw new UsageError(`--${one} and --${other} exclude each other`);
    }
  }
  const byHand = BY_HAND.filter((name) => given[name] !== undefined);
  if (given.outputs !== undefined && byHand.length > 0) {
    throw new UsageError(`--outputs and --${byHand[0]} exclude each other: the outputs file names its channels itself`);
  }
  const mq = byHand.filter((name) => name !== 'queue' && name !== 'region');
  if (given.queue !== undefined && mq.length > 0) {
    throw new UsageError(
      `--queue and --${mq[0]} exclude each other: a channel is one of SMQ (formerly MNS) or one of MQ`,
    );
  }
  if (given.channel !== undefined && byHand.length > 0) {
    throw new UsageError(`--channel and --${byHand[0]} exclude each other: --channel selects from an outputs file`);
  }
  const missing = (['topic', 'group', 'endpoint'] as const).filter((name) => given[name] === undefined);
  if (mq.length > 0 && missing.length > 0) {
    throw new UsageError(`--${mq[0]} needs --${missing.join(' and --')} beside it`);
  }
  if (byHand.length === 1 && byHand[0] === 'region') {
    throw new UsageError('--region needs --queue, or --topic, --group and --endpoint, beside it');
  }
}

function readCount(text: string | undefined, option: string, min: number, max: number): number | undefined {
  const count = text !== undefined && /^\d+$/.test(text) ? Number(text) : NaN;
  if (text !== undefined && !(count >= min && count <= max)) {
    throw new UsageError(`${option}: expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`);
  }
  return text === undefined ? undefined : count;
}
