import { BUCKET_NAME } from './names';
import { expectedInstead } from './rule';

/** Where something is in OSS. */
export interface OssLocation {
  readonly bucket: string;
  /** Key of an object, or the beginning of keys; empty for the whole bucket. */
  readonly key: string;
}

/** Reads `oss://bucket/key`, as DLA writes locations; undefined for anything else. */
export function parseOssLocation(text: string): OssLocation | undefined {
  const [, bucket, key = ''] = /^oss:\/\/([^/]+)(?:\/(.*))?$/s.exec(text) ?? [];
  return bucket === undefined || expectedInstead(BUCKET_NAME, bucket) !== undefined ? undefined : { bucket, key };
}
