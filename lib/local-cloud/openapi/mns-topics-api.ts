import { checkType } from '../account/mns-limits';
import { mnsTopicUrl } from '../../cloud/hosts';
import { parseQueueEndpoint, queueEndpoint } from '../../cloud/arn';
import { CloudError } from '../account/cloud-error';
import { NOTIFY_FORMATS, NOTIFY_STRATEGIES, type Subscription, type Topic } from '../account/mns-topics';
import { action, type ActionCall, type Api, type Result } from './action';
import { givenTags, pageFields, STATUS_OK, success, tagFields } from './mns-fields';
import { flag, integer, optionalText, type Parameters, tags, text } from './parameters';

const topicResource = (values: Parameters) => `/topics/${values.get('TopicName')}`;
const subscriptionsResource = (values: Parameters) => `${topicResource(values)}/subscriptions`;
const subscriptionResource = (values: Parameters) =>
  `${subscriptionsResource(values)}/${values.get('SubscriptionName')}`;

/** Topics of SMQ (formerly MNS) and their subscriptions, which are of queues. */
export const MNS_TOPIC_ACTIONS: Api['actions'] = {
  CreateTopic: action(
    { TopicName: text, TopicType: optionalText, MaxMessageSize: integer, EnableLogging: flag, Tag: tags },
    ({ TopicName, TopicType, Tag, ...values }, { account, region }) => {
      checkType('TopicType', TopicType || undefined);
      account.mns.topics.create(region, TopicName, { ...attributesOf(values), ...givenTags(Tag) });
      return success({ TopicUrl: mnsTopicUrl(account.identity.accountId, region, TopicName), ...STATUS_OK });
    },
    topicResource,
  ),
  SetTopicAttributes: action(
    { TopicName: text, MaxMessageSize: integer, EnableLogging: flag },
    ({ TopicName, ...values }, { account, region }) => {
      account.mns.topics.update(region, TopicName, attributesOf(values));
      return success(STATUS_OK);
    },
    topicResource,
  ),
  GetTopicAttributes: action(
    { TopicName: text },
    ({ TopicName }, call) => success(topicFields(call, call.account.mns.topics.get(call.region, TopicName))),
    topicResource,
  ),
  DeleteTopic: action(
    { TopicName: text },
    ({ TopicName }, { account, region }) => {
      account.mns.topics.delete(region, TopicName);
      return success(STATUS_OK);
    },
    topicResource,
  ),
  ListTopic: action(
    { TopicName: optionalText, PageNum: integer, PageSize: integer },
    ({ TopicName = '', ...page }, call) => {
      const found = call.account.mns.topics.list(call.region).filter(({ topicName }) => topicName.includes(TopicName));
      return success(pageFields(found, page, (topic) => topicFields(call, topic)));
    },
  ),
  Subscribe: action(
    {
      TopicName: text,
      SubscriptionName: text,
      Endpoint: text,
      PushType: text,
      MessageTag: optionalText,
      NotifyStrategy: optionalText,
      NotifyContentFormat: optionalText,
      DlqPolicy: optionalText,
      'DlqPolicy.Enabled': flag,
    },
    ({ TopicName, SubscriptionName, ...values }, { account, region }) => {
      if (values.DlqPolicy !== undefined || values['DlqPolicy.Enabled']) {
        throw new CloudError('InvalidArgument', 'DlqPolicy: expected none, subscriptions with one are not served here');
      }
      if (values.PushType !== 'queue') {
        throw new CloudError(
          'EndpointInvalid',
          `PushType: ${JSON.stringify(values.PushType)} is not served here, expected queue`,
        );
      }
      // The name of a queue, or all that names it.
      const endpoint = parseQueueEndpoint(values.Endpoint)
        ? values.Endpoint
        : queueEndpoint(account.identity.accountId, region, values.Endpoint);
      account.mns.topics.subscribe(region, TopicName, SubscriptionName, {
        endpoint,
        filterTag: values.MessageTag ?? '',
        notifyStrategy: allowed('NotifyStrategy', values.NotifyStrategy, NOTIFY_STRATEGIES),
        notifyContentFormat: allowed('NotifyContentFormat', values.NotifyContentFormat, NOTIFY_FORMATS),
      });
      return success(STATUS_OK);
    },
    subscriptionResource,
  ),
  SetSubscriptionAttributes: action(
    { TopicName: text, SubscriptionName: text, NotifyStrategy: optionalText },
    ({ TopicName, SubscriptionName, NotifyStrategy }, { account, region }) => {
      const notifyStrategy = allowed('NotifyStrategy', NotifyStrategy, NOTIFY_STRATEGIES);
      account.mns.topics.updateSubscription(region, TopicName, SubscriptionName, { notifyStrategy });
      return success(STATUS_OK);
    },
    subscriptionResource,
  ),
  GetSubscriptionAttributes: action(
    { TopicName: text, SubscriptionName: text },
    ({ TopicName, SubscriptionName }, call) => {
      const { mns } = call.account;
      return success(subscriptionFields(call, mns.topics.getSubscription(call.region, TopicName, SubscriptionName)));
    },
    subscriptionResource,
  ),
  Unsubscribe: action(
    { TopicName: text, SubscriptionName: text },
    ({ TopicName, SubscriptionName }, { account, region }) => {
      account.mns.topics.unsubscribe(region, TopicName, SubscriptionName);
      return success(STATUS_OK);
    },
    subscriptionResource,
  ),
  ListSubscriptionByTopic: action(
    { TopicName: text, SubscriptionName: optionalText, PageNum: integer, PageSize: integer },
    ({ TopicName, SubscriptionName = '', ...page }, call) => {
      const found = call.account.mns.topics
        .listSubscriptions(call.region, TopicName)
        .filter(({ subscriptionName }) => subscriptionName.includes(SubscriptionName));
      return success(pageFields(found, page, (subscription) => subscriptionFields(call, subscription)));
    },
    subscriptionsResource,
  ),
};

function attributesOf({ MaxMessageSize, EnableLogging }: { MaxMessageSize?: number; EnableLogging?: boolean }) {
  return {
    ...(MaxMessageSize !== undefined && { maximumMessageSize: MaxMessageSize }),
    ...(EnableLogging !== undefined && { loggingEnabled: EnableLogging }),
  };
}

function allowed<T extends string>(name: string, value: string | undefined, values: readonly [T, ...T[]]): T {
  const found = value ? values.find((one) => one === value) : values[0];
  if (!found) {
    throw new CloudError('InvalidArgument', `${name}: expected ${values.join(', ')}, got ${JSON.stringify(value)}`);
  }
  return found;
}

function topicFields({ account, region }: ActionCall, topic: Topic): Result {
  return {
    TopicName: topic.topicName,
    TopicType: 'normal',
    TopicUrl: mnsTopicUrl(account.identity.accountId, region, topic.topicName),
    CreateTime: topic.createTime,
    LastModifyTime: topic.lastModifyTime,
    LoggingEnabled: topic.loggingEnabled,
    MaxMessageSize: topic.maximumMessageSize,
    MessageCount: 0,
    Tags: tagFields(topic.tags),
  };
}

function subscriptionFields({ account }: ActionCall, subscription: Subscription): Result {
  return {
    TopicOwner: account.identity.accountId,
    TopicName: subscription.topicName,
    SubscriptionName: subscription.subscriptionName,
    Endpoint: subscription.endpoint,
    FilterTag: subscription.filterTag || undefined,
    NotifyStrategy: subscription.notifyStrategy,
    NotifyContentFormat: subscription.notifyContentFormat,
    CreateTime: subscription.createTime,
    LastModifyTime: subscription.lastModifyTime,
  };
}
