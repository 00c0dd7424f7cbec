import type { EngineResult } from './types';

/** Results that are kept, and the characters that one may have. */
const KEPT = { count: 100, length: 32 << 10 };

/**
 * Results of small queries that would be the same again: the same text over the same objects, which never change. Pools
 * and dashboards send the same ones all the time.
 */
export class ResultCache {
  private readonly results = new Map<string, EngineResult>();

  public find(key: string): EngineResult | undefined {
    const found = this.results.get(key);
    if (found) {
      // The one that nobody has asked for longest goes first.
      this.results.delete(key);
      this.results.set(key, found);
    }
    return found;
  }

  /** @param length - characters of the rows */
  public add(key: string, result: EngineResult, length: number): void {
    if (key.length + length <= KEPT.length) {
      this.results.set(key, result);
      for (const oldest of [...this.results.keys()].slice(0, Math.max(0, this.results.size - KEPT.count))) {
        this.results.delete(oldest);
      }
    }
  }
}
