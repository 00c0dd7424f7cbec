import { TerraformVariable } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { GroupProtocol, MessageType, MqGroup, MqInstance, MqTopic, RamUser } from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, testStack } from '../../synth';

const tcp = 'http://MQ_INST_1_a.cn-hangzhou.mq-internal.aliyuncs.com:8080';

function imported(stack = testStack()) {
  return MqInstance.fromInstanceAttributes(stack, 'mq', { instanceId: 'MQ_INST_1_a', endpoints: { tcp } });
}

describe('MqInstance', () => {
  it('is made with a name of its path and reads its endpoints, at addresses that never change', () => {
    const stack = testStack();
    const instance = new MqInstance(stack, 'mq');
    expect(addresses(stack)).toEqual([
      'alicloud_ons_instance.mq_20E8A83A',
      'data.alicloud_ons_instances.mq_Endpoints_D0ADFB2B',
    ]);
    expect(resource(stack, 'alicloud_ons_instance').instance_name).toMatch(/^dla-receipt-receipts-mq-[0-9a-f]{8}$/);
    expect(String(instance)).toBe('receipts/mq');
    expect(instance.region).toBe('cn-hangzhou');
    expect(MqInstance.isMqInstance(instance)).toBe(true);
    expect(MqInstance.isMqInstance({})).toBe(false);
  });

  it('of one name is made once in an account and region', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    new MqInstance(stack, 'a', { instanceName: 'receipts' });
    new MqInstance(stack, 'elsewhere', { instanceName: 'receipts', provider });
    synth(stack);
    new MqInstance(stack, 'b', { instanceName: 'receipts' });
    expect(messageOf(() => synth(stack))).toContain(
      '[receipts/b] instance "receipts" is already made by receipts/a: give one of them another instanceName; the ' +
        'providers of two accounts are told apart by account_id or credentials',
    );
  });

  it.each(['addTopic', 'addGroup'] as const)('refuses an id that is taken in %s, and suggests another', (method) => {
    const instance = imported();
    instance.addTopic('orders');
    expect(messageOf(() => instance[method]('orders'))).toBe(
      'receipts/mq is not valid:\n  - id: expected an id that nothing below receipts/mq has, got "orders"; did you mean ' +
        `"orders-${method === 'addTopic' ? 'topic' : 'group'}"?`,
    );
  });

  it('by id is looked up', () => {
    const stack = testStack();
    const instance = MqInstance.fromInstanceId(stack, 'mq', 'MQ_INST_1_a');
    expect(addresses(stack)).toEqual(['data.alicloud_ons_instances.mq_Endpoints_D0ADFB2B']);
    expect(synth(stack).data!.alicloud_ons_instances.mq_Endpoints_D0ADFB2B).toEqual({
      ids: ['MQ_INST_1_a'],
      enable_details: true,
    });
    expect(Object.keys(instance.endpoints)).toEqual(['tcp', 'httpInternal', 'httpInternet', 'httpInternetSecure']);
    expect(MqInstance.isMqInstance(instance)).toBe(true);
  });

  it('by attributes is not looked up', () => {
    const stack = testStack();
    expect(imported(stack)).toMatchObject({ instanceId: 'MQ_INST_1_a', endpoints: { tcp }, region: 'cn-hangzhou' });
    expect(addresses(stack)).toEqual([]);
  });

  it('takes references of Terraform for all that is checked', () => {
    const stack = testStack();
    const id = new TerraformVariable(stack, 'instance', {}).stringValue;
    MqInstance.fromInstanceId(stack, 'mq', id).addTopic('t', { topicName: id });
    expect(resource(stack, 'alicloud_ons_topic')).toMatchObject({
      instance_id: '${var.instance}',
      topic_name: '${var.instance}',
    });
  });

  it('keys its topics and groups by id, so that dropping one renames no other', () => {
    const build = (...ids: string[]) => {
      const stack = testStack();
      const instance = imported(stack);
      ids.forEach((id) => instance.addTopic(`topic-${id}`));
      ids.forEach((id) => instance.addGroup(`group-${id}`));
      return synth(stack).resource!;
    };
    expect(build('a', 'b', 'c')).toMatchObject(build('a', 'c'));
  });

  it.each(['', 'mq-1', 'MQ_INST_1 a'])('refuses the id %j', (instanceId) => {
    const message = `instanceId: expected the id of an MQ instance, MQ_INST_…, got ${JSON.stringify(instanceId)}`;
    expect(() => MqInstance.fromInstanceId(testStack(), 'mq', instanceId)).toThrow(message);
    expect(() => MqInstance.fromInstanceAttributes(testStack(), 'mq', { instanceId, endpoints: {} })).toThrow(message);
  });

  it('tells all faults at once', () => {
    expect(
      messageOf(() =>
        MqInstance.fromInstanceAttributes(testStack(), 'mq', {
          instanceId: 'a',
          region: 'cn',
          endpoints: { tcp: 'host:8080', httpInternet: '' },
        }),
      ),
    ).toBe(`receipts/mq is not valid:
  - instanceId: expected the id of an MQ instance, MQ_INST_…, got "a"
  - region: expected a region such as "cn-hangzhou", got "cn"
  - endpoints.tcp: expected an endpoint of MQ, http:// or https:// with a host and, where it has one, a port, got "host:8080"
  - endpoints.httpInternet: expected an endpoint of MQ, http:// or https:// with a host and, where it has one, a port, got ""`);
    expect(messageOf(() => new MqInstance(testStack(), 'mq', { instanceName: 'ab', remark: 'x'.repeat(129) })))
      .toBe(`receipts/mq is not valid:
  - instanceName: expected text of 3 to 64 characters, got "ab"
  - remark: expected text of 0 to 128 characters, got "${'x'.repeat(129)}"`);
  });
});

it('a topic or group is made with the provider of its instance, unless it is given one', () => {
  const stack = testStack();
  const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
  const instance = MqInstance.fromInstanceId(stack, 'mq', 'MQ_INST_1_a', { provider });
  new MqTopic(stack, 't', { instance });
  new MqGroup(stack, 'g', { instance });
  expect(resource(stack, 'alicloud_ons_topic').provider).toBe('alicloud.shanghai');
  expect(resource(stack, 'alicloud_ons_group').provider).toBe('alicloud.shanghai');
});

it('a topic or group in another region than its instance is refused', () => {
  const stack = testStack();
  const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
  const instance = imported(stack);
  const message = "instance: expected one in the provider's region, cn-shanghai, got one in cn-hangzhou";
  expect(() => new MqTopic(stack, 't', { instance, provider })).toThrow(message);
  expect(() => new MqGroup(stack, 'g', { instance, provider })).toThrow(message);
});

describe('MqTopic', () => {
  it.each([
    [MessageType.NORMAL, 0],
    [MessageType.PARTITION_ORDERED, 1],
    [MessageType.GLOBAL_ORDERED, 2],
    [MessageType.TRANSACTION, 4],
    [MessageType.DELAY, 5],
  ])('of type %s has the number %d of the provider', (messageType, number) => {
    const stack = testStack();
    imported(stack).addTopic('t', { messageType, topicName: 'dla', remark: 'r', tags: { a: 'b' } });
    expect(resource(stack, 'alicloud_ons_topic')).toEqual({
      instance_id: 'MQ_INST_1_a',
      topic_name: 'dla',
      message_type: number,
      remark: 'r',
      tags: { a: 'b' },
    });
  });

  it('knows itself, made here or elsewhere', () => {
    const instance = imported();
    const made = new MqTopic(instance.node.root.node.findChild('receipts'), 't', { instance });
    const topic = MqTopic.fromTopicAttributes(made, 'other', { topicName: 'dla', instance });
    expect(MqTopic.isMqTopic(made)).toBe(true);
    expect(MqTopic.isMqTopic(topic)).toBe(true);
    expect(MqTopic.isMqTopic(instance)).toBe(false);
    expect(topic.topicName).toBe('dla');
  });

  it('grants sending and receiving', () => {
    const stack = testStack();
    const topic = MqTopic.fromTopicAttributes(stack, 't', { topicName: 'dla', instance: imported(stack) });
    topic.grantPublish(RamUser.fromUserName(stack, 'sender', 'sender'));
    topic.grantSubscribe(RamUser.fromUserName(stack, 'receiver', 'receiver'));
    const documents = resources(stack, 'alicloud_ram_policy').map((policy) => policy.policy_document as string);
    expect(documents.map((one) => /mq:(PUB|SUB)"\],"Resource":\["([^"]+)/.exec(one)?.slice(1)).sort()).toEqual([
      ['PUB', 'acs:mq:*:*:MQ_INST_1_a%dla'],
      ['SUB', 'acs:mq:*:*:MQ_INST_1_a%dla'],
    ]);
  });

  it.each(['', 'ab', 'a'.repeat(65), 'a.b'])('refuses the name %j', (topicName) => {
    const instance = imported();
    const message = `topicName: expected 3 to 64 letters, digits, "-" and "_", not beginning with "GID" or "CID", which are reserved, got ${JSON.stringify(topicName)}`;
    expect(() => instance.addTopic('t', { topicName })).toThrow(message);
    expect(() => MqTopic.fromTopicAttributes(instance as never, 'i', { topicName, instance })).toThrow(message);
  });
});

describe('MqGroup', () => {
  it('speaks TCP unless told otherwise', () => {
    const stack = testStack();
    const instance = imported(stack);
    instance.addGroup('tcp', { groupId: 'GID_dla_tcp' });
    instance.addGroup('http', { groupId: 'GID-dla-http', protocol: GroupProtocol.HTTP, remark: 'r' });
    expect(resources(stack, 'alicloud_ons_group')).toEqual(
      expect.arrayContaining([
        { instance_id: 'MQ_INST_1_a', group_name: 'GID_dla_tcp', group_type: 'tcp' },
        { instance_id: 'MQ_INST_1_a', group_name: 'GID-dla-http', group_type: 'http', remark: 'r' },
      ]),
    );
  });

  it('knows itself, made here or elsewhere', () => {
    const stack = testStack();
    const instance = imported(stack);
    const group = MqGroup.fromGroupAttributes(stack, 'g', { groupId: 'GID_dla', instance });
    expect(MqGroup.isMqGroup(group)).toBe(true);
    expect(MqGroup.isMqGroup(instance.addGroup('h'))).toBe(true);
    expect(MqGroup.isMqGroup(instance)).toBe(false);
    expect(group).toMatchObject({ groupId: 'GID_dla', protocol: undefined });
  });

  it.each([
    ['dla_group', 'GID_dla_group'],
    ['gid_dla', 'GID_dla'],
    ['Gid-dla group', 'GID_dla_group'],
  ])('refuses the id %j and suggests %j', (groupId, suggestion) => {
    expect(() => imported().addGroup('g', { groupId })).toThrow(
      `groupId: expected 7 to 64 letters, digits, "-" and "_", beginning with "GID_" or "GID-", got "${groupId}"; did you mean "${suggestion}"?`,
    );
  });

  it.each(['', 'GID_', 'GID_ab', `GID_${'a'.repeat(61)}`])('refuses the id %j', (groupId) => {
    const instance = imported();
    const message = `groupId: expected 7 to 64 letters, digits, "-" and "_", beginning with "GID_" or "GID-", got ${JSON.stringify(groupId)}`;
    expect(() => instance.addGroup('g', { groupId })).toThrow(message);
    expect(() => MqGroup.fromGroupAttributes(instance as never, 'i', { groupId, instance })).toThrow(message);
  });

  it('refuses a protocol that there is not', () => {
    expect(() => imported().addGroup('g', { protocol: 'TCP' as GroupProtocol })).toThrow(
      'protocol: expected one of "http", "tcp", got "TCP"; did you mean "tcp"?',
    );
  });
});
