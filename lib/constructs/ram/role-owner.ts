import { TerraformElement, type TerraformProvider, TerraformResource, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { DLA_ROLES } from '../../cloud/dla-roles';
import { fnv1a } from '../default-name';
import { accountOf } from '../provider-settings';
import { isInTree } from '../tree';

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
 * Keeps a stack from destroying a role that the app still makes or refers to, in case that the stack made it before: with
 * the resources still declared, though none of them wanted, Terraform runs what they say before it destroys them. A role
 * that channels made stands at a known address. For one with an id of its own the state has a keeper at a known address,
 * which depends on the role, so that it would be destroyed first.
 */
class FormerRole extends TerraformElement {
  /** Where the role may have stood, as ids below the stack. */
  private readonly paths = new Map<string, { path: readonly string[]; provider: TerraformProvider | undefined }>();
  private readonly made: IConstruct[] = [];

  constructor(
    private readonly stack: TerraformStack,
    private readonly role: OpenAnalyticsRoleKind,
    public readonly provider: TerraformProvider | undefined,
  ) {
    super(stack, formerId(role));
  }

  public add(path: readonly string[], provider: TerraformProvider | undefined): void {
    const key = path.join('/');
    if (!this.paths.has(key)) {
      this.paths.set(key, { path, provider });
    }
  }

  public addMade(role: IConstruct): void {
    this.made.push(role);
  }

  public override toTerraform(): object {
    // cdktf prepares all stacks before it writes the first.
    keepInOtherStacks(this.stack, this.role, this.provider);
    const kept = this.made.filter((role) => isInTree(role) && role.node.path !== this.unaskedPath);
    if ((this.paths.size === 0 && kept.length === 0) || !worksWithAlicloud(this.stack)) {
      return {};
    }
    const known = addressesIn(this.stack);
    const resource: Record<string, Record<string, object>> = {
      terraform_data: { [keeperId(this.role)]: this.keeper(kept, known) },
    };
    for (const { path, provider } of this.paths.values()) {
      const addresses = PARTS.map(([type, id]) => [type, logicalId(this.stack, [...path, id])] as const);
      if (addresses.some(([type, id]) => known.includes(`${type}.${id}`))) {
        continue;
      }
      for (const [type, id] of addresses) {
        (resource[type] ??= {})[id] = {
          ...providerOf(provider ?? anyProvider(this.stack)),
          count: 0,
          role_name: this.role.roleName,
          ...(type === 'alicloud_ram_role_policy_attachment' && {
            policy_name: this.role.systemPolicy,
            policy_type: 'System',
          }),
          provisioner: beforeDestroy(this.error(addresses.map((address) => address.join('.')).join(' '))),
        };
      }
    }
    return { resource };
  }

  /** Path of the role that channels without one have made. */
  private get unaskedPath(): string {
    return `${this.stack.node.path}/${this.role.roleName}`;
  }

  /** It lets go of roles that the stack still has, has moved or forgets. */
  private keeper(kept: readonly IConstruct[], known: readonly string[]): object {
    const roles = known.filter((address) => address.startsWith('alicloud_ram_role.'));
    const addresses = kept
      .flatMap((role) => role.node.findAll())
      .filter((one): one is TerraformResource => TerraformResource.isTerraformResource(one))
      .map(addressOf);
    const lost = `length(setsubtract(compact(split(" ", self.triggers_replace)), ${JSON.stringify(roles)}))`;
    const error = this.error(`\${self.output} terraform_data.${keeperId(this.role)}`).replaceAll('"', '\\"');
    return {
      count: kept.length === 0 ? 0 : 1,
      ...(kept.length > 0 && { depends_on: addresses }),
      input: addresses.join(' '),
      triggers_replace: addresses.filter((address) => roles.includes(address)).join(' '),
      provisioner: beforeDestroy(`\${${lost} == 0 ? "exit 0" : "${error}"}`),
    };
  }

  /** Runs in a shell of UNIX or Windows. */
  private error(addresses: string): string {
    const stack = this.stack.node.path.replace(/[^\w./-]/g, '-');
    const { roleName, construct } = this.role;
    return (
      `echo "role ${roleName} is not destroyed, for stack ${stack} still refers to it, or another stack of the app: ` +
      `let the stack forget it, by ${construct}.forget in its code (Terraform 1.7) or by terraform state rm ${addresses}; ` +
      'where it stands at another address of the stack now, call resource.moveFromId() in place of adopt" 1>&2 && exit 1'
    );
  }
}

function beforeDestroy(command: string): object[] {
  return [{ 'local-exec': { when: 'destroy', command } }];
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
  /** Name of the role, which DLA fixes. */
  readonly roleName: string;
  /** Name of the system policy that the product page attaches to it. */
  readonly systemPolicy: string;
  /** Name of the construct, for what errors tell to write. */
  readonly construct: string;
}

export const MQ_ROLE: OpenAnalyticsRoleKind = { ...DLA_ROLES.mq, construct: 'OpenAnalyticsMqRole' };
export const MNS_ROLE: OpenAnalyticsRoleKind = { ...DLA_ROLES.mns, construct: 'OpenAnalyticsMnsRole' };

/**
 * Keeps the role where a stack refers to one that stands elsewhere, or takes it over.
 *
 * @param paths where the stack may have made it before, as ids below the stack
 */
export function keepFormerRole(
  stack: TerraformStack,
  role: OpenAnalyticsRoleKind,
  paths: readonly (readonly string[])[],
  provider: TerraformProvider | undefined,
): void {
  const former = formerRole(stack, role, provider);
  for (const path of [[role.roleName], ...paths]) {
    former.add(path, provider);
  }
}

/** Keeps a role that a stack makes, once it is there. */
export function keepMadeRole(
  made: IConstruct,
  role: OpenAnalyticsRoleKind,
  provider: TerraformProvider | undefined,
): void {
  formerRole(TerraformStack.of(made), role, provider).addMade(made);
}

/** Another stack of the account may have made the role before, and have lost all that refers to it. */
function keepInOtherStacks(
  home: TerraformStack,
  role: OpenAnalyticsRoleKind,
  provider: TerraformProvider | undefined,
): void {
  const account = accountOf(home, provider);
  for (const stack of stacksIn(home.node.root)) {
    const known = stack.node.tryFindChild(formerId(role));
    if (stack === home || (known instanceof FormerRole && accountOf(stack, known.provider) === account)) {
      continue;
    }
    const sameAccount = alicloudProviders(stack).find((one) => accountOf(stack, one) === account);
    if (sameAccount) {
      keepFormerRole(stack, role, [[secondRoleId(role, account)]], sameAccount);
    }
  }
}

function stacksIn(construct: IConstruct): TerraformStack[] {
  return construct.node.children.flatMap((child) => (TerraformStack.isStack(child) ? [child] : stacksIn(child)));
}

function formerRole(
  stack: TerraformStack,
  role: OpenAnalyticsRoleKind,
  provider: TerraformProvider | undefined,
): FormerRole {
  const known = stack.node.tryFindChild(formerId(role));
  return known instanceof FormerRole ? known : new FormerRole(stack, role, provider);
}

/** Id of the role of a stack's second account, where channels make it unasked. */
export function secondRoleId({ roleName }: OpenAnalyticsRoleKind, account: string): string {
  return `${roleName}-${fnv1a(account)}`;
}

function formerId({ roleName }: OpenAnalyticsRoleKind): string {
  return `${roleName}-former`;
}

/** Name of the keeper in Terraform, the same in every stack. */
function keeperId({ roleName }: OpenAnalyticsRoleKind): string {
  return `this_stack_keeps_${roleName}`;
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

/** Addresses that a stack has resources at, moves them from, or was told to forget. */
function addressesIn(stack: TerraformStack): string[] {
  const { removed, moved } = (stack as unknown as { rawOverrides: { removed?: unknown; moved?: unknown } })
    .rawOverrides;
  const overrides: unknown[] = [removed, moved].flatMap((all) => (Array.isArray(all) ? (all as unknown[]) : []));
  const elements = stack.node.findAll();
  return [
    ...elements
      .filter((one): one is TerraformResource => TerraformResource.isTerraformResource(one))
      .flatMap((one) => [addressOf(one), ...movedFrom(one)]),
    ...elements.filter((one) => one instanceof ForgottenRole).flatMap((one) => one.addresses()),
    ...overrides.map((one) => String((one as { from?: unknown }).from)),
  ];
}

function addressOf(resource: TerraformResource): string {
  return `${resource.terraformResourceType}.${resource.friendlyUniqueId}`;
}

/** What `moveFromId` was called with: cdktf has no public member for it. */
function movedFrom(resource: TerraformResource): string[] {
  const { _movedById: move } = resource as unknown as { _movedById?: { readonly from: string } };
  return move ? [move.from] : [];
}

/** Where a stack has no default provider, what names none would have Terraform configure one out of nothing. */
export function anyProvider(stack: TerraformStack): TerraformProvider | undefined {
  const all = alicloudProviders(stack);
  return all.some(({ alias }) => alias === undefined) ? undefined : all.at(0);
}

/** Without a provider Terraform would look for one of another name, and a stack that only refers to things needs none. */
export function worksWithAlicloud(stack: TerraformStack): boolean {
  return alicloudProviders(stack).length > 0;
}

function alicloudProviders(stack: TerraformStack): TerraformProvider[] {
  return stack.allProviders().filter(({ terraformResourceType }) => terraformResourceType === 'alicloud');
}

export function providerOf(provider: TerraformProvider | undefined): { provider?: string } {
  return provider === undefined ? {} : { provider: provider.fqn };
}
