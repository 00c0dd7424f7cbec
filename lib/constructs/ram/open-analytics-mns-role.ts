import type { TerraformProvider } from 'cdktf';
import type { Construct } from 'constructs';
import {
  ForgottenOpenAnalyticsRole,
  type IOpenAnalyticsRole,
  OpenAnalyticsRole,
  type OpenAnalyticsRoleImportOptions,
  type OpenAnalyticsRoleOptions,
  type OpenAnalyticsRoleProps,
  referToRole,
  roleOfAccount,
} from './open-analytics-role';
import { MNS_ROLE } from './role-owner';

/** The role that DLA assumes to send receipts through SMQ (formerly MNS), made here or elsewhere. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- a name of its own, so that signatures say which role
export interface IOpenAnalyticsMnsRole extends IOpenAnalyticsRole {}

/**
 * The role that DLA assumes to send receipts through SMQ (formerly MNS). An account has one, so one stack owns it and everything else
 * refers to its constant name.
 *
 * Source: the product page's sibling for SMQ (formerly MNS); provider types `alicloud_ram_role` and
 * `alicloud_ram_role_policy_attachment`.
 *
 * @example
 * new OpenAnalyticsMnsRole(accountStack, 'role', { adopt: true });
 */
export class OpenAnalyticsMnsRole extends OpenAnalyticsRole implements IOpenAnalyticsMnsRole {
  /** Name that DLA gives the role. */
  public static readonly ROLE_NAME = MNS_ROLE.roleName;

  /** The role, made in another app or by hand. Nothing is read from the account unless `lookUp` says so. */
  public static fromRoleName(
    scope: Construct,
    id: string,
    options: OpenAnalyticsRoleImportOptions = {},
  ): IOpenAnalyticsMnsRole {
    return referToRole(scope, id, MNS_ROLE, options);
  }

  /**
   * The role, which a stack made and no longer owns: its state lets go of it, and nothing is destroyed. It stands where
   * `new OpenAnalyticsMnsRole` stood; without an id, for the role that channels without `role` made. Needs Terraform 1.7;
   * before that `terraform state rm` does the same. Once it is applied it can be left out.
   *
   * @example
   * const role = new OpenAnalyticsMnsRole(accountStack, 'role', { adopt: true });
   * OpenAnalyticsMnsRole.forget(formerStack);
   */
  public static forget(
    scope: Construct,
    id = MNS_ROLE.roleName,
    options: OpenAnalyticsRoleImportOptions = {},
  ): IOpenAnalyticsMnsRole {
    return new ForgottenOpenAnalyticsRole(scope, id, MNS_ROLE, options);
  }

  /**
   * The role of a channel's account: the one that this app owns, or else a new one right below the channel's stack.
   * Across stacks it is a reference by name and a stack dependency. Where a role was made for want of one it serves the
   * channels of one stack; those of others are an error at synth until they are given `role`.
   */
  public static ofAccount(
    channel: Construct,
    provider?: TerraformProvider,
    options?: OpenAnalyticsRoleOptions,
  ): IOpenAnalyticsMnsRole {
    return roleOfAccount<IOpenAnalyticsMnsRole>(
      channel,
      provider,
      MNS_ROLE,
      options,
      (stack, id) => new OpenAnalyticsMnsRole(stack, id, { ...options, provider }),
    );
  }

  /** Tells whether something is this role, made here or elsewhere. */
  public static isOpenAnalyticsMnsRole(x: unknown): x is IOpenAnalyticsMnsRole {
    return OpenAnalyticsRole.isOpenAnalyticsRole(x) && x.roleName === MNS_ROLE.roleName;
  }

  /** @throws ConstructError that lists every property that is not allowed */
  constructor(scope: Construct, id: string, props: OpenAnalyticsRoleProps = {}) {
    super(scope, id, MNS_ROLE, props);
  }
}
