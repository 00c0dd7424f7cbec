import { SqlError } from '../sql-error';
import type { Expr, GroupItem } from './syntax';
import type { Value } from './value';

/** The keys of each set, in SQL; one set is a plain GROUP BY. */
export type GroupingSets = readonly (readonly string[])[];

/** Presto's limit. */
const MAX_SETS = 2048;

/**
 * What GROUP BY asks for, written out as sets.
 *
 * @throws SqlError for more than Presto takes
 */
export function groupingSets(
  group: readonly GroupItem[],
  compile: (expr: Expr) => string,
  isDistinct: boolean,
): GroupingSets {
  const keysOf = (expr: Expr): string[] => (expr.is === 'row' ? expr.items.map(compile) : [compile(expr)]);
  const setsOf = (item: GroupItem): string[][] => {
    switch (item.kind) {
      case 'simple':
        return [item.items.map(compile)];
      case 'sets':
        return item.sets.map((set) => set.map(compile));
      case 'rollup': {
        const keys = item.items.map(keysOf);
        return [...keys, []].map((_, at) => keys.slice(0, keys.length - at).flat());
      }
      case 'cube': {
        expectFewer(2 ** item.items.length);
        return item.items
          .map(keysOf)
          .reduce<string[][]>((sets, keys) => [...sets.map((set) => [...set, ...keys]), ...sets], [[]]);
      }
    }
  };
  let all: string[][] = [[]];
  for (const item of group) {
    const sets = setsOf(item);
    expectFewer(all.length * sets.length);
    all = all.flatMap((set) => sets.map((more) => [...new Set([...set, ...more])]));
  }
  return isDistinct ? [...new Map(all.map((set) => [[...set].sort().join(), set])).values()] : all;
}

function expectFewer(count: number): void {
  if (count > MAX_SETS) {
    throw new SqlError(
      'ER_NOT_SUPPORTED_YET',
      `GROUP BY has ${count} grouping sets but can contain at most ${MAX_SETS}`,
    );
  }
}

export function groupBy(sets: GroupingSets): string {
  if (sets.length === 1) {
    // One row, also where no aggregate makes it one.
    return sets[0].length === 0 ? ' HAVING count(*) >= 0' : ` GROUP BY ${sets[0].join(', ')}`;
  }
  return ` GROUP BY GROUPING SETS (${sets.map((set) => `(${set.join(', ')})`).join(', ')})`;
}

/** `GROUPING(…)` where one set is grouped by alone; anything else as it is. */
export function groupingOf(sql: string, set: readonly string[]): string {
  const [, columns] = /^CAST\(GROUPING\(([^()]*)\) AS INTEGER\)$/.exec(sql) ?? [];
  if (columns === undefined) {
    return sql;
  }
  const bits = columns.split(', ').map((column) => (set.includes(column) ? '0' : '1'));
  return String(parseInt(bits.join(''), 2));
}

/** The key as GROUP BY of DuckDB takes it: there a number is a position, and a string may be a name. */
export function groupedSql(key: Value): string {
  return isLiteral(key) ? `(${key.sql} || '')` : key.sql;
}

export function isLiteral({ sql }: Value): boolean {
  return /^('|\d|NULL$)/.test(sql);
}
