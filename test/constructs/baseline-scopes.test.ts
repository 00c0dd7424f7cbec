import { Aspects, TerraformStack, Testing } from 'cdktf';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { Baseline, BaselineOutcome, BucketEncryption, DlaMnsNotification, OssBucket } from '../../lib/index';
import { OssBucket as RawBucket } from '../../lib/provider-schema/gen/oss-bucket/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { messageOf, resource, resources, synth, testStack } from '../synth';

const KEY = 'key-of-the-team';
type Settings = Record<string, unknown> & { readonly bucket?: string };

const bucketOf = (stack: TerraformStack, name: string) =>
  resources(stack, 'alicloud_oss_bucket').find(({ bucket }) => bucket === name) as Settings;

describe('a baseline', () => {
  it.each([
    ['cn-hangzhou', BaselineOutcome.SET],
    ['cn-shanghai', BaselineOutcome.NOT_MET],
  ])('compares the region of logBucket, here %s, also where the provider comes later', (region, outcome) => {
    const app = Testing.app();
    const logStack = new TerraformStack(app, 'logs');
    new AlicloudProvider(logStack, 'alicloud', { region });
    const logs = new OssBucket(logStack, 'logs', { bucketName: 'access-logs' });
    const stack = new TerraformStack(app, 'data');
    new OssBucket(stack, 'one', { bucketName: 'tables-one' });
    const baseline = Baseline.apply(stack, { logBucket: logs });
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
    synth(stack);
    const finding = baseline.findings.find(({ rule }) => rule === 'CKV_ALI_12');
    expect(finding).toMatchObject({ outcome });
    expect(finding?.detail).not.toContain('undefined');
  });

  it('of a construct in a stack covers what is below it alone, made before or after', () => {
    const stack = testStack();
    const team = new Construct(stack, 'team');
    new OssBucket(team, 'before', { bucketName: 'tables-before' });
    const baseline = Baseline.apply(team, { kmsKeyId: KEY });
    new OssBucket(team, 'after', { bucketName: 'tables-after' });
    new OssBucket(stack, 'others', { bucketName: 'tables-of-others' });
    for (const name of ['tables-before', 'tables-after']) {
      expect(bucketOf(stack, name)).toMatchObject({
        versioning: { status: 'Enabled' },
        server_side_encryption_rule: { kms_master_key_id: KEY },
      });
    }
    expect(bucketOf(stack, 'tables-of-others').versioning).toBeUndefined();
    expect([...new Set(baseline.findings.map(({ path }) => path))]).toEqual([
      'receipts/team/before',
      'receipts/team/after',
    ]);
  });

  it('of a single bucket covers that one', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'one', { bucketName: 'tables-one' });
    new OssBucket(stack, 'two', { bucketName: 'tables-two' });
    Baseline.apply(bucket);
    expect(bucketOf(stack, 'tables-one').versioning).toEqual({ status: 'Enabled' });
    expect(bucketOf(stack, 'tables-two').versioning).toBeUndefined();
  });

  it('applied twice sets the same, and says the second time that it is there', () => {
    const stack = testStack();
    new OssBucket(stack, 'data', { bucketName: 'tables' });
    Baseline.apply(stack, { kmsKeyId: KEY });
    const once = resource(stack, 'alicloud_oss_bucket');
    const again = testStack();
    new OssBucket(again, 'data', { bucketName: 'tables' });
    const [first, second] = [0, 1].map(() => Baseline.apply(again, { kmsKeyId: KEY }));
    expect(resource(again, 'alicloud_oss_bucket')).toEqual(once);
    const outcome = ({ findings }: Baseline, id: string) => findings.find(({ rule }) => rule === id)?.outcome;
    for (const rule of ['CKV_ALI_10', 'CKV_ALI_6', 'oss-zrs-enabled', 'oss-bucket-only-https-enabled']) {
      expect(
        [first, second].map((one) => outcome(one, rule)),
        rule,
      ).toEqual([BaselineOutcome.SET, BaselineOutcome.MET]);
    }
  });

  it('with other settings keeps what the first one set', () => {
    const stack = testStack();
    const team = new Construct(stack, 'team');
    new OssBucket(team, 'data', { bucketName: 'tables' });
    Baseline.apply(team, { kmsKeyId: KEY });
    Baseline.apply(stack, { kmsKeyId: 'key-of-another' });
    const { server_side_encryption_rule: rule } = resource(stack, 'alicloud_oss_bucket') as Settings;
    expect([KEY, 'key-of-another']).toContain((rule as { kms_master_key_id: string }).kms_master_key_id);
  });

  it('goes together with an aspect that puts tags on', () => {
    const tag = { visit: (one: unknown) => one instanceof RawBucket && (one.tags = { team: 'data' }) };
    for (const isFirst of [true, false]) {
      const stack = testStack();
      new OssBucket(stack, 'data', { bucketName: 'tables' });
      if (isFirst) {
        Aspects.of(stack).add(tag);
      }
      Baseline.apply(stack);
      if (!isFirst) {
        Aspects.of(stack).add(tag);
      }
      expect(resource(stack, 'alicloud_oss_bucket')).toMatchObject({
        tags: { team: 'data' },
        versioning: { status: 'Enabled' },
      });
    }
  });

  it('is over before an aspect that checks sees what it set', () => {
    const stack = testStack();
    new OssBucket(stack, 'data', { bucketName: 'tables' });
    Baseline.apply(stack);
    const seen: unknown[] = [];
    Aspects.of(stack).add({ visit: (one) => one instanceof RawBucket && seen.push(one.versioningInput) });
    synth(stack);
    expect(seen).toEqual([{ status: 'Enabled' }]);
  });

  it("leaves the user's own resources alone", () => {
    const stack = testStack();
    new RawBucket(stack, 'raw', { bucket: 'raw-bucket' });
    const { findings } = Baseline.apply(stack, { kmsKeyId: KEY });
    expect(resource(stack, 'alicloud_oss_bucket')).toEqual({ bucket: 'raw-bucket' });
    expect(findings).toEqual([]);
  });

  it('of an app with two regions covers both, and logs in the region of the logs alone', () => {
    const app = Testing.app();
    const near = testStack('near', app);
    const far = new TerraformStack(app, 'far');
    new AlicloudProvider(far, 'alicloud', { region: 'cn-shanghai' });
    const logBucket = new OssBucket(near, 'logs', { bucketName: 'logs-of-a-team' });
    const { role } = new DlaMnsNotification(near, 'n', { bucketProps: { bucketName: 'tables-near' } });
    new DlaMnsNotification(far, 'n', { role, bucketProps: { bucketName: 'tables-far' } });
    const { findings } = Baseline.apply(app, { logBucket });
    expect(bucketOf(near, 'tables-near').logging).toEqual({ target_bucket: 'logs-of-a-team' });
    expect(bucketOf(far, 'tables-far').logging).toBeUndefined();
    expect(bucketOf(far, 'tables-far').versioning).toEqual({ status: 'Enabled' });
    const logged = findings.filter(({ rule }) => rule === 'CKV_ALI_12').map(({ path, outcome }) => [path, outcome]);
    expect(Object.fromEntries(logged)).toMatchObject({
      'near/n/Bucket': BaselineOutcome.SET,
      'far/n/Bucket': BaselineOutcome.NOT_MET,
    });
  });

  it('reports nothing that the synthesised stack does not have', () => {
    const stack = testStack();
    new OssBucket(stack, 'a', { bucketName: 'tables-a', versioned: false });
    new OssBucket(stack, 'b', { bucketName: 'tables-b' });
    const { findings } = Baseline.apply(stack, { kmsKeyId: KEY });
    const made = synth(stack);
    for (const id of ['a', 'b']) {
      const bucket = bucketOf(stack, `tables-${id}`);
      const isKept = (bucket.versioning as { status: string }).status === 'Enabled';
      const outcome = findings.find(({ rule, path }) => rule === 'CKV_ALI_10' && path.endsWith(`/${id}`))!.outcome;
      expect(outcome !== BaselineOutcome.NOT_MET).toBe(isKept);
    }
    expect(made.resource).toBeDefined();
  });

  it('tells of a bucket with KMS, and no key of its own, what is met', () => {
    const stack = testStack();
    new OssBucket(stack, 'data', { encryption: BucketEncryption.KMS });
    const { findings } = Baseline.apply(stack);
    synth(stack);
    const outcomes = Object.fromEntries(findings.map(({ rule, outcome }) => [rule, outcome]));
    expect(outcomes).toMatchObject({ 'oss-default-encryption-kms': 'met', 'oss-encryption-byok-check': 'notMet' });
  });

  it('is told what it cannot cover', () => {
    expect(messageOf(() => Baseline.apply(Testing.app()))).toContain('scope: expected a stack');
  });
});
