import { CloudError } from '../account/cloud-error';
import { md5 } from '../http/message-md5';
import { type MessageRequest, xmlReply } from '../http/message-protocol';
import { readBody, type Reply } from '../http/request';
import { childrenOf, readXml, type XmlNode } from '../http/xml';
import { KEYS, parseProperties, SHARDING_KEY, START_DELIVER_TIME, takeNumber, TRANS_CHECK_SECONDS } from './properties';
import { authorise, type Subject, subjectOf } from './subject';

const MAX_BODY_BYTES = 4 << 20;
/** A character may be written as an entity, such as `&quot;`. */
const MAX_REQUEST_BYTES = 6 * MAX_BODY_BYTES + (1 << 20);
const TRANS_CHECK_RANGE = [10, 300] as const;

/**
 * A message is what its properties say, on a topic of any type: timed, of a transaction, or with a sharding key.
 *
 * Assumption: documented is that types should not be mixed, for messages may be lost when an instance moves; a sample of
 * the documentation sends a timed message to a topic of normal ones.
 */
export async function publish(request: MessageRequest, subject: Subject): Promise<Reply> {
  const { account, exchange } = request;
  const { instanceId, topic } = subject;
  authorise(request, 'mq:PUB', subject, topic);
  const document = await readXml(await readBody(exchange, MAX_REQUEST_BYTES), 'Message', MAX_REQUEST_BYTES);
  // The topic may have gone while the message came.
  const { queueCount } = subjectOf(request, topic);
  const body = text(document, 'MessageBody');
  const bytes = Buffer.byteLength(body);
  if (bytes < 1 || bytes > MAX_BODY_BYTES) {
    throw invalid(`MessageBody: expected 1 to ${MAX_BODY_BYTES} bytes, got ${bytes}`);
  }
  const all = parseProperties(text(document, 'Properties'));
  const { [KEYS]: key = '', ...properties } = Object.fromEntries(all);
  const immunitySeconds = takeNumber(all, TRANS_CHECK_SECONDS);
  const shardingKey = all.get(SHARDING_KEY);
  const message = {
    instanceId,
    topic,
    body,
    tag: text(document, 'MessageTag').trim(),
    key,
    properties,
    producerId: '',
    deliverAt: takeNumber(all, START_DELIVER_TIME),
    queueId: shardingKey === undefined ? undefined : hashOf(shardingKey) % queueCount,
  };
  const { msgId, receiptHandle } = argumentsChecked(() =>
    immunitySeconds === undefined
      ? { ...account.ons.messages.send(queueCount, [message])[0], receiptHandle: undefined }
      : account.ons.transactions.begin(message, 1000 * immunityOf(immunitySeconds)),
  );
  return xmlReply('MQ', 201, 'Message', {
    MessageId: msgId,
    MessageBodyMD5: md5(body),
    ReceiptHandle: receiptHandle,
  });
}

function immunityOf(seconds: number): number {
  const [min, max] = TRANS_CHECK_RANGE;
  if (seconds < min || seconds > max) {
    throw invalid(`${TRANS_CHECK_SECONDS}: expected ${min} to ${max} seconds, got ${seconds}`);
  }
  return seconds;
}

/** The model speaks of wrong fields in the words of the OpenAPI. */
function argumentsChecked<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof CloudError && error.code === 'BIZ_FIELD_CHECK_INVALID' ? invalid(error.message) : error;
  }
}

function invalid(message: string): CloudError {
  return new CloudError('InvalidArgument', message);
}

/** Text of a child element, with the white space at its ends; empty when it is absent or has elements. */
function text(document: XmlNode, name: string): string {
  const child = childrenOf(document, name).at(0);
  return typeof child === 'string' ? child : '';
}

/** As Java hashes a string, and by it ONS's TCP client: one key is in one queue, whoever sends. */
function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) {
    hash = (Math.imul(31, hash) + text.charCodeAt(at)) | 0;
  }
  return Math.abs(hash);
}
