import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { Bucket } from '../account/oss';
import { pageOf } from '../http/pagination';
import { childrenOf, readXml, xmlText } from '../http/xml';
import { readDocument, readText } from './body';
import { ownerFields } from './bucket-settings';
import { encoderOf } from './listing';
import { emptyReply, xmlReply } from './reply';
import { numberIn, type Operation, optionalHeader } from './request';

const MAX_DELETED_AT_ONCE = 1000;

/** Operations on the service as a whole. */
export const serviceOperations: Readonly<Record<string, Operation>> = {
  GET: {
    name: 'ListBuckets',
    run: (request) => {
      const { account, exchange } = request;
      const prefix = exchange.query.get('prefix') ?? '';
      const marker = exchange.query.get('marker') ?? '';
      const maxKeys = numberIn(request, 'max-keys', 100, 1, 1000);
      const after = account.oss.listBuckets().filter(({ name }) => name.startsWith(prefix) && name > marker);
      const page = after.slice(0, maxKeys);
      const truncated = after.length > maxKeys;
      return xmlReply('ListAllMyBucketsResult', {
        Prefix: prefix,
        Marker: marker,
        MaxKeys: maxKeys,
        IsTruncated: truncated,
        NextMarker: truncated ? page[page.length - 1].name : undefined,
        Owner: ownerFields(account),
        Buckets: { Bucket: page.map(listedBucketFields) },
      });
    },
  },
};

/** Operations on a bucket itself. */
export const bucketOperations: Readonly<Record<string, Operation>> = {
  PUT: {
    name: 'PutBucket',
    run: async (request) => {
      const { account, bucket, region, exchange } = request;
      const text = await readText(request);
      const document = text.trim() === '' ? {} : await readXml(text, 'CreateBucketConfiguration');
      const { authority } = exchange;
      const hostRegion = authority.kind === 'alibaba' ? authority.region : undefined;
      account.oss.createBucket(xmlText(document, 'LocationConstraint')?.replace(/^oss-/, '') || hostRegion || region, {
        name: bucket,
        acl: optionalHeader(request, 'x-oss-acl'),
        storageClass: xmlText(document, 'StorageClass') || undefined,
        redundancyType: xmlText(document, 'DataRedundancyType') || undefined,
        resourceGroupId: optionalHeader(request, 'x-oss-resource-group-id'),
      });
      return emptyReply(200, { location: `/${bucket}` });
    },
  },
  DELETE: {
    name: 'DeleteBucket',
    run: ({ account, bucket }) => {
      account.oss.deleteBucket(bucket);
      return emptyReply(204);
    },
  },
  'GET bucketInfo': {
    name: 'GetBucketInfo',
    run: ({ account, bucket }) =>
      xmlReply('BucketInfo', { Bucket: bucketFields(account, account.oss.getBucket(bucket)) }),
  },
  'GET stat': {
    name: 'GetBucketStat',
    run: ({ account, bucket }) => {
      let [storage, count] = [0, 0];
      for (const { size } of account.oss.objects(bucket)) {
        storage += size;
        count += 1;
      }
      return xmlReply('BucketStat', {
        Storage: storage,
        ObjectCount: count,
        MultipartUploadCount: account.oss.uploads.list(bucket).length,
        LastModifiedTime: Math.floor(Date.now() / 1000),
      });
    },
  },
  'POST delete': {
    name: 'DeleteMultipleObjects',
    action: 'DeleteObject',
    acl: 'write',
    run: async (request) => {
      const { account, bucket } = request;
      const { encode, EncodingType } = encoderOf(request);
      account.oss.getBucket(bucket);
      const document = await readDocument(request, 'Delete');
      const objects = childrenOf(document, 'Object');
      if (objects.length === 0 || objects.length > MAX_DELETED_AT_ONCE) {
        throw new CloudError(
          'MalformedXML',
          `there are ${objects.length} objects to delete, expected 1 to ${MAX_DELETED_AT_ONCE}`,
        );
      }
      const deleted = objects.map((object) => {
        const key = childrenOf(object, 'Key').at(0);
        if (typeof key !== 'string' || key === '') {
          throw new CloudError('MalformedXML', 'an object to delete has no key');
        }
        const versionId = xmlText(object, 'VersionId') || undefined;
        const gone = account.oss.deleteObject(bucket, key, versionId);
        return {
          Key: encode(key),
          VersionId: versionId,
          DeleteMarker: gone?.deleteMarker || undefined,
          DeleteMarkerVersionId: gone?.deleteMarker ? gone.versionId : undefined,
        };
      });
      return xmlText(document, 'Quiet') === 'true'
        ? xmlReply('DeleteResult', {})
        : xmlReply('DeleteResult', { EncodingType, Deleted: deleted });
    },
  },
  'GET uploads': {
    name: 'ListMultipartUploads',
    run: (request) => {
      const { account, bucket, exchange } = request;
      account.oss.getBucket(bucket);
      const prefix = exchange.query.get('prefix') ?? '';
      const max = numberIn(request, 'max-uploads', 1000, 1, 1000);
      const uploads = account.oss.uploads.list(bucket).filter(({ key }) => key.startsWith(prefix));
      const marker = exchange.query.get('upload-id-marker') || undefined;
      const { items, next } = pageOf(uploads, ({ uploadId }) => uploadId, marker, max);
      return xmlReply('ListMultipartUploadsResult', {
        Bucket: bucket,
        Prefix: prefix,
        KeyMarker: exchange.query.get('key-marker') ?? '',
        UploadIdMarker: marker ?? '',
        MaxUploads: max,
        IsTruncated: next !== undefined,
        NextKeyMarker: next === undefined ? undefined : items[items.length - 1].key,
        NextUploadIdMarker: next,
        Upload: items.map(({ key, uploadId, initiated }) => ({ Key: key, UploadId: uploadId, Initiated: initiated })),
      });
    },
  },
};

function endpointFields(region: string) {
  return {
    ExtranetEndpoint: `oss-${region}.aliyuncs.com`,
    IntranetEndpoint: `oss-${region}-internal.aliyuncs.com`,
    Location: `oss-${region}`,
  };
}

function listedBucketFields(bucket: Bucket) {
  return {
    CreationDate: bucket.creationDate,
    ...endpointFields(bucket.region),
    Name: bucket.name,
    Region: bucket.region,
    StorageClass: bucket.storageClass,
    ResourceGroupId: bucket.resourceGroupId,
  };
}

function bucketFields(account: Account, bucket: Bucket) {
  const { encryption } = bucket;
  return {
    AccessMonitor: bucket.accessMonitor,
    BlockPublicAccess: bucket.blockPublicAccess,
    Comment: '',
    CreationDate: bucket.creationDate,
    CrossRegionReplication: 'Disabled',
    DataRedundancyType: bucket.redundancyType,
    ...endpointFields(bucket.region),
    Name: bucket.name,
    ResourceGroupId: bucket.resourceGroupId,
    StorageClass: bucket.storageClass,
    TransferAcceleration: bucket.transferAcceleration ? 'Enabled' : 'Disabled',
    Versioning: bucket.versioning,
    Owner: ownerFields(account),
    AccessControlList: { Grant: bucket.acl },
    ServerSideEncryptionRule: {
      SSEAlgorithm: encryption?.sseAlgorithm ?? 'None',
      KMSMasterKeyID: encryption?.kmsMasterKeyId,
      KMSDataEncryption: encryption?.kmsDataEncryption,
    },
    BucketPolicy: {
      LogBucket: bucket.logging?.targetBucket ?? '',
      LogPrefix: bucket.logging?.targetPrefix ?? '',
    },
  };
}
