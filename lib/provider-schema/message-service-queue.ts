import { QUEUE_RANGES } from '../cloud/limits';
import { bool, num, str, stringMap, typeTable } from './table';

/** A queue of SMQ (formerly MNS). */
export const messageServiceQueue = typeTable({
  name: 'alicloud_message_service_queue',
  attributes: {
    create_time: num({ computed: true }),
    delay_seconds: num({ optional: true, computed: true, range: QUEUE_RANGES.delaySeconds }),
    logging_enabled: bool({ optional: true }),
    maximum_message_size: num({ optional: true, computed: true, range: QUEUE_RANGES.maximumMessageSize }),
    message_retention_period: num({ optional: true, computed: true, range: QUEUE_RANGES.messageRetentionPeriod }),
    polling_wait_seconds: num({ optional: true, computed: true, range: QUEUE_RANGES.pollingWaitSeconds }),
    queue_name: str({ required: true, forceNew: true }),
    queue_type: str({ optional: true, computed: true, forceNew: true, allowed: ['normal', 'fifo'] }),
    tags: stringMap({ optional: true }),
    // The provider takes 0, which SMQ does not, and sends nothing.
    visibility_timeout: num({ optional: true, computed: true, range: [0, QUEUE_RANGES.visibilityTimeout[1]] }),
  },
  blocks: {
    dlq_policy: {
      nesting: 'list',
      maxItems: 1,
      computed: true,
      attributes: {
        dead_letter_target_queue: str({ optional: true }),
        enabled: bool({ optional: true }),
        max_receive_count: num({ optional: true }),
      },
    },
  },
  timeouts: { create: '5m', update: '5m', delete: '5m' },
  importable: true,
});
