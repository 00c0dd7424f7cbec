import { CloudError } from '../account/cloud-error';
import { numberIn } from './query-number';
import type { Exchange } from './request';
import { childrenOf, readXml, type XmlNode } from './xml';

/** Messages that one request may send, receive or delete. */
const MAX_BATCH = 16;

/** Elements of a batch, or the one that stands alone. @throws CloudError for too many or none */
export async function readBatch(
  body: Buffer,
  list: string,
  item: string,
): Promise<{ items: XmlNode[]; isBatch: boolean }> {
  const [, root] = /<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)/.exec(body.toString()) ?? [];
  const isBatch = root === list;
  const document = await readXml(body, isBatch ? list : item);
  const items = isBatch ? childrenOf(document, item) : [document];
  if (items.length < 1 || items.length > MAX_BATCH) {
    throw new CloudError('InvalidArgument', `expected 1 to ${MAX_BATCH} ${item} elements, got ${items.length}`);
  }
  return { items, isBatch };
}

/** `numOfMessages`. @throws CloudError InvalidArgument */
export function batchSize({ query }: Exchange): number {
  return numberIn(query, 'numOfMessages', 1, MAX_BATCH) ?? 1;
}
