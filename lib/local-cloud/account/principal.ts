import { timingSafeEqual } from 'node:crypto';
import type { Account } from './account';
import { PolicyDocument } from '../../cloud/policy-document';
import type { SessionCredentials } from './sts';

/** Who signed a request: the account itself, one of its users, or a session of one of its roles. */
export type Principal = { readonly secret: string } & (
  | { readonly kind: 'account' }
  | { readonly kind: 'user'; readonly userName: string }
  | { readonly kind: 'session'; readonly session: SessionCredentials }
);

/** Owner of an access key; undefined when the account has no such key, or the session is over. */
export function principalOf(account: Account, accessKeyId: string): Principal | 'inactive' | undefined {
  const { identity, ram, sts } = account;
  if (accessKeyId === identity.accessKeyId) {
    return { kind: 'account', secret: identity.accessKeySecret };
  }
  const key = ram.accessKeys.find(accessKeyId);
  if (key) {
    return key.status === 'Inactive'
      ? 'inactive'
      : { kind: 'user', secret: key.accessKeySecret, userName: key.userName };
  }
  const session = sts.session(accessKeyId);
  return session && principalOfSession(session);
}

export function principalOfSession(session: SessionCredentials): Principal {
  return { kind: 'session', secret: session.accessKeySecret, session };
}

/** Whether the request carries the security token that belongs to the key; only keys of sessions have one. */
export function carriesToken(principal: Principal, token: string | undefined): boolean {
  return principal.kind === 'session' ? sameText(principal.session.securityToken, token ?? '') : !token;
}

/** Whether the caller may do any of `actions`; a policy may name a service by more than one prefix. */
export function mayDo(account: Account, principal: Principal, actions: readonly string[], resource: string): boolean {
  const context = { 'acs:SecureTransport': 'false', 'acs:SourceIp': '127.0.0.1' };
  switch (principal.kind) {
    case 'account':
      return true;
    case 'user':
      return actions.some((action) => account.ram.allows('user', principal.userName, action, resource, context));
    case 'session': {
      const { roleName, policy } = principal.session;
      const ownPolicy = policy === undefined ? undefined : PolicyDocument.parse(policy);
      return actions.some(
        (action) =>
          account.ram.allows('role', roleName, action, resource, context) &&
          (ownPolicy === undefined || ownPolicy.decide(action, resource, context) === 'Allow'),
      );
    }
  }
}

/** Comparison whose time tells nothing about where the texts differ. */
export function sameText(expected: string, actual: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)];
  return a.length === b.length && timingSafeEqual(a, b);
}
