import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Digest, Digester } from './digest';

export interface Blob extends Digest {
  /** Name of the file below the folder. */
  readonly blob: string;
}

/**
 * Content of objects, one file each, under names of our own: a key may be any text, a file name may not.
 * A file is complete before anything refers to it, and is never written again.
 */
export class Blobs {
  constructor(public readonly folder: string) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  public write(content: Uint8Array): Blob {
    const { blob, file } = this.next();
    fs.writeFileSync(file, content, { mode: 0o600 });
    const digester = new Digester();
    digester.update(content);
    return { blob, ...digester.digest() };
  }

  /** Takes over a finished file, e.g. one that was received or computed piece by piece. */
  public adopt(source: string, digest: Digest = digestOf(source)): Blob {
    const { blob, file } = this.next();
    fs.renameSync(source, file);
    return { blob, ...digest };
  }

  public pathOf(blob: string): string {
    return path.join(this.folder, blob);
  }

  public remove(blob: string): void {
    fs.rmSync(this.pathOf(blob), { force: true });
  }

  /** A path for a file that is still being written; `adopt` or the next start disposes of it. */
  public scratch(): string {
    return this.next().file;
  }

  /** Removes what no object refers to: content whose commit never came, or whose removal was cut short. */
  public sweep(used: ReadonlySet<string>): void {
    for (const shard of fs.readdirSync(this.folder)) {
      for (const name of fs.readdirSync(path.join(this.folder, shard))) {
        if (!used.has(path.join(shard, name))) {
          fs.rmSync(path.join(this.folder, shard, name), { force: true });
        }
      }
    }
  }

  private next(): { blob: string; file: string } {
    const name = randomBytes(16).toString('hex');
    const blob = path.join(name.slice(0, 2), name.slice(2));
    const file = this.pathOf(blob);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    return { blob, file };
  }
}

function digestOf(file: string): Digest {
  const digester = new Digester();
  const chunk = Buffer.alloc(1 << 20);
  const fd = fs.openSync(file, 'r');
  try {
    for (let read = fs.readSync(fd, chunk); read > 0; read = fs.readSync(fd, chunk)) {
      digester.update(chunk.subarray(0, read));
    }
  } finally {
    fs.closeSync(fd);
  }
  return digester.digest();
}
