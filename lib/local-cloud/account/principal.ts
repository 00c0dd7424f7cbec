import { timingSafeEqual } from 'node:crypto';
import type { Account } from './account';
import { decideTogether, type Decision, PolicyDocument, type RequestContext } from '../../cloud/policy-document';
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

/**
 * What policies say of something that the caller wants to do.
 *
 * @param actions several names of one action, as some services have; a Deny of any of them wins
 */
export function decisionOf(
  account: Account,
  principal: Principal,
  actions: readonly string[],
  resource: string,
  context: RequestContext,
): Decision {
  const decisions = policiesOf(account, principal).map((documents): Decision => {
    const each = actions.map((action) => decideTogether(documents, action, resource, context));
    return each.includes('Deny') ? 'Deny' : each.includes('Allow') ? 'Allow' : 'None';
  });
  return decisions.includes('Deny') ? 'Deny' : decisions.includes('None') ? 'None' : 'Allow';
}

export function mayDo(...wanted: Parameters<typeof decisionOf>): boolean {
  return decisionOf(...wanted) === 'Allow';
}

/** Policies of which each list must allow what the caller does; none for the account, which may do everything. */
function policiesOf({ ram }: Account, principal: Principal): PolicyDocument[][] {
  switch (principal.kind) {
    case 'account':
      return [];
    case 'user':
      return [ram.policiesOf('user', principal.userName)];
    case 'session': {
      const { roleName, policy } = principal.session;
      return [ram.policiesOf('role', roleName), ...(policy === undefined ? [] : [[PolicyDocument.parse(policy)]])];
    }
  }
}

/** What conditions of policies can ask about any request. Everybody who comes is on this machine. */
export function requestContext(secure: boolean): RequestContext {
  return {
    'acs:SourceIp': '127.0.0.1',
    'acs:SecureTransport': String(secure),
    'acs:CurrentTime': new Date().toISOString(),
  };
}

/** Comparison whose time tells nothing about where the texts differ. */
export function sameText(expected: string, actual: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(actual)];
  return a.length === b.length && timingSafeEqual(a, b);
}
