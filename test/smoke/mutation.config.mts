import { defineConfig } from 'vitest/config';

/** The tests that a mutation run judges by: those that need no build, no child process and no local cloud. */
export default defineConfig({
  test: {
    include: ['test/smoke/**/*.test.ts'],
    exclude: ['test/smoke/cli.test.ts', 'test/smoke/local-cloud*.test.ts'],
    // The tests that wait do it together, so that a mutant costs seconds.
    maxConcurrency: 15,
    testTimeout: 30_000,
  },
});
