import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { removeAtEnd } from '../lib/local-cloud/server/remove-at-end';

/** A folder of a program's own, which is removed when the program ends, even when it is killed. */
export function scratchFolder(name: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
  removeAtEnd([folder]);
  return folder;
}
