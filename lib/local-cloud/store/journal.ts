import * as fs from 'node:fs';
import { crc32 } from './crc32';
import { isAt } from './is-at';
import { LocalCloudError } from './local-cloud-error';

/** One change: the table, the key, and the new value or null when the row is gone. */
export type Change = readonly [table: string, key: string, value: unknown];

/** The same with the value as JSON. */
export type StoredChange = readonly [table: string, key: string, json: string];

/** Version of the file's format. Raise it, and carry older states over, when a stored shape changes. */
export const FORMAT_VERSION = 3;

const FORMAT = 'alicloud-local';
const HEADER = Buffer.from(`${JSON.stringify({ format: FORMAT, version: FORMAT_VERSION })}\n`);
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
 * tabs, which JSON never holds. So a start takes lines apart without parsing values that nobody may ask for. A checksum
 * goes on from that of the line before, so a line that is missing, twice or in another place is found as well.
 *
 * What was appended survives the process, not the machine: nothing waits for the disk. A last line that is incomplete
 * was never acknowledged and is dropped.
 */
export class Journal {
  private compaction: Compaction | undefined;
  private inode: number;

  private constructor(
    private readonly file: string,
    private fd: number,
    private size: number,
    /** Checksum of the last line. */
    private checksum: number,
  ) {
    this.inode = fs.fstatSync(fd).ino;
  }

  /**
   * Opens the file, made when absent, after handing every stored commit to `replay`.
   *
   * @throws LocalCloudError when it is damaged, something else, or of a newer format
   */
  public static open(file: string, replay: (changes: readonly StoredChange[]) => void): Opened {
    fs.rmSync(nextOf(file), { force: true });
    const fd = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    try {
      const { version, end, checksum } = readJournal(file, fd, replay);
      const journal = new Journal(file, fd, end, checksum);
      if (end === 0) {
        journal.write(HEADER);
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
    this.checkPlace();
    const line = lineOf(changes);
    const checksum = seal(line, this.checksum);
    this.write(line);
    this.checksum = checksum;
    try {
      this.compaction?.take(line);
    } catch (error) {
      // The change is stored: it is only the shortening that has failed.
      this.fail(error as Error);
    }
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
        this.fail(error as Error);
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
      next.done = done;
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
    this.checkPlace();
    this.compaction = new Compaction(nextOf(this.file), rows);
    return this.compaction;
  }

  private adopt(next: Compaction): void {
    this.checkPlace();
    fs.renameSync(nextOf(this.file), this.file);
    const former = this.fd;
    this.fd = next.fd;
    this.size = next.size;
    this.checksum = next.checksum;
    this.inode = fs.fstatSync(next.fd).ino;
    this.compaction = undefined;
    fs.closeSync(former);
  }

  /** What is written to a file that nobody finds again is lost, and another folder may be in its place. */
  private checkPlace(): void {
    if (fs.statSync(this.file, { throwIfNoEntry: false })?.ino !== this.inode) {
      throw new LocalCloudError(
        `${this.file} was moved or removed while it is in use: nothing can be changed until the local cloud is started again`,
      );
    }
  }

  private abandon(): void {
    this.compaction?.abandon();
    this.compaction = undefined;
  }

  private fail(error: Error): void {
    const done = this.compaction?.done;
    this.abandon();
    done?.(error);
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
  public checksum = crc32(HEADER);
  public immediate: NodeJS.Immediate | undefined;
  public done: ((error?: Error) => void) | undefined;
  private readonly rows: Iterator<StoredChange>;

  constructor(
    private readonly file: string,
    rows: Iterable<StoredChange>,
  ) {
    this.fd = fs.openSync(file, 'w+', 0o600);
    this.rows = rows[Symbol.iterator]();
    try {
      this.append(HEADER);
    } catch (error) {
      this.abandon();
      throw error;
    }
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
        this.checksum = seal(line, this.checksum);
        lines.push(line);
        bytes += line.length;
      }
    }
    this.append(Buffer.concat(lines, bytes));
    return done;
  }

  /** Writes what was committed meanwhile. */
  public take(line: Buffer): void {
    this.checksum = seal(line, this.checksum);
    this.append(line);
  }

  public abandon(): void {
    clearImmediate(this.immediate);
    const isInPlace = isAt(this.file, this.fd);
    fs.closeSync(this.fd);
    if (isInPlace) {
      fs.rmSync(this.file, { force: true });
    }
  }

  private append(bytes: Buffer): void {
    writeAt(this.fd, bytes, this.size);
    this.size += bytes.length;
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

/** A line that is not sealed yet. */
function lineOf(changes: readonly StoredChange[]): Buffer {
  return Buffer.from(`${'0'.repeat(CHECKSUM_BYTES)}${changes.map(fieldsOf).join('')}\n`);
}

function fieldsOf([table, key, json]: StoredChange): string {
  return `\t${table}\t${JSON.stringify(key)}\t${json}`;
}

/** Bytes of the line of a change that stands alone. */
export function lengthOf(change: StoredChange): number {
  return CHECKSUM_BYTES + Buffer.byteLength(fieldsOf(change)) + 1;
}

/** Puts the checksum into a line that follows one with the checksum `previous`, and returns it. */
function seal(line: Buffer, previous: number): number {
  const checksum = checksumOf(line.subarray(0, -1), previous);
  line.write(hex(checksum), 'latin1');
  return checksum;
}

/** Of what comes after the checksum's own place. */
function checksumOf(line: Buffer, previous: number): number {
  return crc32(line.subarray(CHECKSUM_BYTES), previous);
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(CHECKSUM_BYTES, '0');
}

/** Returns where the last whole line ends and its checksum, and the format of all of them. */
function readJournal(
  file: string,
  fd: number,
  replay: (changes: readonly StoredChange[]) => void,
): { version: number; end: number; checksum: number } {
  let version = FORMAT_VERSION;
  let number = 0;
  let end = 0;
  let checksum = crc32(HEADER);
  const take = (line: Buffer): readonly StoredChange[] | undefined => {
    if (version === 1) {
      return version1Changes(line);
    }
    // Those of format 2 stood each for itself.
    const own = checksumOf(line, version === 2 ? 0 : checksum);
    if (line.toString('latin1', 0, CHECKSUM_BYTES) !== hex(own)) {
      return undefined;
    }
    checksum = own;
    return changesIn(line);
  };
  const rest = readLines(fd, (line) => {
    number += 1;
    end += line.length + 1;
    if (number === 1) {
      version = versionOf(file, line);
      return;
    }
    const changes = take(line);
    if (!changes) {
      throw damaged(file, number);
    }
    replay(changes);
  });
  if (number === 0 && !HEADER.toString().startsWith(rest.toString())) {
    throw foreign(file);
  }
  // A write that was cut short leaves less than its line. One byte more than a whole line: the line feed was damaged.
  if (number > 0 && version > 1 && rest.length > CHECKSUM_BYTES && take(rest.subarray(0, -1))) {
    throw damaged(file, number + 1);
  }
  return { version, end, checksum };
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

function changesIn(line: Buffer): readonly StoredChange[] {
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
  if (format !== FORMAT || typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    throw foreign(file);
  }
  if (version > FORMAT_VERSION) {
    throw new LocalCloudError(
      `${file} has format ${version}, this version reads up to ${FORMAT_VERSION}: ` +
        'use the newer version of this package that wrote it, or give another state folder',
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
  return new LocalCloudError(`${file} is not a state of the local cloud: give another state folder`);
}
