import { didYouMean, nearest } from '../../cli/nearest';
import { ossHost } from '../../cloud/hosts';
import { REGIONS } from '../../cloud/regions';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { excerpt } from '../account/excerpt';
import type { Bucket } from '../account/oss-types';
import { invalidArgument } from '../account/oss-error';
import { childrenOf, readXml, xmlText } from '../http/xml';
import { readDocument, readText } from './body';
import { checkNotAccelerated, regionOf } from './endpoint';
import { ownerFields } from './bucket-settings';
import { encoderOf } from './listing';
import { encryptionOf } from './object-headers';
import { emptyReply, xmlReply, xmlTime } from './reply';
import { checkVersion, type NamedObject, numberIn, type Operation, optionalHeader, textIn } from './request';
import { uploadListing } from './upload-listing';

const MAX_DELETED_AT_ONCE = 1000;

/** Names of storage classes in the statistics of a bucket. */
const STAT_NAMES = {
  Standard: 'Standard',
  IA: 'InfrequentAccess',
  Archive: 'Archive',
  ColdArchive: 'ColdArchive',
  DeepColdArchive: 'DeepColdArchive',
} as const;

/** Of an object that is not in the standard class; smaller ones are billed as if they were so large. */
const LEAST_BILLED_BYTES = 64 * 1024;

const listBuckets: Operation = {
  name: 'ListBuckets',
  run: (request) => {
    const { account, exchange } = request;
    checkNotAccelerated(exchange);
    const prefix = textIn(request, 'prefix');
    const marker = textIn(request, 'marker');
    const maxKeys = numberIn(request, 'max-keys', 100, 1, 1000);
    const [tagKey, tagValue] = [exchange.query.get('tag-key'), exchange.query.get('tag-value')];
    const tags = tagsIn(exchange.query.get('tagging') ?? '');
    if (tagKey === null && tagValue !== null) {
      throw invalidArgument('tag-key', '', 'the key of the tag whose value is given');
    }
    const resourceGroupId = optionalHeader(request, 'x-oss-resource-group-id');
    const after = account.oss
      .listBuckets()
      .filter(
        (bucket) =>
          bucket.name.startsWith(prefix) &&
          bucket.name > marker &&
          (tagKey === null || Object.hasOwn(bucket.tags, tagKey)) &&
          (tagValue === null || bucket.tags[tagKey!] === tagValue) &&
          Object.entries(tags).every(([key, value]) => bucket.tags[key] === value) &&
          (resourceGroupId === undefined || bucket.resourceGroupId === resourceGroupId),
      );
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
};

/** Tags as the list of buckets is asked for them: `"key":"value","other":"value"`. @throws CloudError InvalidArgument */
function tagsIn(text: string): Record<string, unknown> {
  try {
    return JSON.parse(`{${text}}`) as Record<string, unknown>;
  } catch {
    throw invalidArgument('tagging', text, '"KEY":"VALUE", several of them with commas between');
  }
}

/** Operations on the service as a whole. */
export const serviceOperations: Readonly<Record<string, Operation>> = {
  GET: listBuckets,
  // Signed as a sub-resource, but it only chooses.
  'GET tagging': listBuckets,
};

function invalidLocation(location: string, asked: string | undefined): CloudError {
  return new CloudError(
    'InvalidLocationConstraint',
    `the region of a bucket: expected ${asked === undefined ? 'a region of OSS' : `oss-${asked}, as the host`}, got ` +
      `${excerpt(location)}${didYouMean(asked === undefined ? nearest(location, REGIONS) : undefined)}`,
  );
}

/** Operations on a bucket itself. */
export const bucketOperations: Readonly<Record<string, Operation>> = {
  PUT: {
    name: 'PutBucket',
    run: async (request) => {
      const { account, bucket, region, exchange } = request;
      checkNotAccelerated(exchange);
      const text = await readText(request);
      const document = text.trim() === '' ? {} : await readXml(text, 'CreateBucketConfiguration');
      const location = xmlText(document, 'LocationConstraint')?.replace(/^oss-/, '') || undefined;
      const asked = regionOf(exchange);
      // Assumption: a bucket that the host which makes it would not reach is refused, by this code of OSS's table.
      const wanted = location ?? asked;
      if (wanted !== undefined && (!REGIONS.includes(wanted) || (asked ?? wanted) !== wanted)) {
        throw invalidLocation(wanted, location === undefined ? undefined : asked);
      }
      account.oss.putBucket(wanted ?? account.oss.findBucket(bucket)?.region ?? region, {
        name: bucket,
        acl: optionalHeader(request, 'x-oss-acl'),
        storageClass: xmlText(document, 'StorageClass') || undefined,
        redundancyType: xmlText(document, 'DataRedundancyType') || undefined,
        resourceGroupId: optionalHeader(request, 'x-oss-resource-group-id'),
        encryption: encryptionOf(request),
      });
      return emptyReply(200, { location: `/${bucket}` });
    },
  },
  DELETE: {
    name: 'DeleteBucket',
    run: ({ account, bucket, exchange }) => {
      checkNotAccelerated(exchange);
      account.oss.deleteBucket(bucket);
      return emptyReply(204);
    },
  },
  HEAD: {
    // Not in the API reference; clients ask so whether a bucket is there.
    name: 'GetBucketInfo',
    run: ({ account, bucket }) =>
      emptyReply(200, { 'x-oss-bucket-region': `oss-${account.oss.getBucket(bucket).region}` }),
  },
  'GET bucketInfo': {
    name: 'GetBucketInfo',
    run: ({ account, bucket }) =>
      xmlReply('BucketInfo', { Bucket: bucketFields(account, account.oss.getBucket(bucket)) }),
  },
  'GET stat': {
    name: 'GetBucketStat',
    run: ({ account, bucket }) => {
      const { oss } = account;
      const versions = oss.objectVersions(bucket);
      const objects = versions.filter(({ deleteMarker }) => !deleteMarker);
      const uploads = oss.uploads.list(bucket);
      const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
      return xmlReply('BucketStat', {
        Storage: sum(objects.map(({ size }) => size)),
        ObjectCount: objects.length,
        MultipartUploadCount: uploads.length,
        MultipartPartCount: sum(uploads.map((upload) => oss.uploads.parts(upload).length)),
        LiveChannelCount: 0,
        DeleteMarkerCount: versions.length - objects.length,
        LastModifiedTime: Math.floor(Date.now() / 1000),
        ...Object.assign(
          {},
          ...Object.entries(STAT_NAMES).map(([storageClass, name]) => {
            const sizes = objects.filter((object) => object.storageClass === storageClass).map(({ size }) => size);
            const counts = { [`${name}ObjectCount`]: sizes.length };
            return storageClass === 'Standard'
              ? { [`${name}Storage`]: sum(sizes), ...counts }
              : {
                  [`${name}Storage`]: sum(sizes.map((size) => Math.max(size, LEAST_BILLED_BYTES))),
                  [`${name}RealStorage`]: sum(sizes),
                  ...counts,
                };
          }),
        ),
      });
    },
  },
  'POST delete': {
    name: 'DeleteMultipleObjects',
    asksItself: true,
    run: async (request) => {
      const { account, bucket } = request;
      const { encode, EncodingType } = encoderOf(request);
      account.oss.getBucket(bucket);
      const document = await readDocument(request, 'Delete');
      const objects = childrenOf(document, 'Object');
      if (objects.length === 0 || objects.length > MAX_DELETED_AT_ONCE) {
        throw new CloudError(
          'MalformedXML',
          `expected 1 to ${MAX_DELETED_AT_ONCE} objects to delete, got ${objects.length}`,
        );
      }
      const named = objects.map((object): NamedObject => {
        const key = childrenOf(object, 'Key').at(0);
        if (typeof key !== 'string' || key === '') {
          throw new CloudError('MalformedXML', 'an object to delete has no key');
        }
        return { bucket, key, versionId: checkVersion(xmlText(object, 'VersionId')) };
      });
      // Assumption: all are deleted or none, as the answer has no place for one that the caller may not delete.
      const kept = named.find((object) => !request.may('DeleteObject', object));
      if (kept) {
        throw new CloudError('AccessDenied', `the caller may not delete the object ${kept.key}`, 403);
      }
      const deleted = named.map(({ key, versionId }) => {
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
  'GET uploads': uploadListing,
  'GET live': {
    name: 'ListLiveChannel',
    // None can be made here; clean-up code asks all the same before it deletes a bucket.
    run: (request) => {
      request.account.oss.getBucket(request.bucket);
      return xmlReply('ListLiveChannelResult', {
        Prefix: textIn(request, 'prefix'),
        Marker: textIn(request, 'marker'),
        MaxKeys: numberIn(request, 'max-keys', 100, 1, 1000),
        IsTruncated: false,
        NextMarker: '',
      });
    },
  },
};

function endpointFields(region: string) {
  return {
    ExtranetEndpoint: ossHost(region),
    IntranetEndpoint: ossHost(region, true),
    Location: `oss-${region}`,
  };
}

function listedBucketFields(bucket: Bucket) {
  return {
    CreationDate: xmlTime(bucket.creationDate),
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
    CreationDate: xmlTime(bucket.creationDate),
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
