import { type TerraformProvider, type TerraformResource, Token } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { kmsKeyArn, ossArn } from '../../cloud/arn';
import { CORS_METHODS } from '../../cloud/limits';
import { BUCKET_NAME } from '../../cloud/names';
import type { Rule } from '../../cloud/rule';
import {
  OssBucket as OssBucketResource,
  type OssBucketServerSideEncryptionRule,
} from '../../provider-schema/gen/oss-bucket/index';
import { OssBucketAcl } from '../../provider-schema/gen/oss-bucket-acl/index';
import { OssBucketPublicAccessBlock } from '../../provider-schema/gen/oss-bucket-public-access-block/index';
import { ossBucket } from '../../provider-schema/oss-bucket';
import { keepFormer } from '../former-parts';
import { tellReference } from '../named-references';
import { regionOf } from '../provider-settings';
import { type Grant, grant, type GrantedActions } from '../ram/grant';
import type { IRamGrantee } from '../ram/ram-grantee';
import { onRename, referenceToId } from '../references';
import { freeId } from '../tree';
import { registerUnique, knownName } from '../uniqueness';
import {
  type PropertyError,
  checkAttribute,
  checkConstruct,
  checkObject,
  checkList,
  required,
  assertValid,
  checkTags,
  regionErrors,
  requireKnownAtSynth,
  valueText,
  checkBoolean,
  propsOf,
} from '../validation';
import { type BucketLifecycleRule, lifecycleBlocks, lifecycleErrors } from './bucket-lifecycle';
import type { StorageClass } from './storage-class';
import { addTlsPolicy } from './tls-policy';

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
   * The resource that makes it, for what has no property here.
   *
   * @default - it is made elsewhere
   */
  readonly resource?: TerraformResource;

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

/** Copies that OSS keeps of each object. */
export enum BucketRedundancy {
  /** Several copies in one zone. */
  LOCAL = 'LRS',
  /** Copies in three zones, so that one may fail. Not every region has it. */
  ZONE = 'ZRS',
}

/** Where OSS writes down the requests to a bucket, hour by hour. */
export interface BucketLogging {
  /**
   * Bucket that the logs are written to, of the same account and region. A bucket may log to itself by its name; one of
   * its own is better, for writing a log is a request, too.
   */
  readonly bucket: IOssBucket;

  /**
   * Start of the keys of the logs.
   *
   * @default - none: a key starts with the name of the bucket that it is about
   */
  readonly prefix?: string;
}

/** What web pages of other origins may do with a bucket. */
export interface BucketCorsRule {
  /** Origins, e.g. `https://example.com`, with at most one `*` each. */
  readonly allowedOrigins: string[];

  /** Methods: `GET`, `PUT`, `POST`, `DELETE` or `HEAD`. */
  readonly allowedMethods: string[];

  /**
   * Headers that a request may have, with at most one `*` each. They are written in lower case, as OSS tells them.
   *
   * @default - none beside those that need no leave
   */
  readonly allowedHeaders?: string[];

  /**
   * Headers of the answer that a page may read.
   *
   * @default - none beside those that need no leave
   */
  readonly exposeHeaders?: string[];

  /**
   * How long a browser keeps the answer, 0 to 999999999 seconds.
   *
   * @default - the browser's own
   */
  readonly maxAgeSeconds?: number;
}

/** Options of a bucket, wherever it is made. */
export interface OssBucketOptions {
  /**
   * Name of the bucket: 3 to 63 lower case letters, digits and hyphens, unique in all of OSS. A change replaces the
   * bucket: the apply fails where it has objects, and with `forceDestroy` they are lost.
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
   * Keep earlier versions of an object that is overwritten or deleted. To end that say `false`, which suspends it: where
   * it is left out after `true` the bucket stays versioned, and every plan says so.
   *
   * @default - no versions are kept, and nothing is said of it
   */
  readonly versioned?: boolean;

  /**
   * What becomes of objects as they age: one rule for a prefix, at most 1000. Prefixes may overlap.
   *
   * @default - objects stay as they are
   */
  readonly lifecycleRules?: BucketLifecycleRule[];

  /**
   * Storage class of the objects that are given none. A change replaces the bucket: the apply fails where it has objects,
   * and with `forceDestroy` they are lost. Left out, a bucket that is there or imported keeps its own.
   *
   * @default StorageClass.STANDARD
   */
  readonly storageClass?: StorageClass;

  /**
   * Copies of the objects. A change replaces the bucket: the apply fails where it has objects, and with `forceDestroy`
   * they are lost. Left out, a bucket that is there or imported keeps its own.
   *
   * @default BucketRedundancy.LOCAL
   */
  readonly redundancy?: BucketRedundancy;

  /**
   * Write down the requests to the bucket.
   *
   * @default - they are not written down
   */
  readonly logging?: BucketLogging;

  /**
   * What web pages of other origins may do with the bucket, at most 10 rules.
   *
   * @default - nothing
   */
  readonly corsRules?: BucketCorsRule[];

  /**
   * Id of the resource group that the bucket belongs to, `rg-…`. Taken out, the bucket stays in it.
   *
   * @default - the account's default resource group
   */
  readonly resourceGroupId?: string;

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
    super(scope, freeId(scope, id, 'bucket'));
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
        this.onKey('kms:Decrypt'),
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
        this.onKey('kms:Decrypt', 'kms:GenerateDataKey'),
      ],
      this.provider,
    );
  }

  /** Read when the policy is rendered, for the key may be given later. */
  private onKey(...actions: string[]): GrantedActions {
    const arns = () => [this.made?.kmsKeyId ?? laterKeys.get(this)].filter((id) => id !== undefined).map(kmsKeyArn);
    return {
      actions,
      get resources() {
        return arns();
      },
    };
  }

  private arn(below = ''): string {
    return ossArn(`${knownName(this, () => this.bucketName)}${below}`);
  }
}

class ImportedOssBucket extends OssBucketBase {
  public readonly bucketName: string;

  constructor(scope: Construct, id: string, bucketName: string, options: OssBucketImportOptions) {
    super(scope, id, propsOf(scope, id, options, 'options').provider, undefined);
    assertValid(this, required('bucketName', bucketName), checkAttribute('bucketName', bucketName, BUCKET_NAME));
    this.bucketName = bucketName;
    tellReference(this, 'bucket', bucketName, options);
    keepFormer(this, 'bucket', bucketName, options.provider);
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
  /**
   * A bucket that is made elsewhere.
   *
   * Where this stack made it at the id of this reference, and still has a provider of alicloud, the apply stops before it is
   * destroyed. Where it was made at another id or by another stack, Terraform shows nobody what a state has beside the code,
   * and destroys it, unless `dla-check-plan` goes before: with `npx tsx main.ts && npx dla-check-plan` as the `app` of
   * cdktf.json each `cdktf deploy` stops with the line to write. `npm run deploy` and `npm run diff` do the same.
   */
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

  /** The bucket itself, as the provider knows it. */
  public readonly resource: OssBucketResource;

  private name?: string;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: OssBucketProps = {}) {
    const { provider } = propsOf(scope, id, props);
    super(scope, id, provider, props);
    assertValid(this, bucketErrors(props));
    assertValid(this, regionErrors('logging.bucket', props.logging?.bucket?.region, this.region, "the bucket's"));
    registerBucket(this, props.bucketName, 'give one of them another bucketName');

    this.resource = new OssBucketResource(this, 'Resource', {
      provider,
      bucket: props.bucketName,
      ...bucketBlocks(props),
      storageClass: props.storageClass,
      redundancyType: props.redundancy,
      logging: props.logging && {
        targetBucket: knownName(props.logging.bucket, () => props.logging!.bucket.bucketName),
        targetPrefix: props.logging.prefix,
      },
      corsRule: props.corsRules?.map((rule) => ({ ...rule, allowedHeaders: lowerCase(rule.allowedHeaders) })),
      resourceGroupId: props.resourceGroupId,
      versioning: props.versioned === undefined ? undefined : { status: props.versioned ? 'Enabled' : 'Suspended' },
      forceDestroy: props.forceDestroy,
      tags: props.tags,
      lifecycle: { ignoreChanges: ignoredOf(props) },
    });
    const bucket = referenceToId(this, this.resource);
    const acl = new OssBucketAcl(this, 'Acl', { provider, bucket, acl: 'private' });
    const block = new OssBucketPublicAccessBlock(this, 'PublicAccessBlock', {
      provider,
      bucket,
      blockPublicAccess: true,
    });
    onRename(this.resource, () => [acl, block].forEach((one) => (one.bucket = referenceToId(this, this.resource))));
    if (props.enforceTls) {
      addTlsPolicy(this, provider);
    }
  }

  public get bucketName(): string {
    return (this.name ??= this.resource.bucket);
  }
}

/**
 * The bucket reads its policy back and would delete the one that stands beside it. It would be replaced for a default that
 * it does not have: one that is imported, or that had another value until it was left out.
 */
function ignoredOf({ redundancy, storageClass }: OssBucketProps): string[] {
  return [
    'policy',
    ...(redundancy === undefined ? ['redundancy_type'] : []),
    ...(storageClass === undefined ? ['storage_class'] : []),
  ];
}

const laterKeys = new WeakMap<IConstruct, string>();

/** Encrypts what is written from now on with a key. Grants of the bucket let it be used. */
export function encryptWith(bucket: OssBucket, kmsKeyId: string): void {
  laterKeys.set(bucket, kmsKeyId);
  bucket.resource.putServerSideEncryptionRule({ sseAlgorithm: BucketEncryption.KMS, kmsMasterKeyId: kmsKeyId });
}

const ENCRYPTION = ossBucket.blocks.server_side_encryption_rule.attributes.sse_algorithm;
/** The provider does not limit it; an alias or ARN would not fit the resource of a grant. */
export const KEY_ID: Rule = { type: 'string', pattern: /^[\w-]+$/ };

const RESOURCE_GROUP_ID: Rule = {
  type: 'string',
  pattern: /^rg-[\w-]+$/,
  expected: 'the id of a resource group, rg-…',
};
/** Source: OSS, PutBucketLogging. */
const LOG_PREFIX: Rule = {
  type: 'string',
  pattern: /^(?:[A-Za-z][\w/-]{0,31})?$/,
  expected: 'at most 32 letters, digits, hyphens, underscores and slashes, starting with a letter',
};
/** Source: OSS, PutBucketCors. */
const CORS_METHOD: Rule = { type: 'string', allowed: CORS_METHODS };
const ONE_WILDCARD: Rule = { type: 'string', pattern: /^[^*]*\*?[^*]*$/, expected: 'text with at most one *' };
const MAX_AGE_SECONDS: Rule = { type: 'number', range: [0, 999_999_999] };

/** Errors of a bucket's options; `at` goes before the names of properties. */
export function bucketErrors(options: OssBucketOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}bucketName`, options.bucketName, BUCKET_NAME),
    ...checkAttribute(`${at}encryption`, options.encryption, ENCRYPTION),
    ...checkTags(`${at}tags`, options.tags),
    ...(['versioned', 'enforceTls'] as const).flatMap((name) => [
      ...requireKnownAtSynth(`${at}${name}`, options[name]),
      ...checkBoolean(`${at}${name}`, options[name]),
    ]),
    ...checkObject(`${at}logging`, options.logging),
    ...checkBoolean(`${at}forceDestroy`, options.forceDestroy),
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
    ...lifecycleErrors(options.lifecycleRules, `${at}lifecycleRules`),
    ...checkAttribute(`${at}storageClass`, options.storageClass, ossBucket.attributes.storage_class),
    ...checkAttribute(`${at}redundancy`, options.redundancy, ossBucket.attributes.redundancy_type),
    ...checkAttribute(`${at}resourceGroupId`, options.resourceGroupId, RESOURCE_GROUP_ID),
    ...(options.logging ? loggingErrors(options.logging, `${at}logging`) : []),
    ...corsErrors(options.corsRules, `${at}corsRules`),
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
} & ReturnType<typeof lifecycleBlocks> {
  return {
    serverSideEncryptionRule: {
      sseAlgorithm: options.encryption ?? BucketEncryption.AES256,
      kmsMasterKeyId: options.kmsKeyId,
    },
    ...lifecycleBlocks(options.lifecycleRules),
  };
}

function loggingErrors({ bucket, prefix }: BucketLogging, at: string): PropertyError[] {
  return [
    ...required(`${at}.bucket`, bucket),
    ...checkConstruct(`${at}.bucket`, bucket, 'OssBucket.fromBucketName(stack, id, name)', 'bucketName'),
    ...checkAttribute(`${at}.prefix`, prefix, LOG_PREFIX),
  ];
}

function checkNotEmpty(property: string, list: unknown): PropertyError[] {
  return Array.isArray(list) && list.length === 0 ? [{ property, received: '[]', allowed: 'at least one' }] : [];
}

function corsErrors(rules: BucketCorsRule[] | undefined, at: string): PropertyError[] {
  const unknown = requireKnownAtSynth(at, rules);
  if (!Array.isArray(rules) || unknown.length > 0) {
    return unknown.length > 0 ? unknown : checkList(at, rules, () => []);
  }
  const { maxItems } = ossBucket.blocks.cors_rule;
  return [
    ...(rules.length > maxItems
      ? [{ property: at, received: `${rules.length} rules`, allowed: `at most ${maxItems} rules` }]
      : []),
    ...checkList(at, rules, (rule, property) => {
      return [
        ...required(`${property}.allowedOrigins`, rule.allowedOrigins),
        ...required(`${property}.allowedMethods`, rule.allowedMethods),
        ...checkNotEmpty(`${property}.allowedOrigins`, rule.allowedOrigins),
        ...checkNotEmpty(`${property}.allowedMethods`, rule.allowedMethods),
        ...checkList(`${property}.allowedMethods`, rule.allowedMethods, (method, place) =>
          checkAttribute(place, method, CORS_METHOD),
        ),
        ...checkList(`${property}.allowedOrigins`, rule.allowedOrigins, (origin, place) =>
          checkAttribute(place, origin, ONE_WILDCARD),
        ),
        ...checkList(`${property}.allowedHeaders`, rule.allowedHeaders, (header, place) =>
          checkAttribute(place, header, ONE_WILDCARD),
        ),
        ...checkList(`${property}.exposeHeaders`, rule.exposeHeaders, (header, place) =>
          checkAttribute(place, header, { type: 'string' }),
        ),
        ...checkAttribute(`${property}.maxAgeSeconds`, rule.maxAgeSeconds, MAX_AGE_SECONDS),
      ];
    }),
  ];
}

/** What OSS tells in lower case would differ in each plan otherwise. */
function lowerCase(headers: string[] | undefined): string[] | undefined {
  return Token.isUnresolved(headers)
    ? headers
    : headers?.map((header) => (Token.isUnresolved(header) ? header : header.toLowerCase()));
}
