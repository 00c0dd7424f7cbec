import { isDeepStrictEqual } from 'node:util';
import { BUCKET_ACLS, CORS_METHODS, ENCRYPTION_ALGORITHMS } from '../../cloud/limits';
import { PolicyDocument } from '../../cloud/policy-document';
import { CloudError } from './cloud-error';
import { checkLifecycle } from './lifecycle-rules';
import { invalidArgument } from './oss-error';
import type { Bucket, BucketSettings, CorsRule, Encryption } from './oss-types';
import { checkBucketPolicy } from './policy';
import { checkTags } from './tag-rules';

const MAX_CORS_RULES = 20;

/**
 * Settings of a bucket that are set now, whoever sets them, as they are kept.
 *
 * @param former the bucket as it is
 * @param find the bucket of a name, where there is one
 * @throws CloudError
 */
export function settingsToStore(
  former: Pick<Bucket, 'name' | 'region'> & Partial<BucketSettings>,
  patch: Partial<BucketSettings>,
  find: (name: string) => Bucket | undefined,
): Partial<BucketSettings> {
  const { acl, versioning, accessMonitor, encryption, corsRules, policy } = patch;
  if (acl !== undefined && !BUCKET_ACLS.includes(acl)) {
    throw invalidArgument('x-oss-acl', acl, `one of ${BUCKET_ACLS.join(', ')}`);
  }
  checkStatus('versioning', versioning, ['Enabled', 'Suspended']);
  checkStatus('access monitor', accessMonitor, ['Enabled', 'Disabled']);
  checkTags(patch.tags, 'InvalidTag', former.tags);
  checkCount('CORSRule', corsRules, MAX_CORS_RULES);
  corsRules?.forEach(checkCorsRule);
  checkLogging(former, patch, find);
  if (policy !== undefined) {
    checkBucketPolicy(policy, former.name);
  }
  const next = { ...former, ...patch };
  if ('lifecycleRules' in patch || 'allowSameActionOverlap' in patch) {
    checkLifecycle(next);
  }
  if (next.blockPublicAccess) {
    checkNotPublic(former.name, patch);
  }
  return {
    ...patch,
    ...(encryption && { encryption: encryptionToStore(encryption) }),
    // As OSS tells them. Source: the tests of its SDKs.
    ...(corsRules && {
      corsRules: corsRules.map((rule) => ({
        ...rule,
        allowedHeaders: rule.allowedHeaders.map((name) => name.toLowerCase()),
      })),
    }),
  };
}

/** @throws CloudError InvalidEncryptionAlgorithmError or InvalidArgument */
export function encryptionToStore(encryption: Encryption): Encryption {
  const { sseAlgorithm, kmsMasterKeyId, kmsDataEncryption } = encryption;
  if (!ENCRYPTION_ALGORITHMS.includes(sseAlgorithm)) {
    throw new CloudError(
      'InvalidEncryptionAlgorithmError',
      `expected ${ENCRYPTION_ALGORITHMS.join(' or ')} as the algorithm, got ${JSON.stringify(sseAlgorithm)}`,
    );
  }
  if (sseAlgorithm !== 'KMS' && kmsMasterKeyId !== undefined) {
    throw invalidArgument('KMSMasterKeyID', kmsMasterKeyId, `no key for the algorithm ${sseAlgorithm}`);
  }
  if (kmsDataEncryption !== undefined && kmsDataEncryption !== 'SM4') {
    throw invalidArgument('KMSDataEncryption', kmsDataEncryption, 'SM4');
  }
  // It says how KMS encrypts; another algorithm leaves it out. Source: the tests of OSS's SDK for Python.
  return sseAlgorithm === 'KMS' ? encryption : { sseAlgorithm };
}

function checkStatus(what: string, status: string | undefined, allowed: readonly string[]): void {
  if (status !== undefined && !allowed.includes(status)) {
    throw new CloudError(
      'MalformedXML',
      `expected ${allowed.join(' or ')} as the status of ${what}, got ${JSON.stringify(status)}`,
    );
  }
}

function checkCount(element: string, items: readonly unknown[] = [], max: number): void {
  if (items.length > max) {
    throw new CloudError('MalformedXML', `expected up to ${max} ${element} elements, got ${items.length}`);
  }
}

function checkLogging(
  { name, region, logging: former }: Pick<Bucket, 'name' | 'region' | 'logging'>,
  { logging }: Partial<BucketSettings>,
  find: (name: string) => Bucket | undefined,
): void {
  // The target of before may have gone since.
  if (!logging || isDeepStrictEqual(logging, former)) {
    return;
  }
  const target = logging.targetBucket === name ? { region } : find(logging.targetBucket);
  if (target?.region !== region) {
    throw new CloudError(
      'InvalidTargetBucketForLogging',
      target === undefined
        ? `the target bucket ${logging.targetBucket} does not exist`
        : `the target bucket ${logging.targetBucket}: expected one in ${region}, got one in ${target.region}`,
    );
  }
}

function checkCorsRule({ allowedMethods, allowedOrigins }: CorsRule): void {
  const unknown = allowedMethods.find((method) => !CORS_METHODS.includes(method));
  if (unknown !== undefined || allowedMethods.length === 0 || allowedOrigins.length === 0) {
    const got = [...allowedOrigins.slice(0, 1), ...allowedMethods].join(', ') || 'none of both';
    throw new CloudError(
      'InvalidArgument',
      `CORSRule: expected an origin and methods of ${CORS_METHODS.join(', ')}, got ${got}`,
    );
  }
}

/** A policy and an ACL that the bucket has since before it blocks public access are only ignored. */
function checkNotPublic(name: string, { acl, policy }: Partial<BucketSettings>): void {
  const what =
    acl !== undefined && acl !== 'private'
      ? 'acl'
      : policy !== undefined && PolicyDocument.ofBucket(policy).isPublic && 'policy';
  if (what) {
    throw new CloudError(
      'AccessDenied',
      `Put public bucket ${what} is not allowed: the bucket ${name} blocks public access`,
      403,
    );
  }
}
