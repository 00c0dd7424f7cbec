import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ossHost } from '../../../cloud/hosts';
import {
  ossBucket,
  ossBucketAcl,
  ossBucketObject,
  ossBucketPolicy,
  ossBucketPublicAccessBlock,
} from '../../../provider-schema/index';
import { CloudError } from '../../account/cloud-error';
import type { Bucket, BucketSettings, LifecycleRule, LifecycleTransition } from '../../account/oss-types';
import { takeOver } from '../../store/take-over';
import { writeContent } from '../../store/write-content';
import { ProviderError } from '../diagnostics';
import type { Resource, ProviderScope } from '../resource';
import { type AttributeValues, parseJson, type Value, type Values } from '../values';

/** A bucket, which can be reached through its own region only. */
function bucketIn({ account, region }: ProviderScope, name: string): Bucket {
  const bucket = account.oss.getBucket(name);
  if (bucket.region !== region) {
    throw new CloudError(
      'AccessDenied',
      `the bucket ${name} is in ${bucket.region}, the provider's region is ${region}`,
      403,
    );
  }
  return bucket;
}

const bucket: Resource = {
  table: ossBucket,
  create: ({ account, region }, planned) => {
    if (planned.block('website')) {
      throw new ProviderError('argument is not available', 'the local cloud does not serve websites', ['website']);
    }
    return account.oss.createBucket(region, {
      name: planned.str('bucket') ?? `tf-oss-bucket-${randomBytes(8).toString('hex')}`,
      acl: planned.str('acl'),
      storageClass: planned.str('storage_class'),
      redundancyType: planned.str('redundancy_type'),
      resourceGroupId: planned.str('resource_group_id'),
      encryption: encryption(planned),
    }).name;
  },
  complete: ({ account }, id, planned) => void account.oss.updateBucket(id, settings(planned)),
  read: (scope, id) => {
    const found = bucketIn(scope, id);
    return {
      id,
      bucket: found.name,
      acl: found.acl,
      creation_date: found.creationDate.slice(0, 10),
      location: `oss-${found.region}`,
      extranet_endpoint: ossHost(found.region),
      intranet_endpoint: ossHost(found.region, true),
      owner: scope.account.identity.accountId,
      storage_class: found.storageClass,
      redundancy_type: found.redundancyType,
      resource_group_id: found.resourceGroupId,
      policy: found.policy ?? '',
      tags: found.tags,
      access_monitor: [{ status: found.accessMonitor }],
      // The provider reads these only where they are set: what somebody else took away stays in the state.
      ...onlyIf('versioning', found.versioning, (status) => ({ status })),
      ...onlyIf('server_side_encryption_rule', found.encryption, (rule) => ({
        sse_algorithm: rule.sseAlgorithm,
        kms_master_key_id: rule.kmsMasterKeyId ?? '',
        kms_data_encryption: rule.kmsDataEncryption ?? '',
      })),
      ...onlyIf('referer_config', found.referer?.referers.length ? found.referer : undefined, (referer) => ({
        allow_empty: referer.allowEmpty,
        referers: [...referer.referers],
      })),
      lifecycle_rule: found.lifecycleRules.map(lifecycleBlock),
      cors_rule: found.corsRules.map((rule) => ({
        allowed_origins: [...rule.allowedOrigins],
        allowed_methods: [...rule.allowedMethods],
        allowed_headers: [...rule.allowedHeaders],
        expose_headers: [...rule.exposeHeaders],
        max_age_seconds: rule.maxAgeSeconds ?? null,
      })),
      website: [],
      logging: blockOf(found.logging, ({ targetBucket, targetPrefix }) => ({
        target_bucket: targetBucket,
        target_prefix: targetPrefix,
      })),
      transfer_acceleration: blockOf(found.transferAcceleration !== undefined, () => ({
        enabled: found.transferAcceleration!,
      })),
    };
  },
  update: (scope, id, planned, prior) => {
    bucketIn(scope, id);
    const [next, before] = [settings(planned), settings(prior)];
    const changed = Object.fromEntries(
      Object.entries(next).filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof BucketSettings])),
    );
    for (const name of ['versioning', 'transferAcceleration']) {
      // The provider does nothing without the block, so what was enabled stays, and each plan says so.
      if (changed[name] === undefined) {
        delete changed[name];
      }
    }
    if (!('lifecycleRules' in changed)) {
      // It travels with the rules alone.
      delete changed.allowSameActionOverlap;
    }
    scope.account.oss.updateBucket(id, changed);
  },
  delete: (scope, id, prior) => {
    bucketIn(scope, id);
    const { oss } = scope.account;
    if (prior.bool('force_destroy')) {
      oss.emptyBucket(id);
    }
    oss.deleteBucket(id);
  },
};

/** Everything that the bucket's arguments configure; undefined where an argument that the account fills in is not set. */
function settings(planned: AttributeValues): Partial<BucketSettings> {
  if (planned.block('website')) {
    throw new ProviderError('argument is not available', 'the local cloud does not serve websites', ['website']);
  }
  const logging = planned.block('logging');
  const referer = planned.block('referer_config');
  return {
    ...filledIn('acl', planned.str('acl')),
    ...filledIn('accessMonitor', planned.block('access_monitor')?.str('status')),
    ...filledIn('resourceGroupId', planned.str('resource_group_id')),
    allowSameActionOverlap: planned.bool('lifecycle_rule_allow_same_action_overlap') ?? false,
    versioning: planned.block('versioning')?.str('status'),
    encryption: encryption(planned),
    lifecycleRules: planned.blocks('lifecycle_rule').map(lifecycleRule),
    policy: planned.str('policy') || undefined,
    tags: planned.map('tags'),
    corsRules: planned.blocks('cors_rule').map((rule) => ({
      allowedOrigins: rule.strings('allowed_origins'),
      allowedMethods: rule.strings('allowed_methods'),
      allowedHeaders: rule.strings('allowed_headers'),
      exposeHeaders: rule.strings('expose_headers'),
      maxAgeSeconds: rule.num('max_age_seconds'),
    })),
    logging: logging && {
      targetBucket: logging.str('target_bucket')!,
      targetPrefix: logging.str('target_prefix') ?? '',
    },
    referer: referer && {
      allowEmpty: referer.bool('allow_empty') ?? false,
      referers: referer.strings('referers'),
    },
    transferAcceleration: planned.block('transfer_acceleration')?.bool('enabled'),
  };
}

function encryption(planned: AttributeValues): BucketSettings['encryption'] {
  const rule = planned.block('server_side_encryption_rule');
  return (
    rule && {
      sseAlgorithm: rule.str('sse_algorithm')!,
      kmsMasterKeyId: rule.str('kms_master_key_id') || undefined,
      kmsDataEncryption: rule.str('kms_data_encryption') || undefined,
    }
  );
}

function filledIn(name: keyof BucketSettings, value: string | undefined): Partial<BucketSettings> {
  return value === undefined ? {} : { [name]: value };
}

function lifecycleRule(rule: AttributeValues): LifecycleRule {
  const expiration = rule.block('expiration');
  const abort = rule.block('abort_multipart_upload');
  const noncurrent = rule.block('noncurrent_version_expiration');
  const filter = rule.block('filter');
  const not = filter?.block('not');
  const tag = not?.block('tag');
  return {
    id: rule.str('id') ?? `tf-oss-bucket-lifecycle-${randomBytes(8).toString('hex')}`,
    prefix: rule.str('prefix') ?? '',
    enabled: rule.bool('enabled')!,
    tags: rule.map('tags'),
    expiration: expiration && {
      days: expiration.num('days'),
      date: expiration.str('date'),
      createdBeforeDate: expiration.str('created_before_date'),
      expiredObjectDeleteMarker: expiration.bool('expired_object_delete_marker'),
    },
    abortMultipartUpload: abort && {
      days: abort.num('days'),
      createdBeforeDate: abort.str('created_before_date'),
    },
    transitions: rule.blocks('transitions').map(transition),
    noncurrentVersionExpiration: noncurrent && { days: noncurrent.num('days')! },
    noncurrentVersionTransitions: rule.blocks('noncurrent_version_transition').map(transition),
    filter: filter && {
      objectSizeGreaterThan: filter.num('object_size_greater_than'),
      objectSizeLessThan: filter.num('object_size_less_than'),
      not: not && {
        prefix: not.str('prefix'),
        tag: tag && { key: tag.str('key')!, value: tag.str('value')! },
      },
    },
  };
}

function transition(block: AttributeValues): LifecycleTransition {
  return {
    days: block.num('days'),
    createdBeforeDate: block.str('created_before_date'),
    storageClass: block.str('storage_class')!,
    isAccessTime: block.bool('is_access_time'),
    returnToStdWhenVisit: block.bool('return_to_std_when_visit'),
  };
}

function lifecycleBlock(rule: LifecycleRule): Values {
  return {
    id: rule.id,
    prefix: rule.prefix,
    enabled: rule.enabled,
    tags: rule.tags,
    expiration: blockOf(rule.expiration, (expiration) => ({
      days: expiration.days ?? null,
      date: expiration.date ?? null,
      created_before_date: expiration.createdBeforeDate ?? null,
      expired_object_delete_marker: expiration.expiredObjectDeleteMarker ?? null,
    })),
    abort_multipart_upload: blockOf(rule.abortMultipartUpload, ({ days, createdBeforeDate }) => ({
      days: days ?? null,
      created_before_date: createdBeforeDate ?? null,
    })),
    transitions: rule.transitions.map((one) => ({
      ...transitionBlock(one),
      created_before_date: one.createdBeforeDate ?? null,
    })),
    noncurrent_version_expiration: blockOf(rule.noncurrentVersionExpiration, ({ days }) => ({ days })),
    noncurrent_version_transition: rule.noncurrentVersionTransitions.map(transitionBlock),
    filter: blockOf(rule.filter, ({ objectSizeGreaterThan, objectSizeLessThan, not }) => ({
      object_size_greater_than: objectSizeGreaterThan ?? null,
      object_size_less_than: objectSizeLessThan ?? null,
      not: blockOf(not, ({ prefix, tag }) => ({
        prefix: prefix ?? null,
        tag: blockOf(tag, ({ key, value }) => ({ key, value })),
      })),
    })),
  };
}

function transitionBlock(one: LifecycleTransition): Values {
  return {
    days: one.days ?? null,
    storage_class: one.storageClass,
    is_access_time: one.isAccessTime ?? null,
    return_to_std_when_visit: one.returnToStdWhenVisit ?? null,
  };
}

/** One block, or none where nothing is configured. */
function blockOf<T>(setting: T | undefined | false, describe: (setting: T) => Values): Value {
  return setting === undefined || setting === false ? [] : [describe(setting)];
}

/** The block that a setting makes, under its name; nothing at all where nothing is configured. */
function onlyIf<T>(name: string, setting: T | undefined, describe: (setting: T) => Values): Values {
  return setting === undefined ? {} : { [name]: [describe(setting)] };
}

const acl: Resource = {
  table: ossBucketAcl,
  create: putAcl,
  read: (scope, id) => ({ id, bucket: id, acl: bucketIn(scope, id).acl }),
  update: (scope, _id, planned) => void putAcl(scope, planned),
  // The provider leaves the ACL as it is: a bucket always has one.
  delete: () => {},
};

function putAcl(scope: ProviderScope, planned: AttributeValues): string {
  const { name } = bucketIn(scope, planned.str('bucket')!);
  scope.account.oss.updateBucket(name, { acl: planned.str('acl') });
  return name;
}

const publicAccessBlock: Resource = {
  table: ossBucketPublicAccessBlock,
  create: putPublicAccessBlock,
  read: (scope, id) => ({ id, bucket: id, block_public_access: bucketIn(scope, id).blockPublicAccess }),
  update: (scope, _id, planned) => void putPublicAccessBlock(scope, planned),
  delete: (scope, id) => {
    bucketIn(scope, id);
    scope.account.oss.updateBucket(id, { blockPublicAccess: false });
  },
};

function putPublicAccessBlock(scope: ProviderScope, planned: AttributeValues): string {
  const { name } = bucketIn(scope, planned.str('bucket')!);
  scope.account.oss.updateBucket(name, { blockPublicAccess: planned.bool('block_public_access') });
  return name;
}

const policy: Resource = {
  table: ossBucketPolicy,
  create: putPolicy,
  read: (scope, id) => {
    const found = bucketIn(scope, id);
    return found.policy === undefined ? undefined : { id, bucket: id, policy: sortedJson(found.policy) };
  },
  update: (scope, _id, planned) => void putPolicy(scope, planned),
  delete: (scope, id) => {
    bucketIn(scope, id);
    scope.account.oss.updateBucket(id, { policy: undefined });
  },
};

/** A document as the provider keeps what it has read: without blanks, with its names in order, as Go writes JSON. */
function sortedJson(document: string): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) {
      return value.map(sorted);
    }
    return typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, member]) => [name, sorted(member)]),
        )
      : value;
  };
  return JSON.stringify(sorted(parseJson(document))).replace(
    /[<>&\u2028\u2029]/g,
    (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function putPolicy(scope: ProviderScope, planned: AttributeValues): string {
  const { name } = bucketIn(scope, planned.str('bucket')!);
  scope.account.oss.updateBucket(name, { policy: planned.str('policy') });
  return name;
}

/** Arguments whose change uploads the object again. */
const UPLOADED = [
  ...['source', 'content', 'content_type', 'cache_control', 'content_disposition', 'content_encoding', 'content_md5'],
  ...['expires', 'server_side_encryption', 'kms_key_id', 'object_worm_mode'],
];

const object: Resource = {
  table: ossBucketObject,
  unknownOnChange: {
    content: ['etag', 'content_length', 'version_id'],
    source: ['etag', 'content_length', 'version_id'],
  },
  create: putObject,
  // The headers alone: the provider compares neither the content nor the ACL with what it put.
  read: (scope, id, state) => {
    const { name } = bucketIn(scope, state.str('bucket')!);
    const found = scope.account.oss.getObject(name, id);
    return {
      id,
      etag: found.etag ?? found.md5,
      content_length: String(found.size),
      content_type: found.contentType,
      cache_control: found.cacheControl ?? '',
      content_disposition: found.contentDisposition ?? '',
      content_encoding: found.contentEncoding ?? '',
      expires: found.expires ?? '',
      version_id: found.versionId === 'null' ? '' : found.versionId,
      object_worm_mode: '',
      object_worm_retain_until_date: '',
    };
  },
  update: async (scope, id, planned, prior) => {
    if (UPLOADED.some((name) => planned.str(name) !== prior.str(name))) {
      await putObject(scope, planned);
    } else if (planned.str('acl') !== prior.str('acl')) {
      const { name } = bucketIn(scope, planned.str('bucket')!);
      scope.account.oss.updateObject(name, id, { acl: planned.str('acl') });
    }
  },
  delete: (scope, id, prior) => {
    const { name } = bucketIn(scope, prior.str('bucket')!);
    scope.account.oss.deleteObject(name, id);
  },
};

/** Assumption: like other OSS clients, the provider takes the type from the key's ending where none is given. */
const CONTENT_TYPES: { readonly [ending: string]: string } = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.json': 'application/json',
  '.txt': 'text/plain',
  '.xml': 'application/xml',
};

/** Of a file that is uploaded, read at once. */
const PIECE_BYTES = 1 << 20;

/** As Go's `time.RFC1123` has it. */
const RFC_1123 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [A-Z]{3,4}$/;

async function putObject(scope: ProviderScope, planned: AttributeValues): Promise<string> {
  if (planned.str('object_worm_mode')) {
    throw new ProviderError(
      'argument is not available',
      'the local cloud has no retention of objects (object_worm_mode)',
      ['object_worm_mode'],
    );
  }
  bucketIn(scope, planned.str('bucket')!);
  const key = planned.str('key')!;
  const [expires, md5] = [planned.str('expires'), planned.str('content_md5')];
  if (expires && !RFC_1123.test(expires)) {
    throw new ProviderError(
      'invalid value for expires',
      `expires: expected a time like "Wed, 01 Dec 2027 16:00:00 GMT", got ${JSON.stringify(expires)}`,
      ['expires'],
    );
  }
  const { oss, lifetime } = scope.account;
  const file = oss.blobs.scratch();
  const digest = await writeContent(objectContent(planned), file, { lifetime });
  takeOver(file, () => {
    lifetime.throwIfAborted();
    const actual = Buffer.from(digest.md5, 'hex').toString('base64');
    if (md5 && md5 !== actual) {
      throw new CloudError('InvalidDigest', `the Content-MD5 is ${md5}, the content has ${actual}`);
    }
    // Another change may have come while the content was written.
    const { name } = bucketIn(scope, planned.str('bucket')!);
    const settings = {
      contentType: planned.str('content_type') ?? CONTENT_TYPES[path.extname(key)],
      cacheControl: planned.str('cache_control'),
      contentDisposition: planned.str('content_disposition'),
      contentEncoding: planned.str('content_encoding'),
      expires,
      acl: planned.str('acl'),
      encryption: {
        sseAlgorithm: planned.str('server_side_encryption')!,
        kmsMasterKeyId: planned.str('kms_key_id') || undefined,
      },
    };
    return oss.putObject(name, key, { file, digest }, settings);
  });
  return key;
}

/** Piece by piece: a file may be larger than the memory. */
async function* objectContent(planned: AttributeValues): AsyncGenerator<Buffer> {
  const [content, source] = [planned.str('content'), planned.str('source')];
  if (content !== undefined) {
    yield Buffer.from(content);
    return;
  }
  if (source === undefined) {
    throw new ProviderError('missing argument content', 'expected one of content and source, got neither', ['content']);
  }
  // Terraform does not tell a provider that is running already in which folder it works.
  if (!path.isAbsolute(source)) {
    throw new ProviderError(
      'invalid value for source',
      `source: expected an absolute path, got ${JSON.stringify(source)}; use abspath()`,
      ['source'],
    );
  }
  try {
    yield* fs.createReadStream(source, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>;
  } catch (error) {
    throw new ProviderError('invalid value for source', `cannot read the file: ${(error as Error).message}`, [
      'source',
    ]);
  }
}

export const ossResources: readonly Resource[] = [bucket, acl, publicAccessBlock, policy, object];
