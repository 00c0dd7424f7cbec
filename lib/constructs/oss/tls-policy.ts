import { type TerraformProvider, TerraformResource, TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';
import { ossArn } from '../../cloud/arn';
import { OssBucketPolicy } from '../../provider-schema/gen/oss-bucket-policy/index';
import { assertJsonOutput } from '../json-output';
import { onRename, referenceToId, withReferences } from '../references';
import { isInTree } from '../tree';
import { knownName } from '../uniqueness';
import type { OssBucket } from './oss-bucket';

/** Id of the policy that refuses plain HTTP, below its bucket. */
export const TLS_POLICY_ID = 'TlsPolicy';

/** A bucket that the provider names can be named in its policy only from outside the bucket's own resource. */
export function addTlsPolicy(bucket: OssBucket, provider?: TerraformProvider): void {
  assertJsonOutput(bucket);
  const named = () => {
    const name = referenceToId(bucket, bucket.resource);
    return { bucket: name, policy: tlsOnlyPolicy(name) };
  };
  const policy = new OssBucketPolicy(bucket, TLS_POLICY_ID, { provider, ...named() });
  onRename(bucket.resource, () => Object.assign(policy, named()));
  checkOtherPolicies(bucket);
}

const withTlsPolicy = new WeakMap<TerraformStack, OssBucket[]>();

/** A bucket has one policy: each apply of a second one would take the first away. Looked for once in a stack. */
function checkOtherPolicies(bucket: OssBucket): void {
  const stack = TerraformStack.of(bucket);
  const buckets = withTlsPolicy.get(stack);
  if (buckets) {
    buckets.push(bucket);
    return;
  }
  const all = [bucket];
  withTlsPolicy.set(stack, all);
  stack.node.addValidation({
    validate: () => {
      const others = policiesIn(stack.node.root).filter(({ node }) => node.id !== TLS_POLICY_ID);
      return others.length === 0 ? [] : all.filter(isInTree).flatMap((one) => policyErrors(one, others));
    },
  });
}

function policyErrors(bucket: OssBucket, others: readonly TerraformResource[]): string[] {
  const other = policyOf(bucket, others);
  return other
    ? [
        `${bucket.node.path}, enforceTls: expected a bucket without another policy, got ${other.node.path}: OSS keeps one, so ` +
          'add the statement of TLS there, and leave out enforceTls',
      ]
    : [];
}

/** Policies of buckets that stand beside them. */
export function policiesIn(scope: IConstruct): TerraformResource[] {
  return scope.node
    .findAll()
    .filter((one): one is TerraformResource => TerraformResource.isTerraformResource(one))
    .filter(({ terraformResourceType }) => terraformResourceType === 'alicloud_oss_bucket_policy');
}

/** The one of some policies that is the bucket's. */
export function policyOf(bucket: OssBucket, policies: readonly TerraformResource[]): TerraformResource | undefined {
  // Each read of `resource.bucket` is another token for the same reference.
  const names = [bucket.bucketName, knownName(bucket, () => bucket.bucketName)].map((name) =>
    withReferences(bucket, name),
  );
  return policies.find((one) =>
    names.includes(withReferences(one, (one as unknown as { bucketInput: string }).bucketInput)),
  );
}

/** Source: OSS's guide on bucket policies, "access only over HTTPS". */
export function tlsOnlyPolicy(bucketName: string): string {
  return JSON.stringify({
    Version: '1',
    Statement: [
      {
        Effect: 'Deny',
        Action: ['oss:*'],
        Principal: ['*'],
        Resource: [ossArn(bucketName), ossArn(`${bucketName}/*`)],
        Condition: { Bool: { 'acs:SecureTransport': ['false'] } },
      },
    ],
  });
}
