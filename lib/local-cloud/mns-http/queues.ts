import { checkType } from '../account/mns-limits';
import { queueUrl } from '../../cloud/hosts';
import type { Queue, QueueAttributes } from '../account/mns';
import { xmlReply } from '../http/message-protocol';
import { readBody, type Reply } from '../http/request';
import { elementOf, readXml, xmlText } from '../http/xml';
import { definedOf } from '../account/defined-of';
import { flagOf, flagText, listReply, MAX_BODY_BYTES, type MnsOperation, type MnsRequest, numberOf } from './operation';

export const QUEUES_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  GET: { name: 'ListQueue', work: listQueues },
};

export const QUEUE_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  PUT: { name: 'CreateQueue', work: createQueue },
  'PUT ?metaoverride': { name: 'SetQueueAttributes', work: setAttributes },
  GET: { name: 'GetQueueAttributes', work: getAttributes },
  DELETE: { name: 'DeleteQueue', work: deleteQueue },
};

function listQueues(request: MnsRequest): Reply {
  const { account, region } = request;
  return listReply(
    request,
    'Queues',
    'Queue',
    account.mns.listQueues(region),
    ({ queueName }) => queueName,
    (queueName) => queueUrl(account.identity.accountId, region, queueName),
    (queue) => queueFields(request, queue),
  );
}

async function createQueue(request: MnsRequest): Promise<Reply> {
  const { account, region, name } = request;
  const attributes = await readAttributes(request);
  const headers = { location: queueUrl(account.identity.accountId, region, name) };
  const existing = account.mns.findQueue(region, name);
  account.mns.createQueue(region, { queueName: name, ...attributes });
  return { status: existing ? 204 : 201, headers };
}

async function setAttributes(request: MnsRequest): Promise<Reply> {
  const attributes = await readAttributes(request);
  request.account.mns.updateQueue(request.region, request.name, attributes);
  return { status: 204 };
}

function getAttributes(request: MnsRequest): Reply {
  const { account, region, name } = request;
  return xmlReply('MNS', 200, 'Queue', queueFields(request, account.mns.getQueue(region, name)));
}

async function deleteQueue({ account, region, name }: MnsRequest): Promise<Reply> {
  if (account.mns.findQueue(region, name)) {
    await account.mns.deleteQueue(region, name);
  }
  return { status: 204 };
}

async function readAttributes({ exchange }: MnsRequest): Promise<Partial<QueueAttributes>> {
  const body = await readBody(exchange, MAX_BODY_BYTES);
  if (body.length === 0) {
    return {};
  }
  const document = await readXml(body, 'Queue');
  checkType('QueueType', xmlText(document, 'QueueType') || undefined);
  return definedOf<QueueAttributes>({
    delaySeconds: numberOf(document, 'DelaySeconds'),
    maximumMessageSize: numberOf(document, 'MaximumMessageSize'),
    messageRetentionPeriod: numberOf(document, 'MessageRetentionPeriod'),
    pollingWaitSeconds: numberOf(document, 'PollingWaitSeconds'),
    visibilityTimeout: numberOf(document, 'VisibilityTimeout'),
    loggingEnabled: flagOf(document, 'LoggingEnabled'),
    dlqPolicy: deadLetterPolicyOf(elementOf(document, 'DlqPolicy')),
  });
}

/** Assumption: it is written as mns-open's. Answers leave it out, as SDKs cannot read an element in an element there. */
function deadLetterPolicyOf(node: ReturnType<typeof elementOf>): QueueAttributes['dlqPolicy'] | undefined {
  return (
    node && {
      enabled: flagOf(node, 'Enabled') ?? false,
      deadLetterTargetQueue: xmlText(node, 'DeadLetterTargetQueue') ?? '',
      maxReceiveCount: numberOf(node, 'MaxReceiveCount') ?? 0,
    }
  );
}

function queueFields({ account, region }: MnsRequest, queue: Queue): object {
  const { active, inactive, delayed } = account.mns.messageCounts(region, queue.queueName);
  return {
    QueueName: queue.queueName,
    CreateTime: queue.createTime,
    LastModifyTime: queue.lastModifyTime,
    DelaySeconds: queue.delaySeconds,
    MaximumMessageSize: queue.maximumMessageSize,
    MessageRetentionPeriod: queue.messageRetentionPeriod,
    PollingWaitSeconds: queue.pollingWaitSeconds,
    VisibilityTimeout: queue.visibilityTimeout,
    LoggingEnabled: flagText(queue.loggingEnabled),
    ActiveMessages: active,
    InactiveMessages: inactive,
    DelayMessages: delayed,
  };
}
