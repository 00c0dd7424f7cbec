import { parseQueueEndpoint, queueEndpoint } from '../../cloud/arn';
import { mnsSubscriptionUrl } from '../../cloud/hosts';
import {
  NOTIFY_FORMATS,
  NOTIFY_STRATEGIES,
  type Subscription,
  type SubscriptionAttributes,
} from '../account/mns-topics';
import { xmlReply } from '../http/message-protocol';
import { header, readBody, type Reply } from '../http/request';
import { readXml, xmlText } from '../http/xml';
import { definedOf } from '../account/defined-of';
import { listReply, MAX_BODY_BYTES, type MnsOperation, type MnsRequest, oneOfText } from './operation';

export const SUBSCRIPTIONS_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  GET: { name: 'ListSubscriptionByTopic', work: listSubscriptions },
};

export const SUBSCRIPTION_OPERATIONS: Readonly<Record<string, MnsOperation>> = {
  PUT: { name: 'Subscribe', work: subscribe },
  'PUT ?metaoverride': { name: 'SetSubscriptionAttributes', work: setAttributes },
  GET: { name: 'GetSubscriptionAttributes', work: getAttributes },
  DELETE: { name: 'Unsubscribe', work: unsubscribe },
};

function listSubscriptions(request: MnsRequest): Reply {
  const { account, region, name } = request;
  return listReply(
    request,
    'Subscriptions',
    'Subscription',
    account.mns.topics.listSubscriptions(region, name),
    ({ subscriptionName }) => subscriptionName,
    (subscriptionName) => mnsSubscriptionUrl(account.identity.accountId, region, name, subscriptionName),
    (subscription) => subscriptionFields(request, subscription),
  );
}

async function subscribe(request: MnsRequest): Promise<Reply> {
  const { account, region, name, subscriptionName } = request;
  const attributes = await readAttributes(request);
  const headers = { location: mnsSubscriptionUrl(account.identity.accountId, region, name, subscriptionName) };
  const existing = account.mns.topics.findSubscription(region, name, subscriptionName);
  account.mns.topics.subscribe(region, name, subscriptionName, attributes);
  return { status: existing ? 204 : 201, headers };
}

async function setAttributes(request: MnsRequest): Promise<Reply> {
  const { account, region, name, subscriptionName } = request;
  const { notifyStrategy } = await readAttributes(request);
  account.mns.topics.updateSubscription(region, name, subscriptionName, notifyStrategy ? { notifyStrategy } : {});
  return { status: 204 };
}

function getAttributes(request: MnsRequest): Reply {
  const { account, region, name, subscriptionName } = request;
  const subscription = account.mns.topics.getSubscription(region, name, subscriptionName);
  return xmlReply('MNS', 200, 'Subscription', subscriptionFields(request, subscription));
}

function unsubscribe({ account, region, name, subscriptionName }: MnsRequest): Reply {
  if (account.mns.topics.findSubscription(region, name, subscriptionName)) {
    account.mns.topics.unsubscribe(region, name, subscriptionName);
  }
  return { status: 204 };
}

async function readAttributes(request: MnsRequest): Promise<Partial<SubscriptionAttributes>> {
  const document = await readXml(await readBody(request.exchange, MAX_BODY_BYTES), 'Subscription');
  return definedOf<SubscriptionAttributes>({
    endpoint: ownEndpoint(request, xmlText(document, 'Endpoint')),
    filterTag: xmlText(document, 'FilterTag'),
    notifyStrategy: oneOfText(document, 'NotifyStrategy', NOTIFY_STRATEGIES),
    notifyContentFormat: oneOfText(document, 'NotifyContentFormat', NOTIFY_FORMATS),
  });
}

/**
 * SDKs for Java and Go make the endpoint of a queue of the host that they connect to, which begins with the account at
 * the service: what they make of the local address means this account, and earlier ones' region the request's.
 */
function ownEndpoint({ account, exchange, region }: MnsRequest, endpoint: string | undefined): string | undefined {
  const named = parseQueueEndpoint(endpoint ?? '');
  const [label] = (header(exchange, 'host') ?? '').split(/[.:]/);
  return named?.accountId === label && exchange.authority.kind === 'loopback'
    ? queueEndpoint(account.identity.accountId, /^\d/.test(named.region) ? region : named.region, named.queueName)
    : endpoint;
}

function subscriptionFields({ account }: MnsRequest, subscription: Subscription): object {
  const { accountId } = account.identity;
  return {
    TopicOwner: accountId,
    TopicName: subscription.topicName,
    Subscriber: accountId,
    SubscriptionName: subscription.subscriptionName,
    Endpoint: subscription.endpoint,
    FilterTag: subscription.filterTag || undefined,
    NotifyStrategy: subscription.notifyStrategy,
    NotifyContentFormat: subscription.notifyContentFormat,
    CreateTime: subscription.createTime,
    LastModifyTime: subscription.lastModifyTime,
  };
}
