import type { LocalCloud } from '../local-cloud';

const EXIT_MILLIS = 300;

/** Stops a local cloud, and ends this process soon after, with the exit code that is set by then. */
export async function stopCloud(cloud: LocalCloud): Promise<void> {
  await cloud.stop();
  setTimeout(() => process.exit(), EXIT_MILLIS).unref();
}
