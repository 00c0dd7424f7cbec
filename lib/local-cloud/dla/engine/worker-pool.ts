import { randomBytes } from 'node:crypto';
import * as path from 'node:path';
import { SqlError } from '../sql-error';
import { workerCode, WorkerGone, type WorkerLimits, WorkerProcess } from './worker-process';

export interface WorkerPoolOptions {
  /** Workers, each with one query at a time. */
  readonly workers: number;
  readonly limits: WorkerLimits;
  /** Workers that nobody has needed for so long are ended. */
  readonly idleMillis: number;
}

/** What a query asks of a pool. */
export interface WorkerRequest {
  /** Ends the query, while it waits and while it runs. */
  readonly signal?: AbortSignal;
  /** Longest time that the query may run. @default - any */
  readonly runMillis?: number;
  /** Longest time to wait for a worker, in milliseconds. */
  readonly waitMillis: number;
  /** Called once, in one step with the start of the query. */
  readonly onTurn?: () => void;
  /** Tells, after `onTurn`, which worker suits best. */
  readonly prefer?: (worker: WorkerProcess) => boolean;
}

/** Queries of a pool that wait for a worker. */
const MAX_WAITING = 200;

/** A query that is shorter adds so little memory that it is looked at after every so many of them only. */
const BRIEF_MILLIS = 20;
const LOOK_EVERY = 20;

/** Workers of one kind, and the queries that wait for one. */
export class WorkerPool {
  private readonly all = new Set<WorkerProcess>();
  private readonly idle: WorkerProcess[] = [];
  private readonly waiting: (() => void)[] = [];
  private busy = 0;
  private lent = 0;
  private closed = false;
  private readonly idleTimer: NodeJS.Timeout;
  /** Kept for all workers to come: a later compile or update of the package takes its file away. */
  private readonly code = workerCode();

  constructor(
    private readonly scratchFolder: string,
    private readonly options: WorkerPoolOptions,
  ) {
    this.idleTimer = setTimeout(
      () => this.idle.splice(0).forEach((worker) => worker.end(stopped())),
      options.idleMillis,
    );
    this.idleTimer.unref();
  }

  public get pids(): number[] {
    return [...this.all].map(({ pid }) => pid);
  }

  /** Starts a worker for the next query, where none waits for one. Whether that works, the query is told. */
  public warm(): void {
    if (!this.closed && this.idle.length === 0 && this.all.size < this.options.workers) {
      try {
        this.idle.push(this.start());
      } catch {
        return;
      }
    }
    this.idleTimer.refresh();
  }

  /**
   * Lends a worker to one query.
   *
   * @throws SqlError when there is none in time, or when the worker ends before the query; the signal's reason
   */
  public async use<T>(request: WorkerRequest, run: (worker: WorkerProcess) => Promise<T>): Promise<T> {
    const worker = await this.take(request);
    try {
      return await this.lend(worker, request, run);
    } catch (error) {
      if (!(error instanceof WorkerGone)) {
        throw error;
      }
    }
    return this.use(request, run);
  }

  private async lend<T>(
    worker: WorkerProcess,
    { signal, runMillis }: WorkerRequest,
    run: (worker: WorkerProcess) => Promise<T>,
  ): Promise<T> {
    const stop = (): void => worker.end(signal?.reason as Error);
    signal?.addEventListener('abort', stop);
    const timer = runMillis === undefined ? undefined : setTimeout(() => worker.end(overdue(runMillis)), runMillis);
    const started = performance.now();
    try {
      return await run(worker);
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
      void this.release(worker, performance.now() - started < BRIEF_MILLIS);
    }
  }

  /** Ends every worker, and with them the queries that run. */
  public async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.idleTimer);
    this.waiting.splice(0).forEach((wake) => wake());
    this.all.forEach((worker) => worker.end(stopped()));
    await Promise.all([...this.all].map(({ ended }) => ended));
  }

  private async take({ signal, waitMillis, onTurn, prefer = () => true }: WorkerRequest): Promise<WorkerProcess> {
    const { workers } = this.options;
    if (this.busy >= workers && this.waiting.length >= MAX_WAITING) {
      throw new SqlError(
        'ER_TOO_MANY_CONCURRENT',
        `${MAX_WAITING} queries wait for their turn already: try again later`,
      );
    }
    const deadline = performance.now() + waitMillis;
    while (this.busy >= workers && !signal?.aborted && !this.closed) {
      const left = deadline - performance.now();
      if (left <= 0) {
        throw new SqlError(
          'ER_TOO_MANY_CONCURRENT',
          `the query has waited ${Math.round(waitMillis / 1000)} s for its turn: ${workers} queries run at the same time, ` +
            'and none of them has ended. End one with KILL QUERY, or try again later',
        );
      }
      await this.turn(left, signal);
    }
    try {
      signal?.throwIfAborted();
      if (this.closed) {
        throw stopped();
      }
      onTurn?.();
      // Without a preferred one the last is taken.
      const [worker] = this.idle.length > 0 ? this.idle.splice(this.idle.findIndex(prefer), 1) : [this.start()];
      this.busy += 1;
      return worker;
    } catch (error) {
      this.waiting.at(0)?.();
      throw error;
    }
  }

  /** Waits until a worker may be free. */
  private turn(milliseconds: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        const at = this.waiting.indexOf(wake);
        if (at >= 0) {
          this.waiting.splice(at, 1);
        }
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      signal?.addEventListener('abort', wake);
      this.waiting.push(wake);
    });
  }

  private async release(worker: WorkerProcess, wasBrief: boolean): Promise<void> {
    this.lent += 1;
    const isGrown = (!wasBrief || this.lent % LOOK_EVERY === 0) && worker.isGrown;
    if (!worker.alive || isGrown || this.closed) {
      worker.end(stopped());
      // The next query may start when this one's memory is free.
      await worker.ended;
    } else {
      this.idle.push(worker);
      this.idleTimer.refresh();
    }
    this.busy -= 1;
    this.waiting.at(0)?.();
  }

  /** @throws SqlError when there is no room for its folder, or for another process */
  private start(): WorkerProcess {
    const folder = path.join(this.scratchFolder, randomBytes(8).toString('hex'));
    let worker: WorkerProcess;
    try {
      worker = new WorkerProcess(folder, this.options.limits, this.code);
    } catch (error) {
      const { code = 'no more processes' } = error as NodeJS.ErrnoException;
      throw new SqlError(
        'ER_OUT_OF_RESOURCES',
        `a process for queries cannot be started (${code}): look at the disk of the state folder, and try again`,
      );
    }
    this.all.add(worker);
    void worker.ended.then(() => {
      this.all.delete(worker);
      const at = this.idle.indexOf(worker);
      if (at >= 0) {
        this.idle.splice(at, 1);
      }
    });
    return worker;
  }
}

function overdue(millis: number): SqlError {
  return new SqlError('ER_QUERY_TIMEOUT', `the statement took more than ${Math.round(millis / 1000)} s`);
}

function stopped(): SqlError {
  return new SqlError('ER_QUERY_INTERRUPTED', 'the local cloud was stopped');
}
