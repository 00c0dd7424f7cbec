import { CloudError } from '../account/cloud-error';
import type { Instance } from '../account/mq';
import type { MessageRequest } from '../http/message-protocol';

/** A topic of an instance, as a request names it. */
export interface Subject {
  readonly instance: Instance;
  readonly instanceId: string;
  readonly topic: string;
  readonly queueCount: number;
}

/** Assumption: a topic that is not there is told by the code TopicNotExist, whether its instance is there or not. */
export function subjectOf({ account: { ons }, exchange }: MessageRequest, topic: string): Subject {
  const instanceId = exchange.query.get('ns') ?? '';
  const instance = ons.findInstance(instanceId);
  if (!instance || !ons.findTopic(instanceId, topic)) {
    throw new CloudError(
      'TopicNotExist',
      instanceId === ''
        ? `the topic ${topic} names no instance: give the client the instance's id`
        : `the topic ${topic} does not exist on the instance ${instanceId}`,
      404,
    );
  }
  return { instance, instanceId, topic, queueCount: ons.queueCount(instanceId, topic)! };
}

/**
 * The group that a request names. Groups of TCP clients and of HTTP clients are not shared.
 *
 * Assumption: a group of the other kind is answered as one that is not there.
 */
export function groupOf({ account: { ons }, exchange }: MessageRequest, { instanceId }: Subject): string {
  const groupId = exchange.query.get('consumer') ?? '';
  const group = ons.findGroup(instanceId, groupId);
  if (group?.groupType !== 'http') {
    throw new CloudError(
      'SubscriptionNotExist',
      group
        ? `the group ${groupId} is for TCP clients: create one of the type http`
        : `the group ${groupId} does not exist on the instance ${instanceId}`,
      404,
    );
  }
  return groupId;
}

/** As `groupOf`, of a group that may receive. */
export function receivingGroupOf(request: MessageRequest, subject: Subject): string {
  const groupId = groupOf(request, subject);
  if (!request.account.ons.findGroup(subject.instanceId, groupId)!.readEnable) {
    throw new CloudError('AccessDenied', `the group ${groupId} must not receive: its ReadEnable is false`, 403);
  }
  return groupId;
}

/** `name`: of a topic or a group. @throws CloudError when the caller may not */
export function authorise(
  request: MessageRequest,
  action: 'mq:PUB' | 'mq:SUB',
  { instance: { instanceId, region } }: Subject,
  name: string,
): void {
  request.authorise([action], region, `${instanceId}%${name}`);
}
