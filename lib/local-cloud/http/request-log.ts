/** One request that was answered, as `/_local/requests` and the console show it. */
export interface LoggedRequest {
  /** When it was answered, ISO 8601. */
  readonly time: string;
  /** Id that the answer told. */
  readonly requestId: string;
  /** `ram.CreateRole`, `oss.PutObject` …; the method and path where no action was recognised. */
  readonly action: string;
  /** What it was about, e.g. the bucket and key. */
  readonly resource: string;
  /** HTTP status of the answer. */
  readonly status: number;
  /** Code of the error; empty where it was served. */
  readonly code: string;
  /** Why it was refused. @default - told to the caller only */
  readonly message?: string;
  /** From the request to the answer. */
  readonly milliseconds: number;
}

const KEPT = 1000;
/** Of a text, in characters: the length of the longest key. Callers who are not known may send longer ones. */
const MAX_LENGTH = 1024;

/** A request with its place in the order of all. */
export interface NumberedRequest extends LoggedRequest {
  /** 1 for the first since the start. */
  readonly number: number;
}

/** What came after a request, as far as it is still kept. */
export interface LaterRequests {
  /** Newest last. */
  readonly requests: readonly NumberedRequest[];
  /** Number of the last one that there was; 0 for none. */
  readonly last: number;
}

/** The last requests, newest last. */
export class RequestLog {
  private readonly entries: NumberedRequest[] = [];
  private count = 0;

  /** Keeps one more, with the next number. */
  public add(entry: LoggedRequest): void {
    this.count += 1;
    const short = Object.entries(entry).map(([name, value]: [string, unknown]) => [name, cut(value)]);
    this.entries.push({ ...(Object.fromEntries(short) as LoggedRequest), number: this.count });
    if (this.entries.length > 2 * KEPT) {
      this.entries.splice(0, this.entries.length - KEPT);
    }
  }

  /** Those that are kept, newest last. */
  public list(): readonly NumberedRequest[] {
    return this.entries.slice(-KEPT);
  }

  /** Those that came after the one with a number, and the number of the last one that there was. */
  public after(number: number): LaterRequests {
    return { requests: this.list().filter((entry) => entry.number > number), last: this.count };
  }

  /** Forgets them; numbers go on. */
  public clear(): void {
    this.entries.length = 0;
  }
}

/** Not as a slice, which would keep the whole text in memory. */
function cut(value: unknown): unknown {
  return typeof value === 'string' && value.length > MAX_LENGTH
    ? Buffer.from(value.slice(0, MAX_LENGTH)).toString()
    : value;
}
