import { spawn } from 'node:child_process';
import * as os from 'node:os';
import type { Interruption } from './interruption';

/** What a program said. */
export interface CapturedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Takes what a program says in place of pipes. */
export interface RunLog {
  readonly fd: number;
  startedBy(pid: number): void;
  /** What was said since the last time. */
  read(): string;
}

interface CaptureOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly onLine?: (line: string) => void;
  /** Takes all that it says, on standard error, too. @default - it says it into pipes */
  readonly log?: RunLog;
}

/** Time between two looks into a log. */
const LOOK_MILLIS = 100;

/**
 * Runs a program to its end and keeps what it says. It has a session of its own, so that Ctrl-C does not reach it behind
 * our back: a second signal makes Terraform give up half-way.
 *
 * @param onLine called with each line of its standard output as it comes
 * @throws Interrupted when a signal came before or meanwhile, once the program has ended
 * @throws Error when the program cannot be started
 */
export async function capture(
  file: string,
  args: readonly string[],
  { env, interruption, onLine, log }: CaptureOptions,
): Promise<CapturedRun> {
  interruption.check();
  const output = log?.fd ?? 'pipe';
  const child = spawn(file, args, { env, stdio: ['ignore', output, output], detached: true });
  interruption.watch(child);
  let [stdout, stderr, lastLine] = ['', '', ''];
  const onOutput = (text: string) => {
    stdout += text;
    const lines = (lastLine + text).split('\n');
    lastLine = lines.pop()!;
    lines.forEach((line) => onLine?.(line));
  };
  child.stdout?.setEncoding('utf8').on('data', onOutput);
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (log && child.pid !== undefined) {
    log.startedBy(child.pid);
  }
  const looking = log && setInterval(() => onOutput(log.read()), LOOK_MILLIS);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(`${file} cannot be run (${error.code})`)));
    child.once('close', (ended, signal) => resolve(ended ?? 128 + os.constants.signals[signal!]));
  }).finally(() => clearInterval(looking));
  if (log) {
    onOutput(log.read());
  }
  interruption.check();
  return { code, stdout, stderr };
}
