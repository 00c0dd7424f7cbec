import { randomBytes } from 'node:crypto';
import { accountArn, assumedRoleArn, parseRoleArn, roleArn, userArn } from '../../cloud/arn';
import { CloudError } from './cloud-error';
import { alphanumericId, isoSeconds } from './ids';
import { checkPermissions, parsePolicy } from './policy';
import { type Principal, requestContext } from './principal';
import type { Ram } from './ram';
import { object, optional, type Shape, text } from '../store/shape';
import type { Change } from '../store/journal';
import type { Store } from '../store/store';
import type { Table } from '../store/table';
import { excerpt } from './excerpt';

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken: string;
  readonly expiration: string;
  readonly roleName: string;
  /** Of the role that was assumed: another one may have its name later. @default - a session of an older state */
  readonly roleId?: string;
  readonly roleSessionName: string;
  /** What the session may do at the most. @default - all that the role may */
  readonly policy?: string;
}

export interface CallerIdentity {
  readonly accountId: string;
  readonly arn: string;
  readonly identityType: 'Account' | 'RAMUser' | 'AssumedRoleUser';
  readonly principalId: string;
  /** Of an account or a user. */
  readonly userId?: string;
  /** Of a session. */
  readonly roleId?: string;
}

interface AssumeRoleOptions {
  /** @default 3600 */
  readonly durationSeconds?: number;
  /** @default - all that the role may */
  readonly policy?: string;
  /** What a condition of the trust document may ask for. */
  readonly externalId?: string;
  /** @default - the account */
  readonly caller?: Principal;
  /** Whether the request came by HTTPS. @default true */
  readonly secure?: boolean;
}

const SESSION: Shape<SessionCredentials> = object<SessionCredentials>({
  accessKeyId: text,
  accessKeySecret: text,
  securityToken: text,
  expiration: text,
  roleName: text,
  roleId: optional(text),
  roleSessionName: text,
  policy: optional(text),
});

const SWEEP_ROWS = 1000;

/** Security Token Service: who calls, and short-lived credentials of a role. */
export class Sts {
  private readonly sessions: Table<SessionCredentials>;
  /** With so many rows those that are over are looked for. */
  private sweepAt = SWEEP_ROWS;

  constructor(
    private readonly store: Store,
    private readonly accountId: string,
    private readonly ram: Ram,
  ) {
    this.sessions = store.table('sts-sessions', SESSION, ({ accessKeyId }) => [accessKeyId]);
  }

  /** Identity behind an access key. */
  public callerIdentity(principal: Principal): CallerIdentity {
    const { accountId } = this;
    switch (principal.kind) {
      case 'account': {
        const arn = accountArn(accountId);
        return { identityType: 'Account', accountId, arn, principalId: accountId, userId: accountId };
      }
      case 'user': {
        const { userId, userName } = this.ram.getUser(principal.userName);
        const arn = userArn(accountId, userName);
        return { identityType: 'RAMUser', accountId, arn, principalId: userId, userId };
      }
      case 'session': {
        const { session } = principal;
        const { roleId, roleName } = this.ram.getRole(session.roleName);
        const arn = assumedRoleArn(accountId, roleName, session.roleSessionName);
        const principalId = `${roleId}:${session.roleSessionName}`;
        return { identityType: 'AssumedRoleUser', accountId, arn, principalId, roleId };
      }
    }
  }

  /**
   * Credentials of a role for the account's own principals. STS lets no account itself assume a role; here its keys may, for they
   * are those that everybody is given.
   */
  public assumeRole(
    roleArn: string,
    roleSessionName: string,
    { durationSeconds = 3600, policy, externalId, caller, secure = true }: AssumeRoleOptions = {},
  ): SessionCredentials {
    const { accountId, roleName } = parseRoleArn(roleArn) ?? {};
    if (roleName === undefined || accountId !== this.accountId) {
      throw new CloudError('InvalidParameter.RoleArn', `RoleArn ${roleArn} is not a role of this account`);
    }
    if (!/^[\w.@-]{2,64}$/.test(roleSessionName)) {
      throw new CloudError(
        'InvalidParameter.RoleSessionName',
        `RoleSessionName: expected 2 to 64 letters, digits and . _ @ -, got ${excerpt(roleSessionName)}`,
      );
    }
    const role = this.ram.getRole(roleName);
    if (!Number.isInteger(durationSeconds) || durationSeconds < 900 || durationSeconds > role.maxSessionDuration) {
      throw new CloudError(
        'InvalidParameter.DurationSeconds',
        `DurationSeconds: expected a whole number from 900 to ${role.maxSessionDuration}, got ${durationSeconds}`,
      );
    }
    if (externalId !== undefined && !/^[\w=,.@:/-]{2,1224}$/.test(externalId)) {
      throw new CloudError(
        'InvalidParameter.ExternalId',
        `ExternalId: expected 2 to 1224 letters, digits and = , . @ : / - _, got ${excerpt(externalId)}`,
      );
    }
    const trust = parsePolicy(role.assumeRolePolicyDocument);
    const names = this.namesOf(caller);
    const context = { ...requestContext(secure), ...(externalId !== undefined && { 'sts:ExternalId': externalId }) };
    if (!trust.trustsPrincipal(names, context)) {
      const why = trust.names(names)
        ? 'its trust document names the caller, with a condition that does not hold or in a Deny'
        : `its trust document names none of ${names.join(', ')}`;
      throw new CloudError('NoPermission', `the role ${roleName} does not trust the caller: ${why}`, 403);
    }
    if (policy !== undefined) {
      checkPermissions(policy);
    }
    const session: SessionCredentials = {
      accessKeyId: `STS.${alphanumericId(24)}`,
      accessKeySecret: alphanumericId(44),
      securityToken: randomBytes(96).toString('base64'),
      expiration: isoSeconds(new Date(Date.now() + 1000 * durationSeconds)),
      roleName: role.roleName,
      roleId: role.roleId,
      roleSessionName,
      policy,
    };
    this.store.commit([...this.sweepChanges(), this.sessions.change(session, session.accessKeyId)]);
    return session;
  }

  /** Changes that remove what is over: each look costs as much as the calls since the last one. */
  private sweepChanges(): Change[] {
    if (this.sessions.size < this.sweepAt) {
      return [];
    }
    const over = [...this.sessions.values()].filter(({ expiration }) => Date.parse(expiration) <= Date.now());
    this.sweepAt = 2 * (this.sessions.size - over.length) + SWEEP_ROWS;
    return over.map(({ accessKeyId }) => this.sessions.change(null, accessKeyId));
  }

  /** Names by which a trust document can mean the caller. @param caller default: the account */
  private namesOf(caller?: Principal): string[] {
    const { accountId } = this;
    const account = [accountId, accountArn(accountId)];
    switch (caller?.kind) {
      case 'user':
        return [...account, this.callerIdentity(caller).arn];
      case 'session':
        return [...account, roleArn(accountId, caller.session.roleName)];
      default:
        return account;
    }
  }

  /** The session of a temporary access key, while it is valid and its role is there. */
  public session(accessKeyId: string): SessionCredentials | undefined {
    const session = this.sessions.get(accessKeyId);
    const role = session && this.ram.findRole(session.roleName);
    const isOfRole = role && (session.roleId === undefined || session.roleId === role.roleId);
    return isOfRole && Date.parse(session.expiration) > Date.now() ? session : undefined;
  }
}
