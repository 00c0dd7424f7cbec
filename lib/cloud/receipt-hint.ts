import { MAX_RUNNING_TIME_SECONDS } from './limits';
import { isOneStatement } from './one-statement';
import type { ReceiptChannelOutputs } from './receipt-channel';

export { MAX_RUNNING_TIME_SECONDS };
export type { ReceiptChannelOutputs };

/** Runs a statement asynchronously. */
export const RUN_ASYNC = 'run_async';

/** Limits the time of an asynchronous query, in seconds. */
export const MAX_RUNNING_TIME = 'max-running-time-sec';

const NOTIFY_BY = 'mq-notify-by';

/**
 * How each kind of channel stands in a hint: the word for the message service, and the key of each property, all of
 * which are required. Hints are built and read by this table alone.
 *
 * Source: the product page "MQ消息回执通知" and its sibling for SMQ (formerly MNS).
 */
export const RECEIPT_KEYS = {
  /** Receipts through MQ (RocketMQ 4.x). */
  mq: {
    /** Value of `mq-notify-by`. */
    notifyBy: 'ons',
    /** Keys of the hint, by what they name. */
    keys: {
      /** Topic that gets the receipts. */
      topic: 'mq-topic',
      /** Group that DLA sends as. */
      producerId: 'mq-producer-id',
      /** Endpoint of the instance. */
      endpoint: 'mq-endpoint',
    },
  },
  /** Receipts through SMQ (formerly MNS). */
  mns: {
    /** Value of `mq-notify-by`. */
    notifyBy: 'mns',
    /** Keys of the hint, by what they name. */
    keys: {
      /** Queue that gets the receipts. */
      queue: 'mq-queue',
    },
  },
} as const;

type Keys = typeof RECEIPT_KEYS;
type Kind = keyof Keys;

/** Where a receipt goes, as a hint names it: `kind`, and the properties of that kind of channel. */
export type ReceiptTarget = {
  readonly [K in Kind]: {
    /** Kind of the channel. */
    readonly kind: K;
  } & { readonly [P in keyof Keys[K]['keys']]: string };
}[Kind];

const KINDS = Object.keys(RECEIPT_KEYS) as Kind[];

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

/** Where a receipt goes when SMQ (formerly MNS) carries it. */
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

/** A hint cannot be built or read; the message lists every reason. */
export class ReceiptHintError extends Error {
  constructor(
    /** What is wrong, one text a property. */
    public readonly reasons: readonly string[],
  ) {
    super(`receipt hint is not valid:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);
    this.name = 'ReceiptHintError';
  }
}

/**
 * The SQL comment that makes DLA run a statement asynchronously and send a receipt when it ends.
 *
 * Source: the product page "MQ消息回执通知" and its sibling for SMQ (formerly MNS).
 *
 * @example
 * ReceiptHint.mq({ topic: 'orders', producerId: 'GID_orders', endpoint: 'http://…:8080' }).applyTo('select 1');
 * // /*+ run_async=true, mq-notify-by=ons, mq-topic=orders, … *\/ select 1
 */
export class ReceiptHint {
  /**
   * A hint for an MQ channel.
   *
   * @throws ReceiptHintError that lists every value that a hint cannot carry
   */
  public static mq(props: MqReceiptHintProps): ReceiptHint {
    return new ReceiptHint('mq', { ...props }, props.maxRunningTimeSeconds);
  }

  /**
   * A hint for an SMQ (formerly MNS) channel.
   *
   * @throws ReceiptHintError that lists every value that a hint cannot carry
   */
  public static mns(props: MnsReceiptHintProps): ReceiptHint {
    return new ReceiptHint('mns', { ...props }, props.maxRunningTimeSeconds);
  }

  /**
   * The hint of a channel as it stands in the Terraform output `receipt_channels`.
   *
   * @throws ReceiptHintError that lists every value that a hint cannot carry
   */
  public static forChannel(outputs: ReceiptChannelOutputs, maxRunningTimeSeconds?: number): ReceiptHint {
    const kind = KINDS.find((one) => one === outputs.kind);
    if (kind === undefined) {
      throw new ReceiptHintError([`kind: expected ${KINDS.join(' or ')}, got ${JSON.stringify(outputs.kind)}`]);
    }
    return new ReceiptHint(kind, { ...outputs }, maxRunningTimeSeconds);
  }

  private readonly text: string;

  private constructor(kind: Kind, values: Readonly<Record<string, unknown>>, maxRunningTimeSeconds?: number) {
    const { notifyBy, keys } = RECEIPT_KEYS[kind];
    const receipt = Object.entries(keys).map(([property, key]) => [key, values[property]] as const);
    const pairs: readonly (readonly [key: string, value: unknown])[] = [
      [RUN_ASYNC, 'true'],
      [NOTIFY_BY, notifyBy],
      ...receipt,
      ...(maxRunningTimeSeconds === undefined ? [] : [[MAX_RUNNING_TIME, maxRunningTimeSeconds] as const]),
    ];
    const errors = [
      ...receipt.flatMap(([key, value]) => textErrors(key, value)),
      ...(maxRunningTimeSeconds === undefined ? [] : runningTimeErrors(maxRunningTimeSeconds, maxRunningTimeSeconds)),
    ];
    if (errors.length > 0) {
      throw new ReceiptHintError(errors);
    }
    this.text = `/*+ ${pairs.map(([key, value]) => `${key}=${String(value)}`).join(', ')} */`;
  }

  /** The comment alone. */
  public toString(): string {
    return this.text;
  }

  /**
   * The statement with the comment before it.
   *
   * @throws ReceiptHintError when there are several statements: the hint would be for the first alone
   */
  public applyTo(sql: string): string {
    if (typeof sql === 'string' && !isOneStatement(sql)) {
      throw new ReceiptHintError([`statement: expected one, got ${JSON.stringify(sql.slice(0, 200))}`]);
    }
    return `${this.text} ${sql}`;
  }
}

/** What the hints of a statement ask for. */
export interface ParsedReceiptHint {
  /** Whether the statement runs asynchronously. */
  readonly runAsync: boolean;
  /** Time after which DLA ends the query, in seconds. @default - DLA's own limit */
  readonly maxRunningTimeSeconds?: number;
  /** Where the receipt goes. @default - no receipt is asked for */
  readonly receipt?: ReceiptTarget;
}

/**
 * Reads the hint comments before a statement, with or without their marks. `run_async` and `run-async` are both
 * documented, so `_` and `-` count as the same in every key.
 *
 * Assumption: hints that concern neither asynchronous runs nor receipts are ignored, and the last of two equal keys
 * wins.
 *
 * @throws ReceiptHintError that lists every reason for which the hints cannot be carried out
 */
export function parseReceiptHint(...comments: readonly string[]): ParsedReceiptHint {
  const hints = new Map<string, string>();
  for (const pair of comments.flatMap((comment) => comment.replace(/^\s*\/\*\+|\*\/\s*$/g, '').split(','))) {
    const [key, ...value] = pair.split('=');
    hints.set(keyOf(key), value.join('=').trim());
  }
  const errors: string[] = [];
  const runAsync = hints.get(keyOf(RUN_ASYNC));
  if (runAsync !== undefined && !/^(true|false)$/i.test(runAsync)) {
    errors.push(`${RUN_ASYNC}: expected true or false, got ${JSON.stringify(runAsync)}`);
  }
  const seconds = hints.get(MAX_RUNNING_TIME);
  const maxRunningTimeSeconds = seconds !== undefined && /^\d{1,5}$/.test(seconds) ? Number(seconds) : NaN;
  if (seconds !== undefined) {
    errors.push(...runningTimeErrors(maxRunningTimeSeconds, JSON.stringify(seconds)));
  }
  const isAsync = runAsync?.toLowerCase() === 'true';
  const receipt = receiptOf(hints, errors);
  if (receipt && !isAsync && errors.length === 0) {
    errors.push(`${NOTIFY_BY}: expected ${RUN_ASYNC}=true beside it, only asynchronous queries have a receipt`);
  }
  if (errors.length > 0) {
    throw new ReceiptHintError(errors);
  }
  return {
    runAsync: isAsync,
    ...(seconds !== undefined && { maxRunningTimeSeconds }),
    ...(receipt && { receipt }),
  };
}

function receiptOf(hints: ReadonlyMap<string, string>, errors: string[]): ReceiptTarget | undefined {
  const services = KINDS.map((kind) => RECEIPT_KEYS[kind].notifyBy);
  const notifyBy = hints.get(NOTIFY_BY);
  if (notifyBy === undefined) {
    const stray = KINDS.flatMap((kind) => Object.values(RECEIPT_KEYS[kind].keys)).find((key) => hints.has(key));
    if (stray !== undefined) {
      errors.push(`${stray}: expected ${services.map((name) => `${NOTIFY_BY}=${name}`).join(' or ')} beside it`);
    }
    return undefined;
  }
  const kind = KINDS.find((one) => RECEIPT_KEYS[one].notifyBy === notifyBy);
  if (kind === undefined) {
    errors.push(`${NOTIFY_BY}: expected ${services.join(' or ')}, got ${JSON.stringify(notifyBy)}`);
    return undefined;
  }
  const entries = Object.entries(RECEIPT_KEYS[kind].keys);
  const missing = entries.map(([, key]) => key).filter((key) => !hints.get(key));
  if (missing.length > 0) {
    errors.push(`${NOTIFY_BY}=${notifyBy}: expected ${missing.join(', ')} beside it`);
    return undefined;
  }
  return { kind, ...Object.fromEntries(entries.map(([name, key]) => [name, hints.get(key)!])) } as ReceiptTarget;
}

function keyOf(text: string): string {
  return text.trim().toLowerCase().replaceAll('_', '-');
}

/** A comma ends a value, white space makes it ambiguous, and a comment mark ends or nests the hint. */
function textErrors(key: string, value: unknown): string[] {
  return typeof value === 'string' && value !== '' && !/\*\/|\/\*|[,\s]/.test(value)
    ? []
    : [`${key}: expected text without a comma, white space, "/*" or "*/", got ${JSON.stringify(value) ?? 'none'}`];
}

function runningTimeErrors(seconds: number, got: unknown): string[] {
  return Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_RUNNING_TIME_SECONDS
    ? []
    : [`${MAX_RUNNING_TIME}: expected a whole number from 1 to ${MAX_RUNNING_TIME_SECONDS}, got ${String(got)}`];
}
