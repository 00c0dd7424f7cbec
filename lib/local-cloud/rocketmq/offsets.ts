import type { GroupQueue } from '../account/mq-offsets';
import type { Answer } from './answer';
import { RequestError, ResponseCode } from './codes';
import type { RocketMqRequest, Subject } from './request';

/** The queue that a request of a group names. @throws RequestError */
export function groupQueueOf(request: RocketMqRequest): { queue: GroupQueue; subject: Subject } {
  const { group, subject } = request.consumption(request.text('consumerGroup'), request.text('topic'));
  const { instanceId, groupId } = group;
  return { queue: { instanceId, groupId, topic: subject.name, queueId: queueIdOf(request, subject) }, subject };
}

function queueIdOf(request: RocketMqRequest, { queueCount }: Subject): number {
  const queueId = request.integer('queueId');
  if (queueId < 0 || queueId >= queueCount) {
    throw new RequestError(ResponseCode.SYSTEM_ERROR, `expected a queue from 0 to ${queueCount - 1}, got ${queueId}`);
  }
  return queueId;
}

/**
 * How far a group has consumed a queue.
 *
 * A group that has told no offset begins with the first message, as on a broker that still has all messages of the
 * queue in memory: what was sent before its first start is not lost to it.
 */
export function queryOffset(request: RocketMqRequest): Answer {
  return { fields: { offset: request.context.account.ons.offsets.get(groupQueueOf(request).queue) ?? 0 } };
}

export function commitOffset(request: RocketMqRequest): Answer {
  const { queue } = groupQueueOf(request);
  storeOffset(request, queue, request.integer('commitOffset'));
  return {};
}

export function storeOffset({ context }: RocketMqRequest, queue: GroupQueue, offset: number): void {
  const { ons } = context.account;
  // Clients for Go and Node tell -1 for a queue that they have read nothing of. One that has not heard of a reset does
  // not undo it.
  if (offset < 0 || ons.offsets.isMoved(queue)) {
    return;
  }
  const length = ons.messages.queueLength(queue.instanceId, queue.topic, queue.queueId);
  if (offset > length) {
    throw new RequestError(
      ResponseCode.SYSTEM_ERROR,
      `expected an offset of at most ${length}, the end of the queue, got ${offset}`,
    );
  }
  const { instanceId, groupId } = queue;
  ons.rate.count(`${instanceId}%${groupId}`, Math.max(offset - (ons.offsets.get(queue) ?? 0), 0));
  ons.offsets.set(queue, offset);
}

export function maxOffset(request: RocketMqRequest): Answer {
  const { subject, queueId } = readQueueOf(request);
  return {
    fields: { offset: request.context.account.ons.messages.queueLength(subject.instanceId, subject.name, queueId) },
  };
}

/** Nothing that was sent is ever dropped from the front of a queue. */
export function minOffset(request: RocketMqRequest): Answer {
  readQueueOf(request);
  return { fields: { offset: 0 } };
}

/** When the first message of a queue was stored; -1 while there is none. */
export function earliestTime(request: RocketMqRequest): Answer {
  const { subject, queueId } = readQueueOf(request);
  const { messages } = request.context.account.ons;
  const [first] = messages.fromQueue(subject.instanceId, subject.name, queueId, 0);
  return { fields: { timestamp: first?.storeTimestamp ?? -1 } };
}

/** Position of the first message that was stored at a time or later. */
export function searchOffset(request: RocketMqRequest): Answer {
  const { subject, queueId } = readQueueOf(request);
  const { messages } = request.context.account.ons;
  const { instanceId, name } = subject;
  return { fields: { offset: messages.positionAt(instanceId, name, queueId, request.integer('timestamp')) } };
}

/** These requests name no group: the service checks the signature only. */
function readQueueOf(request: RocketMqRequest): { subject: Subject; queueId: number } {
  const subject = request.subject(request.text('topic'));
  return { subject, queueId: queueIdOf(request, subject) };
}
