import type { Change } from '../store/journal';
import { naming, number, object, optional, record, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Index, Table } from '../store/table';
import { Clock } from './clock';
import { hexId } from './ids';
import type { Delivery } from './mq-consumers';
import { topicReference } from './mq-group-queues';
import { checkMessage, type Message, type MqMessages, topicKey } from './mq-messages';
import { receiptHandle } from './receipt-handle';

/** A message of a transaction, as its producer sends it. */
export interface HalfMessage extends Pick<
  Message,
  'instanceId' | 'topic' | 'body' | 'key' | 'tag' | 'properties' | 'producerId'
> {
  /** @default - any */
  readonly queueId?: number;
  /** When it becomes visible, should it have been committed before. @default - with its commit */
  readonly deliverAt?: number;
}

/** A half message that was neither committed nor rolled back. */
interface StoredHalfMessage extends HalfMessage {
  readonly msgId: string;
  readonly bornTimestamp: number;
  /** By which the outcome is told, until `nextConsumeTime`. */
  readonly receiptHandle: string;
  readonly consumedTimes: number;
  readonly firstConsumeTime: number;
  readonly nextConsumeTime: number;
}

const HALF: Shape<StoredHalfMessage> = object<StoredHalfMessage>({
  instanceId: naming,
  topic: text,
  body: text,
  key: text,
  tag: text,
  properties: record(text),
  producerId: text,
  queueId: optional(number),
  deliverAt: optional(number),
  msgId: text,
  bornTimestamp: number,
  receiptHandle: text,
  consumedTimes: number,
  firstConsumeTime: number,
  nextConsumeTime: number,
});

/** Time between two checks of a half message. Source: the samples of the SDKs. */
const CHECK_INTERVAL_MS = 10_000;
/** After this time nobody is asked for the outcome any more. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Messages of transactions that were sent over HTTP: consumers get them once they are committed. */
export class MqTransactions {
  /** By topic, and there by the time of the next check. */
  private readonly halves: Table<StoredHalfMessage>;
  private readonly byHandle: Index<StoredHalfMessage>;

  private readonly clock = new Clock();

  constructor(
    private readonly store: Store,
    private readonly messages: MqMessages,
  ) {
    this.halves = store.table('mq-half-messages', HALF, keyOf, ({ instanceId, topic }) => [
      topicReference(instanceId, topic),
    ]);
    this.byHandle = this.halves.index((half) => half.receiptHandle);
  }

  /** Keeps a half message, whose producer is asked for the outcome after `immunityMs`. */
  public begin(message: HalfMessage, immunityMs: number): { msgId: string; receiptHandle: string } {
    const bornTimestamp = this.clock.now();
    const nextConsumeTime = bornTimestamp + immunityMs;
    const msgId = hexId(32);
    checkMessage({ ...message, msgId }, message.deliverAt ?? bornTimestamp);
    const half: StoredHalfMessage = {
      ...message,
      msgId,
      bornTimestamp,
      receiptHandle: receiptHandle(msgId, nextConsumeTime),
      consumedTimes: 0,
      firstConsumeTime: 0,
      nextConsumeTime,
    };
    this.store.commit([this.halves.change(half, ...keyOf(half))]);
    this.messages.announce(message.instanceId, message.topic);
    return half;
  }

  /** Half messages whose outcome is asked for now. */
  public check(instanceId: string, topic: string, max: number): Delivery[] {
    const now = this.clock.now();
    const changes: Change[] = [];
    const deliveries: Delivery[] = [];
    for (const half of this.halves.below(topicKey(instanceId, topic))) {
      if (half.nextConsumeTime > now || deliveries.length === max) {
        break;
      }
      changes.push(this.halves.change(null, ...keyOf(half)));
      if (now - half.bornTimestamp < MAX_AGE_MS) {
        const nextConsumeTime = now + CHECK_INTERVAL_MS;
        const next: StoredHalfMessage = {
          ...half,
          receiptHandle: receiptHandle(half.msgId, nextConsumeTime),
          consumedTimes: half.consumedTimes + 1,
          firstConsumeTime: half.firstConsumeTime || now,
          nextConsumeTime,
        };
        changes.push(this.halves.change(next, ...keyOf(next)));
        deliveries.push({ message: { ...next, storeTimestamp: half.bornTimestamp }, pending: next });
      }
    }
    this.store.commit(changes);
    return deliveries;
  }

  /** In how many milliseconds the next half message is asked for. */
  public dueIn(instanceId: string, topic: string): number | undefined {
    const next = this.halves.first(topicKey(instanceId, topic));
    return next && next.nextConsumeTime - this.clock.now();
  }

  /** Ends a transaction; false when the handle does not, or no longer, stand for one of this topic. */
  public end(
    { instanceId, topic, queueCount }: { instanceId: string; topic: string; queueCount: number },
    handle: string,
    outcome: 'commit' | 'rollback',
  ): boolean {
    const half = this.byHandle.get(handle);
    if (half?.instanceId !== instanceId || half.topic !== topic || half.nextConsumeTime <= this.clock.now()) {
      return false;
    }
    const gone = this.halves.change(null, ...keyOf(half));
    if (outcome === 'commit') {
      this.messages.send(queueCount, [{ ...half, msgIdOf: () => half.msgId }], [gone]);
    } else {
      this.store.commit([gone]);
    }
    return true;
  }

  /** Changes that forget the half messages of a topic. */
  public *forget(instanceId: string, topic: string): Generator<[Change]> {
    for (const change of this.halves.deletions(topicKey(instanceId, topic))) {
      yield [change];
    }
  }
}

function keyOf({ instanceId, topic, nextConsumeTime, msgId }: StoredHalfMessage): string[] {
  return [topicKey(instanceId, topic), `${String(nextConsumeTime).padStart(16, '0')}-${msgId}`];
}
