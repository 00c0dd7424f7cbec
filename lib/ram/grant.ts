import { Annotations, dependable, Lazy, type TerraformProvider, type TerraformResource, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { defaultName } from '../default-name';
import { RamPolicy } from '../provider-alicloud/gen/ram-policy';
import { RamRolePolicyAttachment } from '../provider-alicloud/gen/ram-role-policy-attachment';
import { RamUserPolicyAttachment } from '../provider-alicloud/gen/ram-user-policy-attachment';
import { accountOf } from '../provider-settings';
import { identityOf } from '../sole-owner';
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

/** Longest document of a custom policy, in characters. Source: RAM's limits. */
const LONGEST_DOCUMENT = 6144;

/** A name or id that Terraform knows only after the apply. */
const TOKEN = /\$\{TfToken\[TOKEN\.\d+\]\}/g;

/** The longest name that a token may stand for, an MNS queue's. */
const LONGEST_NAME = 'x'.repeat(120);

/** A custom policy of a role or user, attached to it. */
class GrantPolicy extends Construct implements Grant {
  public readonly resources: TerraformResource[];

  private granted: GrantedActions[] = [];
  private readonly attachment: TerraformResource;

  public constructor(scope: Construct, id: string, grantee: IRamGrantee, provider?: TerraformProvider) {
    super(scope, id);
    const policy = new RamPolicy(this, 'Resource', {
      provider,
      policyName: defaultName(this, 'dla-', '-', LONGEST_POLICY_NAME),
      policyDocument: Lazy.stringValue({ produce: () => policyDocument(this.granted) }),
    });
    const attachment = { provider, policyName: policy.policyName, policyType: 'Custom' };
    this.attachment =
      grantee.granteeKind === GranteeKind.ROLE
        ? new RamRolePolicyAttachment(this, 'Attachment', { ...attachment, roleName: grantee.granteeName })
        : new RamUserPolicyAttachment(this, 'Attachment', { ...attachment, userName: grantee.granteeName });
    this.resources = [policy, this.attachment];
  }

  /** Whether the policy stays within RAM's limit with more in it. */
  public fits(given: GrantedActions[]): boolean {
    return policyDocument(merge(this.granted, given)).replace(TOKEN, LONGEST_NAME).length <= LONGEST_DOCUMENT;
  }

  public add(given: GrantedActions[]): void {
    this.granted = merge(this.granted, given);
  }

  /** Its name alone does not tell Terraform that a role of the same stack comes first. */
  public waitFor(grantee: TerraformResource): void {
    this.attachment.dependsOn ??= [dependable(grantee)];
  }
}

const policies = new WeakMap<TerraformStack, Map<string, GrantPolicy[]>>();

/**
 * Grants actions on something to a role or user. A stack has one policy for each of them, or more where one would be
 * too long. It stands in the stack of the thing, so that no stack refers to another one's state, except where that
 * stack is deployed before the one that makes the role.
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
        policyDocument(given).replace(TOKEN, `<name or id of ${on.node.path}>`),
    );
    return { resources: [] };
  }
  const made = grantee.resource;
  if (made && TerraformStack.of(made).dependsOn(TerraformStack.of(on))) {
    return policyFor(made, grantee, given, made.provider);
  }
  if (made && TerraformStack.of(made) !== TerraformStack.of(on)) {
    TerraformStack.of(on).addDependency(TerraformStack.of(made));
  }
  return policyFor(on, grantee, given, provider);
}

/** A policy with room for what is given, in the stack of a construct. */
function policyFor(
  place: IConstruct,
  grantee: IRamGrantee,
  given: GrantedActions[],
  provider?: TerraformProvider,
): GrantPolicy {
  const stack = TerraformStack.of(place);
  const ofStack = policies.get(stack) ?? new Map<string, GrantPolicy[]>();
  policies.set(stack, ofStack);
  const { granteeKind, granteeName, resource } = grantee;
  const key = [granteeKind, identityOf(grantee, granteeName), accountOf(place, provider)].join(' ');
  const all = ofStack.get(key) ?? [];
  ofStack.set(key, all);

  let policy = all.find((one) => one.fits(given));
  if (!policy) {
    policy = new GrantPolicy(
      stack,
      freeId(stack, `Grants-${granteeKind}-${grantee.node.addr.slice(-8)}`),
      grantee,
      provider,
    );
    all.push(policy);
  }
  policy.add(given);
  if (resource && TerraformStack.of(resource) === stack) {
    policy.waitFor(resource);
  }
  return policy;
}

function freeId(stack: TerraformStack, id: string): string {
  let free = id;
  for (let number = 2; stack.node.tryFindChild(free); number += 1) {
    free = `${id}-${number}`;
  }
  return free;
}

/** Equal actions share a statement, which names each thing once. */
function merge(granted: GrantedActions[], given: GrantedActions[]): GrantedActions[] {
  const merged = new Map<string, GrantedActions>();
  for (const { actions, resources } of [...granted, ...given]) {
    const key = actions.join();
    const known = merged.get(key)?.resources ?? [];
    merged.set(key, { actions, resources: [...new Set([...known, ...resources])] });
  }
  return [...merged.values()];
}

function policyDocument(given: GrantedActions[]): string {
  return JSON.stringify({
    Version: '1',
    Statement: given.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  });
}
