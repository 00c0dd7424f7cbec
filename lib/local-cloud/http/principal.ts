import { timingSafeEqual } from 'node:crypto';
import { PolicyDocument } from '../../cloud/policy-document';
import type { Account } from '../account/account';
import type { SessionCredentials } from '../account/sts';

/** Who signed a request: the account itself, or a session of one of its roles. */
export interface Principal {
  readonly secret: string;
  readonly session?: SessionCredentials;
}

/** Owner of an access key, or undefined when the account has no such key or the session is over. */
export function principalOf(account: Account, accessKeyId: string): Principal | undefined {
  if (accessKeyId === account.identity.accessKeyId) {
    return { secret: account.identity.accessKeySecret };
  }
  const session = account.sts.session(accessKeyId);
  return session && { secret: session.accessKeySecret, session };
}

/** Whether the request carries the security token that belongs to the key; the account's own key has none. */
export function carriesToken(principal: Principal, token: string | undefined): boolean {
  return principal.session === undefined || sameText(principal.session.securityToken, token ?? '');
}

/** Whether the caller may do any of `actions`; a policy may name a service by more than one prefix. */
export function mayDo(account: Account, principal: Principal, actions: readonly string[], resource: string): boolean {
  const { session } = principal;
  if (session === undefined) {
    return true;
  }
  const policy = session.policy === undefined ? undefined : PolicyDocument.parse(session.policy);
  const context = { 'acs:SecureTransport': 'false', 'acs:SourceIp': '127.0.0.1' };
  return actions.some(
    (action) =>
      account.ram.allows('role', session.roleName, action, resource, context) &&
      (policy === undefined || policy.decide(action, resource, context) === 'Allow'),
  );
}

/** Comparison whose time tells nothing about where the texts differ. */
export function sameText(expected: string, actual: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)];
  return a.length === b.length && timingSafeEqual(a, b);
}
