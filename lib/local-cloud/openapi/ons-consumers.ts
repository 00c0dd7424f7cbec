import { CloudError } from '../account/cloud-error';
import type { TopicProgress } from '../account/mq-progress';
import type { ConsumerClient, Subscription } from '../account/mq-subscriptions';
import { type Action, action, type ActionCall, type Result } from './action';
import { flag, integer, type Parameters, text } from './parameters';

const groupResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('GroupId')}`;
const topicResource = (values: Parameters) => `${values.get('InstanceId')}%${values.get('Topic')}`;

/** `Type` of a reset. */
const TO_THE_END = 0;
const TO_A_TIME = 1;

/** What MQ's API tells of consumers, and how it moves them. */
export const consumerActions: Readonly<Record<string, Action>> = {
  OnsConsumerAccumulate: action(
    { InstanceId: text, GroupId: text, Detail: flag },
    ({ InstanceId, GroupId, Detail }, call) => ({ Data: progressFields(InstanceId, GroupId, Detail ?? false, call) }),
    groupResource,
  ),
  OnsConsumerStatus: action(
    { InstanceId: text, GroupId: text, Detail: flag, NeedJstack: flag },
    ({ InstanceId, GroupId, Detail = false, NeedJstack }, call) => {
      if (NeedJstack) {
        throw new CloudError(
          'BIZ_FIELD_CHECK_INVALID',
          'NeedJstack: expected false, got true: stacks of clients are not served here',
        );
      }
      const progress = progressFields(InstanceId, GroupId, Detail, call);
      const { subscriptions } = call.account.ons;
      const clients = subscriptions.clients(InstanceId, GroupId);
      const consumeModel = modelOf(subscriptions.list(InstanceId).find(({ groupId }) => groupId === GroupId));
      const subscriptionSame = haveSameSubscriptions(clients);
      return {
        Data: {
          ...progress,
          InstanceId,
          ConsumeModel: consumeModel,
          SubscriptionSame: subscriptionSame,
          // Assumption: consumers share the queues as they should where they subscribe to the same.
          RebalanceOK: clients.length > 0 && subscriptionSame,
          ConnectionSet: {
            ConnectionDo: clients.map(({ clientId, address }) => ({
              ClientId: clientId,
              ClientAddr: address,
              RemoteIP: address.replace(/:\d+$/, ''),
            })),
          },
          ConsumerConnectionInfoList: {
            ConsumerConnectionInfoDo: Detail
              ? clients.map(({ clientId, address, subscriptions: own }) => ({
                  ClientId: clientId,
                  Connection: address,
                  ConsumeModel: consumeModel,
                  SubscriptionSet: {
                    SubscriptionData: [...own].map(([Topic, SubString]) => ({
                      Topic,
                      SubString,
                      TagsSet: { Tag: SubString === '*' ? [] : SubString.split('||').map((tag) => tag.trim()) },
                    })),
                  },
                }))
              : [],
          },
        },
      };
    },
    groupResource,
  ),
  OnsConsumerResetOffset: action(
    { InstanceId: text, GroupId: text, Topic: text, Type: integer, ResetTimestamp: integer },
    ({ InstanceId, GroupId, Topic, Type, ResetTimestamp }, { account, region }) => {
      if (Type !== TO_THE_END && Type !== TO_A_TIME) {
        throw new CloudError('BIZ_FIELD_CHECK_INVALID', `Type: expected 0 or 1, got ${Type ?? 'none'}`);
      }
      if (Type === TO_A_TIME && ResetTimestamp === undefined) {
        throw new CloudError('MissingParameter', 'The parameter ResetTimestamp is mandatory with Type 1 and missing');
      }
      account.ons.resetOffset(region, InstanceId, GroupId, Topic, Type === TO_A_TIME ? ResetTimestamp : undefined);
    },
    topicResource,
  ),
  OnsGroupSubDetail: action(
    { InstanceId: text, GroupId: text },
    ({ InstanceId, GroupId }, { account: { ons }, region }) => {
      ons.getGroup(region, InstanceId, GroupId);
      const own = ons.subscriptions
        .list(InstanceId)
        // Not the queue of its retries, which TCP clients subscribe to themselves.
        .filter(({ groupId, topic }) => groupId === GroupId && !topic.startsWith('%'));
      return {
        Data: {
          GroupId,
          Online: ons.subscriptions.clients(InstanceId, GroupId).length > 0,
          MessageModel: modelOf(own[0]),
          SubscriptionDataList: {
            SubscriptionDataList: own.map(({ topic, expression }) => ({ Topic: topic, SubString: expression })),
          },
        },
      };
    },
    groupResource,
  ),
  OnsTopicSubDetail: action(
    { InstanceId: text, Topic: text },
    ({ InstanceId, Topic }, { account: { ons }, region }) => {
      ons.getTopic(region, InstanceId, Topic);
      return {
        Data: {
          Topic,
          SubscriptionDataList: {
            SubscriptionDataList: ons.subscriptions
              .list(InstanceId)
              .filter(({ topic }) => topic === Topic)
              .map((subscription) => ({
                GroupId: subscription.groupId,
                MessageModel: modelOf(subscription),
                SubString: subscription.expression,
                Online: ons.subscriptions
                  .clients(InstanceId, subscription.groupId)
                  .some(({ subscriptions }) => subscriptions.has(Topic)),
              })),
          },
        },
      };
    },
    topicResource,
  ),
};

function progressFields(
  instanceId: string,
  groupId: string,
  detail: boolean,
  { account: { ons }, region }: ActionCall,
): Result {
  ons.getGroup(region, instanceId, groupId);
  const topics = ons.progress.of(instanceId, groupId);
  const most = (value: (topic: TopicProgress) => number) => Math.max(0, ...topics.map(value));
  return {
    Online: ons.subscriptions.clients(instanceId, groupId).length > 0,
    ConsumeTps: ons.rate.perSecond(`${instanceId}%${groupId}`),
    TotalDiff: topics.reduce((sum, { backlog }) => sum + backlog, 0),
    DelayTime: most(({ delayMs }) => delayMs),
    LastTimestamp: most(({ lastTimestamp }) => lastTimestamp),
    DetailInTopicList: {
      DetailInTopicDo: detail
        ? topics.map(({ topic, backlog, delayMs, lastTimestamp }) => ({
            Topic: topic,
            TotalDiff: backlog,
            DelayTime: delayMs,
            LastTimestamp: lastTimestamp,
          }))
        : [],
    },
  };
}

function modelOf(subscription: Subscription | undefined): string {
  return subscription?.broadcasting ? 'BROADCASTING' : 'CLUSTERING';
}

function haveSameSubscriptions(clients: readonly ConsumerClient[]): boolean {
  const all = clients.map(({ subscriptions }) => JSON.stringify([...subscriptions].sort()));
  return new Set(all).size <= 1;
}
