import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import type { Blob, Blobs, HeldBlob } from '../store/blobs';
import { CloudError } from './cloud-error';
import type { Digest } from '../store/digest';
import { writeContent } from '../store/write-content';
import { hexId } from './ids';
import { checkKey, objectToStore } from './object-rules';
import { type Bucket, CONTENT, OBJECT_SETTINGS, type ObjectSettings } from './oss-types';
import { ANY } from '../store/row-set';
import { naming, number, object, optional, reference, type Shape, text } from '../store/shape';
import type { Change } from '../store/journal';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** An object that is being uploaded in parts. */
export interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: string;
  readonly settings: Partial<ObjectSettings>;
}

export interface Part extends Blob {
  readonly partNumber: number;
  readonly lastModified: string;
}

const { contentType, acl, storageClass, meta, tags, type } = OBJECT_SETTINGS;
const UPLOAD: Shape<Upload> = object<Upload>({
  bucket: naming,
  key: text,
  uploadId: text,
  initiated: text,
  settings: object<Partial<ObjectSettings>>({
    ...OBJECT_SETTINGS,
    contentType: optional(contentType),
    acl: optional(acl),
    storageClass: optional(storageClass),
    meta: optional(meta),
    tags: optional(tags),
    type: optional(type),
  }),
});
const PART: Shape<Part> = object<Part>({ ...CONTENT, partNumber: number, lastModified: text });

const MAX_PARTS = 10_000;
/** Every part but the last must have this size. */
const MIN_PART_BYTES = 100 * 1024;

/** Uploads in parts that are under way. */
export class OssUploads {
  private readonly uploads: Table<Upload>;
  private readonly partsOf: Table<Part>;

  constructor(
    private readonly store: Store,
    private readonly blobs: Blobs,
    private readonly getBucket: (name: string) => Bucket,
  ) {
    this.uploads = store.table(
      'oss-uploads',
      UPLOAD,
      ({ bucket, uploadId }) => [bucket, uploadId],
      ({ bucket }) => [reference('oss-buckets', bucket)],
    );
    this.partsOf = store.table(
      'oss-upload-parts',
      PART,
      ({ partNumber }, [uploadId]) => [uploadId, partKey(partNumber)],
      (_, [uploadId]) => [reference('oss-uploads', ANY, uploadId)],
    );
  }

  public initiate(bucket: string, key: string, settings: Partial<ObjectSettings>): Upload {
    const found = this.getBucket(bucket);
    checkKey(key);
    const upload: Upload = {
      bucket,
      key,
      uploadId: hexId(32),
      initiated: new Date().toISOString(),
      settings: objectToStore(settings, found),
    };
    this.uploads.put(upload, bucket, upload.uploadId);
    return upload;
  }

  /** @throws CloudError NoSuchUpload */
  public get(bucket: string, key: string, uploadId: string): Upload {
    const upload = this.uploads.get(bucket, uploadId);
    if (upload?.key !== key) {
      throw new CloudError('NoSuchUpload', `the upload ${uploadId} of ${key} does not exist, or has ended`, 404);
    }
    return upload;
  }

  public list(bucket: string): Upload[] {
    return this.uploads.list(bucket);
  }

  /** Takes over a file as one part, in place of an earlier one of that number. */
  public putPart(upload: Upload, partNumber: number, content: { file: string; digest: Digest }): Part {
    const { file, digest } = content;
    checkPartNumber(partNumber);
    // It may have ended while the part was on its way.
    const { uploadId, settings } = this.get(upload.bucket, upload.key, upload.uploadId);
    const expected = this.partsOf.list(uploadId).length + 1;
    // Assumption: a part of such an upload cannot be sent once more.
    if (settings.sequential && partNumber !== expected) {
      throw new CloudError(
        'PartNotSequential',
        `expected the part ${expected} of a sequential upload, got ${partNumber}`,
      );
    }
    const replaced = this.partsOf.get(uploadId, partKey(partNumber));
    const blob = this.blobs.adopt(file, digest);
    const part: Part = { ...blob, partNumber, lastModified: new Date().toISOString() };
    this.partsOf.put(part, uploadId, partKey(partNumber));
    if (replaced) {
      this.blobs.remove(replaced.blob);
    }
    return part;
  }

  public parts({ uploadId }: Upload): Part[] {
    return this.partsOf.list(uploadId);
  }

  /** The parts that a completion asks for. @throws CloudError MalformedXML, InvalidPart, InvalidPartOrder or EntityTooSmall */
  public chosenParts(upload: Upload, wanted: readonly { partNumber: number; etag: string }[]): Part[] {
    const uploaded = this.parts(upload).length;
    // Assumption: without any an object is empty, but not where parts were uploaded, which would be lost.
    if (wanted.length === 0 && uploaded > 0) {
      throw new CloudError('MalformedXML', `expected 1 to ${uploaded} elements Part, got none`);
    }
    const parts = wanted.map(({ partNumber, etag }, index) => {
      if (index > 0 && partNumber <= wanted[index - 1].partNumber) {
        throw new CloudError('InvalidPartOrder', `the part ${partNumber} does not come after the one before it`);
      }
      const part = this.partsOf.get(upload.uploadId, partKey(partNumber));
      if (part?.md5 !== etag.replace(/"/g, '').toUpperCase()) {
        throw new CloudError('InvalidPart', `the part ${partNumber} with the ETag ${etag} was not uploaded`);
      }
      return part;
    });
    const small = parts.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
    if (small) {
      throw new CloudError(
        'EntityTooSmall',
        `the part ${small.partNumber} has ${small.size} bytes, expected at least ${MIN_PART_BYTES} for all but the last`,
      );
    }
    return parts;
  }

  /** Puts parts together into one new file, which the caller must take over; they may be deleted meanwhile. */
  public async join(parts: readonly Part[]): Promise<{ file: string; digest: Digest; etag: string }> {
    const held: HeldBlob[] = [];
    const file = this.blobs.scratch();
    async function* contents(): AsyncGenerator<Buffer> {
      for (const { path } of held) {
        yield* fs.createReadStream(path) as AsyncIterable<Buffer>;
      }
    }
    let digest: Digest;
    try {
      parts.forEach((part) => held.push(this.blobs.hold(part)));
      digest = await writeContent(contents(), file);
    } finally {
      held.forEach((one) => one.release());
    }
    const md5s = Buffer.concat(parts.map(({ md5 }) => Buffer.from(md5, 'hex')));
    const etag = `${createHash('md5').update(md5s).digest('hex').toUpperCase()}-${parts.length}`;
    return { file, digest, etag };
  }

  /** Gives an upload up; its parts go. */
  public abort(upload: Upload): void {
    const { changes, parts } = this.end(upload);
    this.store.commit(changes);
    this.removeParts(parts);
  }

  /** Changes that end an upload, and the parts to remove after them. */
  public end(upload: Upload): { changes: Change[]; parts: Part[] } {
    return {
      changes: [this.uploads.change(null, upload.bucket, upload.uploadId), ...this.partsOf.deletions(upload.uploadId)],
      parts: this.parts(upload),
    };
  }

  public removeParts(parts: readonly Part[]): void {
    parts.forEach(({ blob }) => this.blobs.remove(blob));
  }

  public isPart(table: string): boolean {
    return table === this.partsOf.name;
  }

  public allParts(): Generator<Part> {
    return this.partsOf.values();
  }
}

function checkPartNumber(partNumber: number): void {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw new CloudError('InvalidArgument', `partNumber: expected 1 to ${MAX_PARTS}, got ${partNumber}`);
  }
}

/** Padded, so that the order of keys is the order of parts. */
function partKey(partNumber: number): string {
  return String(partNumber).padStart(5, '0');
}
