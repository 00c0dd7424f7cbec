import { type Reference, reference } from '../store/shape';

const GROUP_QUEUE = /^%(?:RETRY|DLQ)%(.+)$/;

/** Name of the queue with what consumers of a group sent back. */
export function retryTopicOf(groupId: string): string {
  return `%RETRY%${groupId}`;
}

/** Name of the queue with what a group could not consume. */
export function deadLetterTopicOf(groupId: string): string {
  return `%DLQ%${groupId}`;
}

/** The group whose retries or dead letters are in a queue; undefined for a topic. */
export function groupOfQueue(name: string): string | undefined {
  return GROUP_QUEUE.exec(name)?.[1];
}

/** The row of a topic, or of the group whose retries or dead letters are in a queue. */
export function topicReference(instanceId: string, name: string): Reference {
  const groupId = groupOfQueue(name);
  return groupId === undefined ? reference('mq-topics', instanceId, name) : reference('mq-groups', instanceId, groupId);
}
