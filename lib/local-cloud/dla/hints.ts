import { MAX_RUNNING_TIME_SECONDS } from '../../cloud/receipt-hint';
import { SqlError } from './sql-error';

/** Where the receipt of one query goes, as its hint names it. */
export type ReceiptTarget =
  | { readonly by: 'ons'; readonly topic: string; readonly producerId: string; readonly endpoint: string }
  | { readonly by: 'mns'; readonly queue: string };

export interface QueryHints {
  readonly runAsync: boolean;
  readonly maxRunningTimeSeconds: number;
  readonly receipt?: ReceiptTarget;
}

const RECEIPT_KEYS: Readonly<Record<ReceiptTarget['by'], readonly string[]>> = {
  ons: ['mq-topic', 'mq-producer-id', 'mq-endpoint'],
  mns: ['mq-queue'],
};

/**
 * Reads the hint comments before a statement. `run_async` and `run-async` are both documented, so `_` and `-` count
 * as the same in every key.
 *
 * Assumption: hints that concern neither asynchronous runs nor receipts are ignored, the last of two equal keys wins,
 * and without `max-running-time-sec` a query may run for the longest time allowed.
 *
 * @throws SqlError for a hint that cannot be carried out
 */
export function parseHints(comments: readonly string[]): QueryHints {
  const hints = new Map<string, string>();
  for (const pair of comments.flatMap((comment) => comment.split(','))) {
    const [key, ...value] = pair.split('=');
    hints.set(key.trim().toLowerCase().replaceAll('_', '-'), value.join('=').trim());
  }
  const runAsync = runAsyncOf(hints.get('run-async'));
  const receipt = receiptOf(hints);
  if (receipt && !runAsync) {
    throw refusal('mq-notify-by is given without run_async=true: only asynchronous queries have a receipt');
  }
  return { runAsync, maxRunningTimeSeconds: secondsOf(hints.get('max-running-time-sec')), receipt };
}

function runAsyncOf(value: string | undefined): boolean {
  if (value !== undefined && !/^(true|false)$/i.test(value)) {
    throw refusal(`run_async: expected true or false, got ${JSON.stringify(value)}`);
  }
  return value?.toLowerCase() === 'true';
}

function secondsOf(value: string | undefined): number {
  if (value === undefined) {
    return MAX_RUNNING_TIME_SECONDS;
  }
  const seconds = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (seconds < 1 || seconds > MAX_RUNNING_TIME_SECONDS) {
    throw refusal(
      `max-running-time-sec: expected a whole number from 1 to ${MAX_RUNNING_TIME_SECONDS}, got ${JSON.stringify(value)}`,
    );
  }
  return seconds;
}

function receiptOf(hints: ReadonlyMap<string, string>): ReceiptTarget | undefined {
  const by = hints.get('mq-notify-by');
  if (by === undefined) {
    const stray = [...hints.keys()].find((key) => Object.values(RECEIPT_KEYS).flat().includes(key));
    if (stray) {
      throw refusal(`${stray} is given without mq-notify-by, expected mq-notify-by=ons and mq-notify-by=mns`);
    }
    return undefined;
  }
  if (by !== 'ons' && by !== 'mns') {
    throw refusal(`mq-notify-by: expected ons or mns, got ${JSON.stringify(by)}`);
  }
  const missing = RECEIPT_KEYS[by].filter((key) => !hints.get(key));
  if (missing.length > 0) {
    throw refusal(`mq-notify-by=${by} also needs ${missing.join(', ')}`);
  }
  const value = (key: string): string => hints.get(key)!;
  return by === 'ons'
    ? { by, topic: value('mq-topic'), producerId: value('mq-producer-id'), endpoint: value('mq-endpoint') }
    : { by, queue: value('mq-queue') };
}

function refusal(reason: string): SqlError {
  return new SqlError('ER_PARSE_ERROR', `hint: ${reason}`);
}
