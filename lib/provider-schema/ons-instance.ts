import { MAX_REMARK_LENGTH } from '../cloud/limits';
import { MQ_INSTANCE_NAME } from '../cloud/names';
import { num, str, stringMap, typeTable } from './table';

/** An MQ (RocketMQ 4.x) instance. */
export const onsInstance = typeTable({
  name: 'alicloud_ons_instance',
  attributes: {
    instance_name: str({ optional: true, computed: true, length: MQ_INSTANCE_NAME.length, conflictsWith: ['name'] }),
    instance_status: num({ computed: true }),
    instance_type: num({ computed: true }),
    name: str({
      optional: true,
      computed: true,
      deprecated: true,
      length: MQ_INSTANCE_NAME.length,
      conflictsWith: ['instance_name'],
    }),
    release_time: str({ computed: true }),
    remark: str({ optional: true, length: [0, MAX_REMARK_LENGTH.instance] }),
    status: num({ computed: true }),
    tags: stringMap({ optional: true }),
  },
  timeouts: { create: '6m', delete: '6m' },
  importable: true,
});
