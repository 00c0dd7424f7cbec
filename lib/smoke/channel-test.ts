import { MAX_RUNNING_TIME_SECONDS } from '../cloud/receipt-hint';
import type { Clock } from './clock';
import { type QueryResult, isFromServer, isRefusal, retryReason, type Server, DlaConnection } from './connection';
import { formatDuration } from '../cli/durations';
import { codeOf, errorMessage, NoAnswer, type ReasonCode, SmokeFailure } from './failure';
import { type QueryTask, readQueryTask, readTaskId, showQueryTask } from './query-task';
import { type AttemptReport, type ChannelReport, type Outcome, type Step, type TaskReport } from './report';
import { type PollResult, NOT_POLLED, type PollState, pollTask } from './task-poll';
import type { Verdict } from './verdict';
import { type Check, type Observation, waitFor, type WaitResult } from './waiter';

/** What is tested, with everything filled in. */
export interface ChannelTarget {
  readonly name: string;
  readonly kind: string;
  readonly region: string;
  readonly server: Server;
  /** Statements before the query; run again after a lost connection, as every run of the test runs them again. */
  readonly prepare: readonly string[];
  /** The query with its hint, which lets DLA end it after so many seconds. */
  readonly statement: (maxRunningTimeSeconds: number) => string;
  /** The variables that the log-in came from. */
  readonly loginVariables: readonly string[];
}

export interface ChannelTestSettings {
  readonly timeoutMillis: number;
  readonly connectTimeoutMillis: number;
  readonly intervalMillis: number;
  readonly graceMillis: number;
  readonly settleMillis: number;
  readonly resubmit: boolean;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Checks a task whose receipt was proved. @throws SmokeFailure, or an error of the network that is worth another try */
  readonly checkResult: (task: QueryTask, region: string, limitMillis: number) => Promise<void>;
  readonly onProgress: (progress: Progress) => void;
}

/** Where a channel's test stands. */
export interface Progress {
  /** Name of the channel, `<stack>/<id>`. */
  readonly channel: string;
  /** `diagnose` follows the `done` of a failure; after a pass it goes before it, for it may end the pass. */
  readonly step: Step | 'done' | 'diagnose';
  /** Since the channel's test began, in milliseconds. */
  readonly elapsedMillis: number;
  /** What was done or seen last. */
  readonly text: string;
  /** Time until the next poll, when one is awaited. */
  readonly nextPollMillis?: number;
  /** @deprecated `nextPollMillis` */
  readonly nextLookMillis?: number;
}

/** Longest time for one log-in and one look at the task; a server that takes longer is asked again. */
const CALL_MILLIS = 10_000;

/** A call ends so long after the deadline, which leaves time for the look that is taken at the deadline. */
const LAST_LOOK_MILLIS = 300;

/** Pauses between the queries of the settling time: the first, and the longest. */
const FIRST_SETTLE_PAUSE_MILLIS = 1_000;
const MAX_SETTLE_PAUSE_MILLIS = 8_000;

/** Assumption: what a role that does not work yet looks like; only these are tried again with a new query. */
const SETTLING: readonly ReasonCode[] = ['receipt-failed', 'no-receipt', 'unknown-receipt-status'];

interface Result {
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  readonly reason: string;
}

class DeadlineReached extends Error {}

/** Follows one query, or several while a new role settles, until it is known whether the channel's receipts work. */
export class ChannelTest {
  private readonly started: number;
  private readonly deadline: number;
  private readonly attempts: AttemptReport[] = [];
  private step: Step = 'connect';
  private session?: DlaConnection;
  private observations: readonly Observation[] = [];
  private lastError?: string;

  constructor(
    private readonly target: ChannelTarget,
    private readonly settings: ChannelTestSettings,
  ) {
    this.started = settings.clock.now();
    this.deadline = this.started + settings.timeoutMillis;
  }

  public async run(): Promise<ChannelReport> {
    let ending: Result;
    try {
      await this.prepare();
      ending = await this.attemptUntilSettled();
    } catch (error) {
      ending = this.endingOf(error);
    } finally {
      this.session?.close();
    }
    return {
      channel: this.target.name,
      kind: this.target.kind,
      region: this.target.region,
      server: this.address,
      ...ending,
      reason: ending.reason + this.causeBefore(ending),
      step: this.step,
      elapsedMillis: this.elapsed(),
      lastError: this.lastError ?? null,
      attempts: this.attempts,
      diagnosis: null,
    };
  }

  /** What an earlier query failed of, when the settling time ended in another way: it is the better clue. */
  private causeBefore(ending: Result): string {
    const before = this.attempts.filter((attempt) => attempt.reason !== ending.reason).at(-1);
    return ending.outcome === 'pass' || before === undefined
      ? ''
      : `; the query before failed: ${before.task.mq_error_msg ?? before.reason}`;
  }

  private async prepare(): Promise<void> {
    await this.connect();
    let pause = RECONNECT_PAUSE_MILLIS;
    for (let done = 0; done < this.target.prepare.length;) {
      this.begin('prepare', `statement ${done + 1} of ${this.target.prepare.length}`);
      try {
        await this.queryUntilDeadline(this.target.prepare[done]);
        done++;
      } catch (error) {
        if (retryReason(codeOf(error)) === undefined) {
          throw this.failureOf(error, 'prepare-failed', `statement ${done + 1} of prepare failed`);
        }
        this.lastError = errorMessage(error);
        await this.pause(pause);
        pause = Math.min(2 * pause, MAX_SETTLE_PAUSE_MILLIS);
        await this.connect();
        done = 0;
      }
    }
  }

  private async attemptUntilSettled(): Promise<Result> {
    const { settleMillis, clock } = this.settings;
    const settled = clock.now() + settleMillis;
    for (let pause = FIRST_SETTLE_PAUSE_MILLIS; ; pause = Math.min(2 * pause, MAX_SETTLE_PAUSE_MILLIS)) {
      const ending = await this.attempt();
      const left = settled - clock.now();
      const next = Math.min(pause, left);
      if (!SETTLING.includes(ending.code) || left <= 0 || clock.now() + next >= this.deadline) {
        return ending;
      }
      this.begin('submit', `${ending.reason}; a new role may need a moment, next query follows`);
      await this.pause(next);
      // Anew, because a server may have closed a session that stood idle.
      await this.prepare();
    }
  }

  /** One query from its submission to its verdict. */
  private async attempt(): Promise<Result> {
    const started = this.settings.clock.now();
    this.observations = [];
    const taskId = await this.submit();
    let task: QueryTask | undefined;
    let ending: Result;
    let polls = 0;
    try {
      const result = await this.wait(taskId, (seen) => {
        polls++;
        task = seen ?? task;
      });
      this.observations = result.observations;
      if (result.value === undefined) {
        throw new DeadlineReached();
      }
      ending = { ...result.value, outcome: result.state === 'success' ? 'pass' : 'fail' };
      if (ending.outcome === 'pass') {
        this.begin('check', ending.reason);
        await this.checkResult(task!);
      }
    } catch (error) {
      ending = this.endingOf(error);
    }
    this.attempts.push({
      outcome: ending.outcome,
      code: ending.code,
      reason: ending.reason,
      elapsedMillis: Math.round(this.settings.clock.now() - started),
      polls,
      observations: this.observations,
      task: taskReport(taskId, task),
    });
    return ending;
  }

  private async checkResult(task: QueryTask): Promise<void> {
    const { clock, signal, intervalMillis } = this.settings;
    const result = await waitFor<undefined>({
      check: async () => {
        try {
          await this.settings.checkResult(task, this.target.region, this.callMillis(CALL_MILLIS));
          return { state: 'success', value: undefined };
        } catch (error) {
          const reason = retryReason(codeOf(error));
          if (reason === undefined) {
            throw this.failureOf(
              error,
              'result-file',
              'the receipt was sent, but the result file could not be checked',
            );
          }
          this.lastError = errorMessage(error);
          return { state: 'retry', seen: reason, error: this.lastError };
        }
      },
      clock,
      signal,
      deadline: this.deadline,
      maxPauseMillis: intervalMillis,
      onPause: (seen, pause) => this.emit(seen, pause),
    });
    if (result.state === 'timeout') {
      this.observations = result.observations;
      throw new DeadlineReached();
    }
  }

  private async submit(): Promise<string> {
    const answer = await this.submitOnce();
    try {
      return readTaskId(answer);
    } catch (error) {
      throw new SmokeFailure('not-asynchronous', (error as Error).message);
    }
  }

  private async submitOnce(): Promise<QueryResult> {
    for (let pause = RECONNECT_PAUSE_MILLIS; ; pause = Math.min(2 * pause, MAX_SETTLE_PAUSE_MILLIS)) {
      this.begin('submit', 'submitting the query');
      try {
        return await this.queryUntilDeadline(this.target.statement(this.maxRunningTimeSeconds()));
      } catch (error) {
        const code = codeOf(error);
        if (retryReason(code) === undefined || (isRefusal(code) && !this.settings.resubmit)) {
          throw this.failureOf(error, 'submit-failed', 'the query was refused');
        }
        this.lastError = errorMessage(error);
        if (!this.settings.resubmit) {
          throw new SmokeFailure(
            'connection-lost-after-submit',
            `the connection was lost before the query's task id came (${this.lastError}): it may be running, ` +
              'and is not submitted twice without --resubmit',
          );
        }
        await this.pause(pause);
        await this.prepare();
      }
    }
  }

  private wait(taskId: string, onPoll: (task: QueryTask | undefined) => void): Promise<WaitResult<Verdict>> {
    const { clock, signal, intervalMillis } = this.settings;
    this.begin('wait', `query task ${taskId}`);
    let state = NOT_POLLED;
    const check = async (): Promise<Check<Verdict>> => {
      let polled: PollResult;
      try {
        polled = await this.poll(taskId, state);
      } catch (error) {
        return failed(this.failureOf(error, 'poll-failed', 'show query_task failed'));
      }
      if ('task' in polled) {
        onPoll(polled.task);
      }
      const step = pollTask(state, polled, clock.now(), this.settings);
      state = step.state;
      return step.check;
    };
    return waitFor({
      check,
      clock,
      signal,
      deadline: this.deadline,
      maxPauseMillis: intervalMillis,
      onPause: (seen, pause) => this.emit(seen, pause),
    });
  }

  /** One look at the task. @throws the error that is not worth another try */
  private async poll(taskId: string, { lostSince }: PollState): Promise<PollResult> {
    const { clock, connectTimeoutMillis } = this.settings;
    try {
      this.session ??= await this.login((lostSince ?? clock.now()) + connectTimeoutMillis);
      return { task: this.read(await this.query(showQueryTask(taskId), CALL_MILLIS), taskId) };
    } catch (error) {
      const lost = retryReason(codeOf(error));
      if (lost === undefined) {
        throw error;
      }
      this.lastError = errorMessage(error);
      return { lost, error: this.lastError, unreachable: this.unreachable(error).message };
    }
  }

  private read(answer: QueryResult, taskId: string): QueryTask | undefined {
    try {
      return readQueryTask(answer, taskId);
    } catch (error) {
      throw new SmokeFailure('ambiguous-task', (error as Error).message);
    }
  }

  private async connect(): Promise<void> {
    const { clock, signal, connectTimeoutMillis, intervalMillis } = this.settings;
    this.session?.close();
    this.begin('connect', this.address);
    const until = Math.min(this.deadline, clock.now() + connectTimeoutMillis);
    let last: unknown;
    const result = await waitFor<DlaConnection>({
      check: async () => {
        try {
          return { state: 'success', value: await this.login(until) };
        } catch (error) {
          const reason = retryReason(codeOf(error));
          if (reason === undefined) {
            throw this.failureOf(error, 'connection-failed', `cannot connect to ${this.address}`);
          }
          last = error;
          this.lastError = errorMessage(error);
          return { state: 'retry', seen: reason, error: this.lastError };
        }
      },
      clock,
      signal,
      deadline: until,
      maxPauseMillis: intervalMillis,
      onPause: (seen, pause) => this.emit(seen, pause),
    });
    if (result.value === undefined) {
      this.observations = result.observations;
      throw until === this.deadline ? new DeadlineReached() : this.unreachable(last);
    }
    this.session = result.value;
  }

  private async login(until: number): Promise<DlaConnection> {
    const { clock, signal } = this.settings;
    const left = Math.max(0, until + LAST_LOOK_MILLIS - clock.now());
    try {
      return await DlaConnection.open(this.target.server, {
        millis: this.callMillis(Math.min(CALL_MILLIS, left)),
        signal,
      });
    } catch (error) {
      // Only here: for a statement, these codes tell of a right that the user lacks.
      if (['ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'].includes(codeOf(error) ?? '')) {
        throw new SmokeFailure(
          'access-denied',
          `DLA refused the log-in (${this.target.loginVariables.join(', ')}): ${errorMessage(error)} ` +
            `(expected a user of DLA's own in ${this.target.region}: the keys of RAM are none)`,
        );
      }
      throw error;
    }
  }

  private async queryUntilDeadline(sql: string): Promise<QueryResult> {
    try {
      return await this.query(sql, Infinity);
    } catch (error) {
      throw error instanceof NoAnswer ? new DeadlineReached() : error;
    }
  }

  /** Runs a statement; a session whose connection is gone is dropped. */
  private async query(sql: string, maxMillis: number): Promise<QueryResult> {
    try {
      return await this.session!.query(sql, { millis: this.callMillis(maxMillis), signal: this.settings.signal });
    } catch (error) {
      if (!isSqlError(error)) {
        this.session!.close();
        this.session = undefined;
      }
      throw error;
    }
  }

  /** Just above the time that is left, so that a test which gives up leaves no query running. */
  private maxRunningTimeSeconds(): number {
    const left = Math.max(0, this.deadline - this.settings.clock.now());
    return Math.min(MAX_RUNNING_TIME_SECONDS, Math.ceil(left / 1_000) + 1);
  }

  private callMillis(maxMillis: number): number {
    return Math.min(maxMillis, Math.max(0, this.deadline + LAST_LOOK_MILLIS - this.settings.clock.now()));
  }

  private async pause(millis: number): Promise<void> {
    const { clock, signal } = this.settings;
    const left = this.deadline - clock.now();
    try {
      await clock.sleep(Math.max(0, Math.min(millis, left)), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
    if (left <= millis) {
      throw new DeadlineReached();
    }
  }

  private failureOf(error: unknown, code: ReasonCode, what: string): unknown {
    if (error instanceof SmokeFailure || error instanceof DeadlineReached || this.settings.signal.aborted) {
      return error;
    }
    if (codeOf(error) === 'HANDSHAKE_NO_SSL_SUPPORT') {
      return new SmokeFailure(code, `${what}: ${errorMessage(error)}: this endpoint speaks no TLS, leave out --tls`);
    }
    const isDistrusted = codeOf(error) === 'HANDSHAKE_SSL_ERROR' && /self-signed|unable to/.test(errorMessage(error));
    const advice = isDistrusted ? ': --ca FILE names the certificates to trust' : '';
    return new SmokeFailure(code, `${what}: ${errorMessage(error)}${advice}`);
  }

  private unreachable(error: unknown): SmokeFailure {
    const time = formatDuration(this.settings.connectTimeoutMillis);
    return new SmokeFailure(
      'unreachable',
      isFromServer(error)
        ? `${this.address} took no work for ${time}: ${errorMessage(error)} (it answers, so host and port are right: ` +
            'look at its limits, or wait longer with --connect-timeout)'
        : `${this.address} could not be reached for ${time}: ${errorMessage(error)} ` +
            "(are host and port right, and does DLA's allow-list let this machine in?)",
    );
  }

  private endingOf(error: unknown): Result {
    if (this.settings.signal.aborted) {
      return { outcome: 'interrupted', code: 'interrupted', reason: `interrupted at the step ${this.step}` };
    }
    if (error instanceof DeadlineReached) {
      const seen = this.observations.map((item) => `${item.seen} (${item.times} ×)`).join(', ');
      return {
        outcome: 'timeout',
        code: 'deadline',
        reason:
          `not known after ${formatDuration(this.settings.timeoutMillis)}, at the step ${this.step}` +
          (seen ? `; seen: ${seen}` : '') +
          (this.lastError ? `; last error: ${this.lastError}` : ''),
      };
    }
    if (error instanceof SmokeFailure) {
      return { outcome: 'fail', code: error.code, reason: error.message };
    }
    throw error;
  }

  private get address(): string {
    return `${this.target.server.host}:${this.target.server.port}`;
  }

  private elapsed(): number {
    return Math.round(this.settings.clock.now() - this.started);
  }

  private begin(step: Step, text: string): void {
    this.step = step;
    this.emit(text);
  }

  private emit(text: string, nextPollMillis?: number): void {
    this.settings.onProgress({
      channel: this.target.name,
      step: this.step,
      elapsedMillis: this.elapsed(),
      text,
      nextPollMillis,
      nextLookMillis: nextPollMillis,
    });
  }
}

/** The end of a wait by a failure, which keeps what the wait saw; other errors end it without. */
function failed(failure: unknown): Check<Verdict> {
  if (failure instanceof SmokeFailure) {
    return { state: 'failure', value: { outcome: 'fail', code: failure.code, reason: failure.message } };
  }
  throw failure;
}

/** Pause before a lost connection is opened anew. */
const RECONNECT_PAUSE_MILLIS = 200;

/** After an error that the server sent for a statement the connection goes on; after all others it is gone. */
function isSqlError(error: unknown): boolean {
  return isFromServer(error) && (error as { fatal?: boolean }).fatal !== true;
}

function taskReport(id: string, task: QueryTask | undefined): TaskReport {
  return {
    id,
    status: task?.status ?? null,
    row_count: countOf(task?.rowCount),
    scanned_data_bytes: countOf(task?.scannedDataBytes),
    result_file: task?.resultFile ?? null,
    mq_status: task?.mqStatus ?? null,
    mq_error_msg: task?.mqErrorMsg ?? null,
    mq_message_id: task?.mqMessageId ?? null,
    mq_total_time: countOf(task?.mqTotalTime),
  };
}

/** A number where it is one that a double holds exactly; otherwise the text as DLA sent it. */
function countOf(text: string | null | undefined): number | string | null {
  const number = text !== null && text !== undefined && /^\d+$/.test(text) ? Number(text) : NaN;
  return Number.isSafeInteger(number) ? number : (text ?? null);
}
