import * as fs from 'node:fs';
import * as path from 'node:path';

/** What a running local cloud writes into its state folder. */
export interface RunningFile {
  /** Differs with each start, so that a file that a killed process left is not taken for another's. */
  readonly id: string;
  /** `host:port` of its HTTP port. */
  readonly http: string;
  readonly pid: number;
}

const FILE = 'running.json';

export function writeRunning(state: string, running: RunningFile): void {
  fs.writeFileSync(path.join(state, FILE), `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

/** Never throws: a file that stays behind is no longer answered for. */
export function removeRunning(state: string, id: string): void {
  try {
    // The next one may have the folder already.
    if (readRunning(state)?.id === id) {
      fs.rmSync(path.join(state, FILE), { force: true });
    }
  } catch {
    // The folder is read-only.
  }
}

/** What stands in a state folder; undefined where no local cloud has started, or it ended well. */
export function readRunning(state: string): RunningFile | undefined {
  try {
    const running = JSON.parse(fs.readFileSync(path.join(state, FILE), 'utf8')) as RunningFile;
    return typeof running.http === 'string' && typeof running.id === 'string' ? running : undefined;
  } catch {
    return undefined;
  }
}
