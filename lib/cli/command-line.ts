import * as path from 'node:path';
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

let isWatched = false;

/**
 * Keeps a closed or full standard output, or standard error, from ending the process with Node's stack. A reader that leaves,
 * as `| head`, has what it wanted; what is lost otherwise is told once, and fails the program. The first call holds.
 *
 * @param onGone called when nothing can be printed any more @default - the program goes on to its end
 */
export function watchOutput(name: string, onGone: () => void = () => undefined): void {
  if (isWatched) {
    return;
  }
  isWatched = true;
  let isTold = false;
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE') {
      process.exitCode ||= EXIT.failed;
      process.stderr.write(isTold ? '' : `${name}: standard output cannot be written (${code})\n`);
      isTold = true;
    }
    onGone();
  });
  // There is nowhere left to tell of it.
  process.stderr.on('error', () => undefined);
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
  watchOutput(name ?? path.basename(process.argv[1]));
  main(process.argv.slice(2)).then(
    (code) => {
      // That what was printed is lost may be known already.
      process.exitCode = code || process.exitCode;
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
