import { setImmediate } from 'node:timers/promises';
import type { Change } from '../store/journal';
import { list, object, oneOf, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** What may have so much below it that it is not removed at once. */
const KINDS = ['topic', 'group', 'queue'] as const;
type Kind = (typeof KINDS)[number];

/** Something that is gone, of which rows are left. */
interface Removal {
  readonly kind: Kind;
  readonly name: readonly string[];
}

/** Changes that remove what is left of something; those of one list belong together. May be left off at any list. */
export type Rest = (...name: string[]) => Iterable<readonly Change[]>;

const REMOVAL: Shape<Removal> = object<Removal>({ kind: oneOf(...KINDS), name: list(text) });

/** Changes of one commit: some milliseconds, after which others have their turn. */
const PIECE_CHANGES = 1000;

/**
 * Removes what has much below it: the row by which it is known goes at once, and what is below in pieces, between other
 * work. In one turn, in which others wait, goes what is left when another of the same name is made, a snapshot is
 * exported, or a process starts after one that was killed.
 */
export class Removals {
  private readonly removals: Table<Removal>;
  private readonly rests = new Map<Kind, Rest>();
  private isClosed = false;

  constructor(private readonly store: Store) {
    this.removals = store.table('removals', REMOVAL, ({ kind, name }) => [kind, ...name]);
  }

  /** Says what is left of one kind, which the rows tell by a name. To be called for each, before anything else. */
  public add(kind: Kind, rest: Rest): void {
    this.rests.set(kind, rest);
  }

  /**
   * When this returns it is gone for everybody; when the promise is fulfilled, all that was below it, too.
   *
   * @param own changes that make it gone
   */
  public async run(kind: Kind, name: readonly string[], own: readonly Change[]): Promise<void> {
    const removal: Removal = { kind, name };
    for (let isDone = this.step(removal, own); !isDone; isDone = this.step(removal)) {
      await setImmediate();
      // The next start goes on, somebody has done it, or other content has taken the place of all.
      if (this.isClosed || this.removals.get(kind, ...name) === undefined) {
        return;
      }
    }
  }

  /** Removes what is left of something, or of all that is gone, in one turn: others wait for it. */
  public finish(kind?: Kind, ...name: string[]): void {
    const removals = kind === undefined ? this.removals.list() : [this.removals.get(kind, ...name)];
    for (const removal of removals) {
      while (removal && !this.step(removal)) {
        // Until all is gone.
      }
    }
  }

  public close(): void {
    this.isClosed = true;
  }

  /** Removes a piece. Returns true when it was the last one. */
  private step(removal: Removal, own: readonly Change[] = []): boolean {
    const { kind, name } = removal;
    const changes = [...own];
    let isDone = true;
    for (const piece of this.rests.get(kind)!(...name)) {
      if (changes.length >= PIECE_CHANGES) {
        isDone = false;
        break;
      }
      changes.push(...piece);
    }
    const isKnown = this.removals.get(kind, ...name) !== undefined;
    if (isKnown === isDone) {
      changes.push(this.removals.change(isDone ? null : removal, kind, ...name));
    }
    this.store.commit(changes);
    return isDone;
  }
}
