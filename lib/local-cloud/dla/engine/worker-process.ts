import { type ChildProcess, execFile, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import type { Socket } from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { ownPackage } from '../../../cli/own-version';
import { lossOf } from '../../store/blobs';
import { SqlError } from '../sql-error';
import { type EngineCatalog, type EngineFile, NOTHING } from './types';
import { type Frame, frameOf, FrameReader } from './frames';
import { type Answers, FILES_FOLDER, type Reply, type Request, REQUESTS_FD } from './messages';

export interface WorkerLimits {
  /** Memory that the process may have, in bytes. */
  readonly memory: number;
  /** What DuckDB tries to stay below, by writing to its temporary folder. */
  readonly duckdbMemory: string;
  /** Threads of a query that reads. */
  readonly threads: number;
  /** How far the process stands back behind others that want the CPU, 0 to 19. */
  readonly nice: number;
}

/** Between two looks at a busy worker's memory. */
const WATCH_MILLIS = 50;

const HAS_PROC = fs.existsSync('/proc/self/status');

/** A process that has grown beyond this is not used again. */
const REUSABLE_BYTES = 200 << 20;

/** Address space beyond the memory limit: not all that is reserved is used. */
const ADDRESS_SLACK = 384 << 20;

/** Where Yarn has not made node_modules (Plug'n'Play), its own loader finds the modules. */
const LOADER = process.versions.pnp === undefined ? {} : { NODE_OPTIONS: process.env.NODE_OPTIONS };

/** What DuckDB said about a statement, before it is put into MySQL's words. */
export class DuckDbError extends Error {}

interface Held {
  /** Differs whenever the files do. */
  readonly id: string;
  readonly key: string;
  readonly catalog: EngineCatalog;
}

const NOTHING_HELD: Held = { id: '0', key: JSON.stringify(NOTHING), catalog: NOTHING };

/** The process had ended before it saw the request, which may be given to another. */
export class WorkerGone extends Error {}

/** The process has ended while it ran the query, of itself: for one, what wants memory beyond the limit may abort it. */
export class WorkerCrashed extends SqlError {
  constructor() {
    super('ER_UNKNOWN_ERROR', 'the query has ended the process that ran it');
  }
}

interface Pending {
  readonly rows: Buffer[];
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A process that runs queries for this one, one at a time. Its memory is watched from here while it is busy, so that a
 * limit holds whatever DuckDB is doing; ending it removes its folder.
 */
export class WorkerProcess {
  /** Settles when the process can be used, or has ended. */
  public readonly ready: Promise<void>;
  public readonly ended: Promise<void>;
  /** Tables whose files the worker holds. */
  public held = NOTHING_HELD;
  private readonly child: ChildProcess;
  /** Requests go out and replies come in. */
  private readonly socket: Socket;
  private pending?: Pending;
  private reason?: Error;
  private hasEnded = false;
  private watch?: NodeJS.Timeout;
  private fileCount = 0;
  private holdCount = 0;
  /** The catalog that the process knows. */
  private sentId?: string;
  private addressSpace = Infinity;

  constructor(
    public readonly folder: string,
    public readonly limits: WorkerLimits,
    code: Buffer,
  ) {
    fs.mkdirSync(path.join(folder, FILES_FOLDER), { recursive: true, mode: 0o700 });
    const program = path.join(folder, 'worker.js');
    fs.writeFileSync(program, code);
    this.child = spawn(process.execPath, [program, folder, limits.duckdbMemory, String(limits.threads), __filename], {
      // The channel of IPC carries nothing: its end tells the worker that this process has ended.
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'ipc'],
      // One arena of malloc a few threads: each reserves address space, and keeps what was freed.
      env: { PATH: process.env.PATH, MALLOC_ARENA_MAX: '2', ...LOADER },
    });
    this.ended = new Promise((resolve) => {
      const end = (): void => {
        this.onEnd();
        resolve();
      };
      this.child.once('exit', end).once('error', end);
    });
    // Absent where the system has no descriptors left; the types do not say so.
    const stdio = this.child.stdio as ChildProcess['stdio'] | undefined;
    if (!stdio) {
      throw new Error('the process could not be started');
    }
    this.socket = stdio[REQUESTS_FD] as Socket;
    // The end of the process follows.
    this.socket.on('error', () => {});
    this.setPriority();
    this.ready = new Promise((resolve, reject) => {
      const reader = new FrameReader();
      this.socket.on('data', (chunk: Buffer) => {
        reader.read(chunk).forEach((frame) => this.onFrame(frame, resolve));
      });
      void this.ended.then(() => reject(this.reason ?? new WorkerCrashed()));
    });
    this.ready.catch(() => {});
    // Whoever has asked for something waits for it; an idle worker must not keep the process from ending.
    this.child.unref();
    this.child.channel?.unref();
    this.socket.unref();
  }

  public get pid(): number {
    return this.child.pid ?? 0;
  }

  public get alive(): boolean {
    return !this.hasEnded && this.reason === undefined;
  }

  private setPriority(): void {
    const { pid } = this.child;
    if (pid !== undefined && this.limits.nice > 0) {
      try {
        os.setPriority(pid, Math.min(os.getPriority() + this.limits.nice, os.constants.priority.PRIORITY_LOW));
      } catch {
        // There are systems without priorities, and the process may have ended.
      }
    }
  }

  private get files(): string {
    return path.join(this.folder, FILES_FOLDER);
  }

  /** A path that the worker's queries may write to, never used before. */
  public newFile(): string {
    this.fileCount += 1;
    return path.join(this.files, String(this.fileCount));
  }

  /**
   * Gives the worker the tables' files, under names of its own: an object that is replaced meanwhile does not change
   * the query. With the key of the last call, what that one gave is given again.
   */
  public hold(key: string, { tables, views }: EngineCatalog): EngineCatalog {
    if (key !== this.held.key) {
      // Where a file cannot be had, nothing is held.
      this.held = NOTHING_HELD;
      for (const name of fs.readdirSync(this.files)) {
        fs.rmSync(path.join(this.files, name), { recursive: true, force: true });
      }
      const linked = tables.map((table) => ({
        ...table,
        parts: table.parts.map(({ values, files }) => ({
          values,
          files: files.map((file) => ({ ...file, path: this.link(file) })),
        })),
      }));
      this.holdCount += 1;
      this.held = { id: String(this.holdCount), key, catalog: { tables: linked, views } };
    }
    return this.held.catalog;
  }

  /** What the process does not know yet of the tables that it holds. */
  public catalogToSend(): EngineCatalog | undefined {
    const { id, catalog } = this.held;
    const isKnown = this.sentId === id;
    this.sentId = id;
    return isKnown ? undefined : catalog;
  }

  private link({ path: source, size, url }: EngineFile): string {
    const loss = lossOf(source, size);
    if (loss !== undefined) {
      throw new SqlError('ER_UNKNOWN_ERROR', `the content of ${url} ${loss}: restore the state folder from a copy`);
    }
    const file = this.newFile();
    try {
      fs.linkSync(source, file);
    } catch {
      // There are file systems without links.
      fs.copyFileSync(source, file);
    }
    return file;
  }

  /** Memory of the process, in bytes; 0 where that is not known. */
  public memory(): number {
    return this.status('VmRSS');
  }

  /** Whether the process keeps so much of what it had that a next query might not have its share. */
  public get isGrown(): boolean {
    return this.memory() > REUSABLE_BYTES || this.status('VmSize') > this.addressSpace - this.limits.memory;
  }

  private status(field: 'VmRSS' | 'VmSize'): number {
    try {
      const status = fs.readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
      return 1024 * Number(new RegExp(`${field}:\\s*(\\d+)`).exec(status)?.[1] ?? 0);
    } catch {
      return 0;
    }
  }

  /**
   * The answer, and the rows as packets of texts.
   *
   * @throws DuckDbError, or the reason with which the worker was ended meanwhile
   */
  public async request<K extends Request['kind']>(
    request: Extract<Request, { kind: K }>,
  ): Promise<{ answer: Answers[K]; rows: Buffer }> {
    const rows: Buffer[] = [];
    this.socket.ref();
    try {
      await this.ready;
      this.startWatch();
      const answer = await new Promise<Answers[K]>((resolve, reject) => {
        this.pending = { rows, resolve, reject };
        if (this.hasEnded) {
          reject(this.reason ?? new WorkerGone());
        } else {
          // Nobody reads at the other end of the socket of a process that has ended.
          this.socket.write(frameOf(request), (error) => error && this.end(new WorkerGone()));
        }
      });
      return { answer, rows: rows.length === 1 ? rows[0] : Buffer.concat(rows) };
    } finally {
      this.pending = undefined;
      this.socket.unref();
    }
  }

  /** Ends the process, whatever it is doing; what is asked of it ends with the reason. */
  public end(reason: Error): void {
    this.reason ??= reason;
    this.child.kill('SIGKILL');
  }

  private onFrame({ message, rows }: Frame, ready: () => void): void {
    const reply = message as Reply;
    switch (reply.kind) {
      case 'ready':
        this.limitAddressSpace();
        ready();
        return;
      case 'missing':
        this.end(
          new SqlError(
            'ER_UNKNOWN_ERROR',
            `queries need the package @duckdb/node-api, which cannot be loaded (${reply.code}): ` +
              'npm install --save-dev @duckdb/node-api',
          ),
        );
        return;
      case 'rows':
        this.pending?.rows.push(rows);
        return;
      case 'done':
        this.pending?.rows.push(rows);
        this.pending?.resolve(reply.answer as never);
        return;
      case 'failed':
        this.pending?.reject(reply.code ? new SqlError(reply.code, reply.message) : new DuckDbError(reply.message));
    }
  }

  private onEnd(): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      clearInterval(this.watch);
      this.pending?.reject(this.reason ?? new WorkerCrashed());
      try {
        fs.rmSync(this.folder, { recursive: true, force: true });
      } catch {
        // What stays goes with the scratch folder.
      }
    }
  }

  /** Looks at the memory until there is nothing to wait for: brief requests in a row have one watch. */
  private startWatch(): void {
    this.watch ??= setInterval(
      () => {
        if (!this.pending) {
          clearInterval(this.watch);
          this.watch = undefined;
        } else if (HAS_PROC) {
          this.checkMemory(this.memory());
        } else {
          execFile('ps', ['-o', 'rss=', '-p', String(this.child.pid)], (_error, kilobytes) =>
            this.checkMemory(1024 * Number(kilobytes)),
          );
        }
      },
      HAS_PROC ? WATCH_MILLIS : 10 * WATCH_MILLIS,
    ).unref();
  }

  private checkMemory(bytes: number): void {
    if (bytes > this.limits.memory) {
      this.end(memoryError(this.limits.memory));
    }
  }

  /** Where there is such a limit: what takes all at once is then refused before it is taken. */
  private limitAddressSpace(): void {
    if (process.platform !== 'linux') {
      return;
    }
    this.addressSpace = this.status('VmSize') - this.status('VmRSS') + this.limits.memory + ADDRESS_SLACK;
    // Without the program the watch is left.
    execFile('prlimit', ['--pid', String(this.child.pid), `--as=${this.addressSpace}`], () => {});
  }
}

export function memoryError(limit: number): SqlError {
  return new SqlError(
    'ER_OUT_OF_RESOURCES',
    `the query needs more than ${Math.round(limit / 2 ** 20)} MB of memory, the most that one query may use here`,
  );
}

/** The compiled worker in one file, also when this file itself runs as TypeScript. */
export function workerCode(): Buffer {
  return fs.readFileSync(path.join(ownPackage(), 'dist/lib/local-cloud/server/cli-parts/worker.js'));
}
