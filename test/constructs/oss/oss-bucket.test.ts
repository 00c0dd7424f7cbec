import { Lazy } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  BucketEncryption,
  type BucketLifecycleRule,
  type BucketRedundancy,
  OssBucket,
  type OssBucketProps,
  RamRole,
  RamUser,
  StorageClass,
} from '../../../lib/index';
import { OssBucketPolicy } from '../../../lib/provider-schema/gen/oss-bucket-policy/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, testStack } from '../../synth';

function bucketOf(props: OssBucketProps = {}) {
  const stack = testStack();
  new OssBucket(stack, 'data', props);
  return resource(stack, 'alicloud_oss_bucket');
}

describe('by default', () => {
  it('is private, blocks public access and encrypts, at addresses that never change', () => {
    const stack = testStack();
    new OssBucket(stack, 'data');
    expect(addresses(stack)).toEqual([
      'alicloud_oss_bucket.data_7E2128CA',
      'alicloud_oss_bucket_acl.data_Acl_D644467C',
      'alicloud_oss_bucket_public_access_block.data_PublicAccessBlock_34BC4D82',
    ]);
    const bucket = '${alicloud_oss_bucket.data_7E2128CA.id}';
    expect(resource(stack, 'alicloud_oss_bucket')).toEqual({
      server_side_encryption_rule: { sse_algorithm: 'AES256' },
      lifecycle: { ignore_changes: ['policy', 'redundancy_type', 'storage_class'] },
    });
    expect(resource(stack, 'alicloud_oss_bucket_acl')).toEqual({ bucket, acl: 'private' });
    expect(resource(stack, 'alicloud_oss_bucket_public_access_block')).toEqual({ bucket, block_public_access: true });
  });

  it('is a bucket and knows its path', () => {
    const bucket = new OssBucket(testStack(), 'data');
    expect(String(bucket)).toBe('receipts/data');
    expect(OssBucket.isOssBucket(bucket)).toBe(true);
    expect(OssBucket.isOssBucket({ bucketName: 'data' })).toBe(false);
    expect(OssBucket.isOssBucket(null)).toBe(false);
  });
});

describe('properties', () => {
  it('become blocks of the bucket itself', () => {
    expect(
      bucketOf({
        bucketName: 'tables',
        encryption: BucketEncryption.KMS,
        kmsKeyId: 'key-1',
        versioned: true,
        forceDestroy: true,
        tags: { team: 'data' },
        lifecycleRules: [
          { prefix: 'tmp/', expireAfterDays: 7 },
          { abortIncompleteUploadsAfterDays: 1, expireOldVersionsAfterDays: 30 },
        ],
      }),
    ).toEqual({
      bucket: 'tables',
      server_side_encryption_rule: { sse_algorithm: 'KMS', kms_master_key_id: 'key-1' },
      versioning: { status: 'Enabled' },
      force_destroy: true,
      tags: { team: 'data' },
      lifecycle: { ignore_changes: ['policy', 'redundancy_type', 'storage_class'] },
      lifecycle_rule: [
        { enabled: true, prefix: 'tmp/', expiration: [{ days: 7 }] },
        {
          enabled: true,
          abort_multipart_upload: [{ days: 1 }],
          noncurrent_version_expiration: [{ days: 30 }],
        },
      ],
    });
  });

  it('refuse plain HTTP through a policy that names the bucket, and nothing else', () => {
    const stack = testStack();
    new OssBucket(stack, 'data', { enforceTls: true });
    expect(addresses(stack)).toContain('alicloud_oss_bucket_policy.data_TlsPolicy_0EAFD17D');
    const bucket = '${alicloud_oss_bucket.data_7E2128CA.id}';
    const policy = resource(stack, 'alicloud_oss_bucket_policy');
    expect(policy.bucket).toBe(bucket);
    expect(JSON.parse(policy.policy as string)).toEqual({
      Version: '1',
      Statement: [
        {
          Effect: 'Deny',
          Action: ['oss:*'],
          Principal: ['*'],
          Resource: [`acs:oss:*:*:${bucket}`, `acs:oss:*:*:${bucket}/*`],
          Condition: { Bool: { 'acs:SecureTransport': ['false'] } },
        },
      ],
    });
    expect(resource(stack, 'alicloud_oss_bucket').lifecycle).toEqual({
      ignore_changes: ['policy', 'redundancy_type', 'storage_class'],
    });
  });

  it.each<[string, OssBucketProps, (bucket: OssBucket) => string]>([
    ['its reference', {}, (bucket) => bucket.bucketName],
    ['its name', { bucketName: 'tables-of-data' }, () => 'tables-of-data'],
  ])('refuse plain HTTP beside no other policy of the bucket, given %s', (_what, props, nameOf) => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'data', { ...props, enforceTls: true });
    const another = new OssBucket(stack, 'other');
    new OssBucketPolicy(stack, 'elsewhere', { bucket: another.bucketName, policy: '{}' });
    expect(() => synth(stack)).not.toThrow();
    new OssBucketPolicy(stack, 'own', { bucket: nameOf(bucket), policy: '{}' });
    expect(messageOf(() => synth(stack))).toContain(
      'data, enforceTls: expected a bucket without another policy, got receipts/own: OSS keeps one',
    );
  });
});

describe('grants', () => {
  it('are one policy for each grantee, merged, on the bucket and its objects only', () => {
    const stack = testStack();
    const user = RamUser.fromUserName(stack, 'user', 'reader');
    OssBucket.fromBucketName(stack, 'a', 'bucket-a').grantRead(user);
    OssBucket.fromBucketName(stack, 'b', 'bucket-b').grantReadWrite(user);
    OssBucket.fromBucketName(stack, 'c', 'bucket-c').grantRead(RamRole.fromRoleName(stack, 'role', 'reader'));
    const [ofRole, ofUser] = resources(stack, 'alicloud_ram_policy').map(
      (policy) => JSON.parse(policy.policy_document as string) as unknown,
    );
    expect(ofUser).toEqual({
      Version: '1',
      Statement: [
        { Effect: 'Allow', Action: ['oss:ListObjects'], Resource: ['acs:oss:*:*:bucket-a', 'acs:oss:*:*:bucket-b'] },
        { Effect: 'Allow', Action: ['oss:GetObject'], Resource: ['acs:oss:*:*:bucket-a/*'] },
        {
          Effect: 'Allow',
          Action: ['oss:GetObject', 'oss:PutObject', 'oss:DeleteObject', 'oss:AbortMultipartUpload', 'oss:ListParts'],
          Resource: ['acs:oss:*:*:bucket-b/*'],
        },
      ],
    });
    expect(JSON.stringify(ofRole)).toContain('bucket-c');
    expect(resource(stack, 'alicloud_ram_user_policy_attachment')).toMatchObject({
      user_name: 'reader',
      policy_type: 'Custom',
    });
    expect(resource(stack, 'alicloud_ram_role_policy_attachment')).toMatchObject({ role_name: 'reader' });
  });
});

it.each<[string, boolean | undefined, BucketLifecycleRule[]]>([
  ['one action', true, [{ expireAfterDays: 90 }, { prefix: 'tmp/', expireAfterDays: 7 }]],
  [
    'one action, the longer first',
    true,
    [
      { prefix: 'tmp/a', expireAfterDays: 7 },
      { prefix: 'tmp/', expireAfterDays: 9 },
    ],
  ],
  ['two actions', undefined, [{ expireAfterDays: 90 }, { prefix: 'tmp/', abortIncompleteUploadsAfterDays: 7 }]],
  [
    'prefixes apart',
    undefined,
    [
      { prefix: 'a/', expireAfterDays: 90 },
      { prefix: 'b/', expireAfterDays: 7 },
    ],
  ],
])('tells OSS of rules that overlap: %s', (_, allowed, lifecycleRules) => {
  expect(bucketOf({ lifecycleRules }).lifecycle_rule_allow_same_action_overlap).toBe(allowed);
});

it('lets who reads or writes objects use the key that they are encrypted with', () => {
  const stack = testStack();
  const bucket = new OssBucket(stack, 'data', { encryption: BucketEncryption.KMS, kmsKeyId: 'key-1' });
  bucket.grantRead(RamUser.fromUserName(stack, 'reader', 'reader'));
  bucket.grantReadWrite(RamUser.fromUserName(stack, 'writer', 'writer'));
  const statements = resources(stack, 'alicloud_ram_policy').map(({ policy_document: document }) =>
    (JSON.parse(document as string) as { Statement: { Resource: string[] }[] }).Statement.at(-1),
  );
  expect(statements).toEqual([
    { Effect: 'Allow', Action: ['kms:Decrypt'], Resource: ['acs:kms:*:*:key/key-1'] },
    { Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: ['acs:kms:*:*:key/key-1'] },
  ]);
});

describe('errors', () => {
  function refusal(props: OssBucketProps): string[] {
    return messageOf(() => new OssBucket(testStack(), 'data', props))
      .split('\n')
      .slice(1);
  }

  it.each(['ab', 'a'.repeat(64), 'Tables', '-tables', 'tables-', 'my_tables', ''])('refuses the name %j', (name) => {
    const message = `bucketName: expected 3 to 63 lower-case letters, digits and hyphens, a letter or digit first and last, got ${JSON.stringify(name)}`;
    expect(refusal({ bucketName: name })[0]).toContain(message);
    expect(() => OssBucket.fromBucketName(testStack(), 'data', name)).toThrow(message);
  });

  it('tells all faults at once', () => {
    expect(
      refusal({
        bucketName: 'My Tables',
        encryption: 'aes256' as BucketEncryption,
        kmsKeyId: 'key',
        lifecycleRules: [{ expireAfterDays: 0 }, { prefix: 'x' }],
      }),
    ).toEqual([
      '  - bucketName: expected 3 to 63 lower-case letters, digits and hyphens, a letter or digit first and last, got "My Tables"; did you mean "my-tables"?',
      '  - encryption: expected one of "AES256", "KMS", "SM4", got "aes256"; did you mean "AES256"?',
      '  - kmsKeyId: expected a key only where encryption is "KMS", got "key"',
      '  - lifecycleRules[0].expireAfterDays: expected a whole number from 1, got 0',
      '  - lifecycleRules[1]: expected at least one of its ages, got a rule without days',
    ]);
  });

  it('writes the headers of CORS as OSS tells them', () => {
    const { corsRule } = new OssBucket(testStack(), 'b', {
      corsRules: [{ allowedOrigins: ['*'], allowedMethods: ['GET'], allowedHeaders: ['X-Team-*', 'authorization'] }],
    }).resource;
    expect((corsRule.internalValue as { allowedHeaders: string[] }[])[0].allowedHeaders).toEqual([
      'x-team-*',
      'authorization',
    ]);
  });

  it('tells wrong rules of storage classes, logs and CORS, with their places', () => {
    expect(
      refusal({
        storageClass: 'standard' as StorageClass,
        redundancy: 'GRS' as BucketRedundancy,
        resourceGroupId: 'default',
        logging: { bucket: undefined as never, prefix: '1' },
        corsRules: [
          { allowedOrigins: ['*.*'], allowedMethods: ['PATCH'], maxAgeSeconds: -1 },
          { allowedOrigins: [], allowedMethods: [] },
        ],
        lifecycleRules: [
          { transitions: [{ storageClass: StorageClass.STANDARD, afterDays: 0 }] },
          {
            prefix: 'late',
            transitions: [
              { storageClass: StorageClass.ARCHIVE, afterDays: 30 },
              { storageClass: StorageClass.INFREQUENT_ACCESS, afterDays: 60 },
            ],
          },
          {
            prefix: 'gone',
            expireAfterDays: 30,
            transitions: [{ storageClass: StorageClass.ARCHIVE, afterDays: 30 }],
          },
        ],
      }).map((line) => line.replace(/^ {2}- /, '').split(': expected ')),
    ).toEqual([
      [
        'lifecycleRules[0].transitions[0].storageClass',
        'one of "IA", "Archive", "ColdArchive", "DeepColdArchive", got "Standard"',
      ],
      ['lifecycleRules[0].transitions[0].afterDays', 'a whole number from 1, got 0'],
      [
        'lifecycleRules[1].transitions',
        'colder classes after more days, and deletion last, got Archive after 30, IA after 60',
      ],
      [
        'lifecycleRules[2].transitions',
        'colder classes after more days, and deletion last, got Archive after 30, deletion after 30',
      ],
      ['storageClass', expect.stringContaining('got "standard"; did you mean "Standard"?')],
      ['redundancy', 'one of "LRS", "ZRS", got "GRS"'],
      ['resourceGroupId', 'the id of a resource group, rg-…, got "default"'],
      ['logging.bucket', 'a value, got undefined'],
      ['logging.prefix', expect.stringContaining('got "1"')],
      ['corsRules[0].allowedMethods[0]', 'one of "GET", "PUT", "POST", "DELETE", "HEAD", got "PATCH"'],
      ['corsRules[0].allowedOrigins[0]', 'text with at most one *, got "*.*"'],
      ['corsRules[0].maxAgeSeconds', 'a whole number from 0 to 999999999, got -1'],
      ['corsRules[1].allowedOrigins', 'at least one, got []'],
      ['corsRules[1].allowedMethods', 'at least one, got []'],
    ]);
  });

  it.each(['lifecycleRules', 'corsRules'])('tells that %s must be known at synth', (name) => {
    const lazy = Lazy.anyValue({ produce: () => [] });
    expect(refusal({ [name]: lazy })).toEqual([
      `  - ${name}: expected a value that is known at synth, got a reference of Terraform`,
    ]);
  });

  it('refuses more lifecycle rules than the provider takes', () => {
    const rules = Array.from({ length: 1001 }, (_, index) => ({ prefix: `${index}/`, expireAfterDays: 1 }));
    expect(refusal({ lifecycleRules: rules })).toEqual([
      '  - lifecycleRules: expected at most 1000 rules, got 1001 rules',
    ]);
    expect(bucketOf({ lifecycleRules: rules.slice(1) }).lifecycle_rule).toHaveLength(1000);
  });

  it('refuses two lifecycle rules for one prefix', () => {
    expect(
      refusal({ lifecycleRules: [{ expireAfterDays: 1 }, { prefix: '', abortIncompleteUploadsAfterDays: 1 }] }),
    ).toEqual([
      '  - lifecycleRules[1].prefix: expected a prefix that no rule before has: put both into one rule, got ""',
    ]);
  });

  it.each(['', 'alias/my-key', 'acs:kms:cn-hangzhou:1:key/k'])('refuses the key %j, which is no id', (kmsKeyId) => {
    expect(refusal({ encryption: BucketEncryption.KMS, kmsKeyId })).toEqual([
      `  - kmsKeyId: expected text that matches /^[\\w-]+$/, got ${JSON.stringify(kmsKeyId)}`,
    ]);
  });

  it('warns of a grantee that cannot be changed, and tells what to add by hand', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'data');
    const { resources: made } = bucket.grantRead(RamRole.fromRoleName(stack, 'role', 'auditor', { mutable: false }));
    expect(made).toEqual([]);
    expect(synth(stack).resource).not.toHaveProperty('alicloud_ram_policy');
    expect(bucket.node.metadata.map((entry) => entry.data as string)).toEqual([
      'role auditor cannot be changed here, add to its policy by hand: {"Version":"1","Statement":[' +
        '{"Effect":"Allow","Action":["oss:ListObjects"],"Resource":["acs:oss:*:*:${alicloud_oss_bucket.data_7E2128CA.bucket}"]},' +
        '{"Effect":"Allow","Action":["oss:GetObject"],"Resource":["acs:oss:*:*:${alicloud_oss_bucket.data_7E2128CA.bucket}/*"]}]}',
    ]);
  });
});

it('is made, or adopted, once', () => {
  const stack = testStack();
  new OssBucket(stack, 'one', { bucketName: 'tables' });
  new OssBucket(stack, 'two', { bucketName: 'tables' });
  expect(messageOf(() => synth(stack))).toContain('bucket "tables" is already made by receipts/one');
});

it('grants through the provider of its account, when it is made elsewhere too', () => {
  const stack = testStack();
  const provider = new AlicloudProvider(stack, 'other', { alias: 'other', region: 'cn-hangzhou' });
  const bucket = OssBucket.fromBucketName(stack, 'bucket', 'tables', { provider });
  bucket.grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
  for (const type of ['alicloud_ram_policy', 'alicloud_ram_user_policy_attachment']) {
    expect(resource(stack, type).provider).toBe('alicloud.other');
  }
});
