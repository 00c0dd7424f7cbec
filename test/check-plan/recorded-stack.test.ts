import { expect, it } from 'vitest';
import type { StateDocument } from '../../lib/check-plan/documents';
import { planConflicts } from '../../lib/check-plan/plan-conflicts';
import { recordedStack } from '../../lib/check-plan/recorded-stack';

/** A stack of which all is gone that its state has. */
function emptied(state: StateDocument) {
  const recorded = recordedStack('alpha', state);
  const changes = recorded.plan.resource_changes!.map((one) => ({
    ...one,
    change: { actions: ['delete'], before: one.change.before, after: null },
  }));
  return { ...recorded, configuration: {}, plan: { resource_changes: changes } };
}

const made = (type: string, attributes: Readonly<Record<string, unknown>>): StateDocument => ({
  resources: [{ mode: 'managed', type, name: 'r', instances: [{ attributes }] }],
});
const channel = (members: object): StateDocument => ({ outputs: { receipt_channels: { value: { n: members } } } });
const TOPIC = { instance_id: 'I', topic_name: 't' };

it.each<[string, StateDocument, StateDocument, string]>([
  ['a role', made('alicloud_ram_role', { role_name: 'R' }), channel({ roleName: 'R' }), 'gamma/n (role)'],
  ['a bucket', made('alicloud_oss_bucket', { bucket: 'b' }), channel({ bucket: 'b' }), 'gamma/n (bucket)'],
  [
    'a queue',
    made('alicloud_message_service_queue', { queue_name: 'q' }),
    channel({ queue: 'q', region: 'r' }),
    'gamma/n (queue)',
  ],
  ['a topic', made('alicloud_ons_topic', TOPIC), channel({ topic: 't', instanceId: 'I' }), 'gamma/n (topic)'],
  [
    'a group',
    made('alicloud_ons_group', { instance_id: 'I', group_name: 'g' }),
    channel({ producerId: 'g', instanceId: 'I' }),
    'gamma/n (group)',
  ],
  [
    'the instance of a topic',
    made('alicloud_ons_instance', { id: 'I', instance_name: 'i' }),
    made('alicloud_ons_topic', TOPIC),
    'gamma/alicloud_ons_topic.r (instance)',
  ],
  [
    'the role of an attachment',
    made('alicloud_ram_role', { role_name: 'R' }),
    made('alicloud_ram_role_policy_attachment', { role_name: 'R' }),
    'gamma/alicloud_ram_role_policy_attachment.r (role)',
  ],
  [
    'the bucket of a policy',
    made('alicloud_oss_bucket', { bucket: 'b' }),
    made('alicloud_oss_bucket_policy', { bucket: 'b' }),
    'gamma/alicloud_oss_bucket_policy.r (bucket)',
  ],
])('a state refers to %s', (_name, lost, state, by) => {
  const stacks = [emptied(lost), recordedStack('gamma', state)];
  expect(planConflicts(stacks)).toEqual([expect.stringContaining(`and ${by} still refers to it`)]);
  expect(planConflicts(stacks, [stacks[1]])).toEqual([]);
});

it('a state has what another stack destroys', () => {
  const state = made('alicloud_ons_topic', TOPIC);
  expect(planConflicts([emptied(state), recordedStack('gamma', state)])).toEqual([
    expect.stringContaining('and stack gamma has it, too'),
  ]);
});

it.each<[string, StateDocument]>([
  ['is of another instance', channel({ topic: 't', instanceId: 'J' })],
  ['is called otherwise', channel({ topic: 'u', instanceId: 'I' })],
  ['is nothing', {}],
  ['stands in an output of another form', { outputs: { receipt_channels: { value: 't' } } }],
  ['stands in an output without members', { outputs: { receipt_channels: { value: { n: null } } } }],
])('a state whose topic %s is no reason', (_name, state) => {
  expect(planConflicts([emptied(made('alicloud_ons_topic', TOPIC)), recordedStack('gamma', state)])).toEqual([]);
});

it.each([
  ['cn-shanghai', 'provider["registry.terraform.io/aliyun/alicloud"]', 0],
  ['cn-shanghai', 'provider["registry.terraform.io/aliyun/alicloud"].other', 1],
  ['cn-hangzhou', 'provider["registry.terraform.io/aliyun/alicloud"]', 1],
])('a queue of the same name in %s, made by %s, is %i reason', (region, provider, conflicts) => {
  const queue = made('alicloud_message_service_queue', { queue_name: 'q' });
  const lost = { ...emptied(queue), configuration: { provider: { alicloud: [{ region: 'cn-hangzhou' }] } } };
  lost.state = {
    resources: lost.state.resources!.map((one) => ({ ...one, provider: provider.replace('.other', '') })),
  };
  const resources = queue.resources!.map((one) => ({ ...one, provider }));
  expect(planConflicts([lost, recordedStack('gamma', { ...channel({ region }), resources })])).toHaveLength(conflicts);
});
