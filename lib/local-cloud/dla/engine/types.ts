import type { DlaColumn } from '../../account/dla-catalog';
import type { TableName } from '../statement';

/** A file that belongs to a table, and the name by which the user knows it. */
export interface EngineFile {
  readonly path: string;
  readonly url: string;
  readonly size: number;
}

export interface EngineTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  readonly format: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly files: readonly EngineFile[];
}

/** A SELECT that has been found to read named tables only. */
export interface AdmittedQuery {
  readonly sql: string;
  readonly tables: readonly TableName[];
  /** It does so little that it need not wait for others. */
  readonly light: boolean;
}

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's type, e.g. `DECIMAL(10,2)`. */
  readonly type: string;
}

export type Row = readonly (string | null)[];

export interface EngineResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly Row[];
}
