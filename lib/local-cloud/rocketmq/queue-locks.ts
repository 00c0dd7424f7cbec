interface Lock {
  readonly clientId: string;
  readonly until: number;
}

/** How long a lock lasts that is not renewed. */
const LOCK_MS = 60_000;

/** Which member of a group may consume a queue in order. */
export class QueueLocks {
  private readonly locks = new Map<string, Lock>();

  public get size(): number {
    return this.locks.size;
  }

  /** @param queue group and queue, as one text */
  public lock(queue: string, clientId: string, now = performance.now()): boolean {
    const held = this.locks.get(queue);
    if (held && held.clientId !== clientId && held.until > now) {
      return false;
    }
    // The last one to end stands last, so what has ended is found first: of groups and queues that are gone as well.
    this.locks.delete(queue);
    this.locks.set(queue, { clientId, until: now + LOCK_MS });
    for (const [name, { until }] of this.locks) {
      if (until > now) {
        break;
      }
      this.locks.delete(name);
    }
    return true;
  }

  public unlock(queue: string, clientId: string): void {
    if (this.locks.get(queue)?.clientId === clientId) {
      this.locks.delete(queue);
    }
  }
}
