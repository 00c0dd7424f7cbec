import type { Change } from './journal';
import type { KeyOf, Reference, ReferencesOf, Shape } from './shape';

/** In a reference: whatever the first part of the key is. */
export const ANY = '\0any';

/** What rows of a table must hold to. */
export interface Kind {
  readonly shape: Shape;
  readonly keyOf: KeyOf<unknown>;
  readonly referencesOf: ReferencesOf<unknown>;
}

/** Rows from outside, which are to be everything that there is. */
export class RowSet {
  private readonly rows = new Map<string, unknown>();
  /** Names of rows without the first part of their keys, those of one table. */
  private readonly withoutFirst = new Map<string, Set<string>>();

  constructor(
    private readonly kinds: ReadonlyMap<string, Kind>,
    private readonly all: readonly Change[],
  ) {}

  /** What is wrong with the first row that is not right; undefined: nothing. */
  public problem(): string | undefined {
    for (const [table, key, value] of this.all) {
      const name = nameOf(table, [key]);
      if (this.rows.has(name)) {
        return `${shown(table, key)}: expected it once`;
      }
      this.rows.set(name, value);
    }
    for (const row of this.all) {
      const problem = this.problemOf(row);
      if (problem !== undefined) {
        return problem;
      }
    }
    return undefined;
  }

  private problemOf([table, key, value]: Change): string | undefined {
    const kind = this.kinds.get(table);
    if (!kind) {
      return `there is no table ${JSON.stringify(table)}`;
    }
    const problem = kind.shape.check(value);
    if (problem !== undefined) {
      return `${shown(table, key)}${problem}`;
    }
    const parts = key.split('\0');
    const expected = kind.keyOf(value, parts, (...name) => this.rows.get(name.join('\0')))?.join('\0');
    if (key !== expected) {
      const instead = expected === undefined ? 'no such row' : `the key ${JSON.stringify(expected)} for its row`;
      return `${table}: expected ${instead}, got ${JSON.stringify(key)}`;
    }
    const missing = kind.referencesOf(value, parts).find((reference) => !this.has(reference));
    return missing && `${shown(table, key)}: expected ${shown(missing.table, missing.key.join('\0'))} with it`;
  }

  private has({ table, key, says }: Reference): boolean {
    if (key[0] === ANY) {
      return this.namesWithoutFirst(table).has(key.slice(1).join('\0'));
    }
    const name = nameOf(table, key);
    return this.rows.has(name) && (says?.(this.rows.get(name)) ?? true);
  }

  private namesWithoutFirst(table: string): Set<string> {
    let names = this.withoutFirst.get(table);
    if (!names) {
      const keys = this.all.filter(([one]) => one === table).map(([, key]) => key);
      names = new Set(keys.map((key) => key.slice(key.indexOf('\0') + 1)));
      this.withoutFirst.set(table, names);
    }
    return names;
  }
}

function nameOf(table: string, key: readonly string[]): string {
  return `${table}\0${key.join('\0')}`;
}

function shown(table: string, key: string): string {
  return `${table} ${JSON.stringify(key.replace(`${ANY}\0`, ''))}`;
}
