import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, ExitError, UsageError } from '../../../cli/command-line';
import type { Values } from '../../../cli/options';
import { START_OPTIONS } from './options';
import { readableStart } from './readable';
import type { LocalCloudEndpoints } from '../local-cloud-options';
import { makeScratchFolder } from '../scratch-folder';

/** How the process in the background is told of its log. */
const LOG_VARIABLE = 'ALICLOUD_LOCAL_LOG';
const TEMPORARY_LOG_VARIABLE = 'ALICLOUD_LOCAL_TEMPORARY_LOG';

const READY = 'Ready.\n';
/** Where it is ready, with the line of JSON before it: others, such as programs of --init, say something into the same file. */
const READY_LINE = /^\{".*\}\nReady\.$/m;
const ERROR = 'alicloud-local start: ';
const LOOK_MILLIS = 20;

/**
 * Starts a local cloud in a process of its own, and waits until it is ready.
 *
 * @throws ExitError with what it said when it ends before
 */
export async function startInBackground(
  values: Values<typeof START_OPTIONS> & { readonly log?: string; readonly json?: boolean },
): Promise<number> {
  const file = values.log ?? path.join(makeScratchFolder('alicloud-local-log-', 'a file with --log'), 'log');
  const log = openLog(path.resolve(file));
  const begin = fs.fstatSync(log).size;
  const given = Object.keys(START_OPTIONS).flatMap((name) =>
    [values[name as keyof typeof START_OPTIONS] ?? []].flat().map((value) => `--${name}=${value}`),
  );
  const child = spawn(process.execPath, [process.argv[1], 'start', '--json', ...given], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, ...logEnvironment(path.resolve(file), values.log === undefined) },
  });
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? EXIT.failed)));
  fs.closeSync(log);
  let said = '';
  for (;;) {
    const code = await Promise.race([ended, sleep(LOOK_MILLIS, undefined)]);
    said = textFrom(file, begin);
    if (READY_LINE.test(said)) {
      break;
    }
    if (code !== undefined) {
      if (values.log === undefined) {
        fs.rmSync(path.dirname(file), { recursive: true });
      }
      // The command's name stands before its own error, which comes last: others may have said something before.
      const at = Math.max(said.lastIndexOf(ERROR), 0);
      process.stderr.write(said.slice(0, at));
      throw new ExitError(said.slice(at).replace(ERROR, '').trim(), code);
    }
  }
  child.unref();
  const [line] = READY_LINE.exec(said)![0].split('\n');
  // Which ports were taken, for one.
  process.stderr.write(said.slice(0, said.search(READY_LINE)));
  process.stderr.write(`alicloud-local: process ${child.pid}, log ${file}\n`);
  const isReadable = process.stdout.isTTY && !values.json;
  process.stdout.write(
    `${isReadable ? readableStart(JSON.parse(line) as LocalCloudEndpoints, values.state, true) : `${line}\n`}${READY}`,
  );
  return EXIT.ok;
}

/** A file from a byte on: what stands before may be long. */
function textFrom(file: string, begin: number): string {
  const fd = fs.openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(fs.fstatSync(fd).size - begin, 0));
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, begin)).toString();
  } finally {
    fs.closeSync(fd);
  }
}

/** @throws UsageError */
function openLog(file: string): number {
  try {
    return fs.openSync(file, 'a', 0o600);
  } catch (error) {
    throw new UsageError(
      `--log: expected a file that can be written, got ${file} (${(error as NodeJS.ErrnoException).code})`,
    );
  }
}

function logEnvironment(file: string, isTemporary: boolean): NodeJS.ProcessEnv {
  return { [LOG_VARIABLE]: file, [TEMPORARY_LOG_VARIABLE]: isTemporary ? '1' : undefined };
}

/** The log of this process, when it is one in the background. */
export function ownLog(): string | undefined {
  return process.env[LOG_VARIABLE];
}

/** A log for which nobody gave a place goes with an end that needs no explanation. */
export function removeTemporaryLog(): void {
  const log = ownLog();
  if (log !== undefined && process.env[TEMPORARY_LOG_VARIABLE] !== undefined) {
    fs.rmSync(path.dirname(log), { recursive: true, force: true });
  }
}
