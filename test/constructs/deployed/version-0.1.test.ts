import * as fs from 'node:fs';
import * as path from 'node:path';
import { type TerraformStack, Testing } from 'cdktf';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Baseline, DlaMqNotification, OpenAnalyticsMqRole, OssBucket } from '../../../lib/index';
import { synthesisedExamples } from '../../examples-synthesised';
import { hasTerraform, Workspace } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';

/** The examples of version 0.1 as it synthesised them, without cdktf's metadata. */
const BEFORE = JSON.parse(fs.readFileSync(path.join(__dirname, 'version-0.1.json'), 'utf8')) as Record<string, object>;

let now: Record<string, object>;
let withBaseline: Record<string, object>;

beforeAll(async () => {
  now = await synthesisedExamples();
  withBaseline = await synthesisedExamples({ kmsKeyId: 'key-of-the-team' });
}, 60_000);

/** Without the smoke tests, which would run a query. */
function resourcesOnly(stack: object): object {
  const { resource, ...rest } = stack as { resource: Record<string, object> };
  return { ...rest, resource: { ...resource, terraform_data: undefined } };
}

/** OSS writes logs within a region. */
const LOG_BUCKETS = { 'cn-hangzhou': 'access-logs-of-the-team', 'cn-shanghai': 'access-logs-of-shanghai' };

/** With a bucket of its own for the logs of the second region. */
function loggingWithin(stack: object): object {
  const copy = structuredClone(stack) as { resource: { alicloud_oss_bucket: Record<string, LoggingBucket> } };
  Object.values(copy.resource.alicloud_oss_bucket)
    .filter(({ provider, logging }) => provider === 'alicloud.production' && logging)
    .forEach(({ logging }) => (logging!.target_bucket = LOG_BUCKETS['cn-shanghai']));
  return copy;
}

interface LoggingBucket {
  readonly provider?: string;
  readonly logging?: { target_bucket: string };
}

async function deployed(configuration: object): Promise<Workspace> {
  const workspace = await Workspace.open();
  // The buckets of the logs are there before.
  Object.entries(LOG_BUCKETS).forEach(([region, name]) => workspace.account.oss.createBucket(region, { name }));
  workspace.writeJson(configuration);
  expect((await workspace.terraform('init')).code).toBe(0);
  expect((await workspace.apply()).errors).toEqual([]);
  return workspace;
}

/** What the account's own policies allow, whatever the order in which they say it. */
function grantedBy({ account }: Workspace): string[] {
  return account.ram
    .listPolicies('Custom')
    .flatMap(({ versions, defaultVersion }) => {
      const { document } = versions.find(({ versionId }) => versionId === defaultVersion)!;
      const { Statement } = JSON.parse(document) as { Statement: { Resource: string[] }[] };
      return Statement.map((statement) => JSON.stringify({ ...statement, Resource: [...statement.Resource].sort() }));
    })
    .sort();
}

/** What a plan would take away, or make anew. */
function losses(changes: string[]): string[] {
  return changes.filter((change) => /: (delete|replace)$/.test(change));
}

describe('a state of version 0.1', { timeout: 120_000 }, () => {
  beforeEach((ctx) => ctx.skip(!hasTerraform, 'there is no terraform on this machine'));

  it.each(Object.keys(BEFORE))('of the example %s loses nothing, now and with the baseline', async (name) => {
    const workspace = await deployed(resourcesOnly(BEFORE[name]));
    workspace.writeJson(resourcesOnly(now[name]));
    const allowed = grantedBy(workspace);
    const plain = await workspace.apply();
    // Version 0.1 wrote the grants in the order of code: the same, in another order.
    const others = plain.changes.filter((change) => !/^alicloud_ram_policy\.Grants-.*: update$/.test(change));
    expect({ errors: plain.errors, others }).toEqual({ errors: [], others: [] });
    expect(grantedBy(workspace)).toEqual(allowed);

    workspace.writeJson(loggingWithin(resourcesOnly(withBaseline[name])));
    const { errors, changes } = await workspace.apply();
    expect({ errors, losses: losses(changes) }).toEqual({ errors: [], losses: [] });
    expect((await workspace.plan()).changes).toEqual([]);
    for (const { redundancyType, versioning, encryption } of workspace.account.oss
      .listBuckets()
      .filter((bucket) => !Object.values(LOG_BUCKETS).includes(bucket.name))) {
      expect({ redundancyType, versioning, encryption }).toMatchObject({
        redundancyType: 'LRS',
        versioning: 'Enabled',
        encryption: { sseAlgorithm: 'KMS', kmsMasterKeyId: 'key-of-the-team' },
      });
    }
  });

  it('comes to a role that can only send in two steps, the second of which takes the system policy alone', async () => {
    const workspace = await deployed(BEFORE.minimal);
    const attached = () =>
      workspace.account.ram
        .listAttachedPolicies('role', OpenAnalyticsMqRole.ROLE_NAME)
        .map(({ policy }) => policy.policyType)
        .sort();
    workspace.writeJson(withBaseline.minimal);
    await workspace.apply();
    expect(attached()).toEqual(['Custom', 'System']);
    workspace.writeJson((await synthesisedExamples({ kmsKeyId: 'key-of-the-team', detachFullAccess: true })).minimal);
    const { changes } = await workspace.apply();
    expect(changes).toEqual([expect.stringMatching(/^alicloud_ram_role_policy_attachment\..*Attachment_.*: delete$/)]);
    expect(attached()).toEqual(['Custom']);
    expect((await workspace.plan()).changes).toEqual([]);
  });
});

describe('the policy of a bucket', { timeout: 60_000 }, () => {
  beforeEach((ctx) => ctx.skip(!hasTerraform, 'there is no terraform on this machine'));

  function synthesised(build: (stack: TerraformStack) => void): object {
    const stack = testStack();
    build(stack);
    return JSON.parse(Testing.synth(stack, true)) as object;
  }

  it('moves into the bucket in two steps, and is in force all the time', async () => {
    const workspace = await deployed(
      synthesised((stack) => new OssBucket(stack, 'data', { bucketName: 'tables-of-reach', enforceTls: true })),
    );
    const policy = () => workspace.account.oss.getBucket('tables-of-reach').policy;
    const before = policy();
    expect(before).toContain('acs:SecureTransport');
    const [address] = (await workspace.run('state', 'list')).text.match(/alicloud_oss_bucket_policy\.\S+/) ?? [];
    expect((await workspace.run('state', 'rm', address!)).code).toBe(0);
    expect(policy()).toBe(before);
    workspace.writeJson(
      synthesised((stack) => {
        new OssBucket(stack, 'data', { bucketName: 'tables-of-reach' });
        Baseline.apply(stack);
      }),
    );
    const { errors, changes } = await workspace.apply();
    expect({ errors, losses: losses(changes), policy: JSON.parse(policy()!) as object }).toEqual({
      errors: [],
      losses: [],
      policy: JSON.parse(before!) as object,
    });
    expect((await workspace.plan()).changes).toEqual([]);
  });

  it('stays where it is as long as the bucket says enforceTls', async () => {
    const workspace = await deployed(
      synthesised((stack) => new DlaMqNotification(stack, 'n', { bucketProps: { enforceTls: true } })),
    );
    workspace.writeJson(
      synthesised((stack) => {
        new DlaMqNotification(stack, 'n', { bucketProps: { enforceTls: true } });
        Baseline.apply(stack);
      }),
    );
    expect(losses((await workspace.plan()).changes)).toEqual([]);
  });
});
