import { randomBytes, randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { resultBucketName } from '../../cloud/names';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { StoredQueryTask } from '../account/dla-catalog';
import { alphanumericId } from '../account/ids';
import { internalError } from '../account/internal-error';
import type { Engine, Written } from './engine/engine';
import type { WrittenFile } from './engine/types';
import { takeOver } from '../store/take-over';
import { localTime } from './local-time';
import { sendReceipt } from './receipt';
import { SqlError } from './sql-error';
import type { Statement } from './statement';
import { catalogOf, sourcesOf } from './tables';
import { withTimeLimit } from './time-limit';

/**
 * Ends a task early.
 *
 * Assumption: a task is CANCELLED when KILL QUERY or a clean stop ended it; FAILURE when it took too long or was lost.
 */
class TaskCancelled extends Error {}

/** Ends a task that the account does not have any more. */
class TaskForgotten extends TaskCancelled {}

/** Assumption: CSV in UTF-8, the columns' names first, every value in double quotes, and nothing at all for NULL. */
const RESULT_OPTIONS = 'FORMAT csv, HEADER true, FORCE_QUOTE *, USE_TMP_FILE false';

/** Until a task's end is recorded again, when that was not possible. */
const RECORD_AGAIN_MILLIS = 1000;

/** Assumption: nobody sits and waits for an asynchronous query, so it may wait for long. */
const MAX_WAIT_MILLIS = 30 * 60_000;

export interface Submission {
  /** The statement as it was sent. */
  readonly command: string;
  readonly statement: Extract<Statement, { kind: 'select' | 'insert' }>;
  readonly currentSchema?: string;
  readonly timeZone?: string;
  readonly connectionId: number;
}

/** Runs asynchronous queries of one region and keeps their records up to date. */
export class QueryTasks {
  private readonly running = new Map<string, { readonly run: Promise<void>; readonly controller: AbortController }>();
  private closed = false;

  constructor(
    private readonly account: Account,
    private readonly region: string,
    private readonly engine: Engine,
    private readonly queryDelayMillis: number,
  ) {
    this.resumePending();
    account.onReplaced(() => this.replaced());
  }

  /** Records the task and starts it; returns its id before anything else can be seen of it. */
  public submit(submission: Submission): string {
    const task = this.newTask(submission);
    this.account.dla.putTask(task);
    const controller = new AbortController();
    const run = this.run(task, submission, controller.signal).finally(() => this.running.delete(task.id));
    this.running.set(task.id, { run, controller });
    return task.id;
  }

  /** Ends a task as KILL QUERY does; false when it does not run. */
  public cancel(id: string): boolean {
    const found = this.running.get(id);
    found?.controller.abort(new TaskCancelled('the query was cancelled'));
    return found !== undefined;
  }

  /** Ends what runs without a trace, and takes up what has come in its place: another state of the account. */
  private replaced(): void {
    for (const { controller } of this.running.values()) {
      controller.abort(new TaskForgotten());
    }
    this.resumePending();
  }

  /** Cancels what is running and waits until that is recorded. */
  public async close(): Promise<void> {
    this.closed = true;
    for (const { controller } of this.running.values()) {
      controller.abort(new TaskCancelled('the local cloud was stopped'));
    }
    await Promise.all([...this.running.values()].map(({ run }) => run));
  }

  /** What another process began is lost; receipts that were not sent are sent now. */
  private resumePending(): void {
    for (const task of this.account.dla.listTasks(this.region)) {
      if (task.status === 'RUNNING') {
        this.finish(task, { status: 'FAILURE', message: 'the query was lost when the local cloud stopped' });
      } else if (task.mqModel !== null && task.mqStatus === null) {
        this.sendReceipt(task);
      }
    }
  }

  private async run(task: StoredQueryTask, submission: Submission, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    let ended: Partial<StoredQueryTask>;
    try {
      ended = { status: 'SUCCESS', ...(await this.execute(task, submission, signal)) };
    } catch (error) {
      ended = { status: error instanceof TaskCancelled ? 'CANCELLED' : 'FAILURE', message: messageOf(error) };
    }
    ended = { ...ended, elapseTime: Math.round(performance.now() - started) };
    while (!(signal.reason instanceof TaskForgotten)) {
      try {
        this.finish(task, ended);
        return;
      } catch {
        // The disk may be full: the end is recorded when there is room again, or at the next start.
        if (this.closed) {
          return;
        }
        await sleep(RECORD_AGAIN_MILLIS, undefined, { ref: false });
      }
    }
  }

  private async execute(
    task: StoredQueryTask,
    { statement, currentSchema, timeZone }: Submission,
    signal: AbortSignal,
  ): Promise<Partial<StoredQueryTask>> {
    const { account, region, engine } = this;
    return withTimeLimit(statement.hints.maxRunningTimeSeconds, signal, async (limited) => {
      await sleep(this.queryDelayMillis, undefined, { signal: limited }).catch(() => limited.throwIfAborted());
      const user = account.identity.dlaUser;
      const session = { currentSchema, timeZone, user, signal: limited, waitMillis: MAX_WAIT_MILLIS };
      if (statement.kind === 'insert') {
        // Loaded when it is needed, to keep the start of the local cloud short.
        const { runInsert } = await import('./insert.js');
        return endedOf(task, await runInsert(account, region, engine, statement, session));
      }
      const query = await engine.validateSelect(statement.sql);
      const sources = await sourcesOf(account, region, engine, query, currentSchema);
      const input = { ...session, catalog: () => catalogOf(account, region, sources) };
      return engine.write(query, input, { options: RESULT_OPTIONS }, (written) => {
        limited.throwIfAborted();
        return { ...endedOf(task, written), resultFile: this.storeResult(task, written.files[0]) };
      });
    });
  }

  private finish(task: StoredQueryTask, ended: Partial<StoredQueryTask>): void {
    const done: StoredQueryTask = { ...task, ...ended, updateTime: Date.now() };
    this.account.dla.putTask(done);
    if (done.mqModel !== null) {
      this.sendReceipt(done);
    }
  }

  private sendReceipt(task: StoredQueryTask): void {
    this.account.dla.putTask({ ...task, ...sendReceipt(this.account, task), updateTime: Date.now() });
  }

  /** Puts the result into the bucket that DLA keeps for results, made with the first one. */
  private storeResult(task: StoredQueryTask, { path, digest }: WrittenFile): string {
    const { oss, identity } = this.account;
    const bucket = resultBucketName(identity.accountId, this.region);
    if (!oss.listBuckets().some(({ name }) => name === bucket)) {
      oss.createBucket(this.region, { name: bucket });
    }
    const key = `DLA_Result/${localTime(task.createTime).slice(0, 10).replaceAll('-', '/')}/${task.id}/result.csv`;
    const file = oss.blobs.scratch();
    fs.renameSync(path, file);
    takeOver(file, () => oss.putObject(bucket, key, { file, digest }, { contentType: 'text/csv' }));
    return `oss://${bucket}/${key}`;
  }

  private newTask({ command, statement, currentSchema, connectionId }: Submission): StoredQueryTask {
    const now = Date.now();
    const time = localTime(now).replace(/[-:]/g, '');
    const { receipt } = statement.hints;
    const mq = receipt?.kind === 'mq' ? receipt : undefined;
    return {
      region: this.region,
      id: `q${time.replace(' ', '').slice(0, 12)}${regionCode(this.region)}${randomBytes(8).toString('hex').slice(1)}`,
      mppQueryId: `${time.replace(' ', '_')}_${randomInt(10_000, 100_000)}_${alphanumericId(5).toLowerCase()}`,
      status: 'RUNNING',
      taskName: statement.kind.toUpperCase(),
      tableSchema: currentSchema ?? '',
      command,
      creatorId: this.account.identity.dlaUser,
      createTime: now,
      updateTime: now,
      connectionId: String(connectionId),
      message: '',
      rowCount: 0,
      elapseTime: 0,
      scannedRowCount: 0,
      scannedDataBytes: 0,
      resultFile: '',
      // As in the product page's sample row: no product, and the model "queue" for MQ too.
      mqProduct: null,
      mqModel: receipt ? 'queue' : null,
      mqTopic: mq?.topic ?? null,
      mqQueue: receipt?.kind === 'mns' ? receipt.queue : null,
      mqProducerId: mq?.producerId ?? null,
      mqEndpoint: mq?.endpoint ?? null,
      mqStatus: null,
      mqErrorMsg: null,
      mqMessageId: null,
      mqTotalTime: null,
    };
  }
}

function endedOf(task: StoredQueryTask, { tables, ...written }: Written): Partial<StoredQueryTask> {
  const { rowCount, scannedRowCount, scannedDataBytes } = written;
  const tableSchema = task.tableSchema || (tables.at(0)?.schema ?? '');
  return { rowCount, scannedRowCount, scannedDataBytes, tableSchema };
}

function messageOf(error: unknown): string {
  return error instanceof SqlError || error instanceof CloudError || error instanceof TaskCancelled
    ? error.message
    : internalError('running an asynchronous query', error);
}

/** Assumption: regions whose code is not documented have their id in its place. */
function regionCode(region: string): string {
  return { 'cn-hangzhou': 'hz', 'cn-shanghai': 'sh' }[region] ?? region.replaceAll('-', '');
}
