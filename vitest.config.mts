import { defineConfig } from 'vitest/config';

/** Tests that deploy with Terraform, or fill a disk or the memory of queries, each in many seconds: `npm run test:e2e`. */
export const DEPLOYMENTS = [
  ...['e2e', 'examples', 'constructs/growth', 'constructs/deployed'].map((folder) => `test/${folder}/**/*.test.ts`),
  'test/stacks/deploy.test.ts',
  'test/stacks/deploy-local.test.ts',
  'test/local-cloud/dla/large-statements.test.ts',
  'test/local-cloud/dla/engine/limits.test.ts',
  'test/local-cloud/server/full-disk.test.ts',
  'test/local-cloud/terraform/terraform.test.ts',
];

/**
 * Tests that leave nothing behind in a process: they restore what they mock, set no variable of the environment and stop
 * their servers. They share a worker, so that cdktf and the models are loaded once for all, and not for each file.
 */
const SHARED = [
  ...['cloud', 'constructs', 'provider-schema'].map((folder) => `test/${folder}/**/*.test.ts`),
  ...['account', 'console', 'http', 'mns-http', 'mq-http', 'openapi', 'oss-http'].map(
    (folder) => `test/local-cloud/${folder}/**/*.test.ts`,
  ),
  'test/smoke/!(cli|faults|local-cloud|main|progress|report-files|run).test.ts',
];
const ELSEWHERE = ['test/cdktn/**', 'test/clients/**', 'test/compliance/**', 'test/repository/**', ...DEPLOYMENTS];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: SHARED,
          exclude: ELSEWHERE,
          // Another pool than that of the others: whether its files share a worker is a setting of the whole pool.
          pool: 'threads',
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: [...ELSEWHERE, ...SHARED],
          sequence: { groupOrder: 0 },
        },
      },
    ],
    poolOptions: { threads: { isolate: false } },
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
