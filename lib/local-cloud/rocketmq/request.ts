import { mqResourceArn } from '../../cloud/arn';
import type { Account } from '../account/account';
import type { Group, Instance } from '../account/mq';
import { retryTopicOf } from '../account/mq-group-queues';
import { mayDo, type Principal, requestContext } from '../account/principal';
import { RequestError, ResponseCode } from './codes';
import type { Connection } from './connection';
import type { Frame } from './frame';
import type { Members } from './members';
import { fullName, type InstanceName, parseName } from './names';
import type { QueueLocks } from './queue-locks';
import { excerpt } from '../account/excerpt';

/** What the operations of one server share. */
export interface Context {
  readonly account: Account;
  readonly members: Members;
  readonly locks: QueueLocks;
  /** Delay of a message that is sent back for the n-th time, in milliseconds, by level from 1 on. */
  readonly delayLevels: readonly number[];
}

/** Where messages are: a topic, or the queue of a group's retries or dead letters. */
export interface Subject extends InstanceName {
  readonly instance: Instance;
  readonly queueCount: number;
}

const RETRY_PREFIX = '%RETRY%';

/** Who sends requests, and what they may do. Kept by itself, for a request has a body of up to some megabytes. */
export class Caller {
  constructor(
    private readonly account: Account,
    private readonly principal: Principal | undefined,
  ) {}

  /** @throws RequestError when the caller may not */
  public authorise(action: 'mq:PUB' | 'mq:SUB', { region, instanceId }: Instance, name: string): void {
    const { account, principal } = this;
    const resource = mqResourceArn(instanceId, name, account.identity.accountId, region);
    if (principal === undefined || !mayDo(account, principal, [action], resource, requestContext(false))) {
      throw unauthorised(`valid permission failed: ${action} on ${resource} is not allowed`);
    }
  }
}

/** A request whose signature has been accepted, and the questions that operations have about it. */
export class RocketMqRequest {
  constructor(
    public readonly context: Context,
    public readonly connection: Connection,
    public readonly frame: Frame,
    /** When it came, by the clock that only rises. */
    public readonly started: number,
    public readonly caller: Caller,
  ) {}

  /** @throws RequestError when it is missing */
  public text(name: string): string {
    const value = this.frame.fields.get(name);
    if (value === undefined) {
      throw new RequestError(ResponseCode.SYSTEM_ERROR, `expected the field ${name}, got none`);
    }
    return value;
  }

  /** @throws RequestError when it is missing and `otherwise` is, too, or is no whole number */
  public integer(name: string, otherwise?: number): number {
    const text = otherwise === undefined ? this.text(name) : (this.frame.fields.get(name) ?? '');
    if (text === '' && otherwise !== undefined) {
      return otherwise;
    }
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : NaN;
    if (!Number.isSafeInteger(value)) {
      throw new RequestError(ResponseCode.SYSTEM_ERROR, `expected a whole number as ${name}, got ${excerpt(text)}`);
    }
    return value;
  }

  /** The body as JSON. @throws RequestError when it is no object */
  public json(): Record<string, unknown> {
    let value: unknown;
    try {
      value = JSON.parse(this.frame.body.toString());
    } catch {
      value = undefined;
    }
    if (typeof value !== 'object' || value === null) {
      throw new RequestError(ResponseCode.SYSTEM_ERROR, 'expected a body in JSON, got something else');
    }
    return value as Record<string, unknown>;
  }

  /** @throws RequestError when it, or its instance, does not exist */
  public subject(topic: string): Subject {
    const name = parseName(topic);
    const { ons } = this.context.account;
    const instance = name && ons.findInstance(name.instanceId);
    const queueCount = instance && ons.queueCount(instance.instanceId, name.name);
    if (queueCount === undefined) {
      throw new RequestError(
        ResponseCode.TOPIC_NOT_EXIST,
        name === undefined
          ? `the topic ${excerpt(topic)} names no instance: give the client the instance's id (its namespace)`
          : `the topic ${excerpt(name.name)} does not exist on the instance ${excerpt(name.instanceId)}`,
      );
    }
    return { ...name!, instance: instance!, queueCount };
  }

  /** A group of TCP consumers that may receive. @throws RequestError */
  public group(fullGroup: string): Group {
    const name = parseName(fullGroup);
    const group = name && this.context.account.ons.findGroup(name.instanceId, name.name);
    if (!group) {
      throw new RequestError(
        ResponseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
        name === undefined
          ? `the group ${excerpt(fullGroup)} names no instance: give the client the instance's id (its namespace)`
          : `the group ${excerpt(name.name)} does not exist on the instance ${excerpt(name.instanceId)}`,
      );
    }
    if (group.groupType !== 'tcp') {
      throw new RequestError(
        ResponseCode.NO_PERMISSION,
        `the group ${group.groupId} is for HTTP clients: create one of the type tcp`,
      );
    }
    if (!group.readEnable) {
      throw new RequestError(
        ResponseCode.NO_PERMISSION,
        `the group ${group.groupId} must not receive: its ReadEnable is false`,
      );
    }
    return group;
  }

  /**
   * A group and a topic that it may consume: one of its instance, or the queue of its own retries.
   *
   * @throws RequestError
   */
  public consumption(fullGroup: string, fullTopic: string): { group: Group; subject: Subject } {
    const group = this.group(fullGroup);
    const subject = this.subject(fullTopic);
    if (subject.instanceId !== group.instanceId) {
      throw unauthorised(
        `valid resource owner failed: the group ${group.groupId} is on ${group.instanceId}, the topic ` +
          `${excerpt(subject.name)} on ${subject.instanceId}`,
      );
    }
    this.authoriseGroup(group);
    if (subject.name === retryTopicOf(group.groupId)) {
      return { group, subject };
    }
    if (subject.name.startsWith(RETRY_PREFIX)) {
      throw unauthorised(
        `valid resource owner failed: ${excerpt(subject.name)} is of another group than ${group.groupId}`,
      );
    }
    this.caller.authorise('mq:SUB', subject.instance, subject.name);
    return { group, subject };
  }

  public authoriseGroup({ instanceId, groupId }: Group): void {
    const instance = this.context.account.ons.findInstance(instanceId);
    this.caller.authorise('mq:SUB', instance!, groupId);
  }
}

/** The group whose retries a queue holds. */
export function groupOfRetryTopic({ instanceId, name }: InstanceName): string | undefined {
  return name.startsWith(RETRY_PREFIX) ? fullName({ instanceId, name: name.slice(RETRY_PREFIX.length) }) : undefined;
}

/** In the words of the service, which clients put into their own errors. */
export function unauthorised(what: string): RequestError {
  return new RequestError(ResponseCode.SYSTEM_ERROR, `AuthenticationException: ${what}`);
}
