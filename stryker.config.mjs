import process from 'node:process';

if (process.getuid?.() === 0) {
  process.stderr.write(
    'mutation: not as root, for a mutant may put a file in the place of /dev/null: use another user\n',
  );
  process.exit(2);
}

/** Mutation run over the smoke test: `npx stryker run`. The command's own process is left to its tests. */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'test/smoke/mutation.config.mts' },
  mutate: ['lib/smoke/**/*.ts', '!lib/smoke/cli.ts'],
  // The local cloud's queries run from dist/.
  ignorePatterns: ['/.deploy', '/lib/provider-schema/gen', '**/cdktf.out'],
  // Constant patterns that are evaluated once, when their module loads, are judged by the tests of every module.
  ignoreStatic: true,
  concurrency: 2,
  reporters: ['clear-text', 'progress'],
  clearTextReporter: { allowColor: false, logTests: false },
  tempDirName: '.stryker-tmp',
};
