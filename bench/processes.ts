import { spawn, type SpawnOptions } from 'node:child_process';
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
