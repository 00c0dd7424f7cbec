import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../lib/cli/command-line';

/**
 * Works in a deployment's folder, which is made when it is absent, and keeps a second run on this machine out of it
 * meanwhile: they would take each other's synthesised stacks, outputs and local cloud.
 *
 * @throws UsageError when the folder cannot be written
 * @throws Error when another process works in it
 */
export async function withFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  makeFolder(folder);
  const file = path.join(folder, 'running');
  take(file);
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** @throws UsageError */
export function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw new UsageError(`folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

function take(file: string): void {
  // The name appears with a process in it.
  const draft = `${file}-${process.pid}`;
  fs.writeFileSync(draft, `${process.pid}\n`);
  try {
    while (!isLinked(draft, file)) {
      const pid = ownerOf(file);
      if (pid !== undefined && isRunning(pid)) {
        const folder = path.relative('', path.dirname(file));
        throw new Error(
          `${folder} is in use by process ${pid}: wait until it has ended, or remove ${folder}/${path.basename(file)} ` +
            'if that is something else. Nothing was changed',
        );
      }
      // Of a process that was killed.
      fs.rmSync(file, { force: true });
    }
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function isLinked(draft: string, file: string): boolean {
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

function ownerOf(file: string): number | undefined {
  try {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    // It has just ended.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
