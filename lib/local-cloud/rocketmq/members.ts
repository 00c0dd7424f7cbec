import type { ConsumerClient } from '../account/mq-subscriptions';
import type { Connection } from './connection';
import { fullName, parseName } from './names';

/** Whether a group wants a message of this tag. */
export type TagFilter = (tag: string) => boolean;

interface Member {
  readonly clientId: string;
  /** What it wants of each topic, by the topic's full name. */
  readonly subscriptions: ReadonlyMap<string, string>;
}

/** Who consumes in which group. Known from heartbeats, and forgotten with the connection. */
export class Members {
  /** By the group's full name. */
  private readonly groups = new Map<string, Map<Connection, Member>>();

  /** @param changed told the connections of a group whose members are others now */
  constructor(private readonly changed: (group: string, connections: readonly Connection[]) => void) {}

  public join(group: string, connection: Connection, member: Member): void {
    const members = this.groups.get(group) ?? new Map<Connection, Member>();
    this.groups.set(group, members);
    const before = members.get(connection)?.clientId;
    members.set(connection, member);
    if (before !== member.clientId) {
      this.changed(group, [...members.keys()]);
    }
  }

  public leave(group: string, connection: Connection): void {
    const members = this.groups.get(group);
    if (members?.delete(connection)) {
      if (members.size === 0) {
        this.groups.delete(group);
      }
      this.changed(group, [...members.keys()]);
    }
  }

  /** The connection is gone, and its client with it. */
  public forget(connection: Connection): void {
    [...this.groups.keys()].forEach((group) => this.leave(group, connection));
  }

  public clientIds(group: string): string[] {
    return [...new Set([...(this.groups.get(group)?.values() ?? [])].map(({ clientId }) => clientId))].sort();
  }

  /** What the group's last heartbeat on this connection wants of a topic. */
  public subscription(group: string, connection: Connection, topic: string): TagFilter | undefined {
    const expression = this.groups.get(group)?.get(connection)?.subscriptions.get(topic);
    return expression === undefined ? undefined : tagFilter(expression);
  }

  /** The members of a group, with the names of their topics on its instance. */
  public clients(instanceId: string, groupId: string): ConsumerClient[] {
    const members = this.groups.get(fullName({ instanceId, name: groupId })) ?? [];
    return [...members].map(([{ remoteAddress }, { clientId, subscriptions }]) => ({
      clientId,
      address: remoteAddress,
      subscriptions: new Map([...subscriptions].map(([topic, expression]) => [parseName(topic)!.name, expression])),
    }));
  }
}

/** The filter that an expression of tags stands for: `*` or nothing for all, otherwise tags divided by `||`. */
export function tagFilter(expression: string): TagFilter {
  const tags = new Set(
    expression
      .split('||')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  );
  return tags.size === 0 || tags.has('*') ? () => true : (tag) => tags.has(tag);
}
