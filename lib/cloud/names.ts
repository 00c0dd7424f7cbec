import type { Rule } from './rule';

/** Id of an account. */
export const ACCOUNT_ID = {
  type: 'string',
  pattern: /^\d{16}$/,
  expected: 'the id of an account, 16 digits',
} as const satisfies Rule;

/** Name of an OSS bucket. Source: OSS's naming rules; the provider checks the length only. */
export const BUCKET_NAME = {
  type: 'string',
  length: [3, 63],
  pattern: /^[a-z0-9][a-z0-9-]*[a-z0-9]$/,
  expected: '3 to 63 lower-case letters, digits and hyphens, a letter or digit first and last',
  suggest: (name) =>
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, ''),
} as const satisfies Rule;

export const RESULT_BUCKET_PREFIX = 'aliyun-oa-query-results-';

/**
 * Name of a bucket that DLA makes for results. Assumption: all begin like the one on the product page; what follows
 * differs.
 */
export const RESULT_BUCKET_NAME = {
  ...BUCKET_NAME,
  prefixes: [RESULT_BUCKET_PREFIX],
  expected: `the name of a bucket that DLA made, ${RESULT_BUCKET_PREFIX}…`,
} as const satisfies Rule;

/**
 * Name of the bucket that DLA makes for the results of an account in a region.
 *
 * Assumption: where the name would be too long for a bucket, the second `oss-`, which is not always there, is left out.
 */
export function resultBucketName(accountId: string, region: string): string {
  const name = `${RESULT_BUCKET_PREFIX}${accountId}-oss-${region}`;
  return name.length <= BUCKET_NAME.length[1] ? name : name.replace('-oss-', '-');
}

/** What the id of each MQ instance begins with. */
export const MQ_INSTANCE_PREFIX = 'MQ_INST_';

/** Id of an MQ (RocketMQ 4.x) instance. */
export const MQ_INSTANCE_ID = {
  type: 'string',
  pattern: /^MQ_INST_\w+$/,
  expected: 'the id of an MQ instance, MQ_INST_…',
} as const satisfies Rule;

/** Id of a new MQ instance. */
export function mqInstanceId(accountId: string, suffix: string): string {
  return `${MQ_INSTANCE_PREFIX}${accountId}_${suffix}`;
}

/** Name of an MQ instance. Source: the provider's documentation, which allows no underscore but does not check it. */
export const MQ_INSTANCE_NAME = { type: 'string', length: [3, 64] } as const satisfies Rule;

/** Name of an MQ topic. Source: OnsTopicCreate; the provider checks the length only, from 1 character. */
export const TOPIC_NAME = {
  type: 'string',
  length: [3, 64],
  pattern: /^(?!GID|CID)[\w-]+$/,
  expected: '3 to 64 letters, digits, "-" and "_", not beginning with "GID" or "CID", which are reserved',
  suggest: (name) => name.replace(/[^\w-]+/g, '_').replace(/^(GID|CID)[_-]*/, ''),
} as const satisfies Rule;

/** Characters of the longest id of an MQ group. */
export const MAX_GROUP_ID_LENGTH = 64;

/**
 * Id of an MQ group. Source: OnsGroupCreate of 2019 and the provider. Assumption: the page of 2025, which has 2 to 64
 * characters and names no prefix, is of other kinds of instances, too.
 */
export const GROUP_ID = {
  type: 'string',
  pattern: /^[\w-]{7,64}$/,
  prefixes: ['GID-', 'GID_'],
  expected: '7 to 64 letters, digits, "-" and "_", beginning with "GID_" or "GID-"',
  suggest: (id) => `GID_${id.replace(/^gid[-_]/i, '').replace(/[^\w-]+/g, '_')}`,
} as const satisfies Rule;

/** Name of an SMQ (formerly MNS) queue. Source: CreateQueue; the provider does not check it. */
export const QUEUE_NAME = {
  type: 'string',
  length: [1, 120],
  pattern: /^[A-Za-z0-9][A-Za-z0-9-]*$/,
  expected: '1 to 120 letters, digits and hyphens, a letter or digit first',
  suggest: (name) => name.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-/, ''),
} as const satisfies Rule;

/** Name of an SMQ (formerly MNS) topic. Source: SMQ's limits. */
export const MNS_TOPIC_NAME = { ...QUEUE_NAME } as const satisfies Rule;

/** Name of a subscription to an SMQ (formerly MNS) topic. Source: Subscribe. */
export const MNS_SUBSCRIPTION_NAME = {
  ...QUEUE_NAME,
  length: [1, 255],
  expected: '1 to 255 letters, digits and hyphens, a letter or digit first',
} as const satisfies Rule;

/** Name of a RAM role. Source: CreateRole. */
export const ROLE_NAME = {
  type: 'string',
  pattern: /^[A-Za-z0-9.-]{1,64}$/,
  expected: '1 to 64 letters, digits, "." and "-"',
} as const satisfies Rule;

/** Name of a RAM user. Source: CreateUser. */
export const USER_NAME = {
  type: 'string',
  pattern: /^[A-Za-z0-9._-]{1,64}$/,
  expected: '1 to 64 letters, digits, ".", "_" and "-"',
} as const satisfies Rule;

/** Name of a RAM user group. Source: CreateGroup. */
export const USER_GROUP_NAME = { ...ROLE_NAME } as const satisfies Rule;

/** Name of a custom RAM policy. Source: CreatePolicy. */
export const POLICY_NAME = {
  type: 'string',
  length: [1, 128],
  pattern: /^[A-Za-z0-9-]+$/,
  expected: '1 to 128 letters, digits and hyphens',
} as const satisfies Rule;

/** Key of a tag. Source: the tags of OnsTopicCreate, whose rule is the strictest of the services. */
export const TAG_KEY = {
  type: 'string',
  // Characters, where a length counts bytes.
  pattern: /^(?!aliyun|acs:|https?:\/\/)[^]{1,64}$/iu,
  expected: '1 to 64 characters, not beginning with "aliyun", "acs:", "http://" or "https://"',
} as const satisfies Rule;

/** Value of a tag, in characters as its key. Source: OnsTopicCreate, PutBucketTagging. */
export const TAG_VALUE = {
  type: 'string',
  pattern: /^[^]{0,128}$/u,
  expected: 'at most 128 characters',
} as const satisfies Rule;

/** Endpoint of an instance of MQ. The provider does not limit it, and an empty text is the usual mistake. */
export const MQ_ENDPOINT = {
  type: 'string',
  pattern: /^https?:\/\/[^\s,/]+\/?$/,
  expected: 'an endpoint of MQ, http:// or https:// with a host and, where it has one, a port',
} as const satisfies Rule;
