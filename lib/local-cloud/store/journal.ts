import * as fs from 'node:fs';
import { crc32 } from './crc32';
import { LocalCloudError } from './local-cloud-error';

/** One change: the table, the key, and the new value or null when the row is gone. */
export type Change = readonly [table: string, key: string, value: unknown];

/** The same with the value as JSON. */
export type StoredChange = readonly [table: string, key: string, json: string];

/** Version of the file's format. Raise it, and carry older states over, when a stored shape changes. */
export const FORMAT_VERSION = 2;

const FORMAT = 'alicloud-local';
const HEADER = `${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION })}\n`;
const LINE_FEED = 0x0a;
/** Eight hex digits. */
const CHECKSUM_BYTES = 8;
const PIECE_BYTES = 1 << 20;
/** What one step of a compaction writes, between the requests that go on. */
const STEP_BYTES = 1 << 18;

/** What a journal was when it was opened. */
export interface Opened {
  readonly journal: Journal;
  /** Format that its lines had. */
  readonly version: number;
}

/**
 * Append-only file, one line per commit: a checksum, and for each change the table, the key and the value, parted by
 * tabs, which JSON never holds. So a start takes lines apart without parsing values that nobody may ask for.
 *
 * What was appended survives the process, not the machine: nothing waits for the disk. A last line that is incomplete
 * was never acknowledged and is dropped.
 */
export class Journal {
  private compaction: Compaction | undefined;

  private constructor(
    private readonly file: string,
    private fd: number,
    private size: number,
  ) {}

  /**
   * Opens the file, made when absent, after handing every stored commit to `replay`, with its size in bytes.
   *
   * @throws LocalCloudError when it is damaged, something else, or of a newer format
   */
  public static open(file: string, replay: (changes: readonly StoredChange[], bytes: number) => void): Opened {
    fs.rmSync(nextOf(file), { force: true });
    const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    try {
      const { version, end } = readJournal(file, fd, replay);
      const journal = new Journal(file, fd, end);
      if (end === 0) {
        journal.write(Buffer.from(HEADER));
      }
      fs.ftruncateSync(fd, journal.size);
      return { journal, version };
    } catch (error) {
      fs.closeSync(fd);
      throw error;
    }
  }

  public get bytes(): number {
    return this.size;
  }

  /** Either the whole commit is stored when this returns, or nothing of it. */
  public append(changes: readonly StoredChange[]): void {
    const line = lineOf(changes);
    this.write(line);
    this.compaction?.append(line);
  }

  /** Replaces everything by these rows, in one step. */
  public rewrite(rows: Iterable<StoredChange>): void {
    const next = this.startCompaction(rows);
    try {
      while (!next.step()) {
        // Until all is written.
      }
      fs.fsyncSync(next.fd);
      this.adopt(next);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /**
   * Shortens the history to `rows`, the live ones, in small steps between other work: what is committed meanwhile is
   * appended to both files, so it does not matter whether a row is read before or after a change of it.
   */
  public compact(rows: Iterable<StoredChange>, done: (error?: Error) => void): void {
    let next: Compaction;
    const guarded = (work: () => void) => () => {
      if (this.compaction !== next) {
        return;
      }
      try {
        work();
      } catch (error) {
        this.abandon();
        done(error as Error);
      }
    };
    const step = guarded(() => {
      if (!next.step()) {
        next.immediate = setImmediate(step);
        return;
      }
      fs.fsync(next.fd, (error) =>
        guarded(() => {
          if (error) {
            throw error;
          }
          this.adopt(next);
          done();
        })(),
      );
    });
    try {
      next = this.startCompaction(rows);
      next.immediate = setImmediate(step);
    } catch (error) {
      done(error as Error);
    }
  }

  public get isCompacting(): boolean {
    return this.compaction !== undefined;
  }

  public close(): void {
    this.abandon();
    fs.closeSync(this.fd);
  }

  private startCompaction(rows: Iterable<StoredChange>): Compaction {
    this.abandon();
    this.compaction = new Compaction(nextOf(this.file), rows);
    return this.compaction;
  }

  private adopt(next: Compaction): void {
    fs.renameSync(nextOf(this.file), this.file);
    fs.closeSync(this.fd);
    this.fd = next.fd;
    this.size = next.size;
    this.compaction = undefined;
  }

  private abandon(): void {
    this.compaction?.abandon();
    this.compaction = undefined;
  }

  private write(line: Buffer): void {
    try {
      writeAt(this.fd, line, this.size);
    } catch (error) {
      // A full disk must not leave half a line; where that fails too, the next commit writes over it.
      try {
        fs.ftruncateSync(this.fd, this.size);
      } catch {
        // Told by the error above.
      }
      throw error;
    }
    this.size += line.length;
  }
}

/** The file that takes the journal's place once every live row is in it. */
class Compaction {
  public readonly fd: number;
  public size = 0;
  public immediate: NodeJS.Immediate | undefined;
  private readonly rows: Iterator<StoredChange>;

  constructor(
    private readonly file: string,
    rows: Iterable<StoredChange>,
  ) {
    this.fd = fs.openSync(file, 'w+', 0o600);
    this.rows = rows[Symbol.iterator]();
    this.append(Buffer.from(HEADER));
  }

  /** Writes some rows. Returns true when there are no more. */
  public step(): boolean {
    const lines: Buffer[] = [];
    let bytes = 0;
    let done = false;
    while (!done && bytes < STEP_BYTES) {
      const next = this.rows.next();
      done = next.done === true;
      if (!next.done) {
        const line = lineOf([next.value]);
        lines.push(line);
        bytes += line.length;
      }
    }
    this.append(Buffer.concat(lines, bytes));
    return done;
  }

  public append(bytes: Buffer): void {
    writeAt(this.fd, bytes, this.size);
    this.size += bytes.length;
  }

  public abandon(): void {
    clearImmediate(this.immediate);
    fs.closeSync(this.fd);
    fs.rmSync(this.file, { force: true });
  }
}

function nextOf(file: string): string {
  return `${file}.next`;
}

function writeAt(fd: number, bytes: Buffer, position: number): void {
  for (let written = 0; written < bytes.length;) {
    written += fs.writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

function lineOf(changes: readonly StoredChange[]): Buffer {
  const fields = changes.map(([table, key, json]) => `\t${table}\t${JSON.stringify(key)}\t${json}`);
  const line = Buffer.from(`${'0'.repeat(CHECKSUM_BYTES)}${fields.join('')}\n`);
  line.write(checksumOf(line, line.length - 1), 'latin1');
  return line;
}

/** Of what stands between the checksum's own place and the end. */
function checksumOf(line: Buffer, end: number): string {
  return crc32(line.subarray(CHECKSUM_BYTES, end)).toString(16).padStart(CHECKSUM_BYTES, '0');
}

/** Returns where the last whole line ends, and the format of all of them. */
function readJournal(
  file: string,
  fd: number,
  replay: (changes: readonly StoredChange[], bytes: number) => void,
): { version: number; end: number } {
  let version = FORMAT_VERSION;
  let number = 0;
  let end = 0;
  const rest = readLines(fd, (line) => {
    number += 1;
    end += line.length + 1;
    if (number === 1) {
      version = versionOf(file, line);
      return;
    }
    const changes = version === 1 ? version1Changes(line) : checkedChanges(line);
    if (!changes) {
      throw damaged(file, number);
    }
    replay(changes, line.length + 1);
  });
  if (number === 0 && !HEADER.startsWith(rest.toString())) {
    throw foreign(file);
  }
  // A write that was cut short leaves less than its line. One byte more than a whole line: the line feed was damaged.
  if (number > 0 && version > 1 && rest.length > CHECKSUM_BYTES && checkedChanges(rest.subarray(0, -1))) {
    throw damaged(file, number + 1);
  }
  return { version, end };
}

/** Hands on each line without its line feed, and returns what is after the last one. */
function readLines(fd: number, take: (line: Buffer) => void): Buffer {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let pending: Buffer[] = [];
  let position = 0;
  for (;;) {
    const length = fs.readSync(fd, piece, 0, PIECE_BYTES, position);
    if (length === 0) {
      return Buffer.concat(pending);
    }
    position += length;
    let start = 0;
    for (let end = piece.indexOf(LINE_FEED); end >= 0 && end < length; end = piece.indexOf(LINE_FEED, start)) {
      const line = piece.subarray(start, end);
      take(pending.length === 0 ? line : Buffer.concat([...pending, line]));
      pending = [];
      start = end + 1;
    }
    if (start < length) {
      pending.push(Buffer.from(piece.subarray(start, length)));
    }
  }
}

function checkedChanges(line: Buffer): readonly StoredChange[] | undefined {
  if (line.toString('latin1', 0, CHECKSUM_BYTES) !== checksumOf(line, line.length)) {
    return undefined;
  }
  const fields = line.toString('utf8', CHECKSUM_BYTES).split('\t');
  const changes: StoredChange[] = [];
  for (let at = 1; at < fields.length; at += 3) {
    changes.push([fields[at], JSON.parse(fields[at + 1]) as string, fields[at + 2]]);
  }
  return changes;
}

/** Lines of version 0.1 were JSON, without a checksum. */
function version1Changes(line: Buffer): readonly StoredChange[] | undefined {
  let changes: unknown;
  try {
    changes = JSON.parse(line.toString());
  } catch {
    return undefined;
  }
  return Array.isArray(changes) && changes.every(isChange)
    ? changes.map(([table, key, value]) => [table, key, JSON.stringify(value)])
    : undefined;
}

/** Whether a value from outside has the form of a change. */
export function isChange(value: unknown): value is Change {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    typeof value[0] === 'string' &&
    typeof value[1] === 'string' &&
    value[2] !== undefined
  );
}

function versionOf(file: string, line: Buffer): number {
  let header: unknown;
  try {
    header = JSON.parse(line.toString());
  } catch {
    throw foreign(file);
  }
  const { format, version } = Object(header) as { format?: unknown; version?: unknown };
  if (format !== FORMAT || typeof version !== 'number') {
    throw foreign(file);
  }
  if (version > FORMAT_VERSION) {
    throw new LocalCloudError(
      `${file} has format ${version}, this version reads up to ${FORMAT_VERSION}: ` +
        'use the newer cdktf-alicloud-dla that wrote it, or give another folder with --state',
    );
  }
  return version;
}

function damaged(file: string, line: number): LocalCloudError {
  return new LocalCloudError(
    `${file} line ${line} is damaged: restore the folder from a copy, import a snapshot into another folder, or remove it`,
  );
}

function foreign(file: string): LocalCloudError {
  return new LocalCloudError(`${file} is not a state of the local cloud: give another folder with --state`);
}
