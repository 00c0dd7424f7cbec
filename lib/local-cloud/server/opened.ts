import { setTimeout as sleep } from 'node:timers/promises';
import type { Listener } from './listener';

/** Longest time that the servers get to end what they do. */
const STOP_MILLIS = 1500;

/** What has been opened, to be closed by a stop or by a start that fails. */
export class Opened {
  public readonly listeners: Listener[] = [];
  /** What stands below the servers, the first at the bottom. */
  public readonly closers: (() => void | Promise<void>)[] = [];

  public async close(): Promise<void> {
    // Idle workers keep no process alive, but whoever waits for their end must get an answer.
    const keepAlive = setInterval(() => undefined, STOP_MILLIS);
    try {
      await this.closeAll();
    } finally {
      clearInterval(keepAlive);
    }
  }

  private async closeAll(): Promise<void> {
    const deadline = new AbortController();
    await Promise.race([
      Promise.allSettled(this.listeners.map((listener) => listener.close())),
      sleep(STOP_MILLIS, undefined, { signal: deadline.signal }).catch(() => undefined),
    ]);
    deadline.abort();
    for (const close of this.closers.splice(0).reverse()) {
      try {
        await close();
      } catch {
        // A folder that became read-only, for one: nothing is lost by what stays open, and it ends with the process.
      }
    }
  }
}
