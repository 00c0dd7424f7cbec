import * as fs from 'node:fs';
import type { Account } from './account';
import { CloudError } from './cloud-error';
import { type Change, FORMAT_VERSION } from '../store/journal';

/** What stays when a snapshot is taken or put in place: who the account is, and short-lived credentials. */
const OWN_TABLES = ['account', 'sts-sessions'];
const BLOB_NAME = /^[0-9a-f]{2}\/[0-9a-f]{30}$/;
/** A multiple of 3, so that the pieces of one content join as Base64. */
const PIECE_BYTES = 3 << 19;
const ENTITIES_PER_LINE = 500;
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

/** The account's whole content, line by line: a header, pieces of contents, entities, and a line that ends it. */
export function* exportSnapshot(account: Account): Generator<string> {
  yield JSON.stringify({ snapshot: FORMAT_VERSION, accountId: account.identity.accountId } satisfies Header);
  const piece = Buffer.alloc(PIECE_BYTES);
  for (const blob of [...account.oss.usedBlobs()].filter((name) => name !== '')) {
    const fd = fs.openSync(account.oss.blobs.pathOf(blob), 'r');
    try {
      let read = fs.readSync(fd, piece);
      do {
        yield JSON.stringify({ blob, content: piece.toString('base64', 0, read) } satisfies Piece);
        read = fs.readSync(fd, piece);
      } while (read > 0);
    } finally {
      fs.closeSync(fd);
    }
  }
  const entities = [...account.store.changes()].filter(([table]) => !OWN_TABLES.includes(table));
  for (let at = 0; at < entities.length; at += ENTITIES_PER_LINE) {
    yield JSON.stringify(entities.slice(at, at + ENTITIES_PER_LINE));
  }
  yield LAST_LINE;
}

/**
 * Replaces the account's content by a snapshot's, in one step. The account keeps its id and credentials: where the
 * snapshot names the id of the account that it was taken from, it gets this one's.
 *
 * @throws CloudError InvalidSnapshot; the account is as it was then
 */
export async function importSnapshot(account: Account, lines: AsyncIterable<string>): Promise<void> {
  let header: Header | undefined;
  let ended = false;
  const changes: Change[] = [];
  const { blobs } = account.oss;
  const present = account.oss.usedBlobs();
  try {
    for await (const line of lines) {
      if (header === undefined) {
        header = headerOf(parse(line));
      } else if (ended) {
        throw invalid('it goes on after its last line');
      } else if (line === LAST_LINE) {
        ended = true;
      } else if (line.startsWith('[')) {
        changes.push(...changesOf(parse(line.replaceAll(header.accountId, account.identity.accountId))));
      } else {
        const { blob, content } = pieceOf(parse(line));
        // A content never changes under its name: one that is there already is the same.
        if (!present.has(blob)) {
          fs.mkdirSync(blobs.pathOf(blob.slice(0, 2)), { recursive: true, mode: 0o700 });
          fs.appendFileSync(blobs.pathOf(blob), Buffer.from(content, 'base64'), { mode: 0o600 });
        }
      }
    }
    if (!ended) {
      throw invalid('it ends before its last line');
    }
    replaceContent(account, changes);
  } finally {
    blobs.sweep(account.oss.usedBlobs());
  }
}

/** Makes the account as it was when it was new; who it is stays. */
export function resetAccount(account: Account): void {
  replaceContent(account, []);
  account.oss.blobs.sweep(account.oss.usedBlobs());
}

function replaceContent({ store }: Account, changes: readonly Change[]): void {
  const gone = [...store.changes()]
    .filter(([table]) => table !== 'account')
    .map(([table, key]): Change => [table, key, null]);
  store.commit([...gone, ...changes]);
}

function parse(line: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(line, (key, one: unknown) => {
      // The name of a file is the one thing in an entity that could reach out of the account.
      if (key === 'blob' && one !== '' && !(typeof one === 'string' && BLOB_NAME.test(one))) {
        throw new SyntaxError();
      }
      return one;
    });
  } catch {
    throw invalid('a line is not JSON, or names a file that is not a content');
  }
  return value;
}

function headerOf(value: unknown): Header {
  const { snapshot, accountId } = Object(value) as Partial<Header>;
  if (typeof snapshot !== 'number' || !/^\d{16}$/.test(accountId ?? '')) {
    throw invalid('its first line is not the header of a snapshot');
  }
  if (snapshot > FORMAT_VERSION) {
    throw invalid(`it has format ${snapshot}, this version reads up to ${FORMAT_VERSION}`);
  }
  return { snapshot, accountId: accountId! };
}

function pieceOf(value: unknown): Piece {
  const { blob, content } = Object(value) as Partial<Piece>;
  if (!blob || typeof content !== 'string') {
    throw invalid('a line is not a piece of a content');
  }
  return { blob, content };
}

function changesOf(value: unknown): Change[] {
  const valid =
    Array.isArray(value) &&
    value.every(
      (change) =>
        Array.isArray(change) &&
        change.length === 3 &&
        typeof change[0] === 'string' &&
        typeof change[1] === 'string' &&
        typeof change[2] !== 'undefined' &&
        !OWN_TABLES.includes(change[0]),
    );
  if (!valid) {
    throw invalid('a line is not a list of entities');
  }
  return value as Change[];
}

function invalid(reason: string): CloudError {
  return new CloudError('InvalidSnapshot', `the snapshot cannot be read: ${reason}`);
}
