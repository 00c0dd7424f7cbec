import { CloudError } from '../account/cloud-error';
import { excerpt } from '../account/excerpt';

/** Properties that have a meaning of their own, as the SDKs write them. */
export const START_DELIVER_TIME = '__STARTDELIVERTIME';
export const TRANS_CHECK_SECONDS = '__TransCheckT';
export const SHARDING_KEY = '__SHARDINGKEY';
export const KEYS = 'KEYS';

/** Names that clients of TCP give a meaning to: a message of another kind could be made by them. */
const RESERVED = ['TAGS', 'UNIQ_KEY', 'DELAY', 'TRAN_MSG', 'PGROUP', 'RETRY_TOPIC', 'ORIGIN_MESSAGE_ID'];

/** Properties as a request carries them: `name:value|name:value`. @throws CloudError InvalidArgument */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const pair of text.split('|')) {
    const end = pair.indexOf(':');
    if (pair !== '' && end < 1) {
      throw invalid(`expected name:value|name:value, got ${excerpt(pair)}`);
    }
    if (pair !== '') {
      properties.set(pair.slice(0, end), pair.slice(end + 1));
    }
  }
  const reserved = RESERVED.find((name) => properties.has(name));
  if (reserved !== undefined) {
    throw invalid(`${reserved} is a name of the service's own`);
  }
  return properties;
}

/** Takes a whole number out of properties. @throws CloudError InvalidArgument */
export function takeNumber(properties: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = properties.get(name);
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw invalid(`${name}: expected a whole number, got ${excerpt(text)}`);
  }
  return Number(text);
}

/**
 * Properties as an answer carries them. TCP clients may use characters that part them here.
 *
 * Assumption: these are percent-encoded, so that the others can still be told apart.
 */
export function formatProperties(properties: Iterable<readonly [string, string]>): string {
  return [...properties]
    .filter(([, value]) => value !== '')
    .map((pair) => `${pair.map((part) => part.replace(/[|:]/g, encodeURIComponent)).join(':')}|`)
    .join('');
}

function invalid(message: string): CloudError {
  return new CloudError('InvalidArgument', `Properties: ${message}`);
}
