import { CloudError } from '../account/cloud-error';
import type { Tags } from '../account/ram';
import { childrenOf, elementOf, type XmlNode } from '../http/xml';
import { excerpt } from '../account/excerpt';

/** How many tags there may be, and how long. */
interface TagLimits {
  readonly tags: number;
  readonly keyCharacters: number;
  readonly valueCharacters: number;
  /** What keys and values may hold. @default - anything */
  readonly allowed?: RegExp;
}

/** Letters of any language: Alibaba's clients are tested with Chinese ones. */
const TAG_TEXT = /^[\p{L}\p{N} +\-=._:/]*$/u;
const OBJECT_LIMITS: TagLimits = { tags: 10, keyCharacters: 128, valueCharacters: 256, allowed: TAG_TEXT };
const NO_LIMITS: TagLimits = { tags: Infinity, keyCharacters: Infinity, valueCharacters: Infinity };

export function writeTagging(tags: Tags) {
  return { TagSet: { Tag: Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value })) } };
}

/** Tags of a bucket, from a document; the bucket has their limits. @throws CloudError InvalidTag */
export function readBucketTagging(document: XmlNode): Tags {
  return checked(pairsOf(elementOf(document, 'TagSet')), NO_LIMITS);
}

/** Tags of an object, from a document. @throws CloudError InvalidTag */
export function readObjectTagging(document: XmlNode): Tags {
  return checked(pairsOf(elementOf(document, 'TagSet')), OBJECT_LIMITS);
}

/** Tags of an object, from the header `x-oss-tagging`. @throws CloudError InvalidTag */
export function readTaggingHeader(text: string): Tags {
  return checked([...new URLSearchParams(text)], OBJECT_LIMITS);
}

/** Tags that a lifecycle rule goes by; OSS looks at their characters only. @throws CloudError InvalidTag */
export function readRuleTags(rule: XmlNode): Tags {
  return checked(pairsOf(rule), { ...NO_LIMITS, allowed: TAG_TEXT });
}

function pairsOf(node: XmlNode | undefined): [key: string, value: string][] {
  return childrenOf(node, 'Tag').map((tag) => [untrimmed(tag, 'Key'), untrimmed(tag, 'Value')]);
}

/** Spaces belong to tags. */
function untrimmed(node: XmlNode, name: string): string {
  const child = childrenOf(node, name).at(0);
  return typeof child === 'string' ? child : '';
}

function checked(pairs: readonly (readonly [key: string, value: string])[], limits: TagLimits): Tags {
  if (pairs.length > limits.tags) {
    throw new CloudError('InvalidTag', `expected up to ${limits.tags} tags, got ${pairs.length}`);
  }
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw new CloudError('InvalidTag', 'a tag is named more than once');
  }
  for (const [key, value] of pairs) {
    checkText('key', key, limits.keyCharacters, limits.allowed);
    checkText('value', value, limits.valueCharacters, limits.allowed);
    if (key === '') {
      throw new CloudError('InvalidTag', 'expected a key for each tag, got an empty one');
    }
  }
  return Object.fromEntries(pairs);
}

function checkText(what: string, text: string, maxCharacters: number, allowed = /^/): void {
  if ([...text].length > maxCharacters || !allowed.test(text)) {
    throw new CloudError(
      'InvalidTag',
      `expected a tag's ${what} of up to ${maxCharacters} letters, digits, spaces and + - = . _ : /, got ${excerpt(text)}`,
    );
  }
}
