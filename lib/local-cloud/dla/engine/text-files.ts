import * as fs from 'node:fs';
import type { EngineFile } from './types';

/** In place of an empty line; a text that no file holds. */
export const EMPTY_LINE_MARK = '\u{e002}';

const CHUNK_BYTES = 1 << 20;

export function hasText(path: string, text: string): boolean {
  return findIn(path, Buffer.byteLength(text), (piece) => piece.includes(text));
}

export function hasEmptyLine(path: string): boolean {
  return findIn(
    path,
    2,
    (piece, isFirst) =>
      piece.includes('\n\n') || piece.includes('\n\r\n') || (isFirst && /^\r?\n/.test(piece.toString('latin1', 0, 2))),
  );
}

/** Calls back with the pieces of a file, each with the last bytes of the one before. */
function findIn(path: string, overlap: number, isFound: (piece: Buffer, isFirst: boolean) => boolean): boolean {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const fd = fs.openSync(path, 'r');
  try {
    let kept = 0;
    for (let isFirst = true; ; isFirst = false) {
      const read = fs.readSync(fd, chunk, kept, chunk.length - kept, null);
      if (read === 0) {
        return false;
      }
      const piece = chunk.subarray(0, kept + read);
      if (isFound(piece, isFirst)) {
        return true;
      }
      kept = Math.min(overlap, piece.length);
      piece.copy(chunk, 0, piece.length - kept);
    }
  } finally {
    fs.closeSync(fd);
  }
}

/** DuckDB skips empty lines, which are rows to Hive. */
export function withMarks(file: EngineFile): EngineFile {
  return rewritten(file, 'marked', function* (chunks) {
    // A character for each byte: what is not a line feed or a carriage return stays as it is.
    const mark = Buffer.from(EMPTY_LINE_MARK).toString('latin1');
    let isLineStart = true;
    // The carriage return that a line begins with, until it is known what follows.
    let held = '';
    for (const chunk of chunks) {
      const text = held + chunk.toString('latin1');
      const marked = text.replace(/\n\r?(?=\n)/g, `\n${mark}`);
      const wasLineStart: boolean = isLineStart;
      isLineStart = text.endsWith('\n') || text.endsWith('\n\r') || (wasLineStart && text === '\r');
      held = isLineStart && text.endsWith('\r') ? '\r' : '';
      const known = held === '' ? marked : marked.slice(0, -1);
      yield Buffer.from(wasLineStart ? known.replace(/^\r?(?=\n)/, mark) : known, 'latin1');
    }
    if (held !== '') {
      yield Buffer.from(`${mark}\n`, 'latin1');
    }
  });
}

/** DuckDB reads UTF-8. */
export function inUtf8(file: EngineFile, encoding: string): EngineFile {
  return rewritten(file, 'utf8', function* (chunks) {
    const decoder = new TextDecoder(encoding);
    for (const chunk of chunks) {
      yield Buffer.from(decoder.decode(chunk, { stream: true }));
    }
    yield Buffer.from(decoder.decode());
  });
}

/**
 * The file that is made of another one, beside it. The next query finds it there, so it has its name only when it is
 * whole: on a full disk a part of it would be an answer with a part of the rows.
 */
function rewritten(
  file: EngineFile,
  extension: string,
  change: (chunks: Iterable<Buffer>) => Iterable<Buffer>,
): EngineFile {
  const path = `${file.path}.${extension}`;
  if (!fs.existsSync(path)) {
    const part = `${path}.part`;
    try {
      writeAll(part, change(chunksOf(file.path)));
      fs.renameSync(part, path);
    } catch (error) {
      fs.rmSync(part, { force: true });
      throw error;
    }
  }
  return { ...file, path };
}

function* chunksOf(path: string): Iterable<Buffer> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const fd = fs.openSync(path, 'r');
  try {
    for (let read = fs.readSync(fd, chunk); read > 0; read = fs.readSync(fd, chunk)) {
      yield chunk.subarray(0, read);
    }
  } finally {
    fs.closeSync(fd);
  }
}

function writeAll(path: string, chunks: Iterable<Buffer>): void {
  const fd = fs.openSync(path, 'w', 0o600);
  try {
    for (const chunk of chunks) {
      // Unlike writeSync it goes on after a write that took a part of the bytes.
      fs.writeFileSync(fd, chunk);
    }
  } finally {
    fs.closeSync(fd);
  }
}
