import type { Connection } from './connection';

/** What a member of a group wants of each topic, by the topic's full name: undefined for all messages. */
export type Subscriptions = ReadonlyMap<string, TagFilter>;

/** Whether a group wants a message of this tag. */
export type TagFilter = (tag: string) => boolean;

interface Member {
  readonly clientId: string;
  readonly subscriptions: Subscriptions;
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
    return this.groups.get(group)?.get(connection)?.subscriptions.get(topic);
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
