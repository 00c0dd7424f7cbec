import * as path from 'node:path';
import { hasBlobs } from './blobs';
import { type Change, FORMAT_VERSION, Journal, type StoredChange } from './journal';
import { LocalCloudError } from './local-cloud-error';
import { type Kind, RowSet } from './row-set';
import type { KeyOf, ReferencesOf, Shape } from './shape';
import { Table } from './table';

/** Says what the rows of format 1 are in this one; they are read once. */
export type Upgrade = (rows: readonly Change[]) => readonly Change[];

/** History that is not worth removing. */
const SLACK_BYTES = 1 << 20;

/**
 * All rows of the account, in memory, behind one journal in the state folder.
 *
 * How to use it:
 * - **What can grow is rows, not a list in a row** (each version, message, receipt handle, part): a change writes its
 *   rows whole, so a row must stay small however much is stored.
 * - Changes that belong together go into one `commit`: all or none of them is there after a kill.
 * - What was checked before an `await` does not hold after it. The method of the model that commits checks again, in
 *   the same turn: it has no `await`, so nothing comes between.
 * - A file that a row refers to is complete before the commit, and removed after the commit that drops the row
 *   (`Blobs`).
 */
export class Store {
  private readonly tables = new Map<string, Table<unknown>>();
  private readonly kinds = new Map<string, Kind>();
  private readonly journal: Journal;
  /** Size from which a compaction that failed is tried again. */
  private retryBytes = 0;

  /**
   * The folder must be locked.
   *
   * @throws LocalCloudError when the folder cannot be written, is damaged, or has a newer format
   */
  constructor(
    public readonly folder: string,
    upgrade: Upgrade = (rows) => rows,
  ) {
    const { journal, version } = Journal.open(path.join(folder, 'journal.jsonl'), (changes) => this.load(changes));
    this.journal = journal;
    try {
      this.checkContents();
      if (version < FORMAT_VERSION) {
        const rows = [...this.rows()];
        this.replace(version === 1 ? upgrade(rows) : rows);
      } else {
        this.tables.forEach((table) => table.arrange());
      }
    } catch (error) {
      journal.close();
      throw error;
    }
    this.compactIfLong();
  }

  /**
   * @param shape what its rows look like, `keyOf` where each stands, and `referencesOf` what there must be beside it:
   * what an import must hold to
   */
  public table<T>(name: string, shape: Shape<T>, keyOf: KeyOf<T>, referencesOf: ReferencesOf<T> = () => []): Table<T> {
    this.kinds.set(name, {
      shape: shape as Shape,
      keyOf: keyOf as KeyOf<unknown>,
      referencesOf: referencesOf as ReferencesOf<unknown>,
    });
    return this.tableOf(name) as Table<T>;
  }

  /** What is wrong with rows from outside that are to be everything there is; undefined: nothing. */
  public problemOf(rows: readonly Change[]): string | undefined {
    return new RowSet(this.kinds, rows).problem();
  }

  /** Rows of another account, with other texts where they name it, and each under the key that it has then. */
  public renamed(rows: readonly Change[], name: (text: string) => string): Change[] {
    const values = rows.map(([table, , value]) => {
      const rename = this.kinds.get(table)?.shape.rename;
      return rename ? rename(value, name) : value;
    });
    const before = new Map(rows.map(([table, key, value]) => [`${table}\0${key}`, value]));
    const after = new Map(rows.map(([table, key], index) => [`${table}\0${key}`, values[index]]));
    return rows.map(([table, key, value], index) => {
      const kind = this.kinds.get(table);
      const keyOf = (row: unknown, parts: readonly string[], found: ReadonlyMap<string, unknown>) =>
        kind?.shape.check(row) === undefined
          ? kind?.keyOf(row, parts, (...wanted) => found.get(wanted.join('\0')))?.join('\0')
          : undefined;
      const [first, ...rest] = key.split('\0');
      // A key that is not its row's stays, and is told by `problemOf`.
      const isRight = keyOf(value, [first, ...rest], before) === key;
      return [table, (isRight && keyOf(values[index], [name(first), ...rest], after)) || key, values[index]];
    });
  }

  /** Stores all the changes, or none; they are visible, and survive the process, when this returns. */
  public commit(changes: readonly Change[]): void {
    if (changes.length === 0) {
      return;
    }
    const stored = changes.map(asStored);
    this.journal.append(stored);
    for (const [table, key, json] of stored) {
      this.tableOf(table).apply(key, json);
    }
    this.compactIfLong();
  }

  /** Replaces every row, in one step. */
  public replace(rows: readonly Change[]): void {
    const stored = rows.map(asStored);
    this.journal.rewrite(stored);
    this.tables.forEach((table) => table.clear());
    this.load(stored);
    this.tables.forEach((table) => table.arrange());
  }

  /** Every row there is. May be read while rows change. */
  public *rows(): Generator<Change> {
    for (const [table, key, json] of this.changes()) {
      yield [table, key, JSON.parse(json) as unknown];
    }
  }

  /** As `rows`, with their values as JSON. */
  public *changes(): Generator<StoredChange> {
    for (const table of this.tables.values()) {
      yield* table.changes();
    }
  }

  public close(): void {
    this.journal.close();
  }

  private tableOf(name: string): Table<unknown> {
    let table = this.tables.get(name);
    if (!table) {
      table = new Table<unknown>(name, this);
      this.tables.set(name, table);
    }
    return table;
  }

  private load(changes: readonly StoredChange[]): void {
    for (const [table, key, json] of changes) {
      this.tableOf(table).load(key, json);
    }
  }

  /** Contents without a journal are somebody's data: not to be taken for a new account, and swept. */
  private checkContents(): void {
    if (this.changes().next().done && hasBlobs(path.join(this.folder, 'blobs'))) {
      throw new LocalCloudError(
        `state folder ${this.folder} has contents in blobs/, but journal.jsonl is missing or empty: restore it from a ` +
          'copy, or remove the folder to start with a new account',
      );
    }
  }

  private compactIfLong(): void {
    const { journal } = this;
    let live = 0;
    for (const table of this.tables.values()) {
      live += table.bytes;
    }
    if (journal.isCompacting || journal.bytes < this.retryBytes || journal.bytes <= 2 * live + SLACK_BYTES) {
      return;
    }
    journal.compact(this.changes(), (error) => {
      // A full disk, for one: the history stays as long as it is, and nothing is lost.
      this.retryBytes = error ? journal.bytes + SLACK_BYTES : 0;
      this.compactIfLong();
    });
  }
}

/** Through JSON, so that what is in memory is what a restart would read, and no caller keeps a hold on it. */
function asStored([table, key, value]: Change): StoredChange {
  return [table, key, JSON.stringify(value)];
}
