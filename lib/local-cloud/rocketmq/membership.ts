import type { Answer } from './answer';
import { RequestError, ResponseCode } from './codes';
import type { RocketMqRequest } from './request';
import { BROKER_NAME } from './route';

/** Longest id of a client, and name of a group of producers, that is kept. Clients for Java let no name have more. */
const MAX_NAME_LENGTH = 255;

/** Groups of producers of one connection that are kept. */
const MAX_PRODUCER_GROUPS = 1000;

/** A client tells the groups that it consumes in, and what it wants of which topic. */
export function heartbeat(request: RocketMqRequest): Answer {
  const { clientID, consumerDataSet, producerDataSet } = request.json();
  const clientId = keptName(clientID, "client's id");
  for (const consumer of objects(consumerDataSet)) {
    const groupName = textOf(consumer.groupName);
    const subscriptions = new Map<string, string>();
    const { instanceId, groupId } = request.group(groupName);
    request.authoriseGroup(request.group(groupName));
    for (const { topic, subString, expressionType } of objects(consumer.subscriptionDataSet)) {
      checkExpressionType(expressionType);
      const { subject } = request.consumption(groupName, textOf(topic));
      const expression = textOf(subString) || '*';
      subscriptions.set(textOf(topic), expression);
      request.context.account.ons.subscriptions.set(instanceId, {
        groupId,
        topic: subject.name,
        expression,
        broadcasting: consumer.messageModel === 'BROADCASTING',
      });
    }
    request.context.members.join(groupName, request.connection, { clientId, subscriptions });
  }
  const { producers } = request.connection;
  for (const { groupName } of objects(producerDataSet)) {
    // Some clients name the group alone.
    const group = keptName(groupName, "producers' group");
    if (producers.size < MAX_PRODUCER_GROUPS || producers.has(group)) {
      producers.set(group, request.caller);
    }
  }
  return {};
}

/** Asked at the start of a client that filters by more than tags. */
export function checkClientConfig(request: RocketMqRequest): Answer {
  const [subscription] = objects([request.json().subscriptionData]);
  checkExpressionType(subscription?.expressionType);
  return {};
}

export function unregister(request: RocketMqRequest): Answer {
  const { fields } = request.frame;
  const consumerGroup = fields.get('consumerGroup');
  if (consumerGroup !== undefined) {
    request.context.members.leave(consumerGroup, request.connection);
  }
  request.connection.producers.delete(fields.get('producerGroup') ?? '');
  return {};
}

export function consumerList(request: RocketMqRequest): Answer {
  const name = request.text('consumerGroup');
  request.authoriseGroup(request.group(name));
  const consumerIdList = request.context.members.clientIds(name);
  if (consumerIdList.length === 0) {
    return { code: ResponseCode.SYSTEM_ERROR, remark: `no consumer of the group ${name} is known` };
  }
  return { body: Buffer.from(JSON.stringify({ consumerIdList })) };
}

interface LockRequest {
  readonly clientId: string;
  /** Queues as the client named them, and by the name of their lock. */
  readonly queues: { named: Record<string, unknown>; lock: string }[];
}

/** Which of some queues a consumer of a group may consume in order. */
export function lockQueues(request: RocketMqRequest): Answer {
  const { clientId, queues } = lockRequestOf(request);
  const granted = queues.filter(({ lock }) => request.context.locks.lock(lock, clientId)).map(({ named }) => named);
  return { body: Buffer.from(JSON.stringify({ lockOKMQSet: granted })) };
}

export function unlockQueues(request: RocketMqRequest): Answer {
  const { clientId, queues } = lockRequestOf(request);
  queues.forEach(({ lock }) => request.context.locks.unlock(lock, clientId));
  return {};
}

function lockRequestOf(request: RocketMqRequest): LockRequest {
  const { consumerGroup, clientId, mqSet } = request.json();
  const group = textOf(consumerGroup);
  const queues = objects(mqSet).map((named) => {
    const topic = textOf(named.topic);
    const { subject } = request.consumption(group, topic);
    const queueId = typeof named.queueId === 'number' ? named.queueId : NaN;
    if (!(Number.isInteger(queueId) && queueId >= 0 && queueId < subject.queueCount)) {
      throw new RequestError(
        ResponseCode.SYSTEM_ERROR,
        `expected a queue from 0 to ${subject.queueCount - 1}, got ${queueId}`,
      );
    }
    const { brokerName } = named;
    return { named: { topic, brokerName: brokerName ?? BROKER_NAME, queueId }, lock: `${group} ${topic} ${queueId}` };
  });
  return { clientId: keptName(clientId, "client's id"), queues };
}

function keptName(value: unknown, what: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_NAME_LENGTH) {
    throw new RequestError(ResponseCode.SYSTEM_ERROR, `expected the ${what}, 1 to ${MAX_NAME_LENGTH} characters`);
  }
  return value;
}

/** @throws RequestError for SQL, which would silently filter nothing */
export function checkExpressionType(expressionType: unknown): void {
  // Java and Go write TAG, the client for Node nothing.
  if ((expressionType ?? '') !== '' && expressionType !== 'TAG') {
    throw new RequestError(
      ResponseCode.SUBSCRIPTION_PARSE_FAILED,
      `expected a subscription by tag, which is the only kind served here, got ${JSON.stringify(expressionType).slice(0, 50)}`,
    );
  }
}

/** A text from outside; what is none stands for a name that does not exist. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The objects of a list from outside; what else stands there is left out. */
function objects(value: unknown): Record<string, unknown>[] {
  return (Array.isArray(value) ? (value as unknown[]) : []).filter(
    (item): item is Record<string, unknown> => typeof item === 'object' && item !== null,
  );
}
