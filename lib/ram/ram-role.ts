import type { TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';
import type { Attribute } from '../provider-alicloud/table';
import { limit, missing, refuse } from '../validation';
import { GranteeKind, type IRamGrantee, type RamGranteeImportOptions } from './ram-grantee';

const IS_RAM_ROLE = Symbol.for('cdktf-alicloud-dla.RamRole');

class ImportedRamRole extends Construct implements IRamGrantee {
  public readonly granteeKind = GranteeKind.ROLE;
  public readonly granteeName: string;
  public readonly mutable: boolean;
  public readonly provider?: TerraformProvider;

  public constructor(scope: Construct, id: string, roleName: string, options: RamGranteeImportOptions) {
    super(scope, id);
    Object.defineProperty(this, IS_RAM_ROLE, { value: true });
    refuse(this, missing('roleName', roleName), limit('roleName', roleName, NAME));
    this.granteeName = roleName;
    this.mutable = options.mutable ?? true;
    this.provider = options.provider;
  }
}

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
    return new ImportedRamRole(scope, id, roleName, options);
  }

  /** Tells whether something is a role that `fromRoleName` refers to. */
  public static isRamRole(x: unknown): x is IRamGrantee {
    return typeof x === 'object' && x !== null && IS_RAM_ROLE in x;
  }

  private constructor() {}
}

/** The provider does not limit the name; RAM's documentation of CreateRole does. */
const NAME: Attribute = { type: 'string', pattern: /^[A-Za-z0-9.-]{1,64}$/ };
