import { type Attribute, bool, num, str, stringMap, typeTable } from './table';

/** An MNS queue. */
export const messageServiceQueue = typeTable({
  name: 'alicloud_message_service_queue',
  attributes: {
    create_time: num({ computed: true }),
    delay_seconds: num({ optional: true, computed: true, range: [0, 604800] }),
    logging_enabled: bool({ optional: true }),
    maximum_message_size: num({ optional: true, computed: true, range: [1024, 65536] }),
    message_retention_period: num({ optional: true, computed: true, range: [60, 604800] }),
    polling_wait_seconds: num({ optional: true, computed: true, range: [0, 30] }),
    queue_name: str({ required: true, forceNew: true }),
    queue_type: str({ optional: true, computed: true, forceNew: true, allowed: ['normal', 'fifo'] }),
    tags: stringMap({ optional: true }),
    visibility_timeout: num({ optional: true, computed: true, range: [0, 43200] }),
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

/** The provider does not limit the name; MNS's documentation of CreateQueue does. */
export const QUEUE_NAME = {
  ...messageServiceQueue.attributes.queue_name,
  length: [1, 120],
  pattern: /^[A-Za-z0-9][A-Za-z0-9-]*$/,
} as const satisfies Attribute;
