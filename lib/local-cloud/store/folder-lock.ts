import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { quoted } from '../../cli/shell';
import { LocalCloudError } from './local-cloud-error';
import { makeFolder } from './make-folder';

/** What the lock makes in the folder that it locks. */
export const OWNER_FOLDER = 'owner';
/** Bytes that the path of a socket may have, on any system (Linux: 107). */
const MAX_SOCKET_PATH_BYTES = 103;
/** How long an owner may take to say who it is; that it is there is known by then. */
const ANSWER_MS = 1000;

/** Another process works in the folder. */
export class FolderInUseError extends LocalCloudError {
  /** @param holder in words */
  constructor(
    folder: string,
    public readonly holder: string,
  ) {
    const stop = `alicloud-local stop --state ${quoted(folder)}`;
    super(`state folder ${folder} is in use by ${holder}: stop it (${stop}), or give another state folder`);
  }
}

/**
 * Keeps a second process out of a state folder: the owner listens on a UNIX socket in it, `owner/N`. The kernel ends
 * that with the process, whatever its pid and namespace, and a copy of the folder has no listener.
 *
 * How one of several takes it over: the highest number counts. Who finds nobody behind it puts a socket that listens
 * already under the next number, which only one can, and is the owner unless there is a higher one by then. The highest
 * is never removed: a clean end puts an empty file in its place. Numbers only grow, so a process that was held up
 * between two steps finds its number taken, or a higher one.
 *
 * Two machines that share a network volume cannot be told apart.
 */
export class FolderLock {
  private readonly inode: number;

  /** @param server listens under the name of `file` */
  constructor(
    private readonly server: net.Server,
    private readonly file: string,
  ) {
    this.inode = fs.statSync(file).ino;
  }

  /**
   * Makes the folder when it is absent, and locks it.
   *
   * @throws FolderInUseError when another process holds it
   * @throws LocalCloudError when it cannot be written, or has no place for sockets and links
   */
  public static async take(folder: string): Promise<FolderLock> {
    const owners = path.join(folder, OWNER_FOLDER);
    try {
      // Of a file system that is read-only Node would say that the folder does not exist.
      fs.accessSync(nearestTo(owners), fs.constants.W_OK);
      makeFolder(owners);
      fs.accessSync(folder, fs.constants.W_OK);
      for (;;) {
        const lock = await tryTake(folder, owners);
        if (lock) {
          return lock;
        }
      }
    } catch (error) {
      const { code, syscall } = error as NodeJS.ErrnoException;
      if (syscall === undefined) {
        throw error;
      }
      throw new LocalCloudError(
        `state folder ${folder} cannot be locked and written (${code}): give another state folder`,
        { cause: error },
      );
    }
  }

  /** Lets the next one in. Never throws: the lock ends with the process anyway. */
  public release(): void {
    try {
      // The folder may have been moved, and that of another owner be in its place.
      if (fs.statSync(this.file).ino === this.inode) {
        // A socket that is left over would be in the way of whoever copies the folder.
        const ended = `${this.file}.ended`;
        fs.writeFileSync(ended, '');
        fs.renameSync(ended, this.file);
      }
    } catch {
      // The folder is gone, or read-only.
    }
    this.server.close();
  }
}

/** The path itself, or the first above it that exists. */
function nearestTo(file: string): string {
  return fs.existsSync(file) ? file : nearestTo(path.dirname(file));
}

/** Returns undefined when another one was quicker, and it has to be tried again. */
async function tryTake(folder: string, owners: string): Promise<FolderLock | undefined> {
  const last = Math.max(0, ...numbersIn(owners));
  if (last > 0) {
    const holder = await holderOf(owners, String(last));
    if (holder !== undefined) {
      throw new FolderInUseError(folder, holder);
    }
  }
  const file = path.join(owners, String(last + 1));
  const draft = `draft-${randomBytes(8).toString('hex')}`;
  const server = await listen(owners, draft);
  try {
    // Whoever may reach the folder may ask who owns it.
    fs.chmodSync(path.join(owners, draft), 0o666);
    // The name appears with a listener behind it: a socket that is bound and does not listen yet looks like a dead one.
    fs.linkSync(path.join(owners, draft), file);
  } catch (error) {
    server.close();
    const { code } = error as NodeJS.ErrnoException;
    // The number was taken, or who took it removed the draft.
    if (code === 'EEXIST' || (code === 'ENOENT' && fs.existsSync(owners))) {
      return undefined;
    }
    throw error;
  } finally {
    fs.rmSync(path.join(owners, draft), { force: true });
  }
  if (Math.max(...numbersIn(owners)) > last + 1) {
    fs.rmSync(file, { force: true });
    server.close();
    return undefined;
  }
  for (const name of fs.readdirSync(owners).filter((one) => !(Number(one) > last))) {
    fs.rmSync(path.join(owners, name), { force: true });
  }
  // Of version 0.1, which held a pid.
  fs.rmSync(path.join(folder, 'lock'), { force: true });
  return new FolderLock(server, file);
}

function numbersIn(owners: string): number[] {
  return fs
    .readdirSync(owners)
    .filter((name) => /^\d{1,15}$/.test(name))
    .map(Number);
}

/** Who listens there, in words; undefined: nobody. */
function holderOf(owners: string, name: string): Promise<string | undefined> {
  return withSocketPath(owners, name, (socketPath) => {
    const socket = net.connect(socketPath);
    let answer = '';
    return new Promise((resolve, reject) => {
      socket.setTimeout(ANSWER_MS, () => socket.destroy());
      socket.on('connect', () => {
        socket.on('data', (bytes) => (answer += bytes.toString()));
        socket.on('close', () => resolve(answer || 'another process'));
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        if (['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(error.code!)) {
          resolve(undefined);
        } else if (error.code === 'EAGAIN') {
          // Its queue of connections is full.
          resolve('another process');
        } else if (error.code === 'ECONNRESET') {
          resolve(holderOf(owners, name));
        } else {
          reject(error);
        }
      });
    });
  });
}

async function listen(owners: string, name: string): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(`process ${process.pid} on ${os.hostname()}`);
  });
  await withSocketPath(
    owners,
    name,
    (socketPath) =>
      new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(socketPath, resolve);
      }),
  );
  server.unref();
  return server;
}

/** Lends a path that is short enough for a socket. @throws LocalCloudError when there is none */
async function withSocketPath<T>(folder: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const plain = path.join(folder, name);
  if (Buffer.byteLength(plain) <= MAX_SOCKET_PATH_BYTES) {
    return use(plain);
  }
  const fd = fs.openSync(folder, 'r');
  try {
    const short = `/proc/self/fd/${fd}`;
    if (!fs.existsSync(short)) {
      const most = MAX_SOCKET_PATH_BYTES - Buffer.byteLength(path.join(OWNER_FOLDER, name)) - 1;
      throw new LocalCloudError(
        `state folder ${path.dirname(folder)} has a path of ${Buffer.byteLength(path.dirname(folder))} bytes, ` +
          `expected at most ${most} on this system: give a shorter one`,
      );
    }
    return await use(path.join(short, name));
  } finally {
    fs.closeSync(fd);
  }
}
