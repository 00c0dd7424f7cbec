import type { TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { GranteeKind, ImportedRamGrantee, type IRamGrantee, type RamGranteeImportOptions } from './ram-grantee';

/** A RAM user of the account, e.g. the one that a receiver of receipts signs in as. */
export class RamUser {
  /**
   * A user that is made elsewhere, to grant permissions to.
   *
   * @throws ConstructError if the name is not one that RAM gives to users
   */
  public static fromUserName(
    scope: Construct,
    id: string,
    userName: string,
    options: RamGranteeImportOptions = {},
  ): IRamGrantee {
    return new ImportedRamGrantee(scope, id, GranteeKind.USER, userName, options);
  }

  /**
   * A user that a resource of this app makes, to grant permissions to. Grants come after it.
   *
   * @param resource an `alicloud_ram_user`, of this package's bindings or others
   * @throws ConstructError if it is another type of resource
   * @example
   * RamUser.fromResource(stack, 'reader', new RamUserResource(stack, 'user', { name: 'reader' }));
   */
  public static fromResource(
    scope: Construct,
    id: string,
    resource: TerraformResource,
    options: RamGranteeImportOptions = {},
  ): IRamGrantee {
    return ImportedRamGrantee.ofResource(scope, id, GranteeKind.USER, resource, options);
  }

  /** Tells whether something is a user that this class refers to. */
  public static isRamUser(x: unknown): x is IRamGrantee {
    return ImportedRamGrantee.isOfKind(GranteeKind.USER, x);
  }

  private constructor() {}
}
