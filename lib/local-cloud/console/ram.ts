import type { PrincipalKind } from '../account/policy-attachments';
import type { AttachedPolicy, Policy } from '../account/ram';
import { html, type Markup } from './markup';
import type { Page, View } from './page';
import { fields, formatted, table, time } from './parts';

export function ramPage({ services }: View): Page {
  const { ram } = services.account;
  const attached = (kind: PrincipalKind, name: string): Markup => permissions(ram.listAttachedPolicies(kind, name));
  return {
    title: 'RAM: roles, users, groups and policies',
    content: html`<h2>Roles</h2>
      ${table(
        'Roles',
        ['Role', 'Who may assume it', 'What it may do', 'Description', 'Created'],
        ram
          .listRoles()
          .map((role) => [
            role.roleName,
            html`${trusted(role.assumeRolePolicyDocument)}${source(`trust-${role.roleId}`, role.assumeRolePolicyDocument)}`,
            attached('role', role.roleName),
            role.description,
            time(role.createDate),
          ]),
      )}
      <h2>Users</h2>
      ${table(
        'Users',
        ['User', 'What he may do', 'Groups', 'Keys'],
        ram
          .listUsers()
          .map(({ userName }) => [
            userName,
            attached('user', userName),
            ram.groups.membershipsOf(userName).map(({ groupName }) => html`${groupName}<br />`),
            ram.accessKeys.list(userName).map(({ accessKeyId, status }) => html`${accessKeyId} (${status})<br />`),
          ]),
      )}
      <h2>Groups</h2>
      ${table(
        'Groups',
        ['Group', 'What its users may do'],
        ram.groups.list().map(({ groupName }) => [groupName, attached('group', groupName)]),
      )}
      <h2>Custom policies</h2>
      ${ram.listPolicies('Custom').map(
        (policy) =>
          html`<h3>${policy.policyName}</h3>
            ${fields(`Policy ${policy.policyName}`, [
              ['Description', policy.description],
              [
                'Version',
                `${policy.defaultVersion} of ${policy.versions.map(({ versionId }) => versionId).join(', ')}`,
              ],
              ['Document', formatted(documentOf(policy))],
            ])}`,
      )}`,
  };
}

/** What policies say, a line for each statement. */
function permissions(attached: readonly AttachedPolicy[]): Markup {
  return html`${attached.map(
    ({ policy }) =>
      html`<strong>${policy.policyName}</strong> (${policy.policyType})<br />
        ${statements(documentOf(policy)).map(
          (statement) =>
            html`${text(statement.Effect)} ${text(statement.Action ?? statement.NotAction)} on
              ${text(statement.Resource)}<br />`,
        )}`,
  )}`;
}

/** Who may assume a role: services, accounts, users and roles. */
function trusted(document: string): Markup {
  return html`${statements(document).flatMap(({ Principal }) =>
    Object.entries(Principal ?? {}).map(([kind, who]) => html`${kind}: ${text(who)}<br />`),
  )}`;
}

function source(id: string, document: string): Markup {
  return html`<details id="${id}">
    <summary>trust policy</summary>
    ${formatted(document)}
  </details>`;
}

function documentOf({ versions, defaultVersion }: Policy): string {
  return versions.find(({ versionId }) => versionId === defaultVersion)?.document ?? '';
}

/** Statements of a policy that the account has taken; none of what cannot be read. */
function statements(document: string): readonly Readonly<Record<string, unknown>>[] {
  try {
    const { Statement } = JSON.parse(document) as { Statement?: unknown };
    return [Statement].flat().filter((one): one is Record<string, unknown> => typeof one === 'object' && one !== null);
  } catch {
    return [];
  }
}

function text(value: unknown): string {
  return [value ?? ''].flat().map(String).join(', ');
}
