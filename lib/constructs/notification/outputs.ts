import { TerraformOutput, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../../cloud/receipt-channel';

const outputs = new WeakMap<TerraformStack, Record<string, ReceiptChannelOutputs>>();

/** Adds a channel to the one Terraform output of its stack that `dla-smoke` reads. */
export function registerChannel(channel: IConstruct, channelId: string, values: ReceiptChannelOutputs): void {
  const stack = TerraformStack.of(channel);
  const known = outputs.get(stack);
  if (known) {
    known[channelId] = values;
    return;
  }
  const value = { [channelId]: values };
  outputs.set(stack, value);
  new TerraformOutput(stack, RECEIPT_CHANNELS_OUTPUT, {
    staticId: true,
    description: 'receipt channels of this stack, as dla-smoke reads them',
    // Read at synth, when later channels have been added.
    value,
  });
}
