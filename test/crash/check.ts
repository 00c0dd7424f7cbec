import { Account } from '../../lib/local-cloud/account/account';
import type { Worker } from './workers';

/** @throws Error what was acknowledged and is not there, or the other way round */
export function check(folder: string, workers: readonly Worker[]): void {
  const account = new Account(folder);
  try {
    workers.forEach((worker) => worker.check(account));
    const problem = account.store.problemOf([...account.store.rows()]);
    if (problem !== undefined) {
      throw new Error(`rows do not fit together: ${problem}`);
    }
  } finally {
    account.close();
  }
}
