import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withLocalCloud } from '../../lib/local-cloud';
import { commandEnvironment } from '../../lib/local-cloud/server/environment';
import { ROOT } from '../run-node';
import { scratchFolder } from '../scratch';
import { runOnTerminal } from '../terminal';
import { SERVED, withEachProvider } from '../terraform-providers';
import { TestDeployment } from './deployment';

const BUCKET = 'terraform-state-of-a-team';
const SETTINGS = `region: cn-hangzhou
state: { backend: oss, bucket: ${BUCKET}, region: cn-hangzhou }
environments:
  dev: { channel: mns, queueName: dla-receipts, smoke: off }
`;

withEachProvider('a state in a bucket of OSS', (tested) => {
  let deployment: TestDeployment;
  beforeAll(async () => {
    deployment = await TestDeployment.start(SETTINGS, tested);
    deployment.cloud.account.oss.createBucket('cn-hangzhou', { name: BUCKET });
  });
  afterAll(() => deployment.stop());

  const queues = () => deployment.cloud.account.mns.listQueues('cn-hangzhou').map(({ queueName }) => queueName);

  it('takes no plan that another deploy has made stale', async () => {
    const script = path.join(ROOT, 'dist/stacks/deploy.js');
    let other: Awaited<ReturnType<TestDeployment['run']>> | undefined;
    const { code, output } = await runOnTerminal(
      `'${process.execPath}' '${script}' deploy --settings settings.yaml`,
      { cwd: deployment.folder, env: deployment.environment() },
      [
        [
          /Only "yes" is taken/,
          async () => {
            other = await deployment.runElsewhere('deploy');
            return 'yes\r';
          },
        ],
      ],
    );
    expect(other?.code, other?.stderr).toBe(0);
    expect(code, output).toBe(1);
    expect(output).toContain('Saved plan is stale');
    expect(queues()).toEqual(['dla-receipts']);
  });

  it('that is lost is told, and a destroy leaves nothing behind without a word', async () => {
    const { oss } = deployment.cloud.account;
    oss.updateBucket(BUCKET, { versioning: 'Enabled' });
    const first = await deployment.run('deploy');
    expect(first.code, first.stderr).toBe(0);
    const { key } = [...oss.objects(BUCKET)].find((one) => one.key.endsWith('notification-dev.tfstate'))!;
    const marker = oss.deleteObject(BUCKET, key)!;

    const destroyed = await deployment.run('destroy');
    expect(destroyed.code, destroyed.stdout).toBe(1);
    const told =
      'notification-dev: deployed before, by .deploy/settings/outputs.json, but there is nothing in the state';
    expect(destroyed.stderr).toContain(told);
    expect(queues()).toEqual(['dla-receipts']);
    const diff = await deployment.run('diff');
    expect(diff.stderr).toContain(`warning: ${told}`);

    // As it tells: an earlier version of the object takes its place again.
    oss.deleteObject(BUCKET, key, marker.versionId);
    const again = await deployment.run('deploy');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('notification-dev: No changes\n');
    expect(again.stderr).not.toContain('deployed before');
  });

  it('is the same on every machine, keeps what it was, and is empty in the end', async () => {
    const again = await deployment.run('deploy');
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('account: No changes\nnotification-dev: No changes\n');

    // Of another environment only the state in the bucket knows.
    const settings = path.join(deployment.folder, 'settings.yaml');
    fs.writeFileSync(settings, SETTINGS.replace('dev:', 'other:').replace('dla-receipts', 'dla-others'));
    const renamed = await deployment.runElsewhere('destroy');
    expect(renamed.code, renamed.stderr).toBe(1);
    expect(renamed.stderr).toContain('warning: notification-dev is deployed, but no longer in settings.yaml');
    expect(renamed.stderr).toContain('would be destroyed, and may still be needed: notification-dev');
    fs.writeFileSync(settings, SETTINGS);

    const destroyed = await deployment.run('destroy');
    expect(destroyed.code, destroyed.stderr).toBe(0);
    expect(queues()).toEqual([]);
    expect(deployment.cloud.account.ram.listRoles()).toEqual([]);
    expect(deployment.cloud.account.oss.listBuckets().map(({ name }) => name)).toEqual([BUCKET]);
  });
});

it.each([
  [
    'a bucket that is not there',
    `{ backend: oss, bucket: no-such-bucket, region: cn-hangzhou }`,
    'expected a bucket that exists',
  ],
  [
    'a lock whose table cannot be reached',
    `{ backend: oss, bucket: ${BUCKET}, region: cn-hangzhou, tablestoreEndpoint: "https://127.0.0.1:1", tablestoreTable: locks }`,
    'error describing table store locks',
  ],
])('a state with %s changes nothing', { timeout: 60_000 }, async (_what, state, message) => {
  const deployment = await TestDeployment.start(SETTINGS.replace(/^state: .*$/m, `state: ${state}`), SERVED);
  try {
    deployment.cloud.account.oss.createBucket('cn-hangzhou', { name: BUCKET });
    const { code, stderr } = await deployment.run('deploy');
    expect(code, stderr).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain('nothing was deployed\n');
    expect(deployment.cloud.account.ram.listRoles()).toEqual([]);
  } finally {
    await deployment.stop();
  }
});

it("a state in a bucket that is opened through a role asks the local cloud's STS", { timeout: 60_000 }, async () => {
  await withLocalCloud({}, async ({ account, endpoints }) => {
    account.oss.createBucket('cn-hangzhou', { name: BUCKET });
    const root = { RAM: [`acs:ram::${endpoints.accountId}:root`] };
    const Statement = [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: root }];
    const trust = JSON.stringify({ Version: '1', Statement });
    account.ram.createRole({ roleName: 'deployer', assumeRolePolicyDocument: trust });
    account.ram.attachPolicy('role', 'deployer', 'System', 'AliyunOSSFullAccess');
    const cwd = scratchFolder();
    const backend = { bucket: BUCKET, prefix: 'of-a-role', region: 'cn-hangzhou' };
    const configuration = { terraform: { backend: { oss: backend } }, output: { it: { value: 'kept' } } };
    fs.writeFileSync(path.join(cwd, 'main.tf.json'), JSON.stringify(configuration));
    const role = { ALICLOUD_ASSUME_ROLE_ARN: `acs:ram::${endpoints.accountId}:role/deployer` };
    const env = { ...commandEnvironment(process.env, endpoints), ...SERVED.environment, ...role };
    const terraform = process.env.TERRAFORM_BINARY_NAME ?? 'terraform';
    for (const args of [['init'], ['apply', '-auto-approve']]) {
      await promisify(execFile)(terraform, [...args, '-input=false'], { cwd, env });
    }
    expect([...account.oss.objects(BUCKET)].map(({ key }) => key)).toEqual(['of-a-role/terraform.tfstate']);
  });
});

it('what keys that may only read a state have made is not lost', { timeout: 120_000 }, async () => {
  const deployment = await TestDeployment.start(SETTINGS, SERVED);
  try {
    const { oss, ram } = deployment.cloud.account;
    oss.createBucket('cn-hangzhou', { name: BUCKET });
    ram.createUser({ userName: 'deployer' });
    const { accessKeyId, accessKeySecret } = ram.accessKeys.create('deployer');
    const allow = (...actions: readonly string[]) => {
      const Statement = [{ Effect: 'Allow', Action: actions, Resource: '*' }];
      ram.createPolicy({ policyName: actions[0].slice(4), document: JSON.stringify({ Version: '1', Statement }) });
      ram.attachPolicy('user', 'deployer', 'Custom', actions[0].slice(4));
    };
    const keys = {
      ...{ ALICLOUD_ACCESS_KEY: accessKeyId, ALICLOUD_SECRET_KEY: accessKeySecret },
      ...{ ALIBABA_CLOUD_ACCESS_KEY_ID: accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: accessKeySecret },
    };

    const none = await deployment.run('deploy', keys);
    expect(none.stderr).toContain('state.bucket: expected one that the keys may list, read and write\nnothing was');

    allow('oss:ListObjects', 'oss:GetObject');
    const unwritten = await deployment.run('deploy', keys);
    expect(unwritten.code, unwritten.stderr).toBe(1);
    const [, command] = /before anything else, by (.+)\n$/.exec(unwritten.stderr)!;

    allow('oss:PutObject');
    const env = { ...deployment.environment(), ...keys };
    await promisify(execFile)('sh', ['-ec', command], { cwd: deployment.folder, env });
    const again = await deployment.run('deploy', keys);
    expect(again.code, again.stderr).toBe(0);
    expect(again.stdout).toContain('account: No changes\n');
  } finally {
    await deployment.stop();
  }
});
