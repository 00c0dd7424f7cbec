import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { DlaMqNotification } from 'cdktf-alicloud-dla';
import { DataAlicloudOnsInstances } from 'cdktf-alicloud-dla/provider-alicloud/data-alicloud-ons-instances';
import { OnsGroup } from 'cdktf-alicloud-dla/provider-alicloud/ons-group';
import { OnsInstance } from 'cdktf-alicloud-dla/provider-alicloud/ons-instance';
import { OnsTopic } from 'cdktf-alicloud-dla/provider-alicloud/ons-topic';
import { OssBucket } from 'cdktf-alicloud-dla/provider-alicloud/oss-bucket';
import { OssBucketAcl } from 'cdktf-alicloud-dla/provider-alicloud/oss-bucket-acl';
import { OssBucketPublicAccessBlock } from 'cdktf-alicloud-dla/provider-alicloud/oss-bucket-public-access-block';
import { AlicloudProvider } from 'cdktf-alicloud-dla/provider-alicloud/provider';
import { RamRole } from 'cdktf-alicloud-dla/provider-alicloud/ram-role';
import { RamRolePolicyAttachment } from 'cdktf-alicloud-dla/provider-alicloud/ram-role-policy-attachment';
import { TRUST_POLICY } from '../lib/cloud/dla-roles';
import { median, report } from './ratio';
import { scratchFolder } from '../scripts/scratch-folder';

// cdktf takes a stack trace for each token; with tsx's source maps that would be most of the time of both sides.
process.setSourceMapsEnabled(false);

const SCRATCH = scratchFolder('bench-synth');

/** Builds a stack with so many channels. */
type Program = (stack: TerraformStack, channels: number) => void;

const constructs: Program = (stack, channels) => {
  const notification = new DlaMqNotification(stack, 'notification');
  for (let index = 1; index < channels; index += 1) {
    notification.addChannel(`channel${index}`);
  }
};

/** The same resources and output, each written by hand, but for the check that the role is not there yet. */
const bare: Program = (stack, channels) => {
  const role = new RamRole(stack, 'role', {
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    assumeRolePolicyDocument: TRUST_POLICY,
  });
  new RamRolePolicyAttachment(stack, 'attachment', {
    roleName: role.roleName,
    policyName: 'AliyunMQFullAccess',
    policyType: 'System',
  });
  const { bucket } = new OssBucket(stack, 'bucket', {
    serverSideEncryptionRule: { sseAlgorithm: 'AES256' },
    lifecycle: { ignoreChanges: ['policy'] },
  });
  new OssBucketAcl(stack, 'acl', { bucket, acl: 'private' });
  new OssBucketPublicAccessBlock(stack, 'block', { bucket, blockPublicAccess: true });
  const instanceId = new OnsInstance(stack, 'instance', { instanceName: 'dla_receipt' }).id;
  const endpoints = new DataAlicloudOnsInstances(stack, 'endpoints', { ids: [instanceId], enableDetails: true });
  const endpoint = endpoints.instances.get(0).tcpEndpoint;
  const value: Record<string, object> = {};
  for (let index = 0; index < channels; index += 1) {
    value[`channel${index}`] = bareChannel(stack, index, { instanceId, endpoint, bucket });
  }
  new TerraformOutput(stack, 'receipt_channels', { staticId: true, description: 'receipt channels', value });
};

function bareChannel(
  stack: TerraformStack,
  index: number,
  shared: { instanceId: string; endpoint: string; bucket: string },
) {
  const { instanceId } = shared;
  const topic = new OnsTopic(stack, `topic${index}`, { instanceId, topicName: `dla_receipt_${index}`, messageType: 0 });
  const group = new OnsGroup(stack, `group${index}`, { instanceId, groupName: `GID_${index}_dla`, groupType: 'tcp' });
  return {
    ...shared,
    kind: 'mq',
    region: 'cn-hangzhou',
    roleName: 'AliyunOpenAnalyticsAccessingMQRole',
    topic: topic.topicName,
    producerId: group.groupName,
  };
}

function synth(program: Program, channels: number): void {
  const outdir = fs.mkdtempSync(path.join(SCRATCH, 'app-'));
  try {
    const app = new App({ outdir });
    const stack = new TerraformStack(app, 'stack');
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou' });
    program(stack, channels);
    app.synth();
  } finally {
    fs.rmSync(outdir, { recursive: true });
  }
}

/** Most memory, in MB, that a process of its own takes for 1,000 channels. */
function peakMemory(program: 'constructs' | 'bare'): number {
  const child = spawnSync(process.execPath, ['--require', 'tsx/cjs', __filename, program], { encoding: 'utf8' });
  if (child.status !== 0) {
    throw new Error(child.stderr);
  }
  return Number(child.stdout);
}

/** Processor time of a synth, in microseconds: what else runs on the machine does not count. */
function cost(program: Program, channels: number): number {
  const start = process.cpuUsage();
  synth(program, channels);
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Median of what one side costs against the other, each pair run back to back. */
function costRatio(rounds: number, one: () => number, other: () => number): number {
  return median(Array.from({ length: rounds }, () => one() / other()));
}

function main(): void {
  // The first rounds compile; both sides have them alike.
  costRatio(
    20,
    () => cost(constructs, 10),
    () => cost(bare, 10),
  );
  report(
    'synth of 1 channel against bare resources',
    costRatio(
      400,
      () => cost(constructs, 1),
      () => cost(bare, 1),
    ),
    1.1,
  );
  report(
    'synth of 1,000 channels against bare resources',
    costRatio(
      7,
      () => cost(constructs, 1000),
      () => cost(bare, 1000),
    ),
    1.15,
  );
  report(
    'synth of 1,000 channels against 100',
    costRatio(
      7,
      () => cost(constructs, 1000),
      () => cost(constructs, 100),
    ),
    11,
  );
  const memory = [0, 1, 2].map(() => [peakMemory('constructs'), peakMemory('bare')]);
  const [ours, theirs] = [0, 1].map((side) => median(memory.map((pair) => pair[side])));
  report('peak memory of 1,000 channels against bare resources', ours / theirs, 1.1);
}

const [program] = process.argv.slice(2);
if (program === undefined) {
  main();
} else {
  synth(program === 'constructs' ? constructs : bare, 1000);
  process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
}
