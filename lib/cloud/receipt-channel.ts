/** Name of the Terraform output, one in a stack, that carries the stack's receipt channels. */
export const RECEIPT_CHANNELS_OUTPUT = 'receipt_channels';

/** `kind` of a channel whose receipts MQ carries. */
export const MQ_CHANNEL = 'mq';

/** `kind` of a channel whose receipts go through SMQ (formerly MNS). */
export const MNS_CHANNEL = 'mns';

/**
 * One receipt channel as it stands in the Terraform output: all that is needed after a deploy to use or test it.
 * The output's value is a map from the channel's id to this.
 */
export interface ReceiptChannelOutputs {
  /** `mq` or `mns`. */
  readonly kind: string;
  /** Region of DLA and of the channel, e.g. `cn-hangzhou`. */
  readonly region: string;
  /** RAM role that DLA assumes to send. */
  readonly roleName: string;
  /** MQ: id of the instance. */
  readonly instanceId?: string;
  /** MQ: name of the topic. */
  readonly topic?: string;
  /** MQ: group id that DLA sends with. */
  readonly producerId?: string;
  /** MQ: endpoint of the instance. */
  readonly endpoint?: string;
  /** SMQ (formerly MNS): name of the queue. */
  readonly queue?: string;
  /** OSS bucket with the tables' files. */
  readonly bucket?: string;
  /** Query of the smoke test, without a hint. */
  readonly query?: string;
  /** Statements that the smoke test runs before its query, in order. */
  readonly prepare?: readonly string[];
}
