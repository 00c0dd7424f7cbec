import { type ReasonCode } from './failure';
import { type Column, type QueryTask } from './query-task';

/** What a look at a query task means for the test. */
export interface Verdict {
  /** `grace`: wait, and fail with the reason when nothing better comes within the grace period. */
  readonly outcome: 'pass' | 'fail' | 'wait' | 'grace';
  readonly code: ReasonCode;
  readonly reason: string;
}

/** A column's condition: a word (whatever its case), `null`, `absent` (no such column), `set` (any text) or `any`. */
type Condition = 'SUCCESS' | 'RUNNING' | 'FAILURE' | 'CANCELLED' | 'null' | 'absent' | 'set' | 'any';

interface Rule {
  /** Or that there is no row: not since the submission, or no longer. */
  readonly status: Condition | 'no row yet' | 'row gone';
  readonly mqStatus: Condition;
  readonly mqErrorMsg: Condition;
  readonly outcome: Verdict['outcome'];
  readonly code: ReasonCode;
  readonly reason: (task: Partial<QueryTask>) => string;
}

/**
 * The whole judgement; the first rule that fits decides.
 *
 * Only SUCCESS and NULL are documented for mq_status, and the list of statuses is not said to be complete.
 * Assumption: an unknown word may be a step on the way, and is given the grace period.
 * Assumption: an error of the receipt is final, even one that is there while the query runs.
 * Assumption: where only mq_error_msg is absent, mq_status decides alone.
 */
// prettier-ignore
export const VERDICTS: readonly Rule[] = [
  // status              mq_status            mq_error_msg           →  outcome           code
  { status: 'no row yet', mqStatus: 'any',    mqErrorMsg: 'any',     outcome: 'grace', code: 'task-never-appeared',    reason: () => 'show query_task does not know the task that the server just accepted' },
  { status: 'row gone',  mqStatus: 'any',     mqErrorMsg: 'any',     outcome: 'grace', code: 'task-vanished',          reason: () => 'show query_task no longer knows the task that it showed before' },
  { status: 'FAILURE',   mqStatus: 'any',     mqErrorMsg: 'any',     outcome: 'fail',  code: 'query-failed',           reason: (task) => `the query failed: ${task.message ?? 'DLA gives no message'}` },
  { status: 'CANCELLED', mqStatus: 'any',     mqErrorMsg: 'any',     outcome: 'fail',  code: 'query-cancelled',        reason: (task) => `the query was cancelled: ${task.message ?? 'DLA gives no message'}` },
  { status: 'any',       mqStatus: 'absent',  mqErrorMsg: 'any',     outcome: 'fail',  code: 'no-receipt-columns',     reason: () => 'this endpoint does not know receipts: show query_task has no column mq_status' },
  { status: 'any',       mqStatus: 'any',     mqErrorMsg: 'set',     outcome: 'fail',  code: 'receipt-failed',         reason: (task) => `the receipt was not sent: ${task.mqErrorMsg}` },
  { status: 'RUNNING',   mqStatus: 'any',     mqErrorMsg: 'any',     outcome: 'wait',  code: 'deadline',               reason: () => 'the query is running' },
  { status: 'SUCCESS',   mqStatus: 'SUCCESS', mqErrorMsg: 'any',     outcome: 'pass',  code: 'receipt-proved',         reason: (task) => `the receipt was sent: mq_message_id ${task.mqMessageId ?? 'not told'}` },
  { status: 'SUCCESS',   mqStatus: 'null',    mqErrorMsg: 'any',     outcome: 'grace', code: 'no-receipt',             reason: () => 'no receipt: the query succeeded, but mq_status stays NULL' },
  { status: 'SUCCESS',   mqStatus: 'set',     mqErrorMsg: 'any',     outcome: 'grace', code: 'unknown-receipt-status', reason: (task) => `no receipt: expected mq_status SUCCESS or NULL, got "${task.mqStatus}"` },
  { status: 'any',       mqStatus: 'any',     mqErrorMsg: 'any',     outcome: 'grace', code: 'unknown-status',         reason: (task) => `expected status RUNNING, SUCCESS, FAILURE or CANCELLED, got ${task.status ? `"${task.status}"` : 'NULL'}` },
];

/** The verdict on a look at a task; `seenBefore` tells whether an earlier look found its row. */
export function judge(task: QueryTask | undefined, seenBefore: boolean): Verdict {
  const { outcome, code, reason } = VERDICTS.find((rule) =>
    task === undefined
      ? rule.status === (seenBefore ? 'row gone' : 'no row yet')
      : fits(rule.status, task.status) && fits(rule.mqStatus, task.mqStatus) && fits(rule.mqErrorMsg, task.mqErrorMsg),
  )!;
  return { outcome, code, reason: reason(task ?? {}) };
}

function fits(condition: Rule['status'], value: Column): boolean {
  switch (condition) {
    case 'any':
      return true;
    case 'absent':
      return value === undefined;
    case 'null':
      return value === null;
    case 'set':
      return typeof value === 'string';
    default:
      return value?.toUpperCase() === condition;
  }
}

/** A look in one line, for progress and for the list of what was seen. */
export function summarise(task: QueryTask | undefined): string {
  if (task === undefined) {
    return 'no row';
  }
  return `status ${task.status ?? 'NULL'}, mq_status ${task.mqStatus ?? 'NULL'}`;
}
