import * as fs from 'node:fs';
import * as path from 'node:path';
import MNSClient from '@alicloud/mns';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Account } from '../../lib/local-cloud/account/account';
import { exportSnapshot, importSnapshot } from '../../lib/local-cloud/account/snapshot';
import { ROOT } from '../run-node';
import { withEachProvider } from '../terraform-providers';
import { TestDeployment } from './deployment';

const REGION = 'cn-hangzhou';
const ROLE = 'AliyunOpenAnalyticsAccessingMNSRole';
const QUEUE = 'dla-receipts';

/** The local settings with a queue of MNS in place of instance, topic and group. */
function settings(): string {
  const local = parse(fs.readFileSync(path.join(ROOT, 'stacks/settings/local.yaml'), 'utf8')) as {
    environments: { demo: { bucketName: string; prepare: string[] } };
  };
  const { bucketName, prepare } = local.environments.demo;
  const demo = { channel: 'mns', queueName: QUEUE, bucketName, prepare };
  return stringify({ ...local, activate: ['oss', 'mns'], environments: { demo } });
}

function trust(service: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [service] } }],
  });
}

/** What somebody may have done in the console since, and the cause that dla-smoke then tells. */
const SABOTAGES: [name: string, breakIt: (account: Account) => void, reason: RegExp][] = [
  [
    'the role is missing',
    ({ ram }) => {
      ram.detachPolicy('role', ROLE, 'System', 'AliyunMNSFullAccess');
      ram.deleteRole(ROLE);
    },
    /role AliyunOpenAnalyticsAccessingMNSRole does not exist/,
  ],
  [
    'the role trusts something else',
    ({ ram }) => ram.updateRole(ROLE, { assumeRolePolicyDocument: trust('ecs.aliyuncs.com') }),
    /trust policy of the role AliyunOpenAnalyticsAccessingMNSRole does not let openanalytics\.aliyuncs\.com/,
  ],
  [
    'the policy is detached',
    ({ ram }) => ram.detachPolicy('role', ROLE, 'System', 'AliyunMNSFullAccess'),
    /do not allow mns:SendMessage on acs:mns:cn-hangzhou:\d+:\/queues\/dla-receipts\/messages/,
  ],
  [
    'the role may send through MQ only',
    ({ ram }) => {
      ram.detachPolicy('role', ROLE, 'System', 'AliyunMNSFullAccess');
      ram.attachPolicy('role', ROLE, 'System', 'AliyunMQFullAccess');
    },
    /do not allow mns:SendMessage/,
  ],
  [
    'the queue is missing',
    ({ mns }) => mns.deleteQueue(REGION, QUEUE),
    /queue dla-receipts does not exist in cn-hangzhou/,
  ],
  [
    'the queue is in another region',
    ({ mns }) => {
      void mns.deleteQueue(REGION, QUEUE);
      mns.createQueue('cn-shanghai', { queueName: QUEUE });
    },
    /queue dla-receipts does not exist in cn-hangzhou/,
  ],
  ['OSS is not activated', ({ activation }) => activation.deactivate('oss'), /OSS is not activated/],
  ['SMQ is not activated', ({ activation }) => activation.deactivate('mns'), /\(formerly MNS\) is not activated/],
];

withEachProvider('a deployment with MNS to the local cloud', (tested) => {
  let deployment: TestDeployment;
  let first: Awaited<ReturnType<TestDeployment['run']>>;
  let deployed: string[];

  beforeAll(async () => {
    deployment = await TestDeployment.start(settings(), tested);
    deployment.cloud.account.activation.deactivate('mns');
    first = await deployment.run('deploy');
    const { lines, release } = exportSnapshot(deployment.cloud.account);
    deployed = [...lines];
    release();
  });
  afterEach(() => restore());
  afterAll(() => deployment.stop());

  async function restore(): Promise<void> {
    async function* lines() {
      yield* deployed;
    }
    await importSnapshot(deployment.cloud.account, lines());
  }

  /** What is in the account of what the stacks make. */
  const made = () => {
    const { ram, oss, mns, ons, activation } = deployment.cloud.account;
    return {
      open: activation.isActive('mns'),
      policies: ram
        .listRoles()
        .map(({ roleName }) => [
          roleName,
          ...ram.listAttachedPolicies('role', roleName).map(({ policy }) => policy.policyName),
        ]),
      buckets: oss
        .listBuckets()
        .map(({ name }) => name)
        .filter((name) => !name.startsWith('aliyun-oa-query-results')),
      queues: mns.listQueues(REGION).map(({ queueName }) => queueName),
      instances: ons.listInstances(REGION),
    };
  };

  it.skipIf(tested.provider !== 'local')('shows among its requests what Terraform changed', () => {
    const changed = deployment.cloud.requests.list().filter(({ action }) => action === 'terraform.ApplyResourceChange');
    expect(changed.map(({ resource }) => resource)).toContain('alicloud_message_service_queue');
  });

  it('opens MNS, makes its role and queue and nothing of MQ, and ends with a table of the receipt', () => {
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(first.stdout).toMatch(/PASS {2}notification-demo\/notification[^]*mq_status\s+SUCCESS/);
    expect(made()).toEqual({
      open: true,
      policies: [[ROLE, 'AliyunMNSFullAccess']],
      buckets: ['dla-receipt-demo'],
      queues: [QUEUE],
      instances: [],
    });
  });

  it('shows in the task that MNS carried the receipt', async () => {
    const { environment } = deployment.cloud.endpoints;
    const connection = await createConnection({
      host: environment.DLA_HOST,
      port: Number(environment.DLA_PORT),
      user: environment.DLA_USER,
      password: environment.DLA_PASSWORD,
    });
    const id = /task id\s+(\S+)/.exec(first.stdout)![1];
    const [[task]] = await connection.query<RowDataPacket[]>(`show query_task where id = '${id}'`);
    await connection.end();
    expect(task).toMatchObject({
      command: expect.stringMatching(
        /^\/\*\+ run_async=true, mq-notify-by=mns, mq-queue=dla-receipts, max-running-time-sec=\d+ \*\/ select/,
      ) as string,
      mq_product: null,
      mq_queue: QUEUE,
      mq_topic: null,
      mq_producer_id: null,
      mq_endpoint: null,
      mq_status: 'SUCCESS',
      mq_error_msg: null,
      mq_message_id: /mq_message_id\s+([0-9A-F]{32})/.exec(first.stdout)![1],
    });
  });

  it("lets MNS's own client peek, receive and delete the receipt", async () => {
    const { identity } = deployment.cloud.account;
    const client = new MNSClient(identity.accountId, {
      accessKeyId: identity.accessKeyId,
      accessKeySecret: identity.accessKeySecret,
      region: REGION,
      endpoint: `http://${deployment.cloud.endpoints.http}`,
    });
    const messageId = /mq_message_id\s+([0-9A-F]{32})/.exec(first.stdout)![1];
    expect((await client.peekMessage(QUEUE)).body).toMatchObject({ MessageId: messageId });
    const { body } = await client.receiveMessage(QUEUE);
    expect(body.MessageId).toBe(messageId);
    expect(JSON.parse(body.MessageBody)).toMatchObject({ status: 'SUCCESS', row_count: 4 });
    await client.deleteMessage(QUEUE, body.ReceiptHandle);
    await expect(client.peekMessage(QUEUE)).rejects.toMatchObject({ name: 'MNSMessageNotExistError' });
  });

  it('changes nothing when it runs again, and passes again', async () => {
    const before = { made: made(), resources: deployment.resources() };
    const { code, stdout, stderr } = await deployment.run('deploy');
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).not.toMatch(/[1-9]\d* (added|changed|destroyed)/);
    expect({ made: made(), resources: deployment.resources() }).toEqual(before);
    expect(deployment.cloud.account.mns.allMessages(REGION, QUEUE)).toHaveLength(2);
  });

  it.each(SABOTAGES)(
    'fails the smoke test and says that %s, and passes once it is fixed',
    async (_, breakIt, reason) => {
      breakIt(deployment.cloud.account);
      const broken = await deployment.smoke(['--no-diagnose']);
      expect(broken.code, broken.stdout + broken.stderr).toBe(1);
      expect(broken.report.channels[0].reason).toMatch(reason);
      await restore();
      const fixed = await deployment.smoke();
      expect(fixed.code, fixed.stdout + fixed.stderr).toBe(0);
    },
  );

  it('tells in the diagnosis what is wrong, and only that', async () => {
    const { ram, mns } = deployment.cloud.account;
    ram.updateRole(ROLE, { assumeRolePolicyDocument: trust('ecs.aliyuncs.com') });
    void mns.deleteQueue(REGION, QUEUE);
    const { report } = await deployment.smoke(['--diagnose']);
    expect(report.channels[0].diagnosis!.map(({ state, check }) => `${state} ${check}`)).toEqual([
      'ok the keys are valid',
      'ok OSS is activated',
      `ok role ${ROLE} exists`,
      `fault role ${ROLE} trusts openanalytics.aliyuncs.com`,
      `ok role ${ROLE} has the policy AliyunMNSFullAccess`,
      'ok SMQ (formerly MNS) is activated',
      `fault queue ${QUEUE} is in ${REGION}`,
    ]);
  });

  it('removes everything that it made but an open service, which stays open', async () => {
    const { code, stdout, stderr } = await deployment.run('destroy');
    expect(code, stdout + stderr).toBe(0);
    expect(made()).toEqual({ open: true, policies: [], buckets: [], queues: [], instances: [] });
    expect(deployment.resources()).toEqual({ account: [], 'notification-demo': [] });
  });
});
