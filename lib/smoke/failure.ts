/** Why a channel's test ended, as a word that a script can compare. */
export type ReasonCode =
  | 'receipt-proved'
  | 'deadline'
  | 'interrupted'
  | 'access-denied'
  | 'unreachable'
  | 'connection-failed'
  | 'connection-lost-after-submit'
  | 'prepare-failed'
  | 'submit-failed'
  | 'not-asynchronous'
  | 'poll-failed'
  | 'query-failed'
  | 'query-cancelled'
  | 'unknown-status'
  | 'task-never-appeared'
  | 'task-vanished'
  | 'ambiguous-task'
  | 'no-receipt-columns'
  | 'no-receipt'
  | 'receipt-failed'
  | 'unknown-receipt-status'
  | 'rows-not-expected'
  | 'result-file'
  | 'message-missing';

/** The test of a channel ended without a pass; the message is the one line that tells the cause. */
export class SmokeFailure extends Error {
  constructor(
    public readonly code: ReasonCode,
    message: string,
  ) {
    super(message);
  }
}

/** No complete answer came within the limit of one call. */
export class NoAnswer extends Error {
  public readonly code = 'NO_ANSWER';
}

/** The code of a network, protocol or SQL error, if it has one. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** An error's code and message in one line; an AggregateError of a host with several addresses has no message. */
export function errorMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof NoAnswer ? undefined : codeOf(error);
  return code === undefined || message.includes(code) ? message : message === '' ? code : `${code}: ${message}`;
}
