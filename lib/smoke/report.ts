import { type ReasonCode } from './failure';
import { type Observation } from './waiter';

/** `fail` is certain; `timeout` and `interrupted` mean that the answer is not known. */
export type Outcome = 'pass' | 'fail' | 'timeout' | 'interrupted';

/** The step at which a channel's test ended. */
export type Step = 'connect' | 'prepare' | 'submit' | 'wait' | 'check';

/** What DLA told last about a query task, by the names of its columns; null where it says NULL or has no such column. */
export interface TaskReport {
  /** Id of the query task, as the statement answered it. */
  readonly id: string;
  /** `RUNNING`, `SUCCESS`, `FAILURE`, `CANCELLED`, or a word that is not documented. */
  readonly status: string | null;
  /** Rows of the result. */
  readonly row_count: number | string | null;
  /** Bytes that the query read, for which DLA charges. */
  readonly scanned_data_bytes: number | string | null;
  /** Address of the result in OSS, `oss://bucket/key`: the column `result_file_oss_file`. */
  readonly result_file: string | null;
  /** `SUCCESS` once the receipt was sent. */
  readonly mq_status: string | null;
  /** Why the receipt could not be sent. */
  readonly mq_error_msg: string | null;
  /** Id of the message that is the receipt. */
  readonly mq_message_id: string | null;
  /** Time that sending it took; no page tells the unit, the local cloud tells milliseconds. */
  readonly mq_total_time: number | string | null;
}

/** One query that was submitted. */
export interface AttemptReport {
  /** What became of this query. */
  readonly outcome: Outcome;
  /** The cause as a word that a script can compare. */
  readonly code: ReasonCode;
  /** The cause in one line. */
  readonly reason: string;
  /** From the submission to the outcome, in milliseconds. */
  readonly elapsedMillis: number;
  /** Number of looks at the query task. */
  readonly polls: number;
  /** What the looks saw before the last one, and how often. */
  readonly observations: readonly Observation[];
  /** The query task as it was seen last. */
  readonly task: TaskReport;
}

/** One step of the product page as the account has it. */
export interface DiagnosisItem {
  /** What was checked, e.g. `role AliyunOpenAnalyticsAccessingMQRole exists`. */
  readonly check: string;
  /** `unknown`: it could not be checked. */
  readonly state: 'ok' | 'fault' | 'unknown';
  /** What was found. */
  readonly detail: string;
  /** The one command or setting that fixes a fault. */
  readonly fix: string | null;
}

/** Name of the step that looks for the message of a receipt. */
export function messageCheck(messageId = '(not told)', topic = ''): string {
  return `message ${messageId} is on topic ${topic}`;
}

/** The test of one channel. */
export interface ChannelReport {
  /** Name of the channel, `<stack>/<id>`. */
  readonly channel: string;
  /** `mq` or `mns`. */
  readonly kind: string;
  /** Region of DLA and of the channel. */
  readonly region: string;
  /** Host and port of DLA. */
  readonly server: string;
  /** What became of the test: that of the last query, where one was submitted. */
  readonly outcome: Outcome;
  /** The cause as a word that a script can compare. */
  readonly code: ReasonCode;
  /** The cause in one line. */
  readonly reason: string;
  /** The last step that was begun. */
  readonly step: Step;
  /** The whole test, in milliseconds. */
  readonly elapsedMillis: number;
  /** The last error that was worth another try. */
  readonly lastError: string | null;
  /** The queries that were submitted, in their order; several where a receipt was tried again. */
  readonly attempts: readonly AttemptReport[];
  /** Null when no diagnosis was wanted, or it was interrupted. */
  readonly diagnosis: readonly DiagnosisItem[] | null;
}

/** The whole run. Its JSON form is described by `schema/smoke-report.schema.json`. */
export interface SmokeReport {
  /** Version of this form. */
  readonly version: 1;
  /** The worst outcome of all channels. */
  readonly outcome: Outcome;
  /** 0 pass, 1 failed, 3 timeout, 130 interrupted. */
  readonly exitCode: number;
  /** Moment of the start, ISO 8601. */
  readonly startedAt: string;
  /** The whole run, in milliseconds. */
  readonly elapsedMillis: number;
  /** One report a channel, in the order of the channels. */
  readonly channels: readonly ChannelReport[];
}

/** Exit codes from the best to the worst; of several channels the worst one wins. */
export const EXIT_CODES: Readonly<Record<Outcome, number>> = { pass: 0, fail: 1, timeout: 3, interrupted: 130 };

/** Exit code of a wrong command line, environment or outputs file. */
export const USAGE_EXIT_CODE = 2;

/** The worst outcome of all. */
export function worstOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((worst, outcome) => (EXIT_CODES[outcome] > EXIT_CODES[worst] ? outcome : worst), 'pass');
}
