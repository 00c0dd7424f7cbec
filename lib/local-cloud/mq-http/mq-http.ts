import { CloudError } from '../account/cloud-error';
import type { Instance } from '../account/mq';
import type { Message } from '../account/mq-messages';
import type { Delivery } from '../account/mq-consumers';
import { readBody, type Reply } from '../http/request';
import {
  batchSize,
  messageProtocol,
  type MessageOperation,
  type MessageRequest,
  waitFor,
  xmlReply,
  md5,
} from '../http/message-protocol';
import { childrenOf, readXml, xmlText } from '../http/xml';

/** A message may have 4 MB. */
const MAX_BODY_BYTES = 5 << 20;
const MAX_HANDLES = 16;

/** A topic of an instance, as a request names it. */
interface Subject {
  readonly instance: Instance;
  readonly topic: string;
}

/** MQ's HTTP protocol: publishing to a topic, consuming from it, and acknowledging. */
export const mqHttp = messageProtocol('MQ', 'mq', operationOf);

function operationOf(request: MessageRequest): MessageOperation {
  const { path, exchange } = request;
  const [collection, topic, messages, ...rest] = path;
  if (collection !== 'topics' || !topic || messages !== 'messages' || rest.length > 0) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.rawPath} is not served here, expected /topics/TOPIC/messages`,
    );
  }
  if (exchange.query.has('trans')) {
    throw new CloudError(
      'InvalidArgument',
      `trans=${exchange.query.get('trans')} is not served here: transactional and ordered consuming need a TCP client`,
    );
  }
  const run = (work: (request: MessageRequest, subject: Subject) => Reply | Promise<Reply>) => () =>
    work(request, subjectOf(request, topic));
  switch (exchange.method) {
    case 'POST':
      return { name: 'PublishMessage', resource: topic, run: run(publish) };
    case 'GET':
      return { name: 'ConsumeMessage', resource: topic, run: run(consume) };
    case 'DELETE':
      return { name: 'AckMessage', resource: topic, run: run(acknowledge) };
    default:
      throw new CloudError(
        'InvalidRequestURL',
        `${exchange.method} is not served here, expected POST, GET and DELETE`,
        405,
      );
  }
}

/** Assumption: a topic that is not there is told by the code TopicNotExist, whether its instance is there or not. */
function subjectOf({ account: { ons }, exchange }: MessageRequest, topic: string): Subject {
  const instance = ons.findInstance(exchange.query.get('ns') ?? '');
  if (!instance || !ons.findTopic(instance.instanceId, topic)) {
    throw new CloudError(
      'TopicNotExist',
      `the topic ${topic} does not exist on the instance ${exchange.query.get('ns')}`,
      404,
    );
  }
  return { instance, topic };
}

async function publish(request: MessageRequest, { instance, topic }: Subject): Promise<Reply> {
  const { account, exchange, authorise } = request;
  authorise(['mq:PUB'], instance.region, `${instance.instanceId}%${topic}`);
  const document = await readXml(await readBody(exchange, MAX_BODY_BYTES), 'Message');
  const body = childrenOf(document, 'MessageBody').at(0);
  if (typeof body !== 'string' || body === '') {
    throw new CloudError('MalformedXML', 'the message has no MessageBody');
  }
  const properties = new Map(
    (xmlText(document, 'Properties') ?? '').split('|').map((pair) => pair.split(/:(.*)/s, 2) as [string, string]),
  );
  const message = account.ons.sendMessage(instance.region, {
    instanceId: instance.instanceId,
    topic,
    body,
    tag: xmlText(document, 'MessageTag'),
    key: properties.get('KEYS'),
    producerId: '',
  });
  return xmlReply('MQ', 201, 'Message', { MessageId: message.msgId, MessageBodyMD5: md5(body) });
}

async function consume(request: MessageRequest, { instance, topic }: Subject): Promise<Reply> {
  const { account, exchange } = request;
  const groupId = consumerOf(request, instance);
  authoriseConsumer(request, instance, [topic, groupId]);
  const tags = (exchange.query.get('tag') ?? '')
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '' && tag !== '*');
  const wants = ({ tag }: Message) => tags.length === 0 || tags.includes(tag);
  const subject = { instanceId: instance.instanceId, topic, groupId };
  const messagesFrom = (offset: number) => account.ons.messagesFrom(instance.instanceId, topic, offset);
  const max = batchSize(exchange);
  const deliveries = await waitFor(
    request,
    0,
    () => account.ons.consumers.receive(subject, messagesFrom, max, wants),
    (listener) => {
      const stop = account.ons.messages.onArrival(instance.instanceId, topic, listener);
      // For what was received and not acknowledged, which comes again.
      const timer = setInterval(listener, 500);
      return () => {
        clearInterval(timer);
        stop();
      };
    },
  );
  if (deliveries.length === 0) {
    throw new CloudError('MessageNotExist', 'Message not exist.', 404);
  }
  return xmlReply('MQ', 200, 'Messages', { Message: deliveries.map(deliveryFields) });
}

async function acknowledge(request: MessageRequest, { instance, topic }: Subject): Promise<Reply> {
  const { account, exchange } = request;
  const groupId = consumerOf(request, instance);
  authoriseConsumer(request, instance, [topic, groupId]);
  const document = await readXml(await readBody(exchange, MAX_BODY_BYTES), 'ReceiptHandles');
  const handles = childrenOf(document, 'ReceiptHandle').map((handle) =>
    typeof handle === 'string' ? handle.trim() : '',
  );
  if (handles.length < 1 || handles.length > MAX_HANDLES) {
    throw new CloudError(
      'InvalidArgument',
      `there are ${handles.length} receipt handles, expected 1 to ${MAX_HANDLES}`,
    );
  }
  const failed = account.ons.consumers.acknowledge(instance.instanceId, topic, groupId, handles);
  return failed.length === 0
    ? { status: 204 }
    : xmlReply('MQ', 404, 'Errors', {
        Error: failed.map((handle) => ({
          ErrorCode: 'ReceiptHandleError',
          ErrorMessage: 'The receipt handle you provided has expired.',
          ReceiptHandle: handle,
        })),
      });
}

/**
 * The group that consumes. Groups of TCP clients and of HTTP clients are not shared.
 *
 * Assumption: a group of the other kind is answered as one that is not there.
 */
function consumerOf({ account: { ons }, exchange }: MessageRequest, instance: Instance): string {
  const groupId = exchange.query.get('consumer') ?? '';
  const group = ons.findGroup(instance.instanceId, groupId);
  if (group?.groupType !== 'http') {
    throw new CloudError(
      'SubscriptionNotExist',
      group
        ? `the group ${groupId} is for TCP clients: create one of the type http`
        : `the group ${groupId} does not exist on the instance ${instance.instanceId}`,
      404,
    );
  }
  if (group.readEnable === false) {
    throw new CloudError('AccessDenied', `the group ${groupId} must not receive: its ReadEnable is false`, 403);
  }
  return groupId;
}

/** Consuming takes permission on the topic and on the group. Source: RAM policies of RocketMQ 4.x. */
function authoriseConsumer(request: MessageRequest, { instanceId, region }: Instance, names: readonly string[]): void {
  for (const name of names) {
    request.authorise(['mq:SUB'], region, `${instanceId}%${name}`);
  }
}

function deliveryFields({ message, pending }: Delivery) {
  return {
    MessageId: message.msgId,
    MessageBodyMD5: md5(message.body),
    MessageBody: message.body,
    ReceiptHandle: pending.receiptHandle,
    PublishTime: message.storeTimestamp,
    FirstConsumeTime: pending.firstConsumeTime,
    NextConsumeTime: pending.nextConsumeTime,
    ConsumedTimes: pending.consumedTimes,
    MessageTag: message.tag === '' ? undefined : message.tag,
    Properties: message.key === '' ? undefined : `KEYS:${message.key}|`,
  };
}
