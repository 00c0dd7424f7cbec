import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { REDUNDANCY_TYPES, STORAGE_CLASSES } from '../../cloud/limits';
import { BUCKET_NAME } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import type { Activation } from './activation';
import type { Blob, Blobs, HeldBlob } from '../store/blobs';
import { LocalCloudError } from '../store/local-cloud-error';
import { settingsToStore } from './bucket-rules';
import { CloudError } from './cloud-error';
import type { Digest } from '../store/digest';
import { hexId } from './ids';
import { OssAccessLog } from './oss-access-log';
import { checkKey, objectToStore } from './object-rules';
import { OssError } from './oss-error';
import {
  type Bucket,
  BUCKET,
  type BucketSettings,
  DEFAULT_RESOURCE_GROUP,
  type NewBucket,
  OBJECT_VERSION,
  type ObjectSettings,
  type ObjectVersion,
} from './oss-types';
import { OssUploads, type Upload } from './oss-uploads';
import type { Change } from '../store/journal';
import { reference } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';

const NO_VERSION = 'null';

/** How an object is stored. */
interface PutConditions {
  /** Whether what is there already must stay. @default false */
  readonly forbidOverwrite?: boolean;
  /** Changes that belong to the same step. @default - none */
  readonly also?: readonly Change[];
}

type NewContent = Uint8Array | { readonly file: string; readonly digest?: Digest };

type NewVersion = Omit<ObjectVersion, 'versionId' | 'sequence'>;

/** Changes of rows, and the versions whose contents come and go with them. */
interface Step {
  readonly changes: readonly Change[];
  readonly added?: ObjectVersion;
  readonly gone?: ObjectVersion;
}

/** Object Storage Service: buckets, their settings, and objects with their versions. */
export class Oss {
  public readonly uploads: OssUploads;
  public readonly accessLog = new OssAccessLog((bucket, lines) => this.writeAccessLog(bucket, lines));
  private readonly buckets: Table<Bucket>;
  /** By bucket, key and age, newest first. */
  private readonly versions: Table<ObjectVersion>;
  private readonly versionsById: Index<ObjectVersion>;

  constructor(
    private readonly store: Store,
    public readonly blobs: Blobs,
    private readonly activation: Activation,
  ) {
    this.buckets = store.table('oss-buckets', BUCKET, ({ name }) => [name]);
    this.versions = store.table('oss-versions', OBJECT_VERSION, rowKey, ({ bucket }) => [
      reference('oss-buckets', bucket),
    ]);
    this.versionsById = this.versions.index(({ bucket, key, versionId }) => idKey(bucket, key, versionId));
    this.uploads = new OssUploads(store, blobs, (name) => this.getBucket(name));
  }

  // Buckets

  public createBucket(region: string, input: NewBucket): Bucket {
    this.activation.require('oss');
    const expected = expectedInstead(BUCKET_NAME, input.name);
    if (expected !== undefined) {
      throw new CloudError(
        'InvalidBucketName',
        `the bucket name ${JSON.stringify(input.name)} is not valid: expected ${expected}`,
      );
    }
    if (this.buckets.get(input.name)) {
      throw new CloudError('BucketAlreadyExists', `the bucket name ${input.name} is not available`, 409);
    }
    const bucket: Bucket = {
      name: input.name,
      region,
      acl: input.acl ?? 'private',
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
      resourceGroupId: input.resourceGroupId || DEFAULT_RESOURCE_GROUP,
    };
    const { name } = bucket;
    const stored = { ...bucket, ...settingsToStore({ name, region }, bucket, (target) => this.findBucket(target)) };
    this.buckets.put(stored, name);
    return stored;
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
      throw new CloudError('NoSuchBucket', `the bucket ${name} does not exist`, 404);
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
    const former = this.getBucket(name);
    const next: Bucket = { ...former, ...settingsToStore(former, patch, (target) => this.findBucket(target)) };
    this.buckets.put(next, name);
    return next;
  }

  public deleteBucket(name: string): void {
    this.getBucket(name);
    if (this.versions.count(name) > 0 || this.uploads.list(name).length > 0) {
      throw new CloudError('BucketNotEmpty', `the bucket ${name} still holds objects or unfinished uploads`, 409);
    }
    this.buckets.delete(name);
  }

  // Objects

  /** Refuses what a put would refuse, before its content comes: the check of the put is the one that counts. */
  public checkSettings(bucketName: string, key: string, settings: Partial<ObjectSettings>): void {
    const bucket = this.getBucket(bucketName);
    checkKey(key);
    objectToStore(settings, bucket);
  }

  public putObject(
    bucketName: string,
    key: string,
    content: NewContent,
    settings: Partial<ObjectSettings> = {},
    { forbidOverwrite = false, also = [] }: PutConditions = {},
  ): ObjectVersion {
    const bucket = this.getBucket(bucketName);
    checkKey(key);
    if (forbidOverwrite) {
      this.checkAbsent(bucketName, key);
    }
    const step = this.placing(bucket, this.newObject(bucket, key, content, settings));
    this.carryOut([step], also);
    return step.added!;
  }

  /**
   * Puts objects and deletes others in one step: whoever reads sees all of it or nothing. Each key may be there once.
   *
   * @param also - what belongs to it beside the objects
   */
  public changeObjects(
    put: readonly { readonly bucket: string; readonly key: string; readonly content: NewContent }[],
    deleted: readonly Pick<ObjectVersion, 'bucket' | 'key'>[],
    also: readonly Change[],
  ): void {
    const steps: Step[] = [];
    try {
      for (const { bucket: name, key, content } of put) {
        const bucket = this.getBucket(name);
        checkKey(key);
        steps.push(this.placing(bucket, this.newObject(bucket, key, content, {})));
      }
      steps.push(...deleted.map(({ bucket, key }) => this.removing(this.getBucket(bucket), key)));
    } catch (error) {
      steps.forEach(({ added }) => added && this.removeBlob(added));
      throw error;
    }
    this.carryOut(steps, also);
  }

  private newObject(bucket: Bucket, key: string, content: NewContent, given: Partial<ObjectSettings>): NewVersion {
    const settings = objectToStore(given, bucket);
    const blob = 'file' in content ? this.blobs.adopt(content.file, content.digest) : this.blobs.write(content);
    return {
      ...blob,
      bucket: bucket.name,
      key,
      deleteMarker: false,
      lastModified: new Date().toISOString(),
      contentType: settings.contentType ?? 'application/octet-stream',
      cacheControl: settings.cacheControl,
      contentDisposition: settings.contentDisposition,
      contentEncoding: settings.contentEncoding,
      contentLanguage: settings.contentLanguage,
      expires: settings.expires,
      acl: settings.acl ?? 'default',
      storageClass: settings.storageClass ?? bucket.storageClass,
      encryption: settings.encryption ?? bucket.encryption,
      type: settings.type ?? 'Normal',
      etag: settings.etag,
      sequential: settings.sequential,
      symlinkTarget: settings.symlinkTarget,
      meta: settings.meta ?? {},
      tags: settings.tags ?? {},
    };
  }

  /**
   * For a caller that must not replace anything; a bucket with versions replaces nothing.
   *
   * @throws CloudError FileAlreadyExists
   */
  public checkAbsent(bucketName: string, key: string): void {
    const bucket = this.getBucket(bucketName);
    if (bucket.versioning === undefined && this.versions.first(bucketName, key)) {
      throw new CloudError(
        'FileAlreadyExists',
        'The object you specified already exists and can not be overwritten.',
        409,
      );
    }
  }

  /**
   * What an append to a key comes after; undefined for the first one.
   *
   * @throws CloudError ObjectNotAppendable or PositionNotEqualToLength
   */
  public appendTarget(bucketName: string, key: string, position: number): ObjectVersion | undefined {
    this.getBucket(bucketName);
    checkKey(key);
    const newest = this.versions.first(bucketName, key);
    if (newest && newest.type !== 'Appendable') {
      throw new CloudError('ObjectNotAppendable', 'The object is not appendable', 409);
    }
    const length = newest?.size ?? 0;
    if (position !== length) {
      throw new OssError('PositionNotEqualToLength', 'Position is not equal to file length', 409, {
        headers: { 'x-oss-next-append-position': String(length) },
      });
    }
    return newest;
  }

  /**
   * Appends to a key. The file holds all of the content, the digest has the MD5 of what is new. What it was appended
   * to must still be there: of two appends at one position one wins.
   */
  public appendObject(
    bucketName: string,
    key: string,
    appended: { position: number; after: ObjectVersion | undefined; file: string; digest: Digest },
    settings: Partial<ObjectSettings>,
  ): ObjectVersion {
    const { position, after, file, digest } = appended;
    const before = this.appendTarget(bucketName, key, position);
    if (before?.blob !== after?.blob) {
      throw new CloudError('PositionNotEqualToLength', 'The object was replaced while content was appended to it', 409);
    }
    if (!before) {
      return this.putObject(bucketName, key, { file, digest }, { ...settings, type: 'Appendable' });
    }
    const etag = createHash('md5')
      .update(`${before.etag ?? before.md5}${digest.md5}`)
      .digest('hex')
      .toUpperCase();
    const content = this.blobs.adopt(file, digest);
    const version = { ...before, ...content, etag, lastModified: new Date().toISOString() };
    this.carryOut([{ added: version, gone: before, changes: [this.versions.change(version, ...rowKey(version))] }]);
    return version;
  }

  /**
   * Makes an object of what was put together of an upload's parts, and ends the upload with it.
   *
   * @throws CloudError NoSuchUpload when it has ended meanwhile
   */
  public completeUpload(
    { bucket, key, uploadId }: Upload,
    { etag, ...content }: { file: string; digest: Digest; etag: string },
    { forbidOverwrite, acl }: { forbidOverwrite: boolean; acl?: string },
  ): ObjectVersion {
    const upload = this.uploads.get(bucket, key, uploadId);
    const { changes, parts } = this.uploads.end(upload);
    const settings = { ...upload.settings, acl: acl ?? upload.settings.acl, type: 'Multipart', etag } as const;
    const object = this.putObject(bucket, key, content, settings, { forbidOverwrite, also: changes });
    this.uploads.removeParts(parts);
    return object;
  }

  /** What a symlink stands for; another object stands for itself. @throws CloudError */
  public followSymlink(object: ObjectVersion): ObjectVersion {
    const { symlinkTarget } = object;
    if (symlinkTarget === undefined) {
      return object;
    }
    const target = this.versions.first(object.bucket, symlinkTarget);
    if (!target || target.deleteMarker) {
      throw new CloudError('SymlinkTargetNotExist', 'The symlink target object does not exist', 404);
    }
    if (target.type === 'Symlink') {
      throw new CloudError('InvalidTargetType', 'The target of the symlink is a symlink itself.');
    }
    return target;
  }

  /** @throws CloudError NoSuchKey, or NoSuchVersion when a version is asked for */
  public getObject(bucketName: string, key: string, versionId?: string): ObjectVersion {
    this.getBucket(bucketName);
    const found = this.findVersion(bucketName, key, versionId);
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

  /** The current version of a key, or another one: an object or a delete marker. */
  public findVersion(bucketName: string, key: string, versionId?: string): ObjectVersion | undefined {
    return versionId === undefined
      ? this.versions.first(bucketName, key)
      : this.versionsById.get(idKey(bucketName, key, versionId));
  }

  /** Changes settings of the current version, or of another one, not its content. */
  public updateObject(
    bucketName: string,
    key: string,
    patch: Partial<Pick<ObjectSettings, 'acl' | 'tags'>>,
    versionId?: string,
  ): ObjectVersion {
    const object = this.getObject(bucketName, key, versionId);
    const next = { ...object, ...objectToStore(patch, this.getBucket(bucketName)) };
    this.versions.put(next, ...rowKey(next));
    return next;
  }

  /** Current objects, ordered by key, those after `marker` only. */
  public *objects(bucketName: string, prefix = '', marker = ''): Generator<ObjectVersion> {
    for (const version of this.newestVersions(bucketName, prefix, marker)) {
      if (!version.deleteMarker) {
        yield version;
      }
    }
  }

  /** As `objects`, with the delete markers that are a key's newest version. */
  public *newestVersions(bucketName: string, prefix = '', marker = ''): Generator<ObjectVersion> {
    this.getBucket(bucketName);
    for (const version of this.versions.firsts(bucketName, marker > prefix ? marker : prefix)) {
      if (!version.key.startsWith(prefix)) {
        return;
      }
      if (version.key > marker) {
        yield version;
      }
    }
  }

  /** Versions of one key, newest first; those after one of them, where that is still there. */
  public *versionsAfter(bucketName: string, key: string, versionId?: string): Generator<ObjectVersion> {
    const marker = versionId === undefined ? undefined : this.findVersion(bucketName, key, versionId);
    const start = marker ? rowKey(marker)[2] : '';
    for (const version of this.versions.from(bucketName, `${key}\0${start}`)) {
      if (version.key !== key) {
        return;
      }
      if (version.versionId !== marker?.versionId) {
        yield version;
      }
    }
  }

  /** Every version, or those of one key: by key, newest first. */
  public objectVersions(bucketName: string, key?: string): ObjectVersion[] {
    this.getBucket(bucketName);
    return key === undefined ? this.versions.list(bucketName) : this.versions.list(bucketName, key);
  }

  /**
   * Deletes as OSS does: without a version id a versioned bucket gets a delete marker, another one loses the object;
   * what is not there is no error. Returns the marker, or the version that went.
   */
  public deleteObject(bucketName: string, key: string, versionId?: string): ObjectVersion | undefined {
    const step = this.removing(this.getBucket(bucketName), key, versionId);
    this.carryOut([step]);
    return step.added ?? step.gone;
  }

  /** Deletes every version of every object, in one step. */
  public emptyBucket(name: string): void {
    this.carryOut(
      this.objectVersions(name).map((gone) => ({ gone, changes: [this.versions.change(null, ...rowKey(gone))] })),
    );
  }

  private removing(bucket: Bucket, key: string, versionId?: string): Step {
    if (versionId === undefined && bucket.versioning !== undefined) {
      return this.placing(bucket, {
        ...({ blob: '', size: 0, md5: '', crc64: '', type: 'Normal' } as const),
        ...({ contentType: '', acl: 'default', meta: {}, tags: {} } as const),
        storageClass: bucket.storageClass,
        bucket: bucket.name,
        key,
        deleteMarker: true,
        lastModified: new Date().toISOString(),
      });
    }
    const gone = this.versionsById.get(idKey(bucket.name, key, versionId ?? NO_VERSION));
    return { gone, changes: gone ? [this.versions.change(null, ...rowKey(gone))] : [] };
  }

  /**
   * Keeps a content for a reader until it is released, whatever becomes of the object meanwhile.
   *
   * @throws CloudError InternalError when the state folder has lost it
   */
  public hold(content: Pick<Blob, 'blob' | 'size'>): HeldBlob {
    try {
      return this.blobs.hold(content);
    } catch (error) {
      throw error instanceof LocalCloudError ? new CloudError('InternalError', error.message, 500) : error;
    }
  }

  /** The content of every object and part. */
  public *contents(): Generator<Blob> {
    for (const version of this.versions.values()) {
      if (!version.deleteMarker) {
        yield version;
      }
    }
    yield* this.uploads.allParts();
  }

  /** Whether a row of a table refers to a content. */
  public isContent(table: string, row: unknown): row is Blob {
    return table === this.versions.name ? !(row as ObjectVersion).deleteMarker : this.uploads.isPart(table);
  }

  /** Names of the files of every content; collected between other work. */
  public async usedBlobs(): Promise<Set<string>> {
    const used = new Set<string>();
    for (const { blob } of this.contents()) {
      used.add(blob);
      if (used.size % 1000 === 0) {
        await setImmediate();
      }
    }
    return used;
  }

  private writeAccessLog(source: string, lines: readonly string[]): void {
    const logging = this.buckets.get(source)?.logging;
    if (logging) {
      const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');
      const key = `${logging.targetPrefix}${source}${time}-${hexId(4)}`;
      this.putObject(logging.targetBucket, key, Buffer.from(`${lines.join('\n')}\n`));
    }
  }

  /** A newest version, in place of the one that has no version id when it has none either. */
  private placing(bucket: Bucket, content: NewVersion): Step {
    const { key } = content;
    const versionId = bucket.versioning === 'Enabled' ? `CAEQ${hexId(40)}` : NO_VERSION;
    const newest = this.versions.first(bucket.name, key);
    const gone = versionId === NO_VERSION ? this.versionsById.get(idKey(bucket.name, key, NO_VERSION)) : undefined;
    const sequence = newest ? newest.sequence + (newest === gone ? 0 : 1) : 1;
    const added = { ...content, versionId, sequence };
    return {
      added,
      gone,
      changes: [
        ...(gone ? [this.versions.change(null, ...rowKey(gone))] : []),
        this.versions.change(added, ...rowKey(added)),
      ],
    };
  }

  /** Commits; the contents of versions in whose place others come, or nothing, go. */
  private carryOut(steps: readonly Step[], also: readonly Change[] = []): void {
    try {
      this.store.commit([...steps.flatMap(({ changes }) => changes), ...also]);
    } catch (error) {
      steps.forEach(({ added }) => added && this.removeBlob(added));
      throw error;
    }
    steps.forEach(({ gone }) => gone && this.removeBlob(gone));
  }

  private removeBlob({ blob, deleteMarker }: ObjectVersion): void {
    if (!deleteMarker) {
      this.blobs.remove(blob);
    }
  }
}

function idKey(bucket: string, key: string, versionId: string): string {
  return `${bucket}\0${key}\0${versionId}`;
}

const MAX_SEQUENCE = 999_999_999_999;

/** The newest version comes first. */
function rowKey({ bucket, key, sequence }: ObjectVersion): [bucket: string, key: string, age: string] {
  return [bucket, key, String(MAX_SEQUENCE - sequence).padStart(12, '0')];
}

function oneOf(parameter: string, value: string, allowed: readonly string[]): string {
  if (!allowed.includes(value)) {
    throw new CloudError('InvalidArgument', `${parameter}: expected one of ${allowed.join(', ')}, got ${value}`);
  }
  return value;
}
