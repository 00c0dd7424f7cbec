import { MAX_RECEIVE_COUNTS, QUEUE_RANGES } from '../../cloud/limits';
import { QUEUE_NAME } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import type { Activation } from './activation';
import { CloudError } from './cloud-error';
import { checkTags } from './tag-rules';
import { isAsGiven } from './made-again';
import { checkMessage, checkNumber, checkType } from './mns-limits';
import { type MessageCounts, MnsMessages, type NewQueueMessage, type QueueMessage } from './mns-messages';
import { MnsTopics } from './mns-topics';
import type { Tags } from './ram';
import type { Removals } from './removals';
import { flag, number, object, record, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

export interface QueueAttributes {
  readonly delaySeconds: number;
  readonly loggingEnabled: boolean;
  readonly maximumMessageSize: number;
  readonly messageRetentionPeriod: number;
  readonly pollingWaitSeconds: number;
  readonly visibilityTimeout: number;
  readonly dlqPolicy: DeadLetterPolicy;
}

export interface DeadLetterPolicy {
  readonly enabled: boolean;
  readonly deadLetterTargetQueue: string;
  readonly maxReceiveCount: number;
}

export interface Queue extends QueueAttributes {
  readonly region: string;
  readonly queueName: string;
  readonly queueType: string;
  /** Seconds since 1970, as the API gives them. */
  readonly createTime: number;
  readonly lastModifyTime: number;
  readonly tags: Tags;
}

const deadLetterPolicy = object<DeadLetterPolicy>({
  enabled: flag,
  deadLetterTargetQueue: text,
  maxReceiveCount: number,
});
const QUEUE: Shape<Queue> = object<Queue>({
  delaySeconds: number,
  loggingEnabled: flag,
  maximumMessageSize: number,
  messageRetentionPeriod: number,
  pollingWaitSeconds: number,
  visibilityTimeout: number,
  dlqPolicy: deadLetterPolicy,
  region: text,
  queueName: text,
  queueType: text,
  createTime: number,
  lastModifyTime: number,
  tags: record(text),
});

const DEFAULTS: QueueAttributes = {
  delaySeconds: 0,
  loggingEnabled: false,
  maximumMessageSize: 65536,
  messageRetentionPeriod: 345600,
  pollingWaitSeconds: 0,
  visibilityTimeout: 30,
  dlqPolicy: { enabled: false, deadLetterTargetQueue: '', maxReceiveCount: 0 },
};

/** Source: BatchSendMessage. */
const MAX_BATCH_BYTES = 65_536;

const RANGES = Object.entries(QUEUE_RANGES) as [keyof typeof QUEUE_RANGES, readonly [number, number]][];

/** SMQ (formerly MNS): queues, and through them messages and topics. */
export class Mns {
  /** What waits in the queues. */
  public readonly messages: MnsMessages;
  public readonly topics: MnsTopics;
  private readonly queues: Table<Queue>;

  constructor(
    store: Store,
    accountId: string,
    private readonly activation: Activation,
    private readonly removals: Removals,
  ) {
    this.queues = store.table('mns-queues', QUEUE, ({ region, queueName }) => [region, queueName]);
    this.messages = new MnsMessages(store, this.queues, accountId);
    removals.add('queue', (region, queueName) => this.messages.deletions({ region, queueName }));
    this.topics = new MnsTopics(store, accountId, activation, this);
  }

  /** A queue that is there with what is given is fine. Source: CreateQueue of the HTTP API. */
  public createQueue(
    region: string,
    input: { queueName: string } & Partial<QueueAttributes & Pick<Queue, 'queueType' | 'tags'>>,
  ): Queue {
    this.activation.require('mns');
    const expected = expectedInstead(QUEUE_NAME, input.queueName);
    if (expected !== undefined) {
      throw new CloudError(
        'QueueNameInvalid',
        `QueueName: expected ${expected}, got ${JSON.stringify(input.queueName)}`,
      );
    }
    this.removals.finish('queue', region, input.queueName);
    const existing = this.queues.get(region, input.queueName);
    if (existing && isAsGiven(existing, input)) {
      return existing;
    }
    if (existing) {
      throw new CloudError(
        'QueueAlreadyExist',
        `the queue ${input.queueName} already exists in ${region}, with other attributes`,
        409,
      );
    }
    const now = Math.floor(Date.now() / 1000);
    const queue: Queue = {
      ...DEFAULTS,
      ...input,
      region,
      queueType: input.queueType ?? 'normal',
      createTime: now,
      lastModifyTime: now,
      tags: input.tags ?? {},
    };
    checkType('QueueType', queue.queueType);
    checkTags(input.tags, 'InvalidArgument');
    this.check(queue, input);
    this.queues.put(queue, region, queue.queueName);
    return queue;
  }

  public findQueue(region: string, queueName: string): Queue | undefined {
    this.activation.require('mns');
    return this.queues.get(region, queueName);
  }

  public getQueue(region: string, queueName: string): Queue {
    const queue = this.findQueue(region, queueName);
    if (!queue) {
      throw new CloudError('QueueNotExist', `the queue ${queueName} does not exist in ${region}`, 404);
    }
    return queue;
  }

  public listQueues(region: string): Queue[] {
    this.activation.require('mns');
    return this.queues.list(region);
  }

  public updateQueue(region: string, queueName: string, patch: Partial<QueueAttributes & Pick<Queue, 'tags'>>): Queue {
    const former = this.getQueue(region, queueName);
    const next: Queue = {
      ...former,
      ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
      lastModifyTime: Math.floor(Date.now() / 1000),
    };
    checkTags(patch.tags, 'InvalidArgument', former.tags);
    this.check(next, patch);
    this.queues.put(next, region, queueName);
    if (patch.dlqPolicy) {
      this.messages.buryAll(next);
    }
    return next;
  }

  /** When this returns the queue is gone; when the promise is fulfilled, its messages, too. */
  public deleteQueue(region: string, queueName: string): Promise<void> {
    const queue = this.getQueue(region, queueName);
    const messagesGone = this.removals.run('queue', [region, queueName], [this.queues.change(null, region, queueName)]);
    this.messages.forgotten(queue);
    return messagesGone;
  }

  public sendMessage(region: string, queueName: string, body: string): QueueMessage {
    return this.sendMessages(region, queueName, [{ body }])[0];
  }

  /**
   * Sends all or none.
   *
   * Assumption: properties count to the size of their message.
   */
  public sendMessages(region: string, queueName: string, inputs: readonly NewQueueMessage[]): QueueMessage[] {
    const queue = this.getQueue(region, queueName);
    const sizes = inputs.map((input) => checkMessage(input, `queue ${queueName}`, queue.maximumMessageSize));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (bytes > MAX_BATCH_BYTES) {
      throw new CloudError(
        'InvalidArgument',
        `expected messages of ${MAX_BATCH_BYTES} bytes together at most, got ${bytes}`,
      );
    }
    return this.messages.send(inputs.map((input) => ({ ...input, queue })));
  }

  public receiveMessages(region: string, queueName: string, max: number): QueueMessage[] {
    return this.messages.receive(this.getQueue(region, queueName), max);
  }

  public peekMessages(region: string, queueName: string, max: number): QueueMessage[] {
    return this.messages.peek(this.getQueue(region, queueName), max);
  }

  public allMessages(region: string, queueName: string): QueueMessage[] {
    return this.messages.all(this.getQueue(region, queueName));
  }

  public messageCounts(region: string, queueName: string): MessageCounts {
    return this.messages.counts(this.getQueue(region, queueName));
  }

  public deleteMessage(region: string, queueName: string, receiptHandle: string): void {
    this.messages.delete(this.getQueue(region, queueName), receiptHandle);
  }

  public changeVisibility(region: string, queueName: string, receiptHandle: string, seconds: number): QueueMessage {
    return this.messages.changeVisibility(this.getQueue(region, queueName), receiptHandle, seconds);
  }

  /** What is not given stays as it is: a queue of an earlier version may have a number that is out of range now. */
  private check(queue: Queue, given: Partial<QueueAttributes>): void {
    for (const [name, range] of RANGES) {
      const value = given[name];
      if (value !== undefined) {
        checkNumber(name, value, range);
      }
    }
    const policy = given.dlqPolicy;
    if (!policy?.enabled) {
      return;
    }
    const { deadLetterTargetQueue, maxReceiveCount } = policy;
    checkNumber('MaxReceiveCount', maxReceiveCount, MAX_RECEIVE_COUNTS);
    if (deadLetterTargetQueue === queue.queueName) {
      throw new CloudError(
        'InvalidArgument',
        `DeadLetterTargetQueue: expected another queue, got ${queue.queueName} itself`,
      );
    }
    // Assumption: the queue must be there when the policy is set.
    this.getQueue(queue.region, deadLetterTargetQueue);
  }
}
