import { App, TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  Baseline,
  BaselineOutcome,
  BucketEncryption,
  BucketRedundancy,
  DlaMqNotification,
  OpenAnalyticsMqRole,
  OssBucket,
  RamRole,
  RamUser,
} from '../../lib/index';
import { OssBucketPolicy } from '../../lib/provider-schema/gen/oss-bucket-policy/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { scratchFolder } from '../scratch';
import { addresses, messageOf, resource, resources, synth, testStack, warningsOf } from '../synth';

const KEY = 'key-of-the-team';

function outcomes(baseline: Baseline): Record<string, BaselineOutcome> {
  return Object.fromEntries(baseline.findings.map(({ rule, outcome }) => [rule, outcome]));
}

/** What InfraGuard reads of a bucket: its own blocks and its inline policy, in the words of its rules. */
function infraguard(bucket: Record<string, unknown>): string[] {
  const policy = JSON.parse((bucket.policy as string | undefined) ?? '{"Statement":[]}') as {
    Statement: { Effect: string; Principal: string[]; Condition?: { Bool?: Record<string, string[]> } }[];
  };
  const encryption = bucket.server_side_encryption_rule as { sse_algorithm: string; kms_master_key_id?: string };
  const holds = {
    'oss-bucket-only-https-enabled': policy.Statement.some(
      ({ Effect, Principal, Condition }) =>
        Effect === 'Deny' && Principal.includes('*') && Condition?.Bool?.['acs:SecureTransport']?.[0] === 'false',
    ),
    'oss-bucket-logging-enabled': bucket.logging !== undefined,
    'oss-bucket-versioning-enabled': (bucket.versioning as { status?: string } | undefined)?.status === 'Enabled',
    'oss-default-encryption-kms': encryption.sse_algorithm === 'KMS',
    'oss-encryption-byok-check': encryption.kms_master_key_id !== undefined,
    'oss-zrs-enabled': bucket.redundancy_type === 'ZRS',
  };
  return Object.entries(holds)
    .filter(([, held]) => !held)
    .map(([rule]) => rule);
}

describe('a bucket', () => {
  it('gets all that checkers ask for, and nothing is replaced', () => {
    const stack = testStack();
    const logBucket = OssBucket.fromBucketName(stack, 'logs', 'access-logs');
    new OssBucket(stack, 'data', { bucketName: 'tables' });
    expect(infraguard(resource(stack, 'alicloud_oss_bucket'))).toHaveLength(6);
    const baseline = Baseline.apply(stack, { logBucket, kmsKeyId: KEY });
    const bucket = resource(stack, 'alicloud_oss_bucket');
    expect(infraguard(bucket)).toEqual([]);
    expect(bucket.lifecycle).toEqual({ ignore_changes: ['redundancy_type', 'storage_class'] });
    expect(bucket.logging).toEqual({ target_bucket: 'access-logs' });
    expect(outcomes(baseline)).toMatchObject({
      CKV_ALI_6: BaselineOutcome.SET,
      CKV_ALI_10: BaselineOutcome.SET,
      CKV_ALI_12: BaselineOutcome.SET,
      CKV_ALI_11: BaselineOutcome.NOT_MET,
    });
    expect(addresses(stack)).toHaveLength(3);
  });

  it('that the provider names has the policy beside it', () => {
    const stack = testStack();
    new OssBucket(stack, 'data');
    Baseline.apply(stack);
    synth(stack);
    expect(addresses(stack)).toContain('alicloud_oss_bucket_policy.data_TlsPolicy_0EAFD17D');
    expect(resource(stack, 'alicloud_oss_bucket').lifecycle).toEqual({
      ignore_changes: ['policy', 'redundancy_type', 'storage_class'],
    });
  });

  it('keeps what it says, and whoever reads it gets its key', () => {
    const stack = testStack();
    new OssBucket(stack, 'data', {
      encryption: BucketEncryption.SM4,
      redundancy: BucketRedundancy.LOCAL,
      logging: { bucket: OssBucket.fromBucketName(stack, 'mine', 'my-logs') },
    });
    const plain = new OssBucket(stack, 'plain');
    plain.grantRead(RamRole.fromRoleName(stack, 'reader', 'reader'));
    const baseline = Baseline.apply(stack, { kmsKeyId: KEY, enforceTls: false });
    const [first] = resources(stack, 'alicloud_oss_bucket');
    expect(first).toMatchObject({
      server_side_encryption_rule: { sse_algorithm: 'SM4' },
      redundancy_type: 'LRS',
      logging: { target_bucket: 'my-logs' },
    });
    expect(
      baseline.findings.filter(({ rule, outcome }) => rule === 'CKV_ALI_12' && outcome === BaselineOutcome.MET),
    ).toHaveLength(1);
    expect(resource(stack, 'alicloud_ram_policy').policy_document).toContain(`key/${KEY}`);
    expect(addresses(stack).join()).not.toContain('TlsPolicy');
  });

  it('whose policy somebody else makes keeps that one', () => {
    const stack = testStack();
    const { bucketName } = new OssBucket(stack, 'data', { bucketName: 'tables' });
    new OssBucketPolicy(stack, 'theirs', { bucket: bucketName, policy: '{}' });
    const baseline = Baseline.apply(stack);
    expect(resource(stack, 'alicloud_oss_bucket').policy).toBeUndefined();
    expect(baseline.findings.find(({ rule }) => rule === 'oss-bucket-only-https-enabled')).toMatchObject({
      outcome: 'notMet',
      detail: 'receipts/theirs is its policy: add the statement there',
    });
  });

  it('sees a policy that names the bucket by its resource', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'data');
    new OssBucketPolicy(stack, 'theirs', { bucket: bucket.resource.bucket, policy: '{}' });
    const { findings } = Baseline.apply(stack);
    expect(resources(stack, 'alicloud_oss_bucket_policy')).toHaveLength(1);
    expect(findings.find(({ rule }) => rule === 'oss-bucket-only-https-enabled')).toMatchObject({
      outcome: 'notMet',
      detail: 'receipts/theirs is its policy: add the statement there',
    });
  });

  it('logs to no bucket of another region, or of another stack whose name is not known', () => {
    const app = Testing.app();
    const home = testStack('home', app);
    const logBucket = new OssBucket(home, 'logs');
    const far = new TerraformStack(app, 'far');
    new AlicloudProvider(far, 'alicloud', { region: 'cn-shanghai' });
    new OssBucket(far, 'data');
    const near = testStack('near', app);
    new OssBucket(near, 'data');
    const baseline = Baseline.apply(app, { logBucket });
    [home, near, far].forEach((stack) => Testing.synth(stack, true));
    expect(baseline.findings.filter(({ rule }) => rule === 'CKV_ALI_12').map(({ outcome }) => outcome)).toEqual(
      Array(3).fill(BaselineOutcome.NOT_MET),
    );
  });
});

describe('a role of DLA', () => {
  it('may send by policies of its own first, and loses the system policy when it is told', () => {
    const types = (detachFullAccess?: boolean) => {
      const stack = testStack();
      new DlaMqNotification(stack, 'n', { smokeQuery: 'select 1' }).smokeTest();
      const baseline = Baseline.apply(stack, { detachFullAccess });
      const attachments = resources(stack, 'alicloud_ram_role_policy_attachment').map((one) => one.policy_type);
      const { depends_on: parts, lifecycle } = resource(stack, 'terraform_data') as {
        depends_on: string[];
        lifecycle: { replace_triggered_by: string[] };
      };
      const named = [...parts, ...lifecycle.replace_triggered_by].join();
      return {
        attachments: attachments.sort(),
        outcome: outcomes(baseline)['ram-role-no-product-admin-access'],
        waits: [/Grants-role.*Attachment/.test(named), /attachment\.Aliyun\w+_Attachment/.test(named)],
      };
    };
    expect(types()).toEqual({ attachments: ['Custom', 'System'], outcome: 'notMet', waits: [true, true] });
    expect(types(true)).toEqual({ attachments: ['Custom'], outcome: 'set', waits: [true, false] });
  });

  it('keeps the system policy while a channel that has no baseline sends with it', () => {
    const app = Testing.app();
    const [home, other] = [testStack('home', app), testStack('other', app)];
    const role = new OpenAnalyticsMqRole(home, 'role');
    new DlaMqNotification(other, 'n', { role });
    const baseline = Baseline.apply(home, { detachFullAccess: true });
    expect(resource(home, 'alicloud_ram_role_policy_attachment').policy_type).toBe('System');
    expect(baseline.findings.map(({ detail }) => detail)).toContain(
      'other/n sends with it: bring the baseline to that channel, too',
    );
  });
});

describe('the report', () => {
  it('warns of what is not met, by rule id', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'data');
    bucket.grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
    Baseline.apply(stack);
    synth(stack);
    const warnings = warningsOf(stack).join('\n');
    expect(warnings).toContain('CKV_ALI_6, oss-default-encryption-kms, oss-encryption-byok-check: give kmsKeyId');
    expect(warnings).toContain('ram-user-no-policy-check: grant to a role in place of the user');
  });
});

describe('errors', () => {
  it('tells that there is no stack, and of a stack that came later', () => {
    const app = new App({ outdir: scratchFolder() });
    expect(messageOf(() => Baseline.apply(app))).toContain('scope: expected a stack');
    new OssBucket(testStack('first', app), 'data');
    Baseline.apply(app);
    testStack('late', app);
    expect(messageOf(() => app.synth())).toContain('stack late was made after Baseline.apply');
  });

  it('refuses an alias of a key', () => {
    expect(messageOf(() => Baseline.apply(testStack(), { kmsKeyId: 'alias/x' }))).toContain('kmsKeyId: expected');
  });
});
