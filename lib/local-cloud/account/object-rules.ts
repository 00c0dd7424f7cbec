import { BUCKET_ACLS, STORAGE_CLASSES } from '../../cloud/limits';
import { encryptionToStore } from './bucket-rules';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import { invalidArgument } from './oss-error';
import type { Bucket, ObjectSettings } from './oss-types';
import { checkObjectTags } from './tag-rules';

const OBJECT_ACLS = ['default', ...BUCKET_ACLS];
/** Of all user metadata of one object, names included. */
const MAX_META_BYTES = 8 * 1024;
/** Settings that are told in headers of their own. */
const HEADERS = {
  contentType: 'content-type',
  cacheControl: 'cache-control',
  contentDisposition: 'content-disposition',
  contentEncoding: 'content-encoding',
  contentLanguage: 'content-language',
  expires: 'expires',
} as const;

/** @throws CloudError InvalidObjectName */
export function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > 1023 || /^[\\/]/.test(key) || key.includes('\0')) {
    throw new CloudError(
      'InvalidObjectName',
      `the object name ${excerpt(key)} is not valid: 1 to 1023 bytes are allowed, no slash or backslash first`,
    );
  }
}

/** What is said of an object in a bucket, whoever says it, as it is kept. @throws CloudError */
export function objectToStore(settings: Partial<ObjectSettings>, bucket: Bucket): Partial<ObjectSettings> {
  const { acl, storageClass, encryption, meta = {}, tags = {} } = settings;
  if (acl !== undefined && !OBJECT_ACLS.includes(acl)) {
    throw invalidArgument('x-oss-object-acl', acl, `one of ${OBJECT_ACLS.join(', ')}`);
  }
  if (bucket.blockPublicAccess && acl?.startsWith('public-')) {
    throw new CloudError(
      'AccessDenied',
      `Put public object acl is not allowed: the bucket ${bucket.name} blocks public access`,
      403,
    );
  }
  if (storageClass !== undefined && !STORAGE_CLASSES.includes(storageClass)) {
    throw invalidArgument('x-oss-storage-class', storageClass, `one of ${STORAGE_CLASSES.join(', ')}`);
  }
  Object.entries(HEADERS).forEach(([name, header]) => checkHeader(header, settings[name as keyof typeof HEADERS]));
  const pairs = Object.entries(meta);
  pairs.forEach(([name, value]) => checkHeader(`x-oss-meta-${name}`, value));
  const metaBytes = pairs.flat().reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (metaBytes > MAX_META_BYTES) {
    throw new CloudError(
      'InvalidArgument',
      `expected up to ${MAX_META_BYTES} bytes of headers x-oss-meta-*, got ${metaBytes}`,
    );
  }
  checkObjectTags(tags);
  return { ...settings, ...(encryption && { encryption: encryptionToStore(encryption) }) };
}

/** What cannot stand in a header could be told to nobody. @throws CloudError InvalidArgument */
function checkHeader(name: string, value: string | undefined): void {
  if (value !== undefined && /[^\P{Cc}\t\x80-\x9f]/u.test(value)) {
    throw invalidArgument(name, value, 'characters that can stand in a header');
  }
}
