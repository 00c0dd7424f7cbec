import { PolicyDocument } from '../../cloud/policy-document';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { hexId } from '../account/ids';
import { invalidArgument } from '../account/oss-error';
import {
  type Bucket,
  type BucketSettings,
  type CorsRule,
  DEFAULT_RESOURCE_GROUP,
  type LifecycleRule,
  type LifecycleTransition,
} from '../account/oss-types';
import { childrenOf, elementOf, xmlText, type XmlNode } from '../http/xml';
import { readDocument, readText } from './body';
import { notServed } from './not-served';
import { emptyReply, xmlReply } from './reply';
import { flagHeader, optionalHeader, type Operation, type OssRequest, parseFlag } from './request';
import { readRuleTags, readTagging, writeTagging } from './tagging';

type Patch = Partial<BucketSettings>;

/** One sub-resource of a bucket: how it stands in XML and in the model. */
interface Setting {
  /** Name in OSS's operations: `GetBucket…`, `PutBucket…`, `DeleteBucket…`. */
  readonly name: string;
  /** The same in policies, where it differs. @default - the name */
  readonly policyName?: string;
  /** Root element. */
  readonly root: string;
  /** Names of all elements below it that `read` knows. */
  readonly elements?: string;
  /** What a bucket answers; undefined when it has not been configured. */
  readonly write: (bucket: Bucket, account: Account) => unknown;
  /** What a document changes. @default - the sub-resource cannot be set */
  readonly read?: (document: XmlNode, request: OssRequest) => Patch;
  /** What removes it. @default - it cannot be removed */
  readonly cleared?: Patch | ((bucket: Bucket, request: OssRequest) => Patch);
  /** Code of the 404 where it has not been configured. @default - `write` always answers */
  readonly absent?: string;
}

/** Sub-resources by their name in the query. */
const SETTINGS: Readonly<Record<string, Setting>> = {
  versioning: {
    name: 'Versioning',
    root: 'VersioningConfiguration',
    elements: 'Status',
    write: ({ versioning }) => ({ Status: versioning }),
    read: (document) => ({ versioning: requireText(document, 'Status') }),
  },
  encryption: {
    name: 'Encryption',
    root: 'ServerSideEncryptionRule',
    elements: 'ApplyServerSideEncryptionByDefault SSEAlgorithm KMSMasterKeyID KMSDataEncryption',
    absent: 'NoSuchServerSideEncryptionRule',
    cleared: { encryption: undefined },
    write: ({ encryption }) =>
      encryption && {
        ApplyServerSideEncryptionByDefault: {
          SSEAlgorithm: encryption.sseAlgorithm,
          KMSMasterKeyID: encryption.kmsMasterKeyId,
          KMSDataEncryption: encryption.kmsDataEncryption,
        },
      },
    read: (document) => {
      const rule = elementOf(document, 'ApplyServerSideEncryptionByDefault');
      return {
        encryption: {
          sseAlgorithm: requireText(rule, 'SSEAlgorithm'),
          kmsMasterKeyId: xmlText(rule, 'KMSMasterKeyID') || undefined,
          kmsDataEncryption: xmlText(rule, 'KMSDataEncryption') || undefined,
        },
      };
    },
  },
  publicAccessBlock: {
    name: 'PublicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    elements: 'BlockPublicAccess',
    cleared: { blockPublicAccess: false },
    write: ({ blockPublicAccess }) => ({ BlockPublicAccess: blockPublicAccess }),
    read: (document) => ({ blockPublicAccess: flagOf(document, 'BlockPublicAccess') }),
  },
  lifecycle: {
    name: 'Lifecycle',
    root: 'LifecycleConfiguration',
    elements:
      'Rule ID Prefix Status Tag Key Value Expiration Days Date CreatedBeforeDate ExpiredObjectDeleteMarker ' +
      'AbortMultipartUpload Transition StorageClass IsAccessTime ReturnToStdWhenVisit AllowSmallFile Filter Not ' +
      'NoncurrentVersionExpiration NoncurrentDays NoncurrentVersionTransition ObjectSizeGreaterThan ObjectSizeLessThan',
    absent: 'NoSuchLifecycle',
    cleared: { lifecycleRules: [], allowSameActionOverlap: false },
    write: ({ lifecycleRules }) =>
      lifecycleRules.length > 0 ? { Rule: lifecycleRules.map(writeLifecycleRule) } : undefined,
    read: (document, request) => ({
      lifecycleRules: requireChildren(document, 'Rule').map(readLifecycleRule),
      allowSameActionOverlap: flagHeader(request, 'x-oss-allow-same-action-overlap'),
    }),
  },
  tagging: {
    name: 'Tags',
    policyName: 'Tagging',
    root: 'Tagging',
    elements: 'TagSet Tag Key Value',
    cleared: ({ tags }, { exchange }) => {
      // A value names the keys to remove; without one all are.
      const named = exchange.query.get('tagging') ?? '';
      const gone = new Set(named === '' ? Object.keys(tags) : named.split(','));
      return { tags: Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))) };
    },
    write: ({ tags }) => writeTagging(tags),
    read: (document) => ({ tags: readTagging(document) }),
  },
  cors: {
    name: 'Cors',
    root: 'CORSConfiguration',
    elements: 'CORSRule AllowedOrigin AllowedMethod AllowedHeader ExposeHeader MaxAgeSeconds ResponseVary',
    absent: 'NoSuchCORSConfiguration',
    cleared: { corsRules: [], corsResponseVary: false },
    write: ({ corsRules, corsResponseVary }) =>
      corsRules.length > 0 ? { CORSRule: corsRules.map(writeCorsRule), ResponseVary: corsResponseVary } : undefined,
    read: (document) => ({
      corsRules: requireChildren(document, 'CORSRule').map(readCorsRule),
      corsResponseVary: optionalFlag(document, 'ResponseVary') ?? false,
    }),
  },
  website: {
    name: 'Website',
    root: 'WebsiteConfiguration',
    absent: 'NoSuchWebsiteConfiguration',
    // A website cannot be configured here: there is none to tell of or to remove.
    cleared: {},
    write: () => undefined,
  },
  logging: {
    name: 'Logging',
    root: 'BucketLoggingStatus',
    elements: 'LoggingEnabled TargetBucket TargetPrefix LoggingRole',
    cleared: { logging: undefined },
    write: ({ logging }) => ({
      LoggingEnabled: logging && {
        TargetBucket: logging.targetBucket,
        TargetPrefix: logging.targetPrefix,
        LoggingRole: logging.loggingRole,
      },
    }),
    read: (document) => {
      const enabled = elementOf(document, 'LoggingEnabled');
      if (enabled === undefined) {
        return { logging: undefined };
      }
      return {
        logging: {
          targetBucket: requireText(enabled, 'TargetBucket'),
          targetPrefix: xmlText(enabled, 'TargetPrefix') ?? '',
          loggingRole: xmlText(enabled, 'LoggingRole') || undefined,
        },
      };
    },
  },
  referer: {
    name: 'Referer',
    root: 'RefererConfiguration',
    elements: 'AllowEmptyReferer AllowTruncateQueryString TruncatePath RefererList RefererBlacklist Referer',
    write: ({ referer = { allowEmpty: true, referers: [] } }) => ({
      AllowEmptyReferer: referer.allowEmpty,
      AllowTruncateQueryString: referer.truncateQueryString ?? true,
      TruncatePath: referer.truncatePath ?? false,
      RefererList: { Referer: referer.referers },
      RefererBlacklist: referer.blacklist && { Referer: referer.blacklist },
    }),
    read: (document) => {
      const allowEmpty = flagOf(document, 'AllowEmptyReferer');
      // Alibaba's client for Go clears the list with one empty referer.
      const listOf = (name: string) =>
        childTexts(elementOf(document, name), 'Referer').filter((referer) => referer !== '');
      const [referers, blacklist] = [listOf('RefererList'), listOf('RefererBlacklist')];
      const truncateQueryString = optionalFlag(document, 'AllowTruncateQueryString') ?? true;
      const truncatePath = optionalFlag(document, 'TruncatePath') ?? false;
      return {
        referer:
          allowEmpty && referers.length === 0 && blacklist.length === 0
            ? undefined
            : {
                allowEmpty,
                referers,
                ...(!truncateQueryString && { truncateQueryString }),
                ...(truncatePath && { truncatePath }),
                ...(blacklist.length > 0 && { blacklist }),
              },
      };
    },
  },
  transferAcceleration: {
    name: 'TransferAcceleration',
    root: 'TransferAccelerationConfiguration',
    elements: 'Enabled',
    absent: 'NoSuchTransferAccelerationConfiguration',
    write: ({ transferAcceleration }) =>
      transferAcceleration === undefined ? undefined : { Enabled: transferAcceleration },
    read: (document) => ({ transferAcceleration: flagOf(document, 'Enabled') }),
  },
  resourceGroup: {
    name: 'ResourceGroup',
    root: 'BucketResourceGroupConfiguration',
    elements: 'ResourceGroupId',
    write: ({ resourceGroupId }) => ({ ResourceGroupId: resourceGroupId }),
    // An empty one is the default one. Source: the tests of OSS's SDK for Python.
    read: (document) => ({ resourceGroupId: xmlText(document, 'ResourceGroupId') || DEFAULT_RESOURCE_GROUP }),
  },
  accessMonitor: {
    name: 'AccessMonitor',
    root: 'AccessMonitorConfiguration',
    elements: 'Status',
    write: ({ accessMonitor }) => ({ Status: accessMonitor }),
    read: (document) => ({ accessMonitor: requireText(document, 'Status') }),
  },
  policyStatus: {
    name: 'PolicyStatus',
    root: 'PolicyStatus',
    write: ({ policy }) => ({ IsPublic: policy !== undefined && PolicyDocument.ofBucket(policy).isPublic }),
  },
  requestPayment: {
    name: 'RequestPayment',
    root: 'RequestPaymentConfiguration',
    write: () => ({ Payer: 'BucketOwner' }),
  },
  location: {
    name: 'Location',
    root: 'LocationConstraint',
    write: ({ region }) => `oss-${region}`,
  },
  worm: {
    name: 'Worm',
    root: 'WormConfiguration',
    absent: 'NoSuchWORMConfiguration',
    write: () => undefined,
  },
  replication: {
    name: 'Replication',
    root: 'ReplicationConfiguration',
    absent: 'NoSuchReplicationConfiguration',
    write: () => undefined,
  },
};

/** The operations on a bucket's settings, by method and sub-resource. */
export const settingOperations: Readonly<Record<string, Operation>> = {
  ...Object.fromEntries(Object.entries(SETTINGS).flatMap(([query, setting]) => operationsOf(query, setting))),

  'GET acl': {
    name: 'GetBucketAcl',
    run: ({ account, bucket }) =>
      xmlReply('AccessControlPolicy', {
        Owner: ownerFields(account),
        AccessControlList: { Grant: account.oss.getBucket(bucket).acl },
      }),
  },
  'PUT acl': {
    name: 'PutBucketAcl',
    run: (request) => {
      const acl = optionalHeader(request, 'x-oss-acl');
      if (acl === undefined) {
        throw invalidArgument('x-oss-acl', '', 'an ACL');
      }
      request.account.oss.updateBucket(request.bucket, { acl });
      return emptyReply(200, { location: `/${request.bucket}` });
    },
  },

  'GET policy': {
    name: 'GetBucketPolicy',
    run: ({ account, bucket }) => {
      const { policy } = account.oss.getBucket(bucket);
      if (policy === undefined) {
        throw absent('NoSuchBucketPolicy', bucket);
      }
      return { status: 200, headers: { 'content-type': 'application/json' }, body: policy };
    },
  },
  'PUT policy': {
    name: 'PutBucketPolicy',
    run: async (request) => {
      const policy = await readText(request);
      request.account.oss.updateBucket(request.bucket, { policy });
      return emptyReply();
    },
  },
  'DELETE policy': {
    name: 'DeleteBucketPolicy',
    run: ({ account, bucket }) => {
      account.oss.updateBucket(bucket, { policy: undefined });
      return emptyReply(204);
    },
  },
};

/** Owner of every bucket and object here. */
export function ownerFields({ identity }: Account) {
  return { ID: identity.accountId, DisplayName: identity.accountId };
}

function operationsOf(
  query: string,
  { name, policyName = name, root, elements = '', write, read, cleared, absent: code }: Setting,
): [string, Operation][] {
  const get: Operation = {
    name: `GetBucket${name}`,
    action: `GetBucket${policyName}`,
    run: ({ account, bucket }) => {
      const found = account.oss.getBucket(bucket);
      const value = write(found, account);
      if (value === undefined) {
        throw absent(code!, bucket);
      }
      return xmlReply(
        root,
        value,
        query === 'lifecycle' && found.allowSameActionOverlap ? { 'x-oss-allow-same-action-overlap': 'true' } : {},
      );
    },
  };
  const put: Operation | undefined = read && {
    name: `PutBucket${name}`,
    action: `PutBucket${policyName}`,
    run: async (request) => {
      // What is not there must be told before what is wrong with the document.
      request.account.oss.getBucket(request.bucket);
      const document = await readDocument(request, root);
      const unknown = unknownElement(document, new Set(elements.split(' ')));
      if (unknown !== undefined) {
        // It would be lost in silence.
        throw notServed(`the element ${unknown} of ${root}`);
      }
      request.account.oss.updateBucket(request.bucket, read(document, request));
      return emptyReply();
    },
  };
  const remove: Operation | undefined = cleared && {
    name: `DeleteBucket${name}`,
    action: `DeleteBucket${policyName}`,
    run: (request) => {
      const { account, bucket } = request;
      const patch = typeof cleared === 'function' ? cleared(account.oss.getBucket(bucket), request) : cleared;
      account.oss.updateBucket(bucket, patch);
      return emptyReply(204);
    },
  };
  return [
    [`GET ${query}`, get],
    ...(put ? [[`PUT ${query}`, put] as [string, Operation]] : []),
    ...(remove ? [[`DELETE ${query}`, remove] as [string, Operation]] : []),
  ];
}

function unknownElement(node: XmlNode, known: ReadonlySet<string>): string | undefined {
  if (typeof node === 'string') {
    return undefined;
  }
  for (const [name, content] of Object.entries(node)) {
    // Text beside elements, such as that of ali-oss, has no meaning.
    const unknown =
      name === '#text' || known.has(name)
        ? [content]
            .flat()
            .map((child) => unknownElement(child, known))
            .find((found) => found !== undefined)
        : name;
    if (unknown !== undefined) {
      return unknown;
    }
  }
  return undefined;
}

function absent(code: string, bucket: string): CloudError {
  return new CloudError(code, `the bucket ${bucket} has no such configuration`, 404);
}

// Lifecycle

function readLifecycleRule(rule: XmlNode): LifecycleRule {
  const expiration = elementOf(rule, 'Expiration');
  const abort = elementOf(rule, 'AbortMultipartUpload');
  const noncurrent = elementOf(rule, 'NoncurrentVersionExpiration');
  const filter = elementOf(rule, 'Filter');
  const not = elementOf(filter, 'Not');
  const notTag = elementOf(not, 'Tag');
  return {
    id: xmlText(rule, 'ID') || hexId(32).toLowerCase(),
    prefix: xmlText(rule, 'Prefix') ?? '',
    enabled: oneOf(rule, 'Status', ['Enabled', 'Disabled']) === 'Enabled',
    tags: readRuleTags(rule),
    expiration: expiration && {
      days: wholeOf(expiration, 'Days'),
      date: xmlText(expiration, 'Date'),
      createdBeforeDate: xmlText(expiration, 'CreatedBeforeDate'),
      expiredObjectDeleteMarker: optionalFlag(expiration, 'ExpiredObjectDeleteMarker'),
    },
    abortMultipartUpload: abort && {
      days: wholeOf(abort, 'Days'),
      createdBeforeDate: xmlText(abort, 'CreatedBeforeDate'),
    },
    transitions: childrenOf(rule, 'Transition').map((one) => readTransition(one, 'Days')),
    noncurrentVersionExpiration: noncurrent && { days: wholeOf(noncurrent, 'NoncurrentDays') ?? 0 },
    noncurrentVersionTransitions: childrenOf(rule, 'NoncurrentVersionTransition').map((one) =>
      readTransition(one, 'NoncurrentDays'),
    ),
    filter: filter && {
      objectSizeGreaterThan: wholeOf(filter, 'ObjectSizeGreaterThan'),
      objectSizeLessThan: wholeOf(filter, 'ObjectSizeLessThan'),
      not: not && {
        prefix: xmlText(not, 'Prefix'),
        tag: notTag && { key: requireText(notTag, 'Key'), value: xmlText(notTag, 'Value') ?? '' },
      },
    },
  };
}

function readTransition(node: XmlNode, daysName: string): LifecycleTransition {
  return {
    days: wholeOf(node, daysName),
    createdBeforeDate: xmlText(node, 'CreatedBeforeDate'),
    storageClass: xmlText(node, 'StorageClass') ?? '',
    isAccessTime: optionalFlag(node, 'IsAccessTime'),
    returnToStdWhenVisit: optionalFlag(node, 'ReturnToStdWhenVisit'),
    allowSmallFile: optionalFlag(node, 'AllowSmallFile'),
  };
}

function writeLifecycleRule(rule: LifecycleRule) {
  const { expiration, abortMultipartUpload, noncurrentVersionExpiration, filter } = rule;
  return {
    ID: rule.id,
    Prefix: rule.prefix,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Tag: Object.entries(rule.tags).map(([key, value]) => ({ Key: key, Value: value })),
    Expiration: expiration && {
      Days: expiration.days,
      Date: expiration.date,
      CreatedBeforeDate: expiration.createdBeforeDate,
      ExpiredObjectDeleteMarker: expiration.expiredObjectDeleteMarker,
    },
    AbortMultipartUpload: abortMultipartUpload && {
      Days: abortMultipartUpload.days,
      CreatedBeforeDate: abortMultipartUpload.createdBeforeDate,
    },
    Transition: rule.transitions.map((one) => writeTransition(one, 'Days')),
    NoncurrentVersionExpiration: noncurrentVersionExpiration && { NoncurrentDays: noncurrentVersionExpiration.days },
    NoncurrentVersionTransition: rule.noncurrentVersionTransitions.map((one) => writeTransition(one, 'NoncurrentDays')),
    Filter: filter && {
      ObjectSizeGreaterThan: filter.objectSizeGreaterThan,
      ObjectSizeLessThan: filter.objectSizeLessThan,
      Not: filter.not && {
        Prefix: filter.not.prefix,
        Tag: filter.not.tag && { Key: filter.not.tag.key, Value: filter.not.tag.value },
      },
    },
  };
}

function writeTransition(transition: LifecycleTransition, daysName: string) {
  return {
    [daysName]: transition.days,
    CreatedBeforeDate: transition.createdBeforeDate,
    StorageClass: transition.storageClass,
    IsAccessTime: transition.isAccessTime,
    ReturnToStdWhenVisit: transition.returnToStdWhenVisit,
    AllowSmallFile: transition.allowSmallFile,
  };
}

// CORS

function readCorsRule(rule: XmlNode): CorsRule {
  return {
    allowedOrigins: childTexts(rule, 'AllowedOrigin'),
    allowedMethods: childTexts(rule, 'AllowedMethod'),
    allowedHeaders: childTexts(rule, 'AllowedHeader'),
    exposeHeaders: childTexts(rule, 'ExposeHeader'),
    maxAgeSeconds: wholeOf(rule, 'MaxAgeSeconds'),
  };
}

function writeCorsRule(rule: CorsRule) {
  return {
    AllowedOrigin: rule.allowedOrigins,
    AllowedMethod: rule.allowedMethods,
    AllowedHeader: rule.allowedHeaders,
    ExposeHeader: rule.exposeHeaders,
    MaxAgeSeconds: rule.maxAgeSeconds,
  };
}

// Elements

function requireChildren(document: XmlNode, name: string): XmlNode[] {
  const children = childrenOf(document, name);
  if (children.length === 0) {
    throw new CloudError('MalformedXML', `the element ${name} is missing`);
  }
  return children;
}

function childTexts(node: XmlNode | undefined, name: string): string[] {
  return childrenOf(node, name).map((child) => (typeof child === 'string' ? child.trim() : ''));
}

function requireText(node: XmlNode | undefined, name: string): string {
  const value = xmlText(node, name);
  if (value === undefined || value === '') {
    throw new CloudError('MalformedXML', `the element ${name} is missing`);
  }
  return value;
}

function oneOf(node: XmlNode | undefined, name: string, allowed: readonly string[]): string {
  const value = xmlText(node, name);
  if (value === undefined || !allowed.includes(value)) {
    throw invalidArgument(name, value ?? '', `one of ${allowed.join(', ')}`);
  }
  return value;
}

function flagOf(node: XmlNode, name: string): boolean {
  return parseFlag(name, xmlText(node, name) ?? '');
}

function optionalFlag(node: XmlNode, name: string): boolean | undefined {
  return xmlText(node, name) === undefined ? undefined : flagOf(node, name);
}

function wholeOf(node: XmlNode | undefined, name: string): number | undefined {
  const value = xmlText(node, name);
  if (value !== undefined && !/^\d{1,15}$/.test(value)) {
    throw invalidArgument(name, value, 'a whole number from 0');
  }
  return value === undefined ? undefined : Number(value);
}
