import { type App, TerraformVariable, Testing, type TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  DlaMqNotification,
  type DlaMqNotificationProps,
  GroupProtocol,
  MqEndpoint,
  MqGroup,
  MqInstance,
  MqTopic,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OssBucket,
  RamUser,
  ReceiptChannel,
  RolePermission,
} from '../../../lib/index';
import { mqEndpointsOf } from '../../../lib/cloud/mq-endpoint';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, synthApp, testStack, warningsOf } from '../../synth';

function importedInstance(stack: TerraformStack, id = 'mq', region?: string) {
  const instanceId = `MQ_INST_1_${id}`;
  const { tcp } = mqEndpointsOf('1', region ?? 'cn-hangzhou', instanceId);
  return MqInstance.fromInstanceAttributes(stack, id, { instanceId, endpoints: { tcp }, region });
}

describe('one line', () => {
  it('makes bucket, role, instance, topic and group at addresses that never change', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'notification');
    expect(addresses(stack)).toEqual([
      'alicloud_ons_group.notification_Group_DC8CB0FD',
      'alicloud_ons_instance.notification_Instance_C5789E99',
      'alicloud_ons_topic.notification_Topic_EFFD5C97',
      'alicloud_oss_bucket.notification_Bucket_781EC5E4',
      'alicloud_oss_bucket_acl.notification_Bucket_Acl_3E439501',
      'alicloud_oss_bucket_public_access_block.notification_Bucket_PublicAccessBlock_2C0028FB',
      'alicloud_ram_role.AliyunOpenAnalyticsAccessingMQRole_65F1DF0E',
      'alicloud_ram_role_policy_attachment.AliyunOpenAnalyticsAccessingMQRole_Attachment_5A555EB7',
      'data.alicloud_ons_instances.notification_Instance_Endpoints_DA26C886',
      'data.alicloud_ram_roles.AliyunOpenAnalyticsAccessingMQRole_Existing_2033841A',
    ]);
  });

  it('makes a normal topic and a TCP group, and reads the endpoints of the instance', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'notification');
    const instanceId = '${alicloud_ons_instance.notification_Instance_C5789E99.id}';
    expect(resource(stack, 'alicloud_ons_topic')).toMatchObject({ instance_id: instanceId, message_type: 0 });
    expect(resource(stack, 'alicloud_ons_group')).toMatchObject({ instance_id: instanceId, group_type: 'tcp' });
    expect(Object.values(synth(stack).data!.alicloud_ons_instances)).toEqual([
      { ids: [instanceId], enable_details: true },
    ]);
  });

  it('puts all that the smoke test needs into one output that is not sensitive', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'notification');
    const { receipt_channels: output, ...others } = synth(stack).output!;
    expect(others).toEqual({});
    expect(output.sensitive).toBeUndefined();
    expect(output.value).toEqual({
      notification: {
        kind: 'mq',
        region: 'cn-hangzhou',
        roleName: 'AliyunOpenAnalyticsAccessingMQRole',
        instanceId: '${alicloud_ons_instance.notification_Instance_C5789E99.id}',
        topic: '${alicloud_ons_topic.notification_Topic_EFFD5C97.topic_name}',
        producerId: '${alicloud_ons_group.notification_Group_DC8CB0FD.group_name}',
        endpoint: '${data.alicloud_ons_instances.notification_Instance_Endpoints_DA26C886.instances[0].tcp_endpoint}',
        bucket: '${alicloud_oss_bucket.notification_Bucket_781EC5E4.bucket}',
      },
    });
  });

  it('is a channel and knows its path', () => {
    const channel = new DlaMqNotification(testStack(), 'notification');
    expect(String(channel)).toBe('receipts/notification');
    expect(channel.channelId).toBe('notification');
    expect(ReceiptChannel.isReceiptChannel(channel)).toBe(true);
    expect(DlaMqNotification.isDlaMqNotification(channel)).toBe(true);
    expect(ReceiptChannel.isReceiptChannel({})).toBe(false);
    expect(DlaMqNotification.isDlaMqNotification(undefined)).toBe(false);
  });
});

describe('parts', () => {
  it('uses what it is given and makes nothing of its own', () => {
    const stack = testStack();
    const instance = importedInstance(stack);
    const channel = new DlaMqNotification(stack, 'notification', {
      instance,
      role: OpenAnalyticsMqRole.fromRoleName(stack, 'role'),
      bucket: OssBucket.fromBucketName(stack, 'bucket', 'tables'),
      topic: MqTopic.fromTopicAttributes(stack, 'topic', { topicName: 'dla_topic', instance }),
      group: MqGroup.fromGroupAttributes(stack, 'group', { groupId: 'GID_dla_group', instance }),
    });
    expect(addresses(stack)).toEqual([]);
    expect(channel.applyTo('select 1', { maxRunningTimeSeconds: 60 })).toBe(
      `/*+ run_async=true, mq-notify-by=ons, mq-topic=dla_topic, mq-producer-id=GID_dla_group, mq-endpoint=${channel.endpoint}, max-running-time-sec=60 */ select 1`,
    );
  });

  it('takes the instance of a given topic', () => {
    const stack = testStack();
    const topic = importedInstance(stack).addTopic('orders');
    new DlaMqNotification(stack, 'notification', { topic });
    expect(resources(stack, 'alicloud_ons_instance')).toEqual([]);
    expect(resource(stack, 'alicloud_ons_group').instance_id).toBe('MQ_INST_1_mq');
  });

  it('gives the group the protocol of the endpoint', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'notification', { endpoint: MqEndpoint.HTTP_INTERNET_SECURE });
    expect(warningsOf(channel)).toEqual([
      'endpoint: DLA is not known to send through "httpInternetSecure"; the example of the product page is "tcp"',
    ]);
    expect(warningsOf(new DlaMqNotification(testStack(), 'notification'))).toEqual([]);
    expect(resource(stack, 'alicloud_ons_group').group_type).toBe('http');
    expect(JSON.stringify(synth(stack).output)).toContain('instances[0].http_internet_secure_endpoint}');
  });

  it('hands options to the parts that it makes', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'notification', {
      instanceProps: { instanceName: 'dla', remark: 'r' },
      topicProps: { topicName: 'dla_topic' },
      groupProps: { groupId: 'GID_dla_group', protocol: GroupProtocol.TCP },
      bucketProps: { bucketName: 'tables', forceDestroy: true },
      roleProps: { description: 'for DLA' },
    });
    expect(resource(stack, 'alicloud_ons_instance')).toMatchObject({ instance_name: 'dla', remark: 'r' });
    expect(resource(stack, 'alicloud_ons_topic').topic_name).toBe('dla_topic');
    expect(resource(stack, 'alicloud_ons_group').group_name).toBe('GID_dla_group');
    expect(resource(stack, 'alicloud_oss_bucket')).toMatchObject({ bucket: 'tables', force_destroy: true });
    expect(resource(stack, 'alicloud_ram_role').description).toBe('for DLA');
  });

  it('uses a given provider for everything that it makes', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    const channel = new DlaMqNotification(stack, 'notification', { provider });
    channel.addChannel('orders');
    expect(channel.region).toBe('cn-shanghai');
    const { resource: managed, data } = synth(stack);
    for (const one of [managed!, data!].flatMap(Object.values).flatMap(Object.values)) {
      expect(one).toMatchObject({ provider: 'alicloud.shanghai' });
    }
  });
});

describe('channels of one notification', () => {
  it('share everything but topic and group, and stand in the same output', () => {
    const stack = testStack();
    const orders = new DlaMqNotification(stack, 'notification').addChannel('orders');
    expect(orders.channelId).toBe('notification/orders');
    expect(resources(stack, 'alicloud_ons_instance')).toHaveLength(1);
    expect(resources(stack, 'alicloud_ram_role')).toHaveLength(1);
    expect(resources(stack, 'alicloud_oss_bucket')).toHaveLength(1);
    expect(resources(stack, 'alicloud_ons_topic')).toHaveLength(2);
    expect(Object.keys(synth(stack).output!.receipt_channels.value as object)).toEqual([
      'notification',
      'notification/orders',
    ]);
  });

  it('keep their addresses and names when another one goes', () => {
    const build = (...ids: string[]) => {
      const stack = testStack();
      const notification = new DlaMqNotification(stack, 'notification');
      ids.forEach((id) => notification.addChannel(id));
      return synth(stack).resource!.alicloud_ons_topic;
    };
    expect(build('a', 'b', 'c')).toMatchObject(build('a', 'c'));
  });
});

describe('the role of the account', () => {
  function stacks(...regions: string[]): TerraformStack[] {
    const app: App = Testing.app();
    return regions.map((_, index) => testStack(`stack${index}`, app));
  }

  it('is made by the first channel of a stack and used by the others', () => {
    const stack = testStack();
    const first = new DlaMqNotification(stack, 'a');
    const second = new DlaMqNotification(stack, 'b');
    expect(second.role).toBe(first.role);
    expect(String(first.role)).toBe('receipts/AliyunOpenAnalyticsAccessingMQRole');
  });

  it('is referred to by name in other stacks, which come later and name its owner', () => {
    const files = synthApp((app) => {
      const [home, other] = [testStack('home', app), testStack('other', app)];
      const { role } = new DlaMqNotification(home, 'a');
      new DlaMqNotification(other, 'b', { role });
      new DlaMqNotification(other, 'c', { role });
      expect(other.dependencies).toEqual([home]);
      expect(resources(other, 'alicloud_ram_role')).toEqual([]);
    });
    expect(files.other).not.toContain('${alicloud_ram_role');
    expect(files.other).not.toContain('terraform_remote_state');
  });

  it('is an error at synth where a second stack needs it and none is named as its owner', () => {
    const app = Testing.app();
    const stacks = ['alpha', 'beta', 'gamma'].map((id) => testStack(id, app));
    stacks.forEach((stack) => new DlaMqNotification(stack, 'n'));
    expect(messageOf(() => app.synth())).toContain(
      '[beta/n] role AliyunOpenAnalyticsAccessingMQRole is needed in stack beta and in stack alpha, and an account has ' +
        'only one: name the stack that owns it. Where alpha has made it, or none has yet, write role: channel.role ' +
        "here, with channel = alpha/n; where beta has made it, write so in alpha; or make it in a stack of its own, new OpenAnalyticsMqRole(stack, 'role'), and give it to all",
    );
    expect(messageOf(() => synth(stacks[2]))).toContain('[gamma/n] role');
  });

  it('may be made by a stack of its own, even if that is given to a channel of another stack', () => {
    const files = synthApp((app) => {
      const [account, other] = [testStack('account', app), testStack('other', app)];
      const role = new OpenAnalyticsMqRole(account, 'role');
      new DlaMqNotification(other, 'a', { role });
      new DlaMqNotification(other, 'b');
      expect(other.dependencies).toEqual([account]);
      expect(resources(other, 'alicloud_ram_role')).toEqual([]);
    });
    expect(files.other).not.toContain('${alicloud_ram_role');
    expect(files.other).not.toContain('terraform_remote_state');
  });

  it('is another one for a provider of another account', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'a');
    const other = testStack('other', stack.node.root as App);
    (other.node.findChild('alicloud') as AlicloudProvider).accountId = '2222';
    new DlaMqNotification(other, 'b');
    expect(resources(other, 'alicloud_ram_role')).toHaveLength(1);
    expect(other.dependencies).toEqual([]);
  });

  it('may publish only to a topic of an earlier stack, from the stack that makes the role', () => {
    const [shared, channels] = stacks('cn-hangzhou', 'cn-hangzhou');
    const topic = new MqInstance(shared, 'mq').addTopic('orders');
    const { role } = new DlaMqNotification(channels, 'a', {
      topic,
      roleProps: { permission: RolePermission.PUBLISH_ONLY },
    });
    expect(role.node.scope).toBe(channels);
    expect(resources(shared, 'alicloud_ram_policy')).toEqual([]);
    expect(resource(channels, 'alicloud_ram_policy').policy_document).toContain('mq:PUB');
    expect(channels.dependencies).toEqual([shared]);
  });

  it('may read the bucket of an earlier stack', () => {
    const files = synthApp((app) => {
      const [shared, channels] = [testStack('shared', app), testStack('channels', app)];
      const bucket = new OssBucket(shared, 'data');
      bucket.grantRead(new DlaMqNotification(channels, 'a', { bucket }).role);
    });
    expect(files.shared).not.toMatch(/remote_state|alicloud_ram_policy/);
    expect(JSON.parse(files.channels)).toMatchObject({ resource: { alicloud_ram_policy: {} } });
  });

  it('comes before the stack of a topic that it may publish to', () => {
    const app = Testing.app();
    const [home, shared, other] = ['home', 'shared', 'other'].map((id) => testStack(id, app));
    new DlaMqNotification(home, 'a', { roleProps: { permission: RolePermission.PUBLISH_ONLY } });
    new DlaMqNotification(other, 'b', { topic: new MqInstance(shared, 'mq').addTopic('orders') });
    expect(resource(shared, 'alicloud_ram_policy').policy_document).toContain('mq:PUB');
    expect(shared.dependencies).toEqual([home]);
    expect(new Set(other.dependencies)).toEqual(new Set([home, shared]));
  });

  it('is the same one for two regions of an account', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    const hangzhou = new DlaMqNotification(stack, 'a');
    expect(new DlaMqNotification(stack, 'b', { provider }).role).toBe(hangzhou.role);
  });

  it('with publish-only permission gets just what the channels of each stack need', () => {
    const [home, other] = stacks('cn-hangzhou', 'cn-hangzhou');
    new OpenAnalyticsMqRole(home, 'role', { permission: RolePermission.PUBLISH_ONLY });
    const instance = importedInstance(other);
    const topic = MqTopic.fromTopicAttributes(other, 'topic', { topicName: 'dla_topic', instance });
    const channel = new DlaMqNotification(other, 'a', { topic });
    expect(resources(home, 'alicloud_ram_role_policy_attachment')).toEqual([]);
    expect(JSON.parse(resource(other, 'alicloud_ram_policy').policy_document as string)).toEqual({
      Version: '1',
      Statement: [
        { Effect: 'Allow', Action: ['mq:QueryInstanceBaseInfo'], Resource: ['acs:mq:*:*:MQ_INST_1_mq'] },
        { Effect: 'Allow', Action: ['mq:PUB'], Resource: ['acs:mq:*:*:MQ_INST_1_mq%dla_topic'] },
      ],
    });
    expect(resource(other, 'alicloud_ram_role_policy_attachment')).toMatchObject({
      role_name: 'AliyunOpenAnalyticsAccessingMQRole',
      policy_type: 'Custom',
    });
    expect(channel.parts).toBe(channel.resources);
    expect(channel.role.parts).toBe(channel.role.resources);
    expect(channel.resources.map((part) => part.terraformResourceType)).toContain(
      'alicloud_ram_role_policy_attachment',
    );
  });
});

describe('grantConsume', () => {
  it('gives a receiver one policy for topic, group and instance', () => {
    const stack = testStack();
    const channel = new DlaMqNotification(stack, 'a', { instance: importedInstance(stack) });
    const { resources: made } = channel.grantConsume(RamUser.fromUserName(stack, 'receiver', 'receiver'));
    expect(made.map((one) => one.terraformResourceType)).toEqual([
      'alicloud_ram_policy',
      'alicloud_ram_user_policy_attachment',
    ]);
    const { Statement } = JSON.parse(resource(stack, 'alicloud_ram_policy').policy_document as string) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    expect(Statement.map((statement) => statement.Action)).toEqual([['mq:QueryInstanceBaseInfo'], ['mq:SUB']]);
    expect(Statement[1].Resource).toEqual([
      'acs:mq:*:*:MQ_INST_1_mq%dla_receipt_receipts_a_Topic_cca4ca18',
      'acs:mq:*:*:MQ_INST_1_mq%GID_receipts_a_Group_6d23f708',
    ]);
  });
});

describe('errors', () => {
  function refusal(props: (stack: TerraformStack) => DlaMqNotificationProps, stack = testStack()): string {
    return messageOf(() => new DlaMqNotification(stack, 'notification', props(stack)));
  }

  it('tells all faults of all parts at once, with a suggestion where one is plain', () => {
    const message = refusal(() => ({
      endpoint: 'TCP' as MqEndpoint,
      instanceProps: { instanceName: 'mq' },
      topicProps: { topicName: 'dla topic', messageType: 3 as never },
      groupProps: { groupId: 'dla_group' },
      bucketProps: { bucketName: 'My_Tables' },
      smokeQuery: ' ',
      smokePrepare: ['select 1', ''],
    }));
    expect(message).toBe(`receipts/notification is not valid:
  - bucketProps.bucketName: expected 3 to 63 lower-case letters, digits and hyphens, a letter or digit first and last, got "My_Tables"; did you mean "my-tables"?
  - smokeQuery: expected a query, got " "
  - smokePrepare[1]: expected a statement, got ""
  - instanceProps.instanceName: expected text of 3 to 64 characters, got "mq"
  - topicProps.topicName: expected 3 to 64 letters, digits, "-" and "_", not beginning with "GID" or "CID", which are reserved, got "dla topic"; did you mean "dla_topic"?
  - topicProps.messageType: expected one of 0, 1, 2, 4, 5, got 3
  - groupProps.groupId: expected 7 to 64 letters, digits, "-" and "_", beginning with "GID_" or "GID-", got "dla_group"; did you mean "GID_dla_group"?
  - endpoint: expected one of "tcp", "httpInternal", "httpInternet", "httpInternetSecure", got "TCP"; did you mean "tcp"?`);
  });

  it('refuses a part that is both given and configured', () => {
    const message = refusal((stack) => {
      const instance = importedInstance(stack);
      return {
        instance,
        instanceProps: {},
        role: OpenAnalyticsMqRole.fromRoleName(stack, 'role'),
        roleProps: {},
        bucket: OssBucket.fromBucketName(stack, 'bucket', 'tables'),
        bucketProps: {},
        topic: instance.addTopic('t'),
        topicProps: {},
        group: instance.addGroup('g'),
        groupProps: {},
      };
    });
    expect(message.split('\n').slice(1)).toEqual([
      '  - bucket: expected one of the two, got both bucket and bucketProps',
      '  - instance: expected one of the two, got both instance and instanceProps',
      '  - role: expected one of the two, got both role and roleProps',
      '  - topic: expected one of the two, got both topic and topicProps',
      '  - group: expected one of the two, got both group and groupProps',
    ]);
  });

  it('refuses options of an instance beside a topic or group, which has one', () => {
    const message = refusal((stack) => {
      const instance = importedInstance(stack);
      return { instanceProps: {}, topic: instance.addTopic('t'), group: instance.addGroup('g') };
    });
    expect(message.split('\n').slice(1)).toEqual([
      '  - topic: expected one of the two, got both topic and instanceProps',
      '  - group: expected one of the two, got both group and instanceProps',
    ]);
  });

  it('refuses a channel without a region', () => {
    const stack = testStack();
    (stack.node.findChild('alicloud') as AlicloudProvider).resetRegion();
    expect(refusal(() => ({}), stack)).toContain(
      'region: expected a region such as "cn-hangzhou", given here or in an alicloud provider made before the channel, got none',
    );
    expect(refusal(() => ({ region: 'Hangzhou' }), testStack())).toContain(
      'region: expected a region such as "cn-hangzhou", got "Hangzhou"',
    );
  });

  it('takes references of Terraform for regions, and refuses them where a value decides what is made', () => {
    const stack = testStack();
    const region = new TerraformVariable(stack, 'region', {});
    const provider = new AlicloudProvider(stack, 'other', { alias: 'other', region: region.stringValue });
    new DlaMqNotification(stack, 'a', { provider, region: region.stringValue });
    new DlaMqNotification(stack, 'b', { provider, region: 'cn-hangzhou', instance: importedInstance(stack) });
    const reference = region.stringValue as never;
    expect(
      refusal(() => ({ endpoint: reference, roleProps: { permission: reference } }))
        .split('\n')
        .slice(1),
    ).toEqual([
      '  - roleProps.permission: expected a value that is known at synth, got a reference of Terraform',
      '  - endpoint: expected a value that is known at synth, got a reference of Terraform',
    ]);
    const channel = new DlaMqNotification(stack, 'c', { instance: importedInstance(stack, 'mq2') });
    expect(() => channel.hint({ maxRunningTimeSeconds: region.numberValue })).toThrow(
      'maxRunningTimeSeconds: expected a value that is known at synth, got a reference of Terraform',
    );
    expect(messageOf(() => channel.hint({ maxRunningTimeSeconds: 0 }))).toBe(
      'receipts/c is not valid:\n  - maxRunningTimeSeconds: expected a whole number from 1 to 21600, got 0',
    );
  });

  it('knows an instance that is imported twice through one variable', () => {
    const stack = testStack();
    const id = new TerraformVariable(stack, 'instance', {});
    const [a, b] = ['a', 'b'].map((name) => MqInstance.fromInstanceId(stack, name, id.stringValue));
    const topic = MqTopic.fromTopicAttributes(stack, 'topic', { topicName: 'orders', instance: b });
    expect(new DlaMqNotification(stack, 'notification', { instance: a, topic }).topic).toBe(topic);
  });

  it("refuses an instance in another region than DLA's", () => {
    expect(refusal((stack) => ({ instance: importedInstance(stack, 'mq', 'cn-shanghai') }))).toContain(
      "instance: expected one in DLA's region, cn-hangzhou, got one in cn-shanghai",
    );
  });

  it("refuses a bucket in another region than DLA's, where that is known", () => {
    const inShanghai = (stack: TerraformStack) => {
      const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
      return {
        made: new OssBucket(stack, 'made', { provider }),
        named: OssBucket.fromBucketName(stack, 'named', 'tables', { provider }),
      };
    };
    expect(refusal((stack) => ({ bucket: inShanghai(stack).made }))).toContain(
      "bucket: expected one in DLA's region, cn-hangzhou, got one in cn-shanghai",
    );
    const stack = testStack();
    const bucket = inShanghai(stack).named;
    expect(new DlaMqNotification(stack, 'notification', { bucket }).bucket).toBe(bucket);
  });

  it('refuses a topic or group of another instance', () => {
    const message = refusal((stack) => ({
      instance: importedInstance(stack, 'a'),
      topic: importedInstance(stack, 'b').addTopic('t'),
      group: importedInstance(stack, 'c').addGroup('g'),
    }));
    expect(message).toContain('topic: expected one on receipts/a, got one on receipts/b');
    expect(message).toContain('group: expected one on receipts/a, got one on receipts/c');
  });

  it('refuses a group whose protocol is not that of the endpoint', () => {
    expect(refusal(() => ({ groupProps: { protocol: GroupProtocol.HTTP } }))).toContain(
      'groupProps.protocol: expected "tcp", which the endpoint "tcp" speaks, got "http"',
    );
    expect(
      refusal((stack) => {
        const instance = importedInstance(stack);
        return { instance, group: instance.addGroup('g', { protocol: GroupProtocol.HTTP }) };
      }),
    ).toContain('group: expected "tcp", which the endpoint "tcp" speaks, got "http"');
  });

  it('refuses an instance whose endpoint is not known', () => {
    expect(refusal((stack) => ({ instance: importedInstance(stack), endpoint: MqEndpoint.HTTP_INTERNAL }))).toContain(
      'endpoint: expected an endpoint that is known of receipts/mq, got "httpInternal"',
    );
  });

  it('refuses the role of the other message service', () => {
    expect(refusal((stack) => ({ role: OpenAnalyticsMnsRole.fromRoleName(stack, 'role') }))).toContain(
      'role: expected "AliyunOpenAnalyticsAccessingMQRole", got "AliyunOpenAnalyticsAccessingMNSRole"',
    );
  });

  it('refuses other options than those that the role of the app is made with', () => {
    const stack = testStack();
    new OpenAnalyticsMqRole(stack, 'role', { tags: { team: 'data' } });
    const roleProps = {
      permission: RolePermission.PUBLISH_ONLY,
      adopt: false,
      description: 'mine',
      tags: { team: 'data' },
    };
    const because = 'because receipts/role makes the role already: give it there';
    expect(refusal(() => ({ roleProps }), stack)).toBe(
      'receipts/notification is not valid:\n' +
        `  - roleProps.permission: expected "full", ${because}, got "publishOnly"\n` +
        `  - roleProps.description: expected none, ${because}, got "mine"`,
    );
  });

  it('takes the same options of the role for each environment', () => {
    const app = Testing.app();
    const make = (id: string, tags: (team: string) => Record<string, string>) => {
      const stack = testStack(id, app);
      const roleProps = {
        permission: RolePermission.PUBLISH_ONLY,
        adopt: undefined,
        tags: tags(new TerraformVariable(stack, 'team', {}).stringValue),
      };
      return new DlaMqNotification(stack, 'notification', { roleProps });
    };
    const first = make('staging', (team) => ({ team, for: 'DLA' }));
    expect(make('production', (team) => ({ for: 'DLA', team })).role).toBe(first.role);
  });

  it('makes the role beside a reference to it, and warns of nothing', () => {
    const stack = testStack();
    OpenAnalyticsMqRole.fromRoleName(stack, OpenAnalyticsMqRole.ROLE_NAME);
    expect(warningsOf(new DlaMqNotification(stack, 'notification'))).toEqual([]);
    expect(resources(stack, 'alicloud_ram_role')).toHaveLength(1);
  });

  it('refuses at synth roles of two accounts in one stack, whose addresses depend on each other', () => {
    const stack = testStack();
    const other = new AlicloudProvider(stack, 'other', { alias: 'other', region: 'cn-hangzhou', accountId: '2' });
    [undefined, other].forEach((provider, index) => new DlaMqNotification(stack, `n${index}`, { provider }));
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/n1] stack receipts makes AliyunOpenAnalyticsAccessingMQRole in two accounts, at addresses that depend ' +
        "on which comes first: write role: new OpenAnalyticsMqRole(stack, 'AliyunOpenAnalyticsAccessingMQRole', { provider })",
    );
  });

  it('refuses at synth two owners of the role, and names both', () => {
    const stack = testStack();
    new DlaMqNotification(stack, 'a');
    new OpenAnalyticsMqRole(stack, 'role');
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/role] role AliyunOpenAnalyticsAccessingMQRole is already made by receipts/AliyunOpenAnalyticsAccessingMQRole, and an account has only one',
    );
  });

  it('refuses at synth two channels with one topic', () => {
    const stack = testStack();
    const topic = importedInstance(stack).addTopic('orders');
    new DlaMqNotification(stack, 'a', { topic });
    new DlaMqNotification(stack, 'b', { topic });
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/b] receipts/mq/orders already carries the receipts of receipts/a: give each channel its own',
    );
  });

  it('knows a topic that one channel makes where another one imports it', () => {
    const stack = testStack();
    const instance = importedInstance(stack);
    new DlaMqNotification(stack, 'a', { instance, topicProps: { topicName: 'orders' } });
    new DlaMqNotification(stack, 'b', {
      topic: MqTopic.fromTopicAttributes(stack, 'orders', { topicName: 'orders', instance }),
    });
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/b] receipts/orders already carries the receipts of receipts/a: give each channel its own',
    );
  });

  it('refuses at synth two topics or groups of one name on one instance', () => {
    const stack = testStack();
    const [a, b] = [importedInstance(stack), MqInstance.fromInstanceId(stack, 'again', 'MQ_INST_1_mq')];
    a.addTopic('t', { topicName: 'dla' });
    b.addTopic('t', { topicName: 'dla' });
    a.addGroup('g', { groupId: 'GID_dla' });
    b.addGroup('g', { groupId: 'GID_dla' });
    const message = messageOf(() => synth(stack));
    expect(message).toContain('topic "dla" of MQ_INST_1_mq is already made by receipts/mq/t');
    expect(message).toContain('group "GID_dla" of MQ_INST_1_mq is already made by receipts/mq/g');
  });
});

it('refuses a region that is not the one of the provider that makes its parts', () => {
  const message = messageOf(() => new DlaMqNotification(testStack(), 'n', { region: 'cn-shanghai' }));
  expect(message).toContain("provider: expected one in DLA's region, cn-shanghai, got one in cn-hangzhou");
  expect(messageOf(() => new DlaMqNotification(testStack(), 'channel', { region: 'cn-hangzou' }))).toContain(
    `provider: expected one in DLA's region, cn-hangzou (not a known region; did you mean "cn-hangzhou"?), got one in cn-hangzhou`,
  );
});
