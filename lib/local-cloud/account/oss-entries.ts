import type { Oss } from './oss';
import type { ObjectVersion } from './oss-types';

/** After every other character, so that it ends a common prefix. */
const LAST_CHARACTER = '\uffff';

export interface Entries {
  /** The newest version of each key. */
  readonly keys: ObjectVersion[];
  readonly prefixes: string[];
  readonly truncated: boolean;
  /** The last key or common prefix that is in the part. */
  readonly last: string;
}

export interface Criteria {
  readonly prefix: string;
  readonly delimiter: string;
  readonly marker: string;
  readonly max: number;
  readonly withDeleted: boolean;
}

/** One part of a bucket's keys, those that share text up to a delimiter taken as one. */
export function entriesOf(oss: Oss, bucket: string, criteria: Criteria): Entries {
  const { prefix, delimiter, max, withDeleted } = criteria;
  const keys: ObjectVersion[] = [];
  const prefixes: string[] = [];
  let last = criteria.marker;
  let from = criteria.marker;
  // A marker that is itself a common prefix stands for everything below it.
  if (delimiter !== '' && from.startsWith(prefix) && from.endsWith(delimiter) && from.length > prefix.length) {
    from += LAST_CHARACTER;
  }
  const parts = (): Entries => ({ keys, prefixes, truncated: true, last });
  for (;;) {
    let jumped = false;
    for (const version of oss.newestVersions(bucket, prefix, from)) {
      const { key, deleteMarker } = version;
      if (deleteMarker && !withDeleted) {
        continue;
      }
      if (keys.length + prefixes.length >= max) {
        return parts();
      }
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      if (end < 0) {
        keys.push(version);
        last = key;
        continue;
      }
      last = key.slice(0, end + delimiter.length);
      prefixes.push(last);
      from = last + LAST_CHARACTER;
      jumped = true;
      break;
    }
    if (!jumped) {
      return { keys, prefixes, truncated: false, last };
    }
  }
}
