import type { Account } from '../account/account';
import type { Exchange, Reply } from './request';
import type { Faults } from './faults';
import type { Nonces } from './nonces';
import type { RequestLog } from './request-log';

/** What every protocol of the HTTP server works with. */
export interface Services {
  readonly account: Account;
  readonly region: string;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly nonces: Nonces;
}

/** What became of a request: the reply, and what the log tells of it. */
export interface Handled {
  /** `ram.CreateRole`, `oss.PutObject` …. */
  readonly action: string;
  /** What it was about. @default - nothing */
  readonly resource?: string;
  /** Code of the error. @default - none */
  readonly code?: string;
  readonly reply: Reply;
}

/** One protocol of the server: gives every request an answer, errors included, in its own words. */
export type Protocol = (exchange: Exchange, services: Services) => Promise<Handled>;
