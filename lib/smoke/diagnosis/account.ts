import { mnsOpenHost, onsHost, RAM_HOST, stsHost } from '../../cloud/hosts';
import { parseMqEndpoint } from '../../cloud/mq-endpoint';
import type { ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import type { Server } from '../connection';
import { cloudCredentials, type CloudCredentials, type Environment, NO_CLOUD_CREDENTIALS } from '../environment';
import { codeOf, errorMessage } from '../failure';
import { askOss, type OssAnswer, type OssRequest } from '../oss';
import type { DiagnosisItem } from '../report';
import { type Redact, redactorOf } from '../secrets';
import { callAction, type Service } from './open-api';

/** What is diagnosed, and with what. */
export interface DiagnosisRequest {
  readonly outputs: ReceiptChannelOutputs;
  /** Id of the message that DLA says it sent. */
  readonly messageId?: string;
  /** The statements that DLA could not run, and where; absent when it ran them. */
  readonly failed?: { readonly server: Server; readonly statements: readonly string[] };
  readonly env: Environment;
  /** Time for all calls, which run at once. */
  readonly millis: number;
  readonly signal: AbortSignal;
}

/** What a call told: a value, that the thing does not exist, or why nothing is known. */
export type Fact<T> = { readonly value?: T } | Unknown;

export interface Unknown {
  readonly unknown: string;
  readonly keysRefused?: boolean;
  /** The account has not opened the service. */
  readonly notOpen?: boolean;
  /** This machine's clock is wrong. */
  readonly clockRefused?: boolean;
}

export type Body = Readonly<Record<string, unknown>>;

const RAM: Service = { name: 'RAM', version: '2015-05-01', host: () => RAM_HOST };
const STS: Service = { name: 'STS', version: '2015-04-01', host: stsHost };
const ONS: Service = { name: 'ONS', version: '2019-02-14', host: onsHost };
const MNS: Service = { name: 'MNS', version: '2022-01-19', host: mnsOpenHost };

/** Assumption: beginnings of the codes with which the services refuse keys, OSS's own among them. */
const KEYS_REFUSED =
  /^(InvalidAccessKey|SignatureDoesNotMatch|InvalidSecurityToken|MissingSecurityToken|SecurityToken)/;

/** Assumption: beginnings of the codes with which the services refuse a request for its date. */
const CLOCK_REFUSED = /^(InvalidTimeStamp|IllegalTimestamp|RequestTimeTooSkewed)/;

/**
 * Assumption: parts of the codes with which MQ and SMQ (formerly MNS) refuse an account that has not opened them; the local cloud's
 * `ONS_SERVICE_UNOPENED` and `MNS_SERVICE_UNOPENED` are among them.
 */
const NOT_OPEN = /(UN|NOT)_?(OPEN|ACTIVATED)/i;

/** Assumption: parts of the codes with which ONS says that an instance, a topic, a group or a message does not exist. */
const ONS_ABSENT = ['NOT_EXIST', 'NOT_FOUND', 'NotFound', 'NO_SUCH', 'INSTANCE_ID_INVALID'];

/** A service may repeat a whole request in its text. */
const MAX_TEXT_LENGTH = 160;

/** The account as read-only calls show it; each call is made once, whatever asks for it. */
export class Account {
  public readonly outputs: ReceiptChannelOutputs;
  public readonly instanceId: string | undefined;

  public readonly callerId = once(() =>
    this.fact(STS, 'GetCallerIdentity', {}, (body) => expected(text(body.AccountId) || undefined)),
  );

  public readonly role = once(() =>
    this.fact(RAM, 'GetRole', { RoleName: this.outputs.roleName }, (body) => within(body, 'Role'), [
      'EntityNotExist.Role',
    ]),
  );

  /** The policies of the role, each but the given system policy with its document. */
  public readonly rolePolicies = once(() =>
    this.fact(
      RAM,
      'ListPoliciesForRole',
      { RoleName: this.outputs.roleName },
      (body) =>
        listIn(body, 'Policies', 'Policy').map(({ PolicyName, PolicyType }) => ({
          name: text(PolicyName),
          type: text(PolicyType),
        })),
      ['EntityNotExist.Role'],
    ),
  );

  public readonly instances = once(() =>
    this.fact(ONS, 'OnsInstanceInServiceList', {}, (body) => listIn(body, 'Data', 'InstanceVO'), ONS_ABSENT),
  );

  public readonly queue = once(() =>
    this.fact(
      MNS,
      'GetQueueAttributes',
      { QueueName: this.outputs.queue ?? '' },
      (body) => aboutAsked(within(body, 'Data').QueueName, this.outputs.queue),
      ['QueueNotExist'],
    ),
  );

  /** Whether OSS is open. */
  public readonly ossOpen = once(async (): Promise<Fact<boolean>> => {
    const answer = await this.oss({ method: 'GET' });
    if ('unknown' in answer) {
      return answer;
    }
    // Assumption: OSS answers UserDisable while it is not open for the account (and when its bills are not paid).
    return answer.value!.code === 'UserDisable'
      ? {}
      : this.ossFact(answer.value!, 'ListAllMyBucketsResult', () => true);
  });

  private readonly redact: Redact;
  private readonly credentials: CloudCredentials | undefined;

  constructor(
    public readonly request: DiagnosisRequest,
    public readonly signal: AbortSignal,
  ) {
    this.outputs = request.outputs;
    this.instanceId = this.outputs.instanceId ?? parseMqEndpoint(this.outputs.endpoint ?? '')?.instanceId;
    this.redact = redactorOf(request.env);
    this.credentials = cloudCredentials(request.env);
  }

  /** The document of a policy, as text. */
  public policyDocument(policy: { readonly name: string; readonly type: string }): Promise<Fact<string>> {
    return this.fact(RAM, 'GetPolicy', { PolicyName: policy.name, PolicyType: policy.type }, (body) =>
      documentText(within(body, 'DefaultPolicyVersion').PolicyDocument),
    );
  }

  /** Something of the instance; a fix of it would be of no use while the instance is not there. */
  public async onInstance<T>(
    action: string,
    parameters: Readonly<Record<string, string>>,
    read: (body: Body) => T,
  ): Promise<Fact<T>> {
    const { instanceId } = this;
    if (instanceId === undefined) {
      return { unknown: "the instance's id is neither in the outputs nor in the endpoint" };
    }
    const [known, fact] = await Promise.all([
      this.instances(),
      this.fact(ONS, action, { InstanceId: instanceId, ...parameters }, read, ONS_ABSENT),
    ]);
    return 'unknown' in known || this.hasInstance(known.value) ? fact : { unknown: 'there is no such instance' };
  }

  public hasInstance(found: readonly Body[] | undefined): boolean {
    return found?.some((item) => item.InstanceId === this.instanceId) ?? false;
  }

  /** What OSS answers, an error of its own too. */
  public async oss(request: Pick<OssRequest, 'method' | 'bucket' | 'key' | 'parameters'>): Promise<Fact<OssAnswer>> {
    try {
      const { region } = this.outputs;
      const { env } = this.request;
      return { value: await askOss({ ...request, region, env, credentials: this.keys(), signal: this.signal }) };
    } catch (error) {
      return this.notKnown(codeOf(error), errorMessage(error));
    }
  }

  /** What a list of OSS tells, unless it is an error or no such list. */
  public ossFact<T>(answer: OssAnswer, root: string, read: (list: string) => T): Fact<T> {
    const { status, told, code, body } = answer;
    if (status === 200) {
      return body.includes(`<${root}`) ? { value: read(body) } : this.notKnown(code, NOT_IN_FORM);
    }
    return this.notKnown(code, `OSS answered ${told} ${code ?? ''}`.trimEnd());
  }

  /** Why something is not known, for a report. */
  public notKnown(code: string | undefined, told: string): Unknown {
    // Before it is cut: the filter for secrets would not know a part of one.
    const clean = this.redact(told);
    return {
      unknown: clean.length > MAX_TEXT_LENGTH ? `${clean.slice(0, MAX_TEXT_LENGTH)}…` : clean,
      keysRefused: KEYS_REFUSED.test(code ?? ''),
      notOpen: NOT_OPEN.test(code ?? ''),
      clockRefused: CLOCK_REFUSED.test(code ?? ''),
    };
  }

  private async fact<T>(
    service: Service,
    action: string,
    parameters: Readonly<Record<string, string>>,
    read: (body: Body) => T,
    absent: readonly string[] = [],
  ): Promise<Fact<T>> {
    try {
      const { region } = this.outputs;
      const { env } = this.request;
      const context = { region, env, credentials: this.keys(), signal: this.signal };
      return { value: read(record(await callAction(service, action, parameters, context))) };
    } catch (error) {
      const code = codeOf(error);
      const unknown = this.notKnown(code, errorMessage(error));
      // InvalidAccessKeyId.NotFound does not say that the thing is not found.
      return !unknown.keysRefused && absent.some((part) => code?.includes(part)) ? {} : unknown;
    }
  }

  private keys(): CloudCredentials {
    if (this.credentials === undefined) {
      throw new Error(NO_CLOUD_CREDENTIALS);
    }
    return this.credentials;
  }
}

interface Finding {
  readonly state?: DiagnosisItem['state'];
  readonly detail: string;
  /** Absent when all is well. */
  readonly fix?: string;
}

/** What a step of the role tells when there is none: only the step that makes the role can be fixed. */
export const NO_ROLE: Finding = { state: 'unknown', detail: 'not checked: there is no such role' };

/** The item of a check, from what is known and what that means. */
export async function item<T>(
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

/** An answer may hold anything: one that cannot be judged must not end the whole diagnosis. */
function attempt(judge: () => Finding): Finding {
  try {
    return judge();
  } catch {
    return { state: 'unknown', detail: `not checked: ${NOT_IN_FORM}` };
  }
}

/** How a service that is not open is opened; `what` opens it. */
export function openService(service: string, key: string, what: string): string {
  return `open ${service}: apply ${what} (activate: [${key}] in the settings of the stacks), or use the ${service} console`;
}

export function record(value: unknown): Body {
  return typeof value === 'object' && value !== null ? (value as Body) : {};
}

const NOT_IN_FORM = 'the answer is not in the expected form';

/** Longest document of a policy that is judged, several times RAM's limit. */
const MAX_DOCUMENT_LENGTH = 65_536;

/** What an answer must tell: one that lacks it, such as a page in place of it, says nothing of the account. */
export function expected<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error(NOT_IN_FORM);
  }
  return value;
}

/** The object at a key of an answer. */
export function within(body: Body, key: string): Body {
  const value = body[key];
  return expected(typeof value === 'object' && value !== null ? (value as Body) : undefined);
}

/** What was asked for, when the answer is about that. Absent: about nothing. */
export function aboutAsked(told: unknown, asked: string | undefined): string | undefined {
  if (text(told) !== '' && text(told).toLowerCase() !== asked?.toLowerCase()) {
    throw new Error(`the answer is about ${JSON.stringify(told)}`);
  }
  return text(told) || undefined;
}

/** The entries of a list in an answer; none at all where the object around it is empty. */
export function listIn(body: Body, outer: string, inner: string): Body[] {
  const value = within(body, outer)[inner];
  return (Array.isArray(value) ? value : [value]).filter(
    (entry): entry is Body => typeof entry === 'object' && entry !== null,
  );
}

function documentText(value: unknown): string {
  const document = text(value);
  return expected(document !== '' && document.length <= MAX_DOCUMENT_LENGTH ? document : undefined);
}

export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
