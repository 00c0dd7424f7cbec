/** What answers a request; the code is 0 when none is given. */
export interface Answer {
  readonly code?: number;
  readonly remark?: string;
  readonly fields?: Readonly<Record<string, string | number>>;
  readonly body?: Buffer;
}
