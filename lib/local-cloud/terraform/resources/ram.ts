import { createHash } from 'node:crypto';
import {
  dataRamRoles,
  ramPolicy,
  ramRole,
  ramRolePolicyAttachment,
  ramUser,
  ramUserPolicyAttachment,
} from '../../../provider-schema/index';
import type { TypeSchema } from '../../../provider-schema/table';
import type { PrincipalKind } from '../../account/policy-attachments';
import { policyVersion, type Role, type PolicyType, type Ram, type User } from '../../account/ram';
import { ProviderError } from '../diagnostics';
import { matchesRegex } from '../name-regex';
import { checkNoOutputFile, malformedId, splitId, type DataSource, type Resource } from '../resource';
import { parseJson, type AttributeValues, type Values } from '../values';

const role: Resource = {
  table: ramRole,
  aliases: [
    ['role_name', 'name'],
    ['assume_role_policy_document', 'document'],
  ],
  unknownOnChange: {
    assume_role_policy_document: ['ram_users', 'services'],
    ram_users: ['assume_role_policy_document', 'document'],
    services: ['assume_role_policy_document', 'document'],
  },
  create: ({ account }, planned) =>
    account.ram.createRole({
      roleName: planned.currentOrDeprecated('role_name', 'name'),
      assumeRolePolicyDocument: trustDocument(planned),
      description: planned.str('description'),
      maxSessionDuration: planned.num('max_session_duration'),
      tags: planned.map('tags'),
    }).roleName,
  read: ({ account }, id) => {
    const found = account.ram.getRole(id);
    const trusted = principals(found.assumeRolePolicyDocument);
    return {
      id: found.roleName,
      role_name: found.roleName,
      name: found.roleName,
      role_id: found.roleId,
      arn: found.arn,
      create_time: found.createDate,
      description: found.description,
      assume_role_policy_document: found.assumeRolePolicyDocument,
      document: found.assumeRolePolicyDocument,
      ram_users: trusted.users,
      services: trusted.services,
      version: '1',
      max_session_duration: found.maxSessionDuration,
      tags: found.tags,
    };
  },
  update: ({ account }, id, planned) => {
    account.ram.updateRole(id, {
      assumeRolePolicyDocument: trustDocument(planned),
      description: planned.str('description') ?? '',
      maxSessionDuration: planned.num('max_session_duration'),
      tags: planned.map('tags'),
    });
  },
  delete: ({ account: { ram } }, id, prior) => {
    if (prior.bool('force')) {
      detachAll(ram, 'role', id);
    }
    ram.deleteRole(id);
  },
};

/** The trust document, given as such or by whom it trusts. */
function trustDocument(planned: AttributeValues): string {
  const document = planned.str('assume_role_policy_document') ?? planned.str('document');
  if (document !== undefined) {
    return document;
  }
  const [users, services] = [planned.strings('ram_users'), planned.strings('services')];
  if (users.length + services.length === 0) {
    throw new ProviderError('missing argument assume_role_policy_document', 'the role must say whom it trusts', [
      'assume_role_policy_document',
    ]);
  }
  const trusted = { ...(users.length > 0 && { RAM: users }), ...(services.length > 0 && { Service: services }) };
  return JSON.stringify({
    Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: trusted }],
    Version: planned.str('version'),
  });
}

/** Users and services that the first statement of a trust document names: the provider reads no other. */
function principals(document: string): { users: string[]; services: string[] } {
  const { Statement } = parseJson(document) as { Statement: { Principal?: { RAM?: Names; Service?: Names } }[] };
  const { RAM = [], Service = [] } = Statement[0]?.Principal ?? {};
  return { users: [RAM].flat(), services: [Service].flat() };
}

type Names = string | string[];

const policy: Resource = {
  table: ramPolicy,
  aliases: [
    ['policy_name', 'name'],
    ['policy_document', 'document'],
  ],
  unknownOnChange: {
    policy_document: ['default_version', 'version_id'],
    statement: ['policy_document', 'document', 'default_version', 'version_id'],
  },
  create: ({ account }, planned) =>
    account.ram.createPolicy({
      policyName: planned.currentOrDeprecated('policy_name', 'name'),
      document: policyDocument(planned),
      description: planned.str('description'),
      tags: planned.map('tags'),
    }).policyName,
  read: ({ account }, id) => {
    const found = account.ram.getPolicy('Custom', id);
    const { document } = policyVersion(found, found.defaultVersion);
    return {
      id: found.policyName,
      policy_name: found.policyName,
      name: found.policyName,
      policy_document: document,
      document,
      statement: statementBlocks(document),
      description: found.description,
      type: found.policyType,
      default_version: found.defaultVersion,
      version_id: found.defaultVersion,
      version: '1',
      attachment_count: account.ram.attachmentCount(found),
      create_time: found.createDate,
      tags: found.tags,
    };
  },
  update: ({ account }, id, planned, prior) => {
    const rotate = planned.str('rotate_strategy') === 'DeleteOldestNonDefaultVersionWhenLimitExceeded';
    const document = policyDocument(planned);
    if (document !== policyDocument(prior)) {
      account.ram.createPolicyVersion(id, document, true, rotate);
    }
    account.ram.updatePolicy(id, { description: planned.str('description') ?? '', tags: planned.map('tags') });
  },
  delete: ({ account: { ram } }, id, prior) => {
    if (prior.bool('force')) {
      for (const { kind, principal } of ram.listEntitiesForPolicy('Custom', id)) {
        ram.detachPolicy(kind, principal, 'Custom', id);
      }
    }
    ram.deletePolicy(id, true);
  },
};

/** The policy document, given as such or as statement blocks. */
function policyDocument(planned: AttributeValues): string {
  const statements = planned.blocks('statement').map((statement) => ({
    Effect: statement.str('effect'),
    Action: statement.strings('action'),
    Resource: statement.strings('resource'),
  }));
  const document = planned.str('policy_document') ?? planned.str('document');
  if (document !== undefined) {
    return document;
  }
  if (statements.length === 0) {
    throw new ProviderError(
      'missing argument policy_document',
      'expected one of policy_document and statement, got neither',
      ['policy_document'],
    );
  }
  return JSON.stringify({ Version: planned.str('version'), Statement: statements });
}

function statementBlocks(document: string): Values[] {
  const { Statement } = parseJson(document) as { Statement: { Effect: string; Action?: Names; Resource?: Names }[] };
  return Statement.map(({ Effect, Action = [], Resource = [] }) => ({
    effect: Effect,
    action: [Action].flat(),
    resource: [Resource].flat(),
  }));
}

const user: Resource = {
  table: ramUser,
  create: ({ account }, planned) =>
    account.ram.createUser({
      userName: planned.str('name')!,
      displayName: planned.str('display_name'),
      email: planned.str('email'),
      mobilePhone: planned.str('mobile'),
      comments: planned.str('comments'),
    }).userId,
  read: ({ account }, id) => {
    const found = userById(account.ram, id);
    return (
      found && {
        id,
        name: found.userName,
        display_name: found.displayName,
        email: found.email,
        mobile: found.mobilePhone,
        comments: found.comments,
      }
    );
  },
  update: ({ account }, _id, planned, prior) => {
    account.ram.updateUser(prior.str('name')!, {
      userName: planned.str('name'),
      displayName: planned.str('display_name') ?? '',
      email: planned.str('email') ?? '',
      mobilePhone: planned.str('mobile') ?? '',
      comments: planned.str('comments') ?? '',
    });
  },
  delete: ({ account: { ram } }, id, prior) => {
    const found = userById(ram, id);
    if (!found) {
      return;
    }
    const { userName } = found;
    if (prior.bool('force')) {
      ram.accessKeys.list(userName).forEach(({ accessKeyId }) => ram.accessKeys.delete(userName, accessKeyId));
      detachAll(ram, 'user', userName);
      ram.groups.membershipsOf(userName).forEach(({ groupName }) => ram.groups.removeUser(groupName, userName));
    }
    ram.deleteUser(userName);
  },
};

/** The provider keeps a user by its id, which stays when the name changes. */
function userById(ram: Ram, id: string): User | undefined {
  return ram.listUsers().find(({ userId }) => userId === id);
}

function detachAll(ram: Ram, kind: PrincipalKind, principal: string): void {
  for (const attached of ram.listAttachedPolicies(kind, principal)) {
    ram.detachPolicy(kind, principal, attached.policy.policyType, attached.policy.policyName);
  }
}

/** A policy on a role or a user; its id is `role:POLICY:TYPE:ROLE`. */
function attachment(table: TypeSchema, kind: PrincipalKind): Resource {
  const form = `${kind}:POLICY_NAME:POLICY_TYPE:${kind.toUpperCase()}_NAME`;
  const parse = (id: string): { policyName: string; policyType: PolicyType; principal: string } => {
    const [prefix, policyName, policyType, principal] = splitId(id, form);
    if (prefix !== kind || (policyType !== 'System' && policyType !== 'Custom')) {
      throw malformedId(id, form);
    }
    return { policyName, policyType, principal };
  };
  return {
    table,
    create: ({ account }, planned) => {
      const [policyName, policyType] = [planned.str('policy_name')!, planned.str('policy_type')!];
      const principal = planned.str(`${kind}_name`)!;
      account.ram.attachPolicy(kind, principal, policyType as PolicyType, policyName);
      return [kind, policyName, policyType, principal].join(':');
    },
    read: ({ account }, id): Values | undefined => {
      const { policyName, policyType, principal } = parse(id);
      const found = account.ram
        .listAttachedPolicies(kind, principal)
        .find((attached) => attached.policy.policyType === policyType && attached.policy.policyName === policyName);
      return found && { id, policy_name: policyName, policy_type: policyType, [`${kind}_name`]: principal };
    },
    delete: ({ account }, id) => {
      const { policyName, policyType, principal } = parse(id);
      account.ram.detachPolicy(kind, principal, policyType, policyName);
    },
  };
}

export const ramResources: readonly Resource[] = [
  role,
  policy,
  user,
  attachment(ramRolePolicyAttachment, 'role'),
  attachment(ramUserPolicyAttachment, 'user'),
];

const roles: DataSource = {
  table: dataRamRoles,
  read: ({ account }, config) => {
    checkNoOutputFile(config);
    const found = account.ram.listRoles().filter((one) => isWanted(account.ram, one, config));
    const ids = found.map(({ roleId }) => roleId);
    return {
      ...config.values,
      id: createHash('sha256').update(ids.join()).digest('hex').slice(0, 10),
      ids,
      names: found.map(({ roleName }) => roleName),
      roles: found.map((one) => ({
        id: one.roleId,
        name: one.roleName,
        arn: one.arn,
        assume_role_policy_document: one.assumeRolePolicyDocument,
        document: one.assumeRolePolicyDocument,
        create_date: one.createDate,
        update_date: one.updateDate,
        tags: one.tags,
      })),
    };
  },
};

function isWanted(ram: Ram, { roleId, roleName, tags }: Role, config: AttributeValues): boolean {
  const ids = config.strings('ids');
  const policyName = config.str('policy_name');
  const policyType = config.str('policy_type');
  return (
    (ids.length === 0 || ids.includes(roleId)) &&
    matchesRegex(config.str('name_regex'), roleName) &&
    Object.entries(config.map('tags')).every(([key, value]) => tags[key] === value) &&
    (policyName === undefined ||
      ram.listAttachedPolicies('role', roleName).some(
        // A policy is of the system where the configuration does not say.
        ({ policy }) => policy.policyName === policyName && (policyType ?? 'System') === policy.policyType,
      ))
  );
}

export const ramDataSources: readonly DataSource[] = [roles];
