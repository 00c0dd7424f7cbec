import { CloudError } from '../account/cloud-error';
import type { Group, Instance, Topic } from '../account/mq';
import { bodyBytes, type Message } from '../account/mq-messages';
import type { Tags } from '../account/ram';
import { action, type Api, type ActionCall, type Result } from './action';
import { openService } from './activation-api';
import { consumerActions } from './ons-consumers';
import { flag, integer, list, optionalText, type Parameters, tags, text } from './parameters';
import { hasTags, tagFields } from './tag-fields';

const instanceResource = (values: Parameters) => values.get('InstanceId') ?? '*';
const topicResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('Topic')}`;
const groupResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('GroupId')}`;

/** Message Queue for RocketMQ 4.x. */
export const onsApi: Api = {
  product: 'ons',
  version: '2019-02-14',
  policyPrefixes: ['mq', 'ons'],
  // Assumption: \`mq:DeleteTopic\` is documented, the others are named alike.
  policyName: (action) =>
    action
      .replace(/^Ons(Instance|Topic|Group)(Create|Delete|Update|List)$/, '$2$1')
      .replace(/^OnsInstanceBaseInfo$/, 'QueryInstanceBaseInfo')
      .replace(/^OnsInstanceInServiceList$/, 'ListInstance')
      .replace(/^OnsConsumer(Accumulate|Status)$/, 'QueryConsumer$1')
      .replace(/^OnsConsumerResetOffset$/, 'ResetConsumerOffset'),
  actions: {
    OpenOnsService: action({}, (_values, call) => openService(call, 'ons', 'OrderOpend')),

    OnsInstanceCreate: action(
      { InstanceName: text, Remark: optionalText, Tag: tags },
      (values, { account, region }) => {
        const { instanceId, instanceType } = account.ons.createInstance(region, {
          instanceName: values.InstanceName,
          remark: values.Remark,
          tags: values.Tag,
        });
        return withHelpUrl({ Data: { InstanceId: instanceId, InstanceType: instanceType } });
      },
    ),
    OnsInstanceBaseInfo: action(
      { InstanceId: text },
      ({ InstanceId }, { account, region, faults }) => {
        const instance = account.ons.getInstance(region, InstanceId);
        const endpoints = account.ons.endpointsOf(instance);
        return {
          InstanceBaseInfo: {
            ...instanceFields(instance),
            InstanceStatus: faults.countRead('instance', InstanceId) ? IN_DEPLOYMENT : instance.instanceStatus,
            Remark: instance.remark,
            MaxTps: 5000,
            TopicCapacity: 50,
            CreateTime: String(instance.createTime),
            Endpoints: {
              TcpEndpoint: endpoints.tcp,
              TcpInternetEndpoint: endpoints.tcpInternet,
              HttpInternalEndpoint: endpoints.httpInternal,
              HttpInternetEndpoint: endpoints.httpInternet,
              HttpInternetSecureEndpoint: endpoints.httpInternetSecure,
            },
          },
        };
      },
      instanceResource,
    ),
    OnsInstanceInServiceList: action({ Tag: tags }, (values, { account, region }) =>
      withHelpUrl({
        Data: {
          InstanceVO: account.ons
            .listInstances(region)
            .filter((instance) => hasTags(instance.tags, values.Tag))
            .map((instance) => ({
              ...instanceFields(instance),
              TopicCount: account.ons.topicCount(instance.instanceId),
              GroupCount: account.ons.groupCount(instance.instanceId),
              CreateTime: instance.createTime,
              Tags: { Tag: tagFields(instance.tags) },
            })),
        },
      }),
    ),
    OnsInstanceUpdate: action(
      { InstanceId: text, InstanceName: optionalText, Remark: optionalText },
      (values, { account, region }) => {
        account.ons.updateInstance(region, values.InstanceId, {
          instanceName: values.InstanceName,
          remark: values.Remark,
        });
        return withHelpUrl();
      },
      instanceResource,
    ),
    OnsInstanceDelete: action(
      { InstanceId: text },
      ({ InstanceId }, { account, region }) => {
        account.ons.deleteInstance(region, InstanceId);
        return withHelpUrl();
      },
      instanceResource,
    ),

    OnsTopicCreate: action(
      { InstanceId: text, Topic: text, MessageType: integer, Remark: optionalText, Tag: tags },
      (values, { account, region }) => {
        account.ons.createTopic(region, {
          instanceId: values.InstanceId,
          topic: values.Topic,
          messageType: values.MessageType ?? 0,
          remark: values.Remark,
          tags: values.Tag,
        });
        return withHelpUrl();
      },
      topicResource,
    ),
    OnsTopicList: action(
      { InstanceId: text, Topic: optionalText, Tag: tags },
      (values, { account, region, faults }) => {
        account.ons.getInstance(region, values.InstanceId);
        const topics = values.Topic
          ? present(account.ons.findTopic(values.InstanceId, values.Topic))
          : account.ons.listTopics(region, values.InstanceId);
        const tagged = topics.filter(({ tags }) => hasTags(tags, values.Tag));
        return withHelpUrl({ Data: { PublishInfoDo: tagged.map((topic) => topicFields(topic, account, faults)) } });
      },
      instanceResource,
    ),
    OnsTopicStatus: action(
      { InstanceId: text, Topic: text },
      ({ InstanceId, Topic }, { account, region }) => {
        account.ons.getTopic(region, InstanceId, Topic);
        const count = account.ons.messageCount(InstanceId, Topic);
        const [last] = account.ons.messagesFrom(InstanceId, Topic, Math.max(count - 1, 0));
        return withHelpUrl({
          Data: { TotalCount: count, LastTimeStamp: last?.storeTimestamp ?? 0, Perm: READ_AND_WRITE },
        });
      },
      topicResource,
    ),
    OnsTopicDelete: action(
      { InstanceId: text, Topic: text },
      ({ InstanceId, Topic }, { account, region }) => {
        maskNotFound(() => account.ons.deleteTopic(region, InstanceId, Topic));
        return withHelpUrl();
      },
      topicResource,
    ),

    OnsGroupCreate: action(
      { InstanceId: text, GroupId: text, GroupType: optionalText, Remark: optionalText, Tag: tags },
      (values, { account, region }) => {
        account.ons.createGroup(region, {
          instanceId: values.InstanceId,
          groupId: values.GroupId,
          groupType: values.GroupType || 'tcp',
          remark: values.Remark,
          tags: values.Tag,
        });
        return withHelpUrl();
      },
      groupResource,
    ),
    OnsGroupList: action(
      { InstanceId: text, GroupId: optionalText, GroupType: optionalText, Tag: tags },
      (values, { account, region }) => {
        account.ons.getInstance(region, values.InstanceId);
        const groups = values.GroupId
          ? present(account.ons.findGroup(values.InstanceId, values.GroupId))
          : account.ons.listGroups(region, values.InstanceId);
        const chosen = groups.filter(
          ({ groupType, tags }) =>
            // Assumption: what is neither of the two types, such as the provider's `all`, asks for both.
            (!['tcp', 'http'].includes(values.GroupType ?? '') || groupType === values.GroupType) &&
            hasTags(tags, values.Tag),
        );
        return withHelpUrl({ Data: { SubscribeInfoDo: chosen.map((group) => groupFields(group, account)) } });
      },
      instanceResource,
    ),
    OnsGroupConsumerUpdate: action(
      { InstanceId: text, GroupId: text, ReadEnable: flag },
      (values, { account, region }) => {
        account.ons.enableGroup(region, values.InstanceId, values.GroupId, values.ReadEnable ?? true);
        return withHelpUrl();
      },
      groupResource,
    ),
    OnsGroupDelete: action(
      { InstanceId: text, GroupId: text },
      ({ InstanceId, GroupId }, { account, region }) => {
        maskNotFound(() => account.ons.deleteGroup(region, InstanceId, GroupId));
        return withHelpUrl();
      },
      groupResource,
    ),

    ...consumerActions,

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
        const messages = [...account.ons.messagesFrom(values.InstanceId, values.Topic, 0)].filter(
          ({ key }) => key === values.Key,
        );
        return withHelpUrl({ Data: { OnsRestMessageDo: messages.map(messageFields) } });
      },
      topicResource,
    ),
    OnsMessagePageQueryByTopic: action(
      {
        InstanceId: text,
        Topic: text,
        BeginTime: integer,
        EndTime: integer,
        CurrentPage: integer,
        PageSize: integer,
        TaskId: optionalText,
      },
      (values, { account, region }) => {
        const { InstanceId, Topic, BeginTime, EndTime, CurrentPage = 1, PageSize = 20 } = values;
        if (BeginTime === undefined || EndTime === undefined || BeginTime > EndTime) {
          throw invalid(`BeginTime is ${BeginTime} and EndTime ${EndTime}, both must be given, the earlier one first`);
        }
        if (CurrentPage < 1 || PageSize < 5 || PageSize > 50) {
          throw invalid(
            `CurrentPage is ${CurrentPage} and PageSize ${PageSize}, expected pages from 1 and sizes from 5 to 50`,
          );
        }
        account.ons.getTopic(region, InstanceId, Topic);
        const found = [...account.ons.messagesFrom(InstanceId, Topic, 0)].filter(
          ({ storeTimestamp }) => storeTimestamp >= BeginTime && storeTimestamp <= EndTime,
        );
        return withHelpUrl({
          MsgFoundDo: {
            // Names the query to the client; pages are computed anew, so that any id will do.
            TaskId: values.TaskId ?? `${BeginTime}-${EndTime}`,
            MaxPageCount: Math.ceil(found.length / PageSize),
            CurrentPage,
            MsgFoundList: {
              OnsRestMessageDo: found.slice((CurrentPage - 1) * PageSize, CurrentPage * PageSize).map(messageFields),
            },
          },
        });
      },
      topicResource,
    ),

    TagResources: action(
      { ResourceType: text, ResourceId: list, InstanceId: optionalText, Tag: tags },
      (values, call) =>
        taggedOf(values, call).forEach((resource) => resource.setTags({ ...resource.tags, ...values.Tag })),
      instanceResource,
    ),
    UntagResources: action(
      { ResourceType: text, ResourceId: list, InstanceId: optionalText, TagKey: list, All: flag },
      (values, call) =>
        taggedOf(values, call).forEach(({ tags, setTags }) =>
          setTags(
            Object.fromEntries(Object.entries(tags).filter(([key]) => !values.All && !values.TagKey.includes(key))),
          ),
        ),
      instanceResource,
    ),
    ListTagResources: action(
      { ResourceType: text, ResourceId: list, InstanceId: optionalText, Tag: tags },
      (values, call) => ({
        TagResources: taggedOf(values, call).flatMap(({ id, tags }) =>
          Object.entries(tags)
            .filter(([key]) => Object.keys(values.Tag).length === 0 || key in values.Tag)
            .map(([key, value]) => ({
              ResourceType: values.ResourceType,
              ResourceId: id,
              InstanceId: values.InstanceId ?? id,
              TagKey: key,
              TagValue: value,
            })),
        ),
      }),
      instanceResource,
    ),
  },
};

/** `InstanceStatus` of an instance that cannot be used yet. */
const IN_DEPLOYMENT = 0;
const SERVING = 1;
const NOT_SERVING = 0;
/** `Perm` and `Relation` of what one may read and write. */
const READ_AND_WRITE = 6;

function withHelpUrl(result: Result = {}): Result {
  return { HelpUrl: '', ...result };
}

function present<T>(found: T | undefined): T[] {
  return found === undefined ? [] : [found];
}

/** A delete calls what is not there not the caller's, where a read calls it not found. */
function maskNotFound(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    throw error instanceof CloudError && error.httpStatus === 404
      ? new CloudError('AUTH_RESOURCE_OWNER_ERROR', error.message)
      : error;
  }
}

function invalid(message: string): CloudError {
  return new CloudError('BIZ_FIELD_CHECK_INVALID', message);
}

function instanceFields(instance: Instance): Result {
  return {
    InstanceId: instance.instanceId,
    InstanceName: instance.instanceName,
    InstanceType: instance.instanceType,
    InstanceStatus: instance.instanceStatus,
    ReleaseTime: 0,
    IndependentNaming: true,
  };
}

function topicFields(topic: Topic, { identity }: ActionCall['account'], faults: ActionCall['faults']): Result {
  const starting = faults.countRead('topic', `${topic.instanceId} ${topic.topic}`);
  return {
    Topic: topic.topic,
    InstanceId: topic.instanceId,
    MessageType: topic.messageType,
    Remark: topic.remark,
    CreateTime: topic.createTime,
    Owner: identity.accountId,
    Relation: READ_AND_WRITE,
    RelationName: 'owner',
    IndependentNaming: true,
    ServiceStatus: starting ? NOT_SERVING : SERVING,
    Tags: { Tag: tagFields(topic.tags) },
  };
}

function groupFields(group: Group, { identity }: ActionCall['account']): Result {
  return {
    GroupId: group.groupId,
    InstanceId: group.instanceId,
    GroupType: group.groupType,
    Remark: group.remark,
    CreateTime: group.createTime,
    UpdateTime: group.createTime,
    Owner: identity.accountId,
    IndependentNaming: true,
    Tags: { Tag: tagFields(group.tags) },
  };
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

interface Tagged {
  readonly id: string;
  readonly tags: Tags;
  readonly setTags: (tags: Tags) => void;
}

function taggedOf(
  values: { ResourceType: string; ResourceId: readonly string[]; InstanceId?: string },
  { account: { ons }, region }: ActionCall,
): Tagged[] {
  const { InstanceId = '' } = values;
  return values.ResourceId.map((id) => {
    switch (values.ResourceType.toUpperCase()) {
      case 'INSTANCE': {
        const { tags } = ons.getInstance(region, id);
        return { id, tags, setTags: (next) => ons.updateInstance(region, id, { tags: next }) };
      }
      case 'TOPIC': {
        const { tags } = ons.getTopic(region, InstanceId, id);
        return { id, tags, setTags: (next) => ons.tagTopic(region, InstanceId, id, next) };
      }
      case 'GROUP': {
        const { tags } = ons.getGroup(region, InstanceId, id);
        return { id, tags, setTags: (next) => ons.tagGroup(region, InstanceId, id, next) };
      }
      default:
        throw invalid(`ResourceType: expected INSTANCE, TOPIC or GROUP, got ${JSON.stringify(values.ResourceType)}`);
    }
  });
}
