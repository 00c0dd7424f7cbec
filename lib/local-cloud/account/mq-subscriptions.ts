import type { Change } from '../store/journal';
import { flag, object, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';
import { topicReference } from './mq-group-queues';

/** What a group wants of a topic, as its consumers said last. */
export interface Subscription {
  readonly groupId: string;
  readonly topic: string;
  /** Tags divided by `||`, or `*`. */
  readonly expression: string;
  /** Each consumer gets all messages, and keeps its offsets itself. */
  readonly broadcasting: boolean;
}

/** A consumer that is there now. */
export interface ConsumerClient {
  readonly clientId: string;
  /** `ip:port`. */
  readonly address: string;
  /** Expressions by topic. */
  readonly subscriptions: ReadonlyMap<string, string>;
}

/** Consumers of a group that one server knows of. */
export type ClientSource = (instanceId: string, groupId: string) => readonly ConsumerClient[];

const SUBSCRIPTION: Shape<Subscription> = object<Subscription>({
  groupId: text,
  topic: text,
  expression: text,
  broadcasting: flag,
});

/** Who subscribes to what, and whose consumers are there. */
export class MqSubscriptions {
  /** By instance, and in it by group and topic. */
  private readonly subscriptions: Table<Subscription>;
  private readonly sources: ClientSource[] = [];

  constructor(store: Store) {
    this.subscriptions = store.table(
      'mq-subscriptions',
      SUBSCRIPTION,
      (subscription, [instanceId]) => [instanceId, keyOf(subscription)],
      ({ groupId, topic }, [instanceId]) => [
        reference('mq-groups', instanceId, groupId),
        topicReference(instanceId, topic),
      ],
    );
  }

  /** Keeps what a group wants of a topic. */
  public set(instanceId: string, subscription: Subscription): void {
    const { groupId, topic, expression, broadcasting } = subscription;
    const key = keyOf(subscription);
    const known = this.subscriptions.get(instanceId, key);
    if (known?.expression !== expression || known.broadcasting !== broadcasting) {
      this.subscriptions.put({ groupId, topic, expression, broadcasting }, instanceId, key);
    }
  }

  public list(instanceId: string): Subscription[] {
    return this.subscriptions.list(instanceId);
  }

  /** Has `source` asked, too, who is there. */
  public addSource(source: ClientSource): void {
    this.sources.push(source);
  }

  public clients(instanceId: string, groupId: string): ConsumerClient[] {
    return this.sources.flatMap((source) => source(instanceId, groupId));
  }

  /** Changes that forget who subscribes to a topic, or what a group subscribes to. */
  public forget(instanceId: string, what: { topic: string } | { groupId: string }): Change[] {
    return this.list(instanceId)
      .filter(({ topic, groupId }) => ('topic' in what ? topic === what.topic : groupId === what.groupId))
      .map((subscription) => this.subscriptions.change(null, instanceId, keyOf(subscription)));
  }
}

function keyOf({ groupId, topic }: Pick<Subscription, 'groupId' | 'topic'>): string {
  return `${groupId}%${topic}`;
}
