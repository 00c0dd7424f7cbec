import * as fs from 'node:fs';
import * as path from 'node:path';

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
