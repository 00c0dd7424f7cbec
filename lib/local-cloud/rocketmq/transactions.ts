import type { Account } from '../account/account';
import type { PreparedMessage } from '../account/mq-prepared';
import type { Answer } from './answer';
import { RequestCode, RequestError, ResponseCode } from './codes';
import type { Connection } from './connection';
import { fullName } from './names';
import type { RocketMqRequest } from './request';
import { encodeStored } from './stored-message';
import { offsetIdOf, TRANSACTION } from './wire-message';

/** How often it is seen whether there is somebody to ask. */
const CHECK_TICK_MS = 1_000;
/** Questions at once. */
const MAX_QUESTIONS = 100;

/** A producer tells the outcome of a transaction, of itself or since it was asked. */
export function endTransaction(request: RocketMqRequest): Answer {
  const { ons } = request.context.account;
  const prepared = ons.prepared.get(request.integer('commitLogOffset'));
  const group = request.text('producerGroup');
  if (prepared?.producerGroup !== group) {
    throw new RequestError(
      ResponseCode.SYSTEM_ERROR,
      `the group ${group} has no transaction open at the offset ${request.text('commitLogOffset')}`,
    );
  }
  const { instanceId, topic: name } = prepared.draft.message;
  // Throws while the topic is being removed.
  const { instance } = request.subject(fullName({ instanceId, name }));
  request.caller.authorise('mq:PUB', instance, name);
  const outcome = request.integer('commitOrRollback');
  switch (outcome) {
    case TRANSACTION.COMMIT:
      ons.prepared.end(prepared, 'commit');
      break;
    case TRANSACTION.ROLLBACK:
      ons.prepared.end(prepared, 'rollback');
      break;
    case TRANSACTION.UNKNOWN:
      // It is asked for again.
      break;
    default:
      throw new RequestError(
        ResponseCode.MESSAGE_ILLEGAL,
        `expected ${Object.values(TRANSACTION).join(', ')} as commitOrRollback, got ${outcome}`,
      );
  }
  return {};
}

/** Asks producers for the outcome of transactions that they have not told. Returns what ends that. */
export function checkTransactions(account: Account, connections: () => Iterable<Connection>): () => void {
  const timer = setInterval(() => {
    try {
      askProducers(account, [...connections()]);
    } catch {
      // A disk that is full is told to whoever sends next; what is due is asked for again.
    }
  }, CHECK_TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function askProducers(account: Account, connections: readonly Connection[]): void {
  const all = connections.filter(({ producers }) => producers.size > 0);
  const questions: [Connection, PreparedMessage][] = [];
  for (const prepared of all.length > 0 ? account.ons.prepared.due() : []) {
    const able = all.filter((connection) => mayTell(account, connection, prepared));
    if (able.length > 0) {
      questions.push([able[Math.floor(Math.random() * able.length)], prepared]);
    }
    if (questions.length === MAX_QUESTIONS) {
      break;
    }
  }
  account.ons.prepared.asked(questions.map(([, prepared]) => prepared));
  for (const [connection, prepared] of questions) {
    // Who does not read is asked again later.
    if (!connection.isBehind) {
      ask(connection, prepared);
    }
  }
}

/** Who is asked is shown the message: it takes the right to publish, too. */
function mayTell(account: Account, { producers }: Connection, { producerGroup, draft }: PreparedMessage): boolean {
  const { instanceId, topic } = draft.message;
  const instance = account.ons.findInstance(instanceId);
  const caller = producers.get(producerGroup);
  if (!instance || !caller || !account.ons.findTopic(instanceId, topic)) {
    return false;
  }
  try {
    caller.authorise('mq:PUB', instance, topic);
    return true;
  } catch {
    return false;
  }
}

function ask(connection: Connection, { draft: { message }, preparedAt }: PreparedMessage): void {
  connection.notify(
    RequestCode.CHECK_TRANSACTION_STATE,
    {
      topic: fullName({ instanceId: message.instanceId, name: message.topic }),
      tranStateTableOffset: '0',
      commitLogOffset: String(message.physicalOffset),
      msgId: message.msgId,
      transactionId: message.msgId,
      offsetMsgId: offsetIdOf(connection.port, message.physicalOffset),
    },
    encodeStored({ ...message, offset: 0, queueOffset: 0, storeTimestamp: preparedAt }, connection.port),
  );
}
