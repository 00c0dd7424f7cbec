import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DlaColumn } from '../account/dla-catalog';
import { hexId } from '../account/ids';
import type { EngineInput } from './engine/engine';
import type { EngineTable } from './engine/types';
import { NUMERIC_COLUMN, type Relation } from './information-schema';
import type { StatementResult } from './statement-result';

// Tables whose rows are made for one query: those of information_schema, and what SHOW lists.

/** A relation as an answer. */
export function shown(relation: Relation): StatementResult {
  return {
    columns: typedColumns(relation).map(({ name, type }) => ({ name, type: type.toUpperCase() })),
    rows: relation.rows.map((row) => row.map((value) => (value === null ? null : String(value)))),
  };
}

/** A relation's columns with their types. */
export function typedColumns({ columns, rows }: Relation): DlaColumn[] {
  return columns.map((name, at) => ({
    name,
    type: NUMERIC_COLUMN.test(name) || rows.some((row) => typeof row[at] === 'number') ? 'bigint' : 'varchar',
  }));
}

/** What a query over such tables reads. */
export function inputOf(currentSchema: string, tables: readonly EngineTable[]): Omit<EngineInput, 'signal'> {
  return { catalog: () => ({ tables, views: [] }), currentSchema };
}

export function tableWithoutRows(schema: string, name: string, columns: readonly DlaColumn[]): EngineTable {
  return { schema, name, columns, partitionColumns: [], format: 'JSON', properties: {}, parts: [] };
}

/** A table whose rows are in a file that the engine can read, until `removeFiles`. */
export function engineTable(
  folder: string,
  schema: string,
  name: string,
  columns: readonly DlaColumn[],
  rows: readonly object[],
): EngineTable {
  const file = path.join(folder, `rows-${hexId(16)}`);
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (text !== '') {
    fs.writeFileSync(file, text, { mode: 0o600 });
  }
  const files = text === '' ? [] : [{ path: file, url: name, size: Buffer.byteLength(text) }];
  return { ...tableWithoutRows(schema, name, columns), parts: [{ values: [], files }] };
}

/**
 * A table with a relation's rows, likewise.
 *
 * Assumption: its texts are compared as MySQL compares those of information_schema, whatever the case of letters.
 */
export function relationTable(folder: string, schema: string, name: string, relation: Relation): EngineTable {
  const { columns, rows } = relation;
  const records = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
  return { ...engineTable(folder, schema, name, typedColumns(relation), records), ignoresCase: true };
}

export function removeFiles(tables: readonly EngineTable[]): void {
  tables.flatMap(({ parts }) => parts[0].files).forEach((file) => fs.rmSync(file.path, { force: true }));
}
