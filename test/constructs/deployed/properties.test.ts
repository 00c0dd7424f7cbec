import { type TerraformStack, Testing } from 'cdktf';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  BucketRedundancy,
  DlaMnsNotification,
  DlaMqNotification,
  OpenAnalyticsMqRole,
  OssBucket,
  type OssBucketProps,
  RamRole,
  type ReceiptChannelOutputs,
  StorageClass,
} from '../../../lib/index';
import { RamRole as RamRoleResource } from '../../../lib/provider-schema/gen/ram-role/index';
import { hasTerraform, Workspace } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';

/** A stack as Terraform gets it. */
function synthesized(build: (stack: TerraformStack) => void): object {
  const stack = testStack();
  build(stack);
  return JSON.parse(Testing.synth(stack, true)) as object;
}

const TRUST = JSON.stringify({
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['ecs.aliyuncs.com'] } }],
  Version: '1',
});

const everything: OssBucketProps = {
  bucketName: 'tables-of-reach',
  storageClass: StorageClass.INFREQUENT_ACCESS,
  redundancy: BucketRedundancy.ZONE,
  resourceGroupId: 'rg-acfmxazb4ph6aiy',
  versioned: true,
  corsRules: [
    {
      allowedOrigins: ['https://example.com'],
      allowedMethods: ['GET', 'HEAD'],
      allowedHeaders: ['x-oss-*'],
      exposeHeaders: ['ETag'],
      maxAgeSeconds: 600,
    },
  ],
  lifecycleRules: [
    {
      prefix: 'logs/',
      transitions: [
        { storageClass: StorageClass.ARCHIVE, afterDays: 60 },
        { storageClass: StorageClass.COLD_ARCHIVE, afterDays: 180 },
      ],
      expireAfterDays: 400,
      oldVersionTransitions: [{ storageClass: StorageClass.ARCHIVE, afterDays: 30 }],
      expireOldVersionsAfterDays: 90,
    },
  ],
};

describe('what is deployed is what was asked for, and plans no difference', { timeout: 60_000 }, () => {
  beforeEach((ctx) => ctx.skip(!hasTerraform, 'there is no terraform on this machine'));

  async function deployed(build: (stack: TerraformStack) => void): Promise<Workspace> {
    const workspace = await Workspace.open();
    workspace.writeJson(synthesized(build));
    expect((await workspace.terraform('init')).code).toBe(0);
    expect((await workspace.apply()).errors).toEqual([]);
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
    return workspace;
  }

  it('of a bucket', async () => {
    const { account } = await deployed((stack) => {
      const logs = new OssBucket(stack, 'logs', { bucketName: 'logs-of-reach' });
      new OssBucket(stack, 'data', { ...everything, logging: { bucket: logs, prefix: 'tables/' } });
    });
    expect(account.oss.getBucket('tables-of-reach')).toMatchObject({
      storageClass: 'IA',
      redundancyType: 'ZRS',
      resourceGroupId: 'rg-acfmxazb4ph6aiy',
      logging: { targetBucket: 'logs-of-reach', targetPrefix: 'tables/' },
      corsRules: [{ allowedMethods: ['GET', 'HEAD'], maxAgeSeconds: 600 }],
      lifecycleRules: [
        {
          transitions: expect.arrayContaining([
            expect.objectContaining({ storageClass: 'Archive', days: 60 }),
            expect.objectContaining({ storageClass: 'ColdArchive', days: 180 }),
          ]),
        },
      ],
    });
  });

  it('of a bucket whose settings are taken out again', async () => {
    const workspace = await deployed((stack) => {
      const { storageClass } = everything;
      const redundancy = BucketRedundancy.LOCAL;
      const logs = new OssBucket(stack, 'logs', { bucketName: 'logs-of-reach' });
      new OssBucket(stack, 'data', { ...everything, storageClass, redundancy, logging: { bucket: logs } });
    });
    const { bucketName, storageClass } = everything;
    const next = synthesized((stack) => {
      new OssBucket(stack, 'logs', { bucketName: 'logs-of-reach' });
      new OssBucket(stack, 'data', { bucketName, storageClass, versioned: true });
    });
    workspace.writeJson(next);
    expect(await workspace.apply()).toMatchObject({
      errors: [],
      changes: [expect.stringMatching(/^alicloud_oss_bucket\.data.*: update$/)],
    });
    expect(await workspace.plan()).toMatchObject({ code: 0, changes: [] });
    const { logging, corsRules, lifecycleRules } = workspace.account.oss.getBucket('tables-of-reach');
    expect({ logging, corsRules, lifecycleRules }).toEqual({ logging: undefined, corsRules: [], lifecycleRules: [] });
  });

  it('of a role of DLA, which can be destroyed with policies that others attached', async () => {
    const workspace = await deployed((stack) => {
      new OpenAnalyticsMqRole(stack, 'role', {
        trustedServices: ['fc.aliyuncs.com'],
        maxSessionDurationSeconds: 7200,
        force: true,
      });
    });
    const { ram } = workspace.account;
    const role = ram.getRole(OpenAnalyticsMqRole.ROLE_NAME);
    expect(role.maxSessionDuration).toBe(7200);
    expect(JSON.parse(role.assumeRolePolicyDocument)).toMatchObject({
      Statement: [{ Principal: { Service: ['openanalytics.aliyuncs.com', 'fc.aliyuncs.com'] } }],
    });
    ram.attachPolicy('role', role.roleName, 'System', 'AliyunOSSReadOnlyAccess');
    expect((await workspace.destroy()).errors).toEqual([]);
    expect(ram.listRoles()).toEqual([]);
  });

  it('of grants to a role that the stack makes, by its resource or by its name', async () => {
    const { account } = await deployed((stack) => {
      const bucket = new OssBucket(stack, 'data', { bucketName: 'tables-of-reach' });
      const made = new RamRoleResource(stack, 'made', { roleName: 'reader', assumeRolePolicyDocument: TRUST });
      new RamRoleResource(stack, 'named', { roleName: 'writer', assumeRolePolicyDocument: TRUST });
      bucket.grantRead(RamRole.fromResource(stack, 'reader', made));
      bucket.grantReadWrite(RamRole.fromRoleName(stack, 'writer', 'writer'));
    });
    for (const roleName of ['reader', 'writer']) {
      expect(account.ram.listAttachedPolicies('role', roleName)).toHaveLength(1);
    }
  });

  it('of a channel of another app, which a role may read and nothing else is made for', async () => {
    const workspace = await deployed((stack) => {
      new DlaMqNotification(stack, 'mq', { smokeQuery: 'select 1' });
      new DlaMnsNotification(stack, 'mns');
    });
    const { mq, mns } = workspace.output('receipt_channels') as Record<string, ReceiptChannelOutputs>;
    const other = await Workspace.open(workspace.account);
    workspace.account.ram.createRole({ roleName: 'reader', assumeRolePolicyDocument: TRUST });
    other.writeJson(
      synthesized((stack) => {
        const reader = RamRole.fromRoleName(stack, 'reader', 'reader');
        DlaMqNotification.fromOutputs(stack, 'mq', mq).grantConsume(reader);
        DlaMnsNotification.fromOutputs(stack, 'mns', mns).grantConsume(reader);
      }),
    );
    await other.terraform('init');
    const { changes, errors } = await other.apply();
    expect({ errors, types: changes.map((change) => change.replace(/\..*:/, ':')) }).toEqual({
      errors: [],
      types: ['alicloud_ram_policy: create', 'alicloud_ram_role_policy_attachment: create'],
    });
  });
});
