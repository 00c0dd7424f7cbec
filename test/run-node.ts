import { spawn } from 'node:child_process';
import * as path from 'node:path';

/** Root of the checkout. */
export const ROOT = path.resolve(__dirname, '..');

/** What a finished process left. */
export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where and with what a script runs. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with all output so far whenever there is more; for signals at the right moment. */
  readonly onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
  /** The same with all of standard error so far. */
  readonly onErrorOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Runs a compiled script of the checkout, e.g. `lib/smoke/cli.js`, to its end. */
export function runNode(script: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(process.execPath, [path.join(ROOT, 'dist', script), ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    options.onOutput?.(stdout, (signal) => child.kill(signal));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    options.onErrorOutput?.(stderr, (signal) => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}
