import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Digest, Digester, digestOf } from './digest';
import { isAt } from './is-at';
import { LocalCloudError } from './local-cloud-error';
import { takeOver } from './take-over';

export interface Blob extends Digest {
  /** Name of the file below the folder; empty for no content. */
  readonly blob: string;
}

/** A content that is being read: there until it is released, whatever is deleted meanwhile. */
export interface HeldBlob {
  readonly path: string;
  release(): void;
}

/** Folders that the contents are spread over. */
const SHARDS = 256;

/**
 * Content of objects, one file each, under names of our own: a key may be any text, a file name may not.
 * A file is complete before anything refers to it, and is never written again.
 */
export class Blobs {
  /** Starts the names of this process: whatever else is not in use was left by an earlier one. */
  private readonly own = `${randomBytes(10).toString('hex')}-`;
  private named = 0;
  private readonly held = new Map<string, { readers: number; isRemoved: boolean }>();
  /** Folders that are there; none is ever removed. */
  private readonly shards = new Set<string>();
  private isClosed = false;

  constructor(public readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  public write(content: Uint8Array): Blob {
    const { blob, file } = this.next();
    takeOver(file, () => fs.writeFileSync(file, content, { mode: 0o600 }));
    const digester = new Digester();
    digester.update(content);
    return { blob, ...digester.digest() };
  }

  /** Takes over a finished file that `scratch` named, e.g. one that was received or computed piece by piece. */
  public adopt(file: string, digest: Digest = digestOf(file)): Blob {
    return { blob: path.relative(this.folder, file), ...digest };
  }

  /**
   * Keeps a content for a reader until it releases it.
   *
   * @throws LocalCloudError when the content is not there, or not whole
   */
  public hold({ blob, size }: Pick<Blob, 'blob' | 'size'>): HeldBlob {
    const file = this.pathOf(blob);
    const loss = lossOf(file, size);
    if (loss !== undefined) {
      throw new LocalCloudError(
        `the state folder has lost a content: blobs/${blob} ${loss}: restore the folder from a copy`,
      );
    }
    const held = this.held.get(blob) ?? { readers: 0, isRemoved: false };
    held.readers += 1;
    this.held.set(blob, held);
    let isReleased = false;
    return {
      path: file,
      release: () => {
        if (isReleased) {
          return;
        }
        isReleased = true;
        held.readers -= 1;
        if (held.readers === 0) {
          this.held.delete(blob);
          if (held.isRemoved) {
            this.remove(blob);
          }
        }
      },
    };
  }

  public pathOf(blob: string): string {
    return path.join(this.folder, blob);
  }

  /** Removes a content that nothing refers to any more, as soon as nobody reads it. */
  public remove(blob: string): void {
    const held = this.held.get(blob);
    if (held) {
      held.isRemoved = true;
      return;
    }
    try {
      fs.rmSync(this.pathOf(blob), { force: true });
    } catch {
      // What refers to it is gone, which is what counts; the next start sweeps.
    }
  }

  /** A path for a file that is still being written; `adopt` or the next start disposes of it. */
  public scratch(): string {
    return this.next().file;
  }

  /** Removes what an earlier process left and no row refers to, while other work goes on. */
  public async sweep(findUsed: () => Promise<ReadonlySet<string>>): Promise<void> {
    let used: ReadonlySet<string> | undefined;
    const fd = fs.openSync(this.folder, 'r');
    try {
      for (const shard of fs.readdirSync(this.folder)) {
        for (const name of await fs.promises.readdir(path.join(this.folder, shard))) {
          if (name.startsWith(this.own)) {
            continue;
          }
          used ??= await findUsed();
          // What stands in the place of a folder that was moved is somebody else's.
          if (this.isClosed || !isAt(this.folder, fd)) {
            return;
          }
          if (!used.has(path.join(shard, name))) {
            fs.rmSync(path.join(this.folder, shard, name), { force: true });
          }
        }
      }
    } finally {
      fs.closeSync(fd);
    }
  }

  public close(): void {
    this.isClosed = true;
  }

  private next(): { blob: string; file: string } {
    this.named += 1;
    const shard = (this.named % SHARDS).toString(16).padStart(2, '0');
    const blob = `${shard}${path.sep}${this.own}${this.named.toString(16)}`;
    const file = this.pathOf(blob);
    if (!this.shards.has(shard)) {
      fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      this.shards.add(shard);
    }
    return { blob, file };
  }
}

/** Whether a folder of contents has any. */
export function hasBlobs(folder: string): boolean {
  const entries = (parent: string): string[] => {
    try {
      return fs.readdirSync(parent);
    } catch {
      return [];
    }
  };
  return entries(folder).some((shard) => entries(path.join(folder, shard)).length > 0);
}

/** What is wrong with a content that should have so many bytes; undefined when it is whole. */
export function lossOf(file: string, size: number): string | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false })?.size;
  return found === size
    ? undefined
    : `${found === undefined ? 'is missing' : `has ${found} bytes`}, expected ${size} bytes`;
}
