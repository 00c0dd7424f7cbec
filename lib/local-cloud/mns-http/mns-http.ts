import { CloudError } from '../account/cloud-error';
import { messageProtocol, type MessageOperation, type MessageRequest } from '../http/message-protocol';
import type { Exchange } from '../http/request';
import { MESSAGE_OPERATIONS } from './messages';
import type { MnsOperation } from './operation';
import { QUEUE_OPERATIONS, QUEUES_OPERATIONS } from './queues';
import { SUBSCRIPTION_OPERATIONS, SUBSCRIPTIONS_OPERATIONS } from './subscriptions';
import { PUBLISH_OPERATIONS, TOPIC_OPERATIONS, TOPICS_OPERATIONS } from './topics';

/** What is served, by path; a star stands for a name. */
export const ROUTES: Readonly<Record<string, Readonly<Record<string, MnsOperation>>>> = {
  '/queues': QUEUES_OPERATIONS,
  '/queues/*': QUEUE_OPERATIONS,
  '/queues/*/messages': MESSAGE_OPERATIONS,
  '/topics': TOPICS_OPERATIONS,
  '/topics/*': TOPIC_OPERATIONS,
  '/topics/*/messages': PUBLISH_OPERATIONS,
  '/topics/*/subscriptions': SUBSCRIPTIONS_OPERATIONS,
  '/topics/*/subscriptions/*': SUBSCRIPTION_OPERATIONS,
};

/** The HTTP protocol of SMQ (formerly MNS): queues, topics, and their messages. */
export const mnsHttp = messageProtocol('MNS', 'mns', operationOf);

function operationOf(request: MessageRequest): MessageOperation {
  const { path, exchange } = request;
  const route = `/${path.map((part, index) => (index % 2 === 1 ? '*' : part)).join('/')}`;
  if (!Object.hasOwn(ROUTES, route) || path.includes('')) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.rawPath} is not served here, expected ${Object.keys(ROUTES).join(', ')}`,
    );
  }
  const operations = ROUTES[route];
  const key = keyOf(exchange);
  if (!Object.hasOwn(operations, key)) {
    throw new CloudError(
      'InvalidRequestURL',
      `${key} of ${route} is not served here, expected ${Object.keys(operations).join(', ')}`,
      405,
    );
  }
  const { name, batchName, work } = operations[key];
  const { authority } = exchange;
  const region = (authority.kind === 'alibaba' ? authority.region : undefined) ?? request.region;
  return {
    name,
    resource: path[1] ?? '',
    run: () => {
      const actions = [name, ...(batchName?.(exchange) ?? [])].map((action) => `mns:${action}`);
      request.authorise(actions, region, `/${path.join('/')}`);
      return work({ ...request, region, name: path[1] ?? '', subscriptionName: path[3] ?? '' });
    },
  };
}

/** The method, and what in the query makes another operation of it. */
function keyOf({ method, query }: Exchange): string {
  const [flag] = ['metaoverride', 'peekonly'].filter((one) => query.get(one)?.toLowerCase() === 'true');
  return flag === undefined ? method : `${method} ?${flag}`;
}
