import { TerraformElement, type TerraformProvider, type TerraformResource, Token } from 'cdktf';
import type { Construct, IConstruct } from 'constructs';
import { anyProvider, logicalId, pathIn, providerOf, worksWithAlicloud } from './ram/role-owner';

/** A part of a channel, as the property that gives it names it. */
type Part = IConstruct & { readonly resource?: TerraformResource };

interface FormerResource {
  readonly type: string;
  /** Ids below the part. */
  readonly path: readonly string[];
  /** Attribute that says which one it is. */
  readonly attribute: string;
  /** What Terraform wants to see of it beside that. */
  readonly required?: Readonly<Record<string, string>>;
}

/** What a channel makes for each of its parts that it is not given, or a part alone. What a bucket needs is destroyed before it. */
const MADE: Readonly<Record<string, readonly FormerResource[]>> = {
  bucket: [
    { type: 'alicloud_oss_bucket', path: ['Resource'], attribute: 'bucket' },
    { type: 'alicloud_oss_bucket_acl', path: ['Acl'], attribute: 'bucket', required: { acl: 'private' } },
    {
      type: 'alicloud_oss_bucket_public_access_block',
      path: ['PublicAccessBlock'],
      attribute: 'bucket',
      required: { block_public_access: 'true' },
    },
  ],
  instance: [{ type: 'alicloud_ons_instance', path: ['Resource'], attribute: 'id' }],
  topic: [
    {
      type: 'alicloud_ons_topic',
      path: ['Resource'],
      attribute: 'topic_name',
      required: { instance_id: 'of-a-channel', message_type: '0' },
    },
  ],
  group: [
    {
      type: 'alicloud_ons_group',
      path: ['Resource'],
      attribute: 'group_name',
      required: { instance_id: 'of-a-channel' },
    },
  ],
  queue: [{ type: 'alicloud_message_service_queue', path: ['Resource'], attribute: 'queue_name' }],
};

/**
 * Keeps a channel that is given a part by its name, or a reference, from destroying that same one, in case that it made it before: with
 * the resource still declared, though none is wanted, Terraform runs what it says before it destroys it.
 */
class FormerParts extends TerraformElement {
  /** @param names of what is given, by the property that gives it */
  constructor(
    private readonly owner: IConstruct,
    private readonly idOf: (property: string) => readonly string[],
    private readonly names: Readonly<Record<string, string>>,
    private readonly provider: TerraformProvider | undefined,
  ) {
    super(owner, 'Former');
  }

  public override toTerraform(): object {
    const stack = this.cdktfStack;
    if (!worksWithAlicloud(stack)) {
      return {};
    }
    const provider = this.provider ?? anyProvider(stack);
    const { removed } = (stack as unknown as { rawOverrides: { removed?: unknown } }).rawOverrides;
    const forgotten = (Array.isArray(removed) ? removed : []).map((one) => (one as { from?: unknown }).from);
    const resource: Record<string, Record<string, object>> = {};
    for (const [property, name] of Object.entries(this.names)) {
      for (const { type, path, attribute, required } of MADE[property]) {
        const below = [...this.idOf(property), ...path];
        const id = logicalId(stack, [...pathIn(stack, this.owner), ...below]);
        const address = `${type}.${id}`;
        if (this.owner.node.tryFindChild(below[0]) || forgotten.includes(address)) {
          continue;
        }
        (resource[type] ??= {})[id] = {
          ...providerOf(provider),
          ...required,
          ...(attribute !== 'id' && { [attribute]: name }),
          count: 0,
          provisioner: [
            { 'local-exec': { when: 'destroy', command: this.command(property, name, attribute, address) } },
          ],
        };
      }
    }
    return Object.keys(resource).length === 0 ? {} : { resource };
  }

  /** Runs in a shell of UNIX or Windows. */
  private command(property: string, name: string, attribute: string, address: string): string {
    const path = this.owner.node.path.replace(/[^\w./-]/g, '-');
    const text =
      `${property} ${name} is not destroyed, for ${path} still refers to it: give the one that the stack makes, or let ` +
      `the stack forget it by terraform state rm ${address}`;
    return `\${self.${attribute} == "${name}" ? "echo \\"${text}\\" 1>&2 && exit 1" : "exit 0"}`;
  }
}

/** Ids of a channel's parts, by the property that gives each. */
const PART_IDS: Readonly<Record<string, string>> = {
  bucket: 'Bucket',
  instance: 'Instance',
  topic: 'Topic',
  group: 'Group',
  queue: 'Queue',
};

/** Declares what may have been made before where a reference stands now. */
export function keepFormer(
  reference: Construct,
  kind: string,
  name: string,
  provider: TerraformProvider | undefined,
): void {
  if (!Token.isUnresolved(name)) {
    new FormerParts(reference, () => [], { [kind]: name }, provider);
  }
}

/** Declares what a channel may have made before of the parts that are given by name. */
export function keepFormerParts(
  channel: IConstruct,
  given: Readonly<Record<string, readonly [part: Part | undefined, name: () => string]>>,
  provider: TerraformProvider | undefined,
): void {
  const names = Object.entries(given).flatMap(([property, [part, name]]) => {
    if (part === undefined || part.resource !== undefined) {
      return [];
    }
    const text = name();
    return Token.isUnresolved(text) ? [] : [[property, text] as const];
  });
  if (names.length > 0) {
    new FormerParts(channel, (property) => [PART_IDS[property]], Object.fromEntries(names), provider);
  }
}
