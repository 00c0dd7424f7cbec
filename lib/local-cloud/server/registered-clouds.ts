import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { isAlive } from '../../cli/is-alive';

// The local clouds that one user started by the command, so that others can be told of them: a file each, which holds the
// path of the state folder.

function registry(): string {
  const user = typeof process.getuid === 'function' ? String(process.getuid()) : os.userInfo().username;
  return path.join(os.tmpdir(), `alicloud-local.${user}`);
}

/** Whether nobody else can write there: what stands in it is trusted with credentials. */
function isOurs(folder: string): boolean {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  const isOwn = process.getuid === undefined || (stat?.uid === process.getuid() && (stat.mode & 0o022) === 0);
  return stat !== undefined && stat.isDirectory() && isOwn;
}

/** Tells of a local cloud of this process; returns what takes that back. Where it cannot be told, it is not. */
export function register(state: string): () => void {
  const folder = registry();
  const file = path.join(folder, `${process.pid}-${randomUUID()}`);
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (isOurs(folder)) {
      fs.writeFileSync(file, state, { mode: 0o600 });
    }
  } catch {
    // It is found by its state folder or its address all the same.
  }
  return () => unregister(file);
}

/** State folders of the local clouds that the command has started and whose processes are there. */
export function registered(): string[] {
  const folder = registry();
  if (!isOurs(folder)) {
    return [];
  }
  return fs.readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    if (!isAlive(Number.parseInt(name, 10))) {
      unregister(file);
      return [];
    }
    try {
      return [fs.readFileSync(file, 'utf8')];
    } catch {
      return [];
    }
  });
}

function unregister(file: string): void {
  try {
    fs.rmSync(file, { force: true });
    fs.rmdirSync(path.dirname(file));
  } catch {
    // Others are registered, too.
  }
}
