import * as fs from 'node:fs';
import { isArchived, type ObjectVersion } from '../account/oss-types';
import { CloudError } from '../account/cloud-error';
import { invalidArgument } from '../account/oss-error';
import type { Reply } from '../http/request';
import type { HeldBlob } from '../store/blobs';
import { receive } from './body';
import { takeOver } from '../store/take-over';
import { compressed, isCompressible } from './compression';
import { checkConditions, rangeOf } from './conditions';
import { definedHeaders, encryptionHeaders, settingsOf, storedHeaders, versionHeaders } from './object-headers';
import { emptyReply, xmlReply, xmlTime } from './reply';
import {
  checkVersion,
  etagOf,
  keyInHeader,
  type Operation,
  optionalHeader,
  type OssRequest,
  versionOf,
  flagHeader,
} from './request';
import { excerpt } from '../account/excerpt';

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
      if (account.oss.getBucket(bucket).versioning === undefined) {
        return emptyReply(204);
      }
      return emptyReply(204, {
        ...(gone?.deleteMarker && { 'x-oss-delete-marker': 'true' }),
        ...((versionId ?? gone?.deleteMarker) && { 'x-oss-version-id': versionId ?? gone!.versionId }),
      });
    },
  },
};

/** Whether what is there already must stay. */
export function forbidsOverwrite(request: OssRequest): boolean {
  return flagHeader(request, 'x-oss-forbid-overwrite');
}

/** Refuses before the body comes what would be refused when it is stored: that is the check that counts. */
export function checkOverwrite({ account, bucket, key }: OssRequest, forbidOverwrite: boolean): void {
  if (forbidOverwrite) {
    account.oss.checkAbsent(bucket, key);
  }
}

/**
 * The object that a copy reads, and whether its conditions want it copied.
 *
 * @throws CloudError AccessDenied when the caller may not read it
 */
export function copySource(request: OssRequest): { source: ObjectVersion; isWanted: boolean } {
  const text = optionalHeader(request, 'x-oss-copy-source') ?? '';
  const [, rawPath, query] = /^\/?([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  const path = keyInHeader(rawPath ?? '');
  const slash = path.indexOf('/');
  if (slash < 1 || slash === path.length - 1) {
    throw invalidArgument('x-oss-copy-source', text, '/BUCKET/KEY');
  }
  const [bucket, key] = [path.slice(0, slash), path.slice(slash + 1)];
  const versionId = checkVersion(new URLSearchParams(query ?? '').get('versionId') ?? undefined);
  if (!request.may('GetObject', { bucket, key, versionId })) {
    throw new CloudError('AccessDenied', `the caller may not read the object ${key} of ${bucket}`, 403);
  }
  const source = request.account.oss.getObject(bucket, key, versionId);
  const isWanted = checkConditions(source, (name) => optionalHeader(request, `x-oss-copy-source-${name}`));
  checkReadable(source);
  return { source, isWanted };
}

async function putObject(request: OssRequest): Promise<Reply> {
  const { account, bucket, key } = request;
  const { oss } = account;
  const [settings, forbidOverwrite] = [settingsOf(request), forbidsOverwrite(request)];
  checkOverwrite(request, forbidOverwrite);
  const content = await receive(request);
  const object = takeOver(content.file, () => oss.putObject(bucket, key, content, settings, { forbidOverwrite }));
  return emptyReply(200, storedHeaders(account, oss.getBucket(bucket), object));
}

function copyObject(request: OssRequest): Reply {
  const { account, bucket, key } = request;
  const { oss } = account;
  const { source, isWanted } = copySource(request);
  if (!isWanted) {
    return emptyReply(304, { etag: etagOf(source) });
  }
  const given = settingsOf(request);
  const replaceMeta = replaces(request, 'x-oss-metadata-directive');
  const replaceTags = replaces(request, 'x-oss-tagging-directive');
  const file = oss.blobs.scratch();
  takeOver(file, () => copyContent(oss.hold(source), file));
  const { size, md5, crc64, etag, symlinkTarget } = source;
  const object = takeOver(file, () =>
    oss.putObject(
      bucket,
      key,
      { file, digest: { size, md5, crc64 } },
      {
        ...(replaceMeta ? { ...given, contentType: given.contentType ?? source.contentType } : source),
        acl: given.acl,
        storageClass: given.storageClass,
        encryption: given.encryption,
        // Assumption: a copy of what was appended to cannot be appended to itself.
        type: source.type === 'Appendable' ? 'Normal' : source.type,
        etag,
        symlinkTarget,
        tags: replaceTags ? given.tags : source.tags,
      },
      { forbidOverwrite: forbidsOverwrite(request) },
    ),
  );
  return xmlReply(
    'CopyObjectResult',
    { ETag: etagOf(object), LastModified: xmlTime(object.lastModified) },
    {
      etag: etagOf(object),
      'x-oss-hash-crc64ecma': object.crc64,
      ...versionHeaders(oss.getBucket(bucket), object),
      ...encryptionHeaders(account, object.encryption),
      ...(oss.getBucket(source.bucket).versioning && { 'x-oss-copy-source-version-id': source.versionId }),
    },
  );
}

/** A second name for the content, which is never written again, costs nothing however large it is. */
function copyContent(held: HeldBlob, file: string): void {
  try {
    fs.linkSync(held.path, file);
  } catch {
    // Not every file system has second names, nor any number of them.
    fs.copyFileSync(held.path, file, fs.constants.COPYFILE_FICLONE);
  } finally {
    held.release();
  }
}

/** Whether a directive says to take what the request tells, and not what the source has. @throws CloudError InvalidArgument */
function replaces(request: OssRequest, name: string): boolean {
  const directive = optionalHeader(request, name) ?? 'COPY';
  if (!/^(copy|replace)$/i.test(directive)) {
    throw invalidArgument(name, directive, 'COPY or REPLACE');
  }
  return directive.toUpperCase() === 'REPLACE';
}

/** @throws CloudError InvalidObjectState for what would have to be restored first */
function checkReadable(object: ObjectVersion): void {
  if (isArchived(object)) {
    throw new CloudError(
      'InvalidObjectState',
      `the object ${object.key} is in the class ${object.storageClass} and not restored; the local cloud does not serve RestoreObject`,
      403,
    );
  }
}

/** What a key holds, and the object that it stands for: another one where it is a symlink. */
function lookUp(request: OssRequest): { found: ObjectVersion; object: ObjectVersion } {
  const { account, bucket, key } = request;
  const found = account.oss.getObject(bucket, key, versionOf(request));
  if (found.symlinkTarget !== undefined && !request.may('GetObject', { bucket, key: found.symlinkTarget })) {
    throw new CloudError('AccessDenied', `the caller may not read the target of the symlink ${key}`, 403);
  }
  return { found, object: account.oss.followSymlink(found) };
}

function getObject(request: OssRequest): Reply {
  const { account, bucket, exchange } = request;
  const { found, object } = lookUp(request);
  const tagCount = Object.keys(found.tags).length;
  const headers: Record<string, string> = {
    ...storedHeaders(account, account.oss.getBucket(bucket), { ...object, versionId: found.versionId }),
    'content-type': object.contentType,
    'last-modified': new Date(found.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    'x-oss-object-type': found.type,
    'x-oss-storage-class': object.storageClass,
    ...(found.type === 'Appendable' && { 'x-oss-next-append-position': String(found.size) }),
    ...definedHeaders({
      'cache-control': found.cacheControl,
      'content-disposition': found.contentDisposition,
      'content-encoding': found.contentEncoding,
      'content-language': found.contentLanguage,
      expires: found.expires,
    }),
    ...Object.fromEntries(Object.entries(found.meta).map(([name, value]) => [`x-oss-meta-${name}`, value])),
    ...(tagCount > 0 && { 'x-oss-tagging-count': String(tagCount) }),
    ...responseOverrides(request),
  };
  if (!checkConditions(object, (name) => optionalHeader(request, name))) {
    return emptyReply(304, { etag: headers.etag, 'last-modified': headers['last-modified'] });
  }
  const range = rangeOf(request, object);
  const [start, end] = range ?? [0, object.size - 1];
  headers['content-length'] = String(end - start + 1);
  if (range) {
    headers['content-range'] = `bytes ${start}-${end}/${object.size}`;
  }
  const status = range ? 206 : 200;
  if (exchange.method === 'HEAD') {
    return { status, headers };
  }
  checkReadable(object);
  if (object.size === 0) {
    return { status, headers };
  }
  const held = account.oss.hold(object);
  const body = { file: held.path, start, end, release: held.release };
  return !range && isCompressible(request, headers, object.size)
    ? compressed(headers, body)
    : { status, headers, body };
}

/** Assumption: by GET it tells no length, for there is no body that could have it. */
function getObjectMeta(request: OssRequest): Reply {
  const { account, bucket, exchange } = request;
  const { found, object } = lookUp(request);
  return emptyReply(200, {
    etag: etagOf(object),
    'content-length': exchange.method === 'HEAD' ? String(object.size) : '0',
    'last-modified': new Date(found.lastModified).toUTCString(),
    'x-oss-hash-crc64ecma': object.crc64,
    ...versionHeaders(account.oss.getBucket(bucket), found),
  });
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
    throw new CloudError('InvalidArgument', `${excerpt(value)} cannot stand in a header`);
  }
  return value;
}
