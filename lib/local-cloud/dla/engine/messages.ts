import type { EngineCatalog, ResultColumn, Row, WrittenFile } from './types';

/** What a database is opened with; a worker keeps one for each that it is asked for. */
export interface DatabaseOptions {
  /** Zone of `now()` and of times without one, e.g. `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly threads: number;
}

/** A query with all that it may read: the files' paths lie in the worker's own folder. */
export interface QueryRequest extends EngineCatalog {
  readonly sql: string;
  readonly database: DatabaseOptions;
  /** Equal ids have equal tables, which need not be made again. */
  readonly catalogId: string;
  readonly currentSchema?: string;
}

export type Request =
  /** Answers with DuckDB's own parse tree of the statement. */
  | { readonly kind: 'parse'; readonly sql: string }
  /** Answers with columns and rows, at most so many of them. */
  | ({ readonly kind: 'read'; readonly maxRows: number; readonly maxLength: number } & QueryRequest)
  /** Writes all rows to a file, or to files in a folder; `options` are those of COPY. */
  | ({
      readonly kind: 'write';
      readonly target: string;
      readonly options: string;
      /** The query alone, within `sql`, and the columns that it must have. */
      readonly source: string;
      readonly columnCount?: number;
    } & QueryRequest);

/** What a request ends with; rows come before, in pieces. */
export interface Answers {
  readonly parse: { readonly tree: string };
  readonly read: { readonly columns: readonly ResultColumn[]; readonly tooLong: boolean };
  readonly write: {
    readonly rowCount: number;
    readonly scannedRowCount: number;
    readonly files: readonly WrittenFile[];
  };
}

export type Reply =
  | { readonly kind: 'ready' }
  /** The package of DuckDB cannot be loaded. */
  | { readonly kind: 'missing'; readonly code: string }
  /** The request has come. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'done'; readonly answer: Answers[keyof Answers] }
  | { readonly kind: 'failed'; readonly message: string };

/** Name of the folder, below a worker's own, that its queries may read and write. */
export const FILES_FOLDER = 'files';
