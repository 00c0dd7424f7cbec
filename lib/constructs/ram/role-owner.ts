import { TerraformElement, TerraformResource, type TerraformProvider, type TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { DLA_ROLES } from '../../cloud/dla-roles';

/** Terraform types of the role and of its system policy's attachment, with the id that each has below the role. */
const PARTS = [
  ['alicloud_ram_role', 'Resource'],
  ['alicloud_ram_role_policy_attachment', 'Attachment'],
] as const;

/**
 * Stops a plan that would make a role which is there already. Only Terraform's state tells whose a role is, and no
 * condition may ask it: a count that is not known yet is the one error of a plan that depends on it.
 */
export class ExistingRoleCheck extends TerraformElement {
  constructor(
    private readonly role: TerraformResource,
    private readonly roleName: string,
    private readonly provider: TerraformProvider | undefined,
  ) {
    super(role.node.scope!, 'Existing');
  }

  public override toTerraform(): object {
    const existing = this.friendlyUniqueId;
    const id = `alicloud_ram_role.${this.role.friendlyUniqueId}.role_id`;
    const message =
      `role ${this.roleName} exists, and this stack did not make it: give the channels role (that of a channel in the ` +
      'stack that made it, or fromRoleName), or take it over with adopt: true after its stack has forgotten it; where ' +
      'this stack made it at another address, call resource.moveFromId()';
    const lookUp = { ...providerOf(this.provider), name_regex: `^${this.roleName}$` };
    return {
      data: {
        alicloud_ram_roles: {
          [existing]: lookUp,
          [`${existing}_must_be_of_this_stack`]: {
            ...lookUp,
            count: `\${length(data.alicloud_ram_roles.${existing}.names) == 0 ? 0 : ${id} == "${message}" ? 1 : 0}`,
          },
        },
      },
    };
  }
}

/**
 * Keeps a stack whose channels use a role of elsewhere from destroying it, in case that it made the role before: with
 * the resources still declared, though none of them wanted, Terraform runs what they say before it destroys them.
 */
class FormerRole extends TerraformElement {
  /** Where the role may have stood, as ids below the stack. */
  private readonly paths = new Map<string, readonly string[]>();

  constructor(
    private readonly stack: TerraformStack,
    private readonly role: OpenAnalyticsRoleKind,
    private readonly provider: TerraformProvider | undefined,
  ) {
    super(stack, formerId(role));
  }

  public add(path: readonly string[]): void {
    this.paths.set(path.join('/'), path);
  }

  public override toTerraform(): object {
    const taken = addressesIn(this.stack);
    const free = [...this.paths.values()]
      .map((path) => PARTS.map(([type, id]) => [type, logicalId(this.stack, [...path, id])] as const))
      .filter((addresses) => addresses.every(([type, id]) => !taken.has(`${type}.${id}`)));
    const resource: Record<string, Record<string, object>> = {};
    for (const addresses of free) {
      const provisioner = [{ 'local-exec': { when: 'destroy', command: this.refusal(addresses) } }];
      for (const [type, id] of addresses) {
        (resource[type] ??= {})[id] = {
          ...providerOf(this.provider ?? anyProvider(this.stack)),
          count: 0,
          role_name: this.role.roleName,
          ...(type === 'alicloud_ram_role_policy_attachment' && {
            policy_name: this.role.systemPolicy,
            policy_type: 'System',
          }),
          provisioner,
        };
      }
    }
    return free.length === 0 ? {} : { resource };
  }

  /** Runs in a shell of UNIX or Windows. */
  private refusal(addresses: readonly (readonly [type: string, id: string])[]): string {
    const list = addresses.map((address) => address.join('.')).join(' ');
    const stack = this.stack.node.path.replace(/[^\w./-]/g, '-');
    return (
      `echo "role ${this.role.roleName} is not destroyed, for stack ${stack} still refers to it: let the stack forget ` +
      `it, by ${this.role.construct}.forget in its code (Terraform 1.7) or by terraform state rm ${list}" 1>&2 && exit 1`
    );
  }
}

/** Lets a state go of a role without destroying it. */
export class ForgottenRole extends TerraformElement {
  constructor(private readonly role: Construct) {
    super(role, 'Forgotten');
  }

  public addresses(): string[] {
    const path = pathIn(this.cdktfStack, this.role);
    return PARTS.map(([type, id]) => `${type}.${logicalId(this.cdktfStack, [...path, id])}`);
  }

  public override toTerraform(): object {
    return { removed: this.addresses().map((from) => ({ from, lifecycle: { destroy: false } })) };
  }
}

/** What tells one of DLA's roles from the other. */
export interface OpenAnalyticsRoleKind {
  readonly roleName: string;
  readonly systemPolicy: string;
  /** Name of the construct, for what errors tell to write. */
  readonly construct: string;
}

export const MQ_ROLE: OpenAnalyticsRoleKind = { ...DLA_ROLES.mq, construct: 'OpenAnalyticsMqRole' };
export const MNS_ROLE: OpenAnalyticsRoleKind = { ...DLA_ROLES.mns, construct: 'OpenAnalyticsMnsRole' };

/**
 * Keeps the role where channels of a stack refer to one that stands elsewhere.
 *
 * @param paths where the stack may have made it before, as ids below the stack
 */
export function keepFormerRole(
  stack: TerraformStack,
  role: OpenAnalyticsRoleKind,
  paths: readonly (readonly string[])[],
  provider: TerraformProvider | undefined,
): void {
  const former = stack.node.tryFindChild(formerId(role)) ?? new FormerRole(stack, role, provider);
  for (const path of paths) {
    (former as FormerRole).add(path);
  }
}

function formerId({ roleName }: OpenAnalyticsRoleKind): string {
  return `${roleName}-former`;
}

/** Ids of a construct below its stack. */
export function pathIn(stack: TerraformStack, construct: IConstruct): string[] {
  const { scopes } = construct.node;
  return scopes.slice(scopes.indexOf(stack) + 1).map(({ node }) => node.id);
}

/** The name that Terraform gives to what stands, or would stand, at a path below a stack. */
export function logicalId(stack: TerraformStack, path: readonly string[]): string {
  let scope: IConstruct = stack;
  let added: { parent: IConstruct; id: string } | undefined;
  for (const id of path) {
    const child: IConstruct | undefined = scope.node.tryFindChild(id);
    if (!child) {
      added ??= { parent: scope, id };
    }
    scope = child ?? new Construct(scope, id);
  }
  const name = stack.getLogicalId(TerraformElement.isTerraformElement(scope) ? scope : scope.node);
  added?.parent.node.tryRemoveChild(added.id);
  return name;
}

/** Addresses that a stack has resources at, or that it was told to forget. */
function addressesIn(stack: TerraformStack): Set<string> {
  const { removed } = (stack as unknown as { rawOverrides: { removed?: unknown } }).rawOverrides;
  const forgotten: unknown[] = Array.isArray(removed) ? removed : [];
  const elements = stack.node.findAll();
  return new Set([
    ...elements
      .filter((one) => TerraformResource.isTerraformResource(one))
      .map((one) => `${one.terraformResourceType}.${one.friendlyUniqueId}`),
    ...elements.filter((one) => one instanceof ForgottenRole).flatMap((one) => one.addresses()),
    ...forgotten.map((one) => String((one as { from?: unknown }).from)),
  ]);
}

/** Where a stack has no default provider, what names none would have Terraform configure one out of nothing. */
export function anyProvider(stack: TerraformStack): TerraformProvider | undefined {
  const all = stack.allProviders().filter(({ terraformResourceType }) => terraformResourceType === 'alicloud');
  return all.some(({ alias }) => alias === undefined) ? undefined : all.at(0);
}

export function providerOf(provider: TerraformProvider | undefined): { provider?: string } {
  return provider === undefined ? {} : { provider: provider.fqn };
}
