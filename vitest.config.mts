import { defineConfig } from 'vitest/config';

/** Tests that deploy whole stacks, or fill a disk under all servers, each in many seconds: `npm run test:e2e`. */
export const DEPLOYMENTS = [
  ...['e2e', 'examples', 'constructs/growth', 'constructs/deployed'].map((folder) => `test/${folder}/**/*.test.ts`),
  'test/stacks/deploy.test.ts',
  'test/local-cloud/server/full-disk.test.ts',
];

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/cdktn/**', 'test/clients/**', 'test/compliance/**', 'test/repository/**', ...DEPLOYMENTS],
    globalSetup: 'test/global-setup.ts',
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    minWorkers: 1,
    // `npm test -- --coverage`. What runs in processes of its own, queries and commands, is not counted.
    coverage: {
      include: ['lib/**/*.ts', 'stacks/**/*.ts'],
      exclude: ['lib/provider-schema/gen/**', 'lib/bundled/**'],
      reporter: ['text-summary'],
      thresholds: { lines: 76, functions: 82, branches: 93 },
    },
  },
});
