import { arn } from '../cloud/arn';
import type { ReferredKind } from '../cloud/named-reference';
import { MQ_INSTANCE_PREFIX } from '../cloud/names';
import type { Values } from './documents';

/** How something is known that others may refer to by its name. */
export interface Kind {
  readonly kind: ReferredKind;
  /** Attributes with the name, of which the provider calls some by an earlier name, too. */
  readonly name: readonly string[];
  /** Tells what else belongs to the same thing. */
  readonly rest?: readonly string[];
  /** Attribute with the instance that the name is one of. */
  readonly instance?: string;
  /** Where there is only one of the name; the world if it is not told. */
  readonly within?: 'account' | 'region';
  /** Attribute that tells its account, and how. */
  readonly tellsAccount?: { readonly attribute: string; readonly pattern: RegExp };
  /** Whether it is the thing itself, and not what only goes with it. */
  readonly isThing: boolean;
}

const BUCKET = { kind: 'bucket', name: ['bucket'], isThing: false } as const;

/** By type of the provider. */
export const KINDS: Readonly<Record<string, Kind>> = {
  alicloud_oss_bucket: { ...BUCKET, tellsAccount: { attribute: 'owner', pattern: /^(\d+)$/ }, isThing: true },
  alicloud_oss_bucket_acl: BUCKET,
  alicloud_oss_bucket_policy: BUCKET,
  alicloud_oss_bucket_public_access_block: BUCKET,
  alicloud_ons_instance: {
    kind: 'instance',
    name: ['instance_name', 'name'],
    within: 'region',
    tellsAccount: { attribute: 'id', pattern: new RegExp(`^${MQ_INSTANCE_PREFIX}(\\d+)_`) },
    isThing: true,
  },
  alicloud_ons_topic: { kind: 'topic', name: ['topic_name', 'topic'], instance: 'instance_id', isThing: true },
  alicloud_ons_group: { kind: 'group', name: ['group_name', 'group_id'], instance: 'instance_id', isThing: true },
  alicloud_message_service_queue: { kind: 'queue', name: ['queue_name'], within: 'region', isThing: true },
  alicloud_ram_role: {
    kind: 'role',
    name: ['role_name', 'name'],
    within: 'account',
    tellsAccount: { attribute: 'arn', pattern: new RegExp(`^${arn('ram', '', '(\\d+)', '')}`) },
    isThing: true,
  },
  alicloud_ram_role_policy_attachment: {
    kind: 'role',
    name: ['role_name'],
    rest: ['policy_type', 'policy_name'],
    within: 'account',
    isThing: false,
  },
};

/** The first of some attributes that is there, if it is a text. */
export function textOf(values: Values, ...attributes: readonly string[]): string | undefined {
  const value = attributes.map((attribute) => values[attribute]).find((one) => one !== undefined && one !== null);
  return typeof value === 'string' ? value : undefined;
}
