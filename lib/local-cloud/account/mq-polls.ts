import type { Consumption } from './mq-consumers';
import type { ConsumerClient } from './mq-subscriptions';

interface Poll {
  readonly clientId: string;
  readonly topic: string;
  readonly expression: string;
  readonly address: string;
  readonly lastSeen: number;
}

/** A consumer that has not asked for this time is not there any more. */
const ONLINE_MS = 60_000;

/** Consumers of HTTP, who come and go with each request. */
export class MqPolls {
  /** By group, and there by topic and client. */
  private readonly polls = new Map<string, Map<string, Poll>>();

  /** A consumer asks, or has waited until now. */
  public seen(
    { instanceId, groupId, topic }: Consumption,
    poll: Pick<Poll, 'clientId' | 'expression' | 'address'>,
  ): void {
    const group = groupName(instanceId, groupId);
    const polls = this.polls.get(group) ?? new Map<string, Poll>();
    this.polls.set(group, polls);
    polls.set(`${topic} ${poll.clientId}`, { ...poll, topic, lastSeen: Date.now() });
    polls.forEach((one, name) => {
      if (!isOnline(one)) {
        polls.delete(name);
      }
    });
  }

  /** The group is gone. */
  public forget(instanceId: string, groupId: string): void {
    this.polls.delete(groupName(instanceId, groupId));
  }

  public clear(): void {
    this.polls.clear();
  }

  public clients(instanceId: string, groupId: string): ConsumerClient[] {
    const clients = new Map<string, { clientId: string; address: string; subscriptions: Map<string, string> }>();
    for (const poll of this.polls.get(groupName(instanceId, groupId))?.values() ?? []) {
      if (isOnline(poll)) {
        const { clientId, address, topic, expression } = poll;
        const client = clients.get(clientId) ?? { clientId, address, subscriptions: new Map<string, string>() };
        client.subscriptions.set(topic, expression);
        clients.set(clientId, client);
      }
    }
    return [...clients.values()];
  }
}

function isOnline({ lastSeen }: Poll): boolean {
  return lastSeen > Date.now() - ONLINE_MS;
}

function groupName(instanceId: string, groupId: string): string {
  return `${instanceId}%${groupId}`;
}
