import { defineConfig } from 'vitest/config';

/** Clients that others wrote: each test skips, with the reason, what the machine lacks. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/clients/**/*.test.ts'],
    globalSetup: new URL('../global-setup.ts', import.meta.url).pathname,
    // Java and Go compile, and their clients take seconds to start.
    testTimeout: 300_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
    minWorkers: 1,
    passWithNoTests: true,
  },
});
