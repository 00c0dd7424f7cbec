import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import { UsageError, watchOutput } from '../cli/command-line';
import { DLA_ROLES } from '../cloud/dla-roles';
import { MQ_ENDPOINT_EXAMPLE, parseMqEndpoint } from '../cloud/mq-endpoint';
import { QUEUE_NAME } from '../cloud/names';
import { MNS_CHANNEL, MQ_CHANNEL } from '../cloud/receipt-channel';
import { expectedInstead } from '../cloud/rule';
import { type Arguments, filesOf, HELP, parseArguments } from './arguments';
import { checkCertificates } from './certificates';
import { readChannels, selectChannels, type SmokeChannel } from './channels';
import { CHANNELS_VARIABLE, type Environment } from './environment';
import { codeOf, errorMessage } from './failure';
import { ProgressView } from './progress';
import { EXIT_CODES, type SmokeReport, USAGE_EXIT_CODE } from './report';
import { append, type NamedFile, removeStaleReports, writeReport } from './report-files';
import { toGitHubSummary, toJson, toJUnit, toText } from './report-formats';
import { type SmokeTestOptions } from './options';
import { runSmokeTest } from './run';
import { printable, redactorOf } from './secrets';

/** What a script expects of a process that a signal ended. */
export const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The command `dla-smoke`: sets `process.exitCode` and resolves; it never throws.
 *
 * @param argv arguments without node and the script
 */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const env = process.env;
  const redact = redactorOf(env);
  let isRead = false;
  watchOutput('dla-smoke');
  try {
    const args = readArguments(argv);
    isRead = true;
    if (typeof args === 'string') {
      process.stdout.write(args === 'help' ? HELP : `${ownVersion()}\n`);
      return;
    }
    removeReportsOf(argv);
    // That what was printed is lost may be known already.
    process.exitCode = (await smoke(args, env)) || (process.exitCode ?? 0);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : EXIT_CODES.fail;
    const detail = env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    const help = isRead ? '' : '\ndla-smoke --help tells more';
    process.stderr.write(`dla-smoke: ${printable(redact(errorMessage(error)))}${help}${redact(detail)}\n`);
  }
}

/** The command line; where it is wrong, the reports that it names are taken away all the same. */
function readArguments(argv: readonly string[]): ReturnType<typeof parseArguments> {
  try {
    return parseArguments(argv);
  } catch (error) {
    try {
      removeReportsOf(argv);
    } catch {
      // What was wrong first is told.
    }
    throw error;
  }
}

/** Takes away the reports of an earlier run that a command line names. */
function removeReportsOf(argv: readonly string[]): void {
  const files = filesOf(argv);
  const isReport = ([option]: NamedFile): boolean => option === '--report' || option === '--junit';
  removeStaleReports(
    files.filter(isReport),
    files.filter((file) => !isReport(file)),
  );
}

async function smoke(args: Arguments, env: Environment): Promise<number> {
  const channels = await channelsOf(args, env);
  const ca = args.caFile === undefined ? undefined : await readText(args.caFile, '--ca');
  if (ca !== undefined) {
    checkCertificates(ca, `--ca: ${args.caFile}`);
  }
  return withSignals(async (signal, codeOfSignal) => {
    const report = await runWithProgress({ ...args.test, channels, env, ca, signal });
    process.stdout.write(args.format === 'json' ? toJson(report) : toText(report));
    const written = await writeReports(args, report, env, signal);
    return Math.max(
      report.outcome === 'interrupted' ? codeOfSignal()! : report.exitCode,
      written ? EXIT_CODES.pass : EXIT_CODES.fail,
    );
  });
}

/** Runs work that a signal to this process aborts, and tells the signal's exit code. */
async function withSignals<T>(
  work: (signal: AbortSignal, codeOfSignal: () => number | undefined) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let code: number | undefined;
  // A wrapper such as npx may send a signal that the terminal has sent already.
  const onSignal = (signal: NodeJS.Signals): void => {
    code ??= SIGNAL_EXIT_CODES[signal as keyof typeof SIGNAL_EXIT_CODES];
    abort.abort(new Error(signal));
  };
  const signals = Object.keys(SIGNAL_EXIT_CODES);
  signals.forEach((signal) => process.on(signal, onSignal));
  try {
    return await work(abort.signal, () => code);
  } finally {
    signals.forEach((signal) => process.off(signal, onSignal));
  }
}

async function runWithProgress(options: SmokeTestOptions): Promise<SmokeReport> {
  const view = new ProgressView(process.stderr);
  try {
    return await runSmokeTest({ ...options, onProgress: (progress) => view.update(progress) });
  } finally {
    view.end();
  }
}

/** The channels that the command line or the environment names. */
async function channelsOf(args: Arguments, env: Environment): Promise<readonly SmokeChannel[]> {
  if (args.topic !== undefined || args.queue !== undefined) {
    return [channelByHand(args)];
  }
  if (args.outputs !== undefined) {
    const source = args.outputs === '-' ? 'standard input' : args.outputs;
    return selectChannels(readChannels(await readText(args.outputs, '--outputs'), source), args.channels);
  }
  const text = env[CHANNELS_VARIABLE];
  if (!text) {
    throw new UsageError(
      'no channel to test: give --outputs FILE, or --topic, --group and --endpoint, or --queue; --help tells more',
    );
  }
  return selectChannels(readChannels(text, CHANNELS_VARIABLE), args.channels);
}

function channelByHand(args: Arguments): SmokeChannel {
  const { topic, group: producerId, endpoint, queue } = args;
  const expected = queue === undefined ? undefined : expectedInstead(QUEUE_NAME, queue);
  if (expected !== undefined) {
    throw new UsageError(`--queue: expected ${expected}, got ${JSON.stringify(queue)}`);
  }
  const region = args.region ?? parseMqEndpoint(endpoint ?? '')?.region;
  if (region === undefined) {
    throw new UsageError(
      queue === undefined
        ? `--region is missing, and the endpoint ${JSON.stringify(endpoint)} names none in its host, as ${MQ_ENDPOINT_EXAMPLE} does`
        : '--queue needs --region beside it',
    );
  }
  const kind = queue === undefined ? MQ_CHANNEL : MNS_CHANNEL;
  return {
    name: queue ?? topic!,
    outputs: { kind, region, roleName: DLA_ROLES[kind].roleName, topic, producerId, endpoint, queue },
  };
}

/** More is no file of outputs, and no list of authorities. */
const MAX_INPUT_BYTES = 64 * 1_024 * 1_024;

/** The text of a file; `-` is standard input where outputs are read. */
async function readText(path: string, option: '--outputs' | '--ca'): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of path === '-' && option === '--outputs' ? process.stdin : fs.createReadStream(path)) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length > MAX_INPUT_BYTES) {
        throw new Error(`expected at most ${MAX_INPUT_BYTES} bytes, got more`);
      }
    }
  } catch (error) {
    const writers =
      option === '--outputs' && codeOf(error) === 'ENOENT'
        ? '; npm run deploy, cdktf deploy --outputs-file FILE and terraform output -json write one'
        : '';
    throw new UsageError(`${option}: cannot read ${path}: ${errorMessage(error)}${writers}`);
  }
  const bytes = Buffer.concat(chunks);
  // Windows PowerShell writes UTF-16 with `>`.
  if (option === '--outputs' && !isUtf8(bytes)) {
    throw new UsageError(`${option}: ${path} is not text in UTF-8: save it in that encoding`);
  }
  return bytes.toString('utf8');
}

/** Writes what was asked for; false, with a line that tells why, when one could not be written. */
async function writeReports(
  { report: json, junit }: Arguments,
  report: SmokeReport,
  env: Environment,
  signal: AbortSignal,
): Promise<boolean> {
  const summary = env.GITHUB_STEP_SUMMARY || undefined;
  const writes: [path: string | undefined, write: (path: string) => Promise<void>][] = [
    [json, (path) => writeReport(path, toJson(report), signal)],
    [junit, (path) => writeReport(path, toJUnit(report), signal)],
    [summary, (path) => append(path, toGitHubSummary(report), signal)],
  ];
  let written = true;
  for (const [path, write] of writes) {
    try {
      if (path !== undefined) {
        await write(path);
      }
    } catch (error) {
      // Nobody asked for the summary by name.
      written &&= path === summary;
      process.stderr.write(`dla-smoke: cannot write the report ${path}: ${errorMessage(error)}\n`);
    }
  }
  return written;
}

function ownVersion(): string {
  return (createRequire(__filename)('cdktf-alicloud-dla/package.json') as { version: string }).version;
}
