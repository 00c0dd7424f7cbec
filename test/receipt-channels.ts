import { expect } from 'vitest';
import type { LocalCloud } from '../lib/local-cloud';
import { readChannels, runSmokeTest, type TaskReport } from '../lib/smoke';

const REGION = 'cn-hangzhou';
const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});

/** Channels of a local cloud, `stack/mq` and `stack/mns`, made without Terraform. */
export class ReceiptChannels {
  public readonly instanceId: string;
  /** The stack's outputs, as a deploy writes them. */
  public readonly outputs: string;

  constructor(private readonly cloud: LocalCloud) {
    const { ram, ons, mns } = cloud.account;
    for (const service of ['MQ', 'MNS']) {
      const roleName = roleOf(service);
      ram.createRole({ roleName, assumeRolePolicyDocument: TRUST });
      ram.attachPolicy('role', roleName, 'System', `Aliyun${service}FullAccess`);
    }
    const instance = ons.createInstance(REGION, { instanceName: 'receipts' });
    const { instanceId } = instance;
    ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
    ons.createGroup(REGION, { instanceId, groupId: 'GID_dla', groupType: 'tcp' });
    mns.createQueue(REGION, { queueName: 'receipts' });
    this.instanceId = instanceId;
    const mq = {
      kind: 'mq',
      region: REGION,
      roleName: roleOf('MQ'),
      instanceId,
      topic: 'receipts',
      producerId: 'GID_dla',
      endpoint: ons.endpointsOf(instance).tcp,
      query: 'select 1',
    };
    const queue = { kind: 'mns', region: REGION, roleName: roleOf('MNS'), queue: 'receipts', query: 'select 1' };
    this.outputs = JSON.stringify({ stack: { receipt_channels: { mq, mns: queue } } });
  }

  /** Runs the smoke test against a channel; what DLA told of its query. */
  public async smokeTest(name = 'mq'): Promise<TaskReport> {
    const report = await runSmokeTest({
      channels: readChannels(this.outputs, 'test').filter((channel) => channel.name === `stack/${name}`),
      env: { ...process.env, ...this.cloud.endpoints.environment },
      intervalMillis: 50,
    });
    expect(report.outcome, JSON.stringify(report)).toBe('pass');
    return report.channels[0].attempts.at(-1)!.task;
  }
}

function roleOf(service: string): string {
  return `AliyunOpenAnalyticsAccessing${service}Role`;
}
