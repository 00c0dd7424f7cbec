import { ossArn } from '../../cloud/arn';
import { PolicyDocument, type RequestContext } from '../../cloud/policy-document';
import type { Account } from '../account/account';
import type { Bucket } from '../account/oss-types';
import { decisionOf, type Principal } from '../account/principal';

/** Actions for a version that is named, by those for the current one. Source: the operations' tables of permissions. */
const OF_VERSIONS: ReadonlyMap<string, string> = new Map(
  [
    'GetObject',
    'DeleteObject',
    'GetObjectAcl',
    'PutObjectAcl',
    'GetObjectTagging',
    'PutObjectTagging',
    'DeleteObjectTagging',
  ].map((action) => [action, action.replace('Object', 'ObjectVersion')]),
);

/** What somebody wants to do. */
export interface AccessRequest {
  /** Action in policies, without `oss:`, for the current version: `GetObject`. */
  readonly action: string;
  /** What a public ACL may grant to anybody; undefined for what no ACL grants. */
  readonly acl: 'read' | 'write' | undefined;
  readonly bucket: string;
  readonly key: string;
  /** What conditions of policies can ask about the request. */
  readonly context: RequestContext;
  /** @default - the current version */
  readonly versionId?: string;
}

/**
 * Whether a caller may do it. A Deny, of the bucket policy or of the caller's policies, wins over everything. The
 * account may do the rest; a user or a role what the own policies, the bucket policy or a public ACL allow; an anonymous
 * caller what a public ACL or the bucket policy allow. A bucket that blocks public access has its public ACLs and the
 * public statements of its policy ignored, whoever calls.
 */
export function isAllowed(account: Account, principal: Principal | undefined, request: AccessRequest): boolean {
  const { accountId } = account.identity;
  const bucket = request.bucket === '' ? undefined : account.oss.findBucket(request.bucket);
  const path = request.bucket === '' ? '*' : request.key === '' ? request.bucket : `${request.bucket}/${request.key}`;
  const resource = ossArn(path, accountId, bucket ? `oss-${bucket.region}` : '*');
  const { action: ofCurrent, versionId } = request;
  const action = `oss:${versionId === undefined ? ofCurrent : (OF_VERSIONS.get(ofCurrent) ?? ofCurrent)}`;
  const byPolicy =
    policyOf(bucket)?.decideFor(namesOf(account, principal), action, resource, request.context) ?? 'None';
  const own = principal ? decisionOf(account, principal, [action], resource, request.context) : 'None';
  if (byPolicy === 'Deny' || own === 'Deny') {
    return false;
  }
  if (own === 'Allow') {
    return true;
  }
  return byPolicy === 'Allow' || (bucket !== undefined && aclAllows(account, bucket, request));
}

/** What counts of a bucket's policy. */
function policyOf(bucket: Bucket | undefined): PolicyDocument | undefined {
  const policy = bucket?.policy === undefined ? undefined : PolicyDocument.ofBucket(bucket.policy);
  return bucket?.blockPublicAccess ? policy?.withoutPublic : policy;
}

/** Names by which a bucket policy can mean the caller. */
function namesOf(account: Account, principal: Principal | undefined): string[] {
  const { accountId } = account.identity;
  if (!principal) {
    return ['*'];
  }
  switch (principal.kind) {
    case 'account':
      return ['*', accountId];
    case 'user':
      return ['*', account.ram.userIdOf(principal.userName)];
    case 'session': {
      const { roleName, roleSessionName } = principal.session;
      return ['*', `arn:sts::${accountId}:assumed-role/${roleName}/${roleSessionName}`];
    }
  }
}

function aclAllows(account: Account, bucket: Bucket, { acl, bucket: name, key, versionId }: AccessRequest): boolean {
  if (acl === undefined || bucket.blockPublicAccess) {
    return false;
  }
  const own = key === '' ? undefined : account.oss.findVersion(name, key, versionId)?.acl;
  const effective = own === undefined || own === 'default' ? bucket.acl : own;
  return effective === 'public-read-write' || (effective === 'public-read' && acl === 'read');
}
