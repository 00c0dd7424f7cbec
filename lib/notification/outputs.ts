import { Lazy, TerraformOutput, TerraformStack } from 'cdktf';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../receipt-channel';
import type { IReceiptChannel } from './receipt-channel';

const channels = new WeakMap<TerraformStack, IReceiptChannel[]>();

/** Adds a channel to the one Terraform output of its stack that `dla-smoke` reads. */
export function registerChannel(channel: IReceiptChannel): void {
  const stack = TerraformStack.of(channel);
  const known = channels.get(stack);
  if (known) {
    known.push(channel);
    return;
  }
  const all = [channel];
  channels.set(stack, all);
  new TerraformOutput(stack, RECEIPT_CHANNELS_OUTPUT, {
    staticId: true,
    description: 'receipt channels of this stack, as dla-smoke reads them',
    value: Lazy.anyValue({ produce: () => outputsById(all) }),
  });
}

/** Outputs of channels by the channels' ids. */
export function outputsById(all: readonly IReceiptChannel[]): Record<string, ReceiptChannelOutputs> {
  return Object.fromEntries(all.map((channel) => [channel.channelId, channel.outputs]));
}
