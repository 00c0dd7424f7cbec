/** Keys of one piece: a change moves no more than these, however many there are. */
const PIECE_KEYS = 512;

/** Keys in the order of their code units. May be read while they change. */
export class SortedKeys {
  /** None is empty, and all of one come before those of the next. */
  private pieces: string[][] = [];
  /** What was loaded since the last use, in any order. */
  private loaded: string[] = [];
  private count = 0;
  private changes = 0;

  public get size(): number {
    return this.count + this.loaded.length;
  }

  /** As `add`, for many at once: they are sorted at the first use. */
  public load(key: string): void {
    this.loaded.push(key);
  }

  /** Adds a key that is not among them. */
  public add(key: string): void {
    this.arrange();
    this.count += 1;
    this.changes += 1;
    const { pieces } = this;
    const last = pieces.length - 1;
    if (last < 0 || (key > lastOf(pieces[last]) && pieces[last].length >= PIECE_KEYS)) {
      pieces.push([key]);
      return;
    }
    const at = Math.min(this.pieceOf(key), last);
    const piece = pieces[at];
    piece.splice(
      lowerBound(piece.length, (index) => piece[index] < key),
      0,
      key,
    );
    if (piece.length > PIECE_KEYS) {
      pieces.splice(at + 1, 0, piece.splice(PIECE_KEYS / 2));
    }
  }

  public remove(key: string): void {
    this.arrange();
    const at = this.pieceOf(key);
    const piece = this.pieces[at] as string[] | undefined;
    const index = piece ? lowerBound(piece.length, (one) => piece[one] < key) : 0;
    if (piece?.[index] !== key) {
      return;
    }
    this.count -= 1;
    this.changes += 1;
    piece.splice(index, 1);
    if (piece.length === 0) {
      this.pieces.splice(at, 1);
    }
  }

  /** Stands at the first key that does not come before `start`. */
  public cursor(start: string): KeyCursor {
    this.arrange();
    let [at, index, changes] = [0, 0, 0];
    let key: string | undefined;
    const seek = (to: string): void => {
      ({ changes } = this);
      at = this.pieceOf(to);
      const piece = this.pieces[at] as string[] | undefined;
      index = piece ? lowerBound(piece.length, (one) => piece[one] < to) : 0;
      key = piece?.[index];
    };
    const next = (): void => {
      if (changes !== this.changes) {
        // Nothing comes between a text and the same with \0 after it.
        seek(`${key}\0`);
        return;
      }
      index += 1;
      if (index === this.pieces[at].length) {
        at += 1;
        index = 0;
      }
      key = (this.pieces[at] as string[] | undefined)?.[index];
    };
    seek(start);
    return {
      get key() {
        return key;
      },
      next,
      seek,
    };
  }

  /** Keys that do not come before `start`, in order. */
  public *from(start: string): Generator<string> {
    const cursor = this.cursor(start);
    for (let { key } = cursor; key !== undefined; { key } = cursor) {
      yield key;
      cursor.next();
    }
  }

  private pieceOf(key: string): number {
    return lowerBound(this.pieces.length, (index) => lastOf(this.pieces[index]) < key);
  }

  private arrange(): void {
    if (this.loaded.length === 0) {
      return;
    }
    const keys = [...this.pieces, this.loaded].flat().sort(byCodeUnit);
    this.loaded = [];
    this.pieces = [];
    for (let at = 0; at < keys.length; at += PIECE_KEYS) {
      this.pieces.push(keys.slice(at, at + PIECE_KEYS));
    }
    this.count = keys.length;
    this.changes += 1;
  }
}

/** A place among sorted keys. */
export interface KeyCursor {
  /** The key that it stands at; undefined after the last one. */
  readonly key: string | undefined;
  next(): void;
  /** Goes to the first key that does not come before another. */
  seek(to: string): void;
}

export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function lastOf(piece: readonly string[]): string {
  return piece[piece.length - 1];
}

/** The first index that is not before what is looked for. */
export function lowerBound(length: number, isBefore: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(middle)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
