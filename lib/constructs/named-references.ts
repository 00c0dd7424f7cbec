import { TerraformElement, type TerraformProvider, Token } from 'cdktf';
import type { Construct } from 'constructs';

/** What can be referred to by its name. */
export type ReferredKind = 'bucket' | 'instance' | 'topic' | 'group' | 'queue' | 'role';

/** Something that a stack refers to by its name. */
export interface NamedReference {
  readonly kind: ReferredKind;
  /** Its name, or the id of an instance. */
  readonly name: string;
  /** Instance of a topic or group, where its id is known. */
  readonly instanceId?: string;
  /** Provider of the stack that works where it is, e.g. `alicloud.shanghai`. */
  readonly provider: string;
  /** Its region, where it need not be that of the provider. */
  readonly region?: string;
}

/**
 * What a synthesised stack tells to whoever compares plans, so that nothing is destroyed that another stack refers to.
 * Terraform ignores it.
 */
export interface ReferenceMetadata {
  /** By path of the construct that refers. */
  readonly '//'?: { readonly references?: Readonly<Record<string, NamedReference>> };
}

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

/** Says in the synthesised stack that a construct refers to something, if its name is known at synth. */
export function tellReference(referrer: Construct, kind: ReferredKind, name: string, options: ReferenceOptions): void {
  if (!Token.isUnresolved(name)) {
    new ToldReference(referrer, kind, name, options);
  }
}

/** A reference that is resolved may become an output of another stack. */
function known(text: string | undefined): string | undefined {
  return Token.isUnresolved(text) ? undefined : text;
}
