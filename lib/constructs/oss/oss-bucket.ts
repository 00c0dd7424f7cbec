import { type TerraformProvider, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { kmsKeyArn, ossArn } from '../../cloud/arn';
import { BUCKET_NAME } from '../../cloud/names';
import type { Rule } from '../../cloud/rule';
import {
  OssBucket as OssBucketResource,
  type OssBucketLifecycleRule,
  type OssBucketServerSideEncryptionRule,
} from '../../provider-schema/gen/oss-bucket/index';
import { OssBucketAcl } from '../../provider-schema/gen/oss-bucket-acl/index';
import { OssBucketPolicy } from '../../provider-schema/gen/oss-bucket-policy/index';
import { OssBucketPublicAccessBlock } from '../../provider-schema/gen/oss-bucket-public-access-block/index';
import { ossBucket } from '../../provider-schema/oss-bucket';
import { regionOf } from '../provider-settings';
import { type Grant, grant, type GrantedActions } from '../ram/grant';
import type { IRamGrantee } from '../ram/ram-grantee';
import { registerUnique, knownName, rememberName } from '../uniqueness';
import { type PropertyError, checkAttribute, required, assertValid, valueText } from '../validation';

/** An OSS bucket, made here or elsewhere. */
export interface IOssBucket extends IConstruct {
  /** Name of the bucket, unique in all of OSS. */
  readonly bucketName: string;

  /**
   * Region of the bucket.
   *
   * @default - not known
   */
  readonly region?: string;

  /**
   * Lets a RAM role or user list and read the objects.
   *
   * Actions: `oss:ListObjects` on the bucket, `oss:GetObject` on its objects; `kms:Decrypt` on the bucket's `kmsKeyId`.
   */
  grantRead(grantee: IRamGrantee): Grant;

  /**
   * Lets a RAM role or user list, read, write and delete the objects.
   *
   * Actions: `oss:ListObjects` on the bucket; `oss:GetObject`, `oss:PutObject`, `oss:DeleteObject`,
   * `oss:AbortMultipartUpload` and `oss:ListParts` on its objects; `kms:Decrypt` and `kms:GenerateDataKey` on the
   * bucket's `kmsKeyId`.
   */
  grantReadWrite(grantee: IRamGrantee): Grant;
}

/** How OSS encrypts objects at rest. */
export enum BucketEncryption {
  /** With keys that OSS manages. */
  AES256 = 'AES256',
  /** With keys of Key Management Service. */
  KMS = 'KMS',
  /** With the SM4 algorithm and keys that OSS manages. */
  SM4 = 'SM4',
}

/** What OSS does by itself with objects, by their age. */
export interface BucketLifecycleRule {
  /**
   * Start of the keys that the rule is for.
   *
   * @default - every object
   */
  readonly prefix?: string;

  /**
   * Objects are deleted this many days after their last change.
   *
   * @default - never
   */
  readonly expireAfterDays?: number;

  /**
   * Earlier versions are deleted this many days after they were replaced. Of use with `versioned`.
   *
   * @default - never
   */
  readonly expireOldVersionsAfterDays?: number;

  /**
   * Parts of an upload that was never completed are deleted after this many days.
   *
   * @default - never
   */
  readonly abortIncompleteUploadsAfterDays?: number;
}

/** Options of a bucket, wherever it is made. */
export interface OssBucketOptions {
  /**
   * Name of the bucket: 3 to 63 lower case letters, digits and hyphens, unique in all of OSS.
   *
   * @default - the provider makes one up
   */
  readonly bucketName?: string;

  /**
   * Encryption of the objects at rest.
   *
   * @default BucketEncryption.AES256
   */
  readonly encryption?: BucketEncryption;

  /**
   * Id of the key that encrypts the objects. Only with `BucketEncryption.KMS`. Grants of the bucket let the key be used.
   *
   * Assumption: reading takes `kms:Decrypt` and writing `kms:GenerateDataKey` too; OSS's guide names no actions.
   *
   * @default - the key that OSS keeps in KMS for the account
   */
  readonly kmsKeyId?: string;

  /**
   * Keep earlier versions of an object that is overwritten or deleted.
   *
   * @default false
   */
  readonly versioned?: boolean;

  /**
   * What becomes of objects as they age: one rule for a prefix, at most 1000. Prefixes may overlap.
   *
   * @default - objects stay as they are
   */
  readonly lifecycleRules?: BucketLifecycleRule[];

  /**
   * Refuse requests that do not come over TLS.
   *
   * Assumption: it is not documented whether DLA reads tables' files over TLS, so this is off unless asked for.
   *
   * @default false
   */
  readonly enforceTls?: boolean;

  /**
   * Delete the objects with the bucket. Counts only once it has been applied.
   *
   * @default false
   */
  readonly forceDestroy?: boolean;

  /**
   * Tags of the bucket.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of an `OssBucket`. */
export interface OssBucketProps extends OssBucketOptions {
  /**
   * Provider that makes the bucket.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** Options of a reference to a bucket. */
export interface OssBucketImportOptions {
  /**
   * Provider of the account whose roles and users are granted access to the bucket.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_OSS_BUCKET = Symbol.for('cdktf-alicloud-dla.OssBucket');

/** What every bucket has in common, made here or not. */
export abstract class OssBucketBase extends Construct implements IOssBucket {
  public abstract readonly bucketName: string;
  public readonly region?: string;

  /** @param made what the bucket is made or adopted with; undefined where it is referred to only */
  constructor(
    scope: Construct,
    id: string,
    private readonly provider: TerraformProvider | undefined,
    private readonly made: OssBucketOptions | undefined,
  ) {
    super(scope, id);
    this.region = made && regionOf(this, provider);
    Object.defineProperty(this, IS_OSS_BUCKET, { value: true });
  }

  public grantRead(grantee: IRamGrantee): Grant {
    return grant(
      this,
      grantee,
      [
        { actions: ['oss:ListObjects'], resources: [this.arn()] },
        { actions: ['oss:GetObject'], resources: [this.arn('/*')] },
        ...this.onKey('kms:Decrypt'),
      ],
      this.provider,
    );
  }

  public grantReadWrite(grantee: IRamGrantee): Grant {
    return grant(
      this,
      grantee,
      [
        { actions: ['oss:ListObjects'], resources: [this.arn()] },
        {
          actions: ['oss:GetObject', 'oss:PutObject', 'oss:DeleteObject', 'oss:AbortMultipartUpload', 'oss:ListParts'],
          resources: [this.arn('/*')],
        },
        ...this.onKey('kms:Decrypt', 'kms:GenerateDataKey'),
      ],
      this.provider,
    );
  }

  private onKey(...actions: string[]): GrantedActions[] {
    const keyId = this.made?.kmsKeyId;
    return keyId === undefined ? [] : [{ actions, resources: [kmsKeyArn(keyId)] }];
  }

  private arn(below = ''): string {
    return ossArn(`${knownName(this, this.bucketName)}${below}`);
  }
}

class ImportedOssBucket extends OssBucketBase {
  public readonly bucketName: string;

  constructor(scope: Construct, id: string, bucketName: string, options: OssBucketImportOptions) {
    super(scope, id, options.provider, undefined);
    assertValid(this, required('bucketName', bucketName), checkAttribute('bucketName', bucketName, BUCKET_NAME));
    this.bucketName = bucketName;
  }
}

/**
 * An OSS bucket that nobody outside the account can reach: access is private, public access is blocked, objects are
 * encrypted at rest.
 *
 * Source: provider types `alicloud_oss_bucket`, `…_acl`, `…_public_access_block` and `…_policy`.
 *
 * @example
 * const bucket = new OssBucket(stack, 'data', { lifecycleRules: [{ prefix: 'tmp/', expireAfterDays: 7 }] });
 */
export class OssBucket extends OssBucketBase {
  /** A bucket that is made elsewhere. */
  public static fromBucketName(
    scope: Construct,
    id: string,
    bucketName: string,
    options: OssBucketImportOptions = {},
  ): IOssBucket {
    return new ImportedOssBucket(scope, id, bucketName, options);
  }

  /** Tells whether something is a bucket of this package, made here or elsewhere. */
  public static isOssBucket(x: unknown): x is IOssBucket {
    return typeof x === 'object' && x !== null && IS_OSS_BUCKET in x;
  }

  public readonly bucketName: string;

  /** The bucket itself, as the provider knows it. */
  public readonly resource: OssBucketResource;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: OssBucketProps = {}) {
    const { provider } = props;
    super(scope, id, provider, props);
    assertValid(this, bucketFaults(props));
    registerBucket(this, props.bucketName, 'give one of them another bucketName');

    this.resource = new OssBucketResource(this, 'Resource', {
      provider,
      bucket: props.bucketName,
      ...bucketBlocks(props),
      versioning: props.versioned ? { status: 'Enabled' } : undefined,
      forceDestroy: props.forceDestroy,
      tags: props.tags,
      // The bucket reads its policy back and would delete the one that stands beside it.
      lifecycle: { ignoreChanges: ['policy'] },
    });
    this.bucketName = this.resource.bucket;
    rememberName(this, props.bucketName);
    new OssBucketAcl(this, 'Acl', { provider, bucket: this.bucketName, acl: 'private' });
    new OssBucketPublicAccessBlock(this, 'PublicAccessBlock', {
      provider,
      bucket: this.bucketName,
      blockPublicAccess: true,
    });
    if (props.enforceTls) {
      // A bucket that the provider names can be named in its policy only from outside the bucket's own resource.
      new OssBucketPolicy(this, 'TlsPolicy', {
        provider,
        bucket: this.bucketName,
        policy: tlsOnlyPolicy(this.bucketName),
      });
    }
  }
}

const ENCRYPTION = ossBucket.blocks.server_side_encryption_rule.attributes.sse_algorithm;
const RULES = ossBucket.blocks.lifecycle_rule;
/** The provider does not limit it; an alias or ARN would not fit the resource of a grant. */
const KEY_ID: Rule = { type: 'string', pattern: /^[\w-]+$/ };
/** The provider does not limit days; OSS counts whole days from one. */
const DAYS: Rule = { type: 'number', range: [1, Infinity] };

/** Faults of a bucket's options; `at` goes before the names of properties. */
export function bucketFaults(options: OssBucketOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}bucketName`, options.bucketName, BUCKET_NAME),
    ...checkAttribute(`${at}encryption`, options.encryption, ENCRYPTION),
    ...checkAttribute(`${at}kmsKeyId`, options.kmsKeyId, KEY_ID),
    ...(options.kmsKeyId !== undefined &&
    options.encryption !== BucketEncryption.KMS &&
    !Token.isUnresolved(options.encryption)
      ? [
          {
            property: `${at}kmsKeyId`,
            received: valueText(options.kmsKeyId),
            allowed: 'a key only where encryption is "KMS"',
          },
        ]
      : []),
    ...lifecycleFaults(options.lifecycleRules ?? [], `${at}lifecycleRules`),
  ];
}

/** Names of buckets are global: no two constructs can make, or adopt, the same one. */
export function registerBucket(construct: IConstruct, bucketName: string | undefined, fix: string): void {
  if (bucketName !== undefined && !Token.isUnresolved(bucketName)) {
    registerUnique(
      construct,
      `bucket ${bucketName}`,
      (first) => `bucket ${valueText(bucketName)} is already made by ${first}: ${fix}`,
    );
  }
}

/**
 * Encryption and lifecycle as blocks of the bucket itself: beside the separate resources for them, every second apply
 * of the bucket would take them away again.
 */
export function bucketBlocks(options: OssBucketOptions): {
  serverSideEncryptionRule: OssBucketServerSideEncryptionRule;
  lifecycleRule?: OssBucketLifecycleRule[];
  lifecycleRuleAllowSameActionOverlap?: boolean;
} {
  return {
    serverSideEncryptionRule: {
      sseAlgorithm: options.encryption ?? BucketEncryption.AES256,
      kmsMasterKeyId: options.kmsKeyId,
    },
    lifecycleRule: options.lifecycleRules?.map((rule) => ({
      enabled: true,
      prefix: rule.prefix,
      expiration: days(rule.expireAfterDays),
      noncurrentVersionExpiration: days(rule.expireOldVersionsAfterDays),
      abortMultipartUpload: days(rule.abortIncompleteUploadsAfterDays),
    })),
    // OSS refuses two rules that would do the same to one object, unless it is told that this is meant.
    lifecycleRuleAllowSameActionOverlap: hasOverlap(options.lifecycleRules ?? []) || undefined,
  };
}

function days(count: number | undefined): { days: number }[] | undefined {
  return count === undefined ? undefined : [{ days: count }];
}

/** Whether an object may fall under two rules with the same action. */
function hasOverlap(rules: BucketLifecycleRule[]): boolean {
  return rules.some((one, index) =>
    rules.some(
      (other, at) => at > index && prefixesOverlap(one, other) && AGES.some((age) => has(one, age) && has(other, age)),
    ),
  );
}

const AGES = ['expireAfterDays', 'expireOldVersionsAfterDays', 'abortIncompleteUploadsAfterDays'] as const;

function has(rule: BucketLifecycleRule, age: (typeof AGES)[number]): boolean {
  return rule[age] !== undefined;
}

function prefixesOverlap(
  { prefix: one = '' }: BucketLifecycleRule,
  { prefix: other = '' }: BucketLifecycleRule,
): boolean {
  return Token.isUnresolved(one) || Token.isUnresolved(other) || one.startsWith(other) || other.startsWith(one);
}

function lifecycleFaults(rules: BucketLifecycleRule[], at: string): PropertyError[] {
  const tooMany: PropertyError[] =
    rules.length > RULES.maxItems
      ? [{ property: at, received: `${rules.length} rules`, allowed: `at most ${RULES.maxItems} rules` }]
      : [];
  return [
    ...tooMany,
    ...rules.flatMap((rule, index) => {
      const { prefix = '' } = rule;
      return [
        ...(rules.findIndex((other) => (other.prefix ?? '') === prefix) < index
          ? [
              {
                property: `${at}[${index}].prefix`,
                received: valueText(prefix),
                allowed: 'a prefix that no rule before has: put both into one rule',
              },
            ]
          : []),
        ...AGES.flatMap((age) => checkAttribute(`${at}[${index}].${age}`, rule[age], DAYS)),
        ...(AGES.some((age) => has(rule, age))
          ? []
          : [{ property: `${at}[${index}]`, received: 'a rule without days', allowed: 'at least one of its ages' }]),
      ];
    }),
  ];
}

/** Source: OSS's guide on bucket policies, "access only over HTTPS". */
function tlsOnlyPolicy(bucketName: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['oss:*'],
        Principal: ['*'],
        Resource: [ossArn(bucketName), ossArn(`${bucketName}/*`)],
        Condition: { Bool: { 'acs:SecureTransport': ['false'] } },
      },
    ],
  });
}
