import type { Account } from '../account/account';
import { type Criteria, type Entries, entriesOf } from '../account/oss-entries';
import type { ObjectVersion } from '../account/oss-types';
import { invalidArgument } from '../account/oss-error';
import { markerAfter, readMarker } from '../http/pagination';
import { encodePercent } from '../http/request';
import { ownerFields } from './bucket-settings';
import { xmlReply, xmlTime } from './reply';
import { etagOf, numberIn, type Operation, type OssRequest, textIn } from './request';

/** Encodes keys in a listing when the request asks for it, for characters that XML cannot hold. */
export function encoderOf({ exchange }: OssRequest): {
  encode: (text: string) => string;
  EncodingType: string | undefined;
} {
  const type = exchange.query.get('encoding-type') || undefined;
  if (type !== undefined && type !== 'url') {
    throw invalidArgument('encoding-type', type, 'url');
  }
  return type === 'url'
    ? { encode: (text) => encodePercent(text).replace(/%2F/g, '/'), EncodingType: 'url' }
    : { encode: (text) => text, EncodingType: undefined };
}

function entryFields(version: ObjectVersion, encode: (text: string) => string, account?: Account) {
  return {
    Key: encode(version.key),
    LastModified: xmlTime(version.lastModified),
    ETag: etagOf(version),
    Type: version.type,
    Size: version.size,
    StorageClass: version.storageClass,
    Owner: account && ownerFields(account),
  };
}

function commonPrefixes(prefixes: readonly string[], encode: (text: string) => string) {
  return prefixes.map((prefix) => ({ Prefix: encode(prefix) }));
}

export const listingOperations: Readonly<Record<string, Operation>> = {
  GET: {
    name: 'ListObjects',
    acl: 'read',
    run: (request) => (request.exchange.query.get('list-type') === '2' ? listObjectsV2(request) : listObjects(request)),
  },
  'GET versions': { name: 'ListObjectVersions', acl: 'read', run: listObjectVersions },
};

function listObjects(request: OssRequest) {
  const { account, bucket } = request;
  const criteria = criteriaOf(request, textIn(request, 'marker'));
  const { encode, EncodingType } = encoderOf(request);
  const { keys, prefixes, truncated, last } = entriesOf(account.oss, bucket, criteria);
  return xmlReply('ListBucketResult', {
    Name: bucket,
    Prefix: encode(criteria.prefix),
    Marker: encode(criteria.marker),
    MaxKeys: criteria.max,
    Delimiter: encode(criteria.delimiter),
    EncodingType,
    IsTruncated: truncated,
    NextMarker: truncated ? encode(last) : undefined,
    Contents: keys.map((version) => entryFields(version, encode, account)),
    CommonPrefixes: commonPrefixes(prefixes, encode),
  });
}

function listObjectsV2(request: OssRequest) {
  const { account, bucket, exchange } = request;
  // Some clients send an empty one with the first request.
  const token = exchange.query.get('continuation-token') || undefined;
  const startAfter = textIn(request, 'start-after');
  const criteria = criteriaOf(request, token === undefined ? startAfter : readToken(token));
  const { encode, EncodingType } = encoderOf(request);
  const { keys, prefixes, truncated, last } = entriesOf(account.oss, bucket, criteria);
  const owned = exchange.query.get('fetch-owner') === 'true';
  return xmlReply('ListBucketResult', {
    Name: bucket,
    Prefix: encode(criteria.prefix),
    StartAfter: startAfter === '' ? undefined : encode(startAfter),
    ContinuationToken: token,
    MaxKeys: criteria.max,
    Delimiter: encode(criteria.delimiter),
    EncodingType,
    IsTruncated: truncated,
    NextContinuationToken: truncated ? markerAfter(last) : undefined,
    KeyCount: keys.length + prefixes.length,
    Contents: keys.map((version) => entryFields(version, encode, owned ? account : undefined)),
    CommonPrefixes: commonPrefixes(prefixes, encode),
  });
}

function listObjectVersions(request: OssRequest) {
  const { account, bucket } = request;
  const criteria = { ...criteriaOf(request, textIn(request, 'key-marker')), withDeleted: true };
  const versionMarker = textIn(request, 'version-id-marker');
  const { encode, EncodingType } = encoderOf(request);
  const entries = entriesOf(account.oss, bucket, criteria);
  // One more than asked for tells whether there are more.
  const found: Listed[] = [];
  for (const one of versionsIn(account, bucket, entries, { ...criteria, versionId: versionMarker })) {
    if (found.push(one) > criteria.max) {
      break;
    }
  }
  const page = found.slice(0, criteria.max);
  const truncated = entries.truncated || found.length > page.length;
  const last = page.at(-1);
  const all = page.filter((entry): entry is ListedVersion => entry.version !== undefined);
  return xmlReply('ListVersionsResult', {
    Name: bucket,
    Prefix: encode(criteria.prefix),
    KeyMarker: encode(criteria.marker),
    VersionIdMarker: versionMarker,
    MaxKeys: criteria.max,
    Delimiter: encode(criteria.delimiter),
    EncodingType,
    IsTruncated: truncated,
    NextKeyMarker: truncated && last ? encode(last.at) : undefined,
    NextVersionIdMarker: truncated && last ? (last.version?.versionId ?? '') : undefined,
    Version: all
      .filter(({ version }) => !version.deleteMarker)
      .map(({ version, isLatest }) => ({
        ...entryFields(version, encode, account),
        VersionId: version.versionId,
        IsLatest: isLatest,
      })),
    DeleteMarker: all
      .filter(({ version }) => version.deleteMarker)
      .map(({ version, isLatest }) => ({
        Key: encode(version.key),
        VersionId: version.versionId,
        IsLatest: isLatest,
        LastModified: xmlTime(version.lastModified),
        Owner: ownerFields(account),
      })),
    CommonPrefixes: commonPrefixes(
      page.filter(({ version }) => version === undefined).map(({ at }) => at),
      encode,
    ),
  });
}

interface ListedVersion {
  readonly at: string;
  readonly version: ObjectVersion;
  readonly isLatest: boolean;
}

/** A version, or a common prefix. */
type Listed = ListedVersion | { readonly at: string; readonly version?: undefined };

/** What a part that ended between the versions of a key left of them, then those of the entries, in order. */
function* versionsIn(
  { oss }: Account,
  bucket: string,
  { keys, prefixes }: Entries,
  { marker, versionId, prefix, delimiter }: Criteria & { versionId: string },
): Generator<Listed> {
  function* versionsOf(key: string, after?: string): Generator<Listed> {
    const newest = oss.findVersion(bucket, key);
    for (const version of oss.versionsAfter(bucket, key, after)) {
      yield { at: key, version, isLatest: version.versionId === newest?.versionId };
    }
  }
  const isListed = marker.startsWith(prefix) && (delimiter === '' || !marker.includes(delimiter, prefix.length));
  if (versionId !== '' && isListed) {
    yield* versionsOf(marker, versionId);
  }
  const entries = [
    ...keys.map(({ key }) => ({ at: key, isKey: true })),
    ...prefixes.map((at) => ({ at, isKey: false })),
  ];
  for (const { at, isKey } of entries.sort((a, b) => (a.at < b.at ? -1 : 1))) {
    if (isKey) {
      yield* versionsOf(at);
    } else {
      yield { at };
    }
  }
}

function criteriaOf(request: OssRequest, marker: string): Criteria {
  return {
    prefix: textIn(request, 'prefix'),
    delimiter: textIn(request, 'delimiter'),
    marker,
    max: numberIn(request, 'max-keys', 100, 1, 1000),
    withDeleted: false,
  };
}

/** @throws CloudError InvalidArgument for a token that was not given out */
function readToken(token: string): string {
  const marker = readMarker(token);
  if (marker === undefined) {
    throw invalidArgument('continuation-token', token, 'a token of the page before');
  }
  return marker;
}
