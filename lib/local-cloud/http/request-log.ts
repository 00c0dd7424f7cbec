/** One request that was answered, as `/_local/requests` and the console show it. */
export interface LoggedRequest {
  readonly time: string;
  readonly requestId: string;
  /** `ram.CreateRole`, `oss.PutObject` …; the method and path where no action was recognised. */
  readonly action: string;
  /** What it was about, e.g. the bucket and key. */
  readonly resource: string;
  readonly status: number;
  readonly code: string;
  /** Why it was refused. @default - told to the caller only */
  readonly message?: string;
  readonly milliseconds: number;
}

const KEPT = 1000;

/** The last requests, newest last. */
export class RequestLog {
  private readonly entries: LoggedRequest[] = [];

  public add(entry: LoggedRequest): void {
    this.entries.push(entry);
    if (this.entries.length > 2 * KEPT) {
      this.entries.splice(0, this.entries.length - KEPT);
    }
  }

  public list(): readonly LoggedRequest[] {
    return this.entries.slice(-KEPT);
  }

  public clear(): void {
    this.entries.length = 0;
  }
}
