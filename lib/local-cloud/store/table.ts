import { type Change, lengthOf, type StoredChange } from './journal';
import { byCodeUnit, SortedKeys } from './sorted-keys';

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
  private readonly groups = new Map<string, SortedKeys>();
  private readonly indexes: (Index<T> | ListIndex<T>)[] = [];
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
  public *deletions(...parts: string[]): Generator<Change> {
    for (const key of this.keysBelow(parts)) {
      yield [this.name, key, null];
    }
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
    for (const key of this.keysFrom(group, `${group}\0${start}`)) {
      yield this.rows.get(key)!.read();
    }
  }

  /** As `from`, but of rows that share the second part of their keys the first only, e.g. the newest version. */
  public *firsts(group: string, start: string): Generator<T> {
    const cursor = this.groups.get(group)?.cursor(`${group}\0${start}`);
    while (cursor?.key !== undefined) {
      const { key } = cursor;
      yield this.rows.get(key)!.read();
      const after = `${key.slice(0, key.indexOf('\0', group.length + 1))}\x01`;
      cursor.next();
      // Mostly there is one: a search only where there are more.
      if (cursor.key !== undefined && cursor.key < after) {
        cursor.seek(after);
      }
    }
  }

  /** Number of rows of one group. */
  public count(group: string): number {
    return this.groups.get(group)?.size ?? 0;
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

  /** As `index`, where a row has several such names, and several rows one, e.g. messages by the words of their keys. */
  public listIndex(keysOf: (row: T) => readonly string[]): ListIndex<T> {
    const index = new ListIndex(keysOf, () => this.values());
    this.indexes.push(index);
    return index;
  }

  /** The stored rows, for a compaction or an export. May be read while rows change. */
  public *changes(): Generator<StoredChange> {
    for (const [key, row] of this.rows) {
      yield [this.name, key, row.toJson()];
    }
  }

  public apply(key: string, json: string): void {
    const old = this.rows.get(key);
    if (old) {
      this.indexes.forEach((index) => index.remove(() => old.read()));
    }
    this.load(key, json);
    const row = this.rows.get(key);
    if (row) {
      this.indexes.forEach((index) => index.add(() => row.read()));
    }
    if (!old && row) {
      this.group(key).add(key);
    } else if (old && !row) {
      this.ungroup(key);
    }
  }

  /** As `apply`, for many rows at once: `arrange` must follow. */
  public load(key: string, json: string): void {
    this.liveBytes -= this.rows.get(key)?.bytes ?? 0;
    if (json === 'null') {
      this.rows.delete(key);
    } else {
      const row = new Row<T>(json, lengthOf([this.name, key, json]));
      this.rows.set(key, row);
      this.liveBytes += row.bytes;
    }
  }

  /** Brings groups and indexes in line with the rows that were loaded. */
  public arrange(): void {
    this.groups.clear();
    for (const key of this.rows.keys()) {
      this.group(key).load(key);
    }
    this.indexes.forEach((index) => index.clear());
  }

  public clear(): void {
    this.rows.clear();
    this.liveBytes = 0;
  }

  private group(key: string): SortedKeys {
    const name = groupOf(key);
    let group = this.groups.get(name);
    if (!group) {
      group = new SortedKeys();
      this.groups.set(name, group);
    }
    return group;
  }

  private ungroup(key: string): void {
    const group = this.group(key);
    group.remove(key);
    if (group.size === 0) {
      this.groups.delete(groupOf(key));
    }
  }

  private keysFrom(group: string, start: string): Iterable<string> {
    return this.groups.get(group)?.from(start) ?? [];
  }

  private *keysBelow(parts: readonly string[]): Generator<string> {
    if (parts.length === 0) {
      // Groups one after another are in the order of all keys, as nothing sorts before the \0 that ends a group's name.
      for (const name of [...this.groups.keys()].sort(byCodeUnit)) {
        yield* this.keysFrom(name, '');
      }
      return;
    }
    if (parts.length === 1) {
      yield* this.keysFrom(parts[0], '');
      return;
    }
    const prefix = `${parts.join('\0')}\0`;
    for (const key of this.keysFrom(parts[0], prefix)) {
      if (!key.startsWith(prefix)) {
        return;
      }
      yield key;
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

/** Lists of a table's rows by something else than their key; made when it is first asked. */
export class ListIndex<T> {
  private rows: Map<string, Set<T>> | undefined;

  constructor(
    private readonly keysOf: (row: T) => readonly string[],
    private readonly all: () => Iterable<T>,
  ) {}

  /** In the order in which they came to the table. */
  public list(key: string): T[] {
    if (!this.rows) {
      this.rows = new Map();
      for (const row of this.all()) {
        this.add(() => row);
      }
    }
    return [...(this.rows.get(key) ?? [])];
  }

  public add(read: () => T): void {
    if (!this.rows) {
      return;
    }
    const row = read();
    for (const key of this.keysOf(row)) {
      const rows = this.rows.get(key);
      if (rows) {
        rows.add(row);
      } else {
        this.rows.set(key, new Set([row]));
      }
    }
  }

  public remove(read: () => T): void {
    if (!this.rows) {
      return;
    }
    const row = read();
    for (const key of this.keysOf(row)) {
      const rows = this.rows.get(key);
      rows?.delete(row);
      if (rows?.size === 0) {
        this.rows.delete(key);
      }
    }
  }

  public clear(): void {
    this.rows = undefined;
  }
}

/** Keys of one part are one group. */
function groupOf(key: string): string {
  const end = key.indexOf('\0');
  return end < 0 ? '' : key.slice(0, end);
}
