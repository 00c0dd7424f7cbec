import { UsageError } from '../lib/cli/command-line';
import { Interrupted, Interruption } from './interruption';
import { Progress } from './progress';
import { missingRequirement } from './requirements';
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
      `expected nothing after ${verb}, got ${words.slice(1).join(' ')}: it is done to all stacks of the settings; ` +
        `npx cdktf ${verb} ${words.slice(1).join(' ')} takes single ones`,
    );
  }
  return verb;
}

/** @throws UsageError when this machine lacks something, or its environment would have Terraform do something else */
export function checkRequirements(): void {
  const missing = missingRequirement();
  if (missing !== undefined) {
    throw new UsageError(missing);
  }
  checkTerraformVariables(process.env);
}

/** Runs what a script does, with a word now and then, and an end by Ctrl-C that leaves nothing half done. */
export async function runWatched(
  verbose: boolean,
  body: (progress: Progress, interruption: Interruption) => Promise<number>,
): Promise<number> {
  const progress = new Progress(verbose);
  const interruption = new Interruption((isFirst) =>
    progress.problem(
      isFirst
        ? 'stopping: what is under way is finished first. Once more gives up half-way, and may lose track of what was made\n'
        : 'giving up\n',
    ),
  );
  try {
    return await body(progress, interruption);
  } catch (error) {
    if (error instanceof Interrupted) {
      progress.problem('interrupted: nothing was changed\n');
      return error.exitCode;
    }
    throw error;
  } finally {
    interruption.end();
    progress.end();
  }
}
