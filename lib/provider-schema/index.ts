import type { TypeSchema } from './table';
import * as tables from './tables';

export * from './tables';

/** Tables of all resources that this package knows. */
export const resourceTables: readonly TypeSchema[] = tablesOf(
  (name) => !name.startsWith('data') && name !== 'provider',
);

/** Tables of all data sources that this package knows: theirs are called `data…`. */
export const dataSourceTables: readonly TypeSchema[] = tablesOf((name) => name.startsWith('data'));

function tablesOf(isOne: (name: string) => boolean): TypeSchema[] {
  return Object.entries<TypeSchema>(tables)
    .filter(([name]) => isOne(name))
    .map(([, table]) => table)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
