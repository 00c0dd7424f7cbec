import {
  accessSync,
  appendFileSync,
  constants,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { QUEUE_NAME } from '../provider-schema/message-service-queue';
import { MNS_CHANNEL, MQ_CHANNEL } from '../cloud/receipt-channel';
import { Arguments, filesOf, HELP, parseArguments } from './arguments';
import { checkCertificates } from './certificates';
import { readChannels, ROLE_NAMES, regionOfEndpoint, selectChannels, SmokeChannel } from './channels';
import { CHANNELS_VARIABLE, Environment } from './environment';
import { describe, UsageError } from './failure';
import { ProgressView } from './progress';
import { EXIT_CODES, SmokeReport, USAGE_EXIT_CODE } from './report';
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
    process.exitCode = await smoke(args, takeReports(filesOf(argv)), env);
  } catch (error) {
    process.exitCode = error instanceof UsageError ? USAGE_EXIT_CODE : EXIT_CODES.fail;
    const detail = env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    process.stderr.write(`dla-smoke: ${printable(redact(describe(error)))}${redact(detail)}\n`);
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
      takeReports(filesOf(argv));
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
      onProgress: (progress) => view.tell(progress),
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
    process.stderr.write(`dla-smoke: cannot write to standard output: ${describe(error)}\n`);
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
      `--queue: got ${JSON.stringify(queue)}, allowed are ${length.join(' to ')} letters, digits and hyphens, not a hyphen first`,
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

function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${path}: ${describe(error)}`);
  }
}

/**
 * Takes away the reports of an earlier run, which must not be taken for this one's, however this one ends; none where one
 * is the file of another option.
 *
 * @returns the files that could only be emptied, and must be written where they are
 * @throws UsageError, after all was taken away that may be, for one that cannot be written or that is another's file
 */
function takeReports(files: readonly (readonly [option: string, path: string])[]): Set<string> {
  checkDistinct(files);
  const inPlace = new Set<string>();
  let wrong: unknown;
  for (const [option, path] of files.filter(([name]) => name === '--report' || name === '--junit')) {
    try {
      checkWritable(path);
      if (!isSpecial(path) && !removeEarlier(path)) {
        inPlace.add(path);
      }
    } catch (error) {
      wrong ??= new UsageError(`${option}: cannot write ${path}: ${describe(error)}`);
    }
  }
  if (wrong !== undefined) {
    throw wrong;
  }
  return inPlace;
}

/** Says before the test that one file would take another's place. */
function checkDistinct(files: readonly (readonly [option: string, path: string])[]): void {
  const seen = new Map<string, string>();
  for (const [option, path] of files) {
    if (!isReachable(path) || isSpecial(path)) {
      continue;
    }
    const file = behindLinks(path);
    const other = seen.get(file);
    if (other !== undefined) {
      throw new UsageError(`${option}: got ${path}, which is the file of ${other}: give each its own`);
    }
    seen.set(file, option);
  }
}

/** Says before the test that a report's folder is wrong. */
function checkWritable(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new Error('it is a folder');
  }
  const file = behindLinks(path);
  accessSync(isSpecial(path) || !isWritable(dirname(file)) ? path : dirname(file), constants.W_OK);
}

/** Removes a file; false when it could only be emptied, because it is mounted, or its folder cannot be written to. */
function removeEarlier(path: string): boolean {
  try {
    rmSync(behindLinks(path), { force: true });
    return true;
  } catch {
    writeFileSync(path, '');
    return false;
  }
}

/** Writes what was asked for; false, with a line that tells why, when one could not be written. */
function writeReports(args: Arguments, inPlace: ReadonlySet<string>, report: SmokeReport, env: Environment): boolean {
  const summary = env.GITHUB_STEP_SUMMARY || undefined;
  const write = (path: string, text: string): void => {
    if (isSpecial(path)) {
      appendFileSync(path, text);
    } else {
      (inPlace.has(path) ? writeFileSync : writeWhole)(path, text);
    }
  };
  const writes: [path: string | undefined, write: (path: string) => void][] = [
    [args.report, (path) => write(path, toJson(report))],
    [args.junit, (path) => write(path, toJUnit(report))],
    [summary, (path) => appendFileSync(path, toGitHubSummary(report))],
  ];
  let written = true;
  for (const [path, write] of writes) {
    try {
      if (path !== undefined) {
        write(path);
      }
    } catch (error) {
      // Nobody asked for the summary by name.
      written &&= path === summary;
      process.stderr.write(`dla-smoke: cannot write the report ${path}: ${describe(error)}\n`);
    }
  }
  return written;
}

/** Writes beside the file, then renames, so that no half report is ever found. */
function writeWhole(path: string, text: string): void {
  const file = behindLinks(path);
  const part = `${file}.${process.pid}.part`;
  try {
    writeFileSync(part, text);
    renameSync(part, file);
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** The file that a path leads to, through links, whether it is there or not: a link stays one. */
function behindLinks(path: string): string {
  const target = targetOf(path);
  if (target !== undefined) {
    return behindLinks(target);
  }
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path);
  }
}

function targetOf(link: string): string | undefined {
  try {
    return resolve(realpathSync(dirname(link)), readlinkSync(link));
  } catch {
    return undefined;
  }
}

/** Whether a path can be followed; one that cannot is told of where it is read or written. */
function isReachable(path: string): boolean {
  try {
    statSync(path, { throwIfNoEntry: false });
    return true;
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** A device, a pipe, or a stream of this process, which may lead to a file that holds more than a report. */
function isSpecial(path: string): boolean {
  if (/^\/(dev\/(?!shm\/)|proc\/)/.test(resolve(path))) {
    return true;
  }
  const target = targetOf(path);
  return target === undefined ? statSync(path, { throwIfNoEntry: false })?.isFile() === false : isSpecial(target);
}

function ownVersion(): string {
  return (createRequire(__filename)('cdktf-alicloud-dla/package.json') as { version: string }).version;
}
