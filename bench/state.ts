import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Account } from '../lib/local-cloud/account/account';
import type { Change } from '../lib/local-cloud/store/journal';
import { median, report, timeRatio } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

const MANY = 100_000;
const ROUNDS = 7;

function newFolder(): string {
  const folder = scratchFolder('bench-state');
  return folder;
}

/** Bytes on disk, of blocks. */
function diskOf(folder: string): number {
  return fs.readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const file = path.join(folder, entry.name);
    return sum + (entry.isDirectory() ? diskOf(file) : 512 * fs.statSync(file).blocks);
  }, 0);
}

function versioned(folder: string, versions: number): Account {
  const account = new Account(folder);
  account.oss.createBucket('cn-hangzhou', { name: 'bench' });
  account.oss.updateBucket('bench', { versioning: 'Enabled' });
  for (let version = 0; version < versions; version += 1) {
    account.oss.putObject('bench', 'terraform.tfstate', Buffer.from(`version ${version}`));
  }
  return account;
}

/** Many versions of one object in the journal; only the first has a content. */
function manyVersions(folder: string): void {
  const account = versioned(folder, 1);
  const rows = [...account.store.rows()];
  const [table, key, version] = rows.find(([name]) => name === 'oss-versions')!;
  const more = Array.from({ length: MANY - 1 }, (_, index): Change => {
    const sequence = index + 2;
    const age = String(999_999_999_999 - sequence).padStart(12, '0');
    const row = { ...(version as object), sequence, versionId: `CAEQ${randomBytes(20).toString('hex')}` };
    return [table, `${key.slice(0, key.lastIndexOf('\0'))}\0${age}`, row];
  });
  account.store.replace([...rows, ...more]);
  account.close();
}

async function main(): Promise<void> {
  const [few, twice] = [newFolder(), newFolder()];
  versioned(few, 300).close();
  versioned(twice, 600).close();
  report('disk of 600 versions of an object against 300', diskOf(twice) / diskOf(few), 2);

  const many = newFolder();
  manyVersions(many);
  const seconds = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    new Account(many).close();
    return (performance.now() - started) / 1000;
  });
  report(`opening a state with ${MANY} versions against a second`, median(seconds), 1);

  const [full, empty] = [new Account(many), versioned(newFolder(), 0)];
  const put = (account: Account) => () => {
    for (let version = 0; version < 10; version += 1) {
      account.oss.putObject('bench', 'terraform.tfstate', Buffer.from('one more'));
    }
    return Promise.resolve();
  };
  report(
    `a version more when ${MANY} are stored against when none is`,
    await timeRatio(30 * ROUNDS, put(full), put(empty)),
    1.1,
  );
  full.close();
  empty.close();
}

void main();
