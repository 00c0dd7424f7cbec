import { MESSAGE_PRIORITIES, QUEUE_RANGES } from '../../cloud/limits';
import { CloudError } from './cloud-error';
import { excerpt } from './excerpt';
import type { NewQueueMessage } from './mns-messages';

/** The size of a message that may be sent. @throws CloudError for one that may not */
export function checkMessage(message: NewQueueMessage, to: string, maxBytes: number): number {
  const { body, priority, delaySeconds, userProperties = [], systemProperties = [] } = message;
  if (priority !== undefined) {
    checkNumber('Priority', priority, MESSAGE_PRIORITIES);
  }
  if (delaySeconds !== undefined) {
    checkNumber('DelaySeconds', delaySeconds, QUEUE_RANGES.delaySeconds);
  }
  const texts = [...userProperties, ...systemProperties].flatMap(({ name, value }) => [name, value]);
  const bytes = [body, ...texts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > maxBytes) {
    throw new CloudError(
      'InvalidArgument',
      `expected a message of ${maxBytes} bytes at most for the ${to}, got ${bytes}`,
    );
  }
  return bytes;
}

export function checkNumber(name: string, value: number, [min, max]: readonly [number, number]): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new CloudError('InvalidArgument', `${name}: expected a whole number from ${min} to ${max}, got ${value}`);
  }
}

/** Queues and topics keep no order here. @throws CloudError for what would be lost in silence */
export function checkType(name: 'QueueType' | 'TopicType', type = 'normal'): void {
  if (type !== 'normal') {
    throw new CloudError(
      'InvalidArgument',
      `${name}: expected normal, got ${excerpt(type)}; FIFO queues and topics are not served here`,
    );
  }
}
