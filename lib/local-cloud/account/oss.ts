import type { Activation } from './activation';
import type { Blob, Blobs } from '../store/blobs';
import { CloudError } from './cloud-error';
import type { Digest } from '../store/digest';
import { hexId } from './ids';
import { OssError } from './oss-error';
import { OssUploads } from './oss-uploads';
import { parseBucketPolicy } from './policy';
import type { Tags } from './ram';
import type { Store, Table } from '../store/store';

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

/** Headers and settings that are stored with an object's content. */
export interface ObjectSettings {
  readonly contentType: string;
  readonly cacheControl?: string;
  readonly contentDisposition?: string;
  readonly contentEncoding?: string;
  readonly expires?: string;
  /** `default` follows the bucket's. */
  readonly acl: string;
  readonly storageClass: string;
  readonly encryption?: Encryption;
  /** ETag of a content that was uploaded in parts; others have their MD5. */
  readonly multipartEtag?: string;
  /** `x-oss-meta-…`, without the prefix. */
  readonly meta: Readonly<Record<string, string>>;
  readonly tags: Tags;
}

export interface ObjectVersion extends ObjectSettings, Blob {
  readonly bucket: string;
  readonly key: string;
  /** `null` while the bucket has no versioning. */
  readonly versionId: string;
  readonly deleteMarker: boolean;
  readonly lastModified: string;
}

/** Every version of one key, newest first: one entity, so that a change of any is one step. */
interface ObjectHistory {
  readonly bucket: string;
  readonly key: string;
  readonly versions: readonly ObjectVersion[];
}

const ACLS = ['private', 'public-read', 'public-read-write'];
export const STORAGE_CLASSES: readonly string[] = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];
const REDUNDANCY_TYPES = ['LRS', 'ZRS'];
const NO_VERSION = 'null';

const LIFECYCLE_ACTIONS = ['expiration', 'noncurrentVersionExpiration', 'abortMultipartUpload'] as const;

/**
 * Rules of one prefix, and rules of one action whose prefixes overlap, are refused. Assumption: rules that are switched
 * off or go by tags or sizes too are told apart by these.
 */
function checkLifecycle({ lifecycleRules, allowSameActionOverlap }: Bucket): void {
  lifecycleRules.forEach(checkTransitions);
  const plain = lifecycleRules.filter(
    ({ enabled, tags, filter }) => enabled && !filter && Object.keys(tags).length === 0,
  );
  plain.forEach((one, index) => {
    for (const other of plain.slice(index + 1)) {
      if (one.prefix === other.prefix && !allowSameActionOverlap) {
        throw new CloudError('InvalidArgument', `two lifecycle rules have the prefix ${JSON.stringify(one.prefix)}`);
      }
      const action = LIFECYCLE_ACTIONS.find((name) => one[name] && other[name]);
      if (
        action &&
        !allowSameActionOverlap &&
        (one.prefix.startsWith(other.prefix) || other.prefix.startsWith(one.prefix))
      ) {
        throw new CloudError(
          'InvalidArgument',
          `Overlap for same action type ${action[0].toUpperCase()}${action.slice(1)}`,
        );
      }
    }
  });
}

/** Colder classes come later. @throws CloudError InvalidRequest or InvalidArgument */
function checkTransitions(rule: LifecycleRule): void {
  const { id, expiration, transitions } = rule;
  const times = [expiration, ...transitions].filter((one) => one !== undefined);
  if (times.some(({ days }) => days !== undefined) && times.some(({ createdBeforeDate }) => createdBeforeDate)) {
    throw new CloudError('InvalidRequest', `the lifecycle rule ${id} goes by days and by dates: expected one of them`);
  }
  if (
    !isInOrder(transitions, expiration?.days) ||
    !isInOrder(rule.noncurrentVersionTransitions, rule.noncurrentVersionExpiration?.days)
  ) {
    throw new CloudError(
      'InvalidArgument',
      `the lifecycle rule ${id} must move objects to IA, Archive, ColdArchive and DeepColdArchive in this order of days, and ` +
        'delete them after that',
    );
  }
}

function isInOrder(transitions: readonly LifecycleTransition[], expirationDays: number | undefined): boolean {
  const byClass = [...transitions].sort((a, b) => coldnessOf(a) - coldnessOf(b));
  const days = [...byClass.map((one) => one.days), expirationDays].filter((one) => one !== undefined);
  return (
    byClass.every((one) => coldnessOf(one) > 0) && days.every((one, index) => index === 0 || one > days[index - 1])
  );
}

function coldnessOf({ storageClass }: LifecycleTransition): number {
  return STORAGE_CLASSES.indexOf(storageClass);
}

/** Object Storage Service: buckets, their settings, and objects with their versions. */
export class Oss {
  public readonly uploads: OssUploads;
  private readonly buckets: Table<Bucket>;
  private readonly histories: Table<ObjectHistory>;

  constructor(
    store: Store,
    public readonly blobs: Blobs,
    private readonly activation: Activation,
  ) {
    this.buckets = store.table('oss-buckets');
    this.histories = store.table('oss-objects');
    this.uploads = new OssUploads(store, blobs);
  }

  // Buckets

  public createBucket(region: string, input: NewBucket): Bucket {
    this.activation.require('oss');
    if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(input.name)) {
      throw new CloudError(
        'InvalidBucketName',
        `the bucket name ${JSON.stringify(input.name)} is not valid: 3 to 63 lower-case letters, digits and hyphens are allowed, a letter or digit first and last`,
      );
    }
    if (this.buckets.get(input.name)) {
      throw new CloudError('BucketAlreadyExists', `the bucket name ${input.name} is not available`, 409);
    }
    const bucket: Bucket = {
      name: input.name,
      region,
      acl: oneOf('acl', input.acl ?? 'private', ACLS),
      storageClass: oneOf('StorageClass', input.storageClass ?? 'Standard', STORAGE_CLASSES),
      redundancyType: oneOf('DataRedundancyType', input.redundancyType ?? 'LRS', REDUNDANCY_TYPES),
      creationDate: new Date().toISOString(),
      encryption: input.encryption,
      blockPublicAccess: false,
      lifecycleRules: [],
      allowSameActionOverlap: false,
      tags: input.tags ?? {},
      corsRules: [],
      corsResponseVary: false,
      accessMonitor: 'Disabled',
      resourceGroupId: input.resourceGroupId || 'rg-default',
    };
    this.buckets.put(bucket, bucket.name);
    return bucket;
  }

  /** As PutBucket does: makes the bucket, or changes the ACL of one that is there already. */
  public putBucket(region: string, input: NewBucket): Bucket {
    const existing = this.buckets.get(input.name);
    if (!existing) {
      return this.createBucket(region, input);
    }
    const fixed = { region, storageClass: input.storageClass, redundancyType: input.redundancyType };
    for (const [name, value] of Object.entries(fixed) as [keyof typeof fixed, string | undefined][]) {
      if (value !== undefined && value !== existing[name]) {
        throw new CloudError(
          'BucketAlreadyExists',
          `the bucket ${input.name} exists, and its ${name} cannot be changed from ${existing[name]} to ${value}`,
          409,
        );
      }
    }
    return input.acl === undefined ? existing : this.updateBucket(input.name, { acl: input.acl });
  }

  public getBucket(name: string): Bucket {
    this.activation.require('oss');
    const bucket = this.buckets.get(name);
    if (!bucket) {
      throw new CloudError('NoSuchBucket', 'The specified bucket does not exist.', 404);
    }
    return bucket;
  }

  public findBucket(name: string): Bucket | undefined {
    return this.buckets.get(name);
  }

  public listBuckets(): Bucket[] {
    this.activation.require('oss');
    return this.buckets.list();
  }

  /** A key that is present with the value undefined removes that setting. */
  public updateBucket(name: string, patch: Partial<BucketSettings>): Bucket {
    const next: Bucket = { ...this.getBucket(name), ...patch };
    oneOf('acl', next.acl, ACLS);
    if (patch.policy !== undefined) {
      parseBucketPolicy(patch.policy);
    }
    if ('lifecycleRules' in patch || 'allowSameActionOverlap' in patch) {
      checkLifecycle(next);
    }
    if (next.blockPublicAccess && patch.acl !== undefined && patch.acl !== 'private') {
      throw new CloudError(
        'AccessDenied',
        `the bucket ${name} blocks public access: the acl ${patch.acl} is not allowed`,
        403,
      );
    }
    this.buckets.put(next, name);
    return next;
  }

  public deleteBucket(name: string): void {
    this.getBucket(name);
    if (this.histories.count(name) > 0 || this.uploads.list(name).length > 0) {
      throw new CloudError('BucketNotEmpty', `the bucket ${name} still holds objects or unfinished uploads`, 409);
    }
    this.buckets.delete(name);
  }

  // Objects

  public putObject(
    bucketName: string,
    key: string,
    content: Uint8Array | { file: string; digest?: Digest },
    settings: Partial<ObjectSettings> = {},
  ): ObjectVersion {
    const bucket = this.getBucket(bucketName);
    checkKey(key);
    const blob = 'file' in content ? this.blobs.adopt(content.file, content.digest) : this.blobs.write(content);
    return this.store(bucket, key, {
      ...blob,
      bucket: bucketName,
      key,
      versionId: newVersionId(bucket),
      deleteMarker: false,
      lastModified: new Date().toISOString(),
      contentType: settings.contentType ?? 'application/octet-stream',
      cacheControl: settings.cacheControl,
      contentDisposition: settings.contentDisposition,
      contentEncoding: settings.contentEncoding,
      expires: settings.expires,
      acl: settings.acl ?? 'default',
      storageClass: settings.storageClass ?? bucket.storageClass,
      encryption: settings.encryption ?? bucket.encryption,
      multipartEtag: settings.multipartEtag,
      meta: settings.meta ?? {},
      tags: settings.tags ?? {},
    });
  }

  /** @throws CloudError NoSuchKey, or NoSuchVersion when a version is asked for */
  public getObject(bucketName: string, key: string, versionId?: string): ObjectVersion {
    this.getBucket(bucketName);
    const versions = this.histories.get(bucketName, key)?.versions ?? [];
    const found = versionId === undefined ? versions.at(0) : versions.find((one) => one.versionId === versionId);
    if (!found && versionId !== undefined) {
      throw new CloudError('NoSuchVersion', `the object ${key} has no version ${versionId}`, 404);
    }
    if (!found || found.deleteMarker) {
      const headers = found && { 'x-oss-delete-marker': 'true', 'x-oss-version-id': found.versionId };
      throw versionId === undefined
        ? new OssError('NoSuchKey', 'The specified key does not exist.', 404, { headers })
        : new OssError('MethodNotAllowed', `the version ${versionId} of ${key} is a delete marker`, 405, { headers });
    }
    return found;
  }

  /** Changes settings of the current version, not its content. */
  public updateObject(
    bucketName: string,
    key: string,
    patch: Partial<Pick<ObjectSettings, 'acl' | 'tags'>>,
  ): ObjectVersion {
    const next = { ...this.getObject(bucketName, key), ...patch };
    const [, ...older] = this.histories.get(bucketName, key)!.versions;
    this.histories.put({ bucket: bucketName, key, versions: [next, ...older] }, bucketName, key);
    return next;
  }

  /** Current objects, ordered by key, those after `marker` only. */
  public *objects(bucketName: string, prefix = '', marker = ''): Generator<ObjectVersion> {
    for (const versions of this.objectVersions(bucketName, prefix, marker)) {
      if (!versions[0].deleteMarker) {
        yield versions[0];
      }
    }
  }

  /** Every key's versions, newest first, ordered by key. */
  public *objectVersions(bucketName: string, prefix = '', marker = ''): Generator<readonly ObjectVersion[]> {
    this.getBucket(bucketName);
    for (const { key, versions } of this.histories.from(bucketName, marker > prefix ? marker : prefix)) {
      if (!key.startsWith(prefix)) {
        return;
      }
      if (key > marker) {
        yield versions;
      }
    }
  }

  /**
   * Deletes as OSS does: without a version id a versioned bucket gets a delete marker, another one loses the object;
   * what is not there is no error. Returns the marker, or the version that went.
   */
  public deleteObject(bucketName: string, key: string, versionId?: string): ObjectVersion | undefined {
    const bucket = this.getBucket(bucketName);
    const versions = this.histories.get(bucketName, key)?.versions ?? [];
    if (versionId === undefined && bucket.versioning !== undefined) {
      return this.store(bucket, key, {
        ...({ blob: '', size: 0, md5: '', crc64: '', contentType: '', acl: 'default', meta: {}, tags: {} } as const),
        storageClass: bucket.storageClass,
        bucket: bucketName,
        key,
        versionId: newVersionId(bucket),
        deleteMarker: true,
        lastModified: new Date().toISOString(),
      });
    }
    const gone = versions.find((one) => one.versionId === (versionId ?? NO_VERSION));
    if (gone) {
      this.keep(
        bucketName,
        key,
        versions.filter((one) => one !== gone),
      );
      this.removeBlob(gone);
    }
    return gone;
  }

  /** Every file that an object's or a part's content is in, for the sweep at start. */
  public usedBlobs(): Set<string> {
    const objects = this.histories.list().flatMap(({ versions }) => versions.map(({ blob }) => blob));
    return new Set([...objects, ...this.uploads.usedBlobs()]);
  }

  private store(bucket: Bucket, key: string, version: ObjectVersion): ObjectVersion {
    const older = this.histories.get(bucket.name, key)?.versions ?? [];
    const replaced = older.find((one) => one.versionId === version.versionId);
    this.keep(bucket.name, key, [version, ...older.filter((one) => one !== replaced)]);
    if (replaced) {
      this.removeBlob(replaced);
    }
    return version;
  }

  private keep(bucket: string, key: string, versions: readonly ObjectVersion[]): void {
    if (versions.length === 0) {
      this.histories.delete(bucket, key);
    } else {
      this.histories.put({ bucket, key, versions }, bucket, key);
    }
  }

  private removeBlob({ blob, deleteMarker }: ObjectVersion): void {
    if (!deleteMarker) {
      this.blobs.remove(blob);
    }
  }
}

function newVersionId(bucket: Bucket): string {
  return bucket.versioning === 'Enabled' ? `CAEQ${hexId(40)}` : NO_VERSION;
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > 1023 || key.startsWith('\\') || key.includes('\0')) {
    throw new CloudError(
      'InvalidObjectName',
      `the object name ${JSON.stringify(key.slice(0, 100))} is not valid: 1 to 1023 bytes are allowed, no backslash first`,
    );
  }
}

function oneOf(parameter: string, value: string, allowed: readonly string[]): string {
  if (!allowed.includes(value)) {
    throw new CloudError('InvalidArgument', `${parameter}: expected one of ${allowed.join(', ')}, got ${value}`);
  }
  return value;
}
