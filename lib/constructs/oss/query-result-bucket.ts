import type { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { RESULT_BUCKET_NAME } from '../../cloud/names';
import { tellReference } from '../named-references';
import { OssBucket as OssBucketResource } from '../../provider-schema/gen/oss-bucket/index';
import {
  type PropertyError,
  checkAttribute,
  required,
  assertValid,
  requireKnownAtSynth,
  checkBoolean,
  propsOf,
} from '../validation';
import type { BucketLifecycleRule } from './bucket-lifecycle';
import {
  bucketBlocks,
  type BucketEncryption,
  bucketErrors,
  type IOssBucket,
  OssBucketBase,
  registerBucket,
} from './oss-bucket';

/** Properties of a `QueryResultBucket`. */
export interface QueryResultBucketProps {
  /**
   * Name of the bucket, `aliyun-oa-query-results-…`. DLA chose it: take it from `result_file_oss_file` of a query task
   * or from the OSS console. A change would replace the adopted bucket, which Terraform is told never to do.
   */
  readonly bucketName: string;

  /**
   * Take the bucket into this stack through an import block, to manage what the other properties say. One stack of the
   * account does that.
   *
   * @default false
   */
  readonly adopt?: boolean;

  /**
   * What becomes of results as they age. Only with `adopt`.
   *
   * @default - results stay
   */
  readonly lifecycleRules?: BucketLifecycleRule[];

  /**
   * Encryption of the results at rest. Only with `adopt`.
   *
   * @default BucketEncryption.AES256
   */
  readonly encryption?: BucketEncryption;

  /**
   * Id of the key that encrypts the results. Only with `adopt` and `BucketEncryption.KMS`.
   *
   * @default - the key that OSS keeps in KMS for the account
   */
  readonly kmsKeyId?: string;

  /**
   * Tags of the bucket. Only with `adopt`.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };

  /**
   * Provider that adopts the bucket, with the bucket's region.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

const IS_QUERY_RESULT_BUCKET = Symbol.for('cdktf-alicloud-dla.QueryResultBucket');

/**
 * The bucket that DLA writes results to. DLA makes it itself, one for each account and region, so this is a reference
 * unless the bucket is adopted; it is never made, and Terraform is told never to destroy it.
 *
 * Source: `result_file_oss_file` on the product page; provider type `alicloud_oss_bucket`.
 *
 * @example
 * new QueryResultBucket(accountStack, 'results', {
 *   bucketName: 'aliyun-oa-query-results-1234567890123456-oss-cn-hangzhou',
 *   adopt: true,
 *   lifecycleRules: [{ expireAfterDays: 30 }],
 * });
 */
export class QueryResultBucket extends OssBucketBase {
  /** Tells whether something is DLA's bucket for results. */
  public static isQueryResultBucket(x: unknown): x is IOssBucket {
    return typeof x === 'object' && x !== null && IS_QUERY_RESULT_BUCKET in x;
  }

  /** Name of the bucket. */
  public readonly bucketName: string;

  /**
   * The bucket itself, as the provider knows it.
   *
   * @default - it is not adopted
   */
  public readonly resource?: OssBucketResource;

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: QueryResultBucketProps) {
    const { bucketName, provider } = propsOf(scope, id, props);
    super(scope, id, provider, props.adopt ? props : undefined);
    Object.defineProperty(this, IS_QUERY_RESULT_BUCKET, { value: true });
    assertValid(
      this,
      required('bucketName', bucketName),
      requireKnownAtSynth('adopt', props.adopt),
      checkBoolean('adopt', props.adopt),
      checkAttribute('bucketName', bucketName, RESULT_BUCKET_NAME),
      bucketErrors({ ...props, bucketName: undefined }),
      props.adopt ? [] : managedErrors(props),
    );

    if (props.adopt) {
      registerBucket(this, bucketName, 'let one of them adopt it');
      this.resource = new OssBucketResource(this, 'Resource', {
        provider,
        bucket: bucketName,
        ...bucketBlocks(props),
        tags: props.tags,
        lifecycle: {
          preventDestroy: true,
          ignoreChanges: [
            ...NOT_MANAGED,
            ...(props.tags ? [] : ['tags']),
            ...(props.lifecycleRules ? [] : ['lifecycle_rule']),
          ],
        },
      });
      this.resource.importFrom(bucketName, provider);
    } else {
      tellReference(this, 'bucket', bucketName, { provider });
    }
    this.bucketName = this.resource?.bucket ?? bucketName;
  }
}

/** What DLA, or somebody in the console, has set on the bucket and no property speaks of. */
const NOT_MANAGED = [
  'acl',
  'cors_rule',
  'logging',
  'policy',
  'redundancy_type',
  'referer_config',
  'storage_class',
  'transfer_acceleration',
  'versioning',
  'website',
];

function managedErrors(props: QueryResultBucketProps): PropertyError[] {
  const { lifecycleRules, encryption, kmsKeyId, tags } = props;
  return Object.entries({ lifecycleRules, encryption, kmsKeyId, tags })
    .filter(([, value]) => value !== undefined)
    .map(([property]) => ({ property, received: 'a value', allowed: 'a value only with adopt' }));
}
