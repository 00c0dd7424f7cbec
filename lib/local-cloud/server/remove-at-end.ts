import { spawn } from 'node:child_process';

/** Ends when the process behind its standard input has, however that was. */
const SCRIPT = 'read _; rm -rf -- "$@" || { sleep 1; rm -rf -- "$@"; }';

/**
 * Has files and folders removed when this process ends, even when it is killed: by a shell that waits for it. Where there
 * is no shell they stay.
 *
 * @returns what ends the shell; it removes what is left
 */
export function removeAtEnd(paths: readonly string[]): () => void {
  const shell = spawn('/bin/sh', ['-c', SCRIPT, 'sh', ...paths], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // A signal to this process's group, as Ctrl-C, must not end it first.
    detached: true,
    cwd: '/',
    env: { PATH: process.env.PATH },
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  return () => shell.stdin.destroy();
}
