import { checkType } from '../account/mns-limits';
import { mnsTopicUrl } from '../../cloud/hosts';
import type { Topic, TopicAttributes } from '../account/mns-topics';
import { md5 } from '../http/message-md5';
import { xmlReply } from '../http/message-protocol';
import { readBody, type Reply } from '../http/request';
import { readXml, xmlText } from '../http/xml';
import { readMessage } from './message-xml';
import { notificationBody } from './notification';
import { definedOf } from '../account/defined-of';
import { flagOf, flagText, listReply, MAX_BODY_BYTES, type MnsOperation, type MnsRequest, numberOf } from './operation';

export const TOPICS_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  GET: { name: 'ListTopic', work: listTopics },
};

export const TOPIC_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  PUT: { name: 'CreateTopic', work: createTopic },
  'PUT ?metaoverride': { name: 'SetTopicAttributes', work: setAttributes },
  GET: { name: 'GetTopicAttributes', work: getAttributes },
  DELETE: { name: 'DeleteTopic', work: deleteTopic },
};

export const PUBLISH_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  POST: { name: 'PublishMessage', work: publish },
};

/** How long a topic keeps what it cannot deliver, which is nothing here. Source: GetTopicAttributes. */
const RETENTION_SECONDS = 86_400;

function listTopics(request: MnsRequest): Reply {
  const { account, region } = request;
  return listReply(
    request,
    'Topics',
    'Topic',
    account.mns.topics.list(region),
    ({ topicName }) => topicName,
    (topicName) => mnsTopicUrl(account.identity.accountId, region, topicName),
    topicFields,
  );
}

async function createTopic(request: MnsRequest): Promise<Reply> {
  const { account, region, name } = request;
  const attributes = await readAttributes(request);
  const headers = { location: mnsTopicUrl(account.identity.accountId, region, name) };
  const existing = account.mns.topics.find(region, name);
  account.mns.topics.create(region, name, attributes);
  return { status: existing ? 204 : 201, headers };
}

async function setAttributes(request: MnsRequest): Promise<Reply> {
  const attributes = await readAttributes(request);
  request.account.mns.topics.update(request.region, request.name, attributes);
  return { status: 204 };
}

function getAttributes({ account, region, name }: MnsRequest): Reply {
  return xmlReply('MNS', 200, 'Topic', topicFields(account.mns.topics.get(region, name)));
}

function deleteTopic({ account, region, name }: MnsRequest): Reply {
  if (account.mns.topics.find(region, name)) {
    account.mns.topics.delete(region, name);
  }
  return { status: 204 };
}

/** MessageAttributes are for mail and telephones, which no subscription here can have. */
async function publish({ account, exchange, region, name }: MnsRequest): Promise<Reply> {
  const document = await readXml(await readBody(exchange, MAX_BODY_BYTES), 'Message');
  const message = { ...readMessage(document), tag: xmlText(document, 'MessageTag') ?? '' };
  const messageId = account.mns.topics.publish(region, name, message, notificationBody);
  return xmlReply('MNS', 201, 'Message', { MessageId: messageId, MessageBodyMD5: md5(message.body) });
}

async function readAttributes({ exchange }: MnsRequest): Promise<Partial<TopicAttributes>> {
  const body = await readBody(exchange, MAX_BODY_BYTES);
  if (body.length === 0) {
    return {};
  }
  const document = await readXml(body, 'Topic');
  checkType('TopicType', xmlText(document, 'TopicType') || undefined);
  return definedOf<TopicAttributes>({
    maximumMessageSize: numberOf(document, 'MaximumMessageSize'),
    loggingEnabled: flagOf(document, 'LoggingEnabled'),
  });
}

function topicFields(topic: Topic): object {
  return {
    TopicName: topic.topicName,
    CreateTime: topic.createTime,
    LastModifyTime: topic.lastModifyTime,
    MaximumMessageSize: topic.maximumMessageSize,
    MessageRetentionPeriod: RETENTION_SECONDS,
    MessageCount: 0,
    LoggingEnabled: flagText(topic.loggingEnabled),
  };
}
