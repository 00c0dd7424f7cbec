import * as fs from 'node:fs';

/** Runs what takes over files that are complete; where that fails they go, those that `work` added to the list too. */
export function takeOver<T>(files: string | readonly string[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    [files].flat().forEach((file) => fs.rmSync(file, { force: true }));
    throw error;
  }
}
