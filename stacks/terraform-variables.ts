import { UsageError } from '../lib/cli/command-line';
import { sharedDataFolder } from '../lib/cli/requirements';

/** Options that make another plan than the one that is asked for, put it elsewhere, or work on another state. */
const OPTIONS = [
  ...['destroy', 'refresh-only', 'target', 'target-file', 'exclude', 'exclude-file', 'replace', 'out', 'chdir'],
  ...['state', 'state-out', 'backend', 'backend-config', 'reconfigure', 'migrate-state', 'force-copy', 'from-module'],
];
// Terraform reads the arguments as a shell does, which takes quotes away.
const OPTION = new RegExp(`(?:^|[\\s"'])(--?(?:${OPTIONS.join('|')}))(?![\\w-])`);
/** The commands that a deployment runs, and can be given such an option. */
const ARGUMENTS = /^TF_CLI_ARGS(?:_(?:init|plan|apply|show|output|state(?:_list|_pull|_rm)?|import))?$/;

/**
 * Looks at variables that Terraform reads by itself: people set them for other projects.
 *
 * @throws UsageError for those with which it would work on other states, or do other than what it is asked for
 */
export function checkTerraformVariables(env: NodeJS.ProcessEnv): void {
  const errors = Object.entries(env).flatMap(([name, value = '']) => {
    const expected = expectedInstead(name, value);
    return expected === undefined ? [] : [`${name}: expected ${expected}`];
  });
  const shared = sharedDataFolder(env);
  if (shared !== undefined) {
    errors.push(shared);
  }
  if (errors.length > 0) {
    throw new UsageError(errors.join('\n'));
  }
}

/** In place of what a variable has; never all of its arguments, which may be secrets. */
function expectedInstead(name: string, value: string): string | undefined {
  if (name === 'TF_WORKSPACE' && value !== '' && value !== 'default') {
    return `none, as each settings file has states of its own, got ${JSON.stringify(value)}`;
  }
  const option = ARGUMENTS.test(name) ? OPTION.exec(value)?.[1] : undefined;
  return option === undefined ? undefined : `no ${option}, as it would be done instead of what is asked for`;
}
