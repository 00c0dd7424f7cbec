import { MAX_TAGS } from '../../cloud/limits';
import { TAG_KEY, TAG_VALUE } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import type { Tags } from './ram';

/**
 * Tags of a bucket, role, policy or queue.
 *
 * @param code of the service's error
 * @param former what it has already, which may be from a time without limits, and does not keep others from being removed
 * @throws CloudError
 */
export function checkTags(tags: Tags = {}, code: string, former: Tags = {}): void {
  const count = Object.keys(tags).length;
  if (count > MAX_TAGS && count > Object.keys(former).length) {
    throw new CloudError(code, `expected up to ${MAX_TAGS} tags, got ${count}`);
  }
  const given = Object.entries(tags).filter(([key, value]) => !Object.hasOwn(former, key) || former[key] !== value);
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
