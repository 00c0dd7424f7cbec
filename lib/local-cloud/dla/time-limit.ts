import { MAX_RUNNING_TIME } from '../../cloud/receipt-hint';
import { SqlError } from './sql-error';

/** Runs what ends by its signal, and ends it after the time that a hint, or another setting, allows, if any. */
export async function withTimeLimit<T>(
  seconds: number | undefined,
  signal: AbortSignal,
  run: (limited: AbortSignal) => Promise<T>,
  setting = `${MAX_RUNNING_TIME}=${seconds}`,
): Promise<T> {
  if (seconds === undefined) {
    return run(signal);
  }
  const controller = new AbortController();
  const forward = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => {
    controller.abort(new SqlError('ER_QUERY_TIMEOUT', `the query ran longer than ${setting}`));
  }, 1000 * seconds);
  signal.addEventListener('abort', forward);
  try {
    signal.throwIfAborted();
    return await run(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', forward);
  }
}
