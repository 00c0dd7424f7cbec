import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SERVED } from '../terraform-providers';
import { TestDeployment } from './deployment';

const REGION = 'cn-hangzhou';
const BUCKET = 'terraform-state-of-a-team';
const IN_BUCKET = `state: { backend: oss, bucket: ${BUCKET}, region: ${REGION} }\n`;
const SETTINGS = `region: ${REGION}
environments:
  dev: { bucketName: dla-killed, instanceName: killed, topicName: topic, groupId: GID_killed, smoke: off }
`;
const LOG = /^apply-(\d+)\.log$/;

let deployment: TestDeployment;

async function start(settings: string): Promise<void> {
  deployment = await TestDeployment.start(settings, SERVED);
  deployment.cloud.account.oss.createBucket(REGION, { name: BUCKET });
}

async function disturb(faults: object): Promise<void> {
  await fetch(`http://${deployment.cloud.endpoints.http}/_local/faults`, {
    method: 'PUT',
    headers: { 'x-alicloud-local': '1' },
    body: JSON.stringify(faults),
  });
}

/** Runs the script, and kills its Terraform, the script or both once something was told of the environment's stack. */
async function runUntil(verb: string, told: RegExp, ...whom: readonly ('terraform' | 'script')[]) {
  await disturb({ latency: 1500 });
  let isKilled = false;
  const stack = deployment.file('cdktf.out/stacks/notification-dev');
  const finished = await deployment.runExactly(
    [verb, '--auto-approve', '--verbose'],
    {},
    {
      onErrorOutput: (output, kill) => {
        if (!isKilled && told.test(output)) {
          isKilled = true;
          const pid = fs.readdirSync(stack).flatMap((name) => LOG.exec(name)?.[1] ?? [])[0];
          for (const one of whom) {
            try {
              if (one === 'script') {
                kill('SIGKILL');
              } else {
                process.kill(Number(pid), 'SIGKILL');
              }
            } catch {
              // It has ended meanwhile.
            }
          }
        }
      },
    },
  );
  expect(isKilled, finished.stderr).toBe(true);
  await disturb({});
  return finished;
}

/** Runs it again, as often as it says what to do first. */
async function goOn(verb: string): Promise<void> {
  const ended = await deployment.run(verb);
  const commands = [...ended.stderr.matchAll(/: (\S+ -chdir=\S+ import .*), and then the same again/g)];
  if (commands.length === 0) {
    expect(ended.code, ended.stderr).toBe(0);
    return;
  }
  for (const [, command] of commands) {
    await promisify(execFile)('sh', ['-ec', command], { cwd: deployment.folder, env: deployment.environment() });
  }
  await goOn(verb);
}

const made = () => {
  const { ram, oss, ons } = deployment.cloud.account;
  const instances = ons.listInstances(REGION);
  return {
    roles: ram.listRoles().length,
    buckets: oss.listBuckets().map(({ name }) => name),
    instances: instances.length,
    topics: instances.flatMap(({ instanceId }) => ons.listTopics(REGION, instanceId)).length,
    groups: instances.flatMap(({ instanceId }) => ons.listGroups(REGION, instanceId)).length,
  };
};
const ALL = { roles: 1, buckets: ['dla-killed', BUCKET], instances: 1, topics: 1, groups: 1 };
const NOTHING = { roles: 0, buckets: [BUCKET], instances: 0, topics: 0, groups: 0 };

afterEach(() => deployment.stop());

describe.each([
  ['on this machine', SETTINGS],
  ['in a bucket', IN_BUCKET + SETTINGS],
])('with its state %s', (_where, settings) => {
  beforeEach(() => start(settings));

  it(
    'a deploy whose Terraform is killed goes on to what was asked for, and can be destroyed',
    { timeout: 180_000 },
    async () => {
      // The state in a bucket is written some seconds later.
      const { code, stderr } = await runUntil('deploy', / alicloud_ons_topic\S+ Creating/, 'terraform');
      expect(code).toBe(1);
      expect(stderr).toContain('notification-dev: terraform apply was ended before it was done (exit code 137)');
      await goOn('deploy');
      expect(made()).toEqual(ALL);
      const again = await deployment.run('deploy');
      expect(again.stdout).toContain('account: No changes\nnotification-dev: No changes\n');
      await runUntil('destroy', / alicloud_oss_bucket_acl\S+ Destroying/, 'terraform', 'script');
      await goOn('destroy');
      expect(made()).toEqual(NOTHING);
    },
  );
});

it('a deploy whose script is killed is done by its Terraform', { timeout: 120_000 }, async () => {
  await start(SETTINGS);
  await runUntil('deploy', / alicloud_oss_bucket\.data\S+ Creating/, 'script');
  for (;;) {
    const { code, stderr } = await deployment.run('deploy');
    if (!stderr.includes('still works: wait until it has ended')) {
      expect(code, stderr).toBe(0);
      break;
    }
  }
  expect(made()).toEqual(ALL);
});
