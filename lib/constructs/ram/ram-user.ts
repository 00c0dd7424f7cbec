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

  /** Tells whether something is a user that `fromUserName` refers to. */
  public static isRamUser(x: unknown): x is IRamGrantee {
    return ImportedRamGrantee.isOfKind(GranteeKind.USER, x);
  }

  private constructor() {}
}
