import type { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { GranteeKind, ImportedRamGrantee, type IRamGrantee, type RamGranteeImportOptions } from './ram-grantee';

/** A RAM role of the account, e.g. the one that a receiver of receipts runs as. */
export class RamRole {
  /**
   * A role that is made elsewhere, to grant permissions to.
   *
   * @throws ConstructError if the name is not one that RAM gives to roles
   */
  public static fromRoleName(
    scope: Construct,
    id: string,
    roleName: string,
    options: RamGranteeImportOptions = {},
  ): IRamGrantee {
    return new ImportedRamGrantee(scope, id, GranteeKind.ROLE, roleName, options);
  }

  /**
   * A role that a resource of this app makes, to grant permissions to. Grants come after it.
   *
   * @param resource an `alicloud_ram_role`, of this package's bindings or others
   * @throws ConstructError if it is another type of resource
   * @example
   * const role = new RamRoleResource(stack, 'role', { roleName: 'reader', assumeRolePolicyDocument });
   * RamRole.fromResource(stack, 'reader', role);
   */
  public static fromResource(
    scope: Construct,
    id: string,
    resource: TerraformResource,
    options: RamGranteeImportOptions = {},
  ): IRamGrantee {
    return ImportedRamGrantee.ofResource(scope, id, GranteeKind.ROLE, resource, options);
  }

  /** Tells whether something is a role that this class refers to. */
  public static isRamRole(x: unknown): x is IRamGrantee {
    return ImportedRamGrantee.isOfKind(GranteeKind.ROLE, x);
  }

  private constructor() {}
}
