import { Annotations, Lazy, type TerraformProvider, type TerraformResource, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { defaultName } from '../default-name';
import { RamPolicy } from '../provider-alicloud/gen/ram-policy';
import { RamRolePolicyAttachment } from '../provider-alicloud/gen/ram-role-policy-attachment';
import { RamUserPolicyAttachment } from '../provider-alicloud/gen/ram-user-policy-attachment';
import { GranteeKind, type IRamGrantee } from './ram-grantee';

/** Actions that a grant gives, and on what. */
export interface GrantedActions {
  readonly actions: string[];
  readonly resources: string[];
}

/** What a grant led to. */
export interface Grant {
  /** The policy and its attachment; none if the grantee cannot be changed here. */
  readonly resources: TerraformResource[];
}

/** Longest name of a custom policy. Source: RAM's documentation of CreatePolicy. */
const LONGEST_POLICY_NAME = 128;

/**
 * All that one stack grants to one role or user, as one custom policy attached to it.
 */
class GrantPolicy extends Construct implements Grant {
  public readonly resources: TerraformResource[];

  /** What is granted, by the actions in one text, so that equal actions share a statement. */
  private readonly granted = new Map<string, { actions: string[]; resources: Set<string> }>();

  public constructor(scope: Construct, id: string, grantee: IRamGrantee, provider?: TerraformProvider) {
    super(scope, id);
    const made = TerraformStack.of(grantee) === TerraformStack.of(this) ? grantee.resource : undefined;
    const policy = new RamPolicy(this, 'Resource', {
      provider,
      policyName: defaultName(this, 'dla-', '-', LONGEST_POLICY_NAME),
      policyDocument: Lazy.stringValue({ produce: () => this.document() }),
    });
    const attachment = {
      provider,
      policyName: policy.policyName,
      policyType: 'Custom',
      dependsOn: made ? [made] : undefined,
    };
    this.resources = [
      policy,
      grantee.granteeKind === GranteeKind.ROLE
        ? new RamRolePolicyAttachment(this, 'Attachment', { ...attachment, roleName: grantee.granteeName })
        : new RamUserPolicyAttachment(this, 'Attachment', { ...attachment, userName: grantee.granteeName }),
    ];
  }

  public add({ actions, resources }: GrantedActions): void {
    const key = actions.join();
    const statement = this.granted.get(key) ?? { actions, resources: new Set<string>() };
    resources.forEach((resource) => statement.resources.add(resource));
    this.granted.set(key, statement);
  }

  private document(): string {
    return policyDocument(
      [...this.granted.values()].map(({ actions, resources }) => ({ actions, resources: [...resources] })),
    );
  }
}

/**
 * Grants actions on something to a role or user. The policy stands in the stack of the thing, so that no stack refers
 * to another one's state, and there is one for each grantee.
 *
 * @param provider RAM knows no regions: any provider of the account will do
 */
export function grant(
  on: IConstruct,
  grantee: IRamGrantee,
  given: GrantedActions[],
  provider?: TerraformProvider,
): Grant {
  if (!grantee.mutable) {
    Annotations.of(on).addWarning(
      `${grantee.granteeKind} ${grantee.granteeName} cannot be changed here, add to its policy by hand: ` +
        // Ids that Terraform knows only after the apply.
        policyDocument(given).replace(/\$\{TfToken\[TOKEN\.\d+\]\}/g, `<name or id of ${on.node.path}>`),
    );
    return { resources: [] };
  }
  const stack = TerraformStack.of(on);
  const home = TerraformStack.of(grantee);
  if (home !== stack && grantee.resource) {
    stack.addDependency(home);
  }
  const id = `Grants-${grantee.granteeKind}-${grantee.node.addr.slice(-8)}`;
  const policy = (stack.node.tryFindChild(id) ?? new GrantPolicy(stack, id, grantee, provider)) as GrantPolicy;
  given.forEach((one) => policy.add(one));
  return policy;
}

function policyDocument(given: GrantedActions[]): string {
  return JSON.stringify({
    Version: '1',
    Statement: given.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  });
}
