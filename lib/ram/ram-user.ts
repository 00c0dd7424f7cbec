import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import type { Attribute } from '../provider-alicloud/table';
import { limit, missing, refuse } from '../validation';
import { GranteeKind, type IRamGrantee, type RamGranteeImportOptions } from './ram-grantee';

const IS_RAM_USER = Symbol.for('cdktf-alicloud-dla.RamUser');

class ImportedRamUser extends Construct implements IRamGrantee {
  public readonly granteeKind = GranteeKind.USER;
  public readonly granteeName: string;
  public readonly mutable: boolean;
  public readonly provider?: TerraformProvider;

  public constructor(scope: Construct, id: string, userName: string, options: RamGranteeImportOptions) {
    super(scope, id);
    Object.defineProperty(this, IS_RAM_USER, { value: true });
    refuse(this, missing('userName', userName), limit('userName', userName, NAME));
    this.granteeName = userName;
    this.mutable = options.mutable ?? true;
    this.provider = options.provider;
  }
}

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
    return new ImportedRamUser(scope, id, userName, options);
  }

  /** Tells whether something is a user that `fromUserName` refers to. */
  public static isRamUser(x: unknown): x is IRamGrantee {
    return typeof x === 'object' && x !== null && IS_RAM_USER in x;
  }

  private constructor() {}
}

/** The provider does not limit the name; RAM's documentation of CreateUser does. */
const NAME: Attribute = { type: 'string', pattern: /^[A-Za-z0-9._-]{1,64}$/ };
