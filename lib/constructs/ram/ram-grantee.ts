import type { TerraformProvider, TerraformResource } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { ROLE_NAME, USER_NAME } from '../../cloud/names';
import type { Rule } from '../../cloud/rule';
import { tellReference } from '../named-references';
import { freeId } from '../tree';
import { checkAttribute, ConstructError, required, assertValid, checkBoolean, propsOf, valueText } from '../validation';

/** What kind of identity a grant goes to. */
export enum GranteeKind {
  /** A RAM role. */
  ROLE = 'role',
  /** A RAM user. */
  USER = 'user',
}

/** A RAM role or user that permissions can be granted to. */
export interface IRamGrantee extends IConstruct {
  /** Whether it is a role or a user. */
  readonly granteeKind: GranteeKind;

  /** Name of the role or user. */
  readonly granteeName: string;

  /** Whether grants may attach a policy to it. If not, a grant only warns and tells what to add by hand. */
  readonly mutable: boolean;

  /**
   * Provider of its account, for policies in its own stack.
   *
   * @default - the one of what is granted
   */
  readonly provider?: TerraformProvider;

  /**
   * The resource that makes it, which grants wait for.
   *
   * @default - it is made elsewhere
   */
  readonly resource?: TerraformResource;
}

/** Options of a reference to a role or user that is made elsewhere. */
export interface RamGranteeImportOptions {
  /**
   * Whether grants may attach a policy to it.
   *
   * @default true
   */
  readonly mutable?: boolean;

  /**
   * Provider of its account, for policies in its own stack.
   *
   * @default - the one of what is granted
   */
  readonly provider?: TerraformProvider;
}

const IS_IMPORTED_RAM_GRANTEE = Symbol.for('cdktf-alicloud-dla.ImportedRamGrantee');

const NAMES: Record<GranteeKind, Rule> = { [GranteeKind.ROLE]: ROLE_NAME, [GranteeKind.USER]: USER_NAME };

const RESOURCES = {
  [GranteeKind.ROLE]: { type: 'alicloud_ram_role', nameAttribute: 'role_name' },
  [GranteeKind.USER]: { type: 'alicloud_ram_user', nameAttribute: 'name' },
};

/** A role or user that is made elsewhere: a name to attach policies to. */
export class ImportedRamGrantee extends Construct implements IRamGrantee {
  public static isOfKind(kind: GranteeKind, x: unknown): x is IRamGrantee {
    return (
      typeof x === 'object' &&
      x !== null &&
      IS_IMPORTED_RAM_GRANTEE in x &&
      'granteeKind' in x &&
      x.granteeKind === kind
    );
  }

  public static ofResource(
    scope: Construct,
    id: string,
    kind: GranteeKind,
    resource: TerraformResource,
    options: RamGranteeImportOptions,
  ): ImportedRamGrantee {
    const { type, nameAttribute } = RESOURCES[kind];
    if (resource?.terraformResourceType !== type) {
      const received = resource?.terraformResourceType ?? valueText(resource);
      throw new ConstructError(scope.node.path, [{ property: `resource of ${id}`, received, allowed: type }]);
    }
    return new ImportedRamGrantee(scope, id, kind, resource.getStringAttribute(nameAttribute), options, resource);
  }

  public readonly mutable: boolean;
  public readonly provider?: TerraformProvider;
  public readonly resource?: TerraformResource;

  constructor(
    scope: Construct,
    id: string,
    public readonly granteeKind: GranteeKind,
    public readonly granteeName: string,
    options: RamGranteeImportOptions,
    resource?: TerraformResource,
  ) {
    propsOf(scope, id, options, 'options');
    super(scope, freeId(scope, id, granteeKind));
    Object.defineProperty(this, IS_IMPORTED_RAM_GRANTEE, { value: true });
    const property = `${granteeKind}Name`;
    assertValid(
      this,
      required(property, granteeName),
      checkAttribute(property, granteeName, NAMES[granteeKind]),
      checkBoolean('mutable', options.mutable),
    );
    this.mutable = options.mutable ?? true;
    this.provider = options.provider;
    this.resource = resource;
    if (granteeKind === GranteeKind.ROLE && !resource) {
      tellReference(this, 'role', granteeName, options);
    }
  }
}
