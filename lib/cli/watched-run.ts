import { Interrupted, Interruption } from './interruption';
import { Progress } from './progress';

/**
 * Runs what a script does, with a word now and then, and an end by Ctrl-C that leaves nothing half done.
 *
 * @param once what the first Ctrl-C tells
 */
export async function runWatched(
  verbose: boolean,
  body: (progress: Progress, interruption: Interruption) => Promise<number>,
  once = 'stopping: what is under way is finished first. Once more gives up half-way, and may lose track of what was made',
): Promise<number> {
  const progress = new Progress(verbose);
  const interruption = new Interruption((isFirst) => progress.problem(isFirst ? `${once}\n` : 'giving up\n'));
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
