import type { DlaColumn } from '../../account/dla-catalog';
import type { SqlErrorCode } from '../sql-error';
import type { DescribeRequest } from './describe';
import type { ValidatedQuery, EngineCatalog, ResultColumn, WrittenFile } from './types';

/** What a database is opened with; a worker keeps one for each that it is asked for. */
export interface DatabaseOptions {
  /** Zone of `now()` and of times without one, e.g. `Asia/Shanghai`. */
  readonly timeZone: string;
  readonly threads: number;
}

export interface QueryRequest {
  readonly sql: string;
  readonly database: DatabaseOptions;
  /** Equal ids have equal tables, which need not be made again. */
  readonly catalogId: string;
  /** All that the query may read: the files' paths lie in the worker's own folder. Absent when it was sent before. */
  readonly catalog?: EngineCatalog;
  readonly currentSchema?: string;
  readonly user?: string;
  /** Asks for the plan instead of the rows. */
  readonly isExplained?: boolean;
}

/** A character that no statement has a meaning for. */
export const QUERY_PLACE = '\u{e001}';

export type Request =
  /** Answers with what the statement reads. */
  | { readonly kind: 'parse'; readonly sql: string }
  /** Answers with the columns that the query would have. */
  | ({ readonly kind: 'describe' } & DescribeRequest)
  /** Answers with columns and rows, at most so many of them. */
  | ({
      readonly kind: 'read';
      readonly maxRows: number;
      readonly maxLength: number;
      /** Little is read, and next to nothing made of it. */
      readonly isSmall: boolean;
    } & QueryRequest)
  /** Writes all rows to a file, or to files in a folder; `options` are those of COPY. */
  | ({
      readonly kind: 'write';
      readonly target: string;
      readonly options: string;
      /** What is written: SQL around the query, which goes to `QUERY_PLACE`. */
      readonly wrapped?: string;
      /** The columns that those of the query are written to. */
      readonly into?: readonly DlaColumn[];
    } & QueryRequest);

/** What a request ends with; most rows come before, in pieces. */
export interface Answers {
  readonly parse: ValidatedQuery;
  readonly describe: readonly ResultColumn[];
  readonly read: {
    readonly columns: readonly ResultColumn[];
    readonly tooLong: boolean;
    /** Characters of the rows. */
    readonly length: number;
    /** The same query over the same tables has the same rows. */
    readonly isRepeatable: boolean;
  };
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
  /** Rows come with it; the last ones with the answer. */
  | { readonly kind: 'rows' }
  | { readonly kind: 'done'; readonly answer: Answers[keyof Answers] }
  | { readonly kind: 'failed'; readonly message: string; readonly code?: SqlErrorCode };

/** The worker's end of the socket for requests and replies. */
export const REQUESTS_FD = 3;

/** Name of the folder, below a worker's own, that its queries may read and write. */
export const FILES_FOLDER = 'files';
