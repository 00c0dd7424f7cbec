import type { ResultColumn, Row } from './engine/types';

/** Rows, or nothing to show. */
export type StatementResult = { readonly columns: readonly ResultColumn[]; readonly rows: readonly Row[] } | undefined;

/** What a synchronous answer may hold; DLA documents the number of rows. */
export const ANSWER_LIMITS = { rows: 10_000, length: 16 << 20 };

/** Rows of texts. */
export function texts(names: readonly string[], rows: readonly Row[]): StatementResult {
  return { columns: columnsOf(names), rows };
}

export function columnsOf(names: readonly string[]): ResultColumn[] {
  return names.map((name) => ({ name, type: 'VARCHAR' }));
}
