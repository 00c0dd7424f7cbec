import { inflateSync } from 'node:zlib';
import { deadLetterTopicOf, groupOfQueue, retryTopicOf } from '../account/mq-group-queues';
import { bodyBytes, type NewMessage, type SentMessage } from '../account/mq-messages';
import type { Answer } from './answer';
import { RequestCode, RequestError, ResponseCode } from './codes';
import { fullName, parseName } from './names';
import { groupOfRetryTopic, type RocketMqRequest, type Subject, unauthorised } from './request';
import {
  COMPRESSED,
  compressionKind,
  offsetIdOf,
  parseProperties,
  PREPARED,
  readBatch,
  transactionOf,
} from './wire-message';
import { excerpt } from '../account/excerpt';

const MAX_BODY_BYTES = 4 << 20;
const MAX_BATCH = 1024;
/** Times that a message is sent back before it is a dead letter, when the consumer tells none. */
const MAX_RECONSUME_TIMES = 16;
/** Level of the delay before the first retry. */
const FIRST_RETRY_LEVEL = 3;

/** Short names of the fields of a send, which Java and Node write. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  producerGroup: 'a',
  topic: 'b',
  queueId: 'e',
  sysFlag: 'f',
  bornTimestamp: 'g',
  flag: 'h',
  properties: 'i',
  reconsumeTimes: 'j',
  maxReconsumeTimes: 'l',
};

/** Properties of messages in transactions: seconds before the first question for the outcome, and what they are. */
const IMMUNITY = 'CHECK_IMMUNITY_TIME_IN_SECONDS';
const IS_PREPARED = 'TRAN_MSG';
/** Time before the first question for the outcome, where the producer gives none. Source: brokers of RocketMQ 4.x. */
const IMMUNITY_MS = 6_000;
/** Property of a message to which its sender waits for an answer of a consumer. */
const REPLY_TO = 'REPLY_TO_CLIENT';

/** Zlib by either of its numbers. */
const ZLIB = [0, 3];

/** One message, or with SEND_BATCH_MESSAGE several at once. */
export function send(request: RocketMqRequest): Answer {
  const { code, body } = request.frame;
  const named = (name: string) => (code === RequestCode.SEND_MESSAGE ? name : SHORT_NAMES[name]);
  const text = (name: string) => request.frame.fields.get(named(name)) ?? '';
  const integer = (name: string) => request.integer(named(name), 0);

  const subject = request.subject(request.text(named('topic')));
  authorise(request, subject);
  checkProducerGroup(request, text('producerGroup'));
  const sysFlag = integer('sysFlag');
  const queueId = request.integer(named('queueId'), -1);
  if (queueId >= subject.queueCount) {
    throw new RequestError(
      ResponseCode.SYSTEM_ERROR,
      `expected a queue from 0 to ${subject.queueCount - 1}, got ${queueId}`,
    );
  }
  const reconsumeTimes = integer('reconsumeTimes');
  const items =
    code === RequestCode.SEND_BATCH_MESSAGE
      ? batchOf(body)
      : [{ flag: integer('flag'), properties: text('properties'), body: inflated(body, sysFlag) }];
  const topic =
    groupOfRetryTopic(subject) !== undefined && reconsumeTimes > (integer('maxReconsumeTimes') || MAX_RECONSUME_TIMES)
      ? subject.name.replace('%RETRY%', '%DLQ%')
      : subject.name;
  const inputs = items.map((item): NewMessage => {
    if (item.body.length > MAX_BODY_BYTES) {
      throw illegal(`expected a body of up to ${MAX_BODY_BYTES} bytes, got ${item.body.length}`);
    }
    return {
      instanceId: subject.instanceId,
      topic,
      body: item.body,
      flag: item.flag,
      reconsumeTimes,
      queueId: queueId < 0 ? undefined : queueId,
      producerId: parseName(text('producerGroup'))?.name ?? text('producerGroup'),
      bornTimestamp: integer('bornTimestamp') || undefined,
      ...describedBy(item.properties, request),
    };
  });
  const sent =
    transactionOf(sysFlag) === 0
      ? request.context.account.ons.messages.send(subject.queueCount, inputs)
      : [prepare(request, subject, transactionOf(sysFlag), text('producerGroup'), inputs)];
  return {
    fields: {
      msgId: sent.map(({ physicalOffset }) => offsetIdOf(request.connection.port, physicalOffset)).join(','),
      queueId: sent[0].queueId,
      // A message that is delayed has no position yet.
      queueOffset: sent[0].queueOffset ?? 0,
    },
  };
}

/** Keeps a message of a transaction until its producer tells the outcome. */
function prepare(
  request: RocketMqRequest,
  subject: Subject,
  state: number,
  producerGroup: string,
  [input, ...others]: readonly NewMessage[],
): SentMessage {
  if (state !== PREPARED || others.length > 0 || groupOfQueue(subject.name) !== undefined) {
    throw illegal('expected one prepared message of a topic in a transaction');
  }
  const immunity = input.properties?.[IMMUNITY] ?? '';
  if (immunity !== '' && !/^\d{1,5}$/.test(immunity)) {
    throw illegal(`expected a whole number as ${IMMUNITY}, got ${excerpt(immunity)}`);
  }
  const immunityMs = immunity === '' ? IMMUNITY_MS : 1000 * Number(immunity);
  return request.context.account.ons.prepared.prepare(
    subject.queueCount,
    {
      ...input,
      properties: Object.fromEntries(Object.entries(input.properties ?? {}).filter(([name]) => name !== IS_PREPARED)),
    },
    { producerGroup, immunityMs },
  );
}

/** A consumer could not process a message: it comes again later, or ends as a dead letter. */
export function sendBack(request: RocketMqRequest): Answer {
  const { ons } = request.context.account;
  const group = request.group(request.text('group'));
  request.authoriseGroup(group);
  const message = ons.messages.at(request.integer('offset'));
  if (!message || message.instanceId !== group.instanceId) {
    throw new RequestError(ResponseCode.SYSTEM_ERROR, `there is no message at the offset ${request.text('offset')}`);
  }
  if (message.topic !== retryTopicOf(group.groupId)) {
    request.caller.authorise('mq:SUB', ons.findInstance(group.instanceId)!, message.topic);
  }
  const level = request.integer('delayLevel', 0);
  const dead = level < 0 || message.reconsumeTimes >= request.integer('maxReconsumeTimes', MAX_RECONSUME_TIMES);
  const offsetId = offsetIdOf(request.connection.port, message.physicalOffset);
  const originTopic = { instanceId: message.instanceId, name: message.topic };
  ons.messages.send(1, [
    {
      ...message,
      topic: dead ? deadLetterTopicOf(group.groupId) : retryTopicOf(group.groupId),
      queueId: 0,
      body: bodyBytes(message),
      msgIdOf: () => message.msgId,
      reconsumeTimes: message.reconsumeTimes + 1,
      properties: {
        RETRY_TOPIC: fullName(originTopic),
        ORIGIN_MESSAGE_ID: offsetId,
        ...message.properties,
      },
      deliverAt: dead ? undefined : Date.now() + delayOf(request, level || FIRST_RETRY_LEVEL + message.reconsumeTimes),
    },
  ]);
  return {};
}

/** A retry that a consumer sends itself takes the right to consume, all else the right to publish. */
function authorise(request: RocketMqRequest, subject: Subject): void {
  const retrying = groupOfRetryTopic(subject);
  if (retrying !== undefined) {
    request.authoriseGroup(request.group(retrying));
  } else if (subject.name.startsWith('%')) {
    throw unauthorised('valid permission failed: dead letters are sent by the service only');
  } else {
    request.caller.authorise('mq:PUB', subject.instance, subject.name);
  }
}

/**
 * A group that is for HTTP clients does not produce here.
 *
 * Assumption: a producer may name a group that does not exist.
 */
function checkProducerGroup({ context }: RocketMqRequest, producerGroup: string): void {
  const name = parseName(producerGroup);
  const group = name && context.account.ons.findGroup(name.instanceId, name.name);
  if (group && group.groupType !== 'tcp') {
    throw new RequestError(
      ResponseCode.NO_PERMISSION,
      `the group ${group.groupId} is for HTTP clients: create one of the type tcp`,
    );
  }
}

function batchOf(bytes: Buffer) {
  const items = readBatch(bytes);
  if (!items || items.length < 1 || items.length > MAX_BATCH) {
    throw illegal(`expected a batch of 1 to ${MAX_BATCH} messages, got ${items ? items.length : 'something else'}`);
  }
  return items;
}

/** Stored as it was before the producer compressed it, so that HTTP consumers can read it too. */
function inflated(body: Buffer, sysFlag: number): Buffer {
  if (!(sysFlag & COMPRESSED)) {
    return body;
  }
  if (!ZLIB.includes(compressionKind(sysFlag))) {
    throw illegal('bodies compressed by LZ4 or ZSTD are not served here: let the producer use zlib');
  }
  try {
    return inflateSync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    throw illegal(`expected a body that zlib has compressed, of up to ${MAX_BODY_BYTES} bytes`);
  }
}

/** What the properties that a producer sent mean for the account. */
function describedBy(
  text: string,
  request: RocketMqRequest,
): Pick<NewMessage, 'key' | 'tag' | 'properties' | 'msgIdOf' | 'deliverAt'> {
  const all = parseProperties(text);
  const take = (name: string) => {
    const value = all.get(name) ?? '';
    all.delete(name);
    return value;
  };
  if (all.has(REPLY_TO)) {
    // Its sender would wait in vain.
    throw illegal('requests that a consumer replies to are not served here');
  }
  const [key, tag, uniqueKey] = [take('KEYS'), take('TAGS'), take('UNIQ_KEY')];
  const level = take('DELAY');
  return {
    key,
    tag,
    msgIdOf: (physicalOffset) => uniqueKey || offsetIdOf(request.connection.port, physicalOffset),
    deliverAt: timeIn(all) ?? (level !== '' ? Date.now() + delayOf(request, Number(level)) : undefined),
    properties: Object.fromEntries(all),
  };
}

/** Properties that tell when a message is to be delivered, from their number; consumers are shown them, too. */
const TIMES: Readonly<Record<string, (value: number) => number>> = {
  __STARTDELIVERTIME: (value) => value,
  // Assumption: those of 5.x clients mean here what they mean to a broker of 5.x.
  TIMER_DELIVER_MS: (value) => value,
  TIMER_DELAY_MS: (value) => Date.now() + value,
  TIMER_DELAY_SEC: (value) => Date.now() + 1000 * value,
};

function timeIn(properties: ReadonlyMap<string, string>): number | undefined {
  for (const [name, timeOf] of Object.entries(TIMES)) {
    const text = properties.get(name) ?? '';
    if (text !== '') {
      if (!/^\d{1,15}$/.test(text)) {
        throw illegal(`expected a whole number as ${name}, got ${excerpt(text)}`);
      }
      return timeOf(Number(text));
    }
  }
  return undefined;
}

/** Delay of a level; beyond the last it is that of the last. */
function delayOf({ context: { delayLevels } }: RocketMqRequest, level: number): number {
  return delayLevels[Math.min(Math.max(level, 0), delayLevels.length) - 1] ?? 0;
}

function illegal(message: string): RequestError {
  return new RequestError(ResponseCode.MESSAGE_ILLEGAL, message);
}
