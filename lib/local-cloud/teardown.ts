import type { LocalCloud } from './server/local-cloud';

const KEY = Symbol.for('alicloud-local.setup');

/** `globalTeardown` of jest: stops the local cloud that `setup` has started. */
async function teardown(): Promise<void> {
  await (globalThis as { [KEY]?: LocalCloud })[KEY]?.stop();
}

export = teardown;
