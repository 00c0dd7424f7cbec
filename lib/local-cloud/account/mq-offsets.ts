import type { Change } from '../store/journal';
import { number, object, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** A queue of a topic, as a group of TCP consumers reads it. */
export interface GroupQueue {
  readonly instanceId: string;
  readonly groupId: string;
  readonly topic: string;
  readonly queueId: number;
}

interface GroupOffset extends Omit<GroupQueue, 'instanceId'> {
  /** Position of the first message that the group has not consumed. */
  readonly offset: number;
}

const OFFSET: Shape<GroupOffset> = object<GroupOffset>({ groupId: text, topic: text, queueId: number, offset: number });

/** How far the groups of TCP consumers have consumed the queues. */
export class MqOffsets {
  /** By instance, and in it by group, topic and queue. */
  private readonly offsets: Table<GroupOffset>;

  constructor(store: Store) {
    this.offsets = store.table('mq-offsets', OFFSET, (offset, [instanceId]) => [instanceId, keyOf(offset)]);
  }

  /** Undefined while the group has told none. */
  public get(queue: GroupQueue): number | undefined {
    return this.offsets.get(queue.instanceId, keyOf(queue))?.offset;
  }

  public set(queue: GroupQueue, offset: number): void {
    // A consumer tells its offset with every pull, whether it moved or not.
    if (this.get(queue) !== offset) {
      const { instanceId, groupId, topic, queueId } = queue;
      this.offsets.put({ groupId, topic, queueId, offset }, instanceId, keyOf(queue));
    }
  }

  /** Changes that forget how far a topic, or a group, was consumed. */
  public forget(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return this.offsets
      .list(instanceId)
      .filter(({ topic, groupId }) => ('topic' in what ? topic === what.topic : groupId === what.groupId))
      .map((offset) => this.offsets.change(null, instanceId, keyOf(offset)));
  }
}

function keyOf({ groupId, topic, queueId }: Omit<GroupQueue, 'instanceId'>): string {
  return `${groupId}%${topic}%${queueId}`;
}
