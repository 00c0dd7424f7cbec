import type { Blob } from '../store/blobs';
import { flag, list, number, object, oneOf, naming, optional, record, type Shape, text } from '../store/shape';
import type { Tags } from './ram';

/** Settings of a bucket; what is undefined has not been configured. */
export interface BucketSettings {
  readonly acl: string;
  readonly blockPublicAccess: boolean;
  /** `Enabled` or `Suspended`; undefined until it is set for the first time. */
  readonly versioning?: string;
  readonly encryption?: Encryption;
  readonly lifecycleRules: readonly LifecycleRule[];
  readonly allowSameActionOverlap: boolean;
  /** JSON text of the bucket policy. */
  readonly policy?: string;
  readonly tags: Tags;
  readonly corsRules: readonly CorsRule[];
  readonly corsResponseVary: boolean;
  readonly logging?: { readonly targetBucket: string; readonly targetPrefix: string; readonly loggingRole?: string };
  readonly referer?: Referer;
  readonly transferAcceleration?: boolean;
  readonly accessMonitor: string;
  readonly resourceGroupId: string;
}

/** Hotlink protection. */
export interface Referer {
  readonly allowEmpty: boolean;
  /** Patterns with `*` and `?` of those that are let through. */
  readonly referers: readonly string[];
  /** Patterns of those that are not. @default - none */
  readonly blacklist?: readonly string[];
  /** Whether a query is left out before a referer is compared. @default true */
  readonly truncateQueryString?: boolean;
  /** Whether the path is left out, too. @default false */
  readonly truncatePath?: boolean;
}

export interface Encryption {
  readonly sseAlgorithm: string;
  readonly kmsMasterKeyId?: string;
  readonly kmsDataEncryption?: string;
}

export interface LifecycleRule {
  readonly id: string;
  readonly prefix: string;
  readonly enabled: boolean;
  readonly tags: Tags;
  readonly expiration?: LifecycleExpiration;
  readonly abortMultipartUpload?: { readonly days?: number; readonly createdBeforeDate?: string };
  readonly transitions: readonly LifecycleTransition[];
  readonly noncurrentVersionExpiration?: { readonly days: number };
  readonly noncurrentVersionTransitions: readonly LifecycleTransition[];
  readonly filter?: LifecycleFilter;
}

export interface LifecycleExpiration {
  readonly days?: number;
  readonly date?: string;
  readonly createdBeforeDate?: string;
  readonly expiredObjectDeleteMarker?: boolean;
}

export interface LifecycleTransition {
  readonly days?: number;
  readonly createdBeforeDate?: string;
  readonly storageClass: string;
  readonly isAccessTime?: boolean;
  readonly returnToStdWhenVisit?: boolean;
  readonly allowSmallFile?: boolean;
}

export interface LifecycleFilter {
  readonly objectSizeGreaterThan?: number;
  readonly objectSizeLessThan?: number;
  readonly not?: { readonly prefix?: string; readonly tag?: { readonly key: string; readonly value: string } };
}

export interface CorsRule {
  readonly allowedOrigins: readonly string[];
  readonly allowedMethods: readonly string[];
  readonly allowedHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds?: number;
}

export interface Bucket extends BucketSettings {
  readonly name: string;
  readonly region: string;
  readonly storageClass: string;
  readonly redundancyType: string;
  readonly creationDate: string;
}

/** What a bucket is made with. */
export type NewBucket = Pick<Bucket, 'name'> &
  Partial<Pick<Bucket, 'acl' | 'storageClass' | 'redundancyType' | 'resourceGroupId' | 'tags' | 'encryption'>>;

/** How an object came to be. */
export type ObjectType = 'Normal' | 'Multipart' | 'Appendable' | 'Symlink';

/** Headers and settings that are stored with an object's content. */
export interface ObjectSettings {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly contentLanguage?: string;
  readonly expires?: string;
  /** `default` follows the bucket's. */
  readonly acl: string;
  readonly storageClass: string;
  readonly encryption?: Encryption;
  readonly type: ObjectType;
  /** ETag of a content that came in pieces; one that came at once has its MD5. */
  readonly etag?: string;
  /** Whether the parts of an upload had to come one after another, so that OSS knows the MD5 of the whole. */
  readonly sequential?: boolean;
  /** Key that a symlink stands for. */
  readonly symlinkTarget?: string;
  /** `x-oss-meta-…`, without the prefix. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tags: Tags;
}

export interface ObjectVersion extends ObjectSettings, Blob {
  readonly bucket: string;
  readonly key: string;
  /** `null` while the bucket has no versioning. */
  readonly versionId: string;
  /** Grows with the versions of a key: the newest has the highest. */
  readonly sequence: number;
  readonly deleteMarker: boolean;
  readonly lastModified: string;
}

/** Where a bucket is that names no other one. */
export const DEFAULT_RESOURCE_GROUP = 'rg-default';

/** Whether an object would have to be restored before it can be read. */
export function isArchived({ storageClass }: Pick<ObjectSettings, 'storageClass'>): boolean {
  return storageClass.endsWith('Archive');
}

// How they are stored

const tags = record(text);
const encryption = object<Encryption>({
  sseAlgorithm: text,
  kmsMasterKeyId: optional(text),
  kmsDataEncryption: optional(text),
});
const transition = object<LifecycleTransition>({
  days: optional(number),
  createdBeforeDate: optional(text),
  storageClass: text,
  isAccessTime: optional(flag),
  returnToStdWhenVisit: optional(flag),
  allowSmallFile: optional(flag),
});
const lifecycleRule = object<LifecycleRule>({
  id: text,
  prefix: text,
  enabled: flag,
  tags,
  expiration: optional(
    object<LifecycleExpiration>({
      days: optional(number),
      date: optional(text),
      createdBeforeDate: optional(text),
      expiredObjectDeleteMarker: optional(flag),
    }),
  ),
  abortMultipartUpload: optional(
    object<NonNullable<LifecycleRule['abortMultipartUpload']>>({
      days: optional(number),
      createdBeforeDate: optional(text),
    }),
  ),
  transitions: list(transition),
  noncurrentVersionExpiration: optional(object({ days: number })),
  noncurrentVersionTransitions: list(transition),
  filter: optional(
    object<LifecycleFilter>({
      objectSizeGreaterThan: optional(number),
      objectSizeLessThan: optional(number),
      not: optional(
        object<NonNullable<LifecycleFilter['not']>>({
          prefix: optional(text),
          tag: optional(object({ key: text, value: text })),
        }),
      ),
    }),
  ),
});
export const BUCKET: Shape<Bucket> = object<Bucket>({
  name: naming,
  region: text,
  storageClass: text,
  redundancyType: text,
  creationDate: text,
  acl: text,
  blockPublicAccess: flag,
  versioning: optional(text),
  encryption: optional(encryption),
  lifecycleRules: list(lifecycleRule),
  allowSameActionOverlap: flag,
  policy: optional(naming),
  tags,
  corsRules: list(
    object<CorsRule>({
      allowedOrigins: list(text),
      allowedMethods: list(text),
      allowedHeaders: list(text),
      exposeHeaders: list(text),
      maxAgeSeconds: optional(number),
    }),
  ),
  corsResponseVary: flag,
  logging: optional(
    object<NonNullable<Bucket['logging']>>({ targetBucket: naming, targetPrefix: text, loggingRole: optional(text) }),
  ),
  referer: optional(
    object<Referer>({
      allowEmpty: flag,
      referers: list(text),
      blacklist: optional(list(text)),
      truncateQueryString: optional(flag),
      truncatePath: optional(flag),
    }),
  ),
  transferAcceleration: optional(flag),
  accessMonitor: text,
  resourceGroupId: text,
});

export const OBJECT_SETTINGS = {
  contentType: text,
  cacheControl: optional(text),
  contentDisposition: optional(text),
  contentEncoding: optional(text),
  contentLanguage: optional(text),
  expires: optional(text),
  acl: text,
  storageClass: text,
  encryption: optional(encryption),
  type: oneOf('Normal', 'Multipart', 'Appendable', 'Symlink'),
  etag: optional(text),
  sequential: optional(flag),
  symlinkTarget: optional(text),
  meta: record(text),
  tags,
};
export const CONTENT = { blob: text, size: number, md5: text, crc64: text };
export const OBJECT_VERSION: Shape<ObjectVersion> = object<ObjectVersion>({
  ...OBJECT_SETTINGS,
  ...CONTENT,
  bucket: naming,
  key: text,
  versionId: text,
  sequence: number,
  deleteMarker: flag,
  lastModified: text,
});
