import { TerraformElement, type TerraformProvider, TerraformStack, Token, Tokenization } from 'cdktf';
import type { Construct } from 'constructs';
import type { ReferenceMetadata, ReferredKind } from '../cloud/named-reference';

interface ReferenceOptions {
  readonly provider?: TerraformProvider;
  readonly instanceId?: string;
  readonly region?: string;
}

class ToldReference extends TerraformElement {
  constructor(
    private readonly referrer: Construct,
    private readonly kind: ReferredKind,
    private readonly name: string,
    private readonly options: ReferenceOptions,
  ) {
    super(referrer, 'Reference');
  }

  public override toTerraform(): ReferenceMetadata {
    const { provider, instanceId, region } = this.options;
    const { kind, name } = this;
    const told = {
      kind,
      name,
      instanceId: known(instanceId),
      provider: provider?.fqn ?? 'alicloud',
      region: known(region),
    };
    return { '//': { references: { [this.referrer.node.path]: told } } };
  }
}

/** Says in the synthesised stack that a construct refers to something, if synth knows its name, or a plan does. */
export function tellReference(referrer: Construct, kind: ReferredKind, name: string, options: ReferenceOptions): void {
  if (!Token.isUnresolved(name) || (typeof name === 'string' && isOfVariables(referrer, name))) {
    new ToldReference(referrer, kind, name, options);
  }
}

/** Whether all that is not known of a text are variables of the stack. */
function isOfVariables(construct: Construct, text: string): boolean {
  const stack = TerraformStack.of(construct);
  return Tokenization.reverseString(text).tokens.every((token) => {
    const { identifier, originStack } = token as {
      readonly identifier?: string;
      readonly originStack?: TerraformStack;
    };
    return identifier?.startsWith('var.') && originStack === stack;
  });
}

/** A reference that is resolved may become an output of another stack. */
function known(text: string | undefined): string | undefined {
  return Token.isUnresolved(text) ? undefined : text;
}
