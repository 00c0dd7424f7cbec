import * as path from 'node:path';
import { Testing, type TerraformStack } from 'cdktf';
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../stacks/settings';
import { addStacks } from '../../stacks/stacks';
import { addresses, resource, resources, synth } from '../synth';

const FOLDER = path.resolve('.deploy/test');
const MINIMAL = { region: 'cn-hangzhou', environments: { dev: {} } };
const MNS = { ...MINIMAL, environments: { dev: { channel: 'mns' } } };

/** The stacks of some settings, by name. */
function stacksOf(settings: object): Record<string, TerraformStack> {
  const app = Testing.app();
  addStacks(app, parseSettings(JSON.stringify(settings), 'settings.yaml'), FOLDER);
  return Object.fromEntries(app.node.children.map((stack) => [stack.node.id, stack as TerraformStack]));
}

const types = (stack: TerraformStack) => addresses(stack).map((address) => address.replace(/\.[^.]*$/, ''));

it('destroy the owner of a state last, so that what a failure leaves behind is still its', () => {
  for (const stack of Object.values(stacksOf({ ...MINIMAL, environments: { dev: {}, mns: { channel: 'mns' } } }))) {
    const { terraform_data: owner, ...others } = synth(stack).resource!;
    const [[name, { depends_on: none }]] = Object.entries(owner);
    expect(none).toBeUndefined();
    for (const [made, { depends_on: first }] of Object.values(others)
      .flatMap((all) => Object.entries(all))
      .filter(([, one]) => !('count' in one))) {
      expect(first, made).toContain(`terraform_data.${name}`);
    }
  }
});

describe('the account stack', () => {
  it('owns the role, and opens nothing unless it is told to', () => {
    expect(types(stacksOf(MINIMAL).account)).toEqual([
      'alicloud_ram_role',
      'alicloud_ram_role_policy_attachment',
      'data.alicloud_caller_identity',
      'data.alicloud_ram_roles',
      'terraform_data',
    ]);
  });

  it('opens the services that the settings name', () => {
    const { data } = synth(stacksOf({ ...MINIMAL, activate: ['oss', 'mq'] }).account);
    expect(data).toMatchObject({
      alicloud_oss_service: { oss: { enable: 'On' } },
      alicloud_ons_service: { mq: { enable: 'On' } },
    });
  });

  it('adopts the role by import blocks, or leaves it alone', () => {
    const imports = synth(stacksOf({ ...MINIMAL, role: 'adopt' }).account).import;
    expect(imports?.map(({ id }) => id)).toEqual([
      'AliyunOpenAnalyticsAccessingMQRole',
      'role:AliyunMQFullAccess:System:AliyunOpenAnalyticsAccessingMQRole',
    ]);
    expect(types(stacksOf({ ...MINIMAL, role: 'refer' }).account)).toEqual([
      'data.alicloud_caller_identity',
      'terraform_data',
    ]);
  });

  it('keeps the tags of an adopted role where the settings have none', () => {
    const role = (tags?: object) =>
      resource(stacksOf({ ...MINIMAL, role: 'adopt', tags }).account, 'alicloud_ram_role') as {
        tags?: object;
        lifecycle: { ignore_changes: string[] };
      };
    expect(role().tags).toBeUndefined();
    expect(role().lifecycle.ignore_changes).toContain('tags');
    expect(role({ team: 'data' })).toMatchObject({ tags: { team: 'data' } });
  });

  it('lets an adopted role be that no environment needs any more', () => {
    const roles = Object.values(synth(stacksOf({ ...MNS, role: 'adopt' }).account).resource!.alicloud_ram_role);
    expect(roles.filter(({ role_name: name }) => name === 'AliyunOpenAnalyticsAccessingMQRole')).toMatchObject(
      Array(2).fill({ count: 0, provisioner: [{ 'local-exec': { when: 'destroy' } }] }),
    );
    expect(resources(stacksOf(MNS).account, 'alicloud_ram_role').map(({ role_name }) => role_name)).toEqual([
      'AliyunOpenAnalyticsAccessingMNSRole',
    ]);
  });

  it('opens MNS by a resource, which needs no read of the service and is not closed again', () => {
    const account = stacksOf({ ...MNS, activate: ['mns'] }).account;
    expect(resources(account, 'alicloud_message_service_service')).toEqual([
      { depends_on: ['terraform_data.state-owner_EA009B2F'] },
    ]);
    expect(synth(account).data).not.toHaveProperty('alicloud_message_service_service');
    expect(types(stacksOf(MNS).account)).not.toContain('alicloud_message_service_service');
  });

  it.each([
    [['mq'], ['AliyunOpenAnalyticsAccessingMQRole']],
    [['mns'], ['AliyunOpenAnalyticsAccessingMNSRole']],
    [
      ['mns', 'mq', 'mns'],
      ['AliyunOpenAnalyticsAccessingMNSRole', 'AliyunOpenAnalyticsAccessingMQRole'],
    ],
  ])('owns for the channels %j the roles %j, each once', (channels, roles) => {
    const environments = Object.fromEntries(channels.map((channel, index) => [`env${index}`, { channel }]));
    const { account } = stacksOf({ ...MINIMAL, environments });
    expect(
      resources(account, 'alicloud_ram_role')
        .map(({ role_name }) => role_name)
        .sort(),
    ).toEqual(roles);
  });

  it('adopts the role of MNS too, or leaves it alone', () => {
    expect(synth(stacksOf({ ...MNS, role: 'adopt' }).account).import?.map(({ id }) => id)).toEqual([
      'AliyunOpenAnalyticsAccessingMNSRole',
      'role:AliyunMNSFullAccess:System:AliyunOpenAnalyticsAccessingMNSRole',
    ]);
    expect(resources(stacksOf({ ...MNS, role: 'refer' }).account, 'alicloud_ram_role')).toEqual([]);
  });

  it('keeps the address of the role of MQ when an environment with MNS is added', () => {
    const roleOf = (settings: object) =>
      addresses(stacksOf(settings).account).filter((address) => address.startsWith('alicloud_ram_role.role_'));
    const both = { ...MINIMAL, environments: { dev: {}, live: { channel: 'mns' } } };
    expect(roleOf(MINIMAL)).toHaveLength(1);
    expect(roleOf(both)).toEqual(roleOf(MINIMAL));
  });

  it('refuses credentials of an account that the settings do not name', () => {
    const { lifecycle } = resource(
      stacksOf({ ...MINIMAL, accountId: '1234567890123456' }).account,
      'terraform_data',
    ) as {
      lifecycle: { precondition: { condition: string }[] };
    };
    expect(lifecycle.precondition[0].condition).toContain('.account_id == "1234567890123456"}');
  });
});

describe('a notification stack', () => {
  it('makes bucket, rows, instance, topic and group, and refers to the role by its name alone', () => {
    const stack = stacksOf(MINIMAL)['notification-dev'];
    expect(types(stack)).toEqual([
      'alicloud_ons_group',
      'alicloud_ons_instance',
      'alicloud_ons_topic',
      'alicloud_oss_bucket',
      'alicloud_oss_bucket_acl',
      'alicloud_oss_bucket_object',
      'alicloud_oss_bucket_public_access_block',
      'data.alicloud_caller_identity',
      'data.alicloud_ons_instances',
      'terraform_data',
    ]);
    expect(JSON.stringify(synth(stack))).not.toContain('terraform_remote_state');
  });

  it('with MNS makes bucket, rows and queue, and a channel under the same name', () => {
    const stack = stacksOf({
      ...MNS,
      environments: {
        dev: { channel: 'mns', queueName: 'dla-receipts', tags: { team: 'data' }, smokeQuery: 'select 1' },
      },
    })['notification-dev'];
    expect(types(stack)).toEqual([
      'alicloud_message_service_queue',
      'alicloud_oss_bucket',
      'alicloud_oss_bucket_acl',
      'alicloud_oss_bucket_object',
      'alicloud_oss_bucket_public_access_block',
      'data.alicloud_caller_identity',
      'terraform_data',
    ]);
    expect(resource(stack, 'alicloud_message_service_queue')).toMatchObject({
      queue_name: 'dla-receipts',
      tags: { team: 'data' },
    });
    expect(synth(stack).output?.receipt_channels.value).toMatchObject({
      notification: { kind: 'mns', roleName: 'AliyunOpenAnalyticsAccessingMNSRole', query: 'select 1' },
    });
  });

  it('waits for the account stack', () => {
    const { account, 'notification-dev': dev } = stacksOf(MINIMAL);
    expect(dev.dependencies).toEqual([account]);
  });

  it('takes an instance that exists', () => {
    const stack = stacksOf({
      ...MINIMAL,
      environments: { dev: { existingInstanceId: 'MQ_INST_1234567890123456_BAAAAAAA' } },
    })['notification-dev'];
    expect(types(stack)).not.toContain('alicloud_ons_instance');
    expect(resource(stack, 'alicloud_ons_topic').instance_id).toBe('MQ_INST_1234567890123456_BAAAAAAA');
  });

  it('puts names and tags where the settings say, the environment’s tags first', () => {
    const stack = stacksOf({
      ...MINIMAL,
      tags: { team: 'data', stage: 'any' },
      environments: {
        dev: {
          region: 'cn-shanghai',
          bucketName: 'data-dev',
          instanceName: 'mq_dev',
          topicName: 'receipts',
          groupId: 'GID_receipts',
          tags: { stage: 'dev' },
        },
      },
    })['notification-dev'];
    const tags = { team: 'data', stage: 'dev' };
    expect(resource(stack, 'alicloud_oss_bucket')).toMatchObject({ bucket: 'data-dev', tags });
    expect(resource(stack, 'alicloud_ons_instance')).toMatchObject({ instance_name: 'mq_dev', tags });
    expect(resource(stack, 'alicloud_ons_topic')).toMatchObject({ topic_name: 'receipts', tags });
    expect(resource(stack, 'alicloud_ons_group')).toMatchObject({
      group_name: 'GID_receipts',
      group_type: 'tcp',
      tags,
    });
    const { output } = synth(stack);
    expect(output?.receipt_channels.value).toMatchObject({ notification: { region: 'cn-shanghai' } });
  });

  it('holds sample rows of 230 bytes', () => {
    const { content } = resource(stacksOf(MINIMAL)['notification-dev'], 'alicloud_oss_bucket_object');
    expect(Buffer.byteLength(content as string)).toBe(230);
  });
});

describe('the state', () => {
  const backend = (settings: object) =>
    Object.values(stacksOf(settings)).map(
      (stack) =>
        (synth(stack).terraform as unknown as { backend: Record<string, { path?: string; key?: string }> }).backend,
    );

  it('lies in the deployment’s own folder, by a relative path', () => {
    for (const { local } of backend(MINIMAL)) {
      expect(local.path).toMatch(/^\.\..*\.deploy\/test\/state\/[\w-]+\.tfstate$/);
    }
  });

  it('goes to a bucket when the settings say so, under the settings’ name', () => {
    const state = { backend: 'oss', bucket: 'my-state', region: 'cn-hangzhou' };
    expect(backend({ ...MINIMAL, state }).map(({ oss }) => oss.key)).toEqual([
      'test/account.tfstate',
      'test/notification-dev.tfstate',
    ]);
  });
});
