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

  /** Tells whether something is a role that `fromRoleName` refers to. */
  public static isRamRole(x: unknown): x is IRamGrantee {
    return ImportedRamGrantee.isOfKind(GranteeKind.ROLE, x);
  }

  private constructor() {}
}
