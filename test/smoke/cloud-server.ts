import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type Environment } from '../../lib/smoke';

const KEYS = { id: 'test-key-id', secret: 'test-key-secret', token: 'test-token' };

/** An account as a test describes it; what is absent does not exist in it. */
export interface Described {
  readonly role?: string;
  readonly policies?: readonly { PolicyName: string; PolicyType: string; statement?: object }[];
  readonly instances?: readonly string[];
  readonly endpoints?: Readonly<Record<string, string>>;
  readonly topics?: readonly string[];
  /** Type by id. */
  readonly groups?: Readonly<Record<string, string | undefined>>;
  readonly messages?: readonly string[];
  readonly queues?: readonly string[];
  /** Error code of OSS; active when absent. */
  readonly ossError?: string;
  /** How many requests OSS has no time for at first. */
  readonly ossBusy?: number;
  /** Sizes by key, by bucket. */
  readonly buckets?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Size by `bucket/key`. */
  readonly objects?: Readonly<Record<string, number>>;
  /** Error code by action. */
  readonly errors?: Readonly<Record<string, string>>;
  /** Body by action, in place of the described one. */
  readonly answers?: Readonly<Record<string, unknown>>;
  /** What errors of actions say. */
  readonly errorText?: string;
  /** Whether requests are taken and never answered, or never to the end. */
  readonly silent?: boolean | 'drips';
}

/** A small cloud that answers the read-only calls of the smoke test from a described account. */
export class CloudServer {
  public static async start(account: Described): Promise<CloudServer> {
    const cloud = new CloudServer(account);
    await new Promise<void>((resolve) => cloud.server.listen(0, '127.0.0.1', resolve));
    return cloud;
  }

  /** Every action and OSS request that came. */
  public readonly calls: string[] = [];
  private ossCalls = 0;
  private readonly server: Server;

  private constructor(private readonly account: Described) {
    this.server = createServer((request, response) => {
      if (account.silent) {
        this.calls.push('not answered');
        if (account.silent === 'drips') {
          const drip = setInterval(() => response.write(' '), 20);
          response.on('close', () => clearInterval(drip));
        }
      } else if (request.headers['x-acs-action']) {
        this.answerAction(request, response);
      } else {
        this.answerOss(request, response);
      }
    });
  }

  /** The variables that lead here. */
  public get env(): Environment {
    const host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return {
      ALICLOUD_ACCESS_KEY: KEYS.id,
      ALICLOUD_SECRET_KEY: KEYS.secret,
      RAM_ENDPOINT: host,
      STS_ENDPOINT: host,
      ONS_ENDPOINT: host,
      MNS_ENDPOINT: host,
      OSS_ENDPOINT: host,
    };
  }

  /** Number of connections that the client has not closed. */
  public open(): Promise<number> {
    return new Promise((resolve) => this.server.getConnections((_, count) => resolve(count)));
  }

  public async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answerAction(request: IncomingMessage, response: ServerResponse): void {
    const action = String(request.headers['x-acs-action']);
    const query = new URL(request.url!, 'http://cloud').searchParams;
    this.calls.push(`${action} ${String(request.headers['x-acs-version'])} ${query.toString()}`.trim());
    const code = this.account.errors?.[action] ?? this.absence(action);
    const signed = String(request.headers.authorization).startsWith(`ACS3-HMAC-SHA256 Credential=${KEYS.id},`);
    const [status, body] =
      code !== undefined || !signed
        ? [
            code === undefined ? 403 : 404,
            { Code: code ?? 'IncompleteSignature', Message: this.account.errorText ?? 'told by the test' },
          ]
        : [200, this.account.answers?.[action] ?? this.bodyOf(action, query)];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private absence(action: string): string | undefined {
    const { role, endpoints, queues } = this.account;
    return {
      GetRole: role === undefined ? 'EntityNotExist.Role' : undefined,
      ListPoliciesForRole: role === undefined ? 'EntityNotExist.Role' : undefined,
      OnsInstanceBaseInfo: endpoints === undefined ? 'INSTANCE_NOT_FOUND' : undefined,
      GetQueueAttributes: queues === undefined ? 'QueueNotExist' : undefined,
    }[action];
  }

  private bodyOf(action: string, query: URLSearchParams): unknown {
    const { role, policies = [], instances = [], endpoints, topics = [], groups = {}, messages = [] } = this.account;
    switch (action) {
      case 'GetCallerIdentity':
        return { AccountId: '1234567890123456' };
      case 'GetRole':
        return { Role: { RoleName: query.get('RoleName'), AssumeRolePolicyDocument: role } };
      case 'ListPoliciesForRole':
        return { Policies: { Policy: policies } };
      case 'GetPolicy': {
        const found = policies.find((policy) => policy.PolicyName === query.get('PolicyName'));
        return { DefaultPolicyVersion: { PolicyDocument: JSON.stringify({ Statement: [found?.statement] }) } };
      }
      case 'OnsInstanceInServiceList':
        return { Data: { InstanceVO: instances.map((InstanceId) => ({ InstanceId })) } };
      case 'OnsInstanceBaseInfo':
        return { InstanceBaseInfo: { InstanceId: query.get('InstanceId'), Endpoints: endpoints } };
      case 'OnsTopicList':
        return { Data: { PublishInfoDo: topics.map((Topic) => ({ Topic })) } };
      case 'OnsGroupList':
        return {
          Data: { SubscribeInfoDo: Object.entries(groups).map(([GroupId, GroupType]) => ({ GroupId, GroupType })) },
        };
      case 'OnsMessageGetByMsgId':
        return { Data: messages.includes(query.get('MsgId')!) ? { MsgId: query.get('MsgId') } : {} };
      case 'GetQueueAttributes':
        return { Data: { QueueName: query.get('QueueName') } };
      default:
        throw new Error(`the test's cloud does not know ${action}`);
    }
  }

  private answerOss(request: IncomingMessage, response: ServerResponse): void {
    const [path, query] = request.url!.split('?');
    const resource = decodeURIComponent(path);
    this.calls.push(`OSS ${request.method} ${resource}${query ? `?${decodeURIComponent(query)}` : ''}`);
    const error =
      request.headers.authorization === ossAuthorization(request) ? this.account.ossError : 'SignatureDoesNotMatch';
    if (this.ossCalls++ < (this.account.ossBusy ?? 0)) {
      response.writeHead(503).end();
    } else if (error !== undefined) {
      response.writeHead(403).end(`<?xml version="1.0"?><Error><Code>${error}</Code></Error>`);
    } else if (request.method === 'GET' && resource === '/') {
      response.end('<ListAllMyBucketsResult/>');
    } else if (request.method === 'GET') {
      const keys = this.account.buckets?.[resource.slice(1, -1)];
      const prefix = new URLSearchParams(query).get('prefix')!;
      const found = Object.entries(keys ?? {}).filter(([key]) => key.startsWith(prefix));
      const contents = found.map(([key, size]) => `<Contents><Key>${key}</Key><Size>${size}</Size></Contents>`);
      response
        .writeHead(keys ? 200 : 404)
        .end(
          keys
            ? `<ListBucketResult>${contents.join('')}</ListBucketResult>`
            : '<Error><Code>NoSuchBucket</Code></Error>',
        );
    } else {
      const size = this.account.objects?.[resource.slice(1)];
      response.writeHead(size === undefined ? 404 : 200, size === undefined ? {} : { 'content-length': size }).end();
    }
  }
}

/** OSS's signature by version 4, as its documentation writes it down. */
function ossAuthorization({ method, url, headers }: IncomingMessage): string {
  const [path, query = ''] = url!.split('?');
  const signed = Object.entries(headers).filter(([name]) => name.startsWith('x-oss-'));
  const canonical = [
    method,
    path,
    query,
    signed
      .map(([name, value]) => `${name}:${String(value)}\n`)
      .sort()
      .join(''),
    '',
    'UNSIGNED-PAYLOAD',
  ];
  const date = String(headers['x-oss-date']);
  const day = date.slice(0, 8);
  const digest = createHash('sha256').update(canonical.join('\n')).digest('hex');
  const text = `OSS4-HMAC-SHA256\n${date}\n${day}/cn-hangzhou/oss/aliyun_v4_request\n${digest}`;
  let key: string | Buffer = `aliyun_v4${KEYS.secret}`;
  for (const part of [day, 'cn-hangzhou', 'oss', 'aliyun_v4_request']) {
    key = createHmac('sha256', key).update(part).digest();
  }
  const signature = createHmac('sha256', key).update(text).digest('hex');
  return `OSS4-HMAC-SHA256 Credential=${KEYS.id}/${day}/cn-hangzhou/oss/aliyun_v4_request,Signature=${signature}`;
}
