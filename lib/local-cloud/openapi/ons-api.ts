import { MQ_POLICY_PREFIXES, mqPolicyName } from '../../cloud/mq-actions';
import { CloudError } from '../account/cloud-error';
import type { Group, Instance, Topic } from '../account/mq';
import type { Tags } from '../account/ram';
import { action, type Api, type ActionCall, type Result } from './action';
import { openService } from './activation-api';
import { consumerActions } from './ons-consumers';
import { invalid, withHelpUrl } from './ons-fields';
import { messageActions } from './ons-messages';
import { flag, integer, list, optionalText, type Parameters, tags, text } from './parameters';
import { hasTags, tagFields } from './tag-fields';

const instanceResource = (values: Parameters) => values.get('InstanceId') ?? '*';
const topicResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('Topic')}`;
const groupResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('GroupId')}`;

/** Message Queue for RocketMQ 4.x. */
export const onsApi: Api = {
  product: 'ons',
  version: '2019-02-14',
  policyPrefixes: MQ_POLICY_PREFIXES,
  policyName: mqPolicyName,
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
      async ({ InstanceId, Topic }, { account, region }) => {
        await maskNotFound(() => account.ons.deleteTopic(region, InstanceId, Topic));
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
      async ({ InstanceId, GroupId }, { account, region }) => {
        await maskNotFound(() => account.ons.deleteGroup(region, InstanceId, GroupId));
        return withHelpUrl();
      },
      groupResource,
    ),

    ...consumerActions,
    ...messageActions,

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

function present<T>(found: T | undefined): T[] {
  return found === undefined ? [] : [found];
}

/** A delete calls what is not there not the caller's, where a read calls it not found. */
async function maskNotFound(remove: () => Promise<void>): Promise<void> {
  try {
    await remove();
  } catch (error) {
    throw error instanceof CloudError && error.httpStatus === 404
      ? new CloudError('AUTH_RESOURCE_OWNER_ERROR', error.message)
      : error;
  }
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
