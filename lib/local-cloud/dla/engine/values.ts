import type { DuckDBValue } from '@duckdb/node-api';

/** Assumption: values have MySQL's text form; arrays, maps and structs the engine's. */
export function cellText(value: DuckDBValue): string | null {
  if (value === null) {
    return null;
  }
  return typeof value === 'boolean' ? String(Number(value)) : String(value);
}
