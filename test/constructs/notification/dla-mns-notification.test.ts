import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  MnsQueue,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  RamRole,
  ReceiptChannel,
  RolePermission,
} from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, testStack } from '../../synth';

it('refuses several statements where one is run', () => {
  const sql = 'select 1; select 2';
  expect(messageOf(() => new DlaMnsNotification(testStack(), 'n', { smokeQuery: sql, smokePrepare: [sql] }))).toMatch(
    /smokeQuery: expected a query, and no second one after it, got "select 1; select 2"[^]*smokePrepare\[0\]: expected a statement, and no second one/,
  );
  expect(messageOf(() => new DlaMnsNotification(testStack(), 'n').applyTo(sql))).toContain(
    'sql: expected a statement, and no second one after it',
  );
});

describe('one line', () => {
  it('makes bucket, role and queue at addresses that never change', () => {
    const stack = testStack();
    new DlaMnsNotification(stack, 'notification');
    expect(addresses(stack)).toEqual([
      'alicloud_message_service_queue.notification_Queue_2CEBE880',
      'alicloud_oss_bucket.notification_Bucket_781EC5E4',
      'alicloud_oss_bucket_acl.notification_Bucket_Acl_3E439501',
      'alicloud_oss_bucket_public_access_block.notification_Bucket_PublicAccessBlock_2C0028FB',
      'alicloud_ram_role.AliyunOpenAnalyticsAccessingMNSRole_D022476A',
      'alicloud_ram_role_policy_attachment.AliyunOpenAnalyticsAccessingMNSRole_Attachment_7155EF26',
      'data.alicloud_ram_roles.AliyunOpenAnalyticsAccessingMNSRole_Existing_638C77A3',
    ]);
  });

  it('attaches the system policy of MNS to the role of MNS', () => {
    const stack = testStack();
    new DlaMnsNotification(stack, 'notification');
    expect(resource(stack, 'alicloud_ram_role').role_name).toBe('AliyunOpenAnalyticsAccessingMNSRole');
    expect(resource(stack, 'alicloud_ram_role_policy_attachment').policy_name).toBe('AliyunMNSFullAccess');
  });

  it('stands beside MQ channels in the same output', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'mq');
    new DlaMnsNotification(stack, 'mns', { queueProps: { queueName: 'receipts' } }).addChannel('orders');
    const channels = synth(stack).output!.receipt_channels.value as Record<string, Record<string, unknown>>;
    expect(Object.keys(channels).sort()).toEqual(['mns', 'mns/orders', 'mq']);
    expect(channels.mns).toEqual({
      kind: 'mns',
      region: 'cn-hangzhou',
      roleName: 'AliyunOpenAnalyticsAccessingMNSRole',
      queue: expect.stringMatching(/^\$\{alicloud_message_service_queue\..+\.queue_name\}$/) as string,
      bucket: expect.stringContaining('alicloud_oss_bucket') as string,
    });
  });

  it('is a channel, but not one of MQ', () => {
    const channel = new DlaMnsNotification(testStack(), 'notification');
    expect(ReceiptChannel.isReceiptChannel(channel)).toBe(true);
    expect(DlaMnsNotification.isDlaMnsNotification(channel)).toBe(true);
    expect(DlaMqNotification.isDlaMqNotification(channel)).toBe(false);
  });
});

it('uses what it is given', () => {
  const stack = testStack();
  const channel = new DlaMnsNotification(stack, 'notification', {
    queue: MnsQueue.fromQueueName(stack, 'queue', 'receipts'),
    role: OpenAnalyticsMnsRole.fromRoleName(stack, 'role'),
  });
  expect(resources(stack, 'alicloud_message_service_queue')).toEqual([]);
  expect(channel.applyTo('select 1')).toBe('/*+ run_async=true, mq-notify-by=mns, mq-queue=receipts */ select 1');
  expect(channel.hint({ maxRunningTimeSeconds: 5 }).toString()).toContain('max-running-time-sec=5');
});

it('with a publish-only role grants sending to the queue, and with any role receiving from it', () => {
  const stack = testStack();
  const role = new OpenAnalyticsMnsRole(stack, 'role', { permission: RolePermission.PUBLISH_ONLY });
  const queue = MnsQueue.fromQueueName(stack, 'queue', 'receipts');
  const channel = new DlaMnsNotification(stack, 'notification', { role, queue });
  channel.grantConsume(RamRole.fromRoleName(stack, 'receiver', 'receiver'));
  const statements = resources(stack, 'alicloud_ram_policy').map(
    (policy) => (JSON.parse(policy.policy_document as string) as { Statement: unknown[] }).Statement,
  );
  const Resource = ['acs:mns:cn-hangzhou:*:/queues/receipts/messages'];
  expect(statements).toEqual([
    [{ Effect: 'Allow', Action: ['mns:SendMessage'], Resource }],
    [
      {
        Effect: 'Allow',
        Action: ['mns:ReceiveMessage', 'mns:PeekMessage', 'mns:DeleteMessage', 'mns:ChangeMessageVisibility'],
        Resource,
      },
    ],
  ]);
});

describe('errors', () => {
  it('tells all faults at once', () => {
    const stack = testStack();
    const message = messageOf(
      () =>
        new DlaMnsNotification(stack, 'notification', {
          queueProps: { queueName: '_receipts', pollingWaitSeconds: 31 },
          role: OpenAnalyticsMqRole.fromRoleName(stack, 'role'),
        }),
    );
    expect(message.split('\n').slice(1)).toEqual([
      '  - queueProps.queueName: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got "_receipts"; did you mean "receipts"?',
      '  - queueProps.pollingWaitSeconds: expected a whole number from 0 to 30, got 31',
      '  - role: expected "AliyunOpenAnalyticsAccessingMNSRole", got "AliyunOpenAnalyticsAccessingMQRole"',
    ]);
  });

  it('refuses a queue in another region, and one that is both given and configured', () => {
    const stack = testStack();
    const queue = MnsQueue.fromQueueName(stack, 'queue', 'receipts', { region: 'cn-shanghai' });
    const message = messageOf(() => new DlaMnsNotification(stack, 'notification', { queue, queueProps: {} }));
    expect(message).toContain("queue: expected one in DLA's region, cn-hangzhou, got one in cn-shanghai");
    expect(message).toContain('queue: expected one of the two, got both queue and queueProps');
  });

  it('knows queues of one name in two accounts apart', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'other', {
      alias: 'other',
      region: 'cn-hangzhou',
      accountId: '1234567890123456',
    });
    new DlaMnsNotification(stack, 'a', { queueProps: { queueName: 'receipts' } });
    const role = new OpenAnalyticsMnsRole(stack, 'role', { provider });
    new DlaMnsNotification(stack, 'b', { queueProps: { queueName: 'receipts' }, provider, role });
    expect(resources(stack, 'alicloud_message_service_queue')).toHaveLength(2);
  });

  it('refuses at synth two channels with one queue', () => {
    const stack = testStack();
    new DlaMnsNotification(stack, 'a', { queue: MnsQueue.fromQueueName(stack, 'q1', 'receipts') });
    new DlaMnsNotification(stack, 'b', { queue: MnsQueue.fromQueueName(stack, 'q2', 'receipts') });
    expect(messageOf(() => synth(stack))).toContain('receipts/q2 already carries the receipts of receipts/a');
  });
});
