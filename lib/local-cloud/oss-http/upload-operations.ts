import * as fs from 'node:fs';
import { CloudError } from '../account/cloud-error';
import { invalidArgument } from '../account/oss-error';
import type { ObjectVersion } from '../account/oss-types';
import type { Reply } from '../http/request';
import { childrenOf, readXml, xmlText } from '../http/xml';
import { writeContent } from '../store/write-content';
import { readText, receive } from './body';
import { encoderOf } from './listing';
import { takeOver } from '../store/take-over';
import { encryptionHeaders, md5Header, settingsOf, storedHeaders } from './object-headers';
import { checkOverwrite, copySource, forbidsOverwrite } from './object-operations';
import { emptyReply, xmlReply, xmlTime } from './reply';
import { etagOf, numberIn, type Operation, optionalHeader, type OssRequest } from './request';

/** Operations of uploads in parts. */
export const uploadOperations: Readonly<Record<string, Operation>> = {
  'POST uploads': {
    name: 'InitiateMultipartUpload',
    action: 'PutObject',
    acl: 'write',
    run: (request) => {
      const { account, bucket, key, exchange } = request;
      checkOverwrite(request, forbidsOverwrite(request));
      const settings = { ...settingsOf(request), sequential: exchange.query.has('sequential') || undefined };
      const { encode, EncodingType } = encoderOf(request);
      const { uploadId, settings: stored } = account.oss.uploads.initiate(bucket, key, settings);
      return xmlReply(
        'InitiateMultipartUploadResult',
        { EncodingType, Bucket: bucket, Key: encode(key), UploadId: uploadId },
        encryptionHeaders(account, stored.encryption),
      );
    },
  },
  'PUT uploadId': { name: 'UploadPart', action: 'PutObject', acl: 'write', run: uploadPart },
  'POST uploadId': { name: 'CompleteMultipartUpload', action: 'PutObject', acl: 'write', run: complete },
  'DELETE uploadId': {
    name: 'AbortMultipartUpload',
    acl: 'write',
    run: (request) => {
      request.account.oss.uploads.abort(uploadOf(request));
      return emptyReply(204);
    },
  },
  'GET uploadId': {
    name: 'ListParts',
    run: (request) => {
      const { account, bucket, key } = request;
      const upload = uploadOf(request);
      const max = numberIn(request, 'max-parts', 1000, 1, 1000);
      const marker = numberIn(request, 'part-number-marker', 0, 0, 10_000);
      const after = account.oss.uploads.parts(upload).filter(({ partNumber }) => partNumber > marker);
      const page = after.slice(0, max);
      const { encode, EncodingType } = encoderOf(request);
      return xmlReply('ListPartsResult', {
        EncodingType,
        Bucket: bucket,
        Key: encode(key),
        UploadId: upload.uploadId,
        StorageClass: upload.settings.storageClass ?? account.oss.getBucket(bucket).storageClass,
        PartNumberMarker: marker,
        NextPartNumberMarker: page.at(-1)?.partNumber ?? marker,
        MaxParts: max,
        IsTruncated: after.length > max,
        ...clientEncryption(upload.settings.meta),
        Part: page.map((part) => ({
          PartNumber: part.partNumber,
          LastModified: xmlTime(part.lastModified),
          ETag: `"${part.md5}"`,
          HashCrc64ecma: part.crc64,
          Size: part.size,
        })),
      });
    },
  },
};

/** What a client that encrypts by itself has to know to go on with an upload. */
function clientEncryption(meta: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    ['Key', 'Start', 'CekAlg', 'WrapAlg', 'DataSize', 'PartSize'].map((name) => [
      `ClientEncryption${name}`,
      meta[`client-side-encryption-${name.replace(/\B[A-Z]/, '-$&').toLowerCase()}`],
    ]),
  );
}

function uploadOf({ account, bucket, key, exchange }: OssRequest) {
  account.oss.getBucket(bucket);
  return account.oss.uploads.get(bucket, key, exchange.query.get('uploadId') ?? '');
}

async function uploadPart(request: OssRequest): Promise<Reply> {
  const upload = uploadOf(request);
  const partNumber = numberIn(request, 'partNumber', 0, 1, 10_000);
  const encryption = optionalHeader(request, 'x-oss-server-side-encryption');
  if (encryption !== undefined) {
    throw invalidArgument('x-oss-server-side-encryption', encryption, 'that of the upload, told when it is initiated');
  }
  const copied = optionalHeader(request, 'x-oss-copy-source') === undefined ? undefined : copySource(request);
  if (copied && !copied.isWanted) {
    return emptyReply(304, { etag: etagOf(copied.source) });
  }
  const content = copied ? await receiveCopy(request, copied.source) : await receive(request);
  const part = takeOver(content.file, () => request.account.oss.uploads.putPart(upload, partNumber, content));
  const etag = `"${part.md5}"`;
  return copied
    ? xmlReply(
        'CopyPartResult',
        { ETag: etag, LastModified: xmlTime(part.lastModified) },
        { etag, 'x-oss-hash-crc64ecma': part.crc64 },
      )
    : emptyReply(200, {
        etag,
        'x-oss-hash-crc64ecma': part.crc64,
        ...md5Header(part),
        ...encryptionHeaders(request.account, upload.settings.encryption),
      });
}

/** Content of another object, or a range of it, as a file of its own. */
async function receiveCopy(request: OssRequest, source: ObjectVersion) {
  const range = optionalHeader(request, 'x-oss-copy-source-range');
  // The last byte may be left out: to the end then.
  const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(range ?? 'bytes=0-') ?? [];
  const [start, end] = [Number(first), last ? Number(last) : source.size - 1];
  if (first === undefined || start > end || end >= source.size) {
    throw new CloudError(
      'InvalidRange',
      `the range ${range} is outside of the ${source.size} bytes of the source`,
      416,
    );
  }
  const { oss, lifetime } = request.account;
  const held = oss.hold(source);
  try {
    const file = oss.blobs.scratch();
    return { file, digest: await writeContent(fs.createReadStream(held.path, { start, end }), file, { lifetime }) };
  } finally {
    held.release();
  }
}

async function complete(request: OssRequest): Promise<Reply> {
  const { account, bucket, key, exchange } = request;
  const { oss } = account;
  const { encode, EncodingType } = encoderOf(request);
  const upload = uploadOf(request);
  const forbidOverwrite = forbidsOverwrite(request);
  checkOverwrite(request, forbidOverwrite);
  // The ACL may come with the end of the upload. Source: the tests of OSS's SDK for Python.
  const acl = optionalHeader(request, 'x-oss-object-acl');
  oss.checkSettings(bucket, key, { acl });
  const completeAll = optionalHeader(request, 'x-oss-complete-all');
  const all = completeAll?.toLowerCase() === 'yes';
  if (completeAll !== undefined && !all) {
    throw invalidArgument('x-oss-complete-all', completeAll, 'yes');
  }
  const text = await readText(request);
  if (all && text !== '') {
    throw new CloudError('InvalidArgument', 'x-oss-complete-all: expected no body beside it');
  }
  const wanted = all
    ? oss.uploads.parts(upload).map(({ partNumber, md5 }) => ({ partNumber, etag: md5 }))
    : childrenOf(await readXml(text, 'CompleteMultipartUpload'), 'Part').map((part) => ({
        partNumber: Number(xmlText(part, 'PartNumber')),
        etag: xmlText(part, 'ETag') ?? '',
      }));
  const content = await oss.uploads.join(oss.uploads.chosenParts(upload, wanted));
  const object = takeOver(content.file, () => {
    // A part may have been replaced while they were being joined.
    oss.uploads.chosenParts(oss.uploads.get(bucket, key, upload.uploadId), wanted);
    return oss.completeUpload(upload, content, { forbidOverwrite, acl });
  });
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      EncodingType,
      Location: `http://${exchange.headers.host}/${encode(key)}`,
      Bucket: bucket,
      Key: encode(key),
      ETag: etagOf(object),
    },
    storedHeaders(account, oss.getBucket(bucket), object),
  );
}
