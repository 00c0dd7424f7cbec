import * as fs from 'node:fs';
import { CloudError } from '../account/cloud-error';
import { Digester } from '../store/digest';
import type { Reply } from '../http/request';
import { childrenOf, xmlText } from '../http/xml';
import { readDocument, receive } from './body';
import { checkOverwrite, copySource, settingsOf, storedHeaders } from './object-operations';
import { emptyReply, xmlReply, xmlTime } from './reply';
import { etagOf, numberIn, type Operation, optionalHeader, type OssRequest } from './request';

/** Operations of uploads in parts. */
export const uploadOperations: Readonly<Record<string, Operation>> = {
  'POST uploads': {
    name: 'InitiateMultipartUpload',
    action: 'PutObject',
    acl: 'write',
    run: (request) => {
      const { account, bucket, key } = request;
      checkOverwrite(request);
      const { uploadId } = account.oss.uploads.initiate(bucket, key, settingsOf(request));
      return xmlReply('InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: uploadId });
    },
  },
  'PUT uploadId': { name: 'UploadPart', action: 'PutObject', acl: 'write', run: uploadPart },
  'POST uploadId': { name: 'CompleteMultipartUpload', action: 'PutObject', acl: 'write', run: complete },
  'DELETE uploadId': {
    name: 'AbortMultipartUpload',
    acl: 'write',
    run: (request) => {
      request.account.oss.uploads.end(uploadOf(request));
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
      return xmlReply('ListPartsResult', {
        Bucket: bucket,
        Key: key,
        UploadId: upload.uploadId,
        PartNumberMarker: marker,
        NextPartNumberMarker: page.at(-1)?.partNumber ?? marker,
        MaxParts: max,
        IsTruncated: after.length > max,
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

function uploadOf({ account, bucket, key, exchange }: OssRequest) {
  account.oss.getBucket(bucket);
  return account.oss.uploads.get(bucket, key, exchange.query.get('uploadId') ?? '');
}

async function uploadPart(request: OssRequest): Promise<Reply> {
  const upload = uploadOf(request);
  const partNumber = numberIn(request, 'partNumber', 0, 1, 10_000);
  const copied = optionalHeader(request, 'x-oss-copy-source') !== undefined;
  const content = copied ? await receiveCopy(request) : await receive(request);
  let part;
  try {
    part = request.account.oss.uploads.putPart(upload, partNumber, content);
  } finally {
    fs.rmSync(content.file, { force: true });
  }
  const etag = `"${part.md5}"`;
  return copied
    ? xmlReply(
        'CopyPartResult',
        { ETag: etag, LastModified: xmlTime(part.lastModified) },
        { etag, 'x-oss-hash-crc64ecma': part.crc64 },
      )
    : emptyReply(200, { etag, 'x-oss-hash-crc64ecma': part.crc64 });
}

/** Content of another object, or a range of it, as a file of its own. */
async function receiveCopy(request: OssRequest) {
  const source = copySource(request);
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
  const { oss } = request.account;
  const held = oss.hold(source);
  const file = oss.blobs.scratch();
  const digester = new Digester();
  const out = await fs.promises.open(file, 'wx', 0o600);
  try {
    const content = fs.createReadStream(held.path, { start, end });
    for await (const chunk of content as AsyncIterable<Buffer>) {
      digester.update(chunk);
      await out.writeFile(chunk);
    }
  } finally {
    held.release();
    await out.close();
  }
  return { file, digest: digester.digest() };
}

async function complete(request: OssRequest): Promise<Reply> {
  const { account, bucket, key, exchange } = request;
  const { oss } = account;
  const upload = uploadOf(request);
  checkOverwrite(request);
  const all = optionalHeader(request, 'x-oss-complete-all') === 'yes';
  const wanted = all
    ? oss.uploads.parts(upload).map(({ partNumber, md5 }) => ({ partNumber, etag: md5 }))
    : childrenOf(await readDocument(request, 'CompleteMultipartUpload'), 'Part').map((part) => ({
        partNumber: Number(xmlText(part, 'PartNumber')),
        etag: xmlText(part, 'ETag') ?? '',
      }));
  const { etag, ...content } = await oss.uploads.join(oss.uploads.chosenParts(upload, wanted));
  let object;
  try {
    // Another completion may have ended it while the parts were being joined.
    oss.uploads.get(bucket, key, upload.uploadId);
    object = oss.putObject(bucket, key, content, { ...upload.settings, multipartEtag: etag });
  } finally {
    fs.rmSync(content.file, { force: true });
  }
  oss.uploads.end(upload);
  const { 'x-oss-hash-crc64ecma': crc64, 'x-oss-version-id': versionId } = storedHeaders(object);
  return xmlReply(
    'CompleteMultipartUploadResult',
    {
      Location: `http://${exchange.headers.host}/${key}`,
      Bucket: bucket,
      Key: key,
      ETag: etagOf(object),
    },
    {
      etag: etagOf(object),
      'x-oss-hash-crc64ecma': crc64,
      ...(versionId !== undefined && { 'x-oss-version-id': versionId }),
    },
  );
}
