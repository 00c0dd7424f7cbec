import { CloudError } from '../account/cloud-error';
import type { Tags } from '../account/ram';
import { childrenOf, elementOf, type XmlNode } from '../http/xml';

export function writeTagging(tags: Tags) {
  return { TagSet: { Tag: Object.entries(tags).map(([key, value]) => ({ Key: key, Value: value })) } };
}

/** Tags from a document. @throws CloudError InvalidTag */
export function readTagging(document: XmlNode): Tags {
  return tagsOf(pairsOf(elementOf(document, 'TagSet')));
}

/** Tags from the header `x-oss-tagging`. @throws CloudError InvalidTag */
export function readTaggingHeader(text: string): Tags {
  return tagsOf([...new URLSearchParams(text)]);
}

/** Tags that a lifecycle rule goes by. @throws CloudError InvalidTag */
export function readRuleTags(rule: XmlNode): Tags {
  return tagsOf(pairsOf(rule));
}

function pairsOf(node: XmlNode | undefined): [key: string, value: string][] {
  return childrenOf(node, 'Tag').map((tag) => [untrimmed(tag, 'Key'), untrimmed(tag, 'Value')]);
}

/** Spaces belong to tags. */
function untrimmed(node: XmlNode, name: string): string {
  const child = childrenOf(node, name).at(0);
  return typeof child === 'string' ? child : '';
}

/** What tags may be is the model's to say; only that one is named twice would be lost here. */
function tagsOf(pairs: readonly (readonly [key: string, value: string])[]): Tags {
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) {
    throw new CloudError('InvalidTag', 'a tag is named more than once');
  }
  return Object.fromEntries(pairs);
}
