import type { Activation } from './activation';
import { CloudError } from './cloud-error';
import { alphanumericId, hexId } from './ids';
import { OnsConsumers } from './mq-consumers';
import type { Tags } from './ram';
import type { Store, Table } from '../store/store';

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

export interface InstanceEndpoints {
  readonly tcp: string;
  readonly tcpInternet: string;
  readonly httpInternal: string;
  readonly httpInternet: string;
  readonly httpInternetSecure: string;
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

export interface Message {
  readonly instanceId: string;
  readonly topic: string;
  readonly msgId: string;
  /** Position on the topic, counted from 0; consumers keep theirs by it. */
  readonly offset: number;
  readonly key: string;
  readonly tag: string;
  readonly body: string;
  readonly producerId: string;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
}

/** Message types of ONS: normal, partitionally ordered, globally ordered, transactional, scheduled or delayed. */
const MESSAGE_TYPES = [0, 1, 2, 4, 5];
const GROUP_TYPES = ['tcp', 'http'];

/** Message Queue for RocketMQ 4.x (API product `Ons`): instances, topics, groups and messages. */
export class Ons {
  public readonly consumers: OnsConsumers;
  private readonly instances: Table<Instance>;
  private readonly topics: Table<Topic>;
  private readonly groups: Table<Group>;
  private readonly messages: Table<Message>;
  private readonly messagesByTopic: Table<string>;

  constructor(
    private readonly store: Store,
    private readonly accountId: string,
    private readonly activation: Activation,
  ) {
    this.instances = store.table('ons-instances');
    this.topics = store.table('ons-topics');
    this.groups = store.table('ons-groups');
    this.messages = store.table('ons-messages');
    this.messagesByTopic = store.table('ons-topic-messages');
    this.consumers = new OnsConsumers(store);
  }

  // Instances

  public createInstance(
    region: string,
    input: { instanceName: string } & Partial<Pick<Instance, 'remark' | 'tags'>>,
  ): Instance {
    this.activation.require('ons');
    checkLength('InstanceName', input.instanceName, 3, 64);
    checkLength('Remark', input.remark ?? '', 0, 128);
    this.refuseNameTaken(region, input.instanceName);
    const instance: Instance = {
      instanceId: `MQ_INST_${this.accountId}_${alphanumericId(8)}`,
      region,
      instanceName: input.instanceName,
      remark: input.remark ?? '',
      instanceType: 1,
      instanceStatus: 5,
      createTime: Date.now(),
      tags: input.tags ?? {},
    };
    this.instances.put(instance, instance.instanceId);
    return instance;
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
      tags: patch.tags ?? instance.tags,
    };
    checkLength('InstanceName', next.instanceName, 3, 64);
    checkLength('Remark', next.remark, 0, 128);
    if (next.instanceName !== instance.instanceName) {
      this.refuseNameTaken(region, next.instanceName);
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
  public endpointsOf(instance: Instance): InstanceEndpoints {
    const { instanceId, region } = instance;
    return {
      tcp: `http://${instanceId}.${region}.mq-internal.aliyuncs.com:8080`,
      tcpInternet: `http://${instanceId}.mq.${region}.aliyuncs.com:80`,
      httpInternal: `http://${this.accountId}.mqrest.${region}-internal.aliyuncs.com`,
      httpInternet: `http://${this.accountId}.mqrest.${region}.aliyuncs.com`,
      httpInternetSecure: `https://${this.accountId}.mqrest.${region}.aliyuncs.com`,
    };
  }

  // Topics

  public createTopic(
    region: string,
    input: Pick<Topic, 'instanceId' | 'topic' | 'messageType'> & Partial<Pick<Topic, 'remark' | 'tags'>>,
  ): Topic {
    this.getInstance(region, input.instanceId);
    checkPattern('Topic', input.topic, /^[\w-]{1,64}$/);
    if (/^(GID|CID)/.test(input.topic)) {
      throw invalid('Topic', input.topic, 'a name that does not start with "GID" or "CID", which are reserved');
    }
    if (!MESSAGE_TYPES.includes(input.messageType)) {
      throw invalid('MessageType', String(input.messageType), MESSAGE_TYPES.join(', '));
    }
    checkLength('Remark', input.remark ?? '', 0, 128);
    if (this.topics.get(input.instanceId, input.topic)) {
      throw new CloudError('BIZ_TOPIC_EXISTED', `the topic ${input.topic} already exists on ${input.instanceId}`);
    }
    const topic: Topic = {
      instanceId: input.instanceId,
      topic: input.topic,
      messageType: input.messageType,
      remark: input.remark ?? '',
      createTime: Date.now(),
      tags: input.tags ?? {},
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
    this.topics.put({ ...this.getTopic(region, instanceId, name), tags }, instanceId, name);
  }

  public deleteTopic(region: string, instanceId: string, name: string): void {
    this.getTopic(region, instanceId, name);
    const group = topicKey(instanceId, name);
    this.store.commit([
      this.topics.change(null, instanceId, name),
      ...this.consumers.forget(instanceId, { topic: name }),
      ...this.messagesByTopic
        .list(group)
        .flatMap((msgId, offset) => [
          this.messages.change(null, msgId),
          this.messagesByTopic.change(null, group, offsetKey(offset)),
        ]),
    ]);
  }

  // Groups

  public createGroup(
    region: string,
    input: Pick<Group, 'instanceId' | 'groupId' | 'groupType'> & Partial<Pick<Group, 'remark' | 'tags'>>,
  ): Group {
    this.getInstance(region, input.instanceId);
    checkPattern('GroupId', input.groupId, /^GID[_-][\w-]{1,60}$/);
    if (!GROUP_TYPES.includes(input.groupType)) {
      throw invalid('GroupType', input.groupType, GROUP_TYPES.join(', '));
    }
    checkLength('Remark', input.remark ?? '', 0, 256);
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
      tags: input.tags ?? {},
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
    this.groups.put({ ...this.getGroup(region, instanceId, groupId), tags }, instanceId, groupId);
  }

  public enableGroup(region: string, instanceId: string, groupId: string, readEnable: boolean): void {
    this.groups.put({ ...this.getGroup(region, instanceId, groupId), readEnable }, instanceId, groupId);
  }

  public deleteGroup(region: string, instanceId: string, groupId: string): void {
    this.getGroup(region, instanceId, groupId);
    this.store.commit([
      this.groups.change(null, instanceId, groupId),
      ...this.consumers.forget(instanceId, { groupId }),
    ]);
  }

  // Messages

  /** Stores a message on a topic, as a producer of `producerId` would send it. */
  public sendMessage(
    region: string,
    input: Pick<Message, 'instanceId' | 'topic' | 'body' | 'producerId'> & Partial<Pick<Message, 'key' | 'tag'>>,
  ): Message {
    this.getTopic(region, input.instanceId, input.topic);
    const group = topicKey(input.instanceId, input.topic);
    const now = Date.now();
    const message: Message = {
      instanceId: input.instanceId,
      topic: input.topic,
      msgId: hexId(32),
      offset: this.messageCount(input.instanceId, input.topic),
      key: input.key ?? '',
      tag: input.tag ?? '',
      body: input.body,
      producerId: input.producerId,
      bornTimestamp: now,
      storeTimestamp: now,
    };
    this.store.commit([
      this.messages.change(message, message.msgId),
      this.messagesByTopic.change(message.msgId, group, offsetKey(message.offset)),
    ]);
    return message;
  }

  public getMessage(region: string, instanceId: string, topic: string, msgId: string): Message {
    this.getTopic(region, instanceId, topic);
    const message = this.messages.get(msgId);
    if (!message || message.instanceId !== instanceId || message.topic !== topic) {
      throw new CloudError('MSG_NOT_FOUND', `the message ${msgId} is not on the topic ${topic}`, 404);
    }
    return message;
  }

  /** A message by its id alone, wherever it is. */
  public findMessage(msgId: string): Message | undefined {
    return this.messages.get(msgId);
  }

  public messageCount(instanceId: string, topic: string): number {
    return this.messagesByTopic.count(topicKey(instanceId, topic));
  }

  /** Messages of a topic from a position on, oldest first. */
  public *messagesFrom(instanceId: string, topic: string, offset: number): Generator<Message> {
    for (const msgId of this.messagesByTopic.from(topicKey(instanceId, topic), offsetKey(offset))) {
      yield this.messages.get(msgId)!;
    }
  }

  private refuseNameTaken(region: string, instanceName: string): void {
    if (this.listInstances(region).some((instance) => instance.instanceName === instanceName)) {
      throw new CloudError('INSTANCE_NAME_EXIST', `an instance named ${instanceName} already exists in ${region}`);
    }
  }
}

function topicKey(instanceId: string, topic: string): string {
  return `${instanceId}%${topic}`;
}

/** Padded, so that the order of keys is the order of positions. */
function offsetKey(offset: number): string {
  return String(offset).padStart(12, '0');
}

function checkLength(parameter: string, value: string, min: number, max: number): void {
  if (value.length < min || value.length > max) {
    throw invalid(parameter, value, `${min} to ${max} characters`);
  }
}

function checkPattern(parameter: string, value: string, pattern: RegExp): void {
  if (!pattern.test(value)) {
    throw invalid(parameter, value, `what matches ${pattern.source}`);
  }
}

function invalid(parameter: string, value: string, allowed: string): CloudError {
  return new CloudError(`BIZ_FIELD_CHECK_INVALID`, `${parameter}: expected ${allowed}, got ${JSON.stringify(value)}`);
}
