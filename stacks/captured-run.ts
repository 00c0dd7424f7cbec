import { spawn } from 'node:child_process';
import * as os from 'node:os';
import { createInterface } from 'node:readline';
import type { Interruption } from './interruption';

/** What a program said. */
export interface CapturedRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface CaptureOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly interruption: Interruption;
  readonly onLine?: (line: string) => void;
}

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
  { env, interruption, onLine }: CaptureOptions,
): Promise<CapturedRun> {
  interruption.check();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  interruption.watch(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  if (onLine) {
    createInterface({ input: child.stdout }).on('line', onLine);
  }
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(`${file} cannot be run (${error.code})`)));
    child.once('close', (ended, signal) => resolve(ended ?? 128 + os.constants.signals[signal!]));
  });
  interruption.check();
  return { code, stdout, stderr };
}
