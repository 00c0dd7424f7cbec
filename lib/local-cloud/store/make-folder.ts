import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LocalCloudError } from './local-cloud-error';

/** Makes a folder and those above it. Node's own way never ends where a file system, as `/proc`, takes none. */
export function makeFolder(folder: string, mode = 0o700): void {
  if (fs.existsSync(folder)) {
    return;
  }
  if (path.dirname(folder) !== folder) {
    makeFolder(path.dirname(folder), mode);
  }
  try {
    fs.mkdirSync(folder, { mode });
  } catch (error) {
    // Another process was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !fs.existsSync(folder)) {
      throw error;
    }
  }
}

/**
 * Makes a scratch folder.
 *
 * @param instead what may be given instead of one
 * @throws LocalCloudError when the place for them cannot be used
 */
export function makeScratchFolder(prefix: string, instead: string): string {
  try {
    return fs.mkdtempSync(path.join(os.tmpdir(), prefix));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new LocalCloudError(`no folder can be made in ${os.tmpdir()} (${code}): set TMPDIR, or give ${instead}`);
  }
}
