import {
  Annotations,
  Aspects,
  dependable,
  Lazy,
  TerraformElement,
  type TerraformProvider,
  TerraformResource,
  type TerraformResourceLifecycle,
  TerraformStack,
  Token,
} from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { isKmsArn, isMqGroupArn } from '../../cloud/arn';
import { MAX_ATTACHED_POLICIES } from '../../cloud/limits';
import { POLICY_NAME } from '../../cloud/names';
import { defaultName } from '../default-name';
import { RamPolicy } from '../../provider-schema/gen/ram-policy/index';
import { RamRolePolicyAttachment } from '../../provider-schema/gen/ram-role-policy-attachment/index';
import { RamUserPolicyAttachment } from '../../provider-schema/gen/ram-user-policy-attachment/index';
import { accountOf } from '../provider-settings';
import { assertJsonOutput } from '../json-output';
import { withReferences } from '../references';
import { deployAfter, isInTree } from '../tree';
import { identityOf } from '../uniqueness';
import { assertValid, type PropertyError, valueText } from '../validation';
import { distribute, type GrantedActions, merge, policiesNeeded, policyDocument } from './distribution';
import { GranteeKind, type IRamGrantee } from './ram-grantee';
import { logicalId, pathIn } from './role-owner';

export type { GrantedActions } from './distribution';

/** What a grant led to. */
export interface Grant {
  /**
   * The policy and its attachment; none if the grantee cannot be changed here. Where one policy would be too long it is
   * the first of several, and comes after the others.
   */
  readonly resources: TerraformResource[];
}

/** A custom policy, attached to a role or user. */
class AttachedPolicy {
  public readonly policy: RamPolicy;
  public readonly attachment: TerraformResource;

  constructor(
    scope: Construct,
    grantee: IRamGrantee,
    provider: TerraformProvider | undefined,
    produce: () => string,
    lifecycle?: TerraformResourceLifecycle,
  ) {
    this.policy = new RamPolicy(scope, 'Resource', {
      provider,
      policyName: defaultName(scope, 'dla-', '-', POLICY_NAME.length[1]),
      policyDocument: Lazy.stringValue({ produce }),
      // Each change of the document makes a version of the policy, and RAM keeps five.
      rotateStrategy: 'DeleteOldestNonDefaultVersionWhenLimitExceeded',
      lifecycle,
    });
    const attachment = { provider, policyName: this.policy.policyName, policyType: 'Custom', lifecycle };
    this.attachment =
      grantee.granteeKind === GranteeKind.ROLE
        ? new RamRolePolicyAttachment(scope, 'Attachment', { ...attachment, roleName: grantee.granteeName })
        : new RamUserPolicyAttachment(scope, 'Attachment', { ...attachment, userName: grantee.granteeName });
  }
}

/**
 * What a stack grants to a role or user: one policy, or several where one would be too long. The first has the address
 * that the only one has.
 *
 * No permission is missing while Terraform works, in whatever order it does: where the number of policies changes, a
 * permission stays in its policy, or moves between one with a lower number and one that is made or goes. What is made
 * comes before the others change, and what goes is destroyed after them.
 */
class GrantPolicies extends Construct implements Grant {
  public readonly resources: TerraformResource[];

  private readonly grants: { readonly on: IConstruct; readonly given: GrantedActions[] }[] = [];
  private readonly all: AttachedPolicy[];
  private readonly texts = new Map<string, string>();
  /** For what was granted when they were made, as a key. */
  private documents: { readonly key: string; readonly texts: readonly string[] } = { key: '', texts: [] };
  private warnsOfMany = false;

  constructor(
    scope: Construct,
    id: string,
    private readonly grantee: IRamGrantee,
    private readonly provider: TerraformProvider | undefined,
    private readonly ofApp: GrantPolicies[],
  ) {
    super(scope, id);
    assertJsonOutput(this);
    ofApp.push(this);
    const first = new AttachedPolicy(this, grantee, provider, () => this.document(0));
    this.all = [first];
    this.resources = [first.policy, first.attachment];
    this.warnOfMany();
    // Only at synth is everything there that may make the role or user, and everything that is granted.
    Aspects.of(this).add({ visit: (node) => node === this && this.complete() });
    // What another aspect grants may come after that.
    this.node.addValidation({
      validate: () => {
        this.complete();
        return [];
      },
    });
  }

  public add(on: IConstruct, given: GrantedActions[]): void {
    this.grants.push({ on, given });
  }

  /** What a policy grants in one order, whatever that of the code: another text would be a new version of the policy. */
  private document(number: number): string {
    const granted = this.granted();
    const key = JSON.stringify([this.all.length, this.grants.length, granted]);
    if (this.documents.key !== key) {
      this.documents = { key, texts: this.documentsOf(granted) };
    }
    return this.documents.texts[number];
  }

  private documentsOf(granted: readonly GrantedActions[]): string[] {
    // A channel's topic and group stay together, by the place that both are at.
    const places = new Map<string, string>();
    for (const { on, given } of this.grants) {
      const place = on.node.scope?.node.path ?? '';
      for (const resource of given.flatMap(({ resources }) => resources)) {
        const known = places.get(resource);
        places.set(resource, known === undefined || place < known ? place : known);
      }
    }
    const keyOf = (one: string) => [places.get(one) ?? '', rank(one), this.textOf(one)];
    return distribute(granted, this.all.length, this.textOf).map((ofPolicy) =>
      policyDocument(
        sortedBy(
          ofPolicy.map(({ actions, resources }) => ({ actions, resources: sortedBy(resources, keyOf) })),
          ({ actions, resources: [first] }) => [...keyOf(first), actions.join()],
        ),
      ),
    );
  }

  /** What is granted on things that have not been taken out of the app since. */
  private granted(): GrantedActions[] {
    return merge(this.grants.filter(({ on }) => isInTree(on)).flatMap(({ given }) => given));
  }

  /** A resource as the same text at each synth. */
  private readonly textOf = (resource: string): string => {
    const text = this.texts.get(resource) ?? withReferences(this, resource);
    this.texts.set(resource, text);
    return text;
  };

  private complete(): void {
    const granted = this.granted();
    if (granted.length === 0) {
      this.node.scope!.node.tryRemoveChild(this.node.id);
      return;
    }
    this.extend(policiesNeeded(granted, this.textOf));
    const maker = this.grantee.resource ?? makerOf(this.grantee);
    if (maker) {
      this.waitFor(maker);
    }
  }

  private extend(size: number): void {
    while (this.all.length < size) {
      const number = this.all.length;
      const below = new Construct(this, String(number + 1));
      const made = new AttachedPolicy(below, this.grantee, this.provider, () => this.document(number), {
        createBeforeDestroy: true,
      });
      this.all.forEach(({ policy }) => (policy.dependsOn = [...(policy.dependsOn ?? []), dependable(made.attachment)]));
      this.all.push(made);
      new MovedPolicy(below, this.node.scope!, `${this.node.id}-${number + 1}`, made);
      this.warnOfMany();
    }
  }

  private warnOfMany(): void {
    const there = this.ofApp.filter(isInTree);
    const many = there.reduce((sum, { all }) => sum + all.length, 0);
    if (many > MAX_ATTACHED_POLICIES.Custom && !there.some(({ warnsOfMany }) => warnsOfMany)) {
      this.warnsOfMany = true;
      const { granteeKind, granteeName } = this.grantee;
      Annotations.of(this).addWarning(
        `${granteeKind} ${identityOf(this.grantee, () => granteeName)} gets more than ${MAX_ATTACHED_POLICIES.Custom} custom ` +
          'policies in this app, which is all that RAM attaches to one: have the quota raised, or grant to several',
      );
    }
  }

  /** The name alone does not tell Terraform, or cdktf, that what makes the role or user comes first. */
  private waitFor(maker: TerraformResource): void {
    const [stack, home] = [this, maker].map((one) => TerraformStack.of(one));
    if (stack === home) {
      this.all.forEach(({ attachment }) => (attachment.dependsOn ??= [dependable(maker)]));
    } else if (!home.dependsOn(stack)) {
      stack.addDependency(home);
    }
  }
}

/**
 * Version 0.1 filled one policy after the other, in the order of code. A further one that it made gives its place to one
 * of today's, which has another name and so is made before the former is destroyed.
 */
class MovedPolicy extends TerraformElement {
  constructor(
    scope: Construct,
    private readonly parent: Construct,
    private readonly formerId: string,
    private readonly to: AttachedPolicy,
  ) {
    super(scope, 'Moved');
  }

  public override toTerraform(): object {
    const { policy, attachment } = this.to;
    if (this.parent.node.tryFindChild(this.formerId)) {
      return {};
    }
    const path = [...pathIn(this.cdktfStack, this.parent), this.formerId];
    return {
      moved: [policy, attachment].map(({ terraformResourceType: type, friendlyUniqueId, node }) => ({
        from: `${type}.${logicalId(this.cdktfStack, [...path, node.id])}`,
        to: `${type}.${friendlyUniqueId}`,
      })),
    };
  }
}

/** All that an app grants, by grantee and account. */
const policies = new WeakMap<IConstruct, Map<string, GrantPolicies[]>>();

/**
 * Grants actions on something to a role or user. A stack has one policy for each of them, or more where one would be
 * too long. More than ten of an app are a warning.
 *
 * @param provider the thing's, for a grantee whose own is not known; RAM knows no regions, so any of the account will do
 */
export function grant(
  on: IConstruct,
  grantee: IRamGrantee,
  given: GrantedActions[],
  provider?: TerraformProvider,
): Grant {
  assertValid(on, granteeErrors(grantee));
  if (!grantee.mutable) {
    Annotations.of(on).addWarning(
      `${grantee.granteeKind} ${identityOf(grantee, () => grantee.granteeName)} cannot be changed here, ` +
        `add to its policy by hand: ${policyDocument(withReferences(on, merge(given)))}`,
    );
    return { resources: [] };
  }
  const place = placeOf(on, grantee);
  const stack = TerraformStack.of(place);
  if (grantee.resource) {
    deployAfter(place, grantee);
  }
  const own = TerraformStack.of(grantee) === stack ? grantee.provider : undefined;
  const policy = policiesFor(stack, grantee, own ?? (place === on ? provider : undefined));
  policy.add(on, given);
  return policy;
}

function granteeErrors(grantee: Partial<IRamGrantee> | undefined): PropertyError[] {
  return grantee?.granteeKind !== undefined
    ? []
    : [
        {
          property: 'grantee',
          received: valueText(grantee),
          allowed: 'a role or user: RamRole or RamUser has fromResource, fromRoleName and fromUserName for it',
        },
      ];
}

/**
 * The policy stands in the stack of the thing, so that no stack refers to another one's state, except where that stack
 * is deployed before the grantee's.
 */
function placeOf(on: IConstruct, grantee: IRamGrantee): IConstruct {
  const [stack, home] = [on, grantee].map((construct) => TerraformStack.of(construct));
  if (stack === home || stack.dependsOn(home)) {
    return on;
  }
  return home.dependsOn(stack) || Token.isUnresolved(grantee.granteeName) ? grantee : on;
}

/** What the stack grants to a role or user. */
function policiesFor(stack: TerraformStack, grantee: IRamGrantee, provider?: TerraformProvider): GrantPolicies {
  const { root } = stack.node;
  const ofApp = policies.get(root) ?? new Map<string, GrantPolicies[]>();
  policies.set(root, ofApp);
  const { granteeKind, granteeName } = grantee;
  const key = [granteeKind, identityOf(grantee, () => granteeName), accountOf(stack, provider)].join(' ');
  const all = ofApp.get(key) ?? [];
  ofApp.set(key, all);

  const known = all.find((one) => TerraformStack.of(one) === stack && isInTree(one));
  if (known) {
    return known;
  }
  // A name stays the same when a construct that names the grantee goes.
  const name = Token.isUnresolved(granteeName) ? grantee.node.addr.slice(-8) : granteeName;
  return new GrantPolicies(stack, unusedId(stack, `Grants-${granteeKind}-${name}`), grantee, provider, all);
}

function unusedId(stack: TerraformStack, id: string): string {
  let free = id;
  for (let number = 2; stack.node.tryFindChild(free); number += 1) {
    free = `${id}-${number}`;
  }
  return free;
}

/** The resource of the app that makes what the grantee names. */
function makerOf({ node, granteeKind, granteeName }: IRamGrantee): TerraformResource | undefined {
  return node.root.node
    .findAll()
    .find(
      (one): one is TerraformResource =>
        TerraformResource.isTerraformResource(one) && makes(one, granteeKind, granteeName),
    );
}

/** Any class of bindings will do: cdktf gives the arguments of all the same names. */
function makes(resource: TerraformResource, kind: GranteeKind, name: string): boolean {
  const given = resource as unknown as Record<string, unknown>;
  return resource.terraformResourceType === `alicloud_ram_${kind}` && (given.roleNameInput ?? given.nameInput) === name;
}

/** The order that a single grant has by itself: a group after its topic, and a key after what it encrypts. */
function rank(resource: string): string {
  return isKmsArn(resource) ? '2' : isMqGroupArn(resource) ? '1' : '0';
}

function sortedBy<T>(all: readonly T[], keyOf: (one: T) => string[]): T[] {
  return all
    .map((one) => ({ one, key: JSON.stringify(keyOf(one)) }))
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map(({ one }) => one);
}
