import { systemPolicyArn } from '../../cloud/arn';
import type { AccessKey } from '../account/access-keys';
import { CloudError } from '../account/cloud-error';
import type { Principal } from '../account/principal';
import type { PrincipalKind } from '../account/policy-attachments';
import {
  type AttachedPolicy,
  type Policy,
  type PolicyType,
  policyVersion,
  type PolicyVersion,
  type Role,
  type Tags,
  type User,
} from '../account/ram';
import type { UserGroup } from '../account/user-groups';
import { action, type Api, type ActionCall, type Result } from './action';
import { pageOf } from '../http/pagination';
import { flag, integer, list, optionalText, type Parameters, tags, text } from './parameters';
import { hasTags, tagFields } from './tag-fields';

const paging = { Marker: optionalText, MaxItems: integer };
const attachment = { PolicyType: text, PolicyName: text };

const roleResource = (values: Parameters) => `role/${values.get('RoleName')}`;
const groupResource = (values: Parameters) => `group/${values.get('GroupName')}`;
const userResource = (values: Parameters) => `user/${values.get('UserName')}`;
/** A user who names nobody means himself. */
const userOrCallerResource = (values: Parameters, caller: Principal) =>
  `user/${values.get('UserName') || (caller.kind === 'user' ? caller.userName : '*')}`;
const policyResource = (values: Parameters) => `policy/${values.get('PolicyName')}`;
/** Attaching is about two things, and needs permission on both; system policies belong to the account `system`. */
const attachmentResources = (principal: (values: Parameters) => string) => (values: Parameters) => [
  principal(values),
  values.get('PolicyType') === 'System'
    ? systemPolicyArn(values.get('PolicyName') ?? '')
    : `policy/${values.get('PolicyName')}`,
];
const taggedResources = (values: Parameters) =>
  list('ResourceNames', values).map((name) => `${values.get('ResourceType')}/${name}`);

/** Resource Access Management. */
export const ramApi: Api = {
  product: 'ram',
  version: '2015-05-01',
  policyPrefixes: ['ram'],
  ofRam: true,
  actions: {
    CreateRole: action(
      {
        RoleName: text,
        AssumeRolePolicyDocument: text,
        Description: optionalText,
        MaxSessionDuration: integer,
        Tag: tags,
      },
      (values, { account }) => ({
        Role: roleFields(
          account.ram.createRole({
            roleName: values.RoleName,
            assumeRolePolicyDocument: values.AssumeRolePolicyDocument,
            description: values.Description,
            maxSessionDuration: values.MaxSessionDuration,
            tags: values.Tag,
          }),
        ),
      }),
      roleResource,
    ),
    GetRole: action(
      { RoleName: text },
      ({ RoleName }, { account }) => ({ Role: roleFields(account.ram.getRole(RoleName)) }),
      roleResource,
    ),
    ListRoles: action({ ...paging, Tag: tags }, (values, { account }) =>
      listing(
        'Roles',
        'Role',
        account.ram.listRoles().filter((role) => hasTags(role.tags, values.Tag)),
        (role) => role.roleName,
        (role) => ({ ...listedRoleFields(role), Tags: { Tag: tagFields(role.tags) } }),
        values,
      ),
    ),
    UpdateRole: action(
      {
        RoleName: text,
        NewAssumeRolePolicyDocument: optionalText,
        NewDescription: optionalText,
        NewMaxSessionDuration: integer,
      },
      (values, { account }) => ({
        Role: roleFields(
          account.ram.updateRole(values.RoleName, {
            assumeRolePolicyDocument: values.NewAssumeRolePolicyDocument,
            description: values.NewDescription,
            maxSessionDuration: values.NewMaxSessionDuration,
          }),
        ),
      }),
      roleResource,
    ),
    DeleteRole: action(
      { RoleName: text },
      ({ RoleName }, { account }) => account.ram.deleteRole(RoleName),
      roleResource,
    ),

    CreateUser: action(
      {
        UserName: text,
        DisplayName: optionalText,
        Email: optionalText,
        MobilePhone: optionalText,
        Comments: optionalText,
      },
      (values, { account }) => ({
        User: userFields(
          account.ram.createUser({
            userName: values.UserName,
            displayName: values.DisplayName,
            email: values.Email,
            mobilePhone: values.MobilePhone,
            comments: values.Comments,
          }),
        ),
      }),
      userResource,
    ),
    GetUser: action(
      { UserName: text },
      ({ UserName }, { account }) => ({ User: userFields(account.ram.getUser(UserName)) }),
      userResource,
    ),
    ListUsers: action(paging, (values, { account }) =>
      listing('Users', 'User', account.ram.listUsers(), (user) => user.userName, userFields, values),
    ),
    UpdateUser: action(
      {
        UserName: text,
        NewUserName: optionalText,
        NewDisplayName: optionalText,
        NewEmail: optionalText,
        NewMobilePhone: optionalText,
        NewComments: optionalText,
      },
      (values, { account }) => ({
        User: userFields(
          account.ram.updateUser(values.UserName, {
            userName: values.NewUserName,
            displayName: values.NewDisplayName,
            email: values.NewEmail,
            mobilePhone: values.NewMobilePhone,
            comments: values.NewComments,
          }),
        ),
      }),
      userResource,
    ),
    DeleteUser: action(
      { UserName: text },
      ({ UserName }, { account }) => account.ram.deleteUser(UserName),
      userResource,
    ),
    CreateAccessKey: action(
      { UserName: optionalText },
      (values, call) => {
        const key = call.account.ram.accessKeys.create(userOrCaller(values, call));
        return { AccessKey: { ...keyFields(key), AccessKeySecret: key.accessKeySecret } };
      },
      userOrCallerResource,
    ),
    ListAccessKeys: action(
      { UserName: optionalText },
      (values, call) => ({
        AccessKeys: { AccessKey: call.account.ram.accessKeys.list(userOrCaller(values, call)).map(keyFields) },
      }),
      userOrCallerResource,
    ),
    UpdateAccessKey: action(
      { UserName: optionalText, UserAccessKeyId: text, Status: text },
      (values, call) => {
        const { UserAccessKeyId, Status } = values;
        if (Status !== 'Active' && Status !== 'Inactive') {
          throw new CloudError(
            'InvalidParameter.Status',
            `Status: expected Active or Inactive, got ${JSON.stringify(Status)}`,
          );
        }
        call.account.ram.accessKeys.setStatus(userOrCaller(values, call), UserAccessKeyId, Status);
      },
      userOrCallerResource,
    ),
    DeleteAccessKey: action(
      { UserName: optionalText, UserAccessKeyId: text },
      (values, call) => call.account.ram.accessKeys.delete(userOrCaller(values, call), values.UserAccessKeyId),
      userOrCallerResource,
    ),
    CreateLoginProfile: { ...action({ UserName: text }, noLogins, userResource), isRefused: true },
    UpdateLoginProfile: { ...action({ UserName: text }, noLogins, userResource), isRefused: true },
    // Users here have no login profile or MFA device; a client that removes them first may ask.
    GetLoginProfile: action({ UserName: text }, absentPart('LoginProfile'), userResource),
    DeleteLoginProfile: action({ UserName: text }, absentPart('LoginProfile'), userResource),
    GetUserMFAInfo: action({ UserName: text }, absentPart('MFADevice'), userResource),
    UnbindMFADevice: action({ UserName: text }, absentPart('MFADevice'), userResource),

    CreateGroup: action(
      { GroupName: text, Comments: optionalText },
      (values, { account }) => ({ Group: groupFields(account.ram.groups.create(values.GroupName, values.Comments)) }),
      groupResource,
    ),
    GetGroup: action(
      { GroupName: text },
      ({ GroupName }, { account }) => ({ Group: groupFields(account.ram.groups.get(GroupName)) }),
      groupResource,
    ),
    ListGroups: action(paging, (values, { account }) =>
      listing('Groups', 'Group', account.ram.groups.list(), (group) => group.groupName, groupFields, values),
    ),
    UpdateGroup: action(
      { GroupName: text, NewGroupName: optionalText, NewComments: optionalText },
      (values, { account }) => ({
        Group: groupFields(
          account.ram.groups.update(values.GroupName, {
            groupName: values.NewGroupName,
            comments: values.NewComments,
          }),
        ),
      }),
      groupResource,
    ),
    DeleteGroup: action(
      { GroupName: text },
      ({ GroupName }, { account }) => account.ram.groups.delete(GroupName),
      groupResource,
    ),
    AddUserToGroup: action(
      { GroupName: text, UserName: text },
      ({ GroupName, UserName }, { account }) => account.ram.groups.addUser(GroupName, UserName),
      (values) => [userResource(values), groupResource(values)],
    ),
    RemoveUserFromGroup: action(
      { GroupName: text, UserName: text },
      ({ GroupName, UserName }, { account }) => account.ram.groups.removeUser(GroupName, UserName),
      (values) => [userResource(values), groupResource(values)],
    ),
    ListGroupsForUser: action(
      { UserName: text },
      ({ UserName }, { account: { ram } }) => ({
        Groups: {
          Group: ram.groups.membershipsOf(UserName).map(({ groupName, joinDate }) => ({
            ...groupFields(ram.groups.get(groupName)),
            JoinDate: joinDate,
          })),
        },
      }),
      userResource,
    ),
    ListUsersForGroup: action(
      { GroupName: text, ...paging },
      (values, { account: { ram } }) =>
        listing(
          'Users',
          'User',
          ram.groups.membersOf(values.GroupName),
          ({ userName }) => userName,
          ({ userName, joinDate }) => {
            const { displayName, userId } = ram.getUser(userName);
            return { UserName: userName, DisplayName: displayName, UserId: userId, JoinDate: joinDate };
          },
          values,
        ),
      groupResource,
    ),

    CreatePolicy: action(
      { PolicyName: text, PolicyDocument: text, Description: optionalText, Tag: tags },
      (values, { account }) => ({
        Policy: policyFields(
          account.ram.createPolicy({
            policyName: values.PolicyName,
            document: values.PolicyDocument,
            description: values.Description,
            tags: values.Tag,
          }),
          0,
        ),
      }),
      policyResource,
    ),
    GetPolicy: action(
      { PolicyType: text, PolicyName: text },
      (values, { account }) => {
        const policy = account.ram.getPolicy(policyType(values.PolicyType), values.PolicyName);
        return {
          Policy: policyFields(policy, account.ram.attachmentCount(policy)),
          DefaultPolicyVersion: versionFields(policy, policyVersion(policy, policy.defaultVersion)),
        };
      },
      policyResource,
    ),
    ListPolicies: action({ ...paging, PolicyType: optionalText }, (values, { account }) =>
      listing(
        'Policies',
        'Policy',
        account.ram.listPolicies(values.PolicyType ? policyType(values.PolicyType) : undefined),
        (policy) => `${policy.policyType}/${policy.policyName}`,
        (policy) => policyFields(policy, account.ram.attachmentCount(policy)),
        values,
      ),
    ),
    UpdatePolicyDescription: action(
      { PolicyName: text, NewDescription: optionalText },
      (values, { account }) => {
        const policy = account.ram.updatePolicy(values.PolicyName, { description: values.NewDescription ?? '' });
        return { Policy: policyFields(policy, account.ram.attachmentCount(policy)) };
      },
      policyResource,
    ),
    DeletePolicy: action(
      { PolicyName: text, CascadingDelete: flag },
      (values, { account }) => account.ram.deletePolicy(values.PolicyName, values.CascadingDelete ?? false),
      policyResource,
    ),
    CreatePolicyVersion: action(
      { PolicyName: text, PolicyDocument: text, SetAsDefault: flag, RotateStrategy: optionalText },
      (values, { account }) => {
        const version = account.ram.createPolicyVersion(
          values.PolicyName,
          values.PolicyDocument,
          values.SetAsDefault ?? false,
          values.RotateStrategy === 'DeleteOldestNonDefaultVersionWhenLimitExceeded',
        );
        return { PolicyVersion: versionFields(account.ram.getPolicy('Custom', values.PolicyName), version) };
      },
      policyResource,
    ),
    GetPolicyVersion: action(
      { PolicyType: text, PolicyName: text, VersionId: text },
      (values, { account }) => {
        const policy = account.ram.getPolicy(policyType(values.PolicyType), values.PolicyName);
        return { PolicyVersion: versionFields(policy, policyVersion(policy, values.VersionId)) };
      },
      policyResource,
    ),
    ListPolicyVersions: action(
      { PolicyType: text, PolicyName: text },
      (values, { account }) => {
        const policy = account.ram.getPolicy(policyType(values.PolicyType), values.PolicyName);
        return { PolicyVersions: { PolicyVersion: policy.versions.map((version) => versionFields(policy, version)) } };
      },
      policyResource,
    ),
    SetDefaultPolicyVersion: action(
      { PolicyName: text, VersionId: text },
      (values, { account }) => account.ram.setDefaultPolicyVersion(values.PolicyName, values.VersionId),
      policyResource,
    ),
    DeletePolicyVersion: action(
      { PolicyName: text, VersionId: text },
      (values, { account }) => account.ram.deletePolicyVersion(values.PolicyName, values.VersionId),
      policyResource,
    ),

    AttachPolicyToRole: action({ RoleName: text, ...attachment }, attach('role'), attachmentResources(roleResource)),
    AttachPolicyToUser: action({ UserName: text, ...attachment }, attach('user'), attachmentResources(userResource)),
    DetachPolicyFromRole: action({ RoleName: text, ...attachment }, detach('role'), attachmentResources(roleResource)),
    DetachPolicyFromUser: action({ UserName: text, ...attachment }, detach('user'), attachmentResources(userResource)),
    AttachPolicyToGroup: action(
      { GroupName: text, ...attachment },
      attach('group'),
      attachmentResources(groupResource),
    ),
    DetachPolicyFromGroup: action(
      { GroupName: text, ...attachment },
      detach('group'),
      attachmentResources(groupResource),
    ),
    ListPoliciesForGroup: action({ GroupName: text }, attachedTo('group'), groupResource),
    ListPoliciesForRole: action({ RoleName: text }, attachedTo('role'), roleResource),
    ListPoliciesForUser: action({ UserName: text }, attachedTo('user'), userResource),
    ListEntitiesForPolicy: action(
      attachment,
      (values, { account }) => {
        const entities = account.ram.listEntitiesForPolicy(policyType(values.PolicyType), values.PolicyName);
        return {
          Roles: {
            Role: entities
              .filter(({ kind }) => kind === 'role')
              .map(({ principal, attachDate }) => ({
                ...listedRoleFields(account.ram.getRole(principal)),
                AttachDate: attachDate,
              })),
          },
          Users: {
            User: entities
              .filter(({ kind }) => kind === 'user')
              .map(({ principal, attachDate }) => ({
                ...userFields(account.ram.getUser(principal)),
                AttachDate: attachDate,
              })),
          },
          Groups: {
            Group: entities
              .filter(({ kind }) => kind === 'group')
              .map(({ principal, attachDate }) => ({
                ...groupFields(account.ram.groups.get(principal)),
                AttachDate: attachDate,
              })),
          },
        };
      },
      policyResource,
    ),

    TagResources: action(
      { ResourceType: text, ResourceNames: list, Tag: tags },
      (values, { account }) =>
        taggedOf(values, account).forEach((resource) => resource.setTags({ ...resource.tags, ...values.Tag })),
      taggedResources,
    ),
    UntagResources: action(
      { ResourceType: text, ResourceNames: list, TagKeys: list, TagKey: list, All: flag },
      (values, { account }) =>
        taggedOf(values, account).forEach((resource) =>
          resource.setTags(values.All ? {} : omitTags(resource.tags, [...values.TagKeys, ...values.TagKey])),
        ),
      taggedResources,
    ),
    ListTagResources: action(
      { ResourceType: text, ResourceNames: list },
      (values, { account }) => ({
        TagResources: taggedOf(values, account).flatMap(({ name, tags }) =>
          Object.entries(tags).map(([key, value]) => ({
            ResourceType: values.ResourceType,
            ResourceName: name,
            TagKey: key,
            TagValue: value,
          })),
        ),
        IsTruncated: false,
      }),
      taggedResources,
    ),
  },
};

/** @throws CloudError MissingParameter when nobody is named and the caller is no user */
function userOrCaller({ UserName }: { UserName?: string }, { principal }: ActionCall): string {
  if (UserName) {
    return UserName;
  }
  if (principal.kind !== 'user') {
    // The keys of the account itself are not managed by RAM.
    throw new CloudError('MissingParameter', 'The parameter UserName is mandatory for callers who are not RAM users');
  }
  return principal.userName;
}

/** Nobody could log in with a password, as there is no console to log in to. */
function noLogins({ UserName }: { UserName: string }, { account }: ActionCall): never {
  account.ram.getUser(UserName);
  throw new CloudError(
    'InvalidAction.NotFound',
    'login profiles are not served here: users of the local cloud have access keys and no passwords',
  );
}

/** What users here never have. */
function absentPart(part: string) {
  return ({ UserName }: { UserName: string }, { account }: ActionCall): never => {
    account.ram.getUser(UserName);
    throw new CloudError(`EntityNotExist.User.${part}`, `the user ${UserName} has no ${part}`, 404);
  };
}

type PrincipalValues = { RoleName: string } | { UserName: string } | { GroupName: string };
type AttachmentValues = { PolicyType: string; PolicyName: string } & PrincipalValues;

function attach(kind: PrincipalKind) {
  return (values: AttachmentValues, { account }: ActionCall) =>
    account.ram.attachPolicy(kind, principalName(values), policyType(values.PolicyType), values.PolicyName);
}

function detach(kind: PrincipalKind) {
  return (values: AttachmentValues, { account }: ActionCall) =>
    account.ram.detachPolicy(kind, principalName(values), policyType(values.PolicyType), values.PolicyName);
}

function attachedTo(kind: PrincipalKind) {
  return (values: PrincipalValues, { account }: ActionCall) => ({
    Policies: { Policy: account.ram.listAttachedPolicies(kind, principalName(values)).map(attachedFields) },
  });
}

function principalName(values: PrincipalValues): string {
  return 'RoleName' in values ? values.RoleName : 'UserName' in values ? values.UserName : values.GroupName;
}

function policyType(value: string): PolicyType {
  if (value !== 'System' && value !== 'Custom') {
    throw new CloudError(
      'InvalidParameter.PolicyType',
      `PolicyType: expected System or Custom, got ${JSON.stringify(value)}`,
    );
  }
  return value;
}

interface Tagged {
  readonly name: string;
  readonly tags: Tags;
  readonly setTags: (tags: Tags) => void;
}

function taggedOf(
  { ResourceType, ResourceNames }: { ResourceType: string; ResourceNames: readonly string[] },
  { ram }: ActionCall['account'],
): Tagged[] {
  return ResourceNames.map((name) => {
    switch (ResourceType) {
      case 'role':
        return { name, tags: ram.getRole(name).tags, setTags: (next) => ram.updateRole(name, { tags: next }) };
      case 'policy':
        return {
          name,
          tags: ram.getPolicy('Custom', name).tags,
          setTags: (next) => ram.updatePolicy(name, { tags: next }),
        };
      default:
        throw new CloudError(
          'InvalidParameter.ResourceType',
          `ResourceType: expected role or policy, got ${JSON.stringify(ResourceType)}`,
        );
    }
  });
}

function omitTags(all: Tags, keys: readonly string[]): Tags {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
}

function listing<T>(
  plural: string,
  singular: string,
  items: readonly T[],
  nameOf: (item: T) => string,
  fieldsOf: (item: T) => Result,
  { Marker, MaxItems = 100 }: { Marker?: string; MaxItems?: number },
): Result {
  if (MaxItems < 1 || MaxItems > 1000) {
    throw new CloudError('InvalidParameter.MaxItems', `MaxItems: expected 1 to 1000, got ${MaxItems}`);
  }
  const { items: page, next } = pageOf(items, nameOf, Marker, MaxItems);
  return {
    [plural]: { [singular]: page.map(fieldsOf) },
    IsTruncated: next !== undefined,
    ...(next !== undefined && { Marker: next }),
  };
}

function listedRoleFields(role: Role): Result {
  return {
    RoleId: role.roleId,
    RoleName: role.roleName,
    Arn: role.arn,
    Description: role.description,
    CreateDate: role.createDate,
    UpdateDate: role.updateDate,
    MaxSessionDuration: role.maxSessionDuration,
  };
}

function roleFields(role: Role): Result {
  return { ...listedRoleFields(role), AssumeRolePolicyDocument: role.assumeRolePolicyDocument };
}

function userFields(user: User): Result {
  return {
    UserId: user.userId,
    UserName: user.userName,
    DisplayName: user.displayName,
    Email: user.email,
    MobilePhone: user.mobilePhone,
    Comments: user.comments,
    CreateDate: user.createDate,
    UpdateDate: user.updateDate,
  };
}

function groupFields(group: UserGroup): Result {
  return {
    GroupId: group.groupId,
    GroupName: group.groupName,
    Comments: group.comments,
    CreateDate: group.createDate,
    UpdateDate: group.updateDate,
  };
}

function keyFields({ accessKeyId, status, createDate }: AccessKey): Result {
  return { AccessKeyId: accessKeyId, Status: status, CreateDate: createDate };
}

function policyFields(policy: Policy, attachmentCount: number): Result {
  return {
    PolicyName: policy.policyName,
    PolicyType: policy.policyType,
    Description: policy.description,
    DefaultVersion: policy.defaultVersion,
    CreateDate: policy.createDate,
    UpdateDate: policy.updateDate,
    AttachmentCount: attachmentCount,
  };
}

function versionFields(policy: Policy, version: PolicyVersion): Result {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === policy.defaultVersion,
    PolicyDocument: version.document,
    CreateDate: version.createDate,
  };
}

function attachedFields({ policy, attachDate }: AttachedPolicy): Result {
  return {
    PolicyName: policy.policyName,
    PolicyType: policy.policyType,
    Description: policy.description,
    DefaultVersion: policy.defaultVersion,
    AttachDate: attachDate,
  };
}
