import type { Account } from '../account/account';
import { type Closable, NEW_INSTANCES } from '../account/activation';
import { taskRow } from '../dla/task-row';

/** A message that a receipt, or anything else, left on a topic or in a queue. */
export interface LocalMessage {
  /** Id as consumers get it, and as DLA tells it in `mq_message_id`. */
  readonly messageId: string;
  /** Key of a message on a topic; empty in a queue. */
  readonly key: string;
  /** The text of the message. */
  readonly body: string;
}

/**
 * A service that an account opens before it uses it, or `rocketmq-4`: the right to make an MQ instance (RocketMQ 4.x) while
 * there is none, which only existing users of it have.
 */
export type LocalService = 'oss' | 'mq' | 'mns' | 'rocketmq-4';

const CLOSABLE: Readonly<Record<LocalService, Closable>> = {
  oss: 'oss',
  mq: 'ons',
  mns: 'mns',
  'rocketmq-4': NEW_INSTANCES,
};

/** Names of what an account may lack. */
export const LOCAL_SERVICES = Object.keys(CLOSABLE) as readonly LocalService[];

/** What a test looks at in the account of a local cloud, or breaks there. All else goes through the servers. */
export class LocalAccount {
  constructor(private readonly account: Account) {}

  /** Id of the account, 16 digits. */
  public get accountId(): string {
    return this.account.identity.accountId;
  }

  /** Asynchronous queries of a region, newest first, with the columns of `show query_task`. */
  public queryTasks(region: string): Readonly<Record<string, string | number | null>>[] {
    return [...this.account.dla.listTasks(region)].sort((a, b) => b.createTime - a.createTime).map(taskRow);
  }

  /**
   * Messages on a topic of an MQ instance, oldest first, consumed ones too.
   *
   * @throws CloudError when there is no such topic in the region
   */
  public topicMessages(region: string, instanceId: string, topic: string): LocalMessage[] {
    const { ons } = this.account;
    ons.getTopic(region, instanceId, topic);
    return [...ons.messagesFrom(instanceId, topic, 0)].map(({ msgId, key, body }) => ({ messageId: msgId, key, body }));
  }

  /**
   * Messages that an SMQ (formerly MNS) queue keeps, hidden ones too.
   *
   * @throws CloudError when there is no such queue in the region
   */
  public queueMessages(region: string, queueName: string): LocalMessage[] {
    return this.account.mns.allMessages(region, queueName).map(({ messageId, body }) => ({ messageId, key: '', body }));
  }

  /** Closes a service, as in an account that has not opened it. */
  public closeService(service: LocalService): void {
    this.account.activation.deactivate(CLOSABLE[service]);
  }

  /** Opens a service again. */
  public openService(service: LocalService): void {
    this.account.activation.activate(CLOSABLE[service]);
  }
}
