import * as path from 'node:path';
import { UsageError } from '../lib/cli/command-line';

/** Options that make another plan than the one that is asked for, or put it elsewhere. */
const OTHER_PLAN =
  /(?:^|\s)(--?(?:destroy|refresh-only|target|target-file|exclude|exclude-file|replace|out|state|state-out|chdir))\b/;

/**
 * Looks at variables that Terraform reads by itself: people set them for other projects.
 *
 * @throws UsageError for those with which it would work on other states, or do other than what it is asked for
 */
export function checkTerraformVariables(env: NodeJS.ProcessEnv): void {
  const errors = Object.entries(env).flatMap(([name, value = '']) => {
    const expected = expectedInstead(name, value);
    return expected === undefined ? [] : [`${name}: expected ${expected}, got ${JSON.stringify(value)}`];
  });
  if (errors.length > 0) {
    throw new UsageError(errors.join('\n'));
  }
}

function expectedInstead(name: string, value: string): string | undefined {
  if (name === 'TF_WORKSPACE' && value !== '' && value !== 'default') {
    return 'none, as each settings file has states of its own';
  }
  if (name === 'TF_DATA_DIR' && path.isAbsolute(value)) {
    return 'none or a relative folder, as each stack needs one of its own';
  }
  const option = /^TF_CLI_ARGS(?:_plan|_apply|_init)?$/.test(name) ? OTHER_PLAN.exec(value)?.[1] : undefined;
  return option === undefined ? undefined : `no ${option}, as it would be done instead of what is asked for`;
}
