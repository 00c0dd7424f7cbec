const WINDOW_SECONDS = 60;

interface Second {
  readonly second: number;
  count: number;
}

/** How many messages groups consume in a second, over the last minute. */
export class ConsumptionRate {
  private readonly groups = new Map<string, Second[]>();

  public count(group: string, messages: number): void {
    const second = Math.floor(Date.now() / 1000);
    const seconds = this.recent(group);
    const last = seconds.at(-1);
    if (last?.second === second) {
      last.count += messages;
    } else {
      seconds.push({ second, count: messages });
    }
    this.groups.set(group, seconds);
  }

  public perSecond(group: string): number {
    return this.recent(group).reduce((sum, { count }) => sum + count, 0) / WINDOW_SECONDS;
  }

  /** The group is gone. */
  public forget(group: string): void {
    this.groups.delete(group);
  }

  public clear(): void {
    this.groups.clear();
  }

  private recent(group: string): Second[] {
    const from = Math.floor(Date.now() / 1000) - WINDOW_SECONDS;
    return (this.groups.get(group) ?? []).filter(({ second }) => second > from);
  }
}
