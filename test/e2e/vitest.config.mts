import { defineConfig } from 'vitest/config';
import { DEPLOYMENTS } from '../../vitest.config.mjs';

/** Whole deployments: stacks and examples through Terraform, with REAL_PROVIDER through the real provider, too. */
export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: DEPLOYMENTS,
    globalSetup: new URL('../global-setup.ts', import.meta.url).pathname,
    testTimeout: 120_000,
    hookTimeout: 240_000,
    maxWorkers: 2,
    minWorkers: 1,
  },
});
