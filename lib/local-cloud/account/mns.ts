import { QUEUE_RANGES } from '../../cloud/limits';
import { QUEUE_NAME } from '../../cloud/names';
import { expectedInstead } from '../../cloud/rule';
import type { Activation } from './activation';
import type { Change } from '../store/journal';
import { CloudError } from './cloud-error';
import { hexId } from './ids';
import type { Tags } from './ram';
import { flag, number, object, record, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';

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

/** A message as it was sent. */
interface SentMessage {
  readonly messageId: string;
  readonly body: string;
  readonly priority: number;
  readonly enqueueTime: number;
}

/** What became of it: a row of its own, so that a message is not written again each time that it is received. */
interface Delivery {
  readonly nextVisibleTime: number;
  readonly firstDequeueTime: number;
  readonly dequeueCount: number;
  readonly receiptHandle: string;
}

export interface QueueMessage extends SentMessage, Delivery {}

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
const MESSAGE: Shape<SentMessage> = object<SentMessage>({
  messageId: text,
  body: text,
  priority: number,
  enqueueTime: number,
});
const DELIVERY: Shape<DeliveryRow> = object<DeliveryRow>({
  queue: text,
  messageKey: text,
  nextVisibleTime: number,
  firstDequeueTime: number,
  dequeueCount: number,
  receiptHandle: text,
});

interface DeliveryRow extends Delivery {
  /** Region and name. */
  readonly queue: string;
  readonly messageKey: string;
}

const DEFAULTS: QueueAttributes = {
  delaySeconds: 0,
  loggingEnabled: false,
  maximumMessageSize: 65536,
  messageRetentionPeriod: 345600,
  pollingWaitSeconds: 0,
  visibilityTimeout: 30,
  dlqPolicy: { enabled: false, deadLetterTargetQueue: '', maxReceiveCount: 0 },
};

const RANGES = Object.entries(QUEUE_RANGES) as [keyof typeof QUEUE_RANGES, readonly [number, number]][];

/** Message Service (MNS): queues and the messages in them. */
export class Mns {
  private readonly queues: Table<Queue>;
  /** By queue, most urgent and oldest first. */
  private readonly messages: Table<SentMessage>;
  /** By the same keys; none for a message that was never hidden. */
  private readonly deliveries: Table<DeliveryRow>;
  private readonly deliveriesByHandle: Index<DeliveryRow>;
  private sent = 0;

  constructor(
    private readonly store: Store,
    private readonly activation: Activation,
  ) {
    this.queues = store.table('mns-queues', QUEUE, ({ region, queueName }) => [region, queueName]);
    this.messages = store.table('mns-messages', MESSAGE, (message, [queue]) => [queue, messageKey(message)]);
    this.deliveries = store.table('mns-deliveries', DELIVERY, (delivery) => [delivery.queue, delivery.messageKey]);
    this.deliveriesByHandle = this.deliveries.index(({ receiptHandle }) => receiptHandle || undefined);
  }

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
    if (this.queues.get(region, input.queueName)) {
      throw new CloudError('QueueAlreadyExist', `the queue ${input.queueName} already exists in ${region}`, 409);
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
    checkAttributes(queue);
    this.queues.put(queue, region, queue.queueName);
    return queue;
  }

  public getQueue(region: string, queueName: string): Queue {
    this.activation.require('mns');
    const queue = this.queues.get(region, queueName);
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
    const next: Queue = {
      ...this.getQueue(region, queueName),
      ...Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)),
      lastModifyTime: Math.floor(Date.now() / 1000),
    };
    checkAttributes(next);
    this.queues.put(next, region, queueName);
    return next;
  }

  public deleteQueue(region: string, queueName: string): void {
    this.getQueue(region, queueName);
    const group = queueKey(region, queueName);
    this.store.commit([
      this.queues.change(null, region, queueName),
      ...this.messages.deletions(group),
      ...this.deliveries.deletions(group),
    ]);
  }

  public sendMessage(
    region: string,
    queueName: string,
    body: string,
    priority = 8,
    delaySeconds?: number,
  ): QueueMessage {
    const queue = this.getQueue(region, queueName);
    const bytes = Buffer.byteLength(body);
    if (bytes > queue.maximumMessageSize) {
      throw new CloudError(
        'InvalidArgument',
        `the message has ${bytes} bytes, the queue ${queueName} allows ${queue.maximumMessageSize}`,
      );
    }
    const enqueueTime = Date.now();
    const message: SentMessage = { messageId: this.nextMessageId(enqueueTime), body, priority, enqueueTime };
    const delivery = { ...NEVER_RECEIVED, nextVisibleTime: enqueueTime + 1000 * (delaySeconds ?? queue.delaySeconds) };
    const group = queueKey(region, queueName);
    this.store.commit([
      this.messages.change(message, group, messageKey(message)),
      ...(delivery.nextVisibleTime > enqueueTime ? [this.deliveryChange(group, message, delivery)] : []),
    ]);
    return { ...message, ...delivery };
  }

  /** Up to `most` visible messages, most urgent and oldest first, hidden from others for the queue's time. */
  public receiveMessages(region: string, queueName: string, max: number): QueueMessage[] {
    const queue = this.getQueue(region, queueName);
    const now = Date.now();
    const received = this.peekMessages(region, queueName, max).map((message) => ({
      ...message,
      nextVisibleTime: now + 1000 * queue.visibilityTimeout,
      firstDequeueTime: message.firstDequeueTime || now,
      dequeueCount: message.dequeueCount + 1,
      receiptHandle: `${message.priority}-${hexId(24)}`,
    }));
    if (received.length > 0) {
      const group = queueKey(region, queueName);
      this.store.commit(received.map((message) => this.deliveryChange(group, message, message)));
    }
    return received;
  }

  /** The same messages, left visible. */
  public peekMessages(region: string, queueName: string, max: number): QueueMessage[] {
    return this.allMessages(region, queueName)
      .filter(({ nextVisibleTime }) => nextVisibleTime <= Date.now())
      .slice(0, max);
  }

  /** Every message that the queue keeps, hidden ones too, most urgent and oldest first. */
  public allMessages(region: string, queueName: string): QueueMessage[] {
    const { messageRetentionPeriod } = this.getQueue(region, queueName);
    const oldest = Date.now() - 1000 * messageRetentionPeriod;
    const group = queueKey(region, queueName);
    return this.messages
      .list(group)
      .filter(({ enqueueTime }) => enqueueTime > oldest)
      .map((message) => this.withDelivery(group, message));
  }

  public deleteMessage(region: string, queueName: string, receiptHandle: string): void {
    const message = this.byReceiptHandle(region, queueName, receiptHandle);
    const key = [queueKey(region, queueName), messageKey(message)];
    this.store.commit([this.messages.change(null, ...key), this.deliveries.change(null, ...key)]);
  }

  public changeVisibility(region: string, queueName: string, receiptHandle: string, seconds: number): QueueMessage {
    const message = this.byReceiptHandle(region, queueName, receiptHandle);
    const next = {
      ...message,
      nextVisibleTime: Date.now() + 1000 * seconds,
      receiptHandle: `${message.priority}-${hexId(24)}`,
    };
    this.store.commit([this.deliveryChange(queueKey(region, queueName), message, next)]);
    return next;
  }

  private withDelivery(group: string, message: SentMessage): QueueMessage {
    const { nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle } = this.deliveries.get(
      group,
      messageKey(message),
    ) ?? { ...NEVER_RECEIVED, nextVisibleTime: message.enqueueTime };
    return { ...message, nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle };
  }

  private deliveryChange(group: string, message: SentMessage, delivery: Delivery): Change {
    const { nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle } = delivery;
    const key = messageKey(message);
    return this.deliveries.change(
      { queue: group, messageKey: key, nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle },
      group,
      key,
    );
  }

  /** In the order of sending, so that messages of one millisecond keep it. */
  private nextMessageId(now: number): string {
    this.sent = (this.sent + 1) % 0x10000;
    const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
    return `${hex(now, 12)}${hex(this.sent, 4)}${hexId(16)}`;
  }

  /** The message that a receipt handle stands for, while nobody else has received it since. */
  private byReceiptHandle(region: string, queueName: string, receiptHandle: string): QueueMessage {
    const { messageRetentionPeriod } = this.getQueue(region, queueName);
    const group = queueKey(region, queueName);
    const now = Date.now();
    const delivery = this.deliveriesByHandle.get(receiptHandle);
    const sent = delivery?.queue === group ? this.messages.get(group, delivery.messageKey) : undefined;
    const isHeld =
      delivery && sent && delivery.nextVisibleTime > now && sent.enqueueTime > now - 1000 * messageRetentionPeriod;
    if (!isHeld) {
      throw new CloudError('MessageNotExist', 'the receipt handle is not, or no longer, valid', 404);
    }
    return this.withDelivery(group, sent);
  }
}

const NEVER_RECEIVED = { firstDequeueTime: 0, dequeueCount: 0, receiptHandle: '' };

function queueKey(region: string, queueName: string): string {
  return `${region}/${queueName}`;
}

/** In the order of receiving: by priority, then in the order of sending. */
function messageKey({ priority, messageId }: SentMessage): string {
  return `${String(priority).padStart(3, '0')}-${messageId}`;
}

function checkAttributes(queue: Queue): void {
  for (const [name, [min, max]] of RANGES) {
    const value = queue[name];
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new CloudError('InvalidArgument', `${name}: expected a whole number from ${min} to ${max}, got ${value}`);
    }
  }
}
