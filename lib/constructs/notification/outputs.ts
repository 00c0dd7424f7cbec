import { Aspects, TerraformOutput, TerraformStack, TerraformVariable } from 'cdktf';
import { RECEIPT_CHANNELS_OUTPUT, type ReceiptChannelOutputs } from '../../cloud/receipt-channel';
import { assertJsonOutput } from '../json-output';
import { givenName, referenceAsText, type ReferenceText, withReferences } from '../references';
import { isInTree } from '../tree';
import { ConstructError } from '../validation';
import type { IReceiptChannel } from './receipt-channel';

const TAKEN = `another name than ${RECEIPT_CHANNELS_OUTPUT}, which has the channels of the stack for dla-smoke`;

interface Registered {
  readonly channel: IReceiptChannel;
  readonly describe: DescribeChannel;
  readonly members: ReceiptChannelOutputs;
}

/** The outputs of a channel, with references as Terraform's text where it has them. */
export type DescribeChannel = (text: ReferenceText) => ReceiptChannelOutputs;

/** The one Terraform output of a stack that `dla-smoke` reads. */
class ReceiptChannelsOutput extends TerraformOutput {
  private readonly all: Registered[] = [];
  private readonly members: Record<string, ReceiptChannelOutputs> = {};

  constructor(stack: TerraformStack) {
    super(stack, RECEIPT_CHANNELS_OUTPUT, {
      staticId: true,
      description: 'receipt channels of this stack, as dla-smoke reads them',
      value: undefined,
    });
    // An output without channels would only say that there were some.
    Aspects.of(this).add({
      visit: (node) =>
        node === this &&
        !this.all.some(({ channel }) => isInTree(channel)) &&
        stack.node.tryRemoveChild(RECEIPT_CHANNELS_OUTPUT),
    });
    this.node.addValidation({ validate: () => this.othersOfItsName() });
  }

  /** Terraform would take two outputs of a name for one. */
  private othersOfItsName(): string[] {
    return this.cdktfStack.node
      .findAll()
      .filter((one) => one !== this && TerraformOutput.isTerraformOutput(one) && one.friendlyUniqueId === this.node.id)
      .map((one) => `output ${one.node.path}: expected ${TAKEN}`);
  }

  public add(channel: IReceiptChannel, describe: DescribeChannel): void {
    // Made now and filled in at synth: with a large value that is new by then V8 frees nothing while cdktf resolves it,
    // which is 30 MB for 1,000 channels.
    const members = describe(() => '');
    this.members[channel.channelId] = members;
    this.all.push({ channel, describe, members });
  }

  /** Read at synth, when some channels have been taken out. */
  protected override synthesizeAttributes(): Record<string, unknown> {
    for (const { channel, describe, members } of this.all) {
      if (isInTree(channel)) {
        Object.assign(
          members,
          describe((element, attribute) => referenceAsText(channel, element, attribute)),
        );
      } else {
        delete this.members[channel.channelId];
      }
    }
    return {
      ...super.synthesizeAttributes(),
      value: this.members,
      // Terraform fails a plan whose output has a sensitive part and does not say so.
      sensitive:
        this.sensitive ??
        (isSensitive(
          this.cdktfStack,
          this.all.filter(({ channel }) => isInTree(channel)),
        ) ||
          undefined),
    };
  }
}

/** Adds a channel to the output of its stack. */
export function registerChannel(channel: IReceiptChannel, describe: DescribeChannel): void {
  const stack = TerraformStack.of(channel);
  let output = stack.node.tryFindChild(RECEIPT_CHANNELS_OUTPUT);
  if (!(output instanceof ReceiptChannelsOutput)) {
    if (output) {
      throw new ConstructError(stack.node.path, [
        { property: 'output', received: `one of the stack's own, ${output.node.path}`, allowed: TAKEN },
      ]);
    }
    assertJsonOutput(channel);
    output = new ReceiptChannelsOutput(stack);
  }
  (output as ReceiptChannelsOutput).add(channel, describe);
}

/** Whether the value of a sensitive variable gets into the output, by itself or through the name of a part. */
function isSensitive(stack: TerraformStack, all: readonly Registered[]): boolean {
  const variables = stack.node
    .findAll()
    .filter((one): one is TerraformVariable => one instanceof TerraformVariable && one.sensitive === true)
    .map(({ friendlyUniqueId }) => `var.${friendlyUniqueId}`);
  if (variables.length === 0) {
    return false;
  }
  const names = all.map(({ channel, members }) => [
    members,
    [...channel.resources, channel.bucket.resource].map(givenName),
  ]);
  const text = JSON.stringify(withReferences(stack, names));
  return variables.some((variable) => new RegExp(`${variable.replaceAll('.', '\\.')}(?![\\w-])`).test(text));
}
