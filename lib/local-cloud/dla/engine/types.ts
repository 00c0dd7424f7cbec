import type { DlaColumn } from '../../account/dla-catalog';
import type { Digest } from '../../store/digest';
import type { CatalogEntry } from '../dialect/compile';
import { payloadsOf } from '../packets';
import { PayloadReader } from '../payload-reader';
import { SqlError } from '../sql-error';
import type { TableName } from '../statement';
import type { TableFormat } from '../table-format';
import { sameName } from '../tokens';

/** A file that belongs to a table, and the name by which the user knows it. */
export interface EngineFile {
  readonly path: string;
  readonly url: string;
  readonly size: number;
}

/** Files of a table whose rows have the same values of the partition columns; null is NULL. */
export interface EnginePart {
  readonly values: readonly (string | null)[];
  readonly files: readonly EngineFile[];
}

export interface EngineTable extends TableFormat {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly DlaColumn[];
  readonly partitionColumns: readonly DlaColumn[];
  /** Texts are compared whatever the case of their letters. */
  readonly ignoresCase?: boolean;
  /** One, without values, for a table that has no partitions. */
  readonly parts: readonly EnginePart[];
}

/** A stored query; the tables and views that it reads come before it. */
export interface EngineView {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly sql: string;
  readonly currentSchema?: string;
}

/** Tables and views that a query can name. */
export interface EngineCatalog {
  readonly tables: readonly EngineTable[];
  readonly views: readonly EngineView[];
}

/** A SELECT that has been found to read named tables only. */
export interface ValidatedQuery {
  readonly sql: string;
  readonly tables: readonly TableName[];
  /** It says itself how many rows it answers with at most. */
  readonly isLimited: boolean;
  /** It does so little that it need not wait for others. */
  readonly light: boolean;
  /** Asks for the plan instead of the rows. */
  readonly isExplained?: boolean;
}

/** A file that a query has written. */
export interface WrittenFile {
  readonly path: string;
  /** Path below the folder of all of them; empty for a single file. */
  readonly name: string;
  readonly digest: Digest;
}

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's type, e.g. `DECIMAL(10,2)`. */
  readonly type: string;
}

export type Row = readonly (string | null)[];

export interface EngineResult {
  readonly columns: readonly ResultColumn[];
  /** Read from the packets each time that they are asked for. */
  readonly rows: readonly Row[];
  /** The rows as packets of texts, as most clients get them. */
  readonly packets: Buffer;
}

export function engineResult(columns: readonly ResultColumn[], packets: Buffer): EngineResult {
  return {
    columns,
    packets,
    get rows() {
      const readers = payloadsOf(packets).map((payload) => new PayloadReader(payload));
      return readers.map((reader) => columns.map(() => reader.value()));
    },
  };
}

export const NOTHING: EngineCatalog = { tables: [], views: [] };

export function filesOf({ tables }: EngineCatalog): EngineFile[] {
  return tables.flatMap(({ parts }) => parts.flatMap(({ files }) => files));
}

/** @throws SqlError ER_NO_SUCH_TABLE */
export function findEntry({ tables, views }: EngineCatalog, { schema, name }: TableName): CatalogEntry {
  const isMeant = (entry: { schema: string; name: string }): boolean =>
    sameName(entry.name, name) && sameName(entry.schema, schema ?? entry.schema);
  const view = views.find(isMeant);
  if (view) {
    return { ...view, view: view.sql };
  }
  const table = tables.find(isMeant);
  if (!table) {
    throw new SqlError(
      'ER_NO_SUCH_TABLE',
      `the table ${schema === undefined ? '' : `${schema}.`}${name} does not exist`,
    );
  }
  return { ...table, columns: [...table.columns, ...table.partitionColumns] };
}
