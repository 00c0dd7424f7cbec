import { SqlError } from '../sql-error';
import { quoteName } from '../tokens';
import type { Column } from './scope';
import type { Type } from './types';

/** Names for the columns and tables of a compiled query, which are its own, and what the user calls them. */
export class ColumnNames {
  /** The user's names of the compiler's columns. */
  private readonly names = new Map<string, string>();
  private number = 0;

  /** The columns under names of a relation; internal names are new. */
  public renamed(columns: readonly Column[], names: readonly string[] | undefined, what: string): Column[] {
    if (names && names.length !== columns.length) {
      throw new SqlError(
        'ER_WRONG_ARGUMENTS',
        `column alias list has ${names.length} entries but "${what}" has ${columns.length} columns`,
      );
    }
    return columns.map((column, at) => this.column(names?.[at] ?? column.label, column.type));
  }

  public column(label: string, type: Type): Column {
    return { label, name: label.toLowerCase(), sql: quoteName(this.fresh(label)), type };
  }

  public fresh(label: string): string {
    this.number += 1;
    const name = `%${this.number}`;
    this.names.set(name, label);
    return name;
  }

  /** An error's text with the user's names in place of the compiler's. */
  public explain(message: string): string {
    return message.replace(/"?(%\w+)"?/g, (whole, name: string) => this.names.get(name) ?? whole);
  }
}
