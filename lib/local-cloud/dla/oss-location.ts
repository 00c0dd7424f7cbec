import { parseOssLocation as parseLocation } from '../../cloud/oss-location';
import { SqlError } from './sql-error';
import { excerpt } from '../account/excerpt';

export interface OssLocation {
  readonly bucket: string;
  /** A folder (empty or with `/` last) or the key of one object. */
  readonly prefix: string;
}

/** Reads `oss://bucket/folder/`. @throws SqlError ER_PARSE_ERROR */
export function parseOssLocation(text: string): OssLocation {
  const found = parseLocation(text);
  if (!found) {
    throw new SqlError(
      'ER_PARSE_ERROR',
      `the location: expected oss://BUCKET/FOLDER/ or oss://BUCKET/OBJECT, got ${excerpt(text)}`,
    );
  }
  return { bucket: found.bucket, prefix: found.key };
}
