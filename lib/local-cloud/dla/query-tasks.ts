import { randomBytes, randomInt } from 'node:crypto';
import * as fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../account/account';
import type { StoredQueryTask } from '../account/dla-catalog';
import { alphanumericId } from '../account/ids';
import type { Engine } from './engine/engine';
import type { AdmittedQuery, EngineTable } from './engine/types';
import type { QueryHints } from './hints';
import { localTime } from './local-time';
import { sendReceipt } from './receipt';
import { tablesOf } from './tables';
import { withTimeLimit } from './time-limit';

/**
 * Ends a task early.
 *
 * Assumption: a task is CANCELLED when it was running at a clean stop; FAILURE when it took too long or was lost.
 */
class TaskCancelled extends Error {}

export interface Submission {
  /** The statement as it was sent. */
  readonly command: string;
  readonly query: AdmittedQuery;
  readonly hints: QueryHints;
  readonly currentSchema?: string;
  readonly connectionId: number;
}

/** Runs asynchronous queries of one region and keeps their records up to date. */
export class QueryTasks {
  private readonly running = new Map<Promise<void>, AbortController>();

  /** Takes up what an earlier process left: its queries are lost, receipts that were not sent are sent now. */
  constructor(
    private readonly account: Account,
    private readonly region: string,
    private readonly engine: Engine,
    private readonly queryDelayMillis: number,
  ) {
    for (const task of account.dla.listTasks(region)) {
      if (task.status === 'RUNNING') {
        this.finish(task, { status: 'FAILURE', message: 'the query was lost when the local cloud stopped' });
      } else if (task.mqModel !== null && task.mqStatus === null) {
        this.sendReceipt(task);
      }
    }
  }

  /** Records the task and starts it; returns its id before anything else can be seen of it. */
  public submit(submission: Submission): string {
    const task = this.newTask(submission);
    this.account.dla.putTask(task);
    const controller = new AbortController();
    const run = this.run(task, submission, controller.signal).finally(() => this.running.delete(run));
    this.running.set(run, controller);
    return task.id;
  }

  /** Cancels what is running and waits until that is recorded. */
  public async close(): Promise<void> {
    for (const controller of this.running.values()) {
      controller.abort(new TaskCancelled('the local cloud was stopped'));
    }
    await Promise.all(this.running.keys());
  }

  private async run(task: StoredQueryTask, submission: Submission, signal: AbortSignal): Promise<void> {
    const started = performance.now();
    const { account, region, engine } = this;
    const { query, hints, currentSchema } = submission;
    const file = account.oss.blobs.scratch();
    let ended: Partial<StoredQueryTask>;
    try {
      const { tables, ...written } = await withTimeLimit(hints.maxRunningTimeSeconds, signal, async (limited) => {
        await sleep(this.queryDelayMillis, undefined, { signal: limited }).catch(() => limited.throwIfAborted());
        const found = (): EngineTable[] => tablesOf(account, region, query, currentSchema);
        return engine.writeCsv(query, { tables: found, currentSchema, signal: limited }, file);
      });
      ended = {
        ...written,
        status: 'SUCCESS',
        resultFile: this.storeResult(task, file),
        tableSchema: task.tableSchema || (tables.at(0)?.schema ?? ''),
      };
    } catch (error) {
      fs.rmSync(file, { force: true });
      ended = { status: error instanceof TaskCancelled ? 'CANCELLED' : 'FAILURE', message: (error as Error).message };
    }
    this.finish(task, { ...ended, elapseTime: Math.round(performance.now() - started) });
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
  private storeResult(task: StoredQueryTask, file: string): string {
    const { oss, identity } = this.account;
    const bucket = resultBucketName(identity.accountId, this.region);
    if (!oss.listBuckets().some(({ name }) => name === bucket)) {
      oss.createBucket(this.region, { name: bucket });
    }
    const key = `DLA_Result/${localTime(task.createTime).slice(0, 10).replaceAll('-', '/')}/${task.id}/result.csv`;
    oss.putObject(bucket, key, { file }, { contentType: 'text/csv' });
    return `oss://${bucket}/${key}`;
  }

  private newTask({ command, hints, currentSchema, connectionId }: Submission): StoredQueryTask {
    const now = Date.now();
    const time = localTime(now).replace(/[-:]/g, '');
    const { receipt } = hints;
    const mq = receipt?.kind === 'mq' ? receipt : undefined;
    return {
      region: this.region,
      id: `q${time.replace(' ', '').slice(0, 12)}${regionCode(this.region)}${randomBytes(8).toString('hex').slice(1)}`,
      mppQueryId: `${time.replace(' ', '_')}_${randomInt(10_000, 100_000)}_${alphanumericId(5).toLowerCase()}`,
      status: 'RUNNING',
      taskName: 'SELECT',
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

/** Assumption: regions whose code is not documented have their id in its place. */
function regionCode(region: string): string {
  return { 'cn-hangzhou': 'hz', 'cn-shanghai': 'sh' }[region] ?? region.replaceAll('-', '');
}

/** Assumption: where the name would be too long for a bucket, the second `oss-`, which is not always there, is left out. */
function resultBucketName(accountId: string, region: string): string {
  const name = `aliyun-oa-query-results-${accountId}-oss-${region}`;
  return name.length <= 63 ? name : name.replace('-oss-', '-');
}
