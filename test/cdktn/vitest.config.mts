import { createRequire } from 'node:module';
import * as path from 'node:path';
import { defineConfig } from 'vitest/config';

/** The tests of the constructs and of the stacks on cdktn, which went on from cdktf 0.21, with the constructs it needs. */
const { resolve } = createRequire(import.meta.url);
const packages = ['cdktn', 'constructs'].map((name) => path.dirname(resolve(`${name}/package.json`)));

export default defineConfig({
  resolve: { alias: { cdktf: packages[0], constructs: packages[1] } },
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: [
      'test/cdktn/*.test.ts',
      'test/constructs/**/*.test.ts',
      'test/stacks/stacks.test.ts',
      'test/provider-schema/{blocks,cdktf-line}.test.ts',
    ],
    // Examples are synthesised by the compiled package, which loads cdktf by its name.
    exclude: ['test/constructs/deployed/version-0.1.test.ts'],
    globalSetup: new URL('../global-setup.ts', import.meta.url).pathname,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    minWorkers: 1,
  },
});
