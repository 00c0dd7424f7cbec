import type { RequestContext } from '../../cloud/policy-document';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { type Exchange, header, type Reply } from '../http/request';
import type { Handled, Services } from '../http/services';
import { writeXml } from '../http/xml';
import { type Principal, requestContext } from '../account/principal';
import { accessLogLine } from './access-log';
import { isAllowed } from './access';
import { appendObject } from './append-object';
import { bucketOperations, serviceOperations } from './bucket-operations';
import { settingOperations } from './bucket-settings';
import { decodeHeaders, encodeHeaders } from './header-text';
import { listingOperations } from './listing';
import { definedHeaders } from './object-headers';
import { objectOperations } from './object-operations';
import { objectSubresources } from './object-subresources';
import { checkReferer } from './referer';
import { emptyReply } from './reply';
import { type Operation, type OssTarget, targetOf } from './request';
import { checkRefinements, NOT_SERVED_ON_BUCKETS, NOT_SERVED_ON_OBJECTS, notServed } from './not-served';
import { corsHeaders, preflight } from './cors';
import { checkEndpoint } from './endpoint';
import { internalError } from '../account/internal-error';
import { OssError } from '../account/oss-error';
import { callerOf, SUBRESOURCES } from './signature';
import { uploadOperations } from './upload-operations';

type OperationTable = Readonly<Record<string, Operation>>;

/** Operations by method and sub-resource. */
export const SERVICE: OperationTable = serviceOperations;
export const BUCKET: OperationTable = { ...bucketOperations, ...settingOperations, ...listingOperations };
export const OBJECT: OperationTable = {
  ...objectOperations,
  ...objectSubresources,
  ...uploadOperations,
  'POST append': appendObject,
};

/** Operations by what they are about, and there by method and sub-resource. */
export const OPERATIONS = { service: SERVICE, bucket: BUCKET, object: OBJECT };

/** Parameters that are signed like sub-resources but only refine an operation. */
const REFINING = new Set([
  'versionId',
  'partNumber',
  'security-token',
  'continuation-token',
  'position',
  'sequential',
  // Assumption: the list of buckets is that of all regions here, with this parameter or without.
  'regionList',
]);

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
export async function ossHttp(received: Exchange, services: Services): Promise<Handled> {
  const started = performance.now();
  const { account, faults } = services;
  const exchange = { ...received, headers: decodeHeaders(received.headers) };
  const requestId = exchange.requestId.replace(/-/g, '').slice(0, 24);
  let [target, operation, principal, code]: [OssTarget, Operation?, Principal?, string?] = [{}];
  let reply: Reply;
  try {
    target = targetOf(exchange);
    operation = operationOf(exchange, target);
    // A browser asks about a signed address with another method than it is signed for.
    principal = operation.needsNoPermission ? undefined : callerOrNoBucket(exchange, target, operation, account);
    await faults.apply('oss', operation.name);
    checkBucket(exchange, target, operation, account);
    reply = await run(operation, exchange, target, principal, services);
  } catch (error) {
    const told = error instanceof CloudError ? error : failureOf(error, exchange);
    ({ code } = told);
    reply = errorReply(exchange, target, told, requestId);
  }
  const bucket = account.oss.findBucket(target.bucket ?? '');
  const headers = {
    ...corsHeaders(bucket, header(exchange, 'origin'), exchange.method),
    ...reply.headers,
    ...SANDBOX,
    'x-oss-request-id': requestId,
  };
  reply = { ...reply, headers: encodeHeaders(headers) };
  if (bucket?.logging) {
    const millis = Math.round(performance.now() - started);
    const outcome = { target, operation, principal, reply, code, requestId, millis };
    account.oss.accessLog.add(bucket.name, accessLogLine(account, exchange, outcome));
  }
  const action = operation ? `oss.${operation.name}` : `${exchange.method} ${exchange.rawPath}`;
  return { action, resource: subjectOf(target), code, reply };
}

/** OSS looks for the bucket before it asks who wants something of it. Source: the tests of its own SDKs. */
function callerOrNoBucket(
  exchange: Exchange,
  target: OssTarget,
  operation: Operation,
  account: Account,
): Principal | undefined {
  try {
    return callerOf(exchange, target, account);
  } catch (error) {
    checkBucket(exchange, target, operation, account);
    throw error;
  }
}

/** @throws CloudError NoSuchBucket, or AccessDenied for a bucket that is not at the host's endpoint */
function checkBucket(exchange: Exchange, { bucket }: OssTarget, { name }: Operation, { oss }: Account): void {
  if (bucket !== undefined && name !== 'PutBucket') {
    checkEndpoint(exchange, oss.getBucket(bucket));
  }
}

/** An error of ours, as OSS tells its own. Whoever left in the middle of a request is the cause of what that ends in. */
function failureOf(error: unknown, { method, rawPath, socket }: Exchange): CloudError {
  const message = socket.destroyed ? 'the connection was closed' : internalError(`${method} ${rawPath}`, error);
  return new CloudError('InternalError', message, 500);
}

async function run(
  operation: Operation,
  exchange: Exchange,
  { bucket = '', key = '' }: OssTarget,
  principal: Principal | undefined,
  services: Services,
): Promise<Reply> {
  const { account } = services;
  if (operation.needsNoPermission) {
    return operation.run({ ...services, exchange, bucket, key, principal, may: () => false });
  }
  // OSS asks for the referer of those requests only that a page can make others send.
  if (header(exchange, 'authorization') === undefined && key !== '') {
    checkReferer(account.oss.findBucket(bucket)?.referer, header(exchange, 'referer'));
  }
  if (!principal && bucket === '') {
    throw new CloudError('AccessDenied', 'Anonymous access is forbidden for this operation.', 403);
  }
  const context = contextOf(exchange, operation);
  const target = { bucket, key, versionId: exchange.query.get('versionId') || undefined, context };
  const { acl, action = operation.name, asksItself = false } = operation;
  const isRefused =
    (!asksItself && !isAllowed(account, principal, { ...target, action, acl })) ||
    // Tags of a new object take a right of their own. Source: the permissions of PutObject.
    (header(exchange, 'x-oss-tagging') !== undefined &&
      key !== '' &&
      !isAllowed(account, principal, { ...target, action: 'PutObjectTagging', acl: undefined }));
  if (isRefused) {
    throw new CloudError('AccessDenied', 'You have no right to access this object because of bucket acl.', 403);
  }
  return operation.run({
    ...services,
    exchange,
    bucket,
    key,
    principal,
    may: (wanted, object) =>
      isAllowed(account, principal, {
        action: wanted,
        acl: wanted === 'GetObject' ? 'read' : 'write',
        context,
        ...object,
      }),
  });
}

/** What conditions can ask about a request to OSS. Source: OSS, authorization syntax and elements, condition keys. */
function contextOf(exchange: Exchange, { name }: Operation): RequestContext {
  const { query, secure } = exchange;
  const [agent, acl] = [header(exchange, 'user-agent'), header(exchange, 'x-oss-acl')];
  return {
    ...requestContext(secure),
    ...(agent !== undefined && { 'acs:UserAgent': agent }),
    ...(acl !== undefined && { 'oss:x-oss-acl': acl }),
    // A list of everything has the empty prefix, which a policy can name.
    ...(name.startsWith('ListObject') && {
      'oss:Prefix': query.get('prefix') ?? '',
      'oss:Delimiter': query.get('delimiter') ?? '',
    }),
  };
}

/** @throws CloudError NotImplemented, which names what is not served */
function operationOf(exchange: Exchange, { bucket, key }: OssTarget): Operation {
  const table = bucket === undefined ? SERVICE : key === undefined ? BUCKET : OBJECT;
  // A browser asks about an address as it will be requested, sub-resources included.
  if (exchange.method === 'OPTIONS' && table !== SERVICE) {
    return preflight;
  }
  checkRefinements(exchange);
  const named = [...exchange.query]
    .map(([name, value]) => subresourceOf(name, value))
    .filter((name) => name !== undefined);
  const notServedOn = table === OBJECT ? NOT_SERVED_ON_OBJECTS : NOT_SERVED_ON_BUCKETS;
  if (named.length > 1) {
    // Each means another operation with the other one than alone.
    const name = named.map((one) => notServedOn[`${exchange.method} ${one}`]).find((one) => one !== undefined);
    throw notServed(
      `${name === undefined ? '' : `${name}: `}${exchange.method} ${named.join(' and ')} of ${nounOf(table)}`,
    );
  }
  const [subresource] = named;
  const copy = table === OBJECT && exchange.method === 'PUT' && header(exchange, 'x-oss-copy-source') !== undefined;
  const operationKey = [exchange.method, subresource ?? (copy ? 'copy' : undefined)].filter(Boolean).join(' ');
  if (!Object.hasOwn(table, operationKey)) {
    const name = notServedOn[operationKey];
    throw notServed(`${name === undefined ? '' : `${name}: `}${operationKey} of ${nounOf(table)}`);
  }
  return table[operationKey];
}

function nounOf(table: OperationTable): string {
  return table === OBJECT ? 'an object' : table === BUCKET ? 'a bucket' : 'the service';
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

/** What OSS tells of an error beside its code, for support. Source: the tests of its SDKs. */
const ERROR_CAUSES: Readonly<Record<string, string>> = {
  NoSuchBucket: '0015-00000101',
  NoSuchKey: '0026-00000001',
  NoSuchUpload: '0042-00000002',
  InvalidAccessKeyId: '0002-00000902',
};

function errorReply(exchange: Exchange, { bucket, key }: OssTarget, error: CloudError, requestId: string): Reply {
  const { code, message, httpStatus } = error;
  const details = error instanceof OssError ? error.details : {};
  const cause = details.cause ?? ERROR_CAUSES[code];
  const body = writeXml('Error', {
    Code: code,
    Message: message,
    RequestId: requestId,
    HostId: header(exchange, 'host') ?? '',
    BucketName: bucket,
    Key: code === 'NoSuchKey' ? key : undefined,
    ...details.elements,
    EC: cause,
  });
  const headers = definedHeaders({ ...details.headers, 'x-oss-ec': cause });
  // An answer to HEAD has no body; the error still has to reach the caller.
  return exchange.method === 'HEAD'
    ? emptyReply(httpStatus, { ...headers, 'x-oss-err': Buffer.from(body).toString('base64') })
    : { status: httpStatus, headers: { ...headers, 'content-type': 'application/xml' }, body };
}
