import { MAX_TAGS } from '../../cloud/limits';
import { TAG_KEY, TAG_VALUE } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import type { Tags } from './ram';

/** Tags of a bucket, role, policy or queue. @param code of the service's error @throws CloudError */
export function checkTags(tags: Tags = {}, code: string): void {
  const given = Object.entries(tags);
  if (given.length > MAX_TAGS) {
    throw new CloudError(code, `expected up to ${MAX_TAGS} tags, got ${given.length}`);
  }
  for (const [key, value] of given) {
    for (const [what, rule, text] of [
      ['key', TAG_KEY, key],
      ['value', TAG_VALUE, value],
    ] as const) {
      const expected = expectedInstead(rule, text);
      if (expected !== undefined) {
        throw new CloudError(code, `a tag's ${what}: expected ${expected}, got ${excerpt(text)}`);
      }
    }
  }
}
