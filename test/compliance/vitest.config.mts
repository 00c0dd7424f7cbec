import { defineConfig } from 'vitest/config';

/** Checkers of configurations that others wrote. Without them the tests fail: a check that did not run proves nothing. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/compliance/**/*.test.ts'],
    globalSetup: new URL('../global-setup.ts', import.meta.url).pathname,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
