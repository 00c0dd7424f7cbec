import { CloudError } from '../account/cloud-error';
import { type MessageRequest, xmlReply } from '../http/message-protocol';
import { pageOf } from '../http/pagination';
import type { Exchange, Reply } from '../http/request';
import { type XmlNode, xmlText } from '../http/xml';

/** A request about something in a region. */
export interface MnsRequest extends MessageRequest {
  readonly region: string;
  /** Of the queue or topic; empty for a list of all. */
  readonly name: string;
  readonly subscriptionName: string;
}

export interface MnsOperation {
  /** In the API and in policies. */
  readonly name: string;
  /**
   * Names that policies have beside it when several messages are meant.
   *
   * @default - none
   */
  readonly batchName?: (exchange: Exchange) => readonly string[];
  readonly work: (request: MnsRequest) => Reply | Promise<Reply>;
}

/** A request may have several messages of 64 KiB together, and what is around them. */
export const MAX_BODY_BYTES = 2 << 20;

const MAX_PAGE = 1000;

/**
 * A page of things by name, as the headers of the request want it.
 *
 * @param fieldsOf what is told of each when the request wants more than addresses
 */
export function listReply<T>(
  { exchange }: MnsRequest,
  root: string,
  item: string,
  all: readonly T[],
  nameOf: (one: T) => string,
  urlOf: (name: string) => string,
  fieldsOf: (one: T) => object,
): Reply {
  const { headers } = exchange;
  const prefix = String(headers['x-mns-prefix'] ?? '');
  const max = Number(headers['x-mns-ret-number'] ?? MAX_PAGE);
  if (!(Number.isInteger(max) && max >= 1 && max <= MAX_PAGE)) {
    throw new CloudError(
      'InvalidArgument',
      `x-mns-ret-number: expected 1 to ${MAX_PAGE}, got ${JSON.stringify(headers['x-mns-ret-number'])}`,
    );
  }
  const withFields = String(headers['x-mns-with-meta']).toLowerCase() === 'true';
  const marker = headers['x-mns-marker'];
  const { items, next } = pageOf(
    all.filter((one) => nameOf(one).startsWith(prefix)),
    nameOf,
    marker === undefined ? '' : String(marker),
    max,
  );
  return xmlReply('MNS', 200, root, {
    [item]: items.map((one) => ({ [`${item}URL`]: urlOf(nameOf(one)), ...(withFields && fieldsOf(one)) })),
    NextMarker: next,
  });
}

export function numberOf(node: XmlNode, name: string): number | undefined {
  const text = xmlText(node, name);
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{1,9}$/.test(text)) {
    throw new CloudError('InvalidArgument', `${name}: expected a whole number from 0, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}

export function flagOf(node: XmlNode, name: string): boolean | undefined {
  const text = xmlText(node, name);
  if (text === undefined) {
    return undefined;
  }
  if (!/^(true|false)$/i.test(text)) {
    throw new CloudError('InvalidArgument', `${name}: expected true or false, got ${JSON.stringify(text)}`);
  }
  return text.toLowerCase() === 'true';
}

export function oneOfText<T extends string>(node: XmlNode, name: string, allowed: readonly T[]): T | undefined {
  const text = xmlText(node, name);
  if (text === undefined) {
    return undefined;
  }
  const found = allowed.find((one) => one === text.toUpperCase());
  if (!found) {
    throw new CloudError('InvalidArgument', `${name}: expected ${allowed.join(', ')}, got ${JSON.stringify(text)}`);
  }
  return found;
}

/** As documents of SMQ write it. */
export function flagText(value: boolean): string {
  return value ? 'True' : 'False';
}
