import { queueUrl } from '../../cloud/hosts';
import { CloudError } from '../account/cloud-error';
import type { Queue, QueueAttributes, QueueMessage } from '../account/mns';
import { readBody, type Reply } from '../http/request';
import {
  batchSize,
  messageProtocol,
  type MessageOperation,
  type MessageRequest,
  readBatch,
  waitFor,
  xmlReply,
  md5,
} from '../http/message-protocol';
import { childrenOf, readXml, xmlText, type XmlNode } from '../http/xml';
import { pageOf } from '../http/pagination';

const MAX_BODY_BYTES = 2 << 20;

/** A request about one queue. */
interface QueueRequest extends MessageRequest {
  readonly region: string;
  readonly queueName: string;
}

type Work = (request: QueueRequest) => Reply | Promise<Reply>;

/** What can be done with a queue, by method: name in MNS's API and in its policies. */
const QUEUE_WORK: Readonly<Record<string, readonly [name: string, work: Work]>> = {
  PUT: ['CreateQueue', putQueue],
  GET: ['GetQueueAttributes', getQueue],
  DELETE: ['DeleteQueue', deleteQueue],
};

/** The same for the messages of a queue. */
const MESSAGE_WORK: Readonly<Record<string, readonly [name: string, work: Work]>> = {
  POST: ['SendMessage', send],
  GET: ['ReceiveMessage', receive],
  PUT: ['ChangeMessageVisibility', changeVisibility],
  DELETE: ['DeleteMessage', deleteMessages],
};

/** MNS's HTTP protocol: queues and their messages. */
export const mnsHttp = messageProtocol('MNS', 'mns', operationOf);

function operationOf(request: MessageRequest): MessageOperation {
  const { path, exchange } = request;
  const { authority } = exchange;
  const region = (authority.kind === 'alibaba' ? authority.region : undefined) ?? request.region;
  const [collection, queueName, messages, ...rest] = path;
  if (collection !== 'queues' || rest.length > 0 || (messages !== undefined && messages !== 'messages')) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.rawPath} is not served here, expected /queues, /queues/QUEUE and /queues/QUEUE/messages`,
    );
  }
  if (queueName === undefined && exchange.method === 'GET') {
    return { name: 'ListQueue', resource: '', run: () => listQueues(request, region) };
  }
  const table = messages === undefined ? QUEUE_WORK : MESSAGE_WORK;
  if (!queueName || !Object.hasOwn(table, exchange.method)) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.method} is not served here, expected ${Object.keys(table).join(', ')} on a queue`,
      405,
    );
  }
  const [name, work] = table[exchange.method];
  const resource = `/queues/${queueName}${messages === undefined ? '' : '/messages'}`;
  return {
    name,
    resource: queueName,
    run: () => {
      request.authorise([`mns:${name}`], region, resource);
      return work({ ...request, region, queueName });
    },
  };
}

// Queues

function listQueues({ account, exchange, authorise }: MessageRequest, region: string): Reply {
  authorise(['mns:ListQueue'], region, '/queues');
  const { headers } = exchange;
  const prefix = String(headers['x-mns-prefix'] ?? '');
  const max = Number(headers['x-mns-ret-number'] ?? 1000);
  if (!(max >= 1 && max <= 1000)) {
    throw new CloudError('InvalidArgument', `x-mns-ret-number: expected 1 to 1000, got ${max}`);
  }
  const queues = account.mns.listQueues(region).filter(({ queueName }) => queueName.startsWith(prefix));
  const marker = headers['x-mns-marker'];
  const { items, next } = pageOf(queues, ({ queueName }) => queueName, marker === undefined ? '' : String(marker), max);
  if (items.length === 0) {
    throw new CloudError('QueueNotExist', 'no queue has a name of that prefix', 404);
  }
  return xmlReply(200, 'Queues', {
    Queue: items.map(({ queueName }) => ({ QueueURL: queueUrl(account.identity.accountId, region, queueName) })),
    NextMarker: next,
  });
}

async function putQueue(request: QueueRequest): Promise<Reply> {
  const { account, exchange, region, queueName } = request;
  const body = await readBody(exchange, MAX_BODY_BYTES);
  const attributes = body.length === 0 ? {} : attributesOf(await readXml(body, 'Queue'));
  const location = { location: queueUrl(account.identity.accountId, region, queueName) };
  if (exchange.query.get('metaoverride') === 'true') {
    account.mns.updateQueue(region, queueName, attributes);
    return { status: 204 };
  }
  const existing = account.mns.listQueues(region).find((queue) => queue.queueName === queueName);
  const same =
    existing && Object.entries(attributes).every(([name, value]) => existing[name as keyof QueueAttributes] === value);
  if (same) {
    return { status: 204, headers: location };
  }
  account.mns.createQueue(region, { queueName, ...attributes });
  return { status: 201, headers: location };
}

function getQueue({ account: { mns }, region, queueName }: QueueRequest): Reply {
  const queue = mns.getQueue(region, queueName);
  const now = Date.now();
  const messages = mns.allMessages(region, queueName);
  const hidden = messages.filter(({ nextVisibleTime }) => nextVisibleTime > now);
  const delayed = hidden.filter(({ dequeueCount }) => dequeueCount === 0);
  return xmlReply(200, 'Queue', {
    ...queueFields(queue),
    ActiveMessages: messages.length - hidden.length,
    InactiveMessages: hidden.length - delayed.length,
    DelayMessages: delayed.length,
  });
}

function deleteQueue({ account, region, queueName }: QueueRequest): Reply {
  const exists = account.mns.listQueues(region).some((queue) => queue.queueName === queueName);
  if (exists) {
    account.mns.deleteQueue(region, queueName);
  }
  return { status: 204 };
}

function attributesOf(document: XmlNode): Partial<QueueAttributes> {
  const logging = xmlText(document, 'LoggingEnabled');
  const attributes: { [K in keyof QueueAttributes]?: QueueAttributes[K] } = {
    delaySeconds: numberOf(document, 'DelaySeconds'),
    maximumMessageSize: numberOf(document, 'MaximumMessageSize'),
    messageRetentionPeriod: numberOf(document, 'MessageRetentionPeriod'),
    pollingWaitSeconds: numberOf(document, 'PollingWaitSeconds'),
    visibilityTimeout: numberOf(document, 'VisibilityTimeout'),
    loggingEnabled: logging === undefined ? undefined : /^true$/i.test(logging),
  };
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}

function queueFields(queue: Queue) {
  return {
    QueueName: queue.queueName,
    CreateTime: queue.createTime,
    LastModifyTime: queue.lastModifyTime,
    DelaySeconds: queue.delaySeconds,
    MaximumMessageSize: queue.maximumMessageSize,
    MessageRetentionPeriod: queue.messageRetentionPeriod,
    PollingWaitSeconds: queue.pollingWaitSeconds,
    VisibilityTimeout: queue.visibilityTimeout,
    LoggingEnabled: queue.loggingEnabled ? 'True' : 'False',
  };
}

// Messages

async function send({ account, exchange, region, queueName }: QueueRequest): Promise<Reply> {
  const { items, isBatch } = await readBatch(await readBody(exchange, MAX_BODY_BYTES), 'Messages', 'Message');
  const inputs = items.map((message) => {
    const text = childrenOf(message, 'MessageBody').at(0);
    if (typeof text !== 'string' || text === '') {
      throw new CloudError('MalformedXML', 'a message has no MessageBody');
    }
    return { text, priority: numberOf(message, 'Priority'), delaySeconds: numberOf(message, 'DelaySeconds') };
  });
  const sent = inputs.map(({ text, priority, delaySeconds }) => ({
    MessageId: account.mns.sendMessage(region, queueName, text, priority, delaySeconds).messageId,
    MessageBodyMD5: md5(text),
  }));
  return isBatch ? xmlReply(201, 'Messages', { Message: sent }) : xmlReply(201, 'Message', sent[0]);
}

async function receive(request: QueueRequest): Promise<Reply> {
  const {
    account: { mns },
    exchange,
    region,
    queueName,
  } = request;
  const max = batchSize(exchange);
  const peek = exchange.query.get('peekonly') === 'true';
  const { pollingWaitSeconds } = mns.getQueue(region, queueName);
  const messages = peek
    ? mns.peekMessages(region, queueName, max)
    : await waitFor(request, pollingWaitSeconds, () => mns.receiveMessages(region, queueName, max));
  if (messages.length === 0) {
    throw new CloudError('MessageNotExist', 'Message not exist.', 404);
  }
  const fields = messages.map((message) => messageFields(message, peek));
  return exchange.query.has('numOfMessages')
    ? xmlReply(200, 'Messages', { Message: fields })
    : xmlReply(200, 'Message', fields[0]);
}

function changeVisibility({ account, exchange, region, queueName }: QueueRequest): Reply {
  const seconds = exchange.query.get('visibilityTimeout') ?? '';
  if (!/^\d{1,5}$/.test(seconds) || Number(seconds) > 43200) {
    throw new CloudError('InvalidArgument', `visibilityTimeout: expected 0 to 43200, got ${JSON.stringify(seconds)}`);
  }
  const message = account.mns.changeVisibility(region, queueName, handleIn(exchange.query), Number(seconds));
  return xmlReply(200, 'ChangeVisibility', {
    ReceiptHandle: message.receiptHandle,
    NextVisibleTime: message.nextVisibleTime,
  });
}

async function deleteMessages({ account, exchange, region, queueName }: QueueRequest): Promise<Reply> {
  const handle = handleIn(exchange.query);
  if (handle !== '') {
    account.mns.deleteMessage(region, queueName, handle);
    return { status: 204 };
  }
  const document = await readXml(await readBody(exchange, MAX_BODY_BYTES), 'ReceiptHandles');
  const failed = childrenOf(document, 'ReceiptHandle').flatMap((child) => {
    const one = typeof child === 'string' ? child.trim() : '';
    try {
      account.mns.deleteMessage(region, queueName, one);
      return [];
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'MessageNotExist') {
        throw error;
      }
      return [{ ErrorCode: error.code, ErrorMessage: error.message, ReceiptHandle: one }];
    }
  });
  return failed.length === 0 ? { status: 204 } : xmlReply(404, 'Errors', { Error: failed });
}

/** Clients differ in how they write the name. */
function handleIn(query: URLSearchParams): string {
  return query.get('ReceiptHandle') ?? query.get('receiptHandle') ?? '';
}

function messageFields(message: QueueMessage, peek: boolean) {
  return {
    MessageId: message.messageId,
    ReceiptHandle: peek ? undefined : message.receiptHandle,
    MessageBody: message.body,
    MessageBodyMD5: md5(message.body),
    EnqueueTime: message.enqueueTime,
    NextVisibleTime: peek ? undefined : message.nextVisibleTime,
    FirstDequeueTime: message.firstDequeueTime || message.enqueueTime,
    DequeueCount: message.dequeueCount,
    Priority: message.priority,
  };
}

function numberOf(node: XmlNode, name: string): number | undefined {
  const text = xmlText(node, name);
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{1,9}$/.test(text)) {
    throw new CloudError('InvalidArgument', `${name}: expected a whole number from 0, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}
