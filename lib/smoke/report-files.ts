import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../cli/command-line';
import { codeOf, errorMessage } from './failure';

/** A file and the option that names it. */
export type NamedFile = readonly [option: string, path: string];

/** A pipe whose reader takes nothing for so long is given up; at a signal, every one that is full. */
const STUCK_MILLIS = 5_000;

/**
 * Takes away the reports of an earlier run, which must not be taken for this one's, however this one ends.
 *
 * @param inputs files that the run reads, which no report may be
 * @throws UsageError, after all was taken away that may be, for one that cannot be written or that is another's file
 */
export function removeStaleReports(reports: readonly NamedFile[], inputs: readonly NamedFile[]): void {
  const owners = new Map<string, string>();
  for (const [option, file] of inputs) {
    owners.set(identityOf(file) ?? file, option);
  }
  const stale: string[] = [];
  let wrong: UsageError | undefined;
  for (const [option, file] of reports) {
    try {
      if (isStream(file)) {
        fs.accessSync(file, fs.constants.W_OK);
        continue;
      }
      // Made where it is not there: that shows that it can be written, also behind links.
      fs.closeSync(fs.openSync(file, 'a'));
      const identity = identityOf(file)!;
      const owner = owners.get(identity);
      if (owner !== undefined) {
        throw new UsageError(`${option}: expected a file of its own, got ${file}, which is the file of ${owner}`);
      }
      owners.set(identity, option);
      stale.push(file);
    } catch (error) {
      wrong ??=
        error instanceof UsageError ? error : new UsageError(`${option}: cannot write ${file}: ${errorMessage(error)}`);
    }
  }
  stale.forEach(remove);
  if (wrong !== undefined) {
    throw wrong;
  }
}

/** Writes a report, and leaves no half of one; devices, pipes and the streams of this process get it behind the rest. */
export async function writeReport(file: string, text: string, signal: AbortSignal): Promise<void> {
  if (isStream(file)) {
    await append(file, text, signal);
    return;
  }
  const fd = fs.openSync(file, 'w');
  try {
    await write(fd, text, signal);
  } catch (error) {
    remove(file);
    throw error;
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes behind what is there. */
export async function append(file: string, text: string, signal: AbortSignal): Promise<void> {
  const { O_APPEND, O_CREAT, O_NONBLOCK, O_WRONLY } = fs.constants;
  let fd: number;
  try {
    // A pipe that nobody reads would keep this process for ever, and no signal would end it.
    fd = fs.openSync(file, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK);
  } catch (error) {
    throw codeOf(error) === 'ENXIO' ? new Error('ENXIO: nothing reads from it') : error;
  }
  try {
    await write(fd, text, signal);
  } finally {
    fs.closeSync(fd);
  }
}

async function write(fd: number, text: string, signal: AbortSignal): Promise<void> {
  let rest: Uint8Array = Buffer.from(text);
  let since = performance.now();
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(fd, rest));
      since = performance.now();
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN' || signal.aborted || performance.now() - since > STUCK_MILLIS) {
        throw error;
      }
      await sleep(10);
    }
  }
}

/** Removes the file that a path leads to, so that a link stays one; empties it where it is mounted or its folder kept. */
function remove(file: string): void {
  const target = fs.realpathSync(file);
  try {
    fs.rmSync(target);
  } catch {
    fs.truncateSync(target);
  }
}

/** What tells a file from all others, whatever path leads to it; undefined when it is none, or cannot be reached. */
function identityOf(file: string): string | undefined {
  try {
    const stats = fs.statSync(file);
    return stats.isFile() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}

/** A device, a pipe, or a stream of this process, which may lead to a file that holds more than a report. */
function isStream(file: string): boolean {
  // Throws for a link that leads to itself.
  const stats = fs.statSync(file, { throwIfNoEntry: false });
  if (/^\/(dev\/(?!shm\/)|proc\/)/.test(path.resolve(file))) {
    return true;
  }
  const target = targetOf(file);
  return target === undefined ? stats?.isFile() === false && !stats.isDirectory() : isStream(target);
}

function targetOf(link: string): string | undefined {
  try {
    return path.resolve(fs.realpathSync(path.dirname(link)), fs.readlinkSync(link));
  } catch {
    return undefined;
  }
}
