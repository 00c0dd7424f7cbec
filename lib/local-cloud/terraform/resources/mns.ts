import { messageServiceQueue, messageServiceService } from '../../../provider-schema/index';
import { definedOf } from '../../account/defined-of';
import type { QueueAttributes } from '../../account/mns';
import type { Resource } from '../resource';
import type { AttributeValues } from '../values';

const queue: Resource = {
  table: messageServiceQueue,
  create: ({ account, region }, planned) =>
    account.mns.createQueue(region, {
      ...definedOf(attributes(planned)),
      queueName: planned.str('queue_name')!,
      queueType: planned.str('queue_type'),
      tags: planned.map('tags'),
    }).queueName,
  read: ({ account, region }, id) => {
    const found = account.mns.getQueue(region, id);
    const { enabled, deadLetterTargetQueue, maxReceiveCount } = found.dlqPolicy;
    return {
      id,
      queue_name: found.queueName,
      queue_type: found.queueType,
      create_time: found.createTime,
      delay_seconds: found.delaySeconds,
      logging_enabled: found.loggingEnabled,
      maximum_message_size: found.maximumMessageSize,
      message_retention_period: found.messageRetentionPeriod,
      polling_wait_seconds: found.pollingWaitSeconds,
      visibility_timeout: found.visibilityTimeout,
      dlq_policy: [{ enabled, dead_letter_target_queue: deadLetterTargetQueue, max_receive_count: maxReceiveCount }],
      tags: found.tags,
    };
  },
  update: ({ account, region }, id, planned) => {
    account.mns.updateQueue(region, id, {
      ...attributes(planned),
      loggingEnabled: planned.bool('logging_enabled') ?? false,
      tags: planned.map('tags'),
    });
  },
  delete: ({ account, region }, id) => account.mns.deleteQueue(region, id),
};

function attributes(planned: AttributeValues): Partial<QueueAttributes> {
  const policy = planned.block('dlq_policy');
  return {
    delaySeconds: planned.num('delay_seconds'),
    loggingEnabled: planned.bool('logging_enabled'),
    maximumMessageSize: planned.num('maximum_message_size'),
    messageRetentionPeriod: planned.num('message_retention_period'),
    pollingWaitSeconds: planned.num('polling_wait_seconds'),
    // The provider does not send a zero: a new queue has SMQ's own number, and one that is changed keeps what it had.
    visibilityTimeout: planned.num('visibility_timeout') || undefined,
    dlqPolicy: policy && {
      enabled: policy.bool('enabled') ?? false,
      deadLetterTargetQueue: policy.str('dead_letter_target_queue') ?? '',
      maxReceiveCount: policy.num('max_receive_count') ?? 0,
    },
  };
}

/**
 * Assumption: the status is the one that the billing service gives an instance, which the HTTP server answers as well.
 * A service that is open stays open, so nothing is called when the resource is destroyed.
 */
const service: Resource = {
  table: messageServiceService,
  create: ({ account }) => {
    account.activation.activate('mns');
    return account.identity.accountId;
  },
  read: ({ account }, id) => (account.activation.isActive('mns') ? { id, status: 'Normal' } : undefined),
  delete: () => {},
};

export const mnsResources: readonly Resource[] = [queue, service];
