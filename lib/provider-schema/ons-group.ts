import { GROUP_TYPES, MAX_REMARK_LENGTH } from '../cloud/limits';
import { GROUP_ID } from '../cloud/names';
import { bool, str, stringMap, typeTable } from './table';

/** A group (producer and consumer id) of an MQ instance. */
export const onsGroup = typeTable({
  name: 'alicloud_ons_group',
  attributes: {
    group_id: str({
      optional: true,
      computed: true,
      deprecated: true,
      forceNew: true,
      ...GROUP_ID,
      conflictsWith: ['group_name'],
    }),
    group_name: str({
      optional: true,
      computed: true,
      forceNew: true,
      ...GROUP_ID,
      conflictsWith: ['group_id'],
    }),
    group_type: str({ optional: true, forceNew: true, default: 'tcp', allowed: GROUP_TYPES }),
    instance_id: str({ required: true, forceNew: true }),
    read_enable: bool({ optional: true }),
    remark: str({ optional: true, forceNew: true, length: [1, MAX_REMARK_LENGTH.group] }),
    tags: stringMap({ optional: true }),
  },
  timeouts: { create: '4m', delete: '4m' },
  importable: true,
});
