import { CloudError } from '../account/cloud-error';
import type { Delivery, FailedHandle } from '../account/mq-consumers';
import type { Message } from '../account/mq-messages';
import { waitFor } from '../http/long-poll';
import { batchSize } from '../http/message-batch';
import { md5 } from '../http/message-md5';
import { type MessageRequest, xmlReply } from '../http/message-protocol';
import { readBody, type Reply } from '../http/request';
import { childrenOf, isXmlText, readXml } from '../http/xml';
import { formatProperties, KEYS } from './properties';
import { authorise, groupOf, receivingGroupOf, type Subject, subjectOf } from './subject';

const MAX_HANDLES = 16;
const MAX_REQUEST_BYTES = 64 << 10;

/** Messages of a topic for a group, with `trans=order` those of each queue one batch after another. */
export async function consume(request: MessageRequest, subject: Subject): Promise<Reply> {
  const { account, exchange } = request;
  const { instanceId, topic } = subject;
  const groupId = receivingGroupOf(request, subject);
  authoriseConsumer(request, subject, groupId);
  const tags = (exchange.query.get('tag') ?? '')
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && tag !== '*');
  const wants = ({ tag }: Message) => tags.length === 0 || tags.includes(tag);
  const inOrder = exchange.query.get('trans') === 'order';
  const consumption = { instanceId, topic, groupId };
  const { consumers, messages } = account.ons;
  const max = batchSize(exchange);
  const expression = tags.join('||') || '*';
  account.ons.subscriptions.set(instanceId, { groupId, topic, expression, broadcasting: false });
  const seen = (): void => {
    // Of a group that has gone meanwhile nothing is kept.
    if (account.ons.findGroup(instanceId, groupId)) {
      account.ons.polls.seen(consumption, { expression, ...clientOf(exchange) });
    }
  };
  seen();
  const deliveries = await waitFor(
    request,
    0,
    () => {
      // Topic and group may have gone while the request waited.
      const { queueCount } = subjectOf(request, topic);
      receivingGroupOf(request, subject);
      return consumers.receive(consumption, { queueCount, max, wants, inOrder });
    },
    (listener) =>
      wakeAt(
        () => consumers.dueIn(consumption),
        listener,
        (wake) => {
          const ends = [
            messages.onArrival(instanceId, topic, wake),
            // A queue goes on once all that it gave is acknowledged.
            ...(inOrder ? [consumers.onAcknowledge(consumption, wake)] : []),
          ];
          return () => ends.forEach((end) => end());
        },
      ),
  );
  seen();
  return deliveriesReply(deliveries);
}

/**
 * Who asks. Requests over HTTP do not say it.
 *
 * Assumption: those of one address and one kind of client are one consumer, which is there for a minute after each.
 */
function clientOf({ headers, socket }: MessageRequest['exchange']): { clientId: string; address: string } {
  const agent = String(headers['user-agent'] ?? 'HTTP').slice(0, 200);
  return { clientId: `${socket.remoteAddress}@${agent}`, address: `${socket.remoteAddress}:${socket.remotePort}` };
}

export async function acknowledge(request: MessageRequest, subject: Subject): Promise<Reply> {
  const { instanceId, topic } = subject;
  const groupId = groupOf(request, subject);
  authoriseConsumer(request, subject, groupId);
  const handles = await handlesOf(request);
  // The group may have gone while the handles came.
  groupOf(request, subject);
  const { consumers, rate } = request.account.ons;
  const { acknowledged, failed } = consumers.acknowledge({ instanceId, topic, groupId }, handles);
  rate.count(`${instanceId}%${groupId}`, acknowledged);
  return handlesReply(failed);
}

/** Calls `listener` at what `listen` hears, and when something is due; returns what ends that. */
export function wakeAt(
  dueIn: () => number | undefined,
  listener: () => void,
  listen: (wake: () => void) => () => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const schedule = (): void => {
    clearTimeout(timer);
    const millis = hasEnded ? undefined : dueIn();
    if (millis !== undefined) {
      // A timer may ring a millisecond before its time.
      timer = setTimeout(wake, Math.max(millis, 0) + 1);
    }
  };
  const wake = (): void => {
    listener();
    schedule();
  };
  const end = listen(wake);
  schedule();
  return () => {
    hasEnded = true;
    clearTimeout(timer);
    end();
  };
}

/** @throws CloudError MissingReceiptHandle for none, InvalidArgument for too many */
export async function handlesOf({ exchange }: MessageRequest): Promise<string[]> {
  const document = await readXml(await readBody(exchange, MAX_REQUEST_BYTES), 'ReceiptHandles');
  const handles = childrenOf(document, 'ReceiptHandle')
    .map((handle) => (typeof handle === 'string' ? handle.trim() : ''))
    .filter((handle) => handle !== '');
  if (handles.length === 0) {
    throw new CloudError('MissingReceiptHandle', 'ReceiptHandle is required.');
  }
  if (handles.length > MAX_HANDLES) {
    throw new CloudError('InvalidArgument', `ReceiptHandles: expected 1 to ${MAX_HANDLES}, got ${handles.length}`);
  }
  return handles;
}

/** Success, or what each handle that failed is told. Source: the comments of the SDK for Node.js tell the two codes. */
export function handlesReply(failed: readonly FailedHandle[]): Reply {
  return failed.length === 0
    ? { status: 204 }
    : xmlReply('MQ', 404, 'Errors', {
        Error: failed.map(({ handle, hasExpired }) => ({
          ErrorCode: hasExpired ? 'MessageNotExist' : 'ReceiptHandleError',
          ErrorMessage: hasExpired
            ? 'The receipt handle you provided has expired.'
            : 'The receipt handle you provided is not valid.',
          ReceiptHandle: handle,
        })),
      });
}

export function deliveriesReply(deliveries: readonly Delivery[]): Reply {
  if (deliveries.length === 0) {
    throw new CloudError('MessageNotExist', 'Message not exist.', 404);
  }
  return xmlReply('MQ', 200, 'Messages', { Message: deliveries.map(deliveryFields) });
}

/** Consuming takes permission on the topic and on the group. Source: RAM policies of RocketMQ 4.x. */
function authoriseConsumer(request: MessageRequest, subject: Subject, groupId: string): void {
  [subject.topic, groupId].forEach((name) => authorise(request, 'mq:SUB', subject, name));
}

function deliveryFields({ message, pending }: Delivery) {
  const { key, properties } = message;
  const body = textOf(message);
  return {
    MessageId: message.msgId,
    MessageBodyMD5: md5(body),
    MessageBody: body,
    ReceiptHandle: pending.receiptHandle,
    PublishTime: message.storeTimestamp,
    FirstConsumeTime: pending.firstConsumeTime,
    NextConsumeTime: pending.nextConsumeTime,
    ConsumedTimes: pending.consumedTimes,
    MessageTag: message.tag === '' ? undefined : message.tag,
    Properties: formatProperties([...Object.entries(properties), [KEYS, key]]) || undefined,
  };
}

/**
 * A message's body as XML can hold it.
 *
 * Assumption: what a TCP client sent that is no text, or has characters that XML has not, comes in Base64.
 */
function textOf({ body, binary }: Delivery['message']): string {
  return binary || isXmlText(body) ? body : Buffer.from(body).toString('base64');
}
