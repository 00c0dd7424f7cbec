import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../lib/cli/command-line';
import { FolderInUseError, FolderLock } from '../lib/local-cloud/store/folder-lock';
import { LocalCloudError } from '../lib/local-cloud/store/local-cloud-error';
import { makeFolder } from '../lib/local-cloud/store/make-folder';
import type { Progress } from '../lib/cli/progress';

/** What others may read, too. */
const FOLDER_MODE = 0o777;

/**
 * Works in a deployment's folder, which is made when it is absent, and keeps a second run on this machine out of it
 * meanwhile: they would take each other's synthesised stacks, outputs and local cloud.
 *
 * @throws UsageError when the folder cannot be written
 * @throws Error when another process works in it
 */
export async function withFolder<T>(folder: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  makeWritable(folder);
  const lock = await lockOf(folder, progress);
  try {
    return await work();
  } finally {
    lock?.release();
  }
}

/** @throws UsageError */
export function makeWritable(folder: string): void {
  try {
    makeFolder(folder, FOLDER_MODE);
    fs.accessSync(folder, fs.constants.W_OK);
  } catch (error) {
    throw new UsageError(`folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** A lock, or undefined with a warning where the file system takes none: without one a single run works as well. */
async function lockOf(folder: string, progress: Progress): Promise<FolderLock | undefined> {
  const shown = path.relative('', folder);
  try {
    return await FolderLock.take(folder);
  } catch (error) {
    if (error instanceof FolderInUseError) {
      throw new Error(`${shown} is in use by ${error.holder}: wait until it has ended. Nothing was changed`);
    }
    if (!(error instanceof LocalCloudError)) {
      throw error;
    }
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    progress.problem(
      `warning: ${shown} cannot be locked (${code ?? 'its path is too long'}): begin no second run in it meanwhile\n`,
    );
    return undefined;
  }
}
