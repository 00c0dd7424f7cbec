import type { Change } from '../store/journal';
import { number, object, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';
import { hexId } from './ids';
import type { Message } from './mq-messages';

/** How far a group has read a topic. */
interface Position {
  readonly groupId: string;
  readonly topic: string;
  /** Offset of the first message that the group has not received. */
  readonly next: number;
}

/** A message that a group has received and not yet acknowledged. */
interface Pending {
  readonly groupId: string;
  readonly topic: string;
  readonly offset: number;
  readonly receiptHandle: string;
  readonly consumedTimes: number;
  readonly firstConsumeTime: number;
  readonly nextConsumeTime: number;
}

export interface Delivery {
  readonly message: Message;
  readonly pending: Pending;
}

const POSITION: Shape<Position> = object<Position>({ groupId: text, topic: text, next: number });
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

/** What the groups of HTTP consumers have received and acknowledged. */
export class MqConsumers {
  /** By instance, and in it by group and topic. */
  private readonly positions: Table<Position>;
  /** By instance, in it by group and topic, and there by the time at which they come again. */
  private readonly pending: Table<Pending>;
  private readonly pendingByHandle: Index<Pending>;

  constructor(private readonly store: Store) {
    this.positions = store.table('mq-positions', POSITION, ({ groupId, topic }, [instanceId]) => [
      instanceId,
      positionName(groupId, topic),
    ]);
    this.pending = store.table('mq-pending', PENDING, (pending, [instanceId]) => pendingKey(instanceId, pending));
    this.pendingByHandle = this.pending.index(({ receiptHandle }) => receiptHandle);
  }

  /**
   * Up to `most` messages for a group: first those that were received and not acknowledged in time, then new ones.
   *
   * Assumption: a group that has never received reads a topic from its beginning.
   */
  public receive(
    { instanceId, topic, groupId }: { instanceId: string; topic: string; groupId: string },
    messagesFrom: (offset: number) => Iterable<Message>,
    most: number,
    wants: (message: Message) => boolean,
  ): Delivery[] {
    const now = Date.now();
    const name = positionName(groupId, topic);
    const position = this.positions.get(instanceId, name) ?? { groupId, topic, next: 0 };
    const changes: Change[] = [];
    const deliveries: Delivery[] = [];
    const deliver = (message: Message, firstConsumeTime: number, consumedTimes: number): void => {
      const pending: Pending = {
        groupId,
        topic,
        offset: message.offset,
        receiptHandle: `${message.msgId}-${hexId(16)}`,
        consumedTimes,
        firstConsumeTime,
        nextConsumeTime: now + INVISIBLE_MS,
      };
      deliveries.push({ message, pending });
      changes.push(this.pending.change(pending, ...pendingKey(instanceId, pending)));
    };
    for (const due of this.pending.below(instanceId, name)) {
      if (due.nextConsumeTime > now || deliveries.length >= most) {
        break;
      }
      changes.push(this.pending.change(null, ...pendingKey(instanceId, due)));
      for (const message of messagesFrom(due.offset)) {
        deliver(message, due.firstConsumeTime, due.consumedTimes + 1);
        break;
      }
    }
    let { next } = position;
    for (const message of messagesFrom(next)) {
      if (deliveries.length >= most) {
        break;
      }
      next = message.offset + 1;
      if (wants(message)) {
        deliver(message, now, 1);
      }
    }
    if (next !== position.next) {
      changes.push(this.positions.change({ groupId, topic, next }, instanceId, name));
    }
    this.store.commit(changes);
    return deliveries;
  }

  /** Acknowledges what the handles stand for; returns the handles that are not, or no longer, valid. */
  public acknowledge(instanceId: string, topic: string, groupId: string, receiptHandles: readonly string[]): string[] {
    const held = new Map<string, Pending>();
    for (const handle of receiptHandles) {
      const pending = this.pendingByHandle.get(handle);
      if (pending?.topic === topic && pending.groupId === groupId && pending.nextConsumeTime > Date.now()) {
        held.set(handle, pending);
      }
    }
    this.store.commit(
      [...held.values()].map((pending) => this.pending.change(null, ...pendingKey(instanceId, pending))),
    );
    return receiptHandles.filter((handle) => !held.has(handle));
  }

  /** Changes that forget what was read of a topic, or by a group. */
  public forget(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return this.positions
      .list(instanceId)
      .filter(({ topic, groupId }) => ('topic' in what ? topic === what.topic : groupId === what.groupId))
      .map(({ topic, groupId }) => positionName(groupId, topic))
      .flatMap((name) => [this.positions.change(null, instanceId, name), ...this.pending.deletions(instanceId, name)]);
  }
}

function positionName(groupId: string, topic: string): string {
  return `${groupId}%${topic}`;
}

function pendingKey(instanceId: string, { groupId, topic, nextConsumeTime, offset }: Pending): string[] {
  const digits = (value: number) => String(value).padStart(16, '0');
  return [instanceId, positionName(groupId, topic), `${digits(nextConsumeTime)}-${digits(offset)}`];
}
