import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { onTestFinished } from 'vitest';

/** An empty folder that is removed when the test ends. */
export function scratchFolder(parent = os.tmpdir()): string {
  const folder = fs.mkdtempSync(path.join(parent, 'cdktf-alicloud-dla-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}
