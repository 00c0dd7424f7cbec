import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT, runNode } from '../run-node';
import { scratchFolder } from '../scratch';
import { SERVED, withEachProvider } from '../terraform-providers';
import { TestDeployment } from './deployment';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const SETTINGS = fs.readFileSync(path.join(ROOT, 'stacks/settings/local.yaml'), 'utf8');

/** All files below a folder, as one text; to search for what must not be there. */
function everythingIn(folder: string): string {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

withEachProvider('a deployment to the local cloud', (tested) => {
  let deployment: TestDeployment;
  let first: Awaited<ReturnType<TestDeployment['run']>>;

  beforeAll(async () => {
    deployment = await TestDeployment.start(SETTINGS, tested);
    first = await deployment.run('deploy');
  });
  afterAll(() => deployment.stop());

  /** What is in the account of what the stacks make. */
  const made = () => {
    const { ram, oss, ons } = deployment.cloud.account;
    const [instance] = ons.listInstances(REGION);
    return {
      roles: ram.listRoles(),
      policies: ram.listRoles().map(({ roleName }) => ram.listAttachedPolicies('role', roleName)),
      buckets: oss.listBuckets().filter(({ name }) => !name.startsWith('aliyun-oa-query-results')),
      instances: ons.listInstances(REGION),
      topics: instance ? ons.listTopics(REGION, instance.instanceId) : [],
      groups: instance ? ons.listGroups(REGION, instance.instanceId) : [],
    };
  };

  it('ends with a table of the receipt', () => {
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const table = first.stdout.split('PASS  notification-demo/notification')[1];
    const row = (name: string) => new RegExp(`^\\s*${name}\\s+(\\S.*?)\\s*$`, 'm').exec(table)?.[1];
    expect(row('status')).toBe('SUCCESS');
    expect(row('row_count')).toBe('4');
    expect(row('scanned_data_bytes')).toBe('230');
    expect(row('mq_status')).toBe('SUCCESS');
    expect(row('mq_message_id')).toMatch(/^[0-9A-F]{32}$/);
    expect(row('mq_total_time')).toMatch(/^\d+/);
    expect(row('result file')).toMatch(
      /^oss:\/\/aliyun-oa-query-results-\d+-oss-cn-hangzhou\/DLA_Result\/\d{4}\/\d\d\/\d\d\/q\w+\/result\.csv$/,
    );
  });

  it('makes the role of the product page, and the set-up that it asks for', () => {
    const { roles, policies, buckets, instances, topics, groups } = made();
    expect(roles.map(({ roleName }) => roleName)).toEqual([ROLE]);
    expect(JSON.parse(roles[0].assumeRolePolicyDocument)).toEqual({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } },
      ],
      Version: '1',
    });
    expect(policies.flat().map(({ policy }) => policy.policyName)).toEqual(['AliyunMQFullAccess']);
    expect(buckets).toMatchObject([{ name: 'dla-receipt-demo', acl: 'private', blockPublicAccess: true }]);
    expect(instances).toMatchObject([{ instanceName: 'dla-receipt-demo' }]);
    expect(topics).toMatchObject([{ topic: 'dla_hangzhou_topic', messageType: 0 }]);
    expect(groups).toMatchObject([{ groupId: 'GID_dla_hangzhou', groupType: 'tcp' }]);
  });

  it('put the message on the topic under the id of the table', () => {
    const id = /mq_message_id\s+([0-9A-F]{32})/.exec(first.stdout)![1];
    expect(deployment.cloud.account.ons.findMessage(id)).toMatchObject({ topic: 'dla_hangzhou_topic' });
  });

  it('has a receipt for the consumer in TypeScript, by the command of the README', async () => {
    const page = fs.readFileSync(path.join(ROOT, 'README.md'), 'utf8');
    const [, command] = / -- (npx tsx examples\/consumer-service\/main\.ts .*)$/m.exec(page)!;
    const ofDeployment = command.replace('.deploy/local/outputs.json', deployment.file('outputs.json'));
    expect(ofDeployment).not.toBe(command);
    const { stdout } = await promisify(execFile)('sh', ['-c', ofDeployment], {
      cwd: ROOT,
      // npx and the client write their logs there.
      env: { ...deployment.environment(), HOME: scratchFolder() },
    });
    const [, id] = /task id\s+(\S+)/.exec(first.stdout)!;
    expect(JSON.parse(stdout)).toMatchObject({ id, status: 'SUCCESS' });
  });

  it('changes nothing when it runs again, and passes again', async () => {
    const before = { made: made(), resources: deployment.resources(), serials: deployment.serials() };
    const second = await deployment.run('deploy');
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect({ made: made(), resources: deployment.resources(), serials: deployment.serials() }).toEqual(before);
  });

  it('is what cdktf deploy would make of it', async () => {
    const before = { made: made(), resources: deployment.resources() };
    const cdktf = require.resolve('cdktf-cli/bundle/bin/cdktf');
    const args = ['--auto-approve', '--skip-provider-lock', '--output', deployment.file('cdktf.out')];
    const TF_PLUGIN_CACHE_DIR = path.join(deployment.folder, '.deploy/plugin-cache');
    await promisify(execFile)(process.execPath, [cdktf, 'deploy', '*', ...args], {
      cwd: deployment.folder,
      env: { ...deployment.environment(), TF_PLUGIN_CACHE_DIR, DLA_SETTINGS: 'settings.yaml', CI: '1' },
    });
    // It writes a state also for what it only reads, which may be another by now.
    expect({ made: made(), resources: deployment.resources() }).toEqual(before);
  });

  it('writes no credential anywhere, and nothing to the home folder', () => {
    const { accessKeySecret, dlaPassword } = deployment.cloud.account.identity;
    const written = everythingIn(deployment.folder) + first.stdout + first.stderr;
    expect(written).toContain('GID_dla_hangzhou');
    expect(written).not.toContain(accessKeySecret);
    expect(written).not.toContain(dlaPassword);
    expect(fs.readdirSync(path.join(deployment.folder, 'home'))).toEqual([]);
  });

  it('shows a first and a later diff without touching anything', async () => {
    const before = made();
    const { code, stdout, stderr } = await deployment.run('diff');
    expect(code, stdout + stderr).toBe(0);
    expect(made()).toEqual(before);
  });

  it('refuses the credentials of another account, to deploy and to destroy', async () => {
    const other = await TestDeployment.start(SETTINGS, tested);
    const before = { made: made(), resources: deployment.resources() };
    try {
      for (const verb of ['deploy', 'destroy']) {
        const { code, stdout, stderr } = await deployment.run(verb, other.cloud.endpoints.environment);
        expect(code, stdout + stderr).toBe(1);
        const [own, others] = [deployment, other].map(({ cloud }) => cloud.account.identity.accountId);
        expect(stderr).toContain(
          `account: this state belongs to account ${own}, the credentials are of account ${others}: use credentials of ` +
            'the first, or another settings file\n',
        );
      }
      expect(other.cloud.account.ram.listRoles()).toEqual([]);
      expect({ made: made(), resources: deployment.resources() }).toEqual(before);
    } finally {
      await other.stop();
    }
  });

  it('removes everything that it made', async () => {
    const { code, stdout, stderr } = await deployment.run('destroy');
    expect(code, stdout + stderr).toBe(0);
    expect(made()).toEqual({ roles: [], policies: [], buckets: [], instances: [], topics: [], groups: [] });
    expect(deployment.resources()).toEqual({ account: [], 'notification-demo': [] });
  });
});

it('deploy:local and destroy:local need nothing but a checkout', { timeout: 120_000 }, async () => {
  const cwd = scratchFolder();
  fs.mkdirSync(path.join(cwd, 'stacks/settings'), { recursive: true });
  fs.writeFileSync(path.join(cwd, 'stacks/settings/local.yaml'), SETTINGS);
  const local = (verb: string) => runNode('stacks/deploy-local.js', [verb], { cwd });

  const deployed = await local('deploy');
  expect(deployed.code, deployed.stderr).toBe(0);
  expect(deployed.stderr).toMatch(/^starting the local cloud; its account is in \.deploy\/local\/cloud\nsynthesising /);
  expect(deployed.stderr).not.toContain('alicloud_');
  expect(deployed.stdout).toMatch(/^account: \d added, 0 changed, 0 destroyed\nnotification-demo: 8 added, .*\nPASS /);
  expect(deployed.stdout.trimEnd().split('\n').slice(-5)).toEqual([
    '',
    expect.stringMatching(/^The local cloud has stopped; its account \d{16} is kept in \.deploy\/local\/cloud\.$/),
    expect.stringMatching(
      /npx alicloud-local start --state \.deploy\/local\/cloud .*(console at http:\/\/127\.0\.0\.1:4600\/|tells where its console is)$/,
    ),
    expect.stringMatching(/npx alicloud-local run --state \S+ -- npx dla-smoke --outputs \S+ /),
    expect.stringMatching(/npm run destroy:local /),
  ]);

  const destroyed = await local('destroy');
  expect(destroyed.code, destroyed.stderr).toBe(0);
  expect(destroyed.stdout).toContain("removed .deploy/local, with the local cloud's account\n");
  expect(fs.existsSync(path.join(cwd, '.deploy/local'))).toBe(false);
});

it('an account without RocketMQ 4.x is told so by the deploy', { timeout: 120_000 }, async () => {
  const deployment = await TestDeployment.start(SETTINGS, SERVED);
  try {
    deployment.cloud.localAccount.closeService('rocketmq-4');
    const { code, stderr } = await deployment.run('deploy');
    expect(code, stderr).toBe(1);
    expect(stderr).toMatch(/notification-demo: .*only existing users of RocketMQ 4\.x can make instances/);
    expect(stderr).toContain('notification-demo: only existing users of RocketMQ 4.x can make its instances: where');
  } finally {
    await deployment.stop();
  }
});

describe('a deployment that cannot work', () => {
  let deployment: TestDeployment;
  beforeAll(async () => {
    deployment = await TestDeployment.start(SETTINGS, SERVED);
  });
  afterAll(() => deployment.stop());

  it.each<[string, NodeJS.ProcessEnv, string[], RegExp]>([
    [
      'without credentials of DLA',
      { DLA_PASSWORD: '' },
      ['deploy', '--auto-approve'],
      /^DLA_PASSWORD is not set: .*DLA_USER and DLA_PASSWORD/,
    ],
    [
      'without Terraform',
      { TERRAFORM_BINARY_NAME: 'no-such-terraform' },
      ['deploy'],
      /^no-such-terraform is not on PATH: expected terraform 1\.5\.0 or newer/,
    ],
    [
      'without a terminal to ask on',
      {},
      ['deploy'],
      /^expected a terminal to ask on, or --auto-approve .*: standard input and standard output are not a terminal; nothing was changed$/m,
    ],
    ['without a terminal to ask on, to destroy', {}, ['destroy'], /^expected a terminal to ask on, or --auto-approve /],
    [
      'without settings',
      {},
      ['deploy', '--settings', 'none.yaml'],
      /^settings file none\.yaml cannot be read \(ENOENT\): copy /,
    ],
    ['with a verb unknown', {}, ['apply'], /^expected one of deploy, diff, destroy, got apply/],
    [
      'with an option that npm has taken',
      { npm_config_settings: 'staging.yaml', npm_lifecycle_event: 'destroy' },
      ['destroy', '--auto-approve'],
      /^--settings: npm has taken it for its own: options stand behind --, as in npm run destroy -- --settings$/m,
    ],
    ['with an option unknown', {}, ['deploy', '--yes'], /^there is no option --yes/],
  ])('ends with one line and exit 2 %s, before anything is made', async (_what, env, args, message) => {
    const { code, stdout, stderr } = await deployment.runExactly(args, env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(fs.existsSync(deployment.file())).toBe(false);
  });
});
