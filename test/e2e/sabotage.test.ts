import * as fs from 'node:fs';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Account } from '../../lib/local-cloud/account/account';
import { ROOT } from '../run-node';
import { withEachProvider } from '../terraform-providers';
import { TestDeployment } from './deployment';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const [TOPIC, GROUP] = ['dla_hangzhou_topic', 'GID_dla_hangzhou'];

const instanceOf = ({ ons }: Account) => ons.listInstances(REGION)[0].instanceId;

/** What somebody may have done in the console since, and how it is put right again. */
interface Sabotage {
  readonly name: string;
  readonly breakIt: (account: Account) => void;
  readonly fix: (account: Account) => void;
  readonly reason: RegExp;
}

function withoutRole({ ram }: Account): void {
  ram.detachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
  ram.deleteRole(ROLE);
}

const SABOTAGES: readonly Sabotage[] = [
  {
    name: 'the role is missing',
    breakIt: withoutRole,
    fix: ({ ram }) => {
      ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: trust('openanalytics.aliyuncs.com') });
      ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
    },
    reason: /role AliyunOpenAnalyticsAccessingMQRole does not exist/i,
  },
  {
    name: 'the role trusts something else',
    breakIt: ({ ram }) => ram.updateRole(ROLE, { assumeRolePolicyDocument: trust('ecs.aliyuncs.com') }),
    fix: ({ ram }) => ram.updateRole(ROLE, { assumeRolePolicyDocument: trust('openanalytics.aliyuncs.com') }),
    reason: /trust.*openanalytics\.aliyuncs\.com/i,
  },
  {
    name: 'the policy is detached',
    breakIt: ({ ram }) => ram.detachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess'),
    fix: ({ ram }) => ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess'),
    reason: /mq:PUB/,
  },
  {
    name: 'the topic is missing',
    breakIt: (account) => void account.ons.deleteTopic(REGION, instanceOf(account), TOPIC),
    fix: (account) =>
      account.ons.createTopic(REGION, { instanceId: instanceOf(account), topic: TOPIC, messageType: 0 }),
    reason: /topic dla_hangzhou_topic does not exist/,
  },
  {
    name: 'the group is missing',
    breakIt: (account) => void account.ons.deleteGroup(REGION, instanceOf(account), GROUP),
    fix: (account) =>
      account.ons.createGroup(REGION, { instanceId: instanceOf(account), groupId: GROUP, groupType: 'tcp' }),
    reason: /group GID_dla_hangzhou does not exist/,
  },
  {
    name: 'the group speaks HTTP',
    breakIt: (account) => {
      void account.ons.deleteGroup(REGION, instanceOf(account), GROUP);
      account.ons.createGroup(REGION, { instanceId: instanceOf(account), groupId: GROUP, groupType: 'http' });
    },
    fix: (account) => {
      void account.ons.deleteGroup(REGION, instanceOf(account), GROUP);
      account.ons.createGroup(REGION, { instanceId: instanceOf(account), groupId: GROUP, groupType: 'tcp' });
    },
    reason: /group GID_dla_hangzhou.*http/i,
  },
  {
    name: 'OSS is not activated',
    breakIt: ({ activation }) => activation.deactivate('oss'),
    fix: ({ activation }) => void activation.activate('oss'),
    reason: /OSS is not activated/,
  },
];

function trust(service: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [service] } }],
  });
}

withEachProvider('dla-smoke after somebody broke the account', (tested) => {
  let deployment: TestDeployment;

  beforeAll(async () => {
    deployment = await TestDeployment.start(
      fs.readFileSync(path.join(ROOT, 'stacks/settings/local.yaml'), 'utf8'),
      tested,
    );
    const { code, stdout, stderr } = await deployment.run('deploy');
    expect(code, stdout + stderr).toBe(0);
  });
  afterAll(() => deployment.stop());

  it.each(SABOTAGES)('fails and says that $name, and passes once it is fixed', async ({ breakIt, fix, reason }) => {
    const { account } = deployment.cloud;
    breakIt(account);
    const broken = await deployment.smoke(['--no-diagnose']);
    expect(broken.code, broken.stdout + broken.stderr).toBe(1);
    expect(broken.report.channels[0].reason).toMatch(reason);
    fix(account);
    const fixed = await deployment.smoke();
    expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
  });

  it('fails and says that the endpoint is of another region', async () => {
    const { account } = deployment.cloud;
    const { instanceId } = account.ons.createInstance('cn-shanghai', { instanceName: 'elsewhere' });
    const endpoint = account.ons.endpointsOf(account.ons.getInstance('cn-shanghai', instanceId)).tcp;
    const outputs = JSON.parse(fs.readFileSync(deployment.file('outputs.json'), 'utf8')) as Record<
      string,
      { receipt_channels: Record<string, { endpoint: string; instanceId: string }> }
    >;
    Object.assign(outputs['notification-demo'].receipt_channels.notification, { instanceId, endpoint });
    const file = path.join(deployment.folder, 'sabotaged.json');
    fs.writeFileSync(file, JSON.stringify(outputs));
    const { code, report } = await deployment.smoke(['--no-diagnose'], file);
    expect({ code, reason: report.channels[0].reason }).toEqual({
      code: 1,
      reason: expect.stringMatching(/cn-shanghai/) as string,
    });
  });
});
