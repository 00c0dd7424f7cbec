import type { Socket } from 'node:net';
import type { Account } from '../account/account';
import { internalError } from '../account/internal-error';
import { RequestCode, ResponseCode } from './codes';
import type { Connection, Outcome } from './connection';
import { Members } from './members';
import { QueueLocks } from './queue-locks';
import type { Context } from './request';

/** A request that was answered, as the log of requests shows it. */
export interface AnsweredRequest {
  readonly time: string;
  readonly requestId: string;
  /** `rocketmq.PULL_MESSAGE` …. */
  readonly action: string;
  /** Full name of the topic or group. */
  readonly resource: string;
  /** The protocol's code. */
  readonly status: number;
  /** The code's name where it is a refusal. */
  readonly code: string;
  readonly message?: string;
  readonly milliseconds: number;
}

export interface RocketMqServerOptions {
  readonly log: (request: AnsweredRequest) => void;
  /** @default - those of the service */
  readonly delayLevels?: readonly number[];
  /** @default - as of the other servers */
  readonly limits?: Partial<RocketMqLimits>;
}

export interface RocketMqLimits {
  readonly connections: number;
  /** A client sends a heartbeat every 30 seconds. */
  readonly idleMs: number;
}

const LIMITS: RocketMqLimits = { connections: 1000, idleMs: 120_000 };
/** Time that clients have for reading their last answers. */
const CLOSE_MS = 500;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Delays by level, from level 1 on. Source: the levels of RocketMQ 4.x. */
const DELAY_LEVELS = [
  ...[1, 5, 10, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2].map((hours) => hours * HOUR),
];

/** Requests that clients send all the time: the log tells only when one was refused. */
const QUIET: ReadonlySet<number> = new Set([
  RequestCode.PULL_MESSAGE,
  RequestCode.LITE_PULL_MESSAGE,
  RequestCode.QUERY_CONSUMER_OFFSET,
  RequestCode.UPDATE_CONSUMER_OFFSET,
  RequestCode.GET_MAX_OFFSET,
  RequestCode.HEART_BEAT,
  RequestCode.UNREGISTER_CLIENT,
  RequestCode.GET_CONSUMER_LIST_BY_GROUP,
  RequestCode.LOCK_BATCH_MQ,
  RequestCode.GET_ROUTEINFO_BY_TOPIC,
]);
/** Codes that are no refusal. */
const USUAL: ReadonlySet<number> = new Set([
  ResponseCode.SUCCESS,
  ResponseCode.PULL_NOT_FOUND,
  ResponseCode.PULL_RETRY_IMMEDIATELY,
  ResponseCode.SERVICE_NOT_AVAILABLE,
]);
/** Topics that clients ask for themselves and can do without: the template of automatic topics, and traces. */
const SYSTEM_TOPICS = /^(TBW102$|RMQ_SYS_|rmq_sys_)/;

const REQUEST_NAMES = namesOf(RequestCode);
const RESPONSE_NAMES = namesOf(ResponseCode);

/** Name server and broker of RocketMQ 4.x on one port, for the TCP clients of all instances. */
export class RocketMqServer {
  private readonly sockets = new Set<Socket>();
  /** Those that came first, first. */
  private readonly connections = new Map<Connection, Socket>();
  private readonly context: Context;
  private readonly limits: RocketMqLimits;
  private endChecks: (() => void) | undefined;

  constructor(
    account: Account,
    private readonly options: RocketMqServerOptions,
  ) {
    this.limits = { ...LIMITS, ...options.limits };
    const members = new Members((consumerGroup, connections) =>
      connections.forEach((connection) =>
        connection.notify(RequestCode.NOTIFY_CONSUMER_IDS_CHANGED, { consumerGroup }),
      ),
    );
    account.ons.subscriptions.addSource((instanceId, groupId) => members.clients(instanceId, groupId));
    account.onReplaced(() =>
      this.connections.forEach((_, connection) =>
        connection.release('the local cloud was reset, or another state imported'),
      ),
    );
    this.context = { account, members, locks: new QueueLocks(), delayLevels: options.delayLevels ?? DELAY_LEVELS };
  }

  /** Serves one client until it leaves. */
  public handle(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.sockets.size >= this.limits.connections && !this.makeRoom()) {
      socket.destroy();
      return;
    }
    socket.setNoDelay();
    socket.setTimeout(this.limits.idleMs, () => socket.destroy());
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    loadProtocol().then(
      ({ Connection: Served, checkTransactions }) => {
        if (!socket.destroyed) {
          this.endChecks ??= checkTransactions(this.context.account, () => this.connections.keys());
          const connection = new Served(socket, this.context, (outcome) => this.log(outcome));
          this.connections.set(connection, socket);
          socket.once('close', () => this.connections.delete(connection));
        }
      },
      (error: Error) => {
        internalError('the RocketMQ server cannot be loaded', error);
        socket.destroy();
      },
    );
  }

  public async close(): Promise<void> {
    this.endChecks?.();
    const closed = Promise.all([...this.connections.keys()].map((connection) => connection.close()));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([closed, new Promise((resolve) => (timer = setTimeout(resolve, CLOSE_MS)))]);
    clearTimeout(timer);
  }

  /** Connections that ask for nothing must not shut the server for those that do. */
  private makeRoom(): boolean {
    for (const [connection, socket] of this.connections) {
      if (!connection.hasAsked) {
        this.connections.delete(connection);
        this.sockets.delete(socket);
        socket.destroy();
        return true;
      }
    }
    return false;
  }

  private log({ frame, code, remark, milliseconds }: Outcome): void {
    const { fields } = frame ?? {};
    const topic = fields?.get('topic') ?? fields?.get('b');
    if (USUAL.has(code) ? QUIET.has(frame?.code ?? 0) : SYSTEM_TOPICS.test(topic ?? '')) {
      return;
    }
    this.options.log({
      time: new Date().toISOString(),
      requestId: String(frame?.opaque ?? ''),
      action: `rocketmq.${frame ? (REQUEST_NAMES.get(frame.code) ?? frame.code) : 'FRAME'}`,
      resource: (topic ?? fields?.get('consumerGroup') ?? fields?.get('group') ?? '').slice(0, 200),
      status: code,
      code: code === ResponseCode.SUCCESS ? '' : (RESPONSE_NAMES.get(code) ?? ''),
      message: remark,
      milliseconds,
    });
  }
}

/** What serves a client: loaded with the first, to keep the start of the local cloud short. */
async function loadProtocol() {
  const { Connection } = await import('./connection.js');
  const { checkTransactions } = await import('./transactions.js');
  return { Connection, checkTransactions };
}

function namesOf(codes: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(codes).map(([name, code]) => [code, name]));
}
