import { num, str, stringMap, typeTable } from './table';

/** A topic of an MQ instance. */
export const onsTopic = typeTable({
  name: 'alicloud_ons_topic',
  attributes: {
    instance_id: str({ required: true, forceNew: true }),
    message_type: num({ required: true, forceNew: true, allowed: [0, 1, 2, 4, 5] }),
    perm: num({ optional: true, computed: true, deprecated: true, allowed: [2, 4, 6] }),
    remark: str({ optional: true, forceNew: true, length: [1, 128] }),
    tags: stringMap({ optional: true }),
    topic: str({
      optional: true,
      computed: true,
      deprecated: true,
      forceNew: true,
      length: [1, 64],
      conflictsWith: ['topic_name'],
    }),
    topic_name: str({ optional: true, computed: true, forceNew: true, length: [1, 64], conflictsWith: ['topic'] }),
  },
  timeouts: { create: '6m', delete: '6m' },
  importable: true,
});
