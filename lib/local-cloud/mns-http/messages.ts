import { CloudError } from '../account/cloud-error';
import { waitFor } from '../http/long-poll';
import { batchSize, readBatch } from '../http/message-batch';
import { md5 } from '../http/message-md5';
import { xmlReply } from '../http/message-protocol';
import { type Exchange, readBody, type Reply } from '../http/request';
import { childrenOf, readXml } from '../http/xml';
import type { QueueMessage } from '../account/mns-messages';
import { messageFields, readQueueMessage } from './message-xml';
import { MAX_BODY_BYTES, type MnsOperation, type MnsRequest } from './operation';

const MAX_HANDLES = 16;
const VISIBILITY_TIMEOUTS = [0, 43_200] as const;

/** Assumption: policies that allow the operation for one message allow it for several, and both names are known. */
const batchOf = (name: string, isBatch: (exchange: Exchange) => boolean): MnsOperation['batchName'] => {
  return (exchange) => (isBatch(exchange) ? [`Batch${name}`] : []);
};
const wantsSeveral = ({ query }: Exchange) => query.has('numOfMessages');

export const MESSAGE_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  POST: { name: 'SendMessage', batchName: batchOf('SendMessage', () => true), work: send },
  GET: { name: 'ReceiveMessage', batchName: batchOf('ReceiveMessage', wantsSeveral), work: receive },
  'GET ?peekonly': { name: 'PeekMessage', batchName: batchOf('PeekMessage', wantsSeveral), work: peek },
  PUT: { name: 'ChangeMessageVisibility', work: changeVisibility },
  DELETE: {
    name: 'DeleteMessage',
    batchName: batchOf('DeleteMessage', (exchange) => handleIn(exchange) === undefined),
    work: deleteMessages,
  },
};

async function send({ account, exchange, region, name }: MnsRequest): Promise<Reply> {
  const { items, isBatch } = await readBatch(await readBody(exchange, MAX_BODY_BYTES), 'Messages', 'Message');
  const sent = account.mns.sendMessages(region, name, items.map(readQueueMessage));
  const fields = sent.map(({ messageId, body }) => ({ MessageId: messageId, MessageBodyMD5: md5(body) }));
  return isBatch ? xmlReply('MNS', 201, 'Messages', { Message: fields }) : xmlReply('MNS', 201, 'Message', fields[0]);
}

async function receive(request: MnsRequest): Promise<Reply> {
  const {
    account: { mns },
    exchange,
    region,
    name,
  } = request;
  const max = batchSize(exchange);
  const messages = await waitFor(
    request,
    mns.getQueue(region, name).pollingWaitSeconds,
    () => mns.receiveMessages(region, name, max),
    (listener) => mns.messages.onArrival(region, name, listener),
  );
  return messagesReply(request, messages, false);
}

function peek(request: MnsRequest): Reply {
  const { account, exchange, region, name } = request;
  return messagesReply(request, account.mns.peekMessages(region, name, batchSize(exchange)), true);
}

function messagesReply({ exchange }: MnsRequest, messages: readonly QueueMessage[], isPeeked: boolean): Reply {
  if (messages.length === 0) {
    throw new CloudError('MessageNotExist', 'Message not exist.', 404);
  }
  const fields = messages.map((message) => messageFields(message, isPeeked));
  return wantsSeveral(exchange)
    ? xmlReply('MNS', 200, 'Messages', { Message: fields })
    : xmlReply('MNS', 200, 'Message', fields[0]);
}

function changeVisibility({ account, exchange, region, name }: MnsRequest): Reply {
  const handle = handleIn(exchange);
  const seconds = valueIn(exchange, 'VisibilityTimeout');
  if (handle === undefined) {
    throw new CloudError('MissingReceiptHandle', 'expected the parameter ReceiptHandle, got none');
  }
  if (seconds === undefined) {
    throw new CloudError('MissingVisibilityTimeout', 'expected the parameter VisibilityTimeout, got none');
  }
  const [min, max] = VISIBILITY_TIMEOUTS;
  if (!/^\d{1,5}$/.test(seconds) || Number(seconds) > max) {
    throw new CloudError(
      'InvalidArgument',
      `VisibilityTimeout: expected ${min} to ${max}, got ${JSON.stringify(seconds)}`,
    );
  }
  const message = account.mns.changeVisibility(region, name, handle, Number(seconds));
  return xmlReply('MNS', 200, 'ChangeVisibility', {
    ReceiptHandle: message.receiptHandle,
    NextVisibleTime: message.nextVisibleTime,
  });
}

async function deleteMessages({ account, exchange, region, name }: MnsRequest): Promise<Reply> {
  const handle = handleIn(exchange);
  if (handle !== undefined) {
    account.mns.deleteMessage(region, name, handle);
    return { status: 204 };
  }
  const document = await readXml(await readBody(exchange, MAX_BODY_BYTES), 'ReceiptHandles');
  const handles = childrenOf(document, 'ReceiptHandle').map((one) => (typeof one === 'string' ? one.trim() : ''));
  if (handles.length < 1 || handles.length > MAX_HANDLES) {
    throw new CloudError(
      'InvalidArgument',
      `ReceiptHandle: expected 1 to ${MAX_HANDLES} elements, got ${handles.length}`,
    );
  }
  const failed = handles.flatMap((one) => {
    try {
      account.mns.deleteMessage(region, name, one);
      return [];
    } catch (error) {
      if (!(error instanceof CloudError) || error.code !== 'MessageNotExist') {
        throw error;
      }
      return [{ ErrorCode: error.code, ErrorMessage: error.message, ReceiptHandle: one }];
    }
  });
  return failed.length === 0 ? { status: 204 } : xmlReply('MNS', 404, 'Errors', { Error: failed });
}

function handleIn(exchange: Exchange): string | undefined {
  return valueIn(exchange, 'ReceiptHandle');
}

/** Clients write the names of parameters with a capital or without. */
function valueIn({ query }: Exchange, name: string): string | undefined {
  return query.get(name) ?? query.get(name[0].toLowerCase() + name.slice(1)) ?? undefined;
}
