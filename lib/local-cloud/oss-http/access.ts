import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import type { Bucket, ObjectVersion } from '../account/oss';
import { PolicyDocument } from '../account/policy-document';
import { mayDo, type Principal } from '../http/principal';

/** What somebody wants to do. */
export interface Wish {
  /** Action in policies, e.g. `oss:GetObject`. */
  readonly action: string;
  /** What a public ACL may grant to anybody; undefined for what no ACL grants. */
  readonly acl: 'read' | 'write' | undefined;
  readonly bucket: string;
  readonly key: string;
}

/**
 * Whether a caller may do it. A Deny of the bucket policy wins over everything. The account may do the rest; a role
 * what its policies, the bucket policy or a public ACL allow; nobody in particular what a public ACL or the bucket
 * policy allow, unless the bucket blocks public access.
 */
export function isAllowed(account: Account, principal: Principal | undefined, wish: Wish): boolean {
  const { accountId } = account.identity;
  const bucket = wish.bucket === '' ? undefined : findBucket(account, wish.bucket);
  const path = wish.bucket === '' ? '*' : wish.key === '' ? wish.bucket : `${wish.bucket}/${wish.key}`;
  const resource = `acs:oss:${bucket ? `oss-${bucket.region}` : '*'}:${accountId}:${path}`;
  const byPolicy = bucket?.policy
    ? PolicyDocument.ofBucket(bucket.policy).decideFor(namesOf(account, principal), wish.action, resource, {
        'acs:SecureTransport': 'false',
        'acs:SourceIp': '127.0.0.1',
      })
    : 'None';
  if (byPolicy === 'Deny') {
    return false;
  }
  if (principal && mayDo(account, principal, [wish.action], resource)) {
    return true;
  }
  const shared = byPolicy === 'Allow' || (bucket !== undefined && aclAllows(account, bucket, wish));
  return shared && (principal !== undefined || !bucket?.blockPublicAccess);
}

/** Names by which a bucket policy can mean the caller. */
function namesOf(account: Account, principal: Principal | undefined): string[] {
  const { accountId } = account.identity;
  if (!principal) {
    return ['*'];
  }
  if (!principal.session) {
    return ['*', accountId];
  }
  const { roleName, roleSessionName } = principal.session;
  return ['*', `arn:sts::${accountId}:assumed-role/${roleName}/${roleSessionName}`];
}

function aclAllows(account: Account, bucket: Bucket, { acl, bucket: name, key }: Wish): boolean {
  if (acl === undefined) {
    return false;
  }
  const own = key === '' ? undefined : findObject(account, name, key)?.acl;
  const effective = own === undefined || own === 'default' ? bucket.acl : own;
  return effective === 'public-read-write' || (effective === 'public-read' && acl === 'read');
}

function findBucket(account: Account, name: string): Bucket | undefined {
  return orAbsent(() => account.oss.getBucket(name));
}

function findObject(account: Account, bucket: string, key: string): ObjectVersion | undefined {
  return orAbsent(() => account.oss.getObject(bucket, key));
}

/** What is not there is refused later, by the operation itself. */
function orAbsent<T>(find: () => T): T | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof CloudError && error.httpStatus === 404) {
      return undefined;
    }
    throw error;
  }
}
