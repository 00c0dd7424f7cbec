import { defineConfig } from 'vitest/config';

/** The tests that a mutation run judges by: those that need no build, no child process and no local cloud. */
export default defineConfig({
  test: {
    include: ['test/smoke/**/*.test.ts'],
    exclude: ['test/smoke/cli.test.ts', 'test/smoke/local-cloud*.test.ts'],
    // The tests that wait do it together, so that a mutant costs seconds.
    maxConcurrency: 15,
    // Code with all mutants in it is slow, and on a loaded machine slower; what hangs Stryker ends itself.
    testTimeout: 120_000,
  },
});
