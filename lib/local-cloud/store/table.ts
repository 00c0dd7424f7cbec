import type { Change, StoredChange } from './journal';

/** Where a table's changes go. */
export interface Committer {
  commit(changes: readonly Change[]): void;
}

/** A row as JSON until somebody asks for it. */
class Row<T> {
  private value: T | undefined;

  constructor(
    private text: string | undefined,
    /** What it takes in the journal. */
    public readonly bytes: number,
  ) {}

  public read(): T {
    if (this.text !== undefined) {
      this.value = JSON.parse(this.text) as T;
      this.text = undefined;
    }
    return this.value!;
  }

  public toJson(): string {
    return this.text ?? JSON.stringify(this.value);
  }
}

/**
 * Rows of one kind. A key has parts; rows whose keys share the first part are a group, kept in the order of their keys,
 * so that listing what belongs to one parent costs nothing for the others.
 */
export class Table<T> {
  private readonly rows = new Map<string, Row<T>>();
  private readonly groups = new Map<string, Group>();
  private readonly indexes: Index<T>[] = [];
  private liveBytes = 0;

  constructor(
    public readonly name: string,
    private readonly store: Committer,
  ) {}

  public get(...key: string[]): T | undefined {
    return this.rows.get(key.join('\0'))?.read();
  }

  public put(value: T, ...key: string[]): void {
    this.store.commit([this.change(value, ...key)]);
  }

  public delete(...key: string[]): void {
    if (this.rows.has(key.join('\0'))) {
      this.store.commit([this.change(null, ...key)]);
    }
  }

  /** A change to commit together with others; null deletes. */
  public change(value: T | null, ...key: string[]): Change {
    return [this.name, key.join('\0'), value];
  }

  /** Changes that delete every row below the first parts of a key. */
  public deletions(...parts: string[]): Change[] {
    return [...this.keysBelow(parts)].map((key): Change => [this.name, key, null]);
  }

  /** Every row, or those below the first parts of a key, in the order of keys. */
  public list(...parts: string[]): T[] {
    return [...this.below(...parts)];
  }

  /** As `list`, one after another. */
  public *below(...parts: string[]): Generator<T> {
    for (const key of this.keysBelow(parts)) {
      yield this.rows.get(key)!.read();
    }
  }

  /** The first row below the first parts of a key. */
  public first(...parts: string[]): T | undefined {
    for (const row of this.below(...parts)) {
      return row;
    }
    return undefined;
  }

  /** Rows of a group from a key on, in order, without copying the group. */
  public *from(group: string, start: string): Generator<T> {
    const keys = this.keysOf(group);
    for (let at = lowerBound(keys, `${group}\0${start}`); at < keys.length; at += 1) {
      yield this.rows.get(keys[at])!.read();
    }
  }

  /** As `from`, but of rows that share the second part of their keys the first only, e.g. the newest version. */
  public *firsts(group: string, start: string): Generator<T> {
    const keys = this.keysOf(group);
    for (let at = lowerBound(keys, `${group}\0${start}`); at < keys.length;) {
      const key = keys[at];
      yield this.rows.get(key)!.read();
      const after = `${key.slice(0, key.indexOf('\0', group.length + 1))}\x01`;
      at += 1;
      // Mostly there is one: a search only where there are more.
      if (at < keys.length && keys[at] < after) {
        at = lowerBound(keys, after);
      }
    }
  }

  /** Number of rows of one group. */
  public count(group: string): number {
    return this.groups.get(group)?.keys.length ?? 0;
  }

  public get size(): number {
    return this.rows.size;
  }

  /** What the rows take in a journal without history. */
  public get bytes(): number {
    return this.liveBytes;
  }

  /** Every row in no order. May be read while rows change. */
  public *values(): Generator<T> {
    for (const row of this.rows.values()) {
      yield row.read();
    }
  }

  /** Rows by something else than their key, e.g. messages by receipt handle. One row each; undefined: not in it. */
  public index(keyOf: (row: T) => string | undefined): Index<T> {
    const index = new Index(keyOf, () => this.values());
    this.indexes.push(index);
    return index;
  }

  /** The stored rows, for a compaction or an export. May be read while rows change. */
  public *changes(): Generator<StoredChange> {
    for (const [key, row] of this.rows) {
      yield [this.name, key, row.toJson()];
    }
  }

  public apply(key: string, json: string, bytes: number): void {
    const old = this.rows.get(key);
    if (old) {
      this.indexes.forEach((index) => index.remove(() => old.read()));
    }
    this.load(key, json, bytes);
    const row = this.rows.get(key);
    if (row) {
      this.indexes.forEach((index) => index.add(() => row.read()));
    }
    if (!old && row) {
      this.group(key);
    } else if (old && !row) {
      this.ungroup(key);
    }
  }

  /** As `apply`, for many rows at once: `arrange` must follow. */
  public load(key: string, json: string, bytes: number): void {
    this.liveBytes -= this.rows.get(key)?.bytes ?? 0;
    if (json === 'null') {
      this.rows.delete(key);
    } else {
      this.rows.set(key, new Row(json, bytes));
      this.liveBytes += bytes;
    }
  }

  /** Brings groups and indexes in line with the rows that were loaded. */
  public arrange(): void {
    this.groups.clear();
    for (const key of this.rows.keys()) {
      this.group(key, false);
    }
    this.indexes.forEach((index) => index.clear());
  }

  public clear(): void {
    this.rows.clear();
    this.liveBytes = 0;
  }

  private group(key: string, inOrder = true): void {
    const name = groupOf(key);
    const group = this.groups.get(name);
    if (!group) {
      this.groups.set(name, { keys: [key], isSorted: true });
    } else if (key > group.keys[group.keys.length - 1]) {
      group.keys.push(key);
    } else if (inOrder && group.isSorted) {
      group.keys.splice(lowerBound(group.keys, key), 0, key);
    } else {
      group.keys.push(key);
      group.isSorted = false;
    }
  }

  private ungroup(key: string): void {
    const name = groupOf(key);
    const keys = this.keysOf(name);
    keys.splice(lowerBound(keys, key), 1);
    if (keys.length === 0) {
      this.groups.delete(name);
    }
  }

  /** Keys of a group in order: sorted at the first use, not while many rows are loaded. */
  private keysOf(name: string): string[] {
    const group = this.groups.get(name);
    if (!group) {
      return [];
    }
    if (!group.isSorted) {
      group.keys.sort(byCodeUnit);
      group.isSorted = true;
    }
    return group.keys;
  }

  private *keysBelow(parts: readonly string[]): Generator<string> {
    if (parts.length === 0) {
      // Groups one after another are in the order of all keys, as nothing sorts before the \0 that ends a group's name.
      for (const name of [...this.groups.keys()].sort(byCodeUnit)) {
        yield* this.keysOf(name);
      }
      return;
    }
    const keys = this.keysOf(parts[0]);
    if (parts.length === 1) {
      yield* keys;
      return;
    }
    const prefix = `${parts.join('\0')}\0`;
    for (let at = lowerBound(keys, prefix); at < keys.length && keys[at].startsWith(prefix); at += 1) {
      yield keys[at];
    }
  }
}

/** Rows of a table by something else than their key; made when it is first asked. */
export class Index<T> {
  private rows: Map<string, T> | undefined;

  constructor(
    private readonly keyOf: (row: T) => string | undefined,
    private readonly all: () => Iterable<T>,
  ) {}

  public get(key: string): T | undefined {
    if (!this.rows) {
      this.rows = new Map();
      for (const row of this.all()) {
        this.add(() => row);
      }
    }
    return this.rows.get(key);
  }

  public add(read: () => T): void {
    const key = this.rows && this.keyOf(read());
    if (key !== undefined) {
      this.rows!.set(key, read());
    }
  }

  public remove(read: () => T): void {
    const key = this.rows && this.keyOf(read());
    if (key !== undefined && this.rows!.get(key) === read()) {
      this.rows!.delete(key);
    }
  }

  public clear(): void {
    this.rows = undefined;
  }
}

interface Group {
  readonly keys: string[];
  isSorted: boolean;
}

/** Keys of one part are one group. */
function groupOf(key: string): string {
  const end = key.indexOf('\0');
  return end < 0 ? '' : key.slice(0, end);
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
