import type { Account } from '../account/account';
import type { Exchange, Reply } from './request';
import type { Faults } from './faults';
import type { Nonces } from './nonces';
import type { RequestLog } from './request-log';

/** The local cloud as a whole, to which the control calls belong. */
export interface RunningCloud {
  /** What the health page says of it beside its services. */
  describe(): object;
  /** Addresses and credentials, as `start` prints them. */
  readonly endpoints: object;
  /** Whether files of `init` are being run. */
  readonly isInitRunning: boolean;
  /** Runs the files of `init` again. */
  runInit(): Promise<void>;
  stop(): Promise<void>;
}

/** What every protocol of the HTTP server works with. */
export interface Services {
  readonly account: Account;
  readonly region: string;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly nonces: Nonces;
  /** @default - the account alone is served, or not all servers are up yet */
  readonly cloud?: () => RunningCloud | undefined;
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
