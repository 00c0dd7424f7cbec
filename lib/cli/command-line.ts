import { nodeTooOld } from './versions';

/** The command line, the environment or a settings file is wrong: exit code 2. */
export class UsageError extends Error {}

/** Exit codes that every command shares; `dla-smoke` has more to say of its failures. */
export const EXIT = { ok: 0, failed: 1, usage: 2, timeout: 3, interrupted: 130 } as const;

/** An error with an exit code of its own. */
export class ExitError extends Error {
  constructor(
    message: string,
    public readonly exitCode: number,
  ) {
    super(message);
  }
}

/**
 * Runs a program, on a Node that is new enough: its exit code is what `main` returns, or the one of the error that it throws.
 *
 * @param name what usage errors begin with, which tell then where the help is @default - `main` does it itself
 */
export function runMain(main: (argv: readonly string[]) => Promise<number>, name?: string): void {
  const tooOld = nodeTooOld();
  if (tooOld !== undefined) {
    process.stderr.write(`${tooOld}\n`);
    process.exitCode = EXIT.usage;
    return;
  }
  main(process.argv.slice(2)).then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      if (name !== undefined && error instanceof UsageError) {
        error.message = `${name}: ${error.message}\n${name} --help tells more`;
      }
      process.stderr.write(`${process.env.DEBUG ? error.stack : error.message}\n`);
      process.exitCode =
        error instanceof UsageError ? EXIT.usage : error instanceof ExitError ? error.exitCode : EXIT.failed;
    },
  );
}
