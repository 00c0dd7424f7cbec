import { groupOfQueue } from '../account/mq-group-queues';
import type { Answer } from './answer';
import { RequestError, ResponseCode } from './codes';
import { type RocketMqRequest, unauthorised } from './request';
import { encodeStored } from './stored-message';

/** Of one answer, as brokers give. */
const MAX_FOUND = 64;

/** A message by the number that its offset id holds. */
export function viewMessage(request: RocketMqRequest): Answer {
  const { ons } = request.context.account;
  const message = ons.messages.at(request.integer('offset'));
  if (!message) {
    throw new RequestError(ResponseCode.SYSTEM_ERROR, `there is no message at the offset ${request.text('offset')}`);
  }
  authorise(request, message.instanceId, message.topic);
  return { body: encodeStored(message, request.connection.port) };
}

/** Messages of a topic that came in a time: by one of their keys, or by the id that consumers are shown. */
export function queryMessage(request: RocketMqRequest): Answer {
  const { instanceId, name } = request.subject(request.text('topic'));
  authorise(request, instanceId, name);
  const key = request.text('key');
  const { messages } = request.context.account.ons;
  const byId = request.frame.fields.get('_UNIQUE_KEY_QUERY') === 'true';
  // Without an end the Java client gives the greatest number that it has.
  const [begin, end] = ['beginTimestamp', 'endTimestamp'].map((field) => Number(request.text(field)));
  const max = Math.min(Math.max(request.integer('maxNum', MAX_FOUND), 1), MAX_FOUND);
  const ofId = messages.findAll(key).filter((one) => one.instanceId === instanceId && one.topic === name);
  const ofKey = byId ? [] : messages.withKey(instanceId, name, key).filter(({ msgId }) => msgId !== key);
  const found = [...ofId, ...ofKey]
    .filter(({ storeTimestamp }) => storeTimestamp >= begin && storeTimestamp <= end)
    .sort((a, b) => a.physicalOffset - b.physicalOffset);
  if (found.length === 0) {
    throw new RequestError(
      ResponseCode.QUERY_NOT_FOUND,
      `no message of ${name} has ${byId ? 'the id' : 'the key'} ${key}`,
    );
  }
  const newest = found[found.length - 1];
  return {
    fields: {
      indexLastUpdateTimestamp: newest.storeTimestamp,
      indexLastUpdatePhyoffset: newest.physicalOffset,
    },
    body: Buffer.concat(found.slice(-max).map((message) => encodeStored(message, request.connection.port))),
  };
}

/**
 * Who consumes a topic may look at its messages; retries and dead letters are those of the group.
 *
 * Assumption: it takes the right to consume.
 */
function authorise(request: RocketMqRequest, instanceId: string, topic: string): void {
  const instance = request.context.account.ons.findInstance(instanceId);
  if (!instance) {
    throw unauthorised(`valid resource owner failed: the instance ${instanceId} is gone`);
  }
  request.caller.authorise('mq:SUB', instance, groupOfQueue(topic) ?? topic);
}
