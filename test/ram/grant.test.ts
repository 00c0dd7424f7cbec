import { Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { MqInstance, OpenAnalyticsMqRole, OssBucket, RamRole, RamUser } from '../../lib';
import { AlicloudProvider } from '../../lib/provider-alicloud/gen/provider';
import { addresses, resource, resources, synth, testStack } from '../synth';

describe('the policy of a grantee', () => {
  it('keeps its addresses', () => {
    const stack = testStack();
    OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
    expect(addresses(stack)).toEqual([
      'alicloud_ram_policy.Grants-user-4a8633ab_C26077FE',
      'alicloud_ram_user_policy_attachment.Grants-user-4a8633ab_Attachment_2BD662E9',
    ]);
  });

  it('has a name that RAM allows and that differs from stack to stack', () => {
    const app = Testing.app();
    const names = ['a', 'b'].map((id) => {
      const stack = testStack(id, app);
      OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
      return resource(stack, 'alicloud_ram_policy').policy_name as string;
    });
    expect(new Set(names).size).toBe(2);
    names.forEach((name) => expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/));
  });

  it('never names all resources or all actions', () => {
    const stack = testStack();
    const user = RamUser.fromUserName(stack, 'user', 'reader');
    const instance = MqInstance.fromInstanceAttributes(stack, 'mq', { instanceId: 'MQ_INST_1_a', endpoints: {} });
    const topic = instance.addTopic('t');
    topic.grantPublish(user);
    topic.grantSubscribe(user);
    instance.addGroup('g').grantConsume(user);
    new OssBucket(stack, 'data').grantReadWrite(user);
    const { Statement } = JSON.parse(resource(stack, 'alicloud_ram_policy').policy_document as string) as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    for (const { Action, Resource } of Statement) {
      Action.forEach((action) => expect(action).not.toContain('*'));
      Resource.forEach((one) => expect(one).toMatch(/^acs:(mq|oss):\*:\*:[^*]+(\/\*)?$/));
    }
  });

  it('of a role that this stack makes waits for the role', () => {
    const stack = testStack();
    const role = new OpenAnalyticsMqRole(stack, 'role');
    OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(role);
    const attachment = resources(stack, 'alicloud_ram_role_policy_attachment').find(
      ({ policy_type: type }) => type === 'Custom',
    );
    expect(attachment!.depends_on).toEqual(['alicloud_ram_role.role_C7B7E775']);
  });

  it('of a role that another stack makes stands in the stack of what is granted, which comes later', () => {
    const app = Testing.app();
    const [home, other] = [testStack('home', app), testStack('other', app)];
    const role = new OpenAnalyticsMqRole(home, 'role');
    OssBucket.fromBucketName(other, 'data', 'tables').grantRead(role);
    expect(resources(home, 'alicloud_ram_policy')).toEqual([]);
    expect(other.dependencies).toEqual([home]);
    expect(JSON.stringify(synth(other))).not.toContain('remote_state');
  });

  it('is made with the provider of what is granted', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    new OssBucket(stack, 'data', { provider }).grantRead(RamRole.fromRoleName(stack, 'role', 'reader'));
    expect(resource(stack, 'alicloud_ram_policy').provider).toBe('alicloud.shanghai');
    expect(resource(stack, 'alicloud_ram_role_policy_attachment').provider).toBe('alicloud.shanghai');
  });
});

describe('errors', () => {
  it.each(['', 'a_b', 'a b', 'a'.repeat(65)])('refuses the role name %j', (name) => {
    expect(() => RamRole.fromRoleName(testStack(), 'role', name)).toThrow(
      `roleName: got ${JSON.stringify(name)}, allowed is text that matches /^[A-Za-z0-9.-]{1,64}$/`,
    );
  });

  it.each(['', 'a b', 'a'.repeat(65)])('refuses the user name %j', (name) => {
    expect(() => RamUser.fromUserName(testStack(), 'user', name)).toThrow(
      `userName: got ${JSON.stringify(name)}, allowed is text that matches /^[A-Za-z0-9._-]{1,64}$/`,
    );
  });
});
