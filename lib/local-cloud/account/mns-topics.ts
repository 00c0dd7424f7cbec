import { parseQueueEndpoint, queueEndpoint } from '../../cloud/arn';
import { QUEUE_RANGES } from '../../cloud/limits';
import { MNS_SUBSCRIPTION_NAME, MNS_TOPIC_NAME } from '../../cloud/names';
import { expectedInstead, type Rule } from '../../cloud/rule';
import type { Activation } from './activation';
import { CloudError } from './cloud-error';
import { isAsGiven } from './made-again';
import type { Mns } from './mns';
import { checkMessage, checkNumber } from './mns-limits';
import type { NewQueueMessage } from './mns-messages';
import type { Tags } from './ram';
import { checkTags } from './tag-rules';
import { flag, naming, number, object, oneOf, record, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

export const NOTIFY_STRATEGIES = ['BACKOFF_RETRY', 'EXPONENTIAL_DECAY_RETRY'] as const;
export const NOTIFY_FORMATS = ['XML', 'JSON', 'SIMPLIFIED'] as const;

export interface TopicAttributes {
  readonly maximumMessageSize: number;
  readonly loggingEnabled: boolean;
}

export interface Topic extends TopicAttributes {
  readonly region: string;
  readonly topicName: string;
  /** Seconds since 1970, as the API gives them. */
  readonly createTime: number;
  readonly lastModifyTime: number;
  readonly tags: Tags;
}

export interface SubscriptionAttributes {
  /** A queue: `acs:mns:REGION:ACCOUNT:queues/NAME`. */
  readonly endpoint: string;
  /** Only messages of this tag; empty: all. */
  readonly filterTag: string;
  readonly notifyStrategy: (typeof NOTIFY_STRATEGIES)[number];
  readonly notifyContentFormat: (typeof NOTIFY_FORMATS)[number];
}

export interface Subscription extends SubscriptionAttributes {
  readonly region: string;
  readonly topicName: string;
  readonly subscriptionName: string;
  readonly createTime: number;
  readonly lastModifyTime: number;
}

export interface NewTopicMessage extends Pick<NewQueueMessage, 'body' | 'userProperties' | 'systemProperties'> {
  readonly tag: string;
}

/** A published message on its way to a subscription. */
export interface Notification {
  readonly accountId: string;
  readonly subscription: Subscription;
  readonly messageId: string;
  readonly message: NewTopicMessage;
  /** In milliseconds since 1970. */
  readonly publishTime: number;
}

const TOPIC: Shape<Topic> = object<Topic>({
  region: text,
  topicName: text,
  maximumMessageSize: number,
  loggingEnabled: flag,
  createTime: number,
  lastModifyTime: number,
  tags: record(text),
});
const SUBSCRIPTION: Shape<Subscription> = object<Subscription>({
  region: text,
  topicName: text,
  subscriptionName: text,
  endpoint: naming,
  filterTag: text,
  notifyStrategy: oneOf(...NOTIFY_STRATEGIES),
  notifyContentFormat: oneOf(...NOTIFY_FORMATS),
  createTime: number,
  lastModifyTime: number,
});

const MAX_TAG_CHARACTERS = 16;

/** Topics of SMQ (formerly MNS): what is published goes to each queue that is subscribed, at once. */
export class MnsTopics {
  private readonly topics: Table<Topic>;
  private readonly subscriptions: Table<Subscription>;

  constructor(
    private readonly store: Store,
    private readonly accountId: string,
    private readonly activation: Activation,
    private readonly mns: Mns,
  ) {
    this.topics = store.table('mns-topics', TOPIC, ({ region, topicName }) => [region, topicName]);
    this.subscriptions = store.table(
      'mns-subscriptions',
      SUBSCRIPTION,
      ({ region, topicName, subscriptionName }) => [topicKey(region, topicName), subscriptionName],
      ({ region, topicName }) => [reference('mns-topics', region, topicName)],
    );
  }

  /** A topic that is there with what is given is fine. Source: CreateTopic of the HTTP API. */
  public create(region: string, topicName: string, given: Partial<TopicAttributes & Pick<Topic, 'tags'>>): Topic {
    checkName('TopicNameInvalid', 'TopicName', MNS_TOPIC_NAME, topicName);
    const existing = this.find(region, topicName);
    if (existing && isAsGiven(existing, given)) {
      return existing;
    }
    if (existing) {
      throw new CloudError(
        'TopicAlreadyExist',
        `the topic ${topicName} already exists in ${region}, with other attributes`,
        409,
      );
    }
    const now = seconds();
    const topic: Topic = {
      maximumMessageSize: QUEUE_RANGES.maximumMessageSize[1],
      loggingEnabled: false,
      tags: {},
      ...given,
      region,
      topicName,
      createTime: now,
      lastModifyTime: now,
    };
    checkTags(topic.tags, 'InvalidArgument');
    checkNumber('MaximumMessageSize', topic.maximumMessageSize, QUEUE_RANGES.maximumMessageSize);
    this.topics.put(topic, region, topicName);
    return topic;
  }

  public find(region: string, topicName: string): Topic | undefined {
    this.activation.require('mns');
    return this.topics.get(region, topicName);
  }

  public get(region: string, topicName: string): Topic {
    const topic = this.find(region, topicName);
    if (!topic) {
      throw new CloudError('TopicNotExist', `the topic ${topicName} does not exist in ${region}`, 404);
    }
    return topic;
  }

  public list(region: string): Topic[] {
    this.activation.require('mns');
    return this.topics.list(region);
  }

  public update(region: string, topicName: string, patch: Partial<TopicAttributes & Pick<Topic, 'tags'>>): void {
    const former = this.get(region, topicName);
    const topic: Topic = { ...former, ...patch, lastModifyTime: seconds() };
    checkTags(patch.tags, 'InvalidArgument', former.tags);
    checkNumber('MaximumMessageSize', topic.maximumMessageSize, QUEUE_RANGES.maximumMessageSize);
    this.topics.put(topic, region, topicName);
  }

  /** Its subscriptions go with it. */
  public delete(region: string, topicName: string): void {
    this.get(region, topicName);
    this.store.commit([
      this.topics.change(null, region, topicName),
      ...this.subscriptions.deletions(topicKey(region, topicName)),
    ]);
  }

  /**
   * A subscription that is there with what is given is fine. Source: Subscribe of the HTTP API.
   *
   * Assumption: the queue must be there already.
   */
  public subscribe(
    region: string,
    topicName: string,
    subscriptionName: string,
    given: Partial<SubscriptionAttributes>,
  ): Subscription {
    this.get(region, topicName);
    checkName('SubscriptionNameInvalid', 'SubscriptionName', MNS_SUBSCRIPTION_NAME, subscriptionName);
    const existing = this.findSubscription(region, topicName, subscriptionName);
    if (existing && isAsGiven(existing, given)) {
      return existing;
    }
    if (existing) {
      throw new CloudError(
        'SubscriptionAlreadyExist',
        `the topic ${topicName} already has the subscription ${subscriptionName}, with other attributes`,
        409,
      );
    }
    const now = seconds();
    const subscription: Subscription = {
      filterTag: '',
      notifyStrategy: 'BACKOFF_RETRY',
      notifyContentFormat: 'XML',
      ...given,
      endpoint: this.queueEndpointOf(given.endpoint ?? ''),
      region,
      topicName,
      subscriptionName,
      createTime: now,
      lastModifyTime: now,
    };
    checkTag('FilterTag', subscription.filterTag);
    this.subscriptions.put(subscription, topicKey(region, topicName), subscriptionName);
    return subscription;
  }

  public findSubscription(region: string, topicName: string, subscriptionName: string): Subscription | undefined {
    this.get(region, topicName);
    return this.subscriptions.get(topicKey(region, topicName), subscriptionName);
  }

  public getSubscription(region: string, topicName: string, subscriptionName: string): Subscription {
    const subscription = this.findSubscription(region, topicName, subscriptionName);
    if (!subscription) {
      throw new CloudError(
        'SubscriptionNotExist',
        `the topic ${topicName} has no subscription ${subscriptionName}`,
        404,
      );
    }
    return subscription;
  }

  public listSubscriptions(region: string, topicName: string): Subscription[] {
    this.get(region, topicName);
    return this.subscriptions.list(topicKey(region, topicName));
  }

  public updateSubscription(
    region: string,
    topicName: string,
    subscriptionName: string,
    patch: Partial<Pick<Subscription, 'notifyStrategy'>>,
  ): void {
    const subscription = this.getSubscription(region, topicName, subscriptionName);
    this.subscriptions.put(
      { ...subscription, ...patch, lastModifyTime: seconds() },
      topicKey(region, topicName),
      subscriptionName,
    );
  }

  public unsubscribe(region: string, topicName: string, subscriptionName: string): void {
    this.getSubscription(region, topicName, subscriptionName);
    this.subscriptions.delete(topicKey(region, topicName), subscriptionName);
  }

  /**
   * Sends a message to the queues that are subscribed, to all or none; returns its id.
   *
   * Assumption: properties go with it; what is around it in the queue does not count to its size; a queue that has
   * been deleted gets nothing, and nobody is told.
   *
   * @param bodyOf what a queue gets
   */
  public publish(
    region: string,
    topicName: string,
    message: NewTopicMessage,
    bodyOf: (notification: Notification) => string,
  ): string {
    const topic = this.get(region, topicName);
    checkMessage(message, `topic ${topicName}`, topic.maximumMessageSize);
    checkTag('MessageTag', message.tag);
    const publishTime = Date.now();
    const messageId = this.mns.messages.newId(publishTime);
    const { userProperties, systemProperties } = message;
    const copies = this.listSubscriptions(region, topicName)
      .filter(({ filterTag }) => filterTag === '' || filterTag === message.tag)
      .flatMap((subscription) => {
        const { region: queueRegion, queueName } = parseQueueEndpoint(subscription.endpoint)!;
        const queue = this.mns.findQueue(queueRegion, queueName);
        const body = bodyOf({ accountId: this.accountId, subscription, messageId, message, publishTime });
        return queue ? [{ queue, body, userProperties, systemProperties }] : [];
      });
    this.mns.messages.send(copies);
    return messageId;
  }

  /** @throws CloudError for what is no queue of this account */
  private queueEndpointOf(endpoint: string): string {
    const parsed = parseQueueEndpoint(endpoint);
    const expected = queueEndpoint(this.accountId, 'REGION', 'QUEUE');
    if (!parsed) {
      const kind = KINDS.find(([, pattern]) => pattern.test(endpoint))?.[0];
      throw new CloudError(
        'EndpointInvalid',
        kind
          ? `Endpoint: ${JSON.stringify(endpoint)} is ${kind}, which is not served here, expected a queue, ${expected}`
          : `Endpoint: expected a queue, ${expected}, got ${JSON.stringify(endpoint)}`,
      );
    }
    if (parsed.accountId !== this.accountId) {
      throw new CloudError(
        'EndpointInvalid',
        `Endpoint: expected a queue of the account ${this.accountId}, got one of ${JSON.stringify(parsed.accountId)}; ` +
          'some SDKs take the account from the host name that they are given',
      );
    }
    this.mns.getQueue(parsed.region, parsed.queueName);
    return queueEndpoint(parsed.accountId, parsed.region, parsed.queueName);
  }
}

/** Endpoints that the service has besides queues. Source: Subscribe. */
const KINDS: readonly (readonly [string, RegExp])[] = [
  ['an HTTP server', /^https?:/i],
  ['an e-mail address', /^mail:|@/i],
  ['a telephone', /^sms:|^\+?\d+$/i],
  ['a mobile application', /^push:/i],
];

function checkName(code: string, parameter: string, rule: Rule, name: string): void {
  const expected = expectedInstead(rule, name);
  if (expected !== undefined) {
    throw new CloudError(code, `${parameter}: expected ${expected}, got ${JSON.stringify(name)}`);
  }
}

function checkTag(parameter: string, tag: string): void {
  if ([...tag].length > MAX_TAG_CHARACTERS) {
    throw new CloudError(
      'InvalidArgument',
      `${parameter}: expected ${MAX_TAG_CHARACTERS} characters at most, got ${JSON.stringify(tag)}`,
    );
  }
}

function topicKey(region: string, topicName: string): string {
  return `${region}/${topicName}`;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
