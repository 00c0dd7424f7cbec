import type { Change } from '../store/journal';
import { naming, number, object, type Shape } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';
import { topicReference } from './mq-group-queues';
import { counterBeyond, DRAFT, type Draft, type MqMessages, type NewMessage, numberKey } from './mq-messages';

/** A message that a TCP producer has sent in a transaction whose outcome it has not told. */
export interface PreparedMessage {
  readonly draft: Draft;
  /** As the producer names it, with or without an instance: whoever names it so may tell the outcome. */
  readonly producerGroup: string;
  readonly preparedAt: number;
  /** When a producer is asked for the outcome next. */
  readonly checkAt: number;
}

const PREPARED: Shape<PreparedMessage> = object<PreparedMessage>({
  draft: DRAFT,
  producerGroup: naming,
  preparedAt: number,
  checkAt: number,
});

/** Time between two questions for the outcome. Assumption: as over HTTP. */
const CHECK_INTERVAL_MS = 10_000;
/** After this time nobody is asked for the outcome any more. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Messages of transactions of TCP producers: consumers get them once they are committed. */
export class MqPrepared {
  /** By physical offset, by which producers name them. */
  private readonly prepared: Table<PreparedMessage>;

  constructor(
    private readonly store: Store,
    private readonly messages: MqMessages,
  ) {
    this.prepared = store.table(
      'mq-prepared',
      PREPARED,
      keyOf,
      ({
        draft: {
          message: { instanceId, topic, physicalOffset },
        },
      }) => [topicReference(instanceId, topic), counterBeyond(physicalOffset)],
    );
  }

  /** Keeps a message whose producer is asked for the outcome after `immunityMs`. @throws CloudError as `send` */
  public prepare(
    queueCount: number,
    input: NewMessage,
    { producerGroup, immunityMs }: { producerGroup: string; immunityMs: number },
  ): Draft['message'] {
    const {
      drafts: [draft],
      counter,
    } = this.messages.draft(queueCount, [input]);
    const preparedAt = Date.now();
    const prepared = { draft, producerGroup, preparedAt, checkAt: preparedAt + immunityMs };
    this.store.commit([counter, this.prepared.change(prepared, ...keyOf(prepared))]);
    return draft.message;
  }

  public get(physicalOffset: number): PreparedMessage | undefined {
    return this.prepared.get(numberKey(physicalOffset));
  }

  /** Those whose outcome is to be asked for now, who have waited longest first; what is old is forgotten. */
  public due(): PreparedMessage[] {
    const now = Date.now();
    const isOld = ({ preparedAt }: PreparedMessage): boolean => now - preparedAt > MAX_AGE_MS;
    const due = this.prepared.list().filter(({ checkAt }) => checkAt <= now);
    this.store.commit(due.filter(isOld).map((one) => this.prepared.change(null, ...keyOf(one))));
    return due.filter((one) => !isOld(one)).sort((one, other) => one.checkAt - other.checkAt);
  }

  /** Producers were asked for the outcome: the next time is later. */
  public asked(all: readonly PreparedMessage[]): void {
    const checkAt = Date.now() + CHECK_INTERVAL_MS;
    this.store.commit(all.map((one) => this.prepared.change({ ...one, checkAt }, ...keyOf(one))));
  }

  public end(one: PreparedMessage, outcome: 'commit' | 'rollback'): void {
    const gone = this.prepared.change(null, ...keyOf(one));
    if (outcome === 'commit') {
      this.messages.deliver([one.draft], [gone]);
    } else {
      this.store.commit([gone]);
    }
  }

  /** Changes that forget the messages of a topic. */
  public *forget(instanceId: string, topic: string): Generator<[Change]> {
    for (const one of this.prepared.list()) {
      if (one.draft.message.instanceId === instanceId && one.draft.message.topic === topic) {
        yield [this.prepared.change(null, ...keyOf(one))];
      }
    }
  }
}

function keyOf({ draft: { message } }: PreparedMessage): string[] {
  return [numberKey(message.physicalOffset)];
}
