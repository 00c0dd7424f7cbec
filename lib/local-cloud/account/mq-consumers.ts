import { EventEmitter } from 'node:events';
import type { Change } from '../store/journal';
import { number, object, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';
import { Clock } from './clock';
import { deadLetterTopicOf } from './mq-group-queues';
import { bodyBytes, type Message, type MqMessages, type NewMessage, positionReference, topicKey } from './mq-messages';
import type { GroupQueue, MqOffsets } from './mq-offsets';
import { hasExpired, receiptHandle } from './receipt-handle';

/** A group of HTTP consumers on a topic. */
export interface Consumption {
  readonly instanceId: string;
  readonly topic: string;
  readonly groupId: string;
}

/** A message that a group has received and not yet acknowledged. */
interface Pending {
  readonly groupId: string;
  readonly topic: string;
  /** Position on the topic. */
  readonly offset: number;
  readonly receiptHandle: string;
  readonly consumedTimes: number;
  readonly firstConsumeTime: number;
  readonly nextConsumeTime: number;
}

export interface Delivery {
  readonly message: Pick<Message, 'msgId' | 'body' | 'binary' | 'key' | 'tag' | 'properties' | 'storeTimestamp'>;
  readonly pending: Pick<Pending, 'receiptHandle' | 'consumedTimes' | 'firstConsumeTime' | 'nextConsumeTime'>;
}

export interface ReceiveOptions {
  readonly queueCount: number;
  readonly max: number;
  readonly wants: (message: Message) => boolean;
  /** A queue gives nothing more while something that it gave is not acknowledged. @default false */
  readonly inOrder?: boolean;
}

/** A handle that was not acknowledged: the time of its message is over, or it never was one. */
export interface FailedHandle {
  readonly handle: string;
  readonly hasExpired: boolean;
}

const PENDING: Shape<Pending> = object<Pending>({
  groupId: text,
  topic: text,
  offset: number,
  receiptHandle: text,
  consumedTimes: number,
  firstConsumeTime: number,
  nextConsumeTime: number,
});

/** How long a received message stays with its receiver: what is not acknowledged by then comes again. */
const INVISIBLE_MS = 5 * 60 * 1000;
/** The same of what is received in order. */
const INVISIBLE_IN_ORDER_MS = 60 * 1000;
/** What was received so often, and once more, and never acknowledged is a dead letter. Source: message retry over HTTP. */
const MAX_RETRIES = 288;

/** What the groups of HTTP consumers have received and acknowledged. How far they have read the queues is an offset. */
export class MqConsumers {
  /** By instance, in it by group and topic, and there by the time at which they come again. */
  private readonly pending: Table<Pending>;
  private readonly pendingByHandle: Index<Pending>;
  private readonly acknowledged = new EventEmitter().setMaxListeners(0);

  private readonly clock = new Clock();

  constructor(
    private readonly store: Store,
    private readonly messages: MqMessages,
    private readonly offsets: MqOffsets,
  ) {
    this.pending = store.table(
      'mq-pending',
      PENDING,
      (pending, [instanceId]) => pendingKey(instanceId, pending),
      ({ groupId, topic, offset }, [instanceId]) => [
        reference('mq-groups', instanceId, groupId),
        positionReference(instanceId, topic, offset),
      ],
    );
    this.pendingByHandle = this.pending.index((pending) => pending.receiptHandle);
  }

  /**
   * Messages for a group: first those that were received and not acknowledged in time, then new ones in the order in
   * which they came to the topic.
   *
   * Assumption: a group that has never received reads a topic from its beginning.
   */
  public receive(consumption: Consumption, { queueCount, max, wants, inOrder = false }: ReceiveOptions): Delivery[] {
    const { instanceId, topic, groupId } = consumption;
    const now = this.clock.now();
    this.bury(consumption, now);
    const changes: Change[] = [];
    const deliveries: Delivery[] = [];
    const deliver = (message: Message, firstConsumeTime: number, consumedTimes: number): void => {
      const nextConsumeTime = now + (inOrder ? INVISIBLE_IN_ORDER_MS : INVISIBLE_MS);
      const pending: Pending = {
        groupId,
        topic,
        offset: message.offset,
        receiptHandle: receiptHandle(message.msgId, nextConsumeTime),
        consumedTimes,
        firstConsumeTime,
        nextConsumeTime,
      };
      deliveries.push({ message, pending });
      changes.push(this.pending.change(pending, ...pendingKey(instanceId, pending)));
    };

    const { due, busyQueues } = this.heldBy(consumption, now, inOrder);
    for (const pending of due.slice(0, max)) {
      changes.push(this.pending.change(null, ...pendingKey(instanceId, pending)));
      deliver(this.messageOf(instanceId, pending), pending.firstConsumeTime, pending.consumedTimes + 1);
    }
    const next = new Map<number, number>();
    if (deliveries.length < max) {
      for (const message of this.unread(consumption, queueCount, busyQueues)) {
        next.set(message.queueId, message.queueOffset + 1);
        if (wants(message)) {
          deliver(message, now, 1);
        }
        if (deliveries.length === max) {
          break;
        }
      }
    }
    next.forEach((offset, queueId) => changes.push(this.offsets.change({ ...consumption, queueId }, offset)));
    this.store.commit(changes);
    return deliveries;
  }

  /** Puts what comes again no more into the group's dead-letter queue. */
  private bury({ instanceId, topic, groupId }: Consumption, now: number): void {
    const dead: Pending[] = [];
    for (const pending of this.pending.below(instanceId, pendingName(groupId, topic))) {
      if (pending.nextConsumeTime > now) {
        break;
      }
      if (pending.consumedTimes > MAX_RETRIES) {
        dead.push(pending);
      }
    }
    if (dead.length > 0) {
      this.messages.send(
        1,
        dead.map((pending) => deadLetterOf(this.messageOf(instanceId, pending), groupId)),
        dead.map((pending) => this.pending.change(null, ...pendingKey(instanceId, pending))),
      );
    }
  }

  /** In how many milliseconds the next message that was received and not acknowledged comes again. */
  public dueIn({ instanceId, topic, groupId }: Consumption): number | undefined {
    const now = this.clock.now();
    for (const { nextConsumeTime } of this.pending.below(instanceId, pendingName(groupId, topic))) {
      if (nextConsumeTime > now) {
        return nextConsumeTime - now;
      }
    }
    return undefined;
  }

  /** Calls `listener` when a group has acknowledged something of a topic. Returns what ends that. */
  public onAcknowledge({ instanceId, topic, groupId }: Consumption, listener: () => void): () => void {
    const name = `${instanceId}%${pendingName(groupId, topic)}`;
    this.acknowledged.on(name, listener);
    return () => this.acknowledged.off(name, listener);
  }

  /** Acknowledges what the handles stand for; returns those that do not, or no longer, stand for anything. */
  public acknowledge(
    { instanceId, topic, groupId }: Consumption,
    receiptHandles: readonly string[],
  ): { acknowledged: number; failed: FailedHandle[] } {
    const held = new Map<string, Pending>();
    for (const handle of receiptHandles) {
      const pending = this.pendingByHandle.get(handle);
      if (
        pending?.topic === topic &&
        pending.groupId === groupId &&
        pending.nextConsumeTime > this.clock.now() &&
        this.pending.get(...pendingKey(instanceId, pending)) !== undefined
      ) {
        held.set(handle, pending);
      }
    }
    this.store.commit(
      [...held.values()].map((pending) => this.pending.change(null, ...pendingKey(instanceId, pending))),
    );
    this.acknowledged.emit(`${instanceId}%${pendingName(groupId, topic)}`);
    const failed = receiptHandles.filter((handle) => !held.has(handle));
    return { acknowledged: held.size, failed: failed.map((handle) => ({ handle, hasExpired: hasExpired(handle) })) };
  }

  /** Messages that a group has received and not acknowledged. */
  public pendingOf({ instanceId, topic, groupId }: Consumption): Message[] {
    return this.pending
      .list(instanceId, pendingName(groupId, topic))
      .map((pending) => this.messageOf(instanceId, pending));
  }

  /** Changes that forget what a group has received of a topic. */
  public forgetPending({ instanceId, topic, groupId }: Consumption): Change[] {
    return [...this.pending.deletions(instanceId, pendingName(groupId, topic))];
  }

  /** Changes that forget what was received of a topic, or by a group. */
  public *forget(instanceId: string, what: { topic: string } | { groupId: string }): Generator<[Change]> {
    for (const { topic, groupId } of this.pending.firsts(instanceId, '')) {
      if ('topic' in what ? topic === what.topic : groupId === what.groupId) {
        for (const change of this.pending.deletions(instanceId, pendingName(groupId, topic))) {
          yield [change];
        }
      }
    }
  }

  /**
   * What comes again, and the queues that give nothing new. In order, what comes again is what was not acknowledged of
   * one batch, in its order, once the time of all of it is over.
   */
  private heldBy(
    { instanceId, topic, groupId }: Consumption,
    now: number,
    inOrder: boolean,
  ): { due: Pending[]; busyQueues: ReadonlySet<number> } {
    const due: Pending[] = [];
    const waiting = new Set<number>();
    const queueOf = (pending: Pending) => this.messageOf(instanceId, pending).queueId;
    for (const pending of this.pending.below(instanceId, pendingName(groupId, topic))) {
      if (pending.nextConsumeTime <= now) {
        due.push(pending);
      } else if (inOrder) {
        waiting.add(queueOf(pending));
      } else {
        break;
      }
    }
    if (!inOrder) {
      return { due, busyQueues: waiting };
    }
    return {
      due: due.filter((pending) => !waiting.has(queueOf(pending))).sort((a, b) => a.offset - b.offset),
      busyQueues: new Set([...waiting, ...due.map(queueOf)]),
    };
  }

  /** What a group has not received of a topic's queues, in the order in which it came to the topic. */
  private *unread(
    { instanceId, topic, groupId }: Consumption,
    queueCount: number,
    except: ReadonlySet<number>,
  ): Generator<Message> {
    const heads = new Map<Iterator<Message, void>, Message>();
    const advance = (queue: Iterator<Message, void>): void => {
      const { value } = queue.next();
      if (value) {
        heads.set(queue, value);
      } else {
        heads.delete(queue);
      }
    };
    for (let queueId = 0; queueId < queueCount; queueId += 1) {
      if (!except.has(queueId)) {
        const queue: GroupQueue = { instanceId, topic, groupId, queueId };
        advance(this.messages.fromQueue(instanceId, topic, queueId, this.offsets.get(queue) ?? 0));
      }
    }
    while (heads.size > 0) {
      const [queue, message] = [...heads].reduce((first, one) => (one[1].offset < first[1].offset ? one : first));
      yield message;
      advance(queue);
    }
  }

  private messageOf(instanceId: string, { topic, offset }: Pending): Message {
    return this.messages.onTopic(instanceId, topic, offset)!;
  }
}

function pendingName(groupId: string, topic: string): string {
  return `${groupId}%${topic}`;
}

function pendingKey(instanceId: string, { groupId, topic, nextConsumeTime, offset }: Pending): string[] {
  const digits = (value: number) => String(value).padStart(16, '0');
  return [instanceId, pendingName(groupId, topic), `${digits(nextConsumeTime)}-${digits(offset)}`];
}

/** What the group could not consume, as its dead letter; told to be of its first topic, as of TCP clients. */
function deadLetterOf(message: Message, groupId: string): NewMessage {
  return {
    ...message,
    topic: deadLetterTopicOf(groupId),
    queueId: 0,
    body: bodyBytes(message),
    msgIdOf: () => message.msgId,
    reconsumeTimes: MAX_RETRIES,
    properties: { RETRY_TOPIC: topicKey(message.instanceId, message.topic), ...message.properties },
  };
}
