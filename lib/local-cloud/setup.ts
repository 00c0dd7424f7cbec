import { unsetVariables } from './server/environment';
import { LocalCloud } from './server/local-cloud';

/** Where `teardown` finds the local cloud. */
const KEY = Symbol.for('alicloud-local.setup');

type Global = { [KEY]?: LocalCloud };

/**
 * `globalSetup` of vitest and jest: starts one local cloud for the whole run. Its environment is that of the tests,
 * whatever worker they run in. jest needs `teardown` as its `globalTeardown`.
 */
async function setup(): Promise<() => Promise<void>> {
  const cloud = await LocalCloud.start();
  unsetVariables(process.env).forEach((name) => delete process.env[name]);
  Object.assign(process.env, cloud.endpoints.environment);
  (globalThis as Global)[KEY] = cloud;
  return () => cloud.stop();
}

export = setup;
