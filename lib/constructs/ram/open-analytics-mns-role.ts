import type { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import { DLA_ROLES } from '../../cloud/dla-roles';
import {
  type IOpenAnalyticsRole,
  ImportedOpenAnalyticsRole,
  OpenAnalyticsRole,
  type OpenAnalyticsRoleImportOptions,
  type OpenAnalyticsRoleKind,
  type OpenAnalyticsRoleOptions,
  type OpenAnalyticsRoleProps,
  roleOfAccount,
} from './open-analytics-role';

/** The role that DLA assumes to send receipts through MNS, made here or elsewhere. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a name of its own, so that signatures say which role
export interface IOpenAnalyticsMnsRole extends IOpenAnalyticsRole {}

const KIND: OpenAnalyticsRoleKind = DLA_ROLES.mns;

/**
 * The role that DLA assumes to send receipts through MNS. An account has one, so one stack owns it and everything else
 * refers to its constant name.
 *
 * Source: the product page's sibling for MNS; provider types `alicloud_ram_role` and
 * `alicloud_ram_role_policy_attachment`.
 *
 * @example
 * new OpenAnalyticsMnsRole(accountStack, 'role', { adopt: true });
 */
export class OpenAnalyticsMnsRole extends OpenAnalyticsRole implements IOpenAnalyticsMnsRole {
  /** Name that DLA gives the role. */
  public static readonly ROLE_NAME = KIND.roleName;

  /** The role, made in another app or by hand. Nothing is read from the account unless `lookUp` says so. */
  public static fromRoleName(
    scope: Construct,
    id: string,
    options: OpenAnalyticsRoleImportOptions = {},
  ): IOpenAnalyticsMnsRole {
    return new ImportedOpenAnalyticsRole(scope, id, KIND, options);
  }

  /**
   * The role of a channel's account: the one that this app owns, or else a new one right below the channel's stack.
   * Across stacks it is a reference by name and a stack dependency.
   */
  public static ofAccount(
    channel: Construct,
    provider?: TerraformProvider,
    options?: OpenAnalyticsRoleOptions,
  ): IOpenAnalyticsMnsRole {
    return roleOfAccount<IOpenAnalyticsMnsRole>(
      channel,
      provider,
      KIND,
      options,
      (stack, id) => new OpenAnalyticsMnsRole(stack, id, { ...options, provider }),
    );
  }

  /** Tells whether something is this role, made here or elsewhere. */
  public static isOpenAnalyticsMnsRole(x: unknown): x is IOpenAnalyticsMnsRole {
    return OpenAnalyticsRole.isOpenAnalyticsRole(x) && x.roleName === KIND.roleName;
  }

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: OpenAnalyticsRoleProps = {}) {
    super(scope, id, KIND, props);
  }
}
