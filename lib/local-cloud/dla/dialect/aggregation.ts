import type { Column, Relations, Scope } from './scope';
import type { Expr } from './syntax';
import type { Type } from './types';
import { groupBy, groupedSql, groupingOf } from './grouping-sets';
import type { GroupingSets } from './grouping-sets';
import { NULL, coerce, typed } from './value';
import type { Value } from './value';

interface Key {
  /** Equal for expressions that mean the same. */
  readonly meaning: string;
  readonly value: Value;
  readonly column: Column;
}

/** DuckDB keeps some two megabytes for each. */
const MAX_SETS_AT_ONCE = 64;

/**
 * What a SELECT with aggregates computes before everything else: a query within it, whose columns are the keys of
 * GROUP BY and the aggregates.
 */
export class Aggregation {
  private readonly keys: Key[] = [];
  private readonly calls = new Map<string, Column>();

  constructor(
    /** What arguments of aggregates and keys can name. */
    public readonly source: Scope,
    private readonly makeColumn: (label: string, type: Type) => Column,
  ) {}

  public addKey(meaning: string, value: Value): void {
    if (!this.keys.some((key) => key.meaning === meaning)) {
      this.keys.push({ meaning, value, column: this.makeColumn('', value.type) });
    }
  }

  /** The column of the key that the expression is, if it is one. */
  public keyOf(expr: Expr, scope: Scope): Value | undefined {
    if (this.keys.length === 0) {
      return undefined;
    }
    const meaning = meaningOf(expr, scope);
    return this.keys.find((key) => key.meaning === meaning)?.column;
  }

  /** The column of an aggregate. */
  public add(value: Value): Value {
    const column = this.calls.get(value.sql) ?? this.makeColumn('', value.type);
    this.calls.set(value.sql, column);
    return column;
  }

  /**
   * The relations as they are seen behind GROUP BY: columns that are keys, and others that cannot be named.
   *
   * @param takesAny - columns that are no keys have the value of any row, as in MySQL without ONLY_FULL_GROUP_BY
   */
  public grouped(relations: Relations, takesAny: boolean): Relations {
    return relations.map((relation) => ({
      ...relation,
      columns: relation.columns.map((column) => {
        const meaning = meaningOfColumn(column);
        const key = this.keys.find((one) => one.meaning === meaning)?.column;
        const any = takesAny ? this.add(typed(`any_value(${column.sql})`, column.type)) : undefined;
        const { sql } = key ?? any ?? column;
        return { ...column, sql, source: column.sql, isUngrouped: !key && !any };
      }),
    }));
  }

  /** @param read - FROM and WHERE */
  public select(read: string, sets: GroupingSets): string {
    if (sets.length <= MAX_SETS_AT_ONCE) {
      return this.selectOf(read, sets);
    }
    const all = sets.map((set) => this.selectOf(' FROM "$s"', [set]));
    return `WITH "$s" AS MATERIALIZED (SELECT *${read}) ${all.join(' UNION ALL ')}`;
  }

  private selectOf(read: string, sets: GroupingSets): string {
    // Of one set, what the others have is known.
    const absent = sets.length === 1 ? this.keys.filter(({ value }) => !sets[0].includes(groupedSql(value))) : [];
    const columns = [
      ...this.keys.map(
        (key) => `${absent.includes(key) ? coerce(NULL, key.value.type).sql : key.value.sql} AS ${key.column.sql}`,
      ),
      ...[...this.calls].map(
        ([sql, column]) => `${sets.length === 1 ? groupingOf(sql, sets[0]) : sql} AS ${column.sql}`,
      ),
    ];
    return `SELECT ${columns.length === 0 ? 'count(*)' : columns.join(', ')}${read}${groupBy(sets)}`;
  }
}

/** A text that is the same for expressions of the same meaning, whether their columns are qualified or not. */
export function meaningOf(expr: Expr, scope: Scope): string {
  return JSON.stringify(expr, (_, node: unknown) => {
    const { is, names, body, with: ctes } = (node ?? {}) as Partial<Record<string, unknown>>;
    if (body && ctes) {
      // Names within a query are its own.
      return JSON.stringify(node);
    }
    return is === 'column' ? scope.meaningOf(names as readonly string[]) : node;
  });
}

export function meaningOfColumn({ sql, source }: Column): string {
  return JSON.stringify(source ?? sql);
}
