import { hexId } from './ids';
import type { Message } from './mq-messages';
import type { Change } from '../store/journal';
import type { Store, Table } from '../store/store';

/** A message that a group has received and not yet acknowledged. */
interface Pending {
  readonly offset: number;
  readonly receiptHandle: string;
  readonly consumedTimes: number;
  readonly firstConsumeTime: number;
  readonly nextConsumeTime: number;
}

/** How far a group has read a topic. */
interface Position {
  readonly groupId: string;
  readonly topic: string;
  /** Offset of the first message that the group has not received. */
  readonly next: number;
  readonly pending: readonly Pending[];
}

export interface Delivery {
  readonly message: Message;
  readonly pending: Pending;
}

/** How long a received message stays with its receiver: what is not acknowledged by then comes again. */
const INVISIBLE_MILLIS = 5 * 60 * 1000;

/** What the groups of HTTP consumers have received and acknowledged. */
export class OnsConsumers {
  /** By instance, and in it by group and topic. */
  private readonly positions: Table<Position>;

  constructor(store: Store) {
    this.positions = store.table('ons-positions');
  }

  /**
   * Up to `most` messages for a group: first those that were received and not acknowledged in time, then new ones.
   *
   * Assumption: a group that has never received reads a topic from its beginning.
   */
  public receive(
    { instanceId, topic, groupId }: { instanceId: string; topic: string; groupId: string },
    messagesFrom: (offset: number) => Iterable<Message>,
    max: number,
    wants: (message: Message) => boolean,
  ): Delivery[] {
    const now = Date.now();
    const position = this.positions.get(instanceId, `${groupId}%${topic}`) ?? { groupId, topic, next: 0, pending: [] };
    const due = position.pending.filter(({ nextConsumeTime }) => nextConsumeTime <= now).slice(0, max);
    const deliveries: Delivery[] = due.flatMap((pending) => {
      const [message] = messagesFrom(pending.offset);
      return message ? [deliver(message, pending.firstConsumeTime, pending.consumedTimes + 1)] : [];
    });
    let { next } = position;
    for (const message of messagesFrom(next)) {
      if (deliveries.length >= max) {
        break;
      }
      next = message.offset + 1;
      if (wants(message)) {
        deliveries.push(deliver(message, now, 1));
      }
    }
    if (deliveries.length > 0 || next !== position.next) {
      const kept = position.pending.filter((pending) => !due.includes(pending));
      const pending = [...kept, ...deliveries.map((delivery) => delivery.pending)];
      this.positions.put({ groupId, topic, next, pending }, instanceId, `${groupId}%${topic}`);
    }
    return deliveries;
  }

  /** Acknowledges what the handles stand for; returns the handles that are not, or no longer, valid. */
  public acknowledge(instanceId: string, topic: string, groupId: string, receiptHandles: readonly string[]): string[] {
    const position = this.positions.get(instanceId, `${groupId}%${topic}`);
    const valid = new Set(
      position?.pending
        .filter(({ nextConsumeTime }) => nextConsumeTime > Date.now())
        .map(({ receiptHandle }) => receiptHandle),
    );
    const done = new Set(receiptHandles.filter((handle) => valid.has(handle)));
    if (position && done.size > 0) {
      const pending = position.pending.filter(({ receiptHandle }) => !done.has(receiptHandle));
      this.positions.put({ ...position, pending }, instanceId, `${groupId}%${topic}`);
    }
    return receiptHandles.filter((handle) => !done.has(handle));
  }

  /** Changes that forget what was read of a topic, or by a group. */
  public forget(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return this.positions
      .list(instanceId)
      .filter(({ topic, groupId }) => ('topic' in what ? topic === what.topic : groupId === what.groupId))
      .map(({ topic, groupId }) => this.positions.change(null, instanceId, `${groupId}%${topic}`));
  }
}

function deliver(message: Message, firstConsumeTime: number, consumedTimes: number): Delivery {
  const pending: Pending = {
    offset: message.offset,
    receiptHandle: `${message.msgId}-${hexId(16)}`,
    consumedTimes,
    firstConsumeTime,
    nextConsumeTime: Date.now() + INVISIBLE_MILLIS,
  };
  return { message, pending };
}
