import * as fs from 'node:fs';
import * as path from 'node:path';
import { LocalCloudError } from './local-cloud-error';
import { FolderLock } from './folder-lock';
import { Journal, type Change } from './journal';

/** Entities of one kind. Groups (the part of a key before the first `\0`) keep listing one parent's children cheap. */
export class Table<T> {
  private readonly rows = new Map<string, T>();
  private readonly groups = new Map<string, string[]>();
  /** Every key in order, until there is another. */
  private sorted: string[] | undefined;

  constructor(
    public readonly name: string,
    private readonly store: Store,
  ) {}

  public get(...key: string[]): T | undefined {
    return this.rows.get(key.join('\0'));
  }

  public put(value: T, ...key: string[]): void {
    this.store.commit([this.change(value, ...key)]);
  }

  public delete(...key: string[]): void {
    if (this.rows.has(key.join('\0'))) {
      this.store.commit([this.change(null, ...key)]);
    }
  }

  /** A change to commit together with others. */
  public change(value: T | null, ...key: string[]): Change {
    return [this.name, key.join('\0'), value];
  }

  /** Every entity, or those of one group, ordered by key. */
  public list(group?: string): T[] {
    const keys =
      group === undefined ? (this.sorted ??= [...this.rows.keys()].sort(byCodeUnit)) : (this.groups.get(group) ?? []);
    return keys.map((key) => this.rows.get(key)!);
  }

  /** Entities of one group from a key's second part on, ordered, without copying the group. */
  public *from(group: string, start: string): Generator<T> {
    const keys = this.groups.get(group) ?? [];
    for (let at = lowerBound(keys, `${group}\0${start}`); at < keys.length; at += 1) {
      yield this.rows.get(keys[at])!;
    }
  }

  /** Number of entities of one group. */
  public count(group: string): number {
    return this.groups.get(group)?.length ?? 0;
  }

  public get size(): number {
    return this.rows.size;
  }

  /** The stored rows, for a compaction or an export. */
  public *changes(): Generator<Change> {
    for (const [key, value] of this.rows) {
      yield [this.name, key, value];
    }
  }

  public apply(key: string, value: T | null): void {
    const group = key.split('\0', 1)[0];
    const had = this.rows.has(key);
    if (value === null) {
      this.rows.delete(key);
    } else {
      this.rows.set(key, value);
    }
    if (had === (value !== null)) {
      return;
    }
    this.sorted = undefined;
    const keys = this.groups.get(group) ?? [];
    const at = lowerBound(keys, key);
    keys.splice(at, had ? 1 : 0, ...(had ? [] : [key]));
    if (keys.length === 0) {
      this.groups.delete(group);
    } else {
      this.groups.set(group, keys);
    }
  }
}

/** All entities of the account, in memory, behind one journal in the state folder. */
export class Store {
  private readonly tables = new Map<string, Table<unknown>>();
  private readonly lock: FolderLock;
  private readonly journal: Journal;

  /** @throws LocalCloudError when the folder cannot be written, is in use, or has a newer format */
  constructor(public readonly folder: string) {
    try {
      fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
      fs.accessSync(folder, fs.constants.W_OK);
      this.lock = new FolderLock(folder);
    } catch (error) {
      if (error instanceof LocalCloudError) {
        throw error;
      }
      throw new LocalCloudError(
        `state folder ${folder} cannot be written (${(error as NodeJS.ErrnoException).code}): give another with --state`,
      );
    }
    try {
      let lines = 0;
      this.journal = Journal.open(path.join(folder, 'journal.jsonl'), (changes) => {
        lines += 1;
        this.apply(changes);
      });
      const live = [...this.tables.values()].reduce((sum, table) => sum + table.size, 0);
      if (lines > 2 * live + 1000) {
        this.journal.compact(this.changes());
      }
    } catch (error) {
      this.lock.release();
      throw error;
    }
  }

  public table<T>(name: string): Table<T> {
    let table = this.tables.get(name);
    if (!table) {
      table = new Table<unknown>(name, this);
      this.tables.set(name, table);
    }
    return table as Table<T>;
  }

  /** Stores all the changes, or none; they are durable and visible when this returns. */
  public commit(changes: readonly Change[]): void {
    this.journal.append(changes);
    // Through JSON, so that what is in memory is what a restart would read, and no caller keeps a hold on it.
    this.apply(JSON.parse(JSON.stringify(changes)) as Change[]);
  }

  public *changes(): Generator<Change> {
    for (const table of this.tables.values()) {
      yield* table.changes();
    }
  }

  public close(): void {
    this.journal.close();
    this.lock.release();
  }

  private apply(changes: readonly Change[]): void {
    for (const [table, key, value] of changes) {
      this.table(table).apply(key, value);
    }
  }
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle] < key) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
