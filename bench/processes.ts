import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';
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
  return untilSaid(process.execPath, args, /^Ready\.$/m);
}

/** Runs a program until it has written something, then ends it. */
export async function untilSaid(file: string, args: readonly string[], said: RegExp): Promise<void> {
  const child = spawn(file, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (said.test(output)) {
          resolve();
        }
      });
    }
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${output}`)));
  });
  // Another one meets a machine that has nothing left to do for this.
  void ended(child, 'SIGTERM');
}

/** Memory of a process and of all that it has started, in MB: each with what it shares with others. */
export function memoryOf(pid: number): number {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid=,rss='], { encoding: 'utf8' }).trim().split('\n');
  const all = lines.map((line) => line.trim().split(/\s+/).map(Number));
  const below = (parent: number): number =>
    all.reduce((sum, [own, its, rss]) => sum + (own === parent ? rss : its === parent ? below(own) : 0), 0);
  return below(pid) / 1024;
}
