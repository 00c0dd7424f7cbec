import { UsageError } from '../lib/cli/command-line';
import { missingRequirement } from '../lib/cli/requirements';
import { checkTerraformVariables } from './terraform-variables';

/**
 * What a script shall do.
 *
 * @throws UsageError unless there is one word, and it is known
 */
export function verbOf<T extends string>(words: readonly string[], verbs: readonly T[]): T {
  const verb = verbs.find((one) => one === words[0]);
  if (verb === undefined) {
    throw new UsageError(`expected one of ${verbs.join(', ')}, got ${words.join(' ') || 'nothing'}`);
  }
  if (words.length > 1) {
    throw new UsageError(
      `expected nothing after ${verb}, got ${words.slice(1).join(' ')}: it is done to all stacks of the settings`,
    );
  }
  return verb;
}

/** Options that npm takes for its own where no `--` stands before them: the script would do the same without them. */
const TAKEN_BY_NPM = ['settings', 'auto-approve', 'provider'];

/** @throws UsageError when an option of the script has gone to npm */
export function checkTakenByNpm(env: NodeJS.ProcessEnv = process.env): void {
  const taken = TAKEN_BY_NPM.find((name) => env[`npm_config_${name.replaceAll('-', '_')}`] !== undefined);
  if (taken !== undefined) {
    throw new UsageError(
      `--${taken}: npm has taken it for its own: options stand behind --, as in npm run ${env.npm_lifecycle_event} -- --${taken}`,
    );
  }
}

/** @throws UsageError when this machine lacks something, or its environment would have Terraform do something else */
export function checkRequirements(): void {
  const missing = missingRequirement();
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  checkTerraformVariables(process.env);
}
