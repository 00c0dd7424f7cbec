import { EventEmitter } from 'node:events';
import { queueEndpoint } from '../../cloud/arn';
import { Clock } from './clock';
import { CloudError } from './cloud-error';
import { hexId } from './ids';
import { QueueOrder } from './mns-queue-order';
import type { Change } from '../store/journal';
import { list, naming, number, object, oneOf, optional, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';
import type { Queue } from './mns';

/** What a sender says of a message beside its body; the value of a BINARY one is Base64. */
export interface MessageProperty {
  readonly name: string;
  readonly type: (typeof PROPERTY_TYPES)[number];
  readonly value: string;
}

export const PROPERTY_TYPES = ['STRING', 'NUMBER', 'BOOLEAN', 'BINARY'] as const;

/** A message as it was sent. */
interface SentMessage {
  readonly messageId: string;
  readonly body: string;
  readonly priority: number;
  readonly enqueueTime: number;
  readonly userProperties?: readonly MessageProperty[];
  /** What tracing says of the message, and where a dead letter comes from. */
  readonly systemProperties?: readonly MessageProperty[];
}

/** What became of it: a row of its own, so that a message is not written again each time that it is received. */
interface Delivery {
  readonly nextVisibleTime: number;
  readonly firstDequeueTime: number;
  readonly dequeueCount: number;
  readonly receiptHandle: string;
}

export interface QueueMessage extends SentMessage, Delivery {}

export interface NewQueueMessage extends Pick<SentMessage, 'body' | 'userProperties' | 'systemProperties'> {
  /** 1, the most urgent, to 16. @default 8 */
  readonly priority?: number;
  /** @default - the queue's */
  readonly delaySeconds?: number;
}

export interface MessageCounts {
  /** Can be received. */
  readonly active: number;
  /** Received, and not deleted yet. */
  readonly inactive: number;
  /** Not to be received yet. */
  readonly delayed: number;
}

interface DeliveryRow extends Delivery {
  /** Region and name. */
  readonly queue: string;
  readonly messageKey: string;
}

/** What is to become of one message of a queue; null: it goes. */
interface Step {
  readonly queue: string;
  readonly key: string;
  /** @default - as it is */
  readonly message?: SentMessage | null;
  readonly delivery: Delivery | null;
}

const property = { name: text, type: oneOf(...PROPERTY_TYPES) };
const MESSAGE: Shape<SentMessage> = object<SentMessage>({
  messageId: text,
  body: text,
  priority: number,
  enqueueTime: number,
  userProperties: optional(list(object<MessageProperty>({ ...property, value: text }))),
  // A dead letter's tell which queue it was in.
  systemProperties: optional(list(object<MessageProperty>({ ...property, value: naming }))),
});
const DELIVERY: Shape<DeliveryRow> = object<DeliveryRow>({
  queue: text,
  messageKey: text,
  nextVisibleTime: number,
  firstDequeueTime: number,
  dequeueCount: number,
  receiptHandle: text,
});

const NEVER_RECEIVED = { firstDequeueTime: 0, dequeueCount: 0, receiptHandle: '' };
const DEFAULT_PRIORITY = 8;
const MAX_TIMER_MS = 60_000;
const RETRY_MS = 1000;

/** Messages in the queues of SMQ (formerly MNS). */
export class MnsMessages {
  /** By queue, most urgent and oldest first. */
  private readonly messages: Table<SentMessage>;
  /** By the same keys; none for a message that was never hidden. */
  private readonly deliveries: Table<DeliveryRow>;
  private readonly deliveriesByHandle: Index<DeliveryRow>;
  /** Of the queues that somebody has used. */
  private readonly orders = new Map<string, QueueOrder>();
  private readonly arrivals = new EventEmitter().setMaxListeners(0);
  private readonly clock = new Clock();
  private sent = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerEnds = Infinity;

  /** @param queues all there are: who else gets dead letters of a queue, and how long messages stay */
  constructor(
    private readonly store: Store,
    private readonly queues: Table<Queue>,
    private readonly accountId: string,
  ) {
    this.messages = store.table(
      'mns-messages',
      MESSAGE,
      (message, [queue]) => [queue, messageKey(message)],
      (_, [queue]) => [reference('mns-queues', ...queue.split('/'))],
    );
    this.deliveries = store.table(
      'mns-deliveries',
      DELIVERY,
      (delivery) => [delivery.queue, delivery.messageKey],
      (delivery) => [reference('mns-messages', delivery.queue, delivery.messageKey)],
    );
    this.deliveriesByHandle = this.deliveries.index(({ receiptHandle }) => receiptHandle || undefined);
    this.reset();
  }

  /** To be called when other rows have taken the place of all. */
  public reset(): void {
    this.orders.clear();
    for (const queue of this.queues.values()) {
      if (queue.dlqPolicy.enabled) {
        this.orderOf(queueKey(queue));
      }
    }
    this.setTimer(this.orders.values());
  }

  public close(): void {
    clearTimeout(this.timer);
  }

  /** Stores messages, each in its queue, all or none. */
  public send(inputs: readonly (NewQueueMessage & { readonly queue: Queue })[]): QueueMessage[] {
    const now = this.clock.now();
    const sent = inputs.map(({ queue, body, priority = DEFAULT_PRIORITY, delaySeconds, ...properties }) => {
      const message: SentMessage = {
        messageId: this.newId(now),
        body,
        priority,
        enqueueTime: now,
        ...properties,
      };
      const delay = delaySeconds ?? queue.delaySeconds;
      return { queue, message, delivery: { ...NEVER_RECEIVED, nextVisibleTime: now + 1000 * delay } };
    });
    this.commit(
      sent.map(({ queue, message, delivery }) => ({
        queue: queueKey(queue),
        key: messageKey(message),
        message,
        delivery,
      })),
      now,
    );
    return sent.map(({ message, delivery }) => ({ ...message, ...delivery }));
  }

  /** Up to `max` visible messages, most urgent and oldest first, hidden from others for the queue's time. */
  public receive(queue: Queue, max: number): QueueMessage[] {
    const now = this.bringUpToDate(queue);
    const received = this.visible(queue, max).map((message) => ({
      ...message,
      nextVisibleTime: now + 1000 * queue.visibilityTimeout,
      firstDequeueTime: message.firstDequeueTime || now,
      dequeueCount: message.dequeueCount + 1,
      receiptHandle: newHandle(message),
    }));
    const steps = received.map((one) => ({ queue: queueKey(queue), key: messageKey(one), delivery: one }));
    this.commit(steps, now);
    return received;
  }

  /** The same messages, left visible. */
  public peek(queue: Queue, max: number): QueueMessage[] {
    this.bringUpToDate(queue);
    return this.visible(queue, max);
  }

  /** Every message that the queue keeps, hidden ones too, most urgent and oldest first. */
  public all(queue: Queue): QueueMessage[] {
    this.bringUpToDate(queue);
    return this.messages.list(queueKey(queue)).map((message) => this.withDelivery(queueKey(queue), message));
  }

  public counts(queue: Queue): MessageCounts {
    this.bringUpToDate(queue);
    const order = this.orderOf(queueKey(queue));
    let delayed = 0;
    for (const key of order.hiddenKeys()) {
      delayed += this.deliveries.get(queueKey(queue), key)?.dequeueCount === 0 ? 1 : 0;
    }
    return { active: order.visible.size, inactive: order.size - order.visible.size - delayed, delayed };
  }

  public delete(queue: Queue, receiptHandle: string): void {
    const message = this.byReceiptHandle(queue, receiptHandle);
    this.commit([{ queue: queueKey(queue), key: messageKey(message), message: null, delivery: null }]);
  }

  public changeVisibility(queue: Queue, receiptHandle: string, seconds: number): QueueMessage {
    const message = this.byReceiptHandle(queue, receiptHandle);
    const now = this.clock.now();
    const next = { ...message, nextVisibleTime: now + 1000 * seconds, receiptHandle: newHandle(message) };
    this.commit([{ queue: queueKey(queue), key: messageKey(message), delivery: next }], now);
    this.bringUpToDate(queue);
    return next;
  }

  /** To be called when the policy for dead letters is another one. */
  public buryAll(queue: Queue): void {
    this.bury(queue, [...this.orderOf(queueKey(queue)).visible.from('')], this.clock.now());
  }

  /** Changes that remove all messages of a queue, which must be `forgotten` when the first are committed. */
  public *deletions(queue: Pick<Queue, 'region' | 'queueName'>): Generator<[Change]> {
    for (const table of [this.deliveries, this.messages]) {
      for (const change of table.deletions(queueKey(queue))) {
        yield [change];
      }
    }
  }

  /** To be called when a queue is gone, whatever rows of it are left. */
  public forgotten(queue: Queue): void {
    this.orders.delete(queueKey(queue));
    this.arrivals.emit(queueKey(queue));
  }

  /** Calls `listener` whenever a message may be received, or the queue has gone. Returns what ends that. */
  public onArrival(region: string, queueName: string, listener: () => void): () => void {
    const key = queueKey({ region, queueName });
    this.arrivals.on(key, listener);
    return () => this.arrivals.off(key, listener);
  }

  private visible(queue: Queue, max: number): QueueMessage[] {
    const found: QueueMessage[] = [];
    for (const key of this.orderOf(queueKey(queue)).visible.from('')) {
      if (found.length === max) {
        break;
      }
      found.push(this.withDelivery(queueKey(queue), this.messages.get(queueKey(queue), key)!));
    }
    return found;
  }

  /** Drops what is too old, shows what is not hidden any more, and moves dead letters; returns the time that it is. */
  private bringUpToDate(queue: Queue): number {
    const now = this.clock.now();
    const name = queueKey(queue);
    const order = this.orderOf(name);
    const old = [...order.sentUntil(now - 1000 * queue.messageRetentionPeriod)];
    this.commit(
      old.map((key) => ({ queue: name, key, message: null, delivery: null })),
      now,
    );
    const revealed = order.reveal(now);
    if (revealed.length > 0) {
      this.bury(queue, revealed, now);
      this.arrivals.emit(name);
    }
    return now;
  }

  /**
   * Moves what was received as often as the queue's policy allows, and is visible again, to the queue of dead letters.
   *
   * Assumption: a dead letter has a new id, names queue and id that it had before among its system properties, and is
   * received from the other queue as if never before. While that queue is not there the message stays where it is.
   */
  private bury(queue: Queue, keys: readonly string[], now: number): void {
    const { enabled, deadLetterTargetQueue, maxReceiveCount } = queue.dlqPolicy;
    const target = enabled ? this.queues.get(queue.region, deadLetterTargetQueue) : undefined;
    if (!target) {
      return;
    }
    const name = queueKey(queue);
    const dead = keys.filter((key) => (this.deliveries.get(name, key)?.dequeueCount ?? 0) >= maxReceiveCount);
    const steps = dead.flatMap((key): Step[] => {
      const message = this.messages.get(name, key)!;
      const letter: SentMessage = {
        ...message,
        messageId: this.newId(now),
        systemProperties: [
          ...(message.systemProperties ?? []).filter(({ name: one }) => !one.startsWith('DLQ')),
          systemProperty('DLQSourceArn', queueEndpoint(this.accountId, queue.region, queue.queueName)),
          systemProperty('DLQOriginMessageId', message.messageId),
        ],
      };
      return [
        { queue: name, key, message: null, delivery: null },
        {
          queue: queueKey(target),
          key: messageKey(letter),
          message: letter,
          delivery: { ...NEVER_RECEIVED, nextVisibleTime: now },
        },
      ];
    });
    this.commit(steps, now);
  }

  /** Makes rows and orders follow, all or none, and tells those who wait. */
  private commit(steps: readonly Step[], now = this.clock.now()): void {
    if (steps.length === 0) {
      return;
    }
    // Before the rows change: an order is made of them.
    const orders = steps.map(({ queue }) => this.orderOf(queue));
    this.store.commit(steps.flatMap((step) => this.changesOf(step, now)));
    const shown = new Set<string>();
    steps.forEach(({ queue, key, message, delivery }, index) => {
      if (message === null || delivery === null) {
        orders[index].delete(key);
        return;
      }
      const { enqueueTime } = message ?? this.messages.get(queue, key)!;
      orders[index].set(key, enqueueTime, hiddenUntil(delivery, now));
      if (hiddenUntil(delivery, now) === undefined) {
        shown.add(queue);
      }
    });
    this.setTimer(orders);
    shown.forEach((queue) => this.arrivals.emit(queue));
  }

  private changesOf({ queue, key, message, delivery }: Step, now: number): Change[] {
    const change = message === undefined ? [] : [this.messages.change(message, queue, key)];
    if (delivery === null) {
      const isKept = this.deliveries.get(queue, key) !== undefined;
      return isKept ? [...change, this.deliveries.change(null, queue, key)] : change;
    }
    if (hiddenUntil(delivery, now) === undefined) {
      return change;
    }
    const { nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle } = delivery;
    const row = { queue, messageKey: key, nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle };
    return [...change, this.deliveries.change(row, queue, key)];
  }

  private orderOf(queue: string): QueueOrder {
    let order = this.orders.get(queue);
    if (!order) {
      const now = this.clock.now();
      order = new QueueOrder();
      for (const message of this.messages.below(queue)) {
        const key = messageKey(message);
        const delivery = this.deliveries.get(queue, key);
        order.set(key, message.enqueueTime, delivery && hiddenUntil(delivery, now));
      }
      this.orders.set(queue, order);
    }
    return order;
  }

  /** Comes back when the next hidden message of these queues can be received, if it does not before. */
  private setTimer(orders: Iterable<QueueOrder>): void {
    let next = Infinity;
    for (const { nextVisibleTime = Infinity } of orders) {
      next = Math.min(next, nextVisibleTime);
    }
    if (next < this.timerEnds) {
      this.timerEnds = next;
      this.comeBackIn(Math.min(Math.max(next - this.clock.now(), 0), MAX_TIMER_MS));
    }
  }

  private comeBackIn(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reveal(), milliseconds);
    this.timer.unref();
  }

  private reveal(): void {
    const now = this.clock.now();
    this.timerEnds = Infinity;
    try {
      for (const [name, { nextVisibleTime = Infinity }] of this.orders) {
        const queue = nextVisibleTime <= now ? this.queues.get(...(name.split('/') as [string, string])) : undefined;
        if (queue) {
          this.bringUpToDate(queue);
        }
      }
      this.setTimer(this.orders.values());
    } catch {
      // A disk that is full is told to whoever sends next; what is due is moved then, or in a while.
      this.comeBackIn(RETRY_MS);
    }
  }

  private withDelivery(queue: string, message: SentMessage): QueueMessage {
    const { nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle } = this.deliveries.get(
      queue,
      messageKey(message),
    ) ?? { ...NEVER_RECEIVED, nextVisibleTime: message.enqueueTime };
    return { ...message, nextVisibleTime, firstDequeueTime, dequeueCount, receiptHandle };
  }

  /** In the order of sending, so that messages of one millisecond keep it. */
  public newId(now: number): string {
    this.sent = (this.sent + 1) % 0x10000;
    const hex = (value: number, digits: number) => value.toString(16).toUpperCase().padStart(digits, '0');
    return `${hex(now, 12)}${hex(this.sent, 4)}${hexId(16)}`;
  }

  /** The message that a receipt handle stands for, while nobody else has received it since. */
  private byReceiptHandle(queue: Queue, receiptHandle: string): QueueMessage {
    const now = this.bringUpToDate(queue);
    const delivery = this.deliveriesByHandle.get(receiptHandle);
    const sent =
      delivery?.queue === queueKey(queue) ? this.messages.get(delivery.queue, delivery.messageKey) : undefined;
    if (!sent || delivery!.nextVisibleTime <= now) {
      throw new CloudError('MessageNotExist', 'the receipt handle is not, or no longer, valid', 404);
    }
    return this.withDelivery(delivery!.queue, sent);
  }
}

/** Until when a message is hidden; what was received stays so until it is looked at whether it is a dead letter. */
function hiddenUntil({ nextVisibleTime, dequeueCount }: Delivery, now: number): number | undefined {
  return dequeueCount > 0 || nextVisibleTime > now ? nextVisibleTime : undefined;
}

function queueKey({ region, queueName }: Pick<Queue, 'region' | 'queueName'>): string {
  return `${region}/${queueName}`;
}

/** In the order of receiving: by priority, then in the order of sending. */
function messageKey({ priority, messageId }: SentMessage): string {
  return `${String(priority).padStart(3, '0')}-${messageId}`;
}

function newHandle({ priority }: SentMessage): string {
  return `${priority}-${hexId(24)}`;
}

function systemProperty(name: string, value: string): MessageProperty {
  return { name, type: 'STRING', value };
}
