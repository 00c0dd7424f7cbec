import type { Account } from '../account/account';
import type { Bucket, Encryption, ObjectSettings, ObjectVersion } from '../account/oss-types';
import { etagOf, optionalHeader, type OssRequest } from './request';
import { readTaggingHeader } from './tagging';

/** What headers say about a new object. @throws CloudError for what it could not be */
export function settingsOf(request: OssRequest): Partial<ObjectSettings> {
  const { account, bucket, key, exchange } = request;
  const meta = Object.entries(exchange.headers)
    .filter(([name]) => name.startsWith('x-oss-meta-'))
    .map(([name, value]) => [name.slice('x-oss-meta-'.length), String(value)] as const);
  const settings = {
    contentType: optionalHeader(request, 'content-type'),
    cacheControl: optionalHeader(request, 'cache-control'),
    contentDisposition: optionalHeader(request, 'content-disposition'),
    contentEncoding: optionalHeader(request, 'content-encoding'),
    contentLanguage: optionalHeader(request, 'content-language'),
    expires: optionalHeader(request, 'expires'),
    acl: optionalHeader(request, 'x-oss-object-acl'),
    storageClass: optionalHeader(request, 'x-oss-storage-class'),
    encryption: encryptionOf(request),
    meta: Object.fromEntries(meta),
    tags: readTaggingHeader(optionalHeader(request, 'x-oss-tagging') ?? ''),
  };
  account.oss.checkSettings(bucket, key, settings);
  return settings;
}

/** How a request wants what it stores, or a new bucket's objects, to be encrypted. */
export function encryptionOf(request: OssRequest): Encryption | undefined {
  const sseAlgorithm = optionalHeader(request, 'x-oss-server-side-encryption');
  return sseAlgorithm !== undefined
    ? {
        sseAlgorithm,
        kmsMasterKeyId: optionalHeader(request, 'x-oss-server-side-encryption-key-id'),
        kmsDataEncryption: optionalHeader(request, 'x-oss-server-side-data-encryption'),
      }
    : undefined;
}

/** Headers that tell what was stored. */
export function storedHeaders(account: Account, bucket: Bucket, object: ObjectVersion): Record<string, string> {
  // The MD5 of what was not stored at once is told where its parts came one after another only.
  const tellsMd5 = object.etag === undefined || object.sequential;
  return {
    etag: etagOf(object),
    'x-oss-hash-crc64ecma': object.crc64,
    ...(tellsMd5 && md5Header(object)),
    ...versionHeaders(bucket, object),
    ...encryptionHeaders(account, object.encryption),
  };
}

export function md5Header({ md5 }: { readonly md5: string }): Record<string, string> {
  return { 'content-md5': Buffer.from(md5, 'hex').toString('base64') };
}

/** A bucket that never had versioning tells of no versions. */
export function versionHeaders(bucket: Bucket, { versionId }: ObjectVersion): Record<string, string> {
  return bucket.versioning === undefined ? {} : { 'x-oss-version-id': versionId };
}

/** Without a key of its own KMS encrypts with the account's default one, which is told, too. */
export function encryptionHeaders({ identity }: Account, encryption: Encryption | undefined): Record<string, string> {
  return definedHeaders({
    'x-oss-server-side-encryption': encryption?.sseAlgorithm,
    // Assumption: the form of the id, which is that of other accounts' keys.
    'x-oss-server-side-encryption-key-id':
      encryption?.sseAlgorithm === 'KMS'
        ? (encryption.kmsMasterKeyId ?? `00000000-0000-4000-8000-${identity.accountId.slice(-12).padStart(12, '0')}`)
        : undefined,
    'x-oss-server-side-data-encryption': encryption?.kmsDataEncryption,
  });
}

export function definedHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
