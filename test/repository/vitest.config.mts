import { defineConfig } from 'vitest/config';

/** What holds the checkout itself together: the linter's rules and the compiler's script do what they say, and API.md is what the code says. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/repository/**/*.test.ts'],
    globalSetup: new URL('../global-setup.ts', import.meta.url).pathname,
    testTimeout: 300_000,
    maxWorkers: 2,
    minWorkers: 1,
  },
});
