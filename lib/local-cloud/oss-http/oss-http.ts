import { CloudError } from '../account/cloud-error';
import { type Exchange, header } from '../http/request';
import type { Handled, Services } from '../http/services';
import { writeXml } from '../http/xml';
import { isAllowed } from './access';
import { bucketOperations, serviceOperations } from './bucket-operations';
import { settingOperations } from './bucket-settings';
import { listingOperations } from './listing';
import { objectOperations } from './object-operations';
import { emptyReply } from './reply';
import { type Operation, type OssTarget, targetOf } from './request';
import { callerOf, SUBRESOURCES } from './signature';
import { uploadOperations } from './upload-operations';

type OperationTable = Readonly<Record<string, Operation>>;

const SERVICE: OperationTable = serviceOperations;
const BUCKET: OperationTable = { ...bucketOperations, ...settingOperations, ...listingOperations };
const OBJECT: OperationTable = { ...objectOperations, ...uploadOperations };

/** Parameters that are signed like sub-resources but only refine an operation. */
const REFINING = new Set(['versionId', 'partNumber', 'security-token', 'continuation-token', 'position', 'sequential']);

/** Parameters that are not signed like sub-resources and may be empty. */
const PLAIN = new Set(
  (
    'delimiter encoding-type fetch-owner key-marker list-type marker max-keys max-parts max-uploads part-number-marker ' +
    'prefix start-after tag-key tag-value upload-id-marker version-id-marker OSSAccessKeyId Expires Signature'
  ).split(' '),
);

/** Spellings of Alibaba's client for Go, which are not signed like the sub-resources that they name. */
const ALIASES: ReadonlyMap<string, string> = new Map([['accessmonitor', 'accessMonitor']]);

/** What users stored is served from the same origin as the console: a page among it must not act as the console's. */
const SANDBOX = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' };

/** OSS's REST API: buckets by path or by host, objects, and their sub-resources. */
export async function ossHttp(exchange: Exchange, services: Services): Promise<Handled> {
  let name = `${exchange.method} ${exchange.rawPath}`;
  let target: OssTarget = {};
  const requestId = exchange.requestId.replace(/-/g, '').slice(0, 24);
  try {
    target = targetOf(exchange);
    const operation = operationOf(exchange, target);
    name = `oss.${operation.name}`;
    const reply = await run(operation, exchange, target, services);
    return {
      action: name,
      resource: subjectOf(target),
      reply: { ...reply, headers: { ...reply.headers, ...SANDBOX, 'x-oss-request-id': requestId } },
    };
  } catch (error) {
    if (!(error instanceof CloudError)) {
      throw error;
    }
    return {
      action: name,
      resource: subjectOf(target),
      code: error.code,
      reply: errorReply(exchange, target, error, requestId),
    };
  }
}

async function run(operation: Operation, exchange: Exchange, { bucket = '', key = '' }: OssTarget, services: Services) {
  const { account, faults } = services;
  const principal = callerOf(exchange, { bucket: bucket || undefined, key: key || undefined }, account);
  await faults.apply('oss', operation.name);
  if (!principal && bucket === '') {
    throw new CloudError('AccessDenied', 'Anonymous access is forbidden for this operation.', 403);
  }
  const action = `oss:${operation.action ?? operation.name}`;
  if (!isAllowed(account, principal, { action, acl: operation.acl, bucket, key })) {
    throw new CloudError('AccessDenied', 'You have no right to access this object because of bucket acl.', 403);
  }
  return operation.run({
    ...services,
    exchange,
    bucket,
    key,
    principal,
    mayRead: (otherBucket, otherKey) =>
      isAllowed(account, principal, { action: 'oss:GetObject', acl: 'read', bucket: otherBucket, key: otherKey }),
  });
}

/** @throws CloudError NotImplemented, which names what is not served */
function operationOf(exchange: Exchange, { bucket, key }: OssTarget): Operation {
  const table = bucket === undefined ? SERVICE : key === undefined ? BUCKET : OBJECT;
  const subresource =
    key !== undefined && exchange.query.has('uploadId')
      ? 'uploadId'
      : [...exchange.query].map(([name, value]) => subresourceOf(name, value)).find((name) => name !== undefined);
  const copy = table === OBJECT && exchange.method === 'PUT' && header(exchange, 'x-oss-copy-source') !== undefined;
  const operationKey = [exchange.method, subresource ?? (copy ? 'copy' : undefined)].filter(Boolean).join(' ');
  if (!Object.hasOwn(table, operationKey)) {
    throw new CloudError(
      'NotImplemented',
      `${exchange.method} of ${subresource === undefined ? 'it' : `the sub-resource ${subresource}`} is not served here`,
      501,
    );
  }
  return table[operationKey];
}

/** A parameter without a value names a sub-resource, if only one that is not served: never the bucket itself. */
function subresourceOf(name: string, value: string): string | undefined {
  if (SUBRESOURCES.has(name)) {
    return REFINING.has(name) || name.startsWith('response-') ? undefined : name;
  }
  return value === '' && !PLAIN.has(name) && !name.startsWith('x-oss-') ? (ALIASES.get(name) ?? name) : undefined;
}

function subjectOf({ bucket = '', key }: OssTarget): string {
  return key === undefined ? bucket : `${bucket}/${key}`;
}

function errorReply(
  exchange: Exchange,
  { bucket, key }: OssTarget,
  { code, message, httpStatus }: CloudError,
  requestId: string,
): Handled['reply'] {
  const body = writeXml('Error', {
    Code: code,
    Message: message,
    RequestId: requestId,
    HostId: header(exchange, 'host') ?? '',
    BucketName: bucket,
    Key: code === 'NoSuchKey' ? key : undefined,
  });
  // An answer to HEAD has no body; the error still has to reach the caller.
  return exchange.method === 'HEAD'
    ? emptyReply(httpStatus, { 'x-oss-request-id': requestId, 'x-oss-err': Buffer.from(body).toString('base64') })
    : { status: httpStatus, headers: { 'content-type': 'application/xml', 'x-oss-request-id': requestId }, body };
}
