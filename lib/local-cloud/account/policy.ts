import { MalformedPolicyError, PolicyDocument } from '../../cloud/policy-document';
import { CloudError } from './cloud-error';

/** A policy or trust document that RAM has. @throws CloudError MalformedPolicyDocument */
export function parsePolicy(text: string): PolicyDocument {
  return asService(() => PolicyDocument.parse(text));
}

/** Whom a role trusts from now on. @throws CloudError MalformedPolicyDocument */
export function checkTrust(text: string): void {
  asService(() => PolicyDocument.ofTrust(text));
}

/** Permissions that are given now. @throws CloudError MalformedPolicyDocument */
export function checkPermissions(text: string): void {
  asService(() => PolicyDocument.ofPermissions(text));
}

/** The policy of a bucket that is set now. @throws CloudError MalformedPolicyDocument */
export function checkBucketPolicy(text: string, bucket: string): void {
  asService(() => PolicyDocument.forBucket(text, bucket));
}

function asService<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw error instanceof MalformedPolicyError ? new CloudError('MalformedPolicyDocument', error.message) : error;
  }
}
