import type { InitResult } from './init-files';

/** What the health page says of the local cloud as a whole. */
export interface CloudDescription {
  readonly version: string;
  readonly id: string;
  readonly startedAt: string;
  readonly state: string;
  readonly log?: string;
  /** Whether all of `init` has been run, too. */
  readonly ready: boolean;
  readonly init?: readonly InitResult[];
}
