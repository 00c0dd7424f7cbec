import type { Change } from '../store/journal';
import { number, object, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';
import { topicReference } from './mq-group-queues';
import { queueReference } from './mq-messages';

/** A queue of a topic, as a group reads it. */
export interface GroupQueue {
  readonly instanceId: string;
  readonly groupId: string;
  readonly topic: string;
  readonly queueId: number;
}

interface GroupOffset extends Omit<GroupQueue, 'instanceId'> {
  /** Position of the first message that the group has not consumed; over HTTP, not received. */
  readonly offset: number;
}

const OFFSET: Shape<GroupOffset> = object<GroupOffset>({ groupId: text, topic: text, queueId: number, offset: number });

/** How far the groups have consumed the queues. */
export class MqOffsets {
  /** By instance, and in it by group, topic and queue. */
  private readonly offsets: Table<GroupOffset>;
  /** Offsets that were reset, until the consumers of the group know. */
  private readonly resets = new Map<string, number>();

  constructor(private readonly store: Store) {
    this.offsets = store.table(
      'mq-offsets',
      OFFSET,
      (offset, [instanceId]) => [instanceId, keyOf(offset)],
      ({ groupId, topic, queueId, offset }, [instanceId]) => [
        reference('mq-groups', instanceId, groupId),
        topicReference(instanceId, topic),
        ...(offset > 0 ? [queueReference({ instanceId, topic, queueId, queueOffset: offset - 1 })] : []),
      ],
    );
  }

  /** Undefined while the group has told none. */
  public get(queue: GroupQueue): number | undefined {
    return this.offsets.get(queue.instanceId, keyOf(queue))?.offset;
  }

  public set(queue: GroupQueue, offset: number): void {
    // A consumer tells its offset with every pull, whether it moved or not.
    if (this.get(queue) !== offset) {
      this.store.commit([this.change(queue, offset)]);
    }
  }

  public change(queue: GroupQueue, offset: number): Change {
    const { instanceId, groupId, topic, queueId } = queue;
    return this.offsets.change({ groupId, topic, queueId, offset }, instanceId, keyOf(queue));
  }

  /** Moves a group, whose consumers go on from here even if they are under way; `also` is committed with it. */
  public reset(offsets: readonly (readonly [GroupQueue, number])[], also: readonly Change[]): void {
    this.store.commit([...offsets.map(([queue, offset]) => this.change(queue, offset)), ...also]);
    for (const [queue, offset] of offsets) {
      this.resets.set(nameOf(queue), offset);
    }
  }

  /**
   * Where a consumer has to go on that pulls from `offset`: elsewhere when it was moved and has not heard of it,
   * otherwise undefined. To commit the offset is no proof: the same one may be on its way from before.
   */
  public movedTo(queue: GroupQueue, offset: number): number | undefined {
    const moved = this.resets.get(nameOf(queue));
    if (moved === offset) {
      this.resets.delete(nameOf(queue));
      return undefined;
    }
    return moved;
  }

  /** Whether a consumer was moved and has not gone on from there yet. */
  public isMoved(queue: GroupQueue): boolean {
    return this.resets.has(nameOf(queue));
  }

  /** Changes that forget how far a topic, or a group, was consumed. */
  public forget(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return this.offsets
      .list(instanceId)
      .filter(({ topic, groupId }) => ('topic' in what ? topic === what.topic : groupId === what.groupId))
      .map((offset) => {
        this.resets.delete(nameOf({ ...offset, instanceId }));
        return this.offsets.change(null, instanceId, keyOf(offset));
      });
  }

  /** Other offsets have taken the place of those that were reset. */
  public forgetResets(): void {
    this.resets.clear();
  }
}

function keyOf({ groupId, topic, queueId }: Omit<GroupQueue, 'instanceId'>): string {
  return `${groupId}%${topic}%${queueId}`;
}

function nameOf(queue: GroupQueue): string {
  return `${queue.instanceId}%${keyOf(queue)}`;
}
