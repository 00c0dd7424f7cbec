import type { Change } from '../store/journal';

/**
 * What a state of version 0.1 is in this one. There the versions of an object were one row, and so were a queue's
 * message with its receipt handle, and a group's position with all that it had received.
 */
export function upgradeVersion1(rows: readonly Change[]): readonly Change[] {
  const single = rows.flatMap((row) => upgradeRow(row));
  return [...single, ...mqMessages(rows)];
}

function upgradeRow([table, key, value]: Change): readonly Change[] {
  return Object.hasOwn(ROWS, table) ? ROWS[table]!(key, value as never) : [[table, key, value]];
}

const ROWS: Readonly<Partial<Record<string, (key: string, value: never) => readonly Change[]>>> = {
  // Websites were stored, but never served.
  'oss-buckets': (key, bucket: object) => [['oss-buckets', key, { ...bucket, website: undefined }]],
  'oss-objects': (key, { versions }: { versions: readonly { multipartEtag?: string }[] }) =>
    versions.map(({ multipartEtag, ...version }, index) => {
      // The newest came first.
      const sequence = versions.length - index;
      const content = { type: multipartEtag === undefined ? 'Normal' : 'Multipart', etag: multipartEtag };
      return ['oss-versions', `${key}\0${999_999_999_999 - sequence}`, { ...version, ...content, sequence }];
    }),
  'mns-messages': (key, message: QueueMessage) => {
    const { messageId, body, priority, enqueueTime, ...delivery } = message;
    const [queue] = key.split('\0');
    const messageKey = `${String(priority).padStart(3, '0')}-${messageId}`;
    return [
      ['mns-messages', `${queue}\0${messageKey}`, { messageId, body, priority, enqueueTime }],
      ['mns-deliveries', `${queue}\0${messageKey}`, { queue, messageKey, ...delivery }],
    ];
  },
  'ons-positions': (key, { groupId, topic, next, pending }: Position) => [
    // All messages get into one queue.
    ['mq-offsets', `${key}%0`, { groupId, topic, queueId: 0, offset: next }],
    ...pending.map((one): Change => {
      const age = `${digits(one.nextConsumeTime)}-${digits(one.offset)}`;
      return ['mq-pending', `${key}\0${age}`, { groupId, topic, ...one }];
    }),
  ],
  'ons-instances': (key, value) => [['mq-instances', key, value]],
  'ons-topics': (key, value) => [['mq-topics', key, value]],
  'ons-groups': (key, value) => [['mq-groups', key, value]],
  'ons-messages': () => [],
  'ons-topic-messages': () => [],
};

/** Messages had a position on their topic only; they get their queues and a number over all topics. */
function mqMessages(rows: readonly Change[]): Change[] {
  const messages = rows
    .filter(([table]) => table === 'ons-messages')
    .map(([, , value]) => value as Message)
    .sort((a, b) => a.storeTimestamp - b.storeTimestamp || a.offset - b.offset);
  const queues = new Map<string, number>();
  const placed = messages.flatMap((message, physicalOffset): Change[] => {
    const topic = `${message.instanceId}%${message.topic}`;
    const queue = `${topic}%0`;
    const queueOffset = queues.get(queue) ?? 0;
    queues.set(queue, queueOffset + 1);
    return [
      [
        'mq-messages',
        digits(physicalOffset),
        { ...message, physicalOffset, queueId: 0, queueOffset, properties: {}, flag: 0, reconsumeTimes: 0 },
      ],
      ['mq-topic-messages', `${topic}\0${digits(message.offset)}`, physicalOffset],
      ['mq-queue-messages', `${queue}\0${digits(queueOffset)}`, physicalOffset],
      ['mq-message-ids', `${message.msgId}\0${digits(physicalOffset)}`, physicalOffset],
    ];
  });
  return messages.length === 0 ? [] : [...placed, ['mq-counters', 'physical-offset', messages.length]];
}

/** Padded, so that the order of keys is the order of numbers. */
function digits(value: number): string {
  return String(value).padStart(16, '0');
}

interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly priority: number;
  readonly enqueueTime: number;
  readonly nextVisibleTime: number;
  readonly firstDequeueTime: number;
  readonly dequeueCount: number;
  readonly receiptHandle: string;
}

interface Position {
  readonly groupId: string;
  readonly topic: string;
  readonly next: number;
  readonly pending: readonly { readonly offset: number; readonly nextConsumeTime: number }[];
}

interface Message {
  readonly instanceId: string;
  readonly topic: string;
  readonly msgId: string;
  readonly offset: number;
  readonly storeTimestamp: number;
}
