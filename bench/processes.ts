import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import * as path from 'node:path';

/** Root of the checkout. */
export const ROOT = path.resolve(__dirname, '..');

/** Runs a program to its end, which must be a good one. */
export function run(file: string, args: readonly string[], options: SpawnOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], ...options })
      .once('error', reject)
      .once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${file} ${args.join(' ')} ended with ${code}`)),
      );
  });
}

/** Ends a process, and waits until it is gone: one that does not take the signal in time is killed. */
export async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return;
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(timer);
}

/** Runs node until it writes `Ready.`, then ends it. */
export function untilReady(...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('Ready.')) {
        child.kill('SIGTERM');
        resolve();
      }
    });
    child.once('error', reject);
  });
}
