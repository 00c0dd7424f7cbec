import { arn, ossArn, systemPolicyArn } from '../../cloud/arn';
import { MQ_POLICY_PREFIXES, mqPolicyName } from '../../cloud/mq-actions';
import type { Account } from '../account/account';
import { CloudError } from '../account/cloud-error';
import { mayDo, type Principal, requestContext } from '../account/principal';
import { callsOf, type Change, type Operation } from './calls';
import type { ProviderScope } from './resource';
import { AttributeValues } from './values';

type Resources = (values: AttributeValues, id: string, operation: Operation) => readonly string[];

/** What each type's calls are about, as policies name it. What is not here is about everything (`*`). */
const RESOURCES: Readonly<Record<string, Resources>> = {
  alicloud_ram_role: (values, id) => [`role/${values.str('role_name') ?? values.str('name') ?? id}`],
  alicloud_ram_policy: (values, id) => [`policy/${values.str('policy_name') ?? values.str('name') ?? id}`],
  // A user is read by a list of all.
  alicloud_ram_user: (values, _id, operation) => [operation === 'read' ? '*' : `user/${values.str('name') ?? '*'}`],
  alicloud_ram_role_policy_attachment: attachment('role'),
  alicloud_ram_user_policy_attachment: attachment('user'),
  alicloud_ons_instance: (_values, id) => [id || '*'],
  alicloud_ons_topic: part('topic_name', 'topic'),
  alicloud_ons_group: part('group_name', 'group_id'),
  alicloud_message_service_queue: (values, id) => [`/queues/${values.str('queue_name') ?? id}`],
  alicloud_oss_bucket: bucket,
  alicloud_oss_bucket_acl: bucket,
  alicloud_oss_bucket_policy: bucket,
  alicloud_oss_bucket_public_access_block: bucket,
  alicloud_oss_bucket_object: (values) => [`${values.str('bucket')}/${values.str('key')}`],
};

/** Operations of OSS whose permission has another name. */
const OSS_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  PutBucketTags: 'PutBucketTagging',
  DeleteBucketTags: 'DeleteBucketTagging',
};

/**
 * Assumption: a caller that may make the main call of an operation may make the small ones beside it, such as those for
 * tags. Policies of buckets do not count here.
 *
 * @throws CloudError NoPermission, or AccessDenied of OSS
 */
export function checkPermission(scope: ProviderScope, type: string, operation: Operation, change: Change): void {
  const { account, principal, region } = scope;
  if (principal.kind === 'account') {
    return;
  }
  const { accountId } = account.identity;
  const fields = new AttributeValues(change.values);
  const resources = RESOURCES[type]?.(fields, fields.str('id') ?? '', operation) ?? ['*'];
  for (const call of callsOf(type, operation, change)) {
    const [product, action] = call.split('.');
    const { actions, nameOf } = inPolicies(product, action, accountId, region);
    for (const name of resources.map(nameOf)) {
      // Whoever asks who he is needs no permission.
      if (product !== 'sts' && !mayDo(account, principal, actions, name, requestContext(true))) {
        const code = product === 'oss' ? 'AccessDenied' : 'NoPermission';
        throw new CloudError(code, `You are not authorized to do ${actions[0]} on ${name}.`, 403);
      }
    }
  }
}

/** @throws CloudError NoPermission for a caller whose policies do not let it assume the role */
export function checkMayAssume(account: Account, caller: Principal, roleArn: string): void {
  const name = arn('ram', '', account.identity.accountId, roleArn.split(':').at(-1)!);
  if (!mayDo(account, caller, ['sts:AssumeRole'], name, requestContext(true))) {
    throw new CloudError('NoPermission', `You are not authorized to do sts:AssumeRole on ${name}.`, 403);
  }
}

function inPolicies(product: string, action: string, accountId: string, region: string) {
  const named = (prefix: string, of: string) => (resource: string) =>
    resource.startsWith('acs:') ? resource : arn(prefix, of, accountId, resource);
  switch (product) {
    case 'ram':
      return { actions: [`ram:${action}`], nameOf: named('ram', '') };
    case 'ons': {
      const names = [action, mqPolicyName(action)];
      const actions = names.flatMap((name) => MQ_POLICY_PREFIXES.map((prefix) => `${prefix}:${name}`));
      return { actions, nameOf: named('mq', region) };
    }
    case 'mns-open':
      return { actions: [`mns:${action}`], nameOf: named('mns', region) };
    case 'bssopenapi':
      return { actions: [`bss:${action}`, `bssapi:${action}`], nameOf: named('bss', region) };
    default:
      return {
        actions: [`oss:${OSS_ACTIONS[action] ?? action}`],
        nameOf: (resource: string) => ossArn(resource, accountId, `oss-${region}`),
      };
  }
}

/** Attaching and detaching are about two things, and need permission on both; what is attached is listed of one. */
function attachment(kind: 'role' | 'user'): Resources {
  return (values, id, operation) => {
    const [, policyOfId, typeOfId, principalOfId] = id.split(':');
    const principal = `${kind}/${values.str(`${kind}_name`) ?? principalOfId}`;
    if (operation === 'read') {
      return [principal];
    }
    const policy = values.str('policy_name') ?? policyOfId;
    const isSystem = (values.str('policy_type') ?? typeOfId) === 'System';
    return [principal, isSystem ? systemPolicyArn(policy) : `policy/${policy}`];
  };
}

function part(current: string, old: string): Resources {
  return (values, id) => [
    values.str('instance_id') === undefined
      ? id.replace(':', '%')
      : `${values.str('instance_id')}%${values.str(current) ?? values.str(old)}`,
  ];
}

function bucket(values: AttributeValues, id: string): string[] {
  return [values.str('bucket') ?? (id || '*')];
}
