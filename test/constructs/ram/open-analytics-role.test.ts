import { TerraformOutput, TerraformStack, Testing } from 'cdktf';
import { describe, expect, it } from 'vitest';
import {
  DlaMqNotification,
  OpenAnalyticsMnsRole,
  OpenAnalyticsMqRole,
  OpenAnalyticsRole,
  RolePermission,
} from '../../../lib/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { addresses, messageOf, resource, resources, synth, testStack, warningsOf } from '../../synth';

const KINDS = [
  { Role: OpenAnalyticsMqRole, roleName: 'AliyunOpenAnalyticsAccessingMQRole', policy: 'AliyunMQFullAccess' },
  { Role: OpenAnalyticsMnsRole, roleName: 'AliyunOpenAnalyticsAccessingMNSRole', policy: 'AliyunMNSFullAccess' },
];

describe.each(KINDS)('$roleName', ({ Role, roleName, policy }) => {
  it('has the trust policy and the system policy of the product page', () => {
    const stack = testStack();
    const role = new Role(stack, 'role');
    expect(addresses(stack)).toEqual([
      'alicloud_ram_role.role_C7B7E775',
      'alicloud_ram_role_policy_attachment.role_Attachment_72777EC9',
      'data.alicloud_ram_roles.role_Existing_D2E90100',
    ]);
    const { assume_role_policy_document: trust, ...others } = resource(stack, 'alicloud_ram_role');
    expect(JSON.parse(trust as string)).toEqual({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: ['openanalytics.aliyuncs.com'] } },
      ],
      Version: '1',
    });
    expect(others).toEqual({ role_name: roleName });
    expect(resource(stack, 'alicloud_ram_role_policy_attachment')).toEqual({
      role_name: '${alicloud_ram_role.role_C7B7E775.role_name}',
      policy_name: policy,
      policy_type: 'System',
    });
    expect(role.roleName).toBe(roleName);
    expect(Role.ROLE_NAME).toBe(roleName);
    expect(synth(stack).import).toBeUndefined();
  });

  it('has a description of up to 1,024 characters', () => {
    const description = '説'.repeat(1024);
    expect(resource(stackWith(description), 'alicloud_ram_role')).toMatchObject({ description });
    expect(messageOf(() => stackWith(`${description}x`))).toContain('description: expected up to 1024 characters');

    function stackWith(text: string): TerraformStack {
      const stack = testStack();
      new Role(stack, 'role', { description: text });
      return stack;
    }
  });

  it('is adopted through import blocks, with or without its attachment', () => {
    const stack = testStack();
    new Role(stack, 'role', { adopt: true });
    const role = { to: 'alicloud_ram_role.role_C7B7E775', id: roleName };
    const attachment = {
      to: 'alicloud_ram_role_policy_attachment.role_Attachment_72777EC9',
      id: `role:${policy}:System:${roleName}`,
    };
    expect(synth(stack).import).toEqual([role, attachment]);

    const bare = testStack();
    new Role(bare, 'role', { adopt: true, adoptAttachment: false });
    expect(synth(bare).import).toEqual([role]);
    expect(resources(bare, 'alicloud_ram_role_policy_attachment')).toHaveLength(1);
  });

  it('with publish-only permission has no system policy', () => {
    const stack = testStack();
    const role = new Role(stack, 'role', { permission: RolePermission.PUBLISH_ONLY, adopt: true });
    expect(warningsOf(role)).toEqual([
      `role ${roleName} keeps the policies that it has when it is adopted: detach ${policy} by hand, or it may do ` +
        'more than publish',
    ]);
    expect(addresses(stack)).toEqual(['alicloud_ram_role.role_C7B7E775']);
    expect(synth(stack).import).toHaveLength(1);
  });

  it('by name makes nothing', () => {
    const stack = testStack();
    const role = Role.fromRoleName(stack, 'role');
    expect(addresses(stack)).toEqual([]);
    expect(role).toMatchObject({ roleName, permission: RolePermission.FULL, parts: [] });
    expect(OpenAnalyticsRole.isOpenAnalyticsRole(role)).toBe(true);
    expect(OpenAnalyticsRole.isOpenAnalyticsRole({ roleName })).toBe(false);
  });
});

it('is looked up when asked for', () => {
  const stack = testStack();
  const role = OpenAnalyticsMqRole.fromRoleName(stack, 'role', { lookUp: true });
  new TerraformOutput(stack, 'arn', { value: role.roleArn, staticId: true });
  const { data, output } = synth(stack);
  const [[name, lookUp]] = Object.entries(data!.alicloud_ram_roles);
  expect(name).toBe('role_Role_12FB83A7');
  expect(lookUp).toMatchObject({ name_regex: '^AliyunOpenAnalyticsAccessingMQRole$' });
  expect(output!.arn.value).toBe(`\${data.alicloud_ram_roles.${name}.roles[0].arn}`);
});

it('is told from the other one', () => {
  const stack = testStack();
  const [mq, mns] = [new OpenAnalyticsMqRole(stack, 'mq'), OpenAnalyticsMnsRole.fromRoleName(stack, 'mns')];
  expect([mq, mns].map((role) => OpenAnalyticsMqRole.isOpenAnalyticsMqRole(role))).toEqual([true, false]);
  expect([mq, mns].map((role) => OpenAnalyticsMnsRole.isOpenAnalyticsMnsRole(role))).toEqual([false, true]);
});

describe('owners', () => {
  it('of the two roles do not exclude each other', () => {
    const stack = testStack();
    new OpenAnalyticsMqRole(stack, 'mq');
    new OpenAnalyticsMnsRole(stack, 'mns');
    expect(resources(stack, 'alicloud_ram_role')).toHaveLength(2);
  });

  it('in one account are an error at synth of either stack, even with two regions', () => {
    const app = Testing.app();
    const [a, b] = [testStack('a', app), testStack('b', app)];
    const shanghai = new AlicloudProvider(b, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
    new OpenAnalyticsMqRole(a, 'role');
    new OpenAnalyticsMqRole(b, 'role', { provider: shanghai });
    expect(messageOf(() => synth(b))).toContain(
      '[b/role] role AliyunOpenAnalyticsAccessingMQRole is already made by a/role, and an account has only one: let one stack make it',
    );
  });

  it.each([
    [{ accountId: '1' }, { accountId: '2' }],
    [{ profile: 'dev' }, { profile: 'prod' }],
    [
      { accessKey: 'a', secretKey: 's' },
      { accessKey: 'b', secretKey: 's' },
    ],
    [{ assumeRole: { roleArn: 'acs:ram::1:role/a' } }, { assumeRole: { roleArn: 'acs:ram::2:role/a' } }],
  ])('in two accounts, %j and %j, are none', (one, two) => {
    const stack = testStack();
    [one, two].forEach((settings, index) => {
      const alias = `account${index}`;
      const provider = new AlicloudProvider(stack, alias, { alias, ...settings });
      new OpenAnalyticsMqRole(stack, `role${index}`, { provider });
    });
    expect(resources(stack, 'alicloud_ram_role')).toHaveLength(2);
  });
});

it('serves the channels of its account when one stack has channels in two', () => {
  const stack = testStack();
  const [one, two] = ['1', '2'].map(
    (accountId) =>
      new AlicloudProvider(stack, `account${accountId}`, {
        alias: `account${accountId}`,
        accountId,
        region: 'cn-hangzhou',
      }),
  );
  [one, two].forEach((provider, index) => new OpenAnalyticsMqRole(stack, `role${index}`, { provider }));
  const roles = [one, two, one].map(
    (provider, index) => new DlaMqNotification(stack, `channel${index}`, { provider }).role,
  );
  expect(roles[1]).not.toBe(roles[0]);
  expect(roles[2]).toBe(roles[0]);
  expect(
    resources(stack, 'alicloud_ram_role')
      .map(({ provider }) => provider)
      .sort(),
  ).toEqual(['alicloud.account1', 'alicloud.account2']);
});

it('is kept, where it may have been made before, by a provider that the stack has', () => {
  const stack = new TerraformStack(Testing.app(), 'aliases');
  const provider = new AlicloudProvider(stack, 'shanghai', { alias: 'shanghai', region: 'cn-shanghai' });
  const role = OpenAnalyticsMqRole.fromRoleName(stack, 'role');
  new DlaMqNotification(stack, 'n', { provider, role });
  const kept = Object.values(synth(stack).resource!.alicloud_ram_role);
  expect(kept).toHaveLength(2);
  expect(kept).toEqual(kept.map(() => expect.objectContaining({ count: 0, provider: 'alicloud.shanghai' })));
});

describe('errors', () => {
  it('refuses a permission that is none, and an attachment that cannot be adopted', () => {
    const permission = 'publishonly' as RolePermission;
    expect(messageOf(() => new OpenAnalyticsMqRole(testStack(), 'role', { permission, adoptAttachment: true })))
      .toBe(`receipts/role is not valid:
  - permission: expected one of "full", "publishOnly", got "publishonly"; did you mean "publishOnly"?
  - adoptAttachment: expected true only with adopt and permission "full", got true`);
    expect(() => OpenAnalyticsMqRole.fromRoleName(testStack(), 'role', { permission })).toThrow('did you mean');
  });
});

it('a stack that has the role of one account keeps the one that it may have made in another account', () => {
  const app = Testing.app();
  const [home, both] = ['home', 'both'].map((id) => new TerraformStack(app, id));
  new AlicloudProvider(both, 'one', { region: 'cn-hangzhou', accountId: '1' });
  new AlicloudProvider(both, 'two', { region: 'cn-hangzhou', accountId: '2', alias: 'two' });
  new OpenAnalyticsMnsRole(both, 'own');
  new AlicloudProvider(home, 'two', { region: 'cn-hangzhou', accountId: '2' });
  new OpenAnalyticsMnsRole(home, 'role');
  [home, both].forEach((stack) => stack.prepareStack());
  const { resource } = JSON.parse(Testing.synth(both)) as {
    resource: { alicloud_ram_role: Record<string, { count?: number; provider?: string }> };
  };
  const former = Object.values(resource.alicloud_ram_role).filter(({ count }) => count === 0);
  expect(former.map(({ provider }) => provider)).toEqual(['alicloud.two', 'alicloud.two']);
});
