import { Account } from '../../../lib/local-cloud/account/account';
import {
  type AnsweredRequest,
  RocketMqServer,
  type RocketMqServerOptions,
} from '../../../lib/local-cloud/rocketmq/rocketmq-server';
import { Listener } from '../../../lib/local-cloud/server/listener';
import { type Key, RocketMqClient } from './rocketmq-client';

export const REGION = 'cn-hangzhou';

/** A server over an account in a folder, with an instance that has a topic and a group. */
export class StartedServer {
  public readonly clients: RocketMqClient[] = [];

  private constructor(
    public readonly account: Account,
    public readonly instanceId: string,
    /** What was logged. */
    public readonly requests: readonly AnsweredRequest[],
    private readonly listener: Listener,
  ) {}

  public static async start(folder: string, options: Partial<RocketMqServerOptions> = {}): Promise<StartedServer> {
    const account = new Account(folder);
    const { ons } = account;
    const [instance = ons.createInstance(REGION, { instanceName: 'tested' })] = ons.listInstances(REGION);
    const { instanceId } = instance;
    if (!ons.findTopic(instanceId, 'receipts')) {
      ons.createTopic(REGION, { instanceId, topic: 'receipts', messageType: 0 });
      ons.createGroup(REGION, { instanceId, groupId: 'GID_tcp', groupType: 'tcp' });
      ons.createGroup(REGION, { instanceId, groupId: 'GID_http', groupType: 'http' });
    }
    const requests: AnsweredRequest[] = [];
    const server = new RocketMqServer(account, {
      log: (request) => requests.push(request),
      delayLevels: [1, 1, 1],
      ...options,
    });
    return new StartedServer(account, instanceId, requests, await Listener.listen(server, 0, 'RocketMQ'));
  }

  public get port(): number {
    return this.listener.port;
  }

  /** The full name of a topic or group. */
  public name(name: string): string {
    return `${this.instanceId}%${name}`;
  }

  /** @param key the account's own when there is none */
  public async connect(key: Key = this.account.identity): Promise<RocketMqClient> {
    const client = await RocketMqClient.connect(this.port, key);
    this.clients.push(client);
    return client;
  }

  public async stop(): Promise<void> {
    await this.listener.close();
    await Promise.all(this.clients.map((client) => client.closed()));
    this.account.close();
  }
}
