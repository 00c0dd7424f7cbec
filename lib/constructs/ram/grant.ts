import {
  Annotations,
  Aspects,
  dependable,
  Lazy,
  type TerraformProvider,
  TerraformResource,
  TerraformStack,
  Token,
} from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { isKmsArn, isMnsArn, isMqGroupArn } from '../../cloud/arn';
import { MAX_ATTACHED_POLICIES, MAX_POLICY_LENGTH } from '../../cloud/limits';
import { POLICY_NAME, QUEUE_NAME, TOPIC_NAME } from '../../cloud/names';
import { defaultName } from '../default-name';
import { RamPolicy } from '../../provider-schema/gen/ram-policy/index';
import { RamRolePolicyAttachment } from '../../provider-schema/gen/ram-role-policy-attachment/index';
import { RamUserPolicyAttachment } from '../../provider-schema/gen/ram-user-policy-attachment/index';
import { accountOf } from '../provider-settings';
import { assertJsonOutput } from '../json-output';
import { withReferences } from '../references';
import { isInTree } from '../tree';
import { identityOf } from '../uniqueness';
import { assertValid, type PropertyError, valueText } from '../validation';
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

/** A name or id that Terraform knows only after the apply. */
const TOKEN = /\$\{TfToken\[TOKEN\.\d+\]\}/g;

/** The longest name that a token may stand for: an MNS queue's, or else a topic's or group's. */
const LONGEST_NAME = { mns: 'x'.repeat(QUEUE_NAME.length[1]), others: 'x'.repeat(TOPIC_NAME.length[1]) };

/** A custom policy of a role or user, attached to it. */
class GrantPolicy extends Construct implements Grant {
  public readonly resources: TerraformResource[];

  private readonly grants: { readonly on: IConstruct; readonly given: GrantedActions[] }[] = [];
  private readonly attachment: TerraformResource;

  constructor(scope: Construct, id: string, grantee: IRamGrantee, provider?: TerraformProvider) {
    super(scope, id);
    assertJsonOutput(this);
    const policy = new RamPolicy(this, 'Resource', {
      provider,
      policyName: defaultName(this, 'dla-', '-', POLICY_NAME.length[1]),
      policyDocument: Lazy.stringValue({ produce: () => policyDocument(this.inOrder()) }),
      // Each change of the document makes a version of the policy, and RAM keeps five.
      rotateStrategy: 'DeleteOldestNonDefaultVersionWhenLimitExceeded',
    });
    const attachment = { provider, policyName: policy.policyName, policyType: 'Custom' };
    this.attachment =
      grantee.granteeKind === GranteeKind.ROLE
        ? new RamRolePolicyAttachment(this, 'Attachment', { ...attachment, roleName: grantee.granteeName })
        : new RamUserPolicyAttachment(this, 'Attachment', { ...attachment, userName: grantee.granteeName });
    this.resources = [policy, this.attachment];
    // Only at synth is everything there that may make the role or user.
    Aspects.of(this).add({ visit: (node) => node === this && this.complete(grantee) });
  }

  /** Whether the policy stays within RAM's limit with more in it. */
  public fits(given: GrantedActions[]): boolean {
    const longest = merge([...this.granted(), ...given]).map(({ actions, resources }) => ({
      actions,
      resources: resources.map((one) => one.replace(TOKEN, isMnsArn(one) ? LONGEST_NAME.mns : LONGEST_NAME.others)),
    }));
    return policyDocument(longest).length <= MAX_POLICY_LENGTH;
  }

  public add(on: IConstruct, given: GrantedActions[]): void {
    this.grants.push({ on, given });
  }

  /** What is granted in one order, whatever that of the code: another text would be a new version of the policy. */
  private inOrder(): GrantedActions[] {
    // A channel's topic and group stay together, by the place that both are at.
    const places = new Map<string, string>();
    for (const { on, given } of this.grants) {
      const place = on.node.scope?.node.path ?? '';
      for (const resource of given.flatMap(({ resources }) => resources)) {
        const known = places.get(resource);
        places.set(resource, known === undefined || place < known ? place : known);
      }
    }
    const keyOf = (one: string) => [places.get(one) ?? '', rank(one), withReferences(this, one)];
    return sortedBy(
      this.granted().map(({ actions, resources }) => ({ actions, resources: sortedBy(resources, keyOf) })),
      ({ actions, resources: [first] }) => [...keyOf(first), actions.join()],
    );
  }

  /** What is granted on things that have not been taken out of the app since. */
  private granted(): GrantedActions[] {
    return merge(this.grants.filter(({ on }) => isInTree(on)).flatMap(({ given }) => given));
  }

  private complete(grantee: IRamGrantee): void {
    if (this.granted().length === 0) {
      this.node.scope!.node.tryRemoveChild(this.node.id);
    }
    const maker = grantee.resource ?? makerOf(grantee);
    if (maker) {
      this.waitFor(maker);
    }
  }

  /** The name alone does not tell Terraform, or cdktf, that what makes the role or user comes first. */
  private waitFor(maker: TerraformResource): void {
    const [stack, home] = [this, maker].map((one) => TerraformStack.of(one));
    if (stack === home) {
      this.attachment.dependsOn ??= [dependable(maker)];
    } else if (!home.dependsOn(stack)) {
      stack.addDependency(home);
    }
  }
}

/** All policies of an app, by grantee and account. */
const policies = new WeakMap<IConstruct, Map<string, GrantPolicy[]>>();

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
    comeAfter(stack, TerraformStack.of(grantee));
  }
  const own = TerraformStack.of(grantee) === stack ? grantee.provider : undefined;
  const policy = policyFor(stack, grantee, given, own ?? (place === on ? provider : undefined));
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

function comeAfter(stack: TerraformStack, home: TerraformStack): void {
  if (stack !== home) {
    stack.addDependency(home);
  }
}

/** A policy with room for what is given. */
function policyFor(
  stack: TerraformStack,
  grantee: IRamGrantee,
  given: GrantedActions[],
  provider?: TerraformProvider,
): GrantPolicy {
  const { root } = stack.node;
  const ofApp = policies.get(root) ?? new Map<string, GrantPolicy[]>();
  policies.set(root, ofApp);
  const { granteeKind, granteeName } = grantee;
  const key = [granteeKind, identityOf(grantee, () => granteeName), accountOf(stack, provider)].join(' ');
  const all = ofApp.get(key) ?? [];
  ofApp.set(key, all);

  const fit = all.find((one) => TerraformStack.of(one) === stack && one.fits(given));
  if (fit) {
    return fit;
  }
  // A name stays the same when a construct that names the grantee goes.
  const name = Token.isUnresolved(granteeName) ? grantee.node.addr.slice(-8) : granteeName;
  const policy = new GrantPolicy(stack, freeId(stack, `Grants-${granteeKind}-${name}`), grantee, provider);
  all.push(policy);
  if (all.length === MAX_ATTACHED_POLICIES.Custom + 1) {
    Annotations.of(policy).addWarning(
      `${granteeKind} ${identityOf(grantee, () => granteeName)} gets more than ${MAX_ATTACHED_POLICIES.Custom} custom policies in this app, ` +
        'which is all that RAM attaches to one: have the quota raised, or grant to several',
    );
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

/** Equal actions share a statement, which names each thing once. */
function merge(given: GrantedActions[]): GrantedActions[] {
  const merged = new Map<string, GrantedActions>();
  for (const { actions, resources } of given) {
    const key = actions.join();
    const known = merged.get(key)?.resources ?? [];
    merged.set(key, { actions, resources: [...new Set([...known, ...resources])] });
  }
  return [...merged.values()].filter(({ resources }) => resources.length > 0);
}

function policyDocument(given: GrantedActions[]): string {
  return JSON.stringify({
    Version: '1',
    Statement: given.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  });
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
