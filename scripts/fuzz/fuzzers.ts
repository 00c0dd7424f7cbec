import { CONSOLE_FUZZERS } from './console-inputs';
import { DLA_FUZZERS } from './dla-inputs';
import { HOSTILE_FUZZERS } from './hostile-inputs';
import { RACE_FUZZERS } from './races';
import { ROCKETMQ_FUZZERS } from './rocketmq-inputs';
import { SIGNED_FUZZERS } from './signed-inputs';
import { STATE_FUZZERS } from './state-inputs';
import type { Fuzzer } from './target';
import { TERRAFORM_FUZZERS } from './terraform-inputs';

/** Every kind of input, over all servers; states last, as they put the account back to its beginning. */
export const FUZZERS: readonly Fuzzer[] = [
  ...RACE_FUZZERS,
  ...SIGNED_FUZZERS,
  ...ROCKETMQ_FUZZERS,
  ...HOSTILE_FUZZERS,
  ...DLA_FUZZERS,
  ...TERRAFORM_FUZZERS,
  ...CONSOLE_FUZZERS,
  ...STATE_FUZZERS,
];
