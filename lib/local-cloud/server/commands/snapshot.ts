import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UsageError } from '../../../cli/command-line';
import { command } from '../../../cli/commands';
import { isAlive } from '../../../cli/is-alive';
import { didYouMean, nearest } from '../../../cli/nearest';
import { makeFolder } from '../../store/make-folder';
import { findCloud } from '../find-cloud';
import { WHICH } from './options';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const EXTENSION = '.ndjson';
const DRAFT = '.part';
/** A snapshot of a large account takes its time. */
const LOAD_MILLIS = 10 * 60_000;

export const snapshot = command({
  words: 'save|load|list [NAME]',
  summary: 'keep the account of the running one under a name, and bring it back',
  details: `Examples:
  alicloud-local snapshot save after-deploy
  alicloud-local snapshot load after-deploy`,
  options: {
    ...WHICH,
    dir: {
      type: 'string',
      value: 'DIR',
      help: 'folder of the snapshots (default: alicloud-local/snapshots in\nXDG_DATA_HOME or ~/.local/share)',
    },
    replace: { type: 'boolean', help: 'save over one that has the name' },
  },
  run: async ({ values, words: [verb, name, ...more] }) => {
    const folder = path.resolve(values.dir ?? defaultFolder());
    if (verb !== 'save' && verb !== 'load' && verb !== 'list') {
      const got =
        verb === undefined ? 'none' : `${JSON.stringify(verb)}${didYouMean(nearest(verb, ['save', 'load', 'list']))}`;
      throw new UsageError(`expected save, load or list, got ${got}`);
    }
    if (more.length > 0 || (verb === 'list') !== (name === undefined)) {
      throw new UsageError(verb === 'list' ? 'list: expected no name' : `${verb}: expected one name`);
    }
    if (verb === 'list') {
      list(folder, values.dir !== undefined);
      return 0;
    }
    if (!NAME.test(name)) {
      throw new UsageError(
        `${verb}: expected a name of up to 100 letters, digits, ".", "_" and "-", got ${JSON.stringify(name)}`,
      );
    }
    const file = path.join(folder, `${name}${EXTENSION}`);
    await (verb === 'save' ? save(file, values.state, values.replace) : load(file, values.state));
    return 0;
  },
});

function defaultFolder(): string {
  const data = process.env.XDG_DATA_HOME || path.join(os.homedir(), '.local/share');
  return path.join(data, 'alicloud-local/snapshots');
}

async function save(file: string, state: string | undefined, replace?: boolean): Promise<void> {
  if (!replace && fs.existsSync(file)) {
    throw new UsageError(`save: ${file} exists; --replace saves over it`);
  }
  const { client } = await findCloud(state);
  try {
    makeFolder(path.dirname(file));
  } catch (error) {
    throw new Error(`save: ${(error as Error).message}; --dir names another folder`, { cause: error });
  }
  removeDrafts(file);
  const draft = `${file}.${process.pid}${DRAFT}`;
  try {
    const body = await client.call('GET', 'state', undefined, LOAD_MILLIS);
    // It has the keys of the account.
    await pipeline(body, fs.createWriteStream(draft, { mode: 0o600 }));
    fs.renameSync(draft, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
  process.stdout.write(`${file}\n`);
}

/** Those that a save left which was killed: they have the keys of an account, too. */
function removeDrafts(file: string): void {
  const [folder, start] = [path.dirname(file), `${path.basename(file)}.`];
  for (const name of fs.readdirSync(folder)) {
    const pid = name.startsWith(start) && name.endsWith(DRAFT) ? name.slice(start.length, -DRAFT.length) : '';
    if (/^\d+$/.test(pid) && !isAlive(Number(pid))) {
      fs.rmSync(path.join(folder, name), { force: true });
    }
  }
}

async function load(file: string, state: string | undefined): Promise<void> {
  if (!fs.existsSync(file)) {
    throw new UsageError(`load: there is no ${file}; list tells which there are`);
  }
  const { client } = await findCloud(state);
  try {
    (await client.call('PUT', 'state', fs.createReadStream(file), LOAD_MILLIS)).resume();
  } catch (error) {
    throw new Error(`load: ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws UsageError when the folder must be there */
function list(folder: string, mustExist: boolean): void {
  const names = !mustExist && !fs.existsSync(folder) ? [] : namesIn(folder);
  for (const name of names.filter((one) => one.endsWith(EXTENSION)).sort()) {
    const { mtime, size } = fs.statSync(path.join(folder, name));
    process.stdout.write(`${name.slice(0, -EXTENSION.length)}  ${mtime.toISOString()}  ${size} bytes\n`);
  }
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    throw new UsageError(`list: expected a folder, got ${folder} (${(error as NodeJS.ErrnoException).code})`);
  }
}
