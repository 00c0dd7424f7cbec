import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { Blob, HeldBlob } from '../store/blobs';
import { Digester } from '../store/digest';
import { type Change, FORMAT_VERSION, isChange } from '../store/journal';
import { LocalCloudError } from '../store/local-cloud-error';
import type { Account } from './account';
import { accountRenamer } from './account-names';
import { CloudError } from './cloud-error';
import { upgradeVersion1 } from './version-1';

/** What stays when a snapshot is taken or put in place: who the account is, short-lived credentials, and what goes. */
const OWN_TABLES = ['account', 'sts-sessions', 'removals'];
/** A multiple of 3, so that the pieces of one content join as Base64. */
const PIECE_BYTES = 3 << 19;
/** A line of rows ends beyond this: the longest row is far shorter than the longest line that an import takes. */
const LINE_LENGTH = 1 << 20;
const LAST_LINE = '{"end":true}';

/** First line of a snapshot. */
interface Header {
  readonly snapshot: number;
  readonly accountId: string;
}

/** A piece of an object's content. */
interface Piece {
  readonly blob: string;
  readonly content: string;
}

export interface Snapshot {
  /** A header, pieces of contents, rows, and a line that ends it. */
  readonly lines: Iterable<string>;
  /** Lets go of the contents; to be called however the reading ends. */
  release(): void;
}

/**
 * The account's whole content as it is now, whatever happens while it is read.
 *
 * @throws LocalCloudError when a content is not there
 */
export function exportSnapshot({ store, oss, identity, removals }: Account): Snapshot {
  removals.finish();
  const held: (Pick<Blob, 'blob' | 'md5'> & HeldBlob)[] = [];
  const release = (): void => held.forEach((one) => one.release());
  try {
    for (const content of oss.contents()) {
      held.push({ blob: content.blob, md5: content.md5, ...oss.blobs.hold(content) });
    }
  } catch (error) {
    release();
    throw error;
  }
  const rows = [...store.changes()].filter(([table]) => !OWN_TABLES.includes(table));
  function* lines(): Generator<string> {
    yield JSON.stringify({ snapshot: FORMAT_VERSION, accountId: identity.accountId } satisfies Header);
    for (const content of held) {
      yield* pieces(content);
    }
    for (let at = 0; at < rows.length;) {
      const line: string[] = [];
      for (let length = 0; at < rows.length && length < LINE_LENGTH; at += 1) {
        const [table, key, json] = rows[at];
        line.push(`[${JSON.stringify(table)},${JSON.stringify(key)},${json}]`);
        length += line[line.length - 1].length;
      }
      yield `[${line.join(',')}]`;
    }
    yield LAST_LINE;
  }
  return { lines: lines(), release };
}

/** @throws LocalCloudError when it is not what was stored: nobody could import that */
function* pieces({ blob, md5, path }: Pick<Blob, 'blob' | 'md5'> & HeldBlob): Generator<string> {
  const piece = Buffer.alloc(PIECE_BYTES);
  const hash = createHash('md5');
  const fd = fs.openSync(path, 'r');
  try {
    let read = fs.readSync(fd, piece);
    do {
      hash.update(piece.subarray(0, read));
      yield JSON.stringify({ blob, content: piece.toString('base64', 0, read) } satisfies Piece);
      read = fs.readSync(fd, piece);
    } while (read > 0);
  } finally {
    fs.closeSync(fd);
  }
  if (hash.digest('hex').toUpperCase() !== md5) {
    throw new LocalCloudError(
      `the state folder has a content that changed on the disk: blobs/${blob}: restore the folder from a copy, or put the object again`,
    );
  }
}

/**
 * Replaces the account's content by a snapshot's, in one step, after all of it has come and been checked. The account
 * keeps its id and credentials: what is named by the id of the account that it was taken from gets this one's. Of several at the same time each is one step.
 *
 * @throws CloudError InvalidSnapshot; the account is as it was then
 */
export async function importSnapshot(account: Account, lines: AsyncIterable<string>): Promise<void> {
  const incoming = new Incoming(account);
  try {
    for await (const line of lines) {
      incoming.take(line);
    }
    account.replace(incoming.finish());
  } catch (error) {
    incoming.discard();
    throw error;
  }
}

/** Makes the account as it was when it was new; who it is stays. */
export function resetAccount(account: Account): void {
  account.replace([]);
}

interface Content {
  readonly file: string;
  readonly digester: Digester;
}

/** A snapshot that is coming: its contents in files of their own, under names that are not the snapshot's. */
class Incoming {
  private header: Header | undefined;
  private hasEnded = false;
  private readonly rows: Change[] = [];
  private readonly contents = new Map<string, Content>();
  private readonly files: string[] = [];

  constructor(private readonly account: Account) {}

  /** @throws CloudError InvalidSnapshot */
  public take(line: string): void {
    if (this.header === undefined) {
      this.header = headerOf(parse(line));
    } else if (this.hasEnded) {
      throw invalid('it goes on after its last line');
    } else if (line === LAST_LINE) {
      this.hasEnded = true;
    } else if (line.startsWith('[')) {
      this.takeRows(parse(line));
    } else {
      this.takePiece(pieceOf(parse(line)));
    }
  }

  /** The rows, each content taken over. @throws CloudError InvalidSnapshot when one is missing, or not what its row says */
  public finish(): Change[] {
    if (!this.hasEnded) {
      throw invalid('it ends before its last line');
    }
    const { oss } = this.account;
    const upgraded = this.upgraded();
    this.checkRows(upgraded);
    const rows = upgraded.map(([table, key, value]): Change => {
      if (!oss.isContent(table, value)) {
        return [table, key, value];
      }
      const content = this.contents.get(value.blob);
      // Of one row each: what the row is deleted with.
      this.contents.delete(value.blob);
      const digest = content?.digester.digest();
      if (!content || digest?.size !== value.size || digest.md5 !== value.md5) {
        throw invalid(`the content of ${JSON.stringify(key)} in ${table} is not in it, or is another one`);
      }
      const { blob } = oss.blobs.adopt(content.file, digest);
      this.files.push(oss.blobs.pathOf(blob));
      return [table, key, { ...value, blob }];
    });
    const [unused] = this.contents.keys();
    if (unused !== undefined) {
      throw invalid(`no row refers to its content ${JSON.stringify(unused)}`);
    }
    return rows;
  }

  public discard(): void {
    this.files.forEach((file) => fs.rmSync(file, { force: true }));
  }

  private takeRows(value: unknown): void {
    if (!Array.isArray(value) || !value.every(isChange)) {
      throw invalid('a line is not a list of rows');
    }
    for (const row of value) {
      this.rows.push(row);
    }
  }

  private checkRows(rows: readonly Change[]): void {
    const own = rows.find(([table]) => OWN_TABLES.includes(table));
    const problem = own
      ? `${own[0]} ${JSON.stringify(own[1])}: expected no such row`
      : this.account.store.problemOf(rows);
    if (problem !== undefined) {
      throw invalid(problem);
    }
  }

  /** The rows in today's format, as this account's. */
  private upgraded(): readonly Change[] {
    const { store, identity } = this.account;
    return store.renamed(this.inTodaysFormat(), accountRenamer(this.header!.accountId, identity.accountId));
  }

  private inTodaysFormat(): readonly Change[] {
    // Format 3 has other lines, and the rows of format 2.
    if (this.header!.snapshot > 1) {
      return this.rows;
    }
    try {
      return upgradeVersion1(this.rows);
    } catch {
      throw invalid(`its rows have not the form of format ${this.header!.snapshot}`);
    }
  }

  private takePiece({ blob, content }: Piece): void {
    let known = this.contents.get(blob);
    if (!known) {
      const file = this.account.oss.blobs.scratch();
      this.files.push(file);
      known = { file, digester: new Digester() };
      this.contents.set(blob, known);
    }
    const bytes = Buffer.from(content, 'base64');
    known.digester.update(bytes);
    fs.appendFileSync(known.file, bytes, { mode: 0o600 });
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw invalid('a line is not JSON');
  }
}

function headerOf(value: unknown): Header {
  const { snapshot, accountId } = Object(value) as Partial<Header>;
  if (!Number.isInteger(snapshot) || snapshot! < 1 || typeof accountId !== 'string' || !/^\d{16}$/.test(accountId)) {
    throw invalid('its first line is not the header of a snapshot');
  }
  if (snapshot! > FORMAT_VERSION) {
    throw invalid(`it has format ${snapshot}, this version reads up to ${FORMAT_VERSION}`);
  }
  return { snapshot: snapshot!, accountId };
}

function pieceOf(value: unknown): Piece {
  const { blob, content } = Object(value) as Partial<Piece>;
  if (typeof blob !== 'string' || blob === '' || typeof content !== 'string') {
    throw invalid('a line is not a piece of a content');
  }
  return { blob, content };
}

function invalid(reason: string): CloudError {
  return new CloudError('InvalidSnapshot', `the snapshot cannot be read: ${reason}`);
}
