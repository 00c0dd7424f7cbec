import { setMaxListeners } from 'node:events';
import { MNS_CHANNEL, type ReceiptChannelOutputs } from '../cloud/receipt-channel';
import { wildcardFits } from '../cloud/wildcard';
import { instanceOfEndpoint, regionOfEndpoint } from './channels';
import { formatDuration } from './durations';
import { cloudCredentials, type CloudCredentials, type Environment, NO_CLOUD_CREDENTIALS } from './environment';
import { codeOf, errorMessage } from './failure';
import { type OpenApiCall, openApi, type Service } from './open-api';
import { askOss } from './oss';
import { type DiagnosisItem, messageCheck } from './report';
import { type Redact, redactorOf } from './secrets';

/** What is diagnosed, and with what. */
export interface DiagnosisRequest {
  readonly outputs: ReceiptChannelOutputs;
  /** Id of the message that DLA says it sent. */
  readonly messageId?: string;
  readonly env: Environment;
  /** Time for all calls, which run at once. */
  readonly millis: number;
  readonly signal: AbortSignal;
}

const RAM: Service = { name: 'RAM', version: '2015-05-01', host: () => 'ram.aliyuncs.com' };
const STS: Service = { name: 'STS', version: '2015-04-01', host: (region) => `sts.${region}.aliyuncs.com` };
const ONS: Service = { name: 'ONS', version: '2019-02-14', host: (region) => `ons.${region}.aliyuncs.com` };
const MNS: Service = { name: 'MNS', version: '2022-01-19', host: (region) => `mns-open.${region}.aliyuncs.com` };

/** The service that assumes the role, as its trust policy names it. */
const DLA_SERVICE = 'openanalytics.aliyuncs.com';

/** The trust policy of the product page. */
export const TRUST_POLICY = JSON.stringify({
  Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: [DLA_SERVICE] } }],
  Version: '1',
});

/** Assumption: beginnings of the codes with which the services refuse keys, OSS's own among them. */
const KEYS_REFUSED =
  /^(InvalidAccessKey|SignatureDoesNotMatch|InvalidSecurityToken|MissingSecurityToken|SecurityToken)/;

const KEYS_FIX =
  'set ALICLOUD_ACCESS_KEY and ALICLOUD_SECRET_KEY to an enabled key pair of the account, and ALICLOUD_SECURITY_TOKEN ' +
  'only with a pair that has one; ALIBABA_CLOUD_ACCESS_KEY_ID, …_KEY_SECRET and ALIBABA_CLOUD_SECURITY_TOKEN go before them';

/**
 * Assumption: parts of the codes with which MQ and MNS refuse an account that has not opened them; the local cloud's
 * `ONS_SERVICE_UNOPENED` and `MNS_SERVICE_UNOPENED` are among them.
 */
const NOT_OPEN = /(UN|NOT)_?(OPEN|ACTIVATED)/i;

/** A service may repeat a whole request in its text. */
const MAX_TEXT_LENGTH = 160;

/** What a call told: a value, that the thing does not exist, or why nothing is known. */
type Fact<T> = { readonly value?: T } | Unknown;

interface Unknown {
  readonly unknown: string;
  readonly keysRefused?: boolean;
  /** The account has not opened the service. */
  readonly notOpen?: boolean;
}

interface Finding {
  readonly state?: DiagnosisItem['state'];
  readonly detail: string;
  /** Absent when all is well. */
  readonly fix?: string;
}

/**
 * Looks at each step of the product page in the account with read-only calls, and tells what fixes each of them.
 * Never rejects: what could not be checked is said in the list.
 */
export async function diagnose(request: DiagnosisRequest): Promise<readonly DiagnosisItem[]> {
  const { outputs, env, millis, signal } = request;
  const credentials = cloudCredentials(env);
  const limit = new Limit(millis, signal);
  const call = callOf(outputs.region, credentials, env, millis, limit.signal);
  const account = new AccountChecks(request, credentials, (...what) => limit.hold(call(...what)));
  const checks =
    outputs.kind === MNS_CHANNEL
      ? [...account.common('AliyunMNSFullAccess'), ...account.queue()]
      : [...account.common('AliyunMQFullAccess'), ...account.channel()];
  return Promise.all(checks).finally(() => limit.end());
}

/** Ends what does not end by itself: the SDK knows no abort, and no limit for a whole call. */
class Limit {
  private readonly controller = new AbortController();
  /** Aborted at the end of the time, or with the whole test. */
  public readonly signal = this.controller.signal;
  private readonly over: Promise<never>;
  private readonly timer: NodeJS.Timeout;
  private readonly abort = (): void => this.controller.abort(this.outer.reason);

  constructor(
    millis: number,
    private readonly outer: AbortSignal,
  ) {
    // Every request listens for itself.
    setMaxListeners(0, this.signal);
    this.over = new Promise<never>((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.signal.reason));
    });
    this.over.catch(() => undefined);
    const late = new Error(`no answer within ${formatDuration(millis)}`);
    this.timer = setTimeout(() => this.controller.abort(late), millis);
    outer.addEventListener('abort', this.abort);
    if (outer.aborted) {
      this.abort();
    }
  }

  public hold<T>(call: Promise<T>): Promise<T> {
    return Promise.race([call, this.over]);
  }

  public end(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener('abort', this.abort);
  }
}

/** The way to call, or one that says why there is none. */
function callOf(
  region: string,
  credentials: CloudCredentials | undefined,
  env: Environment,
  millis: number,
  signal: AbortSignal,
): OpenApiCall {
  try {
    return openApi(region, needed(credentials), env, millis, signal);
  } catch (error) {
    return () => Promise.reject(error);
  }
}

function needed(credentials: CloudCredentials | undefined): CloudCredentials {
  if (credentials === undefined) {
    throw new Error(NO_CLOUD_CREDENTIALS);
  }
  return credentials;
}

class AccountChecks {
  private readonly outputs: ReceiptChannelOutputs;
  private readonly instanceId: string | undefined;
  private readonly redact: Redact;

  constructor(
    private readonly request: DiagnosisRequest,
    private readonly credentials: CloudCredentials | undefined,
    private readonly call: OpenApiCall,
  ) {
    this.outputs = request.outputs;
    this.redact = redactorOf(request.env);
    this.instanceId = this.outputs.instanceId ?? instanceOfEndpoint(this.outputs.endpoint ?? '');
  }

  /** The steps that both kinds of channel have. */
  public common(policy: string): Promise<DiagnosisItem>[] {
    const name = this.outputs.roleName;
    const role = this.fact<Role>(RAM, 'GetRole', { RoleName: name }, (body) => body.Role as Role, [
      'EntityNotExist.Role',
    ]);
    const account = this.fact(STS, 'GetCallerIdentity', {}, (body) => text(body.AccountId));
    const [action, resource] = this.sendPermission('*');
    const sendPermission = `${action} on ${resource}`;
    const policies = this.fact(
      RAM,
      'ListPoliciesForRole',
      { RoleName: name },
      async (body) => {
        const all = listIn<Policy>(body, 'Policies', 'Policy');
        const others = all.filter((item) => item.PolicyName !== policy || item.PolicyType !== 'System');
        const attached = others.length < all.length;
        const answers = await Promise.all(
          others.map(({ PolicyName, PolicyType }) => this.call(RAM, 'GetPolicy', { PolicyName, PolicyType })),
        );
        const known = await account;
        if ('unknown' in known && others.length > 0) {
          throw new Error(known.unknown);
        }
        const [, own] = this.sendPermission('unknown' in known ? '*' : known.value!);
        const statements = answers
          .flatMap((answer) => statementsOf(text(record(record(answer).DefaultPolicyVersion).PolicyDocument)))
          .filter((statement) => isAbout(statement, action) && matches(statement.Resource, own, false));
        const names = others.map((item) => item.PolicyName).join(', ');
        return { attached, others: names, statements: attached ? [...statements, ALLOW] : statements };
      },
      ['EntityNotExist.Role'],
    );
    const createRole = `aliyun ram CreateRole --RoleName ${name} --AssumeRolePolicyDocument '${TRUST_POLICY}'`;
    const updateRole = `aliyun ram UpdateRole --RoleName ${name} --NewAssumeRolePolicyDocument '${TRUST_POLICY}'`;
    const attach = `aliyun ram AttachPolicyToRole --PolicyType System --PolicyName ${policy} --RoleName ${name}`;
    const oss = this.oss();
    return [
      this.keys(account, oss),
      check('OSS is activated', oss, (active) =>
        active
          ? { detail: 'it is' }
          : {
              detail: 'OSS answers UserDisable',
              fix: openIt('OSS', 'the data source alicloud_oss_service with enable = "On"'),
            },
      ),
      check(`role ${name} exists`, role, (found) =>
        found ? { detail: 'it does' } : { detail: 'there is no such role', fix: createRole },
      ),
      check(`role ${name} trusts ${DLA_SERVICE}`, role, (found) => {
        if (!found) {
          return NO_ROLE;
        }
        const trusted = trusts(found.AssumeRolePolicyDocument);
        if (trusted === undefined) {
          return { state: 'unknown', detail: 'not checked: its trust policy decides by a condition' };
        }
        return trusted
          ? { detail: 'it does' }
          : { detail: 'its trust policy does not let the service assume it', fix: updateRole };
      }),
      check(`role ${name} has the policy ${policy}`, policies, (found) => {
        if (!found) {
          return NO_ROLE;
        }
        const { attached, others, statements } = found;
        const sends = allowed(statements);
        if (sends !== false) {
          const told = attached ? 'it has' : `instead ${others} allows ${sendPermission}`;
          return sends ? { detail: told } : { state: 'unknown', detail: `not checked: ${others} has a condition` };
        }
        if (allowed([...statements, ALLOW]) === false) {
          return {
            detail: `${others} denies ${sendPermission}`,
            fix: 'take the Deny out, or detach its policy from the role',
          };
        }
        return others === ''
          ? { detail: 'it is not attached', fix: attach }
          : {
              detail: `it is not attached, and ${others} does not allow ${sendPermission}`,
              fix: `allow it, or: ${attach}`,
            };
      }),
    ];
  }

  /** Instance, endpoint, topic, group and message of an MQ channel. */
  public channel(): Promise<DiagnosisItem>[] {
    const { region, endpoint = '', topic = '', producerId = '' } = this.outputs;
    const { instanceId } = this;
    const where = `instance ${instanceId ?? '(not told)'}`;
    const instances = this.fact<Named[]>(
      ONS,
      'OnsInstanceInServiceList',
      {},
      (body) => listIn(body, 'Data', 'InstanceVO'),
      ONS_ABSENT,
    );
    const endpoints = this.onInstance(instances, 'OnsInstanceBaseInfo', {}, (body) =>
      record(record(body.InstanceBaseInfo).Endpoints),
    );
    const topics = this.onInstance<Named[]>(instances, 'OnsTopicList', { Topic: topic }, (body) =>
      listIn(body, 'Data', 'PublishInfoDo'),
    );
    const groups = this.onInstance<Named[]>(instances, 'OnsGroupList', { GroupId: producerId }, (body) =>
      listIn(body, 'Data', 'SubscribeInfoDo'),
    );
    const createGroup = `aliyun ons OnsGroupCreate --region ${region} --InstanceId ${instanceId} --GroupId ${producerId} --GroupType tcp`;
    return [
      activated('MQ', instances, 'the data source alicloud_ons_service with enable = "On"'),
      check(`${where} is in ${region}`, instances, (found) =>
        hasInstance(found, instanceId)
          ? { detail: 'it is' }
          : {
              detail: `${region} has ${found?.map((item) => item.InstanceId).join(', ') || 'no instance'}`,
              fix: `deploy the channel to an instance in ${region}, the region of DLA`,
            },
      ),
      check(`endpoint ${endpoint} belongs to ${where}`, endpoints, (found) => {
        // Assumption: DLA sends over TCP only, so an HTTP endpoint of the instance does not do.
        const known = [text(found?.TcpEndpoint), text(found?.TcpInternetEndpoint)].filter((value) => value !== '');
        const fix = `set mq-endpoint to ${known[0] ?? 'a TCP endpoint of the instance'} (DlaMqNotification: MqEndpoint.TCP)`;
        const other = regionOfEndpoint(endpoint);
        if (other !== undefined && other !== region) {
          return { detail: `it is in ${other}, DLA is in ${region}`, fix };
        }
        return known.some((value) => sameEndpoint(value, endpoint))
          ? { detail: 'it does' }
          : { detail: `DLA needs a TCP endpoint, the instance has ${known.join(', ') || 'none'}`, fix };
      }),
      check(`topic ${topic} is on ${where}`, topics, (found) =>
        found?.some((item) => item.Topic === topic)
          ? { detail: 'it is' }
          : {
              detail: 'there is no such topic',
              fix: `aliyun ons OnsTopicCreate --region ${region} --InstanceId ${instanceId} --Topic ${topic} --MessageType 0`,
            },
      ),
      check(`group ${producerId} is on ${where}, for TCP`, groups, (found) => {
        const group = found?.find((item) => item.GroupId === producerId);
        if (group === undefined) {
          return { detail: 'there is no such group', fix: createGroup };
        }
        // Assumption: a group that tells no type is one of the TCP protocol, the service's default.
        return text(group.GroupType || 'tcp').toLowerCase() === 'tcp'
          ? { detail: 'it is' }
          : {
              detail: `its protocol is ${text(group.GroupType)}, and groups of the two protocols are not shared`,
              fix: `deploy a group with the protocol tcp under another id, or delete this one and run: ${createGroup}`,
            };
      }),
      this.message(instances),
    ];
  }

  /** The message that DLA says it sent. Assumption: its mq_message_id is MQ's own id. */
  private message(instances: Promise<Fact<Named[]>>): Promise<DiagnosisItem> {
    const { topic = '' } = this.outputs;
    const { messageId } = this.request;
    const message =
      messageId === undefined
        ? { unknown: 'DLA told no mq_message_id' }
        : this.onInstance(instances, 'OnsMessageGetByMsgId', { Topic: topic, MsgId: messageId }, (body) =>
            text(record(body.Data).MsgId),
          );
    return check(messageCheck(messageId, topic), message, (found) =>
      found
        ? { detail: 'it is' }
        : {
            detail: 'there is no such message',
            fix: 'compare topic and instance of the channel with those of the consumer; messages are kept for days only',
          },
    );
  }

  /** The service and the queue of an MNS channel. */
  public queue(): Promise<DiagnosisItem>[] {
    const { region, queue = '' } = this.outputs;
    const found = this.fact(MNS, 'GetQueueAttributes', { QueueName: queue }, (body) => record(body.Data).QueueName, [
      'QueueNotExist',
    ]);
    return [
      activated('MNS', found, 'the resource alicloud_message_service_service'),
      check(`queue ${queue} is in ${region}`, found, (name) =>
        name
          ? { detail: 'it is' }
          : {
              detail: 'there is no such queue',
              fix: `aliyun mns-open CreateQueue --region ${region} --QueueName ${queue}`,
            },
      ),
    ];
  }

  /** The permission that DLA needs: the action, and RAM's name of where messages go. */
  private sendPermission(account: string): [string, string] {
    const { kind, region, queue, topic } = this.outputs;
    return kind === MNS_CHANNEL
      ? ['mns:SendMessage', `acs:mns:${region}:${account}:/queues/${queue}/messages`]
      : ['mq:PUB', `acs:mq:*:${account}:${this.instanceId}%${topic}`];
  }

  private async keys(account: Promise<Fact<string>>, oss: Promise<Fact<boolean>>): Promise<DiagnosisItem> {
    const name = 'the keys are valid';
    const sts = await account;
    for (const fact of [sts, await oss]) {
      if ('unknown' in fact && fact.keysRefused) {
        return { check: name, state: 'fault', detail: fact.unknown, fix: KEYS_FIX };
      }
    }
    return check(name, sts, (id) => ({ detail: `account ${id}` }));
  }

  /** Whether OSS is open. */
  private async oss(): Promise<Fact<boolean>> {
    const { outputs, request, credentials } = this;
    try {
      const { status, code } = await askOss({
        method: 'GET',
        region: outputs.region,
        credentials: needed(credentials),
        env: request.env,
        millis: request.millis,
        signal: request.signal,
      });
      if (status === 200) {
        return { value: true };
      }
      // Assumption: OSS answers UserDisable while it is not open for the account (and when its bills are not paid).
      return code === 'UserDisable' ? {} : this.notKnown(code, `OSS answered ${status} ${code ?? ''}`.trimEnd());
    } catch (error) {
      return this.notKnown(codeOf(error), errorMessage(error));
    }
  }

  /** Something of the instance; a fix of it would be of no use while the instance is not there. */
  private async onInstance<T>(
    instances: Promise<Fact<Named[]>>,
    action: string,
    query: Record<string, string>,
    read: (body: Body) => T,
  ): Promise<Fact<T>> {
    const { instanceId } = this;
    if (instanceId === undefined) {
      return { unknown: "the instance's id is neither in the outputs nor in the endpoint" };
    }
    const [known, fact] = await Promise.all([
      instances,
      this.fact(ONS, action, { InstanceId: instanceId, ...query }, read, ONS_ABSENT),
    ]);
    return 'unknown' in known || hasInstance(known.value, instanceId) ? fact : { unknown: 'there is no such instance' };
  }

  private async fact<T>(
    service: Service,
    action: string,
    query: Record<string, string>,
    read: (body: Body) => T | Promise<T>,
    absent: readonly string[] = [],
  ): Promise<Fact<T>> {
    try {
      return { value: await read(record(await this.call(service, action, query))) };
    } catch (error) {
      const code = codeOf(error);
      const unknown = this.notKnown(code, withoutUrl(errorMessage(error)));
      // InvalidAccessKeyId.NotFound does not say that the thing is not found.
      return !unknown.keysRefused && absent.some((part) => code?.includes(part)) ? {} : unknown;
    }
  }

  private notKnown(code: string | undefined, told: string): Unknown {
    // Before it is cut: the filter for secrets would not know a part of one.
    const clean = this.redact(told);
    return {
      unknown: clean.length > MAX_TEXT_LENGTH ? `${clean.slice(0, MAX_TEXT_LENGTH)}…` : clean,
      keysRefused: KEYS_REFUSED.test(code ?? ''),
      notOpen: NOT_OPEN.test(code ?? ''),
    };
  }
}

/** Assumption: parts of the codes with which ONS says that an instance, a topic, a group or a message does not exist. */
const ONS_ABSENT = ['NOT_EXIST', 'NOT_FOUND', 'NotFound', 'NO_SUCH', 'INSTANCE_ID_INVALID'];

type Body = Readonly<Record<string, unknown>>;
type Named = Readonly<Record<string, unknown>>;

interface Role {
  readonly AssumeRolePolicyDocument: string;
}

interface Policy {
  readonly PolicyName: string;
  readonly PolicyType: string;
}

/** What a step of the role tells when there is none: only the step that makes the role can be fixed. */
const NO_ROLE: Finding = { state: 'unknown', detail: 'not checked: there is no such role' };

async function check<T>(
  name: string,
  fact: Fact<T> | Promise<Fact<T>>,
  judge: (value: T | undefined) => Finding,
): Promise<DiagnosisItem> {
  const known = await fact;
  if ('unknown' in known) {
    const why = known.keysRefused ? 'the keys are refused' : known.notOpen ? 'the service is not open' : known.unknown;
    return { check: name, state: 'unknown', detail: `not checked: ${why}`, fix: null };
  }
  const { state, detail, fix } = attempt(() => judge(known.value));
  return { check: name, state: state ?? (fix === undefined ? 'ok' : 'fault'), detail, fix: fix ?? null };
}

/** The step that tells of a service that is not open; `what` opens it. */
async function activated(service: string, fact: Promise<Fact<unknown>>, what: string): Promise<DiagnosisItem> {
  const known = await fact;
  const name = `${service} is activated`;
  return 'unknown' in known && known.notOpen
    ? { check: name, state: 'fault', detail: known.unknown, fix: openIt(service, what) }
    : check(name, known, () => ({ detail: 'it is' }));
}

function openIt(service: string, what: string): string {
  return `open ${service}: apply ${what} (activate: [${service.toLowerCase()}] in the settings of the stacks), or use the ${service} console`;
}

/** An answer may hold anything: one that cannot be judged must not end the whole diagnosis. */
function attempt(judge: () => Finding): Finding {
  try {
    return judge();
  } catch {
    return { state: 'unknown', detail: 'not checked: the answer is not in the expected form' };
  }
}

/** Whether a trust policy lets DLA assume the role. */
function trusts(document: string): boolean | undefined {
  return allowed(
    statementsOf(document).filter(
      (statement) =>
        isAbout(statement, 'sts:AssumeRole') && matches(record(statement.Principal).Service, DLA_SERVICE, true),
    ),
  );
}

/** The document may come from anywhere, so nothing in it is sure. */
function statementsOf(document: string): readonly Body[] {
  try {
    return many(record(JSON.parse(document)).Statement).map(record);
  } catch {
    return [];
  }
}

function isAbout({ Action, NotAction }: Body, action: string): boolean {
  return NotAction === undefined ? matches(Action, action, true) : !matches(NotAction, action, true);
}

/** What statements that fit decide together, or undefined when that depends on a condition. */
function allowed(statements: readonly Body[]): boolean | undefined {
  const has = (effect: string, conditional: boolean): boolean =>
    statements.some(
      ({ Effect, Condition }) => Effect === effect && Object.keys(record(Condition)).length > 0 === conditional,
    );
  if (has('Deny', false) || !(has('Allow', false) || has('Allow', true))) {
    return false;
  }
  return has('Deny', true) || !has('Allow', false) ? undefined : true;
}

const ALLOW: Body = { Effect: 'Allow' };

function matches(patterns: unknown, value: string, ignoreCase: boolean): boolean {
  return many(patterns).some((pattern) => wildcardFits(text(pattern), value, ignoreCase));
}

function many(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function record(value: unknown): Body {
  return typeof value === 'object' && value !== null ? (value as Body) : {};
}

function hasInstance(found: readonly Named[] | undefined, instanceId: string | undefined): boolean {
  return found?.some((item) => item.InstanceId === instanceId) ?? false;
}

function listIn<T>(body: Body, outer: string, inner: string): T[] {
  return many(record(body[outer])[inner]).filter((item) => typeof item === 'object' && item !== null) as T[];
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The SDK puts its request's address behind the cause of a network error. */
function withoutUrl(message: string): string {
  return message.replace(/(?:GET|POST) https?:\/\/\S* failed\.$/, '');
}

/** Source: the product page writes one private host in two ways, and a third was seen; ports vary as well. */
const TCP_ENDPOINT =
  /^https?:\/\/(\w+)\.(?:([a-z0-9-]+)\.(?:mq-internal|mqinternal|mq-vpc)|(mq\.[a-z0-9-]+))\.aliyuncs\.com(?::\d+)?\/?$/;

function sameEndpoint(one: string, other: string): boolean {
  const normalizeEndpoint = (endpoint: string): string => {
    const [, instanceId, privately, publicly] = TCP_ENDPOINT.exec(endpoint) ?? [];
    return instanceId === undefined ? endpoint : `${instanceId} ${privately ?? publicly}`;
  };
  return normalizeEndpoint(one) === normalizeEndpoint(other);
}
