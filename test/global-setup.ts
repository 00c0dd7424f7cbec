import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { removeAtEnd } from '../lib/local-cloud/server/remove-at-end';

/** Gives a run one folder for all temporary files, libraries' included, and removes it at the end, even of a killed run. */
export default function setup(): () => void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cdktf-alicloud-dla-run-'));
  process.env.TMPDIR = folder;
  const remove = removeAtEnd([folder]);
  return () => {
    fs.rmSync(folder, { recursive: true, force: true });
    remove();
  };
}
