/** Longest time, in seconds, that DLA lets an asynchronous query run (six hours). */
export const MAX_RUNNING_TIME_SECONDS = 6 * 60 * 60;

/** Where a receipt goes when MQ carries it. */
export interface MqReceiptHintProps {
  /** Name of the topic that receives the receipt (`mq-topic`). */
  readonly topic: string;

  /** Group id that DLA sends with, `GID_…` (`mq-producer-id`). */
  readonly producerId: string;

  /** Endpoint of the MQ instance, in the same region as DLA (`mq-endpoint`). */
  readonly endpoint: string;

  /**
   * Time after which DLA ends the query, in whole seconds, 1 to 21600 (`max-running-time-sec`).
   *
   * @default - DLA's own limit
   */
  readonly maxRunningTimeSeconds?: number;
}

/** Where a receipt goes when MNS carries it. */
export interface MnsReceiptHintProps {
  /** Name of the queue that receives the receipt (`mq-queue`). */
  readonly queue: string;

  /**
   * Time after which DLA ends the query, in whole seconds, 1 to 21600 (`max-running-time-sec`).
   *
   * @default - DLA's own limit
   */
  readonly maxRunningTimeSeconds?: number;
}

/**
 * The SQL comment that makes DLA run a statement asynchronously and send a receipt when it ends.
 *
 * Source: the product page "MQ消息回执通知" and its sibling for MNS.
 *
 * @example
 * ReceiptHint.mq({ topic: 'orders', producerId: 'GID_orders', endpoint: 'http://…:8080' }).applyTo('select 1');
 * // /*+ run_async=true, mq-notify-by=ons, mq-topic=orders, … *\/ select 1
 */
export class ReceiptHint {
  /**
   * A hint for an MQ channel.
   *
   * @throws Error that lists every value that a hint cannot carry
   */
  public static mq(props: MqReceiptHintProps): ReceiptHint {
    return new ReceiptHint(
      [
        ['mq-notify-by', 'ons'],
        ['mq-topic', props.topic],
        ['mq-producer-id', props.producerId],
        ['mq-endpoint', props.endpoint],
      ],
      props.maxRunningTimeSeconds,
    );
  }

  /**
   * A hint for an MNS channel.
   *
   * @throws Error that lists every value that a hint cannot carry
   */
  public static mns(props: MnsReceiptHintProps): ReceiptHint {
    return new ReceiptHint(
      [
        ['mq-notify-by', 'mns'],
        ['mq-queue', props.queue],
      ],
      props.maxRunningTimeSeconds,
    );
  }

  private readonly text: string;

  private constructor(pairs: [name: string, value: string][], maxRunningTimeSeconds?: number) {
    const all: [string, string][] = [['run_async', 'true'], ...pairs];
    const errors = all.flatMap(([name, value]) => valueErrors(name, value));
    if (maxRunningTimeSeconds !== undefined) {
      if (
        !Number.isInteger(maxRunningTimeSeconds) ||
        maxRunningTimeSeconds < 1 ||
        maxRunningTimeSeconds > MAX_RUNNING_TIME_SECONDS
      ) {
        errors.push(
          `max-running-time-sec: expected a whole number from 1 to ${MAX_RUNNING_TIME_SECONDS}, got ${maxRunningTimeSeconds}`,
        );
      }
      all.push(['max-running-time-sec', String(maxRunningTimeSeconds)]);
    }
    if (errors.length > 0) {
      throw new Error(`receipt hint is not valid:\n${errors.map((fault) => `  - ${fault}`).join('\n')}`);
    }
    this.text = `/*+ ${all.map(([name, value]) => `${name}=${value}`).join(', ')} */`;
  }

  /** The comment alone. */
  public toString(): string {
    return this.text;
  }

  /** The statement with the comment before it. */
  public applyTo(sql: string): string {
    return `${this.text} ${sql}`;
  }
}

/** A comma ends a value, white space makes it ambiguous, and a comment mark ends or nests the hint. */
function valueErrors(name: string, value: string): string[] {
  if (value === '') {
    return [`${name}: expected any value without a comma, white space or comment mark, got an empty string`];
  }
  const bad = /\*\/|\/\*|[,\s]/.exec(value);
  return bad
    ? [`${name}: expected any value without a comma, white space or comment mark, got ${JSON.stringify(value)}`]
    : [];
}
