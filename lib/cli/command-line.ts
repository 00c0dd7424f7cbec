/** The command line, the environment or a settings file is wrong: exit code 2. */
export class UsageError extends Error {}

/** Runs a program: its exit code is what `main` returns, 2 for a usage error, 1 for any other. */
export function runMain(main: (argv: readonly string[]) => Promise<number>): void {
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      process.stderr.write(`${process.env.DEBUG ? error.stack : error.message}\n`);
      process.exitCode = error instanceof UsageError ? 2 : 1;
    },
  );
}
