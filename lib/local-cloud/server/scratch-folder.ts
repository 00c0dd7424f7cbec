import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { LocalCloudError } from '../store/local-cloud-error';

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
