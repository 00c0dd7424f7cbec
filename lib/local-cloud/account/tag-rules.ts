import { MAX_TAGS } from '../../cloud/limits';
import { TAG_KEY, TAG_VALUE } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import type { Tags } from './ram';

/**
 * Tags of whatever has them but objects of OSS.
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

/** Letters of any language: Alibaba's clients are tested with Chinese ones. */
const OSS_TAG_TEXT = /^[\p{L}\p{N} +\-=._:/]*$/u;
const MAX_OBJECT_TAGS = 10;
const OBJECT_TAG_CHARACTERS = { key: 128, value: 256 };

/** Tags of an object. @throws CloudError InvalidTag */
export function checkObjectTags(tags: Tags): void {
  const count = Object.keys(tags).length;
  if (count > MAX_OBJECT_TAGS) {
    throw new CloudError('InvalidTag', `expected up to ${MAX_OBJECT_TAGS} tags, got ${count}`);
  }
  checkOssTexts(tags, OBJECT_TAG_CHARACTERS);
}

/** Tags that a lifecycle rule goes by; OSS looks at their characters only. @throws CloudError InvalidTag */
export function checkRuleTags(tags: Tags): void {
  checkOssTexts(tags, { key: Infinity, value: Infinity });
}

function checkOssTexts(tags: Tags, max: { key: number; value: number }): void {
  for (const [key, value] of Object.entries(tags)) {
    if (key === '') {
      throw new CloudError('InvalidTag', 'expected a key for each tag, got an empty one');
    }
    for (const [what, text] of Object.entries({ key, value }) as ['key' | 'value', string][]) {
      if ([...text].length > max[what] || !OSS_TAG_TEXT.test(text)) {
        const upTo = max[what] < Infinity ? ` up to ${max[what]}` : '';
        throw new CloudError(
          'InvalidTag',
          `a tag's ${what}: expected${upTo} letters, digits, spaces and + - = . _ : /, got ${excerpt(text)}`,
        );
      }
    }
  }
}
