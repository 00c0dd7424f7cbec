import type { MqConsumers } from './mq-consumers';
import type { Message, MqMessages } from './mq-messages';
import type { MqOffsets } from './mq-offsets';
import type { MqSubscriptions } from './mq-subscriptions';

/** How far a group is with a topic. */
export interface TopicProgress {
  readonly topic: string;
  /** Messages that it has not consumed. */
  readonly backlog: number;
  /** How long the oldest of them has been there, in milliseconds; 0 without any. */
  readonly delayMs: number;
  /** When the newest message that it has consumed came; 0 when it has consumed none. */
  readonly lastTimestamp: number;
}

/** How far groups are with the topics that they subscribe to. */
export class MqProgress {
  constructor(
    private readonly messages: MqMessages,
    private readonly offsets: MqOffsets,
    private readonly consumers: MqConsumers,
    private readonly subscriptions: MqSubscriptions,
    private readonly queueCount: (instanceId: string, topic: string) => number | undefined,
  ) {}

  /**
   * By topic; retries only where there are any. Without topics of which every consumer gets all messages: how far one
   * is, it keeps itself.
   */
  public of(instanceId: string, groupId: string): TopicProgress[] {
    return this.subscriptions
      .list(instanceId)
      .filter((subscription) => subscription.groupId === groupId && !subscription.broadcasting)
      .map(({ topic }) => this.ofTopic(instanceId, groupId, topic))
      .filter(({ topic, backlog }) => backlog > 0 || !topic.startsWith('%'));
  }

  private ofTopic(instanceId: string, groupId: string, topic: string): TopicProgress {
    // Over HTTP it has received these, and not consumed them.
    const open = this.consumers.pendingOf({ instanceId, groupId, topic });
    const pending = new Set(open.map(({ offset }) => offset));
    let backlog = open.length;
    let lastTimestamp = 0;
    for (let queueId = 0; queueId < (this.queueCount(instanceId, topic) ?? 0); queueId += 1) {
      const offset = this.offsets.get({ instanceId, groupId, topic, queueId }) ?? 0;
      backlog += this.messages.queueLength(instanceId, topic, queueId) - offset;
      const [unread] = this.messages.fromQueue(instanceId, topic, queueId, offset);
      if (unread) {
        open.push(unread);
      }
      const last = this.lastConsumed(instanceId, topic, queueId, offset, pending);
      lastTimestamp = Math.max(lastTimestamp, last?.storeTimestamp ?? 0);
    }
    const oldest = Math.min(...open.map(({ storeTimestamp }) => storeTimestamp));
    return { topic, backlog, delayMs: open.length === 0 ? 0 : Math.max(Date.now() - oldest, 0), lastTimestamp };
  }

  private lastConsumed(
    instanceId: string,
    topic: string,
    queueId: number,
    offset: number,
    pending: ReadonlySet<number>,
  ): Message | undefined {
    for (let at = offset - 1; at >= 0; at -= 1) {
      const [message] = this.messages.fromQueue(instanceId, topic, queueId, at);
      if (!pending.has(message.offset)) {
        return message;
      }
    }
    return undefined;
  }
}
