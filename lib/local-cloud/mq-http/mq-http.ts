import { CloudError } from '../account/cloud-error';
import { type MessageOperation, messageProtocol, type MessageRequest } from '../http/message-protocol';
import type { Reply } from '../http/request';
import { acknowledge, consume } from './consume';
import { publish } from './publish';
import { type Subject, subjectOf } from './subject';
import { consumeHalfMessages, endTransaction } from './transactions';
import { excerpt } from '../account/excerpt';

type Work = (request: MessageRequest, subject: Subject) => Reply | Promise<Reply>;

/** What is done to the messages of a topic, by method and the parameter `trans`. */
export const MQ_WORK: Readonly<Record<string, Readonly<Record<string, readonly [name: string, work: Work]>>>> = {
  POST: { '': ['PublishMessage', publish] },
  GET: {
    '': ['ConsumeMessage', consume],
    order: ['ConsumeMessageOrderly', consume],
    pop: ['ConsumeHalfMessage', consumeHalfMessages],
  },
  DELETE: {
    '': ['AckMessage', acknowledge],
    commit: ['CommitMessage', endTransaction],
    rollback: ['RollbackMessage', endTransaction],
  },
};

/** MQ's HTTP protocol: publishing to a topic, consuming from it, and acknowledging. */
export const mqHttp = messageProtocol('MQ', 'mq', operationOf);

function operationOf(request: MessageRequest): MessageOperation {
  const { path, exchange } = request;
  const [collection, topic, messages, ...rest] = path;
  if (collection !== 'topics' || !topic || messages !== 'messages' || rest.length > 0) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.rawPath} is not served here, expected /topics/TOPIC/messages`,
    );
  }
  if (!Object.hasOwn(MQ_WORK, exchange.method)) {
    throw new CloudError(
      'InvalidRequestURL',
      `${exchange.method} is not served here, expected ${Object.keys(MQ_WORK).join(', ')}`,
      405,
    );
  }
  const kinds = MQ_WORK[exchange.method];
  const trans = exchange.query.get('trans') ?? '';
  if (!Object.hasOwn(kinds, trans)) {
    throw new CloudError(
      'InvalidQueryString',
      `trans: expected ${Object.keys(kinds).filter(Boolean).join(', ') || 'none'} with ${exchange.method}, ` +
        `got ${excerpt(trans)}`,
    );
  }
  const [name, work] = kinds[trans];
  return { name, resource: topic, run: () => work(request, subjectOf(request, topic)) };
}
