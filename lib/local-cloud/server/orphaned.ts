/** Set in the processes of jest, vitest, node:test, and mocha's parallel mode. */
const RUNNERS = ['JEST_WORKER_ID', 'VITEST', 'NODE_TEST_CONTEXT', 'MOCHA_WORKER_ID'];
const LOOK_MILLIS = 500;

/**
 * Calls when this is a process of a test runner, and the process that started it has gone: a worker of a runner that was
 * killed lives on as long as something in it listens. Other programs may outlive who started them.
 *
 * @returns what ends the watch
 */
export function whenOrphaned(then: () => void): () => void {
  if (!RUNNERS.some((name) => process.env[name] !== undefined)) {
    return () => undefined;
  }
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) {
      then();
    }
  }, LOOK_MILLIS).unref();
  return () => clearInterval(timer);
}
