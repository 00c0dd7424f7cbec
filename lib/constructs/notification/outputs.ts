import { Aspects, Lazy, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { assertJsonOutput } from '../json-output';
import { withReferences } from '../references';
import { isInTree } from '../tree';
import type { IReceiptChannel } from './receipt-channel';

interface Registered {
  readonly channel: IReceiptChannel;
  readonly values: ReceiptChannelOutputs;
}

const registered = new WeakMap<TerraformStack, Registered[]>();

/** Adds a channel to the one Terraform output of its stack that `dla-smoke` reads. */
export function registerChannel(channel: IReceiptChannel, values: ReceiptChannelOutputs): void {
  const stack = TerraformStack.of(channel);
  const known = registered.get(stack);
  if (known) {
    known.push({ channel, values });
    return;
  }
  assertJsonOutput(channel);
  const all = [{ channel, values }];
  registered.set(stack, all);
  const output = new TerraformOutput(stack, RECEIPT_CHANNELS_OUTPUT, {
    staticId: true,
    description: 'receipt channels of this stack, as dla-smoke reads them',
    // Read at synth, when later channels have been added and others taken out.
    value: Lazy.anyValue({ produce: () => valueOf(all) }),
  });
  Aspects.of(output).add({
    visit: () => {
      // Terraform fails a plan whose output has a sensitive part and does not say so.
      output.sensitive ??= isSensitive(stack, all) || undefined;
    },
  });
}

function present(all: readonly Registered[]): Registered[] {
  return all.filter(({ channel }) => isInTree(channel));
}

function valueOf(all: readonly Registered[]): Record<string, ReceiptChannelOutputs> {
  return Object.fromEntries(present(all).map(({ channel, values }) => [channel.channelId, values]));
}

/** Arguments whose values stand in a channel's outputs, by the names that every class of bindings has for them. */
const NAME_ARGUMENTS = ['bucketInput', 'topicNameInput', 'groupNameInput', 'queueNameInput'];

/** Whether the value of a sensitive variable gets into the output, by itself or through the name of a part. */
function isSensitive(stack: TerraformStack, all: readonly Registered[]): boolean {
  const variables = stack.node
    .findAll()
    .filter((one): one is TerraformVariable => one instanceof TerraformVariable && one.sensitive === true)
    .map(({ friendlyUniqueId }) => `var.${friendlyUniqueId}`);
  if (variables.length === 0) {
    return false;
  }
  const names = present(all).map(({ channel, values }) => [
    values,
    [...channel.resources, channel.bucket.resource].map((part) =>
      NAME_ARGUMENTS.map((name) => (part as unknown as Record<string, unknown> | undefined)?.[name]),
    ),
  ]);
  const text = JSON.stringify(withReferences(stack, names));
  return variables.some((variable) => new RegExp(`${variable.replaceAll('.', '\\.')}(?![\\w-])`).test(text));
}
