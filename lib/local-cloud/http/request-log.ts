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

/** A request with its place in the order of all. */
export type NumberedRequest = LoggedRequest & { readonly number: number };

/** The last requests, newest last. */
export class RequestLog {
  private readonly entries: NumberedRequest[] = [];
  private count = 0;

  public add(entry: LoggedRequest): void {
    this.count += 1;
    this.entries.push({ ...entry, number: this.count });
    if (this.entries.length > 2 * KEPT) {
      this.entries.splice(0, this.entries.length - KEPT);
    }
  }

  public list(): readonly NumberedRequest[] {
    return this.entries.slice(-KEPT);
  }

  /** Those that came after the one with a number, and the number of the last one that there was. */
  public after(number: number): { readonly requests: readonly NumberedRequest[]; readonly last: number } {
    return { requests: this.list().filter((entry) => entry.number > number), last: this.count };
  }

  public clear(): void {
    this.entries.length = 0;
  }
}
