import { onTestFinished } from 'vitest';
import { Account } from '../../../lib/local-cloud/account/account';
import type { CloudError } from '../../../lib/local-cloud/account/cloud-error';
import { exportSnapshot } from '../../../lib/local-cloud/account/snapshot';
import { scratchFolder } from '../../scratch';

/** A new account in a folder of its own, closed and removed when the test ends. */
export function scratchAccount(): Account {
  const account = new Account(scratchFolder());
  onTestFinished(() => account.close());
  return account;
}

/** The code and status that an action is refused with. */
export function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    const { code, httpStatus } = error as CloudError;
    return `${httpStatus} ${code}`;
  }
  return 'not refused';
}

/** Lines as they come from a request's body. */
export async function* linesOf(lines: Iterable<string>): AsyncGenerator<string> {
  for (const line of lines) {
    yield await Promise.resolve(line);
  }
}

/** The lines of a snapshot of an account. */
export function exported(account: Account): string[] {
  const { lines, release } = exportSnapshot(account);
  try {
    return [...lines];
  } finally {
    release();
  }
}
