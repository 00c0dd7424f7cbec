import { MAX_ATTACHED_POLICIES } from '../../cloud/limits';
import { CloudError } from './cloud-error';
import { isoSeconds } from './ids';
import type { PolicyType } from './ram';
import { caseKey } from './case-key';
import type { Change } from '../store/journal';
import { object, oneOf, reference, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

/** What policies can be attached to. */
const PRINCIPAL_KINDS = ['role', 'user', 'group'] as const;

export type PrincipalKind = (typeof PRINCIPAL_KINDS)[number];

export interface Attachment {
  readonly principal: string;
  readonly policyType: PolicyType;
  readonly policyName: string;
  readonly attachDate: string;
}

/** An attachment, from its policy's side. */
export interface PolicyUse {
  readonly kind: PrincipalKind;
  readonly principal: string;
  readonly attachDate: string;
}

export const POLICY_TYPE = oneOf<PolicyType>('System', 'Custom');
const ATTACHMENT: Shape<Attachment> = object<Attachment>({
  principal: text,
  policyType: POLICY_TYPE,
  policyName: text,
  attachDate: text,
});
const POLICY_USE: Shape<PolicyUse> = object<PolicyUse>({
  kind: oneOf<PrincipalKind>(...PRINCIPAL_KINDS),
  principal: text,
  attachDate: text,
});

/** As error codes write them. */
const LABELS: Readonly<Record<PrincipalKind, string>> = { role: 'Role', user: 'User', group: 'Group' };

/** Where they are. */
const TABLES: Readonly<Record<PrincipalKind, string>> = { role: 'ram-roles', user: 'ram-users', group: 'ram-groups' };

/** Which policies are attached to which roles, users and groups, all of which exist. */
export class PolicyAttachments {
  private readonly attachments: Table<Attachment>;
  /** The same attachments by policy, so that a policy's users are found without a search. */
  private readonly uses: Table<PolicyUse>;

  constructor(private readonly store: Store) {
    this.attachments = store.table(
      'ram-attachments',
      ATTACHMENT,
      ({ principal, policyType, policyName }, [key]) => [
        principalKey(kindOf(key), principal),
        policyKey(policyType, policyName),
      ],
      ({ principal, policyType, policyName }, [key]) => [
        reference(TABLES[kindOf(key)], caseKey(principal)),
        // Those of the system are no rows.
        ...(policyType === 'Custom' ? [reference('ram-policies', caseKey(policyName))] : []),
        reference('ram-policy-uses', policyKey(policyType, policyName), key),
      ],
    );
    this.uses = store.table(
      'ram-policy-uses',
      POLICY_USE,
      ({ kind, principal }, [policy]) => [policy, principalKey(kind, principal)],
      ({ kind, principal }, [policy]) => [reference('ram-attachments', principalKey(kind, principal), policy)],
    );
  }

  public attach(kind: PrincipalKind, principal: string, policyType: PolicyType, policyName: string): void {
    const label = LABELS[kind];
    if (this.attachments.get(principalKey(kind, principal), policyKey(policyType, policyName))) {
      throw new CloudError(
        `EntityAlreadyExists.${label}.Policy`,
        `the policy ${policyName} is already attached to the ${kind} ${principal}`,
        409,
      );
    }
    const max = MAX_ATTACHED_POLICIES[policyType];
    if (this.of(kind, principal).filter((one) => one.policyType === policyType).length >= max) {
      throw new CloudError(
        `LimitExceeded.${label}.Policy`,
        `the ${kind} ${principal} has ${max} ${policyType.toLowerCase()} policies attached, the most allowed`,
        409,
      );
    }
    const attachment = { principal, policyType, policyName, attachDate: isoSeconds() };
    this.store.commit(this.changes(kind, attachment, attachment));
  }

  public detach(kind: PrincipalKind, principal: string, policyType: PolicyType, policyName: string): void {
    const attachment = this.attachments.get(principalKey(kind, principal), policyKey(policyType, policyName));
    if (!attachment) {
      throw new CloudError(
        `EntityNotExist.${LABELS[kind]}.Policy`,
        `the policy ${policyName} is not attached to the ${kind} ${principal}`,
        404,
      );
    }
    this.store.commit(this.changes(kind, attachment, null));
  }

  public of(kind: PrincipalKind, principal: string): Attachment[] {
    return this.attachments.list(principalKey(kind, principal));
  }

  /** What a policy is attached to. */
  public usesOf(policyType: PolicyType, policyName: string): PolicyUse[] {
    return this.uses.list(policyKey(policyType, policyName));
  }

  /** @throws CloudError DeleteConflict when there is one, so that what it is attached to cannot go */
  public requireNone(kind: PrincipalKind, principal: string): void {
    if (this.of(kind, principal).length > 0) {
      throw new CloudError(
        `DeleteConflict.${LABELS[kind]}.Policy`,
        `the ${kind} ${principal} has policies attached: detach them first`,
        409,
      );
    }
  }

  /** What gives all attachments to another name of the same principal. */
  public moveChanges(kind: PrincipalKind, principal: string, newName: string): Change[] {
    return this.of(kind, principal).flatMap((attachment) => {
      const moved = { ...attachment, principal: newName };
      return [...this.changes(kind, attachment, null), ...this.changes(kind, moved, moved)];
    });
  }

  private changes(kind: PrincipalKind, at: Attachment, value: Attachment | null): Change[] {
    const policy = policyKey(at.policyType, at.policyName);
    const principal = principalKey(kind, at.principal);
    return [
      this.attachments.change(value, principal, policy),
      this.uses.change(value && { kind, principal: value.principal, attachDate: value.attachDate }, policy, principal),
    ];
  }
}

function principalKey(kind: PrincipalKind, name: string): string {
  return `${kind}/${caseKey(name)}`;
}

function policyKey(policyType: PolicyType, policyName: string): string {
  return `${policyType}/${caseKey(policyName)}`;
}

/** The kind that a key begins with. */
function kindOf(key: string): PrincipalKind {
  return PRINCIPAL_KINDS.find((kind) => key.startsWith(`${kind}/`)) ?? 'user';
}
