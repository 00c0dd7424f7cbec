import { TerraformStack, TerraformVariable, Testing, Token } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  DlaMnsNotification,
  DlaMqNotification,
  MnsQueue,
  MqInstance,
  OpenAnalyticsMqRole,
  OssBucket,
  QueryResultBucket,
  RamRole,
} from '../../lib/index';
import { AlicloudProvider } from '../../lib/provider-schema/gen/provider/index';
import { messageOf, resource, resources, synth, testStack } from '../synth';

describe('tags', () => {
  it.each(['aliyun:x', 'acs:x', 'http://x', 'https://x', '', 'k'.repeat(65), '标'.repeat(65)])(
    'refuses the key "%s"',
    (key) => {
      const tags = { [key]: '1' };
      const stack = testStack();
      const made = [
        () => new MqInstance(stack, 'instance', { tags }),
        () => new MqInstance(stack, 'topics').addTopic('topic', { tags }),
        () => new MqInstance(stack, 'groups').addGroup('group', { tags }),
        () => new MnsQueue(stack, 'queue', { tags }),
        () => new OssBucket(stack, 'bucket', { tags }),
        () => new OpenAnalyticsMqRole(stack, 'role', { tags }),
        () => new DlaMqNotification(stack, 'channel', { instanceProps: { tags } }),
      ];
      for (const make of made) {
        expect(messageOf(make)).toContain('tags, key: expected 1 to 64 characters, not beginning with "aliyun"');
      }
    },
  );

  it('counts characters of key and value, in any language', () => {
    const tags = { ['标'.repeat(64)]: '签'.repeat(128) };
    expect(() => new OssBucket(testStack(), 'bucket', { tags })).not.toThrow();
  });

  it('are as many as the services take, each as long', () => {
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 'v']));
    expect(() => new OssBucket(testStack(), 'bucket', { tags: many(20) })).not.toThrow();
    const tags = { ...many(20), long: '签'.repeat(129) };
    const message = messageOf(() => new OssBucket(testStack(), 'bucket', { tags }));
    expect(message).toContain('tags: expected at most 20, got 21');
    expect(message).toContain('tags.long: expected at most 128 characters, got "签');
  });
});

it.each([
  ['versioned', (value: boolean) => new OssBucket(testStack(), 'b', { versioned: value })],
  ['enforceTls', (value: boolean) => new OssBucket(testStack(), 'b', { enforceTls: value })],
  ['adopt', (value: boolean) => new OpenAnalyticsMqRole(testStack(), 'r', { adopt: value })],
  [
    'destroyAdopted',
    (value: boolean) => new OpenAnalyticsMqRole(testStack(), 'r', { adopt: true, destroyAdopted: value }),
  ],
  ['lookUp', (value: boolean) => OpenAnalyticsMqRole.fromRoleName(testStack(), 'r', { lookUp: value })],
  [
    'adopt',
    (value: boolean) =>
      new QueryResultBucket(testStack(), 'r', { bucketName: 'aliyun-oa-query-results-1', adopt: value }),
  ],
])('takes no reference for %s, which decides what is made', (property, make) => {
  const variable = new TerraformVariable(testStack(), 'decision', { type: 'bool' });
  expect(messageOf(() => make(variable.booleanValue as unknown as boolean))).toContain(
    `${property}: expected a value that is known at synth, got a reference of Terraform`,
  );
  expect(Token.isUnresolved(variable.booleanValue)).toBe(true);
});

it('suspends versioning when it is given as false, and says nothing of it when it is left out', () => {
  const versioning = (versioned?: boolean) => {
    const stack = testStack();
    new OssBucket(stack, 'b', { versioned });
    return resource(stack, 'alicloud_oss_bucket').versioning;
  };
  expect([true, false, undefined].map(versioning)).toEqual([{ status: 'Enabled' }, { status: 'Suspended' }, undefined]);
});

describe('parts of another account', () => {
  const provider = (stack: TerraformStack, accountId: string) =>
    new AlicloudProvider(stack, `account${accountId}`, {
      alias: `account${accountId}`,
      region: 'cn-hangzhou',
      accountId,
    });

  it.each(['role', 'instance', 'bucket'] as const)('%s is an error at synth', (property) => {
    const stack = testStack();
    const [one, two] = ['1', '2'].map((id) => provider(stack, id));
    const part = {
      role: () => new OpenAnalyticsMqRole(stack, 'part', { provider: one }),
      instance: () => new MqInstance(stack, 'part', { provider: one }),
      bucket: () => new OssBucket(stack, 'part', { provider: one }),
    }[property]();
    new DlaMqNotification(stack, 'n', { provider: two, [property]: part });
    expect(messageOf(() => synth(stack))).toContain(
      `[receipts/n] ${property}: expected one of the channel's account, 2, got one of account 1`,
    );
  });

  it('is no error where an account is not known', () => {
    const stack = testStack();
    const bucket = new OssBucket(stack, 'part');
    new DlaMqNotification(stack, 'n', { provider: provider(stack, '2'), bucket });
    expect(resources(stack, 'alicloud_oss_bucket')).toHaveLength(1);
  });
});

describe('a provider that comes after the channel', () => {
  it('in another region is an error at synth', () => {
    const stack = new TerraformStack(Testing.app(), 'late');
    new DlaMqNotification(stack, 'n', { region: 'cn-hangzhou' });
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-shanghai' });
    const message = messageOf(() => synth(stack));
    expect(message).toContain(
      "[late/n] region: expected one in the channel's region, cn-hangzhou, got one in cn-shanghai",
    );
    expect(message).toContain("instance: expected one in DLA's region, cn-hangzhou, got one in cn-shanghai");
  });

  it('in the same region is none', () => {
    const stack = new TerraformStack(Testing.app(), 'late');
    new DlaMnsNotification(stack, 'n', { region: 'cn-hangzhou' });
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou', accountId: '1' });
    expect(resources(stack, 'alicloud_ram_role')).toHaveLength(1);
  });

  it('and names an account makes no second role', () => {
    const stack = new TerraformStack(Testing.app(), 'late');
    new DlaMqNotification(stack, 'a', { region: 'cn-hangzhou' });
    new AlicloudProvider(stack, 'alicloud', { region: 'cn-hangzhou', accountId: '1' });
    new DlaMqNotification(stack, 'b');
    expect(messageOf(() => synth(stack))).toContain('AliyunOpenAnalyticsAccessingMQRole');
  });
});

it('makes no more than eight MQ instances in a region of an account', () => {
  const stack = testStack();
  const shanghai = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
  const make = (count: number, provider?: AlicloudProvider) =>
    Array.from({ length: count }, (_, index) => new MqInstance(stack, `${provider?.alias}${index}`, { provider }));
  make(8);
  make(8, shanghai);
  expect(resources(stack, 'alicloud_ons_instance')).toHaveLength(16);
  new DlaMqNotification(stack, 'ninth');
  expect(messageOf(() => synth(stack))).toContain(
    '[receipts/ninth/Instance] expected at most 8 new MQ instances in a region of an account, got 9: let channels share one',
  );
});

it("keeps the name of a smoke test's report within what a file may be called", () => {
  const stack = testStack();
  const [one, two] = ['a', 'b'].map((end) => {
    const channel = new DlaMqNotification(stack, `${'x'.repeat(240)}${end}`, { smokeQuery: 'select 1' });
    return /--report (\S+)/.exec(JSON.stringify(channel.smokeTest().resource.toTerraform()))![1];
  });
  expect(one).not.toBe(two);
  expect(Math.max(one.length, two.length)).toBeLessThan(220);
});

it("writes a grantee's policy in one order, whatever that of the code", () => {
  const policy = (names: string[]) => {
    const stack = testStack();
    const reader = RamRole.fromRoleName(stack, 'reader', 'reader');
    const instance = new MqInstance(stack, 'mq');
    const grants: Record<string, () => unknown> = {
      topic: () => instance.addTopic('orders').grantSubscribe(reader),
      publish: () => instance.addTopic('bills').grantPublish(reader),
      group: () => instance.addGroup('members').grantConsume(reader),
      bucket: () => new OssBucket(stack, 'data').grantRead(reader),
      named: () => OssBucket.fromBucketName(stack, 'named', 'bucket-a').grantReadWrite(reader),
      queue: () => new MnsQueue(stack, 'queue').grantConsume(reader),
    };
    names.forEach((name) => grants[name]());
    return resource(stack, 'alicloud_ram_policy').policy_document;
  };
  const names = ['topic', 'publish', 'group', 'bucket', 'named', 'queue'];
  expect(policy([...names].reverse())).toBe(policy(names));
  expect(policy(['group', 'queue', 'topic', 'named', 'bucket', 'publish'])).toBe(policy(names));
});
