import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of the constructs and of the stacks on cdktn, which went on from cdktf 0.21, with the constructs it needs. */
const installed = (name: string) => fileURLToPath(new URL(`node_modules/${name}`, import.meta.url));

export default defineConfig({
  resolve: { alias: { cdktf: installed('cdktn'), constructs: installed('constructs') } },
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
