/** How long lines wait for others. Assumption: OSS writes its logs each hour; here they come after some seconds. */
const WAIT_MILLIS = 5_000;

/** Lines of access logs on their way into the buckets that keep them. */
export class OssAccessLog {
  private readonly lines = new Map<string, string[]>();
  private timer: NodeJS.Timeout | undefined;

  /** @param write stores what was collected about one bucket */
  constructor(private readonly write: (bucket: string, lines: readonly string[]) => void) {}

  public add(bucket: string, line: string): void {
    const lines = this.lines.get(bucket) ?? [];
    lines.push(line);
    this.lines.set(bucket, lines);
    this.timer ??= setTimeout(() => this.flush(), WAIT_MILLIS).unref();
  }

  /** Stores at once what is waiting. */
  public flush(): void {
    const waiting = [...this.lines];
    this.clear();
    for (const [bucket, lines] of waiting) {
      try {
        this.write(bucket, lines);
      } catch {
        // A log that cannot be written must not keep anybody from working, nor end the process.
      }
    }
  }

  public clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lines.clear();
  }
}
