import { describe, expect, it } from 'vitest';
import { BucketEncryption, OssBucket, QueryResultBucket, RamUser } from '../../../lib/index';
import { addresses, messageOf, resource, synth, testStack } from '../../synth';

const bucketName = 'aliyun-oa-query-results-1234567890123456-oss-cn-hangzhou';

it('is a reference that makes nothing', () => {
  const stack = testStack();
  const bucket = new QueryResultBucket(stack, 'results', { bucketName });
  expect(addresses(stack)).toEqual([]);
  expect(bucket.bucketName).toBe(bucketName);
  expect(QueryResultBucket.isQueryResultBucket(bucket)).toBe(true);
  expect(OssBucket.isOssBucket(bucket)).toBe(true);
  expect(QueryResultBucket.isQueryResultBucket(OssBucket.fromBucketName(stack, 'data', 'tables'))).toBe(false);
});

it('can be read by whom it is granted to', () => {
  const stack = testStack();
  new QueryResultBucket(stack, 'results', { bucketName }).grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
  expect(resource(stack, 'alicloud_ram_policy').policy_document).toContain(`acs:oss:*:*:${bucketName}/*`);
});

describe('adopted', () => {
  it('is imported, keeps encryption and expiry in its own blocks, and is never destroyed', () => {
    const stack = testStack();
    new QueryResultBucket(stack, 'results', { bucketName, adopt: true, lifecycleRules: [{ expireAfterDays: 30 }] });
    expect(addresses(stack)).toEqual(['alicloud_oss_bucket.results_7EA05C64']);
    expect(synth(stack).import).toEqual([{ to: 'alicloud_oss_bucket.results_7EA05C64', id: bucketName }]);
    expect(resource(stack, 'alicloud_oss_bucket')).toEqual({
      bucket: bucketName,
      server_side_encryption_rule: { sse_algorithm: 'AES256' },
      lifecycle_rule: [{ enabled: true, expiration: [{ days: 30 }] }],
      lifecycle: {
        prevent_destroy: true,
        ignore_changes: expect.arrayContaining([
          'policy',
          'versioning',
          'logging',
          'redundancy_type',
          'tags',
        ]) as unknown,
      },
    });
  });
});

describe('errors', () => {
  it('refuses a name that DLA would not have chosen', () => {
    expect(messageOf(() => new QueryResultBucket(testStack(), 'results', { bucketName: 'my-results' }))).toBe(
      `receipts/results is not valid:
  - bucketName: expected the name of a bucket that DLA made, aliyun-oa-query-results-…, got "my-results"`,
    );
  });

  it('is adopted once, for DLA gives it its name', () => {
    const stack = testStack();
    ['one', 'two'].forEach((id) => new QueryResultBucket(stack, id, { bucketName, adopt: true }));
    expect(messageOf(() => synth(stack))).toContain(
      `bucket "${bucketName}" is already made by receipts/one: let one of them adopt it`,
    );
  });

  it('refuses to manage a bucket that is not adopted', () => {
    const managed = { lifecycleRules: [], encryption: BucketEncryption.KMS, kmsKeyId: 'key', tags: {} };
    expect(messageOf(() => new QueryResultBucket(testStack(), 'results', { bucketName, ...managed })))
      .toBe(`receipts/results is not valid:
  - lifecycleRules: expected a value only with adopt, got a value
  - encryption: expected a value only with adopt, got a value
  - kmsKeyId: expected a value only with adopt, got a value
  - tags: expected a value only with adopt, got a value`);
  });
});
