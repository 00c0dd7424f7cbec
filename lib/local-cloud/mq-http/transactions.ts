import { waitFor } from '../http/long-poll';
import { batchSize } from '../http/message-batch';
import type { MessageRequest } from '../http/message-protocol';
import type { Reply } from '../http/request';
import { hasExpired } from '../account/receipt-handle';
import { deliveriesReply, handlesOf, handlesReply, wakeAt } from './consume';
import { authorise, groupOf, type Subject, subjectOf } from './subject';

/**
 * Half messages of a topic whose producer has not told the outcome.
 *
 * Assumption: those of all producers, for a message does not say which group sent it; it takes the right to publish.
 */
export async function consumeHalfMessages(request: MessageRequest, subject: Subject): Promise<Reply> {
  const { transactions, messages } = request.account.ons;
  const { instanceId, topic } = subject;
  groupOf(request, subject);
  authorise(request, 'mq:PUB', subject, topic);
  const max = batchSize(request.exchange);
  const deliveries = await waitFor(
    request,
    0,
    () => {
      // The topic may have gone while the request waited.
      subjectOf(request, topic);
      return transactions.check(instanceId, topic, max);
    },
    (listener) =>
      wakeAt(
        () => transactions.dueIn(instanceId, topic),
        listener,
        (wake) => messages.onArrival(instanceId, topic, wake),
      ),
  );
  return deliveriesReply(deliveries);
}

/** Commits or rolls back the transactions that handles stand for. */
export async function endTransaction(request: MessageRequest, subject: Subject): Promise<Reply> {
  const { topic } = subject;
  groupOf(request, subject);
  authorise(request, 'mq:PUB', subject, topic);
  const outcome = request.exchange.query.get('trans') === 'commit' ? 'commit' : 'rollback';
  const handles = await handlesOf(request);
  // The topic may have gone while the handles came.
  const current = subjectOf(request, topic);
  const failed = handles.filter((handle) => !request.account.ons.transactions.end(current, handle, outcome));
  return handlesReply(failed.map((handle) => ({ handle, hasExpired: hasExpired(handle) })));
}
