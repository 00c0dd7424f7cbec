import { deadLetterTopicOf } from '../account/mq-group-queues';
import type { Ons } from '../account/mq';
import { bodyBytes, type Message } from '../account/mq-messages';
import { type Action, action, type Result } from './action';
import { invalid, withHelpUrl } from './ons-fields';
import { integer, optionalText, type Parameters, text, type ValuesOf } from './parameters';

const topicResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('Topic')}`;
const groupResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('GroupId')}`;

const page = {
  BeginTime: integer,
  EndTime: integer,
  CurrentPage: integer,
  PageSize: integer,
  TaskId: optionalText,
};

/** How MQ's API sends messages and finds them, on topics and among the dead letters of groups. */
export const messageActions: Readonly<Record<string, Action>> = {
  OnsMessageSend: action(
    { InstanceId: text, Topic: text, Message: text, Tag: optionalText, Key: optionalText },
    (values, { account, region }) => {
      const { msgId } = account.ons.sendMessage(region, {
        instanceId: values.InstanceId,
        topic: values.Topic,
        body: values.Message,
        tag: values.Tag,
        key: values.Key,
        producerId: '',
      });
      return withHelpUrl({ Data: msgId });
    },
    topicResource,
  ),
  OnsMessageGetByMsgId: action(
    { InstanceId: text, Topic: text, MsgId: text },
    (values, { account, region }) =>
      withHelpUrl({
        Data: messageFields(account.ons.getMessage(region, values.InstanceId, values.Topic, values.MsgId)),
      }),
    topicResource,
  ),
  OnsMessageGetByKey: action(
    { InstanceId: text, Topic: text, Key: text },
    (values, { account, region }) => {
      account.ons.getTopic(region, values.InstanceId, values.Topic);
      const messages = account.ons.messages.withKey(values.InstanceId, values.Topic, values.Key);
      return withHelpUrl({ Data: { OnsRestMessageDo: messages.map(messageFields) } });
    },
    topicResource,
  ),
  OnsMessagePageQueryByTopic: action(
    { InstanceId: text, Topic: text, ...page },
    ({ InstanceId, Topic, ...values }, { account: { ons }, region }) =>
      messagePage(ons, InstanceId, values, () => ons.getTopic(region, InstanceId, Topic).topic),
    topicResource,
  ),
  OnsDLQMessagePageQueryByGroupId: action(
    { InstanceId: text, GroupId: text, ...page },
    ({ InstanceId, GroupId, ...values }, { account: { ons }, region }) =>
      messagePage(ons, InstanceId, values, () => deadLetterTopicOf(ons.getGroup(region, InstanceId, GroupId).groupId)),
    groupResource,
  ),
  OnsDLQMessageGetById: action(
    { InstanceId: text, GroupId: text, MsgId: text },
    ({ InstanceId, GroupId, MsgId }, { account, region }) =>
      withHelpUrl({ Data: messageFields(account.ons.getDeadLetter(region, InstanceId, GroupId, MsgId)) }),
    groupResource,
  ),
};

/** A page of the messages that came in a time. @throws CloudError for a time or a page that cannot be */
function messagePage(
  { messages }: Ons,
  instanceId: string,
  values: ValuesOf<typeof page>,
  topicOf: () => string,
): Result {
  const { BeginTime, EndTime, CurrentPage = 1, PageSize = 20 } = values;
  if (BeginTime === undefined || EndTime === undefined || BeginTime > EndTime) {
    throw invalid(`expected BeginTime and a later EndTime, got ${BeginTime} and ${EndTime}`);
  }
  if (CurrentPage < 1 || PageSize < 5 || PageSize > 50) {
    throw invalid(`expected CurrentPage from 1 and PageSize from 5 to 50, got ${CurrentPage} and ${PageSize}`);
  }
  const topic = topicOf();
  const [first, end] = [BeginTime, EndTime + 1].map((time) => messages.positionOnTopicAt(instanceId, topic, time));
  const start = first + (CurrentPage - 1) * PageSize;
  const found = Array.from({ length: Math.max(Math.min(PageSize, end - start), 0) }, (_, index) =>
    messages.onTopic(instanceId, topic, start + index)!,
  );
  return withHelpUrl({
    MsgFoundDo: {
      // Names the query to the client; pages are computed anew, so that any id will do.
      TaskId: values.TaskId ?? `${BeginTime}-${EndTime}`,
      MaxPageCount: Math.ceil((end - first) / PageSize),
      CurrentPage,
      MsgFoundList: {
        OnsRestMessageDo: found.map(messageFields),
      },
    },
  });
}

function messageFields(message: Message): Result {
  const properties = Object.entries({
    ...message.properties,
    KEYS: message.key,
    TAGS: message.tag,
    INSTANCE_ID: message.instanceId,
    PGROUP: message.producerId,
    UNIQ_KEY: message.msgId,
  }).filter(([, value]) => value !== '');
  return {
    MsgId: message.msgId,
    OffsetId: message.msgId,
    InstanceId: message.instanceId,
    Topic: message.topic,
    // Assumption: the body comes as it was sent, not encoded.
    Body: message.body,
    StoreSize: bodyBytes(message).length,
    BornTimestamp: message.bornTimestamp,
    StoreTimestamp: message.storeTimestamp,
    BornHost: '127.0.0.1:0',
    StoreHost: '127.0.0.1:0',
    ReconsumeTimes: message.reconsumeTimes,
    PropertyList: { MessageProperty: properties.map(([name, value]) => ({ Name: name, Value: value })) },
  };
}
