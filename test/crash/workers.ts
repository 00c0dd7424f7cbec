import { createHash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import MNSClient from '@alicloud/mns';
import { MQClient } from '@aliyunmq/mq-http-sdk';
import { isDeepStrictEqual } from 'node:util';
import { decode } from '@msgpack/msgpack';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Account } from '../../lib/local-cloud/account/account';
import type { LocalCloudEndpoints } from '../../lib/local-cloud/server/local-cloud-options';
import type { RpcCall } from '../../lib/local-cloud/terraform/wire';
import { messageServiceQueue } from '../../lib/provider-schema/message-service-queue';
import { onsTopic } from '../../lib/provider-schema/ons-topic';
import { ossBucket } from '../../lib/provider-schema/oss-bucket';
import { ramRole } from '../../lib/provider-schema/ram-role';
import type { TypeSchema } from '../../lib/provider-schema/table';
import { RequestCode, ResponseCode } from '../../lib/local-cloud/rocketmq/codes';
import { RpcClient } from '../local-cloud/openapi/rpc-client';
import { ossRequest } from '../local-cloud/oss-http/signed-request';
import {
  type Answer,
  connectProvider,
  packed,
  proposedState,
  wholeConfig,
} from '../local-cloud/terraform/provider-client';
import { RocketMqClient } from '../local-cloud/rocketmq/rocketmq-client';
import { BUCKET, HTTP_GROUP, QUEUE, RECEIPTS, REGION, TCP_GROUP, TOPIC } from './prepare';

/** Where a worker finds the servers and what was made for it. */
export interface Target {
  readonly endpoints: LocalCloudEndpoints;
  readonly instanceId: string;
}

/** Changes something through one server, again and again, and knows what was acknowledged. */
export interface Worker {
  readonly name: string;
  /** Goes on until the server is gone. */
  run(target: Target): Promise<void>;
  /** Throws what is lost, half there, or there although it was deleted. */
  check(account: Account): void;
  /** Changes that were acknowledged. */
  readonly acknowledged: number;
}

/** What was acknowledged: to be there, or to be gone. What was on its way at a kill is in neither. */
class Ledger {
  public readonly there = new Map<string, string>();
  public readonly gone = new Set<string>();
  public acknowledged = 0;

  /** The change that makes `key` what `value` says. */
  public async put(key: string, value: string, change: () => Promise<unknown>): Promise<void> {
    this.forget(key);
    await change();
    this.acknowledged += 1;
    this.there.set(key, value);
  }

  public async delete(key: string, change: () => Promise<unknown>): Promise<void> {
    this.forget(key);
    await change();
    this.acknowledged += 1;
    this.gone.add(key);
  }

  public oldest(): string | undefined {
    return this.there.keys().next().value;
  }

  public check(what: string, find: (key: string) => string | undefined): void {
    for (const [key, value] of this.there) {
      const found = find(key);
      if (found !== value) {
        throw new Error(`${what} ${key}: expected ${value.slice(0, 100)}, got ${found?.slice(0, 100) ?? 'nothing'}`);
      }
    }
    for (const key of this.gone) {
      if (find(key) !== undefined) {
        throw new Error(`${what} ${key}: expected nothing, as it was deleted`);
      }
    }
  }

  private forget(key: string): void {
    this.there.delete(key);
    this.gone.delete(key);
  }
}

let counter = 0;
const nextName = (prefix: string): string => `${prefix}-${(counter += 1)}`;

/** What an action gives; undefined when the service refused it, as it does for what is not there. */
function absentIs<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function portOf(endpoint: string): number {
  return Number(endpoint.split(':')[1]);
}

/** Objects, versions and uploads in parts; one object has large headers and is written again and again. */
class OssWorker implements Worker {
  public readonly name = 'OSS';
  private readonly objects = new Ledger();
  private readonly uploads = new Ledger();

  public get acknowledged(): number {
    return this.objects.acknowledged + this.uploads.acknowledged;
  }

  public async run({ endpoints }: Target): Promise<void> {
    const server = { port: portOf(endpoints.http), account: { identity: endpoints } } as unknown as Parameters<
      typeof ossRequest
    >[0];
    const send = async (method: string, key: string, more: Partial<Parameters<typeof ossRequest>[1]> = {}) => {
      const response = await ossRequest(server, { method, path: `${BUCKET}/${key}`, ...more });
      if (response.status >= 300) {
        throw new Error(`${method} ${key}: ${response.status} ${response.text}`);
      }
      return response;
    };
    for (;;) {
      const key = nextName('object');
      const content = randomBytes(1 + (counter % 50) * 100).toString('hex');
      await this.objects.put(key, content, () => send('PUT', key, { body: content }));
      const again = `${content}-again`;
      await this.objects.put('same', again, () =>
        send('PUT', 'same', { body: again, headers: { 'x-oss-meta-large': 'x'.repeat(7000) } }),
      );
      const oldest = this.objects.oldest()!;
      if (this.objects.there.size > 20 && oldest !== 'same') {
        await this.objects.delete(oldest, () => send('DELETE', oldest));
      }
      const upload = nextName('upload');
      const { text } = await send('POST', upload, { query: { uploads: '' } });
      const uploadId = /<UploadId>(\w+)</.exec(text)![1];
      await this.uploads.put(`${upload} ${uploadId}`, content, () =>
        send('PUT', upload, { query: { uploadId, partNumber: '1' }, body: content }),
      );
      this.uploads.there.delete(`${upload} ${uploadId}`);
      await this.objects.put(upload, content, () =>
        send('POST', upload, { query: { uploadId }, headers: { 'x-oss-complete-all': 'yes' } }),
      );
    }
  }

  public check({ oss }: Account): void {
    const read = (content: { blob: string; size: number }): string => {
      const held = oss.hold(content);
      held.release();
      return fs.readFileSync(held.path, 'utf8');
    };
    this.objects.check('object', (key) => {
      const object = absentIs(() => oss.getObject(BUCKET, key));
      return object && read(object);
    });
    this.uploads.check('upload', (name) => {
      const [key, uploadId] = name.split(' ');
      const upload = absentIs(() => oss.uploads.get(BUCKET, key, uploadId));
      return upload && read(oss.uploads.parts(upload)[0]);
    });
    for (const version of oss.objectVersions(BUCKET)) {
      const digest = createHash('md5').update(read(version)).digest('hex').toUpperCase();
      if (digest !== version.md5) {
        throw new Error(`object ${version.key}: its content is not what was stored`);
      }
    }
  }
}

/** Roles: made, changed, deleted. */
class RamWorker implements Worker {
  public readonly name = 'RAM';
  private readonly roles = new Ledger();

  public get acknowledged(): number {
    return this.roles.acknowledged;
  }

  public async run({ endpoints }: Target): Promise<void> {
    const client = new RpcClient(endpoints.http, endpoints);
    const trust = (description: string) =>
      JSON.stringify({
        Version: '1',
        Statement: [
          { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: [`${description}.aliyuncs.com`] } },
        ],
      });
    for (;;) {
      const RoleName = nextName('role');
      await this.roles.put(RoleName, trust('first'), () =>
        client.call('ram', 'CreateRole', { RoleName, AssumeRolePolicyDocument: trust('first') }),
      );
      await this.roles.put(RoleName, trust('second'), () =>
        client.call('ram', 'UpdateRole', { RoleName, NewAssumeRolePolicyDocument: trust('second') }),
      );
      const oldest = this.roles.oldest()!;
      if (this.roles.there.size > 20) {
        await this.roles.delete(oldest, () => client.call('ram', 'DeleteRole', { RoleName: oldest }));
      }
    }
  }

  public check({ ram }: Account): void {
    this.roles.check('role', (name) => absentIs(() => ram.getRole(name).assumeRolePolicyDocument));
  }
}

/** Messages of a queue: sent, received, deleted. */
class MnsWorker implements Worker {
  public readonly name = 'MNS';
  private readonly messages = new Ledger();

  public get acknowledged(): number {
    return this.messages.acknowledged;
  }

  public async run({ endpoints }: Target): Promise<void> {
    const client = new MNSClient(endpoints.accountId, {
      ...endpoints,
      region: REGION,
      endpoint: `http://${endpoints.http}`,
    });
    for (;;) {
      const body = nextName('message');
      await this.messages.put(body, body, () => client.sendMessage(QUEUE, { MessageBody: body }));
      if (counter % 2 === 0) {
        const received = await client.receiveMessage(QUEUE);
        await this.messages.delete(received.body.MessageBody, () =>
          client.deleteMessage(QUEUE, received.body.ReceiptHandle),
        );
      }
    }
  }

  public check({ mns }: Account): void {
    const bodies = mns.allMessages(REGION, QUEUE).map(({ body }) => body);
    if (new Set(bodies).size < bodies.length) {
      throw new Error('MNS: a message is there twice');
    }
    const there = new Set(bodies);
    this.messages.check('MNS message', (body) => (there.has(body) ? body : undefined));
  }
}

/** Messages of a topic, over HTTP and over TCP; offsets of a group over TCP. */
class MqWorker implements Worker {
  public readonly name: string;
  private readonly messages = new Ledger();
  private offset = 0;

  constructor(private readonly protocol: 'HTTP' | 'TCP') {
    this.name = `MQ over ${protocol}`;
  }

  public get acknowledged(): number {
    return this.messages.acknowledged + this.offset;
  }

  public async run(target: Target): Promise<void> {
    await (this.protocol === 'HTTP' ? this.runHttp(target) : this.runTcp(target));
  }

  public check({ ons }: Account): void {
    const [{ instanceId }] = ons.listInstances(REGION);
    const bodies = [...ons.messagesFrom(instanceId, TOPIC, 0)].map(({ body }) => body);
    if (new Set(bodies).size < bodies.length) {
      throw new Error('MQ: a message is there twice');
    }
    const there = new Set(bodies);
    this.messages.check('MQ message', (body) => (there.has(body) ? body : undefined));
    const stored = ons.offsets.get({ instanceId, groupId: TCP_GROUP, topic: TOPIC, queueId: 0 }) ?? 0;
    if (stored < this.offset) {
      throw new Error(`offset of ${TCP_GROUP}: expected ${this.offset} at least, got ${stored}`);
    }
  }

  private async runHttp({ endpoints, instanceId }: Target): Promise<void> {
    const client = new MQClient(`http://${endpoints.http}`, endpoints.accessKeyId, endpoints.accessKeySecret);
    const producer = client.getProducer(instanceId, TOPIC);
    const consumer = client.getConsumer(instanceId, TOPIC, HTTP_GROUP);
    for (;;) {
      const body = nextName('http');
      await this.messages.put(body, body, () => producer.publishMessage(body));
      const received = await consumer.consumeMessage(4);
      await consumer.ackMessage(received.body.map(({ ReceiptHandle }) => ReceiptHandle));
    }
  }

  private async runTcp({ endpoints, instanceId }: Target): Promise<void> {
    const client = await RocketMqClient.connect(portOf(endpoints.rocketmq), endpoints);
    // A frame that was on its way at a kill gets no answer.
    const gone = client.closed().then(() => {
      throw new Error('the server is gone');
    });
    const ask = async (code: number, fields: Record<string, string | number>, body?: Buffer): Promise<void> => {
      const answer = await Promise.race([client.request(code, fields, body), gone]);
      if (answer.code !== ResponseCode.SUCCESS) {
        throw new Error(`request ${code}: ${answer.code} ${answer.remark}`);
      }
    };
    const [topic, group] = [`${instanceId}%${TOPIC}`, `${instanceId}%${TCP_GROUP}`];
    for (;;) {
      const body = nextName('tcp');
      const properties = `UNIQ_KEY\x01${randomBytes(16).toString('hex').toUpperCase()}\x02`;
      const fields = { a: group, b: topic, e: 0, f: 0, g: Date.now(), h: 0, i: properties, j: 0 };
      await this.messages.put(body, body, () => ask(RequestCode.SEND_MESSAGE_V2, fields, Buffer.from(body)));
      const offset = this.offset + 1;
      await ask(RequestCode.UPDATE_CONSUMER_OFFSET, {
        consumerGroup: group,
        topic,
        queueId: 0,
        commitOffset: offset,
      });
      this.offset = offset;
    }
  }
}

/** Schemas, and asynchronous queries with a receipt. */
class DlaWorker implements Worker {
  public readonly name = 'DLA';
  private readonly schemas = new Ledger();
  private readonly tasks = new Ledger();

  public get acknowledged(): number {
    return this.schemas.acknowledged + this.tasks.acknowledged;
  }

  public async run({ endpoints }: Target): Promise<void> {
    const [host, port] = endpoints.dla[REGION].split(':');
    const connection: Connection = await createConnection({
      host,
      port: Number(port),
      user: endpoints.dlaUser,
      password: endpoints.dlaPassword,
      // On a machine that is busy the first client may have to wait.
      connectTimeout: 60_000,
    });
    try {
      for (;;) {
        const schema = nextName('schema').replace('-', '_');
        await this.schemas.put(schema, schema, () =>
          connection.query(`create schema ${schema} with dbproperties(catalog='oss', location='oss://${BUCKET}/')`),
        );
        const oldest = this.schemas.oldest()!;
        if (this.schemas.there.size > 10) {
          await this.schemas.delete(oldest, () => connection.query(`drop schema ${oldest}`));
        }
        const hints = `run_async=true,mq-notify-by=mns,mq-queue=${RECEIPTS}`;
        const [rows] = await connection.query<RowDataPacket[]>(`/*+ ${hints} */ select ${counter}`);
        const id = String(rows[0].ASYNC_TASK_ID);
        await this.tasks.put(id, id, () => Promise.resolve());
      }
    } finally {
      connection.destroy();
    }
  }

  public check({ dla }: Account): void {
    this.schemas.check('schema', (name) => absentIs(() => dla.getSchema(REGION, name).name));
    this.tasks.check('query task', (id) => dla.getTask(REGION, id)?.id);
  }
}

interface Applied {
  readonly schema: TypeSchema;
  readonly config: Readonly<Record<string, unknown>>;
  /** Terraform's state of it, null for none: after a change that was acknowledged, or before one that was not. */
  readonly state: Readonly<Record<string, unknown>> | null;
  /** A change of it is on its way. */
  readonly isPending: boolean;
}

/** Resources, as an apply makes, changes and destroys them; each run begins as the apply after a kill does. */
class TerraformWorker implements Worker {
  public readonly name = 'Terraform';
  public acknowledged = 0;
  /** By address. What is on its way is here too, as it was before. */
  private readonly applied = new Map<string, Applied>();

  public async run({ endpoints, instanceId }: Target): Promise<void> {
    const { call, close } = connectProvider(portOf(endpoints.terraform));
    const ask = async (name: RpcCall, request: object): Promise<Answer> => {
      const answer = await call(name, request);
      const [problem] = answer.diagnostics;
      if (problem) {
        throw new Error(`${name} ${JSON.stringify(request).slice(0, 100)}: ${problem.summary}: ${problem.detail}`);
      }
      return answer;
    };
    try {
      const { accessKeyId, accessKeySecret } = endpoints;
      const config = { access_key: accessKeyId, secret_key: accessKeySecret, region: REGION };
      await ask('Configure', { terraform_version: '1.5.0', config: packed(config) });
      for (const [address, applied] of this.applied) {
        await this.applyAgain(ask, address, applied);
      }
      for (;;) {
        const name = nextName('terraform');
        const trust = JSON.stringify({
          Version: '1',
          Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: ['x.aliyuncs.com'] } }],
        });
        await this.apply(ask, ramRole, { role_name: name, assume_role_policy_document: trust, description: 'first' });
        await this.apply(ask, ramRole, { role_name: name, assume_role_policy_document: trust, description: 'second' });
        await this.apply(ask, ossBucket, { bucket: name });
        await this.apply(ask, onsTopic, { instance_id: instanceId, topic_name: name, message_type: 0 });
        await this.apply(ask, messageServiceQueue, { queue_name: name });
        for (const address of [...this.applied.keys()].slice(0, -40)) {
          await this.destroy(ask, address);
        }
      }
    } finally {
      close();
    }
  }

  /** Nothing that a state has is absent; what was destroyed is checked by the names that come again. */
  public check({ ram, oss, ons, mns }: Account): void {
    const [{ instanceId }] = ons.listInstances(REGION);
    const find: Readonly<Record<string, (config: Applied['config']) => unknown>> = {
      [ramRole.name]: ({ role_name }) => ram.getRole(String(role_name)),
      [ossBucket.name]: ({ bucket }) => oss.getBucket(String(bucket)),
      [onsTopic.name]: ({ topic_name }) => ons.getTopic(REGION, instanceId, String(topic_name)),
      [messageServiceQueue.name]: ({ queue_name }) => mns.getQueue(REGION, String(queue_name)),
    };
    for (const [address, { schema, config, state }] of this.applied) {
      if (state && absentIs(() => find[schema.name](config)) === undefined) {
        throw new Error(`${address}: expected what an apply has made, got nothing`);
      }
    }
  }

  /** What an apply after the kill does: refresh, plan, and change only what was on its way. */
  private async applyAgain(ask: Ask, address: string, { schema, config, state, isPending }: Applied): Promise<void> {
    const type_name = schema.name;
    const known = state ?? (await this.imported(ask, schema, config));
    if (!known) {
      this.applied.delete(address);
      await this.apply(ask, schema, config);
      return;
    }
    const { new_state } = await ask('ReadResource', { type_name, current_state: packed(known) });
    const refreshed = unpacked(new_state);
    if (!refreshed || (!isPending && !isDeepStrictEqual(refreshed, state))) {
      throw new Error(`${address}: expected what was acknowledged, got ${JSON.stringify([state, refreshed])}`);
    }
    await this.change(ask, address, schema, config, refreshed);
    const { state: after } = this.applied.get(address)!;
    const { values: planned } = await this.plan(ask, schema, config, after);
    if (!isDeepStrictEqual(planned, after)) {
      throw new Error(
        `${address}: expected a second apply without a difference, got ${JSON.stringify([after, planned])}`,
      );
    }
  }

  /** What was made although the state does not have it, as `terraform import` takes it. */
  private async imported(ask: Ask, schema: TypeSchema, config: Applied['config']): Promise<Applied['state']> {
    const id = [config.instance_id, config.role_name ?? config.bucket ?? config.topic_name ?? config.queue_name];
    try {
      const request = { type_name: schema.name, id: id.filter((part) => part !== undefined).join(':') };
      const { imported_resources } = await ask('ImportResourceState', request);
      const [{ state }] = imported_resources as readonly { state: object }[];
      const { new_state } = await ask('ReadResource', { type_name: schema.name, current_state: state });
      return unpacked(new_state);
    } catch (error) {
      if (/UNAVAILABLE|CANCELLED/.test((error as Error).message)) {
        throw error;
      }
      return null;
    }
  }

  private async apply(ask: Ask, schema: TypeSchema, config: Applied['config']): Promise<void> {
    const name = config.role_name ?? config.bucket ?? config.topic_name ?? config.queue_name;
    const address = `${schema.name}.${String(name)}`;
    await this.change(ask, address, schema, config, this.applied.get(address)?.state ?? null);
  }

  private async change(
    ask: Ask,
    address: string,
    schema: TypeSchema,
    config: Applied['config'],
    prior: Applied['state'],
  ): Promise<void> {
    this.applied.set(address, { schema, config, state: prior, isPending: true });
    const planned = await this.plan(ask, schema, config, prior);
    if (isDeepStrictEqual(planned.values, prior)) {
      this.applied.set(address, { schema, config, state: prior, isPending: false });
      return;
    }
    const { new_state } = await ask('ApplyResourceChange', {
      type_name: schema.name,
      prior_state: packed(prior),
      planned_state: planned.packed,
      config: packed(wholeConfig(schema, config)),
    });
    this.acknowledged += 1;
    this.applied.set(address, { schema, config, state: unpacked(new_state), isPending: false });
  }

  private async plan(ask: Ask, schema: TypeSchema, config: Applied['config'], prior: Applied['state']) {
    const { planned_state } = await ask('PlanResourceChange', {
      type_name: schema.name,
      prior_state: packed(prior),
      proposed_new_state: packed(proposedState(schema, config, prior)),
      config: packed(wholeConfig(schema, config)),
    });
    return { packed: planned_state, values: unpacked(planned_state) };
  }

  private async destroy(ask: Ask, address: string): Promise<void> {
    const { schema, state, config } = this.applied.get(address)!;
    this.applied.set(address, { schema, config, state: null, isPending: true });
    await ask('ApplyResourceChange', {
      type_name: schema.name,
      prior_state: packed(state),
      planned_state: packed(null),
      config: packed(null),
    });
    this.acknowledged += 1;
    this.applied.delete(address);
  }
}

type Ask = (name: RpcCall, request: object) => Promise<Answer>;

function unpacked(value: unknown): Applied['state'] {
  return decode((value as { msgpack: Uint8Array }).msgpack) as Applied['state'];
}

/** One of each server. */
export function newWorkers(): Worker[] {
  return [
    new OssWorker(),
    new RamWorker(),
    new MnsWorker(),
    new MqWorker('HTTP'),
    new MqWorker('TCP'),
    new DlaWorker(),
    new TerraformWorker(),
  ];
}
