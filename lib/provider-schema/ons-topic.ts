import { MAX_REMARK_LENGTH, MESSAGE_TYPES } from '../cloud/limits';
import { TOPIC_NAME } from '../cloud/names';
import { num, str, stringMap, typeTable } from './table';

/** The provider takes shorter names than MQ does. */
const NAME_LENGTH = [1, TOPIC_NAME.length[1]] as const;

/** A topic of an MQ instance. */
export const onsTopic = typeTable({
  name: 'alicloud_ons_topic',
  attributes: {
    instance_id: str({ required: true, forceNew: true }),
    message_type: num({ required: true, forceNew: true, allowed: MESSAGE_TYPES }),
    perm: num({ optional: true, computed: true, deprecated: true, allowed: [2, 4, 6] }),
    remark: str({ optional: true, forceNew: true, length: [1, MAX_REMARK_LENGTH.topic] }),
    tags: stringMap({ optional: true }),
    topic: str({
      optional: true,
      computed: true,
      deprecated: true,
      forceNew: true,
      length: NAME_LENGTH,
      conflictsWith: ['topic_name'],
    }),
    topic_name: str({
      optional: true,
      computed: true,
      forceNew: true,
      length: NAME_LENGTH,
      conflictsWith: ['topic'],
    }),
  },
  timeouts: { create: '6m', delete: '6m' },
  importable: true,
});
