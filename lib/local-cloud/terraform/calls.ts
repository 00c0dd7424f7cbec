import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { ossBucket } from '../../provider-schema/index';
import type { TypeSchema } from '../../provider-schema/table';
import { CloudError } from '../account/cloud-error';
import { UNKNOWN, type Value, type Values } from './values';

/** What is done to a resource or data source; `complete` is what is set of a new one, once it is there. */
export type Operation = 'create' | 'complete' | 'read' | 'update' | 'delete';

/** Disturbances of the services that a provider calls. */
export interface ServiceFaults {
  /** Waits, and throws the error that is due for an action of a service, if any. */
  apply(service: string, action: string): Promise<void>;
}

type Calls = { readonly [operation in Operation]?: readonly string[] };

/** The calls by which the provider does it, as faults name them. Source: recordings of the provider. */
const CALLS: { readonly [type: string]: Calls } = {
  alicloud_ram_role: {
    create: ['ram.CreateRole'],
    read: ['ram.GetRole'],
    update: ['ram.UpdateRole'],
    delete: ['ram.DeleteRole'],
  },
  alicloud_ram_policy: {
    create: ['ram.CreatePolicy'],
    read: ['ram.GetPolicy'],
    update: ['ram.CreatePolicyVersion'],
    delete: ['ram.DeletePolicy'],
  },
  alicloud_ram_role_policy_attachment: {
    create: ['ram.AttachPolicyToRole'],
    read: ['ram.ListPoliciesForRole'],
    delete: ['ram.DetachPolicyFromRole'],
  },
  alicloud_ram_user: {
    create: ['ram.CreateUser'],
    read: ['ram.ListUsers'],
    update: ['ram.UpdateUser'],
    delete: ['ram.DeleteUser'],
  },
  alicloud_ram_user_policy_attachment: {
    create: ['ram.AttachPolicyToUser'],
    read: ['ram.ListPoliciesForUser'],
    delete: ['ram.DetachPolicyFromUser'],
  },
  alicloud_ram_roles: { read: ['ram.ListRoles'] },
  alicloud_ons_instance: {
    create: ['ons.OnsInstanceCreate'],
    read: ['ons.OnsInstanceBaseInfo'],
    update: ['ons.OnsInstanceUpdate'],
    delete: ['ons.OnsInstanceDelete'],
  },
  alicloud_ons_topic: {
    create: ['ons.OnsTopicCreate'],
    read: ['ons.OnsTopicList', 'ons.OnsTopicStatus'],
    update: ['ons.TagResources'],
    delete: ['ons.OnsTopicDelete'],
  },
  alicloud_ons_group: {
    create: ['ons.OnsGroupCreate'],
    read: ['ons.OnsGroupList'],
    update: ['ons.TagResources'],
    delete: ['ons.OnsGroupDelete'],
  },
  alicloud_ons_instances: { read: ['ons.OnsInstanceInServiceList'] },
  alicloud_ons_service: { read: ['ons.OpenOnsService'] },
  alicloud_oss_service: { read: ['oss-open.OpenOssService'] },
  alicloud_account: { read: ['sts.GetCallerIdentity'] },
  alicloud_caller_identity: { read: ['sts.GetCallerIdentity'] },
  alicloud_message_service_queue: {
    create: ['mns-open.CreateQueue'],
    read: ['mns-open.GetQueueAttributes'],
    update: ['mns-open.SetQueueAttributes'],
    delete: ['mns-open.DeleteQueue'],
  },
  alicloud_message_service_service: {
    create: ['bssopenapi.CreateInstance'],
    read: ['bssopenapi.QueryAvailableInstances'],
  },
  // Its settings have calls of their own, see below.
  alicloud_oss_bucket: {
    create: ['oss.PutBucket'],
    read: ['oss.GetBucketInfo'],
    delete: ['oss.DeleteBucket'],
  },
  alicloud_oss_bucket_acl: { create: ['oss.PutBucketAcl'], read: ['oss.GetBucketAcl'], update: ['oss.PutBucketAcl'] },
  alicloud_oss_bucket_policy: {
    create: ['oss.PutBucketPolicy'],
    read: ['oss.GetBucketPolicy'],
    update: ['oss.PutBucketPolicy'],
    delete: ['oss.DeleteBucketPolicy'],
  },
  alicloud_oss_bucket_public_access_block: {
    create: ['oss.PutBucketPublicAccessBlock'],
    read: ['oss.GetBucketPublicAccessBlock'],
    update: ['oss.PutBucketPublicAccessBlock'],
    delete: ['oss.DeleteBucketPublicAccessBlock'],
  },
  alicloud_oss_bucket_object: {
    create: ['oss.PutObject'],
    read: ['oss.HeadObject'],
    update: ['oss.PutObject'],
    delete: ['oss.DeleteObject'],
  },
};

/** Calls that set what an argument of a bucket says, and those that take it away where there is one. */
const BUCKET_SETTINGS: { readonly [argument: string]: readonly [set: string, clear?: string] } = {
  access_monitor: ['oss.PutBucketAccessMonitor'],
  acl: ['oss.PutBucketAcl'],
  cors_rule: ['oss.PutBucketCors', 'oss.DeleteBucketCors'],
  lifecycle_rule: ['oss.PutBucketLifecycle', 'oss.DeleteBucketLifecycle'],
  logging: ['oss.PutBucketLogging'],
  policy: ['oss.PutBucketPolicy', 'oss.DeleteBucketPolicy'],
  referer_config: ['oss.PutBucketReferer'],
  resource_group_id: ['oss.PutBucketResourceGroup'],
  server_side_encryption_rule: ['oss.PutBucketEncryption', 'oss.DeleteBucketEncryption'],
  tags: ['oss.PutBucketTags', 'oss.DeleteBucketTags'],
  transfer_acceleration: ['oss.PutBucketTransferAcceleration'],
  versioning: ['oss.PutBucketVersioning'],
};

/** What an operation is about: what the resource is or shall be, and what it was. */
export interface Change {
  readonly values: Values;
  /** @default - nothing that its arguments tell */
  readonly prior?: Values;
}

/** The main calls of an operation, as `PRODUCT.ACTION`. */
export function callsOf(type: string, operation: Operation, { values, prior = {} }: Change): readonly string[] {
  if (type === ossBucket.name && (operation === 'update' || operation === 'complete')) {
    return Object.entries(BUCKET_SETTINGS)
      .filter(([argument]) => isChanged(values[argument], prior[argument]))
      .map(([argument, [set, clear = set]]) => (isEmpty(values[argument]) ? clear : set));
  }
  return CALLS[type]?.[operation] ?? [];
}

function isChanged(value: Value | undefined, prior: Value | undefined): boolean {
  return value !== UNKNOWN && !isDeepStrictEqual(value, prior) && !(isEmpty(value) && isEmpty(prior));
}

function isEmpty(value: Value | undefined): boolean {
  return !value || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Every type that has a row. A test holds it to what is served. */
export const TYPES_WITH_CALLS: readonly string[] = Object.keys(CALLS);

/** How long the provider goes on where its schema names no time. */
const DEFAULT_TIMEOUT = '5m';

/** Makes what the provider does to the account as slow, as disturbed and as patient as the provider is. */
export class ProviderCalls {
  private stopping = new AbortController();

  /** @param retryMillis time until the provider tries again */
  constructor(
    private readonly faults: ServiceFaults | undefined,
    private readonly retryMillis: number,
  ) {}

  /**
   * @param change with the limits of time that a configuration sets
   *
   * @throws what `work` throws, or the error that is due, once the provider would give up
   */
  public async run<T>(table: TypeSchema, operation: Operation, change: Change, work: () => T | Promise<T>): Promise<T> {
    const deadline = performance.now() + timeoutMillis(table, operation, change.values);
    for (;;) {
      try {
        for (const call of callsOf(table.name, operation, change)) {
          const [product, action] = call.split('.');
          await this.faults?.apply(product, action);
        }
        return await work();
      } catch (error) {
        if (FAILING_AT_ONCE.includes(table.name) || !isRetried(error) || performance.now() >= deadline) {
          throw error;
        }
        const { signal } = this.stopping;
        await sleep(this.retryMillis, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  /** Ends what waits for another try. */
  public stop(): void {
    this.stopping.abort(new CloudError('Interrupted', 'the provider was stopped while it waited for another try'));
    this.stopping = new AbortController();
  }
}

/** Types whose client of OSS tries nothing again. */
const FAILING_AT_ONCE = ['alicloud_oss_bucket', 'alicloud_oss_bucket_object'];

/** Codes of a deletion that the provider tries again: others may let go meanwhile. */
const HELD_CODES = [
  'DeleteConflict.Policy.Group',
  'DeleteConflict.Policy.User',
  'DeleteConflict.Role.Policy',
  'INSTANCE_NOT_EMPTY',
];

/** What the provider takes for passing: too many calls, a service that fails, and what others still hold on to. */
function isRetried(error: unknown): boolean {
  return (
    error instanceof CloudError &&
    (error.code.startsWith('Throttling') || error.httpStatus >= 500 || HELD_CODES.includes(error.code))
  );
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function timeoutMillis({ timeouts }: TypeSchema, operation: Operation, values: Values): number {
  const limited = operation === 'complete' ? 'create' : operation;
  const given = (values.timeouts as Values | null | undefined)?.[limited];
  const fixed = limited === 'read' ? undefined : timeouts?.[limited];
  const duration = typeof given === 'string' ? given : (fixed ?? DEFAULT_TIMEOUT);
  return [...duration.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS[unit],
    0,
  );
}
