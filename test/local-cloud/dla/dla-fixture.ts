import * as fs from 'node:fs';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { createConnection, type Connection, type ConnectionOptions } from 'mysql2/promise';
import { Account } from '../../../lib/local-cloud/account/account';
import { Engine } from '../../../lib/local-cloud/dla/engine/engine';
import { DlaServer, type DlaServerOptions } from '../../../lib/local-cloud/dla/dla-server';

export const REGION = 'cn-hangzhou';
export const BUCKET = 'data-bucket';
export const TOPIC = 'receipts';
export const GROUP = 'GID_receipts';
export const QUEUE = 'receipts';
export const MQ_ROLE = 'AliyunOpenAnalyticsAccessingMQRole';
export const MNS_ROLE = 'AliyunOpenAnalyticsAccessingMNSRole';

export const PEOPLE =
  '{"id":1,"name":"Ann","born":"1990-01-02"}\n{"id":2,"name":"Bo","born":null}\n{"id":3,"name":"O\'Neil"}\n';

export const CREATE_PEOPLE = [
  `CREATE SCHEMA IF NOT EXISTS lake WITH DBPROPERTIES (catalog='oss', location='oss://${BUCKET}/')`,
  `CREATE EXTERNAL TABLE IF NOT EXISTS lake.people (id bigint, name string, born date)
   STORED AS JSON LOCATION 'oss://${BUCKET}/people/'`,
];

/** Takes longer than any test, in little memory. */
export const ENDLESS =
  'with recursive r(n) as (select 1 union all select n + 1 from r where n < 9000) select count(*) from r a, r b, r c, r d';

export function trustOf(service: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: [service] } }],
  });
}

/** A row of `show query_task`. */
export type TaskRow = Readonly<Record<string, string | number | null>>;

/** An account in a scratch folder with a data bucket and all that receipts need, behind a DLA server on a random port. */
export class DlaFixture {
  private readonly connections: Connection[] = [];

  private constructor(
    public readonly folder: string,
    public readonly account: Account,
    public readonly engine: Engine,
    public readonly served: DlaServer,
    public readonly server: net.Server,
    public readonly instanceId: string,
    public readonly endpoint: string,
  ) {}

  public static async start(options: Partial<DlaServerOptions> = {}, folder?: string): Promise<DlaFixture> {
    const state = folder ?? fs.mkdtempSync(path.join(os.tmpdir(), 'dla-server-'));
    const account = new Account(state);
    const instanceId = folder ? account.ons.listInstances(REGION)[0].instanceId : fill(account);
    const engine = new Engine(path.join(state, 'dla-scratch'));
    const served = new DlaServer(account, engine, { region: REGION, ...options });
    const server = net.createServer((socket) => served.handle(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { tcp } = account.ons.endpointsOf(account.ons.getInstance(REGION, instanceId));
    return new DlaFixture(state, account, engine, served, server, instanceId, tcp);
  }

  /** Schema and table over the people's file. */
  public async createPeople(): Promise<void> {
    for (const statement of CREATE_PEOPLE) {
      await this.query(statement);
    }
  }

  /** Schemas and objects as they were at the start; quicker than another start. */
  public async renew(): Promise<void> {
    const { dla, oss } = this.account;
    dla.listSchemas(REGION).forEach(({ name }) => dla.deleteSchema(REGION, name, true));
    for (const { name } of oss.listBuckets()) {
      [...oss.objects(name)].forEach(({ key }) => oss.deleteObject(name, key));
      oss.deleteBucket(name);
    }
    fillBucket(this.account);
    await this.createPeople();
  }

  public get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  public async connect(options: ConnectionOptions = {}): Promise<Connection> {
    const { dlaUser, dlaPassword } = this.account.identity;
    const connection = await createConnection({
      host: '127.0.0.1',
      port: this.port,
      user: dlaUser,
      password: dlaPassword,
      ...options,
    });
    connection.on('error', () => {});
    this.connections.push(connection);
    return connection;
  }

  /** Runs one statement on a connection of its own. */
  public async query<T = Record<string, unknown>>(sql: string, database?: string): Promise<T[]> {
    const connection = await this.connect({ database });
    try {
      const [rows] = await connection.query(sql);
      return rows as T[];
    } finally {
      connection.destroy();
    }
  }

  public mqHint(patch: Record<string, string> = {}): string {
    const hint = {
      run_async: 'true',
      'mq-notify-by': 'ons',
      'mq-topic': TOPIC,
      'mq-producer-id': GROUP,
      'mq-endpoint': this.endpoint,
      ...patch,
    };
    return `/*+ ${Object.entries(hint)
      .map((pair) => pair.join('='))
      .join(', ')} */`;
  }

  public async submit(sql: string): Promise<string> {
    const [row] = await this.query<{ ASYNC_TASK_ID: string }>(sql);
    return row.ASYNC_TASK_ID;
  }

  public async task(id: string): Promise<TaskRow> {
    const [row] = await this.query<TaskRow>(`show query_task where id = '${id}'`);
    return row;
  }

  /** Waits until the task has ended, and its receipt too where one was asked for. */
  public async ended(id: string): Promise<TaskRow> {
    for (;;) {
      const task = await this.task(id);
      if (task.status !== 'RUNNING' && (task.mq_model === null || task.mq_status !== null)) {
        return task;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  public async run(sql: string): Promise<TaskRow> {
    return this.ended(await this.submit(sql));
  }

  /** Stops, and leaves the folder for another start. */
  public async stop(): Promise<void> {
    this.connections.forEach((connection) => connection.destroy());
    this.server.close();
    await this.served.close();
    await this.engine.close();
    this.account.close();
  }

  public async remove(): Promise<void> {
    await this.stop();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function fillBucket({ oss }: Account): void {
  oss.createBucket(REGION, { name: BUCKET });
  oss.putObject(BUCKET, 'people/part-0.json', Buffer.from(PEOPLE));
}

function fill(account: Account): string {
  fillBucket(account);
  for (const [roleName, policy] of [
    [MQ_ROLE, 'AliyunMQFullAccess'],
    [MNS_ROLE, 'AliyunMNSFullAccess'],
  ]) {
    account.ram.createRole({ roleName, assumeRolePolicyDocument: trustOf('openanalytics.aliyuncs.com') });
    account.ram.attachPolicy('role', roleName, 'System', policy);
  }
  const { instanceId } = account.ons.createInstance(REGION, { instanceName: 'receipts' });
  account.ons.createTopic(REGION, { instanceId, topic: TOPIC, messageType: 0 });
  account.ons.createGroup(REGION, { instanceId, groupId: GROUP, groupType: 'tcp' });
  account.mns.createQueue(REGION, { queueName: QUEUE });
  return instanceId;
}
