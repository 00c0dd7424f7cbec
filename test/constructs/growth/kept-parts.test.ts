import { TerraformIterator, TerraformStack, TerraformVariable } from 'cdktf';
import { Construct } from 'constructs';
import { describe, expect, it } from 'vitest';
import { trustPolicy } from '../../../lib/cloud/dla-roles';
import {
  DlaMnsNotification,
  type DlaMnsNotificationProps,
  MnsQueue,
  MqGroup,
  MqInstance,
  MqTopic,
  OpenAnalyticsMnsRole,
  OssBucket,
  type ReceiptChannelOutputs,
} from '../../../lib/index';
import { MessageServiceQueue } from '../../../lib/provider-schema/gen/message-service-queue/index';
import { AlicloudProvider } from '../../../lib/provider-schema/gen/provider/index';
import { RamRole } from '../../../lib/provider-schema/gen/ram-role/index';
import { RamRolePolicyAttachment } from '../../../lib/provider-schema/gen/ram-role-policy-attachment/index';
import { hasTerraform } from '../../local-cloud/terraform/workspace';
import { testStack } from '../../synth';
import { type Build, grown, type GrowingApp } from './growing-app';

/** What a stack makes, or refers to, by the ids that its constructs have. */
type Parts = (stack: TerraformStack, id: string) => void;

const NAMES = { bucket: 'bucket-n', queue: 'queue-n', topic: 'topic-n', group: 'GID_of_n', instance: 'instance-n' };

const CHANNEL: DlaMnsNotificationProps = {
  bucketProps: { bucketName: NAMES.bucket },
  queueProps: { queueName: NAMES.queue },
};
const OUTPUTS: ReceiptChannelOutputs = {
  ...{ kind: 'mns', region: 'cn-hangzhou', roleName: OpenAnalyticsMnsRole.ROLE_NAME },
  ...{ queue: NAMES.queue, bucket: NAMES.bucket },
};

const made: Parts = (stack, id) => {
  new OssBucket(stack, `${id}-bucket`, { bucketName: NAMES.bucket, enforceTls: true });
  new MnsQueue(stack, `${id}-queue`, { queueName: NAMES.queue });
  const instance = new MqInstance(stack, `${id}-instance`, { instanceName: NAMES.instance });
  new MqTopic(stack, `${id}-topic`, { instance, topicName: NAMES.topic });
  new MqGroup(stack, `${id}-group`, { instance, groupId: NAMES.group });
};

const referredTo =
  (growing: GrowingApp): Parts =>
  (stack, id) => {
    const [{ instanceId }] = growing.account.ons.listInstances('cn-hangzhou');
    OssBucket.fromBucketName(stack, `${id}-bucket`, NAMES.bucket);
    MnsQueue.fromQueueName(stack, `${id}-queue`, NAMES.queue);
    const instance = MqInstance.fromInstanceId(stack, `${id}-instance`, instanceId);
    MqTopic.fromTopicAttributes(stack, `${id}-topic`, { instance, topicName: NAMES.topic });
    MqGroup.fromGroupAttributes(stack, `${id}-group`, { instance, groupId: NAMES.group });
  };

const inStacks =
  (stacks: Readonly<Record<string, Parts | undefined>>, id = 'n'): Build =>
  (app) =>
    Object.entries(stacks).forEach(([name, parts]) => parts?.(testStack(name, app), id));

const alone: Build = inStacks({ alpha: made, beta: () => {} });

/** Writes the lines that messages tell into the stacks of an app. */
const withLines =
  (build: Build, messages: readonly string[]): Build =>
  (app) => {
    build(app);
    const lines = /in the code of (\w+), from \S+ \S+ stack\.addOverride\('(\w+)', (\[.*?\])\)/g;
    for (const [, name, block, json] of messages.join('\n').matchAll(lines)) {
      const values = JSON.parse(json) as readonly object[];
      const stack = app.node.findChild(name) as TerraformStack;
      const { rawOverrides } = stack as unknown as { rawOverrides: Record<string, object[]> };
      stack.addOverride(block, [...(rawOverrides[block] ?? []), ...values]);
    }
  };

describe.skipIf(!hasTerraform)('what the app still needs is not destroyed', { timeout: 240_000 }, () => {
  describe.each<[string, (growing: GrowingApp) => Build, string]>([
    [
      'referred to under another id',
      (growing) => inStacks({ alpha: (stack) => referredTo(growing)(stack, 'm'), beta: () => {} }),
      'alpha/m-KIND still refers to it',
    ],
    [
      'referred to by another stack',
      (growing) => inStacks({ alpha: () => {}, beta: referredTo(growing) }),
      'beta/n-KIND still refers to it',
    ],
    ['made at another id', () => inStacks({ alpha: made, beta: () => {} }, 'm'), 'KIND'],
    ['made by another stack', () => inStacks({ alpha: () => {}, beta: made }), 'made by stack beta at once'],
  ])('%s', (_name, second, told) => {
    it.each(['commands', 'code'])('and goes on after the %s that the message tells', async (by) => {
      const growing = await grown(alone);
      const before = growing.made;
      const [{ instanceId }] = growing.account.ons.listInstances('cn-hangzhou');
      const build = second(growing);
      const conflicts = await growing.conflicts(build);
      for (const [kind, name] of Object.entries(NAMES)) {
        const about = conflicts.filter((one) => one.includes(`${kind} ${name}`));
        expect(about, kind).toHaveLength(1);
        expect(about[0]).toContain(told.replace('KIND', kind));
      }
      if (by === 'commands') {
        await growing.follow(conflicts.join('\n'));
      }
      const after = by === 'commands' ? build : withLines(build, conflicts);
      expect(await growing.conflicts(after)).toEqual([]);
      const { runs } = await growing.deploy(after);
      const all = Object.values(runs);
      expect(all.flatMap(({ errors }) => errors)).toEqual([]);
      expect(all.flatMap(({ changes }) => changes).filter((one) => /: (delete|replace|create)$/.test(one))).toEqual([]);
      expect(growing.made).toEqual(before);
      expect(growing.account.ons.listInstances('cn-hangzhou')[0].instanceId).toBe(instanceId);
    });
  });

  /** Two channels with names that somebody gave. */
  const channels =
    (first: string, second: string, ids = ['a', 'b']): Build =>
    (app) => {
      const stack = testStack('alpha', app);
      [first, second].forEach((name, index) => {
        new DlaMnsNotification(stack, ids[index], {
          bucketProps: { bucketName: `bucket-${name}` },
          queueProps: { queueName: `queue-${name}` },
        });
      });
    };

  it.each<[string, Build]>([
    ['swap their names', channels('2', '1')],
    ['pass their names on', channels('3', '1')],
    ['swap their ids', channels('1', '2', ['b', 'a'])],
  ])('channels that %s keep what they have after the commands', async (what, second) => {
    const growing = await grown(channels('1', '2'));
    const before = growing.made;
    const conflicts = await growing.conflicts(second);
    expect(conflicts.join()).toContain('would be destroyed and made again at once');
    await growing.follow(conflicts.join('\n'));
    expect(await growing.conflicts(second)).toEqual([]);
    const { runs } = await growing.deploy(second);
    expect(runs.alpha.errors).toEqual([]);
    const lost = runs.alpha.changes.filter((one) => /: (delete|replace)$/.test(one));
    expect(lost.every((one) => one.includes('_aside'))).toBe(true);
    const kept = before.filter((one) => what !== 'pass their names on' || !one.endsWith('-2'));
    expect(growing.made).toEqual(expect.arrayContaining(kept));
  });

  /** One stack, and an empty one. */
  const inAlpha =
    (parts: (stack: TerraformStack, beta: TerraformStack) => void): Build =>
    (app) =>
      parts(testStack('alpha', app), testStack('beta', app));
  const queue = (stack: TerraformStack, id: string, queueName = NAMES.queue) => new MnsQueue(stack, id, { queueName });
  const queuesOf = (stack: TerraformStack, names: string[]) => {
    const all = TerraformIterator.fromList(names);
    new MessageServiceQueue(stack, 'all', { forEach: all, queueName: all.value as string });
  };
  const variable = (stack: TerraformStack) =>
    new TerraformVariable(stack, 'team', { type: 'string', default: NAMES.queue }).stringValue;
  const topics =
    (...names: string[]): Build =>
    (app) => {
      const instance = new MqInstance(testStack('alpha', app), 'instance', { instanceName: NAMES.instance });
      names.forEach((topicName, index) => new MqTopic(instance, `topic-${index}`, { instance, topicName }));
    };

  it.each<[string, Build, Build]>([
    [
      'a channel that is read from its outputs at its id',
      inAlpha((stack) => void new DlaMnsNotification(stack, 'n', CHANNEL)),
      inAlpha((stack) => void DlaMnsNotification.fromOutputs(stack, 'n', OUTPUTS)),
    ],
    [
      'and at another id',
      inAlpha((stack) => void new DlaMnsNotification(stack, 'n', CHANNEL)),
      inAlpha((stack) => void DlaMnsNotification.fromOutputs(stack, 'm', OUTPUTS)),
    ],
    [
      'a channel within another construct',
      inAlpha((stack) => void new DlaMnsNotification(stack, 'n', CHANNEL)),
      inAlpha((stack) => void new DlaMnsNotification(new Construct(stack, 'team'), 'n', CHANNEL)),
    ],
    ['topics that pass their names around', topics('one', 'two', 'six'), topics('two', 'six', 'one')],
    [
      'queues of an iterator that become constructs',
      inAlpha((stack) => queuesOf(stack, ['one', 'two'])),
      inAlpha((stack) => ['one', 'two'].forEach((name) => queue(stack, name, name))),
    ],
    [
      'constructs that become queues of an iterator',
      inAlpha((stack) => ['one', 'two'].forEach((name) => queue(stack, name, name))),
      inAlpha((stack) => queuesOf(stack, ['one', 'two'])),
    ],
    [
      'a queue that an iterator loses and another stack refers to',
      inAlpha((stack) => queuesOf(stack, ['one', 'two'])),
      inAlpha((stack, beta) => {
        queuesOf(stack, ['one']);
        MnsQueue.fromQueueName(beta, 'q', 'two');
      }),
    ],
    [
      'a queue whose count becomes 0, and another stack refers to it',
      inAlpha((stack) => void queue(stack, 'q')),
      inAlpha((stack, beta) => {
        queue(stack, 'q').resource.addOverride('count', 0);
        MnsQueue.fromQueueName(beta, 'q', NAMES.queue);
      }),
    ],
    [
      'a queue by the name that a variable has',
      inAlpha((stack) => void queue(stack, 'q', variable(stack))),
      inAlpha((stack) => void MnsQueue.fromQueueName(stack, 'r', variable(stack))),
    ],
    [
      'a bucket whose logical id is given later',
      inAlpha((stack) => void new OssBucket(stack, 'b', { bucketName: NAMES.bucket, enforceTls: true })),
      inAlpha((stack) =>
        new OssBucket(stack, 'b', { bucketName: NAMES.bucket, enforceTls: true }).resource.overrideLogicalId('mine'),
      ),
    ],
    [
      'a queue that another stack imports',
      inAlpha((stack) => void queue(stack, 'q')),
      inAlpha((_stack, beta) => queue(beta, 'q').resource.importFrom(NAMES.queue)),
    ],
    [
      'a bucket that another stack writes its logs to',
      inAlpha((stack) => void new OssBucket(stack, 'logs', { bucketName: NAMES.bucket })),
      inAlpha((_stack, beta) => {
        const bucket = OssBucket.fromBucketName(beta, 'logs', NAMES.bucket);
        new OssBucket(beta, 'data', { logging: { bucket } });
      }),
    ],
  ])('%s stays after the commands', async (_name, first, second) => {
    const growing = await grown(first);
    const before = growing.made;
    await growing.follow((await growing.conflicts(second)).join('\n'));
    expect(await growing.conflicts(second)).toEqual([]);
    const { runs } = await growing.deploy(second);
    const all = Object.values(runs);
    expect(all.flatMap(({ errors }) => errors)).toEqual([]);
    const lost = all.flatMap(({ changes }) => changes).filter((one) => /: (delete|replace)$/.test(one));
    expect(lost.filter((one) => !one.includes('_aside') && !one.startsWith('terraform_data.'))).toEqual([]);
    expect(growing.made).toEqual(expect.arrayContaining(before));
  });

  it('a role of the bindings is forgotten where a construct of the same stack adopts it', async () => {
    const growing = await grown((app) => {
      const role = new RamRole(testStack('alpha', app), 'r', {
        roleName: OpenAnalyticsMnsRole.ROLE_NAME,
        assumeRolePolicyDocument: trustPolicy(undefined),
      });
      new RamRolePolicyAttachment(role.cdktfStack, 'p', {
        roleName: role.roleName,
        policyName: 'AliyunMNSFullAccess',
        policyType: 'System',
      });
    });
    const adopted: Build = (app) => void new OpenAnalyticsMnsRole(testStack('alpha', app), 'role', { adopt: true });
    const [conflict, ...others] = await growing.conflicts(adopted);
    expect(others).toEqual([]);
    expect(conflict).toContain(
      `role ${OpenAnalyticsMnsRole.ROLE_NAME} would be destroyed by alicloud_ram_role.r, alicloud_ram_role_policy_attachment.p of stack alpha, and stack alpha has it, too`,
    );
    await growing.follow(conflict);
    expect(await growing.conflicts(adopted)).toEqual([]);
    const { runs } = await growing.deploy(adopted);
    expect(runs.alpha.errors).toEqual([]);
    expect(runs.alpha.changes.filter((one) => /: (delete|replace)$/.test(one))).toEqual([]);
    expect(growing.account.ram.listAttachedPolicies('role', OpenAnalyticsMnsRole.ROLE_NAME)).toHaveLength(1);
  });

  it('a topic that would be replaced is told with the property', async () => {
    const inAlpha =
      (remark: string, id?: string): Build =>
      (app) => {
        const instance = new MqInstance(testStack('alpha', app), 'instance', { instanceName: NAMES.instance });
        new MqTopic(instance, 'topic', { instance, topicName: NAMES.topic, remark });
        if (id !== undefined) {
          const beta = testStack('beta', app);
          MqTopic.fromTopicAttributes(beta, 't', {
            topicName: NAMES.topic,
            instance: MqInstance.fromInstanceId(beta, 'i', id),
          });
        }
      };
    const growing = await grown(inAlpha('one'));
    const [{ instanceId }] = growing.account.ons.listInstances('cn-hangzhou');
    expect(await growing.conflicts(inAlpha('one', instanceId))).toEqual([]);
    expect(await growing.conflicts(inAlpha('two'))).toEqual([]);
    expect(await growing.conflicts(inAlpha('two', instanceId))).toEqual([
      expect.stringMatching(/^topic topic-n of MQ_INST_\w+ would be .* put back what it is replaced for \(remark\)/),
    ]);
  });

  it('what is only referred to in another region goes', async () => {
    const growing = await grown(alone);
    const build: Build = (app) => {
      testStack('alpha', app);
      const beta = new TerraformStack(app, 'beta');
      new AlicloudProvider(beta, 'alicloud', { region: 'cn-shanghai' });
      MnsQueue.fromQueueName(beta, 'q', NAMES.queue);
    };
    expect(await growing.conflicts(build)).toEqual([]);
    const { runs } = await growing.deploy(build);
    expect(Object.values(runs).flatMap(({ errors }) => errors)).toEqual([]);
    expect(growing.made).toEqual([]);
  });
});
