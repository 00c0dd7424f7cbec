import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import { QUEUE_NAME } from '../provider-schema/message-service-queue';
import { MNS_CHANNEL, MQ_CHANNEL } from '../cloud/receipt-channel';
import { type Arguments, filesOf, HELP, parseArguments } from './arguments';
import { checkCertificates } from './certificates';
import { readChannels, ROLE_NAMES, regionOfEndpoint, selectChannels, type SmokeChannel } from './channels';
import { CHANNELS_VARIABLE, type Environment } from './environment';
import { errorMessage, UsageError } from './failure';
import { ProgressView } from './progress';
import { EXIT_CODES, type SmokeReport, USAGE_EXIT_CODE } from './report';
import { toGitHubSummary, toJson, toJUnit, toText } from './report-formats';
import { runSmokeTest } from './run';
import { printable, redactorOf } from './secrets';

/** What a script expects of a process that a signal ended. */
const SIGNAL_EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/**
 * The command `dla-smoke`: sets `process.exitCode` and resolves; it never throws.
 *
 * @param argv arguments without node and the script
 */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  const env = process.env;
  const redact = redactorOf(env);
  watchStreams();
  // mysql2 prints its stack for an answer that it cannot read; the report tells of it.
  const { trace } = console;
  console.trace = () => undefined;
  try {
    const args = readArguments(argv);
    if (typeof args === 'string') {
      process.stdout.write(args === 'help' ? HELP : `${ownVersion()}\n`);
      return;
    }
    process.exitCode = await smoke(args, removeStaleReports(filesOf(argv)), env);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : EXIT_CODES.fail;
    const detail = env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    process.stderr.write(`dla-smoke: ${printable(redact(errorMessage(error)))}${redact(detail)}\n`);
  } finally {
    console.trace = trace;
  }
}

/** The command line; where it is wrong, the reports that it names are taken away all the same. */
function readArguments(argv: readonly string[]): ReturnType<typeof parseArguments> {
  try {
    return parseArguments(argv);
  } catch (error) {
    try {
      removeStaleReports(filesOf(argv));
    } catch {
      // What was wrong first is told.
    }
    throw error;
  }
}

async function smoke(args: Arguments, inPlace: ReadonlySet<string>, env: Environment): Promise<number> {
  const channels = channelsOf(args, env);
  const ca = args.ca === undefined ? undefined : readText(args.ca, '--ca');
  if (ca !== undefined) {
    checkCertificates(ca, `--ca: ${args.ca}`);
  }
  const abort = new AbortController();
  let signalCode: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    signalCode = SIGNAL_EXIT_CODES[signal as keyof typeof SIGNAL_EXIT_CODES];
    abort.abort(new Error(signal));
  };
  const signals = Object.keys(SIGNAL_EXIT_CODES);
  signals.forEach((signal) => process.on(signal, onSignal));
  const view = new ProgressView(process.stderr);
  try {
    const report = await runSmokeTest({
      ...args,
      channels,
      env,
      ca,
      signal: abort.signal,
      onProgress: (progress) => view.emit(progress),
    });
    view.end();
    process.stdout.write(args.format === 'json' ? toJson(report) : toText(report));
    const written = writeReports(args, inPlace, report, env);
    return Math.max(
      report.outcome === 'interrupted' ? signalCode! : report.exitCode,
      written ? EXIT_CODES.pass : EXIT_CODES.fail,
    );
  } finally {
    view.end();
    signals.forEach((signal) => process.off(signal, onSignal));
  }
}

/** A reader that goes away (`| head`), or a full disk behind standard error, must not end the test. */
function watchStreams(): void {
  for (const [stream, onError] of [
    [process.stdout, onOutputError],
    [process.stderr, onProgressError],
  ] as const) {
    if (!stream.listeners('error').includes(onError)) {
      stream.on('error', onError);
    }
  }
}

function onOutputError(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') {
    process.exitCode = Math.max(Number(process.exitCode ?? 0), EXIT_CODES.fail);
    process.stderr.write(`dla-smoke: cannot write to standard output: ${errorMessage(error)}\n`);
  }
}

function onProgressError(): void {
  // There is nowhere left to tell of it.
}

/** The channels that the command line or the environment names. */
function channelsOf(args: Arguments, env: Environment): readonly SmokeChannel[] {
  if (args.topic !== undefined || args.queue !== undefined) {
    return [channelByHand(args)];
  }
  if (args.outputs !== undefined) {
    return selectChannels(readChannels(readText(args.outputs, '--outputs'), args.outputs), args.channels);
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
  const { length, pattern } = QUEUE_NAME;
  if (queue !== undefined && !(pattern.test(queue) && queue.length <= length[1])) {
    throw new UsageError(
      `--queue: expected ${length.join(' to ')} letters, digits and hyphens, not a hyphen first, got ${JSON.stringify(queue)}`,
    );
  }
  const region = args.region ?? regionOfEndpoint(endpoint ?? '');
  if (region === undefined) {
    throw new UsageError(
      queue === undefined
        ? `--region is missing, and the endpoint ${JSON.stringify(endpoint)} names none in its host`
        : '--queue needs --region beside it',
    );
  }
  const kind = queue === undefined ? MQ_CHANNEL : MNS_CHANNEL;
  return {
    name: queue ?? topic!,
    outputs: { kind, region, roleName: ROLE_NAMES[kind]!, topic, producerId, endpoint, queue },
  };
}

function readText(location: string, option: string): string {
  try {
    return fs.readFileSync(location, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${location}: ${errorMessage(error)}`);
  }
}

/**
 * Takes away the reports of an earlier run, which must not be taken for this one's, however this one ends; none where one
 * is the file of another option.
 *
 * @returns the files that could only be emptied, and must be written where they are
 * @throws UsageError, after all was taken away that may be, for one that cannot be written or that is another's file
 */
function removeStaleReports(files: readonly (readonly [option: string, location: string])[]): Set<string> {
  checkDistinct(files);
  const inPlace = new Set<string>();
  let wrong: unknown;
  for (const [option, location] of files.filter(([name]) => name === '--report' || name === '--junit')) {
    try {
      checkWritable(location);
      if (!isDevice(location) && !removeEarlier(location)) {
        inPlace.add(location);
      }
    } catch (error) {
      wrong ??= new UsageError(`${option}: cannot write ${location}: ${errorMessage(error)}`);
    }
  }
  if (wrong !== undefined) {
    throw wrong;
  }
  return inPlace;
}

/** Says before the test that one file would take another's place. */
function checkDistinct(files: readonly (readonly [option: string, location: string])[]): void {
  const seen = new Map<string, string>();
  for (const [option, location] of files) {
    if (!isReachable(location) || isDevice(location)) {
      continue;
    }
    const file = resolveSymlinks(location);
    const other = seen.get(file);
    if (other !== undefined) {
      throw new UsageError(`${option}: got ${location}, which is the file of ${other}: give each its own`);
    }
    seen.set(file, option);
  }
}

/** Says before the test that a report's folder is wrong. */
function checkWritable(location: string): void {
  if (fs.statSync(location, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error('it is a folder');
  }
  const file = resolveSymlinks(location);
  fs.accessSync(
    isDevice(location) || !isWritable(path.dirname(file)) ? location : path.dirname(file),
    fs.constants.W_OK,
  );
}

/** Removes a file; false when it could only be emptied, because it is mounted, or its folder cannot be written to. */
function removeEarlier(location: string): boolean {
  try {
    fs.rmSync(resolveSymlinks(location), { force: true });
    return true;
  } catch {
    fs.writeFileSync(location, '');
    return false;
  }
}

/** Writes what was asked for; false, with a line that tells why, when one could not be written. */
function writeReports(args: Arguments, inPlace: ReadonlySet<string>, report: SmokeReport, env: Environment): boolean {
  const summary = env.GITHUB_STEP_SUMMARY || undefined;
  const write = (location: string, text: string): void => {
    if (isDevice(location)) {
      fs.appendFileSync(location, text);
    } else {
      (inPlace.has(location) ? fs.writeFileSync : writeWhole)(location, text);
    }
  };
  const writes: [location: string | undefined, write: (location: string) => void][] = [
    [args.report, (location) => write(location, toJson(report))],
    [args.junit, (location) => write(location, toJUnit(report))],
    [summary, (location) => fs.appendFileSync(location, toGitHubSummary(report))],
  ];
  let written = true;
  for (const [location, write] of writes) {
    try {
      if (location !== undefined) {
        write(location);
      }
    } catch (error) {
      // Nobody asked for the summary by name.
      written &&= location === summary;
      process.stderr.write(`dla-smoke: cannot write the report ${location}: ${errorMessage(error)}\n`);
    }
  }
  return written;
}

/** Writes beside the file, then renames, so that no half report is ever found. */
function writeWhole(location: string, text: string): void {
  const file = resolveSymlinks(location);
  const part = `${file}.${process.pid}.part`;
  try {
    fs.writeFileSync(part, text);
    fs.renameSync(part, file);
  } catch (error) {
    fs.rmSync(part, { force: true });
    throw error;
  }
}

/** The file that a path leads to, through links, whether it is there or not: a link stays one. */
function resolveSymlinks(location: string): string {
  const target = targetOf(location);
  if (target !== undefined) {
    return resolveSymlinks(target);
  }
  try {
    return path.join(fs.realpathSync(path.dirname(location)), path.basename(location));
  } catch {
    return path.resolve(location);
  }
}

function targetOf(link: string): string | undefined {
  try {
    return path.resolve(fs.realpathSync(path.dirname(link)), fs.readlinkSync(link));
  } catch {
    return undefined;
  }
}

/** Whether a path can be followed; one that cannot is told of where it is read or written. */
function isReachable(location: string): boolean {
  try {
    fs.statSync(location, { throwIfNoEntry: false });
    return true;
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A device, a pipe, or a stream of this process, which may lead to a file that holds more than a report. */
function isDevice(location: string): boolean {
  if (/^\/(dev\/(?!shm\/)|proc\/)/.test(path.resolve(location))) {
    return true;
  }
  const target = targetOf(location);
  return target === undefined ? fs.statSync(location, { throwIfNoEntry: false })?.isFile() === false : isDevice(target);
}

function ownVersion(): string {
  return (createRequire(__filename)('cdktf-alicloud-dla/package.json') as { version: string }).version;
}
