/** Longest time, in seconds, that DLA lets an asynchronous query run (six hours). */
export const MAX_RUNNING_TIME_SECONDS = 6 * 60 * 60;

/** How long a session with a role may last, in seconds. Source: RAM, CreateRole. */
export const SESSION_SECONDS = [3600, 43_200] as const;

/** Longest document of a RAM policy or trust policy, in characters. Source: RAM's limits. */
export const MAX_POLICY_LENGTH = 6144;

/** Longest policy of a bucket, in characters. Source: OSS, PutBucketPolicy. */
export const MAX_BUCKET_POLICY_LENGTH = 16 * 1024;

/** Longest descriptions of roles and policies, comments and display names, in characters. Source: RAM, CreateRole, CreateUser. */
export const MAX_DESCRIPTION_LENGTH = 1024;
export const MAX_COMMENTS_LENGTH = 128;

/** Versions of a custom policy. Source: RAM's limits. */
export const MAX_POLICY_VERSIONS = 5;

/** Policies attached to one role or user, unless the account's quota is raised. Source: RAM's limits. */
export const MAX_ATTACHED_POLICIES = { System: 20, Custom: 10 } as const;

/** What a topic promises: nothing, order in a partition, one order for all, transactions, delays. Source: OnsTopicCreate. */
export const MESSAGE_TYPES: readonly number[] = [0, 1, 2, 4, 5];

/** Instances of MQ in a region of an account. Source: the provider's documentation of `alicloud_ons_instance`. */
export const MAX_MQ_INSTANCES = 8;

/** Tags of one thing. Source: TagResources. */
export const MAX_TAGS = 20;

/** Protocols of a group's members. Source: OnsGroupCreate. */
export const GROUP_TYPES: readonly string[] = ['http', 'tcp'];

/** Longest remarks of MQ's resources. Source: OnsInstanceCreate, OnsTopicCreate, OnsGroupCreate. */
export const MAX_REMARK_LENGTH = { instance: 128, topic: 128, group: 256 } as const;

/** Least and greatest values of a queue's attributes, in seconds and bytes. Source: SMQ (formerly MNS), CreateQueue. */
export const QUEUE_RANGES = {
  delaySeconds: [0, 604_800],
  maximumMessageSize: [1024, 65_536],
  messageRetentionPeriod: [60, 604_800],
  pollingWaitSeconds: [0, 30],
  visibilityTimeout: [1, 43_200],
} as const;

/** How urgent a message of a queue is, the most urgent first. Source: SMQ (formerly MNS), SendMessage. */
export const MESSAGE_PRIORITIES = [1, 16] as const;

/** How often a message may be received before it is a dead letter. Assumption: only that there is such a number is documented. */
export const MAX_RECEIVE_COUNTS = [1, 1000] as const;

/** Access of everybody to a bucket. Source: OSS, PutBucketAcl. */
export const BUCKET_ACLS: readonly string[] = ['private', 'public-read', 'public-read-write'];

/** Methods that a rule of CORS may allow. Source: OSS, PutBucketCors. */
export const CORS_METHODS: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD'];

/** Source: OSS, storage classes. */
export const STORAGE_CLASSES: readonly string[] = ['Standard', 'IA', 'Archive', 'ColdArchive', 'DeepColdArchive'];

/** Copies in one zone, or in three. Source: OSS, PutBucket. */
export const REDUNDANCY_TYPES: readonly string[] = ['LRS', 'ZRS'];

/** How OSS encrypts at rest: with its own keys, with those of Key Management Service, with SM4. Source: PutBucketEncryption. */
export const ENCRYPTION_ALGORITHMS: readonly string[] = ['AES256', 'KMS', 'SM4'];

/** How far the time of a signed request may be from the server's. Source: the signature pages of OpenAPI, OSS and SMQ (formerly MNS). */
export const MAX_CLOCK_SKEW_MILLIS = 15 * 60 * 1000;
