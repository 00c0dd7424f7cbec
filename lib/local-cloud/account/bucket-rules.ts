import { isDeepStrictEqual } from 'node:util';
import { CORS_METHODS, ENCRYPTION_ALGORITHMS } from '../../cloud/limits';
import { CloudError } from './cloud-error';
import { invalidArgument } from './oss-error';
import type { Bucket, BucketSettings, CorsRule, Encryption } from './oss-types';
import { checkTags } from './tag-rules';

/**
 * Settings of a bucket that are set now, whoever sets them.
 *
 * @param find the bucket of a name, where there is one
 * @throws CloudError
 */
export function checkSettings(
  { name, region, logging: former, tags: formerTags }: Pick<Bucket, 'name' | 'region'> & Partial<BucketSettings>,
  { tags, encryption, corsRules, logging }: Partial<BucketSettings>,
  find: (name: string) => Bucket | undefined,
): void {
  checkTags(tags, 'InvalidTag', formerTags);
  if (encryption) {
    checkEncryption(encryption);
  }
  corsRules?.forEach(checkCorsRule);
  // The target of before may have gone since.
  if (logging && !isDeepStrictEqual(logging, former)) {
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
}

/** @throws CloudError InvalidEncryptionAlgorithmError or InvalidArgument */
export function checkEncryption(encryption: Encryption): Encryption {
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
