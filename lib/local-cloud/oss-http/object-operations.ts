import * as fs from 'node:fs';
import { STORAGE_CLASSES } from '../account/oss';
import type { Bucket, Encryption, ObjectSettings, ObjectVersion } from '../account/oss-types';
import { invalidArgument, OssError } from '../account/oss-error';
import { CloudError } from '../account/cloud-error';
import { decodePercent, type Reply } from '../http/request';
import { readDocument, receive } from './body';
import { checkEncryption, ownerFields } from './bucket-settings';
import { emptyReply, xmlReply, xmlTime } from './reply';
import { checkVersion, etagOf, type Operation, optionalHeader, type OssRequest, versionOf } from './request';
import { readObjectTagging, readTaggingHeader, writeTagging } from './tagging';

/** Operations on an object. */
export const objectOperations: Readonly<Record<string, Operation>> = {
  PUT: { name: 'PutObject', acl: 'write', run: putObject },
  'PUT copy': { name: 'CopyObject', action: 'PutObject', acl: 'write', run: copyObject },
  GET: { name: 'GetObject', acl: 'read', run: getObject },
  HEAD: { name: 'HeadObject', action: 'GetObject', acl: 'read', run: getObject },
  'HEAD objectMeta': { name: 'GetObjectMeta', action: 'GetObject', acl: 'read', run: getObjectMeta },
  'GET objectMeta': { name: 'GetObjectMeta', action: 'GetObject', acl: 'read', run: getObjectMeta },
  DELETE: {
    name: 'DeleteObject',
    acl: 'write',
    run: (request) => {
      const { account, bucket, key } = request;
      const versionId = versionOf(request);
      const gone = account.oss.deleteObject(bucket, key, versionId);
      return emptyReply(204, {
        ...(gone?.deleteMarker && { 'x-oss-delete-marker': 'true' }),
        ...((versionId ?? gone?.deleteMarker) && { 'x-oss-version-id': versionId ?? gone!.versionId }),
      });
    },
  },

  'GET acl': {
    name: 'GetObjectAcl',
    run: ({ account, bucket, key }) =>
      xmlReply('AccessControlPolicy', {
        Owner: ownerFields(account),
        AccessControlList: { Grant: account.oss.getObject(bucket, key).acl },
      }),
  },
  'PUT acl': {
    name: 'PutObjectAcl',
    run: (request) => {
      const { account, bucket, key } = request;
      const acl = objectAcl(request, account.oss.getBucket(bucket));
      if (acl === undefined) {
        throw new CloudError('InvalidArgument', 'the header x-oss-object-acl is missing');
      }
      account.oss.updateObject(bucket, key, { acl });
      return emptyReply();
    },
  },

  'GET tagging': {
    name: 'GetObjectTagging',
    run: (request) => {
      const { account, bucket, key } = request;
      return xmlReply('Tagging', writeTagging(account.oss.getObject(bucket, key, versionOf(request)).tags));
    },
  },
  'PUT tagging': {
    name: 'PutObjectTagging',
    run: async (request) => {
      const { account, bucket, key } = request;
      account.oss.getObject(bucket, key);
      account.oss.updateObject(bucket, key, { tags: readObjectTagging(await readDocument(request, 'Tagging')) });
      return emptyReply();
    },
  },
  'DELETE tagging': {
    name: 'DeleteObjectTagging',
    run: ({ account, bucket, key }) => {
      account.oss.updateObject(bucket, key, { tags: {} });
      return emptyReply(204);
    },
  },
};

/** Of all user metadata of one object, names included. */
const MAX_META_BYTES = 8 * 1024;

/** What headers say about a new object. @throws CloudError InvalidArgument */
export function settingsOf(request: OssRequest): Partial<ObjectSettings> {
  const { account, bucket, exchange } = request;
  const meta = Object.entries(exchange.headers)
    .filter(([name]) => name.startsWith('x-oss-meta-'))
    .map(([name, value]) => [name.slice('x-oss-meta-'.length), String(value)] as const);
  const metaBytes = meta.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
  if (metaBytes > MAX_META_BYTES) {
    throw new CloudError(
      'InvalidArgument',
      `expected up to ${MAX_META_BYTES} bytes of headers x-oss-meta-*, got ${metaBytes}`,
    );
  }
  return {
    contentType: optionalHeader(request, 'content-type'),
    cacheControl: optionalHeader(request, 'cache-control'),
    contentDisposition: optionalHeader(request, 'content-disposition'),
    contentEncoding: optionalHeader(request, 'content-encoding'),
    expires: optionalHeader(request, 'expires'),
    acl: objectAcl(request, account.oss.getBucket(bucket)),
    storageClass: storageClassOf(request),
    encryption: encryptionOf(request),
    meta: Object.fromEntries(meta),
    tags: readTaggingHeader(optionalHeader(request, 'x-oss-tagging') ?? ''),
  };
}

function storageClassOf(request: OssRequest): string | undefined {
  const storageClass = optionalHeader(request, 'x-oss-storage-class');
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) {
    throw invalidArgument('x-oss-storage-class', storageClass, `one of ${STORAGE_CLASSES.join(', ')}`);
  }
  return storageClass;
}

/** How a request wants what it stores, or a new bucket's objects, to be encrypted. */
export function encryptionOf(request: OssRequest): Encryption | undefined {
  const sseAlgorithm = optionalHeader(request, 'x-oss-server-side-encryption');
  return sseAlgorithm !== undefined
    ? checkEncryption({
        sseAlgorithm,
        kmsMasterKeyId: optionalHeader(request, 'x-oss-server-side-encryption-key-id'),
        kmsDataEncryption: optionalHeader(request, 'x-oss-server-side-data-encryption'),
      })
    : undefined;
}

/** @throws CloudError FileAlreadyExists when the request forbids to overwrite */
export function checkOverwrite(request: OssRequest): void {
  const { account, bucket, key } = request;
  if (optionalHeader(request, 'x-oss-forbid-overwrite') !== 'true') {
    return;
  }
  for (const object of account.oss.objects(bucket, key)) {
    if (object.key === key) {
      throw new CloudError('FileAlreadyExists', `the object ${key} already exists and must not be overwritten`, 409);
    }
    return;
  }
}

/** Headers that tell what was stored. */
export function storedHeaders(object: ObjectVersion): Record<string, string> {
  return {
    etag: etagOf(object),
    'x-oss-hash-crc64ecma': object.crc64,
    ...(object.multipartEtag === undefined && { 'content-md5': Buffer.from(object.md5, 'hex').toString('base64') }),
    ...versionHeaders(object),
    ...encryptionHeaders(object),
  };
}

/** The object that a copy reads. @throws CloudError AccessDenied when the caller may not read it */
export function copySource(request: OssRequest): ObjectVersion {
  const source = optionalHeader(request, 'x-oss-copy-source') ?? '';
  const [, rawPath, query] = /^\/?([^?]*)(?:\?(.*))?$/s.exec(source) ?? [];
  const path = decodePercent(rawPath ?? '');
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) {
    throw new CloudError(
      'InvalidArgument',
      `x-oss-copy-source is ${JSON.stringify(source.slice(0, 200))}, allowed is /BUCKET/KEY`,
    );
  }
  const [bucket, key] = [path.slice(0, slash), path.slice(slash + 1)];
  if (!request.mayRead(bucket, key)) {
    throw new CloudError('AccessDenied', `the object ${key} of ${bucket} must not be read`, 403);
  }
  const versionId = checkVersion(new URLSearchParams(query ?? '').get('versionId') ?? undefined);
  const object = request.account.oss.getObject(bucket, key, versionId);
  checkReadable(object);
  const condition = (name: string) => optionalHeader(request, `x-oss-copy-source-${name}`);
  checkConditions(object, condition);
  return object;
}

async function putObject(request: OssRequest): Promise<Reply> {
  const { account, bucket, key } = request;
  const settings = settingsOf(request);
  checkOverwrite(request);
  const content = await receive(request);
  let object: ObjectVersion;
  try {
    object = account.oss.putObject(bucket, key, content, settings);
  } finally {
    fs.rmSync(content.file, { force: true });
  }
  return emptyReply(200, storedHeaders(object));
}

function copyObject(request: OssRequest): Reply {
  const { account, bucket, key } = request;
  const source = copySource(request);
  const given = settingsOf(request);
  checkOverwrite(request);
  const replaceMeta = optionalHeader(request, 'x-oss-metadata-directive')?.toUpperCase() === 'REPLACE';
  const replaceTags = optionalHeader(request, 'x-oss-tagging-directive')?.toUpperCase() === 'REPLACE';
  // A second name for the content, which is never written again, costs nothing however large it is.
  const file = account.oss.blobs.scratch();
  fs.linkSync(account.oss.blobs.pathOf(source.blob), file);
  const { size, md5, crc64 } = source;
  const object = account.oss.putObject(
    bucket,
    key,
    { file, digest: { size, md5, crc64 } },
    {
      ...(replaceMeta ? given : source),
      acl: given.acl,
      storageClass: given.storageClass,
      encryption: given.encryption,
      multipartEtag: source.multipartEtag,
      tags: replaceTags ? given.tags : source.tags,
    },
  );
  return xmlReply(
    'CopyObjectResult',
    { ETag: etagOf(object), LastModified: xmlTime(object.lastModified) },
    {
      etag: etagOf(object),
      ...versionHeaders(object),
      'x-oss-hash-crc64ecma': object.crc64,
      ...(source.versionId !== 'null' && { 'x-oss-copy-source-version-id': source.versionId }),
    },
  );
}

/** @throws CloudError InvalidObjectState for what would have to be restored first */
function checkReadable({ key, storageClass }: ObjectVersion): void {
  if (storageClass.endsWith('Archive')) {
    throw new CloudError(
      'InvalidObjectState',
      `the object ${key} is in the class ${storageClass} and not restored; the local cloud does not serve RestoreObject`,
      403,
    );
  }
}

function getObject(request: OssRequest): Reply {
  const { account, bucket, key, exchange } = request;
  const object = account.oss.getObject(bucket, key, versionOf(request));
  const headers: Record<string, string> = {
    ...storedHeaders(object),
    'content-type': object.contentType,
    'last-modified': new Date(object.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    'x-oss-object-type': object.multipartEtag === undefined ? 'Normal' : 'Multipart',
    'x-oss-storage-class': object.storageClass,
    ...defined({
      'cache-control': object.cacheControl,
      'content-disposition': object.contentDisposition,
      'content-encoding': object.contentEncoding,
      expires: object.expires,
    }),
    ...Object.fromEntries(Object.entries(object.meta).map(([name, value]) => [`x-oss-meta-${name}`, value])),
    ...(Object.keys(object.tags).length > 0 && { 'x-oss-tagging-count': String(Object.keys(object.tags).length) }),
    ...responseOverrides(request),
  };
  if (!checkConditions(object, (name) => optionalHeader(request, name))) {
    return emptyReply(304, { etag: headers.etag, 'last-modified': headers['last-modified'] });
  }
  if (exchange.method === 'GET') {
    checkReadable(object);
  }
  const { path: file, release } = account.oss.hold(object);
  const range = rangeOf(request, object.size);
  if (!range) {
    const body = { file, release };
    return { status: 200, headers: { ...headers, 'content-length': String(object.size) }, body };
  }
  const [start, end] = range;
  return {
    status: 206,
    headers: {
      ...headers,
      'content-length': String(end - start + 1),
      'content-range': `bytes ${start}-${end}/${object.size}`,
    },
    body: { file, release, start, end },
  };
}

function getObjectMeta(request: OssRequest): Reply {
  const { account, bucket, key } = request;
  const object = account.oss.getObject(bucket, key, versionOf(request));
  return emptyReply(200, {
    etag: etagOf(object),
    'content-length': String(object.size),
    'last-modified': new Date(object.lastModified).toUTCString(),
    'x-oss-hash-crc64ecma': object.crc64,
    ...versionHeaders(object),
  });
}

const OBJECT_ACLS = ['default', 'private', 'public-read', 'public-read-write'];

function objectAcl(request: OssRequest, bucket: Bucket): string | undefined {
  const acl = optionalHeader(request, 'x-oss-object-acl');
  if (acl !== undefined && !OBJECT_ACLS.includes(acl)) {
    throw new CloudError(
      'InvalidArgument',
      `x-oss-object-acl is ${JSON.stringify(acl)}, allowed are ${OBJECT_ACLS.join(', ')}`,
    );
  }
  if (bucket.blockPublicAccess && acl?.startsWith('public-')) {
    throw new CloudError(
      'AccessDenied',
      `the bucket ${bucket.name} blocks public access: the acl ${acl} is not allowed`,
      403,
    );
  }
  return acl;
}

/**
 * Whether the object is to be sent: false when the caller has it already.
 *
 * @throws CloudError PreconditionFailed
 */
function checkConditions(object: ObjectVersion, condition: (name: string) => string | undefined): boolean {
  const etags = (text: string) => text.split(',').map((one) => one.trim().replace(/^W\//, '').replace(/"/g, ''));
  const etag = etagOf(object).replace(/"/g, '');
  const modified = Math.floor(Date.parse(object.lastModified) / 1000) * 1000;
  const match = condition('if-match');
  const unmodified = Date.parse(condition('if-unmodified-since') ?? '');
  const failed =
    match !== undefined && !etags(match).includes(etag) && match !== '*'
      ? 'If-Match'
      : modified > unmodified
        ? 'If-Unmodified-Since'
        : undefined;
  if (failed !== undefined) {
    throw new OssError(
      'PreconditionFailed',
      `At least one of the pre-conditions you specified did not hold. (condition: ${failed})`,
      412,
      { elements: { Condition: failed } },
    );
  }
  const noneMatch = condition('if-none-match');
  if (noneMatch !== undefined) {
    return !etags(noneMatch).includes(etag);
  }
  return !(modified <= Date.parse(condition('if-modified-since') ?? ''));
}

/** First and last byte, or undefined for all: as OSS, which ignores a range that it cannot serve unless told not to. */
function rangeOf(request: OssRequest, size: number): [number, number] | undefined {
  const text = optionalHeader(request, 'range');
  if (text === undefined) {
    return undefined;
  }
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(text) ?? [];
  const valid = first !== undefined && !(first === '' && last === '');
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (valid && start <= end && start < size) {
    return [start, end];
  }
  if (optionalHeader(request, 'x-oss-range-behavior') === 'standard') {
    throw new CloudError('InvalidRange', `the range ${text} is outside of the ${size} bytes of the object`, 416);
  }
  return undefined;
}

const OVERRIDES = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
];

/** Headers that a signed address may choose. */
function responseOverrides({ exchange, principal }: OssRequest): Record<string, string> {
  return Object.fromEntries(
    OVERRIDES.flatMap((name) => {
      const value = principal && exchange.query.get(`response-${name}`);
      return value ? [[name, headerText(value)]] : [];
    }),
  );
}

/** What cannot stand in a header would let a caller write headers of his own. */
function headerText(value: string): string {
  if (/[^\P{Cc}\t]/u.test(value)) {
    throw new CloudError('InvalidArgument', `${JSON.stringify(value.slice(0, 100))} cannot stand in a header`);
  }
  return value;
}

function versionHeaders({ versionId }: ObjectVersion): Record<string, string> {
  return versionId === 'null' ? {} : { 'x-oss-version-id': versionId };
}

function encryptionHeaders({ encryption }: ObjectVersion): Record<string, string> {
  return defined({
    'x-oss-server-side-encryption': encryption?.sseAlgorithm,
    'x-oss-server-side-encryption-key-id': encryption?.kmsMasterKeyId,
    'x-oss-server-side-data-encryption': encryption?.kmsDataEncryption,
  });
}

function defined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
