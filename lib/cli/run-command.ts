import { spawn } from 'node:child_process';
import * as os from 'node:os';
import { ExitError } from './command-line';

const PASSED_ON: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** Exit codes of shells. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;

/**
 * Runs a command on this process's terminal and returns its exit code, 128 + N when a signal N ended it.
 * Signals to this process go to the command, which ends in its own time.
 *
 * @throws ExitError with the exit code of shells when the command cannot be started
 */
export async function runCommand(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const child = spawn(file, args, { stdio: 'inherit', env });
  const passOn = (signal: NodeJS.Signals) => {
    // A terminal sends Ctrl-C to the command as well; a second one would make Terraform give up half-way.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) {
      child.kill(signal);
    }
  };
  PASSED_ON.forEach((signal) => process.on(signal, passOn));
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new ExitError(
            `command ${file} cannot be run (${error.code}): ${
              error.code === 'EACCES' ? 'is it a program that may be executed?' : 'is it installed and on PATH?'
            }`,
            error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE,
          ),
        ),
      );
      child.once('exit', (code, signal) => resolve(code ?? 128 + os.constants.signals[signal!]));
    });
  } finally {
    PASSED_ON.forEach((signal) => process.off(signal, passOn));
  }
}
