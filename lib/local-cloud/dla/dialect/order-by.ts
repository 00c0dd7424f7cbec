import { SqlError } from '../sql-error';
import type { SortItem } from './syntax';
import { display, isOrderable } from './types';
import type { Value } from './value';

export function sortKey(sql: string, { descending, nullsFirst }: SortItem): string {
  return `${sql} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`;
}

/** @throws SqlError for a value of a type that has no order */
export function expectOrderable({ type }: Value): void {
  if (!isOrderable(type)) {
    throw new SqlError(
      'ER_WRONG_ARGUMENTS',
      `type ${display(type)} is not orderable, and therefore cannot be used in ORDER BY`,
    );
  }
}
