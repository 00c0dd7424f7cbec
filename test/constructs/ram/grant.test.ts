import { TerraformVariable, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { DlaMqNotification, MqInstance, OpenAnalyticsMqRole, OssBucket, RamRole, RamUser } from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { RamUser as RamUserResource } from '../../../lib/provider-schema/gen/ram-user/index';
import { addresses, resource, resources, synthApp, testStack, warningsOf } from '../../synth';

describe('the policy of a grantee', () => {
  it('keeps its addresses', () => {
    const stack = testStack();
    OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
    expect(addresses(stack)).toEqual([
      'alicloud_ram_policy.Grants-user-reader_B26E8763',
      'alicloud_ram_user_policy_attachment.Grants-user-reader_Attachment_4D5494DC',
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
    const files = synthApp((app) => {
      const [home, other] = [testStack('home', app), testStack('other', app)];
      const role = new OpenAnalyticsMqRole(home, 'role');
      OssBucket.fromBucketName(other, 'data', 'tables').grantRead(role);
      expect(other.dependencies).toEqual([home]);
    });
    expect(files.home).not.toContain('alicloud_ram_policy');
    expect(files.other).toContain('alicloud_ram_policy');
    expect(files.other).not.toContain('remote_state');
  });

  it('of a role that a later stack makes stands in that stack, made with its provider', () => {
    const app = Testing.app();
    const [first, later] = [testStack('first', app), testStack('later', app)];
    const topic = new MqInstance(first, 'mq').addTopic('orders');
    const provider = new AlicloudProvider(later, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    const role = new OpenAnalyticsMqRole(later, 'role', { provider });
    later.addDependency(first);
    topic.grantPublish(role);
    expect(resources(first, 'alicloud_ram_policy')).toEqual([]);
    expect(resource(later, 'alicloud_ram_policy').provider).toBe('alicloud.shanghai');
  });

  it('of a grantee whose name only its own stack knows stands there', () => {
    const files = synthApp((app) => {
      const [platform, consumer] = [testStack('platform', app), testStack('consumer', app)];
      const provider = new AlicloudProvider(consumer, 'other', { alias: 'other', region: 'cn-hangzhou' });
      const { name } = new RamUserResource(consumer, 'receiver', { name: 'receiver', provider });
      const channel = new DlaMqNotification(platform, 'notification');
      channel.grantConsume(RamUser.fromUserName(consumer, 'user', name, { provider }));
    });
    expect(files.platform).not.toContain('remote_state');
    expect(files.platform).not.toContain('alicloud_ram_policy');
    expect(files.consumer).toContain('remote_state');
    expect(JSON.parse(files.consumer)).toMatchObject({
      resource: { alicloud_ram_policy: { 'Grants-user-ad3fc75d_D0ED5D24': { provider: 'alicloud.other' } } },
    });
  });

  it('of a reference is one for all constructs that were given it', () => {
    const stack = testStack();
    const user = new TerraformVariable(stack, 'user_name', {});
    const named = (id: string) => RamUser.fromUserName(stack, id, user.stringValue);
    OssBucket.fromBucketName(stack, 'a', 'bucket-a').grantRead(named('one'));
    OssBucket.fromBucketName(stack, 'b', 'bucket-b').grantRead(named('two'));
    expect(resource(stack, 'alicloud_ram_user_policy_attachment').user_name).toBe('${var.user_name}');
  });

  it('keeps its address when the construct that named the grantee first goes', () => {
    const build = (...ids: string[]) => {
      const stack = testStack();
      const bucket = OssBucket.fromBucketName(stack, 'data', 'tables');
      ids.forEach((id) => bucket.grantRead(RamUser.fromUserName(stack, id, 'reader')));
      return addresses(stack);
    };
    expect(build('two')).toEqual(build('one', 'two'));
  });

  it('waits for the role also where its name was granted something first', () => {
    const stack = testStack();
    const bucket = OssBucket.fromBucketName(stack, 'data', 'tables');
    bucket.grantRead(RamRole.fromRoleName(stack, 'named', OpenAnalyticsMqRole.ROLE_NAME));
    bucket.grantReadWrite(new OpenAnalyticsMqRole(stack, 'role'));
    const custom = resources(stack, 'alicloud_ram_role_policy_attachment').filter(
      (one) => one.policy_type === 'Custom',
    );
    expect(custom.map((one) => one.depends_on)).toEqual([['alicloud_ram_role.role_C7B7E775']]);
  });

  it('is one for all constructs that name the grantee, and another one in another account', () => {
    const stack = testStack();
    const other = new AlicloudProvider(stack, 'other', { alias: 'other', accountId: '1234567890123456' });
    const named = (id: string) => RamUser.fromUserName(stack, id, 'reader');
    OssBucket.fromBucketName(stack, 'a', 'bucket-a').grantRead(named('one'));
    OssBucket.fromBucketName(stack, 'b', 'bucket-b').grantRead(named('two'));
    OssBucket.fromBucketName(stack, 'c', 'bucket-c', { provider: other }).grantRead(named('three'));
    const documents = resources(stack, 'alicloud_ram_policy').map((one) => [one.provider, one.policy_document]);
    expect(documents).toHaveLength(2);
    expect(Object.fromEntries(documents)).toEqual({
      'alicloud.other': expect.stringMatching(/^(?!.*bucket-[ab]).*bucket-c/) as string,
      undefined: expect.stringMatching(/^(?!.*bucket-c).*bucket-a.*bucket-b/) as string,
    });
  });

  it('goes on in another policy before it is longer than RAM allows, whatever the ids turn out to be', () => {
    const stack = testStack();
    const user = RamUser.fromUserName(stack, 'user', 'sender');
    const instance = new MqInstance(stack, 'mq');
    const topics = Array.from({ length: 100 }, (_, index) => `orders_${'x'.repeat(50)}_${index}`);
    topics.forEach((topicName) => instance.addTopic(topicName, { topicName }).grantPublish(user));

    const documents = resources(stack, 'alicloud_ram_policy').map((policy) => policy.policy_document as string);
    expect(documents.length).toBeGreaterThan(1);
    const id = 'MQ_INST_1234567890123456_BXXXXXXX'.padEnd(64, 'x');
    documents.forEach((document) => expect(document.replace(/\$\{[^}]*\}/g, id).length).toBeLessThanOrEqual(6144));
    topics.forEach((topic) => expect(documents.filter((document) => document.includes(`%${topic}"`))).toHaveLength(1));
    expect(resources(stack, 'alicloud_ram_user_policy_attachment')).toHaveLength(documents.length);
  });

  it('can be changed more often than RAM keeps versions', () => {
    const stack = testStack();
    OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
    expect(resource(stack, 'alicloud_ram_policy').rotate_strategy).toBe(
      'DeleteOldestNonDefaultVersionWhenLimitExceeded',
    );
  });

  it('warns once when the policies of an app are more than RAM attaches', () => {
    const app = Testing.app();
    const warnings = Array.from({ length: 13 }, (_, index) => {
      const stack = testStack(`s${index}`, app);
      OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
      return warningsOf(stack);
    });
    expect(warnings.flat()).toEqual([
      'user reader gets more than 10 custom policies in this app, which is all that RAM attaches to one: have the quota ' +
        'raised, or grant to several',
    ]);
    expect(warnings[10]).toHaveLength(1);
  });

  it('warns of those that are in the app alone', () => {
    const app = Testing.app();
    const granted = (id: string) => {
      const stack = testStack(id, app);
      OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(RamUser.fromUserName(stack, 'user', 'reader'));
      return warningsOf(stack);
    };
    granted('gone');
    app.node.tryRemoveChild('gone');
    expect(Array.from({ length: 10 }, (_, index) => granted(`s${index}`)).flat()).toEqual([]);
    expect(granted('one-more')).toHaveLength(1);
    app.node.tryRemoveChild('one-more');
    expect(granted('another')).toHaveLength(1);
  });

  it('is made with the provider of the grantee, where it is known, whatever is granted', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'other', { alias: 'other', accountId: '1234567890123456' });
    const role = new OpenAnalyticsMqRole(stack, 'role', { provider });
    OssBucket.fromBucketName(stack, 'data', 'tables').grantRead(role);
    expect(resource(stack, 'alicloud_ram_policy').provider).toBe('alicloud.other');
  });

  it('is made with the provider of what is granted', () => {
    const stack = testStack();
    const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    new OssBucket(stack, 'data', { provider }).grantRead(RamRole.fromRoleName(stack, 'role', 'reader'));
    expect(resource(stack, 'alicloud_ram_policy').provider).toBe('alicloud.shanghai');
    expect(resource(stack, 'alicloud_ram_role_policy_attachment').provider).toBe('alicloud.shanghai');
  });
});

it('knows its grantees from other constructs', () => {
  const stack = testStack();
  const [role, user] = [RamRole.fromRoleName(stack, 'role', 'reader'), RamUser.fromUserName(stack, 'user', 'reader')];
  expect([role, user, stack, undefined].map((one) => RamRole.isRamRole(one))).toEqual([true, false, false, false]);
  expect([role, user, stack, undefined].map((one) => RamUser.isRamUser(one))).toEqual([false, true, false, false]);
});

describe('errors', () => {
  it.each(['', 'a_b', 'a b', 'a'.repeat(65)])('refuses the role name %j', (name) => {
    expect(() => RamRole.fromRoleName(testStack(), 'role', name)).toThrow(
      `roleName: expected 1 to 64 letters, digits, "." and "-", got ${JSON.stringify(name)}`,
    );
  });

  it.each(['', 'a b', 'a'.repeat(65)])('refuses the user name %j', (name) => {
    expect(() => RamUser.fromUserName(testStack(), 'user', name)).toThrow(
      `userName: expected 1 to 64 letters, digits, ".", "_" and "-", got ${JSON.stringify(name)}`,
    );
  });
});
