import { isUtf8 } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { CloudError } from './cloud-error';
import { hexId } from './ids';
import { topicReference } from './mq-group-queues';
import type { Change } from '../store/journal';
import {
  type FindRow,
  flag,
  naming,
  number,
  object,
  optional,
  record,
  type Reference,
  reference,
  type Shape,
  text,
} from '../store/shape';
import { lowerBound } from '../store/sorted-keys';
import type { Store } from '../store/store';
import type { ListIndex, Table } from '../store/table';

export interface Message {
  readonly instanceId: string;
  /** A topic, or the queue of a group's retries or dead letters: `%RETRY%GID_a`, `%DLQ%GID_a`. */
  readonly topic: string;
  /** The id that producer and consumer are shown; a message that is retried keeps it. */
  readonly msgId: string;
  /** Number over all topics, never used again. */
  readonly physicalOffset: number;
  /** Position on the topic, counted from 0. */
  readonly offset: number;
  /** The queue of the topic that the message is in, and its position there; consumers keep theirs by it. */
  readonly queueId: number;
  readonly queueOffset: number;
  readonly key: string;
  readonly tag: string;
  /** What else the producer said of the message. */
  readonly properties: Readonly<Record<string, string>>;
  /** Text, or Base64 when `binary` is set. */
  readonly body: string;
  /** The body is no text. */
  readonly binary?: boolean;
  readonly flag: number;
  /** How often a TCP consumer has sent the message back. */
  readonly reconsumeTimes: number;
  readonly producerId: string;
  readonly bornTimestamp: number;
  readonly storeTimestamp: number;
}

/** A message that is not on its topic yet. */
export interface Draft {
  readonly message: Omit<Message, 'offset' | 'queueOffset' | 'storeTimestamp'>;
  /** When it becomes visible, in milliseconds since 1970. */
  readonly deliverAt: number;
}

export interface NewMessage
  extends
    Pick<Message, 'instanceId' | 'topic' | 'producerId'>,
    Partial<Pick<Message, 'key' | 'tag' | 'properties' | 'flag' | 'reconsumeTimes' | 'bornTimestamp' | 'queueId'>> {
  readonly body: string | Buffer;
  /** Gives the message's id. @default - a new one */
  readonly msgIdOf?: (physicalOffset: number) => string;
  /** @default - visible at once */
  readonly deliverAt?: number;
}

export type SentMessage = Pick<Message, 'msgId' | 'physicalOffset' | 'queueId'> & { readonly queueOffset?: number };

const unplaced = {
  instanceId: naming,
  topic: text,
  msgId: text,
  physicalOffset: number,
  queueId: number,
  key: text,
  tag: text,
  // Of what was sent back, or could not be consumed, by TCP's name.
  properties: record(text, { RETRY_TOPIC: naming }),
  body: text,
  binary: optional(flag),
  flag: number,
  reconsumeTimes: number,
  producerId: text,
  bornTimestamp: number,
};
const MESSAGE: Shape<Message> = object<Message>({
  ...unplaced,
  offset: number,
  queueOffset: number,
  storeTimestamp: number,
});
export const DRAFT: Shape<Draft> = object<Draft>({ message: object<Draft['message']>(unplaced), deliverAt: number });

/** Most bytes of a message's properties, key and tag, which the layout of TCP limits. */
export const MAX_PROPERTIES_BYTES = 31 * 1024;
/** Longest time that a message can be delayed. */
const MAX_DELAY_MS = 40 * 24 * 60 * 60 * 1000;
const MAX_TIMER_MS = 60_000;
/** What stands between parts of keys here, and between properties on the wire. */
const SEPARATORS = ['\0', '\x01', '\x02'];
/** All that is scheduled stands in one group, so that it is in order. */
const SCHEDULE = 'due';
/** Key of the number that the next message gets. */
const COUNTER = 'physical-offset';

/** Messages on topics, and those that will be when their time has come. */
export class MqMessages {
  /** By physical offset. */
  private readonly messages: Table<Message>;
  /** The same by the words of their keys. */
  private readonly byKey: ListIndex<Message>;
  /** Physical offsets by topic and position. */
  private readonly topics: Table<number>;
  /** Physical offsets by queue and position. */
  private readonly queues: Table<number>;
  /** Physical offsets by message id; a message that was sent back has several. */
  private readonly ids: Table<number>;
  private readonly scheduled: Table<Draft>;
  private readonly counters: Table<number>;
  private readonly arrivals = new EventEmitter().setMaxListeners(0);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly store: Store) {
    this.messages = store.table(
      'mq-messages',
      MESSAGE,
      ({ physicalOffset }) => [numberKey(physicalOffset)],
      (message) => [
        topicReference(message.instanceId, message.topic),
        counterBeyond(message.physicalOffset),
        ...referencesTo(message),
        // Positions have no gaps: the next message comes behind as many as there are.
        ...(message.offset > 0 ? [positionReference(message.instanceId, message.topic, message.offset - 1)] : []),
        ...(message.queueOffset > 0 ? [queueReference({ ...message, queueOffset: message.queueOffset - 1 })] : []),
      ],
    );
    this.byKey = this.messages.listIndex(({ instanceId, topic, key }) =>
      key === '' ? [] : key.split(' ').map((word) => keyName(instanceId, topic, word)),
    );
    this.topics = store.table('mq-topic-messages', number, (physicalOffset, _, find) =>
      keyOf(find, physicalOffset, ({ instanceId, topic, offset }) => [topicKey(instanceId, topic), numberKey(offset)]),
    );
    this.queues = store.table('mq-queue-messages', number, (physicalOffset, _, find) =>
      keyOf(find, physicalOffset, ({ instanceId, topic, queueId, queueOffset }) => [
        queueKey(instanceId, topic, queueId),
        numberKey(queueOffset),
      ]),
    );
    this.ids = store.table('mq-message-ids', number, (physicalOffset, _, find) =>
      keyOf(find, physicalOffset, ({ msgId }) => [msgId, numberKey(physicalOffset)]),
    );
    this.scheduled = store.table(
      'mq-scheduled',
      DRAFT,
      (draft) => [SCHEDULE, dueKey(draft)],
      ({ message: { instanceId, topic, physicalOffset } }) => [
        topicReference(instanceId, topic),
        counterBeyond(physicalOffset),
      ],
    );
    this.counters = store.table('mq-counters', number, () => [COUNTER]);
    this.reschedule();
  }

  /**
   * Stores messages, all or none; those without a queue are spread over the `queueCount` of their topic.
   *
   * @param also changes that are committed with them
   * @throws CloudError for properties that no consumer could be told
   */
  public send(queueCount: number, inputs: readonly NewMessage[], also: readonly Change[] = []): SentMessage[] {
    const { drafts, counter } = this.draft(queueCount, inputs);
    return this.deliver(drafts, [counter, ...also]);
  }

  /**
   * Messages that are not stored yet, and the change by which nobody else gets their numbers.
   *
   * @throws CloudError as `send`
   */
  public draft(queueCount: number, inputs: readonly NewMessage[]): { drafts: Draft[]; counter: Change } {
    const now = Date.now();
    const first = this.counters.get(COUNTER) ?? 0;
    const drafts = inputs.map((input, index): Draft => {
      const physicalOffset = first + index;
      const bytes = typeof input.body === 'string' ? undefined : input.body;
      const binary = bytes !== undefined && !isUtf8(bytes);
      const message = {
        instanceId: input.instanceId,
        topic: input.topic,
        msgId: input.msgIdOf?.(physicalOffset) ?? hexId(32),
        physicalOffset,
        queueId: input.queueId ?? (this.count(input.instanceId, input.topic) + index) % queueCount,
        key: input.key ?? '',
        tag: input.tag ?? '',
        properties: input.properties ?? {},
        body: typeof input.body === 'string' ? input.body : input.body.toString(binary ? 'base64' : 'utf8'),
        ...(binary ? { binary } : {}),
        flag: input.flag ?? 0,
        reconsumeTimes: input.reconsumeTimes ?? 0,
        producerId: input.producerId,
        bornTimestamp: input.bornTimestamp ?? now,
      };
      return { message, deliverAt: input.deliverAt ?? now };
    });
    drafts.forEach(({ message, deliverAt }) => checkMessage(message, deliverAt));
    return { drafts, counter: this.counters.change(first + drafts.length, COUNTER) };
  }

  /** Stores drafts, together with other changes: on their topics, or until their time has come. */
  public deliver(drafts: readonly Draft[], also: readonly Change[]): SentMessage[] {
    const now = Date.now();
    const later = drafts.filter(({ deliverAt }) => deliverAt > now);
    const scheduled = later.map((draft) => this.scheduled.change(draft, SCHEDULE, dueKey(draft)));
    const placed = this.place(
      drafts.filter((draft) => !later.includes(draft)),
      [...also, ...scheduled],
    );
    if (later.length > 0) {
      this.reschedule();
    }
    return drafts.map(
      ({ message }) => placed.find(({ physicalOffset }) => physicalOffset === message.physicalOffset) ?? message,
    );
  }

  /** A message by its id alone, wherever it is; of one that was sent back the first. */
  public find(msgId: string): Message | undefined {
    return this.findAll(msgId)[0];
  }

  /** The messages of an id: more than one when it was sent back, or sent twice by its producer. */
  public findAll(msgId: string): Message[] {
    return this.ids.list(msgId).map((physicalOffset) => this.at(physicalOffset)!);
  }

  /** The messages of a topic that have a key, alone or among others, oldest first. */
  public withKey(instanceId: string, topic: string, key: string): Message[] {
    return this.byKey.list(keyName(instanceId, topic, key)).sort((a, b) => a.physicalOffset - b.physicalOffset);
  }

  public at(physicalOffset: number): Message | undefined {
    return this.messages.get(numberKey(physicalOffset));
  }

  /** The message at a position of a topic. */
  public onTopic(instanceId: string, topic: string, offset: number): Message | undefined {
    const physicalOffset = this.topics.get(topicKey(instanceId, topic), numberKey(offset));
    return physicalOffset === undefined ? undefined : this.at(physicalOffset);
  }

  /** Messages that are, or were, on a topic. */
  public count(instanceId: string, topic: string): number {
    return this.topics.count(topicKey(instanceId, topic));
  }

  /** Messages of a topic from a position on, oldest first. */
  public *from(instanceId: string, topic: string, offset: number): Generator<Message> {
    for (const physicalOffset of this.topics.from(topicKey(instanceId, topic), numberKey(offset))) {
      yield this.at(physicalOffset)!;
    }
  }

  /** Position of the next message of a queue. */
  public queueLength(instanceId: string, topic: string, queueId: number): number {
    return this.queues.count(queueKey(instanceId, topic, queueId));
  }

  /** Position of the first message of a topic that was stored at a time or later. */
  public positionOnTopicAt(instanceId: string, topic: string, timestamp: number): number {
    return lowerBound(
      this.count(instanceId, topic),
      (offset) => this.onTopic(instanceId, topic, offset)!.storeTimestamp < timestamp,
    );
  }

  /** Position of the first message of a queue that was stored at a time or later. */
  public positionAt(instanceId: string, topic: string, queueId: number, timestamp: number): number {
    return lowerBound(this.queueLength(instanceId, topic, queueId), (offset) => {
      const [message] = this.fromQueue(instanceId, topic, queueId, offset);
      return message.storeTimestamp < timestamp;
    });
  }

  /** Messages of a queue from a position on, oldest first. */
  public *fromQueue(instanceId: string, topic: string, queueId: number, offset: number): Generator<Message> {
    for (const physicalOffset of this.queues.from(queueKey(instanceId, topic, queueId), numberKey(offset))) {
      yield this.at(physicalOffset)!;
    }
  }

  /** Calls `listener`, which must not throw, whenever messages have come to a topic. Returns what ends that. */
  public onArrival(instanceId: string, topic: string, listener: () => void): () => void {
    const key = topicKey(instanceId, topic);
    this.arrivals.on(key, listener);
    return () => this.arrivals.off(key, listener);
  }

  /** Tells the listeners of a topic that there may be something for them. */
  public announce(instanceId: string, topic: string): void {
    this.arrivals.emit(topicKey(instanceId, topic));
  }

  /**
   * Changes, by message, that forget all that is, or will be, on a topic; first what will be, as it could still come, and
   * then the newest, so that positions have no gap.
   */
  public *forget(instanceId: string, topic: string): Generator<Change[]> {
    for (const draft of this.scheduled.from(SCHEDULE, '')) {
      if (draft.message.instanceId === instanceId && draft.message.topic === topic) {
        yield [this.scheduled.change(null, SCHEDULE, dueKey(draft))];
      }
    }
    for (let offset = this.count(instanceId, topic) - 1; offset >= 0; offset -= 1) {
      yield this.rowsOf(this.onTopic(instanceId, topic, offset)!, true);
    }
  }

  public close(): void {
    clearTimeout(this.timer);
  }

  /** Puts messages on their topics, as the last of them. */
  private place(drafts: readonly Draft[], also: readonly Change[]): Message[] {
    const lengths = new Map<string, number>();
    const nextOf = (table: Table<number>, key: string): number => {
      const length = lengths.get(key) ?? table.count(key);
      lengths.set(key, length + 1);
      return length;
    };
    // Positions are found by time, which must not go back where the clock is put back.
    const now = Date.now();
    const times = new Map<string, number>();
    const timeOf = (instanceId: string, topic: string, offset: number): number => {
      const key = topicKey(instanceId, topic);
      const time = times.get(key) ?? Math.max(now, this.onTopic(instanceId, topic, offset - 1)?.storeTimestamp ?? 0);
      times.set(key, time);
      return time;
    };
    const messages = drafts.map(({ message }): Message => {
      const { instanceId, topic, queueId } = message;
      const offset = nextOf(this.topics, topicKey(instanceId, topic));
      return {
        ...message,
        offset,
        queueOffset: nextOf(this.queues, queueKey(instanceId, topic, queueId)),
        storeTimestamp: timeOf(instanceId, topic, offset),
      };
    });
    this.store.commit([...also, ...messages.flatMap((message) => this.rowsOf(message))]);
    new Set(messages.map(({ instanceId, topic }) => topicKey(instanceId, topic))).forEach((key) =>
      this.arrivals.emit(key),
    );
    return messages;
  }

  private rowsOf(message: Message, remove = false): Change[] {
    const { instanceId, topic, offset, queueId, queueOffset, physicalOffset, msgId } = message;
    const number = remove ? null : physicalOffset;
    return [
      this.messages.change(remove ? null : message, numberKey(physicalOffset)),
      this.topics.change(number, topicKey(instanceId, topic), numberKey(offset)),
      this.queues.change(number, queueKey(instanceId, topic, queueId), numberKey(queueOffset)),
      this.ids.change(number, msgId, numberKey(physicalOffset)),
    ];
  }

  /** Delivers what is due now, and comes back when the next message is. */
  public reschedule(): void {
    clearTimeout(this.timer);
    let wait = Infinity;
    try {
      const due: Draft[] = [];
      for (const draft of this.scheduled.from(SCHEDULE, '')) {
        wait = draft.deliverAt - Date.now();
        if (wait > 0) {
          break;
        }
        due.push(draft);
        wait = Infinity;
      }
      if (due.length > 0) {
        this.place(
          due,
          due.map((draft) => this.scheduled.change(null, SCHEDULE, dueKey(draft))),
        );
      }
    } catch {
      // A disk that is full is told to whoever sends next; what is due stays scheduled.
      wait = 1_000;
    }
    if (wait < Infinity) {
      this.timer = setTimeout(() => this.reschedule(), Math.min(wait, MAX_TIMER_MS));
      this.timer.unref();
    }
  }
}

/** The bytes of a message's body. */
export function bodyBytes({ body, binary }: Pick<Message, 'body' | 'binary'>): Buffer {
  return Buffer.from(body, binary ? 'base64' : 'utf8');
}

/** What there is to find a message by. */
function referencesTo(message: Message): Reference[] {
  const { instanceId, topic, offset, msgId, physicalOffset } = message;
  const found = [
    positionReference(instanceId, topic, offset),
    queueReference(message),
    reference('mq-message-ids', msgId, numberKey(physicalOffset)),
  ];
  return found.map((one) => ({ ...one, says: (row) => row === physicalOffset }));
}

/** The row of a position of a topic. */
export function positionReference(instanceId: string, topic: string, offset: number): Reference {
  return reference('mq-topic-messages', topicKey(instanceId, topic), numberKey(offset));
}

/** The row of a position of a queue. */
export function queueReference({
  instanceId,
  topic,
  queueId,
  queueOffset,
}: Pick<Message, 'instanceId' | 'topic' | 'queueId' | 'queueOffset'>): Reference {
  return reference('mq-queue-messages', queueKey(instanceId, topic, queueId), numberKey(queueOffset));
}

/** A number that was given to a message is never given again. */
export function counterBeyond(physicalOffset: number): Reference {
  return { ...reference('mq-counters', COUNTER), says: (next) => typeof next === 'number' && next > physicalOffset };
}

export function topicKey(instanceId: string, topic: string): string {
  return `${instanceId}%${topic}`;
}

function queueKey(instanceId: string, topic: string, queueId: number): string {
  return `${topicKey(instanceId, topic)}%${queueId}`;
}

function keyName(instanceId: string, topic: string, key: string): string {
  return `${topicKey(instanceId, topic)}\0${key}`;
}

function dueKey({ deliverAt, message: { physicalOffset } }: Draft): string {
  return `${numberKey(deliverAt)}-${numberKey(physicalOffset)}`;
}

/** The key of a row that tells of a message no more than its physical offset; none where there is no such message. */
function keyOf(find: FindRow, physicalOffset: number, key: (message: Message) => string[]): string[] | undefined {
  const message = find('mq-messages', numberKey(physicalOffset));
  return MESSAGE.check(message) === undefined ? key(message as Message) : undefined;
}

/** Padded, so that the order of keys is the order of numbers. */
export function numberKey(value: number): string {
  return String(value).padStart(16, '0');
}

/** @throws CloudError for what no consumer could be told, or would be told too late */
export function checkMessage(
  { msgId, key, tag, properties }: Pick<Message, 'msgId' | 'key' | 'tag' | 'properties'>,
  deliverAt: number,
): void {
  const texts = [msgId, key, tag, ...Object.entries(properties).flat()];
  if (texts.some((text) => SEPARATORS.some((separator) => text.includes(separator)))) {
    throw invalid('expected an id, key, tag and properties without the characters U+0000 to U+0002');
  }
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0);
  if (bytes > MAX_PROPERTIES_BYTES) {
    throw invalid(`expected properties of up to ${MAX_PROPERTIES_BYTES} bytes, got ${bytes}`);
  }
  if (deliverAt - Date.now() > MAX_DELAY_MS) {
    throw invalid(`expected a delivery within 40 days, got ${new Date(deliverAt).toISOString()}`);
  }
}

function invalid(message: string): CloudError {
  return new CloudError('BIZ_FIELD_CHECK_INVALID', message);
}
