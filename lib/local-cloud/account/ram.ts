import { roleArn } from '../../cloud/arn';
import { MAX_COMMENTS_LENGTH, MAX_DESCRIPTION_LENGTH, MAX_POLICY_VERSIONS, SESSION_SECONDS } from '../../cloud/limits';
import { POLICY_NAME, ROLE_NAME, USER_NAME } from '../../cloud/names';
import { decideTogether, type PolicyDocument, type RequestContext } from '../../cloud/policy-document';
import { SYSTEM_POLICY_NAMES, systemPolicyDocument } from '../../cloud/system-policies';
import { AccessKeys } from './access-keys';
import { CloudError } from './cloud-error';
import { decimalId, isoSeconds } from './ids';
import { checkPermissions, checkTrust, parsePolicy } from './policy';
import { POLICY_TYPE, PolicyAttachments, type PolicyUse, type PrincipalKind } from './policy-attachments';
import { caseKey } from './case-key';
import { definedOf } from './defined-of';
import { checkLength, checkName } from './ram-names';
import { UserGroups } from './user-groups';
import { checkTags } from './tag-rules';
import { list, naming, number, object, record, type Shape, text } from '../store/shape';
import type { Store } from '../store/store';
import type { Table } from '../store/table';

export type Tags = Readonly<Record<string, string>>;

export interface Role {
  readonly roleName: string;
  readonly roleId: string;
  readonly arn: string;
  readonly description: string;
  readonly assumeRolePolicyDocument: string;
  readonly maxSessionDuration: number;
  readonly createDate: string;
  readonly updateDate: string;
  readonly tags: Tags;
}

export interface User {
  readonly userName: string;
  readonly userId: string;
  readonly displayName: string;
  readonly email: string;
  readonly mobilePhone: string;
  readonly comments: string;
  readonly createDate: string;
  readonly updateDate: string;
}

export interface PolicyVersion {
  readonly versionId: string;
  readonly document: string;
  readonly createDate: string;
}

export interface Policy {
  readonly policyName: string;
  readonly policyType: PolicyType;
  readonly description: string;
  readonly defaultVersion: string;
  readonly versions: readonly PolicyVersion[];
  readonly createDate: string;
  readonly updateDate: string;
  readonly tags: Tags;
}

export type PolicyType = 'System' | 'Custom';

export interface AttachedPolicy {
  readonly policy: Policy;
  readonly attachDate: string;
}

const ROLE: Shape<Role> = object<Role>({
  roleName: text,
  roleId: text,
  arn: naming,
  description: text,
  assumeRolePolicyDocument: naming,
  maxSessionDuration: number,
  createDate: text,
  updateDate: text,
  tags: record(text),
});
const USER: Shape<User> = object<User>({
  userName: text,
  userId: text,
  displayName: text,
  email: text,
  mobilePhone: text,
  comments: text,
  createDate: text,
  updateDate: text,
});
const POLICY: Shape<Policy> = object<Policy>({
  policyName: text,
  policyType: POLICY_TYPE,
  description: text,
  defaultVersion: text,
  versions: list(object<PolicyVersion>({ versionId: text, document: naming, createDate: text })),
  createDate: text,
  updateDate: text,
  tags: record(text),
});
/** What a policy that is attached cannot be deleted for. */
const HELD_BY: Readonly<Record<PrincipalKind, string>> = {
  role: 'DeleteConflict.Role.Policy',
  user: 'DeleteConflict.Policy.User',
  group: 'DeleteConflict.Policy.Group',
};
/** Assumption: the code is that of other parameters. */
const INVALID_TAG = 'InvalidParameter.Tag';
const SYSTEM_POLICY_DATE = '2015-06-12T02:44:35Z';

/** Resource Access Management: roles, users, policies, and whether they let something be done. */
export class Ram {
  public readonly accessKeys: AccessKeys;
  public readonly groups: UserGroups;
  private readonly roles: Table<Role>;
  private readonly users: Table<User>;
  private readonly policies: Table<Policy>;
  private readonly attachments: PolicyAttachments;

  constructor(
    private readonly store: Store,
    private readonly accountId: string,
  ) {
    this.roles = store.table('ram-roles', ROLE, ({ roleName }) => [caseKey(roleName)]);
    this.users = store.table('ram-users', USER, ({ userName }) => [caseKey(userName)]);
    this.policies = store.table('ram-policies', POLICY, ({ policyName }) => [caseKey(policyName)]);
    this.attachments = new PolicyAttachments(store);
    const getUser = (userName: string) => this.getUser(userName);
    this.accessKeys = new AccessKeys(store, getUser);
    this.groups = new UserGroups(store, this.attachments, getUser);
  }

  // Roles

  public createRole(
    input: Pick<Role, 'roleName' | 'assumeRolePolicyDocument'> &
      Partial<Pick<Role, 'description' | 'maxSessionDuration' | 'tags'>>,
  ): Role {
    checkName('RoleName', input.roleName, ROLE_NAME, 'Role');
    if (this.roles.get(caseKey(input.roleName))) {
      throw new CloudError('EntityAlreadyExists.Role', `the role ${input.roleName} already exists`, 409);
    }
    checkTrust(input.assumeRolePolicyDocument);
    checkLength('Description', input.description, MAX_DESCRIPTION_LENGTH);
    checkTags(input.tags, INVALID_TAG);
    const now = isoSeconds();
    const role: Role = {
      roleName: input.roleName,
      roleId: decimalId(18),
      arn: roleArn(this.accountId, input.roleName),
      description: input.description ?? '',
      assumeRolePolicyDocument: input.assumeRolePolicyDocument,
      maxSessionDuration: checkSession(input.maxSessionDuration ?? 3600),
      createDate: now,
      updateDate: now,
      tags: input.tags ?? {},
    };
    this.roles.put(role, caseKey(role.roleName));
    return role;
  }

  public findRole(roleName: string): Role | undefined {
    return this.roles.get(caseKey(roleName));
  }

  public getRole(roleName: string): Role {
    const role = this.findRole(roleName);
    if (!role) {
      throw new CloudError('EntityNotExist.Role', `the role ${roleName} does not exist`, 404);
    }
    return role;
  }

  public listRoles(): Role[] {
    return this.roles.list();
  }

  public updateRole(
    roleName: string,
    patch: Partial<Pick<Role, 'description' | 'assumeRolePolicyDocument' | 'maxSessionDuration' | 'tags'>>,
  ): Role {
    const role = this.getRole(roleName);
    if (patch.assumeRolePolicyDocument !== undefined) {
      checkTrust(patch.assumeRolePolicyDocument);
    }
    checkLength('Description', patch.description, MAX_DESCRIPTION_LENGTH);
    checkTags(patch.tags, INVALID_TAG, role.tags);
    if (patch.maxSessionDuration !== undefined) {
      checkSession(patch.maxSessionDuration);
    }
    const next = { ...role, ...definedOf(patch), updateDate: isoSeconds() };
    this.roles.put(next, caseKey(roleName));
    return next;
  }

  public deleteRole(roleName: string): void {
    this.getRole(roleName);
    this.attachments.requireNone('role', roleName);
    this.roles.delete(caseKey(roleName));
  }

  // Users

  public createUser(
    input: Pick<User, 'userName'> & Partial<Pick<User, 'displayName' | 'email' | 'mobilePhone' | 'comments'>>,
  ): User {
    checkName('UserName', input.userName, USER_NAME, 'User');
    if (this.users.get(caseKey(input.userName))) {
      throw new CloudError('EntityAlreadyExists.User', `the user ${input.userName} already exists`, 409);
    }
    checkUserTexts(input);
    const now = isoSeconds();
    const user: User = {
      userName: input.userName,
      userId: decimalId(18),
      displayName: input.displayName ?? '',
      email: input.email ?? '',
      mobilePhone: input.mobilePhone ?? '',
      comments: input.comments ?? '',
      createDate: now,
      updateDate: now,
    };
    this.users.put(user, caseKey(user.userName));
    return user;
  }

  /** Id of the user of a request; its name where it has gone since it signed. */
  public userIdOf(userName: string): string {
    return this.users.get(caseKey(userName))?.userId ?? userName;
  }

  public getUser(userName: string): User {
    const user = this.users.get(caseKey(userName));
    if (!user) {
      throw new CloudError('EntityNotExist.User', `the user ${userName} does not exist`, 404);
    }
    return user;
  }

  public listUsers(): User[] {
    return this.users.list();
  }

  public updateUser(
    userName: string,
    patch: Partial<Pick<User, 'userName' | 'displayName' | 'email' | 'mobilePhone' | 'comments'>>,
  ): User {
    const user = this.getUser(userName);
    checkUserTexts(patch);
    const next = { ...user, ...definedOf(patch), updateDate: isoSeconds() };
    if (caseKey(next.userName) === caseKey(userName)) {
      this.users.put(next, caseKey(userName));
      return next;
    }
    checkName('UserName', next.userName, USER_NAME, 'User');
    if (this.users.get(caseKey(next.userName))) {
      throw new CloudError('EntityAlreadyExists.User', `the user ${next.userName} already exists`, 409);
    }
    this.store.commit([
      this.users.change(null, caseKey(userName)),
      this.users.change(next, caseKey(next.userName)),
      ...this.accessKeys.moveChanges(userName, next.userName),
      ...this.groups.moveChanges(userName, next.userName),
      ...this.attachments.moveChanges('user', userName, next.userName),
    ]);
    return next;
  }

  public deleteUser(userName: string): void {
    this.getUser(userName);
    this.attachments.requireNone('user', userName);
    if (this.accessKeys.list(userName).length > 0) {
      throw new CloudError(
        'DeleteConflict.User.AccessKey',
        `the user ${userName} has access keys: delete them first`,
        409,
      );
    }
    if (this.groups.membershipsOf(userName).length > 0) {
      throw new CloudError(
        'DeleteConflict.User.Group',
        `the user ${userName} is in groups: remove the user from them first`,
        409,
      );
    }
    this.users.delete(caseKey(userName));
  }

  // Policies

  public createPolicy(
    input: Pick<Policy, 'policyName'> & { document: string } & Partial<Pick<Policy, 'description' | 'tags'>>,
  ): Policy {
    checkName('PolicyName', input.policyName, POLICY_NAME, 'Policy');
    if (this.policies.get(caseKey(input.policyName)) || systemPolicyDocument(input.policyName)) {
      throw new CloudError('EntityAlreadyExists.Policy', `the policy ${input.policyName} already exists`, 409);
    }
    checkPermissions(input.document);
    checkLength('Description', input.description, MAX_DESCRIPTION_LENGTH);
    checkTags(input.tags, INVALID_TAG);
    const now = isoSeconds();
    const policy: Policy = {
      policyName: input.policyName,
      policyType: 'Custom',
      description: input.description ?? '',
      defaultVersion: 'v1',
      versions: [{ versionId: 'v1', document: input.document, createDate: now }],
      createDate: now,
      updateDate: now,
      tags: input.tags ?? {},
    };
    this.policies.put(policy, caseKey(policy.policyName));
    return policy;
  }

  public getPolicy(policyType: PolicyType, policyName: string): Policy {
    const policy = policyType === 'System' ? systemPolicy(policyName) : this.policies.get(caseKey(policyName));
    if (!policy) {
      throw new CloudError(
        'EntityNotExist.Policy',
        `the ${policyType.toLowerCase()} policy ${policyName} does not exist`,
        404,
      );
    }
    return policy;
  }

  public listPolicies(policyType?: PolicyType): Policy[] {
    const system = policyType === 'Custom' ? [] : SYSTEM_POLICY_NAMES.map((name) => systemPolicy(name)!);
    return [...system, ...(policyType === 'System' ? [] : this.policies.list())];
  }

  public updatePolicy(policyName: string, patch: Partial<Pick<Policy, 'description' | 'tags'>>): Policy {
    checkLength('Description', patch.description, MAX_DESCRIPTION_LENGTH);
    const policy = this.getPolicy('Custom', policyName);
    checkTags(patch.tags, INVALID_TAG, policy.tags);
    const next = { ...policy, ...definedOf(patch), updateDate: isoSeconds() };
    this.policies.put(next, caseKey(policyName));
    return next;
  }

  /** `rotate` removes the oldest version that is not the default one when the policy is full. */
  public createPolicyVersion(
    policyName: string,
    document: string,
    setAsDefault: boolean,
    rotate = false,
  ): PolicyVersion {
    const policy = this.getPolicy('Custom', policyName);
    checkPermissions(document);
    let kept = policy.versions;
    if (kept.length >= MAX_POLICY_VERSIONS) {
      if (!rotate) {
        throw new CloudError(
          'LimitExceeded.Policy.Version',
          `the policy ${policyName} has ${MAX_POLICY_VERSIONS} versions, the most allowed`,
          409,
        );
      }
      const oldest = kept.find(({ versionId }) => versionId !== policy.defaultVersion);
      kept = kept.filter((version) => version !== oldest);
    }
    const number = Math.max(...policy.versions.map(({ versionId }) => Number(versionId.slice(1)))) + 1;
    const version: PolicyVersion = { versionId: `v${number}`, document, createDate: isoSeconds() };
    const next: Policy = {
      ...policy,
      versions: [...kept, version],
      defaultVersion: setAsDefault ? version.versionId : policy.defaultVersion,
      updateDate: isoSeconds(),
    };
    this.policies.put(next, caseKey(policyName));
    return version;
  }

  public setDefaultPolicyVersion(policyName: string, versionId: string): void {
    const policy = this.getPolicy('Custom', policyName);
    policyVersion(policy, versionId);
    this.policies.put({ ...policy, defaultVersion: versionId, updateDate: isoSeconds() }, caseKey(policyName));
  }

  public deletePolicyVersion(policyName: string, versionId: string): void {
    const policy = this.getPolicy('Custom', policyName);
    const gone = policyVersion(policy, versionId);
    if (policy.defaultVersion === versionId) {
      throw new CloudError(
        'DeleteConflict.Policy.Version.Default',
        `${versionId} is the default version of the policy ${policyName}`,
        409,
      );
    }
    const versions = policy.versions.filter((version) => version !== gone);
    this.policies.put({ ...policy, versions }, caseKey(policyName));
  }

  /** @param cascading whether versions beside the default one go with it, or keep it from going */
  public deletePolicy(policyName: string, cascading: boolean): void {
    const policy = this.getPolicy('Custom', policyName);
    const [held] = this.listEntitiesForPolicy('Custom', policyName);
    if (held) {
      throw new CloudError(
        HELD_BY[held.kind],
        `the policy ${policyName} is attached to the ${held.kind} ${held.principal}`,
        409,
      );
    }
    if (policy.versions.length > 1 && !cascading) {
      throw new CloudError('DeleteConflict.Policy.Version', `the policy ${policyName} has more than one version`, 409);
    }
    this.policies.delete(caseKey(policyName));
  }

  public attachmentCount(policy: Policy): number {
    return this.attachments.usesOf(policy.policyType, policy.policyName).length;
  }

  /** Roles, users and groups that a policy is attached to. */
  public listEntitiesForPolicy(policyType: PolicyType, policyName: string): PolicyUse[] {
    this.getPolicy(policyType, policyName);
    return this.attachments.usesOf(policyType, policyName);
  }

  // Attachments

  public attachPolicy(kind: PrincipalKind, principal: string, policyType: PolicyType, policyName: string): void {
    const name = this.nameOf(kind, principal);
    this.attachments.attach(kind, name, policyType, this.getPolicy(policyType, policyName).policyName);
  }

  public detachPolicy(kind: PrincipalKind, principal: string, policyType: PolicyType, policyName: string): void {
    this.attachments.detach(kind, this.nameOf(kind, principal), policyType, policyName);
  }

  public listAttachedPolicies(kind: PrincipalKind, principal: string): AttachedPolicy[] {
    return this.attachments.of(kind, this.nameOf(kind, principal)).map(({ policyType, policyName, attachDate }) => ({
      policy: this.getPolicy(policyType, policyName),
      attachDate,
    }));
  }

  /** The policies that count for a role or user, those of the user's groups among them. */
  public policiesOf(kind: 'role' | 'user', principal: string): PolicyDocument[] {
    const own = this.listAttachedPolicies(kind, principal);
    const shared =
      kind === 'user'
        ? this.groups.membershipsOf(principal).flatMap(({ groupName }) => this.listAttachedPolicies('group', groupName))
        : [];
    return [...own, ...shared].map(({ policy }) => parsePolicy(policyVersion(policy, policy.defaultVersion).document));
  }

  /** Whether the policies of a role or user let `action` be done on `resource`. */
  public allows(
    kind: 'role' | 'user',
    principal: string,
    action: string,
    resource: string,
    context: RequestContext = {},
  ): boolean {
    return decideTogether(this.policiesOf(kind, principal), action, resource, context) === 'Allow';
  }

  /** The name as it was given when the role, user or group was made. */
  private nameOf(kind: PrincipalKind, name: string): string {
    switch (kind) {
      case 'role':
        return this.getRole(name).roleName;
      case 'user':
        return this.getUser(name).userName;
      case 'group':
        return this.groups.get(name).groupName;
    }
  }
}

export function policyVersion(policy: Policy, versionId: string): PolicyVersion {
  const version = policy.versions.find((one) => one.versionId === versionId);
  if (!version) {
    throw new CloudError(
      'EntityNotExist.Policy.Version',
      `the policy ${policy.policyName} has no version ${versionId}`,
      404,
    );
  }
  return version;
}

function checkUserTexts({ displayName, comments }: Partial<User>): void {
  checkLength('DisplayName', displayName, MAX_COMMENTS_LENGTH);
  checkLength('Comments', comments, MAX_COMMENTS_LENGTH);
}

function systemPolicy(policyName: string): Policy | undefined {
  const document = systemPolicyDocument(policyName);
  return document === undefined
    ? undefined
    : {
        policyName,
        policyType: 'System',
        description: '',
        defaultVersion: 'v1',
        versions: [{ versionId: 'v1', document, createDate: SYSTEM_POLICY_DATE }],
        createDate: SYSTEM_POLICY_DATE,
        updateDate: SYSTEM_POLICY_DATE,
        tags: {},
      };
}

function checkSession(seconds: number): number {
  const [least, greatest] = SESSION_SECONDS;
  if (!Number.isInteger(seconds) || seconds < least || seconds > greatest) {
    throw new CloudError(
      'InvalidParameter.MaxSessionDuration',
      `MaxSessionDuration: expected a whole number from ${least} to ${greatest}, got ${seconds}`,
    );
  }
  return seconds;
}
