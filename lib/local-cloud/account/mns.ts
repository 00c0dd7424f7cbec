import type { Activation } from './activation';
import { CloudError } from './cloud-error';
import { hexId } from './ids';
import type { Tags } from './ram';
import type { Store, Table } from '../store/store';

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

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly priority: number;
  readonly enqueueTime: number;
  readonly nextVisibleTime: number;
  readonly firstDequeueTime: number;
  readonly dequeueCount: number;
  readonly receiptHandle: string;
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

const RANGES: readonly (readonly [name: keyof QueueAttributes, least: number, most: number])[] = [
  ['delaySeconds', 0, 604800],
  ['maximumMessageSize', 1024, 65536],
  ['messageRetentionPeriod', 60, 604800],
  ['pollingWaitSeconds', 0, 30],
  ['visibilityTimeout', 0, 43200],
];

/** Message Service (MNS): queues and the messages in them. */
export class Mns {
  private readonly queues: Table<Queue>;
  private readonly messages: Table<QueueMessage>;
  private sent = 0;

  constructor(
    private readonly store: Store,
    private readonly activation: Activation,
  ) {
    this.queues = store.table('mns-queues');
    this.messages = store.table('mns-messages');
  }

  public createQueue(
    region: string,
    input: { queueName: string } & Partial<QueueAttributes & Pick<Queue, 'queueType' | 'tags'>>,
  ): Queue {
    this.activation.require('mns');
    if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,119}$/.test(input.queueName)) {
      throw new CloudError(
        'QueueNameInvalid',
        `QueueName: expected 1 to 120 letters, digits and hyphens, a letter or digit first, got ${JSON.stringify(input.queueName)}`,
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
      ...this.messages.list(group).map(({ messageId }) => this.messages.change(null, group, messageId)),
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
    const now = Date.now();
    const message: QueueMessage = {
      messageId: this.nextMessageId(now),
      body,
      priority,
      enqueueTime: now,
      nextVisibleTime: now + 1000 * (delaySeconds ?? queue.delaySeconds),
      firstDequeueTime: 0,
      dequeueCount: 0,
      receiptHandle: '',
    };
    this.messages.put(message, queueKey(region, queueName), message.messageId);
    return message;
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
      this.store.commit(received.map((message) => this.messages.change(message, group, message.messageId)));
    }
    return received;
  }

  /** The same messages, left visible. */
  public peekMessages(region: string, queueName: string, max: number): QueueMessage[] {
    return this.allMessages(region, queueName)
      .filter(({ nextVisibleTime }) => nextVisibleTime <= Date.now())
      .slice(0, max);
  }

  /** Every message that the queue keeps, hidden ones too. */
  public allMessages(region: string, queueName: string): QueueMessage[] {
    const { messageRetentionPeriod } = this.getQueue(region, queueName);
    const oldest = Date.now() - 1000 * messageRetentionPeriod;
    return this.messages
      .list(queueKey(region, queueName))
      .filter(({ enqueueTime }) => enqueueTime > oldest)
      .sort((a, b) => a.priority - b.priority || a.enqueueTime - b.enqueueTime);
  }

  public deleteMessage(region: string, queueName: string, receiptHandle: string): void {
    const message = this.byReceiptHandle(region, queueName, receiptHandle);
    this.messages.delete(queueKey(region, queueName), message.messageId);
  }

  public changeVisibility(region: string, queueName: string, receiptHandle: string, seconds: number): QueueMessage {
    const message = this.byReceiptHandle(region, queueName, receiptHandle);
    const next = {
      ...message,
      nextVisibleTime: Date.now() + 1000 * seconds,
      receiptHandle: `${message.priority}-${hexId(24)}`,
    };
    this.messages.put(next, queueKey(region, queueName), message.messageId);
    return next;
  }

  /** In the order of sending, so that messages of one millisecond keep it. */
  private nextMessageId(now: number): string {
    this.sent = (this.sent + 1) % 0x10000;
    const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
    return `${hex(now, 12)}${hex(this.sent, 4)}${hexId(16)}`;
  }

  /** The message that a receipt handle stands for, while nobody else has received it since. */
  private byReceiptHandle(region: string, queueName: string, receiptHandle: string): QueueMessage {
    const message = this.allMessages(region, queueName).find(
      (one) => one.receiptHandle !== '' && one.receiptHandle === receiptHandle,
    );
    if (!message || message.nextVisibleTime <= Date.now()) {
      throw new CloudError('MessageNotExist', 'the receipt handle is not, or no longer, valid', 404);
    }
    return message;
  }
}

function queueKey(region: string, queueName: string): string {
  return `${region}/${queueName}`;
}

function checkAttributes(queue: Queue): void {
  for (const [name, min, max] of RANGES) {
    const value = queue[name] as number;
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new CloudError('InvalidArgument', `${name}: expected a whole number from ${min} to ${max}, got ${value}`);
    }
  }
}
