import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LocalCloud } from '../../../lib/local-cloud';
import { ROOT } from '../../run-node';

const ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
const TRUST = JSON.stringify({
  Version: '1',
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } }],
});

let cloud: LocalCloud;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  cloud = await LocalCloud.start();
  const { ram, ons } = cloud.account;
  ram.createRole({ roleName: ROLE, assumeRolePolicyDocument: TRUST });
  ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
  const region = 'cn-hangzhou';
  const instance = ons.createInstance(region, { instanceName: 'receipts' });
  const { instanceId } = instance;
  ons.createTopic(region, { instanceId, topic: 'receipts', messageType: 0 });
  ons.createGroup(region, { instanceId, groupId: 'GID_dla', groupType: 'tcp' });
  ons.createGroup(region, { instanceId, groupId: 'GID_service', groupType: 'http' });
  ons.sendMessage(region, { instanceId, topic: 'receipts', body: 'of another query', producerId: 'GID_dla' });
  env = {
    ...process.env,
    ...cloud.endpoints.environment,
    MQ_HTTP_ENDPOINT: `http://${cloud.endpoints.http}`,
    MQ_ENDPOINT: ons.endpointsOf(instance).tcp,
    MQ_INSTANCE_ID: instanceId,
    MQ_TOPIC: 'receipts',
    MQ_PRODUCER_ID: 'GID_dla',
    MQ_CONSUMER_ID: 'GID_service',
  };
});
afterEach(() => cloud.stop());

const service = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    [path.join(ROOT, 'node_modules/tsx/dist/cli.mjs'), path.join(ROOT, 'examples/consumer-service/main.ts'), ...args],
    { env, timeout: 25_000 },
  );

it('prints the receipt of its own query', async () => {
  const { stdout } = await service('select 1');
  const printed = JSON.parse(stdout) as Record<string, string>;
  const [task] = cloud.account.dla.listTasks('cn-hangzhou');
  expect(printed).toMatchObject({ task: task.id, status: 'SUCCESS', messageId: task.mqMessageId });
  expect(printed.receipt).toBe(cloud.account.ons.findMessage(task.mqMessageId!)!.body);
});

it('tells what is missing', async () => {
  await expect(service()).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('usage: ') });
  delete env.MQ_TOPIC;
  await expect(service('select 1')).rejects.toMatchObject({ code: 1, stderr: 'the variable MQ_TOPIC is not set\n' });
});
