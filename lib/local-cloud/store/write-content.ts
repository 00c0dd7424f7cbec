import * as fs from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, Digester } from './digest';

export interface WriteOptions {
  /** Ends the writing when it is aborted, with its reason. @default - it ends with the content */
  readonly lifetime?: AbortSignal;
  /** What the file holds already, to which the content is appended. @default - the file is new */
  readonly after?: Digest;
}

/**
 * Writes a content to a file piece by piece, and computes its digest on the way.
 *
 * @returns the digest of the whole, with the MD5 of what was written now; the file is gone when this fails
 */
export async function writeContent(
  content: NodeJS.ReadableStream | AsyncIterable<Buffer>,
  file: string,
  { lifetime, after }: WriteOptions = {},
): Promise<Digest> {
  const digester = new Digester(after);
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      digester.update(chunk);
      done(null, chunk);
    },
  });
  try {
    const out = fs.createWriteStream(file, { flags: after ? 'r+' : 'wx', start: after?.size, mode: 0o600 });
    await pipeline(content, measure, out, { signal: lifetime });
    return digester.digest();
  } catch (error) {
    fs.rmSync(file, { force: true });
    lifetime?.throwIfAborted();
    throw error;
  }
}
