import { isDeepStrictEqual } from 'node:util';
import {
  Annotations,
  type TerraformProvider,
  type TerraformResource,
  type TerraformResourceLifecycle,
  TerraformStack,
} from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { DataAlicloudRamRoles } from '../../provider-schema/gen/data-alicloud-ram-roles/index';
import { RamRole } from '../../provider-schema/gen/ram-role/index';
import { RamRolePolicyAttachment } from '../../provider-schema/gen/ram-role-policy-attachment/index';
import { tellReference } from '../named-references';
import { accountOf } from '../provider-settings';
import { onRename, referenceAsText, withReferences } from '../references';
import { deployAfter, freeId } from '../tree';
import { registerUnique, ownerOf } from '../uniqueness';
import type { Attribute } from '../../provider-schema/table';
import {
  type PropertyError,
  checkAttribute,
  checkObject,
  checkProvider,
  ConstructError,
  valueText,
  checkList,
  assertValid,
  requireKnownAtSynth,
  checkTags,
  checkBoolean,
  propsOf,
} from '../validation';
import { GranteeKind, type IRamGrantee } from './ram-grantee';
import {
  ExistingRoleCheck,
  ForgottenRole,
  keepFormerRole,
  secondRoleId,
  keepMadeRole,
  MNS_ROLE,
  MQ_ROLE,
  type OpenAnalyticsRoleKind,
  pathIn,
} from './role-owner';
import { DLA_SERVICE, TRUSTED_SERVICE, trustPolicy } from '../../cloud/dla-roles';
import { MAX_DESCRIPTION_LENGTH, SESSION_SECONDS } from '../../cloud/limits';
import type { Rule } from '../../cloud/rule';

/** A role that DLA assumes to send receipts, made here or elsewhere. Its name is fixed by DLA. */
export interface IOpenAnalyticsRole extends IRamGrantee {
  /** Name of the role: a constant, so a stack can use it without reading another stack's state. */
  readonly roleName: string;

  /**
   * ARN of the role, e.g. `acs:ram::1234567890123456:role/…`.
   *
   * @default - not known: it is made elsewhere and was not looked up
   */
  readonly roleArn?: string;

  /** What the role may do. */
  readonly permission: RolePermission;

  /** The resources that have to be there before DLA can assume the role and send; none if it is made elsewhere. */
  readonly resources: TerraformResource[];

  /** @deprecated `resources` */
  readonly parts: TerraformResource[];
}

/** What the role that DLA assumes may do. */
export enum RolePermission {
  /** Everything in the message service, through the system policy that the product page attaches. */
  FULL = 'full',
  /**
   * Sending to the topics or queues of this app's channels, through custom policies. Where several stacks share topics,
   * make the role in a stack of its own: a policy stands beside its topic, and the role comes before all policies.
   *
   * Assumption: the product page knows only the system policy. That publishing is all that DLA needs follows from
   * the service's list of RAM actions; it has not been tried against DLA itself.
   */
  PUBLISH_ONLY = 'publishOnly',
}

/** Options of the role, wherever it is made. */
export interface OpenAnalyticsRoleOptions {
  /**
   * What the role may do.
   *
   * @default RolePermission.FULL
   */
  readonly permission?: RolePermission;

  /**
   * Take over a role that exists already, through an import block, instead of making it. Nothing is taken away: it keeps
   * what it trusts, its description and tags where no property names them, and the policies that are attached to it;
   * with `RolePermission.PUBLISH_ONLY` a warning names the one to detach by hand. A plan fails if it does not trust DLA.
   *
   * Where another stack made the role, have that one forget it before or together with this
   * (`OpenAnalyticsMqRole.forget`), or it may destroy what both know.
   * Where the same stack made it, by a resource of the bindings, too, call `resource.moveFromId()` in place of this:
   * `npm run deploy` stops otherwise, and `cdktf deploy` destroys the role.
   * Taken out of the code, with nothing in the stack that still refers to the role, it is destroyed like any other: write
   * `OpenAnalyticsMqRole.forget(stack, id)` in its place where somebody else needs it.
   *
   * @default false
   */
  readonly adopt?: boolean;

  /**
   * Destroy the role that was taken over with its stack. Otherwise Terraform refuses to destroy it, and
   * `terraform state rm` lets go of it. Only with `adopt`.
   *
   * @default false
   */
  readonly destroyAdopted?: boolean;

  /**
   * The system policy is attached to the role that is taken over, so the attachment is taken over too. Only with
   * `adopt` and `RolePermission.FULL`.
   *
   * @default - the same as `adopt`
   */
  readonly adoptAttachment?: boolean;

  /**
   * Services that may assume the role beside DLA, as trust policies name them, e.g. `fc.aliyuncs.com`.
   *
   * @default - DLA alone
   */
  readonly trustedServices?: string[];

  /**
   * How long a session with the role may last, 3600 to 43200 seconds. Taken out, the role keeps what it has.
   *
   * @default - RAM's own, an hour
   */
  readonly maxSessionDurationSeconds?: number;

  /**
   * Detach the policies that are attached by hand or by other stacks before the role is destroyed. Without it a destroy
   * fails while there are any. Counts only once it has been applied.
   *
   * @default false
   */
  readonly force?: boolean;

  /**
   * What people read beside the role in the RAM console: up to 1,024 characters.
   *
   * @default - the provider's
   */
  readonly description?: string;

  /**
   * Tags of the role.
   *
   * @default - none
   */
  readonly tags?: { [key: string]: string };
}

/** Properties of a role that DLA assumes. */
export interface OpenAnalyticsRoleProps extends OpenAnalyticsRoleOptions {
  /**
   * Provider that makes the role. RAM knows no regions: any provider of the account will do. It tells the roles of two
   * accounts apart, so a default provider has to be made before the role, and either all providers or none of one
   * account are given its `account_id`; the account of a role to assume counts as that.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** Options of a reference to the role. */
export interface OpenAnalyticsRoleImportOptions {
  /**
   * What the role may do. With `RolePermission.PUBLISH_ONLY` each channel attaches the policy it needs.
   *
   * @default RolePermission.FULL
   */
  readonly permission?: RolePermission;

  /**
   * Look the role up in the account: its ARN is known then, and a plan fails if there is no such role.
   *
   * @default false
   */
  readonly lookUp?: boolean;

  /**
   * Provider of the role's account: looks the role up, and makes policies for it in its stack.
   *
   * @default - the stack's default provider of alicloud
   */
  readonly provider?: TerraformProvider;
}

/** What the roles of this package were made with. */
const optionsOf = new WeakMap<IConstruct, OpenAnalyticsRoleOptions>();

const IS_OPEN_ANALYTICS_ROLE = Symbol.for('cdktf-alicloud-dla.OpenAnalyticsRole');

abstract class OpenAnalyticsRoleBase extends Construct implements IOpenAnalyticsRole {
  public readonly granteeKind = GranteeKind.ROLE;
  public readonly mutable = true;
  public readonly roleName: string;
  public readonly granteeName: string;
  public readonly permission: RolePermission;
  public readonly provider?: TerraformProvider;
  public readonly resources: TerraformResource[] = [];

  constructor(scope: Construct, id: string, kind: OpenAnalyticsRoleKind, options: OpenAnalyticsRoleImportOptions) {
    const { permission, provider } = propsOf(scope, id, options);
    super(scope, freeId(scope, id, 'role'));
    Object.defineProperty(this, IS_OPEN_ANALYTICS_ROLE, { value: true });
    this.roleName = kind.roleName;
    this.granteeName = kind.roleName;
    this.permission = permission ?? RolePermission.FULL;
    this.provider = provider;
  }

  /** @deprecated `resources` */
  public get parts(): TerraformResource[] {
    return this.resources;
  }
}

/** A role that is made elsewhere: all that the constructs need is its constant name, so a look-up is a choice. */
export class ImportedOpenAnalyticsRole extends OpenAnalyticsRoleBase {
  public readonly roleArn?: string;

  constructor(scope: Construct, id: string, kind: OpenAnalyticsRoleKind, options: OpenAnalyticsRoleImportOptions) {
    super(scope, id, kind, options);
    assertValid(
      this,
      roleErrors({ permission: options.permission }),
      requireKnownAtSynth('lookUp', options.lookUp),
      checkBoolean('lookUp', options.lookUp),
    );
    tellReference(this, 'role', kind.roleName, options);
    if (options.lookUp) {
      const found = new DataAlicloudRamRoles(this, 'Role', {
        provider: options.provider,
        nameRegex: `^${kind.roleName}$`,
        lifecycle: {
          // Terraform only warns of it when it destroys.
          postcondition: [
            {
              condition: '${length(self.names) == 1}',
              errorMessage: `role ${kind.roleName} does not exist in this account: let a stack make it, or refer to it without lookUp`,
            },
          ],
        },
      });
      this.roleArn = found.roles.get(0).arn;
    }
  }
}

/** A reference that may stand where the role was made before: it is not destroyed then. */
export function referToRole(
  scope: Construct,
  id: string,
  kind: OpenAnalyticsRoleKind,
  options: OpenAnalyticsRoleImportOptions,
): IOpenAnalyticsRole {
  const role = new ImportedOpenAnalyticsRole(scope, id, kind, options);
  const stack = TerraformStack.of(role);
  keepFormerRole(stack, kind, [pathIn(stack, role)], options.provider);
  return role;
}

/** A role that stays in the account while Terraform forgets that a stack made it. */
export class ForgottenOpenAnalyticsRole extends ImportedOpenAnalyticsRole {
  constructor(scope: Construct, id: string, kind: OpenAnalyticsRoleKind, options: OpenAnalyticsRoleImportOptions) {
    super(scope, id, kind, options);
    new ForgottenRole(this);
  }
}

/** What the roles that DLA assumes for MQ and for SMQ (formerly MNS) have in common; they differ in two names. */
export abstract class OpenAnalyticsRole extends OpenAnalyticsRoleBase {
  /** Tells whether something is a role that DLA assumes, made here or elsewhere. */
  public static isOpenAnalyticsRole(x: unknown): x is IOpenAnalyticsRole {
    return typeof x === 'object' && x !== null && IS_OPEN_ANALYTICS_ROLE in x;
  }

  /** The role itself, as the provider knows it. */
  public readonly resource: RamRole;

  protected constructor(scope: Construct, id: string, kind: OpenAnalyticsRoleKind, props: OpenAnalyticsRoleProps) {
    super(scope, id, kind, props);
    assertValid(this, roleErrors(props));
    const { provider, ...options } = props;
    optionsOf.set(this, options);
    registerUnique(
      this,
      () => ownerKey(kind, accountOf(this, provider)),
      (first) =>
        `role ${kind.roleName} is already made by ${first}, and an account has only one: let one stack make it, before ` +
        'all channels, and give it to them as role; or give fromRoleName() to the others. The providers of two ' +
        'accounts are told apart by account_id or credentials',
    );

    this.resource = new RamRole(this, 'Resource', {
      provider,
      roleName: kind.roleName,
      assumeRolePolicyDocument: trustPolicy(props.trustedServices),
      maxSessionDuration: props.maxSessionDurationSeconds,
      force: props.force,
      description: props.description,
      tags: props.tags,
      lifecycle: props.adopt ? adoptedLifecycle(kind, props) : undefined,
    });
    this.resources.push(this.resource);
    keepMadeRole(this, kind, provider);
    if (props.adopt) {
      keepFormerRole(TerraformStack.of(this), kind, [], provider);
      this.resource.importFrom(kind.roleName, provider);
    } else {
      new ExistingRoleCheck(this.resource, kind.roleName, provider);
    }
    if (props.adopt && this.permission === RolePermission.PUBLISH_ONLY) {
      Annotations.of(this).addWarning(
        `role ${kind.roleName} keeps the policies that it has when it is adopted: detach ${kind.systemPolicy} by hand, ` +
          'or it may do more than publish',
      );
    }
    if (this.permission === RolePermission.FULL) {
      const adoptAttachment = props.adoptAttachment ?? props.adopt;
      const attachment = new RamRolePolicyAttachment(this, 'Attachment', {
        provider,
        roleName: referenceAsText(this, this.resource)!,
        policyName: kind.systemPolicy,
        policyType: 'System',
        lifecycle: adoptAttachment && !props.destroyAdopted ? { preventDestroy: true } : undefined,
      });
      this.resources.push(attachment);
      onRename(this.resource, () => (attachment.roleName = referenceAsText(this, this.resource)!));
      if (adoptAttachment) {
        attachment.importFrom(`role:${kind.systemPolicy}:System:${kind.roleName}`, provider);
      }
    }
  }

  /** ARN of the role, e.g. `acs:ram::1234567890123456:role/…`. */
  public get roleArn(): string {
    return this.resource.arn;
  }
}

/** A role that somebody else made keeps what no property names. */
function adoptedLifecycle(
  { roleName }: OpenAnalyticsRoleKind,
  { description, tags, trustedServices, destroyAdopted }: OpenAnalyticsRoleOptions,
): TerraformResourceLifecycle {
  return {
    preventDestroy: destroyAdopted ? undefined : true,
    ignoreChanges: [
      ...(trustedServices === undefined ? ['assume_role_policy_document'] : []),
      ...(description === undefined ? ['description'] : []),
      ...(tags === undefined ? ['tags'] : []),
    ],
    postcondition: [
      {
        condition: `\${length(regexall("${DLA_SERVICE}", self.assume_role_policy_document)) > 0}`,
        errorMessage: `expected role ${roleName} to trust ${DLA_SERVICE}: add the service to its trust policy, then adopt it`,
      },
    ],
  };
}

const DESCRIPTION: Rule = {
  type: 'string',
  // Characters, where a length counts bytes.
  pattern: new RegExp(`^[^]{0,${MAX_DESCRIPTION_LENGTH}}$`, 'u'),
  expected: `up to ${MAX_DESCRIPTION_LENGTH} characters`,
};
const SESSION: Rule = { type: 'number', range: SESSION_SECONDS };
const PERMISSION: Attribute = { type: 'string', allowed: Object.values(RolePermission) };

/** Errors of a role's options; `at` goes before the names of properties. */
export function roleErrors(options: OpenAnalyticsRoleOptions, at = ''): PropertyError[] {
  return [
    ...checkAttribute(`${at}permission`, options.permission, PERMISSION),
    ...checkTags(`${at}tags`, options.tags),
    ...requireKnownAtSynth(`${at}permission`, options.permission),
    ...requireKnownAtSynth(`${at}trustedServices`, options.trustedServices),
    ...checkList(`${at}trustedServices`, options.trustedServices, (service, place) =>
      checkAttribute(place, service, TRUSTED_SERVICE),
    ),
    ...checkAttribute(`${at}maxSessionDurationSeconds`, options.maxSessionDurationSeconds, SESSION),
    ...(options.adoptAttachment && !(options.adopt && options.permission !== RolePermission.PUBLISH_ONLY)
      ? [
          {
            property: `${at}adoptAttachment`,
            received: 'true',
            allowed: 'true only with adopt and permission "full"',
          },
        ]
      : []),
    ...(options.destroyAdopted && !options.adopt
      ? [{ property: `${at}destroyAdopted`, received: 'true', allowed: 'true only with adopt' }]
      : []),
    ...(['adopt', 'adoptAttachment', 'destroyAdopted'] as const).flatMap((name) => [
      ...requireKnownAtSynth(`${at}${name}`, options[name]),
      ...checkBoolean(`${at}${name}`, options[name]),
    ]),
    ...checkBoolean(`${at}force`, options.force),
    ...checkAttribute(`${at}description`, options.description, DESCRIPTION),
  ];
}

/** The channels that had roles made for want of one. */
const madeFor = new WeakMap<IConstruct, IConstruct>();

/**
 * The role of the account for a channel that was given none: the first channel makes it, right below its stack, so that
 * it stays when that channel goes. Only channels of one stack share it unasked: of several stacks the order of code
 * would choose the one that owns it, and where the owner changes the earlier one destroys the role.
 */
export function roleOfAccount<T extends IOpenAnalyticsRole>(
  channel: Construct,
  provider: TerraformProvider | undefined,
  kind: OpenAnalyticsRoleKind,
  options: OpenAnalyticsRoleOptions | undefined,
  make: (stack: TerraformStack, id: string) => T,
): T {
  if (!Construct.isConstruct(channel)) {
    throw new ConstructError(kind.roleName, [
      { property: 'channel', received: valueText(channel), allowed: 'a construct in a TerraformStack' },
    ]);
  }
  assertValid(channel, checkProvider('provider', provider), checkObject('options', options));
  const stack = TerraformStack.of(channel);
  const account = accountOf(channel, provider);
  const owner = ownerOf(channel, ownerKey(kind, account)) as T | undefined;
  if (!owner) {
    const { roleName } = kind;
    const other = stack.node.tryFindChild(roleName);
    const id = other ? secondRoleId(kind, account) : roleName;
    if (other && optionsOf.has(other)) {
      channel.node.addValidation({ validate: () => [twoAccounts(kind, stack, id)] });
    } else if (other instanceof ForgottenOpenAnalyticsRole) {
      channel.node.addValidation({ validate: () => [notTheOwner(kind, stack)] });
    }
    const role = make(stack, id);
    madeFor.set(role, channel);
    return role;
  }
  if (options) {
    assertValid(channel, otherThanMade(owner, options));
  }
  const home = TerraformStack.of(owner);
  if (home !== stack) {
    deployAfter(channel, owner);
    const first = madeFor.get(owner);
    if (first) {
      channel.node.addValidation({ validate: () => [twoStacks(kind, first, channel)] });
    }
  }
  return owner;
}

function twoStacks({ roleName, construct }: OpenAnalyticsRoleKind, first: IConstruct, channel: IConstruct): string {
  const [home, here] = [first, channel].map((one) => TerraformStack.of(one).node.path);
  return (
    `role ${roleName} is needed in stack ${here} and in stack ${home}, and an account has only one: name the stack that ` +
    `owns it. Where ${home} has made it, or none has yet, write role: channel.role here, with channel = ${first.node.path}; ` +
    `where ${here} has made it, write so in ${home}; or make it in a stack of its own, new ${construct}(stack, 'role'), ` +
    'and give it to all. README, "The role\'s owner", tells how it moves'
  );
}

function twoAccounts({ roleName, construct }: OpenAnalyticsRoleKind, stack: TerraformStack, id: string): string {
  return (
    `stack ${stack.node.path} makes ${roleName} in two accounts, at addresses that depend on which comes first: write ` +
    `role: new ${construct}(stack, '${roleName}', { provider }) for the account that came first when the stack was ` +
    `deployed, and role: new ${construct}(stack, '${id}', { provider }) for the other`
  );
}

function notTheOwner({ roleName }: OpenAnalyticsRoleKind, stack: TerraformStack): string {
  return `role ${roleName} is forgotten by stack ${stack.node.path}: give the channel role, the one that has it now`;
}

/** The stack of a channel whose role is made elsewhere may have made it before, unasked or at the same place: it keeps it. */
export function keepRoleOfElsewhere(
  channel: IConstruct,
  role: IOpenAnalyticsRole,
  provider: TerraformProvider | undefined,
): void {
  const stack = TerraformStack.of(channel);
  const home = TerraformStack.of(role);
  const kind = [MQ_ROLE, MNS_ROLE].find(({ roleName }) => roleName === role.roleName);
  if (kind && !(home === stack && optionsOf.has(role))) {
    keepFormerRole(stack, kind, [pathIn(home, role)], provider);
  }
}

/** Options that the role was not made with: several environments may be given the same ones. */
function otherThanMade(owner: IConstruct, options: OpenAnalyticsRoleOptions): PropertyError[] {
  const made = withReferences(owner, withDefaults(optionsOf.get(owner)!));
  return Object.entries(withReferences(owner, options))
    .filter(([name, value]) => value !== undefined && !isDeepStrictEqual(value, made[name]))
    .map(([name, value]) => ({
      property: `roleProps.${name}`,
      received: JSON.stringify(value),
      allowed: `${JSON.stringify(made[name]) ?? 'none'}, because ${owner.node.path} makes the role already: give it there`,
    }));
}

function withDefaults(options: OpenAnalyticsRoleOptions): Record<string, unknown> {
  const { permission = RolePermission.FULL, adopt = false, adoptAttachment = adopt } = options;
  return { destroyAdopted: false, force: false, ...options, permission, adopt, adoptAttachment };
}

function ownerKey(kind: OpenAnalyticsRoleKind, account: string): string {
  return `role ${kind.roleName} ${account}`;
}
