import * as fs from 'node:fs';
import { LocalCloudError } from './local-cloud-error';

/** One change: the table, the key, and the new value or null when the entity is gone. */
export type Change = readonly [table: string, key: string, value: unknown];

/** Version of the file's format. Raise it, and translate in `replay`, when a stored shape changes. */
export const FORMAT_VERSION = 1;

const FORMAT = 'alicloud-local';

/**
 * Append-only file, one line per commit: a change costs the same however much is stored, and what was appended
 * survives the process. A last line without its newline was never acknowledged and is dropped.
 */
export class Journal {
  private fd: number;
  private length: number;

  private constructor(private readonly file: string) {
    this.fd = fs.openSync(file, 'a', 0o600);
    this.length = fs.fstatSync(this.fd).size;
  }

  /** Opens the file, made when absent, after handing every stored change to `replay`. */
  public static open(file: string, replay: (changes: readonly Change[]) => void): Journal {
    if (fs.existsSync(file)) {
      readLines(file, replay);
      return new Journal(file);
    }
    const journal = new Journal(file);
    journal.write(headerLine());
    return journal;
  }

  /** Either the whole commit is stored when this returns, or nothing of it. */
  public append(changes: readonly Change[]): void {
    this.write(`${JSON.stringify(changes)}\n`);
  }

  /** Replaces the history by the present state, in one step. */
  public compact(present: Iterable<Change>): void {
    const next = `${this.file}.next`;
    const out = fs.openSync(next, 'w', 0o600);
    try {
      fs.writeSync(out, headerLine());
      for (const change of present) {
        fs.writeSync(out, `${JSON.stringify([change])}\n`);
      }
      fs.fsyncSync(out);
    } finally {
      fs.closeSync(out);
    }
    fs.renameSync(next, this.file);
    fs.closeSync(this.fd);
    this.fd = fs.openSync(this.file, 'a', 0o600);
    this.length = fs.fstatSync(this.fd).size;
  }

  public close(): void {
    fs.closeSync(this.fd);
  }

  private write(line: string): void {
    const bytes = Buffer.from(line);
    let written = 0;
    try {
      while (written < bytes.length) {
        written += fs.writeSync(this.fd, bytes, written);
      }
    } catch (error) {
      // A full disk must not leave half a line for the next commit to run into.
      fs.ftruncateSync(this.fd, this.length);
      throw error;
    }
    this.length += bytes.length;
  }
}

function headerLine(): string {
  return `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION })}\n`;
}

function readLines(file: string, replay: (changes: readonly Change[]) => void): void {
  const bytes = fs.readFileSync(file);
  const end = bytes.lastIndexOf(0x0a) + 1;
  let start = 0;
  for (let number = 1; start < end; number += 1) {
    const stop = bytes.indexOf(0x0a, start);
    const text = bytes.toString('utf8', start, stop);
    start = stop + 1;
    let line: unknown;
    try {
      line = JSON.parse(text);
    } catch {
      throw new LocalCloudError(`${file} line ${number} is damaged: restore the folder from a copy, or remove it`);
    }
    if (number === 1) {
      checkHeader(file, line);
    } else {
      replay(line as Change[]);
    }
  }
  if (end === 0) {
    fs.writeFileSync(file, headerLine());
  } else if (end < bytes.length) {
    fs.truncateSync(file, end);
  }
}

function checkHeader(file: string, header: unknown): void {
  const { format, version } = (header ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT || typeof version !== 'number') {
    throw new LocalCloudError(`${file} is not a state of the local cloud: give another folder with --state`);
  }
  if (version > FORMAT_VERSION) {
    throw new LocalCloudError(
      `${file} has format ${version}, this version reads up to ${FORMAT_VERSION}: ` +
        'use the newer cdktf-alicloud-dla that wrote it, or give another folder with --state',
    );
  }
}
