import { type ReasonCode } from './failure';
import { type Observation } from './waiter';

/** `fail` is certain; `timeout` and `interrupted` mean that the answer is not known. */
export type Outcome = 'pass' | 'fail' | 'timeout' | 'interrupted';

/** The step at which a channel's test ended. */
export type Step = 'connect' | 'prepare' | 'submit' | 'wait' | 'check';

/** What DLA told last about a query task, by the names of its columns; null where it says NULL or has no such column. */
export interface TaskReport {
  readonly id: string;
  readonly status: string | null;
  readonly row_count: number | string | null;
  readonly scanned_data_bytes: number | string | null;
  readonly result_file: string | null;
  readonly mq_status: string | null;
  readonly mq_error_msg: string | null;
  readonly mq_message_id: string | null;
  readonly mq_total_time: number | string | null;
}

/** One query that was submitted. */
export interface AttemptReport {
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  readonly reason: string;
  readonly elapsedMillis: number;
  /** Number of looks at the query task. */
  readonly polls: number;
  /** What the looks saw before the last one, and how often. */
  readonly observations: readonly Observation[];
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
  readonly channel: string;
  readonly kind: string;
  readonly region: string;
  /** Host and port of DLA. */
  readonly server: string;
  readonly outcome: Outcome;
  readonly code: ReasonCode;
  /** The cause in one line. */
  readonly reason: string;
  /** The last step that was begun. */
  readonly step: Step;
  readonly elapsedMillis: number;
  /** The last error that was worth another try. */
  readonly lastError: string | null;
  readonly attempts: readonly AttemptReport[];
  /** Null when no diagnosis was wanted, or it was interrupted. */
  readonly diagnosis: readonly DiagnosisItem[] | null;
}

/** The whole run. Its JSON form is described by `schema/smoke-report.schema.json`. */
export interface SmokeReport {
  /** Version of this form. */
  readonly version: 1;
  readonly outcome: Outcome;
  /** 0 pass, 1 failed, 3 timeout, 130 interrupted. */
  readonly exitCode: number;
  /** Moment of the start, ISO 8601. */
  readonly startedAt: string;
  readonly elapsedMillis: number;
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
