import { GROUP_TYPES, MAX_MQ_INSTANCES, MAX_REMARK_LENGTH, MESSAGE_TYPES } from '../../cloud/limits';
import { type MqEndpointUrls, mqEndpointsOf } from '../../cloud/mq-endpoint';
import { GROUP_ID, MQ_INSTANCE_NAME, mqInstanceId, TOPIC_NAME } from '../../cloud/names';
import { expectedInstead, type Rule } from '../../cloud/rule';
import { type Activation, NEW_INSTANCES } from './activation';
import { CloudError } from './cloud-error';
import { ConsumptionRate } from './consumption-rate';
import { alphanumericId } from './ids';
import { MqConsumers } from './mq-consumers';
import { deadLetterTopicOf, groupOfQueue, retryTopicOf } from './mq-group-queues';
import { type Message, MqMessages, type NewMessage, type SentMessage } from './mq-messages';
import { type GroupQueue, MqOffsets } from './mq-offsets';
import { MqPolls } from './mq-polls';
import { MqProgress } from './mq-progress';
import { MqSubscriptions } from './mq-subscriptions';
import { MqPrepared } from './mq-prepared';
import { MqTransactions } from './mq-transactions';
import type { Tags } from './ram';
import type { Removals } from './removals';
import { checkTags } from './tag-rules';
import type { Change } from '../store/journal';
import { flag, naming, number, object, record, reference, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

export interface Instance {
  readonly instanceId: string;
  readonly region: string;
  readonly instanceName: string;
  readonly remark: string;
  /** 1: standard edition, charged by use; the API creates no other. */
  readonly instanceType: number;
  /** 5: in service. */
  readonly instanceStatus: number;
  readonly createTime: number;
  readonly tags: Tags;
}

export interface Topic {
  readonly instanceId: string;
  readonly topic: string;
  readonly messageType: number;
  readonly remark: string;
  readonly createTime: number;
  readonly tags: Tags;
}

export interface Group {
  readonly instanceId: string;
  readonly groupId: string;
  readonly groupType: string;
  readonly remark: string;
  /** False while consumers of the group must not receive. */
  readonly readEnable: boolean;
  readonly createTime: number;
  readonly tags: Tags;
}

const tags = record(text);
const INSTANCE = object<Instance>({
  instanceId: naming,
  region: text,
  instanceName: text,
  remark: text,
  instanceType: number,
  instanceStatus: number,
  createTime: number,
  tags,
});
const TOPIC = object<Topic>({
  instanceId: naming,
  topic: text,
  messageType: number,
  remark: text,
  createTime: number,
  tags,
});
const GROUP = object<Group>({
  instanceId: naming,
  groupId: text,
  groupType: text,
  remark: text,
  readEnable: flag,
  createTime: number,
  tags,
});

/** Among the message types: one order for all. */
const GLOBALLY_ORDERED = 2;
/** Queues of a topic: so many consumers of a group share its messages. */
const QUEUES = 4;

/** Message Queue for RocketMQ 4.x (API product `Ons`): instances, topics, groups and messages. */
export class Ons {
  public readonly consumers: MqConsumers;
  public readonly offsets: MqOffsets;
  public readonly messages: MqMessages;
  public readonly transactions: MqTransactions;
  public readonly prepared: MqPrepared;
  public readonly subscriptions: MqSubscriptions;
  public readonly progress: MqProgress;
  public readonly polls = new MqPolls();
  public readonly rate = new ConsumptionRate();
  private readonly instances: Table<Instance>;
  private readonly topics: Table<Topic>;
  private readonly groups: Table<Group>;

  constructor(
    store: Store,
    private readonly accountId: string,
    private readonly activation: Activation,
    private readonly removals: Removals,
  ) {
    this.instances = store.table('mq-instances', INSTANCE, ({ instanceId }) => [instanceId]);
    const instanceOf = ({ instanceId }: { instanceId: string }) => [reference('mq-instances', instanceId)];
    this.topics = store.table('mq-topics', TOPIC, ({ instanceId, topic }) => [instanceId, topic], instanceOf);
    this.groups = store.table('mq-groups', GROUP, ({ instanceId, groupId }) => [instanceId, groupId], instanceOf);
    this.offsets = new MqOffsets(store);
    this.messages = new MqMessages(store);
    this.consumers = new MqConsumers(store, this.messages, this.offsets);
    this.transactions = new MqTransactions(store, this.messages);
    this.prepared = new MqPrepared(store, this.messages);
    this.subscriptions = new MqSubscriptions(store);
    this.subscriptions.addSource((instanceId, groupId) => this.polls.clients(instanceId, groupId));
    this.progress = new MqProgress(
      this.messages,
      this.offsets,
      this.consumers,
      this.subscriptions,
      (instanceId, topic) => this.queueCount(instanceId, topic),
    );
    removals.add('topic', (instanceId, topic) => this.belowTopic(instanceId, topic));
    removals.add('group', (instanceId, groupId) => this.belowGroup(instanceId, groupId));
  }

  // Instances

  public createInstance(
    region: string,
    input: { instanceName: string } & Partial<Pick<Instance, 'remark' | 'tags'>>,
  ): Instance {
    this.activation.require('ons');
    checkLength('InstanceName', input.instanceName, ...MQ_INSTANCE_NAME.length);
    checkLength('Remark', input.remark ?? '', 0, MAX_REMARK_LENGTH.instance);
    this.checkNameFree(region, input.instanceName);
    this.checkMayMakeInstance();
    // Assumption: the code; the provider's documentation tells the limit alone.
    if (this.listInstances(region).length >= MAX_MQ_INSTANCES) {
      throw new CloudError(
        'INSTANCE_QUOTA_EXCEEDED',
        `a region has at most ${MAX_MQ_INSTANCES} instances of an account`,
      );
    }
    const instance: Instance = {
      instanceId: mqInstanceId(this.accountId, alphanumericId(8)),
      region,
      instanceName: input.instanceName,
      remark: input.remark ?? '',
      instanceType: 1,
      instanceStatus: 5,
      createTime: Date.now(),
      tags: tagsToStore(input.tags),
    };
    this.instances.put(instance, instance.instanceId);
    return instance;
  }

  /** Assumption: the error's code and text, and that an account with an instance in any region is an existing user. */
  private checkMayMakeInstance(): void {
    if (!this.activation.isActive(NEW_INSTANCES) && this.instances.list().length === 0) {
      throw new CloudError(
        'BIZ_INSTANCE_CREATE_FORBIDDEN',
        'only existing users of RocketMQ 4.x can make instances, and this account has none',
        403,
      );
    }
  }

  /** `region`: where the caller asked; an instance is not known outside its own. */
  public getInstance(region: string, instanceId: string): Instance {
    this.activation.require('ons');
    const instance = this.instances.get(instanceId);
    if (!instance || instance.region !== region) {
      throw new CloudError('INSTANCE_NOT_FOUND', `the instance ${instanceId} does not exist in ${region}`, 404);
    }
    return instance;
  }

  /** An instance by its id alone, wherever it is. */
  public findInstance(instanceId: string): Instance | undefined {
    return this.instances.get(instanceId);
  }

  public listInstances(region: string): Instance[] {
    this.activation.require('ons');
    return this.instances.list().filter((instance) => instance.region === region);
  }

  public updateInstance(
    region: string,
    instanceId: string,
    patch: Partial<Pick<Instance, 'instanceName' | 'remark' | 'tags'>>,
  ): Instance {
    const instance = this.getInstance(region, instanceId);
    const next: Instance = {
      ...instance,
      instanceName: patch.instanceName ?? instance.instanceName,
      remark: patch.remark ?? instance.remark,
      tags: tagsToStore(patch.tags ?? instance.tags, instance.tags),
    };
    checkLength('InstanceName', next.instanceName, ...MQ_INSTANCE_NAME.length);
    checkLength('Remark', next.remark, 0, MAX_REMARK_LENGTH.instance);
    if (next.instanceName !== instance.instanceName) {
      this.checkNameFree(region, next.instanceName);
    }
    this.instances.put(next, instanceId);
    return next;
  }

  public deleteInstance(region: string, instanceId: string): void {
    this.getInstance(region, instanceId);
    if (this.topicCount(instanceId) > 0 || this.groupCount(instanceId) > 0) {
      throw new CloudError('INSTANCE_NOT_EMPTY', `the instance ${instanceId} still has topics or groups`);
    }
    this.instances.delete(instanceId);
  }

  /** Canonical addresses of an instance, the same wherever the local cloud listens. */
  public endpointsOf(instance: Instance): MqEndpointUrls {
    return mqEndpointsOf(this.accountId, instance.region, instance.instanceId);
  }

  // Topics

  public createTopic(
    region: string,
    input: Pick<Topic, 'instanceId' | 'topic' | 'messageType'> & Partial<Pick<Topic, 'remark' | 'tags'>>,
  ): Topic {
    this.getInstance(region, input.instanceId);
    checkRule('Topic', input.topic, TOPIC_NAME);
    checkRule('MessageType', input.messageType, { type: 'number', allowed: MESSAGE_TYPES });
    checkLength('Remark', input.remark ?? '', 0, MAX_REMARK_LENGTH.topic);
    this.removals.finish('topic', input.instanceId, input.topic);
    if (this.topics.get(input.instanceId, input.topic)) {
      throw new CloudError('BIZ_TOPIC_EXISTED', `the topic ${input.topic} already exists on ${input.instanceId}`);
    }
    const topic: Topic = {
      instanceId: input.instanceId,
      topic: input.topic,
      messageType: input.messageType,
      remark: input.remark ?? '',
      createTime: Date.now(),
      tags: tagsToStore(input.tags),
    };
    this.topics.put(topic, topic.instanceId, topic.topic);
    return topic;
  }

  public getTopic(region: string, instanceId: string, name: string): Topic {
    this.getInstance(region, instanceId);
    const topic = this.topics.get(instanceId, name);
    if (!topic) {
      throw new CloudError('BIZ_TOPIC_NOT_FOUND', `the topic ${name} does not exist on ${instanceId}`, 404);
    }
    return topic;
  }

  /** Without the instance's own checks: undefined where it, or the topic on it, is not there. */
  public findTopic(instanceId: string, name: string): Topic | undefined {
    return this.topics.get(instanceId, name);
  }

  public topicCount(instanceId: string): number {
    return this.topics.count(instanceId);
  }

  public listTopics(region: string, instanceId: string): Topic[] {
    this.getInstance(region, instanceId);
    return this.topics.list(instanceId);
  }

  public tagTopic(region: string, instanceId: string, name: string, tags: Tags): void {
    const topic = this.getTopic(region, instanceId, name);
    this.topics.put({ ...topic, tags: tagsToStore(tags, topic.tags) }, instanceId, name);
  }

  /** When this returns the topic is gone; when the promise is fulfilled, its messages, too. */
  public deleteTopic(region: string, instanceId: string, name: string): Promise<void> {
    this.getTopic(region, instanceId, name);
    return this.removals.run('topic', [instanceId, name], [this.topics.change(null, instanceId, name)]);
  }

  private *belowTopic(instanceId: string, topic: string): Generator<readonly Change[]> {
    yield this.consumptionOf(instanceId, { topic });
    yield* this.consumers.forget(instanceId, { topic });
    yield* this.transactions.forget(instanceId, topic);
    yield* this.prepared.forget(instanceId, topic);
    yield* this.messages.forget(instanceId, topic);
  }

  // Groups

  public createGroup(
    region: string,
    input: Pick<Group, 'instanceId' | 'groupId' | 'groupType'> & Partial<Pick<Group, 'remark' | 'tags'>>,
  ): Group {
    this.getInstance(region, input.instanceId);
    checkRule('GroupId', input.groupId, GROUP_ID);
    checkRule('GroupType', input.groupType, { type: 'string', allowed: GROUP_TYPES });
    checkLength('Remark', input.remark ?? '', 0, MAX_REMARK_LENGTH.group);
    this.removals.finish('group', input.instanceId, input.groupId);
    if (this.groups.get(input.instanceId, input.groupId)) {
      throw new CloudError(
        'BIZ_SUBSCRIPTION_EXISTED',
        `the group ${input.groupId} already exists on ${input.instanceId}`,
      );
    }
    const group: Group = {
      instanceId: input.instanceId,
      groupId: input.groupId,
      groupType: input.groupType,
      remark: input.remark ?? '',
      readEnable: true,
      createTime: Date.now(),
      tags: tagsToStore(input.tags),
    };
    this.groups.put(group, group.instanceId, group.groupId);
    return group;
  }

  public getGroup(region: string, instanceId: string, groupId: string): Group {
    this.getInstance(region, instanceId);
    const group = this.groups.get(instanceId, groupId);
    if (!group) {
      throw new CloudError('BIZ_SUBSCRIPTION_NOT_FOUND', `the group ${groupId} does not exist on ${instanceId}`, 404);
    }
    return group;
  }

  public findGroup(instanceId: string, groupId: string): Group | undefined {
    return this.groups.get(instanceId, groupId);
  }

  public groupCount(instanceId: string): number {
    return this.groups.count(instanceId);
  }

  public listGroups(region: string, instanceId: string): Group[] {
    this.getInstance(region, instanceId);
    return this.groups.list(instanceId);
  }

  public tagGroup(region: string, instanceId: string, groupId: string, tags: Tags): void {
    const group = this.getGroup(region, instanceId, groupId);
    this.groups.put({ ...group, tags: tagsToStore(tags, group.tags) }, instanceId, groupId);
  }

  public enableGroup(region: string, instanceId: string, groupId: string, readEnable: boolean): void {
    this.groups.put({ ...this.getGroup(region, instanceId, groupId), readEnable }, instanceId, groupId);
  }

  /** When this returns the group is gone; when the promise is fulfilled, its messages, too. */
  public deleteGroup(region: string, instanceId: string, groupId: string): Promise<void> {
    this.getGroup(region, instanceId, groupId);
    const messagesGone = this.removals.run(
      'group',
      [instanceId, groupId],
      [this.groups.change(null, instanceId, groupId)],
    );
    this.polls.forget(instanceId, groupId);
    this.rate.forget(`${instanceId}%${groupId}`);
    return messagesGone;
  }

  private *belowGroup(instanceId: string, groupId: string): Generator<readonly Change[]> {
    yield [
      ...this.consumptionOf(instanceId, { groupId }),
      // Another group may read what this one could not consume.
      ...queuesOf(groupId).flatMap((topic) => this.consumptionOf(instanceId, { topic })),
    ];
    yield* this.consumers.forget(instanceId, { groupId });
    for (const topic of queuesOf(groupId)) {
      yield* this.messages.forget(instanceId, topic);
    }
  }

  /** Changes that forget who subscribes to a topic and how far it was consumed, or the same of a group. */
  private consumptionOf(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return [...this.offsets.forget(instanceId, what), ...this.subscriptions.forget(instanceId, what)];
  }

  /** Moves a group on a topic: to the first messages that came at a time or later, without one behind all. */
  public resetOffset(region: string, instanceId: string, groupId: string, topic: string, timestamp = Infinity): void {
    this.getGroup(region, instanceId, groupId);
    this.getTopic(region, instanceId, topic);
    const queues = Array.from({ length: this.queueCount(instanceId, topic)! }, (_, queueId): [GroupQueue, number] => [
      { instanceId, groupId, topic, queueId },
      this.messages.positionAt(instanceId, topic, queueId, timestamp),
    ]);
    this.offsets.reset(queues, this.consumers.forgetPending({ instanceId, groupId, topic }));
    this.messages.announce(instanceId, topic);
  }

  // Messages

  /** Queues of a topic, or of a group's retries and dead letters; undefined when there is no such topic or group. */
  public queueCount(instanceId: string, name: string): number | undefined {
    const topic = this.findTopic(instanceId, name);
    if (topic) {
      return topic.messageType === GLOBALLY_ORDERED ? 1 : QUEUES;
    }
    const groupId = groupOfQueue(name);
    return groupId !== undefined && this.findGroup(instanceId, groupId)?.groupType === 'tcp' ? 1 : undefined;
  }

  /** Stores a message on a topic, as a producer of `producerId` would send it. */
  public sendMessage(region: string, input: NewMessage): SentMessage {
    const { topic } = this.getTopic(region, input.instanceId, input.topic);
    return this.messages.send(this.queueCount(input.instanceId, topic)!, [input])[0];
  }

  public getMessage(region: string, instanceId: string, topic: string, msgId: string): Message {
    this.getTopic(region, instanceId, topic);
    return this.messageOn(instanceId, topic, msgId);
  }

  public getDeadLetter(region: string, instanceId: string, groupId: string, msgId: string): Message {
    this.getGroup(region, instanceId, groupId);
    return this.messageOn(instanceId, deadLetterTopicOf(groupId), msgId);
  }

  /** A message by its id alone, wherever it is. */
  public findMessage(msgId: string): Message | undefined {
    return this.messages.find(msgId);
  }

  public messageCount(instanceId: string, topic: string): number {
    return this.messages.count(instanceId, topic);
  }

  /** Messages of a topic from a position on, oldest first. */
  public messagesFrom(instanceId: string, topic: string, offset: number): Iterable<Message> {
    return this.messages.from(instanceId, topic, offset);
  }

  /** Other content has taken the place of this: what was kept in memory of it is wrong. */
  public replaced(): void {
    this.offsets.forgetResets();
    this.polls.clear();
    this.rate.clear();
    this.messages.reschedule();
  }

  /** No more messages are delivered at their time. */
  public close(): void {
    this.messages.close();
  }

  private messageOn(instanceId: string, topic: string, msgId: string): Message {
    const message = this.messages.findAll(msgId).find((one) => one.instanceId === instanceId && one.topic === topic);
    if (!message) {
      throw new CloudError('MSG_NOT_FOUND', `the message ${msgId} is not on the topic ${topic}`, 404);
    }
    return message;
  }

  private checkNameFree(region: string, instanceName: string): void {
    if (this.listInstances(region).some((instance) => instance.instanceName === instanceName)) {
      throw new CloudError('INSTANCE_NAME_EXIST', `an instance named ${instanceName} already exists in ${region}`);
    }
  }
}

/** Of what consumers of a group sent back, and of what it could not consume. */
function queuesOf(groupId: string): string[] {
  return [retryTopicOf(groupId), deadLetterTopicOf(groupId)];
}

/** Source: TagResources of RocketMQ 4.x. Assumption: the code is that of other fields. */
function tagsToStore(tags: Tags = {}, former?: Tags): Tags {
  checkTags(tags, 'BIZ_FIELD_CHECK_INVALID', former);
  return tags;
}

function checkLength(parameter: string, value: string, min: number, max: number): void {
  if (value.length < min || value.length > max) {
    throw invalid(parameter, value, `${min} to ${max} characters`);
  }
}

function checkRule(parameter: string, value: string | number, rule: Rule): void {
  const expected = expectedInstead(rule, value);
  if (expected !== undefined) {
    throw invalid(parameter, value, expected);
  }
}

function invalid(parameter: string, value: string | number, allowed: string): CloudError {
  return new CloudError(`BIZ_FIELD_CHECK_INVALID`, `${parameter}: expected ${allowed}, got ${JSON.stringify(value)}`);
}
