import { SqlError } from './sql-error';

export interface OssLocation {
  readonly bucket: string;
  /** A folder (empty or with `/` last) or the key of one object. */
  readonly prefix: string;
}

/** Reads `oss://bucket/folder/`. */
export function parseOssLocation(text: string): OssLocation {
  const found = /^oss:\/\/([a-z0-9][a-z0-9-]{1,61}[a-z0-9])(?:\/(.*))?$/s.exec(text);
  if (!found) {
    throw new SqlError(
      'ER_PARSE_ERROR',
      `the location: expected oss://BUCKET/FOLDER/ or oss://BUCKET/OBJECT, got ${JSON.stringify(text.slice(0, 200))}`,
    );
  }
  return { bucket: found[1], prefix: found[2] ?? '' };
}
