import type { TerraformProvider, TerraformResource } from 'cdktf';
import type { IConstruct } from 'constructs';

/** What kind of identity a grant goes to. */
export enum GranteeKind {
  ROLE = 'role',
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
