import { SortedKeys } from '../store/sorted-keys';

/**
 * The messages of one queue by what happens to them next: which can be received, most urgent and oldest first; which
 * are hidden, and until when; and which are the oldest. Made of the rows, and kept in memory beside them, so that no
 * receiver looks at all messages of a queue.
 */
export class QueueOrder {
  /** Keys of messages that can be received. */
  public readonly visible = new SortedKeys();
  private readonly hidden = new SortedKeys();
  private readonly ages = new SortedKeys();
  private readonly times = new Map<string, { readonly enqueueTime: number; readonly hiddenUntil?: number }>();

  public get size(): number {
    return this.times.size;
  }

  /** When the next hidden message can be received, in milliseconds since 1970; undefined when none is hidden. */
  public get nextVisibleTime(): number | undefined {
    const { key } = this.hidden.cursor('');
    return key === undefined ? undefined : Number(key.slice(0, TIME_DIGITS));
  }

  /** Keys of messages that are hidden. */
  public *hiddenKeys(): Generator<string> {
    for (const key of this.hidden.from('')) {
      yield keyOf(key);
    }
  }

  /**
   * Puts a message where it belongs, wherever it was.
   *
   * @param hiddenUntil undefined: it can be received
   */
  public set(key: string, enqueueTime: number, hiddenUntil?: number): void {
    this.delete(key);
    this.times.set(key, { enqueueTime, hiddenUntil });
    this.ages.add(timed(enqueueTime, key));
    if (hiddenUntil === undefined) {
      this.visible.add(key);
    } else {
      this.hidden.add(timed(hiddenUntil, key));
    }
  }

  public delete(key: string): void {
    const times = this.times.get(key);
    if (!times) {
      return;
    }
    this.times.delete(key);
    this.ages.remove(timed(times.enqueueTime, key));
    if (times.hiddenUntil === undefined) {
      this.visible.remove(key);
    } else {
      this.hidden.remove(timed(times.hiddenUntil, key));
    }
  }

  /** Lets those be received whose time has come; returns their keys. */
  public reveal(now: number): string[] {
    const end = timed(now + 1, '');
    const keys: string[] = [];
    for (let { key } = this.hidden.cursor(''); key !== undefined && key < end; { key } = this.hidden.cursor('')) {
      this.hidden.remove(key);
      keys.push(keyOf(key));
    }
    keys.forEach((key) => {
      this.times.set(key, { enqueueTime: this.times.get(key)!.enqueueTime });
      this.visible.add(key);
    });
    return keys;
  }

  /** Keys of messages that were sent at a time or before. */
  public *sentUntil(time: number): Generator<string> {
    const end = timed(time + 1, '');
    for (const key of this.ages.from('')) {
      if (key >= end) {
        return;
      }
      yield keyOf(key);
    }
  }
}

const TIME_DIGITS = 16;

/** In the order of times. */
function timed(time: number, key: string): string {
  return `${String(Math.max(time, 0)).padStart(TIME_DIGITS, '0')}-${key}`;
}

function keyOf(timedKey: string): string {
  return timedKey.slice(TIME_DIGITS + 1);
}
