import { CloudError } from '../account/cloud-error';
import { type Exchange, header } from '../http/request';

/** Operations of OSS that are not served, by method and sub-resource, with their names in its API reference. */
export const NOT_SERVED_ON_BUCKETS: Readonly<Record<string, string>> = {
  POST: 'PostObject',
  'PUT website': 'PutBucketWebsite',
  'PUT requestPayment': 'PutBucketRequestPayment',
  'POST worm': 'InitiateBucketWorm',
  'DELETE worm': 'AbortBucketWorm',
  'POST wormId': 'CompleteBucketWorm',
  'POST wormExtend': 'ExtendBucketWorm',
  'PUT inventory': 'PutBucketInventory',
  'GET inventory': 'GetBucketInventory',
  'DELETE inventory': 'DeleteBucketInventory',
  'PUT replication': 'PutBucketReplication',
  'POST replication': 'PutBucketReplication',
  'PUT style': 'PutStyle',
  'GET style': 'GetStyle',
  'POST metaQuery': 'OpenMetaQuery',
  'GET metaQuery': 'GetMetaQueryStatus',
  'PUT cname': 'PutCname',
  'GET cname': 'ListCname',
  'PUT qosInfo': 'PutBucketQosInfo',
  'GET qosInfo': 'GetBucketQosInfo',
};

export const NOT_SERVED_ON_OBJECTS: Readonly<Record<string, string>> = {
  'POST restore': 'RestoreObject',
  'POST cleanRestoredObject': 'CleanRestoredObject',
  'PUT live': 'PutLiveChannel',
  'GET live': 'GetLiveChannelInfo',
  'DELETE live': 'DeleteLiveChannel',
  'POST asyncFetch': 'PostAsyncFetchTask',
};

/** What refines other operations and is not served, by header or parameter. */
export const NOT_SERVED_REFINEMENTS: Readonly<Record<string, string>> = {
  'x-oss-callback': 'a callback',
  callback: 'a callback',
  'x-oss-process': 'processing of images, documents and text (SelectObject among it)',
  'x-oss-async-process': 'asynchronous processing',
  'x-oss-traffic-limit': 'a limit of the bandwidth',
  'x-oss-object-worm-mode': 'retention of objects',
  'x-oss-persistent-headers': 'headers that an object keeps',
  'x-oss-rename-source': 'renaming of objects',
};

/** Conditions on what is read. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'];

/** Parameters named so that are served; others would be ignored. */
const SERVED_PARAMETERS: ReadonlySet<string> = new Set(
  [
    'signature',
    'signature-version',
    'date',
    'expires',
    'credential',
    'additional-headers',
    'security-token',
    'request-payer',
    'access-key-id',
  ].map((name) => `x-oss-${name}`),
);

/** @throws CloudError NotImplemented for a header or parameter that would be ignored */
export function checkRefinements(exchange: Exchange): void {
  const condition = CONDITIONS.find((name) => header(exchange, name) !== undefined);
  if (condition !== undefined && !['GET', 'HEAD'].includes(exchange.method)) {
    // As OSS answers S3's clients, which tell a condition so.
    throw notServed(`${condition} on ${exchange.method}: OSS writes under no condition but x-oss-forbid-overwrite`);
  }
  for (const [name, what] of Object.entries(NOT_SERVED_REFINEMENTS)) {
    if (exchange.query.has(name) || header(exchange, name) !== undefined) {
      throw notServed(`${name}: ${what}`);
    }
  }
  const unknown = [...exchange.query.keys()].find((name) => name.startsWith('x-oss-') && !SERVED_PARAMETERS.has(name));
  if (unknown !== undefined) {
    throw notServed(`the parameter ${unknown}`);
  }
}

export function notServed(what: string): CloudError {
  return new CloudError('NotImplemented', `the local cloud does not serve ${what}`, 501);
}
