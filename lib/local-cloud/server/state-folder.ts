import * as fs from 'node:fs';
import * as path from 'node:path';
import { Account } from '../account/account';
import { FolderLock } from '../store/folder-lock';
import { LocalCloudError } from '../store/local-cloud-error';
import type { Opened } from './opened';
import { makeScratchFolder } from './scratch-folder';

/** @throws LocalCloudError when the folder cannot be used, or another process has it */
export async function openAccount(state: string | undefined, { closers }: Opened): Promise<Account> {
  const folder = state === undefined ? makeScratchFolder('alicloud-local-', 'a state folder') : path.resolve(state);
  if (state === undefined) {
    closers.push(() => fs.rmSync(folder, { recursive: true, force: true }));
  }
  const lock = await FolderLock.take(folder);
  closers.push(() => lock.release());
  const account = inFolder(folder, () => new Account(folder));
  closers.push(() => account.close());
  return account;
}

/** Tells what to do where a state folder cannot be read or written. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) {
      throw error;
    }
    const remedy = code === 'ENOSPC' || code === 'EDQUOT' ? 'make room there' : 'see to its files';
    throw new LocalCloudError(
      `state folder ${folder} cannot be read and written (${code}): ${remedy}, or give another folder`,
      { cause: error },
    );
  }
}
