import {
  MAX_RUNNING_TIME_SECONDS,
  parseReceiptHint,
  ReceiptHintError,
  type ReceiptTarget,
} from '../../cloud/receipt-hint';
import { SqlError } from './sql-error';

export interface QueryHints {
  readonly runAsync: boolean;
  readonly maxRunningTimeSeconds: number;
  readonly receipt?: ReceiptTarget;
}

const NO_HINTS: QueryHints = { runAsync: false, maxRunningTimeSeconds: MAX_RUNNING_TIME_SECONDS };

/**
 * Reads the hint comments before a statement.
 *
 * Assumption: without a limit a query may run for the longest time allowed.
 *
 * @throws SqlError for a hint that cannot be carried out
 */
export function parseHints(comments: readonly string[]): QueryHints {
  if (comments.length === 0) {
    return NO_HINTS;
  }
  try {
    return { maxRunningTimeSeconds: MAX_RUNNING_TIME_SECONDS, ...parseReceiptHint(...comments) };
  } catch (error) {
    throw error instanceof ReceiptHintError
      ? new SqlError('ER_PARSE_ERROR', `hint: ${error.reasons.join('; ')}`)
      : error;
  }
}
